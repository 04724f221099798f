/*
 * report_trials.c
 *		A report's table of trials or candidates.
 */
#include "formats/report_trials.h"

#include <math.h>

#include "core/options/hyperparameters.h"
#include "formats/report_parts.h"

#define MOST_TRIALS 200
#define MOST_VARIED 8 /* columns of hyperparameters in the table */

/* Find the settings in which trials differ; returns how many. */
static int
find_varied(const Model *model, Hyperparameter *varied)
{
	int count = 0;

	for (int row = 0; row < HP_COUNT && count < MOST_VARIED; row++)
	{
		double first = model->trials[0].settings.value[row];

		for (uint32_t i = 1; i < model->trial_count; i++)
		{
			double value = model->trials[i].settings.value[row];

			if (value != first && !(isnan(value) && isnan(first)))
			{
				varied[count++] = (Hyperparameter) row;
				break;
			}
		}
	}
	return count;
}

void
report_write_trials(Markup *markup, const Model *model)
{
	static const char *const statuses[] = {"completed", "stopped early",
										   "failed"};
	Hyperparameter varied[MOST_VARIED];
	bool tuned = model->tuning[0] != '\0';
	int columns;

	if (model->trial_count < 2)
		return;
	columns = find_varied(model, varied);
	report_section(markup, "trials", tuned ? "Trials" : "Candidates");
	markup_print(markup,
				 "<div class=\"scroll\"><table><tr><th>%s</th>"
				 "<th>objective</th><th>epochs</th><th>status</th>",
				 tuned ? "trial" : "candidate");
	for (int c = 0; c < columns; c++)
		markup_print(markup, "<th>%s</th>",
					 hyperparameter_table[varied[c]].name);
	markup_raw(markup, "</tr>\n");
	for (uint32_t i = 0; i < model->trial_count && i < MOST_TRIALS; i++)
	{
		const ModelTrial *trial = &model->trials[i];

		markup_print(markup, "<tr%s><td>%u%s</td><td>",
					 i == model->best_trial ? " class=\"best\"" : "",
					 (unsigned) i, i == model->best_trial ? " ★" : "");
		if (fabs(trial->objective) < 1000.0)
			markup_print(markup, "%.6g", trial->objective);
		else
			report_value(markup, trial->objective);
		markup_print(markup, "</td><td>%u</td><td>%s</td>",
					 (unsigned) trial->epochs, statuses[trial->status]);
		for (int c = 0; c < columns; c++)
		{
			char buffer[128];

			report_setting_text(varied[c], trial->settings.value[varied[c]],
								buffer, sizeof(buffer));
			markup_raw(markup, "<td>");
			markup_escape(markup, buffer);
			markup_raw(markup, "</td>");
		}
		markup_raw(markup, "</tr>\n");
	}
	markup_raw(markup, "</table></div>\n");
	if (model->trial_count > MOST_TRIALS)
		markup_print(markup, "<p class=\"soft\">The first %d of %u.</p>\n",
					 MOST_TRIALS, (unsigned) model->trial_count);
}
