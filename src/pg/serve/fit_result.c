/*
 * fit_result.c
 *		What linlearn_fit saves and returns, of a query and of a relation.
 */
#include "pg/serve/fit_result.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pg/predict/model_cache.h"
#include "pg/serve/registry.h"
#include "pg/serve/registry_table.h"
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

FitNotes
fit_notes(FunctionCallInfo fcinfo, int description, int card)
{
	FitNotes notes = {fcinfo->args[description], fcinfo->args[card]};

	registry_check_card(notes.card);
	return notes;
}

void
fit_check_rights(Oid schema, bool evaluated)
{
	const char *what = "linlearn_fit()";

	registry_check_rights(schema, "linlearn_models", ACL_INSERT, what);
	if (!evaluated)
		return;
	registry_check_rights(schema, "linlearn_models", ACL_SELECT, what);
	registry_check_rights(schema, "linlearn_evaluations", ACL_INSERT, what);
}

int32
fit_save(const char *schema, Datum name, Datum model, const FitNotes *notes)
{
	Oid types[4] = {TEXTOID, BYTEAOID, TEXTOID, JSONBOID};
	Datum values[4] = {name, model, notes->description.value,
					   notes->card.value};
	char nulls[4] = {' ', ' ', notes->description.isnull ? 'n' : ' ',
					 notes->card.isnull ? 'n' : ' '};
	bool null;

	SPI_execute_with_args(
		psprintf("SELECT %s.linlearn_save_model($1, $2, $3, $4)", schema), 4,
		types, values, nulls, false, 1);
	return DatumGetInt32(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}
