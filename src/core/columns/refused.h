/*
 * refused.h
 *		Columns that are no features as they are: the label by another name, and
 *		texts that hardly repeat themselves.
 */
#ifndef LINLEARN_CORE_COLUMNS_REFUSED_H
#define LINLEARN_CORE_COLUMNS_REFUSED_H

#include "core/columns/plan.h"

/*
 * LL_INVALID if a column is refused: the message tells of the first, the hint
 * names them all, so that one more try does.
 */
extern Status refuse_columns(const Plan *plan, const Survey *survey,
							 const CellStore *store, Failure *failure);

/* Why no column gives a term. */
extern Status fail_no_term(const Plan *plan, const Survey *survey,
						   const CellStore *store, Failure *failure);

#endif
