/*
 * confusion_agg.c
 *		linlearn_confusion(actual, predicted [, weight]).
 */
#include "linlearn.h"

#include "lib/stringinfo.h"
#include "pg/confusion.h"
#include "pg/crosstab.h"
#include "pg/json_text.h"
#include "pg/state_bytes.h"
#include "pg/weights.h"
#include "utils/builtins.h"

#define CONFUSION_MAGIC 0x314E464E /* "NFN1" */

/* The state, made by the first row of a group. */
static ConfusionCounts *
confusion_state(FunctionCallInfo fcinfo, const char *caller)
{
	MemoryContext context;
	ConfusionCounts *counts;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		elog(ERROR, "%s called in non-aggregate context", caller);
	if (!PG_ARGISNULL(0))
		return (ConfusionCounts *) PG_GETARG_POINTER(0);
	counts = MemoryContextAlloc(context, sizeof(ConfusionCounts));
	confusion_init(counts, context, argument_base_type(fcinfo, 1),
				   argument_base_type(fcinfo, 2), PG_GET_COLLATION());
	counts->weighted = PG_NARGS() > 3;
	return counts;
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
	ConfusionCounts *counts =
		confusion_state(fcinfo, "linlearn_confusion_accum");
	int64 actual;
	int64 predicted;

	if (row_weighs_nothing(fcinfo, 3))
		PG_RETURN_POINTER(counts);
	if (row_has_null(fcinfo))
	{
		counts->null_rows++;
		PG_RETURN_POINTER(counts);
	}
	actual = label_code(&counts->labels, 0, PG_GETARG_DATUM(1));
	predicted = label_code(&counts->labels, 1, PG_GETARG_DATUM(2));
	confusion_add(counts, actual, predicted,
				  PG_NARGS() > 3 ? checked_weight(PG_GETARG_FLOAT8(3)) : 0);
	PG_RETURN_POINTER(counts);
}

/* Take a row out again, for moving window frames. */
PG_FUNCTION_INFO_V1(linlearn_confusion_remove);
Datum
linlearn_confusion_remove(PG_FUNCTION_ARGS)
{
	ConfusionCounts *counts =
		confusion_state(fcinfo, "linlearn_confusion_remove");
	LabelPair *pair;

	if (row_has_null(fcinfo))
	{
		counts->null_rows--;
		PG_RETURN_POINTER(counts);
	}
	pair = confusion_find(counts,
						  label_code(&counts->labels, 0, PG_GETARG_DATUM(1)),
						  label_code(&counts->labels, 1, PG_GETARG_DATUM(2)));
	pair->rows--;
	PG_RETURN_POINTER(counts);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_combine);
Datum
linlearn_confusion_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	ConfusionCounts *from;
	ConfusionCounts *into;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		elog(ERROR, "linlearn_confusion_combine called in non-aggregate "
					"context");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	from = (ConfusionCounts *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
	{
		into = MemoryContextAlloc(context, sizeof(ConfusionCounts));
		confusion_init(into, context, from->labels.types[0],
					   from->labels.types[1], from->labels.collation);
	}
	else
		into = (ConfusionCounts *) PG_GETARG_POINTER(0);
	confusion_merge(into, from);
	PG_RETURN_POINTER(into);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_serial);
Datum
linlearn_confusion_serial(PG_FUNCTION_ARGS)
{
	ConfusionCounts *counts = (ConfusionCounts *) PG_GETARG_POINTER(0);
	StringInfoData out;

	if (AggCheckCallContext(fcinfo, NULL) == 0)
		elog(ERROR, "linlearn_confusion_serial called in non-aggregate "
					"context");
	state_write_start(&out, CONFUSION_MAGIC);
	confusion_write(counts, &out);
	PG_RETURN_BYTEA_P(state_write_finish(&out));
}

PG_FUNCTION_INFO_V1(linlearn_confusion_deserial);
Datum
linlearn_confusion_deserial(PG_FUNCTION_ARGS)
{
	ConfusionCounts *counts;
	StateReader reader;

	if (AggCheckCallContext(fcinfo, NULL) == 0)
		elog(ERROR, "linlearn_confusion_deserial called in non-aggregate "
					"context");
	state_read_start(&reader, PG_GETARG_BYTEA_P(0), CONFUSION_MAGIC);
	counts = palloc(sizeof(ConfusionCounts));
	confusion_read(counts, CurrentMemoryContext, &reader);
	state_read_finish(&reader);
	PG_RETURN_POINTER(counts);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_final);
Datum
linlearn_confusion_final(PG_FUNCTION_ARGS)
{
	ConfusionMatrix matrix;
	StringInfoData json;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	confusion_matrix((ConfusionCounts *) PG_GETARG_POINTER(0), &matrix);
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
	ConfusionMatrix matrix;
	Crosstab table = {0};

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	confusion_matrix((ConfusionCounts *) PG_GETARG_POINTER(0), &matrix);
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
