/*
 * fold_lane.h
 *		Products of packed sparse rows with one vector.
 */
#ifndef LINLEARN_CORE_SOLVE_FOLD_LANE_H
#define LINLEARN_CORE_SOLVE_FOLD_LANE_H

#include "core/solve/fold_matrix.h"

/* One block of a product of one lane, or with the entries' squares. */
extern void fold_lane_multiply(const FoldEntries *entries, size_t block,
							   const float *in, bool squares, float *out);

#endif
