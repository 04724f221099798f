/*
 * evaluation_table.h
 *		What binds linlearn_evaluations to linlearn_models.
 */
#ifndef LINLEARN_PG_SERVE_EVALUATION_TABLE_H
#define LINLEARN_PG_SERVE_EVALUATION_TABLE_H

#include "pg/base/version.h"

/*
 * Keeps a version of a model from being deleted or renamed up to the end of the
 * transaction; false if it is gone.  For callers that are connected to SPI.
 */
extern bool hold_model(Oid schema, const char *name, int32 version);

/*
 * Keeps an evaluation, in the place of an earlier one of the same dataset; an
 * error if the model is no longer there.  For callers that are connected to SPI.
 */
extern void keep_evaluation(Oid schema, const char *name, int32 version,
							const char *dataset, const char *query,
							Datum metrics, NullableDatum confusion);

#endif
