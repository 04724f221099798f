/*
 * magnitude.h
 *		How large rows are.
 */
#ifndef LINLEARN_CORE_ROWS_MAGNITUDE_H
#define LINLEARN_CORE_ROWS_MAGNITUDE_H

#include "core/rows/rows.h"

/* The largest |x| of a row, bytes as they are. */
extern double row_magnitude(RowFormat format, const RowView *row,
							uint32_t dimension);

/* Makes a range take in another, which may be none. */
extern void magnitude_range_add(MagnitudeRange *range, MagnitudeRange other);

/* A range of rows whose features are counted in another unit. */
static inline MagnitudeRange
magnitude_range_scale(MagnitudeRange range, double unit)
{
	return (MagnitudeRange){range.least * unit, range.largest * unit};
}

#endif
