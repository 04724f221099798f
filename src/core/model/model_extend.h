/*
 * model_extend.h
 *		A model with the terms of more levels than it knows.
 */
#ifndef LINLEARN_CORE_MODEL_MODEL_EXTEND_H
#define LINLEARN_CORE_MODEL_MODEL_EXTEND_H

#include "core/columns/columns.h"
#include "core/model/model.h"

/*
 * Makes *extended the model with the terms of columns, which have the model's own
 * pieces and levels, and maybe more: these get weight 0.  Predictions are the same
 * but for rows that have levels of the new ones in the place of (other).
 */
extern Status model_extend(const Model *model, const Columns *columns,
						   const Runtime *runtime, Model *extended,
						   Failure *failure);

#endif
