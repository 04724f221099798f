/*
 * tile_products.h
 *		One tile of rows: margins, gradient and Gram matrix.
 */
#ifndef LINLEARN_CORE_SOLVE_TILE_PRODUCTS_H
#define LINLEARN_CORE_SOLVE_TILE_PRODUCTS_H

#include "core/solve/pass.h"

/* Does the tile of the running pass that starts at a row. */
extern void pass_run_tile(const Pass *pass, PassLane *lane, size_t first);

/*
 * How many of some rows of a tile lie side by side: those that its parts may do at
 * once.  All but of a matrix in place, of which a fold leaves some out.
 */
extern size_t pass_side_by_side(const Pass *pass, size_t first, size_t rows);

/* Its parts, for other tiles: targets, weights and (dense) features, ... */
extern void pass_fill_tile(const Pass *pass, PassLane *lane, size_t first,
						   size_t rows);

/* ... margins = features weights (+ bias), dense, ... */
extern void pass_dense_margins(const Pass *pass, PassLane *lane, size_t rows);

/*
 * ... and the rows' offsets beside them, where there is one margin each; what they
 * become is in tile_losses.h.
 */
extern void pass_offset_margins(const Pass *pass, PassLane *lane, size_t first,
								size_t rows);

/* Multiplies the rows that wait into the lane's Gram matrix. */
extern void pass_flush_gram(const Pass *pass, PassLane *lane);

#endif
