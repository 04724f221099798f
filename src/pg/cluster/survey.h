/*
 * survey.h
 *		Surveys of packed rows.
 */
#ifndef LINLEARN_PG_CLUSTER_SURVEY_H
#define LINLEARN_PG_CLUSTER_SURVEY_H

#include "pg/base/version.h"

#include "core/shards/shard_survey.h"
#include "pg/cluster/packed_row.h"

/* A survey, and the SQL type of the labels. */
typedef struct Survey
{
	ShardSurvey shards;
	Oid label_type;
} Survey;

/* A packed row, which has a weight and a label, as the core sees it. */
extern ShardRow survey_row(const PackedRow *packed);

/* Reads a survey into the memory of a context. */
extern Survey *survey_read(bytea *bytes, MemoryContext context);

#endif
