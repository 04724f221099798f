/*
 * metric_list.c
 *		What the metrics of rows that are here and of those elsewhere share.
 */
#include "core/train/metric_list.h"

#include <math.h>
#include <stdio.h>

#include "core/loss/loss.h"
#include "core/problem/natural_margin.h"

void
metric_list_add(MetricList *list, const MetricFacts *facts,
				PredictorType predictor, bool probabilities, bool sizes)
{
	for (const MetricDescriptor *row = metric_trained(NULL); row != NULL;
		 row = metric_trained(row))
	{
		ModelMetric *metric = &list->metrics[list->count];

		if (!(row->applies & (1u << predictor)) ||
			(row->of_probabilities && !probabilities) ||
			(row->of_sizes && !sizes) ||
			(row->of_deviance && facts->deviance == NULL))
			continue;
		snprintf(metric->name, sizeof(metric->name), "%s:%s", list->channel,
				 row->trained_name);
		metric->value = row->value(facts);
		list->count++;
	}
}

Model
metric_scorer(const Candidate *candidate)
{
	const Calibration *calibration = &candidate->calibration;

	return (Model){.predictor = PREDICTOR_BINARY,
				   .loss = candidate_loss(&candidate->settings),
				   .calibration = calibration->kind,
				   .calibration_count = calibration->count,
				   .calibration_x = calibration->x,
				   .calibration_y = calibration->y};
}

Threshold
metric_threshold(const Problem *problem, const Hyperparameters *given,
				 bool learnt, double loss, ScoredRow *scored, size_t n)
{
	Hyperparameters settings = *given;
	double natural;

	if (learnt && loss_table[candidate_loss(given)].link != LINK_LOGIT)
		settings.value[HP_COST_FALSE_POSITIVE] = NAN;
	natural = natural_margin(problem, &settings);
	if (learnt && hp_has_costs(&settings))
		return threshold_hold(&settings, scored, n, loss, natural,
							  &problem->runtime);
	return threshold_choose(&settings, scored, n, loss, natural,
							&problem->runtime);
}
