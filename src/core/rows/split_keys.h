/*
 * split_keys.h
 *		Which rows a split takes where those of a key go together.
 */
#ifndef LINLEARN_CORE_ROWS_SPLIT_KEYS_H
#define LINLEARN_CORE_ROWS_SPLIT_KEYS_H

#include "core/base/kinds.h"
#include "core/rows/rows.h"

/*
 * Marks the rows of a fraction of all groups, drawn by the seed, or the latest
 * rows, about a fraction of them.  Equal keys are on one side, and some are on
 * each; LL_INVALID: all are equal.
 */
extern Status split_by_keys(const Rows *rows, double fraction, uint64_t seed,
							FoldKey kind, bool *take, Failure *failure);

#endif
