/*
 * shard_sums.h
 *		What the answers of rows to one point add up to: exact, so that it depends
 *		on the rows alone.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_SUMS_H
#define LINLEARN_CORE_SHARDS_SHARD_SUMS_H

#include "core/math/blas.h"
#include "core/shards/shard_answer.h"

/* A whole number of 128 bits, wherever memory for it lies. */
typedef __int128 Whole __attribute__((aligned(8)));

/* Of a classifier's channel that is judged, a place of whole weights each. */
typedef enum ShardCount
{
	SHARD_ACTUAL, /* of many classes, [classes] each */
	SHARD_PREDICTED,
	SHARD_CORRECT,
	SHARD_COUNTS
} ShardCount;

typedef struct ShardChannelSums
{
	uint64_t rows;
	uint64_t fingerprint;
	ExactSum figures[SHARD_FIGURES];
	double largest_error;
	bool outside;
	/*
	 * Of a binary model [2][SHARD_BINS], negative rows before positive ones, of
	 * one of many classes [SHARD_COUNTS][classes]; NULL: no rows.
	 */
	int64_t *table;
} ShardChannelSums;

typedef struct ShardSums
{
	Runtime runtime;
	const Blas *blas;
	uint64_t digest;
	bool judges;
	uint32_t grams; /* matrices that are kept */
	RowFormat format;
	uint32_t dimension;
	uint32_t outputs;
	uint32_t classes;
	ShardChannelSums channels[CHANNEL_COUNT];
	bool broken; /* some number was none */
	bool over; /* some were beyond the point's units: the sums are not whole */
	double most_residual; /* in no unit */
	double most_root;
	Whole *gradient; /* [outputs][dimension + 1] */
	/* [grams] lower triangles by rows, of [dimension + 1]^2; or NULL */
	Whole *gram;

	/* Rows that wait to be multiplied. */
	size_t tile_rows;
	size_t waiting;
	size_t multiplied;	  /* rows in the product, at most SHARD_TILE_ROWS */
	size_t gram_rows;	  /* that wait for a matrix, at most */
	size_t *gram_waiting; /* [grams] */
	uint32_t digits;	  /* of a residual */
	double *tile;		  /* [tile_rows][dimension] */
	double *residuals;	  /* [tile_rows][outputs * digits] */
	double *product;	  /* [outputs * digits][dimension] */
	double *rooted;		  /* [grams][gram_rows][dimension + 1] */
	double *square;		  /* [dimension + 1]^2 */
	int64_t *scaled;	  /* [dimension + 1] of a sparse row, for a matrix */
} ShardSums;

/* The shape that sums have. */
typedef struct ShardShape
{
	uint64_t digest;
	bool judges;
	uint32_t grams;
	RowFormat format;
	uint32_t dimension;
	uint32_t outputs;
	uint32_t classes;
} ShardShape;

/* Cells of a channel's table; 0: it has none. */
extern size_t shard_table_cells(const ShardSums *sums);

/* Makes sums of no rows. */
extern Status shard_sums_init(ShardSums *sums, const Runtime *runtime,
							  const ShardShape *shape, Failure *failure);

/* Makes a channel's table. */
extern Status shard_sums_table(ShardSums *sums, Channel channel,
							   Failure *failure);

/* Adds an answer to the same point. */
extern Status shard_sums_add(ShardSums *sums, const ShardAnswer *answer,
							 Failure *failure);

/* Gives the memory back early. */
extern void shard_sums_release(ShardSums *sums);

/* Multiplies what waits; needed before sums are read or merged. */
extern void shard_sums_flush(ShardSums *sums);

/* Adds sums of the same shape. */
extern Status shard_sums_merge(ShardSums *into, const ShardSums *from,
							   Failure *failure);

/* Whether an answer, or other sums, are of the same shape. */
extern bool shard_sums_fit(const ShardSums *sums, const ShardShape *shape);
extern ShardShape shard_answer_shape(const ShardAnswer *answer);
extern ShardShape shard_sums_shape(const ShardSums *sums);

/* Elements of the lower triangle of the matrix. */
static inline size_t
shard_gram_cells(uint32_t dimension)
{
	return ((size_t) dimension + 1) * ((size_t) dimension + 2) / 2;
}

/* The nearest double to a whole number. */
extern double shard_whole(__int128 number);

#endif
