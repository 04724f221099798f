/*
 * hyperband.c
 *		Hyperband's schedule.
 */
#include "core/tune/hyperband.h"

#include <math.h>

uint32_t
hyperband_top(const TunerOptions *options)
{
	uint32_t s = 0;

	for (uint64_t r = options->min_resource;
		 r * HYPERBAND_REDUCTION <= options->max_resource;
		 r *= HYPERBAND_REDUCTION)
		s++;
	return s;
}

static double
power_of_reduction(uint32_t s)
{
	return pow(HYPERBAND_REDUCTION, s);
}

uint32_t
hyperband_size(const TunerOptions *options, uint32_t s)
{
	uint32_t top = hyperband_top(options);

	return (uint32_t) ceil((top + 1.0) / (s + 1.0) * power_of_reduction(s) -
						   1e-9);
}

/* Epochs after which rung i of bracket s is decided. */
static uint32_t
rung_epochs(const TunerOptions *options, uint32_t s, uint32_t i)
{
	double epochs = options->max_resource / power_of_reduction(s - i);

	return (uint32_t) fmax(1.0, floor(epochs + 1e-9));
}

uint32_t
hyperband_next(const Tuner *tuner, uint32_t trial)
{
	uint32_t top = hyperband_top(&tuner->options);

	if (trial == 0)
		return top;
	return tuner->trials[trial - 1].bracket > 0
			   ? tuner->trials[trial - 1].bracket - 1
			   : top;
}

bool
hyperband_stops(const Tuner *tuner, uint32_t trial)
{
	const TunerTrial *own = &tuner->trials[trial];
	uint32_t epoch = own->curve_length, ahead = 0, keep;
	double cost = trial_best_so_far(own, epoch);
	uint32_t rung = 0;

	while (rung < own->bracket &&
		   rung_epochs(&tuner->options, own->bracket, rung) != epoch)
		rung++;
	if (rung == own->bracket)
		return false;
	for (uint32_t i = tuner->batch; i < tuner->trial_count; i++)
	{
		const TunerTrial *other = &tuner->trials[i];
		double theirs = trial_best_so_far(other, epoch);

		if (theirs < cost || (theirs == cost && i < trial))
			ahead++;
	}
	keep = (uint32_t) floor((tuner->trial_count - tuner->batch) /
							power_of_reduction(rung + 1));
	return ahead >= (keep > 0 ? keep : 1);
}
