/*
 * test_tune.c
 *		Tuning jobs over small problems: the winner, folds, halving, what is
 *		refused, threads, memory failures, cancel.
 */
#include "tune_fixture.h"

static double
metric_of(const ModelMetric *metrics, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return metrics[i].value;
	return NAN;
}

static void
test_winner(void **state)
{
	static const char *const objectives[] = {
		"validation:binary_f_beta", "validation:objective_loss",
		"validation:roc_auc_score", "train:binary_classification_accuracy"};

	(void) state;
	for (size_t i = 0; i < 4; i++)
	{
		Fixture f;
		const ModelTrial *best;
		bool maximize;

		open_fixture(&f, PREDICTOR_BINARY, objectives[i], 2);
		assert_int_equal(run(&f), LL_OK);
		maximize = f.request.options.maximize;
		assert_int_equal(maximize, i != 1);
		assert_int_equal(f.model.trial_count, 8);
		best = &f.model.trials[f.model.best_trial];
		for (uint32_t t = 0; t < 8; t++)
		{
			double objective = f.model.trials[t].objective;

			assert_true(maximize ? objective <= best->objective
								 : objective >= best->objective);
		}
		/* What the model itself reaches is what its trial reached. */
		assert_true(metric_of(f.model.metrics, f.model.metric_count,
							  objectives[i]) == best->objective);
		assert_true(best->settings.value[HP_WD] ==
					f.model.settings.value[HP_WD]);
		assert_true(f.times.count == 8 && f.times.seconds[7] >= 0);
		/* The problem is as it was. */
		assert_ptr_equal(f.problem.runtime.context, f.runtime.context);
		assert_null(f.problem.row_fold);
		assert_null(f.problem.stop);
		close_fixture(&f);
	}
}

/* The same trials and weights on any number of threads, with and without
 * folds. */
static void
test_threads(void **state)
{
	(void) state;
	for (uint32_t folds = 0; folds <= 3; folds += 3)
	{
		Fixture a, b;

		open_fixture(&a, PREDICTOR_BINARY, "validation:binary_f_beta", 1);
		open_fixture(&b, PREDICTOR_BINARY, "validation:binary_f_beta", 3);
		a.request.folds = b.request.folds = folds;
		assert_int_equal(run(&a), LL_OK);
		assert_int_equal(run(&b), LL_OK);
		assert_memory_equal(a.model.weights, b.model.weights,
							DIMENSION * sizeof(double));
		for (uint32_t t = 0; t < 8; t++)
			assert_true(a.model.trials[t].objective ==
						b.model.trials[t].objective);
		close_fixture(&a);
		close_fixture(&b);
	}
}

/*
 * A fold is judged on rows it has not seen: labels that are pure noise cannot
 * be predicted there, though four features fit thirty rows well.
 */
static void
test_folds_hold_out(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, "validation:r2", 2);
	for (size_t i = 0; i < f.train.count; i++)
		f.train.labels[i] = random_normal(9, i);
	assert_int_equal(problem_prepare(&f.problem, &f.failure), LL_OK);
	f.request.folds = 10;
	assert_int_equal(run(&f), LL_OK);
	for (uint32_t t = 0; t < f.model.trial_count; t++)
		assert_true(f.model.trials[t].objective < 0.01);
	close_fixture(&f);
	/* And of labels that can be learnt, it learns them. */
	open_fixture(&f, PREDICTOR_REGRESSOR, "validation:r2", 2);
	f.request.folds = 10;
	assert_int_equal(run(&f), LL_OK);
	assert_true(f.model.trials[f.model.best_trial].objective > 0.8);
	assert_int_equal(f.model.channels[CHANNEL_TRAIN].rows, 300);
	close_fixture(&f);
}

static void
test_hyperband_drops(void **state)
{
	Fixture f;
	uint32_t full = 0, first = 0;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, "validation:objective_loss", 2);
	f.request.options.strategy = STRATEGY_HYPERBAND;
	f.request.options.max_jobs = 0;
	f.request.max_resource = 9;
	f.request.fixed.value[HP_EARLY_STOPPING_PATIENCE] = 100;
	assert_int_equal(run(&f), LL_OK);
	/* R = 9: brackets of 9, 5 and 3 trials. */
	assert_int_equal(f.model.trial_count, 17);
	for (uint32_t t = 0; t < 9; t++)
	{
		full += f.model.trials[t].epochs == 9;
		first += f.model.trials[t].epochs == 1;
	}
	/* The untuned trial goes on beside the best third of the last third. */
	assert_int_equal(f.model.trials[0].epochs, 9);
	assert_true(full == 1 || full == 2);
	assert_int_equal(first, 6);
	assert_int_equal(f.model.trials[16].epochs, 9);
	close_fixture(&f);
}

static void
test_refuses(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, "validation:recall", 1);
	refuse(&f, "does not fit predictor_type \"regressor\"");
	open_fixture(&f, PREDICTOR_BINARY, "test:recall", 1);
	refuse(&f, "there are no test rows");
	open_fixture(&f, PREDICTOR_BINARY, "train:recall", 1);
	f.request.folds = 3;
	refuse(&f, "with folds the objective must be on validation rows");
	open_fixture(&f, PREDICTOR_BINARY, "validation:recall", 1);
	f.request.folds = 1;
	refuse(&f, "folds must be between 2 and 100");
	open_fixture(&f, PREDICTOR_BINARY, "validation:recall", 1);
	/* of a value and a range the range stays */
	f.request.fixed.given[HP_WD] = true;
	f.request.fixed.value[HP_WD] = 0.5;
	assert_int_equal(tune_check(&f.request, &f.problem, &f.failure), LL_OK);
	assert_false(f.request.fixed.given[HP_WD]);
	close_fixture(&f);
	open_fixture(&f, PREDICTOR_BINARY, "validation:log_loss", 1);
	f.request.fixed.value[HP_LOSS] = LOSS_HINGE;
	refuse(&f, "needs loss \"logistic\"");
	open_fixture(&f, PREDICTOR_BINARY, "validation:recall", 1);
	assert_int_equal(
		tune_set_objective(&f.request, "validation:recal", &f.failure),
		LL_INVALID);
	assert_string_equal(f.failure.hint,
						"Perhaps you meant \"validation:recall\".");
	close_fixture(&f);
}

/* The winner's standard errors outlive its batch: a training's own, to the bit. */
static void
test_standard_errors(void **state)
{
	static const PredictorType predictors[] = {PREDICTOR_REGRESSOR,
											   PREDICTOR_BINARY};
	static const OptimizerKind optimizers[] = {OPTIMIZER_EXACT,
											   OPTIMIZER_NEWTON};

	(void) state;
	for (size_t i = 0; i < 4; i++)
	{
		Range wd = {HP_WD, RANGE_CATEGORICAL, SCALING_AUTO, 0, 0,
					3,	   {1, 0, 10}};
		Fixture f;
		Model plain;

		open_fixture(&f, predictors[i / 2], "validation:objective_loss", 2);
		f.request.space.count = 0;
		assert_int_equal(space_add(&f.request.space, &wd, &f.failure), LL_OK);
		f.request.fixed.value[HP_OPTIMIZER] = optimizers[i / 2];
		f.request.fixed.value[HP_EPOCHS] = 50;
		f.request.strategy_given = true;
		f.request.options.strategy = STRATEGY_GRID;
		f.request.options.max_jobs = 3;
		f.request.options.max_parallel_jobs = 1;
		f.request.folds = i % 2 == 0 ? 0 : 3;
		assert_int_equal(run(&f), LL_OK);
		assert_int_equal(f.model.best_trial, 1);
		assert_int_equal(f.model.inference_count, DIMENSION + 1);
		assert_int_equal(train_model(&f.problem, &f.model.settings, NULL,
									 &plain, &f.failure),
						 LL_OK);
		assert_memory_equal(f.model.standard_errors, plain.standard_errors,
							(DIMENSION + 1) * sizeof(double));
		/* and so do the figures of its fit */
		assert_non_null(plain.fit);
		assert_non_null(f.model.fit);
		assert_true(f.model.fit->deviance == plain.fit->deviance);
		assert_int_equal(f.model.fit->parameters, plain.fit->parameters);
		for (size_t j = 0; j < DIMENSION; j++)
			assert_true(f.model.fit->inflation[j] == plain.fit->inflation[j]);
		close_fixture(&f);
	}
}

/* Whatever allocation fails, the answer is a status. */
static void
test_memory_failures(void **state)
{
	Status status = LL_NO_MEMORY;

	(void) state;
	for (long allowed = 0; status != LL_OK; allowed += 5)
	{
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, "validation:recall", 1);
		f.request.folds = allowed % 2 == 0 ? 2 : 0;
		f.arena.allocations_left = allowed;
		status = run(&f);
		if (status != LL_OK)
			assert_int_equal(status, LL_NO_MEMORY);
		close_fixture(&f);
		assert_true(allowed < 20000);
	}
}

static void
test_cancel(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, "validation:recall", 2);
	f.arena.interrupt = true;
	assert_int_equal(run(&f), LL_CANCELLED);
	close_fixture(&f);
}

/* Of earlier tunings of other rows the three best settings come first. */
static void
test_transferred(void **state)
{
	static const double objectives[] = {0.6, 0.3, 0.5, 0.2, 0.4};
	static const int first[] = {1, 3, 4};
	PriorTrial priors[5];
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, "validation:objective_loss", 1);
	for (int i = 0; i < 5; i++)
	{
		priors[i] = (PriorTrial){.settings = f.request.fixed,
								 .objective = objectives[i],
								 .type = WARM_START_TRANSFER};
		priors[i].settings.value[HP_LEARNING_RATE] = 0.01 * (i + 1);
		priors[i].settings.value[HP_WD] = 0.001 * (i + 1);
		priors[i].settings.value[HP_MINI_BATCH_SIZE] = 50;
	}
	f.request.priors = priors;
	f.request.prior_count = 5;
	f.request.options.strategy = STRATEGY_RANDOM;
	f.request.options.max_jobs = 5;
	assert_int_equal(run(&f), LL_OK);
	for (uint32_t t = 0; t < 5; t++)
	{
		const double *tried = f.model.trials[t].settings.value;
		int prior = -1;

		for (int i = 0; i < 5; i++)
			if (fabs(tried[HP_LEARNING_RATE] - 0.01 * (i + 1)) < 1e-9 &&
				fabs(tried[HP_WD] - 0.001 * (i + 1)) < 1e-9)
				prior = i;
		assert_int_equal(prior, t < 3 ? first[t] : -1);
	}
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_winner),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_folds_hold_out),
		cmocka_unit_test(test_hyperband_drops),
		cmocka_unit_test(test_standard_errors),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_memory_failures),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_transferred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
