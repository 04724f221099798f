/*
 * endpoint_predict.c
 *		linlearn_predict and its family, and linlearn_explain, by an endpoint's
 *		name.
 */
#include "pg/serve/endpoint.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "pg/base/own_schema.h"
#include "pg/predict/explain.h"
#include "pg/predict/feature_argument.h"
#include "pg/predict/interval.h"
#include "pg/serve/execution.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* What fn_extra points to. */
typedef struct EndpointCall
{
	Oid schema;
	char *name; /* the endpoint of the call before */
	Size name_length;
	uint64 generation; /* of the model */
	ExecutionView view;
	CachedModel *cached;
	FeatureArgument features;
	bool explains; /* the caller must be able to read the model */
} EndpointCall;

/* Begin at the first call of a query. */
static EndpointCall *
begin_call(FunctionCallInfo fcinfo)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	EndpointCall *call = MemoryContextAllocZero(context, sizeof(EndpointCall));

	call->schema = own_schema(fcinfo);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/* Find the model of argument 0, an endpoint's name: once an execution. */
static CachedModel *
call_model(FunctionCallInfo fcinfo, EndpointCall *call)
{
	text *name = PG_GETARG_TEXT_PP(0);
	Size length = VARSIZE_ANY_EXHDR(name);
	ExecutionView view = execution_view(fcinfo);

	if (call->cached != NULL && call->generation == endpoint_generation() &&
		execution_view_holds(&call->view, &view) &&
		length == call->name_length &&
		memcmp(call->name, VARDATA_ANY(name), length) == 0)
		return call->cached;
	call->cached = NULL;
	if (call->name != NULL)
		pfree(call->name);
	call->name = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, length + 1);
	memcpy(call->name, VARDATA_ANY(name), length);
	call->name[length] = '\0';
	call->name_length = length;
	call->cached = endpoint_model(call->schema, call->name);
	if (call->explains)
		endpoint_need_model(call->schema, call->name);
	call->generation = endpoint_generation();
	view.kept = view.kept && endpoint_may_be_kept(call->schema);
	call->view = view;
	return call->cached;
}

/* The model of argument 0, and the features of argument 1 as a row for it. */
static CachedModel *
call_row(FunctionCallInfo fcinfo, bool explains, RowFormat *format,
		 RowView *row)
{
	EndpointCall *call = fcinfo->flinfo->fn_extra;
	CachedModel *cached;

	if (call == NULL)
		call = begin_call(fcinfo);
	call->explains = explains;
	cached = call_model(fcinfo, call);
	feature_argument_read(&call->features, fcinfo, 1, cached, call->name,
						  format, row);
	return cached;
}

/* Score the features of argument 1; *cached is the model. */
static const double *
call_scores(FunctionCallInfo fcinfo, CachedModel **cached)
{
	RowFormat format;
	RowView row;

	*cached = call_row(fcinfo, false, &format, &row);
	return cached_model_answer(*cached, format, &row);
}

PG_FUNCTION_INFO_V1(linlearn_endpoint_predict);

/* linlearn_predict(endpoint text, features anyelement) */
Datum
linlearn_endpoint_predict(PG_FUNCTION_ARGS)
{
	RowFormat format;
	RowView row;
	CachedModel *cached = call_row(fcinfo, false, &format, &row);

	PG_RETURN_FLOAT8(cached_model_prediction(cached, format, &row));
}

PG_FUNCTION_INFO_V1(linlearn_endpoint_predict_label);

/* linlearn_predict_label(endpoint text, features anyelement) */
Datum
linlearn_endpoint_predict_label(PG_FUNCTION_ARGS)
{
	RowFormat format;
	RowView row;
	CachedModel *cached = call_row(fcinfo, false, &format, &row);

	PG_RETURN_TEXT_P(cached_model_prediction_text(cached, format, &row));
}

PG_FUNCTION_INFO_V1(linlearn_endpoint_score);

/* linlearn_score(endpoint text, features anyelement) */
Datum
linlearn_endpoint_score(PG_FUNCTION_ARGS)
{
	CachedModel *cached;
	const double *scores = call_scores(fcinfo, &cached);

	if (cached->model.predictor == PREDICTOR_MULTICLASS)
		PG_RETURN_FLOAT8(scores[cached->class]);
	PG_RETURN_FLOAT8(scores[model_point(&cached->model)]);
}

PG_FUNCTION_INFO_V1(linlearn_endpoint_scores);

/* linlearn_scores(endpoint text, features anyelement) */
Datum
linlearn_endpoint_scores(PG_FUNCTION_ARGS)
{
	CachedModel *cached;
	const double *scores = call_scores(fcinfo, &cached);
	bool both = cached->model.predictor == PREDICTOR_BINARY &&
				loss_table[cached->model.loss].link == LINK_LOGIT;
	int count = both ? 2 : (int) cached->model.outputs;
	Datum *elements = palloc(count * sizeof(Datum));

	for (int k = 0; k < count; k++)
		elements[k] = Float4GetDatum((float4) scores[both ? 0 : k]);
	if (both)
		elements[0] = Float4GetDatum((float4) (1.0 - scores[0]));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, count, FLOAT4OID,
										  sizeof(float4), true, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(linlearn_endpoint_predict_interval);

/* linlearn_predict_interval(endpoint text, features anyelement, level, kind) */
Datum
linlearn_endpoint_predict_interval(PG_FUNCTION_ARGS)
{
	RowFormat format;
	RowView row;
	CachedModel *cached = call_row(fcinfo, false, &format, &row);

	PG_RETURN_DATUM(interval_of_row(fcinfo, cached, format, &row));
}

PG_FUNCTION_INFO_V1(linlearn_endpoint_explain);

/* linlearn_explain(endpoint text, features anyelement [, by_column boolean]) */
Datum
linlearn_endpoint_explain(PG_FUNCTION_ARGS)
{
	RowFormat format;
	RowView row;
	CachedModel *cached = call_row(fcinfo, true, &format, &row);

	explain_row(fcinfo, cached, format, &row);
	return (Datum) 0;
}
