/*
 * shard_product.h
 *		Products of residuals with rows' features, both whole numbers: exact, so
 *		that it is no matter in which order they are summed.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_PRODUCT_H
#define LINLEARN_CORE_SHARDS_SHARD_PRODUCT_H

#include <stdbool.h>

#include "core/math/blas.h"

/* Rows that are best multiplied at once, with so many columns of residuals. */
extern size_t shard_product_rows(size_t columns, size_t n);

/* Bytes, or else int32_t, as doubles. */
extern void shard_product_widen(bool bytes, const void *features, size_t n,
								double *to);

/* Features times a factor, rounded. */
extern void shard_product_scale(const double *features, double factor,
								size_t n, double *to);

/* Adds residuals[rows][columns]^T x[rows][n] to product[columns][n]. */
extern void shard_product_add(const Blas *blas, size_t rows, size_t columns,
							  size_t n, const double *residuals,
							  const double *x, double *product);

#endif
