/*
 * fold_curve.c
 *		What falling penalties lose on the rows that folds hold out.
 */
#include "core/solve/fold_curve.h"

#include <math.h>

/* Points behind the best from which one standard error ends a curve. */
#define LEAST_BEHIND 2
/* Gains of more than so many standard errors are not noise. */
#define CLEAR_ERRORS 1.0

double
fold_losses_gain(const FoldLosses *losses, const FoldLosses *others,
				 double *error)
{
	double folds = losses->count;
	double sum = 0.0, square = 0.0;

	for (uint32_t k = 0; k < losses->count; k++)
		sum += (losses->of[k] - others->of[k]) / folds;
	for (uint32_t k = 0; k < losses->count; k++)
		square += (losses->of[k] - others->of[k] - sum) *
				  (losses->of[k] - others->of[k] - sum);
	*error = sqrt(square / (folds * (folds - 1.0)));
	return sum;
}

void
fold_losses_sum(FoldLosses *losses)
{
	static const FoldLosses none = {0};

	losses->mean = fold_losses_gain(losses, &none, &losses->error);
}

bool
fold_losses_gain_by(const FoldLosses *losses, const FoldLosses *others,
					double errors)
{
	double error, gain = fold_losses_gain(losses, others, &error);

	return gain > errors * error;
}

bool
fold_losses_are_clear(const FoldLosses *losses, const FoldLosses *others)
{
	return fold_losses_gain_by(others, losses, CLEAR_ERRORS);
}

void
fold_curve_add(FoldCurve *curve, double penalty, const FoldLosses *losses)
{
	uint32_t at = curve->count++;

	for (; at > 0 && curve->points[at - 1].penalty < penalty; at--)
		curve->points[at] = curve->points[at - 1];
	curve->points[at] = (FoldCurvePoint){penalty, *losses};
}

uint32_t
fold_curve_best(const FoldCurve *curve)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < curve->count; i++)
		if (curve->points[i].losses.mean < curve->points[best].losses.mean)
			best = i;
	return best;
}

uint32_t
fold_curve_chosen(const FoldCurve *curve, double errors)
{
	uint32_t best = fold_curve_best(curve);

	for (uint32_t i = 0; i < best && errors > 0.0; i++)
		if (!fold_losses_gain_by(&curve->points[i].losses,
								 &curve->points[best].losses, errors))
			return i;
	return best;
}

bool
fold_curve_is_past(const FoldCurve *curve, uint32_t behind)
{
	uint32_t best = fold_curve_best(curve);
	const FoldLosses *least = &curve->points[best].losses;
	const FoldLosses *last = &curve->points[curve->count - 1].losses;
	uint32_t points = curve->count - 1 - best;

	return points >= behind || !isfinite(last->mean) ||
		   (points >= LEAST_BEHIND && last->mean - least->mean > least->error);
}
