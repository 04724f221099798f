/*
 * cached_table.c
 *		Rows of tables, or JSON objects, as the features of a cached model.
 */
#include "pg/predict/cached_table.h"

#include "core/columns/encoder.h"
#include "pg/base/runtime.h"
#include "pg/values/column_failure.h"
#include "pg/values/record_reader.h"

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
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 row ? errmsg("the model takes arrays, not rows of a table")
				 : errmsg("the model takes rows of a table, not arrays"),
			 row ? errhint("Give features as they were in training.")
				 : errhint("Give the row itself, one that a sub-select names "
						   "the columns of, or a jsonb object.")));
	pg_unreachable();
}

void
cached_model_encode(CachedModel *cached, Datum value, Oid type, RowView *view)
{
	CachedTable *table = cached->table;
	RecordProblem problem;
	uint32 column;
	Failure failure; /* not cleared: it is large, and this runs a row */
	const Cell *cells = record_reader_read(table->reader, value, type, NULL,
										   &problem, &column);

	if (problem != RECORD_FINE)
		report_record_problem(table->reader, problem, column, 0, NULL);
	CHECK_COLUMNS(encoder_encode(&table->encoder, cells, view, &failure),
				  failure);
}
