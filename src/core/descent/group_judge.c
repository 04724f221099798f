/*
 * group_judge.c
 *		After an epoch: how good each model is, and which go on.
 */
#include "core/descent/group.h"

#include <math.h>
#include <string.h>

#include "core/descent/optimizer.h"
#include "core/problem/natural_margin.h"

/* Gathers the validation rows of a model into the scratch; how many. */
static size_t
gather_scored(Group *group, size_t model)
{
	const Problem *problem = group->problem;
	const Rows *rows = problem_validation_rows(problem);
	double limit =
		group->members[model]->settings.value[HP_NUM_CALIBRATION_SAMPLES];
	bool folds = problem->row_fold != NULL;
	const float *targets =
		problem->targets[folds ? CHANNEL_TRAIN : CHANNEL_VALIDATION];
	const float *margins = group->scores + model * rows->count;
	size_t n = 0;

	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);

		if (folds && problem->row_fold[row] != group->model_fold[model])
			continue;
		group->scratch[n++] =
			scored_row(margins[place], targets[row], rows_weight(rows, row));
	}
	return threshold_sample(group->scratch, n, limit);
}

/* Copies a model's columns out of, or into, the weight matrix. */
static void
save_weights(const Group *group, size_t model)
{
	float *saved = group->members[model]->weights;

	for (size_t j = 0; j < group->inputs; j++)
		memcpy(saved + j * group->outputs,
			   group->average + j * group->columns + model * group->outputs,
			   group->outputs * sizeof(float));
}

/* Whether new is better than old by the relative tolerance. */
static bool
improved(double new, double old, double tolerance)
{
	if (isinf(old))
		return isfinite(new);
	return old - new > tolerance *fabs(old);
}

/*
 * What wd and l1 add to a model's mean loss.  Without validation rows the epoch
 * that is kept is the one of the least objective, not of the least loss: that
 * one may lie where the weights had not yet shrunk.
 */
static double
penalty(const Group *group, size_t model)
{
	const Hyperparameters *s = &group->members[model]->settings;
	double square = 0.0, absolute = 0.0, bias = 0.0;

	for (size_t j = 0; j < group->inputs; j++)
		for (size_t k = 0; k < group->outputs; k++)
		{
			double w =
				group
					->average[j * group->columns + model * group->outputs + k];

			if (j + 1 == group->inputs)
				bias += w * w;
			else
			{
				square += w * w;
				absolute += fabs(w);
			}
		}
	return group_label_loss(
		group,
		(s->value[HP_L1] * absolute +
		 0.5 * s->value[HP_WD] * (square + s->value[HP_BIAS_WD_MULT] * bias)) /
			group_penalty_unit(group));
}

/* Writes history and keeps the best weights; false when the model diverged. */
static bool
record_epoch(Group *group, size_t model)
{
	Candidate *candidate = group->members[model];
	const Hyperparameters *settings = &candidate->settings;
	SelectionCriterion criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	bool validated = problem_validation_rows(group->problem) != NULL;
	double loss =
		validated ? group->validation_loss[model] : group->train_loss[model];
	double cost = validated ? loss : loss + penalty(group, model);
	Threshold threshold = {.value = NAN};
	ModelEpoch *epoch = &candidate->history[candidate->epochs++];

	if (validated && group->problem->predictor == PREDICTOR_BINARY)
	{
		size_t n = gather_scored(group, model);

		threshold = threshold_choose(settings, group->scratch, n, loss,
									 natural_margin(group->problem, settings),
									 &group->problem->runtime);
		cost = criterion_cost(criterion, threshold.value);
		/* roc_auc has no value when the validation rows are of one class. */
		if (isnan(cost))
			cost = loss;
	}
	*epoch = (ModelEpoch){
		.epoch = candidate->epochs,
		.learning_rate =
			settings->value[HP_USE_LR_SCHEDULER] == 0
				? settings->value[HP_LEARNING_RATE]
				: schedule_rate(settings->value[HP_LEARNING_RATE],
								settings->value[HP_LR_SCHEDULER_FACTOR],
								settings->value[HP_LR_SCHEDULER_STEP],
								settings->value[HP_LR_SCHEDULER_MINIMUM_LR],
								group->updates),
		.train_loss = group->train_loss[model],
		.validation_loss = validated ? loss : NAN,
		.criterion = threshold.value};
	if (!isfinite(loss) || !isfinite(group->train_loss[model]))
		return false;
	if (candidate->runs_through || cost < candidate->cost ||
		(cost == candidate->cost && loss < candidate->validation_loss))
	{
		candidate->best_epoch = candidate->epochs;
		candidate->cost = cost;
		candidate->validation_loss = loss;
		candidate->train_loss = group->train_loss[model];
		candidate->threshold = threshold;
		save_weights(group, model);
	}
	return true;
}

/*
 * Early stopping, asked after each epoch: `patience` epochs that were not better
 * than all before them by the tolerance.  As SageMaker documents it, they are
 * judged by the criterion if the user gave one, else by the loss.
 */
static bool
out_of_patience(Candidate *candidate, SelectionCriterion criterion)
{
	const Hyperparameters *settings = &candidate->settings;
	const ModelEpoch *epoch = &candidate->history[candidate->epochs - 1];
	double watched = isnan(epoch->validation_loss) ? epoch->train_loss
												   : epoch->validation_loss;

	if (settings->given[HP_SELECTION_CRITERIA] && !isnan(epoch->criterion))
		watched = criterion_cost(criterion, epoch->criterion);
	candidate->waited++;
	if (improved(watched, candidate->least_watched,
				 settings->value[HP_EARLY_STOPPING_TOLERANCE]))
		candidate->waited = 0;
	candidate->least_watched = fmin(candidate->least_watched, watched);
	return candidate->waited >= settings->value[HP_EARLY_STOPPING_PATIENCE];
}

/* Takes a model's columns out of the group; the last model's move in. */
void
group_drop(Group *group, size_t model)
{
	size_t last = group->models - 1;
	size_t narrow = group->columns - group->outputs;
	float *matrices[] = {group->weights, group->average, group->first,
						 group->second};

	for (size_t i = 0; i < sizeof(matrices) / sizeof(matrices[0]); i++)
	{
		float *matrix = matrices[i];

		if (matrix == NULL)
			continue;
		for (size_t j = 0; j < group->inputs; j++)
		{
			float *row = matrix + j * group->columns;

			memmove(row + model * group->outputs, row + last * group->outputs,
					group->outputs * sizeof(float));
			memmove(matrix + j * narrow, row, narrow * sizeof(float));
		}
	}
	group->members[model] = group->members[last];
	group->class_weight[model] = group->class_weight[last];
	group->parameters[model] = group->parameters[last];
	group->model_fold[model] = group->model_fold[last];
	group->models = last;
	group->columns = narrow;
	if (last == 0)
		return;
	group->period = narrow * ((RATE_PERIOD + narrow - 1) / narrow);
	for (size_t m = 0; m < last; m++)
		group_start_rates(group, m);
}

bool
group_judge(Group *group, size_t model)
{
	Candidate *candidate = group->members[model];
	SelectionCriterion criterion = (SelectionCriterion) hp_integer(
		&candidate->settings, HP_SELECTION_CRITERIA);

	if (!record_epoch(group, model))
		candidate->status = TRIAL_FAILED;
	else if (candidate->epochs >= candidate->settings.value[HP_EPOCHS])
		candidate->status = TRIAL_COMPLETED;
	else if (!candidate->runs_through && out_of_patience(candidate, criterion))
		candidate->status = TRIAL_STOPPED;
	else
		return false;
	return true;
}
