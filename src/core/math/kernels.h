/*
 * kernels.h
 *		The inner loops: dots, conversions, optimizer updates over columns.
 *
 * On x86-64 each is compiled for several instruction sets and chosen when the
 * module is loaded, so that a portable package is fast.  All give the same bits.
 */
#ifndef LINLEARN_CORE_MATH_KERNELS_H
#define LINLEARN_CORE_MATH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* sum_j x[j] * w[j] */
extern float kernel_dot_u8(const uint8_t *x, const float *w, size_t n);
extern double kernel_dot_f32(const float *x, const double *w, size_t n);
extern double kernel_dot_f64(const double *x, const double *w, size_t n);

/* out[j] = x[j] * scale[j] + shift[j] */
extern void kernel_normalize_u8(const uint8_t *x, const float *scale,
								const float *shift, float *out, size_t n);

/* out[j] = (x[j] - mean[j]) * scale[j], the difference in double */
extern void kernel_normalize_f32(const float *x, const double *mean,
								 const double *scale, float *out, size_t n);
extern void kernel_normalize_f64(const double *x, const double *mean,
								 const double *scale, float *out, size_t n);

/* y[i] += a * x[i] */
extern void kernel_axpy(float a, const float *x, float *y, size_t n);

/* y += share (x - y) */
extern void kernel_blend(float share, const float *x, float *y, size_t n);

/* x *= factor */
extern void kernel_scale(float factor, float *x, size_t n);

#endif
