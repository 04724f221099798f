/*
 * rank_agg.c
 *		What judges a row's scores of all classes: linlearn_top_k_accuracy,
 *		linlearn_dcg, linlearn_log_loss(integer, real[]).
 *
 * The state is three sums in a float8[3]: rows, hits or gain, log-likelihood.
 */
#include "pg/base/version.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "core/base/portable_math.h"
#include "core/judge/metrics.h"
#include "pg/base/aggregate_state.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define STATE_FIELDS 3

/*
 * A state array's numbers, to be written in place.  Anyone can make an
 * aggregate with a state of this type, or without one at first.
 */
static double *
state_fields(FunctionCallInfo fcinfo, int argument, ArrayType **array)
{
	(void) aggregate_context(fcinfo);
	*array = PG_ARGISNULL(argument) ? NULL : PG_GETARG_ARRAYTYPE_P(argument);
	if (*array == NULL || ARR_NDIM(*array) != 1 ||
		ARR_DIMS(*array)[0] != STATE_FIELDS || ARR_HASNULL(*array) ||
		ARR_ELEMTYPE(*array) != FLOAT8OID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("state must be an array of %d numbers",
							   STATE_FIELDS)));
	return (double *) ARR_DATA_PTR(*array);
}

/* The scores of a row: one dimension, no NULLs, of a type that is known. */
static int
check_scores(ArrayType *scores, int actual)
{
	int classes = ArrayGetNItems(ARR_NDIM(scores), ARR_DIMS(scores));

	if (ARR_ELEMTYPE(scores) != FLOAT4OID &&
		ARR_ELEMTYPE(scores) != FLOAT8OID &&
		ARR_ELEMTYPE(scores) != NUMERICOID)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("scores must be real[], double precision[] or "
							   "numeric[], not %s[]",
							   format_type_be(ARR_ELEMTYPE(scores)))));
	if (ARR_NDIM(scores) > 1 || array_contains_nulls(scores))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("scores must be one-dimensional and without "
							   "NULLs")));
	if (classes == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scores must not be empty")));
	if (actual < 0 || actual >= classes)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("actual class must be between 0 and %d, not %d",
							   classes - 1, actual),
						errdetail("Classes count from 0, in the order of the "
								  "scores.")));
	return classes;
}

/* numeric scores as double precision. */
static ArrayType *
scores_of_numerics(ArrayType *scores)
{
	Datum *values;
	int count;

	deconstruct_array(scores, NUMERICOID, -1, false, TYPALIGN_INT, &values,
					  NULL, &count);
	for (int i = 0; i < count; i++)
		values[i] = DirectFunctionCall1(numeric_float8, values[i]);
	return construct_array(values, count, FLOAT8OID, sizeof(float8),
						   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/* Argument 2, the scores of a row whose label is argument 1. */
static ArrayType *
scores_argument(FunctionCallInfo fcinfo, int *classes)
{
	ArrayType *scores = PG_GETARG_ARRAYTYPE_P(2);

	*classes = check_scores(scores, PG_GETARG_INT32(1));
	return ARR_ELEMTYPE(scores) == NUMERICOID ? scores_of_numerics(scores)
											  : scores;
}

/* The place of the true class among the scores. */
static size_t
rank_of(ArrayType *scores, int classes, int actual)
{
	if (ARR_ELEMTYPE(scores) == FLOAT4OID)
		return class_rank((const float *) ARR_DATA_PTR(scores), classes,
						  actual);
	return class_rank_double((const double *) ARR_DATA_PTR(scores), classes,
							 actual);
}

/* The score at a place. */
static double
score_at(ArrayType *scores, int class)
{
	if (ARR_ELEMTYPE(scores) == FLOAT4OID)
		return ((const float *) ARR_DATA_PTR(scores))[class];
	return ((const double *) ARR_DATA_PTR(scores))[class];
}

/* top-k: (state, actual, scores, k); a row without label or scores is left. */
PG_FUNCTION_INFO_V1(linlearn_top_k_accum);
Datum
linlearn_top_k_accum(PG_FUNCTION_ARGS)
{
	ArrayType *state;
	double *fields = state_fields(fcinfo, 0, &state);
	ArrayType *scores;
	int classes;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_ARRAYTYPE_P(state);
	if (PG_ARGISNULL(3) || PG_GETARG_INT32(3) < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k must be 1 or more")));
	scores = scores_argument(fcinfo, &classes);
	fields[0] += 1;
	if (rank_of(scores, classes, PG_GETARG_INT32(1)) <=
		(size_t) PG_GETARG_INT32(3))
		fields[1] += 1;
	PG_RETURN_ARRAYTYPE_P(state);
}

/* dcg: (state, actual, scores) */
PG_FUNCTION_INFO_V1(linlearn_dcg_accum);
Datum
linlearn_dcg_accum(PG_FUNCTION_ARGS)
{
	ArrayType *state;
	double *fields = state_fields(fcinfo, 0, &state);
	ArrayType *scores;
	int classes;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_ARRAYTYPE_P(state);
	scores = scores_argument(fcinfo, &classes);
	fields[0] += 1;
	fields[1] += discounted_gain(rank_of(scores, classes, PG_GETARG_INT32(1)));
	PG_RETURN_ARRAYTYPE_P(state);
}

/*
 * log loss: (state, actual, scores).  The scores are divided by their sum, as
 * scikit-learn does, so that rounded probabilities cost nothing.
 */
PG_FUNCTION_INFO_V1(linlearn_class_log_loss_accum);
Datum
linlearn_class_log_loss_accum(PG_FUNCTION_ARGS)
{
	ArrayType *state;
	double *fields = state_fields(fcinfo, 0, &state);
	ArrayType *scores;
	double sum = 0;
	double largest = 0;
	int classes;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_ARRAYTYPE_P(state);
	scores = scores_argument(fcinfo, &classes);
	for (int i = 0; i < classes; i++)
	{
		double score = score_at(scores, i);

		if (!(score >= 0 && score <= DBL_MAX))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("score must be finite and not negative, "
								   "not %g",
								   score),
							errdetail("Scores are divided by their sum.")));
		largest = Max(largest, score);
	}
	if (largest == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("scores must not all be 0")));
	/* Probabilities, rounded ones too, are summed as they are. */
	if (largest <= 1 + PROBABILITY_ROUNDING)
		largest = 1;
	for (int i = 0; i < classes; i++)
		sum += clip_probability(score_at(scores, i) / largest);
	fields[0] += 1;
	fields[2] += portable_log(
		clip_probability(score_at(scores, PG_GETARG_INT32(1)) / largest) /
		sum);
	PG_RETURN_ARRAYTYPE_P(state);
}

PG_FUNCTION_INFO_V1(linlearn_rank_combine);
Datum
linlearn_rank_combine(PG_FUNCTION_ARGS)
{
	ArrayType *state;
	double *fields = state_fields(fcinfo, 0, &state);
	ArrayType *other;
	const double *others = state_fields(fcinfo, 1, &other);

	for (int i = 0; i < STATE_FIELDS; i++)
		fields[i] += others[i];
	PG_RETURN_ARRAYTYPE_P(state);
}

/* The mean of the hits or gains. */
PG_FUNCTION_INFO_V1(linlearn_rank_final);
Datum
linlearn_rank_final(PG_FUNCTION_ARGS)
{
	ArrayType *state;
	double *fields = state_fields(fcinfo, 0, &state);

	if (!(fields[0] > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(fields[1] / fields[0]);
}

PG_FUNCTION_INFO_V1(linlearn_class_log_loss_final);
Datum
linlearn_class_log_loss_final(PG_FUNCTION_ARGS)
{
	ArrayType *state;
	double *fields = state_fields(fcinfo, 0, &state);

	if (!(fields[0] > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(0 - fields[2] / fields[0]);
}
