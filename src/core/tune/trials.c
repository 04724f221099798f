/*
 * trials.c
 *		The trials of a tuning, and which of them is the best.
 */
#include "core/tune/trials.h"

#include <math.h>
#include <string.h>

const char *const strategy_names[] = {"Bayesian",  "Random", "Grid",
									  "Hyperband", "Path",	 NULL};

double
tuner_cost(const Tuner *tuner, double objective)
{
	return tuner->options.maximize ? -objective : objective;
}

void
tuner_point_values(const Tuner *tuner, const double *point, double *values)
{
	for (uint32_t i = 0; i < tuner->space.count; i++)
		values[i] = range_at(&tuner->space.ranges[i], point[i]);
}

bool
tuner_has_tried(const Tuner *tuner, uint32_t trial, const double *values)
{
	size_t size = tuner->space.count * sizeof(double);

	for (uint32_t i = 0; i < trial; i++)
		if (memcmp(tuner->trials[i].values, values, size) == 0)
			return true;
	for (uint32_t i = 0; i < tuner->known_count; i++)
		if (memcmp(tuner->known + i * tuner->space.count, values, size) == 0)
			return true;
	return false;
}

/* Whether one finished trial is better than another, an earlier one. */
static bool
is_better(const Tuner *tuner, const TunerTrial *a, const TunerTrial *b)
{
	double cost = tuner_cost(tuner, a->objective);
	double other = tuner_cost(tuner, b->objective);

	return cost < other || (cost == other && tuner->options.losses_compare &&
							a->loss < b->loss);
}

int64_t
tuner_best(const Tuner *tuner)
{
	int64_t best = -1;

	for (uint32_t i = 0; i < tuner->trial_count; i++)
	{
		const TunerTrial *t = &tuner->trials[i];

		if (t->finished && !isnan(t->objective) &&
			(best < 0 || is_better(tuner, t, &tuner->trials[best])))
			best = i;
	}
	return best;
}

double
trial_best_so_far(const TunerTrial *trial, uint32_t epochs)
{
	double best = INFINITY;

	for (uint32_t i = 0; i < epochs && i < trial->curve_length; i++)
		if (trial->curve[i] < best)
			best = trial->curve[i];
	return best;
}
