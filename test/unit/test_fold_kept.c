/*
 * test_fold_kept.c
 *		A fold's solves that go on from each other, against each solved alone.
 */
#include "core/solve/fold_kept.h"
#include "core/options/optimizer_table.h"
#include "solver_fixture.h"

#define WEIGHTS 9 /* of 8 features, and the bias */
#define TOLERANCE 1e-9

typedef struct Point
{
	double wd;
	double l1;
} Point;

/* Falling and rising, and with either, both or none. */
static const Point points[] = {
	{1.0, 0.0},	 {0.1, 0.0},  {0.03, 0.0},	{0.001, 0.0}, {0.05, 0.0},
	{0.0, 0.05}, {0.0, 0.02}, {0.01, 0.01}, {0.01, 0.0},  {0.0, 0.0}};

/* Compares a kept solve with one that begins at zero weights. */
static void
check_point(Fixture *f, FoldKept *kept, const Point *point, double *weights)
{
	SolverControl *control = &f->control;
	SolverResult result = {0};

	f->problem.wd = point->wd;
	f->problem.l1 = point->l1;
	control->tolerance = TOLERANCE;
	assert_int_equal(
		fold_kept_solve(kept, &f->problem, weights, &result, &f->failure),
		LL_OK);
	assert_true(result.converged);
	solve(f, solver_supports(OPTIMIZER_NEWTON, f->problem.loss,
							 f->problem.l1 > 0.0)
				 ? OPTIMIZER_NEWTON
				 : OPTIMIZER_LBFGS);
	assert_near(result.objective, f->result.objective, 1e-12);
	for (int i = 0; i < WEIGHTS; i++)
		assert_near(weights[i], f->result.weights[i], 1e-6);
}

/* All points, and once more from other weights. */
static void
check(LossKind loss, int classes)
{
	double weights[WEIGHTS] = {0};
	FoldKept *kept;
	Fixture f;

	open_fixture(&f, ROWS_F64, WEIGHTS - 1, loss);
	fill(&f, classes);
	f.problem.label_unit = loss_is_log_link(loss) ? 1.0 : 0.0;
	assert_true(fold_kept_suits(&f.problem));
	f.control.tolerance = TOLERANCE;
	assert_int_equal(fold_kept_open(&kept, &f.problem, &f.control, &f.failure),
					 LL_OK);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		check_point(&f, kept, &points[i], weights);
	for (int i = 0; i < WEIGHTS; i++)
		weights[i] = 0.01 * i;
	fold_kept_restart(kept);
	check_point(&f, kept, &points[3], weights);
	fold_kept_close(kept);
	close_fixture(&f);
}

static void
test_points(void **state)
{
	(void) state;
	check(LOSS_LOGISTIC, 2);
	check(LOSS_HUBER, 0);
	check(LOSS_POISSON, 0);
	check(LOSS_GAMMA, 0);
	check(LOSS_TWEEDIE, 0);
}

/* What has no matrix that moves, or several margins, is solved otherwise. */
static void
test_suits(void **state)
{
	static bool bounded[WEIGHTS - 1];
	SolverProblem problem = {.loss = LOSS_LOGISTIC, .outputs = 1};

	(void) state;
	assert_true(fold_kept_suits(&problem));
	problem.bounded = bounded;
	assert_false(fold_kept_suits(&problem));
	problem.bounded = NULL;
	problem.loss = LOSS_SQUARED;
	assert_false(fold_kept_suits(&problem));
	problem.loss = LOSS_ABSOLUTE;
	assert_false(fold_kept_suits(&problem));
	problem.loss = LOSS_SOFTMAX;
	problem.outputs = 3;
	assert_false(fold_kept_suits(&problem));
}

/* Whatever allocation fails, what is there can be closed. */
static void
test_memory(void **state)
{
	int room = 0;
	Status status;

	(void) state;
	do
	{
		double weights[WEIGHTS] = {0};
		SolverResult result = {0};
		FoldKept *kept = NULL;
		Fixture f;

		open_fixture(&f, ROWS_F64, WEIGHTS - 1, LOSS_LOGISTIC);
		fill(&f, 2);
		f.problem.wd = 0.1;
		f.arena.allocations_left = room++;
		status = fold_kept_open(&kept, &f.problem, &f.control, &f.failure);
		if (status == LL_OK)
			status = fold_kept_solve(kept, &f.problem, weights, &result,
									 &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		f.arena.allocations_left = -1;
		if (kept != NULL)
			fold_kept_close(kept);
		close_fixture(&f);
	} while (status != LL_OK);
	assert_true(room > 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_suits),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
