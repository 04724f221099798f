/*
 * tune.c
 *		A tuning job over a prepared problem.
 */
#include "core/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BINARY APPLIES_BINARY
#define MULTI APPLIES_MULTICLASS
#define REGRESSOR APPLIES_REGRESSOR

const ObjectiveMetric objective_metrics[] = {
	{"objective_loss", APPLIES_ALL, false},
	{"binary_classification_accuracy", BINARY, true},
	{"binary_f_beta", BINARY, true},
	{"precision", BINARY, true},
	{"recall", BINARY, true},
	{"roc_auc_score", BINARY, true},
	{"pr_auc", BINARY, true},
	{"log_loss", BINARY, false},
	{"multiclass_accuracy", MULTI, true},
	{"multiclass_top_k_accuracy", MULTI, true},
	{"macro_f_beta", MULTI, true},
	{"macro_precision", MULTI, true},
	{"macro_recall", MULTI, true},
	{"dcg", MULTI, true},
	{"mse", REGRESSOR, false},
	{"rmse", REGRESSOR, false},
	{"absolute_loss", REGRESSOR, false},
	{"r2", REGRESSOR, true},
	{NULL, 0, false}};

const char *const warm_start_names[] = {"IdenticalDataAndAlgorithm",
										"TransferLearning", NULL};

/* ---- The request ---- */

void
tune_request_init(TuneRequest *request)
{
	memset(request, 0, sizeof(*request));
	hyperparameters_init(&request->fixed);
	request->options = (TunerOptions){.strategy = STRATEGY_BAYESIAN,
									  .max_parallel_jobs = 1,
									  .target = NAN,
									  .min_resource = 1};
}

/* Reports a name that is no metric, with the nearest that is. */
static Status
unknown_metric(const char *name, Failure *failure)
{
	const char *nearest = NULL;
	char full[MODEL_NAME_SIZE + 16];
	int best = 1000;

	for (const ObjectiveMetric *m = objective_metrics; m->name != NULL; m++)
		for (int channel = 0; channel < CHANNEL_COUNT; channel++)
		{
			int distance;

			snprintf(full, sizeof(full), "%s:%s", channel_names[channel],
					 m->name);
			distance = name_distance(name, full);
			/* Of two equally near, the one on validation rows. */
			if (distance < best ||
				(distance == best && channel == CHANNEL_VALIDATION))
			{
				best = distance;
				nearest = m->name;
			}
		}
	fail(failure, LL_INVALID, "unknown objective metric \"%.100s\"", name);
	fail_detail(failure,
				"An objective is a channel, train, validation or test, "
				"and a metric, as in validation:objective_loss.");
	if (nearest != NULL)
		fail_hint(failure, "Perhaps you meant \"validation:%s\".", nearest);
	return LL_INVALID;
}

Status
tune_set_objective(TuneRequest *request, const char *name, Failure *failure)
{
	if (strlen(name) >= sizeof(request->objective))
		return unknown_metric("", failure);
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		size_t length = strlen(channel_names[channel]);

		if (strncmp(name, channel_names[channel], length) != 0 ||
			name[length] != ':')
			continue;
		for (const ObjectiveMetric *m = objective_metrics; m->name != NULL;
			 m++)
			if (strcmp(m->name, name + length + 1) == 0)
			{
				request->metric = m;
				request->channel = (Channel) channel;
				strcpy(request->objective, name);
				return LL_OK;
			}
	}
	return unknown_metric(name, failure);
}

/* ---- Checks before any training ---- */

static const char *
predictor_name(PredictorType predictor)
{
	return hyperparameter_table[HP_PREDICTOR_TYPE].choices[predictor];
}

/* The objective against the predictor and the rows there are. */
static Status
check_objective(const TuneRequest *request, const Problem *problem,
				Failure *failure)
{
	const Rows *rows = problem->rows[request->channel];
	char list[256] = "";

	if (request->metric == NULL)
	{
		fail(failure, LL_INVALID, "the tuning has no objective");
		fail_hint(failure, "Give \"objective\", for example "
						   "\"validation:objective_loss\".");
		return LL_INVALID;
	}
	if (!(request->metric->applies & (1u << problem->predictor)))
	{
		for (const ObjectiveMetric *m = objective_metrics; m->name != NULL;
			 m++)
			if (m->applies & (1u << problem->predictor))
				snprintf(list + strlen(list), sizeof(list) - strlen(list),
						 "%s%s", list[0] != '\0' ? ", " : "", m->name);
		fail(failure, LL_INVALID,
			 "objective \"%s\" does not fit predictor_type \"%s\"",
			 request->objective, predictor_name(problem->predictor));
		fail_detail(failure, "Its metrics are %s.", list);
		return LL_INVALID;
	}
	if (request->folds > 0 && request->channel != CHANNEL_VALIDATION)
		return fail(failure, LL_INVALID,
					"with folds the objective must be on validation rows, not "
					"\"%s\"",
					request->objective);
	if (request->folds == 0 && (rows == NULL || rows->count == 0))
	{
		fail(failure, LL_INVALID, "there are no %s rows for objective \"%s\"",
			 channel_names[request->channel], request->objective);
		fail_hint(failure, "Pass the channel of each row, or set \"folds\" or "
						   "\"validation_fraction\".");
		return LL_INVALID;
	}
	return LL_OK;
}

/* How many values a row can take that matter to hyperparameters_check. */
static uint32_t
alternatives(const TuneRequest *request, Hyperparameter row,
			 const double **values)
{
	for (uint32_t i = 0; i < request->space.count; i++)
		if (request->space.ranges[i].row == row &&
			request->space.ranges[i].kind == RANGE_CATEGORICAL)
		{
			*values = request->space.ranges[i].categories;
			return request->space.ranges[i].category_count;
		}
	*values = &request->fixed.value[row];
	return 1;
}

/* Every loss with every optimizer, and each range, against the predictor. */
static Status
check_settings(const TuneRequest *request, const Problem *problem,
			   Failure *failure)
{
	const double *losses, *optimizers;
	uint32_t loss_count = alternatives(request, HP_LOSS, &losses);
	uint32_t optimizer_count =
		alternatives(request, HP_OPTIMIZER, &optimizers);

	for (uint32_t i = 0; i < loss_count; i++)
		for (uint32_t j = 0; j < optimizer_count; j++)
		{
			Hyperparameters settings = request->fixed;
			Status status;

			settings.value[HP_PREDICTOR_TYPE] = problem->predictor;
			for (uint32_t k = 0; k < request->space.count; k++)
			{
				const Range *range = &request->space.ranges[k];

				settings.value[range->row] = range_at(range, 1.0);
				settings.given[range->row] = true;
			}
			settings.value[HP_LOSS] = losses[i];
			settings.value[HP_OPTIMIZER] = optimizers[j];
			status = hyperparameters_check(&settings, failure);
			if (status != LL_OK)
				return status;
			if (strcmp(request->metric->name, "log_loss") == 0 &&
				losses[i] == losses[i] && losses[i] != LOSS_LOGISTIC)
				return fail(failure, LL_INVALID,
							"objective \"%s\" needs loss \"logistic\"",
							request->objective);
		}
	return LL_OK;
}

/* A row cannot be fixed and a range at once. */
static Status
check_overlap(const TuneRequest *request, Failure *failure)
{
	for (uint32_t i = 0; i < request->space.count; i++)
	{
		Hyperparameter row = request->space.ranges[i].row;

		if (request->fixed.given[row])
			return fail(failure, LL_INVALID,
						"hyperparameter \"%s\" has both a value and a range",
						hyperparameter_table[row].name);
		if (row == HP_EPOCHS &&
			request->options.strategy == STRATEGY_HYPERBAND)
			return fail(failure, LL_INVALID,
						"\"epochs\" cannot be a range with the Hyperband "
						"strategy, which chooses them");
	}
	return LL_OK;
}

static Status
check_folds(const TuneRequest *request, const Problem *problem,
			Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	if (request->folds == 0)
		return LL_OK;
	if (request->folds < 2 || request->folds > TUNE_MAX_FOLDS)
		return fail(failure, LL_INVALID,
					"folds must be between 2 and %d, not %u", TUNE_MAX_FOLDS,
					request->folds);
	if (request->folds > rows->count)
		return fail(failure, LL_INVALID,
					"%u folds need as many training rows, not %zu",
					request->folds, rows->count);
	return LL_OK;
}

/* The most epochs that any trial runs. */
static uint32_t
most_epochs(const TuneRequest *request)
{
	double epochs = request->fixed.value[HP_EPOCHS];

	for (uint32_t i = 0; i < request->space.count; i++)
	{
		const Range *range = &request->space.ranges[i];

		if (range->row != HP_EPOCHS)
			continue;
		epochs = range->maximum;
		for (uint32_t c = 0; c < range->category_count; c++)
			epochs = fmax(epochs, range->categories[c]);
	}
	return (uint32_t) epochs;
}

Status
tune_check(TuneRequest *request, const Problem *problem, Failure *failure)
{
	TunerOptions *options = &request->options;
	Status status = check_objective(request, problem, failure);

	if (status == LL_OK && request->recommended)
		space_add_recommended(&request->space, &request->fixed,
							  problem->predictor);
	if (status == LL_OK)
		status = check_overlap(request, failure);
	if (status == LL_OK)
		status = check_settings(request, problem, failure);
	if (status == LL_OK)
		status = check_folds(request, problem, failure);
	if (status != LL_OK)
		return status;
	if (options->strategy == STRATEGY_HYPERBAND && options->median_stopping)
	{
		fail(failure, LL_INVALID,
			 "early_stopping_type must be Off with the Hyperband strategy");
		fail_hint(failure, "Hyperband stops trials by itself.");
		return LL_INVALID;
	}
	if (options->strategy == STRATEGY_HYPERBAND && request->max_resource > 0)
		request->fixed.value[HP_EPOCHS] = request->max_resource;
	options->max_resource = most_epochs(request);
	if (!request->direction_given)
		options->maximize = request->metric->maximize;
	options->seed = (uint64_t) request->fixed.value[HP_SEED];
	request->fixed.value[HP_NUM_MODELS] = 1;
	return LL_OK;
}

/* ---- Memory of one batch ---- */

/* A Runtime that remembers what it gave, to give it all back at once. */
typedef struct Scratch
{
	Runtime host;
	void **pieces;
	size_t count;
	size_t capacity;
} Scratch;

static void *
scratch_allocate(void *context, size_t size)
{
	Scratch *scratch = context;

	if (scratch->count == scratch->capacity)
	{
		size_t capacity = scratch->capacity > 0 ? 2 * scratch->capacity : 256;
		void **pieces =
			runtime_allocate(&scratch->host, capacity * sizeof(void *));

		if (pieces == NULL)
			return NULL;
		if (scratch->count > 0)
			memcpy(pieces, scratch->pieces, scratch->count * sizeof(void *));
		runtime_release(&scratch->host, scratch->pieces);
		scratch->pieces = pieces;
		scratch->capacity = capacity;
	}
	scratch->pieces[scratch->count] = runtime_allocate(&scratch->host, size);
	return scratch->pieces[scratch->count] == NULL
			   ? NULL
			   : scratch->pieces[scratch->count++];
}

static void
scratch_release(void *context, void *pointer)
{
	Scratch *scratch = context;

	for (size_t i = scratch->count; i-- > 0;)
		if (scratch->pieces[i] == pointer)
		{
			scratch->pieces[i] = scratch->pieces[--scratch->count];
			runtime_release(&scratch->host, pointer);
			return;
		}
}

static bool
scratch_interrupted(void *context)
{
	return runtime_interrupted(&((Scratch *) context)->host);
}

static void
scratch_clear(Scratch *scratch)
{
	for (size_t i = 0; i < scratch->count; i++)
		runtime_release(&scratch->host, scratch->pieces[i]);
	scratch->count = 0;
}

/* ---- A run ---- */

typedef struct Run
{
	Problem *problem;
	TuneRequest *request;
	Runtime runtime; /* the host's */
	Scratch scratch;
	Tuner tuner;
	void (*progress)(void *host, const TrainerProgress *progress);
	void *host;

	/* The batch in flight. */
	Candidate *candidates; /* [count * width], a trial's folds adjacent */
	uint32_t first;
	uint32_t count;
	uint32_t width; /* candidates of a trial */
	uint32_t epoch; /* told to the tuner */
	double started;

	/* All trials. */
	ModelTrial *trials;
	ModelEpoch **histories; /* [trials] */
	double *seconds;
	Candidate best; /* its weights are the run's own */
	int16_t *row_fold;
	Rows *fold_rows; /* [folds] views of each fold's rows */
	float **fold_targets;
} Run;

/* What a candidate's epoch was worth, to be made small. */
static double
epoch_badness(const Problem *problem, const Candidate *candidate,
			  uint32_t epoch)
{
	const ModelEpoch *e = &candidate->history[epoch - 1];

	if (problem->predictor == PREDICTOR_BINARY && !isnan(e->criterion))
		return selection_badness(
			(SelectionCriterion) hp_integer(&candidate->settings,
											HP_SELECTION_CRITERIA),
			e->criterion);
	return isnan(e->validation_loss) ? e->train_loss : e->validation_loss;
}

/* Tells the tuner an epoch of each trial that ran it: the mean of its folds.
 */
static void
tell_epoch(Run *run, uint32_t epoch)
{
	for (uint32_t t = 0; t < run->count; t++)
	{
		double sum = 0.0;
		uint32_t folds = 0;

		for (uint32_t f = 0; f < run->width; f++)
		{
			const Candidate *c = &run->candidates[t * run->width + f];

			if (c->epochs < epoch || c->status == TRIAL_FAILED)
				continue;
			sum += epoch_badness(run->problem, c, epoch);
			folds++;
		}
		if (folds > 0)
			tuner_epoch(&run->tuner, run->first + t, sum / folds);
	}
	run->epoch = epoch;
}

/* The trainer asks after each epoch of all groups. */
static bool
run_stops(void *host, size_t candidate, uint32_t epoch, double badness)
{
	Run *run = host;

	if (run->epoch < epoch)
		tell_epoch(run, epoch);
	return tuner_stops(&run->tuner,
					   run->first + (uint32_t) (candidate / run->width));
}

/* Notes how long each running trial has taken; hands the news on. */
static void
run_progress(void *host, const TrainerProgress *progress)
{
	Run *run = host;
	double elapsed = trainer_clock() - run->started;

	for (uint32_t t = 0; t < run->count; t++)
		for (uint32_t f = 0; f < run->width; f++)
			if (run->candidates[t * run->width + f].epochs == progress->epoch)
				run->seconds[run->first + t] = elapsed;
	if (run->progress != NULL)
	{
		TrainerProgress news = *progress;

		news.phase = "tuning";
		news.trial = run->first + run->count;
		news.trials = run->tuner.options.max_jobs;
		run->progress(run->host, &news);
	}
}

/* ---- Folds ---- */

/* Deals the training rows out, class by class in canonical order. */
static Status
deal_folds(Run *run, Failure *failure)
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

		run->row_fold[row] = (int16_t) (dealt[k]++ % folds);
	}
	runtime_release(&run->runtime, dealt);
	return LL_OK;
}

/* Makes one fold's rows a store of their own that shares the records. */
static Status
view_fold(Run *run, uint32_t fold, Failure *failure)
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
	view->labels = runtime_allocate(&run->runtime, count * sizeof(double));
	view->order = runtime_allocate(&run->runtime, count * sizeof(uint32_t));
	targets = runtime_allocate(&run->runtime, count * sizeof(float));
	if (rows->weights != NULL)
		view->weights = runtime_allocate(&run->runtime, count * sizeof(float));
	if (view->records == NULL || view->labels == NULL || view->order == NULL ||
		targets == NULL || (rows->weights != NULL && view->weights == NULL))
		return fail_no_memory(failure);
	run->fold_targets[fold] = targets;
	for (size_t place = 0, n = 0; place < rows->count; place++)
	{
		size_t row = rows_at(rows, place);

		if (run->row_fold[row] != (int16_t) fold)
			continue;
		view->records[n] = rows->records[row];
		view->labels[n] = rows->labels[row];
		targets[n] = run->problem->targets[CHANNEL_TRAIN][row];
		if (rows->weights != NULL)
			view->weights[n] = rows->weights[row];
		view->order[n] = (uint32_t) n;
		n++;
	}
	return LL_OK;
}

static Status
make_folds(Run *run, Failure *failure)
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

/* ---- One batch ---- */

/* Settings of a trial, nothing auto left. */
static Hyperparameters
trial_settings(const Run *run, uint32_t trial)
{
	Hyperparameters settings = run->request->fixed;

	space_apply(&run->tuner.space, run->tuner.trials[trial].values, &settings);
	trainer_resolve(run->problem, &settings);
	return settings;
}

/* Makes the candidates of a batch. */
static Status
make_candidates(Run *run, Failure *failure)
{
	run->candidates = runtime_allocate_zero(&run->problem->runtime,
											(size_t) run->count * run->width,
											sizeof(Candidate));
	if (run->candidates == NULL)
		return fail_no_memory(failure);
	for (uint32_t t = 0; t < run->count; t++)
	{
		Hyperparameters settings = trial_settings(run, run->first + t);
		const Normalizer *normalizer;
		Status status;

		/* Normalisers outlive the batch. */
		run->problem->runtime = run->runtime;
		status =
			problem_normalizer(run->problem, &settings, &normalizer, failure);
		run->problem->runtime =
			(Runtime){&run->scratch, scratch_allocate, scratch_release,
					  scratch_interrupted};
		if (status != LL_OK)
			return status;
		for (uint32_t f = 0; f < run->width; f++)
		{
			Candidate *c = &run->candidates[t * run->width + f];

			c->settings = settings;
			c->fold = run->request->folds > 0 ? (int16_t) f : -1;
		}
	}
	return LL_OK;
}

/* The metrics of one candidate on the rows that judge it. */
static Status
candidate_metrics(Run *run, const Candidate *candidate, Channel channel,
				  ModelMetric **metrics, uint32_t *count, Failure *failure)
{
	Problem judge = *run->problem;

	if (run->request->folds > 0)
	{
		judge.row_fold = NULL;
		judge.rows[CHANNEL_VALIDATION] = &run->fold_rows[candidate->fold];
		judge.targets[CHANNEL_VALIDATION] = run->fold_targets[candidate->fold];
	}
	return train_metrics(&judge, candidate, channel, metrics, count, failure);
}

/* Adds a candidate's metrics to its trial's, each divided by the folds. */
static Status
add_metrics(Run *run, const Candidate *candidate, Channel channel,
			ModelTrial *trial, Failure *failure)
{
	ModelMetric *metrics;
	uint32_t count;
	Status status =
		candidate_metrics(run, candidate, channel, &metrics, &count, failure);

	if (status != LL_OK)
		return status;
	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t at = 0;

		while (at < trial->metric_count &&
			   strcmp(trial->metrics[at].name, metrics[i].name) != 0)
			at++;
		if (at == trial->metric_count)
		{
			trial->metric_count++;
			trial->metrics[at] = metrics[i];
			trial->metrics[at].value = 0.0;
		}
		trial->metrics[at].value += metrics[i].value / run->width;
	}
	return LL_OK;
}

/* The epochs of a trial: the mean over its folds of those that ran each. */
static Status
keep_history(Run *run, uint32_t t, uint32_t epochs, Failure *failure)
{
	ModelEpoch *history =
		runtime_allocate_zero(&run->runtime, epochs, sizeof(ModelEpoch));

	if (history == NULL)
		return fail_no_memory(failure);
	for (uint32_t e = 0; e < epochs; e++)
	{
		uint32_t ran = 0;

		for (uint32_t f = 0; f < run->width; f++)
			ran += run->candidates[t * run->width + f].epochs > e;
		for (uint32_t f = 0; f < run->width; f++)
		{
			const Candidate *c = &run->candidates[t * run->width + f];

			if (c->epochs <= e)
				continue;
			history[e].epoch = e + 1;
			history[e].learning_rate = c->history[e].learning_rate;
			history[e].train_loss += c->history[e].train_loss / ran;
			history[e].validation_loss += c->history[e].validation_loss / ran;
			history[e].criterion += c->history[e].criterion / ran;
		}
	}
	run->histories[run->first + t] = history;
	return LL_OK;
}

/* Keeps a copy of the weights of the best trial so far. */
static Status
keep_best(Run *run, const Candidate *candidate, Failure *failure)
{
	size_t cells =
		((size_t) run->problem->dimension + 1) * run->problem->outputs;
	Candidate kept = *candidate;

	kept.weights = runtime_allocate(&run->runtime, cells * sizeof(float));
	kept.exact_weights = NULL;
	kept.history = runtime_allocate_zero(
		&run->runtime, candidate->epochs > 0 ? candidate->epochs : 1,
		sizeof(ModelEpoch));
	if (kept.weights == NULL || kept.history == NULL)
		return fail_no_memory(failure);
	memcpy(kept.weights, candidate->weights, cells * sizeof(float));
	memcpy(kept.history, candidate->history,
		   candidate->epochs * sizeof(ModelEpoch));
	if (candidate->exact_weights != NULL)
	{
		kept.exact_weights =
			runtime_allocate(&run->runtime, cells * sizeof(double));
		if (kept.exact_weights == NULL)
			return fail_no_memory(failure);
		memcpy(kept.exact_weights, candidate->exact_weights,
			   cells * sizeof(double));
	}
	runtime_release(&run->runtime, run->best.weights);
	runtime_release(&run->runtime, run->best.history);
	runtime_release(&run->runtime, run->best.exact_weights);
	run->best = kept;
	return LL_OK;
}

/*
 * A trial's status and epochs from its candidates'.  One that diverged after a
 * good epoch has that epoch's weights: it counts as stopped.
 */
static void
sum_up(const Run *run, uint32_t t, ModelTrial *trial)
{
	double deadline = run->problem->deadline;
	bool late = deadline > 0 && trainer_clock() > deadline;

	trial->status = TRIAL_COMPLETED;
	for (uint32_t f = 0; f < run->width; f++)
	{
		const Candidate *c = &run->candidates[t * run->width + f];
		bool cut = late && c->epochs < c->settings.value[HP_EPOCHS];

		if (c->epochs > trial->epochs)
			trial->epochs = c->epochs;
		if (c->best_epoch == 0)
			trial->status = TRIAL_FAILED;
		else if (trial->status == TRIAL_COMPLETED &&
				 (c->status != TRIAL_COMPLETED || cut))
			trial->status = TRIAL_STOPPED;
	}
}

/* Judges one trial of the batch and tells the tuner. */
static Status
finish_trial(Run *run, uint32_t t, Failure *failure)
{
	const TuneRequest *request = run->request;
	uint32_t number = run->first + t;
	ModelTrial *trial = &run->trials[number];
	const Candidate *own = &run->candidates[t * run->width];
	Status status = LL_OK;

	trial->settings = own->settings;
	trial->objective = NAN;
	trial->metrics = runtime_allocate_zero(
		&run->runtime, TRAIN_MAX_METRICS * 2, sizeof(ModelMetric));
	if (trial->metrics == NULL)
		return fail_no_memory(failure);
	sum_up(run, t, trial);
	for (uint32_t f = 0;
		 f < run->width && trial->status != TRIAL_FAILED && status == LL_OK;
		 f++)
	{
		if (request->channel != CHANNEL_VALIDATION)
			status =
				add_metrics(run, &own[f], request->channel, trial, failure);
		if (status == LL_OK)
			status =
				add_metrics(run, &own[f], CHANNEL_VALIDATION, trial, failure);
	}
	if (status != LL_OK)
		return status;
	for (uint32_t i = 0; i < trial->metric_count; i++)
		if (strcmp(trial->metrics[i].name, request->objective) == 0)
			trial->objective = trial->metrics[i].value;
	status = keep_history(run, t, trial->epochs, failure);
	if (status != LL_OK)
		return status;
	tuner_finish(&run->tuner, number, trial->status, trial->epochs,
				 trial->objective);
	trial->status = run->tuner.trials[number].status;
	return tuner_best(&run->tuner) == number && request->folds == 0
			   ? keep_best(run, own, failure)
			   : LL_OK;
}

/* Trains the trials that the tuner suggested. */
static Status
run_batch(Run *run, Failure *failure)
{
	Problem *problem = run->problem;
	Status status;

	problem->runtime = (Runtime){&run->scratch, scratch_allocate,
								 scratch_release, scratch_interrupted};
	run->epoch = 0;
	run->started = trainer_clock();
	status = make_candidates(run, failure);
	if (status == LL_OK)
		status = trainer_run(problem, run->candidates,
							 (size_t) run->count * run->width, failure);
	for (uint32_t e = run->epoch + 1;
		 status == LL_OK && e <= run->tuner.options.max_resource; e++)
		tell_epoch(run, e);
	for (uint32_t t = 0; t < run->count && status == LL_OK; t++)
		status = finish_trial(run, t, failure);
	problem->runtime = run->runtime;
	scratch_clear(&run->scratch);
	return status;
}

/* ---- The whole job ---- */

/* The rows of the space in some settings. */
static void
space_values(const Tuner *tuner, const Hyperparameters *settings,
			 double *values)
{
	for (uint32_t i = 0; i < tuner->space.count; i++)
		values[i] = settings->value[tuner->space.ranges[i].row];
}

/* Whether one prior is better than another. */
static bool
prior_is_better(const Run *run, const PriorTrial *a, const PriorTrial *b)
{
	return tuner_badness(&run->tuner, a->objective) <
		   tuner_badness(&run->tuner, b->objective);
}

/* Gives the tuner what an earlier tuning found. */
static Status
start_warm(Run *run, Failure *failure)
{
	const TuneRequest *request = run->request;
	double values[HP_COUNT];
	bool used;

	for (uint32_t i = 0; i < request->prior_count; i++)
	{
		const PriorTrial *prior = &request->priors[i];
		uint32_t ahead = 0;
		Status status;

		space_values(&run->tuner, &prior->settings, values);
		for (uint32_t j = 0; j < request->prior_count; j++)
			ahead +=
				request->priors[j].type == WARM_START_TRANSFER &&
				(prior_is_better(run, &request->priors[j], prior) ||
				 (j < i && !prior_is_better(run, prior, &request->priors[j])));
		if (prior->type == WARM_START_IDENTICAL)
			status = tuner_know(&run->tuner, values, prior->objective, &used,
								failure);
		else if (ahead < TUNE_TRANSFERRED)
			status = tuner_start_with(&run->tuner, values, failure);
		else
			continue;
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* The defaults come first, unless an earlier tuning tells more. */
static Status
start_tuner(Run *run, Failure *failure)
{
	TuneRequest *request = run->request;
	Hyperparameters defaults = request->fixed;
	double values[HP_COUNT];
	Status status = tuner_init(&run->tuner, &request->space, &request->options,
							   &run->runtime, failure);

	if (status != LL_OK)
		return status;
	if (request->prior_count > 0)
		return start_warm(run, failure);
	if (request->options.strategy != STRATEGY_BAYESIAN)
		return LL_OK;
	trainer_resolve(run->problem, &defaults);
	space_values(&run->tuner, &defaults, values);
	return tuner_start_with(&run->tuner, values, failure);
}

static Status
start_run(Run *run, Failure *failure)
{
	Status status = start_tuner(run, failure);
	size_t jobs = run->tuner.options.max_jobs;

	if (status == LL_OK && run->request->folds > 0)
		status = make_folds(run, failure);
	if (status != LL_OK)
		return status;
	run->width = run->request->folds > 0 ? run->request->folds : 1;
	run->trials =
		runtime_allocate_zero(&run->runtime, jobs, sizeof(ModelTrial));
	run->histories =
		runtime_allocate_zero(&run->runtime, jobs, sizeof(ModelEpoch *));
	run->seconds = runtime_allocate_zero(&run->runtime, jobs, sizeof(double));
	if (run->trials == NULL || run->histories == NULL || run->seconds == NULL)
		return fail_no_memory(failure);
	return LL_OK;
}

/* After a cross-validation: the best settings on all training rows. */
static Status
train_best(Run *run, uint32_t best, Failure *failure)
{
	memset(&run->best, 0, sizeof(run->best));
	run->best.settings = run->trials[best].settings;
	run->best.fold = -1;
	return trainer_run(run->problem, &run->best, 1, failure);
}

/* Puts the tuning's trials and epochs into the model. */
static Status
fill_trials(Run *run, uint32_t best, Model *model, Failure *failure)
{
	uint32_t count = run->tuner.trial_count;
	size_t epochs = 0;

	for (uint32_t i = 0; i < count; i++)
		epochs += run->trials[i].epochs;
	model->trials = run->trials;
	model->trial_count = count;
	model->best_trial = best;
	model->epoch_count = 0;
	model->epochs =
		runtime_allocate_zero(&run->runtime, epochs, sizeof(ModelEpoch));
	if (model->epochs == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t e = 0; e < run->trials[i].epochs; e++)
		{
			model->epochs[model->epoch_count] = run->histories[i][e];
			model->epochs[model->epoch_count++].trial = i;
		}
	return LL_OK;
}

/* Asks and tells until there is nothing more to try, or no time. */
static Status
run_batches(Run *run, Failure *failure)
{
	const Problem *problem = run->problem;

	for (;;)
	{
		Status status =
			tuner_suggest(&run->tuner, &run->first, &run->count, failure);

		if (status != LL_OK || run->count == 0)
			return status;
		status = run_batch(run, failure);
		if (status != LL_OK)
			return status;
		if (problem->deadline > 0 && trainer_clock() > problem->deadline)
			return LL_OK;
	}
}

Status
tune_model(Problem *problem, TuneRequest *request, Model *model,
		   TuneTimes *times, Failure *failure)
{
	Run run = {.problem = problem,
			   .request = request,
			   .runtime = problem->runtime,
			   .progress = problem->progress,
			   .host = problem->host,
			   .scratch = {.host = problem->runtime}};
	Status status = start_run(&run, failure);
	int64_t best;

	if (status != LL_OK)
		return status;
	problem->host = &run;
	problem->progress = run_progress;
	problem->stop = run_stops;
	problem->row_fold = run.row_fold;
	status = run_batches(&run, failure);
	problem->host = run.host;
	problem->progress = run.progress;
	problem->stop = NULL;
	problem->row_fold = NULL;
	if (status != LL_OK)
		return status;
	best = tuner_best(&run.tuner);
	if (best < 0)
	{
		fail(failure, LL_INVALID, "every trial failed");
		fail_hint(failure, "Lower the range of learning_rate, or leave "
						   "normalize_data on.");
		return LL_INVALID;
	}
	if (request->folds > 0)
		status = train_best(&run, (uint32_t) best, failure);
	if (status == LL_OK)
		status = train_build(problem, &run.best, 1, 0, model, failure);
	if (status == LL_OK)
		status = fill_trials(&run, (uint32_t) best, model, failure);
	times->seconds = run.seconds;
	times->count = run.tuner.trial_count;
	return status;
}
