/*
 * test_digit_products.c
 *		Sums of products of columns of integers against plain loops.
 */
#include "core/math/digit_products.h"

#include <math.h>

#include "core/base/random.h"
#include "unit.h"

#define MOST 9
#define STRIDE 72
#define LARGEST (1 << 23)

/* Columns of digits of both signs, each of full size among them. */
static void
draw(double *columns, uint64_t key)
{
	for (uint64_t i = 0; i < (uint64_t) MOST * STRIDE; i++)
		columns[i] = i % 5 == 0
						 ? (i % 2 == 0 ? LARGEST : -LARGEST)
						 : rint((random_uniform(key, i) - 0.5) * LARGEST);
}

/* Where columns stand: not in their order. */
static const uint32_t places[MOST] = {4, 0, 8, 1, 7, 2, 6, 3, 5};

static DigitColumns
columns_of(const double *digits, size_t count)
{
	return (DigitColumns){digits, places, count, STRIDE};
}

static const double *
column(const double *digits, size_t i)
{
	return digits + places[i] * STRIDE;
}

static int64_t
plain_product(const double *a, const double *b, size_t rows)
{
	int64_t sum = 0;

	for (size_t i = 0; i < rows; i++)
		sum += (int64_t) a[i] * (int64_t) b[i];
	return sum;
}

static void
test_products(void **state)
{
	static double a[MOST * STRIDE], b[MOST * STRIDE];
	int64_t out[MOST * MOST + 1];

	(void) state;
	draw(a, 1);
	draw(b, 2);
	for (size_t m = 1; m <= MOST; m++)
		for (size_t n = 1; n <= MOST; n++)
			for (size_t rows = 0; rows <= STRIDE; rows += DIGIT_PRODUCTS_ROWS)
			{
				DigitColumns one = columns_of(a, m), other = columns_of(b, n);

				out[m * n] = 77;
				digit_products(&one, &other, rows, out);
				for (size_t q = 0; q < n; q++)
					for (size_t p = 0; p < m; p++)
						assert_true(
							out[q * m + p] ==
							plain_product(column(a, p), column(b, q), rows));
				assert_true(out[m * n] == 77);
			}
}

static void
test_squares(void **state)
{
	static double a[MOST * STRIDE];
	int64_t out[MOST * (MOST + 1) / 2 + 1];

	(void) state;
	draw(a, 3);
	for (size_t m = 1; m <= MOST; m++)
		for (size_t rows = 0; rows <= STRIDE; rows += DIGIT_PRODUCTS_ROWS)
		{
			DigitColumns columns = columns_of(a, m);
			const int64_t *sum = out;

			out[m * (m + 1) / 2] = 77;
			digit_squares(&columns, rows, out);
			for (size_t q = 0; q < m; q++)
				for (size_t p = 0; p <= q; p++)
					assert_true(*sum++ == plain_product(column(a, p),
														column(a, q), rows));
			assert_true(*sum == 77);
		}
}

/* Lanes that sum to 2^53 each. */
static void
test_largest(void **state)
{
	enum
	{
		rows = 256
	};
	static double a[2 * rows];
	static const uint32_t index[] = {0, 1};
	DigitColumns columns = {a, index, 2, rows};
	int64_t out[3];

	(void) state;
	for (size_t i = 0; i < 2 * rows; i++)
		a[i] = i < rows ? 2 * LARGEST : -2 * LARGEST;
	digit_squares(&columns, rows, out);
	assert_true(out[0] == INT64_C(1) << 56);
	assert_true(out[1] == -(INT64_C(1) << 56));
	assert_true(out[2] == INT64_C(1) << 56);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_squares),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
