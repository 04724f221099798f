/*
 * tune_trials.c
 *		What a tuned model remembers of its tuning: linlearn_trials,
 *		linlearn_warm_start, the history.
 */
#include "pg/look/tune_trials.h"

#include <math.h>

#include "core/model/checksum.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/base/json_text.h"
#include "pg/base/result_set.h"
#include "pg/base/runtime.h"
#include "pg/predict/model_cache.h"
#include "pg/train/tune_options.h"
#include "pg/train/tune_times.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

static const char *const trial_statuses[] = {"Completed", "Stopped", "Failed"};

/* ---- The request in the model ---- */

/* A member of an object, or NULL. */
static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	JsonbValue name;

	name.type = jbvString;
	name.val.string.val = unconstify(char *, key);
	name.val.string.len = (int) strlen(key);
	return findJsonbValueFromContainer(object, JB_FOBJECT, &name);
}

/* A text of the request that a tuned model keeps, or NULL. */
static char *
request_text(Jsonb *request, const char *key)
{
	JsonbValue *found = member(&request->root, key);

	if (found == NULL || found->type != jbvString)
		return NULL;
	return pnstrdup(found->val.string.val, found->val.string.len);
}

static Jsonb *
parse_request(const Model *model)
{
	return DatumGetJsonbP(
		DirectFunctionCall1(jsonb_in, CStringGetDatum(model->tuning)));
}

/* What the model was tuned for. */
static const char *
request_objective(const Model *model)
{
	const char *objective = request_text(parse_request(model), "objective");
	Failure failure = {0};

	if (objective != NULL)
		return objective;
	fail(&failure, LL_MALFORMED, "model is damaged");
	fail_detail(&failure, "Its tuning has no objective.");
	report_failure(&failure);
}

/* Marks the rows that the trials of a model differ in, or had ranges of. */
static void
mark_tuned(const Model *model, bool *tuned)
{
	JsonbValue *ranges;

	for (int row = 0; row < HP_COUNT; row++)
		tuned[row] = false;
	for (uint32 i = 1; i < model->trial_count; i++)
		for (int row = 0; row < HP_COUNT; row++)
		{
			double a = model->trials[0].settings.value[row];
			double b = model->trials[i].settings.value[row];

			/* The schedule's automatic values follow from the others. */
			if (row != HP_LR_SCHEDULER_STEP && row != HP_LR_SCHEDULER_FACTOR)
				tuned[row] |= a != b && !(isnan(a) && isnan(b));
		}
	if (model->tuning[0] == '\0')
		return;
	ranges = member(&parse_request(model)->root, "ranges");
	if (ranges == NULL || ranges->type != jbvBinary)
		return;
	for (int row = 0; row < HP_COUNT; row++)
		tuned[row] = member(ranges->val.binary.data,
							hyperparameter_table[row].name) != NULL;
}

/* The marked rows of a trial's settings as a JSON object. */
static void
append_settings(StringInfo json, const Hyperparameters *settings,
				const bool *tuned)
{
	char value[64];

	appendStringInfoChar(json, '{');
	for (int row = 0; row < HP_COUNT; row++)
	{
		if (!tuned[row])
			continue;
		hyperparameters_format((Hyperparameter) row, settings->value[row],
							   value, sizeof(value));
		json_append_key(json, hyperparameter_table[row].name);
		appendStringInfoString(json, value);
	}
	appendStringInfoChar(json, '}');
}

/* ---- linlearn_trials ---- */

static Datum
settings_jsonb(const Hyperparameters *settings, const bool *tuned)
{
	bool shown[HP_COUNT];
	StringInfoData json;

	/* Without what has no effect they may be given as options of a training. */
	for (int row = 0; row < HP_COUNT; row++)
		shown[row] =
			tuned[row] && hyperparameters_used(settings, (Hyperparameter) row);
	initStringInfo(&json);
	append_settings(&json, settings, shown);
	return json_text_to_jsonb(&json);
}

static Datum
metrics_jsonb(const ModelTrial *trial)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (uint32 i = 0; i < trial->metric_count; i++)
		json_append_field(&json, trial->metrics[i].name,
						  trial->metrics[i].value);
	appendStringInfoChar(&json, '}');
	return json_text_to_jsonb(&json);
}

/* The points that wd was chosen among, after the model itself. */
static void
put_wd_path(ReturnSetInfo *result, const Model *model)
{
	const WdPath *path = model->wd_path;

	for (uint32 i = 0; path != NULL && i < path->count; i++)
	{
		const WdPoint *point = &path->points[i];
		StringInfoData settings, metrics;
		Datum values[8] = {0};
		bool nulls[8] = {false};

		initStringInfo(&settings);
		appendStringInfoChar(&settings, '{');
		json_append_field(&settings, "wd", point->wd);
		initStringInfo(&metrics);
		appendStringInfoChar(&metrics, '{');
		json_append_field(&metrics, "held_out:loss", point->loss);
		if (!isnan(point->error))
			json_append_field(&metrics, "held_out:standard_error",
							  point->error);
		values[0] = Int32GetDatum((int32) (model->trial_count + i));
		values[1] = CStringGetTextDatum(trial_statuses[TRIAL_COMPLETED]);
		values[2] = BoolGetDatum(false);
		appendStringInfoChar(&settings, '}');
		values[3] = json_text_to_jsonb(&settings);
		values[4] = Float8GetDatum(point->loss);
		appendStringInfoChar(&metrics, '}');
		values[5] = json_text_to_jsonb(&metrics);
		nulls[6] = nulls[7] = true;
		result_set_put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(linlearn_trials);
Datum
linlearn_trials(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	ReturnSetInfo *result = result_set_begin(fcinfo);
	const double *seconds =
		tune_times_find(model,
						model_checksum((const uint8 *) VARDATA_ANY(bytes),
									   VARSIZE_ANY_EXHDR(bytes)),
						VARSIZE_ANY_EXHDR(bytes));
	bool tuned[HP_COUNT];

	mark_tuned(model, tuned);
	tuned[HP_WD] |= model->wd_path != NULL;
	tuned[HP_QUANTILE] |= model->quantiles != NULL;
	for (uint32 i = 0; i < model->trial_count; i++)
	{
		const ModelTrial *trial = &model->trials[i];
		Datum values[8];
		bool nulls[8] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum((int32) i);
		values[1] = CStringGetTextDatum(trial_statuses[trial->status]);
		values[2] = BoolGetDatum(i == model->best_trial);
		values[3] = settings_jsonb(&trial->settings, tuned);
		nulls[4] = isnan(trial->objective);
		values[4] = Float8GetDatum(trial->objective);
		values[5] = metrics_jsonb(trial);
		values[6] = Int32GetDatum((int32) trial->epochs);
		nulls[7] = seconds == NULL;
		values[7] = seconds == NULL ? (Datum) 0 : Float8GetDatum(seconds[i]);
		result_set_put(result, values, nulls);
	}
	put_wd_path(result, model);
	return (Datum) 0;
}

/* ---- linlearn_warm_start ---- */

/* A warm start's type from its name. */
static const char *
warm_start_type(const char *name)
{
	for (int i = 0; warm_start_names[i] != NULL; i++)
		if (pg_strcasecmp(warm_start_names[i], name) == 0)
			return warm_start_names[i];
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unrecognized warm start type \"%s\"", name),
					errdetail("It must be one of \"%s\", \"%s\".",
							  warm_start_names[0], warm_start_names[1])));
	pg_unreachable();
}

PG_FUNCTION_INFO_V1(linlearn_warm_start);
Datum
linlearn_warm_start(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	const char *type = warm_start_type(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	bool tuned[HP_COUNT];
	StringInfoData json;

	if (model->tuning[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model was not tuned"),
						errhint("Only a model of linlearn_tune has trials to "
								"start from.")));
	/* All settings: the ranges of the next tuning may be others. */
	memset(tuned, true, sizeof(tuned));
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_append_text_field(&json, "type", type);
	json_append_text_field(&json, "objective", request_objective(model));
	json_append_text_field(
		&json, "fingerprint",
		rows_fingerprint(model->channels[CHANNEL_TRAIN].fingerprint,
						 model->channels[CHANNEL_VALIDATION].fingerprint));
	json_append_key(&json, "trials");
	appendStringInfoChar(&json, '[');
	for (uint32 i = 0, written = 0; i < model->trial_count; i++)
	{
		const ModelTrial *trial = &model->trials[i];

		if (isnan(trial->objective))
			continue;
		appendStringInfoString(&json, written++ > 0 ? ", {" : "{");
		json_append_field(&json, "objective", trial->objective);
		json_append_key(&json, "hyperparameters");
		append_settings(&json, &trial->settings, tuned);
		appendStringInfoChar(&json, '}');
	}
	appendStringInfoString(&json, "]}");
	return json_text_to_jsonb(&json);
}

/* ---- The history ---- */

/* The best objective of the trials that share a column; NaN: all failed. */
static double
column_value(const Model *model, bool maximize, uint32 column, uint32 columns)
{
	uint64 count = model->trial_count;
	uint32 first = (uint32) (column * count / columns);
	uint32 last = (uint32) ((column + 1) * count / columns);
	double best = NAN;

	for (uint32 i = first; i < last; i++)
	{
		double objective = model->trials[i].objective;

		if (!isnan(objective) &&
			(isnan(best) || (maximize ? objective > best : objective < best)))
			best = objective;
	}
	return best;
}

char *
tuning_history(const Model *model)
{
	uint32 columns = Min(model->trial_count, HISTORY_COLUMNS);
	double low = INFINITY, high = -INFINITY;
	StringInfoData line;
	char *direction;
	bool maximize;

	if (model->tuning[0] == '\0')
		return NULL;
	direction = request_text(parse_request(model), "objective_type");
	maximize = direction != NULL && strcmp(direction, "Maximize") == 0;
	for (uint32 i = 0; i < columns; i++)
	{
		double value = column_value(model, maximize, i, columns);

		if (isnan(value))
			continue;
		low = Min(low, value);
		high = Max(high, value);
	}
	initStringInfo(&line);
	for (uint32 i = 0; i < columns; i++)
	{
		double value = column_value(model, maximize, i, columns);
		double part = high > low ? (value - low) / (high - low) : 1.0;
		int level =
			(int) (7.0 * (maximize || high <= low ? part : 1.0 - part));

		if (isnan(value))
			appendStringInfoChar(&line, 'x');
		else if (GetDatabaseEncoding() == PG_UTF8)
			/* U+2581 to U+2588 */
			appendStringInfo(&line, "\xe2\x96%c", (char) (0x81 + level));
		else
			appendStringInfoChar(&line, (char) ('0' + level));
	}
	return line.data;
}
