/*
 * tuner.h
 *		Which settings to try next: random, grid, Bayesian and Hyperband search
 *		as ask and tell.
 *
 *	while (tuner_suggest(&tuner, &first, &count), count > 0)
 *	{
 *		train trials first .. first + count - 1, with tuner_epoch() after each
 *		epoch of all of them and tuner_stops() to end some early;
 *		tuner_finish() each, in order
 *	}
 *
 * Every draw depends on the seed and the trial's number only, so the same
 * answers lead to the same trials.  Inside, objectives are "badness": made
 *small, whatever the direction.
 */
#ifndef LINLEARN_CORE_TUNE_TUNER_H
#define LINLEARN_CORE_TUNE_TUNER_H

#include "core/model/model.h"
#include "core/tune/search_space.h"

/* SageMaker's quota for random search. */
#define TUNER_MAX_JOBS 10000
/* A Gaussian process costs the cube of its trials. */
#define TUNER_MAX_BAYESIAN_JOBS 750
#define HYPERBAND_REDUCTION 3
#define TUNER_LEAST_NOT_IMPROVING 3

typedef enum TunerStrategy
{
	STRATEGY_BAYESIAN,
	STRATEGY_RANDOM,
	STRATEGY_GRID,
	STRATEGY_HYPERBAND
} TunerStrategy;

/* Their names, in order, NULL-terminated. */
extern const char *const strategy_names[];

typedef struct TunerOptions
{
	TunerStrategy strategy;
	bool maximize;
	bool median_stopping;		/* early_stopping_type = Auto */
	uint32_t max_jobs;			/* 0: what the strategy makes of it */
	uint32_t max_parallel_jobs; /* trials of a batch, at least 1 */
	double target;				/* NaN: none; stops once it is reached */
	uint32_t max_not_improving; /* 0: none; trials without a better best */
	bool complete_on_convergence;
	uint64_t seed;
	bool losses_compare; /* trials' losses measure the same thing */
	uint32_t min_resource; /* Hyperband: epochs of the first rung */
	uint32_t max_resource; /* epochs of a trial that is never stopped */
} TunerOptions;

typedef struct TunerTrial
{
	double *values; /* [space.count] */
	TrialStatus status;
	bool finished;
	uint32_t epochs;
	double objective; /* NaN: none (failed) */
	double loss;	  /* on the objective's rows; decides between equals */
	double *curve;	  /* [max_resource] badness after each epoch */
	uint32_t curve_length;
	uint32_t bracket; /* Hyperband: s of its bracket */
} TunerTrial;

typedef struct Tuner
{
	Runtime runtime;
	SearchSpace space;
	TunerOptions options;
	TunerTrial *trials; /* [options.max_jobs] */
	uint32_t trial_count;
	uint32_t batch; /* first trial of the batch in flight */
	double *start;	/* settings to try first: [start_count] */
	uint32_t start_count;
	double *known; /* earlier trials' values, see tuner_know */
	double *known_badness;
	uint32_t known_count;
	uint32_t *grid_sizes; /* Grid: points of each range */
} Tuner;

/*
 * Makes a tuner; fills options.max_jobs when it is 0: Bayesian and Random 10,
 * Hyperband one run through its brackets, Grid all points (a continuum counts
 * as GRID_POINTS).  A grid over a continuum has as many points a range as
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
 * badness: made small, whatever the objective's direction.
 */
extern void tuner_epoch(Tuner *tuner, uint32_t trial, double badness);

/*
 * Whether a trial of the batch is to stop after the epochs reported so far;
 * every running trial of the batch must have reported them.
 */
extern bool tuner_stops(const Tuner *tuner, uint32_t trial);

/* Ends a trial; objective NaN: it failed. */
extern void tuner_finish(Tuner *tuner, uint32_t trial, TrialStatus status,
						 uint32_t epochs, double objective);

/*
 * The finished trial of the best objective; -1: none.  Of equals, which shares of
 * few rows often are, the one of least loss, then the first.
 */
extern int64_t tuner_best(const Tuner *tuner);

/* An objective as something to make small. */
extern double tuner_badness(const Tuner *tuner, double objective);

/*
 * Inside: fills trial's values by expected improvement, given the finished
 * trials, the earlier ones and those in flight (bayesian.c).
 */
extern Status bayesian_suggest(Tuner *tuner, uint32_t trial, Failure *failure);

/* Whether some trial before this one, or a known one, has these values. */
extern bool tuner_has_tried(const Tuner *tuner, uint32_t trial,
							const double *values);

/* The range's values at a point of the unit cube. */
extern void tuner_point_values(const Tuner *tuner, const double *point,
							   double *values);

/* Streams of the seed. */
enum
{
	STREAM_TUNER_RANDOM = 101,
	STREAM_TUNER_DESIGN,
	STREAM_TUNER_ACQUISITION
};

#endif
