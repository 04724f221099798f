/*
 * read_samples.c
 *		linlearn_read_recordio, linlearn_read_libsvm, linlearn_read_csv: rows
 *		with labels out of bytes.
 *
 * Each returns one row a call, so that a file streams where the plan lets it.
 * PostgreSQL keeps a set-returning function's arguments until the set is done;
 * the readers borrow them.
 */
#include "linlearn.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "formats/csv.h"
#include "formats/libsvm.h"
#include "formats/recordio.h"
#include "formats/whole.h"
#include "pg/runtime.h"
#include "pg/sparse.h"
#include "pg/text_encoding.h"

/* Where a set-returning function is in its file. */
typedef struct SampleSet
{
	Runtime runtime;
	bool single;	   /* features are real[], else double precision[] */
	bool labels_are_utf8; /* not text of the database */
	union
	{
		RecordReader recordio;
		LibsvmReader libsvm;
		CsvReader csv;
	} reader;
} SampleSet;

/*
 * Tell from the result's column "features" (the third) what arrays hold: real
 * or double precision, which a polymorphic call chooses.
 */
static bool
features_are_single(TupleDesc row)
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

/* Begin a set: returns zeroed memory for its state, or NULL if it has begun.
 */
static SampleSet *
first_call(FunctionCallInfo fcinfo)
{
	FuncCallContext *call;
	SampleSet *scan;
	TupleDesc row;
	MemoryContext old;

	if (!SRF_IS_FIRSTCALL())
		return NULL;
	call = SRF_FIRSTCALL_INIT();
	old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call->tuple_desc = BlessTupleDesc(row);
	scan = palloc0(sizeof(SampleSet));
	scan->runtime = pg_runtime(CurrentMemoryContext);
	scan->single = features_are_single(row);
	call->user_fctx = scan;
	MemoryContextSwitchTo(old);
	return scan;
}

/* Take the bytes of the first argument, to last as long as the set. */
static const char *
argument_bytes(FunctionCallInfo fcinfo, size_t *size)
{
	FuncCallContext *call = fcinfo->flinfo->fn_extra;
	MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	struct varlena *value = PG_GETARG_VARLENA_PP(0);

	MemoryContextSwitchTo(old);
	*size = VARSIZE_ANY_EXHDR(value);
	return VARDATA_ANY(value);
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
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("integer %.0f in row " UINT64_FORMAT
						   " has no exact value of type real",
						   value, row),
					sample->sparse
						? errhint("linlearn_sparse holds real: write the "
								  "tensors as Float32 to round them.")
						: errhint("Give NULL::double precision as second "
								  "argument.")));
}

/* Make a real[] or double precision[]; row names the row in an error. */
static Datum
values_datum(const SampleSet *scan, const Sample *sample, uint64 row)
{
	const double *values = sample->values;
	size_t count = sample->count;
	ArrayType *array;
	float4 *singles;
	bool too_large = false;

	if (!scan->single)
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
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a value of row " UINT64_FORMAT " is NaN or infinite",
						row),
				 errdetail("It is of key %u, counted from 0.",
						   sample->keys[i]),
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

/* Return one row of a set. */
static Datum
row_datum(FuncCallContext *call, Datum *values, bool *nulls)
{
	return HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, values, nulls));
}

PG_FUNCTION_INFO_V1(linlearn_read_recordio);

/* linlearn_read_recordio(bytea [, anyelement]) */
Datum
linlearn_read_recordio(PG_FUNCTION_ARGS)
{
	SampleSet *scan = first_call(fcinfo);
	FuncCallContext *call = SRF_PERCALL_SETUP();
	RecordReader *reader;
	Failure failure;
	bool found;

	if (scan != NULL && !PG_ARGISNULL(0))
	{
		size_t size;
		const char *bytes = argument_bytes(fcinfo, &size);

		recordio_init(&scan->reader.recordio, &scan->runtime, bytes, size);
	}
	scan = call->user_fctx;
	reader = &scan->reader.recordio;
	CHECK_FOR_INTERRUPTS();
	CHECK_STATUS(recordio_next(reader, &found, &failure), failure);
	if (found)
	{
		const Sample *sample = &reader->features;
		Datum values[4] = {UInt64GetDatum(reader->record - 1),
						   Float8GetDatum(reader->label)};
		bool nulls[4] = {false, !reader->has_label, true, true};
		int column = sample->sparse ? 3 : 2;

		if (reader->has_features)
		{
			values[column] =
				sample->sparse
					? sparse_datum(sample, sample->dimension, reader->record)
					: values_datum(scan, sample, reader->record);
			nulls[column] = false;
		}
		SRF_RETURN_NEXT(call, row_datum(call, values, nulls));
	}
	SRF_RETURN_DONE(call);
}

/* Take the number of columns from an argument; 0 if it is NULL. */
static uint32
dimension_argument(FunctionCallInfo fcinfo, int argument)
{
	int32 dimension;

	if (PG_ARGISNULL(argument))
		return 0;
	dimension = PG_GETARG_INT32(argument);
	if (dimension < 1 || dimension > SPARSE_MAX_WIDTH)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("dimension must be from 1 to %d, not %d",
							   SPARSE_MAX_WIDTH, dimension)));
	return (uint32) dimension;
}

/* Find how many columns the rows of a libsvm file have, all in all. */
static uint32
count_columns(LibsvmReader reader)
{
	uint32 columns = 1;
	Failure failure;
	bool found = true;

	while (found)
	{
		const Sample *sample = &reader.sample;

		CHECK_FOR_INTERRUPTS();
		CHECK_STATUS(libsvm_next(&reader, &found, &failure), failure);
		if (found && sample->count > 0)
			columns = Max(columns, sample->keys[sample->count - 1] + 1);
	}
	return columns;
}

/* Begin a set of libsvm rows; without a dimension all of it is read first. */
static void
begin_libsvm(FunctionCallInfo fcinfo, SampleSet *scan)
{
	FuncCallContext *call = fcinfo->flinfo->fn_extra;
	LibsvmReader *reader = &scan->reader.libsvm;
	uint32 dimension = dimension_argument(fcinfo, 1);
	bool zero_based = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	MemoryContext old;
	size_t size;
	const char *bytes;

	if (PG_ARGISNULL(0))
		return;
	bytes = argument_bytes(fcinfo, &size);
	libsvm_init(reader, &scan->runtime, bytes, size, zero_based ? 0 : 1,
				dimension, true);
	reader->whole = true;
	old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	if (dimension == 0)
		reader->dimension = count_columns(*reader);
	MemoryContextSwitchTo(old);
}

PG_FUNCTION_INFO_V1(linlearn_read_libsvm);

/* linlearn_read_libsvm(text | bytea, integer, boolean) */
Datum
linlearn_read_libsvm(PG_FUNCTION_ARGS)
{
	SampleSet *scan = first_call(fcinfo);
	FuncCallContext *call = SRF_PERCALL_SETUP();
	LibsvmReader *reader;
	Failure failure;
	bool found;

	if (scan != NULL)
		begin_libsvm(fcinfo, scan);
	scan = call->user_fctx;
	reader = &scan->reader.libsvm;
	CHECK_FOR_INTERRUPTS();
	CHECK_STATUS(libsvm_next(reader, &found, &failure), failure);
	if (found)
	{
		Datum values[3] = {UInt64GetDatum(call->call_cntr),
						   Float8GetDatum(reader->label),
						   sparse_datum(&reader->sample, reader->dimension,
										call->call_cntr + 1)};
		bool nulls[3] = {false, false, false};

		SRF_RETURN_NEXT(call, row_datum(call, values, nulls));
	}
	SRF_RETURN_DONE(call);
}

/* Make a text of a label; those of files, out of bytea, are UTF-8. */
static Datum
label_datum(const SampleSet *scan, const CsvReader *reader, uint64 row)
{
	const char *label = reader->label;
	int length = (int) reader->label_length;

	if (!scan->labels_are_utf8)
		return PointerGetDatum(cstring_to_text_with_len(label, length));
	if (!pg_verify_mbstr(PG_UTF8, label, length, true))
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("label in row " UINT64_FORMAT " is not UTF-8", row),
				 errhint("Files are read as UTF-8. Give the text of another, "
						 "as in convert_from(bytes, 'LATIN1').")));
	return CStringGetTextDatum(
		server_of_utf8(pnstrdup(label, length), length));
}

PG_FUNCTION_INFO_V1(linlearn_read_csv);

/* linlearn_read_csv(text | bytea [, anyelement]) */
Datum
linlearn_read_csv(PG_FUNCTION_ARGS)
{
	SampleSet *scan = first_call(fcinfo);
	FuncCallContext *call = SRF_PERCALL_SETUP();
	CsvReader *reader;
	Failure failure;
	bool found;

	if (scan != NULL && !PG_ARGISNULL(0))
	{
		size_t size;
		const char *bytes = argument_bytes(fcinfo, &size);

		scan->labels_are_utf8 =
			get_fn_expr_argtype(fcinfo->flinfo, 0) == BYTEAOID;
		csv_init(&scan->reader.csv, &scan->runtime, bytes, size, true,
				 scan->single);
		scan->reader.csv.whole = true;
	}
	scan = call->user_fctx;
	reader = &scan->reader.csv;
	CHECK_FOR_INTERRUPTS();
	CHECK_STATUS(csv_next(reader, &found, &failure), failure);
	if (found)
	{
		Datum values[3] = {UInt64GetDatum(call->call_cntr)};
		bool nulls[3] = {false, reader->label == NULL, false};

		if (reader->label != NULL)
			values[1] = label_datum(scan, reader, call->call_cntr + 1);
		values[2] = values_datum(scan, &reader->sample, call->call_cntr + 1);
		SRF_RETURN_NEXT(call, row_datum(call, values, nulls));
	}
	SRF_RETURN_DONE(call);
}
