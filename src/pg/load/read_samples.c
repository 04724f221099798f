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

#include "pg/base/runtime.h"
#include "pg/load/sample_rows.h"
#include "pg/values/sparse.h"

/* Where a set-returning function is in its file. */
typedef struct SampleSet
{
	RowReader reader;
	bool begun;			  /* it has bytes: the argument is not NULL */
	bool single;		  /* features are real[], else double precision[] */
	bool labels_are_utf8; /* not text of the database */
} SampleSet;

/* Find how many columns the rows have, all in all; the reader is a copy. */
static uint32
count_columns(RowReader reader)
{
	uint32 columns = 1;
	Failure failure;
	bool found = true;

	while (found)
	{
		FileRow row;

		CHECK_FOR_INTERRUPTS();
		CHECK_STATUS(row_reader_next(&reader, &row, &found, &failure),
					 failure);
		if (found && row.sample->count > 0)
			columns =
				Max(columns, row.sample->keys[row.sample->count - 1] + 1);
	}
	return columns;
}

/* Start to read the bytes of the first argument, which last as long as the set. */
static void
begin_reader(FunctionCallInfo fcinfo, SampleSet *set, FileFormat format,
			 RowOptions options)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	Runtime runtime = pg_runtime(CurrentMemoryContext);

	options.labels = options.whole = true;
	options.single = set->single;
	for (;;)
	{
		row_reader_init(&set->reader, format, &runtime, &options);
		row_reader_begin(&set->reader, VARDATA_ANY(value),
						 VARSIZE_ANY_EXHDR(value));
		if (!format_table[format].widthless || options.dimension > 0)
			break;
		options.dimension = count_columns(set->reader);
	}
	set->begun = true;
}

/* Begin a set, at its first call. */
static void
begin_set(FunctionCallInfo fcinfo, FileFormat format,
		  const RowOptions *options)
{
	FuncCallContext *call = SRF_FIRSTCALL_INIT();
	MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	SampleSet *set = palloc0(sizeof(SampleSet));
	TupleDesc row;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call->tuple_desc = BlessTupleDesc(row);
	call->user_fctx = set;
	set->single = sample_rows_are_single(row);
	set->labels_are_utf8 = get_fn_expr_argtype(fcinfo->flinfo, 0) == BYTEAOID;
	if (!PG_ARGISNULL(0))
		begin_reader(fcinfo, set, format, *options);
	MemoryContextSwitchTo(old);
}

/* Return the next row of a set. */
static Datum
next_row(FunctionCallInfo fcinfo)
{
	FuncCallContext *call = SRF_PERCALL_SETUP();
	SampleSet *set = call->user_fctx;
	bool found = false;
	Failure failure;
	FileRow row;

	CHECK_FOR_INTERRUPTS();
	if (set->begun)
		CHECK_STATUS(row_reader_next(&set->reader, &row, &found, &failure),
					 failure);
	if (found)
	{
		Datum result = sample_row(call->tuple_desc, set->single,
								  set->labels_are_utf8, &row, call->call_cntr);

		SRF_RETURN_NEXT(call, result);
	}
	SRF_RETURN_DONE(call);
}

/* Return the rows of a format that has no options of its own. */
static Datum
read_rows(FunctionCallInfo fcinfo, FileFormat format)
{
	if (SRF_IS_FIRSTCALL())
		begin_set(fcinfo, format, &(RowOptions){0});
	return next_row(fcinfo);
}

PG_FUNCTION_INFO_V1(linlearn_read_recordio);

/* linlearn_read_recordio(bytea [, anyelement]) */
Datum
linlearn_read_recordio(PG_FUNCTION_ARGS)
{
	return read_rows(fcinfo, FORMAT_RECORDIO);
}

PG_FUNCTION_INFO_V1(linlearn_read_csv);

/* linlearn_read_csv(text | bytea [, anyelement]) */
Datum
linlearn_read_csv(PG_FUNCTION_ARGS)
{
	return read_rows(fcinfo, FORMAT_CSV);
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

PG_FUNCTION_INFO_V1(linlearn_read_libsvm);

/* linlearn_read_libsvm(text | bytea, integer, boolean) */
Datum
linlearn_read_libsvm(PG_FUNCTION_ARGS)
{
	if (SRF_IS_FIRSTCALL())
	{
		bool zero_based = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
		RowOptions options = {.dimension = dimension_argument(fcinfo, 1),
							  .first_index = zero_based ? 0 : 1};

		begin_set(fcinfo, FORMAT_LIBSVM, &options);
	}
	return next_row(fcinfo);
}
