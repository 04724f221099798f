/*
 * gram.c
 *		linlearn_gram(row), the exact sums that least squares needs, and
 *		linlearn_solve(gram, options), which makes a model of them.
 *
 * The state is that of a training which sums its rows.
 */
#include "pg/cluster/gram.h"

#include "core/options/hyperparameters.h"
#include "core/problem/defaults.h"
#include "core/rows/channel.h"
#include "core/rows/gram_sums.h"
#include "core/rows/rows_summed.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/expanded_state.h"
#include "pg/base/options.h"
#include "pg/base/runtime.h"
#include "pg/cluster/packed_row.h"
#include "pg/train/class_weights.h"
#include "pg/train/train_state.h"
#include "utils/memutils.h"

static bytea *
write_gram(void *state)
{
	return train_state_write(state);
}

static void *
read_gram(FunctionCallInfo fcinfo, bytea *bytes)
{
	return train_state_read(bytes, true);
}

static void *
merge_gram(FunctionCallInfo fcinfo, void *into, void *from)
{
	return train_state_merge(fcinfo, aggregate_context(fcinfo), into, from);
}

static const ExpandedKind gram_kind = {write_gram, read_gram, merge_gram};

/* A state for rows like the first. */
static TrainState *
begin(FunctionCallInfo fcinfo, const PackedRow *row)
{
	TrainState *state = train_state_create(aggregate_context(fcinfo));
	MemoryContext old = MemoryContextSwitchTo(state->context);

	if (row->dimension > GRAM_SUMS_MAX_DIMENSION)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("linlearn_gram takes at most %d features, not "
							   "%u",
							   GRAM_SUMS_MAX_DIMENSION, row->dimension),
						errhint("linlearn_train_distributed takes more with "
								"optimizer \"lbfgs\".")));
	if (row->format == ROWS_SPARSE)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("linlearn_gram takes no sparse features"),
						errhint("linlearn_train_distributed takes them, by "
								"optimizer \"newton\" or \"lbfgs\".")));
	if (!type_is_number(row->label_type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("least squares needs labels that are numbers "
							   "or booleans")));
	label_reader_init(&state->labels, row->label_type, state->context);
	state->format = row->format;
	state->gram_sums_do = true;
	state->reader_ready = true;
	MemoryContextSwitchTo(old);
	return state;
}

/* Adds a row of the same shape as the others. */
static void
add_row(TrainState *state, const PackedRow *row)
{
	Rows *rows;
	Failure failure; /* not cleared: it is large, and this runs a row */
	double label = row->label;
	Status status = LL_OK;

	if (row->format != state->format || row->label_type != state->labels.type)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("rows differ in the types of their features or "
							   "labels")));
	(void) train_state_check_width(state, row->dimension);
	if (row->label_null)
	{
		state->unlabelled++;
		return;
	}
	rows = &state->rows[row->channel];
	if (rows->sums == NULL)
		status = rows_sum_up(rows, &failure);
	CHECK_STATUS(status, failure);
	CHECK_STATUS(channel_append(rows, &row->view, label,
								label_reader_hash(&state->labels, label),
								row->weight, &failure),
				 failure);
}

PG_FUNCTION_INFO_V1(linlearn_gram_accum);
Datum
linlearn_gram_accum(PG_FUNCTION_ARGS)
{
	TrainState *state;
	PackedRow row;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a packed row is NULL"),
				 errhint("Give what linlearn_row(features, label) returns.")));
	packed_row_read(PG_GETARG_BYTEA_PP(1), &row);
	state = expanded_state(fcinfo, &gram_kind);
	if (row.weight == 0.0f) /* it is none */
	{
		if (state == NULL)
			PG_RETURN_NULL();
		return expanded_state_return(fcinfo, &gram_kind, state);
	}
	if (state == NULL)
		state = begin(fcinfo, &row);
	state->row_number++;
	add_row(state, &row);
	return expanded_state_return(fcinfo, &gram_kind, state);
}

PG_FUNCTION_INFO_V1(linlearn_gram_combine);
Datum
linlearn_gram_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &gram_kind);
}

PG_FUNCTION_INFO_V1(linlearn_gram_final);
Datum
linlearn_gram_final(PG_FUNCTION_ARGS)
{
	TrainState *state = expanded_state(fcinfo, &gram_kind);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(train_state_write(state));
}

/* Reads the options of linlearn_solve: a regression by sums alone. */
static void
read_settings(Jsonb *options, Hyperparameters *settings)
{
	options_read(options, train_options_other, settings);
	if (hp_is_auto(settings, HP_PREDICTOR_TYPE))
		settings->value[HP_PREDICTOR_TYPE] = PREDICTOR_REGRESSOR;
	if (!defaults_need_sums_only(settings))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("these options need the rows, of which only sums are "
						"left"),
				 errdetail("A regressor with squared_loss and no l1 is solved "
						   "from sums.")));
}

void
gram_check_options(Jsonb *options)
{
	Hyperparameters settings;

	read_settings(options, &settings);
	class_weights_check(options);
}

Datum
gram_solve(FunctionCallInfo fcinfo, bytea *gram, Jsonb *options,
		   TableState *table)
{
	TrainState *state = train_state_merge(fcinfo, CurrentMemoryContext, NULL,
										  train_state_read(gram, true));

	state->options = options;
	state->table = table;
	class_weights_check(options);
	return train_state_finish(fcinfo, state, read_settings);
}

PG_FUNCTION_INFO_V1(linlearn_solve);
Datum
linlearn_solve(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return gram_solve(fcinfo, PG_GETARG_BYTEA_P(0),
					  PG_NARGS() > 1 && !PG_ARGISNULL(1) ? PG_GETARG_JSONB_P(1)
														 : NULL,
					  NULL);
}
