/*
 * train_state.c
 *		The state of the training aggregates, row by row.
 */
#include "pg/train_state.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "miscadmin.h"
#include "pg/progress.h"
#include "pg/runtime.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Positions of the aggregate's arguments. */
enum
{
	ARG_STATE,
	ARG_FEATURES,
	ARG_LABEL,
	ARG_OPTIONS,
	ARG_CHANNEL,
	ARG_WEIGHT,
	ARG_INIT_MODEL
};

/* Makes an empty state in a context of its own below the aggregate's. */
static TrainState *
create_state(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "linlearn rows",
												  ALLOCSET_SMALL_SIZES);
	TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));

	state->context = context;
	return state;
}

/* Keeps what the first row says of the options. */
static void
start_state(TrainState *state, FunctionCallInfo fcinfo,
			OptionsReader read_options)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	Hyperparameters settings;

	if (PG_NARGS() > ARG_OPTIONS && !PG_ARGISNULL(ARG_OPTIONS))
		state->options = DatumGetJsonbPCopy(PG_GETARG_DATUM(ARG_OPTIONS));
	read_options(state->options, &settings);
	state->on_invalid = (OnInvalid) hp_integer(&settings, HP_ON_INVALID);
	state->width_given = !hp_is_auto(&settings, HP_FEATURE_DIM);
	if (state->width_given)
		state->feature_dim = (uint32) hp_integer(&settings, HP_FEATURE_DIM);
	feature_reader_init(&state->features,
						get_fn_expr_argtype(fcinfo->flinfo, ARG_FEATURES),
						state->context);
	label_reader_init(&state->labels,
					  get_fn_expr_argtype(fcinfo->flinfo, ARG_LABEL),
					  state->context);
	state->labels.classes =
		settings.value[HP_PREDICTOR_TYPE] != PREDICTOR_REGRESSOR;
	state->format = state->features.format;
	if (PG_NARGS() > ARG_INIT_MODEL && !PG_ARGISNULL(ARG_INIT_MODEL))
		state->init_model =
			DatumGetByteaPCopy(PG_GETARG_DATUM(ARG_INIT_MODEL));
	state->reader_ready = true;
	MemoryContextSwitchTo(old);
}

/* Options must not differ from row to row: the model has one set of them. */
static void
check_options(const TrainState *state, FunctionCallInfo fcinfo)
{
	struct varlena *options;

	if (PG_NARGS() <= ARG_OPTIONS)
		return;
	if (PG_ARGISNULL(ARG_OPTIONS) != (state->options == NULL))
		options = NULL;
	else if (state->options == NULL)
		return;
	else
		options = PG_DETOAST_DATUM(PG_GETARG_DATUM(ARG_OPTIONS));
	if (options == NULL || VARSIZE(options) != VARSIZE(state->options) ||
		memcmp(options, state->options, VARSIZE(options)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all rows of a model")));
}

/* The channel of a row. */
static Channel
read_channel(FunctionCallInfo fcinfo)
{
	text *value;
	size_t length;

	if (PG_NARGS() <= ARG_CHANNEL || PG_ARGISNULL(ARG_CHANNEL))
		return CHANNEL_TRAIN;
	value = PG_GETARG_TEXT_PP(ARG_CHANNEL);
	length = VARSIZE_ANY_EXHDR(value);
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		static const char *const names[] = {"train", "validation", "test"};

		if (length == strlen(names[i]) &&
			memcmp(VARDATA_ANY(value), names[i], length) == 0)
			return (Channel) i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized channel \"%s\"", text_to_cstring(value)),
			 errdetail("A channel is train (or NULL), validation or test.")));
	pg_unreachable();
}

/*
 * Weights are kept as floats.  The least leaves room below for their products
 * with derivatives.
 */
#define LEAST_WEIGHT 1e-30
#define LARGEST_WEIGHT 1e30

/* The weight of a row. */
static float
read_weight(FunctionCallInfo fcinfo, const TrainState *state)
{
	double weight;

	if (PG_NARGS() <= ARG_WEIGHT)
		return 1.0f;
	if (PG_ARGISNULL(ARG_WEIGHT))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("weight is NULL in row " UINT64_FORMAT,
							   state->row_number)));
	weight = PG_GETARG_FLOAT8(ARG_WEIGHT);
	if (weight != 0 && !(weight >= LEAST_WEIGHT && weight <= LARGEST_WEIGHT))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g in row " UINT64_FORMAT " is not allowed",
						weight, state->row_number),
				 errdetail("A weight is 0 or a number in [%g, %g].",
						   LEAST_WEIGHT, LARGEST_WEIGHT),
				 errhint("Only the proportions of weights count.")));
	return (float) weight;
}

#define SKIP_HINT "Option on_invalid = skip leaves such rows out."

/* Handles a row whose features cannot be used. */
static void
invalid_row(TrainState *state, FeatureProblem problem, uint32 position)
{
	if (state->on_invalid == ON_INVALID_ERROR)
		report_feature_problem(problem, position, state->row_number, SKIP_HINT);
	state->skipped++;
}

/* Whether a row is as wide as the others; makes the stores at the first. */
static bool
check_width(TrainState *state, uint32 dimension)
{
	if (!state->rows_ready)
	{
		Runtime runtime = pg_runtime(state->context);

		if (state->feature_dim == 0)
			state->feature_dim = dimension;
		for (int i = 0; i < CHANNEL_COUNT; i++)
			rows_init(&state->rows[i], &runtime, state->format,
					  state->feature_dim);
		state->rows_ready = true;
	}
	if (dimension == state->feature_dim)
		return true;
	/* Which row is wrong must not depend on which row came first. */
	if (state->on_invalid == ON_INVALID_ERROR || !state->width_given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("row " UINT64_FORMAT " has %u features, not %u",
						state->row_number, dimension, state->feature_dim),
				 errdetail("All rows of a model have the same number of "
						   "features."),
				 state->on_invalid != ON_INVALID_ERROR ?
					 errhint("With feature_dim given, too, on_invalid = skip "
							 "leaves rows of another width out.") :
				 state->width_given ?
					 errhint(SKIP_HINT) :
					 errhint("Options on_invalid = skip and feature_dim "
							 "leave rows of another width out.")));
	state->skipped++;
	return false;
}

/* What rows take beside their records when a worker hands them over. */
#define ROW_HEADER_BYTES (sizeof(double) + sizeof(float))

static void
report_worker_limit(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a parallel worker's training rows exceed 1 GB"),
			 errhint("SET max_parallel_workers_per_gather = 0 for this "
					 "query.")));
}

/* What a worker hands over is one value: better to say so soon. */
static void
check_worker(const TrainState *state)
{
	Size bytes = 0;

	for (int i = 0; i < CHANNEL_COUNT; i++)
		bytes += state->rows[i].record_bytes +
			state->rows[i].count * ROW_HEADER_BYTES;
	if (bytes >= MaxAllocSize - 1024)
		report_worker_limit();
}

/*
 * Moves the rows to temporary files when those in memory exceed
 * linlearn.train_mem.  Whether rows ever do does not depend on their order.
 */
static void
bound_memory(TrainState *state, FunctionCallInfo fcinfo)
{
	Failure failure;			/* not cleared: it is large, and this runs a row */
	Size bytes = 0;

	for (int i = 0; i < CHANNEL_COUNT; i++)
		bytes += state->rows[i].record_bytes - state->rows[i].spilled_bytes;
	if (bytes / 1024 < (Size) linlearn_train_mem)
		return;
	if (IsParallelWorker())
		check_worker(state);
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		if (!state->spilled)
			state->files[i] = spill_file_open(fcinfo, state->context);
		CHECK_STATUS(rows_spill(&state->rows[i], &state->files[i], &failure),
					 failure);
	}
	state->spilled = true;
}

/* How far ahead rows are asked for, and how much of one. */
#define PREFETCH_ROWS 2
#define PREFETCH_BYTES ((Size) 1024)
#define CACHE_LINE_BYTES 64

/*
 * Asks for a row that a scan hands over soon, while this one is copied: a heap
 * page holds rows one below the other.  GCC drops calls of a function that does
 * nothing else.
 */
static pg_attribute_always_inline void
prefetch_row(Datum features, const RowView *view)
{
	const char *value = DatumGetPointer(features);
	Size size = VARSIZE_ANY(value);
	Size row = MAXALIGN(size + SizeofHeapTupleHeader);

	if ((const char *) view->dense < value ||
		(const char *) view->dense >= value + size)
		return;
	for (Size at = 0; at < Min(row, PREFETCH_BYTES); at += CACHE_LINE_BYTES)
		__builtin_prefetch(value + size - PREFETCH_ROWS * row - at);
	/* A scan looks at all headers of a page first. */
	__builtin_prefetch(value - SizeofHeapTupleHeader + BLCKSZ);
}

/* Reads and packs one row. */
static void
add_row(TrainState *state, FunctionCallInfo fcinfo)
{
	Failure failure;			/* not cleared, as above */
	FeatureProblem problem;
	RowView view;
	uint32 dimension, position;
	double label;
	uint64 hash;
	Channel channel;

	if (PG_ARGISNULL(ARG_FEATURES))
	{
		if (state->on_invalid == ON_INVALID_ERROR)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("features are NULL in row " UINT64_FORMAT,
							state->row_number),
					 errhint(SKIP_HINT)));
		state->skipped++;
		return;
	}
	problem = feature_reader_read(&state->features,
								  PG_GETARG_DATUM(ARG_FEATURES), &view,
								  &dimension, &position);
	if (problem != FEATURES_FINE)
	{
		invalid_row(state, problem, position);
		return;
	}
	prefetch_row(PG_GETARG_DATUM(ARG_FEATURES), &view);
	if (!check_width(state, dimension))
		return;
	channel = read_channel(fcinfo);
	if (PG_ARGISNULL(ARG_LABEL))
	{
		state->unlabelled++;
		return;
	}
	if (!label_reader_read(&state->labels, PG_GETARG_DATUM(ARG_LABEL), &label,
						   &hash))
	{
		if (state->on_invalid == ON_INVALID_ERROR)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("label is NaN or infinite in row " UINT64_FORMAT,
							state->row_number),
					 errhint(SKIP_HINT)));
		state->skipped++;
		return;
	}
	CHECK_STATUS(rows_append(&state->rows[channel], &view, label, hash,
							 read_weight(fcinfo, state), &failure),
				 failure);
	bound_memory(state, fcinfo);
}

TrainState *
train_state_add(FunctionCallInfo fcinfo, OptionsReader read_options)
{
	MemoryContext aggregate;
	TrainState *state;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = PG_ARGISNULL(ARG_STATE) ? create_state(aggregate) :
		(TrainState *) PG_GETARG_POINTER(ARG_STATE);
	state->row_number++;
	progress_collect();
	if (!state->reader_ready)
		start_state(state, fcinfo, read_options);
	else
		check_options(state, fcinfo);
	add_row(state, fcinfo);
	return state;
}

/* ---- Between parallel workers ---- */

/*
 * A serialised state: counters, label kind and type, the dictionary, then for
 * each channel its rows: label, weight, features.
 */
static void
put(StringInfo out, const void *data, size_t size)
{
	if ((Size) out->len + size >= MaxAllocSize - 1024)
		report_worker_limit();
	appendBinaryStringInfo(out, data, (int) size);
}

static void
put_rows(StringInfo out, const Rows *rows)
{
	uint64 count = rows->count;
	size_t loaded = 0;

	put(out, &count, sizeof(count));
	for (size_t i = 0; i < rows->count; i++)
	{
		float weight = rows_weight(rows, i);
		RowView view;

		if (i == loaded)
		{
			Failure failure = {0};
			size_t more;

			CHECK_FOR_INTERRUPTS();
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
	TrainState *state = (TrainState *) PG_GETARG_POINTER(0);
	uint32 sizes[2];
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoSpaces(&out, VARHDRSZ);
	put(&out, &state->on_invalid, sizeof(state->on_invalid));
	put(&out, &state->feature_dim, sizeof(state->feature_dim));
	put(&out, &state->format, sizeof(state->format));
	put(&out, &state->rows_ready, sizeof(bool));
	put(&out, &state->row_number, sizeof(uint64));
	put(&out, &state->skipped, sizeof(uint64));
	put(&out, &state->unlabelled, sizeof(uint64));
	sizes[0] = state->options != NULL ? VARSIZE(state->options) : 0;
	sizes[1] = state->init_model != NULL ? VARSIZE(state->init_model) : 0;
	put(&out, sizes, sizeof(sizes));
	put(&out, state->options, sizes[0]);
	put(&out, state->init_model, sizes[1]);
	put(&out, &state->labels.kind, sizeof(LabelKind));
	put(&out, &state->labels.type, sizeof(Oid));
	put(&out, state->labels.type_name, sizeof(state->labels.type_name));
	put(&out, &state->labels.count, sizeof(uint32));
	for (uint32 i = 0; i < state->labels.count; i++)
		put(&out, state->labels.texts[i], strlen(state->labels.texts[i]) + 1);
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

/* Appends one channel's rows of a worker, codes of labels translated. */
static void
combine_channel(TrainState *into, TrainState *from, int channel,
				FunctionCallInfo fcinfo)
{
	StateReader *reader = &from->unread;
	Rows *rows = &into->rows[channel];
	Failure failure = {0};
	uint64 count;

	get(reader, &count, sizeof(count));
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
			if (!(label >= 0 && label < from->labels.count))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						 errmsg("serialized training state is damaged")));
			label = label_reader_code(&into->labels,
									  from->labels.texts[(uint32) label]);
		}
		CHECK_STATUS(rows_append(rows, &view, label,
								 label_reader_hash(&into->labels, label),
								 weight, &failure),
					 failure);
		bound_memory(into, fcinfo);
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

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = create_state(CurrentMemoryContext);
	get(&reader, &state->on_invalid, sizeof(state->on_invalid));
	get(&reader, &state->feature_dim, sizeof(state->feature_dim));
	get(&reader, &state->format, sizeof(state->format));
	get(&reader, &state->rows_ready, sizeof(bool));
	get(&reader, &state->row_number, sizeof(uint64));
	get(&reader, &state->skipped, sizeof(uint64));
	get(&reader, &state->unlabelled, sizeof(uint64));
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
	if (from->options != NULL)
		into->options = DatumGetJsonbPCopy(JsonbPGetDatum(from->options));
	if (from->init_model != NULL)
		into->init_model =
			DatumGetByteaPCopy(PointerGetDatum(from->init_model));
	label_reader_init_kind(&into->labels, from->labels.kind,
						   from->labels.type, from->labels.type_name,
						   into->context);
	MemoryContextSwitchTo(old);
}

/* Whether two values, either of which may be missing, are the same. */
static bool
same_value(const void *a, const void *b)
{
	return a == NULL || b == NULL ? a == b :
		VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
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
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("init_model must be the same for all rows of a "
						"model")));
}

PG_FUNCTION_INFO_V1(linlearn_train_combine);
Datum
linlearn_train_combine(PG_FUNCTION_ARGS)
{
	MemoryContext aggregate;
	TrainState *into, *from;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		elog(ERROR, "aggregate function called in non-aggregate context");
	into = PG_ARGISNULL(0) ? NULL : (TrainState *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
	{
		if (into == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(into);
	}
	from = (TrainState *) PG_GETARG_POINTER(1);
	if (into == NULL)
	{
		into = create_state(aggregate);
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
		check_width(into, from->feature_dim);
		for (int i = 0; i < CHANNEL_COUNT; i++)
			combine_channel(into, from, i, fcinfo);
	}
	into->row_number += from->row_number;
	into->skipped += from->skipped;
	into->unlabelled += from->unlabelled;
	PG_RETURN_POINTER(into);
}
