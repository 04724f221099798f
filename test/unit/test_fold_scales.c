/*
 * test_fold_scales.c
 *		Folds of rows with far values know only the scales of what they learn from.
 */
#include "core/train/fold_scales.h"

#include <math.h>

#include "core/base/random.h"
#include "core/options/hyperparameters.h"
#include "core/rows/rows_order.h"
#include "core/solve/fold_scale.h"
#include "core/train/fold_rows.h"
#include "unit.h"

enum
{
	ROWS = 120,
	FEATURES = 3
};

typedef struct Fixture
{
	MallocArena arena;
	Failure failure;
	Rows rows;
	Problem problem;
	Hyperparameters settings;
	SolverProblem solver;
	FoldRows folds;
} Fixture;

/* Rows of uniform features, one value of the second of which is far out. */
static void
open_fixture(Fixture *f, double far, LossKind loss)
{
	Runtime runtime;
	const Normalizer *all;
	bool whole;

	memset(f, 0, sizeof(*f));
	runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &runtime, ROWS_F64, FEATURES);
	for (uint64_t i = 0; i < ROWS; i++)
	{
		double x[FEATURES];

		for (uint64_t j = 0; j < FEATURES; j++)
			x[j] = random_uniform(i, j);
		if (i == 7)
			x[1] = far;
		assert_int_equal(rows_append(&f->rows, &(RowView){.dense = x},
									 (double) (i % 2), i, 1.0f, &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
	hyperparameters_init(&f->settings);
	f->problem = (Problem){.runtime = runtime,
						   .dimension = FEATURES,
						   .unit = 1.0,
						   .predictor = PREDICTOR_REGRESSOR,
						   .rows[CHANNEL_TRAIN] = &f->rows};
	f->settings.value[HP_USE_BIAS] = 1;
	assert_int_equal(
		problem_normalizer(&f->problem, &f->settings, &all, &f->failure),
		LL_OK);
	f->solver = (SolverProblem){.rows = &f->rows,
								.loss = loss,
								.mean = all->center,
								.inverse_deviation = all->scale};
	f->folds.count = PATH_FOLDS;
	assert_int_equal(fold_rows_deal(&f->problem, 1, NULL, ROWS, &f->folds,
									&whole, &f->failure),
					 LL_OK);
	assert_int_equal(fold_scales_take(&f->problem, &f->settings, &f->solver,
									  &f->folds, &f->failure),
					 LL_OK);
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

/* Whether a fold holds the far row out. */
static bool
holds_far(const Fixture *f, size_t fold)
{
	for (size_t i = 0; i < f->folds.held_count[fold]; i++)
		if (((const double *) f->rows.records[f->folds.held[fold][i]])[1] >
			1.0)
			return true;
	return false;
}

/* Only the fold that holds the far value out has another scale of its feature. */
static void
far_values_are_held_out(void **state)
{
	Fixture f;
	int holding = 0;

	open_fixture(&f, 1000.0, LOSS_SQUARED);
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		double others = fold_scale(&f.solver, &f.folds, k, 0);
		double own = fold_scale(&f.solver, &f.folds, k, 1);

		assert_true(others > 0.8 && others < 1.25);
		assert_true(holds_far(&f, k) ? own > 100.0 : own > 0.8 && own < 1.25);
		holding += holds_far(&f, k);
	}
	assert_int_equal(holding, 1);
	close_fixture(&f);
}

/* Scales that are alike are the problem's. */
static void
near_values_share_scales(void **state)
{
	Fixture f;

	open_fixture(&f, 1.5, LOSS_SQUARED);
	for (size_t k = 0; k < PATH_FOLDS; k++)
	{
		assert_null(f.folds.normalizer[k].scale);
		assert_true(fold_scale(&f.solver, &f.folds, k, 1) == 1.0);
	}
	assert_true(f.folds.caution == 0.0);
	close_fixture(&f);
}

/* What may lose without bound is chosen with caution. */
static void
caution_goes_by_loss(void **state)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_SQUARED,
									  LOSS_POISSON};
	double caution[3];
	Fixture f;

	for (int i = 0; i < 3; i++)
	{
		open_fixture(&f, 1000.0, losses[i]);
		caution[i] = f.folds.caution;
		close_fixture(&f);
	}
	assert_true(caution[0] == 0.0);
	assert_true(caution[1] > 0.0 && caution[2] > caution[1]);
}

/* Sums in a fold's scales, and weights brought back, make the same margins. */
static void
sums_and_weights_agree(void **state)
{
	enum
	{
		SIZE = FEATURES + 2
	};
	Fixture f;
	double sums[SIZE * SIZE], weights[FEATURES] = {1.0, -2.0, 3.0};
	size_t fold = 0;

	open_fixture(&f, 1000.0, LOSS_SQUARED);
	while (!holds_far(&f, fold))
		fold++;
	for (int i = 0; i < SIZE * SIZE; i++)
		sums[i] = 1.0;
	fold_scale_sums(&f.solver, &f.folds, fold, sums);
	fold_scale_weights(&f.solver, &f.folds, fold, weights);
	for (size_t j = 0; j < FEATURES; j++)
	{
		double scale = fold_scale(&f.solver, &f.folds, fold, j);

		assert_true(fabs(sums[j * SIZE + j] / (scale * scale) - 1.0) < 1e-12);
		assert_true(fabs(sums[j * SIZE + SIZE - 1] / scale - 1.0) < 1e-12);
		assert_true(
			fabs(weights[j] / (scale * (j == 1 ? -2.0 : 1.0 + (double) j)) -
				 1.0) < 1e-12);
	}
	assert_true(sums[SIZE * SIZE - 1] == 1.0);
	/* all rows' walk is no fold's */
	fold_scale_sums(&f.solver, &f.folds, FOLDS_MOST, sums);
	assert_true(sums[SIZE * SIZE - 1] == 1.0);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(far_values_are_held_out),
		cmocka_unit_test(near_values_share_scales),
		cmocka_unit_test(caution_goes_by_loss),
		cmocka_unit_test(sums_and_weights_agree)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
