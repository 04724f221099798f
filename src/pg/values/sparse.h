/*
 * sparse.h
 *		The SQL type linlearn_sparse: a wide row of which most values are zero.
 *
 * Text: {key:value,...}/width, keys from 0, ascending, each once; zeros are
 * not kept.
 */
#ifndef LINLEARN_PG_VALUES_SPARSE_H
#define LINLEARN_PG_VALUES_SPARSE_H

#include "pg/base/version.h"

/* A varlena; the keys are followed by as many float values. */
typedef struct SparseValue
{
	int32 varlena_header;
	uint32 width;
	uint32 count;
	uint32 keys[FLEXIBLE_ARRAY_MEMBER];
} SparseValue;

/* Widest row: what feature_dim may be. */
#define SPARSE_MAX_WIDTH 16777216

#define SPARSE_SIZE(count) (offsetof(SparseValue, keys) + (Size) (count) *8)
#define SPARSE_VALUES(sparse) ((float *) ((sparse)->keys + (sparse)->count))

/* One entry while a value is put together. */
typedef struct SparseEntry
{
	uint32 key;
	float value;
} SparseEntry;

/*
 * Makes a value of entries in ascending order; zeros are dropped.  Keys out of
 * order or range, values that are not finite and a width out of range are
 * errors.
 */
extern SparseValue *sparse_build(const SparseEntry *entries, uint32 count,
								 int64 width);

/* A row as {key:value,...}/width, with keys counted from first. */
extern char *sparse_text(const SparseValue *sparse, uint32 first);

#define DatumGetSparse(x) ((SparseValue *) PG_DETOAST_DATUM(x))
#define PG_GETARG_SPARSE(n) DatumGetSparse(PG_GETARG_DATUM(n))

#endif
