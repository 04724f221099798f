/*
 * test_hyperparameters.c
 *		The one table: each row's default, bounds, texts and messages, and the
 *		checks of rows against each other.
 */
#include "core/options/hyperparameters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

/* Whether a number may be a row's value by the table's own bounds. */
static bool
in_range(const HyperparameterDescriptor *d, double value)
{
	return (d->minimum_open ? value > d->minimum : value >= d->minimum) &&
		   (d->maximum_open ? value < d->maximum : value <= d->maximum);
}

/* Every row is whole, its name unique, its default allowed. */
static void
test_table(void **state)
{
	Hyperparameters settings;

	(void) state;
	hyperparameters_init(&settings);
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];

		assert_non_null(d->name);
		assert_non_null(d->meaning);
		assert_true(d->meaning[0] != '\0');
		assert_true(d->applies != 0 && (d->applies & ~APPLIES_ALL) == 0);
		assert_true(d->minimum < d->maximum);
		assert_int_equal(hyperparameters_find(d->name), row);
		assert_int_equal(d->kind == KIND_CHOICE, d->choices != NULL);
		assert_false(settings.given[row]);
		if (isnan(d->default_value))
		{
			assert_true(d->automatic != AUTO_REFUSED);
			assert_true(hp_is_auto(&settings, row));
		}
		else
		{
			assert_true(in_range(d, d->default_value));
			assert_true(settings.value[row] == d->default_value);
		}
		if (d->kind == KIND_CHOICE)
			assert_null(d->choices[(int) d->maximum + 1]);
	}
	assert_int_equal(hyperparameters_find("epoch"), -1);
	assert_int_equal(hyperparameters_find(""), -1);
}

/* The message of a refused value names key, value and what is allowed. */
static void
check_refused(Status status, const Failure *failure, Hyperparameter row,
			  const char *value)
{
	char allowed[512], wanted[600];

	assert_int_equal(status, LL_INVALID);
	assert_int_equal(failure->status, LL_INVALID);
	snprintf(wanted, sizeof(wanted),
			 "invalid value for hyperparameter \"%s\": %s",
			 hyperparameter_table[row].name, value);
	assert_string_equal(failure->message, wanted);
	hyperparameters_describe(row, allowed, sizeof(allowed));
	snprintf(wanted, sizeof(wanted), "It must be %s.", allowed);
	assert_string_equal(failure->detail, wanted);
}

/* Numbers at, just inside and just outside each bound. */
static void
test_numbers(void **state)
{
	(void) state;
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		bool number = d->kind == KIND_INTEGER || d->kind == KIND_REAL;
		double values[] = {d->minimum,
						   d->maximum,
						   d->minimum - 1,
						   d->maximum + 1,
						   nextafter(d->minimum, INFINITY),
						   nextafter(d->maximum, -INFINITY),
						   0.5,
						   1,
						   2,
						   1.5,
						   -1,
						   1e300,
						   INFINITY,
						   -INFINITY,
						   NAN};

		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		{
			Hyperparameters settings;
			Failure failure = {0};
			double value = values[i];
			bool fits = number && in_range(d, value) &&
						(d->kind == KIND_REAL || value == floor(value));
			Status status;
			char text[32];

			hyperparameters_init(&settings);
			status =
				hyperparameters_set_number(&settings, row, value, &failure);
			if (fits)
			{
				assert_int_equal(status, LL_OK);
				assert_true(settings.value[row] == value);
				assert_true(settings.given[row]);
				continue;
			}
			snprintf(text, sizeof(text), "%.15g", value);
			check_refused(status, &failure, row, text);
			/* what is refused leaves no trace */
			assert_false(settings.given[row]);
			assert_true(settings.value[row] == d->default_value ||
						isnan(d->default_value));
		}
	}
}

static void
test_flags(void **state)
{
	static const char *const texts[] = {"true", "false", "True", "FALSE"};

	(void) state;
	for (int row = 0; row < HP_COUNT; row++)
		for (int i = 0; i < 4; i++)
		{
			bool flag = hyperparameter_table[row].kind == KIND_FLAG;
			Hyperparameters settings;
			Failure failure = {0};
			char quoted[40];
			Status status;

			hyperparameters_init(&settings);
			status =
				hyperparameters_set_flag(&settings, row, i % 2 == 0, &failure);
			if (flag)
			{
				assert_int_equal(status, LL_OK);
				assert_true(settings.value[row] == (i % 2 == 0));
			}
			else
				check_refused(status, &failure, row,
							  i % 2 == 0 ? "true" : "false");
			hyperparameters_init(&settings);
			status =
				hyperparameters_set_text(&settings, row, texts[i], &failure);
			snprintf(quoted, sizeof(quoted), "\"%s\"", texts[i]);
			if (!flag)
				check_refused(status, &failure, row, quoted);
			else
			{
				assert_int_equal(status, LL_OK);
				assert_true(settings.value[row] == (i % 2 == 0));
				assert_true(settings.given[row]);
			}
		}
}

/* "auto" where the table says so, and nowhere else. */
static void
test_auto(void **state)
{
	(void) state;
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		Hyperparameters settings;
		Failure failure = {0};
		Status status;

		hyperparameters_init(&settings);
		settings.value[row] = 1;
		settings.given[row] = true;
		status = hyperparameters_set_text(&settings, row, "auto", &failure);
		if (d->automatic == AUTO_REFUSED)
		{
			check_refused(status, &failure, row, "\"auto\"");
			assert_null(strstr(failure.detail, "\"auto\""));
			continue;
		}
		assert_int_equal(status, LL_OK);
		assert_true(hp_is_auto(&settings, row));
		assert_false(settings.given[row]);
	}
}

/* Every choice by its name; the names of 2017; nothing else. */
static void
test_choices(void **state)
{
	Hyperparameters settings;
	Failure failure = {0};

	(void) state;
	hyperparameters_init(&settings);
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];

		if (d->kind != KIND_CHOICE)
			continue;
		for (int i = 0; d->choices[i] != NULL; i++)
		{
			assert_int_equal(hyperparameters_set_text(&settings, row,
													  d->choices[i], &failure),
							 LL_OK);
			assert_int_equal(hp_integer(&settings, row), i);
		}
		check_refused(
			hyperparameters_set_text(&settings, row, "no_such", &failure),
			&failure, row, "\"no_such\"");
		assert_non_null(strstr(failure.detail, d->choices[0]));
	}
	assert_int_equal(hyperparameters_set_text(&settings, HP_SELECTION_CRITERIA,
											  "f1", &failure),
					 LL_OK);
	assert_int_equal(hp_integer(&settings, HP_SELECTION_CRITERIA),
					 CRITERION_F_BETA);
	assert_int_equal(hyperparameters_set_text(&settings, HP_SELECTION_CRITERIA,
											  "cross_entropy_loss", &failure),
					 LL_OK);
	assert_int_equal(hp_integer(&settings, HP_SELECTION_CRITERIA),
					 CRITERION_LOSS);
	check_refused(hyperparameters_set_text(&settings, HP_LOSS, "f1", &failure),
				  &failure, HP_LOSS, "\"f1\"");
}

/* Numbers spelt as text, as SageMaker's maps have them. */
static void
test_number_texts(void **state)
{
	static const char *const bad[] = {"",	 " 5",	"5 ",	   "5x",	"five",
									  "nan", "inf", "-inf",	   "1e999", "-1",
									  "0",	 "2.5", "balanced"};
	Hyperparameters settings;
	Failure failure = {0};
	char longest[1000];

	(void) state;
	hyperparameters_init(&settings);
	assert_int_equal(
		hyperparameters_set_text(&settings, HP_EPOCHS, "7", &failure), LL_OK);
	assert_true(settings.value[HP_EPOCHS] == 7);
	assert_int_equal(hyperparameters_set_text(&settings, HP_LEARNING_RATE,
											  "1e-3", &failure),
					 LL_OK);
	assert_true(settings.value[HP_LEARNING_RATE] == 1e-3);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			hyperparameters_set_text(&settings, HP_EPOCHS, bad[i], &failure),
			LL_INVALID);
	assert_true(settings.value[HP_EPOCHS] == 7);
	assert_int_equal(hyperparameters_set_text(&settings,
											  HP_POSITIVE_EXAMPLE_WEIGHT_MULT,
											  "balanced", &failure),
					 LL_OK);
	assert_true(settings.value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] ==
				WEIGHT_MULT_BALANCED);
	/* -1 stands for balanced inside only */
	assert_int_equal(hyperparameters_set_text(&settings,
											  HP_POSITIVE_EXAMPLE_WEIGHT_MULT,
											  "-1", &failure),
					 LL_INVALID);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (int row = 0; row < HP_COUNT; row++)
		assert_int_equal(
			hyperparameters_set_text(&settings, row, longest, &failure),
			LL_INVALID);
}

static void
test_nearest(void **state)
{
	static const char *const pairs[][2] = {
		{"epoch", "epochs"},
		{"learning_rat", "learning_rate"},
		{"minibatch_size", "mini_batch_size"},
		{"WD", "wd"},
		{"l2", "l1"},
		{"normalise_data", "normalize_data"},
		{"beta1", "beta_1"},
		{"predictortype", "predictor_type"}};
	char longest[1000];

	(void) state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(hyperparameters_nearest(pairs[i][0]), pairs[i][1]);
	for (int row = 0; row < HP_COUNT; row++)
		assert_string_equal(
			hyperparameters_nearest(hyperparameter_table[row].name),
			hyperparameter_table[row].name);
	assert_null(hyperparameters_nearest(""));
	assert_null(hyperparameters_nearest("qqqqqqqqqqqqqqqqqqqqqqqq"));
	memset(longest, 'e', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(hyperparameters_nearest(longest));
}

/* What format writes, set reads back as the same bits. */
static void
test_format(void **state)
{
	static const double numbers[] = {
		1,			2,	   0.1,	   1.0 / 3, 1e-7,
		123456.789, 1e300, 5e-324, 1000000, 9007199254740992.0};

	(void) state;
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		Hyperparameters settings;
		Failure failure;
		char text[64];

		hyperparameters_format(row, NAN, text, sizeof(text));
		assert_string_equal(text, "\"auto\"");
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		{
			hyperparameters_init(&settings);
			if (hyperparameters_set_number(&settings, row, numbers[i],
										   &failure) != LL_OK)
				continue;
			hyperparameters_format(row, numbers[i], text, sizeof(text));
			hyperparameters_init(&settings);
			assert_int_equal(
				hyperparameters_set_text(&settings, row, text, &failure),
				LL_OK);
			assert_true(settings.value[row] == numbers[i]);
		}
		for (int i = 0; d->kind == KIND_CHOICE && d->choices[i] != NULL; i++)
		{
			char wanted[64];

			hyperparameters_format(row, i, text, sizeof(text));
			snprintf(wanted, sizeof(wanted), "\"%s\"", d->choices[i]);
			assert_string_equal(text, wanted);
		}
		if (d->kind == KIND_FLAG)
		{
			hyperparameters_format(row, 1, text, sizeof(text));
			assert_string_equal(text, "true");
			hyperparameters_format(row, 0, text, sizeof(text));
			assert_string_equal(text, "false");
		}
	}
}

/* What a description says, and that a short buffer is not overrun. */
static void
test_describe(void **state)
{
	char text[512];

	(void) state;
	hyperparameters_describe(HP_QUANTILE, text, sizeof(text));
	assert_string_equal(text, "a number in (0, 1)");
	hyperparameters_describe(HP_EPOCHS, text, sizeof(text));
	assert_string_equal(text, "an integer in [1, 1000000]");
	hyperparameters_describe(HP_LEARNING_RATE, text, sizeof(text));
	assert_string_equal(text, "a number in (0, infinity), or \"auto\"");
	hyperparameters_describe(HP_USE_BIAS, text, sizeof(text));
	assert_string_equal(text, "true or false");
	hyperparameters_describe(HP_CALIBRATE, text, sizeof(text));
	assert_string_equal(text, "one of \"none\", \"platt\", \"isotonic\"");
	hyperparameters_describe(HP_POSITIVE_EXAMPLE_WEIGHT_MULT, text,
							 sizeof(text));
	assert_string_equal(
		text, "a number in (0, infinity), \"balanced\", or \"auto\"");
	for (int row = 0; row < HP_COUNT; row++)
		for (size_t size = 1; size < 300; size++)
		{
			char *small = malloc(size);

			hyperparameters_describe(row, small, size);
			assert_true(strlen(small) < size);
			free(small);
		}
}

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
		CHECK(PREDICTOR_BINARY, "optimizer", "lbfgs", "loss", "hinge_loss"),
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
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_auto),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_number_texts),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_loss_fits),
		cmocka_unit_test(test_one_class),
		cmocka_unit_test(test_optimizer_fits),
		cmocka_unit_test(test_option_is_idle),
		cmocka_unit_test(test_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
