/*
 * tune_times.h
 *		How long the trials of a tuning took.
 *
 * A model's bytes must not depend on how fast it was trained, so times cannot
 *be part of them.  The session that tuned a model remembers them, for its last
 * TUNE_TIMES_MODELS models, by checksum and size of the bytes; every other
 * session knows none.
 */
#ifndef LINLEARN_PG_TUNE_TIMES_H
#define LINLEARN_PG_TUNE_TIMES_H

#include "linlearn.h"

#define TUNE_TIMES_MODELS 32

/* Remembers the seconds of each trial of a model. */
extern void tune_times_keep(uint32 checksum, Size size, const double *seconds,
							uint32 count);

/* The seconds of each trial, or NULL when this session did not tune it. */
extern const double *tune_times_find(uint32 checksum, Size size, uint32 count);

#endif
