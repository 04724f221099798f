/*
 * train_calibrate.h
 *		Calibrates a binary model's scores on the rows that chose its threshold.
 */
#ifndef LINLEARN_CORE_TRAIN_TRAIN_CALIBRATE_H
#define LINLEARN_CORE_TRAIN_TRAIN_CALIBRATE_H

#include "core/problem/candidate.h"

/*
 * Fits what calibrate asks for on validation rows (training rows if there are
 * none, in either case num_calibration_samples of them), fills the model's
 * calibration_* and the candidate's, and moves the threshold to the calibrated scores.  With one
 * class only, or scores that fall as the margin rises, there is none.
 */
extern Status train_calibrate(Problem *problem, Candidate *winner,
							  Model *model, Failure *failure);

#endif
