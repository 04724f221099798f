/*
 * model_check.c
 *		Whether bytes are a model, without an error for those that are not.
 */
#include "pg/look/model_check.h"

#include "core/model/model.h"
#include "lib/stringinfo.h"
#include "pg/base/json_text.h"
#include "pg/base/runtime.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

extern Datum linlearn_model_info(PG_FUNCTION_ARGS);

Status
model_check(bytea *bytes, Failure *failure)
{
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "linlearn model check", ALLOCSET_DEFAULT_SIZES);
	Runtime runtime = pg_runtime(context);
	Model model;
	Status status =
		model_decode((const uint8_t *) VARDATA_ANY(bytes),
					 VARSIZE_ANY_EXHDR(bytes), &runtime, &model, failure);

	MemoryContextDelete(context);
	return status;
}

PG_FUNCTION_INFO_V1(linlearn_is_model);

/* linlearn_is_model(bytea): in any database, whatever its encoding */
Datum
linlearn_is_model(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	Failure failure;
	Status status = model_check(bytes, &failure);

	/* what says nothing of the bytes is an error */
	if (status == LL_NO_MEMORY || status == LL_CANCELLED)
		report_failure(&failure);
	PG_FREE_IF_COPY(bytes, 0);
	PG_RETURN_BOOL(status == LL_OK);
}

/* Whether an error speaks of the bytes of a model. */
static bool
is_of_model(int sqlstate)
{
	return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_DATA_EXCEPTION ||
		   sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED ||
		   ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

/* The error at hand as {"problem": its message}; others go on. */
static Datum
problem_of_error(MemoryContext context)
{
	ErrorData *error;
	StringInfoData json;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (!is_of_model(error->sqlerrcode))
		PG_RE_THROW();
	FlushErrorState();
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"problem\": ");
	escape_json(&json, error->message);
	appendStringInfoChar(&json, '}');
	FreeErrorData(error);
	return json_text_to_jsonb(&json);
}

PG_FUNCTION_INFO_V1(linlearn_checked_model_info);

/*
 * linlearn_checked_model_info(bytea).  Decoding takes nothing but memory, so
 * that its errors need no subtransaction to be caught.
 */
Datum
linlearn_checked_model_info(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	volatile Datum result = (Datum) 0;

	PG_TRY();
	{
		result = linlearn_model_info(fcinfo);
	}
	PG_CATCH();
	{
		result = problem_of_error(context);
	}
	PG_END_TRY();
	return result;
}
