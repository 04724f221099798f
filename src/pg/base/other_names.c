/*
 * other_names.c
 *		What other libraries call our options.
 */
#include "pg/base/other_names.h"

/* Theirs, ours, and what else there is to say: theirs may be no mere other name. */
static const struct
{
	const char *name;
	const char *ours;
	const char *note;
} other_names[] = {
	{"class_weight", "class_weights",
	 "For \"balanced\": positive_example_weight_mult, or "
	 "balance_multiclass_weights."},
	{"C", "wd", "It is the inverse: wd is 1 / (C * rows)."},
	{"alpha", "wd", "Of the lasso it is l1."},
	{"lambda", "wd", "Of the lasso it is l1."},
	{"lambda_l1", "l1", ""},
	{"lambda_l2", "wd", ""},
	{"reg_alpha", "l1", ""},
	{"reg_lambda", "wd", ""},
	{"weight_decay", "wd", ""},
	{"penalty", "wd", "wd is the ridge's penalty, l1 the lasso's."},
	{"max_iter", "epochs", ""},
	{"max_epochs", "epochs", ""},
	{"num_epochs", "epochs", ""},
	{"iterations", "epochs", ""},
	{"n_iter", "epochs", ""},
	{"lr", "learning_rate", ""},
	{"eta", "learning_rate", ""},
	{"eta0", "learning_rate", ""},
	{"solver", "optimizer", ""},
	{"algorithm", "optimizer", ""},
	{"batch_size", "mini_batch_size", ""},
	{"random_state", "seed", ""},
	{"random_seed", "seed", ""},
	{"fit_intercept", "use_bias", ""},
	{"intercept", "use_bias", ""},
	{"normalize", "normalize_data", ""},
	{"standardize", "normalize_data", ""},
	{"objective", "loss", ""},
	{"family", "loss", ""},
	{"tol", "early_stopping_tolerance", "Of mini-batches alone."},
	{"patience", "early_stopping_patience", ""},
	{"epsilon", "loss_insensitivity", "Of huber_loss it is huber_delta."},
	{"tau", "quantile", ""},
	{"groups", "fold_group", "It names a column of the rows."},
	{"sample_weight", "weight", "It names a column of the rows."},
	{"cv", "folds", "It is of linlearn_tune."},
	{"n_splits", "folds", "It is of linlearn_tune."},
	/* BigQuery ML */
	{"model_type", "predictor_type", "Its losses are those of option loss."},
	{"l1_reg", "l1", ""},
	{"l2_reg", "wd", ""},
	{"max_iterations", "epochs", ""},
	{"learn_rate", "learning_rate", ""},
	{"learn_rate_strategy", "use_lr_scheduler", ""},
	{"ls_init_learn_rate", "learning_rate", ""},
	{"early_stop", "early_stopping_patience", ""},
	{"min_rel_progress", "early_stopping_tolerance", "Of mini-batches alone."},
	{"optimize_strategy", "optimizer", ""},
	{"auto_class_weights", "balance_multiclass_weights",
	 "Of two classes it is positive_example_weight_mult balanced."},
	{"data_split_eval_fraction", "validation_fraction", ""},
	{"data_split_method", "validation_fraction",
	 "The argument channel says of each row what it is for."},
	{"data_split_col", "validation_fraction",
	 "The argument channel says of each row what it is for."},
	{"calculate_p_values", "wd", "Of 0 there are standard errors and p."},
	{"num_trials", "max_jobs", "It is of linlearn_tune."},
	{"max_parallel_trials", "max_parallel_jobs", "It is of linlearn_tune."},
};

const char *
option_by_other_name(const char *name, const char **note)
{
	for (int i = 0; i < lengthof(other_names); i++)
		if (pg_strcasecmp(other_names[i].name, name) == 0)
		{
			*note = other_names[i].note;
			return other_names[i].ours;
		}
	return NULL;
}
