/*
 * test_fold_dense.c
 *		Dense rows of folds as a matrix, against passes that normalise them anew.
 */
#include <stdlib.h>

#include "core/solve/fold_dense.h"
#include "core/solve/fold_curve.h"
#include "core/solve/pass.h"
#include "solver_fixture.h"

enum
{
	ROWS = 90,
	FEATURES = 130,
	FEW_ROWS = 30, /* whose span has a fourth of the features */
	FOLDS = 5,
	CLASSES = 3
};

static double mean[FEATURES];
static double inverse[FEATURES];

/* Copies in one row, of values that its number decides. */
static void
append(Fixture *f, uint64_t i, int classes)
{
	uint8_t bytes[FEATURES];
	float floats[FEATURES];
	double doubles[FEATURES], score = 0.0;
	uint64_t seed = 77 + i;
	RowFormat format = f->rows.format;
	RowView view = {.dense = format == ROWS_U8	  ? (void *) bytes
							 : format == ROWS_F32 ? (void *) floats
												  : (void *) doubles};

	for (int j = 0; j < FEATURES; j++)
	{
		bytes[j] = (uint8_t) (128.0 * (1.0 + draw(&seed)));
		floats[j] = (float) bytes[j] / 64.0f;
		doubles[j] = floats[j];
		score += j < 8 ? doubles[j] - 2.0 : 0.0;
	}
	score += draw(&seed);
	assert_int_equal(rows_append(&f->rows, &view,
								 classes == 0 ? score
								 : classes == 2
									 ? score > 0.0
									 : fmod(floor(fabs(score) * 2.0), classes),
								 i, 1.0f + (float) (i % 3), &f->failure),
					 LL_OK);
	assert_int_equal(
		rows_give_offset(&f->rows, classes < 3 ? 0.1 * (double) (i % 4) : 0.0,
						 &f->failure),
		LL_OK);
}

/* Rows that arrive forwards or backwards. */
static void
open_rows(Fixture *f, RowFormat format, LossKind loss, int classes,
		  bool backwards)
{
	open_fixture(f, format, FEATURES, loss);
	for (int j = 0; j < FEATURES; j++)
	{
		double unit = format == ROWS_U8 ? 64.0 : 1.0;

		mean[j] = (1.9 + 0.01 * (j % 9)) * unit;
		inverse[j] = j == 40 ? 0.0 : (0.8 + 0.1 * (j % 4)) / unit;
	}
	f->problem.mean = mean;
	f->problem.inverse_deviation = inverse;
	f->problem.outputs = classes > 2 ? (uint32_t) classes : 1;
	for (uint64_t i = 0; i < ROWS; i++)
		append(f, backwards ? ROWS - 1 - i : i, classes);
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* Deals the rows out; by time each fold learns from the earlier ones. */
static void
deal(const Fixture *f, FoldKey key, size_t rows, FoldRows *folds)
{
	bool time = key == FOLD_KEY_TIME;

	*folds = (FoldRows){.count = FOLDS, .key = key};
	for (int k = 0; k < FOLDS; k++)
	{
		folds->learned[k] = malloc(ROWS * sizeof(uint32_t));
		folds->held[k] = malloc(ROWS * sizeof(uint32_t));
	}
	for (size_t i = 0; i < rows; i++)
	{
		/* Some are held out by none. */
		int own = i % 13 == 0 || (time && i % 6 == 0) ? -1 : (int) (i % FOLDS);

		for (int k = 0; k < FOLDS; k++)
			if (own == k)
				folds->held[k][folds->held_count[k]++] = f->rows.order[i];
			else if (!time || own < k)
				folds->learned[k][folds->learned_count[k]++] =
					f->rows.order[i];
	}
}

static void
release(FoldRows *folds)
{
	for (int k = 0; k < FOLDS; k++)
	{
		free(folds->learned[k]);
		free(folds->held[k]);
	}
}

/* The rows of all folds, as the matrix wants them; returns their number. */
static size_t
list_whole(const FoldRows *folds, uint32_t *whole)
{
	size_t last = FOLDS - 1, learned = folds->learned_count[last];

	memcpy(whole, folds->learned[last], learned * sizeof(uint32_t));
	memcpy(whole + learned, folds->held[last],
		   folds->held_count[last] * sizeof(uint32_t));
	return learned + folds->held_count[last];
}

static Status
make(const Fixture *f, const FoldRows *folds, bool single, FoldDense *dense,
	 Failure *failure)
{
	uint32_t whole[ROWS];
	size_t count = list_whole(folds, whole);

	assert_int_equal(count, ROWS);
	assert_true(row_matrix_serves(&f->problem, count, single));
	return fold_dense_make(&f->problem, &f->control, folds, whole, count,
						   single, dense, failure);
}

/* Loss, gradient and second derivatives of some rows, of weights of any kind. */
static void
run(Fixture *f, const SolverProblem *of, const uint32_t *rows, size_t count,
	bool single, double *loss, double *gradient, double *gram)
{
	SolverProblem problem = *of;
	double weights[(FEATURES + 1) * CLASSES];
	uint64_t seed = 5;
	Pass pass;

	for (size_t i = 0; i < (FEATURES + 1) * of->outputs; i++)
		weights[i] = 0.05 * draw(&seed);
	problem.selection = rows;
	problem.count = count;
	assert_int_equal(
		pass_init(&pass, &problem, &f->control, 1, single, &f->failure),
		LL_OK);
	assert_int_equal(
		pass_run(&pass, weights, loss, gradient, gram, &f->failure), LL_OK);
	pass_release(&pass);
}

/* Compares what a fold learns from and holds out with the rows as they are. */
static void
compare(Fixture *f, const FoldRows *folds, const FoldDense *dense, bool single,
		bool floats)
{
	static double gradient[2][(FEATURES + 1) * CLASSES];
	static double gram[2][(FEATURES + 1) * (FEATURES + 1)];
	const SolverProblem *matrix = &dense->matrix.problem;
	double loss[2], close = single || floats ? 1e-5 : 1e-12;

	for (int k = 0; k < FOLDS; k++)
		for (int held = 0; held < 2; held++)
		{
			const uint32_t *rows = held ? folds->held[k] : folds->learned[k];
			size_t count =
				held ? folds->held_count[k] : folds->learned_count[k];

			run(f, &f->problem, rows, count, false, loss, gradient[0],
				gram[0]);
			run(f, matrix,
				held ? dense->folds.held[k] : dense->folds.learned[k], count,
				single, loss + 1, gradient[1], gram[1]);
			assert_near(loss[1], loss[0], close);
			for (size_t i = 0; i < (FEATURES + 1) * f->problem.outputs; i++)
				assert_near(gradient[1][i], gradient[0][i], close);
			for (size_t j = 0; j <= FEATURES; j++)
				for (size_t i = j; i <= FEATURES; i++)
					assert_near(gram[1][j * (FEATURES + 1) + i],
								gram[0][j * (FEATURES + 1) + i], close);
		}
}

/* Every format, in floats and doubles, with folds of both kinds. */
static void
test_passes(void **state)
{
	(void) state;
	for (int i = 0; i < 12; i++)
	{
		RowFormat format = (RowFormat) (i % 3);
		bool single = i / 3 % 2, many = i / 6;
		FoldKey key = (i / 3 + i / 6) % 2 ? FOLD_KEY_TIME : FOLD_KEY_NONE;
		Fixture f;
		FoldRows folds;
		FoldDense dense;

		open_rows(&f, format, many ? LOSS_SOFTMAX : LOSS_LOGISTIC,
				  many ? CLASSES : 2, false);
		deal(&f, key, ROWS, &folds);
		assert_int_equal(make(&f, &folds, single, &dense, &f.failure), LL_OK);
		compare(&f, &folds, &dense, single, single);
		/* doubles of a matrix of floats, and the other way round */
		compare(&f, &folds, &dense, !single, single);
		fold_dense_release(&dense);
		fold_dense_release(&dense);
		release(&folds);
		close_fixture(&f);
	}
}

/* What a fold holds out lies side by side, and it learns from no row of it. */
static void
test_places(void **state)
{
	Fixture f;
	FoldRows folds;
	FoldDense dense;

	(void) state;
	open_rows(&f, ROWS_F64, LOSS_LOGISTIC, 2, false);
	deal(&f, FOLD_KEY_NONE, ROWS, &folds);
	assert_int_equal(make(&f, &folds, true, &dense, &f.failure), LL_OK);
	for (int k = 0; k < FOLDS; k++)
	{
		const uint32_t *held = dense.folds.held[k];
		size_t count = dense.folds.held_count[k];

		for (size_t i = 0; i < count; i++)
		{
			assert_int_equal(held[i], held[0] + i);
			assert_true(dense.matrix.rows.labels[held[i]] ==
						f.rows.labels[folds.held[k][i]]);
		}
		for (size_t i = 0; i < dense.folds.learned_count[k]; i++)
			assert_true(dense.folds.learned[k][i] < held[0] ||
						dense.folds.learned[k][i] >= held[0] + count);
	}
	fold_dense_release(&dense);
	release(&folds);
	close_fixture(&f);
}

/* wd and l1 by folds; scaled: folds that say the same scales, of rows as they are. */
static void
walk(LossKind loss, int classes, size_t rows, bool backwards, int threads,
	 bool scaled, WdPath *path, L1Path *sparse)
{
	Fixture f;
	FoldRows folds;
	FoldLosses held;

	open_rows(&f, ROWS_F32, loss, classes, backwards);
	deal(&f, FOLD_KEY_NONE, rows, &folds);
	for (int k = 0; k < FOLDS && scaled; k++)
		folds.normalizer[k] = (Normalizer){
			.dimension = FEATURES, .center = mean, .scale = inverse};
	if (threads > 1)
		assert_int_equal(
			threads_start(&f.control.pool, threads, &f.runtime, &f.failure),
			LL_OK);
	f.problem.bias_wd_mult = 0.1;
	*path = (WdPath){0};
	*sparse = (L1Path){0};
	assert_int_equal(fold_path_walk(&f.problem, &f.control, &folds, 50.0, path,
									loss == LOSS_ABSOLUTE ? NULL : sparse,
									&held, &f.failure),
					 LL_OK);
	if (threads > 1)
		threads_stop(f.control.pool);
	release(&folds);
	close_fixture(&f);
}

/*
 * The path is that of rows that each pass normalises, whatever the rows' order and
 * the number of threads, which leave the same bits.
 */
static void
test_paths(void **state)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_SQUARED, LOSS_HUBER,
									  LOSS_SOFTMAX, LOSS_ABSOLUTE};

	(void) state;
	for (size_t i = 0; i < 2 * sizeof(losses) / sizeof(losses[0]); i++)
	{
		LossKind loss = losses[i / 2];
		size_t rows = i % 2 ? FEW_ROWS : ROWS;
		int classes = loss == LOSS_LOGISTIC	 ? 2
					  : loss == LOSS_SOFTMAX ? CLASSES
											 : 0;
		/* in coordinates of their span few rows' rounding is another */
		double close = loss == LOSS_ABSOLUTE ? 1e-3
					   : rows < ROWS		 ? 1e-5
											 : 1e-6;
		WdPath plain, path, other;
		L1Path plain1, path1, other1;

		if (loss == LOSS_ABSOLUTE && rows == ROWS)
			continue; /* some seconds */
		walk(loss, classes, rows, false, 1, true, &plain, &plain1);
		walk(loss, classes, rows, false, 1, false, &path, &path1);
		walk(loss, classes, rows, true, 3, false, &other, &other1);
		assert_int_equal(path.count, plain.count);
		assert_true(path.chosen.wd == plain.chosen.wd);
		for (uint32_t p = 0; p < path.count; p++)
			assert_near(path.points[p].loss, plain.points[p].loss, close);
		assert_int_equal(path1.count, plain1.count);
		if (path1.count > 0)
			assert_near(path1.points[path1.chosen].lambda,
						plain1.points[plain1.chosen].lambda, 1e-6);
		assert_memory_equal(&path, &other, sizeof(path));
		assert_memory_equal(&path1, &other1, sizeof(path1));
	}
}

/* Without room at every allocation, and ended before it begins. */
static void
test_ends(void **state)
{
	Fixture f;
	FoldRows folds;
	FoldDense dense;
	Status status;
	int room = 0;

	(void) state;
	open_rows(&f, ROWS_F32, LOSS_LOGISTIC, 2, false);
	deal(&f, FOLD_KEY_NONE, ROWS, &folds);
	do
	{
		f.arena.allocations_left = room++;
		status = make(&f, &folds, true, &dense, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
	} while (status != LL_OK);
	assert_true(room > 6);
	f.arena.allocations_left = -1;
	fold_dense_release(&dense);
	room = 0;
	do
	{
		f.arena.allocations_left = -1;
		assert_int_equal(make(&f, &folds, false, &dense, &f.failure), LL_OK);
		f.arena.allocations_left = room++;
		status = fold_dense_span(&dense, &f.control, true, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
	} while (status != LL_OK);
	assert_true(room > 6 && dense.matrix.rows.dimension == ROWS);
	f.arena.allocations_left = -1;
	f.problem.matrix = true;
	assert_false(row_matrix_serves(&f.problem, ROWS, true));
	f.problem.matrix = false;
	assert_false(row_matrix_serves(&f.problem, (size_t) 1 << 24, true));
	release(&folds);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
