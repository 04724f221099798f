/*
 * plan_cross.h
 *		Terms of levels of several columns at once, and those of a model known.
 */
#ifndef LINLEARN_CORE_COLUMNS_PLAN_CROSS_H
#define LINLEARN_CORE_COLUMNS_PLAN_CROSS_H

#include "core/columns/plan.h"
#include "core/columns/plan_levels.h"

/*
 * The piece of a cross, whose members' pieces are planned and indexed.  Without
 * terms when a member has none.  LL_INVALID for a member without levels.
 */
extern Status plan_cross(Piece *piece, const Plan *plan,
						 const PlanCross *cross, const LevelRule *rule,
						 CellStore *store, const Rows *rows,
						 const Runtime *runtime, Failure *failure);

/*
 * The plan of a model to go on from: its columns and pieces, to which levels that
 * it does not know are added.  The store's columns are in the model's order.
 */
extern Status plan_known(Plan *plan, const Columns *known,
						 const Survey *survey, const CellStore *store,
						 Failure *failure);

#endif
