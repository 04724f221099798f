/*
 * gcv.h
 *		The wd of least squares by generalised cross-validation (Craven and Wahba
 *		1979; Golub, Heath and Wahba 1979).
 */
#ifndef LINLEARN_CORE_SOLVE_GCV_H
#define LINLEARN_CORE_SOLVE_GCV_H

#include "core/model/wd_path.h"
#include "core/solve/pass.h"
#include "core/solve/ridge_folds.h"

/*
 * Chooses from the sums of pass_gram over so many rows, and from their folds if
 * these are not NULL, and writes the path down: losses are half mean squares, as
 * of squared_loss, in the label's units, with folds the geometric mean of GCV's
 * and of that of the rows held out.
 * wd 0 is chosen where the best gains much less than noise, and of few features.  What the choice loses
 * on the folds' rows goes to held unless it is NULL, or there are none.
 */
extern Status gcv_choose(const Pass *pass, const double *sums, size_t rows,
						 const RidgeFolds *folds, WdPath *path,
						 FoldLosses *held, Failure *failure);

#endif
