/*
 * early_end.c
 *		The early end of a solve over rows elsewhere.
 */
#include "core/train/early_end.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/math/transpose.h"
#include "core/problem/shard_problem.h"

Status
early_end_init(EarlyEnd *early, const Problem *problem,
			   const Candidate *candidate, Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];

	*early = (EarlyEnd){.mark = INFINITY, .best = INFINITY};
	if (!problem_is_far(problem) || validation == NULL ||
		validation->count == 0 ||
		!(s->given[HP_EARLY_STOPPING_PATIENCE] ||
		  s->given[HP_EARLY_STOPPING_TOLERANCE]))
		return LL_OK;
	early->patience = (uint32_t) hp_integer(s, HP_EARLY_STOPPING_PATIENCE);
	early->tolerance = s->value[HP_EARLY_STOPPING_TOLERANCE];
	early->cells = ((size_t) problem->dimension + 1) * problem->outputs;
	early->weights =
		runtime_allocate(&problem->runtime, early->cells * sizeof(double));
	return early->weights == NULL ? fail_no_memory(failure) : LL_OK;
}

bool
early_end_note(EarlyEnd *early, uint32_t epochs, double loss,
			   const double *weights)
{
	if (early->patience == 0)
		return false;
	if (loss < early->best)
	{
		early->best = loss;
		early->epochs = epochs;
		memcpy(early->weights, weights, early->cells * sizeof(double));
	}
	early->waited++;
	if (loss < early->mark * (1.0 - early->tolerance) || isinf(early->mark))
	{
		early->mark = loss;
		early->waited = 0;
	}
	early->ended = early->waited >= early->patience && early->epochs > 0;
	return early->ended;
}

void
early_end_take(const EarlyEnd *early, const Problem *problem,
			   Candidate *candidate, SolverResult *result)
{
	if (!early->ended)
		return;
	transpose(early->weights, (size_t) problem->dimension + 1,
			  problem->outputs, result->weights);
	result->standard_errors = result->root = result->meat = NULL;
	snprintf(result->reason, sizeof(result->reason),
			 "the training ended early, by validation rows");
	candidate->epochs = early->epochs;
}
