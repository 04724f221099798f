/*
 * evaluate_rows.h
 *		Evaluations of rows where they are.
 */
#ifndef LINLEARN_PG_SERVE_EVALUATE_ROWS_H
#define LINLEARN_PG_SERVE_EVALUATE_ROWS_H

#include "pg/base/version.h"

#include "nodes/pg_list.h"
#include "pg/cluster/passes.h"

/*
 * Evaluates a model on rows where they are, and keeps what came out; the metrics,
 * or 0 where there is no row.  SPI is connected.
 */
extern Datum evaluate_rows(Oid schema, const char *name, int32 version,
						   bytea *bytes, const Reading *reading,
						   const char *source, const List *leaves,
						   const char *dataset);

#endif
