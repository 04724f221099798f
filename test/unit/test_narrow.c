/*
 * test_narrow.c
 *		Products with few columns against sums in double.
 */
#include "core/math/narrow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "unit.h"

#define ROWS 53
#define DEPTH 97
#define MOST (ROWS > DEPTH ? ROWS : DEPTH)

/* x as it lies, or across: the places of both are within the same array. */
static void
check_product(size_t columns, bool across, bool add)
{
	size_t rows = across ? DEPTH : ROWS, depth = across ? ROWS : DEPTH;
	size_t row_stride = across ? 1 : DEPTH, depth_stride = across ? DEPTH : 1;
	float *x = malloc(ROWS * DEPTH * sizeof(float));
	float *b = malloc(MOST * columns * sizeof(float));
	float *out = malloc(MOST * columns * sizeof(float));
	float *before = malloc(MOST * columns * sizeof(float));
	float *scratch = malloc(NARROW_SCRATCH(rows, depth) * sizeof(float));

	for (size_t i = 0; i < ROWS * DEPTH; i++)
		x[i] = (float) random_normal(1, i);
	for (size_t i = 0; i < MOST * columns; i++)
	{
		b[i] = (float) random_normal(2, i);
		out[i] = before[i] = add ? (float) random_normal(3, i) : NAN;
	}
	narrow_product(x, row_stride, depth_stride, rows, depth, b, columns, add,
				   out, scratch);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < columns; c++)
		{
			double sum = add ? before[r * columns + c] : 0.0;

			for (size_t k = 0; k < depth; k++)
				sum += (double) x[r * row_stride + k * depth_stride] *
					   b[k * columns + c];
			assert_true(fabs(out[r * columns + c] - sum) < 1e-4);
		}
	free(x);
	free(b);
	free(out);
	free(before);
	free(scratch);
}

static void
test_products(void **state)
{
	(void) state;
	for (size_t columns = 1; columns <= NARROW_COLUMNS; columns++)
		for (int turn = 0; turn < 4; turn++)
			check_product(columns, turn % 2 == 1, turn / 2 == 1);
}

/* A row's sums do not depend on which rows stand beside it. */
static void
test_place(void **state)
{
	float x[13 * DEPTH], b[DEPTH * 16], all[13 * 16], one[16];
	float scratch[NARROW_SCRATCH(13, DEPTH)];

	(void) state;
	for (size_t i = 0; i < 13 * DEPTH; i++)
		x[i] = (float) random_normal(4, i);
	for (size_t i = 0; i < DEPTH * 16; i++)
		b[i] = (float) random_normal(5, i);
	for (size_t columns = 5; columns <= 16; columns += 11)
	{
		narrow_product(x, DEPTH, 1, 13, DEPTH, b, columns, false, all,
					   scratch);
		for (size_t r = 0; r < 13; r++)
		{
			narrow_product(x + r * DEPTH, DEPTH, 1, 1, DEPTH, b, columns,
						   false, one, scratch);
			assert_memory_equal(one, all + r * columns,
								columns * sizeof(float));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
