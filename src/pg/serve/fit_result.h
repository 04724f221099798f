/*
 * fit_result.h
 *		What linlearn_fit returns, of a query and of a relation.
 */
#ifndef LINLEARN_PG_SERVE_FIT_RESULT_H
#define LINLEARN_PG_SERVE_FIT_RESULT_H

#include "pg/base/version.h"

/* Columns of the result in their order. */
enum
{
	RESULT_VERSION,
	RESULT_TRAIN_ROWS,
	RESULT_VALIDATION_ROWS,
	RESULT_TEST_ROWS,
	RESULT_SKIPPED_ROWS,
	RESULT_METRICS,
	RESULT_SECONDS,
	RESULT_COLUMNS
};

/* Fills in what a model says of its rows; how many of them are for the test. */
extern uint64 fit_result_rows(Datum *values, bytea *model);

#endif
