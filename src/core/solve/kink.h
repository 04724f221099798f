/*
 * kink.h
 *		Losses with kinks, rounded: what solvers descend along instead.
 *
 * Losses of one margin z are sums of a straight (or smooth) part and of terms
 * s |u(z)|, one or two; with a smoothing m each term is s sqrt(u^2 + m^2).  That
 * is at least the loss, and its slope s u / sqrt(u^2 + m^2) is one that the
 * loss's dual allows: where the mean of the rounded loss has a gradient of 0, the
 * mean of
 *
 *	s |u| (1 - |u| / sqrt(u^2 + m^2))
 *
 * bounds how far the loss itself is above its least value.  Crammer and Singer's
 * loss is a maximum over the classes; of that the rounded form is
 * m log sum exp(u_k / m), and the bound max_k u_k - sum_k p_k u_k with the
 * softmax p of u / m.
 */
#ifndef LINLEARN_CORE_SOLVE_KINK_H
#define LINLEARN_CORE_SOLVE_KINK_H

#include "core/loss/loss.h"

typedef struct KinkRow
{
	double loss;	   /* as it is */
	double smooth;	   /* the rounded one ... */
	double derivative; /* ... by the margin */
	double curvature;
	double gap; /* what the row adds to the bound above */
} KinkRow;

/* The terms of a loss of one margin; 0: it has more margins. */
extern size_t kink_terms(LossKind kind);

/*
 * One margin.  dual[2 * terms], NULL or zeros at first: what the slope of each
 * term was, and how it moves with the margin; it is moved to this margin and
 * gives the curvature (Chan, Golub and Mulet 1999), which is then that of a step
 * far longer than the smoothing.  NULL: the second derivative.
 */
extern void kink_row(LossKind kind, const LossParameters *parameters,
					 double smoothing, double margin, double target,
					 double *dual, KinkRow *row);

/*
 * The l1 of a weight, rounded likewise; dual[2] or NULL as above.  The row's loss
 * is |weight|, its derivative is by the weight.
 */
extern void kink_weight(double smoothing, double weight, double *dual,
						KinkRow *row);

/* One margin a class; gradient[outputs] by each.  No curvature. */
extern void kink_multi(const LossParameters *parameters, double smoothing,
					   const double *margins, size_t outputs, size_t class,
					   double *gradient, KinkRow *row);

#endif
