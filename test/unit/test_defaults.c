/*
 * test_defaults.c
 *		What `auto` comes to, and which candidates are tried: the numbers of
 *		docs/defaults.md, on either side of each bound.
 *
 * Expected values are written out, not computed as the code does.
 */
#include "core/problem/defaults.h"

#include <math.h>
#include <stdlib.h>

#include "core/problem/variations.h"
#include "core/rows/rows_order.h"
#include "unit.h"

/* A problem whose rows are only counted. */
typedef struct Fixture
{
	MallocArena arena;
	Rows rows;
	Rows validation;
	Problem problem;
	Hyperparameters settings;
} Fixture;

static void
open_fixture(Fixture *f, PredictorType predictor, uint32_t dimension,
			 size_t rows)
{
	memset(f, 0, sizeof(*f));
	f->problem.runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &f->problem.runtime, ROWS_F32, dimension);
	rows_init(&f->validation, &f->problem.runtime, ROWS_F32, dimension);
	f->rows.count = rows;
	f->validation.count = 1;
	f->problem.predictor = predictor;
	f->problem.classes = predictor == PREDICTOR_BINARY		 ? 2
						 : predictor == PREDICTOR_MULTICLASS ? 10
															 : 0;
	f->problem.outputs = predictor == PREDICTOR_MULTICLASS ? 10 : 1;
	f->problem.dimension = dimension;
	f->problem.rows[CHANNEL_TRAIN] = &f->rows;
	f->problem.rows[CHANNEL_VALIDATION] = &f->validation;
	f->problem.label_mean = 50.0;
	f->problem.label_deviation = 10.0;
	hyperparameters_init(&f->settings);
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

static void
give(Hyperparameters *settings, Hyperparameter row, double value)
{
	settings->value[row] = value;
	settings->given[row] = true;
}

static void
check_near(const char *what, size_t place, double found, double expected)
{
	if (!(fabs(found - expected) <= 1e-12 * fabs(expected)))
		fail_msg("%s %zu: %.17g, not %.17g", what, place, found, expected);
}

/* An option that is given; of HP_COUNT none. */
typedef struct Given
{
	Hyperparameter row;
	double value;
} Given;

#define NONE                                                                  \
	{                                                                         \
		HP_COUNT, 0                                                           \
	}
#define BY(optimizer)                                                         \
	{                                                                         \
		HP_OPTIMIZER, OPTIMIZER_##optimizer                                   \
	}

typedef struct Rule
{
	PredictorType predictor;
	uint32_t dimension;
	size_t rows;
	Given given[3];
	Hyperparameter row;
	double expected;
} Rule;

#define B PREDICTOR_BINARY
#define M PREDICTOR_MULTICLASS
#define R PREDICTOR_REGRESSOR

static const Rule rules[] = {
	/* 100 updates an epoch, 1500 in all: the optimizer's own rate */
	{B, 4, 100000, {BY(ADAM), NONE, NONE}, HP_LEARNING_RATE, 0.01},
	{B, 4, 100000, {BY(SGD), NONE, NONE}, HP_LEARNING_RATE, 0.01},
	{B, 4, 100000, {BY(RMSPROP), NONE, NONE}, HP_LEARNING_RATE, 0.01},
	{B, 4, 100000, {BY(ADAGRAD), NONE, NONE}, HP_LEARNING_RATE, 0.05},
	/* 500, 125, 20 and 1 updates */
	{B,
	 4,
	 500,
	 {BY(ADAM), {HP_MINI_BATCH_SIZE, 1}, {HP_EPOCHS, 1}},
	 HP_LEARNING_RATE,
	 0.01},
	{B,
	 4,
	 125,
	 {BY(ADAM), {HP_MINI_BATCH_SIZE, 1}, {HP_EPOCHS, 1}},
	 HP_LEARNING_RATE,
	 0.02},
	{B,
	 4,
	 20,
	 {BY(ADAM), {HP_MINI_BATCH_SIZE, 1}, {HP_EPOCHS, 1}},
	 HP_LEARNING_RATE,
	 0.05},
	{B,
	 4,
	 1,
	 {BY(ADAM), {HP_MINI_BATCH_SIZE, 1}, {HP_EPOCHS, 1}},
	 HP_LEARNING_RATE,
	 0.1},
	{B, 4, 50000, {NONE, NONE, NONE}, HP_MINI_BATCH_SIZE, 1000},
	{B, 4, 49999, {NONE, NONE, NONE}, HP_MINI_BATCH_SIZE, 999},
	{B, 4, 850, {NONE, NONE, NONE}, HP_MINI_BATCH_SIZE, 17},
	{B, 4, 750, {NONE, NONE, NONE}, HP_MINI_BATCH_SIZE, 16},
	{B, 4, 10, {NONE, NONE, NONE}, HP_MINI_BATCH_SIZE, 16},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_MOMENTUM, 0.9},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_BETA_1, 0.9},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_BETA_2, 0.999},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_LR_SCHEDULER_STEP, 10},
	{B, 4, 109000, {NONE, NONE, NONE}, HP_LR_SCHEDULER_STEP, 10},
	{B,
	 4,
	 1000,
	 {{HP_MINI_BATCH_SIZE, 1000}, NONE, NONE},
	 HP_LR_SCHEDULER_STEP,
	 1},
	/* one fall in all, and the square root of that */
	{B,
	 4,
	 1000,
	 {{HP_MINI_BATCH_SIZE, 1000}, {HP_EPOCHS, 1}, NONE},
	 HP_LR_SCHEDULER_FACTOR,
	 0.05},
	{B,
	 4,
	 1000,
	 {{HP_MINI_BATCH_SIZE, 1000}, {HP_EPOCHS, 2}, NONE},
	 HP_LR_SCHEDULER_FACTOR,
	 0.22360679774997896},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_LR_SCHEDULER_MINIMUM_LR, 1e-5},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_BIAS_LR_MULT, 1},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_BIAS_WD_MULT, 0},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_L1, 0},
	{B, 4, 100000, {NONE, NONE, NONE}, HP_POSITIVE_EXAMPLE_WEIGHT_MULT, 1},
	/* wd: a prior worth one row; none in closed form */
	{B, 4, 1000, {NONE, NONE, NONE}, HP_WD, 1.1e-3},
	{B, 4, 1000, {BY(ADAM), NONE, NONE}, HP_WD, 1.1e-3},
	{R, 4, 1000, {BY(LBFGS), NONE, NONE}, HP_WD, 1.1e-3},
	{R, 4, 1000, {NONE, NONE, NONE}, HP_WD, 0},
	/* ... as flat as huber_loss is beside labels of deviation 10 */
	{R,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_HUBER}, {HP_HUBER_DELTA, 1}, NONE},
	 HP_WD,
	 1.1e-4},
	{R,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_HUBER}, {HP_HUBER_DELTA, 5}, NONE},
	 HP_WD,
	 5.5e-4},
	{R,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_HUBER}, {HP_HUBER_DELTA, 20}, NONE},
	 HP_WD,
	 1.1e-3},
	{B,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_HUBER}, {HP_HUBER_DELTA, 1}, NONE},
	 HP_WD,
	 1.1e-3},
	/* features and labels */
	{B, 4, 1000, {NONE, NONE, NONE}, HP_NORMALIZE_DATA, 1},
	{B, 4, 1000, {NONE, NONE, NONE}, HP_UNBIAS_DATA, 1},
	{B, 4, 1000, {{HP_USE_BIAS, 0}, NONE, NONE}, HP_UNBIAS_DATA, 0},
	{B, 4, 1000, {NONE, NONE, NONE}, HP_NORMALIZE_LABEL, 0},
	{B, 4, 1000, {NONE, NONE, NONE}, HP_UNBIAS_LABEL, 0},
	{R, 4, 1000, {NONE, NONE, NONE}, HP_NORMALIZE_LABEL, 1},
	{R, 4, 1000, {NONE, NONE, NONE}, HP_UNBIAS_LABEL, 1},
	{R, 4, 1000, {{HP_USE_BIAS, 0}, NONE, NONE}, HP_UNBIAS_LABEL, 0},
	{B, 4, 12345, {NONE, NONE, NONE}, HP_NUM_POINT_FOR_SCALER, 12345},
	{R, 4, 1000, {NONE, NONE, NONE}, HP_INIT_BIAS, 0},
	/* losses */
	{B, 4, 1000, {NONE, NONE, NONE}, HP_LOSS, LOSS_LOGISTIC},
	{M, 4, 1000, {NONE, NONE, NONE}, HP_LOSS, LOSS_SOFTMAX},
	{R, 4, 1000, {NONE, NONE, NONE}, HP_LOSS, LOSS_SQUARED},
	/* optimizers: the closed form as far as its matrix goes ... */
	{R, 4096, 1000, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_EXACT},
	{R, 4097, 1000, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_LBFGS},
	{R, 4, 1000, {{HP_L1, 0.1}, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_NEWTON},
	/* ... the optimum of 2^24 values, or of a million weights ... */
	{B, 1 << 12, 1 << 12, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_LBFGS},
	{B,
	 1 << 12,
	 (1 << 12) + 1,
	 {NONE, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_ADAM},
	{M, 100000, 10, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_LBFGS},
	{M, 100001, 10, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_ADAM},
	{B,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_HINGE}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_NEWTON},
	{B,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_HINGE}, {HP_L1, 0.1}, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_NEWTON},
	/* newton's work bounds it; then lbfgs, as far as that goes */
	{R,
	 4096,
	 1000,
	 {{HP_LOSS, LOSS_QUANTILE}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_LBFGS},
	{R,
	 100,
	 1000000,
	 {{HP_LOSS, LOSS_QUANTILE}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_ADAM},
	{R,
	 20,
	 1000000,
	 {{HP_LOSS, LOSS_QUANTILE}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_NEWTON},
	{M,
	 4,
	 1000,
	 {{HP_LOSS, LOSS_MULTICLASS_HINGE}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_LBFGS},
	/* of other losses newton or lbfgs by the work */
	{B, 20, 2331, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_LBFGS},
	{B, 309, 2331, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_NEWTON},
	{B, 2000, 2331, {NONE, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_LBFGS},
	/* ... and what uses that which is given */
	{B, 4, 1000, {{HP_EPOCHS, 15}, NONE, NONE}, HP_OPTIMIZER, OPTIMIZER_ADAM},
	{B,
	 4,
	 1000,
	 {{HP_MINI_BATCH_SIZE, 50}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_ADAM},
	{B,
	 4,
	 1000,
	 {{HP_MOMENTUM, 0.5}, NONE, NONE},
	 HP_OPTIMIZER,
	 OPTIMIZER_SGD},
};

static void
test_rules(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
	{
		const Rule *rule = &rules[i];
		Fixture f;

		open_fixture(&f, rule->predictor, rule->dimension, rule->rows);
		for (int g = 0; g < 3; g++)
			if (rule->given[g].row != HP_COUNT)
				give(&f.settings, rule->given[g].row, rule->given[g].value);
		defaults_resolve(&f.problem, &f.settings);
		check_near(hyperparameter_table[rule->row].name, i,
				   f.settings.value[rule->row], rule->expected);
		close_fixture(&f);
	}
}

/* What is given stays, whatever the rules say. */
static void
test_given(void **state)
{
	(void) state;
	for (int row = HP_LEARNING_RATE; row <= HP_L1; row++)
	{
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, 4, 1000);
		give(&f.settings, row, 0.123);
		defaults_resolve(&f.problem, &f.settings);
		assert_true(f.settings.value[row] == 0.123);
		close_fixture(&f);
	}
}

/* The bias of a quantile starts at the labels' own, in the units trained in. */
static void
test_quantile_bias(void **state)
{
	double labels[100];
	Fixture f;

	(void) state;
	for (int i = 0; i < 100; i++)
		labels[i] = i;
	open_fixture(&f, PREDICTOR_REGRESSOR, 4, 1000);
	f.problem.label_sample = labels;
	f.problem.label_sample_count = 100;
	give(&f.settings, HP_LOSS, LOSS_QUANTILE);
	give(&f.settings, HP_QUANTILE, 0.9);
	defaults_resolve(&f.problem, &f.settings);
	check_near("bias", 0, f.settings.value[HP_INIT_BIAS], 4.0);
	close_fixture(&f);
}

/* Mostly zeros keep their zeros. */
static void
test_mostly_zero(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, 4, 1000);
	f.problem.mostly_zero = true;
	defaults_resolve(&f.problem, &f.settings);
	assert_true(f.settings.value[HP_UNBIAS_DATA] == 0);
	close_fixture(&f);
}

/* Sparse rows of ten classes, of so many entries in all, scaled alike. */
static void
open_sparse(Fixture *f, const uint8_t *scaling, size_t entries)
{
	open_fixture(f, PREDICTOR_MULTICLASS, 4, 100000);
	f->validation.count = 0;
	f->rows.format = ROWS_SPARSE;
	f->rows.scaling = scaling;
	f->rows.record_bytes = entries * 8;
}

/* Words are learned by few epochs of long steps, from a quarter of the values on. */
static void
test_words(void **state)
{
	static const uint8_t words[4] = {SCALE_BY_LARGEST, SCALE_BY_DEVIATION,
									 SCALE_PLAIN, SCALE_PLAIN};
	static const uint8_t flags[4] = {SCALE_BY_LARGEST, SCALE_BY_LARGEST,
									 SCALE_BY_DEVIATION, SCALE_BY_LARGEST};
	static const struct
	{
		const uint8_t *scaling;
		size_t entries;
		double others;
		LossKind loss;
		OptimizerKind optimizer;
		double epochs, rate, wd;
	} cases[] = {
		{words, 419430, 0, LOSS_SOFTMAX, OPTIMIZER_LBFGS, 0, 0, 1.5e-6},
		{words, 419431, 0, LOSS_SOFTMAX, OPTIMIZER_ADAM, 8, 1.0, 1.5e-6},
		{words, 419431, 1.2, LOSS_SOFTMAX, OPTIMIZER_ADAM, 8, 1.0, 1.5e-6},
		{words, 419431, 4, LOSS_SOFTMAX, OPTIMIZER_ADAM, 8, 0.3, 1.5e-6},
		{words, 419431, 500, LOSS_SOFTMAX, OPTIMIZER_ADAM, 8, 0.01, 1.5e-6},
		{words, 800000, 0, LOSS_MULTICLASS_HINGE, OPTIMIZER_ADAM, 15, 0.3,
		 1e-5},
		{flags, 1677721, 4, LOSS_SOFTMAX, OPTIMIZER_LBFGS, 0, 0, 2.5e-6},
		{flags, 1677722, 4, LOSS_SOFTMAX, OPTIMIZER_ADAM, 15, 2.4 / 16.77722,
		 2.5e-6},
	};

	Fixture regressor;

	(void) state;
	open_sparse(&regressor, words, 419431);
	regressor.problem.predictor = PREDICTOR_REGRESSOR;
	regressor.problem.outputs = 1;
	give(&regressor.settings, HP_OPTIMIZER, OPTIMIZER_ADAM);
	defaults_resolve(&regressor.problem, &regressor.settings);
	check_near("epochs", 0, regressor.settings.value[HP_EPOCHS], 15);
	check_near("rate", 0, regressor.settings.value[HP_LEARNING_RATE], 0.3);
	check_near("wd", 0, regressor.settings.value[HP_WD], 2.5e-6);
	close_fixture(&regressor);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Fixture f;

		open_sparse(&f, cases[i].scaling, cases[i].entries);
		f.problem.other_entries = cases[i].others;
		give(&f.settings, HP_LOSS, cases[i].loss);
		defaults_resolve(&f.problem, &f.settings);
		check_near("optimizer", i, f.settings.value[HP_OPTIMIZER],
				   cases[i].optimizer);
		check_near("wd", i, f.settings.value[HP_WD], cases[i].wd);
		if (cases[i].epochs > 0)
		{
			check_near("epochs", i, f.settings.value[HP_EPOCHS],
					   cases[i].epochs);
			check_near("rate", i, f.settings.value[HP_LEARNING_RATE],
					   cases[i].rate);
		}
		close_fixture(&f);
	}
}

/* Rows of words are shorter to learn many classes from, but where wd or l1 is given. */
static void
test_word_length(void **state)
{
	static const uint8_t words[4] = {SCALE_BY_LARGEST, SCALE_BY_LARGEST,
									 SCALE_BY_LARGEST, SCALE_PLAIN};
	static const uint8_t flags[4] = {SCALE_BY_LARGEST, SCALE_BY_LARGEST,
									 SCALE_BY_LARGEST, SCALE_BY_LARGEST};
	static const struct
	{
		const uint8_t *scaling;
		PredictorType predictor;
		uint32_t outputs;
		Given given;
		double length, wd;
	} cases[] = {
		{words, PREDICTOR_MULTICLASS, 10, NONE, 0.75, 1.5e-6},
		{words, PREDICTOR_MULTICLASS, 10, {HP_WD, 1e-3}, 1.0, 1e-3},
		{words, PREDICTOR_MULTICLASS, 10, {HP_L1, 1e-3}, 1.0, 1.8e-6},
		{words, PREDICTOR_BINARY, 1, NONE, 1.0, 1.8e-6},
		{flags, PREDICTOR_MULTICLASS, 10, NONE, 1.0, 2.5e-6},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Fixture f;

		open_sparse(&f, cases[i].scaling, 419431);
		f.problem.predictor = cases[i].predictor;
		f.problem.outputs = cases[i].outputs;
		if (cases[i].given.row != HP_COUNT)
			give(&f.settings, cases[i].given.row, cases[i].given.value);
		defaults_resolve(&f.problem, &f.settings);
		check_near("length", i, defaults_word_length(&f.problem, &f.settings),
				   cases[i].length);
		check_near("wd", i, f.settings.value[HP_WD], cases[i].wd);
		close_fixture(&f);
	}
}

/* ---- Candidates ---- */

static size_t
make(Fixture *f, Candidate **candidates)
{
	Failure failure;
	size_t count;

	assert_int_equal(variations_make(&f->problem, &f->settings, candidates,
									 &count, &failure),
					 LL_OK);
	return count;
}

/* How many candidates num_models = auto makes. */
static void
test_counts(void **state)
{
	static const struct
	{
		PredictorType predictor;
		uint32_t dimension;
		size_t validation;
		Given given[2];
		size_t expected;
	} counts[] = {
		{B, 4, 0, {BY(ADAM), NONE}, 1},
		{B, 4, 1, {BY(ADAM), NONE}, 12},
		{M, 4, 1, {BY(ADAM), NONE}, 4},
		{B, 4, 1, {BY(LBFGS), NONE}, 5},
		{R, 4, 1, {BY(EXACT), NONE}, 5},
		{B, 4, 1, {BY(LBFGS), {HP_WD, 0.1}}, 1},
		{B, 4, 1, {BY(LBFGS), {HP_L1, 0.1}}, 6},
		{B, 333333, 1, {BY(ADAM), NONE}, 12},
		{B, 400000, 1, {BY(ADAM), NONE}, 11},
		{B, 400001, 1, {BY(ADAM), NONE}, 10},
		{B, 4000000, 1, {BY(ADAM), NONE}, 2},
		{B, 4000001, 1, {BY(ADAM), NONE}, 1},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
	{
		Candidate *candidates;
		Fixture f;

		open_fixture(&f, counts[i].predictor, counts[i].dimension, 1000);
		f.validation.count = counts[i].validation;
		for (int g = 0; g < 2; g++)
			if (counts[i].given[g].row != HP_COUNT)
				give(&f.settings, counts[i].given[g].row,
					 counts[i].given[g].value);
		if (make(&f, &candidates) != counts[i].expected)
			fail_msg("case %zu: not %zu candidates", i, counts[i].expected);
		close_fixture(&f);
	}
}

/* The factors of each candidate on what an automatic training has. */
static void
check_factors(OptimizerKind optimizer, Hyperparameter row,
			  const double *factors, size_t count)
{
	Candidate *candidates;
	double base;
	Fixture f;

	open_fixture(&f, PREDICTOR_BINARY, 4, 100000);
	give(&f.settings, HP_OPTIMIZER, optimizer);
	assert_int_equal(make(&f, &candidates), count);
	base = candidates[0].settings.value[row];
	for (size_t i = 0; i < count; i++)
		check_near(hyperparameter_table[row].name, i,
				   candidates[i].settings.value[row], factors[i] * base);
	close_fixture(&f);
}

static void
test_factors(void **state)
{
	static const double rate[] = {1, 1, 0.5, 0.5, 2, 2, 1, 1, 2, 0.5, 1, 2};
	static const double wd[] = {1, 10, 10, 1, 10, 1, 0.1, 0, 0, 0, 100, 100};
	static const double solved[] = {1, 10, 0.1, 100, 0};

	(void) state;
	check_factors(OPTIMIZER_ADAM, HP_LEARNING_RATE, rate, 12);
	check_factors(OPTIMIZER_ADAM, HP_WD, wd, 12);
	check_factors(OPTIMIZER_LBFGS, HP_WD, solved, 5);
}

/* The closed form's wd, and those near an l1 and a wd that are given. */
static void
test_values(void **state)
{
	static const double wd[] = {0, 1e-4, 1e-3, 1e-2, 1e-1};
	static const double near[] = {1, 0.5, 2};
	static const double given[] = {1, 10, 0.1, 100, 0};
	Candidate *candidates;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, 4, 1000);
	assert_int_equal(make(&f, &candidates), 5);
	for (size_t i = 0; i < 5; i++)
		check_near("wd", i, candidates[i].settings.value[HP_WD], wd[i]);
	close_fixture(&f);
	open_fixture(&f, PREDICTOR_BINARY, 4, 1000);
	give(&f.settings, HP_OPTIMIZER, OPTIMIZER_LBFGS);
	give(&f.settings, HP_L1, 0.3);
	assert_int_equal(make(&f, &candidates), 6);
	for (size_t i = 0; i < 6; i++)
		check_near("l1", i, candidates[i].settings.value[HP_L1],
				   0.3 * near[i % 3]);
	close_fixture(&f);
	open_fixture(&f, PREDICTOR_BINARY, 4, 1000);
	give(&f.settings, HP_OPTIMIZER, OPTIMIZER_LBFGS);
	give(&f.settings, HP_WD, 0.3);
	give(&f.settings, HP_NUM_MODELS, 5);
	assert_int_equal(make(&f, &candidates), 5);
	for (size_t i = 0; i < 5; i++)
		check_near("given wd", i, candidates[i].settings.value[HP_WD],
				   0.3 * given[i]);
	close_fixture(&f);
}

/* ---- What is seen of the rows ---- */

/* Rows of one feature, 1 each, with labels that differ by their number. */
static void
fill(Fixture *f, PredictorType predictor, size_t rows, double label_size)
{
	Failure failure;

	open_fixture(f, predictor, 1, 0);
	f->validation.count = 0;
	for (size_t i = 0; i < rows; i++)
	{
		float one = 1.0f;
		double label = predictor == PREDICTOR_BINARY ? (double) (i % 2)
					   : i % 2 == 0					 ? label_size
													 : -label_size;

		assert_int_equal(rows_append(&f->rows, &(RowView){.dense = &one},
									 label, i, 1.0f, &failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &failure), LL_OK);
	assert_int_equal(rows_seal(&f->validation, &failure), LL_OK);
}

/* Empties rows at the places [from, to) of the order. */
static void
clear_places(Fixture *f, size_t from, size_t to)
{
	for (size_t place = from; place < to; place++)
		memset((void *) (uintptr_t) f->rows.records[rows_at(&f->rows, place)],
			   0, sizeof(float));
}

/* Entries of sparse rows beside their words. */
static void
test_others(void **state)
{
	static const uint8_t scaling[3] = {SCALE_PLAIN, SCALE_BY_LARGEST,
									   SCALE_BY_DEVIATION};
	static const uint32_t index[3] = {0, 1, 2};
	static const float value[3] = {1.0f, 1.0f, 1.0f};
	Failure failure;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, 3, 0);
	f.validation.count = 0;
	rows_init(&f.rows, &f.problem.runtime, ROWS_SPARSE, 3);
	for (uint32_t i = 0; i < 30; i++)
		assert_int_equal(
			rows_append(
				&f.rows,
				&(RowView){.index = index, .value = value, .count = i % 3 + 1},
				i % 2, i, 1.0f, &failure),
			LL_OK);
	assert_int_equal(rows_seal(&f.rows, &failure), LL_OK);
	assert_int_equal(rows_seal(&f.validation, &failure), LL_OK);
	f.rows.scaling = scaling;
	assert_int_equal(problem_prepare(&f.problem, &failure), LL_OK);
	check_near("others", 0, f.problem.other_entries, 1.0);
	f.rows.scaling = NULL;
	assert_int_equal(problem_prepare(&f.problem, &failure), LL_OK);
	check_near("others", 1, f.problem.other_entries, 2.0);
	close_fixture(&f);
}

/* More zeros than half among the first thousand rows. */
static void
test_zeros(void **state)
{
	static const struct
	{
		size_t from, to;
		bool expected;
	} zeros[] = {{500, 1000, false},
				 {499, 1000, true},
				 {0, 501, true},
				 {500, 4000, false},
				 {499, 4000, true}};

	(void) state;
	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
	{
		Failure failure;
		Fixture f;

		fill(&f, PREDICTOR_BINARY, 4000, 1);
		clear_places(&f, zeros[i].from, zeros[i].to);
		assert_int_equal(problem_prepare(&f.problem, &failure), LL_OK);
		if (f.problem.mostly_zero != zeros[i].expected)
			fail_msg("case %zu: mostly zero is %d", i, !zeros[i].expected);
		close_fixture(&f);
	}
}

/* Quantiles of ten thousand labels. */
static void
test_label_sample(void **state)
{
	static const size_t rows[][2] = {
		{1, 1}, {9999, 9999}, {10000, 10000}, {10001, 10000}, {25000, 10000}};

	(void) state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		Failure failure;
		Fixture f;

		fill(&f, PREDICTOR_REGRESSOR, rows[i][0], 1);
		assert_int_equal(problem_prepare(&f.problem, &failure), LL_OK);
		assert_int_equal(f.problem.label_sample_count, rows[i][1]);
		close_fixture(&f);
	}
}

/* Labels beyond what a double's squares hold are refused. */
static void
test_label_bounds(void **state)
{
	static const struct
	{
		double size;
		Status expected;
	} sizes[] = {{0.9e-150, LL_INVALID},
				 {1.1e-150, LL_OK},
				 {0.9e150, LL_OK},
				 {1.1e150, LL_INVALID}};

	(void) state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		Failure failure;
		Fixture f;

		fill(&f, PREDICTOR_REGRESSOR, 100, sizes[i].size);
		if (problem_prepare(&f.problem, &failure) != sizes[i].expected)
			fail_msg("labels of %g", sizes[i].size);
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_quantile_bias),
		cmocka_unit_test(test_mostly_zero),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_word_length),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_factors),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_zeros),
		cmocka_unit_test(test_label_sample),
		cmocka_unit_test(test_label_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
