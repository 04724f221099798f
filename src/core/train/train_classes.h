/*
 * train_classes.h
 *		How well a multiclass model does on rows.
 */
#ifndef LINLEARN_CORE_TRAIN_TRAIN_CLASSES_H
#define LINLEARN_CORE_TRAIN_TRAIN_CLASSES_H

#include "core/judge/metrics.h"
#include "core/problem/candidate.h"

/* Weighted means over the rows; NaN when they weigh nothing. */
typedef struct ClassFigures
{
	double loss;
	double log_loss; /* of clipped probabilities; NaN without */
	double near;	 /* share of rows of a rank up to accuracy_top_k */
	double gain;	 /* discounted, of the true class's rank */
	ClassificationMetrics metrics;
} ClassFigures;

/* Memory does not grow with rows times classes. */
extern Status train_class_figures(Problem *problem, const Candidate *candidate,
								  const Rows *rows, const float *targets,
								  ClassFigures *figures, Failure *failure);

#endif
