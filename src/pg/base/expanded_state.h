/*
 * expanded_state.h
 *		Aggregate states of type bytea whose live form is an expanded object.
 *
 * nodeAgg, parallel plans, Citus and postgres_fdw hand such a state on as it is
 * while it stays in a process, and as its bytes elsewhere.  The bytes may be
 * anybody's: readers take them as hostile.
 */
#ifndef LINLEARN_PG_BASE_EXPANDED_STATE_H
#define LINLEARN_PG_BASE_EXPANDED_STATE_H

#include "pg/base/version.h"

/* What is done with a kind of state. */
typedef struct ExpandedKind
{
	/* The bytes of a state, in the current memory context. */
	bytea *(*write)(void *state);
	/* A state to merge from, out of bytes that stay in place meanwhile. */
	void *(*read)(FunctionCallInfo fcinfo, bytea *bytes);
	/* Adds a state that was read to a live one; into NULL: to none, so far. */
	void *(*merge)(FunctionCallInfo fcinfo, void *into, void *from);
} ExpandedKind;

/*
 * The live state of argument 0; NULL: none.  What comes as bytes is made live.
 */
extern void *expanded_state(FunctionCallInfo fcinfo, const ExpandedKind *kind);

/* What a transition function returns: argument 0, if it is this state. */
extern Datum expanded_state_return(FunctionCallInfo fcinfo,
								   const ExpandedKind *kind, void *state);

/* The combine function of a kind. */
extern Datum expanded_state_combine(FunctionCallInfo fcinfo,
									const ExpandedKind *kind);

#endif
