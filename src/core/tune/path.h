/*
 * path.h
 *		A path: one range of a penalty, gone down from its upper end.
 */
#ifndef LINLEARN_CORE_TUNE_PATH_H
#define LINLEARN_CORE_TUNE_PATH_H

#include "core/tune/trials.h"

/* Whether a space is one that a path goes down: wd or l1 alone. */
extern bool path_fits(const SearchSpace *space);

/* How many points it has at most: those of categories; 0: any number. */
extern uint32_t path_size(const SearchSpace *space);

/* Settles max_jobs, if it is 0. */
extern void path_plan(Tuner *tuner);

/* The value of a trial after those that the tuner starts with. */
extern void path_suggest(Tuner *tuner, uint32_t trial);

#endif
