/*
 * report_query.h
 *		Queries about the rows of a report's test.
 *
 * They run through SPI with the caller's rights, read-only; SPI is connected.
 */
#ifndef LINLEARN_PG_LOOK_REPORT_QUERY_H
#define LINLEARN_PG_LOOK_REPORT_QUERY_H

#include "pg/base/version.h"

#include "core/model/model.h"
#include "lib/stringinfo.h"

/*
 * Words of the queries that mean PostgreSQL's own types and operators whatever
 * the caller's search_path has, by which the test query is read.
 */
#define TEXT "pg_catalog.text"
#define FLOAT8 "pg_catalog.float8"
#define EQUAL "OPERATOR(pg_catalog.=)"
#define CONCATENATE "OPERATOR(pg_catalog.||)"

/* Run a query that holds theirs; its parameters are the model and a text. */
extern void report_run(const char *schema, const char *query,
					   const char *theirs, Datum model, const char *positive);

/*
 * Append the test rows as a table: features, actual, predicted, score.  Labels
 * are texts, as the model has them; of a regressor they are numbers.
 */
extern void report_append_rows(StringInfo query, const char *schema,
							   const Model *model, const char *test_query);

/* A column of the result's first row; true when it is not NULL. */
extern bool report_column(int number, Datum *value);

/* A column of the first row as an array of doubles; returns how many. */
extern size_t report_doubles(int number, const double **values);

#endif
