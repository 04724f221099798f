/*
 * explain.c
 *		linlearn_explain: a margin as the sum of what each feature adds.
 */
#include "pg/base/version.h"

#include "miscadmin.h"
#include "pg/base/result_set.h"
#include "pg/predict/model_cache.h"
#include "utils/builtins.h"

/* Read the row as doubles: [dimension]. */
static double *
read_features(FunctionCallInfo fcinfo, const Model *model)
{
	FeatureReader reader;
	RowView view;
	uint32 dimension;
	uint32 position;
	double *features = palloc0(model->dimension * sizeof(double));

	feature_reader_init(&reader, get_fn_expr_argtype(fcinfo->flinfo, 1),
						CurrentMemoryContext);
	/* What could be wrong with it, cached_model_margins has reported. */
	feature_reader_read(&reader, PG_GETARG_DATUM(1), &view, &dimension,
						&position);
	if (reader.format == ROWS_SPARSE)
	{
		for (uint32 i = 0; i < view.count; i++)
			features[view.index[i]] = view.value[i];
		return features;
	}
	for (uint32 j = 0; j < Min(dimension, model->dimension); j++)
		features[j] = reader.format == ROWS_U8
						  ? ((const uint8 *) view.dense)[j] * model->byte_unit
					  : reader.format == ROWS_F32
						  ? ((const float *) view.dense)[j]
						  : ((const double *) view.dense)[j];
	return features;
}

/*
 * Put the rows of one output.  The first, without a feature, is what is left
 * of the margin: the bias and the weights times the means (and the rounding of
 * the prediction's own sum), so that the rows add up to the margin in their
 * order.
 */
static void
put_output(ReturnSetInfo *result, const Model *model, uint32 output,
		   const char *label, const double *features, double margin)
{
	const double *weights =
		model->weights + (size_t) output * model->dimension;
	double sum = 0.0;
	Datum values[6];
	bool nulls[6] = {label == NULL, true, true, true, true, false};

	for (uint32 j = 0; j < model->dimension; j++)
		sum += weights[j] * (features[j] - model->feature_mean[j]);
	values[0] = label != NULL ? CStringGetTextDatum(label) : (Datum) 0;
	values[5] = Float8GetDatum(margin - sum);
	result_set_put(result, values, nulls);
	memset(nulls + 1, false, 5);
	for (uint32 j = 0; j < model->dimension; j++)
	{
		if (j % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		values[1] = Int32GetDatum((int32) j + 1);
		values[2] = Float8GetDatum(features[j]);
		values[3] = Float8GetDatum(model->feature_mean[j]);
		values[4] = Float8GetDatum(weights[j]);
		values[5] = Float8GetDatum(weights[j] *
								   (features[j] - model->feature_mean[j]));
		result_set_put(result, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(linlearn_explain);

/* List what each feature adds to the margin, for each class. */
Datum
linlearn_explain(PG_FUNCTION_ARGS)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	const Model *model = &cached->model;
	const double *margins = cached_model_margins(fcinfo, cached, 1);
	double *features = read_features(fcinfo, model);
	ReturnSetInfo *result = result_set_begin(fcinfo);

	for (uint32 k = 0; k < model->outputs; k++)
	{
		const char *label =
			model->predictor == PREDICTOR_MULTICLASS ? model->labels[k].text
			: model->predictor == PREDICTOR_BINARY	 ? model->labels[1].text
													 : NULL;

		put_output(result, model, k, label, features, margins[k]);
	}
	return (Datum) 0;
}
