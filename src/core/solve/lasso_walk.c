/*
 * lasso_walk.c
 *		What the walks down a path of l1 share.
 */
#include "core/solve/lasso_walk.h"

#include <math.h>

#include "core/base/portable_math.h"

/* The path's end, of its begin; with fewer rows than features the second. */
#define LAST_PENALTY 1e-4
#define LAST_PENALTY_WIDE 1e-2

bool
lasso_is_walked(const LassoWalk *walk, size_t index)
{
	return index == LASSO_WHOLE || index < walk->folds->count;
}

bool
lasso_is_late(const LassoWalk *walk)
{
	return walk->control->late != NULL &&
		   walk->control->late(walk->control->context);
}

void
lasso_lay_out(L1Path *path, double largest, size_t rows, size_t features)
{
	double last = rows < features ? LAST_PENALTY_WIDE : LAST_PENALTY;
	double first = largest / path->ratio;

	for (uint32_t i = 0; i < path->count; i++)
		path->points[i] = (L1Point){
			.lambda = first * portable_exp(portable_log(last) * (double) i /
										   (path->count - 1.0))};
}

void
lasso_set_penalties(const LassoWalk *walk, size_t index, uint32_t point,
					double *l1, double *wd)
{
	double lambda = walk->path->points[point].lambda *
					(index == LASSO_WHOLE ? walk->whole : 1.0);

	*l1 = lambda * walk->path->ratio;
	*wd = lambda * (1.0 - walk->path->ratio);
}

uint32_t
lasso_count_weights(const double *weights, size_t count)
{
	uint32_t found = 0;

	for (size_t j = 0; j < count; j++)
		found += weights[j] != 0.0;
	return found;
}

FoldLosses
lasso_losses_at(const LassoWalk *walk, uint32_t point)
{
	FoldLosses losses = {.count = walk->folds->count};

	for (uint32_t fold = 0; fold < losses.count; fold++)
		losses.of[fold] = walk->loss[fold][point];
	fold_losses_sum(&losses);
	return losses;
}
