/*
 * train_check.c
 *		What options and the labels' type do not go together with.
 */
#include "pg/train_check.h"

#include "pg/runtime.h"

PredictorType
train_choose_predictor(const LabelReader *labels, uint32 count)
{
	if (labels->kind == LABEL_BOOLEAN)
		return PREDICTOR_BINARY;
	if (labels->kind == LABEL_TEXT)
		return count <= 2 ? PREDICTOR_BINARY : PREDICTOR_MULTICLASS;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
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
							   "%s", labels->type_name)));
	CHECK_STATUS(hyperparameters_check(settings, &failure), failure);
}

void
train_check_first(const LabelReader *labels, const Hyperparameters *settings,
				  bool init_model)
{
	Hyperparameters known = *settings;
	Failure failure = {0};

	if (hp_is_auto(settings, HP_PREDICTOR_TYPE) && !init_model &&
		labels->kind != LABEL_TEXT)
		known.value[HP_PREDICTOR_TYPE] = train_choose_predictor(labels, 0);
	if (!hp_is_auto(&known, HP_PREDICTOR_TYPE))
		train_check_settings(labels, &known);
	if (!hp_is_auto(settings, HP_OPTIMIZER))
		CHECK_STATUS(hyperparameters_check_used(
						 settings,
						 USED_BY(hp_integer(settings, HP_OPTIMIZER)), &failure),
					 failure);
}
