/*
 * fold_rows.c
 *		The rows of an internal cross-validation.
 */
#include "core/train/fold_rows.h"

#include "core/base/random.h"
#include "core/rows/rows_order.h"
#include "core/train/fold_keys.h"

/* Stream of the seed that folds are dealt by. */
#define STREAM_FOLDS 5

/* The rows at even places of the canonical order, and the fold of each. */
typedef struct Deal
{
	uint32_t *row;
	int16_t *fold; /* negative: in none, learned from by all */
	size_t count;
} Deal;

/* Lists the rows that are dealt. */
static Status
list_rows(const Problem *problem, const uint32_t *selection, Deal *deal,
		  Failure *failure)
{
	deal->row =
		runtime_allocate(&problem->runtime, deal->count * sizeof(uint32_t));
	deal->fold =
		runtime_allocate(&problem->runtime, deal->count * sizeof(int16_t));
	if (deal->row == NULL || deal->fold == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < deal->count; i++)
		deal->row[i] = selection != NULL
						   ? selection[i]
						   : (uint32_t) rows_sampled(
								 problem->rows[CHANNEL_TRAIN], i, deal->count);
	return LL_OK;
}

/*
 * Deals rows out, class by class: each block of as many rows as there are folds
 * goes to all of them, turned by a random number.  A class of one row is not
 * held out, as nothing could be learned of it.
 */
static Status
deal_rows(Problem *problem, uint64_t seed, uint32_t folds, Deal *deal,
		  Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	size_t classes = problem->classes > 0 ? problem->classes : 1;
	uint64_t key = random_key(seed, STREAM_FOLDS);
	size_t *dealt =
		runtime_allocate_zero(&problem->runtime, 2 * classes, sizeof(size_t));
	size_t *own = dealt + classes;

	if (dealt == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < deal->count; i++)
		own[problem->classes > 0 ? (size_t) rows->labels[deal->row[i]] : 0]++;
	for (size_t i = 0; i < deal->count; i++)
	{
		size_t k =
			problem->classes > 0 ? (size_t) rows->labels[deal->row[i]] : 0;
		uint64_t turn = random_bits(random_key(key, k), dealt[k] / folds);

		if (runtime_stops(&problem->runtime, i))
			return fail_cancelled(failure);
		deal->fold[i] =
			own[k] < 2 ? -1 : (int16_t) ((dealt[k]++ + turn) % folds);
	}
	runtime_release(&problem->runtime, dealt);
	return LL_OK;
}

/* Lists each fold's rows; false in *whole: one would have none. */
static Status
list_folds(const Problem *problem, const Deal *deal, FoldRows *folds,
		   bool *whole, Failure *failure)
{
	*whole = true;
	for (size_t k = 0; k < folds->count; k++)
	{
		folds->learned[k] = runtime_allocate(&problem->runtime,
											 deal->count * sizeof(uint32_t));
		folds->held[k] = runtime_allocate(&problem->runtime,
										  deal->count * sizeof(uint32_t));
		if (folds->learned[k] == NULL || folds->held[k] == NULL)
			return fail_no_memory(failure);
		for (size_t i = 0; i < deal->count; i++)
			if (deal->fold[i] == (int16_t) k)
				folds->held[k][folds->held_count[k]++] = deal->row[i];
			else if (folds->key != FOLD_KEY_TIME ||
					 deal->fold[i] < (int16_t) k)
				folds->learned[k][folds->learned_count[k]++] = deal->row[i];
		*whole &= folds->held_count[k] > 0 && folds->learned_count[k] > 0;
		if (runtime_interrupted(&problem->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

Status
fold_rows_deal(Problem *problem, uint64_t seed, const uint32_t *selection,
			   size_t count, FoldRows *folds, bool *whole, Failure *failure)
{
	Deal deal = {.count = count};
	Status status = list_rows(problem, selection, &deal, failure);

	folds->key = problem->fold_key;
	if (status == LL_OK && folds->key == FOLD_KEY_NONE)
		status = deal_rows(problem, seed, folds->count, &deal, failure);
	else if (status == LL_OK)
		status = fold_keys_deal(problem, deal.row, count, folds->count, true,
								deal.fold, &folds->count, failure);
	if (status == LL_OK)
		status = list_folds(problem, &deal, folds, whole, failure);
	runtime_release(&problem->runtime, deal.fold);
	folds->row = deal.row;
	folds->row_count = count;
	return status;
}

/* Gives the rows of a list, which stand in all's order there, their places in it. */
static void
renumber(const FoldRows *folds, uint32_t *list, size_t count)
{
	uint32_t place = 0;

	for (size_t i = 0; i < count; i++, place++)
	{
		while (folds->row[place] != list[i])
			place++;
		list[i] = place;
	}
}

void
fold_rows_renumber(FoldRows *folds)
{
	for (size_t k = 0; k < folds->count; k++)
	{
		renumber(folds, folds->learned[k], folds->learned_count[k]);
		renumber(folds, folds->held[k], folds->held_count[k]);
	}
	for (size_t i = 0; i < folds->row_count; i++)
		folds->row[i] = (uint32_t) i;
}

double
fold_rows_mean_learned(const FoldRows *folds)
{
	size_t sum = 0;

	for (uint32_t fold = 0; fold < folds->count; fold++)
		sum += folds->learned_count[fold];
	return (double) sum / folds->count;
}

void
fold_rows_release(const Problem *problem, FoldRows *folds)
{
	runtime_release(&problem->runtime, folds->row);
	for (size_t k = 0; k < folds->count; k++)
	{
		runtime_release(&problem->runtime, folds->learned[k]);
		runtime_release(&problem->runtime, folds->held[k]);
		normalizer_release(&folds->normalizer[k], &problem->runtime);
	}
}
