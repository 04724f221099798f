/*
 * test_bounds.c
 *		What a training may take: memory that does not grow with rows times
 *		classes, and no more time than it was given.
 */
#include "core/train.h"

#include <math.h>

#include "core/random.h"
#include "unit.h"

#define DIMENSION 4
#define CLASSES 500
#define ROWS 20000

/* Counts what is allocated at once, on top of an arena. */
typedef struct Fixture
{
	MallocArena arena;
	Runtime beneath;
	size_t largest;			/* allocation since it was set to 0 */
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
									 1.0f, &f->failure), LL_OK);
	}
}

static void
open_fixture(Fixture *f, uint32_t classes, size_t rows, size_t validation)
{
	Runtime runtime = {f, counted_allocate, counted_release,
					   counted_interrupted};

	memset(f, 0, sizeof(*f));
	f->beneath = malloc_runtime(&f->arena);
	assert_int_equal(threads_start(&f->pool, 2, &runtime, &f->failure), LL_OK);
	rows_init(&f->train, &runtime, ROWS_F32, DIMENSION);
	rows_init(&f->validation, &runtime, ROWS_F32, DIMENSION);
	f->problem.runtime = runtime;
	f->problem.pool = f->pool;
	f->problem.predictor = classes == 2 ? PREDICTOR_BINARY :
		PREDICTOR_MULTICLASS;
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

		open_fixture(&f, CLASSES, ROWS, ROWS);
		f.settings.value[HP_OPTIMIZER] = optimizers[o];
		f.largest = 0;
		assert_int_equal(train_model(&f.problem, &f.settings, NULL, &model,
									 &f.failure), LL_OK);
		assert_true(f.largest < ROWS * (size_t) CLASSES * sizeof(float) / 4);
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
