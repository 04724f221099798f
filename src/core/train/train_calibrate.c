/*
 * train_calibrate.c
 *		Calibrates a binary model's scores.
 */
#include "core/train/train_calibrate.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/judge/ranking.h"
#include "core/model/calibration.h"
#include "core/problem/margins.h"
#include "core/problem/warm_start.h"
#include "core/train/shard_figures.h"
#include "core/train/trainer.h"

/* Margins, classes and weights of the rows to fit on. */
typedef struct Sample
{
	double *margins;
	double *labels;
	float *weights;
	size_t count;
} Sample;

/* The bins of margins of rows that are elsewhere. */
static Status
take_bins(Problem *problem, const Candidate *winner, const Rows *rows,
		  Sample *sample, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	const ShardChannelSums *sums;
	ScoredRow *scored = NULL;
	Status status = shard_figures(problem, winner,
								  rows == problem->rows[CHANNEL_TRAIN]
									  ? CHANNEL_TRAIN
									  : CHANNEL_VALIDATION,
								  &sums, failure);

	sample->count = 0;
	if (status == LL_OK && sums != NULL)
		status = shard_scored(problem, sums, &scored, &sample->count, failure);
	if (status != LL_OK)
		return status;
	sample->margins =
		runtime_allocate_zero(runtime, sample->count + 1, sizeof(double));
	sample->labels =
		runtime_allocate_zero(runtime, sample->count + 1, sizeof(double));
	sample->weights =
		runtime_allocate_zero(runtime, sample->count + 1, sizeof(float));
	if (sample->margins == NULL || sample->labels == NULL ||
		sample->weights == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < sample->count; i++)
	{
		sample->margins[i] = key_to_score(scored[i].key);
		sample->labels[i] = scored[i].with.number > 0;
		sample->weights[i] = (float) fabs(scored[i].with.number);
	}
	runtime_release(runtime, scored);
	return LL_OK;
}

/* Gathers num_calibration_samples rows. */
static Status
take_sample(Problem *problem, const Candidate *winner, const Rows *rows,
			Sample *sample, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	double limit = winner->settings.value[HP_NUM_CALIBRATION_SAMPLES];
	double *margins =
		runtime_allocate_zero(runtime, rows->count, sizeof(double));
	Status status;

	sample->count =
		limit < (double) rows->count ? (size_t) limit : rows->count;
	sample->margins =
		runtime_allocate_zero(runtime, sample->count, sizeof(double));
	sample->labels =
		runtime_allocate_zero(runtime, sample->count, sizeof(double));
	sample->weights =
		runtime_allocate_zero(runtime, sample->count, sizeof(float));
	if (margins == NULL || sample->margins == NULL || sample->labels == NULL ||
		sample->weights == NULL)
		return fail_no_memory(failure);
	status = margins_of_rows(problem, winner, rows, margins, failure);
	for (size_t place = 0; place < sample->count && status == LL_OK; place++)
	{
		size_t row = rows_sampled(rows, place, sample->count);

		if (runtime_stops(runtime, place))
			return fail_cancelled(failure);
		sample->margins[place] = margins[row];
		sample->labels[place] = rows->labels[row];
		sample->weights[place] = rows_weight(rows, row);
	}
	runtime_release(runtime, margins);
	return status;
}

/* The margin above which an isotonic score exceeds a threshold. */
static double
margin_of(const Calibration *calibration, double threshold)
{
	const double *x = calibration->x;
	const double *y = calibration->y;
	uint32_t k = calibration->count;

	while (k > 0 && y[k - 1] > threshold)
		k--;
	if (k == 0)
		return -INFINITY;
	if (k == calibration->count)
		return INFINITY;
	return x[k - 1] +
		   (threshold - y[k - 1]) / (y[k] - y[k - 1]) * (x[k] - x[k - 1]);
}

/*
 * The margin that parts a sample as a threshold parts its scores, whatever
 * rounding does to the inverse of their fit.
 */
static double
parting_margin(const Calibration *calibration, const Sample *sample,
			   double threshold, const Runtime *runtime)
{
	double margin = margin_of(calibration, threshold);
	double low = -INFINITY;
	double high = INFINITY;

	for (size_t i = 0; i < sample->count && !runtime_stops(runtime, i); i++)
	{
		double m = sample->margins[i];

		if (calibration_apply(calibration, m) > threshold)
			high = fmin(high, m);
		else
			low = fmax(low, m);
	}
	return margin >= low && (margin < high || isinf(high)) ? margin : low;
}

/* The score above which a row is called positive where rows do not tell. */
static double
natural_score(const Hyperparameters *settings)
{
	return hp_has_costs(settings) ? hp_cost_score(settings) : 0.5;
}

/* Whether costs set the threshold as no rows are there that were not learnt from. */
static bool
costs_alone(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];

	return hp_has_costs(settings) &&
		   (validation == NULL || validation->count == 0);
}

/*
 * The threshold among calibrated scores.  Rows of one step of an isotonic fit
 * have one score, so that no threshold can part them any more.
 */
static Status
choose_threshold(Problem *problem, const Candidate *winner,
				 const Sample *sample, const Calibration *calibration,
				 Model *model, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	size_t n = sample->count;
	ScoredRow *scored =
		runtime_allocate_zero(runtime, 2 * n, sizeof(ScoredRow));

	if (scored == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < n; i++)
	{
		if (runtime_stops(runtime, i))
			return fail_cancelled(failure);
		scored[i] =
			scored_row(calibration_apply(calibration, sample->margins[i]),
					   sample->labels[i], sample->weights[i]);
	}
	model->threshold =
		costs_alone(problem, &winner->settings)
			? hp_cost_score(&winner->settings)
			: threshold_choose(&winner->settings, scored, n,
							   winner->train_loss,
							   natural_score(&winner->settings), runtime)
				  .margin;
	model->threshold_margin =
		parting_margin(calibration, sample, model->threshold, runtime);
	runtime_release(runtime, scored);
	return LL_OK;
}

/* The margin whose calibrated score is that of the costs. */
static double
platt_margin(const Calibration *calibration, const Hyperparameters *settings)
{
	double odds = settings->value[HP_COST_FALSE_POSITIVE] /
				  settings->value[HP_COST_FALSE_NEGATIVE];

	return (portable_log(odds) - calibration->x[1]) / calibration->x[0];
}

/* Puts a fit into the model. */
static Status
apply(Problem *problem, Candidate *winner, const Sample *sample,
	  const Calibration *calibration, Model *model, Failure *failure)
{
	double margin = winner->threshold.margin;
	Status status;

	model->calibration = calibration->kind;
	model->calibration_count = calibration->count;
	model->calibration_x = calibration->x;
	model->calibration_y = calibration->y;
	winner->calibration = *calibration;
	if (calibration->kind == CALIBRATE_PLATT &&
		costs_alone(problem, &winner->settings))
		model->threshold_margin = winner->threshold.margin = margin =
			platt_margin(calibration, &winner->settings);
	if (calibration->kind == CALIBRATE_PLATT)
	{
		/* Strictly rising: the same rows lie above it. */
		model->threshold = isinf(margin)
							   ? (margin > 0 ? 1.0 : -1.0)
							   : fmin(calibration_apply(calibration, margin),
									  THRESHOLD_BELOW_ONE);
		return LL_OK;
	}
	status =
		choose_threshold(problem, winner, sample, calibration, model, failure);
	winner->threshold.margin = model->threshold_margin;
	return status;
}

/*
 * Rows of one class say nothing of scores: where they left the model as it was,
 * its calibration stays too, if it is of the kind that is asked for.
 */
static Status
keep_calibration(Problem *problem, CalibrationKind kind, Candidate *winner,
				 const Sample *sample, Model *model, Failure *failure)
{
	const Model *known;
	Calibration calibration;
	Status status;

	if (!warm_start_keeps(problem) ||
		problem->warm_start->model->calibration != kind)
		return LL_OK;
	known = problem->warm_start->model;
	calibration = (Calibration){kind, known->calibration_count,
								known->calibration_x, known->calibration_y};
	status = apply(problem, winner, sample, &calibration, model, failure);
	if (status != LL_OK || isnan(known->threshold_margin))
		return status;
	model->threshold = known->threshold;
	model->threshold_margin = known->threshold_margin;
	winner->threshold.margin = known->threshold_margin;
	return LL_OK;
}

Status
train_calibrate(Problem *problem, Candidate *winner, Model *model,
				Failure *failure)
{
	CalibrationKind kind =
		(CalibrationKind) hp_integer(&winner->settings, HP_CALIBRATE);
	const Rows *rows = problem->rows[CHANNEL_VALIDATION];
	Calibration calibration;
	Sample sample;
	Status status;

	if (kind == CALIBRATE_NONE || problem->predictor != PREDICTOR_BINARY)
		return LL_OK;
	if (rows == NULL || rows->count == 0)
		rows = problem->rows[CHANNEL_TRAIN];
	status = trainer_tell(problem, PHASE_CALIBRATING, winner, failure);
	if (status == LL_OK && rows->shards != NULL)
		status = take_bins(problem, winner, rows, &sample, failure);
	else if (status == LL_OK)
		status = take_sample(problem, winner, rows, &sample, failure);
	if (status == LL_OK)
		status = calibration_fit(
			kind, sample.margins, sample.labels, sample.weights, sample.count,
			&problem->runtime, problem->pool, &calibration, failure);
	if (status == LL_OK && calibration.kind == CALIBRATE_NONE)
		return keep_calibration(problem, kind, winner, &sample, model,
								failure);
	if (status != LL_OK ||
		(kind == CALIBRATE_PLATT && !(calibration.x[0] > 0.0)))
		return status;
	return apply(problem, winner, &sample, &calibration, model, failure);
}
