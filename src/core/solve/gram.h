/*
 * gram.h
 *		Gram matrices: penalties, factors, inverses.
 */
#ifndef LINLEARN_CORE_SOLVE_GRAM_H
#define LINLEARN_CORE_SOLVE_GRAM_H

#include "core/solve/pass.h"

/*
 * Adds penalties and damping to a Gram matrix's diagonal; features that cannot
 * be learned (inverse deviation 0, the bias when unused) are pinned.
 */
extern void gram_penalise(const Pass *pass, double *gram, size_t size,
						  double damping);

/* Factors a matrix in place by Cholesky; *definite tells whether it could. */
extern Status gram_cholesky(const Pass *pass, double *gram, size_t size,
							bool *definite, Failure *failure);

/* Does both. */
extern Status gram_factor(const Pass *pass, double *gram, size_t size,
						  double damping, bool *definite, Failure *failure);

/*
 * Copies a matrix of second derivatives into factor[n][n], n the pass's parameters,
 * and factors it with the penalties, damped as little as makes it positive
 * definite; *damped is set where it was.
 */
extern Status gram_factor_damped(const Pass *pass, const double *gram,
								 size_t size, double *factor, bool *damped,
								 Failure *failure);

/* Copies lower triangles, which may stand in matrices of other sizes. */
extern Status gram_copy(const Pass *pass, const double *from, size_t from_size,
						double *to, size_t size, Failure *failure);

/* inverse[size][size] of a factored matrix. */
extern Status gram_invert(const Pass *pass, const double *factor, size_t size,
						  double *inverse, Failure *failure);

#endif
