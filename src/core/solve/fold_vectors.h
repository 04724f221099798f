/*
 * fold_vectors.h
 *		What conjugate gradients do to vectors of columns, a lane for each output of
 *		each fold (fold_matrix.h).
 *
 * Each goes over so many columns from the pointers on, and adds to sums[stride] in
 * double; the same bits on every processor.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_VECTORS_H
#define LINLEARN_CORE_SOLVE_FOLD_VECTORS_H

#include <stddef.h>

/* The vectors of a step, and what wd adds to their gradients. */
typedef struct FoldVectors
{
	size_t stride;
	float *x;
	float *step; /* from x */
	float *residual;
	float *direction;
	float *product;	 /* of the matrix with direction */
	float *gradient; /* of the loss alone, at x */
	float *diagonal; /* of its matrix */
	float *scale;	 /* inverse of the diagonal with wd */
} FoldVectors;

/* The same, from a column on. */
static inline FoldVectors
fold_vectors_at(const FoldVectors *v, size_t column)
{
	size_t at = column * v->stride;

	return (FoldVectors){v->stride,		   v->x + at,		  v->step + at,
						 v->residual + at, v->direction + at, v->product + at,
						 v->gradient + at, v->diagonal + at,  v->scale + at};
}

/* Begins at no step: scale, residual, direction; sums += residual direction. */
extern void fold_vectors_begin(const FoldVectors *v, size_t columns, float wd,
							   double *sums);

/* product += wd direction; sums += product direction. */
extern void fold_vectors_product(const FoldVectors *v, size_t columns,
								 float wd, double *sums);

/*
 * step += alpha direction, residual -= alpha product; sums += residual scale
 * residual.
 */
extern void fold_vectors_advance(const FoldVectors *v, size_t columns,
								 const float *alpha, double *sums);

/* direction = scale residual + beta direction */
extern void fold_vectors_turn(const FoldVectors *v, size_t columns,
							  const float *beta);

/* Takes from the direction of a fold's outputs their mean. */
extern void fold_vectors_centre(const FoldVectors *v, size_t columns,
								size_t folds, size_t outputs);

/* sums[0..2][stride] += wd x x / 2, wd x step, wd step step / 2 */
extern void fold_vectors_penalty(const FoldVectors *v, size_t columns,
								 float wd, double *sums);

/* x += part step */
extern void fold_vectors_move(const FoldVectors *v, size_t columns,
							  const float *part);

#endif
