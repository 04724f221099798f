/*
 * train_classes.c
 *		How well a multiclass model does on rows, summed block by block.
 */
#include "core/train/train_classes.h"

#include <math.h>

#include "core/loss/loss.h"
#include "core/problem/margins.h"

/* Rows that are judged between two additions, and by one task of the pool. */
#define JUDGED_ROWS 2048
#define TASK_ROWS 32

/* What is found of one row. */
typedef struct JudgedRow
{
	size_t best; /* class */
	size_t rank; /* of the true class */
	double loss;
} JudgedRow;

/*
 * What the rows of a multiclass model add up to.  Rows are judged on the pool,
 * each by itself, and added by the calling thread in their order.
 */
typedef struct ClassSums
{
	const Problem *problem;
	const Rows *rows;
	const float *targets;
	LossKind loss_kind;
	LossParameters parameters;
	double top_k;
	ClassCounts *counts; /* [classes] */
	double loss;
	double log_loss; /* where scores are probabilities */
	double near;
	double gain;
	double weight;

	/* The rows at work. */
	const double *margins; /* [count][classes] */
	size_t place;		   /* of the first */
	size_t count;
	JudgedRow *judged; /* [JUDGED_ROWS] */
} ClassSums;

/* -log of what clip_probability makes of 1 and of 0. */
#define LEAST_LOG_LOSS 0x1p-52
#define MOST_LOG_LOSS (52 * 0.693147180559945309417)

/* The true class of a row at work. */
static size_t
true_class(const ClassSums *sums, size_t i)
{
	return (size_t) sums->targets[rows_at(sums->rows, sums->place + i)];
}

/* Judges some of the rows at work. */
static void
judge_task(void *argument, size_t task)
{
	const ClassSums *sums = argument;
	size_t classes = sums->problem->classes;
	size_t from = task * TASK_ROWS;
	size_t to =
		from + TASK_ROWS < sums->count ? from + TASK_ROWS : sums->count;

	for (size_t i = from; i < to; i++)
	{
		const double *margins = sums->margins + i * classes;
		size_t truth = true_class(sums, i), best = 0;

		if (runtime_stops_wide(&sums->problem->runtime, i, classes))
			return;
		for (size_t k = 1; k < classes; k++)
			if (margins[k] > margins[best])
				best = k;
		sums->judged[i] =
			(JudgedRow){best, class_rank_double(margins, classes, truth),
						loss_value_multi(sums->loss_kind, &sums->parameters,
										 margins, classes, truth)};
	}
}

/* Adds what was found of a row at work. */
static void
add_judged(ClassSums *sums, size_t i)
{
	const JudgedRow *row = &sums->judged[i];
	size_t truth = true_class(sums, i);
	double w = rows_weight(sums->rows, rows_at(sums->rows, sums->place + i));

	sums->counts[truth].actual += w;
	sums->counts[row->best].predicted += w;
	sums->counts[truth].correct += row->best == truth ? w : 0.0;
	sums->near += (double) row->rank <= sums->top_k ? w : 0.0;
	sums->gain += w * discounted_gain(row->rank);
	sums->loss += w * row->loss;
	sums->log_loss += w * fmin(fmax(row->loss, LEAST_LOG_LOSS), MOST_LOG_LOSS);
	sums->weight += w;
}

/* Adds a block of rows. */
static void
add_classes(void *context, const double *margins, size_t place, size_t n)
{
	ClassSums *sums = context;

	for (size_t at = 0; at < n; at += sums->count)
	{
		sums->margins = margins + at * sums->problem->classes;
		sums->place = place + at;
		sums->count = n - at < JUDGED_ROWS ? n - at : JUDGED_ROWS;
		threads_run(sums->problem->pool, judge_task, sums,
					(sums->count + TASK_ROWS - 1) / TASK_ROWS);
		if (runtime_interrupted(&sums->problem->runtime))
			return;
		for (size_t i = 0; i < sums->count; i++)
			add_judged(sums, i);
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
					  candidate_loss_parameters(s, 1.0),
					  s->value[HP_ACCURACY_TOP_K]};
	Status status;

	sums.counts =
		runtime_allocate_zero(&problem->runtime, classes, sizeof(ClassCounts));
	sums.judged =
		runtime_allocate(&problem->runtime, JUDGED_ROWS * sizeof(JudgedRow));
	if (sums.counts == NULL || sums.judged == NULL)
		return fail_no_memory(failure);
	status = margins_by_block(problem, candidate, rows, add_classes, &sums,
							  failure);
	figures->loss = sums.weight > 0 ? sums.loss / sums.weight : NAN;
	figures->log_loss = loss_is_probable(sums.loss_kind) && sums.weight > 0
							? sums.log_loss / sums.weight
							: NAN;
	figures->near = sums.near / sums.weight;
	figures->gain = sums.gain / sums.weight;
	figures->metrics =
		classification_metrics(sums.counts, classes, s->value[HP_F_BETA]);
	runtime_release(&problem->runtime, sums.counts);
	runtime_release(&problem->runtime, sums.judged);
	return status;
}
