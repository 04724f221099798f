/*
 * test_hash_columns.c
 *		Hashes of rows in columns are those of rows one after the other.
 */
#include "core/base/hash_columns.h"

#include "core/base/hash.h"
#include "core/base/random.h"
#include "unit.h"

#define ROWS 24
#define STRIDE 31
#define MOST 11

static void
test_hashes(void **state)
{
	static uint64_t words[MOST * STRIDE];

	(void) state;
	for (uint64_t i = 0; i < MOST * STRIDE; i++)
		words[i] = random_bits(5, i);
	for (size_t count = 0; count <= MOST; count++)
		for (size_t rows = 0; rows <= ROWS; rows += HASH_COLUMNS_ROWS)
		{
			uint64_t hashes[ROWS + 1], sum = 0;

			for (uint64_t i = 0; i <= rows; i++)
				hashes[i] = random_bits(6, i);
			hash64_columns(words, count, STRIDE, rows, hashes);
			for (size_t i = 0; i < rows; i++)
			{
				uint64_t row[MOST];

				for (size_t j = 0; j < count; j++)
					row[j] = words[j * STRIDE + i];
				assert_true(hashes[i] == hash64_bytes(row,
													  count * sizeof(row[0]),
													  random_bits(6, i)));
				sum += random_mix(hashes[i]);
			}
			assert_true(hashes[rows] == random_bits(6, rows));
			assert_true(hash64_sum(hashes, rows) == sum);
		}
}

/* A row of one word. */
static void
test_word(void **state)
{
	(void) state;
	for (uint64_t i = 0; i < 100; i++)
	{
		uint64_t word = random_bits(7, i), seed = random_bits(8, i);

		assert_true(hash64_word(word, seed) ==
					hash64_bytes(&word, sizeof(word), seed));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
