/*
 * units.h
 *		A finished candidate in the units of rows and labels.
 */
#ifndef LINLEARN_CORE_PROBLEM_UNITS_H
#define LINLEARN_CORE_PROBLEM_UNITS_H

#include "core/judge/metrics.h"
#include "core/problem/candidate.h"

/*
 * A candidate's weights[outputs][dimension] and bias[outputs] for features as
 * the rows hold them (Problem's unit) and labels in the user's units.
 */
extern Status units_unscale(Problem *problem, const Candidate *candidate,
							double *weights, double *bias, Failure *failure);

/*
 * What summed rows say of a regressor: of the sums, those of the errors' sizes
 * stay unknown (NaN).
 */
extern Status units_residuals(Problem *problem, const Candidate *candidate,
							  const Rows *rows, RegressionSums *sums,
							  Failure *failure);

#endif
