/*
 * magnitude.h
 *		How large rows are.
 */
#ifndef LINLEARN_CORE_ROWS_MAGNITUDE_H
#define LINLEARN_CORE_ROWS_MAGNITUDE_H

#include "core/rows/rows.h"

/* The largest |x| of a row, bytes as they are; not finite if any x is not. */
extern double row_magnitude(RowFormat format, const RowView *row,
							uint32_t dimension);

/* Makes a range take in another, which may be none. */
extern void magnitude_range_add(MagnitudeRange *range, MagnitudeRange other);

/*
 * A row so many times larger than all training rows, or smaller, is in another
 * unit: pixels of 0 to 255 are 256 times those of 0 to 1, and rows of one unit
 * hardly ever so far from all others.
 */
#define MAGNITUDE_OUTLANDISH 50.0

/* Whether a row is so far from those of a known range; rows of zeros are not. */
static inline bool
magnitude_is_outlandish(MagnitudeRange known, double magnitude)
{
	return known.largest > 0.0 && magnitude > 0.0 &&
		   (magnitude > MAGNITUDE_OUTLANDISH * known.largest ||
			magnitude < known.least / MAGNITUDE_OUTLANDISH);
}

/* A range of rows whose features are counted in another unit. */
static inline MagnitudeRange
magnitude_range_scale(MagnitudeRange range, double unit)
{
	return (MagnitudeRange){range.least * unit, range.largest * unit};
}

#endif
