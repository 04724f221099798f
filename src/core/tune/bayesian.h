/*
 * bayesian.h
 *		The next trial by expected improvement under a Gaussian process.
 */
#ifndef LINLEARN_CORE_TUNE_BAYESIAN_H
#define LINLEARN_CORE_TUNE_BAYESIAN_H

#include "core/tune/trials.h"

/*
 * Fills trial's values by expected improvement, given the finished
 * trials, the earlier ones and those in flight.
 */
extern Status bayesian_suggest(Tuner *tuner, uint32_t trial, Failure *failure);

#endif
