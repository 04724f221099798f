/*
 * tune_fixture.h
 *		Rows and a request of a tuning job.
 */
#ifndef LINLEARN_TEST_TUNE_FIXTURE_H
#define LINLEARN_TEST_TUNE_FIXTURE_H

#include "core/tune/tune.h"

#include <math.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/rows/rows_order.h"
#include "unit.h"

#define DIMENSION 4

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	ThreadPool *pool;
	Rows train;
	Rows validation;
	Problem problem;
	TuneRequest request;
	Model model;
	TuneTimes times;
} Fixture;

static inline void
append_row(Fixture *f, Rows *rows, uint64_t i)
{
	float x[DIMENSION];
	double score = 0.2 + 0.5 * random_normal(2, i), label;

	for (uint64_t j = 0; j < DIMENSION; j++)
	{
		x[j] = (float) random_normal(1, i * DIMENSION + j);
		score += x[j] * ((double) (j % 3) - 1);
	}
	label =
		f->problem.predictor == PREDICTOR_BINARY ? score > 0 : 10 + 4 * score;
	assert_int_equal(rows_append(rows, &(RowView){.dense = x}, label,
								 hash64_bytes(&label, sizeof(label), 1), 1.0f,
								 &f->failure),
					 LL_OK);
}

/* 300 training and 100 validation rows, and a request for wd and rate. */
static inline void
open_fixture(Fixture *f, PredictorType predictor, const char *objective,
			 int threads)
{
	Range rate = {
		HP_LEARNING_RATE, RANGE_CONTINUOUS, SCALING_AUTO, 1e-4, 1, 0, {0}};
	Range wd = {HP_WD, RANGE_CONTINUOUS, SCALING_AUTO, 1e-6, 1, 0, {0}};
	Range batch = {HP_MINI_BATCH_SIZE,
				   RANGE_CATEGORICAL,
				   SCALING_AUTO,
				   0,
				   0,
				   2,
				   {20, 50}};

	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	assert_int_equal(
		threads_start(&f->pool, threads, &f->runtime, &f->failure), LL_OK);
	rows_init(&f->train, &f->runtime, ROWS_F32, DIMENSION);
	rows_init(&f->validation, &f->runtime, ROWS_F32, DIMENSION);
	f->problem.runtime = f->runtime;
	f->problem.pool = f->pool;
	f->problem.predictor = predictor;
	f->problem.classes = predictor == PREDICTOR_BINARY ? 2 : 0;
	f->problem.rows[CHANNEL_TRAIN] = &f->train;
	f->problem.rows[CHANNEL_VALIDATION] = &f->validation;
	for (uint64_t i = 0; i < 400; i++)
		append_row(f, i < 300 ? &f->train : &f->validation, i);
	assert_int_equal(rows_seal(&f->train, &f->failure), LL_OK);
	assert_int_equal(rows_seal(&f->validation, &f->failure), LL_OK);
	assert_int_equal(problem_prepare(&f->problem, &f->failure), LL_OK);
	tune_request_init(&f->request);
	assert_int_equal(tune_set_objective(&f->request, objective, &f->failure),
					 LL_OK);
	assert_int_equal(space_add(&f->request.space, &rate, &f->failure), LL_OK);
	assert_int_equal(space_add(&f->request.space, &wd, &f->failure), LL_OK);
	assert_int_equal(space_add(&f->request.space, &batch, &f->failure), LL_OK);
	f->request.fixed.value[HP_OPTIMIZER] = OPTIMIZER_ADAM;
	f->request.fixed.value[HP_EPOCHS] = 4;
	f->request.options.max_jobs = 8;
	f->request.options.max_parallel_jobs = 3;
}

static inline void
close_fixture(Fixture *f)
{
	threads_stop(f->pool);
	malloc_arena_free(&f->arena);
}

static inline Status
run(Fixture *f)
{
	Status status = tune_check(&f->request, &f->problem, &f->failure);

	return status != LL_OK ? status
						   : tune_model(&f->problem, &f->request, &f->model,
										&f->times, &f->failure);
}

static inline void
refuse(Fixture *f, const char *part)
{
	assert_int_equal(tune_check(&f->request, &f->problem, &f->failure),
					 LL_INVALID);
	if (strstr(f->failure.message, part) == NULL)
		print_error("\"%s\" does not say \"%s\"\n", f->failure.message, part);
	assert_non_null(strstr(f->failure.message, part));
	close_fixture(f);
}

#endif
