/*
 * fit_figures.c
 *		Deviance, likelihood and their like of a model that has standard errors.
 *
 * As R's lm and glm have them: deviances and their null models as McCullagh and
 * Nelder (1989) 2.3, the likelihood of least squares at the variance of its
 * maximum, of gamma with the shape rows / deviance.
 */
#include "core/train/fit_figures.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/loss/loss.h"
#include "core/math/student.h"
#include "core/problem/shard_problem.h"

#define LOG_TWO_PI 1.8378770664093454836

/* Sums over the labels of the training rows. */
typedef struct LabelSums
{
	double null_deviance; /* of a log link */
	double positives;	  /* weight of labels 1 */
	double log_weights;
	double log_labels; /* weighted, of labels above 0 */
	double saturated;  /* log likelihood of poisson at mu = y */
} LabelSums;

/* y log y - y - log y!; NaN where y is no count. */
static double
saturated_poisson(double y)
{
	if (y != floor(y))
		return NAN;
	return y == 0.0 ? 0.0 : y * portable_log(y) - y - log_gamma(y + 1.0);
}

/* Sums the labels of rows that are kept, beside what a margin says of all. */
static LabelSums
sum_labels(const Problem *problem, LossKind loss,
		   const LossParameters *parameters, double margin)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	LabelSums sums = {0};

	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);
		double y = rows->labels[row], w = rows_weight(rows, row);

		sums.log_weights += w == 1.0 ? 0.0 : portable_log(w);
		if (loss == LOSS_LOGISTIC)
			sums.positives += y > 0.5 ? w : 0.0;
		if (!loss_is_log_link(loss))
			continue;
		sums.null_deviance +=
			2.0 * w * loss_value(loss, parameters, margin, y);
		sums.log_labels += y > 0.0 ? w * portable_log(y) : 0.0;
		if (loss == LOSS_POISSON)
			sums.saturated += w * saturated_poisson(y);
	}
	return sums;
}

/* The same of rows elsewhere, as far as it is known. */
static LabelSums
far_labels(const Problem *problem, LossKind loss)
{
	LabelSums sums = {.null_deviance = NAN,
					  .log_weights = NAN,
					  .log_labels = NAN,
					  .saturated = NAN};

	if (loss == LOSS_LOGISTIC)
		sums.positives = problem->class_weight_sum[1];
	return sums;
}

static double
entropy(double p)
{
	return p > 0.0 ? -p * portable_log(p) : 0.0;
}

/* Least squares, whose rows may be summed. */
static void
squared_figures(const Problem *problem, const Candidate *candidate,
				const LabelSums *sums, ModelFit *fit)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double n = (double) fit->rows, mean = problem->label_mean;
	double spread = problem->label_deviation * problem->label_deviation;

	fit->deviance = fit->dispersion * (n - fit->parameters);
	if (candidate->settings.value[HP_USE_BIAS] == 0)
		spread += mean * mean;
	fit->null_deviance = spread * fit->row_weight;
	if (rows->sums == NULL || fit->row_weight == n)
		fit->log_likelihood =
			0.5 * (sums->log_weights -
				   n * (LOG_TWO_PI + 1.0 + portable_log(fit->deviance / n)));
}

static void
logistic_figures(const Candidate *candidate, const LabelSums *sums,
				 ModelFit *fit)
{
	double w = fit->row_weight, p = sums->positives / w;

	if (candidate->settings.value[HP_USE_BIAS] == 0)
		p = 0.5;
	fit->deviance = 2.0 * w * candidate->solved->data_loss;
	fit->null_deviance = 2.0 * w * (entropy(p) + entropy(1.0 - p));
	fit->log_likelihood = -0.5 * fit->deviance;
}

/* Losses with a log link. */
static void
log_link_figures(const Candidate *candidate, LossKind loss, double scale,
				 const LabelSums *sums, ModelFit *fit)
{
	double w = fit->row_weight, shape;

	fit->deviance = 2.0 * w * candidate->solved->data_loss * scale;
	fit->null_deviance = sums->null_deviance;
	if (loss_table[loss].likelihood == LIKELIHOOD_DISPERSED)
		fit->dispersion = candidate->solved->inverse_scale * w * scale;
	if (loss == LOSS_POISSON)
		fit->log_likelihood = sums->saturated - 0.5 * fit->deviance;
	shape = w / fit->deviance;
	if (loss == LOSS_GAMMA && isfinite(shape))
		fit->log_likelihood =
			w * (shape * portable_log(shape) - log_gamma(shape) - shape) -
			0.5 * shape * fit->deviance - sums->log_labels;
}

/* Copies what intervals take. */
static Status
keep_root(Problem *problem, const Candidate *candidate, const Model *model,
		  ModelFit *fit, Failure *failure)
{
	const SolverResult *solved = candidate->solved;
	size_t d = model->dimension, n = d + 1;
	const Normalizer *normalizer;
	Status status;

	if (solved->root == NULL)
		return LL_OK;
	status = problem_normalizer(problem, &candidate->settings, &normalizer,
								failure);
	if (status != LL_OK)
		return status;
	fit->center = runtime_allocate(&problem->runtime, 2 * n * sizeof(double));
	if (fit->center == NULL)
		return fail_no_memory(failure);
	fit->scale = fit->center + d;
	for (size_t j = 0; j < d; j++)
	{
		fit->center[j] = normalizer->center[j] * problem->unit;
		fit->scale[j] = normalizer->scale[j] / problem->unit;
	}
	fit->root_count = (uint32_t) (n * (n + 1) / 2);
	fit->root = solved->root;
	fit->meat = solved->meat;
	fit->columns = solved->columns;
	return LL_OK;
}

/* Fills the figures of a fit with errors. */
static void
fill(const Problem *problem, const Candidate *candidate, const Model *model,
	 ModelFit *fit)
{
	const Hyperparameters *settings = &candidate->settings;
	LossParameters parameters = candidate_loss_parameters(settings, 1.0);
	LossKind loss = candidate_loss(settings);
	bool bias = settings->value[HP_USE_BIAS] != 0;
	LabelSums sums = {0};

	if (problem_is_far(problem))
		sums = far_labels(problem, loss);
	else if (problem->rows[CHANNEL_TRAIN]->sums == NULL)
		sums = sum_labels(problem, loss, &parameters,
						  bias && problem->label_mean > 0.0
							  ? portable_log(problem->label_mean)
							  : 0.0);
	if (loss == LOSS_SQUARED)
		fit->dispersion = candidate->solved->inverse_scale * fit->row_weight;
	if (model->predictor == PREDICTOR_REGRESSOR && loss == LOSS_SQUARED)
		squared_figures(problem, candidate, &sums, fit);
	else if (loss == LOSS_LOGISTIC)
		logistic_figures(candidate, &sums, fit);
	else if (loss_is_log_link(loss))
		log_link_figures(candidate, loss,
						 loss_scale(loss, &parameters,
									problem_label_unit(problem, settings)),
						 &sums, fit);
	/* That model would be a fit of its own. */
	if (problem->rows[CHANNEL_TRAIN]->offsets != NULL)
		fit->null_deviance = NAN;
}

Status
fit_figures(Problem *problem, const Candidate *candidate, Model *model,
			Failure *failure)
{
	const SolverResult *solved = candidate->solved;
	ModelFit *fit;

	model->fit = NULL;
	if (solved == NULL || candidate->standard_errors == NULL)
		return LL_OK;
	fit = runtime_allocate_zero(&problem->runtime, 1, sizeof(ModelFit));
	if (fit == NULL)
		return fail_no_memory(failure);
	*fit = (ModelFit){.rows = problem->rows[CHANNEL_TRAIN]->count,
					  .row_weight = solved->row_weight,
					  .deviance = NAN,
					  .null_deviance = NAN,
					  .log_likelihood = NAN,
					  .dispersion = 1.0,
					  .independence = solved->independence,
					  .precise = solved->precise,
					  .inflation = solved->inflation};
	for (size_t j = 0; j <= model->dimension; j++)
		fit->parameters += !isnan(candidate->standard_errors[j]);
	fill(problem, candidate, model, fit);
	model->fit = fit;
	if (runtime_interrupted(&problem->runtime))
		return fail_cancelled(failure);
	return keep_root(problem, candidate, model, fit, failure);
}
