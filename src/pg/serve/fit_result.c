/*
 * fit_result.c
 *		What linlearn_fit returns, of a query and of a relation.
 */
#include "pg/serve/fit_result.h"

#include "pg/predict/model_cache.h"
#include "utils/memutils.h"

uint64
fit_result_rows(Datum *values, bytea *bytes)
{
	CachedModel *cached =
		cached_model_create((struct varlena *) bytes, CurrentMemoryContext);
	const Model *model = &cached->model;
	uint64 test_rows = model->channels[CHANNEL_TEST].rows;

	values[RESULT_TRAIN_ROWS] =
		Int64GetDatum((int64) model->channels[CHANNEL_TRAIN].rows);
	values[RESULT_VALIDATION_ROWS] =
		Int64GetDatum((int64) model->channels[CHANNEL_VALIDATION].rows);
	values[RESULT_TEST_ROWS] = Int64GetDatum((int64) test_rows);
	values[RESULT_SKIPPED_ROWS] =
		Int64GetDatum((int64) (model->skipped_rows + model->unlabelled_rows));
	MemoryContextDelete(cached->context);
	return test_rows;
}
