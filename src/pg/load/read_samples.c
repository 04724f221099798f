/*
 * read_samples.c
 *		linlearn_read_recordio, linlearn_read_libsvm, linlearn_read_csv: rows
 *		with labels out of bytes.
 *
 * Each returns one row a call, so that a file streams where the plan lets it.
 * PostgreSQL keeps a set-returning function's arguments until the set is done;
 * the readers borrow them.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"

#include "formats/libsvm.h"
#include "pg/base/runtime.h"
#include "pg/load/sample_rows.h"
#include "pg/values/sparse.h"

/* Where a set-returning function is in its file. */
typedef struct SampleSet
{
	Runtime runtime;
	bool single;		  /* features are real[], else double precision[] */
	bool labels_are_utf8; /* not text of the database */
	union
	{
		RecordReader recordio;
		LibsvmReader libsvm;
		CsvReader csv;
	} reader;
} SampleSet;

/*
 * Begin a set: returns zeroed memory for its state, or NULL if it has begun.
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
	scan->single = sample_rows_are_single(row);
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
	Datum row;

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
	if (!found)
		SRF_RETURN_DONE(call);
	row = recordio_row(call->tuple_desc, scan->single, reader,
					   reader->record - 1);
	SRF_RETURN_NEXT(call, row);
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
		Datum values[3] = {
			UInt64GetDatum(call->call_cntr), Float8GetDatum(reader->label),
			sample_sparse_datum(&reader->sample, reader->dimension,
								call->call_cntr + 1)};
		bool nulls[3] = {false, false, false};

		SRF_RETURN_NEXT(call, row_datum(call, values, nulls));
	}
	SRF_RETURN_DONE(call);
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
	Datum row;

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
	if (!found)
		SRF_RETURN_DONE(call);
	row = csv_row(call->tuple_desc, scan->single, scan->labels_are_utf8,
				  reader, call->call_cntr + 1, call->call_cntr);
	SRF_RETURN_NEXT(call, row);
}
