/*
 * group_bound.c
 *		Weights that may not be negative, after an update.
 */
#include "core/descent/group.h"

void
group_bound(Group *group, size_t row, size_t rows)
{
	for (size_t j = row; group->bounded != NULL && j < row + rows; j++)
	{
		float *weights = group->weights + j * group->columns;

		for (size_t c = 0; c < group->columns && group_bounds(group, j); c++)
			weights[c] = weights[c] < 0.0f ? 0.0f : weights[c]; /* NaN stays */
	}
}
