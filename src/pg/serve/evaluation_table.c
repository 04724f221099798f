/*
 * evaluation_table.c
 *		What binds linlearn_evaluations to linlearn_models.
 *
 * These triggers do what a foreign key with ON UPDATE and ON DELETE CASCADE
 * would, with its rights and snapshots, but let the table's owner put in
 * evaluations of models that are not there yet: pg_restore fills the tables in
 * any order, and of extensions the keys are there before the rows.
 */
#include "pg/serve/evaluation_table.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pg/base/own_schema.h"
#include "pg/serve/registry.h"
#include "pg/serve/registry_table.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* A version of a model. */
typedef struct ModelKey
{
	char *name;
	char *version;
} ModelKey;

/* The model that a row has in two of its columns. */
static ModelKey
key_of(const TriggerData *trigger, HeapTuple row, const char *name)
{
	return (ModelKey){trigger_text(trigger, row, name),
					  trigger_text(trigger, row, "version")};
}

/*
 * Run a command on a table of the registry whose parameters are two models, of
 * which the second may be NULL.  The table's owner runs it, on all rows, and
 * sees those of transactions that have ended since ours began; one that a
 * snapshot of ours does not allow to change is a serialization failure.
 */
static uint64
run(const char *command, Oid schema, const char *table, const ModelKey *first,
	const ModelKey *second)
{
	Oid types[4] = {TEXTOID, INT4OID, TEXTOID, INT4OID};
	Datum values[4] = {0};
	char nulls[5] = "nnnn";
	bool fixed = IsolationUsesXactSnapshot();
	OwnerRights rights =
		owner_rights_begin_all_rows(registry_table(schema, table));
	SPIPlanPtr plan = SPI_prepare(
		psprintf(command, psprintf("%s.%s", own_schema_name(schema), table)),
		4, types);

	for (int i = 0; i < 2; i++)
	{
		const ModelKey *key = i == 0 ? first : second;

		if (key == NULL)
			continue;
		values[2 * i] = CStringGetTextDatum(key->name);
		values[2 * i + 1] = Int32GetDatum(pg_strtoint32(key->version));
		nulls[2 * i] = nulls[2 * i + 1] = ' ';
	}
	if (plan == NULL ||
		SPI_execute_snapshot(
			plan, values, nulls, fixed ? GetLatestSnapshot() : InvalidSnapshot,
			fixed ? GetTransactionSnapshot() : InvalidSnapshot, false, true,
			0) < 0)
		elog(ERROR, "could not use the registry: %s",
			 SPI_result_code_string(SPI_result));
	owner_rights_end(rights);
	return SPI_processed;
}

/* Hold a model's row, as a foreign key does. */
static bool
hold(Oid schema, const ModelKey *key)
{
	return run("SELECT FROM %s WHERE name OPERATOR(pg_catalog.=) $1 "
			   "AND version OPERATOR(pg_catalog.=) $2 FOR KEY SHARE",
			   schema, "linlearn_models", key, NULL) > 0;
}

bool
hold_model(Oid schema, const char *name, int32 version)
{
	ModelKey key = {pstrdup(name), psprintf("%d", version)};

	return hold(schema, &key);
}

PG_FUNCTION_INFO_V1(linlearn_check_evaluation);

/*
 * Trigger of linlearn_evaluations: an evaluation is of a model that is there,
 * and stays up to the end of the transaction; but the owner may restore it
 * first.
 */
Datum
linlearn_check_evaluation(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger =
		registry_trigger(fcinfo, "linlearn_check_evaluation",
						 "linlearn_evaluations", AFTER_WRITING);
	ModelKey key;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) &&
		!trigger_changes(trigger, "model") &&
		!trigger_changes(trigger, "version"))
		return PointerGetDatum(NULL);
	SPI_connect();
	key = key_of(trigger, trigger_row(trigger), "model");
	if (!hold(RelationGetNamespace(trigger->tg_relation), &key) &&
		!trigger_by_owner(trigger))
		ereport(
			ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("model \"%s\" has no version %s", key.name, key.version),
			 errdetail("Only the owner of linlearn_evaluations puts in "
					   "evaluations of models that are not there, as a "
					   "dump that is restored may have them.")));
	SPI_finish();
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(linlearn_follow_model);

/*
 * Trigger of linlearn_models: a model's evaluations go with it, and follow it
 * to another name or version.
 */
Datum
linlearn_follow_model(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = registry_trigger(
		fcinfo, "linlearn_follow_model", "linlearn_models", AFTER_CHANGING);
	bool deleted = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	Oid schema = RelationGetNamespace(trigger->tg_relation);
	ModelKey old, new;

	if (!deleted && !trigger_changes(trigger, "name") &&
		!trigger_changes(trigger, "version"))
		return PointerGetDatum(NULL);
	SPI_connect();
	old = key_of(trigger, trigger->tg_trigtuple, "name");
	if (deleted)
		run("DELETE FROM %s WHERE model OPERATOR(pg_catalog.=) $1 "
			"AND version OPERATOR(pg_catalog.=) $2",
			schema, "linlearn_evaluations", &old, NULL);
	else
	{
		new = key_of(trigger, trigger->tg_newtuple, "name");
		run("UPDATE %s SET model = $3, version = $4 "
			"WHERE model OPERATOR(pg_catalog.=) $1 "
			"AND version OPERATOR(pg_catalog.=) $2",
			schema, "linlearn_evaluations", &old, &new);
	}
	SPI_finish();
	return PointerGetDatum(NULL);
}

PG_FUNCTION_INFO_V1(linlearn_forget_models);

/* Trigger of linlearn_models: all evaluations go with all models. */
Datum
linlearn_forget_models(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = registry_trigger(
		fcinfo, "linlearn_forget_models", "linlearn_models", AFTER_TRUNCATING);

	SPI_connect();
	run("DELETE FROM %s", RelationGetNamespace(trigger->tg_relation),
		"linlearn_evaluations", NULL, NULL);
	SPI_finish();
	return PointerGetDatum(NULL);
}

void
keep_evaluation(Oid schema, const char *name, int32 version,
				const char *dataset, const char *query, Datum metrics,
				NullableDatum confusion)
{
	Oid types[6] = {TEXTOID, INT4OID, TEXTOID, TEXTOID, JSONBOID, JSONBOID};
	Datum values[6] = {CStringGetTextDatum(name),
					   Int32GetDatum(version),
					   CStringGetTextDatum(dataset),
					   CStringGetTextDatum(query),
					   metrics,
					   confusion.value};
	char nulls[6] = {' ', ' ', ' ', ' ', ' ', confusion.isnull ? 'n' : ' '};

	if (!hold_model(schema, name, version))
		no_such_model(name, version);
	SPI_execute_with_args(
		psprintf("INSERT INTO %s.linlearn_evaluations "
				 "(model, version, dataset, query, metrics, confusion) "
				 "VALUES ($1, $2, $3, $4, $5, $6) "
				 "ON CONFLICT (model, version, dataset) DO UPDATE SET "
				 "query = EXCLUDED.query, metrics = EXCLUDED.metrics, "
				 "confusion = EXCLUDED.confusion, "
				 "evaluated_at = DEFAULT, evaluated_by = DEFAULT",
				 own_schema_name(schema)),
		6, types, values, nulls, false, 0);
}
