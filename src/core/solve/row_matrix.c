/*
 * row_matrix.c
 *		Dense rows normalised once, where many passes read them.
 */
#include "core/solve/row_matrix.h"

#include <string.h>

#include "core/rows/row_array.h"
#include "core/solve/tile_fill.h"

/* Of a matrix: as much as a pass's lanes may take. */
#define MOST_BYTES ((size_t) 64 << 20)

/* Narrower rows of many outputs are normalised in next to no time. */
#define WIDE_DIMENSION 96

static size_t
element_size(bool single)
{
	return single ? sizeof(float) : sizeof(double);
}

bool
row_matrix_serves(const SolverProblem *problem, size_t count, bool single)
{
	const Rows *rows = problem->rows;
	double bytes = (double) count * (double) element_size(single) *
				   (double) row_matrix_stride(rows->dimension);

	return rows->format < ROWS_SPARSE && rows->spill == NULL &&
		   rows->shards == NULL && rows->sums == NULL && !problem->matrix &&
		   count > 0 && bytes <= (double) MOST_BYTES;
}

bool
row_matrix_is_wide(const SolverProblem *problem)
{
	return problem->rows->dimension > WIDE_DIMENSION;
}

/* Takes what a row has beside its features. */
static void
take_labels(const Rows *from, const uint32_t *order, Rows *to)
{
	for (size_t i = 0; i < to->count; i++)
	{
		to->labels[i] = from->labels[order[i]];
		to->order[i] = (uint32_t) i;
		if (to->weights != NULL)
			to->weights[i] = from->weights[order[i]];
		if (to->offsets != NULL)
			to->offsets[i] = from->offsets[order[i]];
	}
}

/* Makes room, and says where each row is to be. */
static Status
allocate(const Rows *from, const Runtime *runtime, size_t count, size_t size,
		 RowMatrix *matrix, Failure *failure)
{
	Rows *rows = &matrix->rows;
	size_t bytes;

	rows_init(rows, runtime, size == sizeof(float) ? ROWS_F32 : ROWS_F64,
			  from->dimension);
	rows->stride = row_matrix_stride(from->dimension) * size;
	rows->count = count;
	bytes = count * rows->stride;
	matrix->memory = runtime_allocate(runtime, bytes + RUNTIME_HUGE_PAGE);
	rows->records = row_array_resize(runtime, NULL, 0, count * sizeof(char *));
	rows->labels = row_array_resize(runtime, NULL, 0, count * sizeof(double));
	rows->order = runtime_allocate(runtime, count * sizeof(uint32_t));
	if (from->weights != NULL)
		rows->weights =
			row_array_resize(runtime, NULL, 0, count * sizeof(float));
	if (from->offsets != NULL)
		rows->offsets =
			row_array_resize(runtime, NULL, 0, count * sizeof(double));
	if (matrix->memory == NULL || rows->records == NULL ||
		rows->labels == NULL || rows->order == NULL ||
		(from->weights != NULL && rows->weights == NULL) ||
		(from->offsets != NULL && rows->offsets == NULL))
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		rows->records[i] = (char *) matrix->memory +
						   (RUNTIME_HUGE_PAGE -
							(uintptr_t) matrix->memory % RUNTIME_HUGE_PAGE) +
						   i * rows->stride;
	return LL_OK;
}

/* Fills the matrix as a pass fills its tiles. */
static Status
fill(Pass *pass, const Rows *to, Failure *failure)
{
	PassLane *lane = &pass->lane[0];
	void *own = lane->features;
	size_t left;

	for (size_t first = 0; first < to->count; first += pass->tile_rows)
	{
		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		left = to->count - first;
		lane->features = (void *) (uintptr_t) to->records[first];
		pass_fill_tile(pass, lane, first,
					   left < pass->tile_rows ? left : pass->tile_rows);
	}
	lane->features = own;
	return LL_OK;
}

Status
row_matrix_make(const SolverProblem *problem, const SolverControl *control,
				const uint32_t *order, size_t count, bool single,
				RowMatrix *matrix, Failure *failure)
{
	SolverProblem all = *problem;
	Pass pass;
	Status status;

	memset(matrix, 0, sizeof(*matrix));
	all.selection = order;
	all.count = count;
	status = allocate(problem->rows, control->runtime, count,
					  element_size(single), matrix, failure);
	if (status == LL_OK)
		status = pass_init(&pass, &all, control, 0, single, failure);
	if (status != LL_OK)
		return status;
	take_labels(problem->rows, order, &matrix->rows);
	status = fill(&pass, &matrix->rows, failure);
	pass_release(&pass);
	matrix->problem = *problem;
	matrix->problem.rows = &matrix->rows;
	matrix->problem.selection = NULL;
	matrix->problem.matrix = true;
	return status;
}

void
row_matrix_release(RowMatrix *matrix)
{
	Runtime runtime = matrix->rows.runtime;

	if (matrix->memory == NULL)
		return;
	runtime_release(&runtime, matrix->memory);
	runtime_release(&runtime, matrix->rows.order);
	rows_release(&matrix->rows);
	memset(matrix, 0, sizeof(*matrix));
}
