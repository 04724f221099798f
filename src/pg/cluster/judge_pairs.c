/*
 * judge_pairs.c
 *		Aggregates over packed pairs, which a cluster may run: linlearn_confusion,
 *		linlearn_metrics, linlearn_roc_auc, linlearn_pr_auc, linlearn_roc_curve,
 *		linlearn_pr_curve and linlearn_lift of one bytea.
 *
 * Their states are those of the aggregates over columns, as expanded objects.
 */
#include "pg/base/version.h"

#include "catalog/pg_collation.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/expanded_state.h"
#include "pg/cluster/pair.h"
#include "pg/judge/confusion_state.h"
#include "pg/judge/curve_state.h"
#include "pg/judge/metrics_state.h"
#include "pg/values/binary_label.h"

/* Reads argument 1; false: it is NULL. */
static bool
read_pair(FunctionCallInfo fcinfo, Pair *pair)
{
	if (PG_ARGISNULL(1))
		return false;
	pair_unpack(PG_GETARG_BYTEA_PP(1), pair);
	return true;
}

/* Whether a row counts as one with a NULL. */
static bool
has_null(const Pair *pair)
{
	return pair->nulls[0] || pair->nulls[1] || pair->weight_null;
}

/* The transition's answer where there is no row: the state as it was. */
static Datum
unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* ---- linlearn_confusion ---- */

static bytea *
write_confusion(void *state)
{
	return confusion_state_write(state);
}

static void *
read_confusion(FunctionCallInfo fcinfo, bytea *bytes)
{
	return confusion_state_read(bytes, true);
}

static void *
merge_confusion(FunctionCallInfo fcinfo, void *into, void *from)
{
	return confusion_state_merge(fcinfo, into, from);
}

static const ExpandedKind confusion_kind = {write_confusion, read_confusion,
											merge_confusion};

PG_FUNCTION_INFO_V1(linlearn_confusion_pair_accum);
Datum
linlearn_confusion_pair_accum(PG_FUNCTION_ARGS)
{
	ConfusionState *state;
	Pair pair;

	if (!read_pair(fcinfo, &pair))
		return unchanged(fcinfo);
	state = expanded_state(fcinfo, &confusion_kind);
	if (state == NULL)
		state = confusion_state_create(aggregate_context(fcinfo),
									   pair.types[0], pair.types[1],
									   DEFAULT_COLLATION_OID, pair.weighted);
	label_types_must_agree(state->counts.labels.types, pair.types);
	if (pair.weight > 0)
	{
		if (has_null(&pair))
			state->counts.null_rows++;
		else
			confusion_state_add(state, pair.labels[0], pair.labels[1],
								pair.weighted ? pair.weight : 0);
	}
	return expanded_state_return(fcinfo, &confusion_kind, state);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_pair_combine);
Datum
linlearn_confusion_pair_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &confusion_kind);
}

PG_FUNCTION_INFO_V1(linlearn_confusion_pair_final);
Datum
linlearn_confusion_pair_final(PG_FUNCTION_ARGS)
{
	return confusion_state_final(fcinfo,
								 expanded_state(fcinfo, &confusion_kind));
}

/* ---- linlearn_metrics ---- */

static bytea *
write_metrics(void *state)
{
	return metrics_state_write(state);
}

static void *
read_metrics(FunctionCallInfo fcinfo, bytea *bytes)
{
	return metrics_state_read(bytes, true);
}

static void *
merge_metrics(FunctionCallInfo fcinfo, void *into, void *from)
{
	return metrics_state_merge(fcinfo, into, from);
}

static const ExpandedKind metrics_kind = {write_metrics, read_metrics,
										  merge_metrics};

PG_FUNCTION_INFO_V1(linlearn_metrics_pair_accum);
Datum
linlearn_metrics_pair_accum(PG_FUNCTION_ARGS)
{
	MetricsState *state;
	Pair pair;

	if (!read_pair(fcinfo, &pair))
		return unchanged(fcinfo);
	state = expanded_state(fcinfo, &metrics_kind);
	if (state == NULL)
	{
		MetricsOptions options = {0};

		metrics_options_parse(&options, NULL);
		state = metrics_state_create(
			fcinfo, aggregate_context(fcinfo), pair.types[0], pair.types[1],
			DEFAULT_COLLATION_OID, &options, pair.weighted);
	}
	label_types_must_agree(state->types, pair.types);
	if (pair.weighted != state->weighted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("some pairs have a weight and others have none")));
	if (pair.weight > 0)
	{
		if (has_null(&pair))
			state->null_rows++;
		else
			metrics_state_add(state, pair.labels[0], pair.labels[1],
							  pair.has_score ? &pair.score : NULL,
							  pair.weight);
	}
	return expanded_state_return(fcinfo, &metrics_kind, state);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_pair_combine);
Datum
linlearn_metrics_pair_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &metrics_kind);
}

/* The same of parts as linlearn_metrics_part makes them, for another beta. */
PG_FUNCTION_INFO_V1(linlearn_metrics_pair_combine_beta);
Datum
linlearn_metrics_pair_combine_beta(PG_FUNCTION_ARGS)
{
	MetricsState *state = expanded_state(fcinfo, &metrics_kind);
	double beta;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return unchanged(fcinfo);
	beta = PG_GETARG_FLOAT8(2);
	if (!(beta > 0 && beta < MOST_BETA))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("f_beta must be a number above 0 and below "
							   "1e6")));
	if (state != NULL)
		state->options.f_beta = 1; /* as parts have it */
	state = merge_metrics(fcinfo, state,
						  read_metrics(fcinfo, PG_GETARG_BYTEA_P(1)));
	state->options.f_beta = beta;
	return expanded_state_return(fcinfo, &metrics_kind, state);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_pair_final);
Datum
linlearn_metrics_pair_final(PG_FUNCTION_ARGS)
{
	return metrics_state_final(fcinfo, expanded_state(fcinfo, &metrics_kind));
}

/* ---- What needs the scores in order ---- */

static bytea *
write_curve(void *state)
{
	return curve_state_write(state);
}

static void *
read_curve(FunctionCallInfo fcinfo, bytea *bytes)
{
	return curve_state_read(bytes, true);
}

static void *
merge_curve(FunctionCallInfo fcinfo, void *into, void *from)
{
	return curve_state_merge(fcinfo, into, from);
}

static const ExpandedKind curve_kind = {write_curve, read_curve, merge_curve};

PG_FUNCTION_INFO_V1(linlearn_curve_pair_accum);
Datum
linlearn_curve_pair_accum(PG_FUNCTION_ARGS)
{
	CurveState *state;
	Pair pair;

	if (!read_pair(fcinfo, &pair))
		return unchanged(fcinfo);
	state = expanded_state(fcinfo, &curve_kind);
	if (state == NULL)
	{
		check_binary_type(pair.types[0]);
		state = curve_state_create(fcinfo, aggregate_context(fcinfo),
								   pair.types[0], pair.weighted);
	}
	if (pair.types[0] != state->type || pair.weighted != state->weighted)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("pairs differ in the type of their labels, or "
							   "in having a weight")));
	if (pair.weight > 0 && !pair.weight_null && !pair.nulls[0] &&
		pair.has_score)
		curve_state_add(state, binary_class(state->type, pair.labels[0]),
						pair.score, pair.weight);
	return expanded_state_return(fcinfo, &curve_kind, state);
}

PG_FUNCTION_INFO_V1(linlearn_curve_pair_combine);
Datum
linlearn_curve_pair_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &curve_kind);
}

/* A final function of the curves. */
#define PAIR_FINAL(name, function)                                            \
	PG_FUNCTION_INFO_V1(name);                                                \
	Datum name(PG_FUNCTION_ARGS)                                              \
	{                                                                         \
		return function(fcinfo, expanded_state(fcinfo, &curve_kind));         \
	}

PAIR_FINAL(linlearn_roc_auc_pair_final, curve_roc_auc)
PAIR_FINAL(linlearn_pr_auc_pair_final, curve_pr_auc)
PAIR_FINAL(linlearn_roc_curve_pair_final, curve_roc_curve)
PAIR_FINAL(linlearn_pr_curve_pair_final, curve_pr_curve)
PAIR_FINAL(linlearn_lift_pair_final, curve_lift)
