/*
 * test_train_ends.c
 *		What ends a training, and what is told while it runs.
 */
#include "core/train/train.h"

#include "trainer_fixture.h"

/* Patience ends a training that does not get better; large patience does not. */
static void
test_early_stopping(void **state)
{
	Candidate *c;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, 1);
	fill(&f, 400, 200);
	seal(&f);
	f.settings.value[HP_EPOCHS] = 300;
	c = train_one(&f);
	assert_int_equal(c->status, TRIAL_STOPPED);
	assert_true(c->epochs < 300 && c->epochs > 3);
	assert_true(c->best_epoch >= 1 && c->best_epoch <= c->epochs);
	f.settings.value[HP_EARLY_STOPPING_PATIENCE] = 301;
	c = train_one(&f);
	assert_int_equal(c->status, TRIAL_COMPLETED);
	assert_int_equal(c->epochs, 300);
	/* an improvement larger than any ends it after patience + 1 epochs */
	f.settings.value[HP_EARLY_STOPPING_PATIENCE] = 2;
	f.settings.value[HP_EARLY_STOPPING_TOLERANCE] = 1e6;
	c = train_one(&f);
	assert_int_equal(c->epochs, 3);
	close_fixture(&f);
}

/* A rate that no float survives: failed, its neighbours untouched. */
static void
test_divergence(void **state)
{
	Candidate *candidates;
	Model model;
	size_t count;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, 2);
	fill(&f, 300, 100);
	seal(&f);
	f.settings.value[HP_NUM_MODELS] = 4;
	f.settings.value[HP_OPTIMIZER] = OPTIMIZER_SGD;
	candidates = candidates_of(&f, &count);
	candidates[0].settings.value[HP_LEARNING_RATE] = 1e30;
	run(&f, candidates, count);
	assert_int_equal(candidates[0].status, TRIAL_FAILED);
	assert_int_equal(candidates[0].best_epoch, 0);
	for (size_t i = 1; i < count; i++)
	{
		assert_true(candidates[i].status != TRIAL_FAILED);
		assert_true(isfinite(candidates[i].validation_loss));
	}
	assert_true(candidate_best(candidates, count) != 0);
	assert_int_equal(
		train_build(&f.problem, candidates, 1, 0, &model, &f.failure),
		LL_INVALID);
	assert_string_equal(f.failure.message, "training diverged");
	close_fixture(&f);
}

/* What the host wants at once, and its say after an epoch. */
static bool
stop_second(void *host, size_t candidate, uint32_t epoch, double cost)
{
	(void) host;
	(void) cost;
	return candidate == 1 && epoch == 2;
}

/* What the host was told. */
typedef struct Told
{
	TrainingProgress news[32];
	uint32_t count;
} Told;

static Status
note_progress(void *host, const TrainingProgress *progress, Failure *failure)
{
	Told *told = host;

	(void) failure;
	assert_true(told->count < 32);
	told->news[told->count++] = *progress;
	return LL_OK;
}

static void
test_host(void **state)
{
	Candidate *candidates;
	Told told = {.count = 0};
	size_t count;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_MULTICLASS, 2);
	fill(&f, 300, 100);
	seal(&f);
	f.settings.value[HP_EPOCHS] = 5;
	f.settings.value[HP_EARLY_STOPPING_PATIENCE] = 100;
	f.settings.value[HP_NUM_MODELS] = 4;
	f.problem.host = &told;
	f.problem.progress = note_progress;
	f.problem.stop = stop_second;
	candidates = candidates_of(&f, &count);
	run(&f, candidates, count);
	/* once before the first epoch and after each */
	assert_int_equal(told.count, 6);
	for (uint32_t i = 0; i < told.count; i++)
	{
		assert_string_equal(told.news[i].phase, "training");
		assert_int_equal(told.news[i].epoch, i);
		assert_int_equal(told.news[i].epochs, 5);
		assert_int_equal(isfinite(told.news[i].train_loss), i > 0);
	}
	for (size_t i = 0; i < count; i++)
	{
		assert_int_equal(candidates[i].epochs, i == 1 ? 2 : 5);
		assert_int_equal(candidates[i].status,
						 i == 1 ? TRIAL_STOPPED : TRIAL_COMPLETED);
	}
	/* a deadline that is over leaves what one epoch found */
	f.problem.progress = NULL;
	f.problem.stop = NULL;
	f.problem.deadline = clock_seconds() - 1;
	candidates = candidates_of(&f, &count);
	run(&f, candidates, count);
	assert_int_equal(candidates[0].epochs, 1);
	assert_int_equal(candidates[0].best_epoch, 1);
	f.problem.deadline = 0;
	f.arena.interrupt = true;
	candidates = candidates_of(&f, &count);
	assert_int_equal(trainer_run(&f.problem, candidates, count, &f.failure),
					 LL_CANCELLED);
	close_fixture(&f);
}

/*
 * The host is told the losses of the epoch that ended, not of the best one, and
 * what goes on after the last.
 */
static void
test_news(void **state)
{
	Told told = {.count = 0};
	const TrainingProgress *news = told.news;
	uint32_t epochs, best;
	Model model;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, 1);
	fill(&f, 400, 100);
	seal(&f);
	f.settings.value[HP_EPOCHS] = 10;
	f.settings.value[HP_EARLY_STOPPING_PATIENCE] = 100;
	f.settings.value[HP_NUM_MODELS] = 1;
	f.settings.value[HP_LEARNING_RATE] = 0.3;
	f.settings.value[HP_CALIBRATE] = CALIBRATE_PLATT;
	f.problem.host = &told;
	f.problem.progress = note_progress;
	assert_int_equal(
		train_model(&f.problem, &f.settings, NULL, &model, &f.failure), LL_OK);
	epochs = model.epoch_count;
	best = 0;
	assert_int_equal(epochs, 10);
	assert_int_equal(told.count, 1 + epochs + 2);
	for (uint32_t i = 0; i < epochs; i++)
	{
		assert_true(news[1 + i].train_loss == model.epochs[i].train_loss);
		assert_true(news[1 + i].validation_loss ==
					model.epochs[i].validation_loss);
		if (model.epochs[i].validation_loss <
			model.epochs[best].validation_loss)
			best = i;
	}
	/* the best epoch is not the last, or this would show nothing */
	assert_true(best + 1 < epochs);
	assert_string_equal(news[epochs + 1].phase, "calibrating");
	assert_string_equal(news[epochs + 2].phase, "evaluating");
	for (uint32_t i = epochs + 1; i < told.count; i++)
	{
		assert_int_equal(news[i].epoch, 0);
		assert_true(news[i].validation_loss ==
					model.epochs[best].validation_loss);
	}
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_early_stopping),
		cmocka_unit_test(test_divergence),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
