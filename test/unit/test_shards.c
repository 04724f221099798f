/*
 * test_shards.c
 *		Rows that are elsewhere: the optimum of rows that are here, to the bit
 *		whatever the shards and the order, and rows that change are an error.
 */
#include <string.h>

#include "core/rows/normalizer.h"
#include "core/shards/shard_product.h"
#include "shards_fixture.h"

/* A loss, a format and how it is solved. */
typedef struct Case
{
	LossKind loss;
	RowFormat format;
	int classes;
	OptimizerKind optimizer;
	double wd;
	double l1;
	bool precondition;
} Case;

static const Case cases[] = {
	{LOSS_LOGISTIC, ROWS_F64, 2, OPTIMIZER_NEWTON, 0.0, 0.0},
	{LOSS_LOGISTIC, ROWS_F64, 2, OPTIMIZER_LBFGS, 0.01, 0.0},
	{LOSS_LOGISTIC, ROWS_F64, 2, OPTIMIZER_LBFGS, 0.01, 0.02},
	{LOSS_LOGISTIC, ROWS_U8, 2, OPTIMIZER_NEWTON, 0.01, 0.0},
	{LOSS_LOGISTIC, ROWS_U8, 2, OPTIMIZER_LBFGS, 0.01, 0.0},
	{LOSS_LOGISTIC, ROWS_F32, 2, OPTIMIZER_NEWTON, 0.01, 0.0},
	{LOSS_SOFTMAX, ROWS_F64, 3, OPTIMIZER_LBFGS, 0.01, 0.0},
	{LOSS_SOFTMAX, ROWS_U8, 3, OPTIMIZER_LBFGS, 0.01, 0.0},
	{LOSS_SOFTMAX, ROWS_F64, 3, OPTIMIZER_LBFGS, 0.01, 0.0, true},
	{LOSS_SOFTMAX, ROWS_U8, 3, OPTIMIZER_LBFGS, 0.01, 0.0, true},
	{LOSS_LOGISTIC, ROWS_F64, 2, OPTIMIZER_LBFGS, 0.01, 0.0, true},
	{LOSS_HUBER, ROWS_F64, 0, OPTIMIZER_NEWTON, 0.01, 0.0},
	{LOSS_HUBER, ROWS_F64, 0, OPTIMIZER_LBFGS, 0.01, 0.0},
	{LOSS_SQUARED, ROWS_F64, 0, OPTIMIZER_LBFGS, 0.01, 0.0},
	{LOSS_SQUARED, ROWS_F64, 0, OPTIMIZER_NEWTON, 0.0, 0.0},
	{LOSS_POISSON, ROWS_F64, 0, OPTIMIZER_NEWTON, 0.0, 0.0},
	{LOSS_POISSON, ROWS_F64, 0, OPTIMIZER_LBFGS, 0.01, 0.0}};

/* The rows of a case; of bytes those of doubles, about 100. */
static void
open_case(Fixture *f, const Case *c)
{
	open_fixture(f, c->format == ROWS_SPARSE ? ROWS_F64 : c->format, 8,
				 c->loss);
	if (c->format == ROWS_F64)
		fill(f, c->classes);
	else
	{
		uint64_t seed = 5;

		for (int i = 0; i < 600; i++)
		{
			uint8_t bytes[8];
			float floats[8];
			double score = 0.3 + draw(&seed);
			RowView view = {.dense = c->format == ROWS_U8
										 ? (const void *) bytes
										 : (const void *) floats};
			double label;

			for (int j = 0; j < 8; j++)
			{
				double x = draw(&seed);

				bytes[j] = (uint8_t) (100 + 90 * x);
				floats[j] = (float) (1e3 + 7 * x);
				score += x * (j % 3 - 1);
			}
			label = c->classes == 2 ? score > 0
									: fmod(floor(fabs(score) * 2), c->classes);
			assert_int_equal(rows_append(&f->rows, &view, label,
										 hash64_bytes(&label, 8, 0),
										 1.0f + (float) (i % 2), &f->failure),
							 LL_OK);
		}
		assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	}
	f->problem.outputs = c->classes > 2 ? (uint32_t) c->classes : 1;
	f->problem.unit_size = c->classes > 0;
	f->problem.wd = c->wd;
	f->problem.l1 = c->l1;
	f->control.tolerance = 1e-9;
	f->control.standard_errors = true;
	f->control.precondition = c->precondition;
}

/* Normalises the features, by the rows or by what is known of them. */
static void
normalise(Fixture *f, const Rows *rows)
{
	Normalizer *normalizer =
		runtime_allocate_zero(&f->runtime, 1, sizeof(Normalizer));

	assert_int_equal(normalizer_fit(normalizer, rows, 0, true, 1.0, true, NULL,
									&f->runtime, &f->failure),
					 LL_OK);
	f->problem.mean = normalizer->center;
	f->problem.inverse_deviation = normalizer->scale;
}

/* The value of the objective on the rows that are here. */
static double
objective_here(Fixture *f, const double *weights)
{
	f->problem.rows = &f->rows;
	f->control.initial = weights;
	f->control.max_iterations = 1;
	f->control.tolerance = 1e30;
	solve(f, OPTIMIZER_LBFGS);
	f->control.initial = NULL;
	f->control.max_iterations = 0;
	f->control.tolerance = 1e-9;
	return f->result.objective;
}

static void
test_optimum(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const Case *c = &cases[i];
		SolverResult here, there, turned;
		Fixture f;
		Far far, other;
		double objective;
		size_t cells;

		open_case(&f, c);
		cells = 9 * f.problem.outputs;
		normalise(&f, &f.rows);
		solve(&f, c->optimizer);
		here = f.result;
		far_open(&far, &f, 1, false);
		far.shards.classes = (uint32_t) c->classes;
		normalise(&f, &far.rows);
		f.problem.rows = &far.rows;
		solve(&f, c->optimizer);
		there = f.result;
		assert_true(there.converged);
		assert_true(there.iterations <= here.iterations + 1);
		/* The start, at most a matrix beside it, and hardly a step tried twice. */
		assert_true(c->optimizer == OPTIMIZER_NEWTON || c->l1 > 0.0 ||
					far.shards.passes <= there.iterations + 4);
		assert_true(far.shards.passes > 2);

		far_open(&other, &f, 7, true);
		other.shards.classes = (uint32_t) c->classes;
		normalise(&f, &other.rows);
		f.problem.rows = &other.rows;
		solve(&f, c->optimizer);
		turned = f.result;
		assert_memory_equal(there.weights, turned.weights,
							cells * sizeof(double));
		assert_true(memcmp(&there.objective, &turned.objective, 8) == 0);

		objective = objective_here(&f, there.weights);
		if (!(fabs(objective - here.objective) <=
			  1e-10 * fabs(here.objective)))
			print_error("case %zu: %.17g, not %.17g\n", i, objective,
						here.objective);
		assert_true(fabs(objective - here.objective) <=
					1e-10 * fabs(here.objective));
		assert_int_equal(here.standard_errors != NULL,
						 there.standard_errors != NULL);
		for (size_t j = 0; j < 9 && here.standard_errors != NULL; j++)
			assert_true(
				fabs(there.standard_errors[j] - here.standard_errors[j]) <=
				1e-5 * here.standard_errors[j]);
		close_fixture(&f);
	}
}

#define WIDE 100

/* Beyond what is narrow for rows here, newton's passes bring their matrix along. */
static void
test_wide(void **state)
{
	uint64_t seed = 23;
	Fixture f;
	Far far;

	open_fixture(&f, ROWS_F64, WIDE, LOSS_LOGISTIC);
	for (int i = 0; i < 900; i++)
	{
		double x[WIDE], score = 2 * draw(&seed);

		for (int j = 0; j < WIDE; j++)
		{
			x[j] = draw(&seed);
			score += x[j] * (j % 3 - 1) * 0.3;
		}
		add_row(&f, x, score > 0, 1.0f);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.problem.wd = 0.01;
	far_open(&far, &f, 3, false);
	far.shards.classes = 2;
	f.problem.rows = &far.rows;
	solve(&f, OPTIMIZER_NEWTON);
	assert_true(f.result.converged);
	assert_int_equal(far.shards.passes, f.result.iterations + 1);
	close_fixture(&f);
}

/* A row less, or another in its place, is told. */
static void
test_change(void **state)
{
	Fixture f;
	Far far;

	open_case(&f, &cases[0]);
	far_open(&far, &f, 2, false);
	far.shards.classes = 2;
	far.left_out = 17;
	f.problem.rows = &far.rows;
	f.control.optimizer = OPTIMIZER_NEWTON;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_INVALID);
	assert_string_equal(f.failure.message,
						"rows have changed during the training");
	far.left_out = 0;
	f.rows.hashes[3]++;
	assert_int_equal(solver_run(&f.problem, &f.control, &f.result, &f.failure),
					 LL_INVALID);
	assert_non_null(strstr(f.failure.detail, "other rows"));
	close_fixture(&f);
}

/* Labels that are many are no classes, in whatever order they come. */
static void
test_many_labels(void **state)
{
	MallocArena arena = {.allocations_left = -1};
	Runtime runtime = malloc_runtime(&arena);
	ShardLabels labels[2];
	Failure failure;

	for (int i = 0; i < 2; i++)
		shard_labels_init(&labels[i], &runtime);
	for (int i = 0; i < SHARD_MAX_CLASSES; i++)
		assert_int_equal(shard_labels_add(&labels[0], i, NULL, 0,
										  CHANNEL_TRAIN, 1.0f, &failure),
						 LL_OK);
	assert_false(labels[0].too_many);
	for (int i = 1; i <= SHARD_MAX_CLASSES; i++)
		assert_int_equal(shard_labels_add(&labels[1], i, NULL, 0,
										  CHANNEL_VALIDATION, 1.0f, &failure),
						 LL_OK);
	assert_int_equal(shard_labels_merge(&labels[0], &labels[1], &failure),
					 LL_OK);
	assert_true(labels[0].too_many);
	assert_int_equal(labels[0].count, 0);
	assert_int_equal(shard_labels_merge(&labels[1], &labels[0], &failure),
					 LL_OK);
	assert_true(labels[1].too_many);
	malloc_arena_free(&arena);
}

/* Texts that begin alike, and the order of their bytes. */
static void
test_texts(void **state)
{
	const char *texts[] = {"", "a", "ab", "b"};
	ShardPoint point = {.classes = 4, .texts = texts};
	double class = -1;

	for (int i = 0; i < 4; i++)
	{
		assert_true(shard_class(&point, 0, texts[i],
								(uint32_t) strlen(texts[i]), &class));
		assert_true(class == i);
	}
	assert_false(shard_class(&point, 0, "abc", 3, &class));
	assert_false(shard_class(&point, 0, "B", 1, &class));
	assert_false(shard_class(&point, 1.0, NULL, 0, &class));
}

/* A margin of 0 is below the middle, as it is not above it. */
static void
test_bins(void **state)
{
	assert_true(shard_bin_margin(shard_bin(0.0)) < 0.0);
	assert_true(shard_bin_margin(shard_bin(1e-9)) > 0.0);
	assert_int_equal(shard_bin(-1e300), 0);
	assert_int_equal(shard_bin(1e300), SHARD_BINS - 1);
	assert_int_equal(shard_bin(NAN), 0);
	for (double margin = -31; margin < 31; margin += 0.37)
		assert_true(fabs(shard_bin_margin(shard_bin(margin)) - margin) <=
					0.5 / SHARD_BINS_A_UNIT);
}

/* Products are those of integers, whatever the rows and the columns. */
static void
test_product(void **state)
{
	enum
	{
		n = 37,
		most_rows = 21,
		most_columns = 45
	};
	static double x[most_rows * n], r[most_rows * most_columns],
		product[most_columns * n];
	const Blas *blas;
	Failure failure;
	uint64_t seed = 5;

	(void) state;
	assert_int_equal(blas_open(&blas, &failure), LL_OK);
	for (size_t i = 0; i < most_rows * n; i++)
		x[i] = rint(draw(&seed) * 0x1p23);
	for (size_t i = 0; i < most_rows * most_columns; i++)
		r[i] = rint(draw(&seed) * 0x1p17);
	for (size_t columns = 1; columns <= most_columns; columns += 4)
		for (size_t rows = 0; rows <= most_rows; rows++)
		{
			memset(product, 0, sizeof(product));
			for (int twice = 0; twice < 2; twice++)
				shard_product_add(blas, rows, columns, n, r, x, product);
			for (size_t k = 0; k < columns; k++)
				for (size_t j = 0; j < n; j++)
				{
					int64_t sum = 0;

					for (size_t i = 0; i < rows; i++)
						sum += (int64_t) x[i * n + j] *
							   (int64_t) r[i * columns + k];
					assert_true(product[k * n + j] == 2.0 * (double) sum);
				}
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_optimum), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_change),	cmocka_unit_test(test_many_labels),
		cmocka_unit_test(test_texts),	cmocka_unit_test(test_bins),
		cmocka_unit_test(test_product)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
