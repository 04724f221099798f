/*
 * kink.c
 *		Losses with kinks, rounded.
 */
#include "core/solve/kink.h"

#include <math.h>

#include "core/base/portable_math.h"

/* A term s |u(z)|, at a margin. */
typedef struct Term
{
	double s;
	double u;
	double slope; /* of u by the margin */
	double bend;  /* its second derivative */
} Term;

/* A loss at a margin, as its terms and the rest. */
typedef struct Terms
{
	size_t count;
	Term term[2];
	double slope; /* of the rest */
	double bend;
} Terms;

size_t
kink_terms(LossKind kind)
{
	return loss_is_multiclass(kind) ? 0 : kind == LOSS_EPS_ABSOLUTE ? 2 : 1;
}

/* Takes a loss apart. */
static Terms
take_apart(LossKind kind, const LossParameters *parameters, double margin,
		   double target)
{
	double r = margin - target;
	double eps = parameters->loss_insensitivity;
	double sign = target > 0.5 ? 1.0 : -1.0;

	switch (kind)
	{
		case LOSS_HINGE: /* max(0, v) = |v| / 2 + v / 2 */
			return (Terms){1,
						   {{0.5, parameters->margin - sign * margin, -sign}},
						   -0.5 * sign,
						   0.0};
		case LOSS_ABSOLUTE:
			return (Terms){1, {{1.0, r, 1.0}}, 0.0, 0.0};
		case LOSS_QUANTILE:
			return (Terms){1, {{0.5, r, 1.0}}, 0.5 - parameters->quantile};
		case LOSS_EPS_ABSOLUTE:
			return (Terms){
				2, {{0.5, r - eps, 1.0}, {0.5, r + eps, 1.0}}, 0.0, 0.0};
		case LOSS_EPS_SQUARED:
			return (Terms){
				1, {{0.5, (r - eps) * (r + eps), 2.0 * r, 2.0}}, r, 1.0};
		case LOSS_LOGISTIC:
		case LOSS_SQUARED:
		case LOSS_HUBER:
		case LOSS_POISSON:
		case LOSS_GAMMA:
		case LOSS_TWEEDIE:
		case LOSS_SOFTMAX:
		case LOSS_MULTICLASS_HINGE:
			break; /* smooth, or of more margins */
	}
	return (Terms){0};
}

/*
 * Moves a term's dual to a margin: how the slope would have moved with it, as
 * far as slopes go.  Returns the curvature.
 */
static double
move_dual(const Term *term, double root, double margin, double *dual)
{
	double a = fmin(fmax(dual[0] + dual[1] * margin, -1.0), 1.0);
	double c = fmax(1.0 - a * term->u / root, 0.0) / root;

	dual[1] = c * term->slope;
	dual[0] = term->u / root - dual[1] * margin;
	return c;
}

/* Adds a term to a row at a margin. */
static void
add_term(const Term *t, double smoothing, double margin, double *dual,
		 KinkRow *row)
{
	double size = fabs(t->u);
	double root = sqrt(size * size + smoothing * smoothing);
	double share = t->u / root;
	double c = dual != NULL ? move_dual(t, root, margin, dual)
							: smoothing / root * (smoothing / root) / root;
	/* sqrt(u^2 + m^2) - |u|, without cancellation */
	double above = smoothing * (smoothing / (root + size));

	row->smooth += t->s * above;
	row->gap += t->s * size * (above / root);
	row->derivative += t->s * share * t->slope;
	row->curvature += t->s * (c * t->slope * t->slope + share * t->bend);
}

void
kink_weight(double smoothing, double weight, double *dual, KinkRow *row)
{
	const Term term = {1.0, weight, 1.0, 0.0};

	*row = (KinkRow){.loss = fabs(weight), .smooth = fabs(weight)};
	add_term(&term, smoothing, weight, dual, row);
}

void
kink_row(LossKind kind, const LossParameters *parameters, double smoothing,
		 double margin, double target, double *dual, KinkRow *row)
{
	Terms terms = take_apart(kind, parameters, margin, target);

	*row = (KinkRow){.loss = loss_value(kind, parameters, margin, target),
					 .derivative = terms.slope,
					 .curvature = terms.bend};
	row->smooth = row->loss;
	for (size_t k = 0; k < terms.count; k++)
		add_term(&terms.term[k], smoothing, margin,
				 dual != NULL ? dual + 2 * k : NULL, row);
}

void
kink_multi(const LossParameters *parameters, double smoothing,
		   const double *margins, size_t outputs, size_t class,
		   double *gradient, KinkRow *row)
{
	double largest = 0.0, sum = 0.0, mean = 0.0;

	*row = (KinkRow){.curvature = 0.0};
	for (size_t k = 0; k < outputs; k++)
	{
		gradient[k] =
			k == class ? 0.0
					   : parameters->margin + margins[k] - margins[class];
		largest = fmax(largest, gradient[k]);
	}
	for (size_t k = 0; k < outputs; k++)
	{
		double e = portable_exp((gradient[k] - largest) / smoothing);

		sum += e;
		mean += e * (gradient[k] - largest);
		gradient[k] = e;
	}
	for (size_t k = 0; k < outputs; k++)
		gradient[k] /= sum;
	gradient[class] -= 1.0;
	row->loss = largest;
	row->smooth = largest + smoothing * portable_log(sum);
	row->gap = -mean / sum;
}
