/*
 * train_check.c
 *		What options and the labels' type do not go together with.
 */
#include "pg/train/train_check.h"

#include <math.h>

#include "core/options/optimizer_table.h"
#include "core/problem/candidate.h"
#include "core/solve/solver.h"
#include "pg/base/runtime.h"
#include "utils/memutils.h"

PredictorType
train_choose_predictor(const LabelReader *labels, uint32 count,
					   const Hyperparameters *settings)
{
	PredictorType predictor;

	if (labels->kind == LABEL_BOOLEAN)
		return PREDICTOR_BINARY;
	if (labels->kind == LABEL_TEXT)
		return count <= 2 ? PREDICTOR_BINARY : PREDICTOR_MULTICLASS;
	if (!hp_is_auto(settings, HP_LOSS) &&
		loss_tells_predictor(candidate_loss(settings), &predictor))
		return predictor;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("predictor_type is needed for labels of type %s",
						   labels->type_name),
					errhint("Set predictor_type to \"binary_classifier\", "
							"\"multiclass_classifier\" or \"regressor\".")));
	pg_unreachable();
}

void
train_check_settings(const LabelReader *labels,
					 const Hyperparameters *settings)
{
	Failure failure = {0};

	if (hp_integer(settings, HP_PREDICTOR_TYPE) == PREDICTOR_REGRESSOR &&
		labels->kind == LABEL_TEXT)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("a regressor needs numbers as labels, not type "
							   "%s",
							   labels->type_name)));
	CHECK_STATUS(hyperparameters_check(settings, &failure), failure);
}

void
train_check_first(const LabelReader *labels, const Hyperparameters *settings,
				  bool init_model)
{
	Hyperparameters known = *settings;

	if (hp_is_auto(settings, HP_PREDICTOR_TYPE) && !init_model &&
		labels->kind != LABEL_TEXT)
		known.value[HP_PREDICTOR_TYPE] =
			train_choose_predictor(labels, 0, settings);
	if (!hp_is_auto(&known, HP_PREDICTOR_TYPE))
		train_check_settings(labels, &known);
}

/* Whether costs of wrong decisions can set a model's threshold. */
static bool
costs_work(const Model *model)
{
	return model->predictor != PREDICTOR_BINARY ||
		   model->channels[CHANNEL_VALIDATION].rows > 0 ||
		   model->calibration != CALIBRATE_NONE ||
		   loss_table[model->loss].link == LINK_LOGIT;
}

/* Whether a row had an effect in one of a model's candidates or trials. */
static bool
had_effect(const Hyperparameters *given, const Model *model,
		   Hyperparameter row, char *why, size_t size)
{
	if (row == HP_REFIT && model->channels[CHANNEL_VALIDATION].rows == 0)
	{
		snprintf(why, size, "without validation rows");
		return given->value[row] == 0; /* there is none, as was asked for */
	}
	if ((row == HP_COST_FALSE_POSITIVE || row == HP_COST_FALSE_NEGATIVE) &&
		!costs_work(model))
	{
		snprintf(why, size,
				 "without validation rows, as scores of loss \"%s\" are no "
				 "probabilities",
				 loss_names[model->loss]);
		return false;
	}
	if ((row == HP_L1_RATIO || row == HP_PATH_RULE) && !hp_has_l1_path(given))
	{
		snprintf(why, size, "without l1 \"path\"");
		return false;
	}
	if (!hyperparameters_idle(&model->settings, row, why, size))
		return true;
	for (uint32 i = 0; i < model->trial_count; i++)
	{
		char other[128];

		if (!hyperparameters_idle(&model->trials[i].settings, row, other,
								  sizeof(other)))
			return true;
	}
	return false;
}

void
train_warn_idle(FunctionCallInfo fcinfo, const Hyperparameters *given,
				const Model *model)
{
	char why[160];

	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];

		/* Members of an object are given together. */
		if (d->object != NULL && hyperparameters_find_object(d->object) != row)
			continue;
		if (hyperparameters_wished(given, (Hyperparameter) row) &&
			!had_effect(given, model, (Hyperparameter) row, why, sizeof(why)))
			train_warn_once(fcinfo, row,
							d->object != NULL ? d->object : d->name, why);
	}
}

/* Whether a call site has something to say for the first time. */
static bool
is_first(FunctionCallInfo fcinfo, int place)
{
	bool *warned = fcinfo->flinfo->fn_extra;
	bool first;

	/* Of many groups the first speaks for all. */
	if (warned == NULL)
		warned = fcinfo->flinfo->fn_extra = MemoryContextAllocZero(
			fcinfo->flinfo->fn_mcxt, WARNED_COUNT * sizeof(bool));
	first = !warned[place];
	warned[place] = true;
	return first;
}

void
train_warn_once(FunctionCallInfo fcinfo, int place, const char *name,
				const char *why)
{
	if (is_first(fcinfo, place))
		ereport(WARNING, (errcode(ERRCODE_WARNING),
						  errmsg("\"%s\" has no effect %s", name, why)));
}

/* What brings a solver nearer to the optimum. */
static int
hint_end(const Model *model)
{
	OptimizerKind optimizer =
		(OptimizerKind) hp_integer(&model->settings, HP_OPTIMIZER);
	bool narrow = model->dimension <= SOLVER_MAX_GRAM_DIMENSION &&
				  model->format != ROWS_SPARSE;

	if (model->end == SOLVE_SECONDS)
		return errhint("Allow more max_seconds; the model is usable as it "
					   "is.");
	if (model->loss == LOSS_HUBER)
		return errhint("Give a larger huber_delta, of the size of the "
					   "residuals (it is in the label's units), or optimizer "
					   "\"%s\" and more epochs.",
					   optimizer_names[optimizer]);
	if (optimizer != OPTIMIZER_NEWTON && narrow &&
		solver_fits(OPTIMIZER_NEWTON, model->loss, &model->settings))
		return errhint(
			"Use optimizer \"newton\", or \"%s\" and more epochs, or "
			"a larger wd.",
			optimizer_names[optimizer]);
	/* Epochs alone would ask for mini-batches. */
	return model->end == SOLVE_ITERATIONS
			   ? errhint("Give optimizer \"%s\" and more epochs, or a larger "
						 "wd.",
						 optimizer_names[optimizer])
			   : errhint("Give a larger wd, or leave out features that others "
						 "determine.");
}

void
train_notice_end(FunctionCallInfo fcinfo, const Model *model)
{
	const char *name =
		optimizer_names[hp_integer(&model->settings, HP_OPTIMIZER)];
	const char *what = model->end == SOLVE_SECONDS ? "max_seconds were over"
					   : model->end == SOLVE_STUCK ? "no step led on"
												   : "no more are allowed";

	if (model->end == SOLVE_NONE || model->end == SOLVE_CONVERGED ||
		model->end == SOLVE_EARLY || !is_first(fcinfo, NOTICED_END))
		return;
	ereport(NOTICE,
			(errmsg("optimizer \"%s\" stopped short of the optimum after %u "
					"iteration%s: %s",
					name, model->iterations, model->iterations == 1 ? "" : "s",
					what),
			 isnan(model->gap)
				 ? errdetail("The gradient's norm is %.2g of that of zero "
							 "weights.",
							 model->gradient_norm)
				 : errdetail("The objective is at most %.2g of itself above "
							 "the least one.",
							 model->gap),
			 hint_end(model)));
}

/* Weights and biases take so much of a value that a model is for sure too large. */
#define MOST_WEIGHTS (MaxAllocSize / sizeof(double))

/* Scores of one pass over the rows: some minutes of one processor. */
#define MOST_SCORES UINT64CONST(5000000000)

void
train_check_size(uint32 outputs, uint32 dimension, uint64 rows,
				 const Hyperparameters *settings)
{
	uint64 weights = (uint64) outputs * ((uint64) dimension + 1);

	if (weights > MOST_WEIGHTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a model of " UINT64_FORMAT " weights exceeds 1 GB",
						weights),
				 errdetail("It has %u classes and %u features.", outputs,
						   dimension),
				 errhint("Train with fewer classes or fewer features.")));
	if (rows * outputs > MOST_SCORES && !settings->given[HP_EPOCHS] &&
		hp_is_auto(settings, HP_MAX_SECONDS))
		ereport(
			ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("training on " UINT64_FORMAT " rows of %u classes "
					"would take too long",
					rows, outputs),
			 errdetail("Each pass computes " UINT64_FORMAT " scores.",
					   rows * outputs),
			 errhint("Give max_seconds or epochs to train nevertheless, or "
					 "train a regressor if the labels are numbers.")));
}
