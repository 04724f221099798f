/*
 * fit_result.h
 *		What linlearn_fit saves and returns, of a query and of a relation.
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

/* What a model is saved with; a card is a JSON object. */
typedef struct FitNotes
{
	NullableDatum description;
	NullableDatum card;
} FitNotes;

/* Reads two arguments, and refuses a card that is no object. */
extern FitNotes fit_notes(FunctionCallInfo fcinfo, int description, int card);

/* An error where the user may not save the model, or evaluate it if it is to be. */
extern void fit_check_rights(Oid schema, bool evaluated);

/* Saves the model; its version.  SPI is connected. */
extern int32 fit_save(const char *schema, Datum name, Datum model,
					  const FitNotes *notes);

#endif
