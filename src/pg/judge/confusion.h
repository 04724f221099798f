/*
 * confusion.h
 *		Counts of (actual, predicted) label pairs: the state of the confusion
 *		and metrics aggregates.
 */
#ifndef LINLEARN_PG_JUDGE_CONFUSION_H
#define LINLEARN_PG_JUDGE_CONFUSION_H

#include "core/judge/metrics.h"
#include "pg/values/label_space.h"

typedef struct LabelPair
{
	int64 actual;
	int64 predicted;
	int64 rows; /* -1: a free slot */
	double weight;
} LabelPair;

typedef struct ConfusionCounts
{
	LabelSpace labels;
	LabelPair *pairs; /* open addressing */
	uint32 capacity;  /* a power of two */
	uint32 used;
	bool weighted;
	int64 null_rows; /* left out: a NULL label */
} ConfusionCounts;

/* The matrix at the end: labels in order, and what each one's margins are. */
typedef struct ConfusionMatrix
{
	ConfusionCounts *counts;
	int size;
	int64 *codes;
	ClassCounts *classes; /* [size], by weight if rows have weights */
	int64 rows;
	double weight; /* rows, if they have none */
} ConfusionMatrix;

extern void confusion_init(ConfusionCounts *counts, MemoryContext context,
						   Oid actual, Oid predicted, Oid collation);

/* Finds or adds a pair's slot where the first probe did not meet it. */
extern LabelPair *confusion_find(ConfusionCounts *counts, int64 actual,
								 int64 predicted);

extern void confusion_merge(ConfusionCounts *into, ConfusionCounts *from);
extern void confusion_write(ConfusionCounts *counts, StringInfo out);
extern void confusion_read(ConfusionCounts *counts, MemoryContext context,
						   StateReader *reader);

/* Orders the labels and sums the margins, in the current memory context. */
extern void confusion_matrix(ConfusionCounts *counts, ConfusionMatrix *matrix);

/* The place of a label in the matrix, or -1. */
extern int confusion_label(const ConfusionMatrix *matrix, int64 code);

/* The cells as rows[size * size] (and weights); too many labels: an error. */
extern int64 *confusion_cells(const ConfusionMatrix *matrix, double **weights);

/* Most labels of a matrix that is written out in full. */
#define MAX_MATRIX_LABELS 1000

/* {"labels": [...], "matrix": [[...], ...], "rows": n, "null_rows": n} */
extern void confusion_write_json(const ConfusionMatrix *matrix,
								 StringInfo json);

/* The first slot to look at. */
static inline uint32
pair_slot(const ConfusionCounts *counts, int64 actual, int64 predicted)
{
	uint64 hash = (uint64) actual * UINT64CONST(0x9E3779B97F4A7C15) +
				  (uint64) predicted * UINT64CONST(0xC2B2AE3D27D4EB4F);

	return (uint32) (hash ^ hash >> 32) & (counts->capacity - 1);
}

/* Adds a row with these labels. */
static inline void
confusion_add(ConfusionCounts *counts, int64 actual, int64 predicted,
			  double weight)
{
	LabelPair *pair = &counts->pairs[pair_slot(counts, actual, predicted)];

	if (unlikely(pair->rows < 0 || pair->actual != actual ||
				 pair->predicted != predicted))
		pair = confusion_find(counts, actual, predicted);
	pair->rows++;
	pair->weight += weight;
}

#endif
