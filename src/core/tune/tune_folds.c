/*
 * tune_folds.c
 *		The folds of a cross-validated tuning, as views of the training rows.
 */
#include "core/train/fold_keys.h"
#include "core/tune/tune_run.h"

/* Deals the training rows out by the problem's keys. */
static Status
deal_keyed(TuneRun *run, Failure *failure)
{
	Problem *problem = run->problem;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	uint32_t folds = run->request->folds;
	int16_t *fold =
		runtime_allocate(&run->runtime, rows->count * sizeof(int16_t));
	Status status;

	if (fold == NULL)
		return fail_no_memory(failure);
	status = fold_keys_deal(problem, rows->order, rows->count, folds, false,
							fold, &folds, failure);
	for (size_t place = 0; status == LL_OK && place < rows->count; place++)
		run->row_fold[rows_at(rows, place)] = fold[place];
	runtime_release(&run->runtime, fold);
	return status;
}

/* Each fold of keys must hold out what the objective needs. */
static Status
check_held(const TuneRun *run, Failure *failure)
{
	const TuneRequest *request = run->request;
	const Rows *rows = run->problem->rows[CHANNEL_TRAIN];
	size_t counts[TUNE_MAX_FOLDS][2] = {{0}};
	bool binary = run->problem->predictor == PREDICTOR_BINARY;

	for (size_t i = 0; i < rows->count; i++)
		if (run->row_fold[i] >= 0)
			counts[run->row_fold[i]][binary && rows->labels[i] == 1.0]++;
	for (uint32_t fold = 0; fold < request->folds; fold++)
		for (int label = 1; binary && label >= 0; label--)
		{
			if (counts[fold][label] > 0 || !tune_needs_label(request, label))
				continue;
			fail(failure, LL_INVALID,
				 "fold %u of %u by option \"%s\" has no %s row to be judged "
				 "on",
				 fold + 1, request->folds, fold_keys_option(run->problem),
				 label == 1 ? "positive" : "negative");
			fail_detail(failure, "Objective \"%s\" needs some.",
						request->objective);
			fail_hint(failure, "Use fewer folds, or objective "
							   "\"validation:log_loss\" or "
							   "\"validation:objective_loss\", which need "
							   "none.");
			return LL_INVALID;
		}
	for (uint32_t fold = 0; fold < request->folds; fold++)
		if (request->metric->needs == NEEDS_TWO_ROWS &&
			counts[fold][0] + counts[fold][1] < 2)
			return fail(failure, LL_INVALID,
						"fold %u of %u by option \"%s\" has one row, but "
						"objective \"%s\" needs two",
						fold + 1, request->folds,
						fold_keys_option(run->problem), request->objective);
	return LL_OK;
}

/* Deals the training rows out, class by class in canonical order. */
static Status
deal_classes(TuneRun *run, Failure *failure)
{
	const Problem *problem = run->problem;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	uint32_t folds = run->request->folds;
	size_t classes = problem->classes > 0 ? problem->classes : 1;
	size_t *dealt =
		runtime_allocate_zero(&run->runtime, classes, sizeof(size_t));

	if (dealt == NULL)
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

static Status
deal_folds(TuneRun *run, Failure *failure)
{
	const Rows *rows = run->problem->rows[CHANNEL_TRAIN];
	Status status;

	run->row_fold =
		runtime_allocate(&run->runtime, rows->count * sizeof(int16_t));
	if (run->row_fold == NULL)
		return fail_no_memory(failure);
	if (run->problem->fold_key == FOLD_KEY_NONE)
		return deal_classes(run, failure);
	status = deal_keyed(run, failure);
	return status == LL_OK ? check_held(run, failure) : status;
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
	view->fold_keys = NULL;
	if (rows->weights != NULL)
		view->weights = runtime_allocate(&run->runtime, count * sizeof(float));
	if (rows->offsets != NULL)
		view->offsets =
			runtime_allocate(&run->runtime, count * sizeof(double));
	if (view->records == NULL || view->hashes == NULL ||
		view->labels == NULL || view->order == NULL || targets == NULL ||
		(rows->weights != NULL && view->weights == NULL) ||
		(rows->offsets != NULL && view->offsets == NULL))
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
		if (rows->offsets != NULL)
			view->offsets[n] = rows->offsets[row];
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

	if (status != LL_OK)
		return status;
	run->fold_rows = runtime_allocate_zero(&run->runtime, folds, sizeof(Rows));
	run->fold_targets =
		runtime_allocate_zero(&run->runtime, folds, sizeof(float *));
	if (run->fold_rows == NULL || run->fold_targets == NULL)
		return fail_no_memory(failure);
	for (uint32_t fold = 0; fold < folds && status == LL_OK; fold++)
		status = view_fold(run, fold, failure);
	return status;
}
