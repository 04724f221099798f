/*
 * confusion_state.h
 *		The state of linlearn_confusion and linlearn_crosstab.
 */
#ifndef LINLEARN_PG_JUDGE_CONFUSION_STATE_H
#define LINLEARN_PG_JUDGE_CONFUSION_STATE_H

#include "pg/judge/confusion.h"

#define CONFUSION_MAGIC 0x314E464E /* "NFN1" */

typedef struct ConfusionState
{
	uint32 magic;
	ConfusionCounts counts;
	char *names[2]; /* of a crosstab's rows and columns; NULL: not given */
} ConfusionState;

/* An empty state for labels of these types. */
extern ConfusionState *confusion_state_create(MemoryContext context,
											  Oid actual, Oid predicted,
											  Oid collation, bool weighted);

/* Counts a row. */
extern void confusion_state_add(ConfusionState *state, Datum actual,
								Datum predicted, double weight);

/*
 * A state as bytes, one out of such bytes, and its rows added to another, NULL: to
 * one that is made for them.  public: anybody's bytes, of what linlearn_pair packs.
 */
extern bytea *confusion_state_write(ConfusionState *state);
extern ConfusionState *confusion_state_read(bytea *bytes, bool public);
extern ConfusionState *confusion_state_merge(FunctionCallInfo fcinfo,
											 ConfusionState *into,
											 ConfusionState *from);

/* What a final function returns of a state, NULL of none. */
extern Datum confusion_state_final(FunctionCallInfo fcinfo,
								   ConfusionState *state);

#endif
