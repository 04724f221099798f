/*
 * test_fold_keys.c
 *		Folds by groups and by time, against scikit-learn 1.2.1.
 */
#include "core/train/fold_keys.h"

#include <string.h>

#include "core/base/hash.h"
#include "core/rows/rows_order.h"
#include "core/train/fold_rows.h"
#include "unit.h"

#define ROWS 60
#define GROUPS 9

typedef struct Keys
{
	MallocArena arena;
	Failure failure;
	Rows rows;
	Problem problem;
	int16_t fold[ROWS];
	uint32_t folds;
} Keys;

static int
group_of(int i)
{
	return (i * i + i / 7) % GROUPS;
}

/* A label of so many classes, as the expected values were made with. */
static int
class_of(int i, int classes)
{
	int mixed = (i * 5 + group_of(i) * 3) % 7;

	return classes == 2 ? mixed < 2 : mixed % 3;
}

/* Rows that come forward or backward, their keys by a function. */
static void
open_keys(Keys *k, FoldKey kind, int classes, int rows, int (*key)(int),
		  bool backward)
{
	Runtime runtime;

	memset(k, 0, sizeof(*k));
	runtime = malloc_runtime(&k->arena);
	rows_init(&k->rows, &runtime, ROWS_F64, 1);
	for (int n = 0; n < rows; n++)
	{
		int i = backward ? rows - 1 - n : n, at = key(i);
		double x = i, label = classes > 0 ? class_of(i, classes) : 0.0;

		assert_int_equal(rows_append(&k->rows, &(RowView){.dense = &x}, label,
									 hash64_bytes(&label, sizeof(label), 1),
									 1.0f, &k->failure),
						 LL_OK);
		assert_int_equal(
			rows_give_fold_key(&k->rows, at, (uint64_t) at, &k->failure),
			LL_OK);
	}
	assert_int_equal(rows_seal(&k->rows, &k->failure), LL_OK);
	k->problem = (Problem){.runtime = runtime,
						   .fold_key = kind,
						   .classes = (uint32_t) classes,
						   .predictor = classes == 0   ? PREDICTOR_REGRESSOR
										: classes == 2 ? PREDICTOR_BINARY
													   : PREDICTOR_MULTICLASS,
						   .rows[CHANNEL_TRAIN] = &k->rows};
}

static void
close_keys(Keys *k)
{
	malloc_arena_free(&k->arena);
}

/* Deals all rows; fold[] is then by what row i is. */
static Status
deal(Keys *k, uint32_t wanted, bool fewer)
{
	int16_t placed[ROWS];
	Status status =
		fold_keys_deal(&k->problem, k->rows.order, k->rows.count, wanted,
					   fewer, placed, &k->folds, &k->failure);

	for (size_t p = 0; status == LL_OK && p < k->rows.count; p++)
	{
		const double *x = rows_view(&k->rows, rows_at(&k->rows, p)).dense;

		k->fold[(int) *x] = placed[p];
	}
	return status;
}

/* Each group lies where scikit-learn's StratifiedGroupKFold puts it. */
static void
groups_are_stratified(void **state)
{
	static const int three[GROUPS] = {0, 1, 1, 2, 2, 2, 1, 0, 0};
	static const int two[GROUPS] = {2, 3, 3, 0, 0, 1, 0, 1, 2};

	(void) state;
	for (int c = 0; c < 4; c++)
	{
		Keys k;
		int classes = c < 2 ? 3 : 2;

		open_keys(&k, FOLD_KEY_GROUP, classes, ROWS, group_of, c % 2 == 1);
		assert_int_equal(deal(&k, classes == 3 ? 3 : 4, false), LL_OK);
		assert_true(k.problem.fold_key_used);
		for (int i = 0; i < ROWS; i++)
			assert_int_equal(k.fold[i], classes == 3 ? three[group_of(i)]
													 : two[group_of(i)]);
		close_keys(&k);
	}
}

/* Without classes folds are as even as GroupKFold makes them. */
static void
groups_are_even(void **state)
{
	Keys k;
	int count[3] = {0}, of[GROUPS];

	(void) state;
	open_keys(&k, FOLD_KEY_GROUP, 0, ROWS, group_of, false);
	assert_int_equal(deal(&k, 3, false), LL_OK);
	memset(of, -1, sizeof(of));
	for (int i = 0; i < ROWS; i++)
	{
		int *own = &of[group_of(i)];

		assert_true(*own == -1 || *own == k.fold[i]);
		*own = k.fold[i];
		count[k.fold[i]]++;
	}
	for (int fold = 0; fold < 3; fold++)
		assert_int_equal(count[fold], 20);
	assert_int_equal(deal(&k, 20, true), LL_OK);
	assert_int_equal(k.folds, GROUPS);
	close_keys(&k);
}

static int
itself(int i)
{
	return i;
}

static int
backwards(int i)
{
	return -3 * i;
}

static int
by_sevens(int i)
{
	return i / 7;
}

static int
two_times(int i)
{
	return i < 50;
}

static int
three_times(int i)
{
	return (i > 1) + (i > 2);
}

static int
one(int i)
{
	(void) i;
	return 4;
}

/* The least and the most row of a fold. */
static void
range_of(const Keys *k, int fold, int *least, int *most)
{
	*least = ROWS;
	*most = -1;
	for (int i = 0; i < (int) k->rows.count; i++)
		if (k->fold[i] == fold)
		{
			*least = i < *least ? i : *least;
			*most = i;
		}
}

/* Times that all differ are cut where TimeSeriesSplit cuts them. */
static void
times_are_cut(void **state)
{
	static const struct
	{
		int rows;
		int first; /* rows of the first block, and of each other */
		int other;
	} cases[] = {{60, 10, 10}, {23, 8, 3}};

	(void) state;
	for (int c = 0; c < 4; c++)
	{
		Keys k;
		int end = cases[c / 2].first;

		open_keys(&k, FOLD_KEY_TIME, 0, cases[c / 2].rows,
				  c % 2 == 0 ? itself : backwards, c % 2 == 1);
		assert_int_equal(deal(&k, 5, false), LL_OK);
		for (int i = 0; i < cases[c / 2].rows; i++)
		{
			int at = c % 2 == 0 ? i : cases[c / 2].rows - 1 - i;

			assert_int_equal(k.fold[i],
							 at < end ? -1 : (at - end) / cases[c / 2].other);
		}
		close_keys(&k);
	}
}

/* Equal times stay together: cuts go to the nearest change of time. */
static void
equal_times_stay(void **state)
{
	Keys k;
	int least, most;

	(void) state;
	open_keys(&k, FOLD_KEY_TIME, 0, ROWS, by_sevens, true);
	assert_int_equal(deal(&k, 3, false), LL_OK); /* wanted: 15, 30, 45 */
	range_of(&k, -1, &least, &most);
	assert_int_equal(most, 13);
	range_of(&k, 0, &least, &most);
	assert_int_equal(most, 27);
	range_of(&k, 1, &least, &most);
	assert_int_equal(most, 41);
	assert_int_equal(deal(&k, 8, false), LL_OK); /* each time a block */
	for (int i = 0; i < ROWS; i++)
		assert_int_equal(k.fold[i], i / 7 - 1);
	close_keys(&k);
	open_keys(&k, FOLD_KEY_TIME, 0, ROWS, three_times, false);
	assert_int_equal(deal(&k, 5, true), LL_OK);
	assert_int_equal(k.folds, 2);
	for (int i = 0; i < ROWS; i++)
		assert_int_equal(k.fold[i], three_times(i) - 1);
	close_keys(&k);
}

/* The rows of fold k's walk, as the paths take them. */
static void
time_goes_forward(void **state)
{
	Keys k;
	FoldRows folds = {.count = PATH_FOLDS};
	bool whole;

	(void) state;
	open_keys(&k, FOLD_KEY_TIME, 0, ROWS, itself, true);
	assert_int_equal(
		fold_rows_deal(&k.problem, 1, NULL, ROWS, &folds, &whole, &k.failure),
		LL_OK);
	assert_true(whole);
	assert_int_equal(folds.count, 5);
	for (uint32_t f = 0; f < 5; f++)
	{
		assert_int_equal(folds.learned_count[f], 10 * (f + 1));
		assert_int_equal(folds.held_count[f], 10);
		for (size_t i = 0; i < folds.learned_count[f]; i++)
			assert_true(rows_fold_key(&k.rows, folds.learned[f][i]) <
						10 * (f + 1));
		for (size_t i = 0; i < 10; i++)
			assert_in_range((int) rows_fold_key(&k.rows, folds.held[f][i]),
							10 * (f + 1), 10 * (f + 1) + 9);
	}
	fold_rows_release(&k.problem, &folds);
	close_keys(&k);
}

/* What cannot be dealt says so. */
static void
few_keys_are_refused(void **state)
{
	static const struct
	{
		FoldKey kind;
		int classes;
		int (*key)(int);
		uint32_t wanted;
		bool fewer;
		const char *message;
	} cases[] = {
		{FOLD_KEY_GROUP, 0, one, 5, true,
		 "all training rows have the same value of option \"fold_group\""},
		{FOLD_KEY_TIME, 0, one, 5, true,
		 "all training rows have the same value of option \"fold_time\""},
		{FOLD_KEY_TIME, 0, two_times, 5, true,
		 "2 folds by option \"fold_time\" need 3 different times, not 2"},
		{FOLD_KEY_GROUP, 0, group_of, 10, false,
		 "10 folds by option \"fold_group\" need 10 different groups, not 9"},
		{FOLD_KEY_TIME, 0, by_sevens, 9, false,
		 "9 folds by option \"fold_time\" need 10 different times, not 9"},
		{FOLD_KEY_TIME, 2, three_times, 2, false,
		 "fold 1 of 2 by option \"fold_time\" has no negative row to learn "
		 "from"},
		{FOLD_KEY_GROUP, 3, three_times, 3, false,
		 "fold 1 of 3 by option \"fold_group\" is judged on a class that it "
		 "has no row of to learn from"},
	};

	(void) state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		Keys k;

		open_keys(&k, cases[c].kind, cases[c].classes, ROWS, cases[c].key,
				  false);
		assert_int_equal(deal(&k, cases[c].wanted, cases[c].fewer),
						 LL_INVALID);
		assert_string_equal(k.failure.message, cases[c].message);
		close_keys(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_are_stratified),
		cmocka_unit_test(groups_are_even),
		cmocka_unit_test(times_are_cut),
		cmocka_unit_test(equal_times_stay),
		cmocka_unit_test(time_goes_forward),
		cmocka_unit_test(few_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
