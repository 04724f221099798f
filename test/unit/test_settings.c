/*
 * test_settings.c
 *		Hyperparameters against each other: which fit, and which have no effect.
 */
#include "core/options/hyperparameters.h"

#include <stdio.h>

#include "unit.h"

/* Settings of a predictor type with one text more. */
static Status
check(PredictorType predictor, const char *const *texts, Failure *failure)
{
	Hyperparameters settings;

	hyperparameters_init(&settings);
	settings.value[HP_PREDICTOR_TYPE] = predictor;
	for (; *texts != NULL; texts += 2)
		assert_int_equal(
			hyperparameters_set_text(&settings, hyperparameters_find(texts[0]),
									 texts[1], failure),
			LL_OK);
	return hyperparameters_check(&settings, failure);
}

#define CHECK(predictor, ...)                                                 \
	check(predictor, (const char *const[]){__VA_ARGS__, NULL}, &failure)

/* A refusal names the loss, the predictor type and the losses that fit it. */
static void
check_loss_refused(const Failure *failure, const char *loss,
				   PredictorType type)
{
	assert_non_null(strstr(failure->message, loss));
	assert_non_null(
		strstr(failure->message,
			   hyperparameter_table[HP_PREDICTOR_TYPE].choices[type]));
	for (int i = 0; i < LOSS_COUNT; i++)
	{
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\"", loss_names[i]);
		assert_int_equal(strstr(failure->detail, quoted) != NULL,
						 loss_table[i].predictors >> type & 1);
	}
}

/* Every loss against every predictor type. */
static void
test_loss_fits(void **state)
{
	static const char *const *losses;
	Failure failure = {0};

	(void) state;
	losses = hyperparameter_table[HP_LOSS].choices;
	for (int i = 0; losses[i] != NULL; i++)
	{
		for (int type = PREDICTOR_BINARY; type <= PREDICTOR_REGRESSOR; type++)
		{
			bool fits = loss_table[i].predictors >> type & 1;

			assert_int_equal(CHECK((PredictorType) type, "loss", losses[i]),
							 fits ? LL_OK : LL_INVALID);
			if (!fits)
				check_loss_refused(&failure, losses[i], (PredictorType) type);
		}
	}
}

/* One class is no number of classes, but what others than multiclass are told. */
static void
test_one_class(void **state)
{
	Failure failure = {0};

	(void) state;
	assert_int_equal(CHECK(PREDICTOR_BINARY, "num_classes", "1"), LL_OK);
	assert_int_equal(CHECK(PREDICTOR_REGRESSOR, "num_classes", "3"), LL_OK);
	assert_int_equal(CHECK(PREDICTOR_MULTICLASS, "num_classes", "3"), LL_OK);
	assert_int_equal(CHECK(PREDICTOR_MULTICLASS, "num_classes", "1"),
					 LL_INVALID);
	assert_string_equal(failure.message,
						"num_classes of a multiclass_classifier must be at "
						"least 2, not 1");
}

static void
test_optimizer_fits(void **state)
{
	Failure failure = {0};

	(void) state;
	assert_int_equal(CHECK(PREDICTOR_REGRESSOR, "optimizer", "exact"), LL_OK);
	assert_int_equal(
		CHECK(PREDICTOR_REGRESSOR, "optimizer", "exact", "l1", "0.1"),
		LL_INVALID);
	assert_int_equal(CHECK(PREDICTOR_BINARY, "optimizer", "exact"),
					 LL_INVALID);
	assert_string_equal(failure.message,
						"optimizer \"exact\" does not fit these settings");
	assert_int_equal(CHECK(PREDICTOR_BINARY, "optimizer", "newton"), LL_OK);
	assert_int_equal(CHECK(PREDICTOR_MULTICLASS, "optimizer", "newton"),
					 LL_INVALID);
	assert_int_equal(CHECK(PREDICTOR_MULTICLASS, "optimizer", "lbfgs"), LL_OK);
	assert_int_equal(
		CHECK(PREDICTOR_BINARY, "optimizer", "exact", "loss", "hinge_loss"),
		LL_INVALID);
	assert_int_equal(
		CHECK(PREDICTOR_BINARY, "optimizer", "lbfgs", "loss", "hinge_loss"),
		LL_OK);
	assert_int_equal(CHECK(PREDICTOR_MULTICLASS, "optimizer", "newton", "loss",
						   "multiclass_hinge_loss"),
					 LL_INVALID);
	assert_int_equal(
		CHECK(PREDICTOR_BINARY, "optimizer", "adam", "loss", "hinge_loss"),
		LL_OK);
}

/* Why an option has no effect in otherwise default settings, or NULL. */
static const char *
idle(PredictorType predictor, const char *option, const char *const *others,
	 char *why, size_t size)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_SOFTMAX,
									  LOSS_SQUARED};
	Hyperparameters settings;
	Failure failure = {0};

	hyperparameters_init(&settings);
	settings.value[HP_PREDICTOR_TYPE] = predictor;
	settings.value[HP_LOSS] = losses[predictor];
	settings.value[HP_OPTIMIZER] = OPTIMIZER_ADAM;
	for (; *others != NULL; others += 2)
		assert_int_equal(hyperparameters_set_text(
							 &settings, hyperparameters_find(others[0]),
							 others[1], &failure),
						 LL_OK);
	return hyperparameters_idle(&settings, hyperparameters_find(option), why,
								size)
			   ? why
			   : NULL;
}

#define IDLE(predictor, option, ...)                                          \
	idle(PREDICTOR_##predictor, option,                                       \
		 (const char *const[]){__VA_ARGS__, NULL}, why, sizeof(why))
#define NOTHING NULL, NULL

/* Each column of the table that says when an option has no effect. */
static void
test_option_is_idle(void **state)
{
	static const char *const updates[] = {"learning_rate",
										  "mini_batch_size",
										  "use_lr_scheduler",
										  "lr_scheduler_step",
										  "lr_scheduler_factor",
										  "lr_scheduler_minimum_lr",
										  "bias_lr_mult",
										  "init_method",
										  "init_scale",
										  "init_sigma",
										  "init_bias",
										  "early_stopping_patience",
										  "early_stopping_tolerance",
										  "momentum",
										  "beta_1",
										  "beta_2"};
	static const char *const losses[][2] = {
		{"margin", "hinge_loss"},
		{"quantile", "quantile_loss"},
		{"huber_delta", "huber_loss"},
		{"loss_insensitivity", "eps_insensitive_squared_loss"},
		{"loss_insensitivity", "eps_insensitive_absolute_loss"}};
	static const char *const needs[][3] = {
		{"lr_scheduler_step", "use_lr_scheduler", "false"},
		{"lr_scheduler_factor", "use_lr_scheduler", "false"},
		{"lr_scheduler_minimum_lr", "use_lr_scheduler", "false"},
		{"bias_lr_mult", "use_bias", "false"},
		{"bias_wd_mult", "use_bias", "false"},
		{"init_bias", "use_bias", "false"},
		{"init_scale", "init_method", "normal"}};
	char why[128];

	(void) state;
	assert_string_equal(IDLE(BINARY, "momentum", NOTHING),
						"with optimizer \"adam\"");
	assert_null(IDLE(BINARY, "momentum", "optimizer", "sgd"));
	assert_string_equal(IDLE(BINARY, "beta_1", "optimizer", "rmsprop"),
						"with optimizer \"rmsprop\"");
	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++)
	{
		assert_string_equal(IDLE(BINARY, updates[i], "optimizer", "lbfgs"),
							"with optimizer \"lbfgs\"");
		assert_non_null(IDLE(REGRESSOR, updates[i], "optimizer", "exact"));
	}
	assert_null(IDLE(BINARY, "epochs", "optimizer", "lbfgs"));
	assert_non_null(IDLE(REGRESSOR, "epochs", "optimizer", "exact"));
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
	{
		assert_string_equal(IDLE(BINARY, losses[i][0], NOTHING),
							"with loss \"logistic\"");
		assert_null(IDLE(BINARY, losses[i][0], "loss", losses[i][1]));
	}
	assert_null(IDLE(MULTICLASS, "margin", "loss", "multiclass_hinge_loss"));
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
	{
		assert_null(IDLE(BINARY, needs[i][0], NOTHING));
		assert_non_null(IDLE(BINARY, needs[i][0], needs[i][1], needs[i][2]));
	}
	assert_string_equal(IDLE(BINARY, "init_sigma", NOTHING),
						"with init_method \"uniform\"");
	assert_null(IDLE(BINARY, "init_sigma", "init_method", "normal"));
	assert_non_null(IDLE(BINARY, "target_recall", NOTHING));
	assert_null(IDLE(BINARY, "target_recall",
					 "binary_classifier_model_selection_criteria",
					 "precision_at_target_recall"));
	assert_null(IDLE(BINARY, "target_precision",
					 "binary_classifier_model_selection_criteria",
					 "recall_at_target_precision"));
	assert_string_equal(IDLE(REGRESSOR, "calibrate", NOTHING),
						"with predictor_type \"regressor\"");
	assert_non_null(IDLE(BINARY, "num_classes", NOTHING));
	assert_non_null(IDLE(MULTICLASS, "normalize_label", NOTHING));
	assert_null(IDLE(REGRESSOR, "normalize_label", NOTHING));
	assert_null(IDLE(REGRESSOR, "wd", "optimizer", "exact"));
}

/* What only repeats a default asks for nothing. */
static void
test_wish(void **state)
{
	Hyperparameters settings;
	Failure failure = {0};

	(void) state;
	hyperparameters_init(&settings);
	assert_false(hyperparameters_wished(&settings, HP_EPOCHS));
	(void) hyperparameters_set_text(&settings, HP_EPOCHS, "15", &failure);
	(void) hyperparameters_set_text(&settings, HP_MOMENTUM, "auto", &failure);
	assert_false(hyperparameters_wished(&settings, HP_EPOCHS));
	assert_false(hyperparameters_wished(&settings, HP_MOMENTUM));
	(void) hyperparameters_set_text(&settings, HP_EPOCHS, "16", &failure);
	assert_true(hyperparameters_wished(&settings, HP_EPOCHS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loss_fits),
		cmocka_unit_test(test_one_class),
		cmocka_unit_test(test_optimizer_fits),
		cmocka_unit_test(test_option_is_idle),
		cmocka_unit_test(test_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
