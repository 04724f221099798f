/*
 * separation.h
 *		What parts some rows perfectly by their classes, in words.
 */
#ifndef LINLEARN_CORE_TRAIN_SEPARATION_H
#define LINLEARN_CORE_TRAIN_SEPARATION_H

#include "core/columns/columns.h"

/* Longest reason why there are no standard errors, in bytes, with its zero. */
#define SEPARATION_REASON 400

/*
 * Adds to a reason, in UTF-8, the features of a direction (SolverResult.direction),
 * by their names where there are columns (may be NULL): a level without a term is
 * named where it is what all others move against.  inverse [dimension] are inverse
 * deviations, NULL: 1.  The reason stays where none stands out.  LL_NO_MEMORY,
 * LL_CANCELLED.
 */
extern Status separation_reason(const Columns *columns, uint32_t dimension,
								const double *direction, const double *inverse,
								const Runtime *runtime, char *reason,
								size_t size, Failure *failure);

#endif
