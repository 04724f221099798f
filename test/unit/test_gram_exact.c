/*
 * test_gram_exact.c
 *		Sums of products against sums of whole numbers of any size.
 */
#include "core/rows/gram_sums_store.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "unit.h"

/* ---- Whole numbers of any size, in units of the least product of doubles ---- */

#define LEAST (-2148)
#define LIMBS 140
#define LIMB_BITS 32

typedef struct Whole
{
	int64_t limb[LIMBS]; /* not carried */
} Whole;

/* Adds value * 2^exponent. */
static void
whole_add(Whole *sum, __int128 value, int exponent)
{
	unsigned __int128 size = value < 0 ? -(unsigned __int128) value : value;
	int at = exponent - LEAST;

	assert_true(at >= 0);
	for (int bit = 0; bit < 128; bit += 16)
	{
		int64_t part = (int64_t) ((size >> bit) & 0xffff);
		int place = at + bit;

		if (part == 0)
			continue;
		assert_true(place / LIMB_BITS + 1 < LIMBS);
		part <<= place % LIMB_BITS;
		sum->limb[place / LIMB_BITS] += value < 0 ? -part : part;
	}
}

/* Adds x * y, or takes it off. */
static void
whole_add_product(Whole *sum, double x, double y)
{
	int p, q;
	int64_t a = (int64_t) ldexp(frexp(x, &p), DBL_MANT_DIG);
	int64_t b = (int64_t) ldexp(frexp(y, &q), DBL_MANT_DIG);
	int exponent = p + q - 2 * DBL_MANT_DIG;
	__int128 product = (__int128) a * b;

	while (product != 0 && exponent < LEAST)
	{
		assert_true(product % 2 == 0);
		product /= 2;
		exponent++;
	}
	if (product != 0)
		whole_add(sum, product, exponent);
}

/* The exponent of the largest power of two not above the size; LEAST - 1: 0. */
static int
whole_exponent(Whole *sum)
{
	int64_t carry = 0, sign = 1;
	int most = LEAST - 1;

	for (int i = 0; i < LIMBS; i++)
	{
		sum->limb[i] += carry;
		carry = sum->limb[i] >> LIMB_BITS;
		sum->limb[i] &= UINT32_MAX;
	}
	assert_true(carry == 0 || carry == -1);
	sign = carry < 0 ? -1 : 1;
	carry = 0;
	for (int i = 0; i < LIMBS; i++)
	{
		int64_t limb = sign * sum->limb[i] + carry;

		carry = limb >> LIMB_BITS;
		limb &= UINT32_MAX;
		for (int bit = 0; bit < LIMB_BITS; bit++)
			if (limb >> bit & 1)
				most = LEAST + i * LIMB_BITS + bit;
	}
	return most;
}

/* ---- Rows ---- */

#define MOST_COLUMNS 70

typedef enum Kind
{
	NORMAL,	  /* doubles about 1 */
	WHOLE,	  /* numbers without a fraction, some columns constant or 0 */
	DECIMAL,  /* two digits after the point, up to millions */
	MIXED,	  /* some rows of a column far larger or smaller than others */
	FARTHEST, /* from the least double to the largest */
	FULL,	  /* digits as large as they become */
	KINDS
} Kind;

static double
value_of(Kind kind, uint64_t row, uint64_t j)
{
	double uniform = random_uniform(j + 1, row) - 0.5;
	double sign = uniform < 0 ? -1.0 : 1.0;

	switch (kind)
	{
		case NORMAL:
			return random_normal(j + 1, row);
		case WHOLE:
			return j % 5 == 4 ? 0.0 : j % 5 == 3 ? 7.0 : rint(uniform * 1e4);
		case DECIMAL:
			return rint(uniform * pow(10.0, (double) (j % 9))) / 100.0;
		case MIXED:
			return uniform * pow(2.0, row % 61 == j % 61   ? 70.0
									  : row % 59 == j % 59 ? -70.0
														   : 0.0);
		case FARTHEST:
			return row % 3 == 0	  ? sign * DBL_TRUE_MIN * (double) (row + 1)
				   : row % 3 == 1 ? uniform * 1e-300
				   : row > 300	  ? uniform * DBL_MAX
								  : uniform;
		default:
			return 0x1p-15 * (0x1p23 - 1.5) * (j % 2 == 0 ? 1.0 : sign);
	}
}

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	uint32_t dimension;
	size_t rows;
	double *values; /* [rows][columns] */
	GramSums *sums;
} Fixture;

/* Sums up rows of a kind; column dimension is 1, the last one the label. */
static void
sum_rows(Fixture *f, Kind kind, uint32_t dimension, size_t rows)
{
	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	f->dimension = dimension;
	f->rows = rows;
	f->values = malloc(rows * (dimension + 2) * sizeof(double));
	assert_int_equal(gram_sums_create(&f->runtime, ROWS_F64, dimension,
									  &f->sums, &f->failure),
					 LL_OK);
	for (size_t i = 0; i < rows; i++)
	{
		double *row = f->values + i * (dimension + 2);
		RowView view = {.dense = row};

		for (uint32_t j = 0; j < dimension + 2; j++)
			row[j] = j == dimension ? 1.0 : value_of(kind, i, j);
		assert_int_equal(gram_sums_add(f->sums, &view, row[dimension + 1],
									   1.0f, &f->failure),
						 LL_OK);
	}
	assert_int_equal(gram_sums_flush(f->sums, &f->failure), LL_OK);
}

static void
close_fixture(Fixture *f)
{
	free(f->values);
	malloc_arena_free(&f->arena);
}

/* Adds what the sums have of a pair of columns, with a sign. */
static void
add_summed(const GramSums *sums, size_t i, size_t j, int sign, Whole *whole)
{
	size_t at = gram_sums_cell(i, j);

	for (int d = 0; d < GRAM_SUMS_DIGITS; d++)
	{
		const Sum128 *sum = &sums->sums[d][at];
		__int128 value = (__int128) ((unsigned __int128) sum->high << 64) +
						 (__int128) sum->low;
		int exponent = UNIT_EXPONENT(sums->place[i]) +
					   UNIT_EXPONENT(sums->place[j]) - d * DIGIT_BITS;

		while (value != 0 && exponent < LEAST)
		{
			assert_true(value % 2 == 0);
			value /= 2;
			exponent++;
		}
		if (value != 0)
			whole_add(whole, sign * value, exponent);
	}
}

/*
 * What sums lack of the products is none, or below what they may leave out of all
 * rows: products of digits whose distances are 6 or more.
 */
static void
assert_exact(Fixture *f, bool all)
{
	uint32_t columns = f->dimension + 2;

	for (uint32_t i = 0; i < columns; i++)
		for (uint32_t j = 0; j <= i; j++)
		{
			Whole whole = {{0}};
			int lacking;

			for (size_t row = 0; row < f->rows; row++)
				whole_add_product(&whole, f->values[row * columns + i],
								  f->values[row * columns + j]);
			if (f->sums->place[i] != NO_PLACE && f->sums->place[j] != NO_PLACE)
				add_summed(f->sums, i, j, -1, &whole);
			lacking = whole_exponent(&whole);
			if (all)
				assert_int_equal(lacking, LEAST - 1);
			else if (lacking >= LEAST)
				assert_true(lacking < UNIT_EXPONENT(f->sums->place[i]) +
										  UNIT_EXPONENT(f->sums->place[j]) -
										  6 * DIGIT_BITS + 48 +
										  (int) ceil(log2((double) f->rows)));
		}
}

static void
test_sums(void **state)
{
	static const uint32_t dimensions[] = {1, 2, 5, 20, MOST_COLUMNS};

	(void) state;
	for (size_t d = 0; d < sizeof(dimensions) / sizeof(dimensions[0]); d++)
		for (Kind kind = 0; kind < KINDS; kind++)
		{
			Fixture f;

			sum_rows(&f, kind, dimensions[d], 700);
			assert_exact(&f, kind == WHOLE || kind == FULL);
			close_fixture(&f);
		}
}

/* Sums that wait for so many blocks do not overflow. */
static void
test_many_rows(void **state)
{
	Fixture f;

	(void) state;
	sum_rows(&f, FULL, 3, 20000);
	assert_exact(&f, true);
	close_fixture(&f);
}

/* Few columns have the digits that they have among many, which a BLAS multiplies. */
static void
test_few_as_many(void **state)
{
	for (Kind kind = 0; kind < KINDS; kind++)
	{
		Fixture few, many;

		(void) state;
		sum_rows(&few, kind, 20, 700);
		sum_rows(&many, kind, MOST_COLUMNS, 700);
		for (int d = 0; d < GRAM_SUMS_DIGITS; d++)
			assert_memory_equal(few.sums->sums[d], many.sums->sums[d],
								gram_sums_triangle(20) * sizeof(Sum128));
		close_fixture(&few);
		close_fixture(&many);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_few_as_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
