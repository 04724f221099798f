/*
 * features.c
 *		Rows of features out of SQL values.
 */
#include "pg/values/features.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "core/rows/magnitude.h"
#include "lib/stringinfo.h"
#include "pg/values/numeric_double.h"
#include "pg/values/sparse.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* pgvector's value: a varlena of int16 dimension, int16 unused, float4s. */
typedef struct VectorValue
{
	int32 varlena_header;
	int16 dimension;
	int16 unused;
	float values[FLEXIBLE_ARRAY_MEMBER];
} VectorValue;

/* The same of half precision, as the bits of IEEE 754's binary16. */
typedef struct HalfVectorValue
{
	int32 varlena_header;
	int16 dimension;
	int16 unused;
	uint16 values[FLEXIBLE_ARRAY_MEMBER];
} HalfVectorValue;

/* pgvector's sparse value; its indexes count from 0 and ascend. */
typedef struct SparseVectorValue
{
	int32 varlena_header;
	int32 dimension;
	int32 count;
	int32 unused;
	int32 indexes[FLEXIBLE_ARRAY_MEMBER];
} SparseVectorValue;

/* Rows that a page is asked for by: as many as are not by those before them. */
#define FIRST_ROWS 3

/* Types that are known by name: ours, and pgvector's if it is there. */
static const struct
{
	const char *name;
	FeatureType kind;
	RowFormat format;
} named_types[] = {
	{"linlearn_sparse", FEATURES_SPARSE, ROWS_SPARSE},
	{"vector", FEATURES_VECTOR, ROWS_F32},
	{"halfvec", FEATURES_HALFVEC, ROWS_F32},
	{"sparsevec", FEATURES_SPARSEVEC, ROWS_SPARSE},
};

/*
 * Whether the reader's type is one of those; sets how it is read.  Only a base
 * type counts, which takes a superuser to make: the bytes of anyone's enum,
 * range or row type of the same name are something else.
 */
static bool
find_named_type(FeatureReader *reader, Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool found = false;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	for (size_t i = 0; i < lengthof(named_types) && !found; i++)
		if (form->typtype == TYPTYPE_BASE && form->typlen == -1 &&
			form->typelem == InvalidOid &&
			strcmp(NameStr(form->typname), named_types[i].name) == 0)
		{
			reader->kind = named_types[i].kind;
			reader->format = named_types[i].format;
			found = true;
		}
	ReleaseSysCache(tuple);
	return found;
}

/* What a type is read as: domains, also of an array's elements, as their base. */
static Oid
plain_type(Oid type)
{
	Oid base = getBaseType(type), element = get_element_type(base), array;

	if (!OidIsValid(element) || getBaseType(element) == element)
		return base;
	array = get_array_type(getBaseType(element));
	return OidIsValid(array) ? array : base;
}

bool
feature_reader_find(FeatureReader *reader, Oid type, MemoryContext context)
{
	static const struct
	{
		Oid type;
		FeatureType kind;
		RowFormat format;
	} types[] = {
		{BYTEAOID, FEATURES_BYTEA, ROWS_U8},
		{FLOAT4ARRAYOID, FEATURES_FLOAT4, ROWS_F32},
		{FLOAT8ARRAYOID, FEATURES_FLOAT8, ROWS_F64},
		{INT2ARRAYOID, FEATURES_INT2, ROWS_F32},
		{INT4ARRAYOID, FEATURES_INT4, ROWS_F64},
		{INT8ARRAYOID, FEATURES_INT8, ROWS_F64},
		{NUMERICARRAYOID, FEATURES_NUMERIC, ROWS_F64},
		{BOOLARRAYOID, FEATURES_BOOL, ROWS_F32},
	};

	memset(reader, 0, sizeof(*reader));
	reader->type = type;
	reader->context = context;
	if (OidIsValid(type))
		type = plain_type(type);
	for (size_t i = 0; i < lengthof(types); i++)
		if (types[i].type == type)
		{
			reader->kind = types[i].kind;
			reader->format = types[i].format;
			return true;
		}
	return OidIsValid(type) && find_named_type(reader, type);
}

void
feature_reader_init(FeatureReader *reader, Oid type, MemoryContext context)
{
	if (feature_reader_find(reader, type, context))
		return;
	if (OidIsValid(type))
		type = getBaseType(type);
	if (OidIsValid(type) && type_is_rowtype(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a row of a table, of type %s, cannot be used here",
						format_type_be(type)),
				 errdetail("Only trainings and predictions take rows by the "
						   "names of their columns."),
				 errhint("Give an array of its numbers.")));
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("type %s cannot be used as features",
					OidIsValid(type) ? format_type_be(type) : "unknown"),
			 errhint("Use real[], double precision[], smallint[], integer[], "
					 "bigint[], numeric[], boolean[], bytea (one byte a "
					 "feature), linlearn_sparse, vector, halfvec or "
					 "sparsevec. A training takes columns of any type as a "
					 "table's own row: linlearn_train(t, t.label) FROM "
					 "my_table AS t, where t must not be the name of a column "
					 "as well.")));
}

/* Makes room for converted elements. */
static void *
reserve(FeatureReader *reader, uint32 elements)
{
	if (reader->capacity < elements)
	{
		if (reader->buffer != NULL)
			pfree(reader->buffer);
		reader->buffer = MemoryContextAllocHuge(
			reader->context, (Size) elements * sizeof(double));
		reader->capacity = elements;
	}
	return reader->buffer;
}

/*
 * The first element of a dense view that is not finite, from 1; 0 when all are.
 * Notes how large they are.
 */
static uint32
find_not_finite(RowFormat format, RowView *view, uint32 n)
{
	view->largest = 0.0;
	view->largest = row_magnitude(format, view, n);
	if (isfinite(view->largest))
		return 0;
	for (uint32 i = 0; i < n; i++)
		if (!isfinite(format == ROWS_F32 ? ((const float *) view->dense)[i]
										 : ((const double *) view->dense)[i]))
			return i + 1;
	return 0;
}

/* Reads numeric[] element by element. */
static FeatureProblem
read_numeric(FeatureReader *reader, ArrayType *array, uint32 n, RowView *view,
			 uint32 *position)
{
	double *out = reserve(reader, n);
	Datum *elements;
	int count;

	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &elements,
					  NULL, &count);
	for (int i = 0; i < count; i++)
		out[i] = numeric_double(elements[i]);
	view->dense = out;
	*position = find_not_finite(ROWS_F64, view, n);
	return *position > 0 ? FEATURES_NOT_FINITE : FEATURES_FINE;
}

/* Reads the elements of an array without NULLs. */
static FeatureProblem
read_elements(FeatureReader *reader, ArrayType *array, uint32 n, RowView *view,
			  uint32 *position)
{
	const void *data = ARR_DATA_PTR(array);

	*position = 0;
	view->dense = data;
	switch (reader->kind)
	{
		case FEATURES_FLOAT4:
			*position = find_not_finite(ROWS_F32, view, n);
			break;
		case FEATURES_FLOAT8:
			*position = find_not_finite(ROWS_F64, view, n);
			break;
		case FEATURES_BOOL:
		{
			float *out = reserve(reader, n);

			for (uint32 i = 0; i < n; i++)
				out[i] = ((const bool *) data)[i] ? 1.0f : 0.0f;
			view->dense = out;
			break;
		}
		case FEATURES_INT2:
		{
			float *out = reserve(reader, n);

			for (uint32 i = 0; i < n; i++)
				out[i] = ((const int16 *) data)[i];
			view->dense = out;
			break;
		}
		case FEATURES_INT4:
		{
			double *out = reserve(reader, n);

			for (uint32 i = 0; i < n; i++)
				out[i] = ((const int32 *) data)[i];
			view->dense = out;
			break;
		}
		case FEATURES_INT8:
		{
			double *out = reserve(reader, n);

			for (uint32 i = 0; i < n; i++)
				out[i] = (double) ((const int64 *) data)[i];
			view->dense = out;
			break;
		}
		default:
			return read_numeric(reader, array, n, view, position);
	}
	return *position > 0 ? FEATURES_NOT_FINITE : FEATURES_FINE;
}

/* The first NULL element of an array, from 1. */
static uint32
find_null(ArrayType *array, uint32 n)
{
	const bits8 *bitmap = ARR_NULLBITMAP(array);

	for (uint32 i = 0; bitmap != NULL && i < n; i++)
		if (!(bitmap[i / 8] & (1 << (i % 8))))
			return i + 1;
	return 0;
}

/* The float of binary16's bits: every one of them is a float. */
static inline float
half_to_float(uint16 half)
{
	int exponent = (half >> 10) & 0x1f;
	int fraction = half & 0x3ff;
	float value;

	if (exponent == 0x1f)
		value = fraction == 0 ? INFINITY : NAN;
	else if (exponent == 0)
		value = ldexpf((float) fraction, -24);
	else
		value = ldexpf((float) (fraction | 0x400), exponent - 25);
	return half & 0x8000 ? -value : value;
}

/* Reads pgvector's dense values. */
static FeatureProblem
read_vector(FeatureReader *reader, const struct varlena *plain, RowView *view,
			uint32 *dimension, uint32 *position)
{
	const VectorValue *vector = (const VectorValue *) plain;
	const float *values = vector->values;

	*dimension = vector->dimension;
	if (reader->kind == FEATURES_HALFVEC)
	{
		const uint16 *halves = ((const HalfVectorValue *) plain)->values;
		float *out = reserve(reader, *dimension);

		for (uint32 i = 0; i < *dimension; i++)
			out[i] = half_to_float(halves[i]);
		values = out;
	}
	view->dense = values;
	*position = find_not_finite(ROWS_F32, view, *dimension);
	return *position > 0 ? FEATURES_NOT_FINITE : FEATURES_FINE;
}

/* Reads pgvector's and our own composite values. */
static FeatureProblem
read_value(FeatureReader *reader, Datum value, RowView *view,
		   uint32 *dimension, uint32 *position)
{
	struct varlena *plain = PG_DETOAST_DATUM(value);

	if (reader->kind == FEATURES_VECTOR || reader->kind == FEATURES_HALFVEC)
		return read_vector(reader, plain, view, dimension, position);
	if (reader->kind == FEATURES_SPARSE)
	{
		SparseValue *sparse = (SparseValue *) plain;

		view->index = sparse->keys;
		view->value = SPARSE_VALUES(sparse);
		view->count = sparse->count;
		*dimension = sparse->width;
	}
	else
	{
		const SparseVectorValue *sparse = (const SparseVectorValue *) plain;

		view->index = (const uint32_t *) sparse->indexes;
		view->value = (const float *) (sparse->indexes + sparse->count);
		view->count = sparse->count;
		*dimension = sparse->dimension;
	}
	return FEATURES_FINE;
}

/*
 * Asks for so many bytes.  GCC drops calls of a function that does nothing else,
 * hence always_inline.
 */
static pg_attribute_always_inline void
prefetch_bytes(const char *start, Size size)
{
	const Size line = 64;

	for (Size at = 0; at < size; at += line)
		__builtin_prefetch(start + at);
}

/*
 * Asks for the header and the first rows of the page that a scan comes to next.
 * Pages that were filled one after the other mostly lie so in memory, too; the
 * first row ends where its page does, or soon before.
 */
static pg_attribute_always_inline void
prefetch_page(const char *value, Size size)
{
	const Size header = 256, rows = Min(FIRST_ROWS * (size + 64), 4096);

	prefetch_bytes(value + size, header);
	prefetch_bytes(value + size + BLCKSZ - rows, rows);
}

/*
 * Asks for a row that a scan comes to soon: a page is filled from its end, so that
 * the next rows lie before this one.  Processors do not find them themselves.
 */
static inline void
prefetch_next(FeatureReader *reader, const char *value, Size size)
{
	const Size header = 64, ahead = 384, most = 4096;
	uintptr_t at = (uintptr_t) value, last = reader->last;

	reader->last = at;
	if (last - at >= BLCKSZ)
	{
		uintptr_t step = at - reader->first;

		reader->first = at;
		if (step - BLCKSZ + BLCKSZ / 4 < BLCKSZ / 2)
			prefetch_page(value, size);
	}
	size = Min(size + header, most);
	prefetch_bytes(value - ahead - size, size);
}

/*
 * The value of an array: as it lies in its row or, where that has a short header,
 * moved to where its elements are aligned.
 */
static inline ArrayType *
plain_array(FeatureReader *reader, struct varlena *value)
{
	if (VARATT_IS_4B_U(value))
		return (ArrayType *) value;
	if (VARATT_IS_1B(value) && !VARATT_IS_1B_E(value))
	{
		Size size = VARSIZE_1B(value) - VARHDRSZ_SHORT;

		SET_VARSIZE(reader->moved.bytes, VARHDRSZ + size);
		memcpy(reader->moved.bytes + VARHDRSZ, VARDATA_1B(value), size);
		return (ArrayType *) reader->moved.bytes;
	}
	return (ArrayType *) pg_detoast_datum(value);
}

FeatureProblem
feature_reader_read(FeatureReader *reader, Datum value, RowView *view,
					uint32 *dimension, uint32 *position)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(value);
	ArrayType *array;

	prefetch_next(reader, (const char *) given, VARSIZE_ANY(given));
	memset(view, 0, sizeof(*view));
	*position = 0;
	if (reader->kind == FEATURES_BYTEA)
	{
		given = pg_detoast_datum_packed(given);
		view->dense = VARDATA_ANY(given);
		*dimension = VARSIZE_ANY_EXHDR(given);
		return *dimension == 0 ? FEATURES_EMPTY : FEATURES_FINE;
	}
	if (reader->kind >= FEATURES_VECTOR)
		return read_value(reader, value, view, dimension, position);
	array = plain_array(reader, given);
	*dimension = ARR_NDIM(array) == 1
					 ? (uint32) ARR_DIMS(array)[0]
					 : ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	if (*dimension == 0)
		return FEATURES_EMPTY;
	if (ARR_NDIM(array) != 1)
		return FEATURES_DIMENSIONS;
	*position = find_null(array, *dimension);
	if (*position > 0)
		return FEATURES_NULL_ELEMENT;
	return read_elements(reader, array, *dimension, view, position);
}

void
report_feature_problem(FeatureProblem problem, uint32 position, uint64 row,
					   const char *hint)
{
	int code = ERRCODE_INVALID_PARAMETER_VALUE;
	StringInfoData what;

	initStringInfo(&what);
	switch (problem)
	{
		case FEATURES_EMPTY:
			appendStringInfoString(&what, "features are empty");
			break;
		case FEATURES_DIMENSIONS:
			code = ERRCODE_ARRAY_SUBSCRIPT_ERROR;
			appendStringInfoString(&what,
								   "features must be a one-dimensional array");
			break;
		case FEATURES_NULL_ELEMENT:
			code = ERRCODE_NULL_VALUE_NOT_ALLOWED;
			appendStringInfo(&what, "feature %u is NULL", position);
			break;
		default:
			appendStringInfo(&what, "feature %u is NaN or infinite", position);
			break;
	}
	if (row > 0)
		appendStringInfo(&what, " in row " UINT64_FORMAT, row);
	ereport(ERROR, (errcode(code), errmsg("%s", what.data),
					hint != NULL ? errhint("%s", hint) : 0));
	pg_unreachable();
}
