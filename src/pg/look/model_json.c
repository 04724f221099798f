/*
 * model_json.c
 *		linlearn_model_json and linlearn_model_from_json.
 */
#include "pg/base/version.h"

#include "formats/model_json.h"
#include "pg/base/runtime.h"
#include "pg/base/text_encoding.h"
#include "pg/look/model_check.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* Makes a value of bytes, or says that PostgreSQL has none so large. */
static Datum
make_value(const void *bytes, size_t size)
{
	if (size > MaxAllocSize - VARHDRSZ)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the model takes %zu bytes", size),
						errdetail("A value of PostgreSQL's has at most %zu.",
								  (size_t) (MaxAllocSize - VARHDRSZ))));
	return PointerGetDatum(cstring_to_text_with_len(bytes, (int) size));
}

PG_FUNCTION_INFO_V1(linlearn_model_json);

/* linlearn_model_json(bytea) */
Datum
linlearn_model_json(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Failure failure;
	char *text;
	size_t length;
	Status status = model_check(bytes, &failure);

	CHECK_STATUS(status, failure);
	status = model_json_write(
		(const uint8_t *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes),
		GetDatabaseEncoding() != PG_UTF8, &runtime, &text, &length, &failure);
	CHECK_STATUS(status, failure);
	PG_RETURN_DATUM(make_value(text, length));
}

/* The model of a JSON text in the database's encoding. */
static Datum
model_of_text(const char *text, size_t length)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	const char *utf8 = utf8_of_server(text, length);
	Failure failure;
	uint8_t *bytes;
	size_t size;
	Status status = model_json_read(utf8, utf8 == text ? length : strlen(utf8),
									&runtime, &bytes, &size, &failure);

	CHECK_STATUS(status, failure);
	return make_value(bytes, size);
}

PG_FUNCTION_INFO_V1(linlearn_model_from_json);

/* linlearn_model_from_json(json), and of text */
Datum
linlearn_model_from_json(PG_FUNCTION_ARGS)
{
	text *json = PG_GETARG_TEXT_PP(0);

	PG_RETURN_DATUM(model_of_text(VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json)));
}

PG_FUNCTION_INFO_V1(linlearn_model_from_jsonb);

/* linlearn_model_from_json(jsonb) */
Datum
linlearn_model_from_jsonb(PG_FUNCTION_ARGS)
{
	Jsonb *json = PG_GETARG_JSONB_P(0);
	char *text = JsonbToCString(NULL, &json->root, VARSIZE(json));

	PG_RETURN_DATUM(model_of_text(text, strlen(text)));
}
