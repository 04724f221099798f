/*
 * learned_scales.c
 *		Rows of words are shorter while they are learned from.
 */
#include "core/problem/learned_scales.h"

#include "core/problem/defaults.h"

/* What a feature's scale is multiplied by. */
static double
factor(const Rows *rows, uint32_t feature, double length)
{
	return rows->scaling[feature] == SCALE_PLAIN ? length : 1.0;
}

Status
learned_scales(const Problem *problem, const Hyperparameters *settings,
			   const double **scale, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double length = defaults_word_length(problem, settings);
	double *learned;

	if (length == 1.0)
		return LL_OK;
	learned = runtime_allocate(&problem->runtime,
							   problem->dimension * sizeof(double));
	if (learned == NULL)
		return fail_no_memory(failure);
	for (uint32_t j = 0; j < problem->dimension; j++)
		learned[j] = (*scale)[j] * factor(rows, j, length);
	*scale = learned;
	return LL_OK;
}

Status
learned_scales_f32(const Problem *problem, const Hyperparameters *settings,
				   const float **scale, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	double length = defaults_word_length(problem, settings);
	float *learned;

	if (length == 1.0)
		return LL_OK;
	learned = runtime_allocate(&problem->runtime,
							   problem->dimension * sizeof(float));
	if (learned == NULL)
		return fail_no_memory(failure);
	for (uint32_t j = 0; j < problem->dimension; j++)
		learned[j] = (*scale)[j] * (float) factor(rows, j, length);
	*scale = learned;
	return LL_OK;
}
