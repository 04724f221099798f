/*
 * kinds.h
 *		What can be learned and how, in the order of the lists of choices that
 *		model bytes count by.
 */
#ifndef LINLEARN_CORE_BASE_KINDS_H
#define LINLEARN_CORE_BASE_KINDS_H

typedef enum PredictorType
{
	PREDICTOR_BINARY,
	PREDICTOR_MULTICLASS,
	PREDICTOR_REGRESSOR
} PredictorType;

typedef enum LossKind
{
	LOSS_LOGISTIC,
	LOSS_HINGE,
	LOSS_SOFTMAX,
	LOSS_MULTICLASS_HINGE,
	LOSS_SQUARED,
	LOSS_ABSOLUTE,
	LOSS_EPS_SQUARED,
	LOSS_EPS_ABSOLUTE,
	LOSS_QUANTILE,
	LOSS_HUBER,
	LOSS_POISSON,
	LOSS_GAMMA,
	LOSS_TWEEDIE
} LossKind;

typedef enum OptimizerKind
{
	OPTIMIZER_SGD,
	OPTIMIZER_ADAM,
	OPTIMIZER_RMSPROP,
	OPTIMIZER_ADAGRAD,
	OPTIMIZER_NEWTON,
	OPTIMIZER_LBFGS,
	OPTIMIZER_EXACT,
	OPTIMIZER_NEWTON_CG
} OptimizerKind;

/* What folds of rows go by, beside chance. */
typedef enum FoldKey
{
	FOLD_KEY_NONE,
	FOLD_KEY_GROUP, /* rows of a group stay together */
	FOLD_KEY_TIME	/* what is judged on is later than what is learned from */
} FoldKey;

#define FOLD_KEYS 3

#define LOSS_COUNT (LOSS_TWEEDIE + 1)
#define OPTIMIZER_COUNT (OPTIMIZER_NEWTON_CG + 1)

/* Sets of predictor types. */
#define APPLIES_BINARY (1u << PREDICTOR_BINARY)
#define APPLIES_MULTICLASS (1u << PREDICTOR_MULTICLASS)
#define APPLIES_REGRESSOR (1u << PREDICTOR_REGRESSOR)
#define APPLIES_ALL (APPLIES_BINARY | APPLIES_MULTICLASS | APPLIES_REGRESSOR)

/* Sets of optimizers, and of losses. */
#define USED_BY(optimizer) (1u << (optimizer))
#define OF_LOSS(loss) (1u << (loss))

#endif
