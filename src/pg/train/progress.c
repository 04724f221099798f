/*
 * progress.c
 *		What a backend's training is doing: shared slots, notices, and the rows
 *		of the view linlearn_progress.
 */
#include "pg/train/progress.h"

#include <math.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/base/result_set.h"
#include "pg/base/settings.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* What is shown of one training. */
typedef struct ProgressState
{
	bool active;
	int pid;
	Oid database;
	Oid role;
	char predictor[NAMEDATALEN];
	char phase[NAMEDATALEN];
	int64 epoch;
	int64 epochs;
	int64 trial;
	int64 trials;
	int64 rows;
	double train_loss;
	double validation_loss;
	TimestampTz started;
	TimestampTz updated;
	TimestampTz work_started; /* when epochs began to be counted; 0: not yet */
	double work_done_before;  /* the part done at that moment */
} ProgressState;

/*
 * Only its own backend writes a slot: it makes change_count odd, writes, makes
 * it even again.  A reader copies until it saw the same even count before and
 * after.
 */
typedef struct ProgressSlot
{
	volatile uint32 change_count;
	ProgressState state;
} ProgressSlot;

static ProgressSlot *slots = NULL; /* [MaxBackends]; NULL: not preloaded */

/* This backend's training. */
static ProgressState current;
static int begun_at_level; /* transaction nest level of progress_begin */
static bool callbacks_registered = false;
uint64 progress_collected = 0;

static shmem_startup_hook_type previous_startup_hook = NULL;
#if PG_VERSION_NUM >= 150000
static shmem_request_hook_type previous_request_hook = NULL;
#endif

/* Ask for one slot a backend. */
static void
request_slots(void)
{
#if PG_VERSION_NUM >= 150000
	if (previous_request_hook != NULL)
		previous_request_hook();
#endif
	RequestAddinShmemSpace(
		mul_size(LINLEARN_MAX_BACKENDS, sizeof(ProgressSlot)));
}

/* Find the slots, or make them when the server starts. */
static void
attach_slots(void)
{
	bool found;
	Size size = mul_size(MaxBackends, sizeof(ProgressSlot));

	if (previous_startup_hook != NULL)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	slots = ShmemInitStruct("linlearn progress", size, &found);
	if (!found)
		memset(slots, 0, size);
	LWLockRelease(AddinShmemInitLock);
}

void
progress_install(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
#if PG_VERSION_NUM >= 150000
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_slots;
#else
	request_slots();
#endif
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = attach_slots;
}

/* This backend's slot; NULL when there is none. */
static ProgressSlot *
own_slot(void)
{
	int index = LINLEARN_BACKEND_INDEX;

	if (slots == NULL || index < 0 || index >= MaxBackends)
		return NULL;
	return &slots[index];
}

/* Copy this backend's state into its slot. */
static void
publish(void)
{
	ProgressSlot *slot = own_slot();

	if (slot == NULL)
		return;
	slot->change_count++;
	pg_write_barrier();
	memcpy(&slot->state, &current, sizeof(current));
	pg_write_barrier();
	slot->change_count++;
}

/* Copy a slot out as it was at one moment; false when it shows nothing. */
static bool
read_slot(const ProgressSlot *slot, ProgressState *state)
{
	for (;;)
	{
		uint32 before = slot->change_count;
		uint32 after;

		pg_read_barrier();
		memcpy(state, &slot->state, sizeof(*state));
		pg_read_barrier();
		after = slot->change_count;
		if (before == after && (before & 1) == 0)
			return state->active;
		CHECK_FOR_INTERRUPTS();
	}
}

void
progress_end(void)
{
	progress_collected = 0;
	if (!current.active)
		return;
	memset(&current, 0, sizeof(current));
	publish();
}

/* Clear at the end of the transaction, which may be an error's. */
static void
at_transaction_end(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE || event == XACT_EVENT_PARALLEL_COMMIT ||
		event == XACT_EVENT_PARALLEL_ABORT)
		progress_end();
}

/* Clear when the subtransaction that began the training is rolled back. */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId self,
					  SubTransactionId parent, void *argument)
{
	int level = GetCurrentTransactionNestLevel();

	if (begun_at_level < level)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		progress_end();
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		begun_at_level = level - 1;
}

/* Clear when the backend exits. */
static void
at_backend_exit(int code, Datum argument)
{
	progress_end();
}

/* Copy a text, whole characters only, into a field of NAMEDATALEN. */
static void
copy_name(char *field, const char *text)
{
	int length = strlen(text);

	if (length >= NAMEDATALEN)
		length = pg_mbcliplen(text, length, NAMEDATALEN - 1);
	memcpy(field, text, length);
	field[length] = '\0';
}

void
progress_begin(const char *predictor)
{
	if (!callbacks_registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		RegisterSubXactCallback(at_subtransaction_end, NULL);
		before_shmem_exit(at_backend_exit, (Datum) 0);
		callbacks_registered = true;
	}
	if (!current.active)
	{
		memset(&current, 0, sizeof(current));
		current.active = true;
		current.pid = MyProcPid;
		current.database = MyDatabaseId;
		current.role = GetUserId();
		current.train_loss = NAN;
		current.validation_loss = NAN;
		current.started = GetCurrentTimestamp();
		current.updated = current.started;
		begun_at_level = GetCurrentTransactionNestLevel();
	}
	if (predictor != NULL)
		copy_name(current.predictor, predictor);
	publish();
}

/* The part of the work that is done, 0 to 1. */
static double
work_done(const ProgressState *state)
{
	double part = 0.0;

	if (state->epochs > 0)
		part = Min((double) state->epoch / state->epochs, 1.0);
	if (state->trials > 1)
		part = Min((state->trial + part) / state->trials, 1.0);
	return part;
}

/*
 * When the counted work will be done if it goes on at the pace so far; false
 * when nothing is known yet.  Early stopping only makes it sooner.
 */
static bool
estimate_end(const ProgressState *state, TimestampTz *end)
{
	double done;
	double elapsed;

	if (state->work_started == 0)
		return false;
	done = work_done(state) - state->work_done_before;
	if (done <= 0.0)
		return false;
	elapsed = (double) (state->updated - state->work_started);
	*end = state->work_started +
		   (int64) (elapsed / done * (1.0 - state->work_done_before));
	return true;
}

/* Append ", name value" for a loss that is known. */
static void
append_loss(StringInfo text, const char *name, double loss)
{
	if (!isnan(loss))
		appendStringInfo(text, ", %s loss %.6g", name, loss);
}

/* Send the state, and how long it took to get there, as a NOTICE. */
static void
send_notice(const ProgressState *state)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, state->phase);
	if (state->predictor[0] != '\0')
		appendStringInfo(&text, " %s", state->predictor);
	if (state->trials > 1)
		appendStringInfo(&text, ", trial " INT64_FORMAT " of " INT64_FORMAT,
						 state->trial, state->trials);
	if (state->epoch > 0)
		appendStringInfo(&text, ", epoch " INT64_FORMAT " of " INT64_FORMAT,
						 state->epoch, state->epochs);
	if (state->rows > 0)
		appendStringInfo(&text, ", " INT64_FORMAT " rows", state->rows);
	append_loss(&text, "training", state->train_loss);
	append_loss(&text, "validation", state->validation_loss);
	appendStringInfo(&text, ", %.1f s",
					 (double) (state->updated - state->started) /
						 USECS_PER_SEC);
	ereport(NOTICE, (errmsg("%s", text.data)));
	pfree(text.data);
}

void
progress_update(const char *phase, int64 epoch, int64 epochs, int64 trial,
				int64 trials, int64 rows, double train_loss,
				double validation_loss)
{
	bool new_phase;
	bool news;

	if (!current.active)
		return;
	new_phase =
		phase != NULL && strncmp(current.phase, phase, NAMEDATALEN - 1) != 0;
	news = new_phase || epoch != current.epoch || trial != current.trial;
	if (new_phase)
		copy_name(current.phase, phase);
	current.epoch = epoch;
	current.epochs = epochs;
	current.trial = trial;
	current.trials = trials;
	current.rows = rows;
	current.train_loss = train_loss;
	current.validation_loss = validation_loss;
	current.updated = GetCurrentTimestamp();
	if (epochs <= 0)
		current.work_started = 0;
	else if (new_phase || current.work_started == 0)
	{
		current.work_started = current.updated;
		current.work_done_before = work_done(&current);
	}
	publish();
	/* The leader speaks for its workers. */
	if (news && linlearn_progress == PROGRESS_NOTICE && !IsParallelWorker())
		send_notice(&current);
}

void
progress_show_collected(void)
{
	progress_begin(NULL);
	/* The row that is counted already is still to be read. */
	progress_update(PROGRESS_COLLECTING, 0, 0, 0, 0,
					(int64) progress_collected - 1, NAN, NAN);
}

#define PROGRESS_COLUMNS 14

/* Set a column to a text, NULL when it is empty. */
static void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text[0] == '\0';
	if (!nulls[column])
		values[column] = CStringGetTextDatum(text);
}

/* Set a column to a count, NULL when it is 0. */
static void
set_count(Datum *values, bool *nulls, int column, int64 count)
{
	nulls[column] = count <= 0;
	values[column] = Int64GetDatum(count);
}

/* Set a column to a loss, NULL when it is NaN. */
static void
set_loss(Datum *values, bool *nulls, int column, double loss)
{
	nulls[column] = isnan(loss);
	values[column] = Float8GetDatum(loss);
}

/* Whether the caller may see another role's training. */
static bool
may_see(Oid role)
{
	return has_privs_of_role(GetUserId(), role) ||
		   has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
}

/* Make the view's row of one training. */
static void
put_row(ReturnSetInfo *result, const ProgressState *state)
{
	Datum values[PROGRESS_COLUMNS] = {0};
	bool nulls[PROGRESS_COLUMNS];
	TimestampTz end;

	memset(nulls, true, sizeof(nulls));
	values[0] = Int32GetDatum(state->pid);
	values[1] = ObjectIdGetDatum(state->database);
	values[2] = ObjectIdGetDatum(state->role);
	nulls[0] = nulls[1] = nulls[2] = false;
	if (may_see(state->role))
	{
		set_text(values, nulls, 3, state->phase);
		set_text(values, nulls, 4, state->predictor);
		set_count(values, nulls, 6, state->epochs);
		values[5] = Int64GetDatum(state->epoch);
		nulls[5] = nulls[6];
		values[7] = Int64GetDatum(state->trial);
		nulls[7] = state->trials <= 0;
		set_count(values, nulls, 8, state->trials);
		set_count(values, nulls, 9, state->rows);
		set_loss(values, nulls, 10, state->train_loss);
		set_loss(values, nulls, 11, state->validation_loss);
		values[12] = TimestampTzGetDatum(state->started);
		nulls[12] = false;
		nulls[13] = !estimate_end(state, &end);
		values[13] = TimestampTzGetDatum(nulls[13] ? 0 : end);
	}
	result_set_put(result, values, nulls);
}

PG_FUNCTION_INFO_V1(linlearn_progress_rows);

/* List the trainings that run now, in any backend. */
Datum
linlearn_progress_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = result_set_begin(fcinfo);

	if (slots == NULL)
	{
		ereport(NOTICE,
				(errmsg("linlearn_progress is empty: linlearn is not "
						"preloaded"),
				 errhint("Add linlearn to shared_preload_libraries and "
						 "restart the server, or let the training session "
						 "itself report with linlearn.progress = notice.")));
		return (Datum) 0;
	}
	for (int i = 0; i < MaxBackends; i++)
	{
		ProgressState state;

		if (read_slot(&slots[i], &state))
			put_row(result, &state);
	}
	return (Datum) 0;
}
