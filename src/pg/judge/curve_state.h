/*
 * curve_state.h
 *		The state of the aggregates that need the scores in order.
 */
#ifndef LINLEARN_PG_JUDGE_CURVE_STATE_H
#define LINLEARN_PG_JUDGE_CURVE_STATE_H

#include "pg/judge/score_runs.h"

#define CURVE_MAGIC 0x31564352 /* "RCV1" */

typedef struct CurveState
{
	uint32 magic;
	Oid type; /* of the actual label */
	bool weighted;
	bool has_number;  /* an integer argument was given */
	int number;		  /* most points, or bins */
	double totals[2]; /* weight of negatives and positives */
	ScoreRuns runs;
	StateReader runs_left; /* deserialised: not yet read */
} CurveState;

/* An empty state. */
extern CurveState *curve_state_create(FunctionCallInfo fcinfo,
									  MemoryContext context, Oid type,
									  bool weighted);

/* Adds a row; class is 0 for a negative, 1 for a positive. */
extern void curve_state_add(CurveState *state, int class, double score,
							double weight);

/*
 * A state as bytes, one out of such bytes, which stay in place, and its rows added
 * to another, NULL: to one that is made for them.  public: anybody's bytes.
 */
extern bytea *curve_state_write(CurveState *state);
extern CurveState *curve_state_read(bytea *bytes, bool public);
extern CurveState *curve_state_merge(FunctionCallInfo fcinfo, CurveState *into,
									 CurveState *from);

/* What the final functions return of a state, NULL of none. */
extern Datum curve_roc_auc(FunctionCallInfo fcinfo, CurveState *given);
extern Datum curve_pr_auc(FunctionCallInfo fcinfo, CurveState *given);
extern Datum curve_roc_curve(FunctionCallInfo fcinfo, CurveState *given);
extern Datum curve_pr_curve(FunctionCallInfo fcinfo, CurveState *given);
extern Datum curve_lift(FunctionCallInfo fcinfo, CurveState *given);

#endif
