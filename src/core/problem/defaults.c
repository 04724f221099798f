/*
 * defaults.c
 *		The values of what the user left "auto": every rule in one place.
 */
#include "core/problem/defaults.h"

#include <math.h>
#include <string.h>

#include "core/options/optimizer_table.h"
#include "core/problem/candidate.h"

/* adam's learning rate on normalised features, by the bench on MNIST. */
#define AUTO_RATE_ADAM 0.01
/*
 * On sparse rows, where most weights see few updates: a step moves a margin by
 * about so much, at adam's rate or at most this one.
 */
#define SPARSE_STEP 2.4
#define AUTO_RATE_SPARSE 0.3
/*
 * On rows with words, which have length 1: this, or a shorter step where flags and
 * numbers beside them move a margin as far.
 */
#define OTHER_STEP 1.2
#define AUTO_RATE_WORDS 1.0
#define AUTO_RATE_SGD 0.01
/* Its steps are as long as adam's. */
#define AUTO_RATE_RMSPROP AUTO_RATE_ADAM
#define AUTO_RATE_ADAGRAD 0.05
#define AUTO_MOMENTUM 0.9
#define AUTO_MINIMUM_RATE 1e-5
#define AUTO_WD 1e-4
/*
 * wd on sparse rows, in rows: their rare features pull little, but where a loss
 * ends at a margin and lets few rows pull.
 */
#define SPARSE_PRIOR 0.25
#define SPARSE_PRIOR_KINKED 1.0
/* ... and of a classifier of words by the other losses, and of many classes. */
#define SPARSE_PRIOR_WORDS 0.18
#define SPARSE_PRIOR_WORD_CLASSES 0.15
/* How long rows of words are while a classifier of many classes learns from them. */
#define LEARNED_WORD_LENGTH 0.75
/* Below so many updates the automatic rate grows, up to so many times. */
#define AUTO_RATE_UPDATES 500.0
#define AUTO_RATE_LONGEST 10.0
/* mini_batch_size when none is given: an epoch has at least so many. */
#define LEAST_BATCHES 50.0
#define LEAST_BATCH 16.0
/* epochs when none is given: no more than make so many updates, but so many. */
#define ENOUGH_UPDATES 8000.0
#define LEAST_EPOCHS 5.0
/* ... and on words, by adam's long steps, so many. */
#define WORD_EPOCHS 8.0
/* Automatic optimizers: see automatic_optimizer(). */
#define EXACT_MAX_DIMENSION 4096
#define FEW_VALUES ((size_t) 1 << 24)
/* ... of words and many classes, where adam is near the optimum. */
#define FEW_WORD_VALUES ((size_t) 1 << 22)
#define FEW_WEIGHTS ((size_t) 1000000)
/* Features up to which newton's passes take no longer than mini-batches. */
#define NARROW_DIMENSION 64
/* Rows a weight from which wd gains next to nothing. */
#define MANY_ROWS 1000.0
/*
 * Passes that newton takes, of a loss with kinks and of others, and what a
 * multiply-add of its products of matrices costs beside one of a vector's.
 */
#define KINK_PASSES 20.0
#define NEWTON_PASSES 10.0
#define PRODUCT_COST 0.25
/* Most passes of lbfgs, which takes about one a feature. */
#define LBFGS_PASSES 500.0
/* Newton's work on a loss with kinks, some five seconds of one processor. */
#define KINK_WORK 1e10
/* The learning rate falls to this part over all epochs, in this many steps. */
#define AUTO_FINAL_RATE 0.05
#define AUTO_STEPS_PER_EPOCH 10.0

/* Sets a row that is auto. */
static void
set_auto(Hyperparameters *settings, Hyperparameter row, double value)
{
	if (hp_is_auto(settings, row))
		settings->value[row] = value;
}

/* Whether rows are of words, and what else a table's rows have. */
static bool
has_words(const Rows *rows)
{
	return rows->format == ROWS_SPARSE && rows->scaling != NULL &&
		   memchr(rows->scaling, SCALE_PLAIN, rows->dimension) != NULL;
}

/*
 * Whether words are to be learned by few epochs of long steps: the slopes of
 * logistic and softmax loss are bounded, and smooth.
 */
static bool
takes_long_steps(const Problem *problem, const Hyperparameters *settings)
{
	return problem->predictor != PREDICTOR_REGRESSOR &&
		   has_words(problem->rows[CHANNEL_TRAIN]) &&
		   !loss_table[candidate_loss(settings)].kinked;
}

double
defaults_word_length(const Problem *problem, const Hyperparameters *settings)
{
	return problem->outputs > 1 && !hp_gives_penalty(settings) &&
				   takes_long_steps(problem, settings)
			   ? LEARNED_WORD_LENGTH
			   : 1.0;
}

/*
 * adam's learning rate: steps of every weight add up over a row's values, those
 * of words but little.
 */
static double
adam_rate(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	if (rows->format != ROWS_SPARSE)
		return AUTO_RATE_ADAM;
	if (takes_long_steps(problem, settings))
		return fmin(fmax(OTHER_STEP / problem->other_entries, AUTO_RATE_ADAM),
					AUTO_RATE_WORDS);
	return fmin(fmax(SPARSE_STEP / rows_mean_entries(rows), AUTO_RATE_ADAM),
				AUTO_RATE_SPARSE);
}

/* The learning rate of an optimizer when none is given. */
static double
automatic_rate(const Problem *problem, const Hyperparameters *settings)
{
	switch ((OptimizerKind) hp_integer(settings, HP_OPTIMIZER))
	{
		case OPTIMIZER_SGD:
			return AUTO_RATE_SGD;
		case OPTIMIZER_RMSPROP:
			return AUTO_RATE_RMSPROP;
		case OPTIMIZER_ADAGRAD:
			return AUTO_RATE_ADAGRAD;
		case OPTIMIZER_ADAM:
			return adam_rate(problem, settings);
		case OPTIMIZER_NEWTON:
		case OPTIMIZER_LBFGS:
		case OPTIMIZER_EXACT:
		case OPTIMIZER_NEWTON_CG:
			break; /* they use none */
	}
	return AUTO_RATE_ADAM;
}

/*
 * Whether an optimizer may be chosen for what was given: it must use all of it.
 * Who says how many epochs there are thinks of updates, not of a solver.
 */
static bool
fits_given(OptimizerKind optimizer, const Hyperparameters *settings)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		bool used =
			(hyperparameter_table[row].optimizers & USED_BY(optimizer)) != 0;

		if (row == HP_EPOCHS && optimizer_table[optimizer].solves)
			used = false;
		if (settings->given[row] && !used)
			return false;
	}
	return true;
}

/* Whether the closed form is chosen when no optimizer is given. */
static bool
automatically_exact(const Hyperparameters *settings, LossKind loss,
					uint32_t dimension)
{
	return solver_fits(OPTIMIZER_EXACT, loss, settings) &&
		   fits_given(OPTIMIZER_EXACT, settings) &&
		   dimension <= EXACT_MAX_DIMENSION;
}

bool
defaults_need_sums_only(const Hyperparameters *settings)
{
	LossKind loss = hp_is_auto(settings, HP_LOSS)
						? loss_automatic(PREDICTOR_REGRESSOR)
						: candidate_loss(settings);
	bool exact = hp_is_auto(settings, HP_OPTIMIZER)
					 ? automatically_exact(settings, loss, 1)
					 : hp_optimizer(settings)->closed_form &&
						   solver_fits(OPTIMIZER_EXACT, loss, settings);

	return exact &&
		   settings->value[HP_PREDICTOR_TYPE] == PREDICTOR_REGRESSOR &&
		   settings->value[HP_VALIDATION_FRACTION] == 0 &&
		   settings->value[HP_STANDARD_ERRORS] == ERRORS_MODEL &&
		   hp_is_auto(settings, HP_NUM_POINT_FOR_SCALER);
}

/* Multiply-adds of newton's passes over dense rows. */
static double
newton_work(const Problem *problem, double passes)
{
	double n = (double) problem->rows[CHANNEL_TRAIN]->count;
	double d = problem->dimension;

	return passes *
		   (2.0 * n * d + PRODUCT_COST * (n * d * d / 2.0 + d * d * d / 3.0));
}

/* Whether squared loss is solved from its sums alone, though weights are held. */
static bool
is_one_pass(const Hyperparameters *settings)
{
	return (hp_wants_l1(settings) || hp_is_nonnegative(settings)) &&
		   candidate_loss(settings) == LOSS_SQUARED;
}

/* Whether newton may be chosen at all. */
static bool
suits_newton(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	return (rows->format != ROWS_SPARSE || rows->shards != NULL) &&
		   problem->dimension <= EXACT_MAX_DIMENSION &&
		   fits_given(OPTIMIZER_NEWTON, settings) &&
		   solver_fits(OPTIMIZER_NEWTON, candidate_loss(settings), settings);
}

/*
 * Whether newton is chosen over lbfgs: where it takes less work, and for a loss
 * with kinks, which lbfgs comes near to by many small steps, where it may take it.
 */
static bool
automatically_newton(const Problem *problem, const Hyperparameters *settings)
{
	double d = problem->dimension;
	double rows = (double) problem->rows[CHANNEL_TRAIN]->count;
	double lbfgs = fmin(d, LBFGS_PASSES) * 2.0 * rows * d;

	if (!suits_newton(problem, settings))
		return false;
	if (is_one_pass(settings))
		return true;
	return loss_table[candidate_loss(settings)].kinked
			   ? newton_work(problem, KINK_PASSES) <= KINK_WORK
			   : newton_work(problem, NEWTON_PASSES) < lbfgs;
}

/*
 * Whether the rows are so narrow that a solver's passes, which a matrix for each
 * margin makes few, take not much longer than updates.
 */
static bool
is_narrow(const Problem *problem, const Hyperparameters *settings)
{
	return !loss_table[candidate_loss(settings)].kinked &&
		   problem->rows[CHANNEL_TRAIN]->format != ROWS_SPARSE &&
		   problem->dimension <= NARROW_DIMENSION &&
		   defaults_rows_abound(problem);
}

/* Whether softmax loss is left to lbfgs for that. */
static bool
is_narrow_softmax(const Problem *problem, const Hyperparameters *settings)
{
	return candidate_loss(settings) == LOSS_SOFTMAX &&
		   problem->rows[CHANNEL_TRAIN]->spill == NULL &&
		   !hp_wants_l1(settings) && !hp_is_nonnegative(settings) &&
		   is_narrow(problem, settings) &&
		   solver_fits(OPTIMIZER_LBFGS, LOSS_SOFTMAX, settings) &&
		   fits_given(OPTIMIZER_LBFGS, settings);
}

bool
defaults_rows_abound(const Problem *problem)
{
	return (double) problem->rows[CHANNEL_TRAIN]->count >=
		   MANY_ROWS * (problem->dimension + 1.0) * problem->outputs;
}

/* Whether errors of weights are asked for, which there are at the optimum only. */
static bool
wants_errors(const Hyperparameters *settings)
{
	return settings->value[HP_STANDARD_ERRORS] != ERRORS_MODEL &&
		   settings->value[HP_WD] == 0.0;
}

/* Features up to which rows elsewhere are asked for newton's matrices. */
#define FAR_NEWTON_DIMENSION 256

/*
 * The optimizer of rows that are elsewhere, where passes are what takes the time.
 * Both heed the options of an early end (early_end.h).
 */
static OptimizerKind
far_optimizer(const Problem *problem, const Hyperparameters *settings)
{
	Hyperparameters known = *settings;

	known.given[HP_EARLY_STOPPING_PATIENCE] =
		known.given[HP_EARLY_STOPPING_TOLERANCE] = false;
	return problem->dimension <= FAR_NEWTON_DIMENSION &&
				   !is_one_pass(settings) && suits_newton(problem, &known)
			   ? OPTIMIZER_NEWTON
			   : OPTIMIZER_LBFGS;
}

/*
 * The optimizer when none is given: the closed form for squared loss, the
 * optimum by Newton's method on narrow rows and by L-BFGS on little data, where
 * mini-batches would stop far from it and it takes no longer, and else adam, whose
 * early stop on much data generalises better, or sgd when only that uses what was
 * given.  Who asks for a kind of standard errors gets a solver.
 */
static OptimizerKind
automatic_optimizer(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	LossKind loss = candidate_loss(settings);
	bool held = hp_wants_l1(settings) || hp_is_nonnegative(settings);
	size_t values = rows->format == ROWS_SPARSE
						? rows->record_bytes /
							  (sizeof(uint32_t) + sizeof(float)) *
							  problem->outputs
						: rows->count * problem->dimension;
	size_t few = FEW_VALUES;

	if (has_words(rows) && problem->outputs > 1)
		few = FEW_WORD_VALUES;
	if (rows->shards != NULL)
		return far_optimizer(problem, settings);
	if (hp_has_l1_path(settings))
		return OPTIMIZER_NEWTON;
	if (automatically_exact(settings, loss, problem->dimension))
		return OPTIMIZER_EXACT;
	if ((loss_table[loss].kinked || (held && loss == LOSS_SQUARED)) &&
		automatically_newton(problem, settings))
		return OPTIMIZER_NEWTON;
	if (problem->outputs == 1 && is_narrow(problem, settings) &&
		suits_newton(problem, settings))
		return OPTIMIZER_NEWTON;
	if (is_narrow_softmax(problem, settings))
		return OPTIMIZER_LBFGS;
	if (solver_fits(OPTIMIZER_LBFGS, loss, settings) &&
		fits_given(OPTIMIZER_LBFGS, settings) &&
		(wants_errors(settings) ||
		 (values <= few &&
		  (size_t) problem->dimension * problem->outputs <= FEW_WEIGHTS)))
		return automatically_newton(problem, settings) ? OPTIMIZER_NEWTON
													   : OPTIMIZER_LBFGS;
	return !fits_given(OPTIMIZER_ADAM, settings) &&
				   fits_given(OPTIMIZER_SGD, settings)
			   ? OPTIMIZER_SGD
			   : OPTIMIZER_ADAM;
}

/* What wd on sparse rows is worth, in rows. */
static double
sparse_prior(const Problem *problem, const Hyperparameters *settings)
{
	if (loss_table[candidate_loss(settings)].kinked)
		return SPARSE_PRIOR_KINKED;
	if (defaults_word_length(problem, settings) < 1.0)
		return SPARSE_PRIOR_WORD_CLASSES;
	return takes_long_steps(problem, settings) ? SPARSE_PRIOR_WORDS
											   : SPARSE_PRIOR;
}

/*
 * wd when none is given: a prior worth one row, or less of sparse ones; none for
 * the closed form.  A loss that goes flat, and whose residuals are mostly beyond
 * its parameter, is as flat as that is small beside the labels, and wd likewise;
 * a log link's is as curved as the labels are large.
 */
static double
automatic_wd(const Problem *problem, const Hyperparameters *settings)
{
	LossKind loss = candidate_loss(settings);
	LossParameters parameters =
		candidate_loss_parameters(settings, problem->label_deviation);
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double wd = AUTO_WD + 1.0 / (double) rows->count;

	if (hp_optimizer(settings)->closed_form)
		return 0.0;
	if (rows->format == ROWS_SPARSE)
		wd = sparse_prior(problem, settings) / (double) rows->count;
	if (problem->predictor == PREDICTOR_REGRESSOR &&
		loss_table[loss].goes_flat)
		wd *= fmin(1.0, loss_parameter(loss, &parameters));
	return wd * loss_penalty_unit(loss, &parameters,
								  problem_label_unit(problem, settings));
}

/*
 * The initial bias when none is given: for a quantile the labels' own, to which
 * the few steps up or down from 0 would take long; in the units trained in.
 */
static double
automatic_bias(const Problem *problem, const Hyperparameters *settings)
{
	double mean, deviation;
	size_t n = problem->label_sample_count;

	if (n == 0 ||
		loss_table[candidate_loss(settings)].start != START_QUANTILE ||
		settings->value[HP_USE_BIAS] == 0)
		return settings->value[HP_INIT_BIAS];
	problem_label_scale(problem, settings, &mean, &deviation);
	return (problem->label_sample[(size_t) (settings->value[HP_QUANTILE] *
											(double) n)] -
			mean) /
		   deviation;
}

/*
 * What chooses when no criterion is given: the loss, but of models whose classes
 * weigh differently accuracy, since their losses do not compare.
 */
static SelectionCriterion
automatic_criterion(const Hyperparameters *settings)
{
	return hp_is_auto(settings, HP_POSITIVE_EXAMPLE_WEIGHT_MULT)
			   ? CRITERION_ACCURACY
			   : CRITERION_LOSS;
}

/* Few updates take longer steps. */
static double
rate_for_updates(double rate, double updates)
{
	double factor = sqrt(AUTO_RATE_UPDATES / updates);

	return rate * fmin(fmax(factor, 1.0), AUTO_RATE_LONGEST);
}

/* Epochs of so many updates when none are given. */
static double
automatic_epochs(const Problem *problem, const Hyperparameters *settings,
				 double batches)
{
	double epochs = settings->value[HP_EPOCHS];

	if (hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_ADAM &&
		takes_long_steps(problem, settings))
		epochs = fmin(epochs, WORD_EPOCHS);
	return fmin(epochs, fmax(LEAST_EPOCHS, ceil(ENOUGH_UPDATES / batches)));
}

void
defaults_resolve(const Problem *problem, Hyperparameters *settings)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	double batches, falls;

	settings->value[HP_PREDICTOR_TYPE] = problem->predictor;
	settings->value[HP_FEATURE_DIM] = problem->dimension;
	if (problem->classes > 0)
		set_auto(settings, HP_NUM_CLASSES, problem->classes);
	set_auto(settings, HP_LOSS, loss_automatic(problem->predictor));
	set_auto(settings, HP_OPTIMIZER, automatic_optimizer(problem, settings));
	if (!settings->given[HP_MINI_BATCH_SIZE])
		settings->value[HP_MINI_BATCH_SIZE] = fmin(
			settings->value[HP_MINI_BATCH_SIZE],
			fmax(LEAST_BATCH, floor((double) rows->count / LEAST_BATCHES)));
	batches = ceil((double) rows->count / settings->value[HP_MINI_BATCH_SIZE]);
	if (!settings->given[HP_EPOCHS])
		settings->value[HP_EPOCHS] =
			automatic_epochs(problem, settings, batches);
	set_auto(settings, HP_LEARNING_RATE,
			 rate_for_updates(automatic_rate(problem, settings),
							  batches * settings->value[HP_EPOCHS]));
	set_auto(settings, HP_MOMENTUM, AUTO_MOMENTUM);
	set_auto(settings, HP_BETA_1, 0.9);
	set_auto(settings, HP_BETA_2, 0.999);
	set_auto(settings, HP_LR_SCHEDULER_STEP,
			 fmax(1.0, floor(batches / AUTO_STEPS_PER_EPOCH)));
	falls = fmax(1.0, batches * settings->value[HP_EPOCHS] /
						  settings->value[HP_LR_SCHEDULER_STEP]);
	set_auto(settings, HP_LR_SCHEDULER_FACTOR,
			 pow(AUTO_FINAL_RATE, 1.0 / falls));
	set_auto(settings, HP_LR_SCHEDULER_MINIMUM_LR, AUTO_MINIMUM_RATE);
	set_auto(settings, HP_WD, automatic_wd(problem, settings));
	set_auto(settings, HP_L1, 0.0);
	if (hp_has_l1_path(settings)) /* the path has its own */
		settings->value[HP_WD] = 0.0;
	set_auto(settings, HP_SELECTION_CRITERIA, automatic_criterion(settings));
	set_auto(settings, HP_POSITIVE_EXAMPLE_WEIGHT_MULT, 1.0);
	set_auto(settings, HP_BIAS_LR_MULT, 1.0);
	set_auto(settings, HP_BIAS_WD_MULT, 0.0);
	set_auto(settings, HP_NORMALIZE_DATA, 1.0);
	set_auto(settings, HP_UNBIAS_DATA,
			 settings->value[HP_USE_BIAS] != 0 && !problem->mostly_zero);
	if (loss_is_log_link(candidate_loss(settings)))
		settings->value[HP_NORMALIZE_LABEL] = 0.0;
	set_auto(settings, HP_NORMALIZE_LABEL,
			 problem->predictor == PREDICTOR_REGRESSOR);
	set_auto(settings, HP_UNBIAS_LABEL,
			 problem->predictor == PREDICTOR_REGRESSOR &&
				 settings->value[HP_USE_BIAS] != 0);
	set_auto(settings, HP_NUM_POINT_FOR_SCALER, (double) rows->count);
	set_auto(settings, HP_REFIT,
			 validation != NULL && validation->count > 0 &&
				 rows->shards == NULL && hp_solves(settings));
	if (!settings->given[HP_INIT_BIAS])
		settings->value[HP_INIT_BIAS] = automatic_bias(problem, settings);
}
