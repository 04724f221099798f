/*
 * tune.h
 *		A tuning job: trials trained together, judged by a metric, the best of
 *		them as a model.
 *
 * The trials of a batch are candidates of one trainer_run(); with folds each
 * trial is one candidate a fold, all in the same products.  A fold's rows are
 * taken in turn from the canonical order, class by class, so that each fold
 * has its share of every class.
 */
#ifndef LINLEARN_CORE_TUNE_TUNE_H
#define LINLEARN_CORE_TUNE_TUNE_H

#include "core/judge/metric_table.h"
#include "core/train/train.h"
#include "core/tune/tuner.h"

#define TUNE_MAX_FOLDS 100
/* Settings that a TransferLearning warm start tries first. */
#define TUNE_TRANSFERRED 3

/* Where an earlier tuning's trials come from. */
typedef enum WarmStartType
{
	WARM_START_IDENTICAL, /* its objectives are believed */
	WARM_START_TRANSFER	  /* its best settings are tried first */
} WarmStartType;

extern const char *const warm_start_names[];

typedef struct PriorTrial
{
	Hyperparameters settings;
	double objective;
	WarmStartType type;
} PriorTrial;

typedef struct TuneRequest
{
	char objective[MODEL_NAME_SIZE]; /* with its channel */
	const MetricDescriptor *metric;
	Channel channel;
	bool strategy_given;   /* else it is a path where there is one */
	bool direction_given;  /* else options.maximize is the metric's */
	bool recommended;	   /* "ranges": "auto" */
	uint32_t folds;		   /* 0: none */
	FoldKey fold_key;	   /* what they go by, once checked */
	uint32_t max_resource; /* 0: epochs */
	SearchSpace space;
	TunerOptions options;
	Hyperparameters fixed;
	Hyperparameters untuned; /* fixed, and values beside their ranges */
	PriorTrial *priors;
	uint32_t prior_count;
} TuneRequest;

/* What is not part of the model, because it differs from run to run. */
typedef struct TuneTimes
{
	double *seconds; /* [trials]: from its batch's start to its last epoch */
	uint32_t count;
} TuneTimes;

/*
 * Whether trial 0 is what the untuned call would do: a grid is complete without
 * it, and an earlier tuning tells more.
 */
static inline bool
tune_starts_untuned(const TuneRequest *request)
{
	return request->options.strategy != STRATEGY_GRID &&
		   request->prior_count == 0;
}

/* A request with nothing in it: Bayesian, no objective, no ranges. */
extern void tune_request_init(TuneRequest *request);

/*
 * Sets the objective from its name, "validation:binary_f_beta"; LL_INVALID
 * names the nearest one.
 */
extern Status tune_set_objective(TuneRequest *request, const char *name,
								 Failure *failure);

/*
 * Checks all that can be wrong before any training: that the objective fits
 * the predictor and has rows, that ranges and fixed values fit each other,
 * folds against rows, the strategy's own limits.
 */
extern Status tune_check(TuneRequest *request, const Problem *problem,
						 Failure *failure);

/*
 * Runs a checked request over a prepared problem.  Fills model as train_build
 * does, its trials, epochs and best_trial by the tuning.
 */
extern Status tune_model(Problem *problem, TuneRequest *request, Model *model,
						 TuneTimes *times, Failure *failure);

#endif
