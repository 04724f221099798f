/*
 * column_importance.h
 *		How far a column of a table moves a model's margins.
 */
#ifndef LINLEARN_CORE_MODEL_COLUMN_IMPORTANCE_H
#define LINLEARN_CORE_MODEL_COLUMN_IMPORTANCE_H

#include "core/model/model.h"

/*
 * The variance over the training rows of what a piece's terms add to a margin, as
 * the mean over the model's outputs.  Of levels, of which a row has one, it is
 * exact; other terms are taken as uncorrelated.
 */
extern double piece_variance(const Model *model, const Piece *piece);

#endif
