/*
 * pass_init.c
 *		A pass made ready: its tiles, its lanes and their buffers.
 */
#include <string.h>

#include "core/solve/pass.h"
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

	pass->stride = (pass->dimension + 2 + 15) / 16 * 16;
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
	work = entries * (pass->gram_size == 0 ? 2 * pass->outputs
					  : pass->stride > 0   ? pass->gram_size
										   : entries);
	pass->round_tiles = ROUND_WORK / ((work + ROW_WORK) * pass->tile_rows) + 1;
}

/* Allocates zeroed elements at a cache line's start; NULL: out of memory. */
static void *
lane_piece(const Pass *pass, PassLane *lane, size_t count, size_t size)
{
	char *pointer = NULL;

	if (count <= SIZE_MAX / size - ALIGNMENT)
		pointer =
			runtime_allocate_zero(pass->runtime, count * size + ALIGNMENT, 1);
	lane->piece[lane->pieces++] = pointer;
	if (pointer == NULL)
		return NULL;
	return pointer + (ALIGNMENT - (uintptr_t) pointer % ALIGNMENT);
}

/* Allocates one lane's buffers. */
static bool
init_lane(const Pass *pass, PassLane *lane)
{
	size_t size = pass->single ? sizeof(float) : sizeof(double);
	size_t rows = pass->tile_rows, gram = pass->gram_size;

	lane->features = lane_piece(pass, lane, rows * pass->stride, size);
	lane->margins = lane_piece(pass, lane, rows * pass->outputs, size);
	lane->tile_gradient =
		lane_piece(pass, lane, pass->stride > 0 ? pass->parameters : 1, size);
	lane->target = lane_piece(pass, lane, rows, sizeof(float));
	lane->weight = lane_piece(pass, lane, rows, sizeof(float));
	lane->target64 = lane_piece(pass, lane, rows, sizeof(double));
	lane->curvature = lane_piece(pass, lane, rows, sizeof(double));
	lane->gradient = lane_piece(pass, lane, pass->parameters, sizeof(double));
	lane->zero_gradient =
		lane_piece(pass, lane, pass->parameters, sizeof(double));
	lane->multi = lane_piece(pass, lane, pass->outputs, sizeof(double));
	lane->waiting = lane_piece(
		pass, lane, gram > 0 ? pass->gram_rows * pass->stride : 0, size);
	/* Not cleared here: touching so much memory first takes long. */
	lane->gram = lane->piece[lane->pieces++] =
		runtime_allocate(pass->runtime, gram * gram * size);
	for (int i = 0; i < LANE_PIECES; i++)
		if (lane->piece[i] == NULL)
			return false;
	return true;
}

void
pass_limit_rows(Pass *pass, size_t rows)
{
	pass->rows = rows;
}

void
pass_release(Pass *pass)
{
	for (size_t l = 0; l < pass->lanes; l++)
		for (int i = 0; i < pass->lane[l].pieces; i++)
			runtime_release(pass->runtime, pass->lane[l].piece[i]);
	runtime_release(pass->runtime, pass->lane);
	runtime_release(pass->runtime, pass->zero);
	runtime_release(pass->runtime, pass->one);
	runtime_release(pass->runtime, pass->scale);
	runtime_release(pass->runtime, pass->shift);
	runtime_release(pass->runtime, pass->weights32);
	runtime_release(pass->runtime, pass->scaled);
	runtime_release(pass->runtime, pass->chunk_sums);
	pass->lane = NULL;
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
	for (size_t l = 0; l < pass->lanes; l++)
		if (!init_lane(pass, &pass->lane[l]))
			return fail_no_memory(failure);
	return LL_OK;
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
