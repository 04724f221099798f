/*
 * tune_request.c
 *		A tuning request, and all that can be wrong with one before any training.
 */
#include "core/tune/tune_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/train/model_metrics.h"

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

/*
 * The metric that a name stands for: of which it is a part, as accuracy, or from
 * whose name on a channel it is the least apart.
 */
static const char *
nearest_metric(const char *name)
{
	const char *nearest = NULL;
	char full[MODEL_NAME_SIZE + 16];
	int best = 1000;

	for (const MetricDescriptor *m = metric_trained(NULL); m != NULL;
		 m = metric_trained(m))
		if (name[0] != '\0' && strstr(m->trained_name, name) != NULL)
			return m->trained_name;
	for (const MetricDescriptor *m = metric_trained(NULL); m != NULL;
		 m = metric_trained(m))
		for (int channel = 0; channel < CHANNEL_COUNT; channel++)
		{
			int distance;

			snprintf(full, sizeof(full), "%s:%s", channel_names[channel],
					 m->trained_name);
			distance = name_distance(name, full);
			/* Of two equally near, the one on validation rows. */
			if (distance < best ||
				(distance == best && channel == CHANNEL_VALIDATION))
			{
				best = distance;
				nearest = m->trained_name;
			}
		}
	return nearest;
}

/* Reports a name that is no metric, with the nearest that is. */
static Status
unknown_metric(const char *name, bool is_long, Failure *failure)
{
	const char *nearest = is_long ? NULL : nearest_metric(name);

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
		return unknown_metric(name, true, failure);
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		size_t length = strlen(channel_names[channel]);

		if (strncmp(name, channel_names[channel], length) != 0 ||
			name[length] != ':')
			continue;
		for (const MetricDescriptor *m = metric_trained(NULL); m != NULL;
			 m = metric_trained(m))
			if (strcmp(m->trained_name, name + length + 1) == 0)
			{
				request->metric = m;
				request->channel = (Channel) channel;
				strcpy(request->objective, name);
				return LL_OK;
			}
	}
	return unknown_metric(name, false, failure);
}

/* ---- Checks before any training ---- */

static const char *
predictor_name(PredictorType predictor)
{
	return hyperparameter_table[HP_PREDICTOR_TYPE].choices[predictor];
}

/* Whether a trial may have a loss with a log link. */
static bool
may_have_mean(const TuneRequest *request)
{
	const Hyperparameters *fixed = &request->fixed;

	for (uint32_t i = 0; i < request->space.count; i++)
		if (request->space.ranges[i].row == HP_LOSS)
			return true;
	return !hp_is_auto(fixed, HP_LOSS) &&
		   loss_is_log_link((LossKind) hp_integer(fixed, HP_LOSS));
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
		for (const MetricDescriptor *m = metric_trained(NULL); m != NULL;
			 m = metric_trained(m))
			if (m->applies & (1u << problem->predictor))
				snprintf(list + strlen(list), sizeof(list) - strlen(list),
						 "%s%s", list[0] != '\0' ? ", " : "", m->trained_name);
		fail(failure, LL_INVALID,
			 "objective \"%s\" does not fit predictor_type \"%s\"",
			 request->objective, predictor_name(problem->predictor));
		fail_detail(failure, "Its metrics are %s.", list);
		return LL_INVALID;
	}
	if (request->metric->of_deviance && !may_have_mean(request))
	{
		losses_list(losses_of_link(LINK_LOG), "", " and ", list, sizeof(list));
		fail(failure, LL_INVALID, "objective \"%s\" is of %s alone",
			 request->objective, list);
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
	LossKind fallback = loss_automatic(problem->predictor);

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
			if (request->metric->of_probabilities &&
				!hp_is_auto(&settings, HP_LOSS) &&
				!loss_is_probable((LossKind) hp_integer(&settings, HP_LOSS)))
				return fail(failure, LL_INVALID,
							"objective \"%s\" needs loss \"%s\"",
							request->objective, loss_names[fallback]);
		}
	return LL_OK;
}

/* Several quantiles are tuned one by one, each of the same loss. */
static Status
check_quantiles(const TuneRequest *request, Failure *failure)
{
	for (uint32_t i = 0; i < request->space.count; i++)
	{
		Hyperparameter row = request->space.ranges[i].row;

		if (request->fixed.quantile_count > 1 &&
			(row == HP_QUANTILE || row == HP_LOSS))
			return fail(failure, LL_INVALID,
						"a list of quantiles contradicts a range of \"%s\"",
						hyperparameter_table[row].name);
	}
	return LL_OK;
}

/* What has a range has no fixed value; what Hyperband chooses has no range. */
static Status
settle_overlap(TuneRequest *request, Failure *failure)
{
	for (uint32_t i = 0; i < request->space.count; i++)
	{
		Hyperparameter row = request->space.ranges[i].row;

		request->fixed.value[row] = hyperparameter_table[row].default_value;
		request->fixed.given[row] = false;
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
	if (request->metric->needs == NEEDS_TWO_ROWS &&
		request->folds > rows->count / 2)
		return fail(failure, LL_INVALID,
					"objective \"%s\" needs two rows in each of %u folds, "
					"but there are %zu in all",
					request->objective, request->folds, rows->count);
	return LL_OK;
}

/* What an objective has no value without: rows of these labels. */
bool
tune_needs_label(const TuneRequest *request, double label)
{
	MetricNeeds needs = request->metric->needs;

	/* A fold without positives would count as one where all was wrong. */
	if (request->folds > 0 && request->metric->of_positives)
		return label == 1.0;
	return needs == NEEDS_BOTH || (needs == NEEDS_POSITIVES && label == 1.0);
}

/* Each fold, or the channel, must have rows of what the objective needs. */
static Status
check_judged(const TuneRequest *request, const Problem *problem,
			 Failure *failure)
{
	const Rows *rows =
		problem->rows[request->folds > 0 ? CHANNEL_TRAIN : request->channel];
	size_t needed = request->folds > 0 ? request->folds : 1;
	size_t counts[2] = {0, 0};

	if (problem->predictor != PREDICTOR_BINARY)
		return LL_OK;
	for (size_t i = 0; i < rows->count && !runtime_stops(&problem->runtime, i);
		 i++)
		counts[rows->labels[i] == 1.0]++;
	for (int label = 1; label >= 0; label--)
	{
		const char *name = label == 1 ? "positive" : "negative";

		if (counts[label] >= needed || !tune_needs_label(request, label))
			continue;
		if (request->folds == 0)
			fail(failure, LL_INVALID, "objective \"%s\" needs %s rows",
				 request->objective, name);
		else
			fail(failure, LL_INVALID,
				 "objective \"%s\" needs a %s row in each of %u folds, but "
				 "there are %zu",
				 request->objective, name, request->folds, counts[label]);
		fail_hint(failure,
				  "Use %sobjective \"validation:log_loss\" or "
				  "\"validation:objective_loss\", which need none.",
				  request->folds > 0 && counts[label] >= 2 ? "fewer folds, or "
														   : "");
		return LL_INVALID;
	}
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

/* Whether trials' losses differ by what they measure, not by how well. */
static bool
losses_differ_in_kind(const TuneRequest *request)
{
	for (uint32_t i = 0; i < request->space.count; i++)
		if (hyperparameter_table[request->space.ranges[i].row].changes_loss)
			return true;
	return false;
}

Status
tune_check(TuneRequest *request, const Problem *problem, Failure *failure)
{
	TunerOptions *options = &request->options;
	Status status = check_objective(request, problem, failure);

	request->untuned = request->fixed;
	request->fold_key = problem->fold_key;
	if (status == LL_OK && request->recommended)
		space_add_recommended(&request->space, &request->fixed,
							  problem->predictor);
	if (status == LL_OK)
		status = check_quantiles(request, failure);
	if (status == LL_OK)
		status = settle_overlap(request, failure);
	if (status == LL_OK)
		status = check_settings(request, problem, failure);
	if (status == LL_OK)
		status = check_folds(request, problem, failure);
	if (status == LL_OK)
		status = check_judged(request, problem, failure);
	if (status != LL_OK)
		return status;
	if (options->strategy == STRATEGY_HYPERBAND && options->median_stopping)
	{
		fail(failure, LL_INVALID,
			 "early_stopping_type must be Off with the Hyperband strategy");
		fail_hint(failure, "Hyperband stops trials by itself.");
		return LL_INVALID;
	}
	if (options->strategy == STRATEGY_HYPERBAND)
	{
		/* Its resource is epochs: no solver, which has none, is automatic. */
		request->fixed.given[HP_EPOCHS] = true;
		if (request->max_resource > 0)
			request->fixed.value[HP_EPOCHS] = request->max_resource;
		request->untuned.given[HP_EPOCHS] = true;
		request->untuned.value[HP_EPOCHS] = request->fixed.value[HP_EPOCHS];
	}
	status = tune_settle_path(request, problem, failure);
	if (status != LL_OK)
		return status;
	options->max_resource = most_epochs(request);
	if (!request->direction_given)
		options->maximize = request->metric->maximize;
	options->losses_compare = !losses_differ_in_kind(request);
	options->seed = (uint64_t) request->fixed.value[HP_SEED];
	request->fixed.value[HP_NUM_MODELS] = 1;
	return LL_OK;
}
