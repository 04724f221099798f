/*
 * sample_rows.c
 *		Rows of SQL made of what readers of files give.
 */
#include "pg/load/sample_rows.h"

#include <float.h>
#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "formats/whole.h"
#include "pg/base/text_encoding.h"
#include "pg/values/sparse.h"

/*
 * Tell from the result's column "features" (the third) what arrays hold: real
 * or double precision, which a polymorphic call chooses.
 */
bool
sample_rows_are_single(TupleDesc row)
{
	Oid type = TupleDescAttr(row, 2)->atttypid;

	if (type_is_array(type) && type != FLOAT4ARRAYOID &&
		type != FLOAT8ARRAYOID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features cannot be read as %s", format_type_be(type)),
				 errhint("Give NULL::real or NULL::double precision.")));
	return type != FLOAT8ARRAYOID;
}

/* Make an empty one-dimensional array of count elements of size bytes. */
static ArrayType *
make_array(size_t count, Oid type, size_t size)
{
	ArrayType *array;
	Size bytes;

	if (count > (MaxAllocSize - ARR_OVERHEAD_NONULLS(1)) / size)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a row of %zu numbers is too large", count)));
	if (count == 0)
		return construct_empty_array(type);
	bytes = ARR_OVERHEAD_NONULLS(1) + count * size;
	array = palloc(bytes);
	SET_VARSIZE(array, bytes);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = type;
	ARR_DIMS(array)[0] = (int) count;
	ARR_LBOUND(array)[0] = 1;
	return array;
}

/* Refuse an integer that is none of type real. */
static void
check_whole(const Sample *sample, double value, uint64 row)
{
	if (!sample->whole || whole_fits((int64) value, FLOAT_BITS))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("integer %.0f in row " UINT64_FORMAT
					" has no exact value of type real",
					value, row),
			 sample->sparse ? errhint("linlearn_sparse holds real: write the "
									  "tensors as Float32 to round them.")
							: errhint("Give NULL::double precision as second "
									  "argument.")));
}

/* Make a real[] or double precision[]; row names the row in an error. */
static Datum
values_datum(bool single, const Sample *sample, uint64 row)
{
	const double *values = sample->values;
	size_t count = sample->count;
	ArrayType *array;
	float4 *singles;
	bool too_large = false;

	if (!single)
	{
		array = make_array(count, FLOAT8OID, sizeof(float8));
		memcpy(ARR_DATA_PTR(array), values, count * sizeof(float8));
		return PointerGetDatum(array);
	}
	array = make_array(count, FLOAT4OID, sizeof(float4));
	singles = (float4 *) ARR_DATA_PTR(array);
	for (size_t i = 0; i < count; i++)
	{
		check_whole(sample, values[i], row);
		singles[i] = (float4) values[i];
		too_large |= isinf(singles[i]) && !isinf(values[i]);
	}
	if (too_large)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a value of row " UINT64_FORMAT
						" is out of range for type real",
						row),
				 errhint("Give NULL::double precision as second argument.")));
	return PointerGetDatum(array);
}

/* A value as linlearn_sparse holds it: real, and neither NaN nor infinite. */
static float
sparse_value(const Sample *sample, size_t i, uint64 row)
{
	float value = (float) sample->values[i];

	if (!isfinite(sample->values[i]))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a value of row " UINT64_FORMAT " is NaN or infinite",
					row),
			 errdetail("It is of key %u, counted from 0.", sample->keys[i]),
			 errhint("Leave out values that are missing: what "
					 "linlearn_sparse does not list is 0.")));
	if (isinf(value))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("a value of row " UINT64_FORMAT
							   " is out of range for type real",
							   row)));
	check_whole(sample, sample->values[i], row);
	return value;
}

/* Make a linlearn_sparse of a sparse sample; row names it in an error. */
static Datum
sparse_datum(const Sample *sample, uint32 width, uint64 row)
{
	Size size = SPARSE_SIZE(sample->count);
	SparseValue *sparse;
	uint32 count = 0;
	float *values;

	if (width > SPARSE_MAX_WIDTH || size > MaxAllocSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("row " UINT64_FORMAT
							   " is %u features wide, more than the %d of "
							   "linlearn_sparse",
							   row, width, SPARSE_MAX_WIDTH)));
	for (size_t i = 0; i < sample->count; i++)
		count += (float) sample->values[i] != 0;
	size = SPARSE_SIZE(count);
	sparse = palloc(size);
	SET_VARSIZE(sparse, size);
	sparse->width = width;
	sparse->count = count;
	values = SPARSE_VALUES(sparse);
	count = 0;
	for (size_t i = 0; i < sample->count; i++)
	{
		float value = sparse_value(sample, i, row);

		if (value == 0)
			continue;
		sparse->keys[count] = sample->keys[i];
		values[count++] = value;
	}
	return PointerGetDatum(sparse);
}

/* Make a text of a label; those of files, out of bytea, are UTF-8. */
static Datum
label_datum(const FileRow *row, bool is_utf8)
{
	const char *label = row->label_text;
	int length = (int) row->label_length;

	if (!is_utf8)
		return PointerGetDatum(cstring_to_text_with_len(label, length));
	if (!pg_verify_mbstr(PG_UTF8, label, length, true))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("label in row " UINT64_FORMAT " is not UTF-8",
						row->number),
				 errhint("Files are read as UTF-8. Give the text of another, "
						 "as in convert_from(bytes, 'LATIN1').")));
	return CStringGetTextDatum(
		server_of_utf8(pnstrdup(label, length), length));
}

Datum
sample_row(TupleDesc row, bool single, bool labels_are_utf8,
		   const FileRow *found, uint64 id)
{
	const Sample *sample = found->sample;
	Datum values[4] = {UInt64GetDatum(id)};
	bool nulls[4] = {false, !found->has_label, true, true};

	if (found->has_label)
		values[1] = found->label_text != NULL
						? label_datum(found, labels_are_utf8)
						: Float8GetDatum(found->label);
	if (sample != NULL)
	{
		/* sparse rows have the last column, of their own or the only one */
		int column = sample->sparse ? row->natts - 1 : 2;

		values[column] =
			sample->sparse ? sparse_datum(sample, found->width, found->number)
						   : values_datum(single, sample, found->number);
		nulls[column] = false;
	}
	return HeapTupleGetDatum(heap_form_tuple(row, values, nulls));
}
