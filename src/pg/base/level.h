/*
 * level.h
 *		The level of intervals as an argument.
 */
#ifndef LINLEARN_PG_BASE_LEVEL_H
#define LINLEARN_PG_BASE_LEVEL_H

#include "pg/base/version.h"

/* An error for a level that is not within (0, 1). */
static inline void
check_level(double level)
{
	if (!(level > 0.0 && level < 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a level must lie between 0 and 1, not %g", level),
				 errhint("For example 0.95.")));
}

#endif
