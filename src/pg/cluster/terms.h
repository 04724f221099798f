/*
 * terms.h
 *		A plan of columns, which travels to where the rows are and makes terms of
 *		their cells there.
 */
#ifndef LINLEARN_PG_CLUSTER_TERMS_H
#define LINLEARN_PG_CLUSTER_TERMS_H

#include "pg/base/version.h"

#include "core/columns/columns.h"

/* The plan of columns as bytes, for linlearn_terms. */
extern bytea *terms_plan_write(const Columns *columns);

#endif
