/*
 * tuner.c
 *		Ask and tell: batches, random and grid search, the median rule.
 */
#include "core/tune/tuner.h"

#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/tune/bayesian.h"
#include "core/tune/hyperband.h"
#include "core/tune/path.h"

#define DEFAULT_JOBS 10
#define GRID_POINTS 5
/* Draws that repeat an earlier trial are drawn anew so often. */
#define REDRAWS 20
/*
 * The median rule needs so many finished trials, and spares the first epoch.
 */
#define MEDIAN_TRIALS 3
/* The best objective does not improve when it does so by less, as SageMaker has it. */
#define NOT_IMPROVING_SHARE 0.01
/*
 * A tuning has converged when neither the last ten trials nor the last third of
 * all made the best objective better by a thousandth.
 */
#define CONVERGED_SHARE 0.001
#define CONVERGED_TRIALS 10
#define CONVERGED_PART 3
#define MEDIAN_FIRST_EPOCH 2

/* ---- Making a tuner ---- */

/* Points a range has in a grid of `points` a continuum. */
static uint32_t
grid_points(const Range *range, uint32_t points)
{
	uint64_t size = range_count(range);

	if (range->kind == RANGE_CATEGORICAL)
		return (uint32_t) size;
	return size > 0 && size < points ? (uint32_t) size : points;
}

/* Points of the whole grid, at most a little over limit. */
static uint64_t
grid_size(const SearchSpace *space, uint32_t points, uint64_t limit)
{
	uint64_t product = 1;

	for (uint32_t i = 0; i < space->count && product <= limit; i++)
		product *= grid_points(&space->ranges[i], points);
	return product;
}

/* Chooses the grid's points and with them max_jobs. */
static Status
plan_grid(Tuner *tuner, Failure *failure)
{
	TunerOptions *options = &tuner->options;
	uint64_t limit =
		options->max_jobs > 0 ? options->max_jobs : TUNER_MAX_JOBS;
	uint32_t points = GRID_POINTS;
	uint64_t size;

	if (options->max_jobs > 0)
		for (points = 2; points < limit &&
						 grid_size(&tuner->space, points + 1, limit) <= limit;)
			points++;
	size = grid_size(&tuner->space, points, limit);
	if (size > limit)
	{
		fail(failure, LL_INVALID,
			 "the grid has more than max_jobs = %llu points",
			 (unsigned long long) limit);
		fail_hint(failure, "Give fewer or smaller ranges, or more max_jobs.");
		return LL_INVALID;
	}
	options->max_jobs = (uint32_t) size;
	tuner->grid_sizes = runtime_allocate_zero(
		&tuner->runtime, tuner->space.count, sizeof(uint32_t));
	if (tuner->grid_sizes == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < tuner->space.count; i++)
		tuner->grid_sizes[i] = grid_points(&tuner->space.ranges[i], points);
	return LL_OK;
}

/* Checks the strategy's own options and settles max_jobs. */
static Status
plan_jobs(Tuner *tuner, Failure *failure)
{
	TunerOptions *options = &tuner->options;

	switch (options->strategy)
	{
		case STRATEGY_GRID:
			return plan_grid(tuner, failure);
		case STRATEGY_HYPERBAND:
			if (options->min_resource < 1 ||
				options->min_resource > options->max_resource)
				return fail(
					failure, LL_INVALID,
					"min_resource %u is not between 1 and max_resource "
					"%u",
					options->min_resource, options->max_resource);
			for (uint32_t s = 0, top = hyperband_top(options);
				 options->max_jobs == 0 && s <= top; s++)
				tuner->start_count += hyperband_size(options, s);
			if (options->max_jobs == 0)
				options->max_jobs = tuner->start_count;
			tuner->start_count = 0;
			break;
		case STRATEGY_PATH:
			path_plan(tuner);
			break;
		default:
			if (options->max_jobs == 0)
				options->max_jobs = DEFAULT_JOBS;
	}
	if (options->strategy == STRATEGY_BAYESIAN &&
		options->max_jobs > TUNER_MAX_BAYESIAN_JOBS)
	{
		fail(failure, LL_INVALID,
			 "max_jobs of the Bayesian strategy must be at most %d, not %u",
			 TUNER_MAX_BAYESIAN_JOBS, options->max_jobs);
		fail_hint(failure, "The other strategies take up to %d.",
				  TUNER_MAX_JOBS);
		return LL_INVALID;
	}
	return LL_OK;
}

Status
tuner_init(Tuner *tuner, const SearchSpace *space, const TunerOptions *options,
		   const Runtime *runtime, Failure *failure)
{
	size_t count = space->count;
	double *values;
	Status status;

	memset(tuner, 0, sizeof(*tuner));
	tuner->runtime = *runtime;
	tuner->space = *space;
	tuner->options = *options;
	if (count == 0)
		return fail(failure, LL_INVALID, "there are no ranges to tune");
	status = plan_jobs(tuner, failure);
	if (status != LL_OK)
		return status;
	if (tuner->options.max_jobs > TUNER_MAX_JOBS)
		return fail(failure, LL_INVALID, "max_jobs must be at most %d, not %u",
					TUNER_MAX_JOBS, tuner->options.max_jobs);
	tuner->trials = runtime_allocate_zero(runtime, tuner->options.max_jobs,
										  sizeof(TunerTrial));
	values = runtime_allocate_zero(runtime, tuner->options.max_jobs * count,
								   sizeof(double));
	if (tuner->trials == NULL || values == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < tuner->options.max_jobs; i++)
		tuner->trials[i] = (TunerTrial){
			.values = values + i * count, .objective = NAN, .loss = INFINITY};
	return LL_OK;
}

/* Appends one row of values to a growing array of them. */
static Status
append_values(Tuner *tuner, double **array, uint32_t count,
			  const double *values, Failure *failure)
{
	size_t width = tuner->space.count;
	double *grown = runtime_allocate(&tuner->runtime,
									 (count + 1) * width * sizeof(double));

	if (grown == NULL)
		return fail_no_memory(failure);
	if (count > 0)
		memcpy(grown, *array, count * width * sizeof(double));
	memcpy(grown + count * width, values, width * sizeof(double));
	runtime_release(&tuner->runtime, *array);
	*array = grown;
	return LL_OK;
}

void
tuner_move_inside(const Tuner *tuner, double *values)
{
	for (uint32_t i = 0; i < tuner->space.count; i++)
	{
		const Range *range = &tuner->space.ranges[i];

		if (!range_holds(range, values[i]))
			values[i] = range_at(range, range_unit(range, values[i]));
	}
}

Status
tuner_start_with(Tuner *tuner, const double *values, Failure *failure)
{
	double inside[HP_COUNT];
	Status status;

	memcpy(inside, values, tuner->space.count * sizeof(double));
	tuner_move_inside(tuner, inside);
	status = append_values(tuner, &tuner->start, tuner->start_count, inside,
						   failure);
	if (status == LL_OK)
		tuner->start_count++;
	return status;
}

Status
tuner_know(Tuner *tuner, const double *values, double objective, bool *used,
		   Failure *failure)
{
	uint32_t n = tuner->known_count;
	double *cost;
	Status status;

	*used = true;
	for (uint32_t i = 0; i < tuner->space.count; i++)
		*used &= range_holds(&tuner->space.ranges[i], values[i]);
	if (!*used)
		return LL_OK;
	status = append_values(tuner, &tuner->known, n, values, failure);
	if (status != LL_OK)
		return status;
	cost = runtime_allocate(&tuner->runtime, (n + 1) * sizeof(double));
	if (cost == NULL)
		return fail_no_memory(failure);
	if (n > 0)
		memcpy(cost, tuner->known_cost, n * sizeof(double));
	cost[n] = tuner_cost(tuner, objective);
	runtime_release(&tuner->runtime, tuner->known_cost);
	tuner->known_cost = cost;
	tuner->known_count++;
	return LL_OK;
}

/* ---- Ask ---- */

/* Draws a trial uniformly; repeats only when the ranges are nearly used up. */
static void
suggest_random(Tuner *tuner, uint32_t trial)
{
	uint64_t key = random_key(
		random_key(tuner->options.seed, STREAM_TUNER_RANDOM), trial);
	double point[HP_COUNT];

	for (uint64_t draw = 0; draw < REDRAWS; draw++)
	{
		for (uint32_t i = 0; i < tuner->space.count; i++)
			point[i] = random_uniform(key, draw * HP_COUNT + i);
		tuner_point_values(tuner, point, tuner->trials[trial].values);
		if (!tuner_has_tried(tuner, trial, tuner->trials[trial].values))
			return;
	}
}

/* The trial-th point of the grid, the last range varying fastest. */
static void
suggest_grid(Tuner *tuner, uint32_t trial)
{
	uint64_t rest = trial;

	for (uint32_t i = tuner->space.count; i-- > 0;)
	{
		const Range *range = &tuner->space.ranges[i];
		uint32_t points = tuner->grid_sizes[i];
		uint32_t place = (uint32_t) (rest % points);
		double *value = &tuner->trials[trial].values[i];

		rest /= points;
		if (range->kind == RANGE_CATEGORICAL)
			*value = range->categories[place];
		else if (points == range_count(range))
			*value = range->minimum + place;
		else
			*value = range_at(range, place / (points - 1.0));
	}
}

/* Fills one trial of the next batch. */
static Status
suggest_one(Tuner *tuner, uint32_t trial, Failure *failure)
{
	if (tuner->options.strategy == STRATEGY_GRID)
		suggest_grid(tuner, trial);
	else if (trial < tuner->start_count)
		memcpy(tuner->trials[trial].values,
			   tuner->start + trial * tuner->space.count,
			   tuner->space.count * sizeof(double));
	else if (tuner->options.strategy == STRATEGY_BAYESIAN)
		return bayesian_suggest(tuner, trial, failure);
	else if (tuner->options.strategy == STRATEGY_PATH)
		path_suggest(tuner, trial);
	else
		suggest_random(tuner, trial);
	return LL_OK;
}

/* Whether a finished trial reached the target. */
static bool
target_reached(const Tuner *tuner)
{
	int64_t best = tuner_best(tuner);

	return best >= 0 && !isnan(tuner->options.target) &&
		   tuner_cost(tuner, tuner->trials[best].objective) <=
			   tuner_cost(tuner, tuner->options.target);
}

/* How many trials came after the last that improved the best by a share. */
static uint32_t
trials_since_better(const Tuner *tuner, double share)
{
	double best = INFINITY;
	uint32_t since = 0;

	for (uint32_t i = 0; i < tuner->trial_count; i++)
	{
		double cost = tuner_cost(tuner, tuner->trials[i].objective);

		since++;
		if (isnan(cost) || !(isinf(best) || cost < best - share * fabs(best)))
			continue;
		best = cost;
		since = 0;
	}
	return since;
}

/* Whether the trials so far say that more of them are in vain. */
static bool
is_complete(const Tuner *tuner)
{
	const TunerOptions *options = &tuner->options;
	uint32_t patience = tuner->trial_count / CONVERGED_PART;

	if (options->max_not_improving > 0 &&
		trials_since_better(tuner, NOT_IMPROVING_SHARE) >=
			options->max_not_improving)
		return true;
	if (patience < CONVERGED_TRIALS)
		patience = CONVERGED_TRIALS;
	return options->complete_on_convergence &&
		   trials_since_better(tuner, CONVERGED_SHARE) >= patience;
}

Status
tuner_suggest(Tuner *tuner, uint32_t *first, uint32_t *count, Failure *failure)
{
	uint32_t batch = tuner->options.max_parallel_jobs;
	uint32_t bracket = 0;
	uint32_t left = tuner->options.max_jobs - tuner->trial_count;

	*first = tuner->batch = tuner->trial_count;
	*count = 0;
	if (left == 0 || target_reached(tuner) || is_complete(tuner))
		return LL_OK;
	if (tuner->options.strategy == STRATEGY_HYPERBAND)
	{
		bracket = hyperband_next(tuner, *first);
		batch = hyperband_size(&tuner->options, bracket);
	}
	if (batch > left)
		batch = left;
	for (uint32_t i = 0; i < batch; i++)
	{
		TunerTrial *trial = &tuner->trials[*first + i];
		Status status;

		trial->bracket = bracket;
		trial->curve = runtime_allocate_zero(
			&tuner->runtime, tuner->options.max_resource, sizeof(double));
		if (trial->curve == NULL)
			return fail_no_memory(failure);
		status = suggest_one(tuner, *first + i, failure);
		if (status != LL_OK)
			return status;
		tuner->trial_count++;
	}
	*count = batch;
	return LL_OK;
}

/* ---- Tell ---- */

void
tuner_epoch(Tuner *tuner, uint32_t trial, double cost)
{
	TunerTrial *t = &tuner->trials[trial];

	if (t->curve_length < tuner->options.max_resource)
		t->curve[t->curve_length++] = cost;
}

void
tuner_finish(Tuner *tuner, uint32_t trial, TrialStatus status, uint32_t epochs,
			 double objective)
{
	TunerTrial *t = &tuner->trials[trial];

	t->status = isnan(objective) ? TRIAL_FAILED : status;
	t->epochs = epochs;
	t->objective = objective;
	t->finished = true;
}

/*
 * The median rule (Golovin et al. 2017): stop when the trial's best so far is
 * worse than the median of the finished trials' running averages up to this
 * epoch.
 */
static bool
median_stops(const Tuner *tuner, uint32_t trial)
{
	const TunerTrial *own = &tuner->trials[trial];
	uint32_t epoch = own->curve_length, finished = 0, above = 0;
	double cost = trial_best_so_far(own, epoch);

	if (epoch < MEDIAN_FIRST_EPOCH)
		return false;
	for (uint32_t i = 0; i < tuner->batch; i++)
	{
		const TunerTrial *other = &tuner->trials[i];
		uint32_t n = other->curve_length < epoch ? other->curve_length : epoch;
		double sum = 0.0;

		if (n == 0 || other->status == TRIAL_FAILED)
			continue;
		for (uint32_t e = 0; e < n; e++)
			sum += other->curve[e];
		finished++;
		above += cost > sum / n;
	}
	return finished >= MEDIAN_TRIALS && 2 * above > finished;
}

bool
tuner_stops(const Tuner *tuner, uint32_t trial)
{
	if (tuner->trials[trial].curve_length == 0)
		return false;
	if (tuner->options.strategy == STRATEGY_HYPERBAND)
		return hyperband_stops(tuner, trial);
	return tuner->options.median_stopping && median_stops(tuner, trial);
}
