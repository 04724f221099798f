/*
 * test_newton_cg.c
 *		Newton's method by conjugate gradients on sparse rows, against L-BFGS.
 */
#include <limits.h>
#include <stdlib.h>

#include "core/solve/newton_cg.h"
#include "rare_fixture.h"

#define MOST_CLASSES 4
#define MOST_WEIGHTS ((DIMENSION + 1) * MOST_CLASSES)

/* A problem that is to be solved as near as rounding allows. */
static void
open_near(Fixture *f, LossKind loss, int classes)
{
	open_rare(f, loss, classes);
	f->problem.wd = 0.01;
	f->control.room = SIZE_MAX;
	f->control.tolerance = 1e-10;
}

static size_t
weights_of(const Fixture *f)
{
	return (size_t) (DIMENSION + 1) * f->problem.outputs;
}

/* The optimum is where L-BFGS finds it, and few iterations away. */
static void
check(Fixture *f)
{
	double weights[MOST_WEIGHTS], objective;

	assert_true(newton_cg_suits(&f->problem, &f->control));
	solve(f, OPTIMIZER_NEWTON_CG);
	assert_true(f->result.converged);
	assert_true(f->result.gradient_norm <= 1e-10);
	assert_in_range(f->result.iterations, 1, 30);
	objective = f->result.objective;
	memcpy(weights, f->result.weights, weights_of(f) * sizeof(double));
	f->control.max_iterations = 5000;
	solve(f, OPTIMIZER_LBFGS);
	assert_near(objective, f->result.objective, 1e-13);
	for (size_t i = 0; i < weights_of(f); i++)
		assert_near(weights[i], f->result.weights[i], 1e-7);
	assert_true(weights[3] == 0.0); /* it is not learned */
	if (!f->problem.use_bias)
		assert_true(weights[DIMENSION] == 0.7);
	close_fixture(f);
}

static void
test_losses(void **state)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_SQUARED,
									  LOSS_HUBER,	 LOSS_POISSON,
									  LOSS_GAMMA,	 LOSS_TWEEDIE};
	Fixture f;

	(void) state;
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
	{
		open_near(&f, losses[i], losses[i] == LOSS_LOGISTIC ? 2 : 0);
		check(&f);
	}
}

static void
test_classes(void **state)
{
	Fixture f;

	(void) state;
	for (int classes = 3; classes <= MOST_CLASSES; classes++)
	{
		open_near(&f, LOSS_SOFTMAX, classes);
		check(&f);
	}
}

/* From anywhere, also from what features of one row cannot say together. */
static void
test_start(void **state)
{
	double initial[DIMENSION + 1];
	uint64_t seed = 5;
	Fixture f;

	(void) state;
	for (size_t i = 0; i <= DIMENSION; i++)
		initial[i] = draw(&seed);
	open_near(&f, LOSS_LOGISTIC, 2);
	f.control.initial = initial;
	check(&f);
}

/* A bias that is not learned, offsets, and a part of the rows. */
static void
test_margins(void **state)
{
	double initial[DIMENSION + 1] = {0};
	Fixture f;

	(void) state;
	open_near(&f, LOSS_POISSON, 0);
	initial[DIMENSION] = 0.7;
	f.control.initial = initial;
	f.problem.use_bias = false;
	f.problem.bias_wd_mult = 0.0;
	f.rows.offsets = runtime_allocate(&f.runtime, ROWS * sizeof(double));
	for (size_t i = 0; i < ROWS; i++)
		f.rows.offsets[i] = 0.1 * (double) (i % 10);
	f.problem.selection = f.rows.order + 20;
	f.problem.count = ROWS - 50;
	check(&f);
}

/* Where it begins at the optimum nothing moves, not even what no row needs. */
static void
test_optimum(void **state)
{
	double *initial;
	Fixture f;

	(void) state;
	open_near(&f, LOSS_SOFTMAX, 3);
	f.control.max_iterations = 5000;
	solve(&f, OPTIMIZER_LBFGS);
	initial = f.result.weights;
	f.control.initial = initial;
	f.control.tolerance = 1e-8;
	solve(&f, OPTIMIZER_NEWTON_CG);
	assert_int_equal(f.result.iterations, 0);
	assert_memory_equal(f.result.weights, initial,
						weights_of(&f) * sizeof(double));
	close_fixture(&f);
}

/* Classes' weights that have a mean, from which only their differences matter. */
static void
test_class_means(void **state)
{
	double initial[MOST_WEIGHTS];
	uint64_t seed = 5;
	Fixture f;

	(void) state;
	for (size_t i = 0; i < MOST_WEIGHTS; i++)
		initial[i] = 1.0 + draw(&seed);
	open_near(&f, LOSS_SOFTMAX, 3);
	f.control.initial = initial;
	check(&f);
}

/* A unit that squares of floats know nothing of, with wd in it. */
static void
test_units(void **state)
{
	double inverse[DIMENSION], factor = ldexp(1.0, 70), objective;
	Fixture f;

	(void) state;
	open_near(&f, LOSS_LOGISTIC, 2);
	f.problem.bias_wd_mult = 0.0;
	solve(&f, OPTIMIZER_NEWTON_CG);
	objective = f.result.objective;
	for (size_t j = 0; j < DIMENSION; j++)
		inverse[j] = f.problem.inverse_deviation[j] / factor;
	f.problem.inverse_deviation = inverse;
	f.problem.wd /= factor * factor;
	f.control.zero_norm = 1e-9;
	f.control.tolerance = 1e-3;
	solve(&f, OPTIMIZER_NEWTON_CG);
	assert_near(f.result.objective, objective, 1e-9);
	close_fixture(&f);
}

/* The rows of another store, the last first. */
static void
turn_round(Fixture *f, const Fixture *other)
{
	open_near(f, other->problem.loss, other->problem.outputs > 1 ? 3 : 2);
	rows_init(&f->rows, &f->runtime, ROWS_SPARSE, DIMENSION);
	for (size_t i = ROWS; i-- > 0;)
	{
		RowView view = rows_view(&other->rows, (uint32_t) i);

		assert_int_equal(rows_append(&f->rows, &view, other->rows.labels[i],
									 hash64_bytes(&i, sizeof(i), 0),
									 rows_weight(&other->rows, (uint32_t) i),
									 &f->failure),
						 LL_OK);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

/* The same bits whatever the order of rows and the number of threads. */
static void
check_bits(LossKind loss, int classes)
{
	Fixture f, turned;

	open_near(&f, loss, classes);
	turn_round(&turned, &f);
	assert_int_equal(
		threads_start(&turned.control.pool, 3, &turned.runtime, &f.failure),
		LL_OK);
	solve(&f, OPTIMIZER_NEWTON_CG);
	solve(&turned, OPTIMIZER_NEWTON_CG);
	assert_memory_equal(f.result.weights, turned.result.weights,
						weights_of(&f) * sizeof(double));
	assert_int_equal(f.result.iterations, turned.result.iterations);
	threads_stop(turned.control.pool);
	close_fixture(&turned);
	close_fixture(&f);
}

static void
test_bits(void **state)
{
	(void) state;
	check_bits(LOSS_LOGISTIC, 2);
	check_bits(LOSS_SOFTMAX, 3);
}

/* What it leaves to others. */
static void
test_suits(void **state)
{
	bool marks[DIMENSION] = {true};
	Fixture f;

	(void) state;
	open_near(&f, LOSS_LOGISTIC, 2);
	f.problem.wd = 0.0;
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.problem.wd = 0.1;
	f.problem.l1 = 0.1;
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.problem.l1 = 0.0;
	f.problem.bounded = marks;
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.problem.bounded = NULL;
	f.problem.held_outputs = marks;
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.problem.held_outputs = NULL;
	f.problem.loss = LOSS_HINGE;
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.problem.loss = LOSS_LOGISTIC;
	f.control.room = 2 * f.rows.record_bytes - 1;
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.control.room++;
	assert_true(newton_cg_suits(&f.problem, &f.control));
	f.rows.spill = (Spill *) marks; /* is there */
	assert_false(newton_cg_suits(&f.problem, &f.control));
	f.rows.spill = NULL;
	close_fixture(&f);
}

/* Where it does not suit lbfgs goes all the way: dense rows, and no room. */
static void
test_others(void **state)
{
	Fixture f;
	double objective;

	(void) state;
	open_near(&f, LOSS_LOGISTIC, 2);
	f.control.room = 0;
	f.control.max_iterations = 5000;
	solve(&f, OPTIMIZER_NEWTON_CG);
	objective = f.result.objective;
	assert_true(f.result.iterations > 30);
	solve(&f, OPTIMIZER_LBFGS);
	assert_true(f.result.objective == objective);
	close_fixture(&f);
	open_fixture(&f, ROWS_F64, 8, LOSS_LOGISTIC);
	fill(&f, 2);
	f.problem.wd = 0.01;
	f.control.room = SIZE_MAX;
	solve(&f, OPTIMIZER_NEWTON_CG);
	assert_true(f.result.converged);
	close_fixture(&f);
}

/* Whatever look sees the wish to stop, it ends, and so does lack of memory. */
static void
test_ends(void **state)
{
	Fixture f;
	Status status = LL_CANCELLED;
	long looks;

	(void) state;
	open_near(&f, LOSS_SOFTMAX, 3);
	f.control.optimizer = OPTIMIZER_NEWTON_CG;
	f.runtime.interrupted = after_looks;
	for (looks = 0; status == LL_CANCELLED; looks += 1 + looks / 20)
	{
		looks_left = looks;
		status = solver_run(&f.problem, &f.control, &f.result, &f.failure);
	}
	assert_int_equal(status, LL_OK);
	assert_true(looks > 200);
	looks_left = LONG_MAX;
	status = LL_NO_MEMORY;
	for (long most = 0; status == LL_NO_MEMORY; most++)
	{
		f.arena.allocations_left = most;
		status = solver_run(&f.problem, &f.control, &f.result, &f.failure);
	}
	assert_int_equal(status, LL_OK);
	f.arena.allocations_left = -1;
	close_fixture(&f);
}

static bool
late_after_looks(void *context)
{
	return after_looks(context);
}

/* Time that is up ends it with what it has, but not before the first step. */
static void
test_late(void **state)
{
	Fixture f;
	double before = INFINITY;

	(void) state;
	open_near(&f, LOSS_LOGISTIC, 2);
	f.control.late = late_after_looks;
	for (long looks = 0; looks < 20; looks += 4)
	{
		looks_left = looks;
		solve(&f, OPTIMIZER_NEWTON_CG);
		assert_true(f.result.stopped);
		assert_false(f.result.converged);
		assert_true(f.result.iterations > 0);
		assert_true(f.result.objective <= before);
		before = f.result.objective;
	}
	close_fixture(&f);
}

/* An iteration or two are all there is of an iteration's limit. */
static void
test_limit(void **state)
{
	Fixture f;

	(void) state;
	open_near(&f, LOSS_LOGISTIC, 2);
	for (uint32_t most = 1; most < 4; most++)
	{
		f.control.max_iterations = most;
		solve(&f, OPTIMIZER_NEWTON_CG);
		assert_int_equal(f.result.iterations, most);
		assert_false(f.result.converged);
	}
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_losses),	   cmocka_unit_test(test_classes),
		cmocka_unit_test(test_start),	   cmocka_unit_test(test_margins),
		cmocka_unit_test(test_units),	   cmocka_unit_test(test_bits),
		cmocka_unit_test(test_suits),	   cmocka_unit_test(test_others),
		cmocka_unit_test(test_ends),	   cmocka_unit_test(test_late),
		cmocka_unit_test(test_limit),	   cmocka_unit_test(test_optimum),
		cmocka_unit_test(test_class_means)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
