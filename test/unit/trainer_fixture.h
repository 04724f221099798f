/*
 * trainer_fixture.h
 *		Rows, settings and candidates of a training.
 */
#ifndef LINLEARN_TEST_TRAINER_FIXTURE_H
#define LINLEARN_TEST_TRAINER_FIXTURE_H

#include "core/base/hash.h"

#include "core/base/random.h"
#include "core/problem/variations.h"
#include "core/rows/rows_order.h"
#include "core/train/trainer.h"
#include "unit.h"

#define DIMENSION 6

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	ThreadPool *pool;
	Rows train;
	Rows validation;
	Problem problem;
	Hyperparameters settings;
} Fixture;

/* One reproducible row: correlated features, a label with noise. */
static inline double
draw_row(PredictorType predictor, uint64_t i, float *x)
{
	double score = 0.3, noise = random_normal(2, i);

	for (uint64_t j = 0; j < DIMENSION; j++)
	{
		x[j] =
			(float) (random_normal(1, i * DIMENSION + j) * (1 + (double) j) +
					 (j > 0 ? 0.3 * x[j - 1] : 0) + (j == 2 ? 5 : 0));
		score += x[j] * ((double) (j % 3) - 1) * 0.3;
	}
	score += noise;
	if (predictor == PREDICTOR_BINARY)
		return score > 0;
	if (predictor == PREDICTOR_MULTICLASS)
		return score < -1 ? 0 : score < 1 ? 1 : 2;
	return score * 3 + 40;
}

static inline void
append_row(Fixture *f, Rows *rows, const float *x, double label, float weight)
{
	assert_int_equal(rows_append(rows, &(RowView){.dense = x}, label,
								 hash64_bytes(&label, sizeof(label), 1),
								 weight, &f->failure),
					 LL_OK);
}

static inline void
open_fixture(Fixture *f, PredictorType predictor, int threads)
{
	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	assert_int_equal(
		threads_start(&f->pool, threads, &f->runtime, &f->failure), LL_OK);
	rows_init(&f->train, &f->runtime, ROWS_F32, DIMENSION);
	rows_init(&f->validation, &f->runtime, ROWS_F32, DIMENSION);
	f->problem.runtime = f->runtime;
	f->problem.pool = f->pool;
	f->problem.predictor = predictor;
	f->problem.classes = predictor == PREDICTOR_BINARY		 ? 2
						 : predictor == PREDICTOR_MULTICLASS ? 3
															 : 0;
	f->problem.rows[CHANNEL_TRAIN] = &f->train;
	f->problem.rows[CHANNEL_VALIDATION] = &f->validation;
	hyperparameters_init(&f->settings);
	f->settings.given[HP_MINI_BATCH_SIZE] = true;
	f->settings.value[HP_MINI_BATCH_SIZE] = 50;
	f->settings.value[HP_OPTIMIZER] = OPTIMIZER_ADAM;
}

static inline void
fill(Fixture *f, size_t train, size_t validation)
{
	float x[DIMENSION];

	for (size_t i = 0; i < train + validation; i++)
	{
		double label = draw_row(f->problem.predictor, i, x);

		append_row(f, i < train ? &f->train : &f->validation, x, label, 1.0f);
	}
}

static inline void
seal(Fixture *f)
{
	assert_int_equal(rows_seal(&f->train, &f->failure), LL_OK);
	assert_int_equal(rows_seal(&f->validation, &f->failure), LL_OK);
	assert_int_equal(problem_prepare(&f->problem, &f->failure), LL_OK);
}

static inline void
close_fixture(Fixture *f)
{
	threads_stop(f->pool);
	malloc_arena_free(&f->arena);
}

/* The resolved candidates of num_models. */
static inline Candidate *
candidates_of(Fixture *f, size_t *count)
{
	Candidate *candidates;

	assert_int_equal(variations_make(&f->problem, &f->settings, &candidates,
									 count, &f->failure),
					 LL_OK);
	return candidates;
}

static inline void
run(Fixture *f, Candidate *candidates, size_t count)
{
	Status status = trainer_run(&f->problem, candidates, count, &f->failure);

	if (status != LL_OK)
		print_error("%s\n", f->failure.message);
	assert_int_equal(status, LL_OK);
}

/* Trains one candidate with the fixture's settings. */
static inline Candidate *
train_one(Fixture *f)
{
	Candidate *candidates;
	size_t count;

	f->settings.value[HP_NUM_MODELS] = 1;
	candidates = candidates_of(f, &count);
	assert_int_equal(count, 1);
	run(f, candidates, count);
	return candidates;
}

/* Many small steps without a schedule, and no early end. */
static inline void
converge(Fixture *f, double epochs, double rate)
{
	f->settings.value[HP_EPOCHS] = epochs;
	f->settings.value[HP_EARLY_STOPPING_PATIENCE] = 1e9;
	f->settings.value[HP_LEARNING_RATE] = rate;
	f->settings.value[HP_MINI_BATCH_SIZE] = (double) f->train.count;
	f->settings.value[HP_LR_SCHEDULER_FACTOR] = 0.985;
	f->settings.value[HP_LR_SCHEDULER_STEP] = 1;
	f->settings.value[HP_LR_SCHEDULER_MINIMUM_LR] = 1e-6;
}

#endif
