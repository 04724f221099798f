/*
 * registry_table.c
 *		The registry's tables as its triggers and look-ups need them.
 */
#include "pg/serve/registry_table.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pg/base/own_schema.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Find the owner of a table. */
static Oid
table_owner(Oid table)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", table);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* Take over a table's owner's rights, with more of a security context. */
static OwnerRights
take_rights(Oid table, int context)
{
	OwnerRights rights;

	GetUserIdAndSecContext(&rights.user, &rights.context);
	SetUserIdAndSecContext(table_owner(table),
						   rights.context | SECURITY_LOCAL_USERID_CHANGE |
							   context);
	return rights;
}

OwnerRights
owner_rights_begin(Oid table)
{
	return take_rights(table, 0);
}

OwnerRights
owner_rights_begin_all_rows(Oid table)
{
	return take_rights(table, SECURITY_NOFORCE_RLS);
}

void
owner_rights_end(OwnerRights rights)
{
	SetUserIdAndSecContext(rights.user, rights.context);
}

void
check_registry(Oid schema)
{
	Oid table = get_relname_relid("linlearn_endpoints", schema);

	if (!OidIsValid(table) ||
		get_attnum(table, "model_id") == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("linlearn's tables are of an earlier version than its "
						"library"),
				 errhint("ALTER EXTENSION linlearn UPDATE changes them.")));
}

Oid
registry_table(Oid schema, const char *name)
{
	Oid table = get_relname_relid(name, schema);

	if (!OidIsValid(table))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("table %s does not exist", name)));
	return table;
}

void
registry_check_rights(Oid schema, const char *name, AclMode rights,
					  const char *what)
{
	Oid table = registry_table(schema, name);
	Oid user = GetUserId();

	if (rights == ACL_INSERT)
		PreventCommandIfReadOnly(what);
	if (pg_class_aclcheck(table, user, rights) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(table, user, rights, ACLMASK_ANY) !=
			ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name);
}

/* How a trigger was fired, in the bits of its type. */
static int16
fired_type(TriggerEvent event)
{
	int16 type = TRIGGER_FIRED_BY_INSERT(event)	  ? TRIGGER_TYPE_INSERT
				 : TRIGGER_FIRED_BY_DELETE(event) ? TRIGGER_TYPE_DELETE
				 : TRIGGER_FIRED_BY_UPDATE(event) ? TRIGGER_TYPE_UPDATE
												  : TRIGGER_TYPE_TRUNCATE;

	if (TRIGGER_FIRED_FOR_ROW(event))
		type |= TRIGGER_TYPE_ROW;
	if (TRIGGER_FIRED_BEFORE(event))
		type |= TRIGGER_TYPE_BEFORE;
	return type;
}

TriggerData *
registry_trigger(FunctionCallInfo fcinfo, const char *name, const char *table,
				 const char *when, int16 type)
{
	const int16 kind = TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE;
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	int16 fired =
		CALLED_AS_TRIGGER(fcinfo) ? fired_type(trigger->tg_event) : 0;

	if (!CALLED_AS_TRIGGER(fcinfo) || (fired & kind) != (type & kind) ||
		(fired & ~type) != 0 ||
		RelationGetRelid(trigger->tg_relation) !=
			get_relname_relid(table, own_schema(fcinfo)))
		ereport(
			ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("%s can only be called as the %s trigger of %s %s", name,
					(type & TRIGGER_TYPE_ROW) != 0 ? "row" : "statement",
					table, when)));
	return trigger;
}

HeapTuple
trigger_row(const TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple
													  : trigger->tg_trigtuple;
}

char *
trigger_text(const TriggerData *trigger, HeapTuple row, const char *column)
{
	TupleDesc columns = RelationGetDescr(trigger->tg_relation);

	return SPI_getvalue(row, columns, SPI_fnumber(columns, column));
}

bool
trigger_changes(const TriggerData *trigger, const char *column)
{
	char *old = trigger_text(trigger, trigger->tg_trigtuple, column);
	char *new = trigger_text(trigger, trigger->tg_newtuple, column);

	return (old == NULL) != (new == NULL) ||
		   (old != NULL && strcmp(old, new) != 0);
}

bool
trigger_by_owner(const TriggerData *trigger)
{
	Oid extension;

	if (has_privs_of_role(GetUserId(), trigger->tg_relation->rd_rel->relowner))
		return true;
	/* of a trusted extension the tables are a superuser's */
	extension = get_extension_oid("linlearn", true);
	return OidIsValid(extension) &&
		   extension_ownercheck(extension, GetUserId());
}
