/*
 * tile_products.h
 *		One tile of rows: margins, gradient and Gram matrix.
 */
#ifndef LINLEARN_CORE_SOLVE_TILE_PRODUCTS_H
#define LINLEARN_CORE_SOLVE_TILE_PRODUCTS_H

#include "core/solve/pass.h"

/* Does the tile of the running pass that starts at a row. */
extern void pass_run_tile(const Pass *pass, PassLane *lane, size_t first);

/* Of it, for other tiles: margins = features weights (+ bias), dense. */
extern void pass_dense_margins(const Pass *pass, PassLane *lane, size_t rows);

/* Multiplies the rows that wait into the lane's Gram matrix. */
extern void pass_flush_gram(const Pass *pass, PassLane *lane);

#endif
