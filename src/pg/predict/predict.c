/*
 * predict.c
 *		Predictions from a model's bytes, a row a call.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "pg/predict/interval.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* What is answered for a row. */
typedef Datum (*Answer)(CachedModel *cached, RowFormat format,
						const RowView *row);

/* An answer for a row that is one argument. */
static inline Datum
answer_features(FunctionCallInfo fcinfo, Answer answer)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	RowFormat format;
	RowView row;

	cached_model_row(fcinfo, cached, 1, &format, &row);
	return answer(cached, format, &row);
}

/* An answer for a row whose fields are arguments; NULL without a model. */
static inline Datum
answer_fields(FunctionCallInfo fcinfo, Answer answer)
{
	CachedModel *cached;
	RowFormat format;
	RowView row;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	cached = cached_model_of_call(fcinfo);
	cached_model_row_of_fields(fcinfo, cached, &format, &row);
	return answer(cached, format, &row);
}

static inline Datum
predict(CachedModel *cached, RowFormat format, const RowView *row)
{
	return Float8GetDatum(cached_model_prediction(cached, format, row));
}

PG_FUNCTION_INFO_V1(linlearn_predict);
Datum
linlearn_predict(PG_FUNCTION_ARGS)
{
	return answer_features(fcinfo, predict);
}

PG_FUNCTION_INFO_V1(linlearn_predict_fields);
Datum
linlearn_predict_fields(PG_FUNCTION_ARGS)
{
	return answer_fields(fcinfo, predict);
}

static inline Datum
predict_label(CachedModel *cached, RowFormat format, const RowView *row)
{
	return PointerGetDatum(cached_model_prediction_text(cached, format, row));
}

PG_FUNCTION_INFO_V1(linlearn_predict_label);
Datum
linlearn_predict_label(PG_FUNCTION_ARGS)
{
	return answer_features(fcinfo, predict_label);
}

PG_FUNCTION_INFO_V1(linlearn_predict_label_fields);
Datum
linlearn_predict_label_fields(PG_FUNCTION_ARGS)
{
	return answer_fields(fcinfo, predict_label);
}

static inline Datum
score(CachedModel *cached, RowFormat format, const RowView *row)
{
	const double *scores = cached_model_answer(cached, format, row);

	if (cached->model.predictor != PREDICTOR_MULTICLASS)
		return Float8GetDatum(scores[model_point(&cached->model)]);
	return Float8GetDatum(scores[cached->class]);
}

PG_FUNCTION_INFO_V1(linlearn_score);
Datum
linlearn_score(PG_FUNCTION_ARGS)
{
	return answer_features(fcinfo, score);
}

PG_FUNCTION_INFO_V1(linlearn_score_fields);
Datum
linlearn_score_fields(PG_FUNCTION_ARGS)
{
	return answer_fields(fcinfo, score);
}

static Datum
all_scores(CachedModel *cached, RowFormat format, const RowView *row)
{
	const double *scores = cached_model_answer(cached, format, row);
	bool binary = cached->model.predictor == PREDICTOR_BINARY &&
				  loss_table[cached->model.loss].link == LINK_LOGIT;
	int count = binary ? 2 : (int) cached->model.outputs;
	Datum *elements = palloc(count * sizeof(Datum));

	for (int k = 0; k < count; k++)
		elements[k] = Float4GetDatum((float4) (binary && k == 0
												   ? 1.0 - scores[0]
												   : scores[binary ? 0 : k]));
	return PointerGetDatum(construct_array(
		elements, count, FLOAT4OID, sizeof(float4), true, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(linlearn_scores);
Datum
linlearn_scores(PG_FUNCTION_ARGS)
{
	return answer_features(fcinfo, all_scores);
}

PG_FUNCTION_INFO_V1(linlearn_scores_fields);
Datum
linlearn_scores_fields(PG_FUNCTION_ARGS)
{
	return answer_fields(fcinfo, all_scores);
}

PG_FUNCTION_INFO_V1(linlearn_predict_interval);
Datum
linlearn_predict_interval(PG_FUNCTION_ARGS)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	RowFormat format;
	RowView row;

	cached_model_row(fcinfo, cached, 1, &format, &row);
	PG_RETURN_DATUM(interval_of_row(fcinfo, cached, format, &row));
}

PG_FUNCTION_INFO_V1(linlearn_quantiles);

/* linlearn_quantiles(model bytea, features anyelement) */
Datum
linlearn_quantiles(PG_FUNCTION_ARGS)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	const double *scores;
	Datum *elements;

	if (cached->model.loss != LOSS_QUANTILE ||
		cached->model.predictor != PREDICTOR_REGRESSOR)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("the model predicts no quantiles"),
						errhint("Train with {\"predictor_type\": "
								"\"regressor\", \"loss\": "
								"\"quantile_loss\", \"quantile\": [0.1, "
								"0.5, 0.9]}.")));
	scores = cached_model_score(fcinfo, cached, 1);
	elements = palloc(cached->model.outputs * sizeof(Datum));
	for (uint32 k = 0; k < cached->model.outputs; k++)
		elements[k] = Float8GetDatum(scores[k]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, (int) cached->model.outputs, FLOAT8OID,
						sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
