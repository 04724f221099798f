/*
 * placement.h
 *		Where the rows of a relation are: its tables here and on other servers.
 */
#ifndef LINLEARN_PG_CLUSTER_PLACEMENT_H
#define LINLEARN_PG_CLUSTER_PLACEMENT_H

#include "pg/base/version.h"

#include "nodes/pg_list.h"

/* One table with rows. */
typedef struct Leaf
{
	Oid relation;
	const char *name; /* as SQL writes it, its schema before */
	Oid server;		  /* of postgres_fdw; else InvalidOid */
	const char *server_name;
	const char
		*anchor; /* a column of it, as SQL writes it; NULL: it has none */
} Leaf;

/*
 * The tables below a relation whose rows are on other servers, in part at least, as
 * Leaf; NIL where PostgreSQL reads the relation as it is.  An error for row security,
 * which its tables do not know.
 */
extern List *placement_leaves(Oid relation);

/*
 * Checks that each server has linlearn in this version, by asking it, and warns of
 * options that it lacks for rows to be summed there, and at the same time as others.
 */
extern void placement_check(const List *leaves, const char *schema);

#endif
