/*
 * spill.h
 *		A temporary file that rows beyond linlearn.train_mem go to.
 */
#ifndef LINLEARN_PG_TRAIN_SPILL_H
#define LINLEARN_PG_TRAIN_SPILL_H

#include "pg/base/version.h"

#include "core/rows/spill.h"

/*
 * Makes a file of an aggregate's state, in temp_tablespaces and counted against
 * temp_file_limit.  It goes when the aggregate's context or the query ends.
 */
extern SpillFile spill_file_open(FunctionCallInfo fcinfo,
								 MemoryContext context);

#endif
