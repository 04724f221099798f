/*
 * synthetic.h
 *		Digits drawn by the extension itself, so that every machine has data.
 *
 * Each digit is a few strokes on a 28 by 28 canvas, with a shift, rotation,
 * scale, slant, stroke width, wobble of the control points and noise of its
 * own.  All of it follows from (seed, split, id): the same on every machine,
 * and whatever the number of rows.
 */
#ifndef LINLEARN_FORMATS_SYNTHETIC_H
#define LINLEARN_FORMATS_SYNTHETIC_H

#include <stdint.h>

#define SYNTHETIC_SIDE 28
#define SYNTHETIC_PIXELS (SYNTHETIC_SIDE * SYNTHETIC_SIDE)

/* Draws a digit into SYNTHETIC_PIXELS bytes and returns its label, 0 to 9. */
extern int synthetic_draw(uint64_t seed, int split, uint64_t id,
						  uint8_t *pixels);

#endif
