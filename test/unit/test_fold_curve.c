/*
 * test_fold_curve.c
 *		What falling penalties lose on the rows that folds hold out.
 */
#include <math.h>

#include "core/solve/fold_curve.h"
#include "unit.h"

static void
assert_close(double a, double b, double most)
{
	assert_true(fabs(a - b) <= most);
}

/* Losses of five folds about a mean. */
static FoldLosses
about(double mean, double spread)
{
	FoldLosses losses = {.count = 5};

	for (int k = 0; k < 5; k++)
		losses.of[k] = mean + spread * (k - 2);
	fold_losses_sum(&losses);
	return losses;
}

static void
test_losses(void **state)
{
	FoldLosses few = about(1.0, 0.1), many = about(1.2, 0.1);
	FoldLosses wild = about(0.99, -0.1);
	double error;

	(void) state;
	assert_close(few.mean, 1.0, 1e-15);
	assert_close(few.error, 0.1 * sqrt(10.0 / 20.0), 1e-12);
	/* Differences of the same folds say more than each loss's error. */
	assert_close(fold_losses_gain(&many, &few, &error), 0.2, 1e-12);
	assert_close(error, 0.0, 1e-12);
	assert_true(fold_losses_are_clear(&few, &many));
	assert_false(fold_losses_are_clear(&many, &few));
	assert_false(fold_losses_are_clear(&few, &few));
	assert_false(fold_losses_are_clear(&wild, &few)); /* 0.01 of 0.14 */
}

static void
test_curve(void **state)
{
	FoldCurve curve = {0};
	FoldLosses low = about(1.0, 0.01), equal = about(1.0, 0.01);
	FoldLosses near = about(1.005, 0.01), far = about(1.1, 0.01);

	(void) state;
	fold_curve_add(&curve, 1.0, &low);
	assert_false(fold_curve_is_past(&curve, 3));
	fold_curve_add(&curve, 0.25, &near);
	fold_curve_add(&curve, 0.5, &equal); /* between them */
	assert_int_equal(curve.count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_close(curve.points[i].penalty, pow(0.5, i), 1e-300);
	assert_int_equal(fold_curve_best(&curve), 0);
	assert_false(fold_curve_is_past(&curve, 3)); /* two behind, but near */
	fold_curve_add(&curve, 0.125, &far);
	assert_true(fold_curve_is_past(&curve, 4)); /* far above */
	curve.points[3].losses = near;
	assert_false(fold_curve_is_past(&curve, 4));
	assert_true(fold_curve_is_past(&curve, 3));
	curve.count = 1;
	curve.points[0].losses.mean = INFINITY;
	assert_true(fold_curve_is_past(&curve, 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_curve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
