/*
 * version.h
 *		The one place for differences between PostgreSQL versions.
 */
#ifndef LINLEARN_PG_BASE_VERSION_H
#define LINLEARN_PG_BASE_VERSION_H

#include "postgres.h"

#include "fmgr.h"

#if PG_VERSION_NUM < 130000
#error "linlearn needs PostgreSQL 13 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* What a backend can be seen to wait for. */
#if PG_VERSION_NUM >= 140000
#include "utils/wait_event.h"
#else
#include "pgstat.h"
#endif

/* A function that does not return: the mark stands before its declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* COPY from a callback, and the predefined roles' names. */
#if PG_VERSION_NUM >= 140000
#define begin_copy_from(state, relation, callback, columns, options)          \
	BeginCopyFrom(state, relation, NULL, NULL, false, callback, columns,      \
				  options)
#else
#define CopyFromState CopyState
#define begin_copy_from(state, relation, callback, columns, options)          \
	BeginCopyFrom(state, relation, NULL, false, callback, columns, options)
#define ROLE_PG_READ_ALL_STATS DEFAULT_ROLE_READ_ALL_STATS
#define ROLE_PG_READ_SERVER_FILES DEFAULT_ROLE_READ_SERVER_FILES
#define ROLE_PG_WRITE_SERVER_FILES DEFAULT_ROLE_WRITE_SERVER_FILES
#endif

/* Other names: a type's, and the bytes of the character that a text begins with. */
#if PG_VERSION_NUM < 140000
#define MONEYOID CASHOID
#define pg_encoding_verifymbchar(encoding, text, length)                      \
	pg_encoding_verifymb(encoding, text, length)
#endif

/* The parts of a qualified name; an error for what is none. */
#if PG_VERSION_NUM >= 160000
#define qualified_name_list(name) stringToQualifiedNameList(name, NULL)
#else
#define qualified_name_list(name) stringToQualifiedNameList(name)
#endif

/* Foreign scans may wait for their servers at the same time. */
#define FOREIGN_SCANS_MAY_BE_ASYNC (PG_VERSION_NUM >= 140000)

/* What names the join of all of a query's relations: outer joins have numbers, too. */
#if PG_VERSION_NUM >= 160000
#define all_joined_rels(root) ((root)->all_query_rels)
#else
#define all_joined_rels(root) ((root)->all_baserels)
#endif

/* Intervals are finite before 17. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) false
#endif

/* May a role call a function? */
#if PG_VERSION_NUM >= 160000
#define function_aclcheck(function, role)                                     \
	object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE)
#else
#define function_aclcheck(function, role)                                     \
	pg_proc_aclcheck(function, role, ACL_EXECUTE)
#endif

/* Is a role the owner of an extension, or may be? */
#if PG_VERSION_NUM >= 160000
#define extension_ownercheck(extension, role)                                 \
	object_ownercheck(ExtensionRelationId, extension, role)
#else
#define extension_ownercheck(extension, role)                                 \
	pg_extension_ownercheck(extension, role)
#endif

/* Is a variable the old or the new row of what RETURNING tells? */
#if PG_VERSION_NUM >= 180000
#define VAR_IS_OLD_OR_NEW(var)                                                \
	((var)->varreturningtype != VAR_RETURNING_DEFAULT)
#else
#define VAR_IS_OLD_OR_NEW(var) false
#endif

/*
 * Shared memory is asked for before MaxBackends is known in 13 and 14, so that
 * the sum it will be is spelt out there.
 */
#if PG_VERSION_NUM >= 150000
#define LINLEARN_MAX_BACKENDS MaxBackends
#else
#include "postmaster/autovacuum.h"
#include "replication/walsender.h"
#define LINLEARN_MAX_BACKENDS                                                 \
	(MaxConnections + autovacuum_max_workers + 1 + max_worker_processes +     \
	 max_wal_senders)
#endif

/* This backend's place among MaxBackends, from 0; negative: it has none. */
#if PG_VERSION_NUM >= 170000
#include "storage/procnumber.h"
#define LINLEARN_BACKEND_INDEX ((int) MyProcNumber)
#else
#include "storage/backendid.h"
#define LINLEARN_BACKEND_INDEX (MyBackendId - 1)
#endif

#endif
