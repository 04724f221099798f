/*
 * pair.h
 *		A row to judge by, packed into one value: what was, what was predicted, a
 *		score, a weight.
 *
 * Labels are booleans, numbers or, whatever their type, text in UTF-8, so that
 * the bytes mean the same on every server.
 */
#ifndef LINLEARN_PG_CLUSTER_PAIR_H
#define LINLEARN_PG_CLUSTER_PAIR_H

#include "pg/base/version.h"

typedef struct Pair
{
	Oid types[2]; /* plain ones (label_space.h), NULL or not */
	bool nulls[2];
	Datum labels[2]; /* actual, predicted */
	bool has_score;	 /* and it is not NULL */
	double score;
	bool weighted;	  /* a weight was given ... */
	bool weight_null; /* ... and it was NULL */
	double weight;	  /* 0: the row is none */
} Pair;

/* Takes a packed pair apart, in the current memory context; else an error. */
extern void pair_unpack(bytea *bytes, Pair *pair);

#endif
