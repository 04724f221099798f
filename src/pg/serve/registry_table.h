/*
 * registry_table.h
 *		The registry's tables as its triggers and look-ups need them.
 */
#ifndef LINLEARN_PG_SERVE_REGISTRY_TABLE_H
#define LINLEARN_PG_SERVE_REGISTRY_TABLE_H

#include "pg/base/version.h"

#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "nodes/parsenodes.h"

/* Who the user was before a table's owner took over. */
typedef struct OwnerRights
{
	Oid user;
	int context;
} OwnerRights;

/*
 * Goes on with the rights of a table's owner, and back.  An error in between
 * restores the user as it ends the (sub)transaction.
 */
extern OwnerRights owner_rights_begin(Oid table);
extern void owner_rights_end(OwnerRights rights);

/* As owner_rights_begin(), and the owner's FORCE ROW LEVEL SECURITY rests. */
extern OwnerRights owner_rights_begin_all_rows(Oid table);

/* An error, with a hint, where the extension is not updated to the library. */
extern void check_registry(Oid schema);

/* A table of the extension; an error if it is not there. */
extern Oid registry_table(Oid schema, const char *name);

/*
 * An error where the user may not read (ACL_SELECT) a table of the extension or
 * put rows into it (ACL_INSERT): before what takes long, not after it.  what: the
 * function, as errors call it.
 */
extern void registry_check_rights(Oid schema, const char *name, AclMode rights,
								  const char *what);

/* The types of the registry's triggers, and when they say that they fire. */
#define BEFORE_WRITING                                                        \
	"before INSERT or UPDATE", TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE |       \
								   TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE
#define AFTER_WRITING                                                         \
	"after INSERT or UPDATE",                                                 \
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE
#define AFTER_CHANGING                                                        \
	"after UPDATE or DELETE",                                                 \
		TRIGGER_TYPE_ROW | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE
#define AFTER_TRUNCATING "after TRUNCATE", TRIGGER_TYPE_TRUNCATE

/*
 * The data of a trigger of a table of the extension.  An error, naming the
 * trigger, for any other call and for one fired otherwise.
 */
extern TriggerData *registry_trigger(FunctionCallInfo fcinfo,
									 const char *trigger, const char *table,
									 const char *when, int16 type);

/* The row that a trigger is asked about. */
extern HeapTuple trigger_row(const TriggerData *trigger);

/* A column of the row as text; NULL: it is NULL. */
extern char *trigger_text(const TriggerData *trigger, HeapTuple row,
						  const char *column);

/* Whether a column differs between the rows of an update. */
extern bool trigger_changes(const TriggerData *trigger, const char *column);

/* Whether the user may do with the trigger's table what its owner may. */
extern bool trigger_by_owner(const TriggerData *trigger);

#endif
