/*
 * probability_agg.c
 *		What judges scores as probabilities: linlearn_log_loss,
 *		linlearn_brier, linlearn_calibration, linlearn_calibration_error.
 */
#include "pg/base/version.h"

#include <math.h>

#include "core/judge/metrics.h"
#include "pg/base/point_array.h"
#include "pg/base/state_bytes.h"
#include "pg/judge/binary_row.h"

#define PROBABILITY_MAGIC 0x31425250 /* "PRB1" */

#define DEFAULT_BINS 10
#define MAX_BINS 10000

typedef struct ProbabilityState
{
	uint32 magic;
	Oid type; /* of the actual label */
	bool weighted;
	bool bins_given; /* their number is an argument */
	double weight;
	LogSum likelihood; /* of the score given to what happened */
	double squares;	   /* sum of weight * (label - score)^2 */
	int bin_count;
	CalibrationBin bins[FLEXIBLE_ARRAY_MEMBER];
} ProbabilityState;

/* An empty state. */
static ProbabilityState *
new_probability_state(MemoryContext context, Oid type, bool weighted,
					  int bin_count)
{
	ProbabilityState *state = MemoryContextAllocZero(
		context,
		offsetof(ProbabilityState, bins) + bin_count * sizeof(CalibrationBin));

	state->magic = PROBABILITY_MAGIC;
	state->type = type;
	state->weighted = weighted;
	state->bin_count = bin_count;
	log_sum_start(&state->likelihood);
	return state;
}

/* The state, made by the first row of a group. */
static ProbabilityState *
probability_state(FunctionCallInfo fcinfo)
{
	ProbabilityState *state = aggregate_state(fcinfo, 0, PROBABILITY_MAGIC);
	BinaryKind kind;
	int bins;

	if (state != NULL)
	{
		check_number(fcinfo, state->weighted, state->bins_given,
					 state->bin_count);
		return state;
	}
	kind = binary_kind(fcinfo);
	bins = kind.has_number ? kind.number : DEFAULT_BINS;
	if (bins < 1 || bins > MAX_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of bins must be between 1 and %d, not %d",
						MAX_BINS, bins)));
	state = new_probability_state(aggregate_context(fcinfo), kind.type,
								  kind.weighted, bins);
	state->bins_given = kind.has_number;
	return state;
}

PG_FUNCTION_INFO_V1(linlearn_probability_accum);
Datum
linlearn_probability_accum(PG_FUNCTION_ARGS)
{
	ProbabilityState *state = probability_state(fcinfo);
	double score;
	double clipped;
	CalibrationBin *bin;
	BinaryRow row;

	if (!binary_row(fcinfo, state->type, state->weighted, &row))
		PG_RETURN_POINTER(state);
	score = row.score;
	if (!(score >= -PROBABILITY_ROUNDING && score <= 1 + PROBABILITY_ROUNDING))
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("score must be a probability between 0 and 1, not %.10g",
					score)));
	score = Min(Max(score, 0), 1);
	clipped = clip_probability(score);
	if (state->weighted)
		log_sum_add_weighted(&state->likelihood,
							 row.class ? clipped : 1 - clipped, row.weight);
	else
		log_sum_add(&state->likelihood, row.class ? clipped : 1 - clipped);
	state->weight += row.weight;
	state->squares += row.weight * (row.class - score) * (row.class - score);
	bin = &state->bins[calibration_bin(score, state->bin_count)];
	bin->weight += row.weight;
	bin->scores += row.weight * score;
	bin->positives += row.class * row.weight;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_probability_combine);
Datum
linlearn_probability_combine(PG_FUNCTION_ARGS)
{
	ProbabilityState *into = aggregate_state(fcinfo, 0, PROBABILITY_MAGIC);
	ProbabilityState *from = aggregate_state(fcinfo, 1, PROBABILITY_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	if (into == NULL)
		into = new_probability_state(aggregate_context(fcinfo), from->type,
									 from->weighted, from->bin_count);
	into->weight += from->weight;
	into->squares += from->squares;
	log_sum_merge(&into->likelihood, &from->likelihood);
	if (into->bin_count != from->bin_count)
		argument_differs("the number of points or bins");
	for (int i = 0; i < into->bin_count; i++)
	{
		into->bins[i].weight += from->bins[i].weight;
		into->bins[i].scores += from->bins[i].scores;
		into->bins[i].positives += from->bins[i].positives;
	}
	PG_RETURN_POINTER(into);
}

PG_FUNCTION_INFO_V1(linlearn_probability_serial);
Datum
linlearn_probability_serial(PG_FUNCTION_ARGS)
{
	ProbabilityState *state = aggregate_state_given(fcinfo, PROBABILITY_MAGIC);
	StringInfoData out;

	state_write_start(&out, PROBABILITY_MAGIC);
	state_write_uint64(&out, state->type);
	state_write_uint64(&out, state->weighted);
	state_write_double(&out, state->weight);
	state_write_bytes(&out, &state->likelihood, sizeof(LogSum));
	state_write_double(&out, state->squares);
	state_write_uint64(&out, state->bin_count);
	state_write_bytes(&out, state->bins,
					  state->bin_count * sizeof(CalibrationBin));
	PG_RETURN_BYTEA_P(state_write_finish(&out));
}

PG_FUNCTION_INFO_V1(linlearn_probability_deserial);
Datum
linlearn_probability_deserial(PG_FUNCTION_ARGS)
{
	ProbabilityState head;
	ProbabilityState *state;
	StateReader reader;
	uint64 bins;

	(void) aggregate_context(fcinfo);
	state_read_start(&reader, PG_GETARG_BYTEA_P(0), PROBABILITY_MAGIC);
	head.type = (Oid) state_read_uint64(&reader);
	head.weighted = state_read_uint64(&reader) != 0;
	head.weight = state_read_double(&reader);
	state_read_bytes(&reader, &head.likelihood, sizeof(LogSum));
	head.squares = state_read_double(&reader);
	bins = state_read_count(&reader, sizeof(CalibrationBin));
	if (bins < 1 || bins > MAX_BINS)
		state_damaged();
	state = new_probability_state(CurrentMemoryContext, head.type,
								  head.weighted, (int) bins);
	state->weight = head.weight;
	state->likelihood = head.likelihood;
	state->squares = head.squares;
	state_read_bytes(&reader, state->bins, bins * sizeof(CalibrationBin));
	state_read_finish(&reader);
	PG_RETURN_POINTER(state);
}

/* The state of a final call; NULL for no rows. */
static ProbabilityState *
final_state(FunctionCallInfo fcinfo)
{
	ProbabilityState *state = aggregate_state(fcinfo, 0, PROBABILITY_MAGIC);

	return state != NULL && state->weight > 0 ? state : NULL;
}

PG_FUNCTION_INFO_V1(linlearn_log_loss_final);
Datum
linlearn_log_loss_final(PG_FUNCTION_ARGS)
{
	ProbabilityState *state = final_state(fcinfo);

	if (state == NULL)
		PG_RETURN_NULL();
	/* 0 - x rather than -x: a loss of 0 is not -0 */
	PG_RETURN_FLOAT8(0 - log_sum_value(&state->likelihood) / state->weight);
}

PG_FUNCTION_INFO_V1(linlearn_brier_final);
Datum
linlearn_brier_final(PG_FUNCTION_ARGS)
{
	ProbabilityState *state = final_state(fcinfo);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(state->squares / state->weight);
}

PG_FUNCTION_INFO_V1(linlearn_calibration_error_final);
Datum
linlearn_calibration_error_final(PG_FUNCTION_ARGS)
{
	ProbabilityState *state = final_state(fcinfo);

	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(calibration_error(state->bins, state->bin_count));
}

PG_FUNCTION_INFO_V1(linlearn_calibration_final);
Datum
linlearn_calibration_final(PG_FUNCTION_ARGS)
{
	ProbabilityState *state = final_state(fcinfo);
	PointArray points;

	if (state == NULL)
		PG_RETURN_NULL();
	point_array_open(&points, fcinfo);
	for (int i = 0; i < state->bin_count; i++)
	{
		const CalibrationBin *bin = &state->bins[i];
		double fields[5] = {(double) i / state->bin_count,
							(double) (i + 1) / state->bin_count, bin->weight,
							bin->scores / bin->weight,
							bin->positives / bin->weight};

		if (bin->weight > 0)
			point_array_add(&points, fields);
	}
	PG_RETURN_DATUM(point_array_close(&points));
}
