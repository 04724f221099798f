/*
 * tuner.h
 *		Which settings to try next: random, grid, Bayesian and Hyperband search
 *		and a penalty's path, as ask and tell.
 *
 *	while (tuner_suggest(&tuner, &first, &count), count > 0)
 *	{
 *		train trials first .. first + count - 1, with tuner_epoch() after each
 *		epoch of all of them and tuner_stops() to end some early;
 *		tuner_finish() each, in order
 *	}
 *
 * Every draw depends on the seed and the trial's number only, so the same
 * answers lead to the same trials.
 */
#ifndef LINLEARN_CORE_TUNE_TUNER_H
#define LINLEARN_CORE_TUNE_TUNER_H

#include "core/tune/trials.h"

/* SageMaker's quota for random search. */
#define TUNER_MAX_JOBS 10000
/* A Gaussian process costs the cube of its trials. */
#define TUNER_MAX_BAYESIAN_JOBS 750
#define TUNER_LEAST_NOT_IMPROVING 3

/*
 * Makes a tuner; fills options.max_jobs when it is 0: Bayesian and Random 10,
 * Hyperband one run through its brackets, Path 30, Grid all points (a continuum
 * counts as GRID_POINTS).  A grid over a continuum has as many points a range as
 * max_jobs allows, 2 at least.  LL_INVALID: nothing to tune, a grid larger
 * than max_jobs, Hyperband with max_resource below min_resource.
 */
extern Status tuner_init(Tuner *tuner, const SearchSpace *space,
						 const TunerOptions *options, const Runtime *runtime,
						 Failure *failure);

/* Moves [space.count] values into the ranges. */
extern void tuner_move_inside(const Tuner *tuner, double *values);

/*
 * Settings that Bayesian, Random and Hyperband search try before any other, as
 * [space.count] values; each is moved into the ranges.
 */
extern Status tuner_start_with(Tuner *tuner, const double *values,
							   Failure *failure);

/*
 * What an earlier tuning found: the Bayesian model learns from it, no strategy
 * tries it again.  Values outside the ranges are left out (false in *used).
 */
extern Status tuner_know(Tuner *tuner, const double *values, double objective,
						 bool *used, Failure *failure);

/* The next batch; *count = 0 when there is nothing more to try. */
extern Status tuner_suggest(Tuner *tuner, uint32_t *first, uint32_t *count,
							Failure *failure);

/*
 * What a trial of the batch in flight reached after its next epoch, as
 * cost: made small, whatever the objective's direction.
 */
extern void tuner_epoch(Tuner *tuner, uint32_t trial, double cost);

/*
 * Whether a trial of the batch is to stop after the epochs reported so far;
 * every running trial of the batch must have reported them.
 */
extern bool tuner_stops(const Tuner *tuner, uint32_t trial);

/* Ends a trial; objective NaN: it failed. */
extern void tuner_finish(Tuner *tuner, uint32_t trial, TrialStatus status,
						 uint32_t epochs, double objective);

#endif
