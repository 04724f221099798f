/*
 * fold_vectors.c
 *		What conjugate gradients do to vectors of columns.
 */
#include "core/solve/fold_vectors.h"

#include "core/base/dispatch.h"
#include "core/solve/fold_matrix.h"

/* Calls a loop with the stride that compilers know, if it is that. */
#define WITH_STRIDE(loop, stride, ...)                                        \
	if ((stride) == FOLD_LANES)                                               \
		loop(__VA_ARGS__, FOLD_LANES);                                        \
	else if ((stride) == FOLD_FEW_LANES)                                      \
		loop(__VA_ARGS__, FOLD_FEW_LANES);                                    \
	else if ((stride) == 1)                                                   \
		loop(__VA_ARGS__, 1);                                                 \
	else                                                                      \
		loop(__VA_ARGS__, stride)

KERNEL_INLINE void
begin(const FoldVectors *v, size_t columns, float wd, double *restrict sums,
	  size_t stride)
{
	const float *restrict x = v->x, *restrict gradient = v->gradient;
	const float *restrict diagonal = v->diagonal;
	float *restrict step = v->step, *restrict residual = v->residual;
	float *restrict scale = v->scale, *restrict direction = v->direction;

	for (size_t j = 0; j < columns * stride; j += stride)
		for (size_t l = 0; l < stride; l++)
		{
			float h = diagonal[j + l] + wd;
			float r = -(gradient[j + l] + wd * x[j + l]);
			float m = h > 0.0f ? 1.0f / h : 0.0f; /* where nothing pulls */

			step[j + l] = 0.0f;
			scale[j + l] = m;
			residual[j + l] = r;
			direction[j + l] = r * m;
			sums[l] += (double) r * (r * m);
		}
}

UNFUSED_CLONES void
fold_vectors_begin(const FoldVectors *v, size_t columns, float wd,
				   double *sums)
{
	WITH_STRIDE(begin, v->stride, v, columns, wd, sums);
}

KERNEL_INLINE void
product(const FoldVectors *v, size_t columns, float wd, double *restrict sums,
		size_t stride)
{
	const float *restrict direction = v->direction;
	float *restrict out = v->product;

	for (size_t j = 0; j < columns * stride; j += stride)
		for (size_t l = 0; l < stride; l++)
		{
			float d = direction[j + l], p = out[j + l] + wd * d;

			out[j + l] = p;
			sums[l] += (double) p * d;
		}
}

UNFUSED_CLONES void
fold_vectors_product(const FoldVectors *v, size_t columns, float wd,
					 double *sums)
{
	WITH_STRIDE(product, v->stride, v, columns, wd, sums);
}

KERNEL_INLINE void
advance(const FoldVectors *v, size_t columns, const float *restrict alpha,
		double *restrict sums, size_t stride)
{
	const float *restrict direction = v->direction;
	const float *restrict moved = v->product, *restrict scale = v->scale;
	float *restrict step = v->step, *restrict residual = v->residual;

	for (size_t j = 0; j < columns * stride; j += stride)
		for (size_t l = 0; l < stride; l++)
		{
			float r = residual[j + l] - alpha[l] * moved[j + l];

			step[j + l] += alpha[l] * direction[j + l];
			residual[j + l] = r;
			sums[l] += (double) r * (r * scale[j + l]);
		}
}

UNFUSED_CLONES void
fold_vectors_advance(const FoldVectors *v, size_t columns, const float *alpha,
					 double *sums)
{
	WITH_STRIDE(advance, v->stride, v, columns, alpha, sums);
}

KERNEL_INLINE void
turn(const FoldVectors *v, size_t columns, const float *restrict beta,
	 size_t stride)
{
	const float *restrict residual = v->residual, *restrict scale = v->scale;
	float *restrict direction = v->direction;

	for (size_t j = 0; j < columns * stride; j += stride)
		for (size_t l = 0; l < stride; l++)
			direction[j + l] =
				scale[j + l] * residual[j + l] + beta[l] * direction[j + l];
}

UNFUSED_CLONES void
fold_vectors_turn(const FoldVectors *v, size_t columns, const float *beta)
{
	WITH_STRIDE(turn, v->stride, v, columns, beta);
}

void
fold_vectors_centre(const FoldVectors *v, size_t columns, size_t folds,
					size_t outputs)
{
	for (size_t j = 0; j < columns * v->stride; j += v->stride)
		for (size_t k = 0; k < folds; k++)
		{
			float *direction = v->direction + j + k * outputs, sum = 0.0f;

			for (size_t o = 0; o < outputs; o++)
				sum += direction[o];
			for (size_t o = 0; o < outputs; o++)
				direction[o] -= sum / (float) outputs;
		}
}

KERNEL_INLINE void
penalty(const FoldVectors *v, size_t columns, float wd, double *restrict sums,
		size_t stride)
{
	const float *restrict x = v->x, *restrict step = v->step;

	for (size_t j = 0; j < columns * stride; j += stride)
		for (size_t l = 0; l < stride; l++)
		{
			double a = x[j + l], b = step[j + l];

			sums[l] += 0.5 * wd * a * a;
			sums[stride + l] += wd * a * b;
			sums[2 * stride + l] += 0.5 * wd * b * b;
		}
}

UNFUSED_CLONES void
fold_vectors_penalty(const FoldVectors *v, size_t columns, float wd,
					 double *sums)
{
	WITH_STRIDE(penalty, v->stride, v, columns, wd, sums);
}

KERNEL_INLINE void
move(const FoldVectors *v, size_t columns, const float *restrict part,
	 size_t stride)
{
	const float *restrict step = v->step;
	float *restrict x = v->x;

	for (size_t j = 0; j < columns * stride; j += stride)
		for (size_t l = 0; l < stride; l++)
			x[j + l] += part[l] * step[j + l];
}

UNFUSED_CLONES void
fold_vectors_move(const FoldVectors *v, size_t columns, const float *part)
{
	WITH_STRIDE(move, v->stride, v, columns, part);
}
