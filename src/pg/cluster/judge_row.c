/*
 * judge_row.c
 *		linlearn_judge_row(model, features, label, k): what a row adds to the
 *		figures that no pair of labels tells, and linlearn_judge_sum, which adds
 *		them up, those of rows as those of tables.
 */
#include "pg/base/version.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "core/base/portable_math.h"
#include "core/judge/deviance.h"
#include "core/judge/metrics.h"
#include "pg/cluster/judge_row.h"
#include "pg/predict/model_cache.h"
#include "pg/values/label_reader.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Of many classes: by the scores of all, as linlearn_scores has them. */
static bool
judge_scores(FunctionCallInfo fcinfo, CachedModel *cached, double *figures)
{
	int actual = cached_model_class(
		cached, get_fn_expr_argtype(fcinfo->flinfo, 2), PG_GETARG_DATUM(2));
	const double *scores = cached_model_score(fcinfo, cached, 1);
	uint32 classes = cached->model.outputs;
	float *rounded = palloc(classes * sizeof(float));
	double sum = 0;
	size_t rank;

	if (actual < 0)
		return false;
	for (uint32 i = 0; i < classes; i++)
	{
		rounded[i] = (float) scores[i];
		sum += clip_probability(rounded[i]);
	}
	rank = class_rank(rounded, classes, (uint32) actual);
	figures[JUDGE_ROWS] = 1.0;
	figures[JUDGE_NEAR] = rank <= (size_t) PG_GETARG_INT32(3);
	figures[JUDGE_GAIN] = discounted_gain(rank);
	if (loss_table[cached->model.loss].link == LINK_SOFTMAX)
		figures[JUDGE_LOG_LOSS] =
			-portable_log(clip_probability(rounded[actual]) / sum);
	return true;
}

/* Of a log link: deviances, NaN where there is none. */
static void
judge_mean(FunctionCallInfo fcinfo, CachedModel *cached, double *figures)
{
	const Model *model = &cached->model;
	DevianceSums sums =
		deviance_start(model->loss, model->settings.value[HP_TWEEDIE_POWER]);
	Oid type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, 2));
	RowFormat format;
	RowView row;
	double label;

	if (!type_is_number(type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("labels of a regressor are numbers")));
	label = number_to_double(type, PG_GETARG_DATUM(2));
	cached_model_row(fcinfo, cached, 1, &format, &row);
	(void) deviance_add(&sums, label,
						cached_model_prediction(cached, format, &row), 1.0);
	figures[JUDGE_ROWS] = 1.0;
	figures[JUDGE_LABELS] = label;
	figures[JUDGE_OWN] = sums.own;
	figures[JUDGE_DEVIANCE] = sums.outside > 0 ? NAN : sums.deviance;
}

PG_FUNCTION_INFO_V1(linlearn_judge_row);
Datum
linlearn_judge_row(PG_FUNCTION_ARGS)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	double figures[JUDGE_FIGURES] = {0};
	Datum elements[JUDGE_FIGURES];

	if (cached->model.predictor == PREDICTOR_MULTICLASS)
	{
		if (!judge_scores(fcinfo, cached, figures))
			PG_RETURN_NULL();
	}
	else if (loss_is_log_link(cached->model.loss))
		judge_mean(fcinfo, cached, figures);
	else
		PG_RETURN_NULL();
	for (int i = 0; i < JUDGE_FIGURES; i++)
		elements[i] = Float8GetDatum(figures[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, JUDGE_FIGURES, FLOAT8OID,
										  sizeof(float8), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

const double *
judge_figures(Datum array)
{
	ArrayType *figures = DatumGetArrayTypeP(array);

	if (ARR_NDIM(figures) != 1 || ARR_DIMS(figures)[0] != JUDGE_FIGURES ||
		ARR_HASNULL(figures) || ARR_ELEMTYPE(figures) != FLOAT8OID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("figures must be an array of %d numbers",
							   JUDGE_FIGURES),
						errhint("Give what linlearn_judge_row returns.")));
	return (const double *) ARR_DATA_PTR(figures);
}

PG_FUNCTION_INFO_V1(linlearn_judge_add);
Datum
linlearn_judge_add(PG_FUNCTION_ARGS)
{
	const double *other;
	ArrayType *sums;
	double *into;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1)) /* a row that is none */
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	other = judge_figures(PG_GETARG_DATUM(1));
	if (PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	sums = PG_GETARG_ARRAYTYPE_P_COPY(0);
	(void) judge_figures(PointerGetDatum(sums));
	into = (double *) ARR_DATA_PTR(sums);
	for (int i = 0; i < JUDGE_FIGURES; i++)
		into[i] += other[i];
	PG_RETURN_ARRAYTYPE_P(sums);
}
