/*
 * gaussian_process.h
 *		Regression by a Gaussian process, and expected improvement.
 *
 * Kernel: amplitude (k(r) + noise [same observation]), Matern 5/2
 *	k(r) = (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r),
 *	r^2 = sum_j (x_j - x'_j)^2 / length[group(j)]^2,
 * one length a range (automatic relevance determination; the one-hot numbers
 * of a category share theirs).  Lengths and noise maximise the marginal
 * likelihood times weak log-normal priors; the amplitude is profiled out.
 * Sources: Rasmussen and Williams 2006, ch. 2, 4.2 and 5.4; Snoek et al. 2012
 * for the kernel; iRprop- (Igel and Huesken 2003) climbs.
 */
#ifndef LINLEARN_CORE_MATH_GAUSSIAN_PROCESS_H
#define LINLEARN_CORE_MATH_GAUSSIAN_PROCESS_H

#include "core/base/runtime.h"
#include "core/math/blas.h"

typedef struct GaussianProcess
{
	const Runtime *runtime;
	const Blas *blas;
	uint32_t inputs;	   /* numbers of a point */
	uint32_t lengths;	   /* distinct lengths */
	const uint32_t *group; /* [inputs] which length a number has */
	uint32_t capacity;	   /* most points */
	uint32_t count;
	double *x;				/* [capacity][inputs] */
	double *y;				/* [capacity], to be made small */
	double *log_parameters; /* [lengths + 1]: log length, log noise */
	double *scale;			/* [lengths] 1 / length */
	double amplitude;
	double mean;	 /* of the process: the generalised mean of y */
	double *kernel;	 /* [capacity^2] correlations without noise */
	double *inverse; /* [capacity^2] (K + noise I)^-1 */
	double *alpha;	 /* [capacity] inverse (y - mean) */
	double *work;	 /* [3 capacity] */
} GaussianProcess;

/* Makes an empty process with room for capacity points. */
extern Status gp_init(GaussianProcess *gp, const Runtime *runtime,
					  uint32_t inputs, const uint32_t *group, uint32_t lengths,
					  uint32_t capacity, Failure *failure);

/* Gives its memory back. */
extern void gp_release(GaussianProcess *gp);

/* Adds one point; there must be room. */
extern void gp_add(GaussianProcess *gp, const double *x, double y);

/* Finds lengths and noise for the points added, then conditions on them. */
extern Status gp_fit(GaussianProcess *gp, Failure *failure);

/* Conditions on the points with the parameters there are. */
extern Status gp_condition(GaussianProcess *gp, Failure *failure);

/* Mean and deviation (of the noiseless function) at a point. */
extern void gp_predict(const GaussianProcess *gp, const double *x,
					   double *mean, double *deviation);

/* Expected improvement below best (Jones et al. 1998); y is made small. */
extern double gp_expected_improvement(const GaussianProcess *gp,
									  const double *x, double best);

/*
 * Log of likelihood times prior at log_parameters, up to a constant, and its
 * gradient [lengths + 1] unless that is NULL; -infinity when the kernel matrix
 * is not positive definite.
 */
extern double gp_log_posterior(GaussianProcess *gp, double *gradient);

#endif
