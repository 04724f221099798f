/*
 * shard_columns.h
 *		What rows that are elsewhere hold in their columns: a survey of them that
 *		adds up.
 *
 * All of it is exact and depends on the rows alone: counts of levels and words,
 * sums of numbers, the rows drawn for quantiles.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_COLUMNS_H
#define LINLEARN_CORE_SHARDS_SHARD_COLUMNS_H

#include "core/columns/leak.h"
#include "core/columns/survey.h"
#include "core/model/model.h"
#include "core/shards/shard_draw.h"

/* Levels and words of all columns, and the bytes of their texts, at most. */
#define SHARD_MOST_LEVELS (UINT32_C(1) << 21)
#define SHARD_MOST_LEVEL_BYTES ((size_t) 1 << 26)
/* Elements of a row's arrays and sparse rows. */
#define SHARD_MOST_ELEMENTS (UINT64_C(1) << 24)

typedef struct ShardColumn
{
	Column given;		 /* name, type, kind, whole, log; length and hours */
	uint64_t came;		 /* rows of all channels that have the column */
	ColumnSurvey survey; /* over the train rows; nulls are not counted */
	Dictionary dictionary;
	uint32_t level_room;
	uint32_t number; /* its place among the numbers drawn, if it is one */
} ShardColumn;

typedef struct ShardColumns
{
	Runtime runtime;
	uint64_t came; /* rows of all channels, labelled or not */
	uint64_t rows[CHANNEL_COUNT];
	uint64_t unlabelled;
	uint32_t count;
	uint32_t capacity;
	ShardColumn *columns;
	Dictionary names; /* whose codes are the columns' places */
	uint32_t level_count;
	size_t level_bytes;
	LeakWatch leaks; /* of capacity + 1 columns: the last one never comes */
	ShardDraw draw;
	uint32_t number_count; /* columns whose numbers are drawn */
	ColumnKind *kinds;	   /* [capacity + 1] */
	uint64_t *words;	   /* [capacity + 1] of a row */
	uint64_t *drawn;	   /* [capacity] likewise */
} ShardColumns;

/* A row's cells, and the places of their columns. */
typedef struct ShardCells
{
	uint32_t count;
	const uint32_t *places;
	const Cell *cells; /* levels and words by their bytes; of ENTRIES, code is
						* the width */
	Channel channel;
	float weight;
	bool labelled;
	double label; /* a number, or what is one text's alone */
} ShardCells;

extern Status shard_columns_init(ShardColumns *columns, const Runtime *runtime,
								 bool cuts, Failure *failure);

/*
 * The place of a column, which is added if it is not there.  LL_INVALID, which names
 * it, if it is of another kind, type or length in other rows.
 */
extern Status shard_columns_place(ShardColumns *columns, const Column *column,
								  uint32_t *place, Failure *failure);

/* Adds a row; LL_LIMIT, which names a column, for too many levels. */
extern Status shard_columns_add(ShardColumns *columns, const ShardCells *row,
								Failure *failure);

/* Counts rows of a level: as when they come. */
extern Status shard_columns_count(ShardColumns *columns, uint32_t place,
								  const char *bytes, uint32_t size,
								  double rank, uint64_t rows,
								  Failure *failure);

/* Adds the rows of another. */
extern Status shard_columns_merge(ShardColumns *into, const ShardColumns *from,
								  Failure *failure);

/*
 * The survey and the store that a plan is made of, of columns as given with their
 * options: places[count].  Their memory is the columns'.  LL_INVALID, which names
 * it, for a column that some rows lack.
 */
extern Status shard_columns_survey(ShardColumns *columns, const Column *given,
								   const uint32_t *places, uint32_t count,
								   Survey *survey, CellStore *store,
								   Failure *failure);

#endif
