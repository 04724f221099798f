/*
 * train_classes.c
 *		How well a multiclass model does on rows, summed block by block.
 */
#include "core/train/train_classes.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/loss/loss.h"
#include "core/problem/margins.h"

/* What the rows of a multiclass model add up to. */
typedef struct ClassSums
{
	const Problem *problem;
	const Rows *rows;
	const float *targets;
	LossKind loss_kind;
	double margin; /* of hinge */
	double top_k;
	ClassCounts *counts; /* [classes] */
	double loss;
	double log_loss; /* of softmax */
	double near;
	double gain;
	double weight;
} ClassSums;

/* -log of what clip_probability makes of 1 and of 0. */
#define LEAST_LOG_LOSS 0x1p-52
#define MOST_LOG_LOSS (52 * 0.693147180559945309417)

/* The loss of one row of a multiclass model. */
static double
class_loss(const ClassSums *sums, const double *m, size_t classes,
		   size_t truth)
{
	double largest = m[0], total = 0.0, other = -INFINITY;

	if (sums->loss_kind == LOSS_SOFTMAX)
	{
		for (size_t k = 1; k < classes; k++)
			largest = fmax(largest, m[k]);
		for (size_t k = 0; k < classes; k++)
			total += portable_exp(m[k] - largest);
		return largest + portable_log(total) - m[truth];
	}
	for (size_t k = 0; k < classes; k++)
		if (k != truth)
			other = fmax(other, m[k]);
	return fmax(0.0, sums->margin + other - m[truth]);
}

/* Adds a block of rows. */
static void
add_classes(void *context, const double *margins, size_t place, size_t n)
{
	ClassSums *sums = context;
	size_t classes = sums->problem->classes;

	for (size_t i = 0; i < n; i++, margins += classes)
	{
		size_t row = rows_at(sums->rows, place + i);
		size_t truth = (size_t) sums->targets[row];
		size_t rank = class_rank_double(margins, classes, truth), best = 0;
		double w = rows_weight(sums->rows, row), loss;

		if (runtime_stops_wide(&sums->problem->runtime, i, classes))
			return;
		for (size_t k = 1; k < classes; k++)
			if (margins[k] > margins[best])
				best = k;
		sums->counts[truth].actual += w;
		sums->counts[best].predicted += w;
		sums->counts[truth].correct += best == truth ? w : 0.0;
		sums->near += (double) rank <= sums->top_k ? w : 0.0;
		sums->gain += w * discounted_gain(rank);
		loss = class_loss(sums, margins, classes, truth);
		sums->loss += w * loss;
		sums->log_loss += w * fmin(fmax(loss, LEAST_LOG_LOSS), MOST_LOG_LOSS);
		sums->weight += w;
	}
}

Status
train_class_figures(Problem *problem, const Candidate *candidate,
					const Rows *rows, const float *targets,
					ClassFigures *figures, Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	size_t classes = problem->classes;
	ClassSums sums = {problem,
					  rows,
					  targets,
					  candidate_loss(s),
					  s->value[HP_MARGIN],
					  s->value[HP_ACCURACY_TOP_K]};
	Status status;

	sums.counts =
		runtime_allocate_zero(&problem->runtime, classes, sizeof(ClassCounts));
	if (sums.counts == NULL)
		return fail_no_memory(failure);
	status = margins_by_block(problem, candidate, rows, add_classes, &sums,
							  failure);
	figures->loss = sums.weight > 0 ? sums.loss / sums.weight : NAN;
	figures->log_loss = sums.loss_kind == LOSS_SOFTMAX && sums.weight > 0
							? sums.log_loss / sums.weight
							: NAN;
	figures->near = sums.near / sums.weight;
	figures->gain = sums.gain / sums.weight;
	figures->metrics =
		classification_metrics(sums.counts, classes, s->value[HP_F_BETA]);
	runtime_release(&problem->runtime, sums.counts);
	return status;
}
