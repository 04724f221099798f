/*
 * tune_folds.c
 *		The folds of a cross-validated tuning, as views of the training rows.
 */
#include "core/tune/tune_run.h"

/* Deals the training rows out, class by class in canonical order. */
static Status
deal_folds(TuneRun *run, Failure *failure)
{
	const Problem *problem = run->problem;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	uint32_t folds = run->request->folds;
	size_t classes = problem->classes > 0 ? problem->classes : 1;
	size_t *dealt =
		runtime_allocate_zero(&run->runtime, classes, sizeof(size_t));

	run->row_fold =
		runtime_allocate(&run->runtime, rows->count * sizeof(int16_t));
	if (dealt == NULL || run->row_fold == NULL)
		return fail_no_memory(failure);
	/* Each class starts where the last one ended: folds stay equally large. */
	for (size_t place = 0; place < rows->count; place++)
		if (problem->classes > 0)
			dealt[(size_t) rows->labels[rows_at(rows, place)]]++;
	for (size_t k = 0, sum = 0; k < classes; k++)
	{
		size_t own = dealt[k];

		dealt[k] = sum;
		sum += own;
	}
	for (size_t place = 0; place < rows->count; place++)
	{
		size_t row = rows_at(rows, place);
		size_t k = problem->classes > 0 ? (size_t) rows->labels[row] : 0;

		if (runtime_stops(&run->runtime, place))
			return fail_cancelled(failure);
		run->row_fold[row] = (int16_t) (dealt[k]++ % folds);
	}
	runtime_release(&run->runtime, dealt);
	return LL_OK;
}

/* Makes one fold's rows a store of their own that shares the records. */
static Status
view_fold(TuneRun *run, uint32_t fold, Failure *failure)
{
	const Rows *rows = run->problem->rows[CHANNEL_TRAIN];
	Rows *view = &run->fold_rows[fold];
	size_t count = 0;
	float *targets;

	for (size_t i = 0; i < rows->count; i++)
		count += run->row_fold[i] == (int16_t) fold;
	*view = *rows;
	view->count = count;
	view->records = runtime_allocate(&run->runtime, count * sizeof(char *));
	view->hashes = runtime_allocate(&run->runtime, count * sizeof(uint64_t));
	view->labels = runtime_allocate(&run->runtime, count * sizeof(double));
	view->order = runtime_allocate(&run->runtime, count * sizeof(uint32_t));
	targets = runtime_allocate(&run->runtime, count * sizeof(float));
	if (rows->weights != NULL)
		view->weights = runtime_allocate(&run->runtime, count * sizeof(float));
	if (view->records == NULL || view->hashes == NULL ||
		view->labels == NULL || view->order == NULL || targets == NULL ||
		(rows->weights != NULL && view->weights == NULL))
		return fail_no_memory(failure);
	run->fold_targets[fold] = targets;
	for (size_t place = 0, n = 0; place < rows->count; place++)
	{
		size_t row = rows_at(rows, place);

		if (runtime_stops(&run->runtime, place))
			return fail_cancelled(failure);
		if (run->row_fold[row] != (int16_t) fold)
			continue;
		view->records[n] = rows->records[row];
		view->hashes[n] = rows->hashes[row];
		view->labels[n] = rows->labels[row];
		targets[n] = run->problem->targets[CHANNEL_TRAIN][row];
		if (rows->weights != NULL)
			view->weights[n] = rows->weights[row];
		view->order[n] = (uint32_t) n;
		n++;
	}
	return LL_OK;
}

Status
tune_make_folds(TuneRun *run, Failure *failure)
{
	uint32_t folds = run->request->folds;
	Status status = deal_folds(run, failure);

	run->fold_rows = runtime_allocate_zero(&run->runtime, folds, sizeof(Rows));
	run->fold_targets =
		runtime_allocate_zero(&run->runtime, folds, sizeof(float *));
	if (run->fold_rows == NULL || run->fold_targets == NULL)
		return fail_no_memory(failure);
	for (uint32_t fold = 0; fold < folds && status == LL_OK; fold++)
		status = view_fold(run, fold, failure);
	return status;
}
