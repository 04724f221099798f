/*
 * shard_point.h
 *		What a pass asks of rows that are elsewhere: a point, at which each row has
 *		a loss and residuals, or a finished model, by which it is judged.
 *
 * Features become whole numbers, (x - center) / unit rounded, bytes as they are,
 * and residuals whole multiples of a unit.  Products of them are exact in doubles
 * over tiles of rows, and the tiles' sums whole: a total depends neither on the
 * shards nor on the order of rows.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_POINT_H
#define LINLEARN_CORE_SHARDS_SHARD_POINT_H

#include "core/loss/loss.h"
#include "core/model/model.h"

/* Bits of a feature's size, but of bytes, and of a residual's. */
#define SHARD_FEATURE_BITS 23
#define SHARD_RESIDUAL_BITS 35
/* Of a feature times the root of its row's curvature. */
#define SHARD_ROOT_BITS 21
/* Rows of a tile, so that the sums of its products stay below 2^53. */
#define SHARD_TILE_ROWS 512
/* What stands for 1 in the matrix, beside bytes and other features. */
#define SHARD_ONE_BYTES 128
#define SHARD_ONE (1 << (SHARD_FEATURE_BITS - 1))

/* Widest rows whose matrix of second derivatives is summed: 34 MB. */
#define SHARD_MAX_GRAM_DIMENSION 2048
/* Elements of the matrices of several classes. */
#define SHARD_MAX_GRAM_CELLS ((size_t) 1 << 20)
/* Most weights of a point: its sums then take 64 MB. */
#define SHARD_MAX_WEIGHTS ((size_t) 1 << 22)
/* Whole weights of rows are at most this. */
#define SHARD_MAX_TABLE_WEIGHT (INT64_C(1) << 33)

typedef struct ShardPoint
{
	uint64_t digest; /* of all that follows */
	bool judges;	 /* figures of predictions, in a gradient's place */
	RowFormat format;
	uint32_t dimension;
	uint32_t outputs;
	PredictorType predictor;
	LossKind loss;
	LossParameters parameters;
	double
		label_mean; /* target = (label - mean) / unit, of a log link label / */
	double label_unit;		   /* unit */
	uint32_t classes;		   /* of a classifier; else 0 */
	const double *values;	   /* [classes] ascending; or ... */
	const char *const *texts;  /* ... ascending; NULL: labels are numbers */
	const float *class_weight; /* [classes] or NULL */
	/*
	 * [outputs][dimension] for features as whole numbers; of one that judges for
	 * features as they are, which a byte counts byte_unit of.
	 */
	const double *weights;
	const double *bias; /* [outputs] */

	/* Of a gradient. */
	const double *center; /* [dimension]; NULL: bytes, or sparse, of 0 */
	const double *unit;	  /* [dimension] powers of two; NULL: bytes */
	double residual_unit; /* powers of two */
	/* Matrices of second derivatives: none, one, or, of softmax, one a class. */
	uint32_t grams;
	double root_unit; /* of roots of curvatures, with a matrix */
	double floor;	  /* rows of less curvature are not in the matrix */
	bool fisher;	  /* as pass.h has it */
	uint64_t sample;  /* rows whose mixed hash is at most this take part */

	/* Of one that judges. */
	double byte_unit;
	double top_k;
	double weight_unit; /* a power of two */
} ShardPoint;

/* Bins of a margin's histogram, each of 1 / SHARD_BINS_A_UNIT. */
#define SHARD_BINS 65536
#define SHARD_BINS_A_UNIT 1024

/* What is summed of the rows of a channel. */
typedef enum ShardFigure
{
	SHARD_WEIGHT, /* times the class's weight, as below */
	SHARD_LOSS,
	/* The rest of one that judges only. */
	SHARD_ROW_WEIGHT, /* the row's alone, as in all below */
	SHARD_ROW_LOSS,
	SHARD_LOG_LOSS,
	SHARD_NEAR,	 /* of a rank up to top_k */
	SHARD_GAIN,	 /* discounted, by the rank */
	SHARD_LABEL, /* of a regressor */
	SHARD_LABEL_SQUARE,
	SHARD_ERROR,
	SHARD_SQUARED_ERROR,
	SHARD_UNDER,
	SHARD_OVER,
	SHARD_OWN_DEVIANCE,
	SHARD_DEVIANCE,
	SHARD_FIGURES
} ShardFigure;

/* Whether so many matrices may be asked for. */
static inline bool
shard_grams_fit(uint32_t grams, uint32_t dimension, uint32_t outputs)
{
	size_t width = (size_t) dimension + 1;

	return grams == 0 ||
		   (dimension <= SHARD_MAX_GRAM_DIMENSION &&
			(grams == 1 || (grams == outputs &&
							width * width <= SHARD_MAX_GRAM_CELLS / outputs)));
}

/* The bin of a margin, and the middle of a bin.  A margin of 0 is below the middle. */
extern uint32_t shard_bin(double margin);
extern double shard_bin_margin(uint32_t bin);

/* The class of a label; false: there is none such. */
extern bool shard_class(const ShardPoint *point, double value,
						const char *text, uint32_t size, double *class);

#endif
