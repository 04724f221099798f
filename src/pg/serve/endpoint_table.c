/*
 * endpoint_table.c
 *		linlearn_create_endpoint, linlearn_update_endpoint,
 *		linlearn_delete_endpoint: rows of linlearn_endpoints, with the caller's
 *		rights.
 */
#include "pg/serve/endpoint.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pg/base/own_schema.h"
#include "pg/serve/registry_table.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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
 * Its bytes are looked at, so that nobody who may read only other columns gets
 * on, and no endpoint is made of what is no model.
 */
static int32
find_version(Oid schema, const char *model, bool latest, int32 version)
{
	Oid types[2] = {TEXTOID, INT4OID};
	Datum values[2] = {CStringGetTextDatum(model), Int32GetDatum(version)};
	char nulls[3] = {' ', latest ? 'n' : ' ', '\0'};
	bool null;
	const char *quoted = own_schema_name(schema);
	char *query =
		psprintf("SELECT version, %s.linlearn_is_model(model) "
				 "FROM %s.linlearn_models "
				 "WHERE name OPERATOR(pg_catalog.=) $1 "
				 "AND ($2 IS NULL OR version OPERATOR(pg_catalog.=) $2) "
				 "ORDER BY version DESC LIMIT 1",
				 quoted, quoted);

	if (SPI_execute_with_args(query, 2, types, values, nulls, false, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read linlearn_models");
	if (SPI_processed == 0)
		no_model_error(model, latest, version);
	version = DatumGetInt32(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
	if (!DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
									SPI_tuptable->tupdesc, 2, &null)))
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("version %d of model \"%s\" is damaged", version, model),
			 errhint("linlearn_model_catalog says what is wrong.")));
	return version;
}

/* Check that arguments 0 and 1, two names, are given. */
static void
check_names(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("name of %s is NULL",
						PG_ARGISNULL(0) ? "the endpoint" : "the model")));
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
	Oid schema = own_schema(fcinfo);
	Oid types[3] = {TEXTOID, TEXTOID, INT4OID};
	Datum values[3];
	int32 version;
	int result;

	check_names(fcinfo);
	check_registry(schema);
	SPI_connect();
	version = find_version(schema, text_to_cstring(PG_GETARG_TEXT_PP(1)),
						   PG_ARGISNULL(2),
						   PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2));
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = Int32GetDatum(version);
	result =
		SPI_execute_with_args(psprintf(statement, own_schema_name(schema)), 3,
							  types, values, NULL, false, 0);
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
							   own_schema_name(own_schema(fcinfo)));
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

/*
 * Find the identity of a model's row, with the rights of its table's owner:
 * who may see the row need not have rights on that column.
 */
static Datum
model_identity(Oid schema, const char *model, int32 version, bool *null)
{
	Oid types[2] = {TEXTOID, INT4OID};
	Datum values[2] = {CStringGetTextDatum(model), Int32GetDatum(version)};
	OwnerRights rights =
		owner_rights_begin(registry_table(schema, "linlearn_models"));

	SPI_execute_with_args(psprintf("SELECT model_id FROM %s.linlearn_models "
								   "WHERE name OPERATOR(pg_catalog.=) $1 "
								   "AND version OPERATOR(pg_catalog.=) $2",
								   own_schema_name(schema)),
						  2, types, values, NULL, false, 1);
	owner_rights_end(rights);
	*null = SPI_processed == 0;
	return *null ? (Datum) 0
				 : SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
								 1, null);
}

/*
 * The identity that an endpoint is to hold.  The owner may give one, as dumps
 * and replication do, and keep that of a model that has another name now.
 */
static Datum
settle_identity(const TriggerData *trigger, Oid schema, const char *model,
				int32 version, bool *null)
{
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);
	int column = SPI_fnumber(columns, "model_id");
	bool update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	Datum given = SPI_getbinval(trigger_row(trigger), columns, column, null);
	Datum found;
	bool lost = *null;

	if (!trigger_by_owner(trigger))
		(void) find_version(schema, model, false, version);
	else if (!lost && (!update || trigger_changes(trigger, "model_id")))
		return given;
	found = model_identity(schema, model, version, null);
	if (*null && !trigger_by_owner(trigger))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("version %d of model \"%s\" is hidden from the owner "
						"of linlearn_models",
						version, model),
				 errdetail("An endpoint reads its model with that owner's "
						   "rights, to which policies apply, too, by FORCE "
						   "ROW LEVEL SECURITY.")));
	if (!*null || lost || !update)
		return found;
	*null = trigger_changes(trigger, "model_name") ||
			trigger_changes(trigger, "model_version");
	return given;
}

PG_FUNCTION_INFO_V1(linlearn_check_endpoint);

/*
 * Trigger: who points an endpoint to a model must be able to read that model,
 * and the endpoint holds the identity of its row.  The table's owner can read
 * all, and restores a dump in any order.
 */
Datum
linlearn_check_endpoint(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger =
		registry_trigger(fcinfo, "linlearn_check_endpoint",
						 "linlearn_endpoints", BEFORE_WRITING);
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);
	HeapTuple row = trigger_row(trigger);
	int column = SPI_fnumber(columns, "model_id");
	char *model;
	char *version;

	SPI_connect();
	model = trigger_text(trigger, row, "model_name");
	version = trigger_text(trigger, row, "model_version");
	/* the owner may restore a dump before the extension is updated */
	if (column < 0 && !trigger_by_owner(trigger))
		check_registry(own_schema(fcinfo));
	if (model != NULL && version != NULL && column > 0)
	{
		bool null;
		Datum id = settle_identity(trigger, own_schema(fcinfo), model,
								   pg_strtoint32(version), &null);

		row = SPI_modifytuple(trigger->tg_relation, row, 1, &column, &id,
							  null ? "n" : " ");
	}
	SPI_finish();
	return PointerGetDatum(row);
}
