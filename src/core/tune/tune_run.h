/*
 * tune_run.h
 *		A running tuning job: what its parts share.
 */
#ifndef LINLEARN_CORE_TUNE_TUNE_RUN_H
#define LINLEARN_CORE_TUNE_TUNE_RUN_H

#include "core/tune/tune.h"

/* A Runtime that remembers what it gave, to give it all back at once. */
typedef struct Scratch
{
	Runtime host;
	void **pieces;
	size_t count;
	size_t capacity;
} Scratch;

/*
 * The candidates of one trial: its folds, or variations of its settings of which
 * the best is the trial.
 */
typedef struct Span
{
	Candidate *first;
	uint32_t count;
} Span;

typedef struct TuneRun
{
	Problem *problem;
	TuneRequest *request;
	Runtime runtime; /* the host's */
	Scratch scratch;
	Tuner tuner;
	Status (*progress)(void *host, const TrainingProgress *progress,
					   Failure *failure);
	void *host;

	/* The batch in flight. */
	Candidate *candidates; /* of all its trials, one trial's adjacent */
	size_t candidate_count;
	Span *spans; /* [jobs] in use: count */
	uint32_t first;
	uint32_t count;
	uint32_t epoch; /* told to the tuner */
	double started;

	/* All trials. */
	bool untuned_first; /* trial 0 has the untuned call's candidates */
	ModelTrial *trials;
	ModelEpoch **histories; /* [trials] */
	double *seconds;
	Candidate kept;		  /* of the best trial so far; weights its own */
	Candidate *path_ends; /* of each fold: where a path's last batch ended */
	int16_t *row_fold;
	Rows *fold_rows; /* [folds] views of each fold's rows */
	float **fold_targets;
} TuneRun;

/* Whether an objective has no value where no row has a label (tune_request.c). */
extern bool tune_needs_label(const TuneRequest *request, double label);

/* Deals the training rows into folds (tune_folds.c). */
extern Status tune_make_folds(TuneRun *run, Failure *failure);

/*
 * Makes the candidates of the batch that the tuner suggested; says what a trial's
 * settings were before it was trained, nothing auto left; and chooses the one that
 * a trial without folds is of those trained (tune_candidates.c).
 */
extern Status tune_make_candidates(TuneRun *run, Failure *failure);
extern Hyperparameters tune_trial_settings(const TuneRun *run, uint32_t trial);
extern Candidate *tune_choose(const TuneRun *run, Span span);

/*
 * Makes a path of a request whose only range is a penalty's and whose trials are
 * solved, if no strategy is named, and checks one that is named; says how many of
 * its trials are candidates at once; links the candidates of a batch, and notes
 * where it ended (tune_path.c).
 */
extern Status tune_settle_path(TuneRequest *request, const Problem *problem,
							   Failure *failure);
extern uint32_t tune_path_batch(const TuneRun *run);
extern void tune_link_path(TuneRun *run);
extern Status tune_keep_path(TuneRun *run, Failure *failure);

/*
 * The settings of request's trials at values of its ranges, nothing auto left
 * (tune_candidates.c).
 */
extern Hyperparameters tune_settings_at(const TuneRequest *request,
										const Problem *problem,
										const double *values);

/* Trains and judges the trials that the tuner suggested (tune_batch.c). */
extern Status tune_run_batch(TuneRun *run, Failure *failure);

/* What the trainer calls after each epoch; host is the TuneRun. */
extern Status tune_progress(void *host, const TrainingProgress *progress,
							Failure *failure);
extern bool tune_stops(void *host, size_t candidate, uint32_t epoch,
					   double cost);

#endif
