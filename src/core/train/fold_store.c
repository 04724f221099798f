/*
 * fold_store.c
 *		The rows of an internal cross-validation as its many passes read them.
 */
#include "core/train/fold_store.h"

#include "core/rows/spill.h"
#include "core/train/fold_rows.h"

/* Copies a row, with what it has beside its features. */
static Status
copy_row(const Rows *from, size_t row, Rows *to, Failure *failure)
{
	RowView view = rows_view(from, row);
	Status status = rows_append(to, &view, from->labels[row], 0,
								rows_weight(from, row), failure);

	return status == LL_OK
			   ? rows_give_offset(to, rows_offset(from, row), failure)
			   : status;
}

/* Copies the folds' rows, window by window. */
static Status
copy_rows(const Rows *from, const Runtime *runtime, const FoldRows *folds,
		  Rows *to, Failure *failure)
{
	size_t loaded;

	rows_init(to, runtime, from->format, from->dimension);
	to->scaling = from->scaling;
	to->ahead = from->ahead;
	for (size_t at = 0; at < folds->row_count; at += loaded)
	{
		Status status = rows_load(from, folds->row + at, folds->row_count - at,
								  &loaded, failure);

		for (size_t i = at; i < at + loaded && status == LL_OK; i++)
			status = runtime_interrupted(runtime)
						 ? fail_cancelled(failure)
						 : copy_row(from, folds->row[i], to, failure);
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

Status
fold_store_open(const SolverProblem *problem, const SolverControl *control,
				bool spanned, FoldRows *folds, FoldStore *store,
				Failure *failure)
{
	Status status = LL_OK;

	*store = (FoldStore){.problem = *problem};
	if (problem->rows->spill != NULL)
	{
		status = copy_rows(problem->rows, control->runtime, folds,
						   &store->copies, failure);
		store->problem.rows = &store->copies;
		fold_rows_renumber(folds);
	}
	if (status == LL_OK && spanned)
	{
		status = row_span_make(&store->problem, control, folds->row,
							   folds->row_count, &store->span, failure);
		store->problem = store->span.problem;
		fold_rows_renumber(folds);
	}
	if (store->problem.rows != problem->rows)
	{
		store->problem.selection = folds->row;
		store->problem.count = folds->row_count;
	}
	return status;
}

void
fold_store_close(FoldStore *store)
{
	if (store->copies.count > 0)
		rows_release(&store->copies);
	if (store->span.rows.count > 0)
		row_span_release(&store->span);
}
