/*
 * survey_columns.h
 *		Surveys of the columns of packed rows.
 */
#ifndef LINLEARN_PG_CLUSTER_SURVEY_COLUMNS_H
#define LINLEARN_PG_CLUSTER_SURVEY_COLUMNS_H

#include "pg/base/version.h"

#include "core/shards/shard_columns.h"

/* A survey as bytes: the same in any order of rows but for that of the columns. */
extern bytea *columns_survey_write(ShardColumns *columns);

/* Reads one into the memory of a context; an error for bytes that are none. */
extern ShardColumns *columns_survey_read(bytea *bytes, MemoryContext context);

#endif
