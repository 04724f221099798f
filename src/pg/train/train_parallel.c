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
#include "pg/train/train_columns.h"
#include "pg/train/train_folds.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/*
 * A serialised state: counters, label kind and type, the dictionary, then for
 * each channel its count and rows (label, weight, features), or the sums of
 * summed rows.
 */
static void
write_sums(StringInfo out, Rows *rows)
{
	Failure failure = {0};

	CHECK_STATUS(rows_sum_flush(rows, &failure), failure);
	state_write_bytes(out, &rows->fingerprint, sizeof(rows->fingerprint));
	state_write_bytes(out, &rows->magnitudes, sizeof(rows->magnitudes));
	state_write_bytes(out, gram_sums_image(rows->sums),
					  gram_sums_image_size(rows->dimension));
}

/* Bytes that rows take in a state, at most. */
static Size
rows_state_bytes(const Rows *rows)
{
	return rows->record_bytes +
		   rows->count *
			   (3 * sizeof(double) + sizeof(float) + sizeof(uint32_t));
}

/* Writes a row into room that is there; returns where the next goes. */
static char *
write_row(char *to, const Rows *rows, size_t row)
{
	float weight = rows_weight(rows, row);
	RowView view = rows_view(rows, row);
	Size size = rows->format == ROWS_CELLS ? view.count : rows->stride;

	memcpy(to, &rows->labels[row], sizeof(double));
	to += sizeof(double);
	memcpy(to, &weight, sizeof(weight));
	to += sizeof(weight);
	if (rows->offsets != NULL)
	{
		memcpy(to, &rows->offsets[row], sizeof(double));
		to += sizeof(double);
	}
	if (rows->fold_keys != NULL)
	{
		memcpy(to, &rows->fold_keys[row], sizeof(double));
		to += sizeof(double);
	}
	if (rows->format >= ROWS_SPARSE)
	{
		memcpy(to, &view.count, sizeof(view.count));
		to += sizeof(view.count);
	}
	if (rows->format == ROWS_SPARSE)
	{
		memcpy(to, view.index, view.count * sizeof(uint32_t));
		to += view.count * sizeof(uint32_t);
		memcpy(to, view.value, view.count * sizeof(float));
		return to + view.count * sizeof(float);
	}
	memcpy(to, view.dense, size);
	return to + size;
}

static void
write_channel(StringInfo out, Rows *rows)
{
	size_t loaded = 0;
	char *to;

	state_write_uint64(out, rows->count);
	state_write_uint64(out, rows->sums != NULL);
	state_write_uint64(out, rows->offsets != NULL);
	state_write_uint64(out, rows->fold_keys != NULL);
	if (rows->sums != NULL)
	{
		write_sums(out, rows);
		return;
	}
	to = state_write_reserve(out, rows_state_bytes(rows));
	for (size_t i = 0; i < rows->count; i++)
	{
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		if (i == loaded)
		{
			Failure failure = {0};
			size_t more;

			CHECK_STATUS(rows_load_run(rows, i, &more, &failure), failure);
			loaded += more;
		}
		to = write_row(to, rows, i);
	}
	state_write_reserved(out, to);
}

/* Writes one varlena, NULL as one of no bytes. */
static void
write_varlena(StringInfo out, const void *value)
{
	Size size = value != NULL ? VARSIZE(value) : 0;

	state_write_uint64(out, size);
	state_write_bytes(out, value, size);
}

static void
write_labels(StringInfo out, const LabelReader *labels)
{
	state_write_uint64(out, labels->kind);
	state_write_uint64(out, labels->type);
	state_write_bytes(out, labels->type_name, sizeof(labels->type_name));
	state_write_uint64(out, labels->texts.count);
	for (uint32 i = 0; i < labels->texts.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		state_write_uint64(out, labels->texts.entries[i].size);
		state_write_bytes(out, label_reader_known(labels, i),
						  labels->texts.entries[i].size);
	}
}

bytea *
train_state_write(TrainState *state)
{
	StringInfoData out;

	state_write_start(&out, TRAIN_MAGIC);
	state_write_uint64(&out, state->on_invalid);
	state_write_uint64(&out, state->feature_dim);
	state_write_uint64(&out, state->format);
	state_write_uint64(&out, state->rows_ready);
	state_write_uint64(&out, state->gram_sums_do);
	state_write_uint64(&out, state->row_number);
	state_write_uint64(&out, state->skipped);
	state_write_uint64(&out, state->unlabelled);
	state_write_uint64(&out, state->weightless);
	write_varlena(&out, state->options);
	write_varlena(&out, state->init_model.bytes);
	write_labels(&out, &state->labels);
	train_columns_write(&out, state);
	train_folds_write(&out, state);
	for (int i = 0; i < CHANNEL_COUNT && state->rows_ready; i++)
		write_channel(&out, &state->rows[i]);
	return state_write_finish(&out);
}

PG_FUNCTION_INFO_V1(linlearn_train_serialize);
Datum
linlearn_train_serialize(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(
		train_state_write(aggregate_state_given(fcinfo, TRAIN_MAGIC)));
}

/* Reads one varlena; NULL for one of no bytes. */
static void *
read_varlena(StateReader *reader, MemoryContext context)
{
	Size size = state_read_count(reader, 1);
	struct varlena *value;

	if (size == 0)
		return NULL;
	value = MemoryContextAlloc(context, Max(size, VARHDRSZ));
	state_read_bytes(reader, value, size);
	if (size < VARHDRSZ || VARSIZE(value) != size)
		state_damaged();
	return value;
}

/* Adds a worker's summed rows. */
static void
combine_sums(Rows *rows, uint64 count, StateReader *reader)
{
	size_t size = gram_sums_image_size(rows->dimension);
	Failure failure = {0};
	Rows summed;

	rows_init(&summed, &rows->runtime, rows->format, rows->dimension);
	state_read_bytes(reader, &summed.fingerprint, sizeof(summed.fingerprint));
	state_read_bytes(reader, &summed.magnitudes, sizeof(summed.magnitudes));
	CHECK_STATUS(gram_sums_create(&rows->runtime, rows->format,
								  rows->dimension, &summed.sums, &failure),
				 failure);
	if (!gram_sums_restore(summed.sums, state_read_place(reader, size)))
		state_damaged();
	summed.count = count;
	CHECK_STATUS(rows_sum_in(rows, &summed, &failure), failure);
	gram_sums_release(summed.sums);
}

/* What a row has beside its features and label. */
typedef struct RowNumbers
{
	float weight;
	double offset;
	double fold_key;
} RowNumbers;

/* A worker's row where it lies; returns its label. */
static double
read_row(StateReader *reader, const Rows *rows, bool offsets, bool fold_keys,
		 RowView *view, RowNumbers *numbers)
{
	double label = state_read_double(reader);

	state_read_bytes(reader, &numbers->weight, sizeof(numbers->weight));
	numbers->offset = offsets ? state_read_double(reader) : 0.0;
	numbers->fold_key = fold_keys ? state_read_double(reader) : 0.0;
	if (rows->format == ROWS_SPARSE)
	{
		state_read_bytes(reader, &view->count, sizeof(view->count));
		view->index = state_read_place(reader, view->count * sizeof(uint32_t));
		view->value = state_read_place(reader, view->count * sizeof(float));
	}
	else if (rows->format == ROWS_CELLS)
	{
		state_read_bytes(reader, &view->count, sizeof(view->count));
		view->dense = state_read_place(reader, view->count);
	}
	else
		view->dense = state_read_place(reader, rows->stride);
	return label;
}

/* A worker's label as the reader of all has it: codes of texts differ. */
static double
translate_label(LabelReader *into, const LabelReader *from, double label)
{
	if (from->kind != LABEL_TEXT)
		return label;
	if (!(label >= 0 && label < from->texts.count))
		state_damaged();
	return label_reader_code(into, label_reader_known(from, (uint32) label));
}

/* Appends one channel's rows of a worker. */
static void
combine_channel(TrainState *into, TrainState *from, int channel,
				FunctionCallInfo fcinfo)
{
	StateReader *reader = &from->unread;
	Rows *rows = &into->rows[channel];
	Failure failure = {0};
	uint64 count = state_read_uint64(reader);
	bool sums = state_read_choice(reader, 1) == 1;
	bool offsets = state_read_choice(reader, 1) == 1;
	bool fold_keys = state_read_choice(reader, 1) == 1;

	if (sums)
	{
		combine_sums(rows, count, reader);
		return;
	}
	if (reader->public && count > 0)
		state_damaged();
	for (uint64 i = 0; i < count; i++)
	{
		RowView view = {0};
		RowNumbers numbers;
		double label;

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		progress_collect();
		label = translate_label(
			&into->labels, &from->labels,
			read_row(reader, rows, offsets, fold_keys, &view, &numbers));
		if (rows->format == ROWS_CELLS)
			train_columns_translate(into, from, view.dense, view.count, &view);
		CHECK_STATUS(channel_append(rows, &view, label,
									label_reader_hash(&into->labels, label),
									numbers.weight, &failure),
					 failure);
		CHECK_STATUS(rows_give_offset(rows, numbers.offset, &failure),
					 failure);
		train_folds_give(into, rows,
						 train_folds_translate(into, from, numbers.fold_key));
		train_state_bound(into, fcinfo);
	}
}

/* Reads the label's kind and type, and the texts that rows' labels number. */
static void
read_labels(StateReader *reader, LabelReader *labels, MemoryContext context)
{
	LabelKind kind = (LabelKind) state_read_choice(reader, LABEL_TEXT);
	Oid type = (Oid) state_read_uint64(reader);
	char type_name[MODEL_NAME_SIZE];
	uint64 count;

	state_read_bytes(reader, type_name, sizeof(type_name));
	type_name[sizeof(type_name) - 1] = '\0';
	label_reader_init_kind(labels, kind, type, type_name, context);
	count = state_read_count(reader, sizeof(uint64));
	for (uint64 i = 0; i < count; i++)
	{
		Size size = state_read_count(reader, 1);

		CHECK_FOR_INTERRUPTS();
		if (label_reader_bytes_code(labels, state_read_place(reader, size),
									size) != i)
			state_damaged();
	}
}

/* Refuses what sums of dense rows with numbers as labels do not have. */
static void
check_sums(TrainState *state)
{
	if (state->options != NULL || state->init_model.bytes != NULL ||
		state->table != NULL || state->format > ROWS_F64 ||
		!state->rows_ready || !state->gram_sums_do || state->feature_dim < 1 ||
		state->feature_dim > GRAM_SUMS_MAX_DIMENSION ||
		state->labels.texts.count > 0 || !type_is_number(state->labels.type))
		state_damaged();
	label_reader_init(&state->labels, state->labels.type, state->context);
}

TrainState *
train_state_read(bytea *bytes, bool sums)
{
	TrainState *state;
	StateReader reader;

	state_read_start(&reader, bytes, TRAIN_MAGIC);
	reader.public = sums;
	state = train_state_create(CurrentMemoryContext);
	state->on_invalid =
		(OnInvalid) state_read_choice(&reader, ON_INVALID_SKIP);
	state->feature_dim = (uint32) state_read_choice(&reader, PG_UINT32_MAX);
	state->format = (RowFormat) state_read_choice(&reader, ROWS_CELLS);
	state->rows_ready = state_read_choice(&reader, 1) == 1;
	state->gram_sums_do = state_read_choice(&reader, 1) == 1;
	state->row_number = state_read_uint64(&reader);
	state->skipped = state_read_uint64(&reader);
	state->unlabelled = state_read_uint64(&reader);
	state->weightless = state_read_uint64(&reader);
	state->options = read_varlena(&reader, state->context);
	state->init_model.bytes = read_varlena(&reader, state->context);
	read_labels(&reader, &state->labels, state->context);
	train_columns_read(&reader, state);
	train_folds_read(&reader, state);
	if ((state->format == ROWS_CELLS) != (state->table != NULL))
		state_damaged();
	if (sums)
		check_sums(state);
	/* The rows are read where they lie, when they are combined. */
	state->unread = reader;
	return state;
}

PG_FUNCTION_INFO_V1(linlearn_train_deserialize);
Datum
linlearn_train_deserialize(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	PG_RETURN_POINTER(train_state_read(PG_GETARG_BYTEA_P(0), false));
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
	if (from->init_model.bytes != NULL)
		into->init_model.bytes =
			DatumGetByteaPCopy(PointerGetDatum(from->init_model.bytes));
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
	if (!same_value(into->init_model.bytes, from->init_model.bytes))
		init_model_differs();
}

/* Sums of other rows, whose labels or features are of another type. */
static void
check_same_types(const TrainState *into, const TrainState *from)
{
	if (from->unread.public && (into->labels.type != from->labels.type ||
								into->format != from->format))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("rows differ in the types of their features or "
							   "labels")));
}

TrainState *
train_state_merge(FunctionCallInfo fcinfo, MemoryContext context,
				  TrainState *into, TrainState *from)
{
	if (into == NULL)
	{
		into = train_state_create(context);
		combine_settings(into, from);
	}
	else
	{
		check_same_settings(into, from);
		check_same_types(into, from);
	}
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
		train_columns_merge(into, from);
		train_state_check_width(into, from->feature_dim);
		for (int i = 0; i < CHANNEL_COUNT; i++)
			combine_channel(into, from, i, fcinfo);
		state_read_finish(&from->unread);
	}
	into->row_number += from->row_number;
	into->skipped += from->skipped;
	into->unlabelled += from->unlabelled;
	into->weightless += from->weightless;
	return into;
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
	PG_RETURN_POINTER(
		train_state_merge(fcinfo, aggregate_context(fcinfo), into, from));
}
