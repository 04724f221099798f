/*
 * residual.c
 *		linlearn_residual(point, row), what a row answers to a point, and
 *		linlearn_gradient(answer), what answers add up to.
 */
#include "pg/base/version.h"

#include "pg/base/aggregate_state.h"
#include "pg/base/expanded_state.h"
#include "pg/base/runtime.h"
#include "pg/cluster/packed_row.h"
#include "pg/cluster/shard_bytes.h"
#include "pg/cluster/survey.h"
#include "utils/memutils.h"

/* ---- linlearn_residual ---- */

/* The point that a call site was asked about last, ready. */
typedef struct AskedPoint
{
	MemoryContext context;
	uint64 digest;
	ShardEvaluator evaluator;
} AskedPoint;

static AskedPoint *
ask(FunctionCallInfo fcinfo, Datum bytes)
{
	AskedPoint *asked = fcinfo->flinfo->fn_extra;
	uint64 digest = shard_point_digest(bytes);
	MemoryContext context, old;
	Failure failure = {0};
	Runtime runtime;
	ShardPoint *point;

	if (asked != NULL && asked->digest == digest)
		return asked;
	if (asked != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(asked->context);
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "linlearn point",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	asked = palloc0(sizeof(AskedPoint));
	asked->context = context;
	asked->digest = digest;
	point = shard_point_read(DatumGetByteaP(bytes));
	runtime = pg_runtime(context);
	CHECK_STATUS(
		shard_evaluator_init(&asked->evaluator, point, &runtime, &failure),
		failure);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = asked;
	return asked;
}

PG_FUNCTION_INFO_V1(linlearn_residual);
Datum
linlearn_residual(PG_FUNCTION_ARGS)
{
	AskedPoint *asked;
	PackedRow packed;
	ShardRow row;
	ShardAnswer answer;
	Failure failure; /* not cleared: it is large, and this runs a row */

	packed_row_read(PG_GETARG_BYTEA_PP(1), &packed);
	if (packed.weight == 0.0f || packed.label_null)
		PG_RETURN_NULL();
	asked = ask(fcinfo, PG_GETARG_DATUM(0));
	row = survey_row(&packed);
	CHECK_STATUS(shard_evaluate(&asked->evaluator, &row, &answer, &failure),
				 failure);
	PG_RETURN_BYTEA_P(shard_answer_write(&answer));
}

/* ---- linlearn_gradient ---- */

static bytea *
write_sums(void *state)
{
	return shard_sums_write(state);
}

static void *
read_sums(FunctionCallInfo fcinfo, bytea *bytes)
{
	Runtime runtime = pg_runtime(aggregate_context(fcinfo));
	ShardSums *sums =
		MemoryContextAllocZero(aggregate_context(fcinfo), sizeof(ShardSums));

	shard_sums_read(bytes, &runtime, sums);
	return sums;
}

pg_noreturn static void
refuse_other_point(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("answers are to several points"),
					errdetail("Sums are of the rows' answers to one.")));
	pg_unreachable();
}

static void *
merge_sums(FunctionCallInfo fcinfo, void *into, void *from)
{
	ShardSums *sums = from;
	ShardShape shape = shard_sums_shape(sums);
	Failure failure = {0};

	if (into == NULL)
		return from;
	if (!shard_sums_fit(into, &shape))
		refuse_other_point();
	CHECK_STATUS(shard_sums_merge(into, sums, &failure), failure);
	shard_sums_release(sums);
	pfree(sums);
	return into;
}

static const ExpandedKind sums_kind = {write_sums, read_sums, merge_sums};

static ShardSums *
begin(FunctionCallInfo fcinfo, const ShardShape *shape)
{
	Runtime runtime = pg_runtime(aggregate_context(fcinfo));
	ShardSums *sums =
		MemoryContextAllocZero(aggregate_context(fcinfo), sizeof(ShardSums));
	Failure failure = {0};

	CHECK_STATUS(shard_sums_init(sums, &runtime, shape, &failure), failure);
	return sums;
}

PG_FUNCTION_INFO_V1(linlearn_gradient_accum);
Datum
linlearn_gradient_accum(PG_FUNCTION_ARGS)
{
	ShardSums *sums = expanded_state(fcinfo, &sums_kind);
	ShardAnswer answer;
	ShardShape shape;
	Failure failure; /* as above */

	if (PG_ARGISNULL(1)) /* a row that is none, or has no label */
	{
		if (sums == NULL)
			PG_RETURN_NULL();
		return expanded_state_return(fcinfo, &sums_kind, sums);
	}
	shard_answer_read(PG_GETARG_BYTEA_PP(1), &answer);
	shape = shard_answer_shape(&answer);
	if (sums == NULL)
		sums = begin(fcinfo, &shape);
	else if (!shard_sums_fit(sums, &shape))
		refuse_other_point();
	CHECK_STATUS(shard_sums_add(sums, &answer, &failure), failure);
	return expanded_state_return(fcinfo, &sums_kind, sums);
}

PG_FUNCTION_INFO_V1(linlearn_gradient_combine);
Datum
linlearn_gradient_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &sums_kind);
}

PG_FUNCTION_INFO_V1(linlearn_gradient_final);
Datum
linlearn_gradient_final(PG_FUNCTION_ARGS)
{
	ShardSums *sums = expanded_state(fcinfo, &sums_kind);

	if (sums == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(shard_sums_write(sums));
}
