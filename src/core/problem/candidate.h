/*
 * candidate.h
 *		One model in training: its settings, and what was found of it.
 *
 * A candidate's objective is its weighted mean loss plus wd / 2 |w|^2 + l1 |w|_1
 * over normalised features.  The mean is over the rows' effective weights: row
 * weight times class weight.
 */
#ifndef LINLEARN_CORE_PROBLEM_CANDIDATE_H
#define LINLEARN_CORE_PROBLEM_CANDIDATE_H

#include "core/judge/threshold.h"
#include "core/loss/loss.h"
#include "core/model/calibration.h"
#include "core/model/l1_path.h"
#include "core/model/wd_path.h"
#include "core/problem/problem.h"
#include "core/solve/solver.h"

typedef struct Candidate
{
	Hyperparameters settings; /* resolved: no auto where training reads */
	int16_t fold;			  /* rows of this fold validate; -1: none */
	bool wd_open; /* wd was not given, nor are there others to compare with */
	bool l1_open; /* and neither was l1 */
	bool optimizer_open; /* the solver was not given */
	/* Of a warm start, normalised units [features + 1][outputs]; or NULL. */
	const double *initial;
	/*
	 * Of a path: whose solution solvers of smooth losses begin at, settings and
	 * solved; or NULL.
	 */
	const struct Candidate *before;
	bool runs_through; /* mini-batches: its last epoch is kept, none early */

	/* Found by trainer_run: */
	TrialStatus status;
	uint32_t epochs; /* run */
	uint32_t best_epoch;
	double cost; /* of the best epoch; smaller is better */
	double train_loss;
	double validation_loss;	 /* of the best epoch; NaN without */
	Threshold threshold;	 /* binary: on validation rows, else train */
	Calibration calibration; /* of the model that is kept */
	double gradient_norm;	 /* exact solves; NaN otherwise */
	SolveEnd end;			 /* likewise; none otherwise */
	double gap;				 /* as the model's */
	const L1Path *l1_path;	 /* that l1 was chosen on; likewise */
	const WdPath *path;		 /* that wd was chosen on; NULL: it was not */
	float *weights;			 /* [features + 1][outputs], normalised units */
	double *exact_weights;	 /* the same in double, when solved exactly */
	double *
		standard_errors; /* [features + 1], as of units_unscale; or NULL ... */
	char inference_reason[400]; /* ... and why, when solved exactly */
	const SolverResult *solved; /* what more is known then; or NULL */
	ModelEpoch *history;		/* [epochs] */
	uint32_t history_room;
	double least_watched; /* of all epochs, by early stopping */
	uint32_t waited;	  /* epochs since it was improved */
} Candidate;

/* Makes room for one epoch more in a history; false: out of memory. */
extern bool candidate_reserve_epoch(const Runtime *runtime,
									Candidate *candidate);

/* The best candidate: least cost, then least validation loss, then first. */
extern size_t candidate_best(const Candidate *candidates, size_t count);

/* What candidates may do once for all of them. */
typedef enum CandidatesShare
{
	SHARE_WEIGHT_MATRIX, /* mini-batches, as columns of one group */
	SHARE_GRAM,			 /* the sums of the closed form */
	SHARE_SOLUTION		 /* the optimum itself, from equal beginnings */
} CandidatesShare;

/*
 * Whether two candidates with the same optimizer may share: their settings agree
 * in all that the table says it depends on.
 */
extern bool candidates_share(const Candidate *a, const Candidate *b,
							 CandidatesShare what);

/* The loss of resolved settings. */
static inline LossKind
candidate_loss(const Hyperparameters *settings)
{
	return (LossKind) hp_integer(settings, HP_LOSS);
}

/* The parameters of its loss, for labels that were divided by a deviation. */
static inline LossParameters
candidate_loss_parameters(const Hyperparameters *settings, double deviation)
{
	return (LossParameters){settings->value[HP_MARGIN],
							settings->value[HP_QUANTILE],
							settings->value[HP_HUBER_DELTA] / deviation,
							settings->value[HP_LOSS_INSENSITIVITY] / deviation,
							settings->value[HP_TWEEDIE_POWER]};
}

#endif
