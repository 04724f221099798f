/*
 * workers.h
 *		The other servers of a table that Citus distributes.
 */
#ifndef LINLEARN_PG_CLUSTER_WORKERS_H
#define LINLEARN_PG_CLUSTER_WORKERS_H

#include "pg/base/version.h"

/*
 * Checks that each worker of Citus has linlearn in this version, by asking it, if
 * Citus knows the relation.  SPI must be connected.
 */
extern void workers_check(Oid relation);

#endif
