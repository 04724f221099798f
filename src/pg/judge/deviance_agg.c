/*
 * deviance_agg.c
 *		Single figures of predicted means: linlearn_mean_deviance, linlearn_d2.
 */
#include "pg/base/version.h"

#include <math.h>

#include "core/judge/deviance.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/flat_state.h"
#include "pg/base/state_bytes.h"
#include "pg/judge/metrics_state.h"

#define DEVIANCE_MAGIC 0x31564544 /* "DEV1" */

typedef struct DevianceState
{
	uint32 magic;
	DevianceSums sums;
} DevianceState;

/* The loss and the power that the arguments name. */
static DevianceSums
start_sums(FunctionCallInfo fcinfo)
{
	double power = 1.5;
	LossKind loss = LOSS_COUNT;

	if (!PG_ARGISNULL(3))
	{
		text *name = PG_GETARG_TEXT_PP(3);

		loss =
			metrics_deviance_loss(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	if (loss == LOSS_COUNT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a deviance is of loss \"poisson\", \"gamma\" "
							   "or \"tweedie\"")));
	if (PG_NARGS() > 4)
	{
		power = PG_ARGISNULL(4) ? NAN : PG_GETARG_FLOAT8(4);
		if (!(power > 1 && power < 2))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("tweedie_power must be above 1 and below 2")));
	}
	return deviance_start(loss, power);
}

static void
check_same(const DevianceSums *a, const DevianceSums *b)
{
	if (a->loss != b->loss || a->power != b->power)
		argument_differs("loss and tweedie_power");
}

PG_FUNCTION_INFO_V1(linlearn_deviance_accum);
Datum
linlearn_deviance_accum(PG_FUNCTION_ARGS)
{
	DevianceState *state = aggregate_state(fcinfo, 0, DEVIANCE_MAGIC);
	double actual, predicted;

	if (state == NULL)
	{
		state = MemoryContextAllocZero(aggregate_context(fcinfo),
									   sizeof(DevianceState));
		state->magic = DEVIANCE_MAGIC;
		state->sums = start_sums(fcinfo);
	}
	else
	{
		DevianceSums own = start_sums(fcinfo);

		check_same(&state->sums, &own);
	}
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	actual = PG_GETARG_FLOAT8(1);
	predicted = PG_GETARG_FLOAT8(2);
	if (!deviance_add(&state->sums, actual, predicted, 1))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("actual %g with predicted %g has no deviance of loss "
					"\"%s\"",
					actual, predicted, loss_names[state->sums.loss]),
			 errdetail("Predicted values are above 0, actual ones %s.",
					   loss_table[state->sums.loss].labels == LABELS_POSITIVE
						   ? "too"
						   : "0 or above")));
	PG_RETURN_POINTER(state);
}

/* Adds the sums of another state. */
static void
merge_states(void *into, const void *from)
{
	DevianceState *whole = into;
	const DevianceState *part = from;

	check_same(&whole->sums, &part->sums);
	deviance_merge(&whole->sums, &part->sums);
}

PG_FUNCTION_INFO_V1(linlearn_deviance_combine);
Datum
linlearn_deviance_combine(PG_FUNCTION_ARGS)
{
	return flat_state_combine(fcinfo, DEVIANCE_MAGIC, sizeof(DevianceState),
							  merge_states);
}

PG_FUNCTION_INFO_V1(linlearn_deviance_serial);
Datum
linlearn_deviance_serial(PG_FUNCTION_ARGS)
{
	return flat_state_serialize(fcinfo, DEVIANCE_MAGIC, sizeof(DevianceState));
}

PG_FUNCTION_INFO_V1(linlearn_deviance_deserial);
Datum
linlearn_deviance_deserial(PG_FUNCTION_ARGS)
{
	DevianceState *state =
		flat_state_deserialize(fcinfo, DEVIANCE_MAGIC, sizeof(DevianceState));

	if (!(state->sums.loss < LOSS_COUNT) ||
		!loss_is_log_link(state->sums.loss))
		state_damaged();
	PG_RETURN_POINTER(state);
}

/* A figure as SQL's value: NULL for no rows and for NaN. */
static Datum
return_figure(FunctionCallInfo fcinfo, double (*figure)(const DevianceSums *))
{
	DevianceState *state = aggregate_state(fcinfo, 0, DEVIANCE_MAGIC);
	double value;

	if (state == NULL || state->sums.rows == 0)
		PG_RETURN_NULL();
	value = figure(&state->sums);
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

PG_FUNCTION_INFO_V1(linlearn_mean_deviance_final);
Datum
linlearn_mean_deviance_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, deviance_mean);
}

PG_FUNCTION_INFO_V1(linlearn_d2_final);
Datum
linlearn_d2_final(PG_FUNCTION_ARGS)
{
	return return_figure(fcinfo, deviance_d2);
}
