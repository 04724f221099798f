/*
 * confusion_agg.c
 *		linlearn_confusion(actual, predicted [, weight]) and
 *		linlearn_crosstab(actual, predicted [, row_name, column_name]).
 */
#include "pg/base/version.h"

#include "lib/stringinfo.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/json_text.h"
#include "pg/base/state_bytes.h"
#include "pg/base/weights.h"
#include "pg/judge/confusion.h"
#include "pg/judge/confusion_state.h"
#include "pg/judge/crosstab.h"
#include "utils/builtins.h"

static const char *const default_names[2] = {"actual", "predicted"};

/* A state without counts. */
static ConfusionState *
new_confusion_state(MemoryContext context)
{
	ConfusionState *state =
		MemoryContextAllocZero(context, sizeof(ConfusionState));

	state->magic = CONFUSION_MAGIC;
	return state;
}

ConfusionState *
confusion_state_create(MemoryContext context, Oid actual, Oid predicted,
					   Oid collation, bool weighted)
{
	ConfusionState *state = new_confusion_state(context);

	confusion_init(&state->counts, context, actual, predicted, collation);
	state->counts.weighted = weighted;
	return state;
}

/* The state, made by the first row of a group. */
static ConfusionState *
confusion_state(FunctionCallInfo fcinfo, bool weighted)
{
	ConfusionState *state = aggregate_state(fcinfo, 0, CONFUSION_MAGIC);

	if (state != NULL)
		return state;
	return confusion_state_create(
		aggregate_context(fcinfo), argument_base_type(fcinfo, 1),
		argument_base_type(fcinfo, 2), PG_GET_COLLATION(), weighted);
}

/* Whether one of the row's labels is NULL. */
static bool
label_is_null(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || PG_ARGISNULL(2);
}

void
confusion_state_add(ConfusionState *state, Datum actual, Datum predicted,
					double weight)
{
	ConfusionCounts *counts = &state->counts;
	int64 codes[2];

	codes[0] = label_code(&counts->labels, 0, actual);
	codes[1] = label_code(&counts->labels, 1, predicted);
	confusion_add(counts, codes[0], codes[1], weight);
}

/* Count a row. */
static void
add_row(ConfusionState *state, FunctionCallInfo fcinfo, double weight)
{
	confusion_state_add(state, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), weight);
}

/* Take a row out again, for moving window frames. */
static void
remove_row(ConfusionState *state, FunctionCallInfo fcinfo)
{
	ConfusionCounts *counts = &state->counts;

	if (label_is_null(fcinfo))
		counts->null_rows--;
	else
		confusion_find(counts,
					   label_code(&counts->labels, 0, PG_GETARG_DATUM(1)),
					   label_code(&counts->labels, 1, PG_GETARG_DATUM(2)))
			->rows--;
}

PG_FUNCTION_INFO_V1(linlearn_confusion_accum);
Datum
linlearn_confusion_accum(PG_FUNCTION_ARGS)
{
	bool weighted = PG_NARGS() > 3;
	ConfusionState *state = confusion_state(fcinfo, weighted);

	if (row_weighs_nothing(fcinfo, 3))
		PG_RETURN_POINTER(state);
	if (label_is_null(fcinfo) || (weighted && PG_ARGISNULL(3)))
		state->counts.null_rows++;
	else
		add_row(state, fcinfo,
				weighted ? checked_weight(PG_GETARG_FLOAT8(3)) : 0);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_remove);
Datum
linlearn_confusion_remove(PG_FUNCTION_ARGS)
{
	ConfusionState *state = confusion_state(fcinfo, false);

	remove_row(state, fcinfo);
	PG_RETURN_POINTER(state);
}

/*
 * Take a name of the rows or columns: one for all rows of a table, lest it
 * depend on their order.
 */
static void
take_name(ConfusionState *state, int axis, const char *name, Size length)
{
	char **kept = &state->names[axis];

	if (*kept == NULL)
	{
		*kept = MemoryContextAlloc(state->counts.labels.context, length + 1);
		memcpy(*kept, name, length);
		(*kept)[length] = '\0';
	}
	else if (strlen(*kept) != length || memcmp(*kept, name, length) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a crosstab has one name for its %s, not both \"%s\" "
						"and \"%s\"",
						axis == 0 ? "rows" : "columns", *kept,
						pnstrdup(name, length))));
}

/* Take both names of a row's arguments; NULL is the default. */
static void
take_names(ConfusionState *state, FunctionCallInfo fcinfo)
{
	for (int axis = 0; axis < 2; axis++)
	{
		text *name;

		if (PG_ARGISNULL(3 + axis))
		{
			take_name(state, axis, default_names[axis],
					  strlen(default_names[axis]));
			continue;
		}
		name = PG_GETARG_TEXT_PP(3 + axis);
		take_name(state, axis, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
}

PG_FUNCTION_INFO_V1(linlearn_crosstab_accum);
Datum
linlearn_crosstab_accum(PG_FUNCTION_ARGS)
{
	ConfusionState *state = confusion_state(fcinfo, false);

	take_names(state, fcinfo);
	if (label_is_null(fcinfo))
		state->counts.null_rows++;
	else
		add_row(state, fcinfo, 0);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_crosstab_remove);
Datum
linlearn_crosstab_remove(PG_FUNCTION_ARGS)
{
	ConfusionState *state = confusion_state(fcinfo, false);

	remove_row(state, fcinfo);
	PG_RETURN_POINTER(state);
}

ConfusionState *
confusion_state_merge(FunctionCallInfo fcinfo, ConfusionState *into,
					  ConfusionState *from)
{
	const LabelSpace *labels = &from->counts.labels;

	if (into == NULL)
		into =
			confusion_state_create(aggregate_context(fcinfo), labels->types[0],
								   labels->types[1], labels->collation, false);
	label_types_must_agree(into->counts.labels.types, labels->types);
	confusion_merge(&into->counts, &from->counts);
	for (int axis = 0; axis < 2; axis++)
	{
		if (from->names[axis] != NULL)
			take_name(into, axis, from->names[axis],
					  strlen(from->names[axis]));
	}
	return into;
}

PG_FUNCTION_INFO_V1(linlearn_confusion_combine);
Datum
linlearn_confusion_combine(PG_FUNCTION_ARGS)
{
	ConfusionState *into = aggregate_state(fcinfo, 0, CONFUSION_MAGIC);
	ConfusionState *from = aggregate_state(fcinfo, 1, CONFUSION_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	PG_RETURN_POINTER(confusion_state_merge(fcinfo, into, from));
}

/* A name on its way, its length first; none is as long as no text can be. */
#define NO_NAME PG_UINT64_MAX

static void
write_name(const char *name, StringInfo out)
{
	state_write_uint64(out, name == NULL ? NO_NAME : strlen(name));
	if (name != NULL)
		state_write_bytes(out, name, strlen(name));
}

/* Take a name that a worker wrote. */
static void
read_name(ConfusionState *state, int axis, StateReader *reader)
{
	uint64 length = state_read_uint64(reader);
	char *name;

	if (length == NO_NAME)
		return;
	if (length > reader->left)
		state_damaged();
	name = palloc(length + 1);
	state_read_bytes(reader, name, length);
	take_name(state, axis, name, length);
	pfree(name);
}

bytea *
confusion_state_write(ConfusionState *state)
{
	StringInfoData out;

	state_write_start(&out, CONFUSION_MAGIC);
	confusion_write(&state->counts, &out);
	for (int axis = 0; axis < 2; axis++)
		write_name(state->names[axis], &out);
	return state_write_finish(&out);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_serial);
Datum
linlearn_confusion_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(
		confusion_state_write(aggregate_state_given(fcinfo, CONFUSION_MAGIC)));
}

ConfusionState *
confusion_state_read(bytea *bytes, bool public)
{
	ConfusionState *state;
	StateReader reader;

	state_read_start(&reader, bytes, CONFUSION_MAGIC);
	reader.public = public;
	state = new_confusion_state(CurrentMemoryContext);
	confusion_read(&state->counts, CurrentMemoryContext, &reader);
	for (int axis = 0; axis < 2; axis++)
		read_name(state, axis, &reader);
	state_read_finish(&reader);
	if (public && (state->names[0] != NULL || state->names[1] != NULL))
		state_damaged();
	return state;
}

PG_FUNCTION_INFO_V1(linlearn_confusion_deserial);
Datum
linlearn_confusion_deserial(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	PG_RETURN_POINTER(confusion_state_read(PG_GETARG_BYTEA_P(0), false));
}

PG_FUNCTION_INFO_V1(linlearn_confusion_final);
Datum
linlearn_confusion_final(PG_FUNCTION_ARGS)
{
	return confusion_state_final(fcinfo,
								 aggregate_state(fcinfo, 0, CONFUSION_MAGIC));
}

Datum
confusion_state_final(FunctionCallInfo fcinfo, ConfusionState *state)
{
	ConfusionMatrix matrix;
	StringInfoData json;

	if (state == NULL)
		PG_RETURN_NULL();
	confusion_matrix(&state->counts, &matrix);
	if (matrix.rows == 0)
		PG_RETURN_NULL();
	initStringInfo(&json);
	confusion_write_json(&matrix, &json);
	PG_RETURN_DATUM(json_text_to_jsonb(&json));
}

PG_FUNCTION_INFO_V1(linlearn_crosstab_final);
Datum
linlearn_crosstab_final(PG_FUNCTION_ARGS)
{
	ConfusionState *state = aggregate_state(fcinfo, 0, CONFUSION_MAGIC);
	ConfusionMatrix matrix;
	Crosstab table = {0};

	if (state == NULL)
		PG_RETURN_NULL();
	confusion_matrix(&state->counts, &matrix);
	if (matrix.rows == 0)
		PG_RETURN_NULL();
	table.row_name = state->names[0] ? state->names[0] : default_names[0];
	table.column_name = state->names[1] ? state->names[1] : default_names[1];
	table.size = matrix.size;
	table.labels = palloc(matrix.size * sizeof(char *));
	for (int i = 0; i < matrix.size; i++)
		table.labels[i] = label_name(&matrix.counts->labels, matrix.codes[i]);
	table.cells = confusion_cells(&matrix, &table.weights);
	if (!matrix.counts->weighted)
		table.weights = NULL;
	PG_RETURN_TEXT_P(crosstab_text(&table));
}
