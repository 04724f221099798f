/*
 * columns_check.h
 *		Whether what is said of columns fits together.
 */
#ifndef LINLEARN_CORE_COLUMNS_COLUMNS_CHECK_H
#define LINLEARN_CORE_COLUMNS_COLUMNS_CHECK_H

#include "core/columns/columns.h"

/*
 * Checks all that encoding a row and naming its terms rely on, slots aside: what
 * a plan makes passes.  LL_MALFORMED, and *why is a sentence; LL_NO_MEMORY;
 * LL_CANCELLED.
 */
extern Status columns_check(const Columns *columns, const Runtime *runtime,
							const char **why);

#endif
