/*
 * hyperparameter_table.c
 *		The one table of hyperparameters.
 */
#include <math.h>

#include "core/options/optimizer_table.h"

#define AUTO ((double) NAN)
/* Of costs, so that their ratios and sums are numbers. */
#define LEAST_COST 1e-15
#define LARGEST_COST 1e15
/* Those with a likelihood. */
#define LOSSES_WITH_ERRORS                                                    \
	(OF_LOSS(LOSS_LOGISTIC) | OF_LOSS(LOSS_SQUARED) | OF_LOSS(LOSS_POISSON) | \
	 OF_LOSS(LOSS_GAMMA) | OF_LOSS(LOSS_TWEEDIE))
/* Those whose predictions are the margins. */
#define LOSSES_IDENTITY                                                       \
	(~(OF_LOSS(LOSS_POISSON) | OF_LOSS(LOSS_GAMMA) | OF_LOSS(LOSS_TWEEDIE)))

static const char *const predictor_types[] = {
	"binary_classifier", "multiclass_classifier", "regressor", NULL};
static const char *const init_methods[] = {"uniform", "normal", NULL};
static const char *const criteria[] = {"accuracy",
									   "f_beta",
									   "precision_at_target_recall",
									   "recall_at_target_precision",
									   "loss_function",
									   "roc_auc",
									   "matthews_correlation",
									   "balanced_accuracy",
									   NULL};
static const char *const path_rules[] = {"least", "one_standard_error", NULL};
static const char *const error_kinds[] = {"model", "HC0", "HC1",
										  "HC2",   "HC3", NULL};
static const char *const invalid_policies[] = {"error", "skip", NULL};
static const char *const calibrations[] = {"none", "platt", "isotonic", NULL};

#define FLAG(auto_, default_, applies_, optimizers_, meaning_)                \
	KIND_FLAG, 0, 1, false, false, auto_, default_, NULL, applies_,           \
		optimizers_, meaning_
#define CHOICE(list_, auto_, default_, applies_, optimizers_, meaning_)       \
	KIND_CHOICE, 0, sizeof(list_) / sizeof(list_[0]) - 2, false, false,       \
		auto_, default_, list_, applies_, optimizers_, meaning_

/*
 * name, kind, minimum, maximum, minimum open, maximum open, what auto means,
 * default, choices, applies to, used by, meaning; then what is not the same for
 * most, by the columns' names.
 */
const HyperparameterDescriptor hyperparameter_table[HP_COUNT] = {
	[HP_PREDICTOR_TYPE] =
		{"predictor_type",
		 CHOICE(
			 predictor_types, AUTO_BY_RULE, AUTO, APPLIES_ALL, USED_BY_ALL,
			 "what to learn; auto: a boolean label is binary, a text or enum "
			 "label a classifier by its number of values, and of numbers the "
			 "loss says it, if only one predictor has it"),
		 .untunable = true},
	[HP_NUM_CLASSES] = {"num_classes", KIND_INTEGER, 1, 1000000, false, false,
						AUTO_BY_RULE, AUTO, NULL, APPLIES_MULTICLASS,
						USED_BY_ALL,
						"number of classes, 2 at least; given: labels are 0 "
						"to num_classes - 1; "
						"auto: the distinct labels",
						.untunable = true},
	[HP_FEATURE_DIM] =
		{"feature_dim", KIND_INTEGER, 1, 16777216, false, false, AUTO_BY_RULE,
		 AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
		 "number of features; a row of another width is an error",
		 .untunable = true},
	[HP_LOSS] =
		{"loss",
		 CHOICE(loss_names, AUTO_BY_RULE, AUTO, APPLIES_ALL, USED_BY_ALL,
				"loss function; auto: logistic, softmax_loss or squared_loss"),
		 .shared_in_group = true, .in_gram = true, .changes_loss = true},
	[HP_MARGIN] = {"margin", KIND_REAL, 0, INFINITY, true, true, AUTO_REFUSED,
				   1.0, NULL, APPLIES_BINARY | APPLIES_MULTICLASS, USED_BY_ALL,
				   "margin of hinge_loss and multiclass_hinge_loss",
				   .losses =
					   OF_LOSS(LOSS_HINGE) | OF_LOSS(LOSS_MULTICLASS_HINGE),
				   .changes_loss = true},
	[HP_QUANTILE] = {"quantile", KIND_REAL, 0, 1, true, true, AUTO_REFUSED,
					 0.5, NULL, APPLIES_BINARY | APPLIES_REGRESSOR,
					 USED_BY_ALL,
					 "quantile q of quantile_loss: P(label < prediction) = q; "
					 "of a regressor also a list, for one model of all",
					 .losses = OF_LOSS(LOSS_QUANTILE), .changes_loss = true,
					 .listed = true},
	[HP_HUBER_DELTA] = {"huber_delta", KIND_REAL, 0, INFINITY, true, true,
						AUTO_REFUSED, 1.0, NULL,
						APPLIES_BINARY | APPLIES_REGRESSOR, USED_BY_ALL,
						"where huber_loss turns linear, in the label's units",
						.losses = OF_LOSS(LOSS_HUBER), .changes_loss = true},
	[HP_LOSS_INSENSITIVITY] =
		{"loss_insensitivity", KIND_REAL, 0, INFINITY, true, true,
		 AUTO_REFUSED, 0.01, NULL, APPLIES_BINARY | APPLIES_REGRESSOR,
		 USED_BY_ALL,
		 "epsilon of the eps_insensitive losses, in the label's units",
		 .losses = OF_LOSS(LOSS_EPS_SQUARED) | OF_LOSS(LOSS_EPS_ABSOLUTE),
		 .changes_loss = true},
	[HP_TWEEDIE_POWER] =
		{"tweedie_power", KIND_REAL, 1, 2, true, true, AUTO_REFUSED, 1.5, NULL,
		 APPLIES_REGRESSOR, USED_BY_ALL,
		 "p of tweedie, whose variance is that power of the mean",
		 .losses = OF_LOSS(LOSS_TWEEDIE), .changes_loss = true,
		 .shared_in_group = true},
	[HP_EPOCHS] =
		{"epochs", KIND_INTEGER, 1, 1000000, false, false, AUTO_REFUSED, 15,
		 NULL, APPLIES_ALL, USED_BY_ITERATIONS,
		 "most passes over the training rows; not given: 15, of many "
		 "rows fewer, but 5 and 8000 updates"},
	[HP_MINI_BATCH_SIZE] =
		{"mini_batch_size", KIND_INTEGER, 1, 1000000, false, false,
		 AUTO_REFUSED, 1000, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "rows of one update; not given: at most a fiftieth of the rows, but "
		 "16",
		 .shared_in_group = true, .recommended = {100, 5000}},
	[HP_OPTIMIZER] =
		{"optimizer",
		 CHOICE(optimizer_names, AUTO_BY_RULE, AUTO, APPLIES_ALL, USED_BY_ALL,
				"how the loss is minimised; auto: exact for squared_loss "
				"without l1, newton with it on dense rows; for others newton "
				"on dense rows where it takes "
				"less work than lbfgs (of a loss with kinks up to some "
				"seconds of work), lbfgs on up to 16777216 values (rows x "
				"features), newton_cg in its place on sparse rows with wd, a "
				"smooth loss and more than 10000 weights, each unless epochs "
				"or an option it does "
				"not use is given; else adam, or sgd when momentum is given"),
		 .shared_in_group = true},
	[HP_LEARNING_RATE] =
		{"learning_rate", KIND_REAL, 0, INFINITY, true, true, AUTO_BY_RULE,
		 AUTO, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "step size; auto: by optimizer, longer when there are few updates",
		 .recommended = {1e-5, 1}},
	[HP_MOMENTUM] = {"momentum", KIND_REAL, 0, 1, false, true, AUTO_BY_RULE,
					 AUTO, NULL, APPLIES_ALL, USED_BY_SGD,
					 "momentum of sgd; auto: 0.9"},
	[HP_BETA_1] = {"beta_1", KIND_REAL, 0, 1, false, true, AUTO_BY_RULE, AUTO,
				   NULL, APPLIES_ALL, USED_BY_ADAM,
				   "decay of adam's first moment; auto: 0.9"},
	[HP_BETA_2] = {"beta_2", KIND_REAL, 0, 1, false, true, AUTO_BY_RULE, AUTO,
				   NULL, APPLIES_ALL, USED_BY_ADAM,
				   "decay of adam's second moment; auto: 0.999"},
	[HP_USE_LR_SCHEDULER] = {"use_lr_scheduler",
							 FLAG(AUTO_REFUSED, 1, APPLIES_ALL,
								  USED_BY_UPDATES,
								  "whether the learning rate falls")},
	[HP_LR_SCHEDULER_STEP] =
		{"lr_scheduler_step", KIND_INTEGER, 1, 1e9, false, false, AUTO_BY_RULE,
		 AUTO, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "updates between two falls of the learning rate; auto: a tenth of an "
		 "epoch",
		 .needs = HP_USE_LR_SCHEDULER, .needs_value = 1},
	[HP_LR_SCHEDULER_FACTOR] =
		{"lr_scheduler_factor", KIND_REAL, 0, 1, true, true, AUTO_BY_RULE,
		 AUTO, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "what the learning rate is multiplied by; auto: so that it reaches a "
		 "twentieth after all epochs",
		 .needs = HP_USE_LR_SCHEDULER, .needs_value = 1},
	[HP_LR_SCHEDULER_MINIMUM_LR] = {"lr_scheduler_minimum_lr", KIND_REAL, 0,
									INFINITY, true, true, AUTO_BY_RULE, AUTO,
									NULL, APPLIES_ALL, USED_BY_UPDATES,
									"the learning rate never falls below; "
									"auto: 1e-5, at most the learning "
									"rate",
									.needs = HP_USE_LR_SCHEDULER,
									.needs_value = 1},
	[HP_WD] =
		{"wd", KIND_REAL, 0, INFINITY, false, true, AUTO_BY_RULE, AUTO, NULL,
		 APPLIES_ALL, USED_BY_ALL,
		 "L2 regularisation: wd / 2 * |w|^2 is added to the mean loss; auto: "
		 "without validation rows a solver of one model without l1 chooses "
		 "it, "
		 "for squared_loss by generalised cross-validation (of few rows and "
		 "ten folds), else by five folds; otherwise 1e-4 + 1 / rows, for "
		 "huber_loss times huber_delta "
		 "over the labels' deviation where that is below 1, with a log link "
		 "times the mean label to the power 2 - p, 0 for optimizer exact",
		 .recommended = {1e-7, 1}},
	[HP_L1] = {"l1", KIND_REAL, 0, INFINITY, false, true, AUTO_BY_RULE, AUTO,
			   NULL, APPLIES_ALL, USED_BY_ALL,
			   "L1 regularisation: exact zeros; path: chosen with wd by five "
			   "folds among 100 values; auto: 0, but of squared, logistic and "
			   "softmax_loss, and of other losses on few rows for their "
			   "features, what folds choose in the place of an auto wd",
			   .recommended = {1e-7, 1}, .word = "path",
			   .word_value = L1_PATH},
	[HP_L1_RATIO] = {"l1_ratio", KIND_REAL, 0, 1, true, false, AUTO_REFUSED, 1,
					 NULL, APPLIES_BINARY | APPLIES_REGRESSOR,
					 USED_BY(OPTIMIZER_NEWTON),
					 "of l1 path: l1 is this part of the penalty, wd the "
					 "rest",
					 .untunable = true},
	[HP_PATH_RULE] =
		{"path_rule",
		 CHOICE(path_rules, AUTO_REFUSED,
				0, APPLIES_BINARY | APPLIES_REGRESSOR,
				USED_BY(OPTIMIZER_NEWTON),
				"of l1 path: the penalty of the least mean loss of the folds, "
				"or the largest within its standard error"),
		 .untunable = true},
	[HP_NONNEGATIVE] =
		{"nonnegative",
		 FLAG(AUTO_REFUSED, 0, APPLIES_ALL, USED_BY_ALL,
			  "no feature's weight is below 0; the bias is free; a list of "
			  "columns, or of features of arrays by number from 1: none of "
			  "theirs"),
		 .shared_in_group = true},
	[HP_USE_BIAS] = {"use_bias",
					 FLAG(AUTO_REFUSED, 1, APPLIES_ALL, USED_BY_ALL,
						  "whether there is an intercept"),
					 .in_gram = true, .recommended = {true, false}},
	[HP_BIAS_LR_MULT] = {"bias_lr_mult", KIND_REAL, 0, INFINITY, true, true,
						 AUTO_BY_RULE, AUTO, NULL, APPLIES_ALL,
						 USED_BY_UPDATES,
						 "factor on the bias's learning rate; auto: 1",
						 .needs = HP_USE_BIAS, .needs_value = 1},
	[HP_BIAS_WD_MULT] = {"bias_wd_mult", KIND_REAL, 0, INFINITY, false, true,
						 AUTO_BY_RULE, AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
						 "factor on the bias's wd; auto: 0",
						 .needs = HP_USE_BIAS, .needs_value = 1},
	[HP_INIT_METHOD] = {"init_method",
						CHOICE(init_methods, AUTO_REFUSED, INIT_UNIFORM,
							   APPLIES_ALL, USED_BY_UPDATES,
							   "distribution of the initial weights")},
	[HP_INIT_SCALE] = {"init_scale", KIND_REAL, 0, INFINITY, true, true,
					   AUTO_REFUSED, 0.07, NULL, APPLIES_ALL, USED_BY_UPDATES,
					   "uniform on (-init_scale, init_scale)",
					   .needs = HP_INIT_METHOD, .needs_value = INIT_UNIFORM},
	[HP_INIT_SIGMA] = {"init_sigma", KIND_REAL, 0, INFINITY, true, true,
					   AUTO_REFUSED, 0.01, NULL, APPLIES_ALL, USED_BY_UPDATES,
					   "deviation of the normal initial weights",
					   .needs = HP_INIT_METHOD, .needs_value = INIT_NORMAL},
	[HP_INIT_BIAS] =
		{"init_bias", KIND_REAL, -INFINITY, INFINITY, true, true, AUTO_REFUSED,
		 0, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "initial bias, for labels as they are learned on; not given: for "
		 "quantile_loss of a regressor the labels' quantile",
		 .needs = HP_USE_BIAS, .needs_value = 1},
	[HP_NORMALIZE_DATA] =
		{"normalize_data",
		 FLAG(AUTO_BY_RULE, 1, APPLIES_ALL, USED_BY_ALL,
			  "learn on features of unit deviation (taken as at least a tenth "
			  "of the range), sparse ones of unit largest size; a constant "
			  "feature gets weight 0, "
			  "or keeps that of init_model"),
		 .shared_in_group = true, .in_gram = true},
	[HP_NORMALIZE_LABEL] = {"normalize_label",
							FLAG(AUTO_BY_RULE, AUTO, APPLIES_REGRESSOR,
								 USED_BY_ALL,
								 "learn on labels of unit deviation; auto: "
								 "true for a regressor, but not with a log "
								 "link"),
							.losses = LOSSES_IDENTITY, .shared_in_group = true,
							.in_gram = true},
	[HP_UNBIAS_DATA] = {"unbias_data",
						FLAG(AUTO_BY_RULE, AUTO, APPLIES_ALL, USED_BY_ALL,
							 "learn on features of mean zero; auto: true with "
							 "a bias, but not "
							 "for sparse rows or when most values are zero"),
						.shared_in_group = true, .in_gram = true},
	[HP_UNBIAS_LABEL] =
		{"unbias_label",
		 FLAG(AUTO_BY_RULE, AUTO, APPLIES_REGRESSOR, USED_BY_ALL,
			  "learn on labels of mean zero, with a log link from their mean "
			  "on; auto: true with a bias"),
		 .shared_in_group = true, .in_gram = true},
	[HP_NUM_POINT_FOR_SCALER] =
		{"num_point_for_scaler", KIND_INTEGER, 1, 4294967295.0, false, false,
		 AUTO_BY_RULE, AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
		 "rows that give means and deviations; auto: all", .untunable = true},
	[HP_NUM_MODELS] =
		{"num_models", KIND_INTEGER, 1, 1024, false, false, AUTO_BY_RULE, AUTO,
		 NULL, APPLIES_ALL, USED_BY_ALL,
		 "candidate models trained at once: the given settings, and near ones "
		 "in what is auto of learning_rate and wd (in the given ones when "
		 "none "
		 "is auto) and in a given l1 (half and twice of it); auto: 12, for "
		 "many classes 4 (with l1 6), solved 5 "
		 "(with l1 6), when there are validation rows to choose by, else 1",
		 .untunable = true},
	[HP_SELECTION_CRITERIA] =
		{"binary_classifier_model_selection_criteria",
		 CHOICE(criteria, AUTO_BY_RULE, AUTO, APPLIES_BINARY, USED_BY_ALL,
				"what chooses the model, the epoch and the threshold; auto: "
				"the loss, whose own threshold moves only where more rows "
				"are right than chance explains (accuracy with an automatic "
				"positive_example_weight_mult); with threshold_costs these "
				"set the threshold"),
		 .untunable = true},
	[HP_TARGET_PRECISION] = {"target_precision", KIND_REAL, 0, 1, true, true,
							 AUTO_REFUSED, 0.8, NULL, APPLIES_BINARY,
							 USED_BY_ALL,
							 "precision of recall_at_target_precision",
							 .needs = HP_SELECTION_CRITERIA,
							 .needs_value =
								 CRITERION_RECALL_AT_TARGET_PRECISION,
							 .untunable = true},
	[HP_TARGET_RECALL] = {"target_recall", KIND_REAL, 0, 1, true, true,
						  AUTO_REFUSED, 0.8, NULL, APPLIES_BINARY, USED_BY_ALL,
						  "recall of precision_at_target_recall",
						  .needs = HP_SELECTION_CRITERIA,
						  .needs_value = CRITERION_PRECISION_AT_TARGET_RECALL,
						  .untunable = true},
	[HP_F_BETA] = {"f_beta", KIND_REAL, 0, INFINITY, true, true, AUTO_REFUSED,
				   1.0, NULL, APPLIES_BINARY | APPLIES_MULTICLASS, USED_BY_ALL,
				   "beta of F measures", .untunable = true},
	[HP_ACCURACY_TOP_K] = {"accuracy_top_k", KIND_INTEGER, 1, 1000000, false,
						   false, AUTO_REFUSED, 3, NULL, APPLIES_MULTICLASS,
						   USED_BY_ALL, "k of top-k accuracy",
						   .untunable = true},
	[HP_NUM_CALIBRATION_SAMPLES] =
		{"num_calibration_samples", KIND_INTEGER, 1, 4294967295.0,
		 false, false, AUTO_IS_NONE, AUTO, NULL, APPLIES_BINARY, USED_BY_ALL,
		 "validation rows that set threshold and calibration; auto: all",
		 .untunable = true},
	[HP_EARLY_STOPPING_PATIENCE] =
		{"early_stopping_patience", KIND_INTEGER, 1, 1000000000, false, false,
		 AUTO_REFUSED, 3, NULL, APPLIES_ALL, USED_BY_UPDATES,
		 "epochs in which the loss, or the criterion if it is given, does not "
		 "improve before training stops; above epochs: never"},
	[HP_EARLY_STOPPING_TOLERANCE] = {"early_stopping_tolerance", KIND_REAL, 0,
									 INFINITY, true, true, AUTO_REFUSED, 0.001,
									 NULL, APPLIES_ALL, USED_BY_UPDATES,
									 "relative improvement that counts"},
	[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] =
		{"positive_example_weight_mult", KIND_REAL, 0, INFINITY, true, true,
		 AUTO_BY_RULE, 1.0, NULL, APPLIES_BINARY, USED_BY_ALL,
		 "weight of a positive row; balanced: negatives / positives; auto: "
		 "the "
		 "better of 1 and balanced on validation rows",
		 .in_gram = true, .changes_loss = true, .recommended = {1e-5, 1e5},
		 .word = "balanced", .word_value = WEIGHT_MULT_BALANCED},
	[HP_BALANCE_MULTICLASS_WEIGHTS] = {"balance_multiclass_weights",
									   FLAG(AUTO_REFUSED, 0,
											APPLIES_MULTICLASS, USED_BY_ALL,
											"every class weighs the same"),
									   .in_gram = true, .changes_loss = true},
	[HP_COST_FALSE_POSITIVE] =
		{"threshold_costs.false_positive", KIND_REAL, LEAST_COST, LARGEST_COST,
		 false, false, AUTO_IS_NONE, AUTO, NULL, APPLIES_BINARY, USED_BY_ALL,
		 "cost of a negative row that is called positive; with "
		 "false_negative's the threshold is that of least expected cost",
		 .untunable = true, .object = "threshold_costs"},
	[HP_COST_FALSE_NEGATIVE] =
		{"threshold_costs.false_negative", KIND_REAL, LEAST_COST, LARGEST_COST,
		 false, false, AUTO_IS_NONE, AUTO, NULL, APPLIES_BINARY, USED_BY_ALL,
		 "cost of a positive row that is called negative", .untunable = true,
		 .object = "threshold_costs"},
	[HP_SEED] = {"seed", KIND_INTEGER, 0, 9007199254740991.0, false, false,
				 AUTO_REFUSED, 0, NULL, APPLIES_ALL, USED_BY_ALL,
				 "of initial weights and shuffling", .untunable = true,
				 .shared_in_group = true},
	[HP_MAX_SECONDS] = {"max_seconds", KIND_REAL, 0, INFINITY, true, true,
						AUTO_IS_NONE, AUTO, NULL, APPLIES_ALL, USED_BY_ALL,
						"after which training ends, within an epoch or an "
						"iteration too, with "
						"the best model so far; auto: no limit",
						.untunable = true},
	[HP_ON_INVALID] =
		{"on_invalid",
		 CHOICE(
			 invalid_policies, AUTO_REFUSED, ON_INVALID_ERROR, APPLIES_ALL,
			 USED_BY_ALL,
			 "what a row does whose features are NULL, empty, NaN or "
			 "infinite, "
			 "or whose label is NaN or infinite; with feature_dim given, one "
			 "of another width too; skip: rows that teach nothing, as there "
			 "are none, of one class only or counts that are all 0, give NULL "
			 "instead of an error"),
		 .untunable = true},
	[HP_VALIDATION_FRACTION] = {"validation_fraction", KIND_REAL, 0, 1, false,
								true, AUTO_REFUSED, 0, NULL, APPLIES_ALL,
								USED_BY_ALL,
								"part of the training rows, chosen by their "
								"hash, used for validation; of groups or "
								"times, where folds go by them",
								.untunable = true},
	[HP_CALIBRATE] =
		{"calibrate",
		 CHOICE(calibrations, AUTO_REFUSED, CALIBRATE_NONE, APPLIES_BINARY,
				USED_BY_ALL,
				"how scores are made probabilities on validation rows"),
		 .untunable = true},
	[HP_REFIT] = {"refit",
				  FLAG(AUTO_BY_RULE, AUTO, APPLIES_ALL, USED_BY_ALL,
					   "whether the settings that were chosen on validation "
					   "rows learn once more from training and validation "
					   "rows together; metrics, threshold and calibration "
					   "stay those of before; auto: true when a solver won"),
				  .untunable = true},
	[HP_STANDARD_ERRORS] =
		{"standard_errors",
		 CHOICE(error_kinds, AUTO_REFUSED, ERRORS_MODEL,
				APPLIES_BINARY | APPLIES_REGRESSOR,
				USED_BY(OPTIMIZER_EXACT) | USED_BY(OPTIMIZER_NEWTON) |
					USED_BY(OPTIMIZER_LBFGS) | USED_BY(OPTIMIZER_NEWTON_CG),
				"what errors, limits and p of weights rest on: the model's "
				"variance, or robustly each row's residual as sandwich's "
				"vcovHC has it; HC3 suits few rows best; rows are kept"),
		 .losses = LOSSES_WITH_ERRORS, .needs = HP_WD, .needs_value = 0,
		 .untunable = true},
};
