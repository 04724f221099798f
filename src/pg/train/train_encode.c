/*
 * train_encode.c
 *		From the cells of a table's rows to the features that are learned.
 */
#include "pg/train/train_columns.h"

#include "core/columns/encode_rows.h"
#include "core/columns/survey.h"
#include "core/model/model_extend.h"
#include "core/rows/channel.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/train/class_dictionary.h"
#include "pg/train/train_folds.h"
#include "pg/train/table_state.h"
#include "pg/values/column_failure.h"

/* The column that an option names, by its place. */
static uint32
find_column(const Column *columns, uint32 count, const char *name)
{
	const char *wanted = utf8_of_server(name, strlen(name));

	for (uint32 i = 0; i < count; i++)
		if (strcmp(columns[i].name, wanted) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("option cross: no column \"%s\" is a feature", name)));
	pg_unreachable();
}

/* The crosses that options ask for, by the places of their columns. */
static PlanCross *
find_crosses(const TableOptions *options, const Column *columns, uint32 count)
{
	PlanCross *crosses =
		palloc((options->cross_count + 1) * sizeof(PlanCross));

	for (uint32 i = 0; i < options->cross_count; i++)
	{
		const ColumnCross *cross = &options->crosses[i];
		uint32 *places = palloc(cross->count * sizeof(uint32));

		for (uint32 k = 0; k < cross->count; k++)
			places[k] = find_column(columns, count, cross->names[k]);
		crosses[i] = (PlanCross){cross->count, places};
	}
	return crosses;
}

/* Says which columns only number the rows. */
static void
notice_serials(const Survey *survey)
{
	for (uint32 i = 0; i < survey->store->count; i++)
		if (survey->columns[i].serial)
		{
			const char *name = survey->given[i].name;

			name = server_of_utf8(name, strlen(name));
			ereport(NOTICE,
					(errmsg("column \"%s\" numbers the rows", name),
					 errdetail("Its whole numbers are all distinct and, but "
							   "for gaps, evenly spaced."),
					 errhint("Leave an identifier out: \"exclude\": [\"%s\"].",
							 name)));
		}
}

/*
 * Without wd and l1, categories give no term for one of their levels; where
 * weights may not be negative that one would have to be the least of all.
 */
bool
train_columns_want_reference(const Hyperparameters *settings)
{
	return settings->value[HP_WD] == 0.0 && !hp_is_nonnegative(settings) &&
		   (hp_is_auto(settings, HP_L1) || settings->value[HP_L1] == 0.0);
}

/* Decides the terms; false if there are none and such rows are skipped. */
static bool
make_plan(TrainState *state, const Hyperparameters *settings, ThreadPool *pool)
{
	TableState *table = state->table;
	uint32 count;
	const Column *columns = record_reader_columns(table->reader, &count);
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Failure failure = {0};
	Survey survey;
	Status status;
	PlanRequest request = {
		.reference = train_columns_want_reference(settings),
		.cross_count = table->init == NULL ? table->options.cross_count : 0,
		.known = table->init != NULL ? table->init->model.columns : NULL};

	if (request.cross_count > 0)
		request.crosses = find_crosses(&table->options, columns, count);
	CHECK_COLUMNS(survey_take(&survey, &table->store, columns,
							  &state->rows[CHANNEL_TRAIN], pool, &runtime,
							  &failure),
				  failure);
	table->plan = palloc0(sizeof(Plan));
	status = plan_columns(table->plan, &request, &survey, &table->store,
						  &state->rows[CHANNEL_TRAIN], &failure);
	if (status == LL_ABSENT && state->on_invalid == ON_INVALID_SKIP)
		return false;
	if (status == LL_ABSENT)
	{
		failure.status = LL_INVALID;
		if (failure.hint[0] == '\0')
			strlcpy(failure.hint, NOTHING_HINT, sizeof(failure.hint));
	}
	CHECK_COLUMNS(status, failure);
	if (request.known != NULL)
		table->plan->format = table->init->model.format;
	else
		notice_serials(&survey);
	return true;
}

/* Keeps an encoded row with what is said of it beside its features. */
static void
keep_row(TrainState *state, Rows *rows, const RowView *encoded,
		 const Rows *raw, size_t i, FunctionCallInfo fcinfo)
{
	Failure failure; /* not cleared: it is large, and this runs a row */

	CHECK_STATUS(
		channel_append(rows, encoded, raw->labels[i],
					   label_reader_hash(&state->labels, raw->labels[i]),
					   rows_weight(raw, i), &failure),
		failure);
	CHECK_STATUS(rows_give_offset(rows, rows_offset(raw, i), &failure),
				 failure);
	train_folds_give(state, rows, rows_fold_key(raw, i));
	train_state_bound(state, fcinfo);
}

/* Encodes the rows of a channel. */
static void
encode_channel(TrainState *state, RowsEncoder *encoder, Rows *raw, int channel,
			   FunctionCallInfo fcinfo)
{
	Rows *rows = &state->rows[channel];
	Failure failure = {0};
	size_t loaded = 0, more, count;

	for (size_t i = 0; i < raw->count; i += count)
	{
		const RowView *views;

		CHECK_FOR_INTERRUPTS();
		if (i == loaded)
		{
			CHECK_STATUS(rows_load_run(raw, i, &more, &failure), failure);
			loaded += more;
		}
		/* Memory that the system has cleared is used again. */
		rows_give_pieces(raw, i, rows);
		CHECK_COLUMNS(rows_encoder_run(encoder, raw, i, loaded, &views, &count,
									   &failure),
					  failure);
		for (size_t k = 0; k < count; k++)
			keep_row(state, rows, &views[k], raw, i + k, fcinfo);
	}
	rows_release(raw);
}

bool
train_columns_encode(TrainState *state, const Hyperparameters *settings,
					 ThreadPool *pool, FunctionCallInfo fcinfo)
{
	TableState *table = state->table;
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Rows raw[CHANNEL_COUNT];
	Encoder encoder;
	RowsEncoder *rows_encoder;
	Failure failure = {0};

	if (table->plan != NULL) /* they came encoded */
		return true;
	if (!make_plan(state, settings, pool))
		return false;
	if (table->init != NULL)
	{
		table->start = palloc(sizeof(Model));
		CHECK_STATUS(model_extend(&table->init->model, &table->plan->columns,
								  &runtime, table->start, &failure),
					 failure);
	}
	CHECK_STATUS(encoder_init(&encoder, &table->plan->columns,
							  table->plan->format, &runtime, &failure),
				 failure);
	CHECK_STATUS(encoder_map_codes(&encoder, &table->store,
								   table->plan->source, &failure),
				 failure);
	CHECK_STATUS(rows_encoder_make(&rows_encoder, &encoder, &table->store,
								   pool, &runtime, &failure),
				 failure);
	memcpy(raw, state->rows, sizeof(raw));
	state->spilled = false;
	state->rows_ready = false;
	state->format = table->plan->format;
	state->feature_dim = 0;
	(void) train_state_check_width(state, table->plan->columns.width);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		state->rows[i].scaling = table->plan->scaling;
	for (int i = 0; i < CHANNEL_COUNT; i++)
		encode_channel(state, rows_encoder, &raw[i], i, fcinfo);
	rows_encoder_release(rows_encoder);
	return true;
}

void
train_columns_describe(const TrainState *state, Problem *problem)
{
	if (state->table == NULL)
		return;
	problem->center = state->table->plan->columns.center;
	problem->columns = &state->table->plan->columns;
	problem->offset = train_columns_have(state, ROLE_OFFSET);
	problem->exposure = train_columns_have(state, ROLE_EXPOSURE);
	problem->fold_key = train_folds_key(state);
}

/* The name of a column that has a role, in UTF-8; NULL: none. */
static const char *
role_column(const TrainState *state, RowRole role)
{
	const char *name = state->table->options.roles[role];

	return name == NULL ? NULL : utf8_of_server(name, strlen(name));
}

Columns *
train_columns_learned(const TrainState *state)
{
	Columns *columns;

	if (state->table == NULL)
		return NULL;
	columns = &state->table->plan->columns;
	columns->offset = role_column(state, ROLE_OFFSET);
	columns->exposure = role_column(state, ROLE_EXPOSURE);
	return columns;
}

const Model *
train_columns_start(const TrainState *state)
{
	return state->table == NULL ? NULL : state->table->start;
}
