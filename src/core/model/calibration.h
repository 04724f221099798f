/*
 * calibration.h
 *		Probabilities from a binary model's margins, fitted on held-out rows.
 *
 * platt	P(positive) = 1 / (1 + exp(-(slope margin + offset))), by Newton on
 *			the smoothed targets (n+ + 1) / (n+ + 2) and 1 / (n- + 2) that Platt
 *			(1999) takes, in the form of Lin, Lin and Weng (2007).  Two numbers
 *			in x: slope, offset.
 * isotonic	the non-decreasing step function of least squares, by pooling adjacent
 *			violators; knots (x margin, y probability), straight lines between.
 */
#ifndef LINLEARN_CORE_MODEL_CALIBRATION_H
#define LINLEARN_CORE_MODEL_CALIBRATION_H

#include "core/base/threads.h"
#include "core/options/hyperparameters.h"

typedef struct Calibration
{
	CalibrationKind kind;
	uint32_t count; /* platt: 2; isotonic: knots; none: 0 */
	double *x;		/* [count], as Model.calibration_x */
	double *y;		/* [count] or NULL, as Model.calibration_y */
} Calibration;

/*
 * Fits margins[rows] against labels[rows] (0 or 1); weights[rows] may be NULL.
 * With rows of one class only, or none, there is nothing to fit: the result's
 * kind is CALIBRATE_NONE.  Memory comes from runtime.  The pool's threads share
 * the work; the result is the same for any number of them.
 */
extern Status calibration_fit(CalibrationKind kind, const double *margins,
							  const double *labels, const float *weights,
							  size_t rows, const Runtime *runtime,
							  ThreadPool *pool, Calibration *calibration,
							  Failure *failure);

/*
 * The probability of a margin on isotonic knots, of which there are one or more:
 * straight lines between them, flat beyond the ends, never falling.  Whoever has
 * knots computes by this: a threshold chosen among such values is compared with
 * them.
 */
extern double calibration_isotonic(const double *x, const double *y,
								   uint32_t count, double margin);

/* The probability of a margin. */
extern double calibration_apply(const Calibration *calibration, double margin);

#endif
