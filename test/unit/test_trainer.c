/*
 * test_trainer.c
 *		Mini-batch training: the same bits on any number of threads, optima
 *		where calculus says they are, and how a training ends.
 */
#include "core/train/train.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/loss/loss.h"
#include "core/options/optimizer_table.h"
#include "core/problem/margins.h"
#include "core/problem/variations.h"
#include "core/problem/warm_start.h"
#include "core/rows/rows_order.h"
#include "core/train/solve_candidates.h"
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
static double
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

static void
append_row(Fixture *f, Rows *rows, const float *x, double label, float weight)
{
	assert_int_equal(rows_append(rows, &(RowView){.dense = x}, label,
								 hash64_bytes(&label, sizeof(label), 1),
								 weight, &f->failure),
					 LL_OK);
}

static void
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

static void
fill(Fixture *f, size_t train, size_t validation)
{
	float x[DIMENSION];

	for (size_t i = 0; i < train + validation; i++)
	{
		double label = draw_row(f->problem.predictor, i, x);

		append_row(f, i < train ? &f->train : &f->validation, x, label, 1.0f);
	}
}

static void
seal(Fixture *f)
{
	assert_int_equal(rows_seal(&f->train, &f->failure), LL_OK);
	assert_int_equal(rows_seal(&f->validation, &f->failure), LL_OK);
	assert_int_equal(problem_prepare(&f->problem, &f->failure), LL_OK);
}

static void
close_fixture(Fixture *f)
{
	threads_stop(f->pool);
	malloc_arena_free(&f->arena);
}

/* The resolved candidates of num_models. */
static Candidate *
candidates_of(Fixture *f, size_t *count)
{
	Candidate *candidates;

	assert_int_equal(variations_make(&f->problem, &f->settings, &candidates,
									 count, &f->failure),
					 LL_OK);
	return candidates;
}

static void
run(Fixture *f, Candidate *candidates, size_t count)
{
	Status status = trainer_run(&f->problem, candidates, count, &f->failure);

	if (status != LL_OK)
		print_error("%s\n", f->failure.message);
	assert_int_equal(status, LL_OK);
}

/* Trains one candidate with the fixture's settings. */
static Candidate *
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

static size_t
weight_bytes(const Fixture *f)
{
	return (DIMENSION + 1) * f->problem.outputs * sizeof(float);
}

/* 1, 2 and 4 threads; every predictor type: the same bits. */
static void
test_threads(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		Candidate *first = NULL;
		Fixture fixtures[3];
		size_t count = 0;

		for (int t = 0; t < 3; t++)
		{
			Fixture *f = &fixtures[t];
			Candidate *candidates;

			open_fixture(f, p, 1 << t);
			fill(f, 700, 300);
			seal(f);
			f->settings.value[HP_NUM_MODELS] = p == PREDICTOR_BINARY ? 34 : 12;
			f->settings.value[HP_EPOCHS] = 6;
			candidates = candidates_of(f, &count);
			run(f, candidates, count);
			for (size_t i = 0; t > 0 && i < count; i++)
			{
				assert_memory_equal(candidates[i].weights, first[i].weights,
									weight_bytes(f));
				assert_int_equal(candidates[i].epochs, first[i].epochs);
				assert_true(candidates[i].cost == first[i].cost);
			}
			if (t == 0)
				first = candidates;
		}
		for (int t = 0; t < 3; t++)
			close_fixture(&fixtures[t]);
	}
}

/* The order in which rows arrive does not matter: weights and metrics, to the bit. */
static void
test_row_order(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		float x[DIMENSION];
		Model models[2];
		Candidate *found[2];
		Fixture f[2];

		for (int turn = 0; turn < 2; turn++)
		{
			open_fixture(&f[turn], p, 1 + turn);
			for (size_t n = 0; n < 997; n++)
			{
				size_t i = turn == 0 ? n : 996 - n;
				double label = draw_row(p, i, x);

				append_row(&f[turn],
						   i % 4 == 0 ? &f[turn].validation : &f[turn].train,
						   x, label, 1.0f);
			}
			seal(&f[turn]);
			found[turn] = train_one(&f[turn]);
			assert_int_equal(train_build(&f[turn].problem, found[turn], 1, 0,
										 &models[turn], &f[turn].failure),
							 LL_OK);
		}
		assert_memory_equal(found[0]->weights, found[1]->weights,
							weight_bytes(&f[0]));
		assert_true(models[0].threshold == models[1].threshold);
		assert_int_equal(models[0].metric_count, models[1].metric_count);
		for (uint32_t i = 0; i < models[0].metric_count; i++)
			if (models[0].metrics[i].value != models[1].metrics[i].value)
				fail_msg("%s is %.17g and %.17g", models[0].metrics[i].name,
						 models[0].metrics[i].value,
						 models[1].metrics[i].value);
		close_fixture(&f[0]);
		close_fixture(&f[1]);
	}
}

/* A candidate finds the same alone and beside others. */
static void
test_company(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		Candidate *together;
		size_t count;
		Fixture f;

		open_fixture(&f, p, 2);
		fill(&f, 600, 200);
		seal(&f);
		f.settings.value[HP_NUM_MODELS] = 7;
		f.settings.value[HP_EPOCHS] = 5;
		together = candidates_of(&f, &count);
		run(&f, together, count);
		for (size_t i = 0; i < count; i++)
		{
			Candidate alone = {.settings = together[i].settings, .fold = -1};

			run(&f, &alone, 1);
			for (size_t k = 0; k < weight_bytes(&f) / sizeof(float); k++)
				assert_true(fabs(alone.weights[k] - together[i].weights[k]) <
							1e-3 * fmax(1, fabs(alone.weights[k])));
			assert_int_equal(alone.epochs, together[i].epochs);
		}
		close_fixture(&f);
	}
}

/* Many small steps without a schedule, and no early end. */
static void
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

/* The objective in double: weighted mean loss plus wd / 2 |w|^2, no bias in it. */
static double
objective(Fixture *f, const Candidate *c, const double *w)
{
	const Normalizer *normalizer;
	size_t outputs = f->problem.outputs;
	double sum = 0, weight = 0, mean, deviation, wd = c->settings.value[HP_WD];
	LossParameters parameters = {1.0, 0.5, 1.0, 0.01};

	assert_int_equal(problem_normalizer(&f->problem, &c->settings, &normalizer,
										&f->failure),
					 LL_OK);
	problem_label_scale(&f->problem, &c->settings, &mean, &deviation);
	for (size_t i = 0; i < f->train.count; i++)
	{
		double margins[3], row_weight = rows_weight(&f->train, i);
		float x[DIMENSION];
		double label = f->train.labels[i];

		normalizer_apply(normalizer, &f->train, i, x);
		for (size_t k = 0; k < outputs; k++)
		{
			margins[k] = w[DIMENSION * outputs + k];
			for (size_t j = 0; j < DIMENSION; j++)
				margins[k] += x[j] * w[j * outputs + k];
		}
		weight += row_weight;
		sum +=
			row_weight *
			(outputs > 1
				 ? loss_value_multi(candidate_loss(&c->settings), &parameters,
									margins, outputs, (size_t) label)
				 : loss_value(candidate_loss(&c->settings), &parameters,
							  margins[0], (label - mean) / deviation));
	}
	sum /= weight;
	for (size_t i = 0; i < DIMENSION * outputs; i++)
		sum += 0.5 * wd * w[i] * w[i];
	return sum;
}

/* At the end every partial derivative, by differences, is next to nothing. */
static void
check_stationary(Fixture *f, const Candidate *c, double tolerance)
{
	size_t cells = (DIMENSION + 1) * f->problem.outputs;
	double w[(DIMENSION + 1) * 3], step = 1e-4;

	for (size_t i = 0; i < cells; i++)
		w[i] = c->weights[i];
	for (size_t i = 0; i < cells; i++)
	{
		double up, down;

		w[i] += step;
		up = objective(f, c, w);
		w[i] -= 2 * step;
		down = objective(f, c, w);
		w[i] += step;
		if (!(fabs((up - down) / (2 * step)) < tolerance))
			fail_msg("derivative %zu is %g", i, (up - down) / (2 * step));
	}
}

static void
test_stationary(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
		for (int weighted = 0; weighted < 2; weighted++)
		{
			float x[DIMENSION];
			Fixture f;

			open_fixture(&f, p, 2);
			for (size_t i = 0; i < 400; i++)
			{
				double label = draw_row(p, i, x);

				append_row(&f, &f.train, x, label,
						   weighted ? (float) (i % 4) : 1.0f);
			}
			seal(&f);
			converge(&f, 900, 0.1);
			f.settings.value[HP_WD] = 0.02;
			check_stationary(&f, train_one(&f), 4e-3);
			close_fixture(&f);
		}
}

/* Least squares without wd, against the normal equations' defining property. */
static void
test_least_squares(void **state)
{
	double sums[DIMENSION + 1] = {0};
	float x[DIMENSION];
	Candidate *c;
	Model model;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, 1);
	fill(&f, 500, 0);
	seal(&f);
	converge(&f, 1200, 0.1);
	f.settings.value[HP_WD] = 0;
	c = train_one(&f);
	assert_int_equal(train_build(&f.problem, c, 1, 0, &model, &f.failure),
					 LL_OK);
	/* residuals are orthogonal to every feature and to the constant */
	for (size_t i = 0; i < 500; i++)
	{
		double residual = draw_row(PREDICTOR_REGRESSOR, i, x) - model.bias[0];

		for (int j = 0; j < DIMENSION; j++)
			residual -= x[j] * model.weights[j];
		for (int j = 0; j < DIMENSION; j++)
			sums[j] += residual * x[j] / 500;
		sums[DIMENSION] += residual / 500;
	}
	for (int j = 0; j <= DIMENSION; j++)
		assert_true(fabs(sums[j]) < 2e-2);
	close_fixture(&f);
}

/* A row of weight w counts as w copies do. */
static void
test_weights_as_copies(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		Candidate *found[2];
		Fixture f[2];

		for (int copies = 0; copies < 2; copies++)
		{
			float x[DIMENSION];

			open_fixture(&f[copies], p, 1);
			for (size_t i = 0; i < 240; i++)
			{
				double label = draw_row(p, i, x);
				int times = 1 + (int) (i % 3);

				for (int t = 0; t < (copies ? times : 1); t++)
					append_row(&f[copies], &f[copies].train, x, label,
							   copies ? 1.0f : (float) times);
			}
			seal(&f[copies]);
			converge(&f[copies], 700, 0.1);
			f[copies].settings.value[HP_WD] = 0.02;
			found[copies] = train_one(&f[copies]);
		}
		for (size_t k = 0; k < weight_bytes(&f[0]) / sizeof(float); k++)
			assert_true(fabs(found[0]->weights[k] - found[1]->weights[k]) <
						5e-3);
		close_fixture(&f[0]);
		close_fixture(&f[1]);
	}
}

/* Rows of a candidate's own fold teach it nothing and judge it. */
static void
test_folds(void **state)
{
	Candidate pair[2] = {{.fold = 0}, {.fold = 1}}, *alone;
	float x[DIMENSION];
	Fixture f, g;
	size_t count;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, 2);
	fill(&f, 400, 0);
	assert_int_equal(rows_seal(&f.train, &f.failure), LL_OK);
	f.problem.rows[CHANNEL_VALIDATION] = NULL;
	f.problem.row_fold = runtime_allocate(&f.runtime, 400 * sizeof(int16_t));
	for (size_t i = 0; i < 400; i++)
		f.problem.row_fold[i] = i % 2;
	assert_int_equal(problem_prepare(&f.problem, &f.failure), LL_OK);
	converge(&f, 600, 0.1);
	f.settings.value[HP_NORMALIZE_DATA] = f.settings.value[HP_UNBIAS_DATA] = 0;
	f.settings.value[HP_NORMALIZE_LABEL] = f.settings.value[HP_UNBIAS_LABEL] =
		0;
	f.settings.value[HP_NUM_MODELS] = 1;
	pair[0].settings = pair[1].settings = candidates_of(&f, &count)->settings;
	run(&f, pair, 2);
	/* the same from the half of the rows alone */
	open_fixture(&g, PREDICTOR_REGRESSOR, 1);
	for (size_t i = 1; i < 400; i += 2)
	{
		double label = draw_row(PREDICTOR_REGRESSOR, i, x);

		append_row(&g, &g.train, x, label, 1.0f);
	}
	for (size_t i = 0; i < 400; i += 2)
	{
		double label = draw_row(PREDICTOR_REGRESSOR, i, x);

		append_row(&g, &g.validation, x, label, 1.0f);
	}
	seal(&g);
	g.settings = f.settings;
	g.settings.value[HP_MINI_BATCH_SIZE] = 200;
	alone = train_one(&g);
	assert_true(fabs(pair[0].validation_loss - alone->validation_loss) <
				0.02 * alone->validation_loss);
	assert_true(fabs(pair[0].train_loss - alone->train_loss) <
				0.02 * alone->train_loss);
	assert_true(pair[0].train_loss != pair[1].train_loss);
	close_fixture(&f);
	close_fixture(&g);
}

/* The objective that an optimizer reaches by default. */
static double
default_objective(Fixture *f, OptimizerKind optimizer)
{
	Candidate *c;
	double w[(DIMENSION + 1) * 3];

	f->settings.value[HP_OPTIMIZER] = optimizer;
	c = train_one(f);
	for (size_t i = 0; i < (DIMENSION + 1) * f->problem.outputs; i++)
		w[i] = c->weights[i];
	return objective(f, c, w);
}

/* Whatever the optimizer, the default epochs and rate come near the optimum. */
static void
test_default_rates(void **state)
{
	Hyperparameters defaults;

	(void) state;
	hyperparameters_init(&defaults);
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		double optimum;
		Fixture f;

		open_fixture(&f, p, 1);
		for (uint64_t row = 0; row < 2000; row++)
		{
			float x[DIMENSION];
			double label = draw_row(p, row, x);

			/* no optimum far out */
			if (row % 5 == 0 && p != PREDICTOR_REGRESSOR)
				label = fmod(label + 1, f.problem.classes);
			append_row(&f, &f.train, x, label, 1.0f);
		}
		seal(&f);
		f.settings = defaults;
		optimum = default_objective(&f, OPTIMIZER_LBFGS);
		for (OptimizerKind o = 0; o < OPTIMIZER_COUNT; o++)
		{
			double found;

			if (optimizer_table[o].solves)
				continue;
			found = default_objective(&f, o);
			if (!(found >= optimum * (1 - 1e-6) && found < optimum * 1.01))
				fail_msg("predictor %d, optimizer %s: %g, at best %g", p,
						 optimizer_names[o], found, optimum);
		}
		close_fixture(&f);
	}
}

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
		if (model.epochs[i].criterion > model.epochs[best].criterion ||
			(model.epochs[i].criterion == model.epochs[best].criterion &&
			 model.epochs[i].validation_loss <
				 model.epochs[best].validation_loss))
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

/*
 * The metrics of many classes: the same on any number of threads, and of the best
 * candidate alone when time is up.
 */
static void
test_class_metrics(void **state)
{
	Model first = {0};
	Fixture fixtures[3];

	(void) state;
	for (int t = 0; t < 3; t++)
	{
		Fixture *f = &fixtures[t];
		Model model;

		open_fixture(f, PREDICTOR_MULTICLASS, 1 << t);
		fill(f, 3000, 2500);
		seal(f);
		f->settings.value[HP_EPOCHS] = 1;
		f->settings.value[HP_NUM_MODELS] = 3;
		f->problem.deadline = t == 2 ? clock_seconds() - 1 : 0;
		assert_int_equal(
			train_model(&f->problem, &f->settings, NULL, &model, &f->failure),
			LL_OK);
		if (t == 0)
			first = model;
		assert_true(model.metric_count > 10);
		assert_int_equal(model.metric_count, first.metric_count);
		if (t < 2)
			assert_memory_equal(model.metrics, first.metrics,
								model.metric_count * sizeof(ModelMetric));
		assert_int_equal(model.trial_count, 3);
		for (uint32_t i = 0; i < 3; i++)
			assert_int_equal(model.trials[i].metric_count > 0,
							 t < 2 || i == model.best_trial);
	}
	for (int t = 0; t < 3; t++)
		close_fixture(&fixtures[t]);
}

/* Every allocation may fail. */
static void
test_allocation_failures(void **state)
{
	Status status = LL_NO_MEMORY;

	(void) state;
	for (long allowed = 0; status == LL_NO_MEMORY; allowed++)
	{
		Model model;
		Fixture f;

		assert_true(allowed < 2000);
		open_fixture(&f, PREDICTOR_BINARY, 1);
		fill(&f, 60, 40);
		seal(&f);
		f.settings.value[HP_EPOCHS] = 1;
		f.settings.value[HP_NUM_MODELS] = 3;
		f.arena.allocations_left = allowed;
		status =
			train_model(&f.problem, &f.settings, NULL, &model, &f.failure);
		if (status != LL_OK)
			assert_int_equal(status, LL_NO_MEMORY);
		close_fixture(&f);
	}
	assert_int_equal(status, LL_OK);
}

/* l1 leaves exact zeros, and more of them the larger it is. */
static void
test_l1(void **state)
{
	static const double strengths[] = {0, 0.02, 0.1, 10};
	int before = -1;

	(void) state;
	for (int s = 0; s < 4; s++)
	{
		int zeros = 0;
		Candidate *c;
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, 1);
		fill(&f, 400, 0);
		seal(&f);
		converge(&f, 300, 0.05);
		f.settings.value[HP_L1] = strengths[s];
		c = train_one(&f);
		for (int j = 0; j < DIMENSION; j++)
			zeros += fabsf(c->weights[j]) < 1e-6f;
		assert_true(zeros >= before);
		if (s == 3)
			assert_int_equal(zeros, DIMENSION);
		before = zeros;
		close_fixture(&f);
	}
}

/* What num_models varies: l1 too when one is given, and only then. */
static void
test_l1_candidates(void **state)
{
	static const OptimizerKind optimizers[] = {OPTIMIZER_ADAM,
											   OPTIMIZER_LBFGS};

	(void) state;
	for (size_t o = 0; o < 2; o++)
		for (int given = 0; given < 2; given++)
		{
			Fixture f;
			Candidate *candidates;
			size_t count, other = 0, below = 0, above = 0;

			open_fixture(&f, PREDICTOR_BINARY, 1);
			fill(&f, 200, 50);
			f.settings.value[HP_OPTIMIZER] = optimizers[o];
			f.settings.given[HP_MINI_BATCH_SIZE] = false;
			f.settings.given[HP_L1] = given == 1;
			if (given == 1)
				f.settings.value[HP_L1] = 0.01;
			seal(&f);
			candidates = candidates_of(&f, &count);
			assert_true(candidates[0].settings.value[HP_L1] ==
						(given == 1 ? 0.01 : 0.0));
			for (size_t i = 0; i < count; i++)
			{
				below += candidates[i].settings.value[HP_L1] < 0.01;
				above += candidates[i].settings.value[HP_L1] > 0.01;
				other += candidates[i].settings.value[HP_WD] !=
						 candidates[0].settings.value[HP_WD];
			}
			assert_true(other > 0);
			assert_int_equal(below, given == 1 ? count / 3 : count);
			assert_int_equal(above, given == 1 ? count / 3 : 0);
			close_fixture(&f);
		}
}

/* Given settings that leave nothing auto are varied too, and never alike. */
static void
test_given_candidates(void **state)
{
	static const struct
	{
		OptimizerKind optimizer;
		double rate, wd, l1; /* NAN: auto */
		size_t different;
	} cases[] = {
		{OPTIMIZER_ADAM, 0.01, 0.001, NAN, 60},
		{OPTIMIZER_ADAM, 0.01, 0, NAN, 60},
		{OPTIMIZER_SGD, 0.01, 0.001, 0.1, 60},
		{OPTIMIZER_RMSPROP, 0.01, 0, 0.1, 60},
		{OPTIMIZER_LBFGS, NAN, 0.001, NAN, 60},
		{OPTIMIZER_LBFGS, NAN, 0.001, 0.1, 60},
		{OPTIMIZER_LBFGS, NAN, 0, 0.1, 60},
		{OPTIMIZER_LBFGS, NAN, 0, NAN, 1}, /* nothing that is not 0 */
	};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		static const int rows[] = {HP_LEARNING_RATE, HP_WD, HP_L1};
		double values[] = {cases[c].rate, cases[c].wd, cases[c].l1};
		size_t count, different = 0;
		Candidate *candidates;
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, 1);
		fill(&f, 200, 50);
		seal(&f);
		f.settings.value[HP_OPTIMIZER] = cases[c].optimizer;
		f.settings.given[HP_MINI_BATCH_SIZE] = false;
		for (int k = 0; k < 3; k++)
		{
			f.settings.given[rows[k]] = !isnan(values[k]);
			f.settings.value[rows[k]] = values[k];
		}
		f.settings.value[HP_NUM_MODELS] = NAN;
		candidates = candidates_of(&f, &count);
		assert_int_equal(count, isnan(cases[c].l1) ? 1 : 3);
		f.settings.value[HP_NUM_MODELS] = 60;
		candidates = candidates_of(&f, &count);
		for (size_t i = 0; i < count; i++)
		{
			bool repeats = false;

			for (int k = 0; k < 3; k++)
			{
				double value = candidates[i].settings.value[rows[k]];

				if (!isnan(values[k]))
					assert_true(i == 0 || values[k] == 0 ? value == values[k]
														 : value >= 0);
			}
			for (size_t j = 0; j < i && !repeats; j++)
				repeats = memcmp(candidates[i].settings.value,
								 candidates[j].settings.value,
								 sizeof(candidates[i].settings.value)) == 0;
			different += !repeats;
		}
		assert_int_equal(different, cases[c].different);
		close_fixture(&f);
	}
}

/* ---- Units of what is reported ---- */

typedef struct PlainLoss
{
	const Candidate *candidate;
	const Rows *rows;
	size_t outputs;
	double sum;
} PlainLoss;

static void
add_plain_loss(void *context, const double *margins, size_t place, size_t n)
{
	PlainLoss *plain = context;
	const Hyperparameters *s = &plain->candidate->settings;
	LossParameters parameters = candidate_loss_parameters(s, 1.0);
	LossKind loss = candidate_loss(s);

	for (size_t i = 0; i < n; i++, margins += plain->outputs)
	{
		double label = plain->rows->labels[rows_at(plain->rows, place + i)];

		plain->sum += loss_is_multiclass(loss)
						  ? loss_value_multi(loss, &parameters, margins,
											 plain->outputs, (size_t) label)
						  : loss_value(loss, &parameters, margins[0], label);
	}
}

/* The mean loss of a candidate's predictions, in the label's units. */
static double
mean_loss(Fixture *f, const Candidate *candidate, const Rows *rows)
{
	PlainLoss plain = {candidate, rows, f->problem.outputs, 0};

	assert_int_equal(margins_by_block(&f->problem, candidate, rows,
									  add_plain_loss, &plain, &f->failure),
					 LL_OK);
	return plain.sum / (double) rows->count;
}

static void
check_loss(const char *what, const Hyperparameters *s, double found,
		   double expected)
{
	if (!(fabs(found - expected) <= 2e-4 * fabs(expected)))
		fail_msg("%s of %s by %s: %.9g, not %.9g", what,
				 loss_names[candidate_loss(s)],
				 hyperparameter_table[HP_OPTIMIZER]
					 .choices[hp_integer(s, HP_OPTIMIZER)],
				 found, expected);
}

/* The losses that a candidate and its model tell, against its predictions. */
static void
check_told_losses(Fixture *f, Candidate *c, bool standing)
{
	const Rows *rows[] = {&f->train, &f->validation};
	const char *names[] = {"train:objective_loss",
						   "validation:objective_loss"};
	Model model;
	double reported;

	check_loss("validation loss", &c->settings, c->validation_loss,
			   mean_loss(f, c, &f->validation));
	if (standing)
		check_loss("train loss", &c->settings, c->train_loss,
				   mean_loss(f, c, &f->train));
	assert_int_equal(train_build(&f->problem, c, 1, 0, &model, &f->failure),
					 LL_OK);
	for (int channel = 0; channel < 2; channel++)
	{
		size_t i = 0;

		while (i < model.metric_count &&
			   strcmp(model.metrics[i].name, names[channel]) != 0)
			i++;
		assert_true(i < model.metric_count);
		reported = loss_reported(model.loss, mean_loss(f, c, rows[channel]));
		check_loss(names[channel], &c->settings, model.metrics[i].value,
				   reported);
	}
}

/*
 * Every loss by every optimizer that takes it, with parameters unlike 1 and
 * labels whose deviation is some tens: what is told is in the label's units.
 * Weights stand still when the learning rate is next to nothing, and the running
 * loss of an epoch is then that of its end.
 */
static void
test_told_losses(void **state)
{
	(void) state;
	for (int loss = 0; loss < LOSS_COUNT; loss++)
		for (OptimizerKind o = 0; o < OPTIMIZER_COUNT; o++)
			for (int standing = 0; standing < 2; standing++)
			{
				unsigned who = loss_table[loss].predictors;
				PredictorType p = who & APPLIES_REGRESSOR ? PREDICTOR_REGRESSOR
								  : who & APPLIES_MULTICLASS
									  ? PREDICTOR_MULTICLASS
									  : PREDICTOR_BINARY;
				Fixture f;

				if (optimizer_table[o].solves &&
					!(loss_table[loss].solvers & USED_BY(o)))
					continue;
				open_fixture(&f, p, 1);
				fill(&f, 300, 200);
				for (size_t i = 0; p == PREDICTOR_REGRESSOR && i < 300; i++)
					f.train.labels[i] *= 7;
				for (size_t i = 0; p == PREDICTOR_REGRESSOR && i < 200; i++)
					f.validation.labels[i] *= 7;
				seal(&f);
				f.settings.value[HP_LOSS] = loss;
				f.settings.value[HP_OPTIMIZER] = o;
				f.settings.value[HP_MARGIN] = 2.5;
				f.settings.value[HP_HUBER_DELTA] = 9;
				f.settings.value[HP_LOSS_INSENSITIVITY] = 5;
				f.settings.value[HP_QUANTILE] = 0.3;
				f.settings.value[HP_USE_LR_SCHEDULER] = 0;
				f.settings.value[HP_LEARNING_RATE] = standing ? 1e-9 : 0.01;
				f.settings.value[HP_EPOCHS] = 2;
				f.settings.value[HP_WD] = 0.01;
				check_told_losses(&f, train_one(&f),
								  standing || optimizer_table[o].solves);
				close_fixture(&f);
			}
}

/* Ten thousand times the loss of zero weights, and 1, is too much. */
static void
test_divergence_bound(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		Candidate *c;
		double zero;
		Model model;
		Fixture f;

		open_fixture(&f, p, 1);
		fill(&f, 200, 100);
		seal(&f);
		c = train_one(&f);
		zero = p == PREDICTOR_BINARY ? log(2)
			   : p == PREDICTOR_MULTICLASS
				   ? log(3)
				   : f.problem.label_deviation * f.problem.label_deviation / 2;
		c->train_loss = 0.999e4 * (1 + zero);
		assert_int_equal(train_build(&f.problem, c, 1, 0, &model, &f.failure),
						 LL_OK);
		c->train_loss = 1.001e4 * (1 + zero);
		assert_int_equal(train_build(&f.problem, c, 1, 0, &model, &f.failure),
						 LL_INVALID);
		assert_string_equal(f.failure.message, "training diverged");
		close_fixture(&f);
	}
}

/* The most iterations of each solver. */
static void
test_solve_iterations(void **state)
{
	static const struct
	{
		OptimizerKind optimizer;
		LossKind loss;
		bool given;
		uint32_t expected;
	} cases[] = {{OPTIMIZER_NEWTON, LOSS_LOGISTIC, false, 50},
				 {OPTIMIZER_NEWTON, LOSS_HUBER, false, 500},
				 {OPTIMIZER_LBFGS, LOSS_LOGISTIC, false, 500},
				 {OPTIMIZER_EXACT, LOSS_SQUARED, false, 1},
				 {OPTIMIZER_LBFGS, LOSS_LOGISTIC, true, 7}};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Hyperparameters s;

		hyperparameters_init(&s);
		s.value[HP_OPTIMIZER] = cases[i].optimizer;
		s.value[HP_LOSS] = cases[i].loss;
		s.given[HP_EPOCHS] = cases[i].given;
		s.value[HP_EPOCHS] = 7;
		assert_int_equal(solve_iterations(&s), cases[i].expected);
	}
}

/* A feature holds its weight when it hardly varies beside what the model saw. */
static void
test_held_features(void **state)
{
	Fixture f[2];
	Model model;

	(void) state;
	for (int turn = 0; turn < 2; turn++)
	{
		open_fixture(&f[turn], PREDICTOR_REGRESSOR, 1);
		for (uint64_t i = 0; i < 200; i++)
		{
			/* of new rows a hundredth over, then under, a thousandth */
			double part = turn == 0 ? 1 : 1e-3;
			double sign = i % 2 == 0 ? -1 : 1;
			float x[DIMENSION] = {(float) (sign * part * 1.01),
								  (float) (sign * part * 0.99),
								  (float) (i % 3)};

			append_row(&f[turn], &f[turn].train, x, (double) (i % 5), 1.0f);
		}
		seal(&f[turn]);
	}
	assert_int_equal(train_build(&f[0].problem, train_one(&f[0]), 1, 0, &model,
								 &f[0].failure),
					 LL_OK);
	/* both deviated by 1 as the model saw them */
	model.feature_deviation[0] = model.feature_deviation[1] = 1;
	assert_int_equal(warm_start_begin(&f[1].problem, &model, &f[1].failure),
					 LL_OK);
	assert_false(f[1].problem.warm_start->held_features[0]);
	assert_true(f[1].problem.warm_start->held_features[1]);
	close_fixture(&f[0]);
	close_fixture(&f[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_row_order),
		cmocka_unit_test(test_company),
		cmocka_unit_test(test_stationary),
		cmocka_unit_test(test_least_squares),
		cmocka_unit_test(test_weights_as_copies),
		cmocka_unit_test(test_folds),
		cmocka_unit_test(test_default_rates),
		cmocka_unit_test(test_early_stopping),
		cmocka_unit_test(test_divergence),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_class_metrics),
		cmocka_unit_test(test_allocation_failures),
		cmocka_unit_test(test_l1),
		cmocka_unit_test(test_l1_candidates),
		cmocka_unit_test(test_given_candidates),
		cmocka_unit_test(test_solve_iterations),
		cmocka_unit_test(test_held_features),
		cmocka_unit_test(test_told_losses),
		cmocka_unit_test(test_divergence_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
