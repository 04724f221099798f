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

/* Four of a dot's running sums, and as many doubles or floats anywhere. */
typedef double Quad __attribute__((vector_size(4 * sizeof(double))));
typedef double LooseQuad
	__attribute__((vector_size(4 * sizeof(double)), aligned(8), may_alias));
typedef float LooseFloats
	__attribute__((vector_size(4 * sizeof(float)), aligned(4), may_alias));

/* Products of the first elements of two arrays, fewer than four of them. */
#define FEW_PRODUCTS(x, w, few)                                               \
	((few) == 0	  ? (Quad){0}                                                 \
	 : (few) == 1 ? (Quad){(x)[0] * (w)[0]}                                   \
	 : (few) == 2                                                             \
		 ? (Quad){(x)[0] * (w)[0], (x)[1] * (w)[1]}                           \
		 : (Quad){(x)[0] * (w)[0], (x)[1] * (w)[1], (x)[2] * (w)[2]})

/* Adds the next four products of n, or as many as there are. */
#define ADD_PRODUCTS(sum, x, w, n, FOUR)                                      \
	do                                                                        \
	{                                                                         \
		if (n >= 4)                                                           \
		{                                                                     \
			sum += FOUR(x) * FOUR_DOUBLES(w);                                 \
			n -= 4, x += 4, w += 4;                                           \
		}                                                                     \
		else if (n > 0)                                                       \
		{                                                                     \
			sum += FEW_PRODUCTS(x, w, n);                                     \
			n = 0;                                                            \
		}                                                                     \
	} while (0)

/*
 * The sums stay in registers: an array of them goes through memory, which takes
 * longer than a short row's products.  A sum is never -0, so that the zeros that
 * fill the last vector change nothing.
 */
#define DOT(x, w, n, FOUR)                                                    \
	do                                                                        \
	{                                                                         \
		Quad a = {0}, b = {0}, c = {0}, d = {0};                              \
                                                                              \
		for (; n >= LANES; n -= LANES, x += LANES, w += LANES)                \
		{                                                                     \
			a += FOUR(x) * FOUR_DOUBLES(w);                                   \
			b += FOUR(x + 4) * FOUR_DOUBLES(w + 4);                           \
			c += FOUR(x + 8) * FOUR_DOUBLES(w + 8);                           \
			d += FOUR(x + 12) * FOUR_DOUBLES(w + 12);                         \
		}                                                                     \
		ADD_PRODUCTS(a, x, w, n, FOUR);                                       \
		ADD_PRODUCTS(b, x, w, n, FOUR);                                       \
		ADD_PRODUCTS(c, x, w, n, FOUR);                                       \
		ADD_PRODUCTS(d, x, w, n, FOUR);                                       \
		a = (a + c) + (b + d);                                                \
		return (a[0] + a[2]) + (a[1] + a[3]);                                 \
	} while (0)

#define FOUR_DOUBLES(x) (*(const LooseQuad *) (x))
#define FOUR_FLOATS(x)                                                        \
	__builtin_convertvector(*(const LooseFloats *) (x), Quad)

KERNEL_CLONES
double
kernel_dot_f32(const float *x, const double *w, size_t n)
{
	DOT(x, w, n, FOUR_FLOATS);
}

KERNEL_CLONES
double
kernel_dot_f64(const double *x, const double *w, size_t n)
{
	DOT(x, w, n, FOUR_DOUBLES);
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
