/*
 * tune_format.c
 *		What a model keeps of a tuning request, as JSON.
 */
#include "pg/train/tune_options.h"

#include <math.h>

#include "core/train/fold_keys.h"
#include "pg/base/json_text.h"

static void
append_range(StringInfo json, const Range *range)
{
	char value[64];

	json_append_key(json, hyperparameter_table[range->row].name);
	appendStringInfo(json, "{\"type\": \"%s\"", range_kind_names[range->kind]);
	if (range->kind == RANGE_CATEGORICAL)
	{
		appendStringInfoString(json, ", \"values\": [");
		for (uint32 i = 0; i < range->category_count; i++)
		{
			hyperparameters_format(range->row, range->categories[i], value,
								   sizeof(value));
			appendStringInfo(json, "%s%s", i > 0 ? ", " : "", value);
		}
		appendStringInfoChar(json, ']');
	}
	else
	{
		hyperparameters_format(range->row, range->minimum, value,
							   sizeof(value));
		appendStringInfo(json, ", \"min\": %s", value);
		hyperparameters_format(range->row, range->maximum, value,
							   sizeof(value));
		appendStringInfo(json, ", \"max\": %s, \"scaling\": \"%s\"", value,
						 scaling_names[range->scaling]);
	}
	appendStringInfoChar(json, '}');
}

void
tune_options_format(const TuneRequest *request, char *buffer, size_t size)
{
	const TunerOptions *options = &request->options;
	StringInfoData json;
	int without_ranges;

	initStringInfo(&json);
	appendStringInfo(
		&json,
		"{\"objective\": \"%s\", \"objective_type\": \"%s\", "
		"\"strategy\": \"%s\", \"max_parallel_jobs\": %u, "
		"\"early_stopping_type\": \"%s\"",
		request->objective, options->maximize ? "Maximize" : "Minimize",
		strategy_names[options->strategy], options->max_parallel_jobs,
		options->median_stopping ? "Auto" : "Off");
	if (request->folds > 0)
		json_append_count_field(&json, "folds", request->folds);
	if (request->folds > 0 && request->fold_key != FOLD_KEY_NONE)
		appendStringInfo(&json, ", \"folds_by\": \"%s\"",
						 fold_key_names[request->fold_key]);
	if (options->max_not_improving > 0)
		json_append_count_field(&json, "max_not_improving",
								options->max_not_improving);
	if (options->complete_on_convergence)
		appendStringInfoString(&json, ", \"complete_on_convergence\": true");
	if (!isnan(options->target))
		json_append_field(&json, "target_objective_metric_value",
						  options->target);
	if (request->prior_count > 0)
		json_append_count_field(&json, "warm_start_trials",
								request->prior_count);
	without_ranges = json.len;
	json_append_key(&json, "ranges");
	appendStringInfoChar(&json, '{');
	for (uint32 i = 0; i < request->space.count; i++)
		append_range(&json, &request->space.ranges[i]);
	appendStringInfoString(&json, "}}");
	/* Thirty categories of many rows can be too long to keep. */
	if ((size_t) json.len >= size)
	{
		json.len = without_ranges;
		json.data[json.len] = '\0';
		appendStringInfoChar(&json, '}');
	}
	strlcpy(buffer, json.data, size);
}
