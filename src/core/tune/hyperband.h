/*
 * hyperband.h
 *		Hyperband's schedule (Li et al. 2018).
 */
#ifndef LINLEARN_CORE_TUNE_HYPERBAND_H
#define LINLEARN_CORE_TUNE_HYPERBAND_H

#include "core/tune/trials.h"

#define HYPERBAND_REDUCTION 3

/* The number of the most aggressive bracket: floor(log3(R / r)). */
extern uint32_t hyperband_top(const TunerOptions *options);

/* Trials that bracket s starts with. */
extern uint32_t hyperband_size(const TunerOptions *options, uint32_t s);

/* The bracket that starts at a trial: they run from the top to 0, and again. */
extern uint32_t hyperband_next(const Tuner *tuner, uint32_t trial);

/*
 * Successive halving: at a rung all but the best third of those that still ran
 * at the last one stop.  Ties go to the earlier trial.
 */
extern bool hyperband_stops(const Tuner *tuner, uint32_t trial);

#endif
