/*
 * optimizer.c
 *		First-order updates.
 */
#include "core/descent/optimizer.h"

#include <math.h>

#include "core/base/dispatch.h"

/* 1 - momentum may round to 0. */
#define LEAST_DAMPING 1e-7f
#define ADAM_EPSILON 1e-8f
#define RMSPROP_DECAY 0.9f
#define RMSPROP_EPSILON 1e-8f
#define ADAGRAD_EPSILON 1e-7f

/* The proximal map of threshold * |w|; NaN stays, to be seen as divergence. */
static inline float
shrink(float w, float threshold)
{
	float size = fabsf(w) - threshold;

	return size <= 0 ? 0.0f : copysignf(size, w);
}

KERNEL_CLONES
static void
update_sgd(const UpdateRates *r, size_t n, float *restrict w,
		   const float *restrict g, float *restrict v)
{
	const float *restrict rate = r->rate, *restrict wd = r->wd;
	const float *restrict l1 = r->l1, *restrict mu = r->momentum;
	const float *restrict scale = r->gradient_scale;

	for (size_t i = 0; i < n; i++)
	{
		v[i] = mu[i] * v[i] - rate[i] * (g[i] * scale[i] + wd[i] * w[i]);
		/* v is 1 / (1 - mu) times a mean of gradients; so must l1 be. */
		w[i] = shrink(w[i] + v[i],
					  rate[i] * l1[i] / fmaxf(1.0f - mu[i], LEAST_DAMPING));
	}
}

KERNEL_CLONES
static void
update_adam(const UpdateRates *r, size_t n, float *restrict w,
			const float *restrict g, float *restrict m, float *restrict v)
{
	const float *restrict rate = r->rate, *restrict wd = r->wd;
	const float *restrict l1 = r->l1, *restrict beta_1 = r->momentum;
	const float *restrict beta_2 = r->decay;
	const float *restrict scale = r->gradient_scale;

	for (size_t i = 0; i < n; i++)
	{
		float gradient = g[i] * scale[i] + wd[i] * w[i];
		float step;

		m[i] = beta_1[i] * m[i] + (1.0f - beta_1[i]) * gradient;
		v[i] = beta_2[i] * v[i] + (1.0f - beta_2[i]) * gradient * gradient;
		step = rate[i] / (sqrtf(v[i]) + ADAM_EPSILON);
		w[i] = shrink(w[i] - step * m[i], step * l1[i]);
	}
}

KERNEL_CLONES
static void
update_rmsprop(const UpdateRates *r, size_t n, float *restrict w,
			   const float *restrict g, float *restrict m, float *restrict v)
{
	const float *restrict rate = r->rate, *restrict wd = r->wd;
	const float *restrict l1 = r->l1, *restrict mean = r->momentum;
	const float *restrict scale = r->gradient_scale;

	for (size_t i = 0; i < n; i++)
	{
		float gradient = g[i] * scale[i] + wd[i] * w[i];
		float step;

		m[i] = mean[i] * m[i] + (1.0f - mean[i]) * gradient;
		v[i] = RMSPROP_DECAY * v[i] +
			   (1.0f - RMSPROP_DECAY) * gradient * gradient;
		step = rate[i] / sqrtf(v[i] + RMSPROP_EPSILON);
		w[i] = shrink(w[i] - step * m[i], step * l1[i]);
	}
}

KERNEL_CLONES
static void
update_adagrad(const UpdateRates *r, size_t n, float *restrict w,
			   const float *restrict g, float *restrict m, float *restrict v)
{
	const float *restrict rate = r->rate, *restrict wd = r->wd;
	const float *restrict l1 = r->l1, *restrict mean = r->momentum;
	const float *restrict scale = r->gradient_scale;

	for (size_t i = 0; i < n; i++)
	{
		float gradient = g[i] * scale[i] + wd[i] * w[i];
		float step;

		m[i] = mean[i] * m[i] + (1.0f - mean[i]) * gradient;
		v[i] += gradient * gradient;
		step = rate[i] / sqrtf(v[i] + ADAGRAD_EPSILON);
		w[i] = shrink(w[i] - step * m[i], step * l1[i]);
	}
}

void
optimizer_update(OptimizerKind kind, const UpdateRates *rates, size_t period,
				 size_t count, float *weights, const float *gradient,
				 float *first, float *second)
{
	for (size_t base = 0; base < count; base += period)
	{
		size_t n = count - base < period ? count - base : period;

		switch (kind)
		{
			case OPTIMIZER_SGD:
				update_sgd(rates, n, weights + base, gradient + base,
						   first + base);
				break;
			case OPTIMIZER_RMSPROP:
				update_rmsprop(rates, n, weights + base, gradient + base,
							   first + base, second + base);
				break;
			case OPTIMIZER_ADAGRAD:
				update_adagrad(rates, n, weights + base, gradient + base,
							   first + base, second + base);
				break;
			case OPTIMIZER_ADAM:
				update_adam(rates, n, weights + base, gradient + base,
							first + base, second + base);
				break;
			case OPTIMIZER_NEWTON:
			case OPTIMIZER_LBFGS:
			case OPTIMIZER_EXACT:
			case OPTIMIZER_NEWTON_CG:
				break; /* they have no updates */
		}
	}
}

double
schedule_rate(double initial, double factor, double step, double minimum,
			  uint64_t t)
{
	double rate = initial * pow(factor, floor((double) (t - 1) / step));

	return fmax(rate, fmin(minimum, initial));
}
