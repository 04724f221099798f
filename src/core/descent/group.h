/*
 * group.h
 *		A group of candidates that share one weight matrix: its memory, one epoch
 *		of it, and the judgement after an epoch.  Only the trainer includes this.
 */
#ifndef LINLEARN_CORE_DESCENT_GROUP_H
#define LINLEARN_CORE_DESCENT_GROUP_H

#include "core/base/team.h"
#include "core/loss/loss.h"
#include "core/math/blas.h"
#include "core/problem/candidate.h"
#include "core/rows/sparse_pass.h"
#include "core/rows/tile.h"

/*
 * Widest weight matrix of few models and of many, which are those of MANY_COLUMNS
 * and more: rows are unpacked once a group, and two wide groups still keep two
 * threads busy.  Fixed numbers, so that threads never change groups.
 */
#define GROUP_COLUMNS 8
#define WIDE_GROUP_COLUMNS 16
#define MANY_COLUMNS (2 * WIDE_GROUP_COLUMNS)
/* Rates are laid out at least so long, for the vector units. */
#define RATE_PERIOD 64

/* Rates of one row of the weight matrix, repeated over a period. */
typedef struct RateArrays
{
	float *rate;
	float *wd;
	float *l1;
	float *momentum;
	float *decay;
	float *gradient_scale;
} RateArrays;

/* Rows laid out for one model (compact_epoch.h). */
typedef struct CompactDescent CompactDescent;

typedef struct Group
{
	Problem *problem;
	const Blas *blas;
	const Normalizer *normalizer;
	const float *learned_scale; /* of sparse training rows */
	const uint32_t *order;		/* train rows, shuffled for this epoch */
	size_t row_count;
	Candidate **members; /* those still training */
	size_t models;
	const bool
		*bounded; /* [features] whose weights are not below 0, or NULL */
	size_t outputs;
	size_t columns; /* models * outputs */
	size_t inputs;	/* dimension + 1 */
	size_t stride;	/* floats of a row of the batch */
	size_t tile;	/* rows of a product */
	size_t batch_size;
	OptimizerKind optimizer;
	LossKind loss;
	float *targets[CHANNEL_COUNT]; /* in the units trained in */
	double label_mean;
	double label_unit;
	double margin_unit;			/* what offsets are divided by */
	float **class_weight;		/* [models] or NULL each */
	LossParameters *parameters; /* [models] */
	int16_t *model_fold;

	float *weights; /* [inputs][columns], then a row of zeros */
	float *average; /* of the weights over this epoch's updates */
	float *gradient;
	float *first;
	float *second;
	RateArrays rates;
	RateArrays bias_rates;
	size_t period;
	uint64_t updates;
	size_t filled;		  /* rows of the mini-batch so far */
	size_t epoch_updates; /* of this epoch */
	bool cut;			  /* the deadline ended it before the last row */

	bool sparse; /* rows are; then these, and no batch: */
	TouchedFeatures touched;
	float *rarity;		  /* [dimension] mini-batches for each touched */
	uint64_t *averaged;	  /* [inputs] update up to which the average is */
	uint64_t epoch_start; /* updates before this epoch */
	float *gathered;	  /* [6][period] touched features side by side */
	uint32_t *counts;	  /* [features] rows that have each */

	CompactDescent *compact; /* NULL: rows are passed over as they are */
	Team *team;				 /* whose leader trains; NULL: alone */

	float *batch;	/* [tile][stride] */
	float *narrow;	/* scratch of narrow_product; NULL: too wide */
	float *margins; /* [tile][columns] */
	float *tile_targets;
	float *tile_weights;
	float *tile_offsets;
	int16_t *tile_folds;
	double *loss_sum; /* [models] */
	double *weight_sum;
	double *train_loss; /* of the last epoch, label's units */
	double *validation_loss;
	float *scores;		/* [models][validation rows]: binary margins */
	ScoredRow *scratch; /* [2 * validation rows] */
	Status status;
	uint32_t epoch;
} Group;

/* Sets a group of models up; memory comes from the problem's runtime. */
extern Status group_init(Group *group, Problem *problem, Candidate **members,
						 size_t models, Failure *failure);

/* Brings negative weights of rows of the matrix back to 0, where that is asked. */
extern void group_bound(Group *group, size_t row, size_t rows);

/* Whether a row's weights may not be negative; that of the bias may. */
static inline bool
group_bounds(const Group *group, size_t row)
{
	return group->bounded != NULL && row + 1 < group->inputs &&
		   group->bounded[row];
}

/* Fills the rates that do not change from update to update of one model. */
extern void group_start_rates(Group *group, size_t model);

/* Whether the host asked to stop; the group's status then says so. */
static inline bool
group_interrupted(Group *group)
{
	if (runtime_interrupted(&group->problem->runtime))
		group->status = LL_CANCELLED;
	return group->status != LL_OK;
}

/*
 * A piece [from, to) of an epoch: of group->order to train on, of the canonical
 * order to validate on.  Pieces follow each other from 0 to the end; their rows
 * are loaded.  Sets group->status to LL_CANCELLED when the host asked to stop.
 * Training ends with the mini-batch in which the deadline passes.
 */
extern void group_train_rows(Group *group, size_t from, size_t to);
extern void group_validate_rows(Group *group, size_t from, size_t to);

/* A loss in the label's own units, out of the units trained in. */
extern double group_label_loss(const Group *group, double loss);

/* What wd and l1 are divided by in the units trained in. */
extern double group_penalty_unit(const Group *group);

/*
 * Judges one model after an epoch: history, best weights.  True when it is over:
 * diverged, at its last epoch, or out of patience; its status says which.
 */
extern bool group_judge(Group *group, size_t model);

/* Takes a model's columns out of the group; the last model's move in. */
extern void group_drop(Group *group, size_t model);

#endif
