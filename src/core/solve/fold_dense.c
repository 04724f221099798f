/*
 * fold_dense.c
 *		The dense rows of a cross-validation as a matrix, those that a fold holds out
 *		side by side.
 */
#include "core/solve/fold_dense.h"

#include <string.h>

#include "core/solve/row_span.h"

/* Rows that no fold holds out come first, and then each fold's. */
#define PARTS (FOLDS_MOST + 1)

/* Where each part of the matrix begins. */
typedef struct Parts
{
	size_t start[PARTS + 1];
} Parts;

static Parts
lay_out(const FoldRows *folds, size_t count)
{
	Parts parts = {{0}};
	size_t held = 0;

	for (size_t k = 0; k < folds->count; k++)
		held += folds->held_count[k];
	parts.start[1] = count - held;
	for (size_t k = 0; k < folds->count; k++)
		parts.start[k + 2] = parts.start[k + 1] + folds->held_count[k];
	return parts;
}

/* Lists the rows that no fold holds out, and then each fold's. */
static void
list_rows(const FoldRows *folds, const uint32_t *whole, size_t count,
		  uint32_t *order)
{
	Parts parts = lay_out(folds, count);
	size_t learned = count - folds->held_count[folds->count - 1];
	size_t at[FOLDS_MOST] = {0}, none = 0;

	for (size_t i = 0; i < learned; i++)
	{
		bool held = false;

		for (size_t k = 0; k + 1 < folds->count && !held; k++)
		{
			held = at[k] < folds->held_count[k] &&
				   folds->held[k][at[k]] == whole[i];
			at[k] += held;
		}
		if (!held)
			order[none++] = whole[i];
	}
	for (size_t k = 0; k < folds->count; k++)
		memcpy(order + parts.start[k + 1], folds->held[k],
			   folds->held_count[k] * sizeof(uint32_t));
}

/* Names the rows of each fold by their places. */
static Status
take_places(FoldDense *dense, const Runtime *runtime, Failure *failure)
{
	FoldRows *folds = &dense->folds;
	Parts parts = lay_out(folds, dense->count);

	folds->row = dense->place;
	folds->row_count = dense->count;
	for (size_t k = 0; k < folds->count; k++)
	{
		folds->held[k] = dense->place + parts.start[k + 1];
		folds->learned[k] = NULL;
	}
	for (size_t k = 0; k < folds->count; k++)
	{
		size_t from = parts.start[k + 1], end = parts.start[k + 2];
		uint32_t *list =
			runtime_allocate(runtime, (dense->count + 1) * sizeof(uint32_t));

		if (list == NULL)
			return fail_no_memory(failure);
		folds->learned[k] = list;
		memcpy(list, dense->place, from * sizeof(uint32_t));
		if (folds->key != FOLD_KEY_TIME)
			memcpy(list + from, dense->place + end,
				   (dense->count - end) * sizeof(uint32_t));
	}
	return LL_OK;
}

Status
fold_dense_make(const SolverProblem *problem, const SolverControl *control,
				const FoldRows *folds, const uint32_t *whole, size_t count,
				bool single, FoldDense *dense, Failure *failure)
{
	const Runtime *runtime = control->runtime;
	uint32_t *order = runtime_allocate(runtime, count * sizeof(uint32_t));
	Status status;

	*dense = (FoldDense){.folds = *folds, .count = count};
	dense->place = runtime_allocate(runtime, count * sizeof(uint32_t));
	if (order == NULL || dense->place == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
		dense->place[i] = (uint32_t) i;
	list_rows(folds, whole, count, order);
	status = row_matrix_make(problem, control, order, count, single,
							 &dense->matrix, failure);
	runtime_release(runtime, order);
	return status == LL_OK ? take_places(dense, runtime, failure) : status;
}

Status
fold_dense_span(FoldDense *dense, const SolverControl *control, bool single,
				Failure *failure)
{
	SolverProblem rows = dense->matrix.problem;
	RowMatrix matrix = {.memory = NULL};
	RowSpan span;
	Status status;

	/* they are normalised */
	rows.mean = rows.inverse_deviation = NULL;
	rows.matrix = false;
	status = row_span_make(&rows, control, dense->place, dense->count, &span,
						   failure);
	if (status == LL_OK)
		status = row_matrix_make(&span.problem, control, dense->place,
								 dense->count, single, &matrix, failure);
	if (status != LL_OK)
		return status;
	row_span_release(&span);
	row_matrix_release(&dense->matrix);
	dense->matrix = matrix;
	dense->matrix.problem.rows = &dense->matrix.rows;
	return LL_OK;
}

void
fold_dense_release(FoldDense *dense)
{
	Runtime runtime = dense->matrix.rows.runtime;

	if (dense->place == NULL)
		return;
	for (size_t k = 0; k < dense->folds.count; k++)
		runtime_release(&runtime, dense->folds.learned[k]);
	runtime_release(&runtime, dense->place);
	row_matrix_release(&dense->matrix);
	memset(dense, 0, sizeof(*dense));
}
