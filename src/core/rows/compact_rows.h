/*
 * compact_rows.h
 *		Sparse rows once more, laid out for many passes in any order.
 *
 * What most rows have, numbers of a table, stands in the head, dense and scaled;
 * the rest, levels, in the tail, whose places are as many in each row: those that a
 * row does not need are of a feature of weight 0 behind the bias.  A row takes less
 * than half the memory, and its loops end where the processor foresees it.
 */
#ifndef LINLEARN_CORE_ROWS_COMPACT_ROWS_H
#define LINLEARN_CORE_ROWS_COMPACT_ROWS_H

#include "core/rows/rows.h"

/* Floats of a head are a multiple of this. */
#define HEAD_LANES 4

typedef struct CompactRows
{
	uint32_t dimension;
	uint32_t head_count;
	uint32_t head_room;	 /* floats of a head */
	uint32_t tail_count; /* places of a tail */
	size_t stride;		 /* bytes of a row */
	bool plain;			 /* all scaled values of tails are 1 */
	uint32_t *head;		 /* [head_count] features */
	int32_t *head_place; /* [dimension] -1: none */
	/* A row: target, weight, head, values of the tail unless plain, then its
	 * features as 16 bits. */
	char *records; /* in arrival order */
} CompactRows;

/* The feature of places that a row does not need. */
static inline uint32_t
compact_absent(const CompactRows *compact)
{
	return compact->dimension + 1;
}

/*
 * Lays out rows, of which counts[dimension] have each feature, with their targets.
 * *made false: they do not suit, being too wide or of too unlike lengths, or
 * would take more than `room` bytes.
 */
extern Status compact_rows_make(CompactRows *compact, const Rows *rows,
								const uint32_t *counts, const float *scale,
								const float *targets, size_t room,
								ThreadPool *pool, bool *made,
								Failure *failure);

/* Gives the memory of rows laid out back, to the runtime of the rows. */
extern void compact_rows_release(CompactRows *compact, const Runtime *runtime);

/*
 * Margins, targets and weights of rows in an order: weights is [dimension + 2], the
 * bias and 0 last; head_weights[head_room] those of the head.
 */
extern void compact_forward(const CompactRows *compact, const uint32_t *order,
							size_t n, const float *head_weights,
							const float *weights, float *margins,
							float *targets, float *row_weights);

/*
 * Adds what rows pull: head_gradient[head_room]; of the tail gradient[dimension + 2],
 * and 1 in touched[dimension + 2] of its features.
 */
extern void compact_backward(const CompactRows *compact, const uint32_t *order,
							 size_t n, const float *derivatives,
							 float *head_gradient, float *gradient,
							 uint8_t *touched);

/* Puts 1 in touched of features of the head that one of the rows has. */
extern void compact_touch_head(const CompactRows *compact,
							   const uint32_t *order, size_t n,
							   uint8_t *touched);

#endif
