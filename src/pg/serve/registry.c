/*
 * registry.c
 *		linlearn_save_model, linlearn_model, linlearn_delete_model.
 *
 * They run with the caller's rights, so that GRANT and row level security on
 * linlearn_models say who may do what.
 */
#include "pg/serve/registry.h"

#include "catalog/pg_type.h"
#include "core/model/model.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/base/own_schema.h"
#include "pg/base/runtime.h"
#include "pg/look/model_check.h"
#include "pg/serve/execution.h"
#include "pg/serve/registry_table.h"
#include "pg/serve/versions.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Longest name of a model, in characters. */
#define MAX_NAME_LENGTH 200

char *
registry_name_argument(FunctionCallInfo fcinfo, int argument)
{
	char *name;
	int length;

	if (PG_ARGISNULL(argument))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("model name must not be NULL")));
	name = text_to_cstring(PG_GETARG_TEXT_PP(argument));
	length = pg_mbstrlen(name);
	if (length < 1 || length > MAX_NAME_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("model name must have 1 to %d characters, not %d",
						MAX_NAME_LENGTH, length)));
	return name;
}

int
registry_version_argument(FunctionCallInfo fcinfo, int argument)
{
	if (PG_ARGISNULL(argument))
		return 0;
	if (PG_GETARG_INT32(argument) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("model version must be 1 or more, not %d",
							   PG_GETARG_INT32(argument))));
	return PG_GETARG_INT32(argument);
}

void
no_such_model(const char *name, int version)
{
	if (version > 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("model \"%s\" has no version %d", name, version),
				 errhint("SELECT name, version FROM linlearn_models lists "
						 "what there is.")));
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("model \"%s\" does not exist", name),
					errhint("SELECT name, version FROM linlearn_models lists "
							"what there is.")));
}

bytea *
registry_fetch(const char *schema, const char *name, int *version, bool fresh)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid types[2] = {TEXTOID, INT4OID};
	Datum values[2] = {CStringGetTextDatum(name), Int32GetDatum(*version)};
	char nulls[2] = {' ', *version > 0 ? ' ' : 'n'};
	bytea *model;
	bool is_null;

	SPI_connect();
	SPI_execute_with_args(
		psprintf("SELECT model, version FROM %s.linlearn_models "
				 "WHERE name OPERATOR(pg_catalog.=) $1 AND "
				 "($2 IS NULL OR version OPERATOR(pg_catalog.=) $2) "
				 "ORDER BY version DESC LIMIT 1",
				 schema),
		2, types, values, nulls, !fresh, 1);
	if (SPI_processed == 0)
		no_such_model(name, *version);
	model = DatumGetByteaP(SPI_getbinval(SPI_tuptable->vals[0],
										 SPI_tuptable->tupdesc, 1, &is_null));
	{
		MemoryContext old = MemoryContextSwitchTo(caller);
		Size size = VARSIZE(model);
		bytea *copy = palloc(size);

		memcpy(copy, model, size);
		model = copy;
		MemoryContextSwitchTo(old);
	}
	*version = DatumGetInt32(SPI_getbinval(
		SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &is_null));
	SPI_finish();
	return model;
}

/* Insert a row; a trigger gives it the next version, which is returned. */
static int
insert_version(const char *schema, const char *name, bytea *model,
			   NullableDatum description, NullableDatum card)
{
	Oid types[4] = {TEXTOID, BYTEAOID, TEXTOID, JSONBOID};
	Datum values[4] = {CStringGetTextDatum(name), PointerGetDatum(model),
					   description.value, card.value};
	char nulls[4] = {' ', ' ', description.isnull ? 'n' : ' ', ' '};
	char *insert = psprintf(
		"INSERT INTO %s.linlearn_models "
		"(name, model, description%s) VALUES ($1, $2, $3%s)",
		schema, card.isnull ? "" : ", card", card.isnull ? "" : ", $4");
	int32 *outer = version_wanted;
	int32 version = 0;

	version_wanted = &version;
	PG_TRY();
	{
		SPI_execute_with_args(insert, card.isnull ? 3 : 4, types, values,
							  nulls, false, 0);
	}
	PG_FINALLY();
	{
		version_wanted = outer;
	}
	PG_END_TRY();
	return version;
}

void
registry_check_card(NullableDatum card)
{
	if (!card.isnull && !JB_ROOT_IS_OBJECT(DatumGetJsonbP(card.value)))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a card is a JSON object"),
						errhint("For example {\"intended_use\": \"...\", "
								"\"data\": \"...\", \"owner\": \"...\"}.")));
}

/* An argument that a function may lack. */
static NullableDatum
optional_argument(FunctionCallInfo fcinfo, int argument)
{
	NullableDatum value = {.isnull = true};

	return argument < PG_NARGS() ? fcinfo->args[argument] : value;
}

/* linlearn_save_model(name, model, description [, card]) → version */
PG_FUNCTION_INFO_V1(linlearn_save_model);
Datum
linlearn_save_model(PG_FUNCTION_ARGS)
{
	char *name = registry_name_argument(fcinfo, 0);
	NullableDatum card;
	bytea *model;
	int version;
	Failure failure;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("model must not be NULL"),
						errhint("A training over no rows gives no model.")));
	model = PG_GETARG_BYTEA_P(1);
	CHECK_STATUS(model_check(model, &failure), failure);
	card = optional_argument(fcinfo, 3);
	registry_check_card(card);
	check_registry(own_schema(fcinfo));
	SPI_connect();
	version = insert_version(own_schema_name(own_schema(fcinfo)), name, model,
							 optional_argument(fcinfo, 2), card);
	SPI_finish();
	PG_RETURN_INT32(version);
}

/* What a call site of linlearn_model keeps for one execution of a statement. */
typedef struct FetchCall
{
	ExecutionView view;
	char *name;
	int version; /* as it was asked for */
	bytea *model;
	MemoryContext context; /* of name and model */
} FetchCall;

/* Fetches the model that was asked for, and keeps it where it may be kept. */
static bytea *
fetch_for_call(FetchCall *call, Oid schema, const char *name, int version,
			   ExecutionView view)
{
	MemoryContext old;
	int found = version;
	bytea *model =
		registry_fetch(own_schema_name(schema), name, &found, false);

	call->model = NULL;
	MemoryContextReset(call->context);
	if (!view.kept || has_policies(registry_table(schema, "linlearn_models")))
		return model;
	old = MemoryContextSwitchTo(call->context);
	call->view = view;
	call->name = pstrdup(name);
	call->version = version;
	call->model = (bytea *) datumCopy(PointerGetDatum(model), false, -1);
	MemoryContextSwitchTo(old);
	pfree(model);
	return call->model;
}

/* linlearn_model(name, version) → its bytes */
PG_FUNCTION_INFO_V1(linlearn_model);
Datum
linlearn_model(PG_FUNCTION_ARGS)
{
	char *name = registry_name_argument(fcinfo, 0);
	int version = registry_version_argument(fcinfo, 1);
	ExecutionView view = execution_view(fcinfo);
	FetchCall *call = fcinfo->flinfo->fn_extra;

	if (call == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		call = MemoryContextAllocZero(context, sizeof(FetchCall));
		call->context = AllocSetContextCreate(
			context, "linlearn fetched model", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = call;
	}
	if (call->model != NULL && execution_view_holds(&call->view, &view) &&
		call->version == version && strcmp(call->name, name) == 0)
		PG_RETURN_BYTEA_P(call->model);
	PG_RETURN_BYTEA_P(
		fetch_for_call(call, own_schema(fcinfo), name, version, view));
}

/* linlearn_delete_model(name, version) → how many versions went */
PG_FUNCTION_INFO_V1(linlearn_delete_model);
Datum
linlearn_delete_model(PG_FUNCTION_ARGS)
{
	char *name = registry_name_argument(fcinfo, 0);
	int version = registry_version_argument(fcinfo, 1);
	Oid types[2] = {TEXTOID, INT4OID};
	Datum values[2] = {CStringGetTextDatum(name), Int32GetDatum(version)};
	char nulls[2] = {' ', version > 0 ? ' ' : 'n'};
	uint64 deleted;

	SPI_connect();
	SPI_execute_with_args(
		psprintf("DELETE FROM %s.linlearn_models "
				 "WHERE name OPERATOR(pg_catalog.=) $1 AND "
				 "($2 IS NULL OR version OPERATOR(pg_catalog.=) $2)",
				 own_schema_name(own_schema(fcinfo))),
		2, types, values, nulls, false, 0);
	deleted = SPI_processed;
	SPI_finish();
	if (deleted == 0)
		no_such_model(name, version);
	PG_RETURN_INT32((int32) deleted);
}
