/*
 * test_narrow_gram.c
 *		Weighted products of few columns against sums taken one by one.
 */
#include "core/math/narrow_gram.h"

#include <math.h>

#include "core/base/random.h"
#include "unit.h"

#define ROWS 150 /* some chunks */
#define STRIDE (NARROW_GRAM_COLUMNS + 1)

static double x[ROWS * STRIDE], weight[ROWS];

/* Draws the rows; what is beyond the columns is no number. */
static void
draw(size_t columns)
{
	for (size_t r = 0; r < ROWS; r++)
	{
		weight[r] = random_uniform(1, r);
		for (size_t j = 0; j < STRIDE; j++)
			x[r * STRIDE + j] =
				j < columns ? random_normal(2, r * STRIDE + j) : NAN;
	}
}

static void
check(size_t columns, size_t rows)
{
	double gram[NARROW_GRAM_COLUMNS * NARROW_GRAM_COLUMNS];
	double wide[NARROW_GRAM_COLUMNS * NARROW_GRAM_COLUMNS];

	draw(columns);
	for (size_t i = 0; i < columns * columns; i++)
		gram[i] = wide[i] = (double) i;
	narrow_gram_add(x, STRIDE, weight, rows, columns, false, gram);
	narrow_gram_add(x, STRIDE, weight, rows, columns, true, wide);
	assert_memory_equal(gram, wide, columns * columns * sizeof(double));
	for (size_t j = 0; j < columns; j++)
		for (size_t i = 0; i < columns; i++)
		{
			double sum = (double) (j * columns + i);

			/* The upper triangle stays as it is. */
			for (size_t r = 0; i >= j && r < rows; r++)
				sum += weight[r] * x[r * STRIDE + i] * x[r * STRIDE + j];
			assert_true(fabs(gram[j * columns + i] - sum) < 1e-11);
		}
}

static void
test_products(void **state)
{
	(void) state;
	for (size_t columns = 1; columns <= NARROW_GRAM_COLUMNS; columns++)
	{
		check(columns, ROWS);
		check(columns, columns);
	}
	check(NARROW_GRAM_COLUMNS, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_products)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
