/*
 * test_choose_wd.c
 *		wd by generalised cross-validation against its formula, worked out the long
 *		way, and by folds against solves of each fold.
 */
#include "core/solve/fold_path.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/rows/rows_order.h"
#include "core/solve/spectrum.h"

#define MOST 64

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Rows rows;
	SolverProblem problem;
	SolverControl control;
} Fixture;

/* A reproducible number in [-1, 1). */
static double
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double) (*state >> 11) / 4503599627370496.0 - 1.0;
}

/*
 * Rows of correlated features; the label follows the first three and as much
 * noise.  classes 2: its sign.
 */
static void
open_fixture(Fixture *f, size_t count, uint32_t dimension, double noise,
			 int classes)
{
	uint64_t seed = 5;
	double x[1024];

	memset(f, 0, sizeof(*f));
	f->arena.allocations_left = -1;
	f->runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &f->runtime, ROWS_F64, dimension);
	for (size_t i = 0; i < count; i++)
	{
		double shared = draw(&seed), label = 0.3;
		RowView view = {.dense = x};

		for (uint32_t j = 0; j < dimension; j++)
			x[j] = draw(&seed) + 0.7 * shared;
		for (uint32_t j = 0; j < 3 && j < dimension; j++)
			label += x[j] * (j + 1.0) / 3.0;
		label += noise * draw(&seed);
		if (classes == 2)
			label = label > 0.3;
		assert_int_equal(rows_append(&f->rows, &view, label,
									 hash64_bytes(&i, sizeof(i), 0),
									 1.0f + (float) (i % 2), &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	f->problem =
		(SolverProblem){.rows = &f->rows,
						.loss = classes == 2 ? LOSS_LOGISTIC : LOSS_SQUARED,
						.parameters = {1.0, 0.5, 1.0, 0.01},
						.outputs = 1,
						.label_deviation = 1.0,
						.use_bias = true};
	f->control =
		(SolverControl){.optimizer = OPTIMIZER_EXACT, .runtime = &f->runtime};
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

static WdPath
choose_with(Fixture *f, const FoldRows *folds)
{
	WdPath path;

	assert_int_equal(solver_choose_wd(&f->problem, &f->control, folds, &path,
									  NULL, &f->failure),
					 LL_OK);
	return path;
}

static WdPath
choose(Fixture *f)
{
	return choose_with(f, NULL);
}

/* Half the weighted mean square of residuals of the solution at a wd. */
static double
data_loss(Fixture *f, double wd)
{
	SolverResult result;

	f->problem.wd = wd;
	assert_int_equal(
		solver_run(&f->problem, &f->control, &result, &f->failure), LL_OK);
	return result.data_loss;
}

/*
 * Degrees of freedom the long way: how much each row's fitted value follows its
 * label, from solves with that label moved.
 */
static double
slow_freedom(Fixture *f, double wd)
{
	double sum = 0.0;

	f->problem.wd = wd;
	for (size_t i = 0; i < f->rows.count; i++)
	{
		const double *x = (const double *) f->rows.records[i];
		double fitted[2];

		for (int moved = 0; moved < 2; moved++)
		{
			SolverResult result;

			f->rows.labels[i] += moved;
			assert_int_equal(
				solver_run(&f->problem, &f->control, &result, &f->failure),
				LL_OK);
			f->rows.labels[i] -= moved;
			fitted[moved] = result.weights[f->rows.dimension];
			for (uint32_t j = 0; j < f->rows.dimension; j++)
				fitted[moved] += result.weights[j] * x[j];
		}
		sum += fitted[1] - fitted[0];
	}
	return sum;
}

/* Every point of the path is the formula's, whose f is 1 of many rows. */
static void
test_gcv_formula(void **state)
{
	static const size_t rows[] = {20, 40};
	static const double inflation[] = {1.4, 1.0};

	(void) state;
	for (int t = 0; t < 2; t++)
	{
		Fixture f;
		WdPath path;

		open_fixture(&f, rows[t], 6, 2.0, 0);
		path = choose(&f);
		assert_int_equal(path.choice, WD_BY_GCV);
		assert_int_equal(path.rows, rows[t]);
		for (uint32_t i = 0; i < path.count; i += 4)
		{
			double wd = path.points[i].wd;
			double left =
				1.0 - inflation[t] * slow_freedom(&f, wd) / (double) rows[t];
			double expected = data_loss(&f, wd) / (left * left);

			assert_true(fabs(path.points[i].loss / expected - 1.0) < 1e-7);
		}
		for (uint32_t i = 0; i < path.count; i++)
			assert_true(path.plain || path.chosen.loss <= path.points[i].loss);
		close_fixture(&f);
	}
}

/* Plain least squares stay where rows abound or nothing is left to gain. */
static void
test_gcv_plain(void **state)
{
	Fixture f;
	WdPath path;

	(void) state;
	open_fixture(&f, 5000, 4, 0.5, 0);
	path = choose(&f);
	assert_true(path.plain && path.chosen.wd == 0.0);
	close_fixture(&f);
	open_fixture(&f, 30, 4, 0.0, 0);
	path = choose(&f);
	assert_true(path.plain && path.chosen.wd == 0.0);
	close_fixture(&f);
	open_fixture(&f, 30, 12, 4.0, 0);
	path = choose(&f);
	assert_true(!path.plain && path.chosen.wd > 0.0);
	close_fixture(&f);
}

/* More features than rows, a constant one and copies: there is a wd. */
static void
test_gcv_wide(void **state)
{
	double inverse[MOST];
	Fixture f;
	WdPath path;

	(void) state;
	open_fixture(&f, 20, MOST, 0.5, 0);
	for (int j = 0; j < MOST; j++)
		inverse[j] = j == 7 ? 0.0 : 1.0;
	f.problem.inverse_deviation = inverse;
	path = choose(&f);
	assert_int_equal(path.choice, WD_BY_GCV);
	assert_true(!path.plain && path.chosen.wd > 0.0);
	assert_true(isfinite(path.chosen.loss));
	for (int j = 0; j < MOST; j++)
		inverse[j] = 0.0;
	path = choose(&f);
	assert_int_equal(path.choice, WD_NOT_CHOSEN);
	close_fixture(&f);
}

/* Beyond the widest matrix that is decomposed whole, Lanczos' nodes stand in. */
static void
test_gcv_lanczos(void **state)
{
	Fixture f;
	Pass pass;
	Spectrum spectrum;
	size_t d = 520;
	double *sums;
	static const double wds[] = {3e-2, 0.3, 3.0};

	(void) state;
	open_fixture(&f, 700, (uint32_t) d, 1.0, 0);
	sums = calloc((d + 2) * (d + 2), sizeof(double));
	assert_int_equal(
		pass_init(&pass, &f.problem, &f.control, 2, false, &f.failure), LL_OK);
	assert_int_equal(pass_gram(&pass, sums, &f.failure), LL_OK);
	assert_int_equal(spectrum_make(&pass, sums, &spectrum, &f.failure), LL_OK);
	assert_true(spectrum.count < d);
	for (size_t i = 0; i < 3; i++)
	{
		double residual = spectrum_residual(&spectrum, wds[i]);
		double freedom = spectrum_freedom(&spectrum, wds[i]);
		double trace = 0.0;
		double *values = calloc(d, sizeof(double));
		double *matrix = calloc(d * d, sizeof(double));
		double *work = calloc(d * 4, sizeof(double));
		int *iwork = calloc(d * 4, sizeof(int));
		int n = (int) d, lwork = (int) d * 4, liwork = (int) d * 4, info = 0;

		assert_true(fabs(residual / 2 / data_loss(&f, wds[i]) - 1.0) < 1e-6);
		/* the trace by all eigenvalues of the centred matrix */
		for (size_t a = 0; a < d; a++)
			for (size_t b = a; b < d; b++)
				matrix[a * d + b] =
					sums[a * (d + 2) + b] -
					sums[a * (d + 2) + d] * sums[b * (d + 2) + d];
		pass.blas->dsyevd("N", "L", &n, matrix, &n, values, work, &lwork,
						  iwork, &liwork, &info);
		assert_int_equal(info, 0);
		for (size_t a = 0; a < d; a++)
			trace += values[a] / (values[a] + wds[i]);
		assert_true(fabs(freedom / trace - 1.0) < 0.05);
		free(values);
		free(matrix);
		free(work);
		free(iwork);
	}
	pass_release(&pass);
	free(sums);
	close_fixture(&f);
}

/* Deals rows out in turn. */
static FoldRows
deal(Fixture *f)
{
	FoldRows folds = {.count = PATH_FOLDS};

	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		folds.learned[k] =
			runtime_allocate(&f->runtime, f->rows.count * sizeof(uint32_t));
		folds.held[k] =
			runtime_allocate(&f->runtime, f->rows.count * sizeof(uint32_t));
		for (size_t i = 0; i < f->rows.count; i++)
			if (i % PATH_FOLDS == k)
				folds.held[k][folds.held_count[k]++] = f->rows.order[i];
			else
				folds.learned[k][folds.learned_count[k]++] = f->rows.order[i];
	}
	return folds;
}

/*
 * A fold's held-out loss at a wd, logistic or half the square, from a solve of its
 * own.
 */
static double
held_out(Fixture *f, const FoldRows *folds, size_t k, double wd)
{
	SolverResult result;
	double sum = 0.0, weight = 0.0;

	f->problem.selection = folds->learned[k];
	f->problem.count = folds->learned_count[k];
	f->problem.wd = wd;
	f->control.optimizer =
		f->problem.loss == LOSS_SQUARED ? OPTIMIZER_EXACT : OPTIMIZER_NEWTON;
	assert_int_equal(
		solver_run(&f->problem, &f->control, &result, &f->failure), LL_OK);
	for (size_t i = 0; i < folds->held_count[k]; i++)
	{
		size_t row = folds->held[k][i];
		const double *x = (const double *) f->rows.records[row];
		double z = result.weights[f->rows.dimension];
		double w = rows_weight(&f->rows, row);

		for (uint32_t j = 0; j < f->rows.dimension; j++)
			z += result.weights[j] * x[j] *
				 (f->problem.inverse_deviation != NULL
					  ? f->problem.inverse_deviation[j]
					  : 1.0);
		if (f->problem.loss == LOSS_SQUARED)
			sum += 0.5 * w * (f->rows.labels[row] - z) *
				   (f->rows.labels[row] - z);
		else
			sum += w * log1p(exp(f->rows.labels[row] > 0 ? -z : z));
		weight += w;
	}
	return sum / weight;
}

/*
 * With folds, every point is the geometric mean of GCV's and of the loss held out
 * by solves of each fold; with a bias and without, and of a feature that is not
 * learned.
 */
static void
test_gcv_folds(void **state)
{
	(void) state;
	for (int bias = 0; bias <= 1; bias++)
	{
		double inverse[] = {1.0, 1.0, 0.0, 0.5, 1.0, 2.0};
		Fixture f;
		FoldRows folds;
		WdPath alone, path;

		open_fixture(&f, 19, 6, 2.0, 0);
		f.problem.inverse_deviation = inverse;
		f.problem.use_bias = bias;
		folds = deal(&f);
		alone = choose(&f);
		path = choose_with(&f, &folds);
		assert_int_equal(path.choice, WD_BY_GCV_AND_FOLDS);
		assert_int_equal(path.folds, PATH_FOLDS);
		for (uint32_t i = 0; i < path.count; i += 4)
		{
			double sum = 0.0, square = 0.0, loss[PATH_FOLDS], error;

			for (size_t k = 0; k < PATH_FOLDS; k++)
			{
				loss[k] = held_out(&f, &folds, k, path.points[i].wd);
				sum += loss[k] / PATH_FOLDS;
			}
			for (size_t k = 0; k < PATH_FOLDS; k++)
				square += (loss[k] - sum) * (loss[k] - sum);
			error = sqrt(square / (PATH_FOLDS * (PATH_FOLDS - 1)));
			assert_true(path.points[i].wd == alone.points[i].wd);
			assert_true(
				fabs(path.points[i].loss / sqrt(sum * alone.points[i].loss) -
					 1.0) < 1e-7);
			assert_true(fabs(path.points[i].error / error - 1.0) < 1e-6);
		}
		f.problem.selection = NULL;
		close_fixture(&f);
	}
}

/* Wider than the folds have rows, and without room at every allocation. */
static void
test_gcv_folds_ends(void **state)
{
	double inverse[MOST];
	Fixture f;
	FoldRows folds;
	WdPath path;
	Status status;
	int room = 0;

	(void) state;
	open_fixture(&f, 30, MOST, 0.5, 0);
	folds = deal(&f);
	path = choose_with(&f, &folds);
	assert_true(path.chosen.wd > 0.0 && isfinite(path.chosen.loss));
	memset(inverse, 0, sizeof(inverse)); /* nothing varies */
	f.problem.inverse_deviation = inverse;
	path = choose_with(&f, &folds);
	assert_int_equal(path.choice, WD_NOT_CHOSEN);
	f.problem.inverse_deviation = NULL;
	do
	{
		f.arena.allocations_left = room;
		status = solver_choose_wd(&f.problem, &f.control, &folds, &path, NULL,
								  &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		room += 3;
	} while (status != LL_OK);
	close_fixture(&f);
}

/* The path's losses and errors are those of solves that begin at zero. */
static void
test_folds(void **state)
{
	Fixture f;
	FoldRows folds;
	WdPath path = {0};

	(void) state;
	open_fixture(&f, 200, 8, 2.0, 2);
	folds = deal(&f);
	assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 8.0, &path,
									NULL, NULL, &f.failure),
					 LL_OK);
	assert_true(path.count >= 4);
	for (uint32_t i = 0; i < path.count; i += 2)
	{
		double loss[PATH_FOLDS], mean = 0.0, square = 0.0;

		for (size_t k = 0; k < PATH_FOLDS; k++)
			mean += loss[k] = held_out(&f, &folds, k, path.points[i].wd);
		mean /= PATH_FOLDS;
		for (size_t k = 0; k < PATH_FOLDS; k++)
			square += (loss[k] - mean) * (loss[k] - mean);
		assert_true(fabs(path.points[i].loss - mean) < 1e-3 * mean);
		assert_true(fabs(path.points[i].error -
						 sqrt(square / (PATH_FOLDS * (PATH_FOLDS - 1)))) <
					1e-2 * mean);
	}
	for (uint32_t i = 0; i < path.count; i++)
	{
		assert_true(path.chosen.loss <= path.points[i].loss);
		assert_true(i == 0 || path.points[i].wd < path.points[i - 1].wd);
	}
	close_fixture(&f);
}

/*
 * The nearer the best wd is to none, the nearer points are solved: what tells them
 * apart is small there.
 */
static void
test_folds_small_wd(void **state)
{
	Fixture f;
	FoldRows folds;
	WdPath path = {0};
	uint32_t last;

	(void) state;
	open_fixture(&f, 900, 8, 0.5, 2);
	folds = deal(&f);
	assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 8.0, &path,
									NULL, NULL, &f.failure),
					 LL_OK);
	last = path.count - 1;
	assert_true(path.points[last].wd < 1e-3 * path.points[0].wd);
	for (uint32_t i = last - 2; i <= last; i++)
	{
		double mean = 0.0;

		for (size_t k = 0; k < PATH_FOLDS; k++)
			mean += held_out(&f, &folds, k, path.points[i].wd) / PATH_FOLDS;
		assert_true(fabs(path.points[i].loss - mean) < 2e-5 * mean);
		assert_true(path.points[i].loss != path.points[i - 1].loss);
	}
	close_fixture(&f);
}

/* The path of separable classes ends where folds tell all their rows. */
static void
test_folds_separable(void **state)
{
	Fixture f;
	FoldRows folds;
	WdPath path = {0};

	(void) state;
	open_fixture(&f, 300, 4, 0.0, 2);
	folds = deal(&f);
	assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 8.0, &path,
									NULL, NULL, &f.failure),
					 LL_OK);
	assert_true(path.chosen.loss < 0.03 * path.points[0].loss);
	assert_true(path.chosen.wd > 3e-8 * path.points[0].wd);
	close_fixture(&f);
}

/* That of numbers that features tell almost exactly goes on: little is left of all. */
static void
test_folds_exact_numbers(void **state)
{
	Fixture f;
	FoldRows folds;
	WdPath path = {0};

	(void) state;
	open_fixture(&f, 300, 4, 1e-4, 0);
	folds = deal(&f);
	assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 8.0, &path,
									NULL, NULL, &f.failure),
					 LL_OK);
	assert_true(path.chosen.loss < 1e-5 * path.points[0].loss);
	close_fixture(&f);
}

/* Whether a path's points are those of solves that begin at zero. */
static void
check_sparse(Fixture *f, const FoldRows *folds, const L1Path *path)
{
	SolverResult result;

	for (uint32_t i = 0; i < path->count; i++)
	{
		double mean = 0.0;
		uint32_t nonzero = 0;

		/* Folds have learned from 4/5 of the rows: a prior's worth is the same. */
		f->problem.l1 = path->points[i].lambda * 1.25;
		for (size_t k = 0; k < PATH_FOLDS; k++)
			mean += held_out(f, folds, k, 0.0) / PATH_FOLDS;
		/* Small penalties are solved less far than they move what is held out. */
		assert_true(fabs(path->points[i].loss - mean) <
					(i <= path->chosen + 1 ? 1e-2 : 5e-2) * mean);
		f->problem.l1 = path->points[i].lambda;
		f->problem.selection = NULL;
		assert_int_equal(
			solver_run(&f->problem, &f->control, &result, &f->failure), LL_OK);
		for (uint32_t j = 0; j < f->rows.dimension; j++)
			nonzero += result.weights[j] != 0.0;
		assert_true(abs((int) nonzero - (int) path->points[i].nonzero) <= 3);
		assert_true(i == 0 ||
					path->points[i].lambda < path->points[i - 1].lambda);
		assert_true(path->points[path->chosen].loss <= path->points[i].loss);
	}
	f->problem.l1 = 0.0;
}

/* Few of many features that matter: an l1; all of few: none.  By both solvers. */
static void
test_folds_sparse(void **state)
{
	(void) state;
	for (uint32_t dimension = 60; dimension <= 120; dimension += 60)
	{
		WdPath path = {0};
		L1Path sparse = {0};
		FoldRows folds;
		Fixture f;

		open_fixture(&f, 300, dimension, 0.5, 2);
		folds = deal(&f);
		assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 20.0,
										&path, &sparse, NULL, &f.failure),
						 LL_OK);
		assert_true(sparse.count >= 5 && sparse.ratio == 1.0);
		assert_true(sparse.points[sparse.chosen].loss < path.chosen.loss);
		check_sparse(&f, &folds, &sparse);
		close_fixture(&f);
	}
	for (int noise = 0; noise <= 3; noise += 3)
	{
		WdPath path = {0};
		L1Path sparse = {0};
		FoldRows folds;
		Fixture f;

		open_fixture(&f, 400, 3, 1.0 + noise, 2);
		folds = deal(&f);
		assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 3.0,
										&path, &sparse, NULL, &f.failure),
						 LL_OK);
		assert_int_equal(sparse.count, 0);
		close_fixture(&f);
	}
}

/* Without room at every allocation. */
static void
test_folds_sparse_room(void **state)
{
	Fixture f;
	FoldRows folds;
	Status status;
	int room = 0;

	(void) state;
	open_fixture(&f, 120, 30, 0.5, 2);
	folds = deal(&f);
	do
	{
		WdPath path = {0};
		L1Path sparse = {0};

		f.arena.allocations_left = room;
		status = fold_path_walk(&f.problem, &f.control, &folds, 10.0, &path,
								&sparse, NULL, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		room += 37;
	} while (status != LL_OK);
	close_fixture(&f);
}

static bool
at_once(void *context)
{
	(void) context;
	return true;
}

/* Without time nothing is chosen. */
static void
test_folds_late(void **state)
{
	Fixture f;
	FoldRows folds;
	WdPath path = {0};

	(void) state;
	open_fixture(&f, 50, 3, 1.0, 2);
	folds = deal(&f);
	f.control.late = at_once;
	assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 3.0, &path,
									NULL, NULL, &f.failure),
					 LL_OK);
	assert_int_equal(path.count, 0);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gcv_formula),
		cmocka_unit_test(test_gcv_plain),
		cmocka_unit_test(test_gcv_wide),
		cmocka_unit_test(test_gcv_lanczos),
		cmocka_unit_test(test_gcv_folds),
		cmocka_unit_test(test_gcv_folds_ends),
		cmocka_unit_test(test_folds),
		cmocka_unit_test(test_folds_small_wd),
		cmocka_unit_test(test_folds_separable),
		cmocka_unit_test(test_folds_exact_numbers),
		cmocka_unit_test(test_folds_sparse),
		cmocka_unit_test(test_folds_sparse_room),
		cmocka_unit_test(test_folds_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
