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
#include "io/url.h"
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
	bool single;	   /* features are real[], else double precision[] */
	bool begun;		   /* the reader is at a stream */
	uint64 stream_row; /* rows of it so far */
	union
	{
		RecordReader recordio;
		CsvReader csv;
	} reader;
} ChannelSet;

/* A reader of rows: begins a stream, and tells of and reads the next row. */
typedef struct RowFormatReader
{
	void (*begin)(ChannelSet *set);
	bool (*is_whole)(const void *bytes, size_t size);
	/* reads a row of bytes, and tells how many of them it was */
	Status (*read)(ChannelSet *set, const uint8_t *bytes, size_t size,
				   bool *found, size_t *used, Failure *failure);
	/* makes a tuple of the row that was read */
	Datum (*make)(const ChannelSet *set, TupleDesc row, uint64 id);
} RowFormatReader;

static void
begin_recordio(ChannelSet *set)
{
	/* its memory goes from stream to stream */
	if (set->reader.recordio.features.runtime.allocate == NULL)
		recordio_init(&set->reader.recordio, &set->runtime, NULL, 0);
	set->reader.recordio.record = 0;
}

static bool
is_whole_recordio(const void *bytes, size_t size)
{
	return recordio_is_whole(bytes, size);
}

static Status
read_recordio(ChannelSet *set, const uint8_t *bytes, size_t size, bool *found,
			  size_t *used, Failure *failure)
{
	RecordReader *reader = &set->reader.recordio;
	Status status;

	recordio_feed(reader, bytes, size);
	status = recordio_next(reader, found, failure);
	*used = (size_t) (reader->at - bytes);
	return status;
}

static void
begin_csv(ChannelSet *set)
{
	CsvReader *reader = &set->reader.csv;
	Sample sample = reader->sample;

	csv_init(reader, &set->runtime, "", 0, true, set->single);
	if (sample.runtime.allocate != NULL)
		reader->sample = sample;
	reader->whole = true;
}

static Status
read_csv(ChannelSet *set, const uint8_t *bytes, size_t size, bool *found,
		 size_t *used, Failure *failure)
{
	CsvReader *reader = &set->reader.csv;
	size_t mark = 0;
	Status status;

	/* the mark of UTF-8, in a stream's first line */
	if (reader->cursor.line == 1 && size >= 3 &&
		memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		mark = 3;
	csv_feed(reader, bytes + mark, size - mark);
	status = csv_next(reader, found, failure);
	*used = (size_t) (reader->cursor.at - (const char *) bytes);
	return status;
}

static Datum
make_recordio(const ChannelSet *set, TupleDesc row, uint64 id)
{
	return recordio_row(row, set->single, &set->reader.recordio, id);
}

static Datum
make_csv(const ChannelSet *set, TupleDesc row, uint64 id)
{
	return csv_row(row, set->single, true, &set->reader.csv, set->stream_row,
				   id);
}

static const RowFormatReader recordio_format = {
	begin_recordio, is_whole_recordio, read_recordio, make_recordio};
static const RowFormatReader csv_format = {begin_csv, csv_is_whole, read_csv,
										   make_csv};

/* Read the next row of the present stream, false at its end. */
static bool
next_of_stream(ChannelSet *set, const RowFormatReader *format)
{
	Window *window = &set->window;
	bool found = false;
	Failure failure;

	for (;;)
	{
		size_t used;

		while (!window->ended &&
			   !format->is_whole(window_at(window), window_size(window)))
			CHECK_STATUS(window_fill(window, &failure), failure);
		if (window_size(window) == 0)
			return false;
		CHECK_STATUS(format->read(set, window_at(window), window_size(window),
								  &found, &used, &failure),
					 failure);
		window_pass(window, used);
		if (found)
			return true;
	}
}

/* Read the next row of the channel. */
static bool
next_row(ChannelSet *set, const RowFormatReader *format)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (set->begun && next_of_stream(set, format))
		{
			set->stream_row++;
			return true;
		}
		set->stream = channel_next(set->channel);
		if (set->stream == NULL)
			return false;
		window_open(&set->window, set->stream);
		format->begin(set);
		set->begun = true;
		set->stream_row = 0;
	}
}

/* Read the next row as a tuple, with the object's name in errors. */
static bool
next_tuple(ChannelSet *set, const RowFormatReader *format, TupleDesc row,
		   uint64 id, Datum *tuple)
{
	ErrorContextCallback context = {error_context_stack, channel_tell_name,
									set->channel};
	bool found;

	if (set->channel == NULL)
		return false;
	error_context_stack = &context;
	found = next_row(set, format);
	if (found)
		*tuple = format->make(set, row, id);
	error_context_stack = context.previous;
	return found;
}

/* Begin a set, at its first call. */
static void
begin_set(FunctionCallInfo fcinfo)
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
	window_init(&set->window, &set->runtime, download_limit());
	if (!PG_ARGISNULL(0))
		set->channel = channel_open(text_to_cstring(PG_GETARG_TEXT_PP(0)),
									own_schema(fcinfo));
	MemoryContextSwitchTo(old);
}

/* Return the next row of the call's URL. */
static Datum
return_next(FunctionCallInfo fcinfo, const RowFormatReader *format)
{
	FuncCallContext *call;
	Datum tuple;

	if (SRF_IS_FIRSTCALL())
		begin_set(fcinfo);
	call = SRF_PERCALL_SETUP();
	if (!next_tuple(call->user_fctx, format, call->tuple_desc, call->call_cntr,
					&tuple))
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, tuple);
}

PG_FUNCTION_INFO_V1(linlearn_channel_recordio);

/* linlearn_channel_recordio(text [, anyelement]) */
Datum
linlearn_channel_recordio(PG_FUNCTION_ARGS)
{
	return return_next(fcinfo, &recordio_format);
}

PG_FUNCTION_INFO_V1(linlearn_channel_csv);

/* linlearn_channel_csv(text [, anyelement]) */
Datum
linlearn_channel_csv(PG_FUNCTION_ARGS)
{
	return return_next(fcinfo, &csv_format);
}
