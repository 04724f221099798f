/*
 * shard_labels.h
 *		The distinct labels of rows that are elsewhere, and the dictionary of
 *		classes that is made of them.
 *
 * What is counted is the same for any order of rows and any number of shards.
 */
#ifndef LINLEARN_CORE_SHARDS_SHARD_LABELS_H
#define LINLEARN_CORE_SHARDS_SHARD_LABELS_H

#include "core/math/exact_sum.h"
#include "core/model/model.h"

/* Labels beyond these are not counted one by one: they are no classes. */
#define SHARD_MAX_CLASSES 4096

/* A distinct label. */
typedef struct ShardLabel
{
	double value;	  /* a number */
	const char *text; /* or a text of UTF-8, with its end; NULL: a number */
	uint32_t size;	  /* of the text */
	uint64_t rows[CHANNEL_COUNT];
	ExactSum weight; /* of train rows */
} ShardLabel;

typedef struct ShardLabels
{
	Runtime runtime;
	ShardLabel *labels; /* in order of appearance, until sorted */
	uint32_t count;
	uint32_t capacity;
	uint32_t *places; /* an open hash table of label numbers from 1 */
	uint32_t place_count;
	bool too_many; /* more than SHARD_MAX_CLASSES: none is kept */
} ShardLabels;

extern void shard_labels_init(ShardLabels *labels, const Runtime *runtime);

/*
 * The entry of a label, made if it is new; NULL: there are too many, or (then
 * status is LL_NO_MEMORY) no memory.  text NULL: the number is the label.
 */
extern ShardLabel *shard_labels_find(ShardLabels *labels, double value,
									 const char *text, uint32_t size,
									 Status *status, Failure *failure);

/* Counts a row. */
extern Status shard_labels_add(ShardLabels *labels, double value,
							   const char *text, uint32_t size,
							   Channel channel, float weight,
							   Failure *failure);

/* Adds the labels of another. */
extern Status shard_labels_merge(ShardLabels *into, const ShardLabels *from,
								 Failure *failure);

/* Forgets all: there are too many. */
extern void shard_labels_drop(ShardLabels *labels);

/* Puts them in their order: numbers ascending, texts by their bytes. */
extern void shard_labels_sort(ShardLabels *labels);

/* The order of two labels. */
extern int shard_label_compare(const ShardLabel *a, const ShardLabel *b);

#endif
