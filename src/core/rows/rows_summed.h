/*
 * rows_summed.h
 *		Rows of which only the sums are kept.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_SUMMED_H
#define LINLEARN_CORE_ROWS_ROWS_SUMMED_H

#include "core/rows/rows.h"

/*
 * Turns dense rows, those of before and those appended later, into their sums
 * (gram_sums.h).  The sums are the same wherever among the rows this is called.
 */
extern Status rows_sum_up(Rows *rows, Failure *failure);

/*
 * Adds all rows of another store of the same shape, which has been summed, as
 * this one is then.
 */
extern Status rows_sum_in(Rows *rows, const Rows *summed, Failure *failure);

/* Takes in one row after rows_sum_up. */
extern Status rows_sum_row(Rows *rows, const RowView *row, double label,
						   uint64_t label_hash, float weight,
						   Failure *failure);

/* Completes the sums and the fingerprint, after any number of such rows. */
extern Status rows_sum_flush(Rows *rows, Failure *failure);

#endif
