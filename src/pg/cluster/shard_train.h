/*
 * shard_train.h
 *		A training by passes over rows that stay where they are.
 */
#ifndef LINLEARN_PG_CLUSTER_SHARD_TRAIN_H
#define LINLEARN_PG_CLUSTER_SHARD_TRAIN_H

#include "pg/base/version.h"

#include "core/options/hyperparameters.h"
#include "pg/cluster/far_columns.h"
#include "pg/cluster/passes.h"
#include "utils/jsonb.h"

/*
 * Reads options and raises an error for those that need the rows here.  numbers:
 * labels of a type that only a regressor leaves open.
 */
extern void shard_train_read(Jsonb *options, bool numbers,
							 Hyperparameters *settings);

/*
 * Surveys the rows, trains, and returns the model.  columns: that are the features;
 * NULL: they are an array.
 */
extern Datum shard_train(FunctionCallInfo fcinfo, Passes *passes,
						 FarColumns *columns, Jsonb *options,
						 const Hyperparameters *settings);

#endif
