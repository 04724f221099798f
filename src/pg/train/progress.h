/*
 * progress.h
 *		What a backend's training is doing, for other sessions to see.
 *
 * With the library in shared_preload_libraries each backend has one slot of
 * shared memory that it alone writes and anyone may read without a lock, in
 * the manner of PostgreSQL's own backend status entries.  Without it only the
 * notices of linlearn.progress = notice are sent.
 *
 * A parallel worker shows the rows it gathers in a slot of its own.
 *
 * A slot is cleared by progress_end(), and also when the transaction or
 * subtransaction that began it ends in whatever way, or the backend exits.
 */
#ifndef LINLEARN_PG_TRAIN_PROGRESS_H
#define LINLEARN_PG_TRAIN_PROGRESS_H

#include "pg/base/version.h"

/* Phases before those of the core's TrainingProgress. */
#define PROGRESS_COLLECTING "collecting rows"
#define PROGRESS_PREPARING "preparing"

/* Asks for the shared memory; for _PG_init. */
extern void progress_install(void);

/*
 * Starts to show a training, or, when this backend shows one already, goes on
 * with it (its start time stays).  predictor (e.g. binary_classifier) may be
 * NULL and is then left as it is.
 */
extern void progress_begin(const char *predictor);

/*
 * Says how far the training is: epoch (from 1; 0 before the first) of epochs,
 * trial (the one that runs, from 0) of trials, rows gathered or trained on,
 * mean losses.  0 means none for counts, NaN for losses.  phase NULL leaves
 * the phase as it is.  Does nothing before progress_begin().
 *
 * Cheap (no lock, no system call but the clock), so that it may be called for
 * every few thousand rows.  With linlearn.progress = notice it sends a NOTICE
 * whenever the phase, the trial or the epoch changes; so it must be called by
 * the backend's own thread, while no other thread uses PostgreSQL's memory.
 */
extern void progress_update(const char *phase, int64 epoch, int64 epochs,
							int64 trial, int64 trials, int64 rows,
							double train_loss, double validation_loss);

/* Clears what is shown; harmless when nothing is. */
extern void progress_end(void);

/* Rows gathered between two updates of what is shown. */
#define PROGRESS_ROWS 4096

/* Rows this backend has gathered since the last progress_end(). */
extern uint64 progress_collected;

/* Shows that rows are gathered, and how many so far. */
extern void progress_show_collected(void);

/*
 * Counts a gathered row.  A query may gather for several models at once, so the
 * count is the backend's.
 */
static inline void
progress_collect(void)
{
	if (progress_collected++ % PROGRESS_ROWS == 0)
		progress_show_collected();
}

#endif
