/*
 * test_trainer.c
 *		Mini-batch training: the same bits on any number of threads, optima
 *		where calculus says they are.
 */
#include "core/train/train.h"

#include "core/options/optimizer_table.h"
#include "trainer_fixture.h"

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

/* Sparse rows of drawn features, the first four of which are words so long. */
static void
fill_words(Fixture *f, Rows *rows, size_t from, size_t to, float length)
{
	static const uint8_t scaling[DIMENSION] = {
		SCALE_PLAIN, SCALE_PLAIN,	   SCALE_PLAIN,
		SCALE_PLAIN, SCALE_BY_LARGEST, SCALE_BY_LARGEST};

	rows_init(rows, &f->runtime, ROWS_SPARSE, DIMENSION);
	rows->scaling = scaling;
	for (size_t i = from; i < to; i++)
	{
		uint32_t index[DIMENSION];
		float x[DIMENSION], value[DIMENSION];
		double label = draw_row(PREDICTOR_MULTICLASS, i, x);
		RowView row = {.index = index, .value = value};

		for (uint32_t j = 0; j < DIMENSION; j++)
			if ((i + j) % 3 != 0)
			{
				index[row.count] = j;
				value[row.count++] = x[j] / 8 * (j < 4 ? length : 1.0f);
			}
		assert_int_equal(rows_append(rows, &row, label,
									 hash64_bytes(&label, sizeof(label), 1),
									 1.0f, &f->failure),
						 LL_OK);
	}
}

/* Weights of words, where given: of training rows so long, with this wd. */
static Candidate *
train_words(Fixture *f, OptimizerKind optimizer, float length, double wd)
{
	open_fixture(f, PREDICTOR_MULTICLASS, 1);
	fill_words(f, &f->train, 0, 400, length);
	fill_words(f, &f->validation, 400, 600, 1.0f);
	seal(f);
	f->settings.value[HP_OPTIMIZER] = optimizer;
	f->settings.value[HP_MINI_BATCH_SIZE] = 400;
	f->settings.value[HP_REFIT] = 0.0;
	if (wd > 0)
	{
		f->settings.given[HP_WD] = true;
		f->settings.value[HP_WD] = wd;
	}
	return train_one(f);
}

/*
 * Rows of words are learned from as if they were three quarters as long, and judged
 * as they are; where wd is given they are as long as they are.
 */
static void
test_word_length(void **state)
{
	static const OptimizerKind optimizers[] = {OPTIMIZER_ADAM,
											   OPTIMIZER_LBFGS};

	(void) state;
	for (size_t o = 0; o < 2; o++)
	{
		Fixture whole, shorter, given;
		const Candidate *a = train_words(&whole, optimizers[o], 1.0f, 0.0);
		double wd = a->settings.value[HP_WD];
		const Candidate *b = train_words(&shorter, optimizers[o], 0.75f, wd);
		const Candidate *c = train_words(&given, optimizers[o], 1.0f, wd);
		double off = 0.0, apart = 0.0;

		for (size_t i = 0; i < (DIMENSION + 1) * 3; i++)
		{
			off = fmax(off, fabs(a->weights[i] - b->weights[i]));
			apart = fmax(apart, fabs(a->weights[i] - c->weights[i]));
		}
		if (off > 1e-4)
			fail_msg("optimizer %zu: weights are %g apart", o, off);
		assert_true(apart > 0.01);
		assert_true(fabs(a->validation_loss - b->validation_loss) < 1e-5);
		close_fixture(&whole);
		close_fixture(&shorter);
		close_fixture(&given);
	}
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
		/* that of mini-batches, where solvers would choose one */
		f.settings.value[HP_WD] = 1e-4 + 1.0 / 2000;
		f.settings.given[HP_WD] = true;
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
		cmocka_unit_test(test_word_length),
		cmocka_unit_test(test_default_rates),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
