/*
 * train_state.c
 *		The state of the training aggregates, row by row.
 */
#include "pg/train/pages_ahead.h"
#include "pg/train/train_state.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/parallel.h"
#include "core/problem/defaults.h"
#include "core/rows/channel.h"
#include "core/rows/gram_sums.h"
#include "core/rows/rows_summed.h"
#include "miscadmin.h"
#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/base/settings.h"
#include "pg/base/weights.h"
#include "pg/train/class_weights.h"
#include "pg/train/progress.h"
#include "pg/train/train_check.h"
#include "pg/train/train_columns.h"
#include "pg/train/train_folds.h"
#include "pg/values/record_reader.h"
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

TrainState *
train_state_create(MemoryContext parent)
{
	MemoryContext context =
		AllocSetContextCreate(parent, "linlearn rows", ALLOCSET_SMALL_SIZES);
	TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));

	state->magic = TRAIN_MAGIC;
	state->context = context;
	return state;
}

/* Keeps the options of the first row. */
static void
keep_options(TrainState *state, FunctionCallInfo fcinfo, OptionsType type)
{
	state->options_fixed = PG_NARGS() <= ARG_OPTIONS ||
						   aggregate_argument_fixed(fcinfo, ARG_OPTIONS);
	if (PG_NARGS() <= ARG_OPTIONS || PG_ARGISNULL(ARG_OPTIONS))
		return;
	if (type == OPTIONS_JSONB)
		state->options = DatumGetJsonbPCopy(PG_GETARG_DATUM(ARG_OPTIONS));
	else
	{
		state->options_text = DatumGetTextPCopy(PG_GETARG_DATUM(ARG_OPTIONS));
		state->options = options_of_text(state->options_text);
	}
}

/* Keeps what the first row says of the options. */
static void
start_state(TrainState *state, FunctionCallInfo fcinfo,
			OptionsReader read_options, bool gram_sums_do, OptionsType type)
{
	MemoryContext old = MemoryContextSwitchTo(state->context);
	Oid features = get_fn_expr_argtype(fcinfo->flinfo, ARG_FEATURES);
	Hyperparameters settings;
	bool table;

	keep_options(state, fcinfo, type);
	read_options(state->options, &settings);
	class_weights_check(state->options);
	state->on_invalid = (OnInvalid) hp_integer(&settings, HP_ON_INVALID);
	state->width_given = !hp_is_auto(&settings, HP_FEATURE_DIM);
	if (state->width_given)
		state->feature_dim = (uint32) hp_integer(&settings, HP_FEATURE_DIM);
	table = record_reader_takes(features, false);
	if (!table)
		feature_reader_init(&state->features, features, state->context);
	label_reader_init(&state->labels,
					  get_fn_expr_argtype(fcinfo->flinfo, ARG_LABEL),
					  state->context);
	state->labels.classes =
		settings.value[HP_PREDICTOR_TYPE] != PREDICTOR_REGRESSOR;
	state->format = table ? ROWS_CELLS : state->features.format;
	state->gram_sums_do = gram_sums_do && defaults_need_sums_only(&settings);
	init_model_take(&state->init_model, fcinfo, ARG_INIT_MODEL);
	train_check_first(&state->labels, &settings,
					  state->init_model.bytes != NULL);
	if (table && state->table == NULL)
		train_columns_begin(state);
	train_columns_check_roles(state, &settings);
	/* Folds are of rows. */
	if (train_folds_key(state) != FOLD_KEY_NONE)
		state->gram_sums_do = false;
	state->reader_ready = true;
	MemoryContextSwitchTo(old);
}

static bool
same_varlena(const void *a, const void *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* Options must not differ from row to row: the model has one set of them. */
static void
check_options(const TrainState *state, FunctionCallInfo fcinfo,
			  OptionsType type)
{
	struct varlena *options;

	if (state->options_fixed)
		return;
	if (PG_ARGISNULL(ARG_OPTIONS) != (state->options == NULL))
		options = NULL;
	else if (state->options == NULL)
		return;
	else
		options = PG_DETOAST_DATUM(PG_GETARG_DATUM(ARG_OPTIONS));
	if (options != NULL && type == OPTIONS_TEXT)
	{
		if (state->options_text != NULL &&
			same_varlena(options, state->options_text))
			return;
		options = (struct varlena *) options_of_text((text *) options);
	}
	if (options == NULL || !same_varlena(options, state->options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be the same for all rows of a model")));
}

Channel
train_channel(FunctionCallInfo fcinfo, int argument)
{
	text *value;
	size_t length;

	if (PG_NARGS() <= argument || PG_ARGISNULL(argument))
		return CHANNEL_TRAIN;
	value = PG_GETARG_TEXT_PP(argument);
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

/* Whether a weight is one that rows keep; the limits round as it did. */
bool
train_weight_fits(float weight)
{
	return weight >= (float) LEAST_WEIGHT && weight <= (float) LARGEST_WEIGHT;
}

float
train_weight(bool null, double weight, uint64 row)
{
	char place[40] = "";

	if (row > 0)
		snprintf(place, sizeof(place), " in row " UINT64_FORMAT, row);
	if (null)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("weight is NULL%s", place)));
	if (!(weight >= LEAST_WEIGHT && weight <= LARGEST_WEIGHT))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("weight %g%s is not allowed", weight, place),
						errdetail("A weight is 0 or a number in [%g, %g].",
								  LEAST_WEIGHT, LARGEST_WEIGHT),
						errhint("Only the proportions of weights count.")));
	return (float) weight;
}

/* The weight that a row was given as an argument. */
static float
read_weight(FunctionCallInfo fcinfo, const TrainState *state)
{
	if (PG_NARGS() <= ARG_WEIGHT)
		return 1.0f;
	return PG_ARGISNULL(ARG_WEIGHT)
			   ? train_weight(true, 0.0, state->row_number)
			   : train_weight(false, PG_GETARG_FLOAT8(ARG_WEIGHT),
							  state->row_number);
}

#define SKIP_HINT "Option on_invalid = skip leaves such rows out."

/* Handles a row whose features cannot be used. */
static void
invalid_row(TrainState *state, FeatureProblem problem, uint32 position)
{
	if (state->on_invalid == ON_INVALID_ERROR)
		report_feature_problem(problem, position, state->row_number,
							   SKIP_HINT);
	state->skipped++;
}

/*
 * Narrow rows are summed from so many bytes of records on: that is no slower
 * than to keep them, and fewer are no burden and have all metrics.  Wider ones
 * are summed when they do not fit into linlearn.train_mem, unless the products
 * of their digits would take over twice as long as temporary files (bytes have
 * but one digit).
 */
#define NARROW_DIMENSION 32
#define NARROW_SUM_BYTES ((Size) 16 << 20)
#define WIDE_DIMENSION 256

Size
train_sum_bytes(RowFormat format, uint32 dimension)
{
	/* Nor more than a worker can hand over, if it comes to that. */
	Size most = Min((Size) linlearn_train_mem * 1024, MaxAllocSize / 2) /
				CHANNEL_COUNT;
	uint32 widest = format == ROWS_U8		? GRAM_SUMS_MAX_DIMENSION
					: format == ROWS_SPARSE ? 0
											: WIDE_DIMENSION;

	if (format == ROWS_CELLS || dimension > widest ||
		gram_sums_memory(dimension) > most)
		return 0;
	return dimension <= NARROW_DIMENSION ? Min(most, NARROW_SUM_BYTES) : most;
}

bool
train_state_check_width(TrainState *state, uint32 dimension)
{
	if (!state->rows_ready)
	{
		Runtime runtime = pages_ahead_runtime(state->context);

		if (state->feature_dim == 0)
			state->feature_dim = dimension;
		for (int i = 0; i < CHANNEL_COUNT; i++)
		{
			rows_init(&state->rows[i], &runtime, state->format,
					  state->feature_dim);
			state->rows[i].number_labels = state->labels.kind != LABEL_TEXT;
		}
		state->sum_bytes =
			state->gram_sums_do && state->init_model.bytes == NULL
				? train_sum_bytes(state->format, state->feature_dim)
				: 0;
		state->rows_ready = true;
	}
	if (dimension == state->feature_dim)
		return true;
	/* Which row is wrong must not depend on which row came first. */
	if (state->on_invalid == ON_INVALID_ERROR || !state->width_given)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("row " UINT64_FORMAT " has %u features, not %u",
					state->row_number, dimension, state->feature_dim),
			 errdetail("All rows of a model have the same number of "
					   "features."),
			 state->on_invalid != ON_INVALID_ERROR
				 ? errhint("With feature_dim given, too, on_invalid = skip "
						   "leaves rows of another width out.")
			 : state->width_given
				 ? errhint(SKIP_HINT)
				 : errhint("Options on_invalid = skip and feature_dim "
						   "leave rows of another width out.")));
	state->skipped++;
	return false;
}

/* What rows take beside their records when a worker hands them over. */
#define ROW_HEADER_BYTES (2 * sizeof(double) + sizeof(float))

/* What a worker hands over is one value: better to say so soon. */
static void
check_worker(const TrainState *state)
{
	Size bytes = 0;

	for (int i = 0; i < CHANNEL_COUNT; i++)
		bytes += state->rows[i].record_bytes +
				 state->rows[i].count * ROW_HEADER_BYTES;
	if (bytes >= MaxAllocSize - 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a parallel worker's training rows exceed 1 GB"),
				 errhint("SET max_parallel_workers_per_gather = 0 for this "
						 "query.")));
}

/* Sums up each channel that has grown too large. */
static void
sum_rows(TrainState *state)
{
	for (int i = 0; i < CHANNEL_COUNT; i++)
	{
		Rows *rows = &state->rows[i];
		Failure failure;

		if (rows->sums == NULL && rows->record_bytes >= state->sum_bytes)
			CHECK_STATUS(rows_sum_up(rows, &failure), failure);
	}
}

void
train_state_bound(TrainState *state, FunctionCallInfo fcinfo)
{
	Failure failure; /* not cleared: it is large, and this runs a row */
	Size bytes = 0;

	if (state->sum_bytes > 0)
	{
		sum_rows(state);
		return;
	}
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

/* How far ahead rows are asked for, and how much of one: few are longer. */
#define PREFETCH_ROWS 2
#define PREFETCH_BYTES ((Size) 2048)
#define CACHE_LINE_BYTES 64
/* Of the caches: rows to come would drive each other out of the first. */
#define SECOND_LEVEL 2
/*
 * Asks for a row by its end, and for its header.  GCC drops calls of a function
 * that does nothing else, hence always_inline.
 */
static pg_attribute_always_inline void
prefetch_below(const char *end, Size row)
{
	for (Size at = 0; at < Min(row, PREFETCH_BYTES); at += CACHE_LINE_BYTES)
		__builtin_prefetch(end - at, 0, SECOND_LEVEL);
	__builtin_prefetch(end - row, 0, SECOND_LEVEL);
}

/*
 * Asks for a row that a scan hands over soon, while this one is copied: a heap
 * page holds rows one below the other.
 */
static pg_attribute_always_inline void
prefetch_row(Datum features, const RowView *view)
{
	const char *value = DatumGetPointer(features);
	Size size = VARSIZE_ANY(value);
	Size row = MAXALIGN(size + SizeofHeapTupleHeader);

	if ((const char *) view->dense >= value &&
		(const char *) view->dense < value + size)
		prefetch_below(value + size - PREFETCH_ROWS * row, row);
}

/*
 * Reads the features of a row that are an array; false if they cannot be used and
 * such rows are skipped.
 */
static bool
read_array(TrainState *state, Datum features, RowView *view)
{
	uint32 dimension, position;
	FeatureProblem problem = feature_reader_read(&state->features, features,
												 view, &dimension, &position);

	if (problem != FEATURES_FINE)
	{
		invalid_row(state, problem, position);
		return false;
	}
	prefetch_row(features, view);
	return train_state_check_width(state, dimension);
}

/* Reads a row of a table, and the roles that it holds, likewise. */
static bool
read_record(TrainState *state, FunctionCallInfo fcinfo, RowView *view,
			RowRoles *roles)
{
	return train_columns_pack(
			   state, PG_GETARG_DATUM(ARG_FEATURES),
			   get_fn_expr_argtype(fcinfo->flinfo, ARG_FEATURES), view,
			   roles) &&
		   train_state_check_width(state, 0);
}

/* Whether a row has features; handles one that has none. */
static bool
has_features(TrainState *state, FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(ARG_FEATURES))
		return true;
	if (state->on_invalid == ON_INVALID_ERROR)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("features are NULL in row " UINT64_FORMAT,
							   state->row_number),
						errhint(SKIP_HINT)));
	state->skipped++;
	return false;
}

/*
 * Reads a row's label; false if there is none to learn from.  hash NULL: the rows'
 * sums find it.
 */
static bool
read_label(TrainState *state, FunctionCallInfo fcinfo, double *label,
		   uint64 *hash)
{
	if (PG_ARGISNULL(ARG_LABEL))
	{
		state->unlabelled++;
		return false;
	}
	if (label_reader_read(&state->labels, PG_GETARG_DATUM(ARG_LABEL), label,
						  hash))
		return true;
	if (state->on_invalid == ON_INVALID_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("label is NaN or infinite in row " UINT64_FORMAT,
						state->row_number),
				 errhint(SKIP_HINT)));
	state->skipped++;
	return false;
}

/* Reads and packs one row. */
static void
add_row(TrainState *state, FunctionCallInfo fcinfo)
{
	Failure failure; /* not cleared, as above */
	RowView view;
	RowRoles roles = row_roles_none();
	double label, weight;
	uint64 hash = 0;
	Rows *rows;

	if (row_weighs_nothing(fcinfo, ARG_WEIGHT))
	{
		state->weightless++;
		return;
	}
	if (!has_features(state, fcinfo))
		return;
	if (state->table != NULL
			? !read_record(state, fcinfo, &view, &roles)
			: !read_array(state, PG_GETARG_DATUM(ARG_FEATURES), &view))
		return;
	if (roles.weight == 0.0)
	{
		state->weightless++;
		return;
	}
	rows = &state->rows[train_channel(fcinfo, ARG_CHANNEL)];
	if (!read_label(state, fcinfo, &label,
					rows->sums != NULL && rows->number_labels ? NULL : &hash))
		return;
	weight = train_columns_have(state, ROLE_WEIGHT)
				 ? train_weight(isnan(roles.weight), roles.weight,
								state->row_number)
				 : read_weight(fcinfo, state);
	CHECK_STATUS(
		channel_append(rows, &view, label, hash, (float) weight, &failure),
		failure);
	if (roles.offset != 0.0)
		CHECK_STATUS(rows_give_offset(rows, roles.offset, &failure), failure);
	if (train_folds_key(state) != FOLD_KEY_NONE)
		train_folds_take(state, rows, &roles);
	train_state_bound(state, fcinfo);
}

TrainState *
train_state_add(FunctionCallInfo fcinfo, OptionsReader read_options,
				bool gram_sums_do, OptionsType type)
{
	TrainState *state = aggregate_state(fcinfo, ARG_STATE, TRAIN_MAGIC);

	if (state == NULL)
		state = train_state_create(aggregate_context(fcinfo));
	state->row_number++;
	progress_collect();
	if (!state->reader_ready)
		start_state(state, fcinfo, read_options, gram_sums_do, type);
	else
	{
		check_options(state, fcinfo, type);
		init_model_check(&state->init_model, fcinfo, ARG_INIT_MODEL,
						 state->context);
	}
	add_row(state, fcinfo);
	return state;
}
