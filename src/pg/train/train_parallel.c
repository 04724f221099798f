/*
 * train_parallel.c
 *		The training aggregates' state between parallel workers.
 */
#include "pg/train/train_state.h"

#include "core/rows/channel.h"
#include "core/rows/gram_sums.h"
#include "core/rows/rows_summed.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/train/progress.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/*
 * A serialised state: counters, label kind and type, the dictionary, then for
 * each channel its count and rows (label, weight, features), or the sums of
 * summed rows.
 */
static void
put(StringInfo out, const void *data, size_t size)
{
	if ((Size) out->len + size >= MaxAllocSize - 1024)
		train_state_report_worker_limit();
	appendBinaryStringInfo(out, data, (int) size);
}

static void
put_rows(StringInfo out, const Rows *rows)
{
	uint64 count = rows->count;
	bool summed = rows->sums != NULL;
	size_t loaded = 0;

	put(out, &count, sizeof(count));
	put(out, &summed, sizeof(summed));
	if (summed)
	{
		Failure failure = {0};

		CHECK_STATUS(gram_sums_flush(rows->sums, &failure), failure);
		put(out, &rows->fingerprint, sizeof(rows->fingerprint));
		put(out, &rows->magnitudes, sizeof(rows->magnitudes));
		put(out, gram_sums_image(rows->sums),
			gram_sums_image_size(rows->dimension));
		return;
	}
	for (size_t i = 0; i < rows->count; i++)
	{
		float weight = rows_weight(rows, i);
		RowView view;

		CHECK_FOR_INTERRUPTS();
		if (i == loaded)
		{
			Failure failure = {0};
			size_t more;

			CHECK_STATUS(rows_load_run(rows, i, &more, &failure), failure);
			loaded += more;
		}
		view = rows_view(rows, i);
		put(out, &rows->labels[i], sizeof(double));
		put(out, &weight, sizeof(weight));
		if (rows->format == ROWS_SPARSE)
		{
			put(out, &view.count, sizeof(view.count));
			put(out, view.index, view.count * sizeof(uint32_t));
			put(out, view.value, view.count * sizeof(float));
		}
		else
			put(out, view.dense, rows->stride);
	}
}

PG_FUNCTION_INFO_V1(linlearn_train_serialize);
Datum
linlearn_train_serialize(PG_FUNCTION_ARGS)
{
	TrainState *state = aggregate_state_given(fcinfo, TRAIN_MAGIC);
	uint32 sizes[2];
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoSpaces(&out, VARHDRSZ);
	put(&out, &state->on_invalid, sizeof(state->on_invalid));
	put(&out, &state->feature_dim, sizeof(state->feature_dim));
	put(&out, &state->format, sizeof(state->format));
	put(&out, &state->rows_ready, sizeof(bool));
	put(&out, &state->gram_sums_do, sizeof(bool));
	put(&out, &state->row_number, sizeof(uint64));
	put(&out, &state->skipped, sizeof(uint64));
	put(&out, &state->unlabelled, sizeof(uint64));
	put(&out, &state->weightless, sizeof(uint64));
	sizes[0] = state->options != NULL ? VARSIZE(state->options) : 0;
	sizes[1] = state->init_model != NULL ? VARSIZE(state->init_model) : 0;
	put(&out, sizes, sizeof(sizes));
	put(&out, state->options, sizes[0]);
	put(&out, state->init_model, sizes[1]);
	put(&out, &state->labels.kind, sizeof(LabelKind));
	put(&out, &state->labels.type, sizeof(Oid));
	put(&out, state->labels.type_name, sizeof(state->labels.type_name));
	put(&out, &state->labels.texts.count, sizeof(uint32));
	for (uint32 i = 0; i < state->labels.texts.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put(&out, label_reader_known(&state->labels, i),
			state->labels.texts.entries[i].size + 1);
	}
	for (int i = 0; i < CHANNEL_COUNT && state->rows_ready; i++)
		put_rows(&out, &state->rows[i]);
	SET_VARSIZE(out.data, out.len);
	PG_RETURN_BYTEA_P(out.data);
}

static const void *
get(StateReader *reader, void *into, size_t size)
{
	const char *at = reader->cursor;

	if (reader->left < size)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("serialized training state is damaged")));
	if (into != NULL)
		memcpy(into, at, size);
	reader->cursor += size;
	reader->left -= size;
	return at;
}

/* Reads one varlena of a known size; NULL for none. */
static void *
get_varlena(StateReader *reader, uint32 size, MemoryContext context)
{
	struct varlena *value;

	if (size == 0)
		return NULL;
	value = MemoryContextAlloc(context, Max(size, VARHDRSZ));
	get(reader, value, size);
	if (size < VARHDRSZ || VARSIZE(value) != size)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("serialized training state is damaged")));
	return value;
}

/* Adds a worker's summed rows. */
static void
combine_folded(Rows *rows, uint64 count, StateReader *reader)
{
	size_t size = gram_sums_image_size(rows->dimension);
	Failure failure = {0};
	Rows summed;

	rows_init(&summed, &rows->runtime, rows->format, rows->dimension);
	get(reader, &summed.fingerprint, sizeof(summed.fingerprint));
	get(reader, &summed.magnitudes, sizeof(summed.magnitudes));
	CHECK_STATUS(gram_sums_create(&rows->runtime, rows->format,
								  rows->dimension, &summed.sums, &failure),
				 failure);
	gram_sums_restore(summed.sums, get(reader, NULL, size));
	summed.count = count;
	CHECK_STATUS(rows_sum_in(rows, &summed, &failure), failure);
	gram_sums_release(summed.sums);
}

/* Appends one channel's rows of a worker, codes of labels translated. */
static void
combine_channel(TrainState *into, TrainState *from, int channel,
				FunctionCallInfo fcinfo)
{
	StateReader *reader = &from->unread;
	Rows *rows = &into->rows[channel];
	Failure failure = {0};
	uint64 count;
	bool summed;

	get(reader, &count, sizeof(count));
	get(reader, &summed, sizeof(summed));
	if (summed)
	{
		combine_folded(rows, count, reader);
		return;
	}
	for (uint64 i = 0; i < count; i++)
	{
		RowView view = {0};
		double label;
		float weight;

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		progress_collect();
		get(reader, &label, sizeof(label));
		get(reader, &weight, sizeof(weight));
		if (rows->format == ROWS_SPARSE)
		{
			get(reader, &view.count, sizeof(view.count));
			view.index = get(reader, NULL, view.count * sizeof(uint32_t));
			view.value = get(reader, NULL, view.count * sizeof(float));
		}
		else
			view.dense = get(reader, NULL, rows->stride);
		if (from->labels.kind == LABEL_TEXT)
		{
			if (!(label >= 0 && label < from->labels.texts.count))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						 errmsg("serialized training state is damaged")));
			label = label_reader_code(
				&into->labels,
				label_reader_known(&from->labels, (uint32) label));
		}
		CHECK_STATUS(channel_append(rows, &view, label,
									label_reader_hash(&into->labels, label),
									weight, &failure),
					 failure);
		train_state_bound(into, fcinfo);
	}
}

PG_FUNCTION_INFO_V1(linlearn_train_deserialize);
Datum
linlearn_train_deserialize(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	StateReader reader = {VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
	TrainState *state;
	char type_name[MODEL_NAME_SIZE];
	uint32 sizes[2], count;
	LabelKind kind;
	Oid type;

	(void) aggregate_context(fcinfo);
	state = train_state_create(CurrentMemoryContext);
	get(&reader, &state->on_invalid, sizeof(state->on_invalid));
	get(&reader, &state->feature_dim, sizeof(state->feature_dim));
	get(&reader, &state->format, sizeof(state->format));
	get(&reader, &state->rows_ready, sizeof(bool));
	get(&reader, &state->gram_sums_do, sizeof(bool));
	get(&reader, &state->row_number, sizeof(uint64));
	get(&reader, &state->skipped, sizeof(uint64));
	get(&reader, &state->unlabelled, sizeof(uint64));
	get(&reader, &state->weightless, sizeof(uint64));
	get(&reader, sizes, sizeof(sizes));
	state->options = get_varlena(&reader, sizes[0], state->context);
	state->init_model = get_varlena(&reader, sizes[1], state->context);
	get(&reader, &kind, sizeof(kind));
	get(&reader, &type, sizeof(type));
	get(&reader, type_name, sizeof(type_name));
	type_name[sizeof(type_name) - 1] = '\0';
	label_reader_init_kind(&state->labels, kind, type, type_name,
						   state->context);
	get(&reader, &count, sizeof(count));
	for (uint32 i = 0; i < count; i++)
	{
		const char *end = memchr(reader.cursor, '\0', reader.left);

		CHECK_FOR_INTERRUPTS();
		if (end == NULL)
			ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
							errmsg("serialized training state is damaged")));
		label_reader_code(&state->labels, reader.cursor);
		get(&reader, NULL, end - reader.cursor + 1);
	}
	/* The rows are read where they lie, when they are combined. */
	state->unread = reader;
	PG_RETURN_POINTER(state);
}

/* Takes over what a state knows beside its rows. */
static void
combine_settings(TrainState *into, const TrainState *from)
{
	MemoryContext old = MemoryContextSwitchTo(into->context);

	into->on_invalid = from->on_invalid;
	into->feature_dim = from->feature_dim;
	into->format = from->format;
	into->gram_sums_do = from->gram_sums_do;
	if (from->options != NULL)
		into->options = DatumGetJsonbPCopy(JsonbPGetDatum(from->options));
	if (from->init_model != NULL)
		into->init_model =
			DatumGetByteaPCopy(PointerGetDatum(from->init_model));
	label_reader_init_kind(&into->labels, from->labels.kind, from->labels.type,
						   from->labels.type_name, into->context);
	MemoryContextSwitchTo(old);
}

/* Whether two values, either of which may be missing, are the same. */
static bool
same_value(const void *a, const void *b)
{
	return a == NULL || b == NULL
			   ? a == b
			   : VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* What workers were told must be the same, as it is from row to row. */
static void
check_same_settings(const TrainState *into, const TrainState *from)
{
	if (!same_value(into->options, from->options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all rows of a model")));
	if (!same_value(into->init_model, from->init_model))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("init_model must be the same for all rows of a "
							   "model")));
}

PG_FUNCTION_INFO_V1(linlearn_train_combine);
Datum
linlearn_train_combine(PG_FUNCTION_ARGS)
{
	TrainState *into = aggregate_state(fcinfo, 0, TRAIN_MAGIC);
	TrainState *from = aggregate_state(fcinfo, 1, TRAIN_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	if (into == NULL)
	{
		into = train_state_create(aggregate_context(fcinfo));
		combine_settings(into, from);
	}
	else
		check_same_settings(into, from);
	if (from->rows_ready)
	{
		if (into->rows_ready && into->feature_dim != from->feature_dim)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("rows have %u and %u features", into->feature_dim,
							from->feature_dim),
					 errdetail("All rows of a model have the same number of "
							   "features.")));
		into->format = from->format;
		train_state_check_width(into, from->feature_dim);
		for (int i = 0; i < CHANNEL_COUNT; i++)
			combine_channel(into, from, i, fcinfo);
	}
	into->row_number += from->row_number;
	into->skipped += from->skipped;
	into->unlabelled += from->unlabelled;
	into->weightless += from->weightless;
	PG_RETURN_POINTER(into);
}
