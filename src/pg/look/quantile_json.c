/*
 * quantile_json.c
 *		Several quantiles of a model as JSON.
 */
#include "pg/look/quantile_json.h"

#include <math.h>

#include "pg/base/json_text.h"

void
quantile_json_list(StringInfo out, const Hyperparameters *settings)
{
	appendStringInfo(out, ", \"%s\": [",
					 hyperparameter_table[HP_QUANTILE].name);
	for (uint32 k = 0; k < settings->quantile_count; k++)
	{
		if (k > 0)
			appendStringInfoString(out, ", ");
		json_append_number(out, settings->quantiles[k]);
	}
	appendStringInfoChar(out, ']');
}

void
quantile_json_end(StringInfo out, SolveEnd end, uint32 iterations, double gap)
{
	if (end == SOLVE_NONE)
		return;
	appendStringInfo(out, ", \"converged\": %s, \"iterations\": %u",
					 end == SOLVE_CONVERGED ? "true" : "false", iterations);
	if (isnan(gap))
		return;
	appendStringInfoString(out, ", \"optimality_gap\": ");
	json_append_number(out, gap);
}

void
quantile_json_append(StringInfo out, const Model *model)
{
	if (model->quantiles == NULL)
		return;
	appendStringInfoString(out, ", \"quantiles\": [");
	for (uint32 k = 0; k < model->outputs; k++)
	{
		const ModelQuantile *own = &model->quantiles[k];

		appendStringInfoString(out, k > 0 ? ", {\"quantile\": "
										  : "{\"quantile\": ");
		json_append_number(out, own->quantile);
		appendStringInfoString(out, ", \"wd\": ");
		json_append_number(out, own->wd);
		appendStringInfoString(out, ", \"l1\": ");
		json_append_number(out, own->l1);
		quantile_json_end(out, own->end, own->iterations, own->gap);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, ']');
}
