/*
 * judge_solved.c
 *		How good a solved candidate is, on the rows it is judged on.
 */
#include "core/train/judge_solved.h"

#include <math.h>

#include "core/loss/loss.h"
#include "core/math/sort_threads.h"
#include "core/problem/margins.h"
#include "core/problem/natural_margin.h"
#include "core/problem/units.h"
#include "core/rows/gram_sums.h"
#include "core/train/shard_figures.h"

/* Rows scored for the judgement, gathered in canonical order. */
typedef struct Scored
{
	const Problem *problem;
	const Candidate *candidate;
	const Rows *rows;
	const float *class_weight; /* as in the training; NULL: all 1 */
	ScoredRow *scored;		   /* room to sort them, binary */
	size_t count;
	double loss;  /* weighted mean, label's units; a sum until all are there */
	double total; /* of weights */
} Scored;

/* The loss of one row in the label's units. */
static double
row_loss(const Problem *problem, const Candidate *candidate,
		 const double *margins, double label)
{
	const Hyperparameters *s = &candidate->settings;
	LossParameters parameters = candidate_loss_parameters(s, 1.0);
	LossKind loss = candidate_loss(s);

	if (!loss_is_multiclass(loss))
		return loss_value(loss, &parameters, margins[0], label);
	return loss_value_multi(loss, &parameters, margins, problem->outputs,
							(size_t) label);
}

/* Scores a block of rows, of a fold's those that validate it. */
static void
score_block(void *context, const double *margins, size_t place, size_t n)
{
	Scored *scored = context;
	const Problem *problem = scored->problem;
	size_t outputs = problem->outputs;
	bool folds = problem->row_fold != NULL;

	for (size_t i = 0; i < n; i++, margins += outputs)
	{
		size_t row = rows_at(scored->rows, place + i);
		double label = scored->rows->labels[row];
		double w = rows_weight(scored->rows, row);
		double in_loss = scored->class_weight == NULL
							 ? w
							 : w * scored->class_weight[(size_t) label];

		if (runtime_stops_wide(&problem->runtime, i, outputs))
			return;
		if (folds && problem->row_fold[row] != scored->candidate->fold)
			continue;
		scored->loss +=
			in_loss * row_loss(problem, scored->candidate, margins, label);
		scored->total += in_loss;
		scored->count++;
		if (scored->scored != NULL)
			scored->scored[scored->count - 1] =
				scored_row(margins[0], label, (float) w);
	}
}

/* The same of rows elsewhere. */
static Status
score_far(Problem *problem, const Candidate *candidate, const Rows *rows,
		  Scored *scored, Failure *failure)
{
	const ShardChannelSums *sums;
	Status status =
		shard_figures(problem, candidate, CHANNEL_VALIDATION, &sums, failure);

	*scored = (Scored){problem, candidate, rows, NULL};
	scored->loss = NAN;
	if (status != LL_OK || sums == NULL)
		return status;
	scored->loss = shard_mean(sums, SHARD_LOSS, SHARD_WEIGHT);
	return problem->predictor == PREDICTOR_BINARY
			   ? shard_scored(problem, sums, &scored->scored, &scored->count,
							  failure)
			   : LL_OK;
}

/* Scores the rows that validate a candidate. */
static Status
score_rows(Problem *problem, const Candidate *candidate, const Rows *rows,
		   Scored *scored, Failure *failure)
{
	float *class_weight;
	Status status = problem_class_weights(problem, &candidate->settings,
										  &class_weight, failure);

	if (status != LL_OK)
		return status;
	*scored = (Scored){problem, candidate, rows, class_weight};
	if (problem->predictor == PREDICTOR_BINARY)
	{
		scored->scored = runtime_allocate(
			&problem->runtime, SORT_ROOM(rows->count) * sizeof(ScoredRow));
		if (scored->scored == NULL)
			return fail_no_memory(failure);
	}
	status = margins_by_block(problem, candidate, rows, score_block, scored,
							  failure);
	scored->loss = scored->total > 0 ? scored->loss / scored->total : NAN;
	return status;
}

/* Judges a binary candidate by its criterion. */
static void
select_threshold(Problem *problem, Candidate *candidate, Scored *scored)
{
	const Hyperparameters *s = &candidate->settings;
	size_t n = threshold_sample(scored->scored, scored->count,
								scored->rows->shards != NULL
									? NAN
									: s->value[HP_NUM_CALIBRATION_SAMPLES]);

	(void) sort_on_threads(scored->scored, n, problem->pool,
						   &problem->runtime);
	candidate->threshold =
		threshold_choose(s, scored->scored, n, scored->loss,
						 natural_margin(problem, s), &problem->runtime);
	candidate->cost = criterion_cost(
		(SelectionCriterion) hp_integer(s, HP_SELECTION_CRITERIA),
		candidate->threshold.value);
	runtime_release(&problem->runtime, scored->scored);
}

Status
judge_solved(Problem *problem, Candidate *candidate, Failure *failure)
{
	bool folds = problem->row_fold != NULL;
	const Rows *rows =
		problem->rows[folds ? CHANNEL_TRAIN : CHANNEL_VALIDATION];
	ModelEpoch *last = &candidate->history[candidate->epochs - 1];
	RegressionSums sums;
	Scored scored;
	Status status;

	candidate->best_epoch = candidate->epochs;
	candidate->train_loss = last->train_loss;
	candidate->cost = last->train_loss;
	if (rows == NULL || rows->count == 0)
		return LL_OK;
	if (rows->sums != NULL)
	{
		status = units_residuals(problem, candidate, rows, &sums, failure);
		candidate->cost = candidate->validation_loss = last->validation_loss =
			0.5 * regression_mse(&sums);
		return status;
	}
	status = rows->shards != NULL
				 ? score_far(problem, candidate, rows, &scored, failure)
				 : score_rows(problem, candidate, rows, &scored, failure);
	if (status != LL_OK)
		return status;
	candidate->cost = candidate->validation_loss = scored.loss;
	if (problem->predictor == PREDICTOR_BINARY)
		select_threshold(problem, candidate, &scored);
	last->validation_loss = scored.loss;
	last->criterion = candidate->threshold.value;
	return status;
}
