/*
 * sparse_compare.c
 *		Order, equality and hashes of linlearn_sparse.
 *
 * A row has one form: keys ascend, each once, zeros (negative ones too) are
 * not kept, and no value is NaN.  So equal rows are equal bytes, and the order
 * is that of the dense rows as arrays.
 */
#include "pg/values/sparse.h"

#include "access/detoast.h"
#include "common/hashfn.h"

/* What is compared and hashed: all behind the varlena's header. */
#define SPARSE_BODY(sparse) ((unsigned char *) &(sparse)->width)
#define SPARSE_BODY_SIZE(sparse) ((int) (VARSIZE(sparse) - VARHDRSZ))

/* Compare two rows at the first key where one has another value. */
static int
compare_sparse(const SparseValue *a, const SparseValue *b)
{
	const float *a_values = SPARSE_VALUES(a);
	const float *b_values = SPARSE_VALUES(b);
	uint32 width = Min(a->width, b->width);
	uint32 i = 0;
	uint32 j = 0;

	for (;;)
	{
		uint32 a_key = i < a->count ? a->keys[i] : width;
		uint32 b_key = j < b->count ? b->keys[j] : width;
		uint32 key = Min(a_key, b_key);
		float a_value = a_key == key ? a_values[i++] : 0.0f;
		float b_value = b_key == key ? b_values[j++] : 0.0f;

		if (key >= width)
			break;
		if (a_value != b_value)
			return a_value < b_value ? -1 : 1;
	}
	return (a->width > b->width) - (a->width < b->width);
}

/* Compare two arguments, and give back what was unpacked for it. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	SparseValue *a = PG_GETARG_SPARSE(0);
	SparseValue *b = PG_GETARG_SPARSE(1);
	int order = compare_sparse(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

/* Whether two arguments are equal; sizes are compared without unpacking. */
static bool
arguments_equal(FunctionCallInfo fcinfo)
{
	SparseValue *a;
	SparseValue *b;
	bool equal;

	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) !=
		toast_raw_datum_size(PG_GETARG_DATUM(1)))
		return false;
	a = PG_GETARG_SPARSE(0);
	b = PG_GETARG_SPARSE(1);
	equal = memcmp(SPARSE_BODY(a), SPARSE_BODY(b), SPARSE_BODY_SIZE(a)) == 0;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return equal;
}

PG_FUNCTION_INFO_V1(linlearn_sparse_eq);
Datum
linlearn_sparse_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(arguments_equal(fcinfo));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_ne);
Datum
linlearn_sparse_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!arguments_equal(fcinfo));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_lt);
Datum
linlearn_sparse_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(linlearn_sparse_le);
Datum
linlearn_sparse_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(linlearn_sparse_gt);
Datum
linlearn_sparse_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(linlearn_sparse_ge);
Datum
linlearn_sparse_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

PG_FUNCTION_INFO_V1(linlearn_sparse_cmp);
Datum
linlearn_sparse_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_hash);
Datum
linlearn_sparse_hash(PG_FUNCTION_ARGS)
{
	SparseValue *sparse = PG_GETARG_SPARSE(0);
	Datum hash = hash_any(SPARSE_BODY(sparse), SPARSE_BODY_SIZE(sparse));

	PG_FREE_IF_COPY(sparse, 0);
	return hash;
}

PG_FUNCTION_INFO_V1(linlearn_sparse_hash_extended);
Datum
linlearn_sparse_hash_extended(PG_FUNCTION_ARGS)
{
	SparseValue *sparse = PG_GETARG_SPARSE(0);
	Datum hash = hash_any_extended(
		SPARSE_BODY(sparse), SPARSE_BODY_SIZE(sparse), PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(sparse, 0);
	return hash;
}
