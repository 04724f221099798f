/*
 * execution.h
 *		Which execution of which statement is running, and what it sees.
 *
 * What a function looks up by a name may be kept for the rows of one execution
 * of one statement, and no longer: fn_extra lives as long as the expression,
 * which in PL/pgSQL is a whole transaction, and nothing tells that a setting
 * has changed on which a policy depends.
 */
#ifndef LINLEARN_PG_SERVE_EXECUTION_H
#define LINLEARN_PG_SERVE_EXECUTION_H

#include "pg/base/version.h"

/* A moment of an execution: who sees which rows. */
typedef struct ExecutionView
{
	bool kept; /* false: nothing found now may be used again */
	Oid user;
	SubTransactionId subtransaction;
	CommandId command;
	TransactionId xmin;
	TransactionId xmax;
	uint32 xcnt;
	int32 subxcnt;
} ExecutionView;

/* Installs the hook that knows what is running; once, as the library comes. */
extern void execution_install(void);

/*
 * The present view of a function's call.  It is not kept when the call is no
 * part of the execution that is running, as in an expression that PL/pgSQL
 * evaluates by itself.
 */
extern ExecutionView execution_view(FunctionCallInfo fcinfo);

/* Whether what was found in a view may be used in another. */
extern bool execution_view_holds(const ExecutionView *found,
								 const ExecutionView *now);

/*
 * Whether the rows of a table that its user, or its owner, sees are a matter of
 * policies.  What is found there is not to be kept.
 */
extern bool has_policies(Oid table);

#endif
