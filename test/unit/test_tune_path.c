/*
 * test_tune_path.c
 *		A tuning of one penalty as a path: its points, and that each of its trials
 *		is what it would be alone.
 */
#include "tune_fixture.h"

static Range
range_of(Hyperparameter row, double minimum, double maximum)
{
	return (Range){row, RANGE_CONTINUOUS, SCALING_AUTO, minimum, maximum, 0,
				   {0}};
}

/* A request whose only range is that. */
static void
open_one(Fixture *f, PredictorType predictor, OptimizerKind optimizer,
		 Range range)
{
	open_fixture(f, predictor, "validation:objective_loss", 2);
	f->request.space.count = 0;
	assert_int_equal(space_add(&f->request.space, &range, &f->failure), LL_OK);
	f->request.fixed.value[HP_OPTIMIZER] = optimizer;
	f->request.fixed.value[HP_EPOCHS] = 200;
	f->request.options.max_jobs = 9;
}

/* Whatever is not named: one penalty by a solver is a path, all else a search. */
static void
test_taken(void **state)
{
	const Range wide = range_of(HP_WD, 1e-4, 1), l1 = range_of(HP_L1, 0, 1);
	const struct
	{
		Range range;
		OptimizerKind optimizer;
		bool named;
		TunerStrategy found;
	} cases[] = {
		{wide, OPTIMIZER_NEWTON, false, STRATEGY_PATH},
		{wide, OPTIMIZER_LBFGS, false, STRATEGY_PATH},
		{l1, OPTIMIZER_LBFGS, false, STRATEGY_PATH},
		{wide, OPTIMIZER_NEWTON, true, STRATEGY_BAYESIAN},
		{wide, OPTIMIZER_ADAM, false, STRATEGY_BAYESIAN},
		{range_of(HP_LEARNING_RATE, 1e-4, 1), OPTIMIZER_ADAM, false,
		 STRATEGY_BAYESIAN},
		{{HP_WD, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 3, {1, 0, 10}},
		 OPTIMIZER_NEWTON,
		 false,
		 STRATEGY_PATH},
		/* fewer jobs than categories */
		{{HP_WD,
		  RANGE_CATEGORICAL,
		  SCALING_AUTO,
		  0,
		  0,
		  9,
		  {1, 2, 3, 4, 5, 6, 7, 8, 9}},
		 OPTIMIZER_NEWTON,
		 false,
		 STRATEGY_BAYESIAN},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Fixture f;

		open_one(&f, PREDICTOR_BINARY, cases[i].optimizer, cases[i].range);
		f.request.strategy_given = cases[i].named;
		assert_int_equal(tune_check(&f.request, &f.problem, &f.failure),
						 LL_OK);
		assert_int_equal(f.request.options.strategy, cases[i].found);
		close_fixture(&f);
	}
}

static void
test_refused(void **state)
{
	Fixture f;

	(void) state;
	open_one(&f, PREDICTOR_BINARY, OPTIMIZER_ADAM, range_of(HP_WD, 1e-4, 1));
	f.request.strategy_given = true;
	f.request.options.strategy = STRATEGY_PATH;
	refuse(&f, "takes one range, of wd or l1");
	open_one(&f, PREDICTOR_BINARY, OPTIMIZER_ADAM,
			 range_of(HP_LEARNING_RATE, 0.1, 0.9));
	f.request.options.strategy = STRATEGY_PATH;
	refuse(&f, "takes one range, of wd or l1");
	open_one(
		&f, PREDICTOR_BINARY, OPTIMIZER_NEWTON,
		(Range){
			HP_WD, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 4, {1, 2, 3, 4}});
	f.request.options.strategy = STRATEGY_PATH;
	f.request.options.max_jobs = 4;
	refuse(&f, "more than max_jobs = 4 trials");
}

/* Points fall evenly from end to end of the range, categories by their size. */
static void
test_points(void **state)
{
	static const double continuum[] = {100, 10, 1, 0.1, 0.01},
						categories[] = {10, 1, 0};
	Fixture f;

	(void) state;
	open_one(&f, PREDICTOR_BINARY, OPTIMIZER_NEWTON,
			 range_of(HP_WD, 0.01, 100));
	f.request.options.max_jobs = 6;
	assert_int_equal(run(&f), LL_OK);
	assert_int_equal(f.model.trial_count, 6);
	for (uint32_t t = 1; t < 6; t++)
		assert_true(
			fabs(f.model.trials[t].settings.value[HP_WD] / continuum[t - 1] -
				 1) < 1e-12);
	close_fixture(&f);
	open_one(
		&f, PREDICTOR_BINARY, OPTIMIZER_NEWTON,
		(Range){HP_WD, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 3, {1, 0, 10}});
	f.request.options.max_jobs = 0;
	assert_int_equal(run(&f), LL_OK);
	assert_int_equal(f.model.trial_count, 4);
	for (uint32_t t = 1; t < 4; t++)
		assert_true(f.model.trials[t].settings.value[HP_WD] ==
					categories[t - 1]);
	close_fixture(&f);
	open_one(&f, PREDICTOR_BINARY, OPTIMIZER_NEWTON,
			 range_of(HP_WD, 0.01, 100));
	f.request.options.max_jobs = 0;
	assert_int_equal(run(&f), LL_OK);
	assert_int_equal(f.model.trial_count, 30);
	close_fixture(&f);
}

/* The objective of one value, tried alone. */
static double
alone(PredictorType predictor, OptimizerKind optimizer, Hyperparameter row,
	  double value, uint32_t folds)
{
	Fixture f;
	double objective;

	open_one(&f, predictor, optimizer,
			 (Range){row, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0, 1, {value}});
	f.request.strategy_given = true;
	f.request.options.strategy = STRATEGY_GRID;
	f.request.folds = folds;
	assert_int_equal(run(&f), LL_OK);
	objective = f.model.trials[0].objective;
	close_fixture(&f);
	return objective;
}

/* A trial of a path is what it is alone, by folds or not, in whatever batches. */
static void
test_trials_are_their_own(void **state)
{
	static const struct
	{
		PredictorType predictor;
		OptimizerKind optimizer;
		Hyperparameter row;
	} cases[] = {
		{PREDICTOR_BINARY, OPTIMIZER_NEWTON, HP_WD},
		{PREDICTOR_BINARY, OPTIMIZER_NEWTON, HP_L1},
		{PREDICTOR_BINARY, OPTIMIZER_LBFGS, HP_WD},
		{PREDICTOR_BINARY, OPTIMIZER_LBFGS, HP_L1},
		{PREDICTOR_REGRESSOR, OPTIMIZER_NEWTON, HP_L1},
		{PREDICTOR_REGRESSOR, OPTIMIZER_EXACT, HP_WD},
	};

	(void) state;
	for (size_t i = 0; i < 4 * sizeof(cases) / sizeof(cases[0]); i++)
	{
		PredictorType predictor = cases[i / 4].predictor;
		OptimizerKind optimizer = cases[i / 4].optimizer;
		Hyperparameter row = cases[i / 4].row;
		uint32_t folds = i % 2 == 0 ? 0 : 3;
		Fixture f;

		open_one(&f, predictor, optimizer, range_of(row, 1e-4, 1));
		f.request.folds = folds;
		/* which is for other ends, and leads to batches of three */
		f.request.options.complete_on_convergence = i / 2 % 2 == 1;
		assert_int_equal(run(&f), LL_OK);
		assert_int_equal(f.request.options.strategy, STRATEGY_PATH);
		assert_int_equal(f.model.trial_count, 9);
		for (uint32_t t = 1; t < 9; t++)
		{
			double value = f.model.trials[t].settings.value[row];
			double own = alone(predictor, optimizer, row, value, folds);

			assert_true(fabs(f.model.trials[t].objective - own) <=
						1e-7 * fabs(own));
		}
		close_fixture(&f);
	}
}

/* Solves that begin at the solution before take fewer iterations than alone. */
static void
test_begins_before(void **state)
{
	Fixture f;
	uint32_t epochs = 0;
	double value;

	(void) state;
	open_one(&f, PREDICTOR_BINARY, OPTIMIZER_LBFGS, range_of(HP_WD, 0.9, 1));
	assert_int_equal(run(&f), LL_OK);
	for (uint32_t t = 2; t < 9; t++)
		epochs += f.model.trials[t].epochs;
	value = f.model.trials[1].epochs;
	assert_true(epochs < 7 * value);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_trials_are_their_own),
		cmocka_unit_test(test_begins_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
