/*
 * test_search_space.c
 *		Ranges: scalings, what they refuse, recommended ends, encoding.
 */
#include "tuner_fixture.h"

static const Range batch = {
	HP_MINI_BATCH_SIZE, RANGE_INTEGER, SCALING_AUTO, 100, 2000, 0, {0}};

static void
test_scalings(void **state)
{
	Range linear = wd,
		  reverse = {HP_BETA_1, RANGE_CONTINUOUS, SCALING_REVERSE_LOGARITHMIC,
					 0.9,		0.9999,			  0,
					 {0}};
	SearchSpace space = space_of(&wd, 1);

	(void) state;
	assert_int_equal(space.ranges[0].scaling, SCALING_LOGARITHMIC);
	assert_near(range_at(&space.ranges[0], 0), 1e-7, 1e-15);
	assert_near(log10(range_at(&space.ranges[0], 0.5)), -3.5, 1e-12);
	assert_near(range_at(&space.ranges[0], 1), 1, 1e-12);
	linear.scaling = SCALING_LINEAR;
	assert_near(range_at(&linear, 0.5), 0.50000005, 1e-12);
	/* Half way between 1 - 0.1 and 1 - 0.0001 by factors. */
	assert_near(range_at(&reverse, 0.5), 1 - sqrt(0.1 * 0.0001), 1e-12);
	assert_near(range_at(&reverse, 0), 0.9, 1e-12);
	assert_near(range_at(&reverse, 1), 0.9999, 1e-12);
	/* 2000 / 100 is below the ratio from which on Auto is Logarithmic. */
	space = space_of(&batch, 1);
	assert_int_equal(space.ranges[0].scaling, SCALING_LINEAR);
}

static void
test_round_trip(void **state)
{
	Range all[] = {wd, rate, batch, bias};
	SearchSpace space = space_of(all, 4);

	(void) state;
	for (uint32_t i = 0; i < space.count; i++)
		for (double u = 0; u <= 1.0; u += 1.0 / 64)
		{
			const Range *range = &space.ranges[i];
			double value = range_at(range, u);

			assert_true(range_holds(range, value));
			assert_near(range_at(range, range_unit(range, value)), value,
						1e-12);
			if (range->kind == RANGE_CONTINUOUS)
				assert_near(range_unit(range, value), u, 1e-12);
		}
	/* Outside is moved inside. */
	assert_near(range_unit(&space.ranges[0], 1e9), 1, 1e-3);
}

static void
test_integers_get_equal_shares(void **state)
{
	Range range = {HP_EPOCHS, RANGE_INTEGER, SCALING_LINEAR, 1, 4, 0, {0}};
	int seen[5] = {0};

	(void) state;
	for (int i = 0; i < 4000; i++)
		seen[(int) range_at(&range, (i + 0.5) / 4000)]++;
	for (int value = 1; value <= 4; value++)
		assert_true(seen[value] >= 999 && seen[value] <= 1001);
}

static void
refuse(Range range, const char *part)
{
	SearchSpace space = {0};
	Failure failure;

	assert_int_equal(space_add(&space, &range, &failure), LL_INVALID);
	if (strstr(failure.message, part) == NULL)
		print_error("\"%s\" does not say \"%s\"\n", failure.message, part);
	assert_non_null(strstr(failure.message, part));
	assert_int_equal(space.count, 0);
}

static void
test_space_refuses(void **state)
{
	Range range = wd;

	(void) state;
	range.minimum = 2;
	refuse(range, "minimum 2 is above maximum 1");
	range = wd;
	range.minimum = -1;
	refuse(range, "invalid value for hyperparameter \"wd\": -1");
	range.minimum = 0;
	range.scaling = SCALING_LOGARITHMIC;
	refuse(range, "minimum 0 is not above 0");
	range.scaling = SCALING_REVERSE_LOGARITHMIC;
	refuse(range, "not within [0, 1)");
	range = batch;
	range.kind = RANGE_CONTINUOUS;
	refuse(range, "is an integer");
	range.kind = RANGE_INTEGER;
	range.maximum = 300.5;
	refuse(range, "must be integers");
	range.maximum = NAN;
	refuse(range, "is empty");
	range = bias;
	range.category_count = 0;
	refuse(range, "is empty");
	range = bias;
	range.kind = RANGE_CONTINUOUS;
	range.maximum = 1;
	refuse(range, "cannot have a continuous range");
	range = wd;
	range.row = HP_SEED;
	refuse(range, "cannot be tuned");
}

static void
test_duplicate_range(void **state)
{
	SearchSpace space = space_of(&wd, 1);
	Failure failure;

	(void) state;
	assert_int_equal(space_add(&space, &wd, &failure), LL_INVALID);
	assert_string_equal(failure.message, "\"wd\" has two ranges");
}

/* The ranges that SageMaker recommends, of rows that are not given. */
static void
test_recommended(void **state)
{
	static const Range wanted[] = {
		{HP_MINI_BATCH_SIZE, RANGE_INTEGER, SCALING_LINEAR, 100, 5000, 0, {0}},
		{HP_LEARNING_RATE,
		 RANGE_CONTINUOUS,
		 SCALING_LOGARITHMIC,
		 1e-5,
		 1,
		 0,
		 {0}},
		{HP_WD, RANGE_CONTINUOUS, SCALING_LOGARITHMIC, 1e-7, 1, 0, {0}},
		{HP_L1, RANGE_CONTINUOUS, SCALING_LOGARITHMIC, 1e-7, 1, 0, {0}},
		{HP_USE_BIAS, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 2, {1, 0}},
		{HP_POSITIVE_EXAMPLE_WEIGHT_MULT,
		 RANGE_CONTINUOUS,
		 SCALING_LOGARITHMIC,
		 1e-5,
		 1e5,
		 0,
		 {0}}};
	SearchSpace space = {0};
	Hyperparameters fixed;

	(void) state;
	hyperparameters_init(&fixed);
	space_add_recommended(&space, &fixed, PREDICTOR_BINARY);
	assert_int_equal(space.count, 6);
	for (uint32_t i = 0; i < space.count; i++)
	{
		const Range *r = &space.ranges[i], *w = &wanted[i];

		assert_int_equal(r->row, w->row);
		assert_int_equal(r->kind, w->kind);
		assert_int_equal(r->scaling, w->scaling);
		assert_true(r->minimum == w->minimum && r->maximum == w->maximum);
		assert_int_equal(r->category_count, w->category_count);
		assert_memory_equal(r->categories, w->categories,
							sizeof(r->categories));
	}
	memset(&space, 0, sizeof(space));
	space_add_recommended(&space, &fixed, PREDICTOR_REGRESSOR);
	assert_int_equal(space.count, 5);
	memset(&space, 0, sizeof(space));
	fixed.given[HP_WD] = true;
	space_add_recommended(&space, &fixed, PREDICTOR_REGRESSOR);
	assert_int_equal(space.count, 4);
	for (uint32_t i = 0; i < space.count; i++)
		assert_int_not_equal(space.ranges[i].row, HP_WD);
}

static void
test_encoding(void **state)
{
	Range all[] = {bias, wd};
	SearchSpace space = space_of(all, 2);
	double values[] = {1e-7, 0}, encoded[3];

	(void) state;
	assert_int_equal(space_encoded_size(&space), 3);
	/* In the table's order: wd comes before use_bias. */
	space_encode(&space, values, encoded);
	assert_near(encoded[0], 0, 1e-12);
	assert_near(encoded[1], 0, 0);
	assert_near(encoded[2], 1, 0);
}

/* Auto counts a hundredfold, and no less, by factors. */
static void
test_auto_scaling(void **state)
{
	Range range = rate;

	(void) state;
	range.minimum = 0.001;
	range.maximum = 0.101;
	assert_int_equal(space_of(&range, 1).ranges[0].scaling,
					 SCALING_LOGARITHMIC);
	range.maximum = 0.099;
	assert_int_equal(space_of(&range, 1).ranges[0].scaling, SCALING_LINEAR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalings),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_integers_get_equal_shares),
		cmocka_unit_test(test_space_refuses),
		cmocka_unit_test(test_duplicate_range),
		cmocka_unit_test(test_recommended),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_auto_scaling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
