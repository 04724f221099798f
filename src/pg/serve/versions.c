/*
 * versions.c
 *		Versions of saved models, of which none is given out twice.
 *
 * linlearn_versions keeps the largest version that each name ever had; nobody
 * needs rights on it, since these triggers use it as its owner.  Its row is
 * locked by whoever saves that name, up to the end of the transaction.  Rows
 * also have an identity that nobody but the tables' owner can choose: an
 * endpoint holds that, so that no other row ever stands for what it points to.
 */
#include "pg/serve/versions.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pg/base/own_schema.h"
#include "pg/serve/registry_table.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

int32 *version_wanted = NULL;

/*
 * Run a command on one of the tables, with the rights of that table's owner and
 * of nobody else: what the owner hangs on it, triggers say, runs too.  Its
 * parameters are name, version and identity.
 */
static uint64
run(const char *command, Oid schema, const char *table, const char *name,
	int32 version, Datum id)
{
	Oid types[3] = {TEXTOID, INT4OID, UUIDOID};
	Datum values[3] = {CStringGetTextDatum(name), Int32GetDatum(version), id};
	char nulls[4] = {' ', ' ', id == (Datum) 0 ? 'n' : ' ', '\0'};
	const char *qualified = psprintf("%s.%s", own_schema_name(schema), table);
	OwnerRights rights = owner_rights_begin(registry_table(schema, table));

	if (SPI_execute_with_args(psprintf(command, qualified), 3, types, values,
							  nulls, false, 0) < 0)
		elog(ERROR, "could not write the registry: %s",
			 SPI_result_code_string(SPI_result));
	owner_rights_end(rights);
	return SPI_processed;
}

/* The number that a command's first row returned; 0: it is NULL. */
static int32
returned_number(void)
{
	bool null;
	Datum number =
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);

	return null ? 0 : DatumGetInt32(number);
}

/* Begin a name that has no versions yet; false if it is there. */
static bool
begin_name(Oid schema, const char *name, int32 version)
{
	return run("INSERT INTO %s (name, last_version) VALUES ($1, $2) "
			   "ON CONFLICT DO NOTHING",
			   schema, "linlearn_versions", name, version, (Datum) 0) > 0;
}

/* Lock a name, begun if it is new; returns the last version it is known by. */
static int32
lock_name(Oid schema, const char *name)
{
	while (run("SELECT last_version FROM %s "
			   "WHERE name OPERATOR(pg_catalog.=) $1 FOR UPDATE",
			   schema, "linlearn_versions", name, 0, (Datum) 0) == 0)
	{
		CHECK_FOR_INTERRUPTS();
		begin_name(schema, name, 0);
	}
	return returned_number();
}

/*
 * The next version of a name, which is locked.  Rows that came while the
 * trigger was off are not noted, nor are models of evaluations that were
 * restored without them.
 */
static int32
next_version(Oid schema, const char *name)
{
	int32 last = lock_name(schema, name);

	run("SELECT pg_catalog.max(version) FROM %s "
		"WHERE name OPERATOR(pg_catalog.=) $1",
		schema, "linlearn_models", name, 0, (Datum) 0);
	last = Max(last, returned_number());
	run("SELECT pg_catalog.max(version) FROM %s "
		"WHERE model OPERATOR(pg_catalog.=) $1",
		schema, "linlearn_evaluations", name, 0, (Datum) 0);
	last = Max(last, returned_number());
	if (last == PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_SEQUENCE_GENERATOR_LIMIT_EXCEEDED),
				 errmsg("model \"%s\" has no version after %d", name, last),
				 errdetail("The owner of linlearn_models put in the last one "
						   "that there is."),
				 errhint("Save under another name; or the owner deletes what "
						 "has that version and sets last_version in "
						 "linlearn_versions.")));
	return last + 1;
}

/* Note a version of a name that is locked. */
static void
note_version(Oid schema, const char *name, int32 version)
{
	run("UPDATE %s SET last_version = $2 "
		"WHERE name OPERATOR(pg_catalog.=) $1",
		schema, "linlearn_versions", name, version, (Datum) 0);
}

/* Give out the next version of a name. */
static int32
give_version(Oid schema, const char *name)
{
	int32 version = next_version(schema, name);

	note_version(schema, name, version);
	return version;
}

/* Note a version that the owner chose; false if it is not a new one. */
static bool
take_version(Oid schema, const char *name, int32 version)
{
	/* again, in case another session began the name meanwhile */
	for (int attempt = 0; attempt < 2; attempt++)
		if (run("UPDATE %s SET last_version = $2 "
				"WHERE name OPERATOR(pg_catalog.=) $1 "
				"AND last_version OPERATOR(pg_catalog.<) $2",
				schema, "linlearn_versions", name, version, (Datum) 0) > 0 ||
			begin_name(schema, name, version))
			return true;
	return false;
}

/*
 * Let other sessions write a table before or after this transaction.  Dumps are
 * restored by several at once: those that fill linlearn_versions must not meet
 * ours name by name, in another order, and those that fill linlearn_endpoints
 * and ours would not see each other's rows.
 */
static void
write_alone(Oid schema, const char *table)
{
	LockRelationOid(registry_table(schema, table), ShareRowExclusiveLock);
}

/*
 * Let endpoints that lost their model, or never knew its identity, have a row
 * that the tables' owner puts in: dumps of 0.1.0 have no identities.
 */
static void
adopt_endpoints(Oid schema, const char *name, int32 version, Datum id)
{
	write_alone(schema, "linlearn_endpoints");
	run("UPDATE %s SET model_id = $3 "
		"WHERE model_name OPERATOR(pg_catalog.=) $1 "
		"AND model_version OPERATOR(pg_catalog.=) $2 AND model_id IS NULL",
		schema, "linlearn_endpoints", name, version, id);
}

/* Give somebody the version that they chose, if it is the next one. */
static void
give_chosen_version(Oid schema, const char *name, int32 version)
{
	int32 next = next_version(schema, name);

	if (version < next)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version %d of model \"%s\" has been given out",
						version, name),
				 errdetail("No version is given out twice, nor one below it "
						   "afterwards."),
				 errhint("Leave the version out to get the next one.")));
	if (version > next)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version %d of model \"%s\" is not the next one",
						version, name),
				 errdetail("The next is %d; only the owner of linlearn_models "
						   "leaves versions out.",
						   next),
				 errhint("Leave the version out to get the next one.")));
	note_version(schema, name, version);
}

/* Choose or check the version of a row whose name or version is new. */
static int32
settle_version(const TriggerData *trigger, Oid schema, const char *name,
			   const char *wanted, Datum id)
{
	int32 version;

	if (wanted == NULL)
		return give_version(schema, name);
	version = pg_strtoint32(wanted);
	if (!trigger_by_owner(trigger))
	{
		give_chosen_version(schema, name, version);
		return version;
	}
	/* the owner restores dumps */
	write_alone(schema, "linlearn_versions");
	if (take_version(schema, name, version) &&
		TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		adopt_endpoints(schema, name, version, id);
	return version;
}

/* Whether there is a version to settle; constraints refuse the rest. */
static bool
needs_version(const TriggerData *trigger, const char *name, const char *wanted)
{
	if (name == NULL || (wanted != NULL && pg_strtoint32(wanted) < 1))
		return false;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		return true;
	return wanted != NULL && (trigger_changes(trigger, "name") ||
							  trigger_changes(trigger, "version"));
}

/* The identity that a row is to have. */
static Datum
settle_id(const TriggerData *trigger, HeapTuple row, bool *null)
{
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);
	int column = SPI_fnumber(columns, "model_id");

	*null = false;
	if (trigger_by_owner(trigger))
	{
		Datum id = SPI_getbinval(row, columns, column, null);

		if (!*null)
			return id;
		*null = false;
	}
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		return SPI_getbinval(trigger->tg_trigtuple, columns, column, null);
	return DirectFunctionCall1(gen_random_uuid, (Datum) 0);
}

PG_FUNCTION_INFO_V1(linlearn_number_model);

/*
 * Trigger of linlearn_models: a row without a version gets the next one of its
 * name; nobody but the owner puts in another one, or an identity.
 */
Datum
linlearn_number_model(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = registry_trigger(
		fcinfo, "linlearn_number_model", "linlearn_models", BEFORE_WRITING);
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);
	HeapTuple row = trigger_row(trigger);
	Oid schema = RelationGetNamespace(trigger->tg_relation);
	char *name;
	char *wanted;
	int numbers[2];
	Datum values[2];
	bool nulls[2] = {false, false};

	SPI_connect();
	name = trigger_text(trigger, row, "name");
	wanted = trigger_text(trigger, row, "version");
	numbers[0] = SPI_fnumber(columns, "version");
	numbers[1] = SPI_fnumber(columns, "model_id");
	values[0] = SPI_getbinval(row, columns, numbers[0], &nulls[0]);
	values[1] = settle_id(trigger, row, &nulls[1]);
	if (needs_version(trigger, name, wanted))
	{
		int32 *answer = version_wanted;
		int32 version;

		version_wanted = NULL;
		version = settle_version(trigger, schema, name, wanted, values[1]);
		if (answer != NULL)
			*answer = version;
		values[0] = Int32GetDatum(version);
		nulls[0] = false;
	}
	row = SPI_modifytuple(
		trigger->tg_relation, row, 2, numbers, values,
		(const char[]){nulls[0] ? 'n' : ' ', nulls[1] ? 'n' : ' '});
	SPI_finish();
	return PointerGetDatum(row);
}

PG_FUNCTION_INFO_V1(linlearn_keep_version);

/*
 * Trigger of linlearn_versions: a row for a name that has one raises that
 * one's number.  A dump's rows meet those that its models have made.
 */
Datum
linlearn_keep_version(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = registry_trigger(
		fcinfo, "linlearn_keep_version", "linlearn_versions", BEFORE_WRITING);
	HeapTuple row = trigger_row(trigger);
	bool kept = false;
	char *name;
	char *version;

	SPI_connect();
	name = trigger_text(trigger, row, "name");
	version = trigger_text(trigger, row, "last_version");
	if (name != NULL && version != NULL &&
		TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		kept = run("UPDATE %s SET last_version = GREATEST(last_version, $2) "
				   "WHERE name OPERATOR(pg_catalog.=) $1",
				   RelationGetNamespace(trigger->tg_relation),
				   "linlearn_versions", name, pg_strtoint32(version),
				   (Datum) 0) > 0;
	SPI_finish();
	return PointerGetDatum(kept ? NULL : row);
}
