/*
 * test_host.c
 *		A host that fails: whatever callback, at whatever call, the core unwinds
 *		and hands up what the host said.
 *
 * Each training is run again and again, with one call more that succeeds, until
 * all do; the sanitizer sees what was left behind.
 */
#include "core/train/train.h"

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/problem/variations.h"
#include "core/rows/rows_order.h"
#include "core/tune/tune.h"
#include "memory_file.h"
#include "unit.h"

#define DIMENSION 4
#define TRAIN_ROWS 90
#define ALL_ROWS 120
#define ROWS_IN_MEMORY 30
#define WINDOW_BYTES 400

/* One way to train. */
typedef struct Way
{
	PredictorType predictor;
	OptimizerKind optimizer;
	bool spilled;
	bool tuned;
	int folds;
	bool quantiles; /* two of them */
} Way;

static const Way ways[] = {
	{PREDICTOR_BINARY, OPTIMIZER_ADAM, true, false, 0},
	{PREDICTOR_BINARY, OPTIMIZER_NEWTON, true, false, 0},
	{PREDICTOR_BINARY, OPTIMIZER_LBFGS, true, false, 0},
	{PREDICTOR_MULTICLASS, OPTIMIZER_ADAM, true, false, 0},
	{PREDICTOR_MULTICLASS, OPTIMIZER_LBFGS, true, false, 0},
	{PREDICTOR_REGRESSOR, OPTIMIZER_ADAM, true, false, 0},
	{PREDICTOR_REGRESSOR, OPTIMIZER_EXACT, true, false, 0},
	{PREDICTOR_REGRESSOR, OPTIMIZER_NEWTON, false, false, 0},
	{PREDICTOR_BINARY, OPTIMIZER_ADAM, false, true, 0},
	{PREDICTOR_BINARY, OPTIMIZER_ADAM, true, true, 2},
	{PREDICTOR_BINARY, OPTIMIZER_LBFGS, false, true, 2},
	{PREDICTOR_REGRESSOR, OPTIMIZER_ADAM, false, false, 0, true},
};

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	HostCalls calls;
	ThreadPool *pool;
	MemoryFile files[2];
	SpillFile spill[2];
	Rows rows[2]; /* train and validation */
	Problem problem;
	Model model;
} Fixture;

static Status
hear(void *host, const TrainingProgress *progress, Failure *failure)
{
	(void) progress;
	return call(host, failure);
}

static Status
append_row(Fixture *f, const Way *way, uint64_t i)
{
	Rows *rows = &f->rows[i >= TRAIN_ROWS];
	float x[DIMENSION];
	double score = random_normal(2, i), label;

	for (uint64_t j = 0; j < DIMENSION; j++)
	{
		x[j] = (float) random_normal(1, i * DIMENSION + j);
		score += x[j] * ((double) (j % 3) - 1);
	}
	label = way->predictor == PREDICTOR_BINARY ? score > 0
			: way->predictor == PREDICTOR_MULTICLASS
				? (score > -0.5) + (score > 0.5)
				: score;
	return rows_append(rows, &(RowView){.dense = x}, label,
					   hash64_bytes(&label, sizeof(label), 1), 1.0f,
					   &f->failure);
}

/* Takes the rows in, by way of the files if the way says so. */
static Status
gather(Fixture *f, const Way *way)
{
	Status status = LL_OK;

	for (uint64_t i = 0; i < ALL_ROWS && status == LL_OK; i++)
	{
		int channel = i >= TRAIN_ROWS;

		if (way->spilled && i % ROWS_IN_MEMORY == ROWS_IN_MEMORY - 1)
			status =
				rows_spill(&f->rows[channel], &f->spill[channel], &f->failure);
		if (status == LL_OK)
			status = append_row(f, way, i);
	}
	for (int c = 0; c < 2 && status == LL_OK; c++)
	{
		status = rows_spill_finish(&f->rows[c], WINDOW_BYTES, &f->failure);
		if (status == LL_OK)
			status = rows_seal(&f->rows[c], &f->failure);
	}
	return status;
}

static Status
tune(Fixture *f, const Way *way)
{
	Range wd = {HP_WD, RANGE_CONTINUOUS, SCALING_AUTO, 1e-6, 1, 0, {0}};
	TuneRequest request;
	TuneTimes times;
	Status status;

	tune_request_init(&request);
	assert_int_equal(
		tune_set_objective(&request, "validation:recall", &f->failure), LL_OK);
	assert_int_equal(space_add(&request.space, &wd, &f->failure), LL_OK);
	request.fixed.value[HP_OPTIMIZER] = way->optimizer;
	request.fixed.value[HP_EPOCHS] = 2;
	request.options.max_jobs = 3;
	request.folds = (uint32_t) way->folds;
	status = tune_check(&request, &f->problem, &f->failure);
	return status != LL_OK ? status
						   : tune_model(&f->problem, &request, &f->model,
										&times, &f->failure);
}

static Status
train(Fixture *f, const Way *way)
{
	static const double quantiles[] = {0.25, 0.75};
	Hyperparameters settings;

	hyperparameters_init(&settings);
	if (way->quantiles)
	{
		settings.value[HP_LOSS] = LOSS_QUANTILE;
		settings.value[HP_REFIT] = 1;
		assert_int_equal(hyperparameters_set_list(&settings, HP_QUANTILE,
												  quantiles, 2, &f->failure),
						 LL_OK);
	}
	settings.value[HP_OPTIMIZER] = way->optimizer;
	settings.value[HP_EPOCHS] = 2;
	settings.value[HP_NUM_MODELS] = 2;
	settings.value[HP_CALIBRATE] = CALIBRATE_PLATT;
	return train_model(&f->problem, &settings, NULL, &f->model, &f->failure);
}

/* Goes a way with so many allocations and calls of the host that succeed. */
static Status
run(const Way *way, long allocations, long calls, Fixture *f)
{
	Status status;

	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	f->calls.left = calls;
	assert_int_equal(threads_start(&f->pool, 2, &f->runtime, &f->failure),
					 LL_OK);
	f->problem = (Problem){
		.runtime = f->runtime,
		.pool = f->pool,
		.predictor = way->predictor,
		.classes = way->predictor == PREDICTOR_BINARY		? 2
				   : way->predictor == PREDICTOR_MULTICLASS ? 3
															: 0,
		.host = &f->calls,
		.progress = hear,
	};
	f->arena.allocations_left = allocations;
	for (int c = 0; c < 2; c++)
	{
		f->spill[c] = open_memory_file(&f->files[c], &f->calls);
		rows_init(&f->rows[c], &f->runtime, ROWS_F32, DIMENSION);
	}
	f->problem.rows[CHANNEL_TRAIN] = &f->rows[0];
	if (way->folds == 0)
		f->problem.rows[CHANNEL_VALIDATION] = &f->rows[1];
	status = gather(f, way);
	if (status == LL_OK)
		status = problem_prepare(&f->problem, &f->failure);
	if (status == LL_OK)
		status = way->tuned ? tune(f, way) : train(f, way);
	threads_stop(f->pool);
	for (int c = 0; c < 2; c++)
		close_memory_file(&f->files[c]);
	malloc_arena_free(&f->arena);
	return status;
}

/* Every call of the host's fails in its turn. */
static void
test_callbacks(void **state)
{
	(void) state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
	{
		Status status = LL_HOST;
		long calls = 0;

		for (; status != LL_OK; calls++)
		{
			Fixture f;

			status = run(&ways[w], -1, calls, &f);
			assert_int_equal(status, f.calls.failed ? LL_HOST : LL_OK);
			if (status == LL_OK)
				break;
			assert_int_equal(f.failure.status, LL_HOST);
			assert_ptr_equal(f.failure.host_error, &f.calls);
			assert_string_equal(f.failure.message, "the host failed");
			assert_true(calls < 20000);
		}
		assert_true(calls > (ways[w].spilled ? 20 : 2));
	}
}

/* Allocations too; a prime step reaches all kinds of them in a moment. */
static void
test_allocations(void **state)
{
	(void) state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
	{
		Status status = LL_NO_MEMORY;

		for (long allowed = 0; status != LL_OK; allowed += 11)
		{
			Fixture f;

			status = run(&ways[w], allowed, -1, &f);
			if (status != LL_OK)
				assert_int_equal(status, LL_NO_MEMORY);
			assert_true(allowed < 20000);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
