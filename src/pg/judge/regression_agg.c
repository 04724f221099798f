/*
 * regression_agg.c
 *		Single figures of a regressor: linlearn_mse, linlearn_rmse,
 *		linlearn_mae, linlearn_r2, linlearn_pinball.
 */
#include "pg/base/version.h"

#include <math.h>

#include "core/judge/metrics.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/flat_state.h"
#include "pg/base/weights.h"

#define REGRESSION_MAGIC 0x31474552 /* "REG1" */

typedef struct RegressionState
{
	uint32 magic;
	RegressionSums sums;
	double quantile;
} RegressionState;

/* The state, made by the first row of a group. */
static RegressionState *
regression_state(FunctionCallInfo fcinfo)
{
	RegressionState *state = aggregate_state(fcinfo, 0, REGRESSION_MAGIC);

	if (state != NULL)
	{
		if (PG_NARGS() > 3 && unlikely(PG_ARGISNULL(3) ||
									   PG_GETARG_FLOAT8(3) != state->quantile))
			argument_differs("quantile");
		return state;
	}
	state = MemoryContextAllocZero(aggregate_context(fcinfo),
								   sizeof(RegressionState));
	state->magic = REGRESSION_MAGIC;
	state->quantile = 0.5;
	if (PG_NARGS() > 3)
	{
		state->quantile = PG_ARGISNULL(3) ? NAN : PG_GETARG_FLOAT8(3);
		if (!(state->quantile > 0 && state->quantile < 1))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("quantile must be above 0 and below 1")));
	}
	return state;
}

PG_FUNCTION_INFO_V1(linlearn_regression_accum);
Datum
linlearn_regression_accum(PG_FUNCTION_ARGS)
{
	RegressionState *state = regression_state(fcinfo);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		regression_add(&state->sums, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2),
					   1);
	PG_RETURN_POINTER(state);
}

/* Adds the sums of another state. */
static void
merge_states(void *into, const void *from)
{
	RegressionState *whole = into;
	const RegressionState *part = from;

	if (whole->quantile != part->quantile)
		argument_differs("quantile");
	regression_merge(&whole->sums, &part->sums);
}

PG_FUNCTION_INFO_V1(linlearn_regression_combine);
Datum
linlearn_regression_combine(PG_FUNCTION_ARGS)
{
	return flat_state_combine(fcinfo, REGRESSION_MAGIC,
							  sizeof(RegressionState), merge_states);
}

PG_FUNCTION_INFO_V1(linlearn_regression_serial);
Datum
linlearn_regression_serial(PG_FUNCTION_ARGS)
{
	return flat_state_serialize(fcinfo, REGRESSION_MAGIC,
								sizeof(RegressionState));
}

PG_FUNCTION_INFO_V1(linlearn_regression_deserial);
Datum
linlearn_regression_deserial(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(flat_state_deserialize(fcinfo, REGRESSION_MAGIC,
											 sizeof(RegressionState)));
}

/* A figure of the sums as SQL's value: NULL for no rows and for NaN. */
static Datum
return_figure(FunctionCallInfo fcinfo,
			  double (*figure)(const RegressionSums *))
{
	RegressionState *state = aggregate_state(fcinfo, 0, REGRESSION_MAGIC);
	double value;

	if (state == NULL || state->sums.rows == 0)
		PG_RETURN_NULL();
	value = figure != NULL ? figure(&state->sums)
						   : regression_pinball(&state->sums, state->quantile);
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

PG_FUNCTION_INFO_V1(linlearn_mse_final);
Datum
linlearn_mse_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, regression_mse);
}

PG_FUNCTION_INFO_V1(linlearn_rmse_final);
Datum
linlearn_rmse_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, regression_rmse);
}

PG_FUNCTION_INFO_V1(linlearn_mae_final);
Datum
linlearn_mae_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, regression_mae);
}

PG_FUNCTION_INFO_V1(linlearn_r2_final);
Datum
linlearn_r2_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, regression_r2);
}

PG_FUNCTION_INFO_V1(linlearn_pinball_final);
Datum
linlearn_pinball_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, NULL);
}
