/*
 * execution.c
 *		Which execution of which statement is running, and what it sees.
 */
#include "pg/serve/execution.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pg/serve/registry_table.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* The memory context of the innermost execution; NULL: there is none. */
static MemoryContext running = NULL;
static ExecutorRun_hook_type next_run = NULL;

#if PG_VERSION_NUM >= 180000
#define RUN_ARGUMENTS QueryDesc *query, ScanDirection direction, uint64 count
#define RUN_VALUES query, direction, count
#else
#define RUN_ARGUMENTS                                                         \
	QueryDesc *query, ScanDirection direction, uint64 count, bool once
#define RUN_VALUES query, direction, count, once
#endif

/* Note what runs, while it runs. */
static void
run_noted(RUN_ARGUMENTS)
{
	MemoryContext outer = running;

	running = query->estate->es_query_cxt;
	PG_TRY();
	{
		if (next_run != NULL)
			next_run(RUN_VALUES);
		else
			standard_ExecutorRun(RUN_VALUES);
	}
	PG_FINALLY();
	{
		running = outer;
	}
	PG_END_TRY();
}

void
execution_install(void)
{
	next_run = ExecutorRun_hook;
	ExecutorRun_hook = run_noted;
}

ExecutionView
execution_view(FunctionCallInfo fcinfo)
{
	Snapshot snapshot = GetActiveSnapshot();

	/* an execution's expressions are made in its own memory context */
	return (ExecutionView){
		.kept = running != NULL && fcinfo->flinfo->fn_mcxt == running,
		.user = GetUserId(),
		.subtransaction = GetCurrentSubTransactionId(),
		.command = snapshot->curcid,
		.xmin = snapshot->xmin,
		.xmax = snapshot->xmax,
		.xcnt = snapshot->xcnt,
		.subxcnt = snapshot->subxcnt,
	};
}

/*
 * Transactions that end either lower the number of those running below xmax or
 * raise xmax; own changes raise the command; undone ones end a subtransaction.
 */
bool
execution_view_holds(const ExecutionView *found, const ExecutionView *now)
{
	return found->kept && now->kept && found->user == now->user &&
		   found->subtransaction == now->subtransaction &&
		   found->command == now->command && found->xmin == now->xmin &&
		   found->xmax == now->xmax && found->xcnt == now->xcnt &&
		   found->subxcnt == now->subxcnt;
}

bool
has_policies(Oid table)
{
	OwnerRights rights;
	bool of_owner;

	if (check_enable_rls(table, InvalidOid, true) == RLS_ENABLED)
		return true;
	/* FORCE ROW LEVEL SECURITY: the owner, for whom the tables are read, too */
	rights = owner_rights_begin(table);
	of_owner = check_enable_rls(table, InvalidOid, true) == RLS_ENABLED;
	owner_rights_end(rights);
	return of_owner;
}
