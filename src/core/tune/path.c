/*
 * path.c
 *		A path: one range of a penalty, gone down from its upper end.
 */
#include "core/tune/path.h"

/* Points of a continuum when max_jobs is not given. */
#define PATH_JOBS 30

bool
path_fits(const SearchSpace *space)
{
	const Range *range = &space->ranges[0];

	if (space->count != 1 || (range->row != HP_WD && range->row != HP_L1) ||
		range->kind == RANGE_INTEGER)
		return false;
	/* A word among the categories is no number to go down to. */
	for (uint32_t i = 0; i < range->category_count; i++)
		if (!(range->categories[i] >= 0.0))
			return false;
	return true;
}

uint32_t
path_size(const SearchSpace *space)
{
	return (uint32_t) range_count(&space->ranges[0]);
}

void
path_plan(Tuner *tuner)
{
	if (tuner->options.max_jobs == 0)
		tuner->options.max_jobs = PATH_JOBS;
}

/* The place-th largest of a range's categories. */
static double
falling_category(const Range *range, uint32_t place)
{
	for (uint32_t i = 0; i < range->category_count; i++)
	{
		uint32_t larger = 0;

		for (uint32_t j = 0; j < range->category_count; j++)
			larger += range->categories[j] > range->categories[i] ||
					  (range->categories[j] == range->categories[i] && j < i);
		if (larger == place)
			return range->categories[i];
	}
	return range->categories[0];
}

void
path_suggest(Tuner *tuner, uint32_t trial)
{
	const Range *range = &tuner->space.ranges[0];
	uint32_t place = trial - tuner->start_count;
	uint32_t points = tuner->options.max_jobs - tuner->start_count;
	double *value = &tuner->trials[trial].values[0];

	if (range->kind == RANGE_CATEGORICAL)
		*value = falling_category(range, place % range->category_count);
	else
		*value =
			range_at(range, points > 1 ? 1.0 - place / (points - 1.0) : 0.5);
}
