/*
 * train_folds.c
 *		What folds go by, in the training aggregates' state.
 */
#include "pg/train/train_folds.h"

#include "core/base/hash.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/base/settings.h"
#include "pg/train/train_check.h"
#include "pg/train/train_columns.h"
#include "utils/lsyscache.h"

/* What a group takes beside its text, about. */
#define GROUP_BYTES ((Size) 192)

FoldKey
train_folds_key(const TrainState *state)
{
	return train_columns_have(state, ROLE_FOLD_GROUP)  ? FOLD_KEY_GROUP
		   : train_columns_have(state, ROLE_FOLD_TIME) ? FOLD_KEY_TIME
													   : FOLD_KEY_NONE;
}

/* Counts what a new group takes. */
static void
count_group(TrainState *state, uint32 code)
{
	state->group_bytes += state->groups.texts.entries[code].size + GROUP_BYTES;
	if (state->group_bytes / 1024 >= (Size) linlearn_train_mem)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the groups of option \"fold_group\" exceed "
							   "linlearn.train_mem"),
						errdetail("There are more than %u of them.", code),
						errhint("Raise linlearn.train_mem.")));
}

/* The code of a value's group. */
static uint32
group_code(TrainState *state, Oid type, Datum value)
{
	uint32 before = state->groups.texts.count, code;

	if (!OidIsValid(state->groups.type))
	{
		label_reader_init(&state->groups, type, state->context);
		/* Numbers, too: a double holds not all of them. */
		state->groups.kind = LABEL_TEXT;
	}
	code = label_reader_value_code(&state->groups, value);
	if (code == before)
		count_group(state, code);
	return code;
}

void
train_folds_give(TrainState *state, Rows *rows, double key)
{
	FoldKey kind = train_folds_key(state);
	Failure failure; /* not cleared: it is large, and this runs a row */
	uint64 hash;

	if (kind == FOLD_KEY_NONE)
		return;
	hash = kind == FOLD_KEY_GROUP
			   ? label_reader_hash(&state->groups, key)
			   : hash64_bytes(&key, sizeof(key), UINT64CONST(0x74696d65));
	CHECK_STATUS(rows_give_fold_key(rows, key, hash, &failure), failure);
}

void
train_folds_take(TrainState *state, Rows *rows, const RowRoles *roles)
{
	train_folds_give(state, rows,
					 OidIsValid(roles->group_type)
						 ? group_code(state, roles->group_type, roles->group)
						 : roles->time);
}

/* Orders the codes of groups by their texts' bytes. */
static int
compare_groups(const void *a, const void *b, void *argument)
{
	const LabelReader *groups = argument;

	return strcmp(label_reader_utf8(groups, *(const uint32 *) a),
				  label_reader_utf8(groups, *(const uint32 *) b));
}

void
train_folds_rank(TrainState *state)
{
	uint32 count = state->groups.texts.count;
	uint32 *order, *rank;

	if (train_folds_key(state) != FOLD_KEY_GROUP)
		return;
	order =
		palloc_extended(2 * Max(count, 1) * sizeof(uint32), MCXT_ALLOC_HUGE);
	rank = order + count;
	for (uint32 i = 0; i < count; i++)
		order[i] = i;
	qsort_arg(order, count, sizeof(uint32), compare_groups, &state->groups);
	for (uint32 i = 0; i < count; i++)
		rank[order[i]] = i;
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		Rows *rows = &state->rows[channel];

		for (size_t i = 0; rows->fold_keys != NULL && i < rows->count; i++)
		{
			if (i % 65536 == 0)
				CHECK_FOR_INTERRUPTS();
			rows->fold_keys[i] = rank[(uint32) rows->fold_keys[i]];
		}
	}
	pfree(order);
}

/* ---- Between parallel workers ---- */

void
train_folds_write(StringInfo out, const TrainState *state)
{
	const LabelReader *groups = &state->groups;

	state_write_uint64(out, groups->texts.count);
	for (uint32 i = 0; i < groups->texts.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		state_write_uint64(out, groups->texts.entries[i].size);
		state_write_bytes(out, label_reader_known(groups, i),
						  groups->texts.entries[i].size);
	}
	state_write_uint64(out, groups->type);
}

void
train_folds_read(StateReader *reader, TrainState *state)
{
	uint64 count = state_read_count(reader, sizeof(uint64));

	label_reader_init_kind(&state->groups, LABEL_TEXT, InvalidOid, "",
						   state->context);
	for (uint64 i = 0; i < count; i++)
	{
		Size size = state_read_count(reader, 1);

		CHECK_FOR_INTERRUPTS();
		if (size > MODEL_MAX_TEXT ||
			label_reader_bytes_code(&state->groups,
									state_read_place(reader, size), size) != i)
			state_damaged();
	}
	state->groups.type = (Oid) state_read_uint64(reader);
}

double
train_folds_translate(TrainState *into, const TrainState *from, double key)
{
	uint32 before, code;

	if (train_folds_key(into) != FOLD_KEY_GROUP)
		return key;
	if (!(key >= 0 && key < from->groups.texts.count))
		state_damaged();
	if (!OidIsValid(into->groups.type))
		label_reader_init_kind(&into->groups, LABEL_TEXT, from->groups.type,
							   "", into->context);
	before = into->groups.texts.count;
	code = label_reader_code(&into->groups,
							 label_reader_known(&from->groups, (uint32) key));
	if (code == before)
		count_group(into, code);
	return code;
}

void
train_folds_warn(FunctionCallInfo fcinfo, const TrainState *state,
				 const Problem *problem)
{
	FoldKey key = train_folds_key(state);

	if (key != FOLD_KEY_NONE && !problem->fold_key_used)
		train_warn_once(fcinfo, WARNED_FOLD_KEY,
						row_role_names[key == FOLD_KEY_GROUP ? ROLE_FOLD_GROUP
															 : ROLE_FOLD_TIME],
						"where nothing is chosen by folds");
}
