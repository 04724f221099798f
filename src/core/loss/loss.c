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

/* From here on e^x - 1 - x keeps its digits by itself. */
#define LEAST_PLAIN 0.5
#define SERIES_TERMS 15

/* The +-1 of a 0/1 target. */
static double
sign_of(double target)
{
	return target > 0.5 ? 1.0 : -1.0;
}

/* e^x - 1 - x with all its digits. */
static double
exp_excess(double x)
{
	double sum = 1.0;

	if (!(fabs(x) < LEAST_PLAIN))
		return portable_exp(x) - 1.0 - x;
	for (int n = SERIES_TERMS; n > 2; n--)
		sum = 1.0 + sum * x / n;
	return 0.5 * x * x * sum;
}

/*
 * A margin of a log link where the formulas hold: those that overflow.  Below, the
 * loss of a label of 0, and poisson's, go on as they are.
 */
static double
log_margin(double a, double margin, double y)
{
	return margin > LOG_LINK_MOST ? LOG_LINK_MOST
		   : margin < -LOG_LINK_MOST && a < 1.0 && y > LOG_LINK_LEAST
			   ? -LOG_LINK_MOST
			   : margin;
}

/*
 * Half the unit deviance of variance mu^(2 - a), 0 <= a <= 1: with b = 1 - a and
 * d = margin - log y it is y^a (exp_excess(a d) / a + exp_excess(-b d) / b).
 */
static double
log_link_value(double a, double margin, double y)
{
	double b = 1.0 - a;
	double logarithm, d, sum = 0.0;

	if (y == 0.0)
		return portable_exp(a * margin) / a;
	logarithm = portable_log(y);
	d = margin - logarithm;
	if (a > 0.0)
		sum += exp_excess(a * d) / a;
	if (b > 0.0)
		sum += exp_excess(-b * d) / b;
	return a == 1.0 ? y * sum : portable_exp(a * logarithm) * sum;
}

static double
log_link_derivative(double a, double margin, double y)
{
	return (a > 0.0 ? portable_exp(a * margin) : 1.0) -
		   (a < 1.0 && y > 0.0 ? y * portable_exp(-(1.0 - a) * margin) : y);
}

static double
log_link_second(double a, double margin, double y)
{
	double second = a > 0.0 ? a * portable_exp(a * margin) : 0.0;

	if (a < 1.0 && y > 0.0)
		second += (1.0 - a) * y * portable_exp(-(1.0 - a) * margin);
	return second;
}

double
loss_variance_power(LossKind kind, const LossParameters *parameters)
{
	return kind == LOSS_POISSON ? 1.0
		   : kind == LOSS_GAMMA ? 2.0
								: parameters->tweedie_power;
}

double
loss_scale(LossKind kind, const LossParameters *parameters, double unit)
{
	double power = loss_table[kind].label_power;

	if (isnan(power))
		power = 2.0 - loss_variance_power(kind, parameters);
	return power == 0.0	  ? 1.0
		   : power == 1.0 ? unit
		   : power == 2.0 ? unit * unit
						  : portable_exp(power * portable_log(unit));
}

double
loss_penalty_unit(LossKind kind, const LossParameters *parameters, double unit)
{
	return loss_is_log_link(kind) ? loss_scale(kind, parameters, unit) : 1.0;
}

double
loss_mean(LossKind kind, double margin)
{
	return loss_is_log_link(kind) ? portable_exp(margin) : margin;
}

double
loss_pearson(LossKind kind, const LossParameters *parameters, double margin,
			 double target)
{
	double p, m, root;

	if (!loss_is_log_link(kind))
		return loss_value(kind, parameters, margin, target);
	p = loss_variance_power(kind, parameters);
	m = log_margin(2.0 - p, margin, target);
	root = (target - portable_exp(m)) * portable_exp(-0.5 * p * m);
	return 0.5 * root * root;
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
		case LOSS_TWEEDIE:
			return parameters->tweedie_power;
		case LOSS_LOGISTIC:
		case LOSS_SOFTMAX:
		case LOSS_SQUARED:
		case LOSS_ABSOLUTE:
		case LOSS_POISSON:
		case LOSS_GAMMA:
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
		case LOSS_POISSON:
		case LOSS_GAMMA:
		case LOSS_TWEEDIE:
			a = 2.0 - loss_variance_power(kind, parameters);
			r = log_margin(a, margin, target);
			return log_link_value(a, r, target) +
				   (margin == r
						? 0.0
						: (margin - r) * log_link_derivative(a, r, target));
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
	double a, r = margin - target;
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
		case LOSS_POISSON:
		case LOSS_GAMMA:
		case LOSS_TWEEDIE:
			a = 2.0 - loss_variance_power(kind, parameters);
			return log_link_derivative(a, log_margin(a, margin, target),
									   target);
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
		case LOSS_POISSON:
		case LOSS_GAMMA:
		case LOSS_TWEEDIE:
			a = 2.0 - loss_variance_power(kind, parameters);
			return log_link_second(a, log_margin(a, margin, target), target);
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
