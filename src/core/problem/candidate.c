/*
 * candidate.c
 *		One model in training: its history, and which of many is the best.
 */
#include "core/problem/candidate.h"

#include <string.h>

/* Epochs that a history has room for at first. */
#define FIRST_EPOCHS 32

bool
candidate_reserve_epoch(const Runtime *runtime, Candidate *candidate)
{
	uint32_t room = candidate->history_room * 2;
	ModelEpoch *history;

	if (candidate->epochs < candidate->history_room)
		return true;
	if (room == 0)
		room = FIRST_EPOCHS;
	history = runtime_allocate_zero(runtime, room, sizeof(ModelEpoch));
	if (history == NULL)
		return false;
	if (candidate->epochs > 0)
		memcpy(history, candidate->history,
			   candidate->epochs * sizeof(ModelEpoch));
	runtime_release(runtime, candidate->history);
	candidate->history = history;
	candidate->history_room = room;
	return true;
}

size_t
candidate_best(const Candidate *candidates, size_t count)
{
	size_t best = 0;

	for (size_t i = 1; i < count; i++)
	{
		const Candidate *a = &candidates[i], *b = &candidates[best];

		if (a->best_epoch == 0)
			continue;
		if (b->best_epoch == 0 || a->cost < b->cost ||
			(a->cost == b->cost && a->validation_loss < b->validation_loss))
			best = i;
	}
	return best;
}
