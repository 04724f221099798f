/*
 * kernels.c
 *		The inner loops.
 *
 * Dots keep 16 running sums, as the widest registers hold them, so that every
 * instruction set adds in the same order.  Nothing is fused here, so that each
 * also rounds alike: predictions are the same to the bit on every machine.
 */
#include "core/math/kernels.h"

#include "core/base/dispatch.h"

#define LANES 16

KERNEL_CLONES
float
kernel_dot_u8(const uint8_t *x, const float *w, size_t n)
{
	float sums[2 * LANES] = {0};
	size_t j = 0;

	for (; j + 2 * LANES <= n; j += 2 * LANES)
		for (int lane = 0; lane < 2 * LANES; lane++)
			sums[lane] += (float) x[j + lane] * w[j + lane];
	for (int lane = 0; j < n; j++, lane++)
		sums[lane] += (float) x[j] * w[j];
	for (int width = LANES; width > 0; width /= 2)
		for (int lane = 0; lane < width; lane++)
			sums[lane] += sums[lane + width];
	return sums[0];
}

KERNEL_CLONES
double
kernel_dot_f32(const float *x, const double *w, size_t n)
{
	double sums[LANES] = {0};
	size_t j = 0;

	for (; j + LANES <= n; j += LANES)
		for (int lane = 0; lane < LANES; lane++)
			sums[lane] += (double) x[j + lane] * w[j + lane];
	for (int lane = 0; j < n; j++, lane++)
		sums[lane] += (double) x[j] * w[j];
	for (int width = LANES / 2; width > 0; width /= 2)
		for (int lane = 0; lane < width; lane++)
			sums[lane] += sums[lane + width];
	return sums[0];
}

KERNEL_CLONES
double
kernel_dot_f64(const double *x, const double *w, size_t n)
{
	double sums[LANES] = {0};
	size_t j = 0;

	for (; j + LANES <= n; j += LANES)
		for (int lane = 0; lane < LANES; lane++)
			sums[lane] += x[j + lane] * w[j + lane];
	for (int lane = 0; j < n; j++, lane++)
		sums[lane] += x[j] * w[j];
	for (int width = LANES / 2; width > 0; width /= 2)
		for (int lane = 0; lane < width; lane++)
			sums[lane] += sums[lane + width];
	return sums[0];
}

KERNEL_CLONES
void
kernel_normalize_u8(const uint8_t *x, const float *scale, const float *shift,
					float *out, size_t n)
{
	for (size_t j = 0; j < n; j++)
		out[j] = (float) x[j] * scale[j] + shift[j];
}

KERNEL_CLONES
void
kernel_normalize_f32(const float *x, const double *mean, const double *scale,
					 float *out, size_t n)
{
	for (size_t j = 0; j < n; j++)
		out[j] = (float) (((double) x[j] - mean[j]) * scale[j]);
}

KERNEL_CLONES
void
kernel_normalize_f64(const double *x, const double *mean, const double *scale,
					 float *out, size_t n)
{
	for (size_t j = 0; j < n; j++)
		out[j] = (float) ((x[j] - mean[j]) * scale[j]);
}

KERNEL_CLONES
void
kernel_axpy(float a, const float *x, float *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

/* Unfused: the average is one number on every machine. */
UNFUSED_CLONES
void
kernel_blend(float share, const float *restrict x, float *restrict y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += share * (x[i] - y[i]);
}

UNFUSED_CLONES
void
kernel_scale(float factor, float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= factor;
}
