/*
 * sparse.c
 *		The SQL type linlearn_sparse.
 */
#include "pg/values/sparse.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "formats/decimal.h"

/* Make room for a value of so many entries. */
static SparseValue *
make_sparse(uint32 width, uint32 count)
{
	SparseValue *sparse = palloc(SPARSE_SIZE(count));

	SET_VARSIZE(sparse, SPARSE_SIZE(count));
	sparse->width = width;
	sparse->count = count;
	return sparse;
}

/* Check a width. */
static void
check_width(int64 width)
{
	if (width < 1 || width > SPARSE_MAX_WIDTH)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("width " INT64_FORMAT " of a linlearn_sparse is out of "
					"range",
					width),
			 errdetail("A width is between 1 and %d.", SPARSE_MAX_WIDTH)));
}

/* Check one entry against the width and the key before it. */
static void
check_entry(int64 key, float value, int64 previous, int64 width)
{
	if (key < 0 || key >= width)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("key " INT64_FORMAT " of a linlearn_sparse is out of "
					"range",
					key),
			 errdetail("Keys count from 0 to " INT64_FORMAT ".", width - 1)));
	if (key == previous)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("key " INT64_FORMAT
							   " of a linlearn_sparse occurs twice",
							   key)));
	if (key < previous)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("keys of a linlearn_sparse must ascend"),
						errdetail("Key " INT64_FORMAT
								  " follows key " INT64_FORMAT ".",
								  key, previous)));
	if (!isfinite(value))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("value of key " INT64_FORMAT " is NaN or infinite", key)));
}

/* Refuse an integer that is none of type real; its digits are all there. */
static void
check_digits(const char *begin, const char *end)
{
	if (decimal_is_cut(begin, end, FLOAT_BITS))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("integer %.*s has no exact value of type real",
						(int) Min(end - begin, 64), begin),
				 errhint("linlearn_sparse holds real: write the number with "
						 "a decimal point to round it.")));
}

SparseValue *
sparse_build(const SparseEntry *entries, uint32 count, int64 width)
{
	SparseValue *sparse;
	int64 previous = -1;
	uint32 kept = 0;

	check_width(width);
	for (uint32 i = 0; i < count; i++)
	{
		check_entry(entries[i].key, entries[i].value, previous, width);
		previous = entries[i].key;
	}

	for (uint32 i = 0; i < count; i++)
		kept += entries[i].value != 0;
	sparse = make_sparse(width, kept);
	kept = 0;
	for (uint32 i = 0; i < count; i++)
		if (entries[i].value != 0)
		{
			sparse->keys[kept] = entries[i].key;
			SPARSE_VALUES(sparse)[kept++] = entries[i].value;
		}
	return sparse;
}

/* ---- Text ---- */

static void
syntax_error(const char *text)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
		 errmsg("invalid input syntax for type linlearn_sparse: \"%s\"", text),
		 errhint("Write {key:value,...}/width with keys from 0, as in "
				 "{0:1.5,7:-2}/10.")));
}

/* Pass over one character, and blanks around it. */
static char *
expect(char *cursor, char wanted, const char *text)
{
	while (*cursor == ' ')
		cursor++;
	if (*cursor != wanted)
		syntax_error(text);
	cursor++;
	while (*cursor == ' ')
		cursor++;
	return cursor;
}

/* Read a whole number. */
static char *
read_integer(char *cursor, int64 *value, const char *text)
{
	char *end;

	errno = 0;
	*value = strtoll(cursor, &end, 10);
	if (end == cursor || errno != 0)
		syntax_error(text);
	return end;
}

PG_FUNCTION_INFO_V1(linlearn_sparse_in);
Datum
linlearn_sparse_in(PG_FUNCTION_ARGS)
{
	char *text = PG_GETARG_CSTRING(0);
	char *cursor = expect(text, '{', text);
	Size room = strlen(text) / 3 + 1;
	SparseEntry *entries =
		palloc_extended(room * sizeof(SparseEntry), MCXT_ALLOC_HUGE);
	uint32 count = 0;
	int64 key, width, previous = -1;

	while (*cursor != '}')
	{
		char *end;

		if (count > 0)
			cursor = expect(cursor, ',', text);
		cursor = read_integer(cursor, &key, text);
		cursor = expect(cursor, ':', text);
		errno = 0;
		entries[count].value = strtof(cursor, &end);
		if (end == cursor)
			syntax_error(text);
		check_digits(cursor, end);
		check_entry(key, entries[count].value, previous, SPARSE_MAX_WIDTH);
		entries[count++].key = (uint32) key;
		previous = key;
		cursor = end;
		while (*cursor == ' ')
			cursor++;
	}
	cursor = expect(cursor + 1, '/', text);
	cursor = read_integer(cursor, &width, text);
	while (*cursor == ' ')
		cursor++;
	if (*cursor != '\0')
		syntax_error(text);
	PG_RETURN_POINTER(sparse_build(entries, count, width));
}

char *
sparse_text(const SparseValue *sparse, uint32 first)
{
	char number[FLOAT_SHORTEST_DECIMAL_LEN];
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (uint32 i = 0; i < sparse->count; i++)
	{
		float_to_shortest_decimal_buf(SPARSE_VALUES(sparse)[i], number);
		appendStringInfo(&out, "%s%u:%s", i > 0 ? "," : "",
						 sparse->keys[i] + first, number);
	}
	appendStringInfo(&out, "}/%u", sparse->width);
	return out.data;
}

PG_FUNCTION_INFO_V1(linlearn_sparse_out);
Datum
linlearn_sparse_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(sparse_text(PG_GETARG_SPARSE(0), 0));
}

/* ---- Binary: width, count, then keys and values in pairs ---- */

PG_FUNCTION_INFO_V1(linlearn_sparse_recv);
Datum
linlearn_sparse_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	uint32 width = pq_getmsgint(in, 4), count = pq_getmsgint(in, 4);
	SparseEntry *entries;

	check_width(width);
	if (count > width || (Size) count * 8 > (Size) (in->len - in->cursor))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("linlearn_sparse of width %u cannot have %u "
							   "entries in %d bytes",
							   width, count, in->len - in->cursor)));
	entries = palloc(Max(count, 1) * sizeof(SparseEntry));
	for (uint32 i = 0; i < count; i++)
	{
		entries[i].key = pq_getmsgint(in, 4);
		entries[i].value = pq_getmsgfloat4(in);
	}
	PG_RETURN_POINTER(sparse_build(entries, count, width));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_send);
Datum
linlearn_sparse_send(PG_FUNCTION_ARGS)
{
	SparseValue *sparse = PG_GETARG_SPARSE(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint32(&out, sparse->width);
	pq_sendint32(&out, sparse->count);
	for (uint32 i = 0; i < sparse->count; i++)
	{
		pq_sendint32(&out, sparse->keys[i]);
		pq_sendfloat4(&out, SPARSE_VALUES(sparse)[i]);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* ---- Constructors ---- */

static int
compare_entries(const void *a, const void *b)
{
	uint32 x = ((const SparseEntry *) a)->key;
	uint32 y = ((const SparseEntry *) b)->key;

	return (x > y) - (x < y);
}

PG_FUNCTION_INFO_V1(linlearn_sparse_make);
Datum
linlearn_sparse_make(PG_FUNCTION_ARGS)
{
	ArrayType *keys = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType *values = PG_GETARG_ARRAYTYPE_P(1);
	int32 width = PG_GETARG_INT32(2);
	int count = ArrayGetNItems(ARR_NDIM(keys), ARR_DIMS(keys));
	SparseEntry *entries = palloc(Max(count, 1) * sizeof(SparseEntry));

	check_width(width);
	if (ARR_NDIM(keys) > 1 || ARR_NDIM(values) > 1 ||
		count != ArrayGetNItems(ARR_NDIM(values), ARR_DIMS(values)))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("keys and values must be one-dimensional arrays "
						"of the same length")));
	if (array_contains_nulls(keys) || array_contains_nulls(values))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("keys and values must not contain NULL")));
	for (int i = 0; i < count; i++)
	{
		int32 key = ((int32 *) ARR_DATA_PTR(keys))[i];

		entries[i].value = ((float *) ARR_DATA_PTR(values))[i];
		check_entry(key, entries[i].value, -1, width);
		entries[i].key = (uint32) key;
	}
	qsort(entries, count, sizeof(SparseEntry), compare_entries);
	PG_RETURN_POINTER(sparse_build(entries, count, width));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_from_array);
Datum
linlearn_sparse_from_array(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	SparseEntry *entries = palloc(Max(count, 1) * sizeof(SparseEntry));

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("a linlearn_sparse is made of a one-dimensional "
						"array without NULL")));
	for (int i = 0; i < count; i++)
	{
		entries[i].key = i;
		entries[i].value = ((float *) ARR_DATA_PTR(array))[i];
	}
	PG_RETURN_POINTER(sparse_build(entries, count, count));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_to_array);
Datum
linlearn_sparse_to_array(PG_FUNCTION_ARGS)
{
	SparseValue *sparse = PG_GETARG_SPARSE(0);
	Size size =
		ARR_OVERHEAD_NONULLS(1) + (Size) sparse->width * sizeof(float4);
	ArrayType *array = palloc0(size);
	float *values;

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = FLOAT4OID;
	ARR_DIMS(array)[0] = sparse->width;
	ARR_LBOUND(array)[0] = 1;
	values = (float *) ARR_DATA_PTR(array);
	for (uint32 i = 0; i < sparse->count; i++)
		values[sparse->keys[i]] = SPARSE_VALUES(sparse)[i];
	PG_RETURN_ARRAYTYPE_P(array);
}
