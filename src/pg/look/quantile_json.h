/*
 * quantile_json.h
 *		Several quantiles of a model as JSON.
 */
#ifndef LINLEARN_PG_LOOK_QUANTILE_JSON_H
#define LINLEARN_PG_LOOK_QUANTILE_JSON_H

#include "pg/base/version.h"

#include "core/model/model.h"
#include "lib/stringinfo.h"

/* The list of quantiles, as it was given. */
extern void quantile_json_list(StringInfo out,
							   const Hyperparameters *settings);

/* How near to the optimum a solver came. */
extern void quantile_json_end(StringInfo out, SolveEnd end, uint32 iterations,
							  double gap);

/* Each of several quantiles: its penalties, and how near its optimum is. */
extern void quantile_json_append(StringInfo out, const Model *model);

#endif
