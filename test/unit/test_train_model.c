/*
 * test_train_model.c
 *		What a finished model tells: losses, metrics of classes, divergence, weights
 *		that were held.
 */
#include "core/train/train.h"

#include "core/options/optimizer_table.h"
#include "core/problem/margins.h"
#include "core/problem/warm_start.h"
#include "core/train/solve_candidates.h"
#include "trainer_fixture.h"

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
				 {OPTIMIZER_NEWTON, LOSS_QUANTILE, false, 200},
				 {OPTIMIZER_LBFGS, LOSS_LOGISTIC, false, 500},
				 {OPTIMIZER_LBFGS, LOSS_MULTICLASS_HINGE, false, 1000},
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

/*
 * A weight that counts, and that is no double in the units of features and labels,
 * is an error; one of rounding alone is none.
 */
static void
test_lost_weight(void **state)
{
	static const struct
	{
		float weight; /* of normalised features */
		Status status;
	} cases[] = {{0.99e-12f, LL_OK}, {1.01e-12f, LL_INVALID}};

	(void) state;
	for (size_t c = 0; c < 2; c++)
	{
		Candidate *candidate;
		Model model;
		Fixture f;

		open_fixture(&f, PREDICTOR_REGRESSOR, 1);
		for (uint64_t i = 0; i < 100; i++)
		{
			float x[DIMENSION];
			double label = 1e-140 * draw_row(PREDICTOR_REGRESSOR, i, x);

			for (int j = 0; j < DIMENSION; j++)
				x[j] *= 1e36f / 1e2f;
			append_row(&f, &f.train, x, label, 1.0f);
		}
		seal(&f);
		/* of labels near 1e-140 and features near 1e34 a weight is 1e-174 */
		f.problem.unit = 1e134;
		candidate = train_one(&f);
		for (int j = 0; j < DIMENSION; j++)
			candidate->weights[j] = cases[c].weight;
		assert_int_equal(
			train_build(&f.problem, candidate, 1, 0, &model, &f.failure),
			cases[c].status);
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_class_metrics),
		cmocka_unit_test(test_told_losses),
		cmocka_unit_test(test_divergence_bound),
		cmocka_unit_test(test_solve_iterations),
		cmocka_unit_test(test_held_features),
		cmocka_unit_test(test_lost_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
