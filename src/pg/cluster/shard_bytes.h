/*
 * shard_bytes.h
 *		Points, answers of rows and their sums as bytes, between servers.
 *
 * All of them may be anybody's: readers raise an error for what no writer wrote.
 */
#ifndef LINLEARN_PG_CLUSTER_SHARD_BYTES_H
#define LINLEARN_PG_CLUSTER_SHARD_BYTES_H

#include "pg/base/version.h"

#include "core/shards/shard_sums.h"
#include "pg/base/state_bytes.h"

/* Sets the point's digest. */
extern bytea *shard_point_write(ShardPoint *point);

/* The digest of a point's bytes, as they say it; 0: they are none. */
extern uint64 shard_point_digest(Datum point);

/* Reads a point into the current memory context. */
extern ShardPoint *shard_point_read(bytea *bytes);

extern bytea *shard_answer_write(const ShardAnswer *answer);

/* The answer points into the bytes, or into the current memory context. */
extern void shard_answer_read(bytea *bytes, ShardAnswer *answer);

/* Sums, which are flushed before; read into a runtime's memory. */
extern bytea *shard_sums_write(ShardSums *sums);
extern void shard_sums_read(bytea *bytes, const Runtime *runtime,
							ShardSums *sums);

/* An exact sum. */
extern void exact_sum_write(StringInfo out, const ExactSum *sum);
extern void exact_sum_read(StateReader *reader, ExactSum *sum);

/* A number that is finite. */
extern double shard_read_finite(StateReader *reader);

#endif
