/*
 * test_split.c
 *		The part that a row belongs to, by a hash of its key.
 */
#include "core/rows/split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define KEYS 100000

static const SplitShares usual = {0.6, 0.2};

static SplitPart
part_of(long key, uint64_t seed, const SplitShares *shares)
{
	char digits[32];
	int size = snprintf(digits, sizeof(digits), "%ld", key);

	return split_of_key(digits, (size_t) size, seed, shares);
}

/* Each share is met within four standard deviations, whatever the seed. */
static void
shares_are_met(void **state)
{
	for (uint64_t seed = 0; seed < 8; seed++)
	{
		size_t count[3] = {0};

		for (long i = 0; i < KEYS; i++)
			count[part_of(i, seed, &usual)]++;
		assert_true(fabs(count[SPLIT_TRAIN] / (double) KEYS - 0.6) <
					4 * sqrt(0.24 / KEYS));
		assert_true(fabs(count[SPLIT_VALIDATION] / (double) KEYS - 0.2) <
					4 * sqrt(0.16 / KEYS));
	}
}

/* Neighbouring seeds, and neighbouring keys, agree no more often than by chance. */
static void
neighbours_are_independent(void **state)
{
	double chance = 0.36 + 0.04 + 0.04;
	double most = 4 * sqrt(chance * (1 - chance) / KEYS);

	for (uint64_t seed = 0; seed < 8; seed++)
	{
		size_t seeds = 0, keys = 0;

		for (long i = 0; i < KEYS; i++)
		{
			seeds += part_of(i, seed, &usual) == part_of(i, seed + 1, &usual);
			keys += part_of(i, seed, &usual) == part_of(i + 1, seed, &usual);
		}
		assert_true(fabs(seeds / (double) KEYS - chance) < most);
		assert_true(fabs(keys / (double) KEYS - chance) < most);
	}
}

/* What was answered once is answered for ever. */
static void
parts_are_these(void **state)
{
	char parts[41] = {0};

	for (int i = 0; i < 40; i++)
		parts[i] = "tvx"[part_of(i, 7, &usual)];
	assert_string_equal(parts, "vvttxtxtvtxvttxvtxvtxxtttttxttttttttxvtt");
}

/* Shares of 0 have no row; what rounding leaves of 1 has none. */
static void
whole_shares(void **state)
{
	static const struct
	{
		SplitShares shares;
		bool parts[3];
	} cases[] = {{{1, 0}, {true, false, false}},
				 {{0, 1}, {false, true, false}},
				 {{0, 0}, {false, false, true}},
				 {{0.7, 0.3}, {true, true, false}},
				 {{0.1 + 0.2, 0.7}, {true, true, false}},
				 {{0.69999999999, 0.3}, {true, true, false}},
				 {{0.5, 0}, {true, false, true}}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		bool seen[3] = {false};

		assert_null(split_check(&cases[c].shares));
		for (long i = 0; i < 10000; i++)
			seen[part_of(i, c, &cases[c].shares)] = true;
		assert_memory_equal(seen, cases[c].parts, sizeof(seen));
	}
}

static void
wrong_shares_are_refused(void **state)
{
	static const SplitShares wrong[] = {
		{-0.1, 0.2}, {1.1, 0},		  {NAN, 0},		 {0.5, -1e-6},
		{0.2, NAN},	 {0.2, INFINITY}, {0.7, 0.3001}, {-INFINITY, 0.5}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_non_null(split_check(&wrong[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_met),
		cmocka_unit_test(neighbours_are_independent),
		cmocka_unit_test(parts_are_these), cmocka_unit_test(whole_shares),
		cmocka_unit_test(wrong_shares_are_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
