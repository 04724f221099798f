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
				for (int lower = 0; lower < 2; lower++)
				{
					const double *right = lower ? a : b;

					out[m * n] = 77;
					digit_products(a, m, right, n, rows, STRIDE, lower, out);
					for (size_t q = 0; q < n; q++)
						for (size_t p = 0; p < m && !(lower && p > q); p++)
							assert_true(out[q * m + p] ==
										plain_product(a + p * STRIDE,
													  right + q * STRIDE,
													  rows));
					assert_true(out[m * n] == 77);
				}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
