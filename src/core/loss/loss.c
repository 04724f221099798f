/*
 * loss.c
 *		Losses and derivatives, one margin at a time, in double.
 *
 * These are the reference that the batches of loss_batch.c are tested against;
 * the solvers use them too.
 */
#include "core/loss/loss.h"

#include <math.h>

#include "core/base/portable_math.h"

/* The +-1 of a 0/1 target. */
static double
sign_of(double target)
{
	return target > 0.5 ? 1.0 : -1.0;
}

double
loss_parameter(LossKind kind, const LossParameters *parameters)
{
	switch (kind)
	{
		case LOSS_HINGE:
		case LOSS_MULTICLASS_HINGE:
			return parameters->margin;
		case LOSS_QUANTILE:
			return parameters->quantile;
		case LOSS_HUBER:
			return parameters->huber_delta;
		case LOSS_EPS_SQUARED:
		case LOSS_EPS_ABSOLUTE:
			return parameters->loss_insensitivity;
		case LOSS_LOGISTIC:
		case LOSS_SOFTMAX:
		case LOSS_SQUARED:
		case LOSS_ABSOLUTE:
			break;
	}
	return 0.0;
}

double
loss_value(LossKind kind, const LossParameters *parameters, double margin,
		   double target)
{
	double r = margin - target;
	double a = fabs(r);

	switch (kind)
	{
		case LOSS_LOGISTIC:
			return portable_softplus(-sign_of(target) * margin);
		case LOSS_HINGE:
			r = parameters->margin - sign_of(target) * margin;
			return r <= 0 ? 0.0 : r;
		case LOSS_SQUARED:
			return 0.5 * r * r;
		case LOSS_ABSOLUTE:
			return a;
		case LOSS_EPS_SQUARED:
			return a <= parameters->loss_insensitivity
					   ? 0.0
					   : (a - parameters->loss_insensitivity) *
							 (a + parameters->loss_insensitivity);
		case LOSS_EPS_ABSOLUTE:
			return a <= parameters->loss_insensitivity
					   ? 0.0
					   : a - parameters->loss_insensitivity;
		case LOSS_QUANTILE:
			return r < 0 ? -parameters->quantile * r
						 : (1.0 - parameters->quantile) * r;
		case LOSS_HUBER:
			return a <= parameters->huber_delta
					   ? 0.5 * r * r
					   : parameters->huber_delta *
							 (a - 0.5 * parameters->huber_delta);
		case LOSS_SOFTMAX:
		case LOSS_MULTICLASS_HINGE:
			break;
	}
	return NAN; /* these have more than one margin */
}

double
loss_derivative(LossKind kind, const LossParameters *parameters, double margin,
				double target)
{
	double r = margin - target;
	double sign = r > 0 ? 1.0 : r < 0 ? -1.0 : 0.0;

	switch (kind)
	{
		case LOSS_LOGISTIC:
			sign = sign_of(target);
			return -sign * portable_sigmoid(-sign * margin);
		case LOSS_HINGE:
			sign = sign_of(target);
			return parameters->margin - sign * margin <= 0 ? 0.0 : -sign;
		case LOSS_SQUARED:
			return r;
		case LOSS_ABSOLUTE:
			return sign;
		case LOSS_EPS_SQUARED:
			return fabs(r) <= parameters->loss_insensitivity ? 0.0 : 2.0 * r;
		case LOSS_EPS_ABSOLUTE:
			return fabs(r) <= parameters->loss_insensitivity ? 0.0 : sign;
		case LOSS_QUANTILE:
			return r < 0   ? -parameters->quantile
				   : r > 0 ? 1.0 - parameters->quantile
						   : 0.0;
		case LOSS_HUBER:
			return fabs(r) <= parameters->huber_delta
					   ? r
					   : sign * parameters->huber_delta;
		case LOSS_SOFTMAX:
		case LOSS_MULTICLASS_HINGE:
			break;
	}
	return NAN;
}

double
loss_second_derivative(LossKind kind, const LossParameters *parameters,
					   double margin, double target)
{
	double e;
	double a = fabs(margin - target);

	switch (kind)
	{
		case LOSS_LOGISTIC:
			e = portable_exp(-fabs(margin));
			return e / ((1.0 + e) * (1.0 + e));
		case LOSS_SQUARED:
			return 1.0;
		case LOSS_EPS_SQUARED:
			return a <= parameters->loss_insensitivity ? 0.0 : 2.0;
		case LOSS_HUBER:
			return a <= parameters->huber_delta ? 1.0 : 0.0;
		case LOSS_HINGE:
		case LOSS_ABSOLUTE:
		case LOSS_EPS_ABSOLUTE:
		case LOSS_QUANTILE:
			return 0.0;
		case LOSS_SOFTMAX:
		case LOSS_MULTICLASS_HINGE:
			break;
	}
	return NAN;
}

/*
 * The largest margin other than that of one class; class >= outputs: of all.
 */
static size_t
largest_other(const double *margins, size_t outputs, size_t class)
{
	size_t best = class == 0 ? 1 : 0;

	for (size_t k = best + 1; k < outputs; k++)
		if (k != class && margins[k] > margins[best])
			best = k;
	return best;
}

double
loss_value_multi(LossKind kind, const LossParameters *parameters,
				 const double *margins, size_t outputs, size_t class)
{
	double violation;
	double largest;
	double sum = 0.0;

	if (kind == LOSS_MULTICLASS_HINGE)
	{
		violation = parameters->margin +
					margins[largest_other(margins, outputs, class)] -
					margins[class];
		return violation <= 0 ? 0.0 : violation;
	}
	largest = margins[largest_other(margins, outputs, outputs)];
	for (size_t k = 0; k < outputs; k++)
		sum += portable_exp(margins[k] - largest);
	return portable_log(sum) + (largest - margins[class]);
}

void
loss_gradient_multi(LossKind kind, const LossParameters *parameters,
					const double *margins, size_t outputs, size_t class,
					double *gradient)
{
	double largest;
	double sum = 0.0;

	if (kind == LOSS_MULTICLASS_HINGE)
	{
		size_t other = largest_other(margins, outputs, class);
		bool violated =
			!(parameters->margin + margins[other] - margins[class] <= 0);

		for (size_t k = 0; k < outputs; k++)
			gradient[k] = 0.0;
		gradient[other] = violated ? 1.0 : 0.0;
		gradient[class] = violated ? -1.0 : 0.0;
		return;
	}
	largest = margins[largest_other(margins, outputs, outputs)];
	for (size_t k = 0; k < outputs; k++)
		sum += gradient[k] = portable_exp(margins[k] - largest);
	for (size_t k = 0; k < outputs; k++)
		gradient[k] /= sum;
	gradient[class] -= 1.0;
}
