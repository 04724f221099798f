/*
 * cached_table.c
 *		Rows of tables, or JSON objects, as the features of a cached model.
 */
#include "pg/predict/cached_table.h"

#include <math.h>

#include "core/columns/encoder.h"
#include "pg/base/runtime.h"
#include "pg/values/column_failure.h"
#include "pg/values/record_reader.h"
#include "utils/builtins.h"

struct CachedTable
{
	RecordReader *reader;
	Encoder encoder;
};

CachedTable *
cached_table_create(const Model *model)
{
	CachedTable *table = palloc0(sizeof(CachedTable));
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Failure failure = {0};

	table->reader =
		record_reader_for(model->columns, NULL, CurrentMemoryContext);
	CHECK_COLUMNS(encoder_init(&table->encoder, model->columns, model->format,
							   &runtime, &failure),
				  failure);
	return table;
}

bool
cached_model_takes(const CachedModel *cached, Oid type)
{
	bool row = record_reader_takes(type, true);

	if (row == (cached->table != NULL))
		return row;
	if (row)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the model takes arrays, not rows of a table"),
						errhint("Give features as they were in training.")));
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("the model takes rows of a table, not type %s",
					OidIsValid(type) ? format_type_be(type) : "unknown"),
			 errhint("Give the row itself, one that a sub-select names the "
					 "columns of, or a jsonb object. A name that both a table "
					 "and a column have is the column.")));
	pg_unreachable();
}

/* Encodes cells that were read, or reports what was wrong with them. */
static void
encode(CachedTable *table, const Cell *cells, RecordProblem problem,
	   uint32 column, RowView *view)
{
	Failure failure; /* not cleared: it is large, and this runs a row */

	if (problem != RECORD_FINE)
		report_record_problem(table->reader, problem, column, 0, NULL);
	CHECK_COLUMNS(encoder_encode(&table->encoder, cells, view, &failure),
				  failure);
}

void
cached_model_encode(CachedModel *cached, Datum value, Oid type, RowView *view)
{
	CachedTable *table = cached->table;
	RecordProblem problem;
	RowRoles roles;
	uint32 column;
	const Cell *cells = record_reader_read(table->reader, value, type, &roles,
										   &problem, &column);

	cached->offset = roles.offset;
	encode(table, cells, problem, column, view);
}

void
cached_model_encode_fields(CachedModel *cached, int32 typmod,
						   const NullableDatum *fields, RowView *view)
{
	CachedTable *table = cached->table;
	RecordProblem problem;
	RowRoles roles;
	uint32 column;
	const Cell *cells = record_reader_read_fields(
		table->reader, typmod, fields, &roles, &problem, &column);

	cached->offset = roles.offset;
	encode(table, cells, problem, column, view);
}

void
cached_model_encode_values(CachedModel *cached, const JsonbValue *values,
						   double offset, RowView *view)
{
	CachedTable *table = cached->table;
	RecordProblem problem;
	uint32 column;
	const Cell *cells =
		record_reader_read_values(table->reader, values, &problem, &column);

	cached->offset = offset;
	encode(table, cells, problem, column, view);
}

void
cached_model_encode_numbers(CachedModel *cached, const double *numbers,
							RowView *view)
{
	uint32 count = cached->model.columns->count;
	Cell *cells = palloc0((count + 1) * sizeof(Cell));

	cached->offset = 0.0;

	for (uint32 i = 0; i < count; i++)
	{
		cells[i].number = numbers[i];
		if (!isfinite(numbers[i]))
			encode(cached->table, cells, RECORD_NOT_FINITE, i, view);
	}
	encode(cached->table, cells, RECORD_FINE, 0, view);
	pfree(cells);
}

uint32
cached_model_level(const CachedModel *cached, uint32 piece)
{
	return cached->table->encoder.codes[piece];
}
