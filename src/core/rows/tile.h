/*
 * tile.h
 *		How many rows are worked on between two looks at interrupts.
 */
#ifndef LINLEARN_CORE_ROWS_TILE_H
#define LINLEARN_CORE_ROWS_TILE_H

#include <stddef.h>

/* Rows of one product, and the most floats of such a tile. */
#define TILE_ROWS 512
#define TILE_FLOATS ((size_t) 1 << 20)
/* The most margins of a tile, and multiply-adds of a product of many rows. */
#define TILE_MARGINS ((size_t) 1 << 22)
#define TILE_WORK ((size_t) 1 << 30)
#define TILE_WORK_ROWS 16
/* Rows of a tile, fewer for uncommonly many weights: it must end soon. */
static inline size_t
tile_bound(size_t rows, size_t inputs, size_t columns)
{
	size_t margins = TILE_MARGINS / columns + 1;
	size_t work = TILE_WORK / (inputs * columns) + TILE_WORK_ROWS;
	size_t most = margins < work ? margins : work;

	return rows < most ? rows : most;
}

#endif
