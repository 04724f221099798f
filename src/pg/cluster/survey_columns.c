/*
 * survey_columns.c
 *		linlearn_survey_columns(row): what a training must know of the columns of
 *		rows before it decides their terms.
 */
#include "pg/cluster/survey_columns.h"

#include "pg/base/aggregate_state.h"
#include "pg/base/expanded_state.h"
#include "pg/base/runtime.h"
#include "pg/cluster/cell_bytes.h"
#include "pg/cluster/packed_row.h"
#include "pg/values/column_failure.h"
#include "pg/values/label_reader.h"
#include "utils/memutils.h"

/* A survey under way, and the row that came last. */
typedef struct ColumnsState
{
	ShardColumns *columns;
	CellsReader *reader; /* NULL: no row came here */
	uint32 *places;		 /* of its columns */
	uint32 room;
} ColumnsState;

static bytea *
write_columns(void *state)
{
	return columns_survey_write(((ColumnsState *) state)->columns);
}

static void *
read_columns(FunctionCallInfo fcinfo, bytea *bytes)
{
	MemoryContext context = aggregate_context(fcinfo);
	ColumnsState *state =
		MemoryContextAllocZero(context, sizeof(ColumnsState));

	state->columns = columns_survey_read(bytes, context);
	return state;
}

static void *
merge_columns(FunctionCallInfo fcinfo, void *into, void *from)
{
	Failure failure = {0};

	if (into == NULL)
		return from;
	CHECK_COLUMNS(shard_columns_merge(((ColumnsState *) into)->columns,
									  ((ColumnsState *) from)->columns,
									  &failure),
				  failure);
	return into;
}

static const ExpandedKind columns_kind = {write_columns, read_columns,
										  merge_columns};

/* Reads the cells of a row, and finds the places of its columns. */
static void
read_cells(FunctionCallInfo fcinfo, ColumnsState *state, const PackedRow *row)
{
	Failure failure = {0};
	const Column *columns;
	uint32 count;

	if (state->reader == NULL)
		state->reader = cells_reader_begin(aggregate_context(fcinfo));
	if (!cells_read(state->reader, row->view.dense, row->dimension))
		return;
	columns = cells_columns(state->reader, &count);
	if (count > state->room)
	{
		state->room = 2 * count;
		state->places = MemoryContextAlloc(aggregate_context(fcinfo),
										   state->room * sizeof(uint32));
	}
	if (cells_cut(state->reader) != state->columns->draw.cuts)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("rows were packed with other options")));
	for (uint32 i = 0; i < count; i++)
		CHECK_COLUMNS(shard_columns_place(state->columns, &columns[i],
										  &state->places[i], &failure),
					  failure);
}

/* A survey of rows as the first is. */
static ColumnsState *
begin(FunctionCallInfo fcinfo, const PackedRow *row)
{
	MemoryContext context = aggregate_context(fcinfo);
	Runtime runtime = pg_runtime(context);
	ColumnsState *state =
		MemoryContextAllocZero(context, sizeof(ColumnsState));
	Failure failure = {0};

	state->columns = MemoryContextAllocZero(context, sizeof(ShardColumns));
	state->reader = cells_reader_begin(context);
	(void) cells_read(state->reader, row->view.dense, row->dimension);
	CHECK_STATUS(shard_columns_init(state->columns, &runtime,
									cells_cut(state->reader), &failure),
				 failure);
	/* Its columns are found as those of a row that differs. */
	state->reader = NULL;
	return state;
}

/* The label as a number that equal labels share. */
static double
label_number(const PackedRow *row)
{
	if (type_is_number(row->label_type))
		return row->label;
	/* No whole number, which no column's number can equal. */
	return (double) (label_text_hash(row->text, row->text_size) >> 12) + 0.5;
}

PG_FUNCTION_INFO_V1(linlearn_survey_columns_accum);
Datum
linlearn_survey_columns_accum(PG_FUNCTION_ARGS)
{
	ColumnsState *state;
	PackedRow packed;
	ShardCells row;
	Failure failure; /* not cleared: it is large, and this runs a row */
	uint32 count;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a packed row is NULL"),
				 errhint("Give what linlearn_row(linlearn_cells(...), label) "
						 "returns.")));
	packed_row_read(PG_GETARG_BYTEA_PP(1), &packed);
	state = expanded_state(fcinfo, &columns_kind);
	if (packed.weight == 0.0f) /* it is none */
	{
		if (state == NULL)
			PG_RETURN_NULL();
		return expanded_state_return(fcinfo, &columns_kind, state);
	}
	if (packed.format != ROWS_U8)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("features are no cells of columns"),
				 errhint("Give what linlearn_row(linlearn_cells(...), label) "
						 "returns.")));
	if (state == NULL)
		state = begin(fcinfo, &packed);
	read_cells(fcinfo, state, &packed);
	(void) cells_columns(state->reader, &count);
	row = (ShardCells){.count = count,
					   .places = state->places,
					   .cells = cells_of(state->reader),
					   .channel = packed.channel,
					   .weight = packed.weight,
					   .labelled = !packed.label_null,
					   .label = label_number(&packed)};
	CHECK_COLUMNS(shard_columns_add(state->columns, &row, &failure), failure);
	return expanded_state_return(fcinfo, &columns_kind, state);
}

PG_FUNCTION_INFO_V1(linlearn_survey_columns_combine);
Datum
linlearn_survey_columns_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &columns_kind);
}

PG_FUNCTION_INFO_V1(linlearn_survey_columns_final);
Datum
linlearn_survey_columns_final(PG_FUNCTION_ARGS)
{
	ColumnsState *state = expanded_state(fcinfo, &columns_kind);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(columns_survey_write(state->columns));
}
