/*
 * fold_curve.h
 *		What falling penalties lose on the rows that folds hold out.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_CURVE_H
#define LINLEARN_CORE_SOLVE_FOLD_CURVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/solve/fold_path.h"

#define FOLD_CURVE_POINTS 24

/* What weights lose on the rows held out. */
typedef struct FoldLosses
{
	uint32_t count; /* folds */
	double of[FOLDS_MOST];
	double mean;
	double error; /* its standard error over the folds */
} FoldLosses;

typedef struct FoldCurvePoint
{
	double penalty;
	FoldLosses losses;
} FoldCurvePoint;

typedef struct FoldCurve
{
	uint32_t count;
	FoldCurvePoint points[FOLD_CURVE_POINTS]; /* by falling penalty */
} FoldCurve;

/* Fills in mean and error. */
extern void fold_losses_sum(FoldLosses *losses);

/* What folds lose less by others on the mean, and its standard error. */
extern double fold_losses_gain(const FoldLosses *losses,
							   const FoldLosses *others, double *error);

/* Whether they lose less by more than so many standard errors of that. */
extern bool fold_losses_gain_by(const FoldLosses *losses,
								const FoldLosses *others, double errors);

/* Whether some losses are less than others beyond the noise of the folds. */
extern bool fold_losses_are_clear(const FoldLosses *losses,
								  const FoldLosses *others);

/* Adds a point, in its order. */
extern void fold_curve_add(FoldCurve *curve, double penalty,
						   const FoldLosses *losses);

/* The place of the least loss, of equal ones that of the largest penalty. */
extern uint32_t fold_curve_best(const FoldCurve *curve);

/* The place of the largest penalty that the best one gains no more than that over. */
extern uint32_t fold_curve_chosen(const FoldCurve *curve, double errors);

/*
 * Whether the best lies so many points behind that smaller penalties need no look,
 * or two with a loss that is more than one standard error above, or there is none.
 */
extern bool fold_curve_is_past(const FoldCurve *curve, uint32_t behind);

#endif
