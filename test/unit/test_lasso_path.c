/*
 * test_lasso_path.c
 *		A path of l1 by folds against a solve of each point of each fold.
 */
#include "solver_fixture.h"

#include <stdlib.h>

#include "core/solve/lasso_path.h"

#define COUNT 200
#define WIDTH 10

/* Rows with weights; fold k holds every fifth out. */
static void
open_path(Fixture *f, FoldRows *folds, LossKind loss)
{
	uint64_t seed = 5;

	open_fixture(f, ROWS_F64, WIDTH, loss);
	for (size_t i = 0; i < COUNT; i++)
	{
		double x[WIDTH], shared = draw(&seed), label = 0.1;

		for (int j = 0; j < WIDTH; j++)
			x[j] = draw(&seed) + 0.5 * shared;
		label += x[0] - 0.5 * x[1] + 0.2 * x[2] + draw(&seed);
		if (loss == LOSS_LOGISTIC)
			label = label > 0.1;
		if (loss == LOSS_POISSON)
			label = exp(label);
		assert_int_equal(rows_append(&f->rows, &(RowView){.dense = x}, label,
									 hash64_bytes(&i, sizeof(i), 0),
									 1.0f + (float) (i % 2), &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	memset(folds, 0, sizeof(*folds));
	folds->count = PATH_FOLDS;
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		folds->learned[k] = calloc(COUNT, sizeof(uint32_t));
		folds->held[k] = calloc(COUNT, sizeof(uint32_t));
		for (size_t i = 0; i < COUNT; i++)
			if (i % PATH_FOLDS == k)
				folds->held[k][folds->held_count[k]++] = f->rows.order[i];
			else
				folds->learned[k][folds->learned_count[k]++] =
					f->rows.order[i];
	}
}

/* Deals the rows anew: fold k is judged on block k + 1 and learned from those before. */
static void
go_forward(const Fixture *f, FoldRows *folds)
{
	folds->count = 4;
	folds->key = FOLD_KEY_TIME;
	for (size_t k = 0; k < folds->count; k++)
	{
		folds->learned_count[k] = folds->held_count[k] = 0;
		for (size_t i = 0; i < COUNT; i++)
			if (i * 5 / COUNT == k + 1)
				folds->held[k][folds->held_count[k]++] = f->rows.order[i];
			else if (i * 5 / COUNT <= k)
				folds->learned[k][folds->learned_count[k]++] =
					f->rows.order[i];
	}
}

static void
close_path(Fixture *f, FoldRows *folds)
{
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		free(folds->learned[k]);
		free(folds->held[k]);
	}
	close_fixture(f);
}

/* The mean loss of rows by the last result. */
static double
mean_loss(const Fixture *f, const uint32_t *rows, size_t count)
{
	const double *w = f->result.weights;
	double sum = 0.0, weights = 0.0;

	for (size_t i = 0; i < count; i++)
	{
		const double *x = rows_view(&f->rows, rows[i]).dense;
		double margin = w[WIDTH], weight = f->rows.weights[rows[i]];

		for (int j = 0; j < WIDTH; j++)
			margin += w[j] * x[j];
		sum += weight * loss_value(f->problem.loss, &f->problem.parameters,
								   margin, f->rows.labels[rows[i]]);
		weights += weight;
	}
	return sum / weights;
}

/* Some points of the path, each fold solved by itself. */
static void
check_points(Fixture *f, const FoldRows *folds, const L1Path *path)
{
	for (uint32_t i = 0; i < path->count; i += 33)
	{
		double loss[PATH_FOLDS], mean = 0.0, square = 0.0;
		double count = folds->count;

		f->problem.l1 = path->points[i].lambda * path->ratio;
		f->problem.wd = path->points[i].lambda * (1.0 - path->ratio);
		for (size_t k = 0; k < folds->count; k++)
		{
			f->problem.selection = folds->learned[k];
			f->problem.count = folds->learned_count[k];
			solve(f, OPTIMIZER_NEWTON);
			loss[k] = mean_loss(f, folds->held[k], folds->held_count[k]);
			mean += loss[k] / count;
		}
		for (size_t k = 0; k < folds->count; k++)
			square += (loss[k] - mean) * (loss[k] - mean);
		assert_near(path->points[i].loss, mean, 1e-4);
		assert_near(path->points[i].error,
					sqrt(square / (count * (count - 1.0))), 1e-4);
		f->problem.selection = NULL;
	}
}

static void
test_path(void **state)
{
	const LossKind losses[] = {LOSS_SQUARED, LOSS_LOGISTIC, LOSS_POISSON};

	(void) state;
	for (int c = 0; c < 6; c++)
	{
		Fixture f;
		FoldRows folds;
		L1Path path = {.ratio = c < 3 ? 1.0 : 0.4}, again;
		ThreadPool *pool;
		uint32_t best = 0;

		open_path(&f, &folds, losses[c % 3]);
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
										 NULL, &f.failure),
						 LL_OK);
		assert_int_equal(path.count, L1_PATH_POINTS);
		assert_int_equal(path.points[0].nonzero, 0);
		assert_true(path.points[10].nonzero > 0);
		assert_near(path.points[99].lambda / path.points[0].lambda, 1e-4,
					1e-12);
		for (uint32_t i = 1; i < path.count; i++)
			if (path.points[i].loss < path.points[best].loss)
				best = i;
		assert_int_equal(path.chosen, best);
		check_points(&f, &folds, &path);
		again = (L1Path){.ratio = path.ratio, .rule = PATH_ONE_STANDARD_ERROR};
		assert_int_equal(threads_start(&pool, 3, &f.runtime, &f.failure),
						 LL_OK);
		f.control.pool = pool;
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds,
										 &again, NULL, &f.failure),
						 LL_OK);
		threads_stop(pool);
		assert_memory_equal(path.points, again.points, sizeof(path.points));
		assert_true(again.chosen < best);
		assert_true(path.points[again.chosen].loss <=
					path.points[best].loss + path.points[best].error);
		assert_true(path.points[again.chosen - 1].loss >
					path.points[best].loss + path.points[best].error);
		close_path(&f, &folds);
	}
}

/* Fewer points of the same range, whose penalties of all rows are those shown. */
static void
test_choice(void **state)
{
	const LossKind losses[] = {LOSS_SQUARED, LOSS_LOGISTIC};

	(void) state;
	for (int c = 0; c < 2; c++)
	{
		Fixture f;
		FoldRows folds;
		L1Path whole = {.ratio = 1.0}, path = {.ratio = 1.0};
		LassoChoice choice = {.points = 4, .whole = 0.5, .to_beat = INFINITY};
		double error;

		open_path(&f, &folds, losses[c]);
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds,
										 &whole, NULL, &f.failure),
						 LL_OK);
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
										 &choice, &f.failure),
						 LL_OK);
		assert_int_equal(path.count, 4);
		for (uint32_t i = 0; i < 4; i++)
		{
			uint32_t kept = 0;

			assert_near(path.points[i].lambda,
						0.5 * whole.points[33 * i].lambda, 1e-12);
			assert_near(path.points[i].loss, whole.points[33 * i].loss, 1e-4);
			f.problem.l1 = path.points[i].lambda;
			solve(&f, OPTIMIZER_NEWTON);
			for (int j = 0; j < WIDTH; j++)
				kept += f.result.weights[j] != 0.0;
			assert_int_equal(path.points[i].nonzero, kept);
		}
		assert_int_equal(choice.losses.count, folds.count);
		assert_near(fold_losses_gain(&choice.losses, &(FoldLosses){0}, &error),
					path.points[path.chosen].loss, 1e-14);
		assert_near(error, path.points[path.chosen].error, 1e-14);
		close_path(&f, &folds);
	}
}

/* A path ends behind its best, which is the best of all, or where it has no hope. */
static void
test_end_of_choice(void **state)
{
	LassoChoice choice = {
		.points = 34, .whole = 1.0, .ends = true, .to_beat = INFINITY};
	L1Path whole = {.ratio = 1.0}, path = {.ratio = 1.0};
	double least = INFINITY;
	Fixture f;
	FoldRows folds;

	(void) state;
	open_path(&f, &folds, LOSS_SQUARED);
	assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &whole,
									 NULL, &f.failure),
					 LL_OK);
	assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
									 &choice, &f.failure),
					 LL_OK);
	assert_true(path.count < choice.points);
	for (uint32_t i = 0; i < choice.points; i++)
		least = fmin(least, whole.points[3 * i].loss);
	for (uint32_t i = 0; i < path.count; i++)
	{
		assert_near(path.points[i].lambda, whole.points[3 * i].lambda, 1e-12);
		assert_near(path.points[i].loss, whole.points[3 * i].loss, 1e-6);
	}
	assert_near(choice.losses.mean, least, 1e-6);
	choice.to_beat = 0.01 * least;
	path = (L1Path){.ratio = 1.0};
	assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
									 &choice, &f.failure),
					 LL_OK);
	assert_true(path.count < 34 && choice.losses.mean > choice.to_beat);
	close_path(&f, &folds);
}

static bool
is_late(void *context)
{
	return ++*(int *) context > 3;
}

/* Cancelled, out of memory, out of time. */
static void
test_ends(void **state)
{
	(void) state;
	for (int c = 0; c < 2; c++)
	{
		Fixture f;
		FoldRows folds;
		L1Path path = {.ratio = 1.0};
		int looks = 0;

		open_path(&f, &folds, c == 0 ? LOSS_SQUARED : LOSS_LOGISTIC);
		f.arena.interrupt = true;
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
										 NULL, &f.failure),
						 LL_CANCELLED);
		f.arena.interrupt = false;
		for (long left = 0; left < 40; left++)
		{
			f.arena.allocations_left = left;
			assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds,
											 &path, NULL, &f.failure),
							 LL_NO_MEMORY);
		}
		f.arena.allocations_left = -1;
		f.control.late = is_late;
		f.control.context = &looks;
		path = (L1Path){.ratio = 1.0};
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
										 NULL, &f.failure),
						 LL_OK);
		assert_int_equal(path.count, 1);
		close_path(&f, &folds);
	}
}

/* Folds that go forward, fewer than five. */
static void
test_forward(void **state)
{
	const LossKind losses[] = {LOSS_SQUARED, LOSS_LOGISTIC};

	(void) state;
	for (int c = 0; c < 2; c++)
	{
		Fixture f;
		FoldRows folds;
		L1Path path = {.ratio = 1.0};

		open_path(&f, &folds, losses[c]);
		go_forward(&f, &folds);
		assert_int_equal(lasso_path_walk(&f.problem, &f.control, &folds, &path,
										 NULL, &f.failure),
						 LL_OK);
		assert_int_equal(path.folds, 4);
		assert_int_equal(path.key, FOLD_KEY_TIME);
		check_points(&f, &folds, &path);
		close_path(&f, &folds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),   cmocka_unit_test(test_forward),
		cmocka_unit_test(test_choice), cmocka_unit_test(test_end_of_choice),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
