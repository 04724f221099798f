/*
 * fit_query.h
 *		What linlearn_fit is asked for: a query, and what of its rows is the label
 *		and the key.
 */
#ifndef LINLEARN_PG_SERVE_FIT_QUERY_H
#define LINLEARN_PG_SERVE_FIT_QUERY_H

#include "pg/base/version.h"

#include "pg/base/caller_query.h"
#include "utils/jsonb.h"

typedef struct FitQuery
{
	CallerQuery *rows;
	const char *label;	/* an expression of SQL over them */
	const char *key;	/* likewise; of rows without a key, the row itself */
	const char *weight; /* the column with the rows' weights; NULL: none */
	Datum options; /* of the training: what label and key read, excluded */
} FitQuery;

/*
 * Understands it; SPI is connected.  label and key (NULL: there is none) are names
 * of columns or expressions of SQL.  Errors for a query that is not one SELECT and
 * for what is not one expression over its columns.
 */
extern FitQuery *fit_query_read(char *text, const char *label, const char *key,
								Jsonb *options);

/*
 * A SELECT of columns features, label, part and, where there are weights, weight.
 * shares are SQL: train's, validation's and the seed.
 */
extern char *fit_query_rows(const FitQuery *query, const char *schema,
							const char *shares);

#endif
