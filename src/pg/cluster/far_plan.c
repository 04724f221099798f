/*
 * far_plan.c
 *		The plan of columns of rows that stay where they are: by a survey of them.
 */
#include "core/columns/plan.h"
#include "core/shards/shard_point.h"
#include "core/shards/shard_survey.h"
#include "pg/base/runtime.h"
#include "pg/cluster/far_columns.h"
#include "pg/cluster/survey_columns.h"
#include "pg/cluster/terms.h"
#include "pg/train/table_state.h"
#include "pg/train/train_columns.h"
#include "pg/values/column_failure.h"
#include "pg/values/record_columns.h"

/* Most terms of columns: rows of so many numbers are summed. */
#define MOST_TERMS SHARD_MAX_DIMENSION

/* The places that the reader's columns have in a survey. */
static uint32 *
find_places(RecordReader *reader, ShardColumns *survey, uint32 *count)
{
	uint32 *places, known;
	const Column *columns;

	for (uint32 i = 0; i < survey->count; i++)
		(void) record_reader_add(reader, &survey->columns[i].given);
	columns = record_reader_columns(reader, count);
	places = palloc((*count + 1) * sizeof(uint32));
	for (uint32 i = 0; i < *count; i++)
	{
		Failure failure = {0};

		known = survey->count;
		CHECK_COLUMNS(
			shard_columns_place(survey, &columns[i], &places[i], &failure),
			failure);
		if (places[i] == known)
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("column \"%s\" is missing from some rows",
								   record_column_name(&columns[i]))));
	}
	return places;
}

/* Decides the terms. */
static Plan *
make_plan(FarColumns *far, ShardColumns *columns,
		  const Hyperparameters *settings)
{
	PlanRequest request = {.reference =
							   train_columns_want_reference(settings)};
	Plan *plan = palloc0(sizeof(Plan));
	uint32 count, *places = find_places(far->reader, columns, &count);
	Failure failure = {0};
	CellStore store;
	Survey survey;

	CHECK_COLUMNS(shard_columns_survey(
					  columns, record_reader_columns(far->reader, &count),
					  places, count, &survey, &store, &failure),
				  failure);
	CHECK_COLUMNS(
		plan_columns(plan, &request, &survey, &store, NULL, &failure),
		failure);
	if (plan->columns.width > MOST_TERMS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("columns make %u terms, more than the %d that passes "
						"take",
						plan->columns.width, MOST_TERMS),
				 errhint("Options min_rows, max_levels and hash of a column "
						 "make fewer of its values.")));
	return plan;
}

void
far_columns_plan(FarColumns *far, Passes *passes,
				 const Hyperparameters *settings)
{
	bytea *bytes = passes_run(passes, passes->columns, NULL);
	ShardColumns *columns;

	if (bytes == NULL)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("source has no row to train on")));
	columns = columns_survey_read(bytes, CurrentMemoryContext);
	memcpy(far->rows, columns->rows, sizeof(far->rows));
	if (columns->rows[CHANNEL_TRAIN] == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND), errmsg("no training rows"),
				 errdetail("Rows of other channels: " UINT64_FORMAT
						   ", rows with a NULL label: " UINT64_FORMAT ".",
						   columns->rows[CHANNEL_VALIDATION] +
							   columns->rows[CHANNEL_TEST],
						   columns->unlabelled)));
	far->table = palloc0(sizeof(TableState));
	far->table->options = far->options;
	far->table->reader = far->reader;
	far->table->plan = make_plan(far, columns, settings);
	passes->plan = terms_plan_write(&far->table->plan->columns);
	far->sparse = far->table->plan->format == ROWS_SPARSE;
	far->scaling = far->table->plan->scaling;
	if (!far->sparse)
		return;
	passes->survey = passes->sparse_survey;
	passes->gradient = passes->sparse_gradient;
}
