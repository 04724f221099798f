/*
 * test_hyperparameters.c
 *		The table of hyperparameters: ranges, texts, names, what is told of a row.
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
	assert_int_equal(hyperparameters_set_text(&settings, HP_SELECTION_CRITERIA,
											  "mcc", &failure),
					 LL_OK);
	assert_int_equal(hp_integer(&settings, HP_SELECTION_CRITERIA),
					 CRITERION_MCC);
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

/* Costs come in pairs, and beside no criterion that has a target. */
static void
test_costs(void **state)
{
	static const struct
	{
		double positive, negative;
		SelectionCriterion criterion;
		Status status;
	} cases[] = {{1, 10, CRITERION_LOSS, LL_OK},
				 {1, 10, CRITERION_MCC, LL_OK},
				 {NAN, NAN, CRITERION_PRECISION_AT_TARGET_RECALL, LL_OK},
				 {1, NAN, CRITERION_LOSS, LL_INVALID},
				 {NAN, 1, CRITERION_LOSS, LL_INVALID},
				 {1, 10, CRITERION_PRECISION_AT_TARGET_RECALL, LL_INVALID},
				 {1, 10, CRITERION_RECALL_AT_TARGET_PRECISION, LL_INVALID}};

	(void) state;
	assert_int_equal(hyperparameters_find_object("threshold_costs"),
					 HP_COST_FALSE_POSITIVE);
	assert_int_equal(hyperparameters_find_object("wd"), -1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Hyperparameters settings;
		Failure failure;

		hyperparameters_init(&settings);
		settings.value[HP_PREDICTOR_TYPE] = PREDICTOR_BINARY;
		settings.value[HP_COST_FALSE_POSITIVE] = cases[i].positive;
		settings.value[HP_COST_FALSE_NEGATIVE] = cases[i].negative;
		settings.value[HP_SELECTION_CRITERIA] = cases[i].criterion;
		assert_int_equal(hyperparameters_check(&settings, &failure),
						 cases[i].status);
	}
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
	assert_string_equal(hyperparameters_nearest("exclud"), "exclude");
	assert_string_equal(hyperparameters_nearest("fold_groups"), "fold_group");
	assert_string_equal(hyperparameters_nearest("threshold_cost"),
						"threshold_costs");
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

/* A list of quantiles: its point is the row's value; what is none is refused. */
static void
test_list(void **state)
{
	static const double three[] = {0.1, 0.25, 0.5}, two[] = {0.25, 0.75};
	static const double turned[] = {0.5, 0.25}, wide[] = {0.5, 1.0};
	static const double none[] = {NAN, 0.5};
	Hyperparameters s;
	Failure failure;

	(void) state;
	hyperparameters_init(&s);
	s.value[HP_LOSS] = LOSS_QUANTILE;
	assert_int_equal(hp_quantiles(&s), 1);
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, three, 3, &failure), LL_OK);
	assert_true(s.value[HP_QUANTILE] == 0.5 && s.given[HP_QUANTILE]);
	assert_int_equal(hp_quantiles(&s), 3);
	assert_true(hyperparameters_wished(&s, HP_QUANTILE));
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, two, 2, &failure), LL_OK);
	assert_true(s.value[HP_QUANTILE] == 0.25);
	s.value[HP_LOSS] = LOSS_ABSOLUTE;
	assert_int_equal(hp_quantiles(&s), 1);
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, two + 1, 1, &failure),
		LL_OK);
	assert_true(s.value[HP_QUANTILE] == 0.75 && s.quantiles == NULL &&
				s.quantile_count == 0);
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, two, 0, &failure),
		LL_INVALID);
	assert_int_equal(hyperparameters_set_list(&s, HP_QUANTILE, two,
											  MOST_QUANTILES + 1, &failure),
					 LL_INVALID);
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, turned, 2, &failure),
		LL_INVALID);
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, wide, 2, &failure),
		LL_INVALID);
	assert_int_equal(
		hyperparameters_set_list(&s, HP_QUANTILE, none, 2, &failure),
		LL_INVALID);
	assert_int_equal(hyperparameters_set_list(&s, HP_WD, two, 2, &failure),
					 LL_INVALID);
}

/* What a description says, and that a short buffer is not overrun. */
static void
test_describe(void **state)
{
	char text[512];

	(void) state;
	hyperparameters_describe(HP_QUANTILE, text, sizeof(text));
	assert_string_equal(
		text, "a number in (0, 1), or an ascending list of up to 99");
	hyperparameters_describe(HP_TARGET_RECALL, text, sizeof(text));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	 cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_flags),	 cmocka_unit_test(test_auto),
		cmocka_unit_test(test_choices),	 cmocka_unit_test(test_number_texts),
		cmocka_unit_test(test_costs),	 cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_list),	 cmocka_unit_test(test_format),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
