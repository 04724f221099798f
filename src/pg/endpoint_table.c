/*
 * endpoint_table.c
 *		linlearn_create_endpoint, linlearn_update_endpoint,
 *		linlearn_delete_endpoint: rows of linlearn_endpoints, with the caller's
 *		rights.
 */
#include "pg/endpoint.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* The schema of the function that is running. */
static Oid
called_schema(FunctionCallInfo fcinfo)
{
	return get_func_namespace(fcinfo->flinfo->fn_oid);
}

/* Report a model, or a version of it, that is not there. */
static void
no_model_error(const char *model, bool any_version, int32 version)
{
	if (any_version)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("model \"%s\" does not exist", model)));
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("version %d of model \"%s\" does not exist",
						   version, model)));
}

/*
 * Find the version asked for among those the caller may read, or the latest.
 */
static int32
find_version(Oid schema, const char *model, bool latest, int32 version)
{
	Oid types[2] = {TEXTOID, INT4OID};
	Datum values[2] = {CStringGetTextDatum(model), Int32GetDatum(version)};
	char nulls[3] = {' ', latest ? 'n' : ' ', '\0'};
	bool null;
	char *query =
		psprintf("SELECT version FROM %s.linlearn_models "
				 "WHERE name OPERATOR(pg_catalog.=) $1 "
				 "AND ($2 IS NULL OR version OPERATOR(pg_catalog.=) $2) "
				 "ORDER BY version DESC LIMIT 1",
				 endpoint_schema_name(schema));

	if (SPI_execute_with_args(query, 2, types, values, nulls, false, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read linlearn_models");
	if (SPI_processed == 0)
		no_model_error(model, latest, version);
	return DatumGetInt32(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
}

/* Check that arguments 0 and 1, two names, are given. */
static void
check_names(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("name of %s is NULL",
							   PG_ARGISNULL(0) ? "the endpoint"
											   : "the model")));
	if (VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)) == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("name of the endpoint is empty")));
}

/*
 * Point an endpoint to a model by a statement with the parameters name, model,
 * version; returns the version.  *changed tells whether a row was written.
 */
static int32
point_endpoint(FunctionCallInfo fcinfo, const char *statement, bool *changed)
{
	Oid schema = called_schema(fcinfo);
	Oid types[3] = {TEXTOID, TEXTOID, INT4OID};
	Datum values[3];
	int32 version;
	int result;

	check_names(fcinfo);
	SPI_connect();
	version = find_version(schema, text_to_cstring(PG_GETARG_TEXT_PP(1)),
						   PG_ARGISNULL(2),
						   PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2));
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = Int32GetDatum(version);
	result = SPI_execute_with_args(
		psprintf(statement, endpoint_schema_name(schema)), 3, types, values,
		NULL, false, 0);
	if (result != SPI_OK_INSERT && result != SPI_OK_UPDATE)
		elog(ERROR, "could not write linlearn_endpoints");
	*changed = SPI_processed > 0;
	SPI_finish();
	return version;
}

PG_FUNCTION_INFO_V1(linlearn_create_endpoint);

/* linlearn_create_endpoint(name, model_name, version) */
Datum
linlearn_create_endpoint(PG_FUNCTION_ARGS)
{
	bool created;
	int32 version = point_endpoint(
		fcinfo,
		"INSERT INTO %s.linlearn_endpoints (name, model_name, model_version) "
		"VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		&created);

	if (!created)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("endpoint \"%s\" already exists",
						text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errhint("linlearn_update_endpoint points it to another "
						 "model.")));
	PG_RETURN_INT32(version);
}

/* Report an endpoint that is not there. */
static void
no_endpoint_error(FunctionCallInfo fcinfo)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("endpoint \"%s\" does not exist",
						   text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

PG_FUNCTION_INFO_V1(linlearn_update_endpoint);

/* linlearn_update_endpoint(name, model_name, version) */
Datum
linlearn_update_endpoint(PG_FUNCTION_ARGS)
{
	bool updated;
	int32 version = point_endpoint(
		fcinfo,
		"UPDATE %s.linlearn_endpoints SET model_name = $2, model_version = $3 "
		"WHERE name OPERATOR(pg_catalog.=) $1",
		&updated);

	if (!updated)
		no_endpoint_error(fcinfo);
	PG_RETURN_INT32(version);
}

PG_FUNCTION_INFO_V1(linlearn_delete_endpoint);

/* linlearn_delete_endpoint(name) */
Datum
linlearn_delete_endpoint(PG_FUNCTION_ARGS)
{
	Oid types[1] = {TEXTOID};
	Datum values[1] = {PG_GETARG_DATUM(0)};
	char *statement = psprintf("DELETE FROM %s.linlearn_endpoints "
							   "WHERE name OPERATOR(pg_catalog.=) $1",
							   endpoint_schema_name(called_schema(fcinfo)));
	bool deleted;

	SPI_connect();
	if (SPI_execute_with_args(statement, 1, types, values, NULL, false, 0) !=
		SPI_OK_DELETE)
		elog(ERROR, "could not write linlearn_endpoints");
	deleted = SPI_processed > 0;
	SPI_finish();
	if (!deleted)
		no_endpoint_error(fcinfo);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(linlearn_check_endpoint);

/*
 * The trigger's call; an error unless it is fired as the extension declares it,
 * for the extension's own table.
 */
static const TriggerData *
endpoint_trigger(FunctionCallInfo fcinfo)
{
	const TriggerData *trigger = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
		  TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)) ||
		RelationGetRelid(trigger->tg_relation) !=
			get_relname_relid("linlearn_endpoints", called_schema(fcinfo)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("linlearn_check_endpoint can only be called as the row "
						"trigger of linlearn_endpoints before INSERT or "
						"UPDATE")));
	return trigger;
}

/*
 * Trigger: who points an endpoint to a model must be able to read that model.
 * The table's owner can read all, and restores a dump in any order.
 */
Datum
linlearn_check_endpoint(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = endpoint_trigger(fcinfo);
	TupleDesc columns;
	HeapTuple tuple;
	char *model;
	char *version;

	columns = RelationGetDescr(trigger->tg_relation);
	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
													   : trigger->tg_trigtuple;
	if (has_privs_of_role(GetUserId(), trigger->tg_relation->rd_rel->relowner))
		return PointerGetDatum(tuple);
	model = SPI_getvalue(tuple, columns, SPI_fnumber(columns, "model_name"));
	version =
		SPI_getvalue(tuple, columns, SPI_fnumber(columns, "model_version"));
	if (model != NULL && version != NULL)
	{
		SPI_connect();
		(void) find_version(called_schema(fcinfo), model, false,
							pg_strtoint32(version));
		SPI_finish();
	}
	return PointerGetDatum(tuple);
}
