/*
 * shard_survey.h
 *		What a training must know of rows that are elsewhere before its first
 *		pass: how many there are, their classes, and how features and labels
 *		spread.
 *
 * All sums are exact, so that they depend on the rows alone.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_SURVEY_H
#define LINLEARN_CORE_SHARDS_SHARD_SURVEY_H

#include "core/shards/shard_labels.h"

/* Widest rows that are surveyed; a feature takes 1.1 kB. */
#define SHARD_MAX_DIMENSION 65536

/* A feature over the train rows. */
typedef struct ShardFeature
{
	ExactSum sum; /* weighted */
	ExactSum square;
	uint64_t entries; /* of sparse rows: those that have it */
	double minimum;	  /* infinite without rows, ... */
	double maximum;	  /* ... minus infinite */
} ShardFeature;

/* A channel's rows with labels. */
typedef struct ShardChannel
{
	uint64_t rows;
	uint64_t fingerprint; /* as rows have it */
	ExactSum weight;
	ExactSum label; /* weighted, of labels that are numbers */
	ExactSum label_square;
	double label_minimum;
	double label_maximum;
} ShardChannel;

typedef struct ShardSurvey
{
	Runtime runtime;
	RowFormat format;
	uint32_t dimension;
	bool texts; /* labels are texts */
	uint64_t unlabelled;
	uint64_t zeros; /* features that are 0, of train rows */
	float largest_weight;
	MagnitudeRange magnitudes; /* of train rows */
	ShardChannel channels[CHANNEL_COUNT];
	ShardFeature *features; /* [dimension] */
	uint64_t *byte_sums; /* bytes of weight 1: [2][dimension], with squares */
	ShardLabels labels;
} ShardSurvey;

/* A row with its label, and its hash as rows_record_hash() makes it. */
typedef struct ShardRow
{
	RowView view;
	RowFormat format;
	uint32_t dimension;
	Channel channel;
	float weight;
	double label;	  /* a number */
	const char *text; /* or a text; NULL: a number */
	uint32_t text_size;
	uint64_t hash;
} ShardRow;

/* Makes a survey of no rows. */
extern Status shard_survey_init(ShardSurvey *survey, const Runtime *runtime,
								RowFormat format, uint32_t dimension,
								bool texts, Failure *failure);

/* Adds a row of the same shape. */
extern Status shard_survey_add(ShardSurvey *survey, const ShardRow *row,
							   Failure *failure);

/* Adds the rows of another of the same shape. */
extern Status shard_survey_merge(ShardSurvey *into, const ShardSurvey *from,
								 Failure *failure);

/*
 * Moves what is kept apart into the features, and takes in the zeros of sparse rows;
 * needed before they are read.
 */
extern void shard_survey_settle(ShardSurvey *survey);

/* Mean and population deviation of exact sums; 0 without weight. */
extern void shard_spread(const ExactSum *weight, const ExactSum *sum,
						 const ExactSum *square, double *mean,
						 double *deviation);

/* Adds weight times number, and times its square, as exactly as doubles say it. */
extern void shard_add_moments(ExactSum *sum, ExactSum *square, double weight,
							  double number);

#endif
