/*
 * rows_summed.h
 *		Rows of which only the moments are kept.
 */
#ifndef LINLEARN_CORE_ROWS_ROWS_SUMMED_H
#define LINLEARN_CORE_ROWS_ROWS_SUMMED_H

#include "core/rows/rows.h"

/*
 * Turns dense rows, those of before and those appended later, into their moments
 * (gram_sums.h).  The moments are the same wherever among the rows this is called.
 */
extern Status rows_fold(Rows *rows, Failure *failure);

/*
 * Adds all rows of another store of the same shape, which has been folded, as
 * this one is then.
 */
extern Status rows_fold_in(Rows *rows, const Rows *folded, Failure *failure);

/* Takes in one row after rows_fold. */
extern Status rows_fold_row(Rows *rows, const RowView *row, double label,
							uint64_t label_hash, float weight,
							Failure *failure);

#endif
