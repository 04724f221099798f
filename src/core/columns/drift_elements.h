/*
 * drift_elements.h
 *		How far the elements of a block, or of a sparse row, have moved.
 *
 * Of an element a model keeps the mean and the deviation, no shares.  The index of
 * a normal number whose mean moves by d deviations is d squared (the symmetric
 * divergence of Kullback and Leibler, On Information and Sufficiency, 1951, of which
 * the population stability index is the discrete form), so that an element's index
 * is the square of its mean's move in the larger of its deviations then and now: one
 * rare value among new rows moves nothing much.  A block has moved as far as the
 * element that has moved furthest.
 */
#ifndef LINLEARN_CORE_COLUMNS_DRIFT_ELEMENTS_H
#define LINLEARN_CORE_COLUMNS_DRIFT_ELEMENTS_H

#include "core/columns/columns.h"

/* Wider rows are not compared by their elements. */
#define DRIFT_ELEMENTS_MOST 262144

/* Of all terms of a model, over its training rows: [width] each. */
typedef struct TermMoments
{
	const double *mean;
	const double *deviation; /* population */
} TermMoments;

/* What an element was in training, over the rows that were not NULL. */
typedef struct ElementThen
{
	double center; /* taken off a number first */
	double mean;
	double deviation;
	bool constant;
	bool expected; /* rows that have its one value are counted, not others */
} ElementThen;

/*
 * Sums over the rows that are not NULL of what elements are, in deviations: whole
 * numbers, so that they are the same in any order of rows.  Of one that was
 * constant, how many rows have another value.
 */
typedef struct DriftElements
{
	uint32_t count;
	ElementThen *then;
	int64_t *sums;
	int64_t *squares;
} DriftElements;

/*
 * Begins for the elements of a column that a piece has; NULL in *elements where
 * they are too many to compare, or had no row.  LL_NO_MEMORY.
 */
extern Status drift_elements_init(DriftElements **elements,
								  const Columns *columns, const Piece *piece,
								  const TermMoments *moments,
								  const Runtime *runtime, Failure *failure);

/* Counts a cell that is not NULL, of a block or, by its indexes, a sparse row. */
extern void drift_elements_add(DriftElements *elements, const Cell *cell,
							   bool sparse);

extern void drift_elements_merge(DriftElements *into,
								 const DriftElements *from);

/* Whether so many rows may have an element's two sums. */
extern bool drift_element_may_be(int64_t sum, int64_t square, uint64_t rows);

/* The index of the element that has moved furthest, over so many rows. */
extern double drift_elements_index(const DriftElements *elements,
								   uint64_t rows);

/*
 * What none of so many elements has by chance but once in 100 times, a row each
 * then and now; it is multiplied by 1 / rows then + 1 / rows now.
 */
extern double drift_elements_chance(uint32_t count);

#endif
