/*
 * trainer.h
 *		Trains many candidate models over the same packed rows at once.
 *
 * Candidates that share mini-batch size, optimizer, loss and normalisation are
 * columns of one weight matrix [features + 1][models * outputs], the bias last:
 * a mini-batch is one SGEMM forward and one back.  Groups are at most
 * WIDE_GROUP_COLUMNS wide, whatever the number of threads, and run on the pool; so
 * the same rows give the same bits on any number of threads.
 *
 * After each epoch a candidate is judged by the average of its weights over that
 * epoch's updates (Polyak and Juditsky 1992), which is less noisy than the last.
 *
 * A candidate's objective is its weighted mean loss plus wd / 2 |w|^2 + l1 |w|_1
 * over normalised features.  The mean is over the rows' effective weights: row
 * weight times class weight.
 */
#ifndef LINLEARN_CORE_TRAINER_H
#define LINLEARN_CORE_TRAINER_H

#include "core/calibration.h"
#include "core/hyperparameters.h"
#include "core/metrics.h"
#include "core/model.h"
#include "core/normalizer.h"
#include "core/rows.h"
#include "core/selection.h"
#include "core/threads.h"

/* What goes on, for TrainerProgress. */
#define PHASE_TRAINING "training"
#define PHASE_TUNING "tuning"
#define PHASE_CALIBRATING "calibrating"
#define PHASE_EVALUATING "evaluating"

/*
 * What the host is told when a phase begins and after each epoch of all groups.
 * While it trains the losses are those of the last epoch of the best candidate
 * so far, then those of the epoch that is kept; NaN: none.
 */
typedef struct TrainerProgress
{
	const char *phase;
	uint32_t epoch;			/* done, of the candidate that has run longest */
	uint32_t epochs;		/* 0: not counted */
	double train_loss;
	double validation_loss;
	uint32_t trial;			/* a tuning: of the batch in flight the last, from 0 */
	uint32_t trials;		/* most there will be; 0: no tuning */
} TrainerProgress;

typedef struct WarmStart WarmStart;

/* The rows of a training, ready. */
typedef struct Problem
{
	Runtime runtime;
	ThreadPool *pool;
	PredictorType predictor;
	uint32_t dimension;
	uint32_t classes;			/* classifiers: 2 or more; else 0 */
	uint32_t outputs;			/* 1, or classes when multiclass */
	const Rows *rows[CHANNEL_COUNT];	/* sealed; NULL or empty: none */
	float *targets[CHANNEL_COUNT];	/* [rows, arrival order], label's units */
	int16_t *row_fold;			/* of train rows, arrival order; NULL: no folds */
	size_t scaler_points;		/* num_point_for_scaler; 0: all */
	double deadline;			/* seconds of monotonic time; 0: none */
	bool mostly_zero;			/* most features of train rows are */
	double label_mean;			/* of train rows, weighted */
	double label_deviation;
	double *label_sample;		/* of a regressor's train rows, ascending ... */
	size_t label_sample_count;	/* ... so many, 0 of folded rows */
	double *class_weight_sum;	/* [classes] row weights of train rows */
	Normalizer normalizers[8];	/* by normalize + 2 unbias + 4 bulk; lazily made */
	bool normalizer_ready[8];
	const WarmStart *warm_start;	/* a model to go on from; NULL: none */

	size_t memory_limit;		/* bytes of candidates at work; 0: none */

	void *host;					/* handed to the two below */
	/* NULL: nobody listens. */
	void (*progress)(void *host, const TrainerProgress *progress);
	/* Whether a candidate is to stop after an epoch; NULL: never. */
	bool (*stop)(void *host, size_t candidate, uint32_t epoch,
				 double badness);
} Problem;

typedef struct Candidate
{
	Hyperparameters settings;	/* resolved: no auto where training reads */
	int16_t fold;				/* rows of this fold validate; -1: none */
	/* Of a warm start, normalised units [features + 1][outputs]; or NULL. */
	const double *initial;

	/* Found by trainer_run: */
	TrialStatus status;
	uint32_t epochs;			/* run */
	uint32_t best_epoch;
	double badness;				/* of the best epoch; smaller is better */
	double train_loss;
	double validation_loss;		/* of the best epoch; NaN without */
	Selection selection;		/* binary: on validation rows, else train */
	Calibration calibration;	/* of the model that is kept */
	double gradient_norm;		/* exact solves; NaN otherwise */
	float *weights;				/* [features + 1][outputs], normalised units */
	double *exact_weights;		/* the same in double, when solved exactly */
	double *standard_errors;	/* [features + 1], user's units; or NULL ... */
	char inference_reason[160];	/* ... and why, when solved exactly */
	ModelEpoch *history;		/* [epochs] */
	uint32_t history_room;
	double least_badness;		/* of all epochs, for early stopping */
	double least_loss;
	uint32_t waited;			/* epochs since either was improved */
} Candidate;

/*
 * Prepares a problem over sealed rows: labels in rows->labels are class indexes
 * or targets.  runtime, pool, predictor, classes, rows, row_fold, scaler_points
 * and deadline are the caller's to set before.
 */
extern Status problem_prepare(Problem *problem, Failure *failure);

/* The normaliser of a candidate's settings. */
extern Status problem_normalizer(Problem *problem,
								 const Hyperparameters *settings,
								 const Normalizer **normalizer,
								 Failure *failure);

/* What is subtracted from and divided into a candidate's labels. */
extern void problem_label_scale(const Problem *problem,
								const Hyperparameters *settings, double *mean,
								double *deviation);

/* Makes room for one epoch more in a history; false: out of memory. */
extern bool candidate_reserve_epoch(const Runtime *runtime,
									Candidate *candidate);

/*
 * Whether a training of settings as they were given needs no more of its rows,
 * if these are not too wide, than their moments: least squares in closed form.
 */
extern bool trainer_needs_moments_only(const Hyperparameters *settings);

/* Gives every auto that depends on the problem its value. */
extern void trainer_resolve(const Problem *problem, Hyperparameters *settings);

/*
 * The candidates of num_models: the given settings first, then near ones in
 * what the user left auto of learning_rate and wd, and in an l1 that is given
 * and not 0.  Allocates them.
 */
extern Status trainer_candidates(const Problem *problem,
								 const Hyperparameters *settings,
								 Candidate **candidates, size_t *count,
								 Failure *failure);

/*
 * Trains candidates; fills what each found.  LL_CANCELLED when the host asked
 * to stop.  At the deadline an epoch ends with the mini-batch in which it is,
 * and is left out, unless it is the first: then a candidate is what it has
 * learnt.  A solver ends with its last whole iteration, but for the first;
 * candidates that it has not begun by then have no epochs.
 */
extern Status trainer_run(Problem *problem, Candidate *candidates,
						  size_t count, Failure *failure);

/* Tells the host that a phase begins in which a candidate is finished. */
extern void trainer_tell(const Problem *problem, const char *phase,
						 const Candidate *candidate);

/* The best candidate: least badness, then least validation loss, then first. */
extern size_t trainer_best(const Candidate *candidates, size_t count);

/*
 * Takes margins[n][outputs] of the rows at the n places from a place of the
 * canonical order on.  What it does when interrupted means nothing.
 */
typedef void MarginTaker(void *context, const double *margins, size_t place,
						 size_t n);

/*
 * Hands the margins of rows over block by block, in canonical order: those of
 * all rows at once would be as large as the classes are many.  They are in the
 * label's units and, to the bit, those of predictions from the candidate's model.
 */
extern Status trainer_margin_blocks(Problem *problem,
									const Candidate *candidate,
									const Rows *rows, MarginTaker *take,
									void *context, Failure *failure);

/* The first margin of each row, in arrival order: margins[row]. */
extern Status trainer_margins(Problem *problem, const Candidate *candidate,
							  const Rows *rows, double *margins,
							  Failure *failure);

/*
 * A candidate's weights[outputs][dimension] and bias[outputs] for features and
 * labels in the user's units.
 */
extern Status trainer_unscale(Problem *problem, const Candidate *candidate,
							  double *weights, double *bias,
							  Failure *failure);

/*
 * What folded rows say of a regressor: of the sums, those of the errors' sizes
 * stay unknown (NaN).
 */
extern Status trainer_residuals(Problem *problem, const Candidate *candidate,
								const Rows *rows, RegressionSums *sums,
								Failure *failure);

/* Monotonic seconds, for deadlines. */
extern double trainer_clock(void);

/* Whether the deadline is over. */
static inline bool
trainer_late(const Problem *problem)
{
	return problem->deadline > 0 && trainer_clock() > problem->deadline;
}

/* The loss of resolved settings. */
static inline LossKind
candidate_loss(const Hyperparameters *settings)
{
	return (LossKind) hp_integer(settings, HP_LOSS);
}

/* The margin at which a binary model is undecided: losses on 0 and 1 have 0.5. */
static inline double
natural_margin(LossKind loss)
{
	return loss == LOSS_LOGISTIC || loss == LOSS_HINGE ? 0.0 : 0.5;
}

/* Weight of each class of a candidate: [classes], or NULL when all are 1. */
extern Status problem_class_weights(const Problem *problem,
									const Hyperparameters *settings,
									float **weights, Failure *failure);

#endif
