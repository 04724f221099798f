/*
 * spectrum.h
 *		What ridge regression does at every wd, from one decomposition of the Gram
 *		sums.
 *
 * With the eigenvalues s_i of the features' centred Gram matrix G and the squares
 * q_i of what each of its eigenvectors has of the products with the target,
 *
 *	mean square of residuals	yy - sum_i q_i (s_i + 2 wd) / (s_i + wd)^2
 *	degrees of freedom			sum_i s_i / (s_i + wd)
 *
 * Wide matrices are not decomposed whole: Lanczos' method from the products with
 * the target gives nodes s_i that stand for them all in the first sum, and the
 * trace in the second is that of some random vectors (Hutchinson 1990; Ubaru, Chen
 * and Saad 2017).
 */
#ifndef LINLEARN_CORE_SOLVE_SPECTRUM_H
#define LINLEARN_CORE_SOLVE_SPECTRUM_H

#include "core/solve/pass.h"

typedef struct Spectrum
{
	double target;	/* mean square of the centred target, yy above */
	double scale;	/* mean of G's diagonal */
	double largest; /* of the eigenvalues */
	size_t size;	/* features that are learned */
	size_t count;	/* of nodes, ascending, for the residuals */
	double *value;	/* s_i, 0 for those that count as absent */
	double *fit;	/* q_i */
	bool estimated; /* the trace is that of random vectors */
	size_t trace_count;
	double *trace_value; /* nodes for the trace */
	double *trace_weight;
} Spectrum;

/*
 * Of the sums of pass_gram: the learned features' matrix[m][m], both triangles,
 * and products[m] with the target, without what the bias takes of them.
 * spectrum's size is m; gets target and scale.
 */
extern Status spectrum_centre(const Pass *pass, const double *sums,
							  double *matrix, double *products,
							  Spectrum *spectrum, Failure *failure);

/* Eigenvalues[n], ascending, and vectors in the place of a matrix[n][n]. */
extern Status spectrum_vectors(const Pass *pass, double *matrix, size_t size,
							   double *values, Failure *failure);

/* Decomposes the sums of pass_gram (features, 1 and target). */
extern Status spectrum_make(const Pass *pass, const double *sums,
							Spectrum *spectrum, Failure *failure);

/* The mean square of residuals at a wd; 0: of plain least squares. */
extern double spectrum_residual(const Spectrum *spectrum, double wd);

/* The degrees of freedom at a wd, without the bias. */
extern double spectrum_freedom(const Spectrum *spectrum, double wd);

#endif
