/*
 * hyperparameters_check.c
 *		Hyperparameters against each other: which fit, and which have no effect.
 */
#include "core/options/hyperparameters.h"

#include <stdio.h>

#include "core/options/optimizer_table.h"

/* Checks that the optimizer can minimise the loss. */
static Status
check_optimizer(const Hyperparameters *settings, LossKind loss,
				Failure *failure)
{
	OptimizerKind optimizer;
	bool l1 = hp_wants_l1(settings);
	char list[384];

	if (hp_is_auto(settings, HP_OPTIMIZER))
		return LL_OK;
	optimizer = (OptimizerKind) hp_integer(settings, HP_OPTIMIZER);
	if (!optimizer_table[optimizer].solves ||
		solver_fits(optimizer, loss, settings))
		return LL_OK;
	fail(failure, LL_INVALID, "optimizer \"%s\" does not fit these settings",
		 optimizer_names[optimizer]);
	if (hp_is_nonnegative(settings) && solver_supports(optimizer, loss, l1))
	{
		fail_detail(failure, "It does not solve %s with nonnegative.",
					loss_names[loss]);
		fail_hint(failure, "Use optimizer \"lbfgs\", or none.");
		return LL_INVALID;
	}
	solver_describe(optimizer, l1, list, sizeof(list));
	fail_detail(failure, "%s solves %s.", optimizer_names[optimizer], list);
	return LL_INVALID;
}

/* Checks that costs are whole, and alone in setting the threshold. */
static Status
check_costs(const Hyperparameters *settings, Failure *failure)
{
	SelectionCriterion criterion;
	char name[64];

	if (hp_is_auto(settings, HP_COST_FALSE_POSITIVE) !=
		hp_is_auto(settings, HP_COST_FALSE_NEGATIVE))
	{
		fail(failure, LL_INVALID, "threshold_costs lacks \"%s\"",
			 hp_is_auto(settings, HP_COST_FALSE_POSITIVE) ? "false_positive"
														  : "false_negative");
		fail_hint(failure, "Give both, as in {\"false_positive\": 1, "
						   "\"false_negative\": 10}.");
		return LL_INVALID;
	}
	if (!hp_has_costs(settings) || hp_is_auto(settings, HP_SELECTION_CRITERIA))
		return LL_OK;
	criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	if (criterion != CRITERION_PRECISION_AT_TARGET_RECALL &&
		criterion != CRITERION_RECALL_AT_TARGET_PRECISION)
		return LL_OK;
	hyperparameters_format(HP_SELECTION_CRITERIA, criterion, name,
						   sizeof(name));
	fail(failure, LL_INVALID, "threshold_costs contradicts %s %s",
		 hyperparameter_table[HP_SELECTION_CRITERIA].name, name);
	fail_detail(failure, "Each sets the threshold.");
	return LL_INVALID;
}

bool
hyperparameters_wished(const Hyperparameters *settings, Hyperparameter row)
{
	/* SageMaker's own default, which its maps carry along, is none. */
	if (row == HP_SELECTION_CRITERIA &&
		settings->value[row] == CRITERION_ACCURACY)
		return false;
	if (row == HP_QUANTILE && settings->quantile_count > 0)
		return true;
	return settings->given[row] &&
		   settings->value[row] != hyperparameter_table[row].default_value;
}

/* Whether a row's choice is in a set; one that is not made yet may be. */
static bool
choice_is_in(const Hyperparameters *settings, Hyperparameter row, unsigned set)
{
	return hp_is_auto(settings, row) || set >> hp_integer(settings, row) & 1;
}

bool
hyperparameters_used(const Hyperparameters *settings, Hyperparameter row)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];

	return choice_is_in(settings, HP_PREDICTOR_TYPE, d->applies) &&
		   choice_is_in(settings, HP_OPTIMIZER, d->optimizers);
}

bool
hyperparameters_idle(const Hyperparameters *settings, Hyperparameter row,
					 char *why, size_t size)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	Hyperparameter cause = HP_COUNT;
	char value[64];

	if (!choice_is_in(settings, HP_PREDICTOR_TYPE, d->applies))
		cause = HP_PREDICTOR_TYPE;
	else if (d->losses != 0 && !choice_is_in(settings, HP_LOSS, d->losses))
		cause = HP_LOSS;
	else if (!choice_is_in(settings, HP_OPTIMIZER, d->optimizers))
		cause = HP_OPTIMIZER;
	else if (d->needs != 0 && settings->value[d->needs] != d->needs_value)
		cause = (Hyperparameter) d->needs;
	if (cause == HP_COUNT)
		return false;
	hyperparameters_format(cause, settings->value[cause], value,
						   sizeof(value));
	snprintf(why, size, "with %s %s", hyperparameter_table[cause].name, value);
	return true;
}

/* Checks what goes with a path of l1. */
static Status
check_path(const Hyperparameters *settings, LossKind loss, Failure *failure)
{
	unsigned losses = 0;
	char list[384];

	if (!hp_has_l1_path(settings))
		return LL_OK;
	if (settings->given[HP_WD])
	{
		fail(failure, LL_INVALID, "l1 \"path\" chooses wd, too");
		fail_hint(failure,
				  "Leave wd out; with l1_ratio below 1 it is above 0.");
		return LL_INVALID;
	}
	if (settings->value[HP_NUM_MODELS] > 1)
		return fail(failure, LL_INVALID,
					"num_models must be 1 with l1 \"path\"");
	if (solver_has_l1_path(loss) &&
		(hp_is_auto(settings, HP_OPTIMIZER) ||
		 hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_NEWTON))
		return LL_OK;
	fail(failure, LL_INVALID, "l1 \"path\" does not fit these settings");
	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (solver_has_l1_path((LossKind) kind))
			losses |= OF_LOSS(kind);
	losses_list(losses, "", " and ", list, sizeof(list));
	fail_detail(failure, "newton walks it, with %s.", list);
	return LL_INVALID;
}

Status
hyperparameters_check(const Hyperparameters *settings, Failure *failure)
{
	PredictorType predictor =
		(PredictorType) hp_integer(settings, HP_PREDICTOR_TYPE);
	LossKind loss = loss_automatic(predictor);
	char list[384];

	if (!hp_is_auto(settings, HP_LOSS))
		loss = (LossKind) hp_integer(settings, HP_LOSS);
	if (!(loss_table[loss].predictors & (1u << predictor)))
	{
		losses_list(losses_of_predictor(predictor), "\"", ", ", list,
					sizeof(list));
		fail(failure, LL_INVALID,
			 "loss \"%s\" does not fit predictor_type \"%s\"",
			 loss_names[loss],
			 hyperparameter_table[HP_PREDICTOR_TYPE].choices[predictor]);
		fail_detail(failure, "It must be one of %s, or \"auto\".", list);
		return LL_INVALID;
	}
	/* One class is Linear Learner's value for whatever has no classes. */
	if (predictor == PREDICTOR_MULTICLASS &&
		settings->value[HP_NUM_CLASSES] < 2)
		return fail(failure, LL_INVALID,
					"num_classes of a "
					"multiclass_classifier must be at least 2, not 1");
	if (hp_quantiles(settings) > 1 && predictor != PREDICTOR_REGRESSOR)
		return fail(failure, LL_INVALID,
					"several quantiles need predictor_type \"regressor\"");
	if (check_costs(settings, failure) != LL_OK ||
		check_path(settings, loss, failure) != LL_OK)
		return LL_INVALID;
	return check_optimizer(settings, loss, failure);
}
