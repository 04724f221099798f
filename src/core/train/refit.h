/*
 * refit.h
 *		The chosen settings once more, on training and validation rows together.
 */
#ifndef LINLEARN_CORE_TRAIN_REFIT_H
#define LINLEARN_CORE_TRAIN_REFIT_H

#include "core/problem/candidate.h"

/* What several refits of one problem share; zeros to begin with. */
typedef struct Refit
{
	bool ready;
	Problem all; /* its rows, joined */
	Rows joined;
} Refit;

/*
 * Puts weights into a finished model that its settings learn from all rows, if
 * the winner's refit asks for it; the model's refit says whether it was done.
 * Metrics, threshold and calibration stay those of before.  Without validation
 * rows, with training rows of one class that left an init_model as it was, or when
 * time is up before it ends, the model stays as it is.  Spilled rows
 * of the problem are not to be loaded afterwards.
 */
extern Status refit_model(Problem *problem, Refit *shared,
						  const Candidate *winner, Model *model,
						  Failure *failure);

#endif
