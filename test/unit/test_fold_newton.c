/*
 * test_fold_newton.c
 *		Folds of sparse rows solved together, against each fold solved alone.
 */
#include <stdlib.h>

#include "core/solve/fold_newton.h"
#include "rare_fixture.h"

#define FOLDS 5

/* Deals the rows out; by time each fold learns from the earlier ones. */
static void
deal(Fixture *f, FoldKey key, FoldRows *folds)
{
	bool time = key == FOLD_KEY_TIME;

	*folds = (FoldRows){.count = FOLDS, .key = key};
	for (int k = 0; k < FOLDS; k++)
	{
		folds->learned[k] = malloc(ROWS * sizeof(uint32_t));
		folds->held[k] = malloc(ROWS * sizeof(uint32_t));
	}
	for (size_t i = 0; i < ROWS; i++)
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

/* The rows of all folds as the solver wants them. */
static size_t
list_whole(const FoldRows *folds, uint32_t *whole)
{
	size_t count = 0, last = FOLDS - 1;

	for (size_t i = 0; i < folds->learned_count[last]; i++)
		whole[count++] = folds->learned[last][i];
	for (size_t i = 0; i < folds->held_count[last]; i++)
		whole[count++] = folds->held[last][i];
	return count;
}

/* What a fold's weights, solved alone, lose on the rows that it holds out. */
static double
lose_alone(Fixture *f, const FoldRows *folds, int fold, double wd)
{
	SolverProblem *p = &f->problem;
	double sum = 0.0, total = 0.0;

	p->selection = folds->learned[fold];
	p->count = folds->learned_count[fold];
	p->wd = wd;
	f->control.tolerance = 1e-9;
	solve(f, OPTIMIZER_LBFGS);
	for (size_t i = 0; i < folds->held_count[fold]; i++)
	{
		uint32_t at = folds->held[fold][i];
		RowView row = rows_view(&f->rows, at);
		double label = f->rows.labels[at], weight = rows_weight(&f->rows, at);
		double margin[4];

		for (uint32_t o = 0; o < p->outputs; o++)
		{
			const double *w = f->result.weights + o * (DIMENSION + 1);

			margin[o] = w[DIMENSION] + rows_offset(&f->rows, at);
			for (uint32_t e = 0; e < row.count; e++)
				margin[o] += w[row.index[e]] * row.value[e] *
							 p->inverse_deviation[row.index[e]];
		}
		if (p->class_weight != NULL)
			weight *= p->class_weight[(size_t) label];
		total += weight;
		if (p->label_unit > 0.0)
			label /= p->label_unit;
		sum += weight *
			   (p->outputs > 1
					? loss_value_multi(p->loss, &p->parameters, margin,
									   p->outputs, (size_t) label)
					: loss_value(p->loss, &p->parameters, margin[0], label));
	}
	return sum / total;
}

static FoldState *
open_newton(Fixture *f, const FoldRows *folds)
{
	uint32_t whole[ROWS];
	size_t count = list_whole(folds, whole);
	FoldState *newton;

	assert_true(fold_newton_suits(&f->problem));
	assert_int_equal(fold_state_open(&newton, &f->problem, &f->control, folds,
									 whole, count, &f->failure),
					 LL_OK);
	return newton;
}

/* Falling wd, each from where the last ended. */
static void
check(LossKind loss, int classes, FoldKey key)
{
	static const double wds[] = {1.0, 0.1, 0.01, 0.03};
	Fixture f;
	FoldRows folds;
	FoldState *newton;

	open_rare(&f, loss, classes);
	deal(&f, key, &folds);
	newton = open_newton(&f, &folds);
	for (size_t i = 0; i < sizeof(wds) / sizeof(wds[0]); i++)
	{
		FoldLosses losses;

		assert_int_equal(
			fold_newton_judge(newton, wds[i], 1e-6, &losses, &f.failure),
			LL_OK);
		assert_int_equal(losses.count, FOLDS);
		for (int k = 0; k < FOLDS; k++)
			assert_near(losses.of[k], lose_alone(&f, &folds, k, wds[i]), 2e-4);
	}
	fold_state_close(newton);
	release(&folds);
	close_fixture(&f);
}

static void
test_losses(void **state)
{
	(void) state;
	check(LOSS_LOGISTIC, 2, FOLD_KEY_NONE);
	check(LOSS_SQUARED, 0, FOLD_KEY_NONE);
	check(LOSS_POISSON, 0, FOLD_KEY_NONE);
	check(LOSS_GAMMA, 0, FOLD_KEY_NONE);
	check(LOSS_SOFTMAX, 3, FOLD_KEY_NONE);
	check(LOSS_SOFTMAX, 4, FOLD_KEY_NONE);
}

static void
test_time(void **state)
{
	(void) state;
	check(LOSS_LOGISTIC, 2, FOLD_KEY_TIME);
	check(LOSS_SOFTMAX, 3, FOLD_KEY_TIME);
}

/* Offsets, and no bias. */
static void
test_offsets(void **state)
{
	Fixture f;
	FoldRows folds;
	FoldState *newton;
	FoldLosses losses;

	(void) state;
	open_rare(&f, LOSS_POISSON, 0);
	f.rows.offsets = malloc(ROWS * sizeof(double));
	for (size_t i = 0; i < ROWS; i++)
		f.rows.offsets[i] = 0.1 * (double) (i % 10);
	f.problem.use_bias = false;
	deal(&f, FOLD_KEY_NONE, &folds);
	newton = open_newton(&f, &folds);
	assert_int_equal(
		fold_newton_judge(newton, 0.02, 1e-6, &losses, &f.failure), LL_OK);
	for (int k = 0; k < FOLDS; k++)
		assert_near(losses.of[k], lose_alone(&f, &folds, k, 0.02), 2e-4);
	fold_state_close(newton);
	free(f.rows.offsets);
	f.rows.offsets = NULL;
	release(&folds);
	close_fixture(&f);
}

/* The losses at two wd by some threads; 0: none. */
static void
judge_by(int threads, double *of)
{
	Fixture f;
	FoldRows folds;
	FoldState *newton;
	FoldLosses losses;

	open_rare(&f, LOSS_LOGISTIC, 2);
	deal(&f, FOLD_KEY_NONE, &folds);
	if (threads > 0)
		assert_int_equal(
			threads_start(&f.control.pool, threads, &f.runtime, &f.failure),
			LL_OK);
	newton = open_newton(&f, &folds);
	for (int i = 0; i < 2; i++)
	{
		assert_int_equal(fold_newton_judge(newton, i == 0 ? 0.1 : 0.01, 1e-4,
										   &losses, &f.failure),
						 LL_OK);
		memcpy(of + i * FOLDS, losses.of, FOLDS * sizeof(double));
	}
	fold_state_close(newton);
	threads_stop(f.control.pool);
	release(&folds);
	close_fixture(&f);
}

static void
test_threads(void **state)
{
	double alone[2 * FOLDS], three[2 * FOLDS];

	(void) state;
	judge_by(0, alone);
	judge_by(3, three);
	assert_memory_equal(alone, three, sizeof(alone));
}

/* Units that squares of floats know nothing of, with wd in them, change nothing. */
static void
test_units(void **state)
{
	double of[3][FOLDS];

	(void) state;
	for (int unit = -1; unit <= 1; unit++)
	{
		Fixture f;
		FoldRows folds;
		FoldState *newton;
		FoldLosses losses;
		double inverse[DIMENSION], factor = ldexp(1.0, 80 * unit);

		open_rare(&f, LOSS_LOGISTIC, 2);
		for (size_t j = 0; j < DIMENSION; j++)
			inverse[j] = f.problem.inverse_deviation[j] * factor;
		f.problem.inverse_deviation = inverse;
		f.problem.bias_wd_mult = 0.0;
		deal(&f, FOLD_KEY_NONE, &folds);
		newton = open_newton(&f, &folds);
		assert_int_equal(fold_newton_judge(newton, 0.01 * factor * factor,
										   1e-6, &losses, &f.failure),
						 LL_OK);
		memcpy(of[unit + 1], losses.of, sizeof(of[0]));
		fold_state_close(newton);
		release(&folds);
		close_fixture(&f);
	}
	assert_memory_equal(of[0], of[1], sizeof(of[0]));
	assert_memory_equal(of[2], of[1], sizeof(of[0]));
}

/* A wish to stop ends it, and so does each allocation that fails. */
static void
test_ends(void **state)
{
	Fixture f;
	FoldRows folds;
	FoldState *newton;
	FoldLosses losses;
	uint32_t whole[ROWS];
	size_t count;
	Status status = LL_NO_MEMORY;

	(void) state;
	open_rare(&f, LOSS_LOGISTIC, 2);
	deal(&f, FOLD_KEY_NONE, &folds);
	newton = open_newton(&f, &folds);
	f.arena.interrupt = true;
	assert_int_equal(fold_newton_judge(newton, 0.1, 1e-4, &losses, &f.failure),
					 LL_CANCELLED);
	f.arena.interrupt = false;
	fold_state_close(newton);
	count = list_whole(&folds, whole);
	for (long most = 0; status == LL_NO_MEMORY; most++)
	{
		f.arena.allocations_left = most;
		status = fold_state_open(&newton, &f.problem, &f.control, &folds,
								 whole, count, &f.failure);
		assert_true(most > 10 || status == LL_NO_MEMORY);
	}
	assert_int_equal(status, LL_OK);
	f.arena.allocations_left = -1;
	fold_state_close(newton);
	release(&folds);
	close_fixture(&f);
}

/* Rows of ever so many values are packed with a look every now and then. */
static void
test_long_rows(void **state)
{
	enum
	{
		LONG_ROWS = 6,
		LONG = 1 << 18
	};
	Fixture f;
	FoldRows folds = {.count = FOLDS};
	FoldState *newton;
	uint32_t *index = malloc(LONG * sizeof(uint32_t));
	float *value = malloc(LONG * sizeof(float));
	RowView view = {.index = index, .value = value, .count = LONG};
	Status status = LL_CANCELLED;
	long looks;

	(void) state;
	open_fixture(&f, ROWS_SPARSE, LONG, LOSS_LOGISTIC);
	for (uint32_t e = 0; e < LONG; e++)
	{
		index[e] = e;
		value[e] = 1.0f;
	}
	for (size_t i = 0; i < LONG_ROWS; i++)
		assert_int_equal(
			rows_append(&f.rows, &view, (double) (i % 2), i, 1.0f, &f.failure),
			LL_OK);
	assert_int_equal(rows_seal(&f.rows, &f.failure), LL_OK);
	f.problem.outputs = 1;
	folds.held[FOLDS - 1] = folds.learned[FOLDS - 1] = f.rows.order;
	folds.learned_count[FOLDS - 1] = LONG_ROWS;
	f.runtime.interrupted = after_looks;
	for (looks = 0; status == LL_CANCELLED; looks++)
	{
		looks_left = looks;
		status = fold_state_open(&newton, &f.problem, &f.control, &folds,
								 f.rows.order, LONG_ROWS, &f.failure);
		fold_state_close(newton);
	}
	assert_int_equal(status, LL_OK);
	/* They are counted, put, moved for the biases and transposed. */
	assert_true(looks >= 4 * LONG_ROWS + LONG_ROWS * (LONG / RUNTIME_STEPS));
	free(index);
	free(value);
	close_fixture(&f);
}

static void
test_suits(void **state)
{
	Fixture f;
	bool bounded[DIMENSION] = {true};

	(void) state;
	open_rare(&f, LOSS_LOGISTIC, 2);
	assert_true(fold_newton_suits(&f.problem));
	f.problem.bounded = bounded;
	assert_false(fold_newton_suits(&f.problem));
	f.problem.bounded = NULL;
	f.problem.loss = LOSS_HINGE;
	assert_false(fold_newton_suits(&f.problem));
	f.problem.loss = LOSS_HUBER;
	assert_false(fold_newton_suits(&f.problem));
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_losses),	  cmocka_unit_test(test_time),
		cmocka_unit_test(test_offsets),	  cmocka_unit_test(test_threads),
		cmocka_unit_test(test_units),	  cmocka_unit_test(test_ends),
		cmocka_unit_test(test_long_rows), cmocka_unit_test(test_suits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
