/*
 * hyperparameters.h
 *		The one table of hyperparameters: parser, checks, error messages, the
 *		host's list of options and the tuner's ranges all read it.
 *
 * A setting is a double whatever its kind: a flag is 0 or 1, a choice is its
 * place in the list of choices, and NaN means "auto" (or, where a row says so,
 * "not set").
 */
#ifndef LINLEARN_CORE_OPTIONS_HYPERPARAMETERS_H
#define LINLEARN_CORE_OPTIONS_HYPERPARAMETERS_H

#include "core/base/runtime.h"
#include "core/loss/loss_table.h"

typedef enum Hyperparameter
{
	HP_PREDICTOR_TYPE,
	HP_NUM_CLASSES,
	HP_FEATURE_DIM,
	HP_LOSS,
	HP_MARGIN,
	HP_QUANTILE,
	HP_HUBER_DELTA,
	HP_LOSS_INSENSITIVITY,
	HP_TWEEDIE_POWER,
	HP_EPOCHS,
	HP_MINI_BATCH_SIZE,
	HP_OPTIMIZER,
	HP_LEARNING_RATE,
	HP_MOMENTUM,
	HP_BETA_1,
	HP_BETA_2,
	HP_USE_LR_SCHEDULER,
	HP_LR_SCHEDULER_STEP,
	HP_LR_SCHEDULER_FACTOR,
	HP_LR_SCHEDULER_MINIMUM_LR,
	HP_WD,
	HP_L1,
	HP_USE_BIAS,
	HP_BIAS_LR_MULT,
	HP_BIAS_WD_MULT,
	HP_INIT_METHOD,
	HP_INIT_SCALE,
	HP_INIT_SIGMA,
	HP_INIT_BIAS,
	HP_NORMALIZE_DATA,
	HP_NORMALIZE_LABEL,
	HP_UNBIAS_DATA,
	HP_UNBIAS_LABEL,
	HP_NUM_POINT_FOR_SCALER,
	HP_NUM_MODELS,
	HP_SELECTION_CRITERIA,
	HP_TARGET_PRECISION,
	HP_TARGET_RECALL,
	HP_F_BETA,
	HP_ACCURACY_TOP_K,
	HP_NUM_CALIBRATION_SAMPLES,
	HP_EARLY_STOPPING_PATIENCE,
	HP_EARLY_STOPPING_TOLERANCE,
	HP_POSITIVE_EXAMPLE_WEIGHT_MULT,
	HP_BALANCE_MULTICLASS_WEIGHTS,
	HP_COST_FALSE_POSITIVE,
	HP_COST_FALSE_NEGATIVE,
	HP_SEED,
	HP_MAX_SECONDS,
	HP_ON_INVALID,
	HP_VALIDATION_FRACTION,
	HP_CALIBRATE,
	HP_REFIT,
	HP_L1_RATIO,
	HP_PATH_RULE,
	HP_STANDARD_ERRORS,
	HP_NONNEGATIVE,
	HP_COUNT
} Hyperparameter;

/* Choices, in the order of the table's lists. */
typedef enum SelectionCriterion
{
	CRITERION_ACCURACY,
	CRITERION_F_BETA,
	CRITERION_PRECISION_AT_TARGET_RECALL,
	CRITERION_RECALL_AT_TARGET_PRECISION,
	CRITERION_LOSS,
	CRITERION_ROC_AUC,
	CRITERION_MCC,
	CRITERION_BALANCED_ACCURACY
} SelectionCriterion;

typedef enum InitMethod
{
	INIT_UNIFORM,
	INIT_NORMAL
} InitMethod;

typedef enum OnInvalid
{
	ON_INVALID_ERROR,
	ON_INVALID_SKIP
} OnInvalid;

typedef enum CalibrationKind
{
	CALIBRATE_NONE,
	CALIBRATE_PLATT,
	CALIBRATE_ISOTONIC
} CalibrationKind;

/*
 * What standard errors rest on: the model's own variance, or each row's residual
 * (White 1980; MacKinnon and White 1985), whose variance need not be the model's.
 */
typedef enum ErrorKind
{
	ERRORS_MODEL,
	ERRORS_HC0, /* as it is ... */
	ERRORS_HC1, /* ... times rows / (rows - weights) */
	ERRORS_HC2, /* ... over 1 - its leverage */
	ERRORS_HC3	/* ... over the square of that */
} ErrorKind;

/* positive_example_weight_mult = 'balanced' */
#define WEIGHT_MULT_BALANCED (-1.0)

/* Most quantiles of one model. */
#define MOST_QUANTILES 99

/* l1 = 'path': chosen on a path of values */
#define L1_PATH (-1.0)

typedef enum HyperparameterKind
{
	KIND_FLAG,
	KIND_INTEGER,
	KIND_REAL,
	KIND_CHOICE
} HyperparameterKind;

/* Which optimizers use a row: with the others it has no effect. */
#define USED_BY_SGD USED_BY(OPTIMIZER_SGD)
#define USED_BY_ADAM USED_BY(OPTIMIZER_ADAM)
#define USED_BY_UPDATES                                                       \
	(USED_BY_SGD | USED_BY_ADAM | USED_BY(OPTIMIZER_RMSPROP) |                \
	 USED_BY(OPTIMIZER_ADAGRAD))
#define USED_BY_ITERATIONS                                                    \
	(USED_BY_UPDATES | USED_BY(OPTIMIZER_NEWTON) | USED_BY(OPTIMIZER_LBFGS) | \
	 USED_BY(OPTIMIZER_NEWTON_CG))
#define USED_BY_ALL (USED_BY_ITERATIONS | USED_BY(OPTIMIZER_EXACT))

/* What "auto" is in a row. */
typedef enum AutoMeaning
{
	AUTO_REFUSED, /* no value */
	AUTO_BY_RULE, /* training makes a value of it: problem/defaults.c */
	AUTO_IS_NONE  /* no limit: it stays */
} AutoMeaning;

typedef struct HyperparameterDescriptor
{
	const char *name;
	HyperparameterKind kind;
	double minimum;
	double maximum;
	bool minimum_open; /* the minimum itself is not allowed */
	bool maximum_open;
	AutoMeaning automatic;
	double default_value;		/* NaN: auto, or not set */
	const char *const *choices; /* KIND_CHOICE: NULL-terminated */
	unsigned applies;			/* APPLIES_... */
	unsigned optimizers;		/* USED_BY_... */
	const char *meaning;
	unsigned losses; /* OF_LOSS(...), those that it is of; 0: all */
	/* The row that must have a value for it to matter; 0 (predictor_type): none. */
	int needs;
	double needs_value;
	const char *word; /* beside numbers a word is a value; NULL: none */
	double word_value;
	/* Candidates of one weight matrix must agree in it. */
	bool shared_in_group;
	/* What the closed form sums over the rows depends on it. */
	bool in_gram;
	/* Losses of models that differ in it are of different things. */
	bool changes_loss;
	/* It says what is learnt, from which rows, or how it is judged: no range. */
	bool untunable;
	/* Ends of the recommended range, a flag's two values; equal: none. */
	double recommended[2];
	bool listed;		/* several values in ascending order are one, too */
	const char *object; /* of options that it is a member of; NULL: none */
} HyperparameterDescriptor;

typedef struct Hyperparameters
{
	double value[HP_COUNT];
	bool given[HP_COUNT]; /* set by the user, never varied by us */
	/*
	 * quantile as a list, ascending, which the host keeps; the row has the point
	 * of them.  NULL and 0: it is one number.
	 */
	const double *quantiles;
	uint32_t quantile_count;
	bool nonnegative_named; /* of some features, which the host knows */
} Hyperparameters;

extern const HyperparameterDescriptor hyperparameter_table[HP_COUNT];

/* Sets every value to its default and no row as given. */
extern void hyperparameters_init(Hyperparameters *settings);

/* The row of that name, or -1; of an object's member it is object.member. */
extern int hyperparameters_find(const char *name);

/* The first row that is a member of an object of that name, or -1. */
extern int hyperparameters_find_object(const char *name);

/*
 * Levenshtein's distance of two names, cases of the first ignored; the second is
 * at most 64 long.
 */
extern int name_distance(const char *a, const char *b);

/* The table's name nearest to an unknown one by edit distance, or NULL. */
extern const char *hyperparameters_nearest(const char *name);

/* Reports a value, as the user wrote it, that a row does not take. */
extern Status hyperparameters_refuse(Hyperparameter row, const char *value,
									 Failure *failure);

/*
 * Sets one row from a number, a flag or a text ("auto", a choice, or a number or
 * flag spelt as text, as SageMaker's maps have them).  LL_INVALID names the key,
 * the value and the allowed range.
 */
extern Status hyperparameters_set_number(Hyperparameters *settings,
										 Hyperparameter row, double value,
										 Failure *failure);
extern Status hyperparameters_set_flag(Hyperparameters *settings,
									   Hyperparameter row, bool value,
									   Failure *failure);
extern Status hyperparameters_set_text(Hyperparameters *settings,
									   Hyperparameter row, const char *value,
									   Failure *failure);

/*
 * Sets a row that may be listed from a list, which has to last as long as the
 * settings.  Of one value it is that value.
 */
extern Status hyperparameters_set_list(Hyperparameters *settings,
									   Hyperparameter row,
									   const double *values, uint32_t count,
									   Failure *failure);

/* Reads a finite number that is all of a text; false: it is none. */
extern bool hyperparameters_read_number(const char *text, double *number);

/*
 * Checks rows against each other once the predictor type is known: the loss and
 * the optimizer must fit it.
 */
extern Status hyperparameters_check(const Hyperparameters *settings,
									Failure *failure);

/* Whether a row was given another value than its default, which is no wish. */
extern bool hyperparameters_wished(const Hyperparameters *settings,
								   Hyperparameter row);

/*
 * Whether a row has no effect in settings that say all others; why is then the
 * reason, as in "with optimizer \"lbfgs\"".
 */
extern bool hyperparameters_idle(const Hyperparameters *settings,
								 Hyperparameter row, char *why, size_t size);

/*
 * Whether a row has an effect, in settings that say the predictor type and the
 * optimizer.
 */
extern bool hyperparameters_used(const Hyperparameters *settings,
								 Hyperparameter row);

/* Writes what is allowed for a row, e.g. "a number in (0, 1), or \"auto\"". */
extern void hyperparameters_describe(Hyperparameter row, char *buffer,
									 size_t size);

/* Writes a value as JSON: 0.1, true, "adam", "auto". */
extern void hyperparameters_format(Hyperparameter row, double value,
								   char *buffer, size_t size);

/* The integer, flag or choice in a row that is not auto. */
static inline int64_t
hp_integer(const Hyperparameters *settings, Hyperparameter row)
{
	return (int64_t) settings->value[row];
}

/* Whether wrong decisions have costs, which then set the threshold. */
static inline bool
hp_has_costs(const Hyperparameters *settings)
{
	double positive = settings->value[HP_COST_FALSE_POSITIVE];
	double negative = settings->value[HP_COST_FALSE_NEGATIVE];

	return positive == positive && negative == negative;
}

/* The probability above which to call a row positive costs less. */
static inline double
hp_cost_score(const Hyperparameters *settings)
{
	double positive = settings->value[HP_COST_FALSE_POSITIVE];

	return positive / (positive + settings->value[HP_COST_FALSE_NEGATIVE]);
}

/* Whether a row is "auto" or not set. */
static inline bool
hp_is_auto(const Hyperparameters *settings, Hyperparameter row)
{
	return settings->value[row] != settings->value[row];
}

/* Whether settings ask for l1, of a value or of a path. */
static inline bool
hp_wants_l1(const Hyperparameters *settings)
{
	return settings->value[HP_L1] > 0 || settings->value[HP_L1] == L1_PATH;
}

/* Whether the user says how weights are kept small. */
static inline bool
hp_gives_penalty(const Hyperparameters *settings)
{
	return settings->given[HP_WD] || hp_wants_l1(settings);
}

/* Whether no feature's weight may be below 0. */
static inline bool
hp_is_nonnegative(const Hyperparameters *settings)
{
	return settings->value[HP_NONNEGATIVE] != 0;
}

/* How many models of one quantile each settings ask for. */
static inline uint32_t
hp_quantiles(const Hyperparameters *settings)
{
	return settings->quantile_count > 1 &&
				   settings->value[HP_LOSS] == LOSS_QUANTILE
			   ? settings->quantile_count
			   : 1;
}

/* Of several quantiles the one that stands for all: the median, or a middle one. */
static inline uint32_t
quantile_point(const double *quantiles, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		if (quantiles[k] == 0.5)
			return k;
	return (count - 1) / 2;
}

/* Whether l1 is yet to be chosen on a path. */
static inline bool
hp_has_l1_path(const Hyperparameters *settings)
{
	return settings->value[HP_L1] == L1_PATH;
}

#endif
