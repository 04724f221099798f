/*
 * pass_init.c
 *		A pass made ready: its tiles, its lanes and their buffers.
 */
#include <string.h>

#include "core/solve/pass.h"
#include "core/solve/row_matrix.h"
#include "core/solve/tile_products.h"
#include "core/solve/vector.h"

/* A float tile of this many elements stays in the second-level cache. */
#define TILE_ELEMENTS ((size_t) 1 << 17)
#define TILE_ROWS_MIN 16
#define TILE_ROWS_MAX 1024
/* Margins of a tile of uncommonly many outputs. */
#define TILE_MARGINS ((size_t) 1 << 22)
/* Multiply-adds of a lane's round; some milliseconds. */
#define ROUND_WORK ((size_t) 1 << 26)
/* What a row costs beside its products, to fetch and for its loss. */
#define ROW_WORK 4096
#define LANES_MAX 8
/* Each has a gradient of its own that is written to at random: caches hold few. */
#define LANES_SPARSE 4
/*
 * Rows of a lane whose matrix is wider than so much: clearing and adding up a matrix
 * takes as long as the products of some of these.
 */
#define WIDE_GRAM 128
#define WIDE_GRAM_ROWS 512
/* All lanes' sums together stay below this. */
#define LANES_BYTES ((size_t) 256 << 20)
#define ALIGNMENT 64
/* Of a record; the processor sees itself where a longer one goes on. */
#define AHEAD_BYTES_MAX 1024
/* Multiply-adds of one product of waiting rows, and its rows. */
#define PRODUCT_WORK ((size_t) 1 << 27)
#define PRODUCT_ROWS_MIN 48
#define PRODUCT_ROWS_MAX 512

/* Fixes tile and lane sizes from the problem's shape alone. */
static void
plan_tiles(Pass *pass)
{
	size_t triangle = pass->gram_size * pass->gram_size / 2 + 1;
	size_t lane_bytes = pass->parameters * sizeof(double) +
						pass->gram_size * pass->gram_size *
							(pass->single ? sizeof(float) : sizeof(double));
	const Rows *rows = pass->problem->rows;
	size_t entries = pass->dimension;
	size_t work, tiles, most;

	pass->stride = row_matrix_stride(pass->dimension);
	pass->tile_rows = TILE_ELEMENTS / pass->stride;
	if (pass->tile_rows < TILE_ROWS_MIN)
		pass->tile_rows = TILE_ROWS_MIN;
	if (pass->tile_rows > TILE_ROWS_MAX)
		pass->tile_rows = TILE_ROWS_MAX;
	pass->gram_rows = PRODUCT_WORK / triangle;
	if (pass->gram_rows < PRODUCT_ROWS_MIN)
		pass->gram_rows = PRODUCT_ROWS_MIN;
	if (pass->gram_rows > PRODUCT_ROWS_MAX)
		pass->gram_rows = PRODUCT_ROWS_MAX;
	if (rows->format == ROWS_SPARSE && !pass->dense && rows->shards == NULL)
	{
		pass->stride = 0;
		pass->tile_rows = TILE_ROWS_MAX;
		pass->ahead_bytes =
			rows->record_bytes / (rows->count > 0 ? rows->count : 1);
		if (pass->ahead_bytes > AHEAD_BYTES_MAX)
			pass->ahead_bytes = AHEAD_BYTES_MAX;
		/* Of a row, about; this decides on the rounds only. */
		entries = rows->record_bytes / (rows->count > 0 ? rows->count : 1) / 8;
	}
	if (pass->tile_rows > TILE_MARGINS / pass->outputs + 1)
		pass->tile_rows = TILE_MARGINS / pass->outputs + 1;
	tiles = (pass->rows + pass->tile_rows - 1) / pass->tile_rows;
	pass->lanes = LANES_BYTES / (lane_bytes > 0 ? lane_bytes : 1);
	if (pass->lanes < 1)
		pass->lanes = 1;
	most = pass->stride > 0 ? LANES_MAX : LANES_SPARSE;
	if (pass->lanes > most)
		pass->lanes = most;
	if (pass->lanes > tiles)
		pass->lanes = tiles;
	if (pass->stride > 0 && pass->gram_size > WIDE_GRAM &&
		pass->lanes > pass->rows / WIDE_GRAM_ROWS + 1)
		pass->lanes = pass->rows / WIDE_GRAM_ROWS + 1;
	work = entries * (pass->gram_size == 0 ? 2 * pass->outputs
					  : pass->stride > 0   ? pass->gram_size
										   : entries);
	pass->round_tiles = ROUND_WORK / ((work + ROW_WORK) * pass->tile_rows) + 1;
}

/* Memory that buffers are cut from, one after the other. */
typedef struct Room
{
	char *memory; /* NULL: their size is only found */
	size_t used;
	bool too_large;
} Room;

/* Cuts off so many elements at a cache line's start. */
static void *
cut(Room *room, size_t count, size_t size)
{
	size_t at = room->used, bytes;

	if (__builtin_mul_overflow(count, size, &bytes) ||
		__builtin_add_overflow(at, bytes, &room->used) ||
		__builtin_add_overflow(room->used, ALIGNMENT - 1, &room->used))
		room->too_large = true;
	room->used = room->used / ALIGNMENT * ALIGNMENT;
	return room->memory != NULL ? room->memory + at : NULL;
}

/* Cuts off one lane's buffers; all but the last are to be cleared. */
static void
cut_lane(const Pass *pass, Room *room, PassLane *lane)
{
	size_t size = pass->single ? sizeof(float) : sizeof(double);
	size_t rows = pass->tile_rows, gram = pass->gram_size;

	lane->features = cut(room, pass->in_place ? 0 : rows * pass->stride, size);
	lane->margins = cut(room, rows * pass->outputs, size);
	lane->tile_gradient =
		cut(room, pass->stride > 0 ? pass->parameters : 1, size);
	lane->target = cut(room, rows, sizeof(float));
	lane->weight = cut(room, rows, sizeof(float));
	lane->target64 = cut(room, rows, sizeof(double));
	lane->curvature = cut(room, rows, sizeof(double));
	lane->gradient = cut(room, pass->parameters, sizeof(double));
	lane->zero_gradient = cut(room, pass->parameters, sizeof(double));
	lane->multi = cut(room, pass->outputs, sizeof(double));
	lane->waiting =
		cut(room, gram > 0 ? pass->gram_rows * pass->stride : 0, size);
	/* Not cleared here: touching so much memory first takes long. */
	lane->gram = cut(room, gram * gram, size);
}

/*
 * Allocates the lanes' buffers, at a huge page's start: what is touched first a
 * small page at a time takes longer than a pass over few rows.
 */
static Status
init_lanes(Pass *pass, Failure *failure)
{
	Room room = {0};
	size_t slack = ALIGNMENT;

	for (size_t l = 0; l < pass->lanes; l++)
		cut_lane(pass, &room, &pass->lane[l]);
	if (room.used >= RUNTIME_HUGE_PAGE)
		slack = RUNTIME_HUGE_PAGE;
	if (room.too_large || room.used > SIZE_MAX - slack)
		return fail_no_memory(failure);
	pass->memory = runtime_allocate(pass->runtime, room.used + slack);
	if (pass->memory == NULL)
		return fail_no_memory(failure);
	room.memory =
		(char *) pass->memory + (slack - (uintptr_t) pass->memory % slack);
	room.used = 0;
	for (size_t l = 0; l < pass->lanes; l++)
	{
		char *start = room.memory + room.used;

		cut_lane(pass, &room, &pass->lane[l]);
		if (runtime_interrupted(pass->runtime) ||
			!runtime_clear(pass->runtime, start,
						   (size_t) ((char *) pass->lane[l].gram - start)))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

void
pass_limit_rows(Pass *pass, size_t rows)
{
	pass->rows = rows;
}

void
pass_release(Pass *pass)
{
	runtime_release(pass->runtime, pass->memory);
	runtime_release(pass->runtime, pass->lane);
	runtime_release(pass->runtime, pass->zero);
	runtime_release(pass->runtime, pass->one);
	runtime_release(pass->runtime, pass->scale);
	runtime_release(pass->runtime, pass->shift);
	runtime_release(pass->runtime, pass->weights32);
	runtime_release(pass->runtime, pass->scaled);
	runtime_release(pass->runtime, pass->chunk_sums);
	pass->lane = NULL;
	pass->memory = NULL;
	pass->lanes = 0;
}

/* Makes the constants of normalisation. */
static bool
init_normalisation(Pass *pass)
{
	const SolverProblem *problem = pass->problem;
	size_t n = pass->dimension;

	pass->zero = runtime_allocate_zero(pass->runtime, n, sizeof(double));
	pass->one = runtime_allocate_zero(pass->runtime, n, sizeof(double));
	pass->scale = runtime_allocate_zero(pass->runtime, n, sizeof(float));
	pass->shift = runtime_allocate_zero(pass->runtime, n, sizeof(float));
	pass->weights32 =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(float));
	pass->scaled =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	pass->chunk_sums = runtime_allocate_zero(
		pass->runtime, vector_chunks(pass->parameters), sizeof(double));
	if (pass->zero == NULL || pass->one == NULL || pass->scale == NULL ||
		pass->shift == NULL || pass->weights32 == NULL ||
		pass->scaled == NULL || pass->chunk_sums == NULL)
		return false;
	for (size_t j = 0; j < n; j++)
	{
		double mean = problem->mean == NULL ? 0.0 : problem->mean[j];
		double inverse = problem->inverse_deviation == NULL
							 ? 1.0
							 : problem->inverse_deviation[j];

		pass->one[j] = 1.0;
		pass->scale[j] = (float) inverse;
		pass->shift[j] = (float) (-mean * inverse);
	}
	return true;
}

/* Fills a cleared pass. */
static Status
init_pass(Pass *pass, const SolverProblem *problem,
		  const SolverControl *control, int gram_extra, bool single,
		  Failure *failure)
{
	Status status;

	pass->problem = problem;
	pass->runtime = control->runtime;
	pass->pool = control->pool;
	pass->control = control;
	pass->order =
		problem->selection != NULL ? problem->selection : problem->rows->order;
	pass->rows =
		problem->selection != NULL ? problem->count : problem->rows->count;
	pass->dimension = problem->rows->dimension;
	pass->outputs = problem->outputs;
	pass->parameters = (pass->dimension + 1) * pass->outputs;
	pass->gram_size = gram_extra > 0 ? pass->dimension + gram_extra : 0;
	pass->single = single && problem->rows->format != ROWS_SPARSE;
	pass->in_place = problem->matrix &&
					 problem->rows->format == (single ? ROWS_F32 : ROWS_F64);
	pass->tile = pass_run_tile;
	status = blas_open(&pass->blas, failure);
	if (status != LL_OK || problem->rows->sums != NULL)
		return status; /* nothing will pass by */
	plan_tiles(pass);
	if (problem->rows->shards != NULL)
		pass->lanes = 0; /* the rows are elsewhere */
	pass->lane = runtime_allocate_zero(pass->runtime, pass->lanes + 1,
									   sizeof(PassLane));
	if (pass->lane == NULL || !init_normalisation(pass))
		return fail_no_memory(failure);
	return init_lanes(pass, failure);
}

Status
pass_init(Pass *pass, const SolverProblem *problem,
		  const SolverControl *control, int gram_extra, bool single,
		  Failure *failure)
{
	memset(pass, 0, sizeof(*pass));
	return init_pass(pass, problem, control, gram_extra, single, failure);
}

Status
pass_init_dense(Pass *pass, const SolverProblem *problem,
				const SolverControl *control, int gram_extra, Failure *failure)
{
	memset(pass, 0, sizeof(*pass));
	pass->dense = true;
	return init_pass(pass, problem, control, gram_extra, false, failure);
}
