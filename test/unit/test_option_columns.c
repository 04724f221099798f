/*
 * test_option_columns.c
 *		What the columns of the hyperparameter table say, against what trainings do
 *		with two candidates that differ in one row only: every row, both ways.
 */
#include "core/options/optimizer_table.h"

#include <math.h>

#include "core/base/hash.h"
#include "core/base/random.h"
#include "core/descent/group.h"
#include "core/problem/defaults.h"
#include "core/problem/variations.h"
#include "core/rows/rows_order.h"
#include "core/train/trainer.h"
#include "unit.h"

#define DIMENSION 3
#define TRAIN_ROWS 240
#define VALIDATION_ROWS 60
#define EPOCHS 5
/* As in trainer.c. */
#define STREAM_SHUFFLE 2

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	ThreadPool *pool;
	Rows rows[2];
	Problem problem;
} Fixture;

/* Two candidates that differ in a row, ready to train. */
typedef struct Pair
{
	Candidate a;
	Candidate b;
} Pair;

static double
draw_row(PredictorType predictor, uint64_t i, float *x)
{
	double score = 0.2 + 0.6 * random_normal(2, i);

	for (uint64_t j = 0; j < DIMENSION; j++)
	{
		x[j] =
			(float) (random_normal(1, i * DIMENSION + j) * (1 + (double) j) +
					 2);
		score += (x[j] - 2) * ((double) j - 0.7) * 0.5;
	}
	if (predictor == PREDICTOR_BINARY)
		return score > 0.5;
	if (predictor == PREDICTOR_MULTICLASS)
		return score < -1 ? 0 : score < 1 ? 1 : 2;
	return score * 3 + 30; /* above 0: any loss takes it */
}

static void
open_fixture(Fixture *f, PredictorType predictor)
{
	float x[DIMENSION];

	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	assert_int_equal(threads_start(&f->pool, 1, &f->runtime, &f->failure),
					 LL_OK);
	for (int c = 0; c < 2; c++)
		rows_init(&f->rows[c], &f->runtime, ROWS_F32, DIMENSION);
	for (size_t i = 0; i < TRAIN_ROWS + VALIDATION_ROWS; i++)
	{
		double label = draw_row(predictor, i, x);

		/* one far value: the scale follows the range, not the deviation */
		if (i == 17)
			x[0] = 3000;
		assert_int_equal(rows_append(&f->rows[i >= TRAIN_ROWS],
									 &(RowView){.dense = x}, label,
									 hash64_bytes(&label, sizeof(label), 1),
									 1.0f, &f->failure),
						 LL_OK);
	}
	for (int c = 0; c < 2; c++)
		assert_int_equal(rows_seal(&f->rows[c], &f->failure), LL_OK);
	f->problem.runtime = f->runtime;
	f->problem.pool = f->pool;
	f->problem.predictor = predictor;
	f->problem.classes = predictor == PREDICTOR_BINARY		 ? 2
						 : predictor == PREDICTOR_MULTICLASS ? 3
															 : 0;
	f->problem.rows[CHANNEL_TRAIN] = &f->rows[0];
	f->problem.rows[CHANNEL_VALIDATION] = &f->rows[1];
	assert_int_equal(problem_prepare(&f->problem, &f->failure), LL_OK);
}

static void
close_fixture(Fixture *f)
{
	threads_stop(f->pool);
	malloc_arena_free(&f->arena);
}

/* A loss that a row is of, with which an optimizer fits; LOSS_COUNT: none. */
static LossKind
loss_for(PredictorType predictor, OptimizerKind optimizer, Hyperparameter row,
		 int not_this)
{
	unsigned of = hyperparameter_table[row].losses;

	for (int i = 0; i < LOSS_COUNT; i++)
		if ((of == 0 || of & OF_LOSS(i)) && i != not_this &&
			(loss_table[i].predictors & (1u << predictor)) &&
			(!optimizer_table[optimizer].solves ||
			 solver_supports(optimizer, (LossKind) i, false)))
			return (LossKind) i;
	return LOSS_COUNT;
}

/* Another optimizer of the same kind, that fits any loss. */
static double
other_optimizer(double optimizer)
{
	if (optimizer_table[(int) optimizer].solves)
		return optimizer == OPTIMIZER_NEWTON ? OPTIMIZER_EXACT
											 : OPTIMIZER_NEWTON;
	return optimizer == OPTIMIZER_ADAM ? OPTIMIZER_SGD : OPTIMIZER_ADAM;
}

/* Another value of a row, one that shows where it is read. */
static double
other_value(const Fixture *f, const Hyperparameters *settings,
			Hyperparameter row)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	double value = settings->value[row];
	LossKind loss;

	switch (row)
	{
		case HP_LOSS:
			loss = loss_for(f->problem.predictor,
							(OptimizerKind) hp_integer(settings, HP_OPTIMIZER),
							row, (int) value);
			return loss == LOSS_COUNT ? value : (double) loss;
		case HP_OPTIMIZER:
			return other_optimizer(value);
		case HP_EARLY_STOPPING_TOLERANCE:
			return 0.9;
		case HP_LR_SCHEDULER_MINIMUM_LR:
			return 0.009;
		case HP_TWEEDIE_POWER:
			return 1.2;
		default:
			break;
	}
	if (d->kind == KIND_FLAG)
		return value == 0;
	if (d->kind == KIND_CHOICE)
		return value == 0 ? 1 : 0;
	if (isnan(value))
		return d->kind == KIND_INTEGER ? 20 : 0.3;
	if (d->kind == KIND_INTEGER)
		return value + 1 <= d->maximum ? value + 1 : value - 1;
	if (value == 0)
		return 0.25;
	return value * 0.5 > d->minimum ? value * 0.5 : value * 1.5;
}

/* Settings in which a row has its effect, if any; false: none of this kind. */
static bool
settings_for(const Fixture *f, OptimizerKind optimizer, Hyperparameter row,
			 Hyperparameters *settings)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	LossKind loss = loss_for(f->problem.predictor, optimizer, row, -1);

	if (loss == LOSS_COUNT)
		return false;
	hyperparameters_init(settings);
	settings->value[HP_LOSS] = loss;
	settings->value[HP_OPTIMIZER] = optimizer;
	settings->value[HP_EPOCHS] = EPOCHS;
	settings->given[HP_EPOCHS] = true;
	settings->value[HP_MINI_BATCH_SIZE] = 20;
	settings->given[HP_MINI_BATCH_SIZE] = true;
	settings->value[HP_LEARNING_RATE] = 0.01;
	settings->value[HP_WD] = 0.01;
	settings->value[HP_BIAS_WD_MULT] = 0.5;
	settings->value[HP_EARLY_STOPPING_PATIENCE] = 1;
	if (row == HP_EARLY_STOPPING_PATIENCE)
		settings->value[HP_EARLY_STOPPING_TOLERANCE] = 0.9;
	if (row == HP_STANDARD_ERRORS) /* which there are at the optimum */
		settings->value[HP_EPOCHS] = 100 * EPOCHS;
	if (d->needs != 0)
		settings->value[d->needs] = d->needs_value;
	defaults_resolve(&f->problem, settings);
	return true;
}

static bool
make_pair(const Fixture *f, OptimizerKind optimizer, Hyperparameter row,
		  Pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	pair->a.fold = pair->b.fold = -1;
	if (!settings_for(f, optimizer, row, &pair->a.settings))
		return false;
	pair->b.settings = pair->a.settings;
	pair->b.settings.value[row] = other_value(f, &pair->a.settings, row);
	return true;
}

/* Trains candidates, which may share what the table says. */
static void
train(Fixture *f, Candidate *candidates, size_t count)
{
	Status status = trainer_run(&f->problem, candidates, count, &f->failure);

	if (status != LL_OK)
		print_error("%s\n", f->failure.message);
	assert_int_equal(status, LL_OK);
}

static Candidate
train_alone(Fixture *f, const Candidate *candidate)
{
	Candidate alone = *candidate;

	train(f, &alone, 1);
	return alone;
}

/* Trains two as columns of one matrix, whatever the table says. */
static void
train_in_group(Fixture *f, Candidate *a, Candidate *b)
{
	Candidate *members[2] = {a, b};
	uint64_t seed = (uint64_t) a->settings.value[HP_SEED];
	uint32_t order[TRAIN_ROWS];
	Group group;

	assert_int_equal(group_init(&group, &f->problem, members, 2, &f->failure),
					 LL_OK);
	group.order = order;
	for (uint32_t epoch = 1; group.models > 0; epoch++)
	{
		assert_int_equal(
			rows_shuffle(&f->rows[0],
						 random_key(random_key(seed, STREAM_SHUFFLE), epoch),
						 order, &f->failure),
			LL_OK);
		for (size_t m = 0; m < group.models; m++)
			assert_true(
				candidate_reserve_epoch(&f->runtime, group.members[m]));
		group_train_rows(&group, 0, TRAIN_ROWS);
		group_validate_rows(&group, 0, VALIDATION_ROWS);
		group.epoch++;
		for (size_t m = group.models; m-- > 0;)
			if (group_judge(&group, m))
				group_drop(&group, m);
	}
}

/* Whether standard errors are the same, or both have none. */
static bool
same_errors(const Fixture *f, const Candidate *a, const Candidate *b)
{
	if (a->standard_errors == NULL || b->standard_errors == NULL)
		return a->standard_errors == b->standard_errors;
	for (size_t i = 0; i < (DIMENSION + 1) * f->problem.outputs; i++)
		if (!(fabs(a->standard_errors[i] - b->standard_errors[i]) <=
			  1e-4 * fabs(a->standard_errors[i])))
			return false;
	return true;
}

/*
 * Whether two found the same model, in as many epochs: sums are in another order
 * when columns stand beside others.
 */
static bool
same_found(const Fixture *f, const Candidate *a, const Candidate *b)
{
	for (size_t i = 0; i < (DIMENSION + 1) * f->problem.outputs; i++)
		if (!(fabs(a->weights[i] - b->weights[i]) <=
			  1e-4 * fmax(1e-2, fabs(a->weights[i]))))
			return false;
	return a->epochs == b->epochs && a->best_epoch == b->best_epoch &&
		   same_errors(f, a, b);
}

/* Whether what losses are made of differs: formula, parameters, class weights. */
static bool
loss_differs(Fixture *f, const Candidate *a, const Candidate *b)
{
	LossParameters p = candidate_loss_parameters(&a->settings, 1.0);
	LossParameters q = candidate_loss_parameters(&b->settings, 1.0);
	float *u, *v;

	assert_int_equal(
		problem_class_weights(&f->problem, &a->settings, &u, &f->failure),
		LL_OK);
	assert_int_equal(
		problem_class_weights(&f->problem, &b->settings, &v, &f->failure),
		LL_OK);
	return candidate_loss(&a->settings) != candidate_loss(&b->settings) ||
		   memcmp(&p, &q, sizeof(p)) != 0 || (u == NULL) != (v == NULL) ||
		   (u != NULL &&
			memcmp(u, v, f->problem.classes * sizeof(float)) != 0);
}

/* Whether what the closed form sums over the rows differs. */
static bool
sums_differ(Fixture *f, const Candidate *a, const Candidate *b)
{
	const Normalizer *m, *n;
	double means[2], deviations[2];
	LossKind loss = candidate_loss(&a->settings);
	Hyperparameters same_loss = b->settings;
	Candidate c = {.settings = same_loss};

	/* squared_loss has no parameters */
	c.settings.value[HP_MARGIN] = a->settings.value[HP_MARGIN];
	c.settings.value[HP_QUANTILE] = a->settings.value[HP_QUANTILE];
	c.settings.value[HP_HUBER_DELTA] = a->settings.value[HP_HUBER_DELTA];
	c.settings.value[HP_LOSS_INSENSITIVITY] =
		a->settings.value[HP_LOSS_INSENSITIVITY];
	assert_int_equal(
		problem_normalizer(&f->problem, &a->settings, &m, &f->failure), LL_OK);
	assert_int_equal(
		problem_normalizer(&f->problem, &b->settings, &n, &f->failure), LL_OK);
	problem_label_scale(&f->problem, &a->settings, &means[0], &deviations[0]);
	problem_label_scale(&f->problem, &b->settings, &means[1], &deviations[1]);
	return loss != candidate_loss(&b->settings) || loss_differs(f, a, &c) ||
		   m != n || means[0] != means[1] || deviations[0] != deviations[1] ||
		   a->settings.value[HP_USE_BIAS] != b->settings.value[HP_USE_BIAS];
}

/* Calls check for each predictor type and optimizer with a pair of each row. */
static void
walk(void (*check)(Fixture *f, OptimizerKind optimizer, Hyperparameter row,
				   Pair *pair, void *context),
	 void *context)
{
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		Fixture f;

		open_fixture(&f, p);
		for (int optimizer = 0; optimizer < OPTIMIZER_COUNT; optimizer++)
			for (int row = 0; row < HP_COUNT; row++)
			{
				Pair pair;

				if (make_pair(&f, (OptimizerKind) optimizer,
							  (Hyperparameter) row, &pair))
					check(&f, (OptimizerKind) optimizer, (Hyperparameter) row,
						  &pair, context);
			}
		close_fixture(&f);
	}
}

/* Fails for a row of which the table says one thing and trainings another. */
static void
check_column(const char *column,
			 bool (*says)(const HyperparameterDescriptor *), const bool *seen)
{
	for (int row = 0; row < HP_COUNT; row++)
		if (says(&hyperparameter_table[row]) != seen[row])
			fail_msg("%s: %s is %d", hyperparameter_table[row].name, column,
					 !seen[row]);
}

static bool
says_shared_in_group(const HyperparameterDescriptor *d)
{
	return d->shared_in_group;
}

static void
see_group(Fixture *f, OptimizerKind optimizer, Hyperparameter row, Pair *pair,
		  void *context)
{
	bool *seen = context;
	Candidate alone;

	if (optimizer_table[optimizer].solves)
		return;
	alone = train_alone(f, &pair->b);
	train_in_group(f, &pair->a, &pair->b);
	seen[row] |= !same_found(f, &alone, &pair->b);
}

/* Sharing a matrix must change a model where, and only where, a row forbids it. */
static void
test_shared_in_group(void **state)
{
	bool seen[HP_COUNT] = {false};

	(void) state;
	walk(see_group, seen);
	check_column("shared_in_group", says_shared_in_group, seen);
}

static bool
says_in_gram(const HyperparameterDescriptor *d)
{
	return d->in_gram;
}

static void
see_gram(Fixture *f, OptimizerKind optimizer, Hyperparameter row, Pair *pair,
		 void *context)
{
	bool *seen = context;

	if (optimizer == OPTIMIZER_EXACT || row == HP_LOSS ||
		row == HP_BALANCE_MULTICLASS_WEIGHTS)
		seen[row] |= sums_differ(f, &pair->a, &pair->b);
}

static void
test_in_gram(void **state)
{
	bool seen[HP_COUNT] = {false};

	(void) state;
	walk(see_gram, seen);
	check_column("in_gram", says_in_gram, seen);
}

static bool
says_changes_loss(const HyperparameterDescriptor *d)
{
	return d->changes_loss;
}

static void
see_loss(Fixture *f, OptimizerKind optimizer, Hyperparameter row, Pair *pair,
		 void *context)
{
	bool *seen = context;

	(void) optimizer;
	seen[row] |= loss_differs(f, &pair->a, &pair->b);
}

static void
test_changes_loss(void **state)
{
	bool seen[HP_COUNT] = {false};

	(void) state;
	walk(see_loss, seen);
	check_column("changes_loss", says_changes_loss, seen);
}

/* In what trainings saw a row's effect, a bit each optimizer. */
static void
see_effect(Fixture *f, OptimizerKind optimizer, Hyperparameter row, Pair *pair,
		   void *context)
{
	unsigned *seen = context;
	Candidate a, b, both[2] = {pair->a, pair->b};

	/* what does not fit the other, or is refused, is not without effect */
	if (optimizer_table[optimizer].solves &&
		(row == HP_OPTIMIZER || ((row == HP_L1 || row == HP_NONNEGATIVE) &&
								 optimizer != OPTIMIZER_LBFGS)))
	{
		seen[row] |= USED_BY(optimizer);
		return;
	}
	a = train_alone(f, &pair->a);
	b = train_alone(f, &pair->b);
	if (!same_found(f, &a, &b))
		seen[row] |= USED_BY(optimizer);
	/* Whatever two share, each finds what it finds alone; one order is all's. */
	if (row == HP_SEED)
		return;
	train(f, both, 2);
	if (!same_found(f, &a, &both[0]) || !same_found(f, &b, &both[1]))
		fail_msg("%s, optimizer %d: candidates share what differs",
				 hyperparameter_table[row].name, optimizer);
}

/*
 * Rows that choose among epochs, what is drawn, or what is told of weights: no
 * range though models differ.
 */
static bool
judges_or_draws(int row)
{
	return row == HP_SEED || row == HP_STANDARD_ERRORS ||
		   row == HP_SELECTION_CRITERIA || row == HP_TARGET_PRECISION ||
		   row == HP_TARGET_RECALL || row == HP_NUM_CALIBRATION_SAMPLES;
}

/*
 * A row has an effect with the optimizers that it says, and with none that it
 * does not; what may have a range changes models, what may not does not.
 */
static void
test_effects(void **state)
{
	unsigned seen[HP_COUNT] = {0};

	(void) state;
	walk(see_effect, seen);
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];

		/* of a path of l1, which no probe asks for: test_lasso_path */
		if (row == HP_L1_RATIO || row == HP_PATH_RULE)
			continue;
		if ((seen[row] & ~d->optimizers) != 0 ||
			(d->optimizers != USED_BY_ALL && seen[row] != d->optimizers))
			fail_msg("%s: used by %x, not %x", d->name, seen[row],
					 d->optimizers);
		if (d->untunable != (seen[row] == 0 || judges_or_draws(row)))
			fail_msg("%s: untunable is %d", d->name, d->untunable);
	}
}

/* Training makes a value of "auto" where a row says so, and only there. */
static void
test_automatic(void **state)
{
	(void) state;
	for (PredictorType p = PREDICTOR_BINARY; p <= PREDICTOR_REGRESSOR; p++)
	{
		Fixture f;

		open_fixture(&f, p);
		for (int row = 0; row < HP_COUNT; row++)
		{
			const HyperparameterDescriptor *d = &hyperparameter_table[row];
			Hyperparameters settings;
			Candidate *candidates;
			size_t count;
			bool left;

			if (!(d->applies & (1u << p)))
				continue;
			/* no limit is what there is when none is given */
			if (d->automatic == AUTO_IS_NONE && !isnan(d->default_value))
				fail_msg("%s: \"auto\" is none", d->name);
			hyperparameters_init(&settings);
			settings.value[row] = NAN;
			settings.given[row] = d->automatic == AUTO_REFUSED;
			assert_int_equal(variations_make(&f.problem, &settings,
											 &candidates, &count, &f.failure),
							 LL_OK);
			left = hp_is_auto(&candidates[0].settings, (Hyperparameter) row);
			if (left != (d->automatic != AUTO_BY_RULE))
				fail_msg("%s: \"auto\" is %s", d->name,
						 left ? "left" : "given a value");
		}
		close_fixture(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_in_group), cmocka_unit_test(test_in_gram),
		cmocka_unit_test(test_changes_loss),	cmocka_unit_test(test_effects),
		cmocka_unit_test(test_automatic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
