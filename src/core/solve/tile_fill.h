/*
 * tile_fill.h
 *		One tile of rows: features, targets and weights.
 */
#ifndef LINLEARN_CORE_SOLVE_TILE_FILL_H
#define LINLEARN_CORE_SOLVE_TILE_FILL_H

#include "core/solve/pass.h"

/*
 * How many of some rows of a tile lie side by side: those that may be done at
 * once.  All but of a matrix in place, of which a fold leaves some out.
 */
extern size_t pass_side_by_side(const Pass *pass, size_t first, size_t rows);

/* Targets, weights and (dense) features of rows that do. */
extern void pass_fill_tile(const Pass *pass, PassLane *lane, size_t first,
						   size_t rows);

/* Adds the rows' offsets to their margins, where there is one margin each. */
extern void pass_offset_margins(const Pass *pass, PassLane *lane, size_t first,
								size_t rows);

#endif
