/*
 * read_channel.c
 *		linlearn_channel_recordio, linlearn_channel_csv: rows of what a URL
 *		stands for, whatever its size.
 *
 * Each returns one row a call and keeps no more than a window of a stream.
 * Called in a SELECT's list the rows go on as they come; in FROM, PostgreSQL
 * gathers them in a file first.  The memory context of all calls ends with the
 * last row, a LIMIT or an error, and with it the connection.
 */
#include "pg/load/channel.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "formats/window.h"
#include "pg/base/own_schema.h"
#include "pg/load/access.h"
#include "pg/load/loaders.h"
#include "pg/load/sample_rows.h"

/* Where a set-returning function is. */
typedef struct ChannelSet
{
	Runtime runtime;
	Channel *channel; /* NULL: of no URL, so without rows */
	const ByteStream *stream;
	Window window;
	bool single; /* features are real[], else double precision[] */
	bool begun;	 /* the reader is at a stream */
	RowReader reader;
} ChannelSet;

/* Read the next row of the present stream, false at its end. */
static bool
next_of_stream(ChannelSet *set, FileRow *row)
{
	const FormatDescriptor *format = set->reader.format;
	Window *window = &set->window;
	bool found = false;
	Failure failure;

	for (;;)
	{
		const uint8_t *bytes;

		while (!window->ended &&
			   !format->is_whole(window_at(window), window_size(window)))
			CHECK_STATUS(window_fill(window, &failure), failure);
		if (window_size(window) == 0)
			return false;
		bytes = window_at(window);
		format->feed(&set->reader, bytes, window_size(window));
		CHECK_STATUS(row_reader_next(&set->reader, row, &found, &failure),
					 failure);
		window_pass(window, (size_t) (format->at(&set->reader) - bytes));
		if (found)
			return true;
	}
}

/* Read the next row of the channel. */
static bool
next_row(ChannelSet *set, FileRow *row)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (set->begun && next_of_stream(set, row))
			return true;
		set->stream = channel_next(set->channel);
		if (set->stream == NULL)
			return false;
		window_open(&set->window, set->stream);
		row_reader_begin(&set->reader, "", 0);
		set->begun = true;
	}
}

/* Read the next row as a tuple, with the object's name in errors. */
static bool
next_tuple(ChannelSet *set, TupleDesc row, uint64 id, Datum *tuple)
{
	ErrorContextCallback context = {error_context_stack, channel_tell_name,
									set->channel};
	FileRow found;
	bool any;

	if (set->channel == NULL)
		return false;
	error_context_stack = &context;
	any = next_row(set, &found);
	if (any)
		*tuple = sample_row(row, set->single, true, &found, id);
	error_context_stack = context.previous;
	return any;
}

/* Begin a set, at its first call. */
static void
begin_set(FunctionCallInfo fcinfo, FileFormat format)
{
	FuncCallContext *call = SRF_FIRSTCALL_INIT();
	MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
	ChannelSet *set = palloc0(sizeof(ChannelSet));
	TupleDesc row;

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call->tuple_desc = BlessTupleDesc(row);
	call->user_fctx = set;
	set->runtime = pg_runtime(CurrentMemoryContext);
	set->single = sample_rows_are_single(row);
	row_reader_init(
		&set->reader, format, &set->runtime,
		&(RowOptions){.labels = true, .single = set->single, .whole = true});
	window_init(&set->window, &set->runtime, download_limit());
	if (!PG_ARGISNULL(0))
		set->channel = channel_open(text_to_cstring(PG_GETARG_TEXT_PP(0)),
									own_schema(fcinfo));
	MemoryContextSwitchTo(old);
}

/* Return the rows of what a URL stands for, in a format. */
static Datum
channel_rows(FunctionCallInfo fcinfo, FileFormat format)
{
	FuncCallContext *call;
	Datum tuple;

	if (SRF_IS_FIRSTCALL())
		begin_set(fcinfo, format);
	call = SRF_PERCALL_SETUP();
	if (!next_tuple(call->user_fctx, call->tuple_desc, call->call_cntr,
					&tuple))
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, tuple);
}

PG_FUNCTION_INFO_V1(linlearn_channel_recordio);

/* linlearn_channel_recordio(text [, anyelement]) */
Datum
linlearn_channel_recordio(PG_FUNCTION_ARGS)
{
	return channel_rows(fcinfo, FORMAT_RECORDIO);
}

PG_FUNCTION_INFO_V1(linlearn_channel_csv);

/* linlearn_channel_csv(text [, anyelement]) */
Datum
linlearn_channel_csv(PG_FUNCTION_ARGS)
{
	return channel_rows(fcinfo, FORMAT_CSV);
}
