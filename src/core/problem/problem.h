/*
 * problem.h
 *		The rows of a training made ready: what all its candidates share.
 */
#ifndef LINLEARN_CORE_PROBLEM_PROBLEM_H
#define LINLEARN_CORE_PROBLEM_PROBLEM_H

#include "core/base/clock.h"
#include "core/base/threads.h"
#include "core/model/model.h"
#include "core/options/hyperparameters.h"
#include "core/columns/columns.h"
#include "core/rows/normalizer.h"
#include "core/rows/rows.h"

/* What goes on, for TrainingProgress. */
#define PHASE_TRAINING "training"
#define PHASE_TUNING "tuning"
#define PHASE_CALIBRATING "calibrating"
#define PHASE_EVALUATING "evaluating"
#define PHASE_REFITTING "refitting"

/*
 * What the host is told when a phase begins and after each epoch of all groups.
 * While it trains the losses are those of the last epoch of the best candidate
 * so far, then those of the epoch that is kept; NaN: none.
 */
typedef struct TrainingProgress
{
	const char *phase;
	uint32_t epoch;	 /* done, of the candidate that has run longest */
	uint32_t epochs; /* 0: not counted */
	double train_loss;
	double validation_loss;
	uint32_t trial;	 /* a tuning: of the batch in flight the last, from 0 */
	uint32_t trials; /* most there will be; 0: no tuning */
} TrainingProgress;

typedef struct WarmStart WarmStart;

/* The rows of a training, ready. */
typedef struct Problem
{
	Runtime runtime;
	ThreadPool *pool;
	PredictorType predictor;
	uint32_t dimension;
	uint32_t classes; /* classifiers: 2 or more; else 0 */
	uint32_t outputs; /* 1, or classes when multiclass */
	/*
	 * What 1 of a row's features counts: 1, but for bytes.  All is computed with
	 * features as the rows hold them; the model gets them in units that count 1.
	 */
	double unit;
	const double *center; /* [dimension] what was taken off features before
							 * they came into rows; NULL: nothing */
	/*
	 * Of rows of a table: plain estimates leave out what is dependent, and name
	 * what is separated.  NULL: rows were arrays.
	 */
	const Columns *columns;
	bool offset, exposure;			 /* columns of rows were named as such */
	const Rows *rows[CHANNEL_COUNT]; /* sealed; NULL or empty: none */
	float *targets[CHANNEL_COUNT];	 /* [rows, arrival order], label's units */
	int16_t *row_fold;	  /* of train rows, arrival order; NULL: no folds */
	FoldKey fold_key;	  /* what folds of train rows go by ... */
	bool fold_key_used;	  /* ... and some did */
	size_t scaler_points; /* num_point_for_scaler; 0: all */
	double deadline;	  /* seconds of monotonic time; 0: none */
	bool mostly_zero;	  /* most features of train rows are */
	double other_entries; /* of a sparse train row, beside its words */
	double label_mean;	  /* of train rows less their offsets, weighted */
	double label_deviation;
	double log_label_mean;	   /* its logarithm, of labels above 0; else 0 */
	double *label_sample;	   /* of a regressor's train rows, ascending ... */
	size_t label_sample_count; /* ... so many, 0 of summed rows */
	double *class_weight_sum;  /* [classes] row weights of train rows */
	/* [dimension] features that option nonnegative is of; NULL before it is
	 * prepared: all. */
	const bool *bounded;
	const double *class_weights; /* [classes] of many, as given; NULL: none */
	Normalizer normalizers[4];	 /* by normalize + 2 unbias; lazily made */
	bool normalizer_ready[4];
	const WarmStart *warm_start; /* a model to go on from; NULL: none */

	size_t memory_limit; /* bytes of candidates at work; 0: none */

	void *host; /* handed to the two below */
	/* NULL: nobody listens. */
	Status (*progress)(void *host, const TrainingProgress *progress,
					   Failure *failure);
	/* Whether a candidate is to stop after an epoch; NULL: never. */
	bool (*stop)(void *host, size_t candidate, uint32_t epoch, double cost);
} Problem;

/*
 * Prepares a problem over sealed rows: labels in rows->labels are class indexes
 * or targets.  runtime, pool, predictor, classes, rows, row_fold, scaler_points
 * and deadline are the caller's to set before.
 */
extern Status problem_prepare(Problem *problem, Failure *failure);

/*
 * Gathers the rows of a problem that is prepared, whose numbers change with that
 * (rows_gather.h): worth it where passes go in canonical order.  stores are those
 * of its channels.
 */
extern Status problem_gather(Problem *problem, Rows *const *stores,
							 size_t room, Failure *failure);

/* Bytes that copies of the rows may take beside them. */
extern size_t problem_room(const Problem *problem);

/* A normaliser by a candidate's settings of so many of some rows (normalizer_fit). */
extern Status problem_fit_normalizer(const Problem *problem,
									 const Hyperparameters *settings,
									 const Rows *rows, size_t points,
									 Normalizer *normalizer, Failure *failure);

/* The normaliser of a candidate's settings. */
extern Status problem_normalizer(Problem *problem,
								 const Hyperparameters *settings,
								 const Normalizer **normalizer,
								 Failure *failure);

/*
 * What a candidate's margins are: mean + deviation times what is learned.  Of
 * losses of a margin's distance from the label it is subtracted from and divided
 * into the labels, too; with a log link these are divided by problem_label_unit.
 */
extern void problem_label_scale(const Problem *problem,
								const Hyperparameters *settings, double *mean,
								double *deviation);

/* What a candidate's labels are divided by. */
extern double problem_label_unit(const Problem *problem,
								 const Hyperparameters *settings);

/* A label in the units that a candidate is trained in. */
static inline double
problem_target(LossKind loss, double label, double mean, double unit)
{
	return (loss_is_log_link(loss) ? label : label - mean) / unit;
}

/* How much more a positive row of a binary candidate weighs than a negative. */
extern double problem_positive_weight(const Problem *problem,
									  const Hyperparameters *settings);

/* Weight of each class of a candidate: [classes], or NULL when all are 1. */
extern Status problem_class_weights(const Problem *problem,
									const Hyperparameters *settings,
									float **weights, Failure *failure);

/* Rows that candidates are judged on beside the training; NULL: none. */
extern const Rows *problem_validation_rows(const Problem *problem);

/* Whether a candidate of a fold (negative: of none) learns from a train row. */
static inline bool
problem_fold_learns(const Problem *problem, size_t row, int16_t fold)
{
	if (problem->row_fold == NULL || fold < 0)
		return true;
	return problem->fold_key == FOLD_KEY_TIME ? problem->row_fold[row] < fold
											  : problem->row_fold[row] != fold;
}

/* Whether the deadline is over. */
static inline bool
problem_late(const Problem *problem)
{
	return problem->deadline > 0 && clock_seconds() > problem->deadline;
}

#endif
