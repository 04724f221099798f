/*
 * trials.h
 *		The trials of a tuning, and which of them is the best.
 *
 * Objectives are compared by their cost: made small, whatever the direction.
 */
#ifndef LINLEARN_CORE_TUNE_TRIALS_H
#define LINLEARN_CORE_TUNE_TRIALS_H

#include "core/model/model.h"
#include "core/tune/search_space.h"

typedef enum TunerStrategy
{
	STRATEGY_BAYESIAN,
	STRATEGY_RANDOM,
	STRATEGY_GRID,
	STRATEGY_HYPERBAND,
	STRATEGY_PATH
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
	bool losses_compare;   /* trials' losses measure the same thing */
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
	double *curve;	  /* [max_resource] cost after each epoch */
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
	double *known_cost;
	uint32_t known_count;
	uint32_t *grid_sizes; /* Grid: points of each range */
} Tuner;

/*
 * The finished trial of the best objective; -1: none.  Of equals, which shares of
 * few rows often are, the one of least loss, then the first.
 */
extern int64_t tuner_best(const Tuner *tuner);

/* An objective as something to make small. */
extern double tuner_cost(const Tuner *tuner, double objective);

/* Whether some trial before this one, or a known one, has these values. */
extern bool tuner_has_tried(const Tuner *tuner, uint32_t trial,
							const double *values);

/* The range's values at a point of the unit cube. */
extern void tuner_point_values(const Tuner *tuner, const double *point,
							   double *values);

/* The least cost of the first so many epochs of a trial. */
extern double trial_best_so_far(const TunerTrial *trial, uint32_t epochs);

/* Streams of the seed. */
enum
{
	STREAM_TUNER_RANDOM = 101,
	STREAM_TUNER_DESIGN,
	STREAM_TUNER_ACQUISITION
};

#endif
