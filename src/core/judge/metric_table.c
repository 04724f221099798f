/*
 * metric_table.c
 *		The one table of metrics.
 */
#include "core/judge/metric_table.h"

#include <math.h>
#include <stddef.h>

#define BINARY APPLIES_BINARY
#define CLASSES APPLIES_MULTICLASS
#define REGRESSOR APPLIES_REGRESSOR

/* A metric's value is an expression of facts f. */
#define VALUE(function, expression)                                           \
	static double function(const MetricFacts *f)                              \
	{                                                                         \
		return expression;                                                    \
	}

VALUE(loss, f->loss)
VALUE(accuracy, binary_accuracy(&f->counts))
VALUE(f_beta, binary_f_beta(&f->counts, f->beta))
VALUE(precision, binary_precision(&f->counts))
VALUE(recall, binary_recall(&f->counts))
VALUE(specificity, binary_specificity(&f->counts))
VALUE(balanced_accuracy, binary_balanced_accuracy(&f->counts))
VALUE(mcc, binary_mcc(&f->counts))
VALUE(kappa, binary_kappa(&f->counts))
VALUE(true_positives, f->counts.true_positives)
VALUE(false_positives, f->counts.false_positives)
VALUE(false_negatives, f->counts.false_negatives)
VALUE(true_negatives, f->counts.true_negatives)
VALUE(roc_auc, f->roc_auc)
VALUE(pr_auc, f->pr_auc)
VALUE(log_loss, f->log_loss)
VALUE(brier, f->brier)
VALUE(calibration, f->calibration_error)
VALUE(class_accuracy, f->classes->accuracy)
VALUE(class_balanced, f->classes->balanced_accuracy)
VALUE(class_mcc, f->classes->mcc)
VALUE(class_kappa, f->classes->kappa)
VALUE(top_k, f->top_k)
VALUE(dcg, f->dcg)
VALUE(macro_f_beta, f->classes->macro.f_beta)
VALUE(macro_precision, f->classes->macro.precision)
VALUE(macro_recall, f->classes->macro.recall)
VALUE(micro_f_beta, f->classes->micro.f_beta)
VALUE(micro_precision, f->classes->micro.precision)
VALUE(micro_recall, f->classes->micro.recall)
VALUE(weighted_f_beta, f->classes->weighted.f_beta)
VALUE(weighted_precision, f->classes->weighted.precision)
VALUE(weighted_recall, f->classes->weighted.recall)
VALUE(mse, regression_mse(f->errors))
VALUE(rmse, regression_rmse(f->errors))
VALUE(mae, regression_mae(f->errors))
VALUE(r2, regression_r2(f->errors))
VALUE(explained_variance, regression_explained_variance(f->errors))
VALUE(bias, regression_bias(f->errors))
VALUE(max_error, f->errors->max_error)
VALUE(pinball, regression_pinball(f->errors, f->quantile))
VALUE(mean_deviance, deviance_mean(f->deviance))
VALUE(d2, deviance_d2(f->deviance))

/*
 * name, trained name, applies to, greater is better, needs; then what is not
 * usual.
 */
const MetricDescriptor metric_table[] = {
	{NULL, "objective_loss", APPLIES_ALL, false, .value = loss},

	{"accuracy", "binary_classification_accuracy", BINARY, true, .card = true,
	 .value = accuracy},
	{"f_beta", "binary_f_beta", BINARY, true, .of_positives = true,
	 .card = true, .value = f_beta},
	{"precision", "precision", BINARY, true, .of_positives = true,
	 .card = true, .value = precision},
	{"recall", "recall", BINARY, true, .of_positives = true, .card = true,
	 .value = recall},
	{"roc_auc", "roc_auc_score", BINARY, true, NEEDS_BOTH, .from_scores = true,
	 .card = true, .value = roc_auc},
	{"pr_auc", "pr_auc", BINARY, true, NEEDS_POSITIVES, .from_scores = true,
	 .value = pr_auc},
	{"log_loss", "log_loss", BINARY, false, .from_scores = true,
	 .of_probabilities = true, .card = true, .value = log_loss},
	{"brier", NULL, BINARY, false, .from_scores = true,
	 .of_probabilities = true, .value = brier},
	{"calibration_error", NULL, BINARY | CLASSES, false, .from_scores = true,
	 .of_probabilities = true, .value = calibration},
	{"specificity", NULL, BINARY, true, .value = specificity},
	{"balanced_accuracy", "balanced_accuracy", BINARY, true,
	 .of_positives = true, .value = balanced_accuracy},
	{"mcc", "mcc", BINARY, true, .of_positives = true, .value = mcc},
	{"kappa", NULL, BINARY, true, .value = kappa},
	{"true_positives", NULL, BINARY, true, .value = true_positives},
	{"false_positives", NULL, BINARY, false, .value = false_positives},
	{"false_negatives", NULL, BINARY, false, .value = false_negatives},
	{"true_negatives", NULL, BINARY, true, .value = true_negatives},

	{"accuracy", "multiclass_accuracy", CLASSES, true, .card = true,
	 .value = class_accuracy},
	/* scores of every class: evaluations have aggregates of their own for these */
	{NULL, "multiclass_top_k_accuracy", CLASSES, true, .value = top_k},
	{NULL, "dcg", CLASSES, true, .value = dcg},
	{"macro_f_beta", "macro_f_beta", CLASSES, true, .card = true,
	 .value = macro_f_beta},
	{"macro_precision", "macro_precision", CLASSES, true, .card = true,
	 .value = macro_precision},
	{"macro_recall", "macro_recall", CLASSES, true, .card = true,
	 .value = macro_recall},
	/*
	 * As scikit-learn's balanced_accuracy_score and log_loss: the mean recall of
	 * the classes that have rows, and the mean of -log of the probability given
	 * to the true class.  macro_recall also counts classes that are only
	 * predicted.
	 */
	{"balanced_accuracy", "multiclass_balanced_accuracy", CLASSES, true,
	 .value = class_balanced},
	{NULL, "multiclass_log_loss", CLASSES, false, .of_probabilities = true,
	 .value = log_loss},
	{"mcc", NULL, CLASSES, true, .value = class_mcc},
	{"kappa", NULL, CLASSES, true, .value = class_kappa},
	{"micro_f_beta", NULL, CLASSES, true, .value = micro_f_beta},
	{"micro_precision", NULL, CLASSES, true, .value = micro_precision},
	{"micro_recall", NULL, CLASSES, true, .value = micro_recall},
	{"weighted_f_beta", NULL, CLASSES, true, .value = weighted_f_beta},
	{"weighted_precision", NULL, CLASSES, true, .value = weighted_precision},
	{"weighted_recall", NULL, CLASSES, true, .value = weighted_recall},

	{"mse", "mse", REGRESSOR, false, .value = mse},
	{"rmse", "rmse", REGRESSOR, false, .card = true, .value = rmse},
	{"mae", "absolute_loss", REGRESSOR, false, .of_sizes = true, .card = true,
	 .value = mae},
	{"r2", "r2", REGRESSOR, true, NEEDS_TWO_ROWS, .card = true, .value = r2},
	{"explained_variance", NULL, REGRESSOR, true, .value = explained_variance},
	{"bias", NULL, REGRESSOR, false, .value = bias},
	{"max_error", NULL, REGRESSOR, false, .of_sizes = true,
	 .value = max_error},
	{"pinball", NULL, REGRESSOR, false, .of_sizes = true, .value = pinball},
	{"mean_deviance", "mean_deviance", REGRESSOR, false, .of_deviance = true,
	 .card = true, .value = mean_deviance},
	{"d2", "d2", REGRESSOR, true, NEEDS_TWO_ROWS, .of_deviance = true,
	 .card = true, .value = d2},

	{.value = NULL}};

MetricFacts
metric_facts(void)
{
	return (MetricFacts){.loss = NAN,
						 .beta = 1,
						 .quantile = NAN,
						 .roc_auc = NAN,
						 .pr_auc = NAN,
						 .log_loss = NAN,
						 .brier = NAN,
						 .calibration_error = NAN,
						 .top_k = NAN,
						 .dcg = NAN};
}

const MetricDescriptor *
metric_trained(const MetricDescriptor *row)
{
	for (row = row == NULL ? metric_table : row + 1; row->value != NULL; row++)
		if (row->trained_name != NULL)
			return row;
	return NULL;
}
