/*
 * write_recordio.c
 *		linlearn_to_recordio: rows into one bytea; linlearn_write_recordio: a
 *		query's rows into a file of any size.
 */
#include "pg/base/version.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/base/aggregate_state.h"
#include "pg/values/record_row.h"

/* First size of the bytea, and rows that a file's writer fetches at once. */
#define FIRST_CAPACITY 65536
#define ROWS_PER_FETCH 64

#define RECORDIO_MAGIC 0x314F4952 /* "RIO1" */

/* The aggregate's state: a bytea that grows. */
typedef struct RecordioState
{
	uint32 magic;
	RecordRowMaker maker;
	MemoryContext context;
	char *bytes; /* with the header of a bytea */
	Size size;
	Size capacity;
} RecordioState;

/* Make the state at the first row of a group. */
static RecordioState *
make_state(FunctionCallInfo fcinfo, MemoryContext context)
{
	Oid features = get_fn_expr_argtype(fcinfo->flinfo, 1);
	Oid label =
		PG_NARGS() > 2 ? get_fn_expr_argtype(fcinfo->flinfo, 2) : InvalidOid;
	MemoryContext old = MemoryContextSwitchTo(context);
	RecordioState *state = palloc0(sizeof(RecordioState));

	record_row_begin(&state->maker, features, label);
	state->magic = RECORDIO_MAGIC;
	state->context = context;
	state->capacity = FIRST_CAPACITY;
	state->bytes = palloc(state->capacity);
	state->size = VARHDRSZ;
	MemoryContextSwitchTo(old);
	return state;
}

/* Make room for more bytes. */
static void
reserve(RecordioState *state, Size more)
{
	Size capacity = state->capacity;

	if (more > MaxAllocSize - state->size)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("recordIO of " UINT64_FORMAT
							   " rows and more does not fit into one bytea",
							   state->maker.rows - 1),
						errdetail("A value can have at most %zu bytes.",
								  (Size) MaxAllocSize),
						errhint("linlearn_write_recordio writes a file of any "
								"size.")));
	while (capacity - state->size < more)
		capacity *= 2;
	if (capacity == state->capacity)
		return;
	state->bytes = repalloc_huge(state->bytes, capacity);
	state->capacity = capacity;
}

PG_FUNCTION_INFO_V1(linlearn_to_recordio_transition);

/* linlearn_to_recordio_transition(internal, anyelement [, "any"]) */
Datum
linlearn_to_recordio_transition(PG_FUNCTION_ARGS)
{
	RecordioState *state = aggregate_state(fcinfo, 0, RECORDIO_MAGIC);
	bool labelled = PG_NARGS() > 2;
	RecordRow row;
	Size size;

	if (state == NULL)
		state = make_state(fcinfo, aggregate_context(fcinfo));
	record_row_make(&state->maker, PG_GETARG_DATUM(1), PG_ARGISNULL(1),
					labelled ? PG_GETARG_DATUM(2) : (Datum) 0,
					!labelled || PG_ARGISNULL(2), &row);
	size = recordio_frame_size(&row);
	if (size == 0)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("row " UINT64_FORMAT
							   " is too large for a recordIO record",
							   state->maker.rows)));
	reserve(state, size);
	recordio_write_frame(&row, (uint8_t *) state->bytes + state->size);
	state->size += size;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_to_recordio_final);

/*
 * linlearn_to_recordio_final(internal): the state's own bytes, none if no rows
 */
Datum
linlearn_to_recordio_final(PG_FUNCTION_ARGS)
{
	RecordioState *state = aggregate_state(fcinfo, 0, RECORDIO_MAGIC);

	if (state == NULL)
		PG_RETURN_NULL();
	SET_VARSIZE(state->bytes, state->size);
	PG_RETURN_POINTER(state->bytes);
}

/* A file being written, under another name until it is whole. */
typedef struct RecordioFile
{
	const char *path;
	char *partial;
	FILE *stream;
	RecordRowMaker maker;
	uint8_t *frame;
	Size frame_capacity;
	uint64 bytes;
} RecordioFile;

/* Check that the caller may write this file. */
static void
check_file(const char *path)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write a file on the server"),
				 errhint("Only roles with the rights of "
						 "pg_write_server_files may.")));
	if (!is_absolute_path(path))
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
						errmsg("path \"%s\" is not absolute", path)));
}

/* Open the partial file, readable by others as COPY's files are. */
static void
open_file(RecordioFile *file)
{
	mode_t old = umask(S_IWGRP | S_IWOTH);

	PG_TRY();
	{
		file->stream = AllocateFile(file->partial, PG_BINARY_W);
	}
	PG_FINALLY();
	{
		umask(old);
	}
	PG_END_TRY();
	if (file->stream == NULL)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not open file \"%s\" for writing: %m",
							   file->path)));
}

/* Report that writing failed. */
static void
write_error(const RecordioFile *file)
{
	ereport(ERROR, (errcode_for_file_access(),
					errmsg("could not write file \"%s\": %m", file->path)));
}

/* Write one row. */
static void
write_row(RecordioFile *file, SPITupleTable *table, uint64 i)
{
	TupleDesc columns = table->tupdesc;
	HeapTuple tuple = table->vals[i];
	bool features_null;
	bool label_null = true;
	Datum features = SPI_getbinval(tuple, columns, 1, &features_null);
	Datum label = (Datum) 0;
	RecordRow row;
	Size size;

	if (columns->natts > 1)
		label = SPI_getbinval(tuple, columns, 2, &label_null);
	record_row_make(&file->maker, features, features_null, label, label_null,
					&row);
	size = recordio_frame_size(&row);
	if (size == 0)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("row " UINT64_FORMAT
							   " is too large for a recordIO record",
							   file->maker.rows)));
	if (file->frame_capacity < size)
	{
		file->frame = MemoryContextAllocHuge(file->maker.context, size);
		file->frame_capacity = size;
	}
	recordio_write_frame(&row, file->frame);
	if (fwrite(file->frame, 1, size, file->stream) != size)
		write_error(file);
	file->bytes += size;
}

/* Check the query's columns and begin to make rows. */
static void
begin_rows(RecordioFile *file, TupleDesc columns)
{
	if (columns == NULL || columns->natts < 1 || columns->natts > 2)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("query has %d columns instead of one or two",
							   columns == NULL ? 0 : columns->natts),
						errhint("It selects features and, if there is one, a "
								"label.")));
	record_row_begin(&file->maker, SPI_gettypeid(columns, 1),
					 columns->natts > 1 ? SPI_gettypeid(columns, 2)
										: InvalidOid);
}

/* Write all rows of a query, in pieces. */
static void
write_rows(RecordioFile *file, const char *query)
{
	MemoryContext row_context =
		AllocSetContextCreate(CurrentMemoryContext, "linlearn recordIO rows",
							  ALLOCSET_DEFAULT_SIZES);
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);
	Portal portal;

	if (plan == NULL || !SPI_is_cursor_plan(plan))
		ereport(ERROR, (errcode(ERRCODE_INVALID_CURSOR_DEFINITION),
						errmsg("query is not one that returns rows")));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, false);
	begin_rows(file, portal->tupDesc);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, ROWS_PER_FETCH);
		if (SPI_processed == 0)
			break;
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			MemoryContext old = MemoryContextSwitchTo(row_context);

			CHECK_FOR_INTERRUPTS();
			write_row(file, SPI_tuptable, i);
			MemoryContextSwitchTo(old);
			MemoryContextReset(row_context);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_freetuptable(SPI_tuptable);
	SPI_cursor_close(portal);
}

/* Give the whole file its name. */
static void
finish_file(RecordioFile *file)
{
	FILE *stream = file->stream;

	file->stream = NULL;
	if (FreeFile(stream) != 0 || rename(file->partial, file->path) != 0)
		write_error(file);
}

PG_FUNCTION_INFO_V1(linlearn_write_recordio);

/* linlearn_write_recordio(path text, query text) */
Datum
linlearn_write_recordio(PG_FUNCTION_ARGS)
{
	RecordioFile file = {0};
	char *path = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	TupleDesc result;
	Datum values[2];
	bool nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &result) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	check_file(path);
	file.path = path;
	file.partial = psprintf("%s.partial-%d", path, MyProcPid);
	SPI_connect();
	open_file(&file);
	PG_TRY();
	{
		write_rows(&file, query);
		finish_file(&file);
	}
	PG_CATCH();
	{
		unlink(file.partial);
		PG_RE_THROW();
	}
	PG_END_TRY();
	SPI_finish();
	values[0] = UInt64GetDatum(file.maker.rows);
	values[1] = UInt64GetDatum(file.bytes);
	return HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(result), values, nulls));
}
