/*
 * tune_run.h
 *		A running tuning job: what its parts share.
 */
#ifndef LINLEARN_CORE_TUNE_RUN_H
#define LINLEARN_CORE_TUNE_RUN_H

#include "core/tune.h"

/* A Runtime that remembers what it gave, to give it all back at once. */
typedef struct Scratch
{
	Runtime host;
	void **pieces;
	size_t count;
	size_t capacity;
} Scratch;

typedef struct TuneRun
{
	Problem *problem;
	TuneRequest *request;
	Runtime runtime; /* the host's */
	Scratch scratch;
	Tuner tuner;
	void (*progress)(void *host, const TrainerProgress *progress);
	void *host;

	/* The batch in flight. */
	Candidate *candidates; /* [count * width], a trial's folds adjacent */
	uint32_t first;
	uint32_t count;
	uint32_t width; /* candidates of a trial */
	uint32_t epoch; /* told to the tuner */
	double started;

	/* All trials. */
	ModelTrial *trials;
	ModelEpoch **histories; /* [trials] */
	double *seconds;
	Candidate *kept; /* [trials] those that contend; weights their own */
	int16_t *row_fold;
	Rows *fold_rows; /* [folds] views of each fold's rows */
	float **fold_targets;
} TuneRun;

/* Deals the training rows into folds (tune_folds.c). */
extern Status tune_make_folds(TuneRun *run, Failure *failure);

/* Trains and judges the trials that the tuner suggested (tune_batch.c). */
extern Status tune_run_batch(TuneRun *run, Failure *failure);

/* What the trainer calls after each epoch; host is the TuneRun. */
extern void tune_progress(void *host, const TrainerProgress *progress);
extern bool tune_stops(void *host, size_t candidate, uint32_t epoch,
					   double badness);

#endif
