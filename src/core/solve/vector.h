/*
 * vector.h
 *		Operations on vectors as long as the weights, on all threads.
 */
#ifndef LINLEARN_CORE_SOLVE_VECTOR_H
#define LINLEARN_CORE_SOLVE_VECTOR_H

#include "core/solve/pass.h"

/* sum_i a[i] b[i] in eight fixed partial sums. */
extern double vector_dot(const double *a, const double *b, size_t n);

/* The chunks that vectors of n elements are cut into. */
extern size_t vector_chunks(size_t n);

/* On vectors[parameters], by the pass's threads. */
extern double pass_dot(const Pass *pass, const double *a, const double *b);

/* out = a + factor b; out may be a or b, here and below. */
extern void pass_add(const Pass *pass, const double *a, double factor,
					 const double *b, double *out);

/* out[i] = a[i] b[i] */
extern void pass_multiply(const Pass *pass, const double *a, const double *b,
						  double *out);

/* out = factor a */
extern void pass_scale(const Pass *pass, double factor, const double *a,
					   double *out);

#endif
