/*
 * test_row_span.c
 *		Rows in coordinates of their span: products, and what folds lose, are those of
 *		the rows themselves.
 */
#include <math.h>

#include "core/base/random.h"
#include "core/rows/rows_order.h"
#include "core/solve/fold_work.h"
#include "core/solve/row_span.h"
#include "unit.h"

#define ROWS 23
#define FEATURES 700 /* of more than one block */

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Rows rows;
	double x[ROWS][FEATURES]; /* as normalised */
	double mean[FEATURES];
	double inverse[FEATURES];
	SolverProblem problem;
	SolverControl control;
} Fixture;

/* Feature j of row i as it comes; sparse rows have few, and rows repeat. */
static double
draw(RowFormat format, uint64_t i, uint64_t j)
{
	double value = random_normal(3, (i % 20) * FEATURES + j);

	if (format == ROWS_U8)
		return floor(128.0 + 30.0 * fmax(-4.0, fmin(4.0, value)));
	if (format == ROWS_SPARSE && (i * 7 + j) % 11 != 0)
		return 0.0;
	return (float) value;
}

static void
append(Fixture *f, size_t i)
{
	RowFormat format = f->rows.format;
	uint8_t bytes[FEATURES];
	float floats[FEATURES], values[FEATURES];
	double doubles[FEATURES];
	uint32_t index[FEATURES], count = 0;
	RowView view = {.index = index, .value = values};

	for (uint32_t j = 0; j < FEATURES; j++)
	{
		double x = draw(format, i, j);
		double mean = format == ROWS_SPARSE ? 0.0 : f->mean[j];

		bytes[j] = (uint8_t) x;
		floats[j] = (float) x;
		doubles[j] = x;
		if (x != 0.0)
		{
			index[count] = j;
			values[count++] = (float) x;
		}
		f->x[i][j] = (x - mean) * f->inverse[j];
	}
	view.count = count;
	view.dense = format == ROWS_U8	  ? (const void *) bytes
				 : format == ROWS_F32 ? (const void *) floats
				 : format == ROWS_F64 ? (const void *) doubles
									  : NULL;
	assert_int_equal(rows_append(&f->rows, &view, (double) (i % 2), i,
								 1.0f + (float) (i % 3), &f->failure),
					 LL_OK);
	if (i % 4 == 1)
		assert_int_equal(
			rows_give_offset(&f->rows, 0.25 * (double) i, &f->failure), LL_OK);
}

static void
open_fixture(Fixture *f, RowFormat format)
{
	memset(f, 0, sizeof(*f));
	f->arena.allocations_left = -1;
	f->runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &f->runtime, format, FEATURES);
	for (uint32_t j = 0; j < FEATURES; j++)
	{
		f->mean[j] = format == ROWS_U8 ? 120.0 + j % 9 : 0.1 * (j % 5);
		f->inverse[j] = j % 13 == 0 ? 0.0 : 0.5 + j % 3;
	}
	for (size_t i = 0; i < ROWS; i++)
		append(f, i);
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	f->problem = (SolverProblem){.rows = &f->rows,
								 .loss = LOSS_LOGISTIC,
								 .mean = f->mean,
								 .inverse_deviation = f->inverse,
								 .outputs = 1,
								 .label_deviation = 1.0,
								 .use_bias = true};
	f->control = (SolverControl){.runtime = &f->runtime};
}

static double
product(const double *a, const double *b, size_t n)
{
	double sum = 0.0;

	for (size_t j = 0; j < n; j++)
		sum += a[j] * b[j];
	return sum;
}

/* Of every format, also of rows that repeat each other, labels and offsets kept. */
static void
test_products(void **state)
{
	static const RowFormat formats[] = {ROWS_U8, ROWS_F32, ROWS_F64,
										ROWS_SPARSE};

	(void) state;
	for (size_t k = 0; k < 4; k++)
	{
		Fixture f;
		RowSpan span;
		uint32_t order[ROWS];

		open_fixture(&f, formats[k]);
		for (uint32_t i = 0; i < ROWS; i++)
			order[i] = f.rows.order[ROWS - 1 - i];
		assert_int_equal(row_span_make(&f.problem, &f.control, order, ROWS,
									   &span, &f.failure),
						 LL_OK);
		assert_int_equal(span.rows.dimension, ROWS);
		assert_ptr_equal(span.problem.rows, &span.rows);
		for (size_t a = 0; a < ROWS; a++)
		{
			size_t row = order[a];
			const double *own = rows_view(&span.rows, a).dense;
			double size = product(f.x[row], f.x[row], FEATURES);

			for (size_t b = 0; b <= a; b++)
				assert_true(
					fabs(product(own, rows_view(&span.rows, b).dense, ROWS) -
						 product(f.x[row], f.x[order[b]], FEATURES)) <
					1e-6 * size);
			assert_true(span.rows.labels[a] == f.rows.labels[row]);
			assert_true(rows_weight(&span.rows, a) ==
						rows_weight(&f.rows, row));
			assert_true(rows_offset(&span.rows, a) ==
						rows_offset(&f.rows, row));
		}
		row_span_release(&span);
		malloc_arena_free(&f.arena);
	}
}

/* Rows that are all 0 have a span, too. */
static void
test_nothing(void **state)
{
	Fixture f;
	RowSpan span;

	(void) state;
	open_fixture(&f, ROWS_F64);
	memset(f.inverse, 0, sizeof(f.inverse));
	assert_int_equal(row_span_make(&f.problem, &f.control, f.rows.order, ROWS,
								   &span, &f.failure),
					 LL_OK);
	for (size_t a = 0; a < ROWS; a++)
		for (size_t b = 0; b < ROWS; b++)
			assert_true(
				fabs(((const double *) rows_view(&span.rows, a).dense)[b]) <
				1e-6);
	malloc_arena_free(&f.arena);
}

/* Where it serves, and without room at every allocation. */
static void
test_ends(void **state)
{
	Fixture f;
	RowSpan span;
	Status status;
	int room = 0;

	(void) state;
	open_fixture(&f, ROWS_F32);
	assert_true(row_span_serves(&f.problem, FEATURES - 1));
	assert_false(row_span_serves(&f.problem, FEATURES));
	f.problem.l1 = 0.1;
	assert_false(row_span_serves(&f.problem, FEATURES - 1));
	f.problem.l1 = 0.0;
	do
	{
		f.arena.allocations_left = room++;
		status = row_span_make(&f.problem, &f.control, f.rows.order, ROWS,
							   &span, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
	} while (status != LL_OK);
	assert_true(room > 4);
	malloc_arena_free(&f.arena);
}

static long looks;

static bool
count_looks(void *context)
{
	(void) context;
	looks++;
	return false;
}

/* Sparse rows of many values: there is a look at a wish to stop now and then. */
static void
test_long_rows(void **state)
{
	enum
	{
		LONG_ROWS = 32,
		LONG = 1 << 14
	};
	static uint32_t index[LONG];
	static float value[LONG];
	RowView view = {.index = index, .value = value, .count = LONG};
	Fixture f;
	RowSpan span;

	(void) state;
	open_fixture(&f, ROWS_SPARSE);
	rows_init(&f.rows, &f.runtime, ROWS_SPARSE, LONG);
	f.problem.inverse_deviation = NULL;
	for (uint32_t i = 0; i < LONG_ROWS; i++)
	{
		for (uint32_t e = 0; e < LONG; e++)
		{
			index[e] = e;
			value[e] = (float) (1 + (i + 1) * e % 37);
		}
		assert_int_equal(
			rows_append(&f.rows, &view, i % 2, i, 1.0f, &f.failure), LL_OK);
	}
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.runtime.interrupted = count_looks;
	looks = 0;
	assert_int_equal(row_span_make(&f.problem, &f.control, f.rows.order,
								   LONG_ROWS, &span, &f.failure),
					 LL_OK);
	assert_true(looks >= LONG_ROWS * LONG_ROWS / 2 * LONG >> 18);
	malloc_arena_free(&f.arena);
}

/* Deals the rows out in turn, by places of an order. */
static void
deal(Fixture *f, const uint32_t *order, FoldRows *folds)
{
	*folds = (FoldRows){.count = PATH_FOLDS};
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		folds->learned[k] =
			runtime_allocate(&f->runtime, ROWS * sizeof(uint32_t));
		folds->held[k] =
			runtime_allocate(&f->runtime, ROWS * sizeof(uint32_t));
		for (size_t i = 0; i < ROWS; i++)
			if (i % PATH_FOLDS == k)
				folds->held[k][folds->held_count[k]++] = order[i];
			else
				folds->learned[k][folds->learned_count[k]++] = order[i];
	}
}

/*
 * Compares losses of two paths where both have been, up to a wd; returns at how many
 * points.
 */
static int
compare(const WdPath *a, const WdPath *b, double largest, double most)
{
	int common = 0;

	for (uint32_t i = 0; i < a->count; i++)
		for (uint32_t j = 0; j < b->count; j++)
			if (a->points[i].wd == b->points[j].wd &&
				a->points[i].wd <= largest)
			{
				assert_true(fabs(a->points[i].loss / b->points[j].loss - 1.0) <
							most);
				common++;
			}
	return common;
}

/*
 * A path over them loses what one over the rows themselves loses, as near as
 * points are solved.
 */
static void
test_path(void **state)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_HINGE,
									  LOSS_QUANTILE};

	(void) state;
	for (size_t k = 0; k < 3; k++)
	{
		Fixture f;
		RowSpan span;
		FoldRows folds;
		WdPath own = {0}, other = {0};
		uint32_t places[ROWS];

		open_fixture(&f, ROWS_F64);
		f.problem.loss = losses[k];
		f.problem.parameters = (LossParameters){1.0, 0.3, 1.0, 0.01};
		assert_int_equal(row_span_make(&f.problem, &f.control, f.rows.order,
									   ROWS, &span, &f.failure),
						 LL_OK);
		for (uint32_t i = 0; i < ROWS; i++)
			places[i] = i;
		deal(&f, f.rows.order, &folds);
		assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 700.0,
										&own, NULL, NULL, &f.failure),
						 LL_OK);
		deal(&f, places, &folds);
		assert_int_equal(fold_path_walk(&span.problem, &f.control, &folds,
										700.0, &other, NULL, NULL, &f.failure),
						 LL_OK);
		/* of more wd a loss with kinks has many best biases */
		assert_true(compare(&own, &other, k == 0 ? 700.0 : 300.0,
							k == 0 ? 1e-3 : 5e-3) >= 3);
		malloc_arena_free(&f.arena);
	}
}

/* Rows that a bound of work allows for are the most, whatever the way. */
static void
test_work(void **state)
{
	static const KinkWay ways[] = {KINK_BY_NEWTON, KINK_BY_LBFGS, KINK_BY_SPAN,
								   KINK_WITH_L1};
	Fixture f;

	(void) state;
	open_fixture(&f, ROWS_F32);
	f.problem.loss = LOSS_HINGE;
	for (size_t k = 0; k < 4; k++)
		for (double work = 1e8; work < 1e12; work *= 7.0)
		{
			size_t rows = fold_kink_rows(&f.problem, ways[k], work, 5000);

			if (rows > 0)
				assert_true(fold_kink_work(&f.problem, ways[k],
										   (double) rows) <= work);
			if (rows < 5000)
				assert_true(fold_kink_work(&f.problem, ways[k],
										   (double) rows + 1.0) > work);
		}
	/* as many coordinates as rows are no gain; newton knows no sparse rows */
	assert_true(isinf(fold_kink_work(&f.problem, KINK_BY_SPAN, FEATURES)));
	f.rows.format = ROWS_SPARSE;
	assert_true(isinf(fold_kink_work(&f.problem, KINK_BY_NEWTON, 10.0)));
	f.rows.format = ROWS_F32;
	assert_false(fold_path_takes_newton(&f.problem, 5000.0));
	malloc_arena_free(&f.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_ends),	 cmocka_unit_test(test_long_rows),
		cmocka_unit_test(test_path),	 cmocka_unit_test(test_work)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
