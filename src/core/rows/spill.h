/*
 * spill.h
 *		Rows beyond memory: records in a file of the host's, back by windows.
 *
 * When a store's records do not fit into memory, rows_spill() sorts them by hash
 * and appends them to a file as one run.  A window is a range of hashes: one
 * slice of every run.  Hashes scatter rows evenly, so a window is a random
 * sample of all rows however the table was sorted, and an epoch that shuffles
 * the windows and then the rows within each (two levels, as CorgiPile; Xu et
 * al. 2022) learns as from a full shuffle.
 *
 * Records keep one address for good, but may be read only while their window is
 * loaded.  Whoever reads records walks a list of rows that is ordered by
 * windows: any part of the canonical order, or what rows_shuffle() made.
 *
 *		for (at = 0; at < count; at += loaded)
 *			rows_load(rows, order + at, count - at, &loaded, failure);
 *			... records of order[at .. at + loaded) ...
 *
 * Labels, weights, hashes and order stay in memory.
 */
#ifndef LINLEARN_CORE_ROWS_SPILL_H
#define LINLEARN_CORE_ROWS_SPILL_H

#include "core/rows/rows.h"

/* A file of the host's; only the thread that called into the core uses it. */
typedef struct SpillFile
{
	void *context;
	/* Appends to the run at work. */
	Status (*append)(void *context, const void *bytes, size_t size,
					 Failure *failure);
	/* Ends the run of so many bytes; says at what address it will be read. */
	Status (*end_run)(void *context, size_t size, char **address,
					  Failure *failure);
	/* Fills bytes [from, to) of a run's addresses; forgets its others. */
	Status (*load)(void *context, size_t run, size_t from, size_t to,
				   Failure *failure);
	/* Says what will be loaded next. */
	Status (*prefetch)(void *context, size_t run, size_t from, size_t to,
					   Failure *failure);
} SpillFile;

/*
 * Moves the records in memory to the file, as a run; makes room for as many.
 * The file is the same each time, and outlives the rows.
 */
extern Status rows_spill(Rows *rows, const SpillFile *file, Failure *failure);

/*
 * After the last row, before rows_split and rows_seal: spills what is left and
 * cuts windows of at most about window_bytes.  Nothing if nothing was spilled.
 */
extern Status rows_spill_finish(Rows *rows, size_t window_bytes,
								Failure *failure);

/* Loads the run of row i before rows_spill_finish: rows [i, i + loaded). */
extern Status rows_load_run(const Rows *rows, size_t i, size_t *loaded,
							Failure *failure);

/* Loads the window of order[0]; loaded rows of order lie in it. */
extern Status spill_load_window(const Rows *rows, const uint32_t *order,
								size_t count, size_t *loaded,
								Failure *failure);

static inline Status
rows_load(const Rows *rows, const uint32_t *order, size_t count,
		  size_t *loaded, Failure *failure)
{
	*loaded = count;
	return rows->spill == NULL
			   ? LL_OK
			   : spill_load_window(rows, order, count, loaded, failure);
}

/*
 * After rows_spill_finish, for a store that shares the records of two others:
 * windows over the runs of both, whose own are not to be loaded any more.  Nothing
 * if neither was spilled.
 */
extern Status rows_spill_join(Rows *rows, const Rows *a, const Rows *b,
							  Failure *failure);

/* The windows of a store: 1 when all is in memory. */
extern size_t rows_windows(const Rows *rows);

/* The window of a row with this hash. */
static inline size_t
hash_window(uint64_t hash, size_t windows)
{
	return (size_t) (((unsigned __int128) hash * windows) >> 64);
}

#endif
