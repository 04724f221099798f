/*
 * shared_grams.c
 *		Sums of rows that the exact solves of several candidates share.
 */
#include "core/train/shared_grams.h"

/* Sums that are kept for solves which share them, at most. */
#define GRAMS_BYTES ((size_t) 64 << 20)

Status
shared_grams_open(const Problem *problem, size_t candidates,
				  SharedGrams *grams, Failure *failure)
{
	size_t size = (size_t) problem->dimension + 2;
	size_t most = GRAMS_BYTES / (size * size * sizeof(double));

	grams->count = candidates < most ? candidates : most;
	if (grams->count == 0)
		grams->count = 1;
	grams->next = 0;
	grams->shared = runtime_allocate_zero(&problem->runtime, grams->count,
										  sizeof(SharedGram));
	return grams->shared == NULL ? fail_no_memory(failure) : LL_OK;
}

void
shared_grams_close(const Problem *problem, SharedGrams *grams)
{
	for (size_t i = 0; i < grams->count; i++)
		runtime_release(&problem->runtime, grams->shared[i].sums.gram);
	runtime_release(&problem->runtime, grams->shared);
}

Status
shared_grams_find(const Problem *problem, const Candidate *candidate,
				  SharedGrams *grams, SolverGram **sums, Failure *failure)
{
	size_t size = (size_t) problem->dimension + 2;
	SharedGram *shared = grams->shared;

	for (size_t i = 0; i < grams->count; i++, shared++)
		if (shared->candidate != NULL &&
			candidates_share(shared->candidate, candidate, SHARE_GRAM))
		{
			*sums = &shared->sums;
			return LL_OK;
		}
	shared = &grams->shared[grams->next];
	grams->next = (grams->next + 1) % grams->count;
	if (shared->sums.gram == NULL)
		shared->sums.gram =
			runtime_allocate(&problem->runtime, size * size * sizeof(double));
	if (shared->sums.gram == NULL)
		return fail_no_memory(failure);
	*shared = (SharedGram){{shared->sums.gram, false}, candidate};
	*sums = &shared->sums;
	return LL_OK;
}
