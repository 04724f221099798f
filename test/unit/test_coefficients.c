/*
 * test_coefficients.c
 *		Models of weights that were learned elsewhere: what they become, what is
 *		refused of numbers, labels and columns, and memory that runs out.
 */
#include "core/model/coefficients.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

typedef struct Given
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	ModelLabel labels[3];
	Coefficients given;
	Model model;
} Given;

static const double six[] = {1, -2, 3, -4, 5, -6};
static const double three[] = {0.5, -0.5, 0.25};

/* Weights of two features for so many outputs and labels. */
static void
open_given(Given *g, uint32_t outputs, uint32_t labels)
{
	memset(g, 0, sizeof(*g));
	g->runtime = malloc_runtime(&g->arena);
	g->labels[0] = (ModelLabel){"no", 0};
	g->labels[1] = (ModelLabel){"yes", 1};
	g->labels[2] = (ModelLabel){"so so", 2};
	g->given = (Coefficients){.dimension = 2,
							  .outputs = outputs,
							  .weights = six,
							  .bias = three,
							  .label_count = labels,
							  .labels = g->labels,
							  .label_type = "text",
							  .threshold = NAN};
	hyperparameters_init(&g->given.settings);
}

static Status
make(Given *g)
{
	return coefficients_model(&g->given, &g->runtime, &g->model, &g->failure);
}

/* Refused, with these words. */
static void
refuse(Given *g, const char *words)
{
	assert_int_equal(make(g), LL_INVALID);
	if (strstr(g->failure.message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", g->failure.message, words);
	malloc_arena_free(&g->arena);
}

static void
test_kinds(void **state)
{
	static const struct
	{
		uint32_t outputs;
		uint32_t labels;
		PredictorType predictor;
		LossKind loss;
	} cases[] = {{1, 0, PREDICTOR_REGRESSOR, LOSS_SQUARED},
				 {1, 2, PREDICTOR_BINARY, LOSS_LOGISTIC},
				 {3, 3, PREDICTOR_MULTICLASS, LOSS_SOFTMAX}};
	Given g;

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		open_given(&g, cases[i].outputs, cases[i].labels);
		assert_int_equal(make(&g), LL_OK);
		assert_int_equal(g.model.predictor, cases[i].predictor);
		assert_int_equal(g.model.loss, cases[i].loss);
		assert_memory_equal(g.model.weights, six,
							2 * cases[i].outputs * sizeof(double));
		assert_memory_equal(g.model.bias, three,
							cases[i].outputs * sizeof(double));
		assert_int_equal(g.model.label_count, cases[i].labels);
		malloc_arena_free(&g.arena);
	}
	/* without a bias it is 0 */
	open_given(&g, 1, 0);
	g.given.bias = NULL;
	assert_int_equal(make(&g), LL_OK);
	assert_float_equal(g.model.bias[0], 0, 0);
	malloc_arena_free(&g.arena);
}

/* Rows of weights and labels that make no model. */
static void
test_shapes(void **state)
{
	static const uint32_t pairs[][2] = {{1, 1}, {1, 3}, {2, 0}, {3, 2}};
	Given g;

	(void) state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		open_given(&g, pairs[i][0], pairs[i][1]);
		refuse(&g, "do not fit");
	}
	open_given(&g, 1, 0);
	g.given.dimension = 0;
	refuse(&g, "weights are for 0 features");
	open_given(&g, 0, 0);
	refuse(&g, "weights are for 2 features");
	/* refused before a weight is read */
	open_given(&g, 1, 0);
	g.given.dimension = UINT32_MAX;
	g.given.weights = NULL;
	refuse(&g, "weights are for 4294967295 features");
}

static void
test_numbers(void **state)
{
	static const double bad[] = {1, INFINITY};
	static const double worse[] = {NAN, 1};
	static const double negative[] = {1, -1};
	Given g;

	(void) state;
	open_given(&g, 1, 0);
	g.given.weights = bad;
	refuse(&g, "weights has an infinite number at place 2");
	open_given(&g, 1, 0);
	g.given.bias = worse;
	refuse(&g, "bias has NaN at place 1");
	open_given(&g, 1, 0);
	g.given.mean = worse;
	refuse(&g, "mean has NaN at place 1");
	open_given(&g, 1, 0);
	g.given.deviation = bad;
	refuse(&g, "deviation has an infinite number at place 2");
	open_given(&g, 1, 0);
	g.given.deviation = negative;
	refuse(&g, "deviation is negative at place 2");
	open_given(&g, 1, 0);
	g.given.settings.quantile_count = 2;
	refuse(&g, "one quantile, not 2");
}

static void
test_labels(void **state)
{
	char *longer = malloc(MODEL_MAX_TEXT + 2);
	Given g;

	(void) state;
	memset(longer, 'x', MODEL_MAX_TEXT + 1);
	longer[MODEL_MAX_TEXT + 1] = '\0';
	open_given(&g, 3, 3);
	g.labels[2].text = "no";
	refuse(&g, "label \"no\" is there twice");
	open_given(&g, 1, 2);
	g.labels[1].value = NAN;
	refuse(&g, "a label is not finite");
	open_given(&g, 1, 2);
	g.labels[0].text = longer;
	refuse(&g, "a label has more than");
	open_given(&g, 1, 2);
	g.labels[0].text = longer + 1;
	assert_int_equal(make(&g), LL_OK);
	malloc_arena_free(&g.arena);
	free(longer);
}

static void
test_losses(void **state)
{
	Given g;

	(void) state;
	open_given(&g, 1, 2);
	g.given.loss = "hinge_loss";
	assert_int_equal(make(&g), LL_OK);
	assert_int_equal(g.model.loss, LOSS_HINGE);
	malloc_arena_free(&g.arena);
	open_given(&g, 1, 2);
	g.given.loss = "softmax_loss";
	refuse(&g, "loss \"softmax_loss\" is none of these weights");
	open_given(&g, 1, 0);
	g.given.loss = "";
	refuse(&g, "loss \"\" is none of these weights");
}

static void
test_thresholds(void **state)
{
	static const double bad[] = {0, 1, -0.5, 2, INFINITY};
	Given g;

	(void) state;
	open_given(&g, 1, 2);
	assert_int_equal(make(&g), LL_OK);
	assert_float_equal(g.model.threshold, 0.5, 0);
	assert_float_equal(g.model.threshold_margin, 0, 0);
	malloc_arena_free(&g.arena);
	open_given(&g, 1, 2);
	g.given.threshold = 0.8;
	assert_int_equal(make(&g), LL_OK);
	assert_float_equal(g.model.threshold_margin, log(4), 1e-15);
	malloc_arena_free(&g.arena);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		open_given(&g, 1, 2);
		g.given.threshold = bad[i];
		refuse(&g, "out of range");
	}
	open_given(&g, 3, 3);
	g.given.threshold = 0.5;
	refuse(&g, "of binary classifiers only");
}

/* Columns go by their names, weights with them; what a number is less of its mean the bias has. */
static void
test_columns(void **state)
{
	static const char *levels[] = {"b", "a", NULL};
	static const double weights[] = {2, 10, 20};
	static const double bias[] = {1};
	GivenColumn columns[] = {
		{.name = "size", .kind = GIVEN_NUMBER, .mean = 3, .deviation = 0.5},
		{.name = "kind",
		 .kind = GIVEN_CATEGORY,
		 .mean = NAN,
		 .deviation = NAN,
		 .level_count = 3,
		 .levels = levels,
		 .reference = "a"}};
	Given g;

	(void) state;
	open_given(&g, 1, 0);
	g.given.dimension = 3;
	g.given.weights = weights;
	g.given.bias = bias;
	g.given.column_count = 2;
	g.given.columns = columns;
	assert_int_equal(make(&g), LL_OK);
	assert_int_equal(g.model.columns->count, 2);
	assert_string_equal(g.model.columns->columns[0].name, "kind");
	assert_float_equal(g.model.weights[0], 10, 0);
	assert_float_equal(g.model.weights[1], 20, 0);
	assert_float_equal(g.model.weights[2], 2, 0);
	assert_float_equal(g.model.bias[0], 1 + 2 * 3, 0);
	assert_float_equal(g.model.feature_deviation[2], 0.5, 0);
	malloc_arena_free(&g.arena);
}

/* One number column that is described otherwise is refused. */
static void
refuse_column(GivenColumn column, const char *words)
{
	Given g;

	open_given(&g, 1, 0);
	g.given.dimension = 1;
	g.given.column_count = 1;
	g.given.columns = &column;
	refuse(&g, words);
}

static void
test_bad_columns(void **state)
{
	static const char *twice[] = {"a", "a"};
	static const char *nulls[] = {NULL, NULL};
	static const char *one[] = {"a"};
	const GivenColumn number = {
		.name = "n", .kind = GIVEN_NUMBER, .mean = NAN, .deviation = NAN};
	GivenColumn category = number;
	GivenColumn pair[2] = {number, number};
	char name[COLUMN_NAME_SIZE + 1];
	Given g;

	(void) state;
	memset(name, 'n', COLUMN_NAME_SIZE);
	name[COLUMN_NAME_SIZE] = '\0';
	category.kind = GIVEN_CATEGORY;
#define WITH(column, ...)                                                     \
	({                                                                        \
		GivenColumn with = column;                                            \
		__VA_ARGS__;                                                          \
		with;                                                                 \
	})
	refuse_column(WITH(number, with.name = ""), "name has 0 bytes");
	refuse_column(WITH(number, with.name = name), "name has");
	refuse_column(WITH(number, with.mean = INFINITY), "mean or deviation");
	refuse_column(WITH(number, with.deviation = -1), "mean or deviation");
	refuse_column(WITH(number, with.level_count = 1; with.levels = one),
				  "has no levels");
	refuse_column(WITH(number, with.kind = GIVEN_FLAG; with.log = true),
				  "has no log");
	refuse_column(WITH(number, with.kind = GIVEN_OFFSET), "make 0 terms");
	refuse_column(category, "has no levels");
	refuse_column(WITH(category, with.level_count = 2; with.levels = twice),
				  "make 2 terms, not 1");
	refuse_column(WITH(category, with.level_count = 1; with.levels = one;
					   with.reference = "b"),
				  "no level \"b\", its reference");
#undef WITH
	open_given(&g, 1, 0);
	g.given.column_count = 2;
	g.given.columns = pair;
	refuse(&g, "column \"n\" is there twice");
	for (int i = 0; i < 2; i++)
	{
		category.level_count = 2;
		category.levels = i == 0 ? twice : nulls;
		open_given(&g, 1, 0);
		g.given.column_count = 1;
		g.given.columns = &category;
		refuse(&g, i == 0 ? "the level \"a\" twice" : "the level null twice");
	}
}

/* Each allocation may fail, and each pause may end it. */
static void
test_out_of_memory(void **state)
{
	static const char *levels[] = {"a", "b"};
	const GivenColumn column = {.name = "c",
								.kind = GIVEN_CATEGORY,
								.mean = NAN,
								.deviation = NAN,
								.level_count = 2,
								.levels = levels};
	bool done = false;
	Given g;

	(void) state;
	for (long allowed = 0; !done; allowed++)
	{
		Status status;

		open_given(&g, 1, 2);
		g.given.column_count = 1;
		g.given.columns = &column;
		g.arena.allocations_left = allowed;
		status = make(&g);
		done = status == LL_OK;
		if (!done)
			assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allowed < 100);
		malloc_arena_free(&g.arena);
	}
	open_given(&g, 1, 2);
	g.arena.interrupt = true;
	assert_int_equal(make(&g), LL_CANCELLED);
	malloc_arena_free(&g.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_bad_columns),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
