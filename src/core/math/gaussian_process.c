/*
 * gaussian_process.c
 *		Regression by a Gaussian process, and expected improvement.
 */
#include "core/math/gaussian_process.h"

#include <math.h>
#include <string.h>

/* Log-normal priors: lengths about half the cube, noise about a thousandth. */
#define PRIOR_LENGTH_MEAN (-0.6931471805599453)
#define PRIOR_LENGTH_DEVIATION 1.0
#define PRIOR_NOISE_MEAN (-6.907755278982137)
#define PRIOR_NOISE_DEVIATION 2.0
/* The climb stays where the matrix is well conditioned. */
#define LENGTH_LOW (-3.5)
#define LENGTH_HIGH 3.0
#define NOISE_LOW (-16.0)
#define NOISE_HIGH 1.0
#define CLIMB_STEPS 60
#define CLIMB_STEP_START 0.2
#define CLIMB_STEP_LEAST 1e-4
#define CLIMB_STEP_MOST 1.0

static const double sqrt5 = 2.23606797749979;

Status
gp_init(GaussianProcess *gp, const Runtime *runtime, uint32_t inputs,
		const uint32_t *group, uint32_t lengths, uint32_t capacity,
		Failure *failure)
{
	size_t n = capacity;
	Status status;

	memset(gp, 0, sizeof(*gp));
	status = blas_open(&gp->blas, failure);
	if (status != LL_OK)
		return status;
	gp->runtime = runtime;
	gp->inputs = inputs;
	gp->group = group;
	gp->lengths = lengths;
	gp->capacity = capacity;
	gp->x = runtime_allocate_zero(runtime, n * inputs, sizeof(double));
	gp->y = runtime_allocate_zero(runtime, n, sizeof(double));
	gp->log_parameters =
		runtime_allocate_zero(runtime, (size_t) lengths + 1, sizeof(double));
	gp->scale = runtime_allocate_zero(runtime, lengths, sizeof(double));
	gp->kernel = runtime_allocate_zero(runtime, n * n, sizeof(double));
	gp->inverse = runtime_allocate_zero(runtime, n * n, sizeof(double));
	gp->alpha = runtime_allocate_zero(runtime, n, sizeof(double));
	gp->work = runtime_allocate_zero(runtime, 3 * n, sizeof(double));
	if (gp->x == NULL || gp->y == NULL || gp->log_parameters == NULL ||
		gp->scale == NULL || gp->kernel == NULL || gp->inverse == NULL ||
		gp->alpha == NULL || gp->work == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < lengths; i++)
		gp->log_parameters[i] = PRIOR_LENGTH_MEAN;
	gp->log_parameters[lengths] = PRIOR_NOISE_MEAN;
	return LL_OK;
}

void
gp_release(GaussianProcess *gp)
{
	double *pieces[] = {gp->x,		gp->y,		 gp->log_parameters, gp->scale,
						gp->kernel, gp->inverse, gp->alpha,			 gp->work};

	for (size_t i = 0; gp->runtime != NULL && i < 8; i++)
		runtime_release(gp->runtime, pieces[i]);
}

void
gp_add(GaussianProcess *gp, const double *x, double y)
{
	memcpy(gp->x + (size_t) gp->count * gp->inputs, x,
		   gp->inputs * sizeof(double));
	gp->y[gp->count++] = y;
}

/* r^2 of two points. */
static double
square_distance(const GaussianProcess *gp, const double *a, const double *b)
{
	double sum = 0.0;

	for (uint32_t j = 0; j < gp->inputs; j++)
	{
		double difference = (a[j] - b[j]) * gp->scale[gp->group[j]];

		sum += difference * difference;
	}
	return sum;
}

static double
matern52(double square)
{
	double r = sqrt5 * sqrt(square);

	return (1.0 + r + r * r / 3.0) * exp(-r);
}

/* Fills kernel and inverse, and the log determinant; false: not definite. */
static bool
invert_kernel(GaussianProcess *gp, double *log_determinant)
{
	size_t n = gp->count;
	int order = (int) n, info;
	double noise = exp(gp->log_parameters[gp->lengths]);

	for (uint32_t i = 0; i < gp->lengths; i++)
		gp->scale[i] = exp(-gp->log_parameters[i]);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
		{
			double k = matern52(square_distance(gp, gp->x + i * gp->inputs,
												gp->x + j * gp->inputs));

			gp->kernel[i * n + j] = gp->kernel[j * n + i] = k;
		}
	memcpy(gp->inverse, gp->kernel, n * n * sizeof(double));
	for (size_t i = 0; i < n; i++)
		gp->inverse[i * n + i] += noise;
	gp->blas->dpotrf("L", &order, gp->inverse, &order, &info);
	if (info != 0)
		return false;
	*log_determinant = 0.0;
	for (size_t i = 0; i < n; i++)
		*log_determinant += 2.0 * log(gp->inverse[i * n + i]);
	gp->blas->dpotri("L", &order, gp->inverse, &order, &info);
	if (info != 0)
		return false;
	/* Column-major lower is row-major upper: mirror it. */
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			gp->inverse[j * n + i] = gp->inverse[i * n + j];
	return true;
}

/* The mean, amplitude and alpha that the inverse gives. */
static void
profile(GaussianProcess *gp)
{
	size_t n = gp->count;
	double ones = 0.0, ones_y = 0.0, square = 0.0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
		{
			ones += gp->inverse[i * n + j];
			ones_y += gp->inverse[i * n + j] * gp->y[j];
		}
	gp->mean = ones > 0 ? ones_y / ones : 0.0;
	for (size_t i = 0; i < n; i++)
	{
		double sum = 0.0;

		for (size_t j = 0; j < n; j++)
			sum += gp->inverse[i * n + j] * (gp->y[j] - gp->mean);
		gp->alpha[i] = sum;
		square += sum * (gp->y[i] - gp->mean);
	}
	/* Observations all alike would give a process that is certain of them. */
	gp->amplitude = fmax(square / (double) n, 1e-12);
}

/*
 * d log posterior / d log length and / d log noise.  With the amplitude s
 * profiled out, d/dp = 1/2 alpha' dK alpha / s - 1/2 trace(inverse dK).
 */
static void
add_gradient(GaussianProcess *gp, double *gradient)
{
	size_t n = gp->count;
	double noise = exp(gp->log_parameters[gp->lengths]);

	for (size_t i = 0; i < n; i++)
	{
		const double *a = gp->x + i * gp->inputs;

		gradient[gp->lengths] += 0.5 * noise *
								 (gp->alpha[i] * gp->alpha[i] / gp->amplitude -
								  gp->inverse[i * n + i]);
		for (size_t j = 0; j < i; j++)
		{
			const double *b = gp->x + j * gp->inputs;
			double r = sqrt5 * sqrt(square_distance(gp, a, b));
			/* dk/d(log length) = 5/3 (1 + sqrt5 r) exp(-sqrt5 r) d^2/l^2 */
			double slope = 5.0 / 3.0 * (1.0 + r) * exp(-r) *
						   (gp->alpha[i] * gp->alpha[j] / gp->amplitude -
							gp->inverse[i * n + j]);

			for (uint32_t k = 0; k < gp->inputs; k++)
			{
				double difference = (a[k] - b[k]) * gp->scale[gp->group[k]];

				gradient[gp->group[k]] += slope * difference * difference;
			}
		}
	}
}

double
gp_log_posterior(GaussianProcess *gp, double *gradient)
{
	double log_determinant, value;

	if (!invert_kernel(gp, &log_determinant))
		return -INFINITY;
	profile(gp);
	value = -0.5 * (gp->count * log(gp->amplitude) + log_determinant);
	if (gradient != NULL)
	{
		memset(gradient, 0, (gp->lengths + 1) * sizeof(double));
		add_gradient(gp, gradient);
	}
	for (uint32_t i = 0; i <= gp->lengths; i++)
	{
		bool noise = i == gp->lengths;
		double deviation =
			noise ? PRIOR_NOISE_DEVIATION : PRIOR_LENGTH_DEVIATION;
		double z = (gp->log_parameters[i] -
					(noise ? PRIOR_NOISE_MEAN : PRIOR_LENGTH_MEAN)) /
				   deviation;

		value -= 0.5 * z * z;
		if (gradient != NULL)
			gradient[i] -= z / deviation;
	}
	return value;
}

/* One step of iRprop-: each parameter has a step of its own. */
static void
climb_step(GaussianProcess *gp, double *step, double *before, double *gradient)
{
	for (uint32_t i = 0; i <= gp->lengths; i++)
	{
		bool noise = i == gp->lengths;
		double sign = before[i] * gradient[i];
		double *at = &gp->log_parameters[i];

		if (sign > 0)
			step[i] = fmin(step[i] * 1.2, CLIMB_STEP_MOST);
		else if (sign < 0)
		{
			step[i] = fmax(step[i] * 0.5, CLIMB_STEP_LEAST);
			gradient[i] = 0.0;
		}
		before[i] = gradient[i];
		if (gradient[i] != 0)
			*at += gradient[i] > 0 ? step[i] : -step[i];
		*at = fmin(fmax(*at, noise ? NOISE_LOW : LENGTH_LOW),
				   noise ? NOISE_HIGH : LENGTH_HIGH);
	}
}

/* Climbs from log_parameters; leaves the best there, and its value. */
static double
climb(GaussianProcess *gp, double *scratch)
{
	uint32_t n = gp->lengths + 1;
	double *step = scratch, *before = scratch + n, *gradient = scratch + 2 * n;
	double *best = scratch + 3 * n;
	double best_value = -INFINITY;

	for (uint32_t i = 0; i < n; i++)
	{
		step[i] = CLIMB_STEP_START;
		before[i] = 0.0;
	}
	memcpy(best, gp->log_parameters, n * sizeof(double));
	for (int i = 0; i < CLIMB_STEPS && !runtime_interrupted(gp->runtime); i++)
	{
		double value = gp_log_posterior(gp, gradient);

		if (value > best_value)
		{
			best_value = value;
			memcpy(best, gp->log_parameters, n * sizeof(double));
		}
		if (isinf(value))
		{
			/* Too near singular: more noise makes it definite. */
			gp->log_parameters[gp->lengths] =
				fmin(gp->log_parameters[gp->lengths] + 2.0, NOISE_HIGH);
			continue;
		}
		climb_step(gp, step, before, gradient);
	}
	memcpy(gp->log_parameters, best, n * sizeof(double));
	return best_value;
}

Status
gp_fit(GaussianProcess *gp, Failure *failure)
{
	uint32_t n = gp->lengths + 1;
	double *scratch =
		runtime_allocate_zero(gp->runtime, 5 * (size_t) n, sizeof(double));
	double *kept = scratch + 4 * n;
	double value;

	if (scratch == NULL)
		return fail_no_memory(failure);
	/* From the priors' middle, and from a rough, noisy function. */
	value = climb(gp, scratch);
	memcpy(kept, gp->log_parameters, n * sizeof(double));
	for (uint32_t i = 0; i < gp->lengths; i++)
		gp->log_parameters[i] = PRIOR_LENGTH_MEAN - PRIOR_LENGTH_DEVIATION;
	gp->log_parameters[gp->lengths] =
		PRIOR_NOISE_MEAN + 2 * PRIOR_NOISE_DEVIATION;
	if (!(climb(gp, scratch) > value))
		memcpy(gp->log_parameters, kept, n * sizeof(double));
	runtime_release(gp->runtime, scratch);
	return gp_condition(gp, failure);
}

Status
gp_condition(GaussianProcess *gp, Failure *failure)
{
	double log_determinant;

	while (!invert_kernel(gp, &log_determinant))
	{
		double *noise = &gp->log_parameters[gp->lengths];

		if (runtime_interrupted(gp->runtime))
			return fail_cancelled(failure);
		if (*noise >= NOISE_HIGH)
			return fail(failure, LL_UNSUPPORTED,
						"the covariances of the trials cannot be inverted");
		*noise += 2.0;
	}
	profile(gp);
	return LL_OK;
}

void
gp_predict(const GaussianProcess *gp, const double *x, double *mean,
		   double *deviation)
{
	size_t n = gp->count;
	double *k = gp->work;
	double variance = 1.0, sum = gp->mean;

	for (size_t i = 0; i < n; i++)
	{
		k[i] = matern52(square_distance(gp, x, gp->x + i * gp->inputs));
		sum += k[i] * gp->alpha[i];
	}
	for (size_t i = 0; i < n; i++)
	{
		double part = 0.0;

		for (size_t j = 0; j < n; j++)
			part += gp->inverse[i * n + j] * k[j];
		variance -= k[i] * part;
	}
	*mean = sum;
	*deviation = sqrt(gp->amplitude * fmax(variance, 0.0));
}

double
gp_expected_improvement(const GaussianProcess *gp, const double *x,
						double best)
{
	double mean, deviation, z;

	gp_predict(gp, x, &mean, &deviation);
	if (deviation < 1e-12)
		return fmax(best - mean, 0.0);
	z = (best - mean) / deviation;
	return (best - mean) * 0.5 * erfc(-z * M_SQRT1_2) +
		   deviation * exp(-0.5 * z * z) * 0.3989422804014327;
}
