/*
 * aggregate_state.h
 *		States of type internal, as the aggregates' functions are given them.
 *
 * SQL lets a superuser build an aggregate of any functions that take internal,
 * so that a state says what it is by its first member, a uint32: the magic that
 * also opens its bytes (state_bytes.h).
 */
#ifndef LINLEARN_PG_BASE_AGGREGATE_STATE_H
#define LINLEARN_PG_BASE_AGGREGATE_STATE_H

#include "pg/base/version.h"

/* The context that lives as long as the group; an error outside an aggregate. */
extern MemoryContext aggregate_context(FunctionCallInfo fcinfo);

/*
 * An argument's state, or NULL for none; an error outside an aggregate, and for
 * a state of another kind.
 */
extern void *aggregate_state(FunctionCallInfo fcinfo, int argument,
							 uint32 magic);

/* Whether an aggregate's argument cannot differ from row to row. */
extern bool aggregate_argument_fixed(FunctionCallInfo fcinfo, int argument);

/* Raises an error: an argument that all rows must agree in is another one. */
pg_noreturn extern void argument_differs(const char *what);

/* The argument of a strict function, which is a state of this kind. */
extern void *aggregate_state_given(FunctionCallInfo fcinfo, uint32 magic);

#endif
