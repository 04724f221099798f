/*
 * test_bounds.c
 *		What a training may take: memory that does not grow with rows times
 *		classes, and no more time than it was given.
 */
#include "core/train/train.h"

#include <math.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/problem/variations.h"
#include "core/rows/rows_order.h"
#include "core/train/trainer.h"
#include "unit.h"

#define DIMENSION 4
#define CLASSES 500
#define ROWS 20000

/* Counts what is allocated at once, on top of an arena. */
typedef struct Fixture
{
	MallocArena arena;
	Runtime beneath;
	size_t largest;	  /* allocation since it was set to 0 */
	size_t looks;	  /* at interrupts, since it was set to 0 */
	size_t last_look; /* at which the deadline passes; 0: none */
	Failure failure;
	ThreadPool *pool;
	Rows train;
	Rows validation;
	Problem problem;
	Hyperparameters settings;
} Fixture;

static void *
counted_allocate(void *context, size_t size)
{
	Fixture *f = context;

	if (size > f->largest)
		f->largest = size;
	return f->beneath.allocate(f->beneath.context, size);
}

static void
counted_release(void *context, void *pointer)
{
	Fixture *f = context;

	f->beneath.release(f->beneath.context, pointer);
}

static bool
counted_interrupted(void *context)
{
	Fixture *f = context;

	if (++f->looks == f->last_look)
		f->problem.deadline = clock_seconds() - 1;
	return f->beneath.interrupted(f->beneath.context);
}

/* Rows of which the label is a feature, cut into classes. */
static void
fill(Fixture *f, Rows *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		float x[DIMENSION];
		double label;

		for (uint64_t j = 0; j < DIMENSION; j++)
			x[j] = (float) random_uniform(1, i * DIMENSION + j);
		label = floor(x[0] * f->problem.classes);
		assert_int_equal(rows_append(rows, &(RowView){.dense = x}, label,
									 hash64_bytes(&label, sizeof(label), 1),
									 1.0f, &f->failure),
						 LL_OK);
	}
}

static void
open_fixture(Fixture *f, uint32_t classes, size_t rows, size_t validation,
			 int threads)
{
	Runtime runtime = {f, counted_allocate, counted_release,
					   counted_interrupted};

	memset(f, 0, sizeof(*f));
	f->beneath = malloc_runtime(&f->arena);
	assert_int_equal(threads_start(&f->pool, threads, &runtime, &f->failure),
					 LL_OK);
	rows_init(&f->train, &runtime, ROWS_F32, DIMENSION);
	rows_init(&f->validation, &runtime, ROWS_F32, DIMENSION);
	f->problem.runtime = runtime;
	f->problem.pool = f->pool;
	f->problem.predictor =
		classes == 2 ? PREDICTOR_BINARY : PREDICTOR_MULTICLASS;
	f->problem.classes = classes;
	f->problem.rows[CHANNEL_TRAIN] = &f->train;
	f->problem.rows[CHANNEL_VALIDATION] = &f->validation;
	fill(f, &f->train, rows);
	fill(f, &f->validation, validation);
	assert_int_equal(rows_seal(&f->train, &f->failure), LL_OK);
	assert_int_equal(rows_seal(&f->validation, &f->failure), LL_OK);
	assert_int_equal(problem_prepare(&f->problem, &f->failure), LL_OK);
	hyperparameters_init(&f->settings);
	f->settings.value[HP_NUM_MODELS] = 1;
	f->settings.given[HP_EPOCHS] = true;
	f->settings.value[HP_EPOCHS] = 1;
	f->settings.value[HP_OPTIMIZER] = OPTIMIZER_ADAM;
}

static void
close_fixture(Fixture *f)
{
	threads_stop(f->pool);
	malloc_arena_free(&f->arena);
}

/* Neither the judgement nor the figures hold all margins of all classes. */
static void
test_many_classes(void **state)
{
	static const OptimizerKind optimizers[] = {OPTIMIZER_ADAM,
											   OPTIMIZER_LBFGS};

	(void) state;
	for (size_t o = 0; o < 2; o++)
	{
		Fixture f;
		Model model;

		open_fixture(&f, CLASSES, ROWS, ROWS, 2);
		f.settings.value[HP_OPTIMIZER] = optimizers[o];
		f.largest = 0;
		assert_int_equal(
			train_model(&f.problem, &f.settings, NULL, &model, &f.failure),
			LL_OK);
		/* the largest piece holds the buffers of all of a pass's lanes */
		assert_true(f.largest < ROWS * (size_t) CLASSES * sizeof(float) / 2);
		close_fixture(&f);
	}
}

/* A tile of very many classes has fewer rows. */
static void
test_very_many_classes(void **state)
{
	static const OptimizerKind optimizers[] = {OPTIMIZER_ADAM,
											   OPTIMIZER_LBFGS};

	(void) state;
	for (size_t o = 0; o < 2; o++)
	{
		Fixture f;
		Model model;

		open_fixture(&f, 20000, 1500, 0, 1);
		f.settings.value[HP_OPTIMIZER] = optimizers[o];
		f.settings.given[HP_MINI_BATCH_SIZE] = o == 0;
		f.settings.value[HP_MINI_BATCH_SIZE] = 1500;
		f.largest = 0;
		assert_int_equal(
			train_model(&f.problem, &f.settings, NULL, &model, &f.failure),
			LL_OK);
		/* 2^22 margins, or doubles of them for each of four lanes; all are 240 MB */
		assert_true(f.largest < (o == 0 ? 18 : 156) * 1000000);
		close_fixture(&f);
	}
}

/* Memory is not cleared on for a host that wants to stop. */
static void
test_interrupted_clear(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	(void) state;
	arena.interrupt = true;
	assert_non_null(runtime_allocate_zero(&runtime, 1000, 1));
	assert_null(runtime_allocate_zero(&runtime, 100, 1000000));
	assert_int_equal(arena.count, 1);
	malloc_arena_free(&arena);
}

/* Trains; the deadline passes at a look at interrupts, 0: never. */
static Candidate *
run_until(Fixture *f, size_t look, size_t *count)
{
	Candidate *candidates;
	Status status;

	assert_int_equal(variations_make(&f->problem, &f->settings, &candidates,
									 count, &f->failure),
					 LL_OK);
	f->problem.deadline = 0;
	f->looks = 0;
	f->last_look = look;
	status = trainer_run(&f->problem, candidates, *count, &f->failure);
	assert_int_equal(status, LL_OK);
	return candidates;
}

/* Mini-batches end within an epoch; what one epoch found stays. */
static void
test_deadline_of_batches(void **state)
{
	const size_t batch = 100, batches = ROWS / batch;
	Candidate *whole, *cut;
	size_t count;
	Fixture f;

	(void) state;
	open_fixture(&f, 2, ROWS, 10 * batch, 1);
	f.settings.given[HP_MINI_BATCH_SIZE] = true;
	f.settings.value[HP_MINI_BATCH_SIZE] = batch;
	f.settings.value[HP_EPOCHS] = 2;
	whole = run_until(&f, 0, &count);
	assert_true(f.looks > 2 * batches);
	assert_int_equal(whole->status, TRIAL_COMPLETED);

	/* in the second epoch: that is left out */
	cut = run_until(&f, f.looks - batches / 2, &count);
	assert_true(f.looks < f.last_look + 10);
	assert_int_equal(cut->epochs, 1);
	assert_int_equal(cut->best_epoch, 1);
	assert_int_equal(cut->status, TRIAL_STOPPED);
	assert_true(cut->train_loss == whole->history[0].train_loss);

	/* in the first: what there is is judged */
	cut = run_until(&f, batches / 2, &count);
	assert_true(f.looks < f.last_look + 50);
	assert_int_equal(cut->epochs, 1);
	assert_int_equal(cut->best_epoch, 1);
	assert_int_equal(cut->status, TRIAL_STOPPED);
	assert_true(isfinite(cut->validation_loss));
	assert_true(cut->weights[0] != 0.0f);

	/* at once: a mini-batch of every group */
	f.settings.value[HP_NUM_MODELS] = 20;
	cut = run_until(&f, 1, &count);
	assert_int_equal(count, 20);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(cut[i].best_epoch, 1);
	close_fixture(&f);
}

/* Solvers end within an iteration, and begin no further candidate. */
static void
test_deadline_of_solvers(void **state)
{
	static const OptimizerKind optimizers[] = {OPTIMIZER_NEWTON,
											   OPTIMIZER_LBFGS};

	(void) state;
	for (size_t o = 0; o < 2; o++)
	{
		Candidate *whole, *cut;
		size_t count;
		Fixture f;

		open_fixture(&f, 2, 20 * ROWS, 0, 1);
		f.settings.value[HP_OPTIMIZER] = optimizers[o];
		f.settings.value[HP_EPOCHS] = 100;
		/* else they would choose it first, by many solutions */
		f.settings.value[HP_WD] = 1e-4;
		f.settings.given[HP_WD] = true;
		whole = run_until(&f, 0, &count);
		assert_true(whole->epochs > 1);
		cut = run_until(&f, f.looks - f.looks / 4, &count);
		/* tiles of a round in flight; a pass has some 400 looks */
		assert_true(f.looks < f.last_look + 150);
		assert_true(cut->epochs >= 1 && cut->epochs < whole->epochs);
		assert_int_equal(cut->status, TRIAL_STOPPED);
		assert_true(cut->train_loss ==
					whole->history[cut->epochs - 1].train_loss);

		/* one iteration there is, of the first candidate */
		f.settings.value[HP_NUM_MODELS] = 4;
		cut = run_until(&f, 1, &count);
		assert_int_equal(cut[0].best_epoch, 1);
		assert_int_equal(candidate_best(cut, count), 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(cut[i].status, TRIAL_STOPPED);
		assert_int_equal(cut[count - 1].best_epoch, 0);
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_classes),
		cmocka_unit_test(test_very_many_classes),
		cmocka_unit_test(test_interrupted_clear),
		cmocka_unit_test(test_deadline_of_batches),
		cmocka_unit_test(test_deadline_of_solvers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
