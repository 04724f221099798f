/*
 * optimizer.h
 *		First-order updates of a matrix of weights, a column a candidate's output.
 *
 * Weights, gradients and moments are [rows][columns], row-major.  Every column
 * has its own rates, so that candidates of different settings share one matrix.
 * The l1 step is proximal, in the optimizer's own metric, and gives exact zeros.
 *
 * sgd: v = mu v - lr g, w += v, its l1 step 1 / (1 - mu) times lr l1.  adam:
 * Kingma and Ba 2015.  rmsprop: n = .9 n + .1 g^2, w -= lr g / sqrt(n + 1e-8).
 * adagrad: Duchi, Hazan, Singer 2011.
 *
 * A zero stays one only while the gradient taken off is below l1, which one
 * mini-batch's is not when its noise is larger: rmsprop and adagrad with l1 take
 * off a running mean of it, as adam does, m = momentum m + (1 - momentum) g.
 */
#ifndef LINLEARN_CORE_DESCENT_OPTIMIZER_H
#define LINLEARN_CORE_DESCENT_OPTIMIZER_H

#include "core/options/optimizer_table.h"

/* What one update needs, per column. */
typedef struct UpdateRates
{
	const float *rate; /* learning rate, adam's bias correction in it */
	const float *wd;
	const float *l1;
	const float *momentum; /* sgd: mu; else of the gradient's mean, 0: none */
	const float *decay;	   /* adam: beta_2 */
	const float *gradient_scale;
} UpdateRates;

/*
 * Updates count weights, a multiple of period; weight i uses the rates of place
 * i % period.
 */
extern void optimizer_update(OptimizerKind kind, const UpdateRates *rates,
							 size_t period, size_t count, float *weights,
							 const float *gradient, float *first,
							 float *second);

/* The learning rate of update t (from 1): initial * factor^((t - 1) / step). */
extern double schedule_rate(double initial, double factor, double step,
							double minimum, uint64_t t);

#endif
