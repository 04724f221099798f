/*
 * shard_draw.h
 *		Rows drawn for the quantiles of their numbers: those whose hashes are least,
 *		each with the number of its copies.
 *
 * Which they are depends on the rows alone: what one shard leaves out, so many
 * others come before that all shards together leave it out, too.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_DRAW_H
#define LINLEARN_CORE_SHARDS_SHARD_DRAW_H

#include "core/base/runtime.h"

/* Rows that are drawn, and where numbers are cut by quantiles. */
#define SHARD_DRAWN_ROWS ((size_t) 1 << 14)
#define SHARD_DRAWN_CUT_ROWS ((size_t) 1 << 17)
/* Numbers of all of them, at most, but of so many rows. */
#define SHARD_DRAWN_NUMBERS ((size_t) 1 << 21)
#define SHARD_DRAWN_LEAST ((size_t) 1 << 10)

typedef struct ShardDrawn
{
	uint64_t hash;
	uint64_t copies;
	size_t at; /* of its numbers, in numbers of a row */
} ShardDrawn;

typedef struct ShardDraw
{
	Runtime runtime;
	bool cuts;		/* quantiles cut numbers */
	uint32_t width; /* numbers of a row */
	size_t room;	/* rows, twice what is kept */
	size_t count;
	ShardDrawn *rows;
	uint64_t *numbers; /* [room][width] bits; SURVEY_NULL_WORD: NULL */
	uint64_t most;	   /* hashes above it are left out */
} ShardDraw;

extern void shard_draw_init(ShardDraw *draw, const Runtime *runtime,
							bool cuts);

/* Rows that are kept where a row has so many numbers. */
extern size_t shard_draw_kept(bool cuts, uint32_t width);

/* Makes room for more numbers a row, `absent` in the rows so far. */
extern Status shard_draw_widen(ShardDraw *draw, uint32_t width,
							   uint64_t absent, Failure *failure);

/*
 * Draws a row; where a number that is at place i goes to places[i], or, NULL, to i
 * itself; the others are absent.
 */
extern Status shard_draw_add(ShardDraw *draw, uint64_t hash, uint64_t copies,
							 const uint64_t *numbers, uint32_t count,
							 const uint32_t *places, uint64_t absent,
							 Failure *failure);

/* Brings the rows in the order of their hashes, as many as are kept. */
extern Status shard_draw_settle(ShardDraw *draw, Failure *failure);

#endif
