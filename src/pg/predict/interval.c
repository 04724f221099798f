/*
 * interval.c
 *		linlearn_predict_interval: what a model predicts, and within which limits.
 */
#include "pg/predict/interval.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "core/math/student.h"
#include "core/model/checksum.h"
#include "core/model/interval.h"
#include "core/options/optimizer_table.h"
#include "funcapi.h"
#include "pg/base/level.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* The columns of the record. */
enum
{
	INTERVAL_FIT,
	INTERVAL_LOWER,
	INTERVAL_UPPER,
	INTERVAL_VALUES
};

struct IntervalState
{
	TupleDesc record;
	double *room;  /* for interval_variance */
	double level;  /* of ... */
	double errors; /* ... so many standard errors to both sides; 0: of none */
};

/* Whether a label's own deviation from its mean is known. */
static bool
has_prediction(const Model *model)
{
	return model->predictor == PREDICTOR_REGRESSOR &&
		   model->loss == LOSS_SQUARED;
}

/* Whether other settings would have given a model standard errors. */
static bool
is_penalised(const Model *model)
{
	const Hyperparameters *s = &model->settings;

	if (hp_is_auto(s, HP_OPTIMIZER))
		return false; /* the weights were given, not trained */
	return loss_table[model->loss].likelihood != LIKELIHOOD_NONE &&
		   (s->value[HP_WD] > 0.0 || hp_wants_l1(s) || !hp_solves(s));
}

/* Raises an error for a model that has no intervals. */
static void
check_model(const Model *model)
{
	if (model->inference_count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the model has no standard errors, so that it has no "
						"intervals"),
				 errdetail("There are none because: %s.",
						   inference_reason_text(model)),
				 is_penalised(model)
					 ? errhint("Train it by a solver with \"wd\": 0, which "
							   "is maximum likelihood.")
					 : 0));
	if (model->fit == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the model does not have what intervals take"),
						errdetail("It was trained by linlearn 0.1.0."),
						errhint("Train it again.")));
	if (model->fit->root_count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("intervals take a model of at most %d features, not "
						"%u",
						FIT_MAX_DIMENSION, model->dimension),
				 errhint("Train one of fewer features; columns of many "
						 "levels have a feature for each.")));
}

/* Whether an interval is to be that of a label rather than of its mean. */
static bool
wants_prediction(const Model *model, text *kind)
{
	char *name = text_to_cstring(kind);

	if (strcmp(name, "auto") == 0)
		return has_prediction(model);
	if (strcmp(name, "confidence") == 0)
		return false;
	if (strcmp(name, "prediction") != 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("unknown kind of interval \"%s\"", name),
						errhint("It is \"prediction\", \"confidence\" or "
								"\"auto\".")));
	if (!has_prediction(model))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("only least squares of a regressor has prediction "
						"intervals"),
				 errhint("Ask for kind \"confidence\": the interval of the "
						 "mean.")));
	return true;
}

/* What is kept from row to row. */
static IntervalState *
state_of(CachedModel *cached)
{
	MemoryContext old = MemoryContextSwitchTo(cached->context);
	IntervalState *state = palloc0(sizeof(IntervalState));

	state->room =
		palloc(2 * ((Size) cached->model.dimension + 1) * sizeof(double));
	state->record = CreateTemplateTupleDesc(INTERVAL_VALUES);
	TupleDescInitEntry(state->record, INTERVAL_FIT + 1, "fit", FLOAT8OID, -1,
					   0);
	TupleDescInitEntry(state->record, INTERVAL_LOWER + 1, "lower", FLOAT8OID,
					   -1, 0);
	TupleDescInitEntry(state->record, INTERVAL_UPPER + 1, "upper", FLOAT8OID,
					   -1, 0);
	state->record = BlessTupleDesc(state->record);
	MemoryContextSwitchTo(old);
	return state;
}

/* How many standard errors a level is away. */
static double
errors_of(CachedModel *cached, double level)
{
	IntervalState *state = cached->interval;

	if (state->errors == 0.0 || state->level != level)
	{
		state->errors = student_quantile(level, model_degrees(&cached->model));
		state->level = level;
	}
	return state->errors;
}

Datum
interval_of_row(FunctionCallInfo fcinfo, CachedModel *cached, RowFormat format,
				const RowView *row)
{
	const Model *model = &cached->model;
	double level = PG_GETARG_FLOAT8(2), margin, variance, limits[2];
	Datum values[INTERVAL_VALUES];
	bool nulls[INTERVAL_VALUES] = {false};
	bool prediction;

	check_model(model);
	check_level(level);
	prediction = wants_prediction(model, PG_GETARG_TEXT_PP(3));
	if (cached->interval == NULL)
		cached->interval = state_of(cached);
	variance = interval_variance(model, format, row, cached->interval->room) +
			   (prediction ? model->fit->dispersion : 0.0);
	predictor_margins(&cached->predictor, format, row, &margin);
	margin += cached->offset;
	interval_limits(&cached->predictor, margin,
					errors_of(cached, level) * sqrt(variance), limits);
	predictor_scores(&cached->predictor, &margin);
	values[INTERVAL_FIT] = Float8GetDatum(margin);
	values[INTERVAL_LOWER] = Float8GetDatum(limits[0]);
	values[INTERVAL_UPPER] = Float8GetDatum(limits[1]);
	return HeapTupleGetDatum(
		heap_form_tuple(cached->interval->record, values, nulls));
}
