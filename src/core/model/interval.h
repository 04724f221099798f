/*
 * interval.h
 *		Confidence and prediction intervals of a row.
 */
#ifndef LINLEARN_CORE_MODEL_INTERVAL_H
#define LINLEARN_CORE_MODEL_INTERVAL_H

#include "core/model/predict.h"

/*
 * The variance of a row's margin, of the model's estimates alone, of a model whose
 * fit has a root and a row as predictor_margins takes it.  room[2 (dimension + 1)] is
 * scratch.
 */
extern double interval_variance(const Model *model, RowFormat format,
								const RowView *row, double *room);

/*
 * limits[2] of what predictor_scores makes of a margin, for errors of so many to
 * both sides; the lower first.
 */
extern void interval_limits(const Predictor *predictor, double margin,
							double width, double *limits);

#endif
