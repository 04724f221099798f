/*
 * plan_number.h
 *		The terms of numbers: themselves, buckets, splines.
 */
#ifndef LINLEARN_CORE_COLUMNS_PLAN_NUMBER_H
#define LINLEARN_CORE_COLUMNS_PLAN_NUMBER_H

#include "core/columns/plan_levels.h"
#include "core/columns/survey.h"

/* A quantile of ascending numbers, between two of them if it lies there. */
extern double sample_quantile(const double *sample, uint32_t count,
							  double part);

/*
 * The piece of a column of numbers: PIECE_NUMBER, BUCKETS or SPLINE, as its
 * options say; without terms when all numbers are the same.
 */
extern Status plan_number(Piece *piece, const Column *column,
						  const ColumnSurvey *survey, const LevelRule *rule,
						  const Runtime *runtime, Failure *failure);

/* What is subtracted from its terms: [terms]. */
extern void plan_number_centers(const Piece *piece, const Column *column,
								const ColumnSurvey *survey, double *center);

/* Levels whose bytes are their number, of those that have rows: rows[places]. */
extern Status plan_numbered_levels(const uint64_t *rows, uint32_t places,
								   Level **levels, size_t *count,
								   const Runtime *runtime, Failure *failure);

/*
 * The weighted mean of a block's elements.  From numbers so large that their
 * distance from it might be none, nothing is taken off.
 */
extern double plan_element_mean(const ExactSum *sum, double weight);

#endif
