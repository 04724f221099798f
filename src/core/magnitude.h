/*
 * magnitude.h
 *		How large rows are, and whether a row is of another kind of size than
 *		those that a model was trained on.
 */
#ifndef LINLEARN_CORE_MAGNITUDE_H
#define LINLEARN_CORE_MAGNITUDE_H

#include "core/model.h"
#include "core/rows.h"

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

/*
 * Whether a row of the model's width is so much larger or smaller than all rows
 * that the model was trained on that its features must be in another unit; then
 * *magnitude is its own.  Rows of zeros are not, nor bytes where the model was
 * trained on bytes.
 */
extern bool row_is_outlandish(const Model *model, RowFormat format,
							  const RowView *row, double *magnitude);

#endif
