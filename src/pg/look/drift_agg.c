/*
 * drift_agg.c
 *		linlearn_drift(model, row): how far new rows have moved from those that
 *		a model was trained on.
 *
 * A state holds counts only, as many as the model's columns have outcomes.
 */
#include "pg/base/version.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "core/columns/drift_bytes.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/runtime.h"
#include "pg/base/state_bytes.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/cached_table.h"
#include "pg/predict/model_cache.h"
#include "pg/values/column_failure.h"
#include "pg/values/record_reader.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#define DRIFT_MAGIC 0x31465244 /* "DRF1" */

typedef struct DriftState
{
	uint32 magic;
	MemoryContext context;
	bytea *model; /* as it came: toasted, maybe */
	Size size;	  /* of that */
	CachedModel *cached;
	RecordReader *reader; /* NULL before the first row */
	Drift drift;
} DriftState;

/* The columns of a row of the result. */
enum
{
	DRIFT_COLUMN,
	DRIFT_PSI,
	DRIFT_VERDICT,
	DRIFT_NULLS_THEN,
	DRIFT_NULLS_NOW,
	DRIFT_OTHER_THEN,
	DRIFT_OTHER_NOW,
	DRIFT_MEAN_THEN,
	DRIFT_MEAN_NOW,
	DRIFT_ROWS_THEN,
	DRIFT_ROWS_NOW,
	DRIFT_COLUMNS
};

/* Makes a state for a model, whose bytes are copied. */
static DriftState *
make_state(MemoryContext context, const struct varlena *model)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	DriftState *state = palloc0(sizeof(DriftState));
	Runtime runtime = pg_runtime(context);
	Failure failure = {0};
	TermMoments moments;

	state->magic = DRIFT_MAGIC;
	state->context = context;
	state->size = VARSIZE_ANY(model);
	state->model = palloc(state->size);
	memcpy(state->model, model, state->size);
	state->cached =
		cached_model_create((struct varlena *) state->model, context);
	if (state->cached->table == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model takes arrays, not rows of a table"),
						errdetail("It knows of no columns that could have "
								  "drifted."),
						errhint("Train it on rows of a table.")));
	moments.mean = state->cached->model.feature_mean;
	moments.deviation = state->cached->model.feature_deviation;
	CHECK_COLUMNS(drift_init(&state->drift, state->cached->model.columns,
							 &moments, &runtime, &failure),
				  failure);
	MemoryContextSwitchTo(old);
	return state;
}

/* A model's bytes as they are when no toast is between. */
static bytea *
plain_model(const DriftState *state)
{
	return (bytea *) PG_DETOAST_DATUM(PointerGetDatum(state->model));
}

/* Raises an error for another model than the state's. */
static void
check_same(const DriftState *state, const struct varlena *model)
{
	bytea *a, *b;

	if (VARSIZE_ANY(model) == state->size &&
		memcmp(model, state->model, state->size) == 0)
		return;
	/* The same may be stored twice. */
	a = plain_model(state);
	b = (bytea *) PG_DETOAST_DATUM(PointerGetDatum(model));
	if (VARSIZE(a) != VARSIZE(b) || memcmp(a, b, VARSIZE(a)) != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("rows are compared with more than one model"),
						errhint("Group by the model.")));
}

/* Reads the cells of a row; NULL for none. */
static const Cell *
read_cells(FunctionCallInfo fcinfo, DriftState *state)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, 2);
	RecordProblem problem;
	uint32 column;
	const Cell *cells;

	if (state->reader == NULL)
	{
		(void) cached_model_takes(state->cached, type);
		state->reader = record_reader_for(state->cached->model.columns, NULL,
										  state->context);
	}
	cells = record_reader_read(state->reader, PG_GETARG_DATUM(2), type, NULL,
							   &problem, &column);
	if (problem != RECORD_FINE)
		report_record_problem(state->reader, problem, column, 0, NULL);
	return cells;
}

PG_FUNCTION_INFO_V1(linlearn_drift_accum);
Datum
linlearn_drift_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	DriftState *state = aggregate_state(fcinfo, 0, DRIFT_MAGIC);
	const struct varlena *model;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	model = (struct varlena *) PG_GETARG_POINTER(1);
	if (state == NULL)
		state = make_state(context, model);
	else
		check_same(state, model);
	drift_add(&state->drift, read_cells(fcinfo, state));
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_drift_combine);
Datum
linlearn_drift_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	DriftState *into = aggregate_state(fcinfo, 0, DRIFT_MAGIC);
	DriftState *from = aggregate_state(fcinfo, 1, DRIFT_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	if (into == NULL)
		into = make_state(context, (struct varlena *) from->model);
	else
		check_same(into, (struct varlena *) from->model);
	drift_merge(&into->drift, &from->drift);
	PG_RETURN_POINTER(into);
}

PG_FUNCTION_INFO_V1(linlearn_drift_serial);
Datum
linlearn_drift_serial(PG_FUNCTION_ARGS)
{
	DriftState *state = aggregate_state_given(fcinfo, DRIFT_MAGIC);
	bytea *model = plain_model(state);
	Size size = drift_bytes_size(&state->drift);
	uint8 *bytes = MemoryContextAllocHuge(CurrentMemoryContext, size);
	StringInfoData out;

	drift_bytes_write(&state->drift, bytes);
	state_write_start(&out, DRIFT_MAGIC);
	state_write_uint64(&out, VARSIZE(model));
	state_write_bytes(&out, model, VARSIZE(model));
	state_write_bytes(&out, bytes, size);
	PG_RETURN_BYTEA_P(state_write_finish(&out));
}

/* Reads the model that opens a state's bytes. */
static DriftState *
read_model(StateReader *reader)
{
	Size size = state_read_count(reader, 1);
	bytea *model;

	if (size < VARHDRSZ)
		state_damaged();
	model = palloc(size);
	state_read_bytes(reader, model, size);
	if (VARATT_IS_EXTENDED(model) || VARSIZE(model) != size)
		state_damaged();
	return make_state(CurrentMemoryContext, (struct varlena *) model);
}

PG_FUNCTION_INFO_V1(linlearn_drift_deserial);
Datum
linlearn_drift_deserial(PG_FUNCTION_ARGS)
{
	DriftState *state;
	StateReader reader;
	Size size;

	(void) aggregate_context(fcinfo);
	state_read_start(&reader, PG_GETARG_BYTEA_P(0), DRIFT_MAGIC);
	state = read_model(&reader);
	size = reader.left;
	if (!drift_bytes_read(&state->drift, state_read_place(&reader, size),
						  size))
		state_damaged();
	state_read_finish(&reader);
	PG_RETURN_POINTER(state);
}

/* A verdict as SQL's value. */
static const char *
verdict_name(DriftVerdict verdict)
{
	switch (verdict)
	{
		case DRIFT_IS_STABLE:
			return "stable";
		case DRIFT_IS_MODERATE:
			return "moderate";
		case DRIFT_IS_LARGE:
			return "large";
		case DRIFT_FEW_ROWS:
			return "few rows";
		case DRIFT_NONE:
			break;
	}
	return NULL;
}

/* One column's figures as a value of the result's row type. */
static Datum
form_row(const Drift *drift, uint32 place, TupleDesc descriptor)
{
	const Column *column = &drift->columns->columns[place];
	const DriftColumn *counts = &drift->counts[place];
	DriftFigures figures;
	Datum values[DRIFT_COLUMNS];
	bool nulls[DRIFT_COLUMNS] = {false};
	const char *verdict;

	drift_figures(drift, place, &figures);
	verdict = verdict_name(figures.verdict);
	values[DRIFT_COLUMN] = CStringGetTextDatum(
		server_of_utf8(column->name, strlen(column->name)));
	values[DRIFT_VERDICT] = verdict == NULL ? 0 : CStringGetTextDatum(verdict);
	nulls[DRIFT_VERDICT] = verdict == NULL;
	values[DRIFT_ROWS_THEN] =
		Int64GetDatum((int64) (column->rows + column->nulls));
	values[DRIFT_ROWS_NOW] =
		Int64GetDatum((int64) (counts->rows + counts->nulls));
#define PUT(at, number)                                                       \
	(values[at] = Float8GetDatum(number), nulls[at] = isnan(number))
	PUT(DRIFT_PSI, figures.psi);
	PUT(DRIFT_NULLS_THEN, figures.nulls_then);
	PUT(DRIFT_NULLS_NOW, figures.nulls_now);
	PUT(DRIFT_OTHER_THEN, figures.other_then);
	PUT(DRIFT_OTHER_NOW, figures.other_now);
	PUT(DRIFT_MEAN_THEN, figures.mean_then);
	PUT(DRIFT_MEAN_NOW, figures.mean_now);
#undef PUT
	return HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
}

/* Columns by falling index; those without one last, by name. */
typedef struct Ranked
{
	double psi;
	uint32 place;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
	const Ranked *x = a, *y = b;

	if (x->psi != y->psi)
		return x->psi > y->psi ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* The columns, those that have moved furthest first. */
static Ranked *
rank_columns(const Drift *drift)
{
	uint32 count = drift->columns->count;
	Ranked *ranked = palloc((count + 1) * sizeof(Ranked));

	for (uint32 i = 0; i < count; i++)
	{
		DriftFigures figures;

		CHECK_FOR_INTERRUPTS();
		drift_figures(drift, i, &figures);
		ranked[i] = (Ranked){isnan(figures.psi) ? -1.0 : figures.psi, i};
	}
	qsort(ranked, count, sizeof(Ranked), compare_ranked);
	return ranked;
}

PG_FUNCTION_INFO_V1(linlearn_drift_final);
Datum
linlearn_drift_final(PG_FUNCTION_ARGS)
{
	DriftState *state = aggregate_state(fcinfo, 0, DRIFT_MAGIC);
	Oid element = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	uint32 count;
	Ranked *ranked;
	TupleDesc descriptor;
	Datum *rows;

	if (state == NULL)
		PG_RETURN_NULL();
	count = state->drift.columns->count;
	ranked = rank_columns(&state->drift);
	descriptor = lookup_rowtype_tupdesc_copy(element, -1);
	rows = palloc((count + 1) * sizeof(Datum));
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rows[i] = form_row(&state->drift, ranked[i].place, descriptor);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, (int) count, element, -1,
										  false, TYPALIGN_DOUBLE));
}
