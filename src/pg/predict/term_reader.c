/*
 * term_reader.c
 *		What a model's features are called, as values of SQL.
 */
#include "pg/predict/term_reader.h"

#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

void
term_reader_init(TermReader *terms, const Model *model)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Failure failure;

	terms->model = model;
	terms->row = AllocSetContextCreate(CurrentMemoryContext, "linlearn terms",
									   ALLOCSET_SMALL_SIZES);
	term_text_init(&terms->text, &runtime);
	if (model->columns != NULL)
		CHECK_STATUS(
			term_names_init(&terms->names, model->columns, &runtime, &failure),
			failure);
}

Datum
term_reader_datum(const TermText *text)
{
	const char *server = server_of_utf8(text->bytes, text->size);

	return PointerGetDatum(server == text->bytes
							   ? cstring_to_text_with_len(server, text->size)
							   : cstring_to_text(server));
}

void
term_reader_need(bool named)
{
	Failure failure;

	if (!named)
	{
		(void) fail_no_memory(&failure);
		report_failure(&failure);
	}
}

void
term_reader_name(TermReader *terms, uint32 feature, Datum *values, bool *nulls)
{
	TermText *text = &terms->text;
	char number[32];
	bool none;

	nulls[TERM_COLUMN] = nulls[TERM_LEVEL] = true;
	nulls[TERM_NAME] = false;
	if (feature == terms->model->dimension || terms->model->columns == NULL)
	{
		snprintf(number, sizeof(number), "feature %u", feature + 1);
		values[TERM_NAME] = CStringGetTextDatum(
			feature == terms->model->dimension ? "(bias)" : number);
		return;
	}
	term_reader_need(term_column(&terms->names, feature, text));
	values[TERM_COLUMN] = term_reader_datum(text);
	term_reader_need(term_level(&terms->names, feature, text, &none));
	values[TERM_LEVEL] = none ? (Datum) 0 : term_reader_datum(text);
	term_reader_need(term_name(&terms->names, feature, text));
	values[TERM_NAME] = term_reader_datum(text);
	nulls[TERM_COLUMN] = false;
	nulls[TERM_LEVEL] = none;
}
