/*
 * candidate.c
 *		One model in training: its history, what it may share with others, and
 *		which of many is the best.
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

/* Whether two values of a row are the same; "auto" is one. */
static bool
same_value(const Candidate *a, const Candidate *b, Hyperparameter row)
{
	return a->settings.value[row] == b->settings.value[row] ||
		   (hp_is_auto(&a->settings, row) && hp_is_auto(&b->settings, row));
}

bool
candidates_share(const Candidate *a, const Candidate *b, CandidatesShare what)
{
	unsigned users = USED_BY(hp_integer(&a->settings, HP_OPTIMIZER)) |
					 USED_BY(hp_integer(&b->settings, HP_OPTIMIZER));

	/* Columns of a group have each its own fold and beginning. */
	if (what != SHARE_WEIGHT_MATRIX && a->fold != b->fold)
		return false;
	if (what == SHARE_SOLUTION && a->initial != b->initial)
		return false;
	/* Rows of words are learned from at another length: defaults_word_length(). */
	if (what != SHARE_GRAM &&
		hp_gives_penalty(&a->settings) != hp_gives_penalty(&b->settings))
		return false;
	for (int row = 0; row < HP_COUNT; row++)
	{
		/* What an open solver became when one of them was solved. */
		bool open = what == SHARE_SOLUTION && row == HP_OPTIMIZER &&
					a->optimizer_open && b->optimizer_open;
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		bool matters = what == SHARE_WEIGHT_MATRIX ? d->shared_in_group
					   : what == SHARE_GRAM		   ? d->in_gram
											: (d->optimizers & users) != 0;

		if (matters && !open && !same_value(a, b, (Hyperparameter) row))
			return false;
	}
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
