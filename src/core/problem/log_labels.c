/*
 * log_labels.c
 *		Labels of losses with a log link: counts, amounts, rates.
 */
#include "core/problem/log_labels.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/problem/shard_problem.h"
#include "core/shards/shards.h"

/* The largest offset of rows: exponentials of the others less it are doubles. */
static double
largest_offset(const Problem *problem, const Rows *rows)
{
	double largest = rows->offsets == NULL ? 0.0 : -INFINITY;

	for (size_t i = 0; rows->offsets != NULL && i < rows->count &&
					   !runtime_stops(&problem->runtime, i);
		 i++)
		largest = fmax(largest, rows->offsets[i]);
	return largest;
}

double
log_labels_mean(const Problem *problem)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double exposure = 0.0, sum = 0.0, largest;

	if (problem->predictor != PREDICTOR_REGRESSOR || rows->sums != NULL)
		return 0.0;
	if (rows->shards != NULL)
		return shard_problem_log_mean(problem);
	largest = largest_offset(problem, rows);
	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);
		double w = rows_weight(rows, row);

		exposure += rows->offsets == NULL
						? w
						: w * portable_exp(rows->offsets[row] - largest);
		sum += w * rows->labels[row];
	}
	return sum > 0.0 && isfinite(sum) && exposure > 0.0
			   ? portable_log(sum / exposure) - largest
			   : 0.0;
}

/* Reports the label that is not allowed. */
static Status
refuse_label(LossKind loss, double label, Failure *failure)
{
	bool positive = loss_table[loss].labels == LABELS_POSITIVE;

	fail(failure, LL_INVALID, "label %.15g is not allowed with loss \"%s\"",
		 label, loss_names[loss]);
	fail_detail(failure, "Its labels are %s and at most %g.",
				positive ? "numbers above 0" : "0 or above", LOG_LINK_LARGEST);
	fail_hint(failure, "%s",
			  label > 0.0	 ? "Multiply the labels by a power of ten."
			  : label == 0.0 ? "Loss \"tweedie\" takes labels of 0 as well."
							 : "Leave such rows out by WHERE or FILTER.");
	return LL_INVALID;
}

/* The least and the largest label of a channel's rows. */
static void
find_range(const Problem *problem, const Rows *rows, double *least,
		   double *largest)
{
	*least = INFINITY;
	*largest = -INFINITY;
	for (size_t i = 0; i < rows->count && !runtime_stops(&problem->runtime, i);
		 i++)
	{
		*least = fmin(*least, rows->labels[i]);
		*largest = fmax(*largest, rows->labels[i]);
	}
}

bool
log_labels_teach(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	if (hp_is_auto(settings, HP_LOSS) ||
		!loss_table[candidate_loss(settings)].vanishes || rows->sums != NULL)
		return true;
	for (size_t i = 0; i < rows->count && !runtime_stops(&problem->runtime, i);
		 i++)
		if (rows->labels[i] != 0.0)
			return true;
	return false;
}

Status
log_offsets_check(const Problem *problem, LossKind loss, Failure *failure)
{
	const char *option = problem->exposure ? "exposure" : "offset";
	unsigned allowed =
		problem->exposure ? losses_of_link(LINK_LOG) : losses_with_offset();
	char list[384];

	if ((!problem->offset && !problem->exposure) || allowed >> loss & 1)
		return LL_OK;
	losses_list(allowed, "", " and ", list, sizeof(list));
	fail(failure, LL_INVALID, "loss \"%s\" takes no %s", loss_names[loss],
		 option);
	fail_detail(failure, "Option \"%s\" is of %s.", option, list);
	if (problem->exposure && losses_with_offset() >> loss & 1)
		fail_hint(failure, "Option \"offset\" adds a column to the margin.");
	return LL_INVALID;
}

Status
log_labels_check(const Problem *problem, const Hyperparameters *settings,
				 Failure *failure)
{
	LossKind loss = candidate_loss(settings);
	bool positive = loss_table[loss].labels == LABELS_POSITIVE;

	if (loss_table[loss].labels == LABELS_ANY)
		return LL_OK;
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		const Rows *rows = problem->rows[channel];
		double least, largest;

		if (rows == NULL || rows->count == 0)
			continue;
		if (rows->shards != NULL)
		{
			least = rows->shards->survey->channels[channel].label_minimum;
			largest = rows->shards->survey->channels[channel].label_maximum;
		}
		else
			find_range(problem, rows, &least, &largest);
		if (runtime_interrupted(&problem->runtime))
			return fail_cancelled(failure);
		if (positive ? !(least >= 1.0 / LOG_LINK_LARGEST) : !(least >= 0.0))
			return refuse_label(loss, least, failure);
		if (!(largest <= LOG_LINK_LARGEST))
			return refuse_label(loss, largest, failure);
		if (channel == CHANNEL_TRAIN && largest < 1.0 / LOG_LINK_LARGEST)
		{
			fail(failure, LL_INVALID,
				 "all labels are 0, so loss \"%s\" has no finite optimum",
				 loss_names[loss]);
			fail_detail(failure, "No weights are the best: the smaller the "
								 "predictions the better.");
			return LL_INVALID;
		}
	}
	return LL_OK;
}
