/*
 * confusion_agg.c
 *		linlearn_confusion(actual, predicted [, weight]).
 */
#include "linlearn.h"

#include "lib/stringinfo.h"
#include "pg/aggregate_state.h"
#include "pg/confusion.h"
#include "pg/crosstab.h"
#include "pg/json_text.h"
#include "pg/state_bytes.h"
#include "pg/weights.h"
#include "utils/builtins.h"

#define CONFUSION_MAGIC 0x314E464E /* "NFN1" */

typedef struct ConfusionState
{
	uint32 magic;
	ConfusionCounts counts;
} ConfusionState;

/* A state without counts. */
static ConfusionState *
new_confusion_state(MemoryContext context)
{
	ConfusionState *state = MemoryContextAlloc(context, sizeof(ConfusionState));

	state->magic = CONFUSION_MAGIC;
	return state;
}

/* The state, made by the first row of a group. */
static ConfusionState *
confusion_state(FunctionCallInfo fcinfo)
{
	ConfusionState *state = aggregate_state(fcinfo, 0, CONFUSION_MAGIC);
	MemoryContext context;

	if (state != NULL)
		return state;
	context = aggregate_context(fcinfo);
	state = new_confusion_state(context);
	confusion_init(&state->counts, context, argument_base_type(fcinfo, 1),
				   argument_base_type(fcinfo, 2), PG_GET_COLLATION());
	state->counts.weighted = PG_NARGS() > 3;
	return state;
}

/* Whether any of the row's arguments is NULL. */
static bool
row_has_null(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		   (PG_NARGS() > 3 && PG_ARGISNULL(3));
}

PG_FUNCTION_INFO_V1(linlearn_confusion_accum);
Datum
linlearn_confusion_accum(PG_FUNCTION_ARGS)
{
	ConfusionState *state = confusion_state(fcinfo);
	ConfusionCounts *counts = &state->counts;
	int64 actual;
	int64 predicted;

	if (row_weighs_nothing(fcinfo, 3))
		PG_RETURN_POINTER(state);
	if (row_has_null(fcinfo))
	{
		counts->null_rows++;
		PG_RETURN_POINTER(state);
	}
	actual = label_code(&counts->labels, 0, PG_GETARG_DATUM(1));
	predicted = label_code(&counts->labels, 1, PG_GETARG_DATUM(2));
	confusion_add(counts, actual, predicted,
				  PG_NARGS() > 3 ? checked_weight(PG_GETARG_FLOAT8(3)) : 0);
	PG_RETURN_POINTER(state);
}

/* Take a row out again, for moving window frames. */
PG_FUNCTION_INFO_V1(linlearn_confusion_remove);
Datum
linlearn_confusion_remove(PG_FUNCTION_ARGS)
{
	ConfusionState *state = confusion_state(fcinfo);
	ConfusionCounts *counts = &state->counts;
	LabelPair *pair;

	if (row_has_null(fcinfo))
	{
		counts->null_rows--;
		PG_RETURN_POINTER(state);
	}
	pair = confusion_find(counts,
						  label_code(&counts->labels, 0, PG_GETARG_DATUM(1)),
						  label_code(&counts->labels, 1, PG_GETARG_DATUM(2)));
	pair->rows--;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_combine);
Datum
linlearn_confusion_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	ConfusionState *into = aggregate_state(fcinfo, 0, CONFUSION_MAGIC);
	ConfusionState *from = aggregate_state(fcinfo, 1, CONFUSION_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	if (into == NULL)
	{
		const LabelSpace *labels = &from->counts.labels;

		into = new_confusion_state(context);
		confusion_init(&into->counts, context, labels->types[0],
					   labels->types[1], labels->collation);
	}
	confusion_merge(&into->counts, &from->counts);
	PG_RETURN_POINTER(into);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_serial);
Datum
linlearn_confusion_serial(PG_FUNCTION_ARGS)
{
	ConfusionState *state = aggregate_state_given(fcinfo, CONFUSION_MAGIC);
	StringInfoData out;

	state_write_start(&out, CONFUSION_MAGIC);
	confusion_write(&state->counts, &out);
	PG_RETURN_BYTEA_P(state_write_finish(&out));
}

PG_FUNCTION_INFO_V1(linlearn_confusion_deserial);
Datum
linlearn_confusion_deserial(PG_FUNCTION_ARGS)
{
	ConfusionState *state;
	StateReader reader;

	(void) aggregate_context(fcinfo);
	state_read_start(&reader, PG_GETARG_BYTEA_P(0), CONFUSION_MAGIC);
	state = new_confusion_state(CurrentMemoryContext);
	confusion_read(&state->counts, CurrentMemoryContext, &reader);
	state_read_finish(&reader);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_final);
Datum
linlearn_confusion_final(PG_FUNCTION_ARGS)
{
	ConfusionState *state = aggregate_state(fcinfo, 0, CONFUSION_MAGIC);
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

/* The aggregate linlearn_crosstab(actual, predicted). */
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
	table.row_name = "actual";
	table.column_name = "predicted";
	table.size = matrix.size;
	table.labels = palloc(matrix.size * sizeof(char *));
	for (int i = 0; i < matrix.size; i++)
		table.labels[i] = label_name(&matrix.counts->labels, matrix.codes[i]);
	table.cells = confusion_cells(&matrix, &table.weights);
	if (!matrix.counts->weighted)
		table.weights = NULL;
	PG_RETURN_TEXT_P(crosstab_text(&table));
}
