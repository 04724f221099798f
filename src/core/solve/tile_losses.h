/*
 * tile_losses.h
 *		A tile's losses and derivatives, in the place of its margins.
 */
#ifndef LINLEARN_CORE_SOLVE_TILE_LOSSES_H
#define LINLEARN_CORE_SOLVE_TILE_LOSSES_H

#include "core/solve/pass.h"

/*
 * Turns a lane's margins of a tile that starts at a row into weighted derivatives,
 * adds up losses and weights, and fills in second derivatives where they are
 * wanted; in float, in double, or of a loss with kinks rounded, as the pass says.
 */
extern void pass_derive_tile(const Pass *pass, PassLane *lane, size_t first,
							 size_t rows);

/* The same in double, always with second derivatives. */
extern void pass_derive(const Pass *pass, PassLane *lane, size_t rows);

#endif
