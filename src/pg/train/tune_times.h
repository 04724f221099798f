/*
 * tune_times.h
 *		How long the trials of a tuning took.
 *
 * A model's bytes must not depend on how fast it was trained, so times cannot
 * be part of them.  The session that tuned a model remembers them, for its last
 * TUNE_TIMES_MODELS models, by checksum and size of the bytes and by the trials
 * themselves; every other session knows none.
 */
#ifndef LINLEARN_PG_TRAIN_TUNE_TIMES_H
#define LINLEARN_PG_TRAIN_TUNE_TIMES_H

#include "pg/base/version.h"

#include "core/model/model.h"

#define TUNE_TIMES_MODELS 32

/* Remembers the seconds of each trial of a model, and its bytes' checksum. */
extern void tune_times_keep(const Model *model, uint32 checksum, Size size,
							const double *seconds);

/* The seconds of each trial, or NULL when this session did not tune it. */
extern const double *tune_times_find(const Model *model, uint32 checksum,
									 Size size);

#endif
