/*
 * gram.h
 *		A model by least squares from the sums of its rows.
 */
#ifndef LINLEARN_PG_CLUSTER_GRAM_H
#define LINLEARN_PG_CLUSTER_GRAM_H

#include "pg/base/version.h"

#include "pg/train/train_state.h"
#include "utils/jsonb.h"

/* Raises an error for options, or NULL, that need more than sums. */
extern void gram_check_options(Jsonb *options);

/*
 * The model of sums that linlearn_gram has made; an error for other bytes.  table:
 * the columns whose terms the features are; NULL: they were an array.
 */
extern Datum gram_solve(FunctionCallInfo fcinfo, bytea *gram, Jsonb *options,
						TableState *table);

#endif
