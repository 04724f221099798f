/*
 * read_arrays.c
 *		linlearn_read_idx, linlearn_read_pickle, linlearn_read_npz: rows out of
 *		file bytes.
 */
#include "pg/load/loaders.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "formats/npz.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "formats/pickle.h"
#include "formats/whole.h"
#include "pg/load/access.h"
#include "pg/load/file_format.h"

/* Where a set-returning function is in its arrays. */
typedef struct ArrayScan
{
	FileArrays arrays;
	size_t array;
	size_t row;
} ArrayScan;

/*
 * Take the bytes of an argument, unpacked, in the current context, since they
 * must outlive the call.
 */
static const uint8_t *
argument_bytes(FunctionCallInfo fcinfo, const Runtime *runtime, size_t *length)
{
	bytea *argument = PG_GETARG_BYTEA_PP(0);
	const uint8_t *given = (const uint8_t *) VARDATA_ANY(argument);
	const uint8_t *bytes = given;
	uint8_t *copy;

	*length = VARSIZE_ANY_EXHDR(argument);
	unpack_bytes(runtime, false, &bytes, length);
	if (bytes != given || (Pointer) argument != PG_GETARG_POINTER(0))
		return bytes;
	copy = palloc(*length + 1);
	memcpy(copy, bytes, *length);
	return copy;
}

/* Parse the argument at the first call of a set. */
static ArrayScan *
begin_scan(FunctionCallInfo fcinfo, FileFormat format)
{
	ArrayScan *scan = palloc0(sizeof(ArrayScan));
	Runtime *runtime = palloc(sizeof(Runtime));
	const uint8_t *bytes;
	size_t length;
	Failure failure;

	*runtime = pg_runtime(CurrentMemoryContext);
	bytes = argument_bytes(fcinfo, runtime, &length);
	refuse_format(bytes, length, 1u << format);
	CHECK_STATUS(format_table[format].arrays(runtime, bytes, length,
											 download_limit(), &scan->arrays,
											 &failure),
				 failure);
	return scan;
}

/* Make the path of an array, as {2,1}. */
static Datum
path_datum(const FileArray *array)
{
	Datum items[PICKLE_MAX_DEPTH];

	for (int i = 0; i < array->depth; i++)
		items[i] = Int32GetDatum(array->path[i]);
	return PointerGetDatum(
		construct_array(items, array->depth, INT4OID, 4, true, TYPALIGN_INT));
}

/* Make the name of an array in a .npz, or NULL for that of a .npy. */
static Datum
name_datum(const FileArray *array, bool *null)
{
	char *name;

	*null = array->name == NULL;
	if (*null)
		return (Datum) 0;
	name = pnstrdup(array->name, array->name_length);
	return CStringGetTextDatum(
		pg_any_to_server(name, (int) strlen(name), PG_UTF8));
}

/* Make a bytea of a row of uint8. */
static Datum
pixels_datum(const NumberArray *numbers, size_t row)
{
	bytea *pixels = palloc(VARHDRSZ + numbers->width);
	const uint8_t *bytes = numbers_row_bytes(numbers, row);

	SET_VARSIZE(pixels, VARHDRSZ + numbers->width);
	if (bytes != NULL)
		memcpy(VARDATA(pixels), bytes, numbers->width);
	else
		for (size_t i = 0; i < numbers->width; i++)
			VARDATA(pixels)[i] = (char) numbers_at(numbers, row, i);
	return PointerGetDatum(pixels);
}

/* Refuse an integer that a floating-point type would round. */
static void
check_whole(const NumberArray *numbers, size_t row, size_t column, int bits)
{
	if (!numbers_fit(numbers, row, column, bits))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("integer near %.0f in row %zu has no exact value of "
						"type %s",
						numbers_at(numbers, row, column), row,
						bits == FLOAT_BITS ? "real" : "double precision"),
				 errhint("Save the array as floating-point numbers to round "
						 "them.")));
}

/* Make a real[] of a row; a number beyond real's range is an error. */
static Datum
features_datum(const NumberArray *numbers, size_t row)
{
	Size size = ARR_OVERHEAD_NONULLS(1) + numbers->width * sizeof(float4);
	ArrayType *array = palloc0(size);
	float4 *features;

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = FLOAT4OID;
	ARR_DIMS(array)[0] = (int) numbers->width;
	ARR_LBOUND(array)[0] = 1;
	features = (float4 *) ARR_DATA_PTR(array);
	for (size_t i = 0; i < numbers->width; i++)
	{
		double value = numbers_at(numbers, row, i);

		if (isfinite(value) && fabs(value) > FLT_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("%g in row %zu is out of range for type real",
							value, row)));
		check_whole(numbers, row, i, FLOAT_BITS);
		features[i] = (float4) value;
	}
	return PointerGetDatum(array);
}

/* Check that a row fits a value of PostgreSQL. */
static void
check_row_size(const NumberArray *numbers)
{
	if (numbers->width >= (MaxAllocSize - 1024) / sizeof(float4))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a row of %zu numbers is too large", numbers->width)));
}

/*
 * Make the row (path or name, id, value, pixels, features), where one of the
 * last three is set: a number, the bytes of uint8, or any other numbers.  A file
 * of one array has no first column.
 */
static Datum
row_datum(const ArrayScan *scan, TupleDesc row)
{
	const FileArray *array = &scan->arrays.arrays[scan->array];
	const NumberArray *numbers = &array->numbers;
	Datum values[5] = {0};
	bool nulls[5] = {false, false, true, true, true};
	int first = lengthof(values) - row->natts;
	int column = numbers->dimensions <= 1		 ? 2
				 : numbers->type == NUMBER_UINT8 ? 3
												 : 4;

	check_row_size(numbers);
	if (array->path != NULL)
		values[0] = path_datum(array);
	else if (first == 0)
		values[0] = name_datum(array, &nulls[0]);
	values[1] = Int64GetDatum((int64) scan->row);
	if (column == 2)
	{
		check_whole(numbers, scan->row, 0, DOUBLE_BITS);
		values[2] = Float8GetDatum(numbers_at(numbers, scan->row, 0));
	}
	else if (column == 3)
		values[3] = pixels_datum(numbers, scan->row);
	else
		values[4] = features_datum(numbers, scan->row);
	nulls[column] = false;
	return HeapTupleGetDatum(
		heap_form_tuple(row, values + first, nulls + first));
}

/* Return the next row of a set. */
static Datum
next_row(FunctionCallInfo fcinfo, FileFormat format)
{
	FuncCallContext *call;
	ArrayScan *scan;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		TupleDesc row;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		call->tuple_desc = BlessTupleDesc(row);
		call->user_fctx = begin_scan(fcinfo, format);
		MemoryContextSwitchTo(old);
	}
	call = SRF_PERCALL_SETUP();
	scan = call->user_fctx;
	while (scan->array < scan->arrays.count &&
		   scan->row == scan->arrays.arrays[scan->array].numbers.rows)
	{
		scan->array++;
		scan->row = 0;
	}
	if (scan->array == scan->arrays.count)
		SRF_RETURN_DONE(call);
	else
	{
		Datum row = row_datum(scan, call->tuple_desc);

		scan->row++;
		SRF_RETURN_NEXT(call, row);
	}
}

PG_FUNCTION_INFO_V1(linlearn_read_idx);

/* Return the rows of an idx file. */
Datum
linlearn_read_idx(PG_FUNCTION_ARGS)
{
	return next_row(fcinfo, FORMAT_IDX);
}

PG_FUNCTION_INFO_V1(linlearn_read_pickle);

/* Return the rows of all arrays of a pickle. */
Datum
linlearn_read_pickle(PG_FUNCTION_ARGS)
{
	return next_row(fcinfo, FORMAT_PICKLE);
}

PG_FUNCTION_INFO_V1(linlearn_read_npz);

/* Return the rows of all arrays of a .npz, or of a .npy. */
Datum
linlearn_read_npz(PG_FUNCTION_ARGS)
{
	return next_row(fcinfo, FORMAT_NPZ);
}
