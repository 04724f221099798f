/*
 * fold_keys.c
 *		Folds that keep the rows of a group together, or go forward in time.
 */
#include "core/train/fold_keys.h"

#include <math.h>
#include <string.h>

#include "core/math/sort.h"

/* Evaluations so near each other are one, as to numpy's isclose(). */
#define CLOSE_RELATIVE 1e-5
#define CLOSE_ABSOLUTE 1e-8

/* Rows sorted by key, and how far they are dealt. */
typedef struct Keyed
{
	Problem *problem;
	const uint32_t *row;
	size_t count;
	uint32_t folds;
	int16_t *fold; /* [count] */
	size_t classes;
	uint32_t *sorted; /* [count] places in row, by key */
	size_t *start;	  /* [keys + 1] of each key's rows in sorted */
	size_t keys;

	/* Of groups: [classes] unless said otherwise. */
	double *dealt;	/* [folds][classes] rows so far ... */
	double *sum;	/* ... of all folds, and their squares' */
	double *square; /* */
	double *total;	/* rows in the end */
	double *spread; /* deviation of the folds' shares */
	double all_spread;
	double *fold_rows; /* [folds] */
	size_t *own;	   /* rows of the group at work ... */
	size_t *touched;   /* ... and the classes that it has */
	size_t touched_count;
} Keyed;

const char *const fold_key_names[FOLD_KEYS] = {NULL, "group", "time"};

const char *
fold_keys_option(const Problem *problem)
{
	return problem->fold_key == FOLD_KEY_TIME ? "fold_time" : "fold_group";
}

static size_t
class_of(const Keyed *k, size_t place)
{
	const Rows *rows = k->problem->rows[CHANNEL_TRAIN];

	return k->problem->classes > 0 ? (size_t) rows->labels[k->row[place]] : 0;
}

/* Sorts the rows by their keys, and finds where each key begins. */
static Status
sort_rows(Keyed *k, Failure *failure)
{
	const Runtime *runtime = &k->problem->runtime;
	const Rows *rows = k->problem->rows[CHANNEL_TRAIN];
	SortPair *pairs =
		runtime_allocate(runtime, (k->count + 1) * sizeof(SortPair));
	SortPair *scratch =
		runtime_allocate(runtime, (k->count + 1) * sizeof(SortPair));

	k->sorted = runtime_allocate(runtime, (k->count + 1) * sizeof(uint32_t));
	k->start = runtime_allocate(runtime, (k->count + 1) * sizeof(size_t));
	if (pairs == NULL || scratch == NULL || k->sorted == NULL ||
		k->start == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < k->count; i++)
	{
		pairs[i].key = sortable_double(rows_fold_key(rows, k->row[i]));
		pairs[i].with.word = i;
	}
	if (!sort_pairs(pairs, scratch, k->count, runtime))
		return fail_cancelled(failure);
	k->keys = 0;
	for (size_t i = 0; i < k->count; i++)
	{
		if (i == 0 || pairs[i].key != pairs[i - 1].key)
			k->start[k->keys++] = i;
		k->sorted[i] = (uint32_t) pairs[i].with.word;
	}
	k->start[k->keys] = k->count;
	runtime_release(runtime, pairs);
	runtime_release(runtime, scratch);
	return runtime_interrupted(runtime) ? fail_cancelled(failure) : LL_OK;
}

/* Settles how many folds there are; LL_INVALID: too few keys. */
static Status
settle_folds(Keyed *k, uint32_t wanted, bool fewer, Failure *failure)
{
	const char *option = fold_keys_option(k->problem);
	bool time = k->problem->fold_key == FOLD_KEY_TIME;
	size_t most = time && k->keys > 0 ? k->keys - 1 : k->keys;

	if (fewer && most < wanted)
		wanted = most < 2 ? 2 : (uint32_t) most;
	k->folds = wanted;
	if (most >= wanted)
		return LL_OK;
	if (k->keys < 2)
		fail(failure, LL_INVALID,
			 "all training rows have the same value of option \"%s\"", option);
	else
		fail(failure, LL_INVALID,
			 "%u folds by option \"%s\" need %u different %s, not %zu", wanted,
			 option, wanted + time, time ? "times" : "groups", k->keys);
	if (time)
		fail_detail(failure, "A fold is judged on rows that are later than "
							 "those it learns from.");
	else
		fail_detail(failure, "The rows of a group are in one fold.");
	if (!fewer && most >= 2)
		fail_hint(failure, "Ask for at most %zu folds.", most);
	return LL_INVALID;
}

/* ---- Time ---- */

/*
 * Cuts the rows, sorted by time, where TimeSeriesSplit does, or else between the
 * nearest two different times, the earlier of two that are as near.
 */
static void
cut_times(Keyed *k)
{
	size_t block = k->count / (k->folds + 1), before = 0;

	for (size_t i = 0; i < k->count; i++)
		k->fold[i] = -1;
	for (uint32_t fold = 0; fold < k->folds; fold++)
	{
		size_t wanted = k->count - (k->folds - fold) * block;
		size_t last = k->keys - (k->folds - fold); /* later cuts need some */
		size_t at = before + 1;

		while (at < last && k->start[at] < wanted)
			at++;
		if (at > before + 1 && k->start[at] > wanted &&
			wanted - k->start[at - 1] <= k->start[at] - wanted)
			at--;
		for (size_t i = k->start[at]; i < k->count; i++)
			k->fold[k->sorted[i]] = (int16_t) fold;
		before = at;
	}
}

/* ---- Groups ---- */

/* Counts the rows of a group by class. */
static void
look_at_group(Keyed *k, size_t group)
{
	for (size_t i = 0; i < k->touched_count; i++)
		k->own[k->touched[i]] = 0;
	k->touched_count = 0;
	for (size_t i = k->start[group]; i < k->start[group + 1]; i++)
	{
		size_t class = class_of(k, k->sorted[i]);

		if (k->own[class]++ == 0)
			k->touched[k->touched_count++] = class;
	}
}

/* What puts a group before others: uneven classes, or its size. */
static double
rank_of_group(Keyed *k, size_t group)
{
	double rows = (double) (k->start[group + 1] - k->start[group]);
	double mean = rows / (double) k->classes, square = 0.0;

	if (k->problem->classes == 0)
		return rows;
	look_at_group(k, group);
	for (size_t i = 0; i < k->touched_count; i++)
	{
		double own = (double) k->own[k->touched[i]];

		square += own * own;
	}
	return sqrt(fmax(square / (double) k->classes - mean * mean, 0.0));
}

/* Deviation of the folds' shares of a class, from sums and squares of rows. */
static double
spread_of(const Keyed *k, size_t class, double sum, double square)
{
	double folds = k->folds;

	return sqrt(fmax(folds * square - sum * sum, 0.0)) /
		   (folds * k->total[class]);
}

/* How unevenly classes are spread when the group at work goes to a fold. */
static double
unevenness(const Keyed *k, uint32_t fold)
{
	double spread = k->all_spread;

	for (size_t i = 0; i < k->touched_count; i++)
	{
		size_t class = k->touched[i];
		double own = (double) k->own[class];
		double there = k->dealt[fold * k->classes + class];

		spread += spread_of(k, class, k->sum[class] + own,
							k->square[class] + own * (own + 2.0 * there)) -
				  k->spread[class];
	}
	return spread / (double) k->classes;
}

static bool
is_close(double a, double b)
{
	return fabs(a - b) <= CLOSE_ABSOLUTE + CLOSE_RELATIVE * fabs(b);
}

/* The fold for the group at work; of those as good the one of fewest rows. */
static uint32_t
choose_fold(const Keyed *k)
{
	uint32_t best = 0;
	double least = INFINITY;

	for (uint32_t fold = 0; fold < k->folds; fold++)
	{
		double value = unevenness(k, fold);

		if (value < least || (is_close(value, least) &&
							  k->fold_rows[fold] < k->fold_rows[best]))
		{
			least = value;
			best = fold;
		}
	}
	return best;
}

/* Gives the group at work to a fold. */
static void
give_group(Keyed *k, size_t group, uint32_t fold)
{
	for (size_t i = 0; i < k->touched_count; i++)
	{
		size_t class = k->touched[i];
		double own = (double) k->own[class];
		double *there = &k->dealt[fold * k->classes + class];

		k->sum[class] += own;
		k->square[class] += own * (own + 2.0 * *there);
		*there += own;
		k->all_spread -= k->spread[class];
		k->spread[class] =
			spread_of(k, class, k->sum[class], k->square[class]);
		k->all_spread += k->spread[class];
	}
	for (size_t i = k->start[group]; i < k->start[group + 1]; i++)
		k->fold[k->sorted[i]] = (int16_t) fold;
	k->fold_rows[fold] += (double) (k->start[group + 1] - k->start[group]);
}

/* Makes room for what is counted of groups. */
static Status
prepare_groups(Keyed *k, Failure *failure)
{
	const Runtime *runtime = &k->problem->runtime;
	size_t n = k->classes;
	double *numbers = runtime_allocate_zero(
		runtime, (k->folds + 4) * n + k->folds, sizeof(double));

	k->own = runtime_allocate_zero(runtime, 2 * n, sizeof(size_t));
	if (numbers == NULL || k->own == NULL)
		return fail_no_memory(failure);
	k->touched = k->own + n;
	k->dealt = numbers;
	k->sum = numbers + k->folds * n;
	k->square = k->sum + n;
	k->total = k->square + n;
	k->spread = k->total + n;
	k->fold_rows = k->spread + n;
	for (size_t i = 0; i < k->count; i++)
		k->total[class_of(k, i)]++;
	return LL_OK;
}

/* Deals the groups, those that are hardest to place first. */
static Status
deal_groups(Keyed *k, Failure *failure)
{
	const Runtime *runtime = &k->problem->runtime;
	SortPair *pairs = runtime_allocate(runtime, k->keys * sizeof(SortPair));
	SortPair *scratch = runtime_allocate(runtime, k->keys * sizeof(SortPair));
	Status status = prepare_groups(k, failure);

	if (pairs == NULL || scratch == NULL)
		return fail_no_memory(failure);
	for (size_t g = 0; status == LL_OK && g < k->keys; g++)
	{
		pairs[g].key = ~sortable_double(rank_of_group(k, g));
		pairs[g].with.word = g;
		if (runtime_stops(runtime, g))
			return fail_cancelled(failure);
	}
	if (status == LL_OK && !sort_pairs(pairs, scratch, k->keys, runtime))
		return fail_cancelled(failure);
	for (size_t i = 0; status == LL_OK && i < k->keys; i++)
	{
		size_t group = (size_t) pairs[i].with.word;

		if (runtime_stops_wide(runtime, i, k->folds))
			return fail_cancelled(failure);
		look_at_group(k, group);
		give_group(k, group, choose_fold(k));
	}
	runtime_release(runtime, pairs);
	runtime_release(runtime, scratch);
	runtime_release(runtime, k->dealt);
	runtime_release(runtime, k->own);
	return status;
}

/* ---- Classes ---- */

/* Refuses a fold that learns nothing of a class. */
static Status
refuse_fold(const Keyed *k, uint32_t fold, size_t class, Failure *failure)
{
	bool time = k->problem->fold_key == FOLD_KEY_TIME;

	if (k->problem->predictor == PREDICTOR_BINARY)
		fail(failure, LL_INVALID,
			 "fold %u of %u by option \"%s\" has no %s row to learn from",
			 fold + 1, k->folds, fold_keys_option(k->problem),
			 class == 1 ? "positive" : "negative");
	else
		fail(failure, LL_INVALID,
			 "fold %u of %u by option \"%s\" is judged on a class that it "
			 "has no row of to learn from",
			 fold + 1, k->folds, fold_keys_option(k->problem));
	fail_detail(failure,
				time ? "A fold learns from the rows that are earlier than "
					   "those it is judged on."
					 : "A class of which all rows are in one group, or in the "
					   "groups of one fold, cannot be told by the others.");
	fail_hint(failure, "Leave the option out, or give %s.",
			  time ? "earlier rows of each class"
				   : "rows of each class in several groups");
	return LL_INVALID;
}

/* Each fold must learn of the classes that it is judged on, of two of both. */
static Status
check_classes(const Keyed *k, Failure *failure)
{
	const Runtime *runtime = &k->problem->runtime;
	bool time = k->problem->fold_key == FOLD_KEY_TIME;
	bool binary = k->problem->predictor == PREDICTOR_BINARY;
	size_t n = k->classes;
	size_t *count;

	if (k->problem->classes == 0)
		return LL_OK;
	count = runtime_allocate_zero(runtime, (k->folds + 2) * n, sizeof(size_t));
	if (count == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < k->count; i++)
	{
		count[(size_t) (k->fold[i] + 1) * n + class_of(k, i)]++;
		count[(k->folds + 1) * n + class_of(k, i)]++;
	}
	for (uint32_t fold = 0; fold < k->folds; fold++)
		for (size_t c = 0; c < n; c++)
		{
			size_t held = count[(fold + 1) * n + c];
			size_t learned = count[(k->folds + 1) * n + c] - held;

			for (uint32_t later = fold + 1; time && later < k->folds; later++)
				learned -= count[(later + 1) * n + c];
			if (learned == 0 && (binary || held > 0))
				return refuse_fold(k, fold, c, failure);
		}
	runtime_release(runtime, count);
	return LL_OK;
}

Status
fold_keys_deal(Problem *problem, const uint32_t *row, size_t count,
			   uint32_t wanted, bool fewer, int16_t *fold, uint32_t *folds,
			   Failure *failure)
{
	Keyed k = {.problem = problem,
			   .row = row,
			   .count = count,
			   .fold = fold,
			   .classes = problem->classes > 0 ? problem->classes : 1};
	Status status = sort_rows(&k, failure);

	if (status == LL_OK)
		status = settle_folds(&k, wanted, fewer, failure);
	if (status == LL_OK && problem->fold_key == FOLD_KEY_TIME)
		cut_times(&k);
	else if (status == LL_OK)
		status = deal_groups(&k, failure);
	if (status == LL_OK)
		status = check_classes(&k, failure);
	if (status != LL_OK)
		return status;
	*folds = k.folds;
	problem->fold_key_used = true;
	runtime_release(&problem->runtime, k.sorted);
	runtime_release(&problem->runtime, k.start);
	return LL_OK;
}
