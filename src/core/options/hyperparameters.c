/*
 * hyperparameters.c
 *		The one table of hyperparameters and the readers of it.
 */
#include "core/options/hyperparameters.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AUTO ((double) NAN)
#define MAX_NAME 64

static const char *const predictor_types[] = {
	"binary_classifier", "multiclass_classifier", "regressor", NULL};
static const char *const optimizers[] = {
	"sgd", "adam", "rmsprop", "adagrad", "newton", "lbfgs", "exact", NULL};
static const char *const init_methods[] = {"uniform", "normal", NULL};
static const char *const criteria[] = {"accuracy",
									   "f_beta",
									   "precision_at_target_recall",
									   "recall_at_target_precision",
									   "loss_function",
									   "roc_auc",
									   NULL};
static const char *const invalid_policies[] = {"error", "skip", NULL};
static const char *const calibrations[] = {"none", "platt", "isotonic", NULL};

#define FLAG(auto_, default_, applies_, optimizers_, meaning_)                \
	KIND_FLAG, 0, 1, false, false, auto_, default_, NULL, applies_,           \
		optimizers_, meaning_
#define CHOICE(list_, auto_, default_, applies_, optimizers_, meaning_)       \
	KIND_CHOICE, 0, sizeof(list_) / sizeof(list_[0]) - 2, false, false,       \
		auto_, default_, list_, applies_, optimizers_, meaning_

/*
 * name, kind, minimum, maximum, minimum open, maximum open, auto allowed,
 * default, choices, applies to, used by, meaning.
 */
const HyperparameterDescriptor hyperparameter_table[HP_COUNT] = {
	[HP_PREDICTOR_TYPE] =
		{"predictor_type",
		 CHOICE(
			 predictor_types, true, AUTO, APPLIES_ALL, USED_BY_ALL,
			 "what to learn; auto: a boolean label is binary, a text or enum "
			 "label a classifier by its number of values")},
	[HP_NUM_CLASSES] = {"num_classes", KIND_INTEGER, 1, 1000000, false, false,
						true, AUTO, NULL, APPLIES_MULTICLASS, USED_BY_ALL,
						"number of classes, 2 at least; given: labels are 0 "
						"to num_classes - 1; "
						"auto: the distinct labels"},
	[HP_FEATURE_DIM] =
		{"feature_dim", KIND_INTEGER, 1, 16777216, false, false, true, AUTO,
		 NULL, APPLIES_ALL, USED_BY_ALL,
		 "number of features; a row of another width is an error"},
	[HP_LOSS] =
		{"loss",
		 CHOICE(
			 loss_names, true, AUTO, APPLIES_ALL, USED_BY_ALL,
			 "loss function; auto: logistic, softmax_loss or squared_loss")},
	[HP_MARGIN] = {"margin", KIND_REAL, 0, INFINITY, true, true, false, 1.0,
				   NULL, APPLIES_BINARY | APPLIES_MULTICLASS, USED_BY_ALL,
				   "margin of hinge_loss and multiclass_hinge_loss",
				   .losses =
					   OF_LOSS(LOSS_HINGE) | OF_LOSS(LOSS_MULTICLASS_HINGE)},
	[HP_QUANTILE] = {"quantile", KIND_REAL, 0, 1, true, true, false, 0.5, NULL,
					 APPLIES_BINARY | APPLIES_REGRESSOR, USED_BY_ALL,
					 "quantile q of quantile_loss: P(label < prediction) = q",
					 .losses = OF_LOSS(LOSS_QUANTILE)},
	[HP_HUBER_DELTA] = {"huber_delta", KIND_REAL, 0, INFINITY, true, true,
						false, 1.0, NULL, APPLIES_BINARY | APPLIES_REGRESSOR,
						USED_BY_ALL,
						"where huber_loss turns linear, in the label's units",
						.losses = OF_LOSS(LOSS_HUBER)},
	[HP_LOSS_INSENSITIVITY] =
		{"loss_insensitivity", KIND_REAL, 0, INFINITY, true, true, false, 0.01,
		 NULL, APPLIES_BINARY | APPLIES_REGRESSOR, USED_BY_ALL,
		 "epsilon of the eps_insensitive losses, in the label's units",
		 .losses = OF_LOSS(LOSS_EPS_SQUARED) | OF_LOSS(LOSS_EPS_ABSOLUTE)},
	[HP_EPOCHS] = {"epochs", KIND_INTEGER, 1, 1000000, false, false, false, 15,
				   NULL, APPLIES_ALL, USED_BY_ITERATIONS,
				   "most passes over the training rows"},
	[HP_MINI_BATCH_SIZE] =
		{"mini_batch_size", KIND_INTEGER, 1, 1000000, false, false, false,
		 1000, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "rows of one update; not given: at most a fiftieth of the rows, but "
		 "16"},
	[HP_OPTIMIZER] =
		{"optimizer",
		 CHOICE(optimizers, true, AUTO, APPLIES_ALL, USED_BY_ALL,
				"how the loss is minimised; auto: exact for squared_loss "
				"without l1, lbfgs for a smooth loss on up to 16777216 values "
				"(rows x features), each unless epochs or an option it does "
				"not use is given; else adam, or sgd when momentum is given")},
	[HP_LEARNING_RATE] =
		{"learning_rate", KIND_REAL, 0, INFINITY, true, true, true, AUTO, NULL,
		 APPLIES_ALL, USED_BY_UPDATES,
		 "step size; auto: by optimizer, longer when there are few updates"},
	[HP_MOMENTUM] = {"momentum", KIND_REAL, 0, 1, false, true, true, AUTO,
					 NULL, APPLIES_ALL, USED_BY_SGD,
					 "momentum of sgd; auto: 0.9"},
	[HP_BETA_1] = {"beta_1", KIND_REAL, 0, 1, false, true, true, AUTO, NULL,
				   APPLIES_ALL, USED_BY_ADAM,
				   "decay of adam's first moment; auto: 0.9"},
	[HP_BETA_2] = {"beta_2", KIND_REAL, 0, 1, false, true, true, AUTO, NULL,
				   APPLIES_ALL, USED_BY_ADAM,
				   "decay of adam's second moment; auto: 0.999"},
	[HP_USE_LR_SCHEDULER] = {"use_lr_scheduler",
							 FLAG(false, 1, APPLIES_ALL, USED_BY_UPDATES,
								  "whether the learning rate falls")},
	[HP_LR_SCHEDULER_STEP] =
		{"lr_scheduler_step", KIND_INTEGER, 1, 1e9, false, false, true, AUTO,
		 NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "updates between two falls of the learning rate; auto: a tenth of an "
		 "epoch",
		 .needs = HP_USE_LR_SCHEDULER, .needs_value = 1},
	[HP_LR_SCHEDULER_FACTOR] =
		{"lr_scheduler_factor", KIND_REAL, 0, 1, true, true, true, AUTO, NULL,
		 APPLIES_ALL, USED_BY_UPDATES,
		 "what the learning rate is multiplied by; auto: so that it reaches a "
		 "twentieth after all epochs",
		 .needs = HP_USE_LR_SCHEDULER, .needs_value = 1},
	[HP_LR_SCHEDULER_MINIMUM_LR] = {"lr_scheduler_minimum_lr", KIND_REAL, 0,
									INFINITY, true, true, true, AUTO, NULL,
									APPLIES_ALL, USED_BY_UPDATES,
									"the learning rate never falls below; "
									"auto: 1e-5, at most the learning "
									"rate",
									.needs = HP_USE_LR_SCHEDULER,
									.needs_value = 1},
	[HP_WD] =
		{"wd", KIND_REAL, 0, INFINITY, false, true, true, AUTO, NULL,
		 APPLIES_ALL, USED_BY_ALL,
		 "L2 regularisation: wd / 2 * |w|^2 is added to the mean loss; auto: "
		 "1e-4 + 1 / rows, for huber_loss times huber_delta over the labels' "
		 "deviation where that is below 1, 0 for optimizer exact"},
	[HP_L1] = {"l1", KIND_REAL, 0, INFINITY, false, true, true, AUTO, NULL,
			   APPLIES_ALL, USED_BY_ALL,
			   "L1 regularisation by a proximal step: exact zeros; auto: 0"},
	[HP_USE_BIAS] = {"use_bias", FLAG(false, 1, APPLIES_ALL, USED_BY_ALL,
									  "whether there is an intercept")},
	[HP_BIAS_LR_MULT] = {"bias_lr_mult", KIND_REAL, 0, INFINITY, true, true,
						 true, AUTO, NULL, APPLIES_ALL, USED_BY_UPDATES,
						 "factor on the bias's learning rate; auto: 1",
						 .needs = HP_USE_BIAS, .needs_value = 1},
	[HP_BIAS_WD_MULT] = {"bias_wd_mult", KIND_REAL, 0, INFINITY, false, true,
						 true, AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
						 "factor on the bias's wd; auto: 0",
						 .needs = HP_USE_BIAS, .needs_value = 1},
	[HP_INIT_METHOD] = {"init_method",
						CHOICE(init_methods, false, INIT_UNIFORM, APPLIES_ALL,
							   USED_BY_UPDATES,
							   "distribution of the initial weights")},
	[HP_INIT_SCALE] = {"init_scale", KIND_REAL, 0, INFINITY, true, true, false,
					   0.07, NULL, APPLIES_ALL, USED_BY_UPDATES,
					   "uniform on (-init_scale, init_scale)",
					   .needs = HP_INIT_METHOD, .needs_value = INIT_UNIFORM},
	[HP_INIT_SIGMA] = {"init_sigma", KIND_REAL, 0, INFINITY, true, true, false,
					   0.01, NULL, APPLIES_ALL, USED_BY_UPDATES,
					   "deviation of the normal initial weights",
					   .needs = HP_INIT_METHOD, .needs_value = INIT_NORMAL},
	[HP_INIT_BIAS] =
		{"init_bias", KIND_REAL, -INFINITY, INFINITY, true, true, false, 0,
		 NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "initial bias, for labels as they are learned on; not given: for "
		 "quantile_loss of a regressor the labels' quantile",
		 .needs = HP_USE_BIAS, .needs_value = 1},
	[HP_NORMALIZE_DATA] =
		{"normalize_data",
		 FLAG(true, 1, APPLIES_ALL, USED_BY_ALL,
			  "learn on features of unit deviation (taken as at least a tenth "
			  "of the range; by lbfgs and newton that of the bulk of values "
			  "when outliers make it ten times as large), sparse ones of unit "
			  "largest size; a constant feature gets weight 0, "
			  "or keeps that of init_model")},
	[HP_NORMALIZE_LABEL] = {"normalize_label",
							FLAG(true, AUTO, APPLIES_REGRESSOR, USED_BY_ALL,
								 "learn on labels of unit deviation; auto: "
								 "true for a regressor")},
	[HP_UNBIAS_DATA] = {"unbias_data",
						FLAG(true, AUTO, APPLIES_ALL, USED_BY_ALL,
							 "learn on features of mean zero; auto: true with "
							 "a bias, but not "
							 "for sparse rows or when most values are zero")},
	[HP_UNBIAS_LABEL] =
		{"unbias_label",
		 FLAG(true, AUTO, APPLIES_REGRESSOR, USED_BY_ALL,
			  "learn on labels of mean zero; auto: true with a bias")},
	[HP_NUM_POINT_FOR_SCALER] =
		{"num_point_for_scaler", KIND_INTEGER, 1, 4294967295.0, false, false,
		 true, AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
		 "rows that give means and deviations; auto: all"},
	[HP_NUM_MODELS] =
		{"num_models", KIND_INTEGER, 1, 1024, false, false, true, AUTO, NULL,
		 APPLIES_ALL, USED_BY_ALL,
		 "candidate models trained at once: the given settings, and near ones "
		 "in what is auto of learning_rate and wd (in the given ones when "
		 "none "
		 "is auto) and in a given l1 (half and twice of it); auto: 12, for "
		 "many classes 4 (with l1 6), solved 5 "
		 "(with l1 6), when there are validation rows to choose by, else 1"},
	[HP_SELECTION_CRITERIA] =
		{"binary_classifier_model_selection_criteria",
		 CHOICE(criteria, false, CRITERION_ACCURACY, APPLIES_BINARY,
				USED_BY_ALL,
				"what chooses the model, the epoch and the threshold")},
	[HP_TARGET_PRECISION] = {"target_precision", KIND_REAL, 0, 1, true, true,
							 false, 0.8, NULL, APPLIES_BINARY, USED_BY_ALL,
							 "precision of recall_at_target_precision",
							 .needs = HP_SELECTION_CRITERIA,
							 .needs_value =
								 CRITERION_RECALL_AT_TARGET_PRECISION},
	[HP_TARGET_RECALL] = {"target_recall", KIND_REAL, 0, 1, true, true, false,
						  0.8, NULL, APPLIES_BINARY, USED_BY_ALL,
						  "recall of precision_at_target_recall",
						  .needs = HP_SELECTION_CRITERIA,
						  .needs_value = CRITERION_PRECISION_AT_TARGET_RECALL},
	[HP_F_BETA] = {"f_beta", KIND_REAL, 0, INFINITY, true, true, false, 1.0,
				   NULL, APPLIES_BINARY | APPLIES_MULTICLASS, USED_BY_ALL,
				   "beta of F measures"},
	[HP_ACCURACY_TOP_K] = {"accuracy_top_k", KIND_INTEGER, 1, 1000000, false,
						   false, false, 3, NULL, APPLIES_MULTICLASS,
						   USED_BY_ALL, "k of top-k accuracy"},
	[HP_NUM_CALIBRATION_SAMPLES] =
		{"num_calibration_samples", KIND_INTEGER, 1, 4294967295.0, false,
		 false, true, AUTO, NULL, APPLIES_BINARY, USED_BY_ALL,
		 "validation rows that set threshold and calibration; auto: all"},
	[HP_EARLY_STOPPING_PATIENCE] =
		{"early_stopping_patience", KIND_INTEGER, 1, 1000000000, false, false,
		 false, 3, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "epochs in which the loss, or the criterion if it is given, does not "
		 "improve before training stops; above epochs: never"},
	[HP_EARLY_STOPPING_TOLERANCE] = {"early_stopping_tolerance", KIND_REAL, 0,
									 INFINITY, true, true, false, 0.001, NULL,
									 APPLIES_ALL, USED_BY_UPDATES,
									 "relative improvement that counts"},
	[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] =
		{"positive_example_weight_mult", KIND_REAL, 0, INFINITY, true, true,
		 true, 1.0, NULL, APPLIES_BINARY, USED_BY_ALL,
		 "weight of a positive row; balanced: negatives / positives; auto: "
		 "the "
		 "better of 1 and balanced on validation rows"},
	[HP_BALANCE_MULTICLASS_WEIGHTS] = {"balance_multiclass_weights",
									   FLAG(false, 0, APPLIES_MULTICLASS,
											USED_BY_ALL,
											"every class weighs the same")},
	[HP_SEED] = {"seed", KIND_INTEGER, 0, 9007199254740991.0, false, false,
				 false, 0, NULL, APPLIES_ALL, USED_BY_ALL,
				 "of initial weights and shuffling"},
	[HP_MAX_SECONDS] = {"max_seconds", KIND_REAL, 0, INFINITY, true, true,
						true, AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
						"after which training ends, within an epoch or an "
						"iteration too, with "
						"the best model so far; auto: no limit"},
	[HP_ON_INVALID] =
		{"on_invalid",
		 CHOICE(
			 invalid_policies, false, ON_INVALID_ERROR, APPLIES_ALL,
			 USED_BY_ALL,
			 "what a row does whose features are NULL, empty, NaN or "
			 "infinite, "
			 "or whose label is NaN or infinite; with feature_dim given, one "
			 "of another width too; skip: rows that teach nothing, as there "
			 "are none or of one class only, give NULL instead of an error")},
	[HP_VALIDATION_FRACTION] = {"validation_fraction", KIND_REAL, 0, 1, false,
								true, false, 0, NULL, APPLIES_ALL, USED_BY_ALL,
								"part of the training rows, chosen by their "
								"hash, used for validation"},
	[HP_CALIBRATE] =
		{"calibrate",
		 CHOICE(calibrations, false, CALIBRATE_NONE, APPLIES_BINARY,
				USED_BY_ALL,
				"how scores are made probabilities on validation rows")},
};

/* Names of 2017, which SageMaker's SDK still takes. */
static const struct
{
	const char *old;
	const char *new;
} old_choices[] = {{"f1", "f_beta"}, {"cross_entropy_loss", "loss_function"}};

void
hyperparameters_init(Hyperparameters *settings)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		settings->value[row] = hyperparameter_table[row].default_value;
		settings->given[row] = false;
	}
}

int
hyperparameters_find(const char *name)
{
	for (int row = 0; row < HP_COUNT; row++)
		if (strcmp(hyperparameter_table[row].name, name) == 0)
			return row;
	return -1;
}

int
name_distance(const char *a, const char *b)
{
	int row[MAX_NAME + 1];
	int length = (int) strlen(b);

	for (int j = 0; j <= length; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++)
	{
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= length; j++)
		{
			int above = row[j];
			int best = diagonal + (tolower((unsigned char) a[i - 1]) !=
								   (unsigned char) b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[length];
}

const char *
hyperparameters_nearest(const char *name)
{
	const char *nearest = NULL;
	int best = (int) strlen(name) / 2 + 1;

	if (strlen(name) > MAX_NAME)
		return NULL;
	for (int row = 0; row < HP_COUNT; row++)
	{
		int distance = name_distance(name, hyperparameter_table[row].name);

		if (distance < best)
		{
			best = distance;
			nearest = hyperparameter_table[row].name;
		}
	}
	return nearest;
}

/* Writes a bound without needless digits. */
static void
format_bound(double value, char *buffer, size_t size)
{
	if (isinf(value))
		snprintf(buffer, size, "%sinfinity", value < 0 ? "-" : "");
	else
		snprintf(buffer, size, "%.16g", value);
}

void
hyperparameters_describe(Hyperparameter row, char *buffer, size_t size)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	char low[32], high[32];
	size_t used;

	switch (d->kind)
	{
		case KIND_FLAG:
			snprintf(buffer, size, "true or false");
			break;
		case KIND_CHOICE:
			used = (size_t) snprintf(buffer, size, "one of ");
			for (int i = 0; d->choices[i] != NULL && used < size; i++)
				used +=
					(size_t) snprintf(buffer + used, size - used, "%s\"%s\"",
									  i > 0 ? ", " : "", d->choices[i]);
			break;
		case KIND_INTEGER:
		case KIND_REAL:
			format_bound(d->minimum, low, sizeof(low));
			format_bound(d->maximum, high, sizeof(high));
			snprintf(buffer, size, "%s in %c%s, %s%c",
					 d->kind == KIND_INTEGER ? "an integer" : "a number",
					 d->minimum_open ? '(' : '[', low, high,
					 d->maximum_open ? ')' : ']');
			break;
	}
	used = strlen(buffer);
	if (row == HP_POSITIVE_EXAMPLE_WEIGHT_MULT && used < size)
		used +=
			(size_t) snprintf(buffer + used, size - used, ", \"balanced\"");
	if (d->has_auto && used < size)
		snprintf(buffer + used, size - used, ", or \"auto\"");
}

Status
hyperparameters_refuse(Hyperparameter row, const char *value, Failure *failure)
{
	char allowed[512];

	hyperparameters_describe(row, allowed, sizeof(allowed));
	fail(failure, LL_INVALID, "invalid value for hyperparameter \"%s\": %s",
		 hyperparameter_table[row].name, value);
	fail_detail(failure, "It must be %s.", allowed);
	return LL_INVALID;
}

Status
hyperparameters_set_number(Hyperparameters *settings, Hyperparameter row,
						   double value, Failure *failure)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	bool fits = (d->kind == KIND_INTEGER || d->kind == KIND_REAL) &&
				(d->minimum_open ? value > d->minimum : value >= d->minimum) &&
				(d->maximum_open ? value < d->maximum : value <= d->maximum) &&
				(d->kind == KIND_REAL || value == floor(value));

	if (!fits)
	{
		char text[32];

		snprintf(text, sizeof(text), "%.15g", value);
		return hyperparameters_refuse(row, text, failure);
	}
	settings->value[row] = value;
	settings->given[row] = true;
	return LL_OK;
}

Status
hyperparameters_set_flag(Hyperparameters *settings, Hyperparameter row,
						 bool value, Failure *failure)
{
	if (hyperparameter_table[row].kind != KIND_FLAG)
		return hyperparameters_refuse(row, value ? "true" : "false", failure);
	settings->value[row] = value;
	settings->given[row] = true;
	return LL_OK;
}

/* The place of a text in a list of choices, or -1. */
static int
find_choice(const char *const *choices, const char *text)
{
	for (size_t i = 0; i < sizeof(old_choices) / sizeof(old_choices[0]); i++)
		if (strcmp(old_choices[i].old, text) == 0 && choices == criteria)
			text = old_choices[i].new;
	for (int i = 0; choices[i] != NULL; i++)
		if (strcmp(choices[i], text) == 0)
			return i;
	return -1;
}

Status
hyperparameters_set_text(Hyperparameters *settings, Hyperparameter row,
						 const char *value, Failure *failure)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	char quoted[128];
	char *end;
	double number;
	int choice;

	if (d->has_auto && strcasecmp(value, "auto") == 0)
	{
		settings->value[row] = AUTO;
		settings->given[row] = false;
		return LL_OK;
	}
	snprintf(quoted, sizeof(quoted), "\"%s\"", value);
	switch (d->kind)
	{
		case KIND_CHOICE:
			choice = find_choice(d->choices, value);
			if (choice < 0)
				return hyperparameters_refuse(row, quoted, failure);
			settings->value[row] = choice;
			settings->given[row] = true;
			return LL_OK;
		case KIND_FLAG:
			if (strcasecmp(value, "true") != 0 &&
				strcasecmp(value, "false") != 0)
				return hyperparameters_refuse(row, quoted, failure);
			return hyperparameters_set_flag(
				settings, row, strcasecmp(value, "true") == 0, failure);
		default:
			break;
	}
	if (row == HP_POSITIVE_EXAMPLE_WEIGHT_MULT &&
		strcmp(value, "balanced") == 0)
	{
		settings->value[row] = WEIGHT_MULT_BALANCED;
		settings->given[row] = true;
		return LL_OK;
	}
	number = strtod(value, &end);
	if (end == value || *end != '\0' || isspace((unsigned char) value[0]) ||
		!isfinite(number))
		return hyperparameters_refuse(row, quoted, failure);
	return hyperparameters_set_number(settings, row, number, failure);
}

void
hyperparameters_format(Hyperparameter row, double value, char *buffer,
					   size_t size)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];

	if (value != value)
		snprintf(buffer, size, "\"auto\"");
	else if (row == HP_POSITIVE_EXAMPLE_WEIGHT_MULT &&
			 value == WEIGHT_MULT_BALANCED)
		snprintf(buffer, size, "\"balanced\"");
	else if (d->kind == KIND_FLAG)
		snprintf(buffer, size, "%s", value != 0 ? "true" : "false");
	else if (d->kind == KIND_CHOICE)
		snprintf(buffer, size, "\"%s\"", d->choices[(int) value]);
	else
	{
		/* The fewest digits that read back as the same number. */
		for (int digits = 6; digits <= 17; digits++)
		{
			snprintf(buffer, size, "%.*g", digits, value);
			if (strtod(buffer, NULL) == value)
				break;
		}
	}
}
