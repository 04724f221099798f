/*
 * test_student.c
 *		Tails of Student's t against values of 40 digits (mpmath), R and NIST.
 */
#include "core/math/student.h"

#include <float.h>
#include <math.h>

#include "unit.h"

static void
check_near(double value, double wanted)
{
	if (!(fabs(value - wanted) <= 1e-12 * fabs(wanted)))
		fail_msg("%.17g is not %.17g", value, wanted);
}

/* t, degrees of freedom, P(|T| >= |t|). */
static void
test_two_sided(void **state)
{
	static const double known[][3] = {
		{1e-8, 1, 0.99999999363380228},
		{0.3, 1, 0.81445284184451531},
		{1, 1, 0.5},
		{4.0158898, 1, 0.15536543262220084},
		{30, 1, 0.021212804811070847},
		{1e-8, 2, 0.99999999292893219},
		{0.3, 2, 0.7924856608401776},
		{1, 2, 0.42264973081037424},
		{4.0158898, 2, 0.056777012337045181},
		{30, 2, 0.0011092626819596589},
		{1e-8, 3, 0.99999999264894806},
		{0.3, 3, 0.78376329203991903},
		{1, 3, 0.39100221895577064},
		{4.0158898, 3, 0.027719185961292442},
		{30, 3, 8.1352804271639595e-5},
		{1e-8, 9, 0.99999999223930182},
		{0.3, 9, 0.77099070374152488},
		{1, 9, 0.34343639613791351},
		{4.0158898, 9, 0.0030368033997758148},
		{30, 9, 2.4837047041582624e-10},
		{1e-8, 29.5, 0.9999999920884732},
		{0.3, 29.5, 0.76628100076864678},
		{1, 29.5, 0.32544300530788807},
		{4.0158898, 29.5, 0.00037412452772352534},
		{30, 29.5, 1.169763553194285e-23},
		{1e-8, 100, 0.99999999204107626},
		{0.3, 100, 0.76479988030030348},
		{1, 100, 0.31972415578412336},
		{4.0158898, 100, 0.00011468655297498101},
		{30, 100, 8.3803325586882922e-52},
		{1e-8, 250, 0.99999999202912923},
		{0.3, 250, 0.7644264490160496},
		{1, 250, 0.31827742223345461},
		{4.0158898, 250, 7.8359545718341188e-5},
		{30, 250, 8.1387376481986691e-85},
		{1e-8, 1000, 0.99999999202314885},
		{0.3, 1000, 0.76423950416724404},
		{1, 1000, 0.31755241808467231},
		{4.0158898, 1000, 6.3653747961057753e-5},
		{30, 1000, 1.5374687444043482e-141},
		{1e-8, 12345, 0.99999999202131597},
		{0.3, 12345, 0.76418220675462516},
		{1, 12345, 0.31733010817269752},
		{4.0158898, 12345, 5.9572484516183619e-5},
		{30, 12345, 6.3481813137450928e-191},
		{1e-8, 99999, 0.99999999202117434},
		{0.3, 99999, 0.76417777919657337},
		{1, 99999, 0.31731292758830721},
		{4.0158898, 99999, 5.9265122729214692e-5},
		{30, 99999, 7.3786848444350477e-197},
		{1e-8, 100001, 0.99999999202117434},
		{0.3, 100001, 0.76417777918410202},
		{1, 100001, 0.31731292753991331},
		{4.0158898, 100001, 5.9265121865054807e-5},
		{30, 100001, 7.3783889059185807e-197},
		{1e-8, 1e6, 0.99999999202115639},
		{0.3, 1e6, 0.7641772179789942},
		{1, 1e6, 0.31731074983357813},
		{4.0158898, 1e6, 5.9226244192249029e-5},
		{30, 1e6, 1.2020094233663438e-197},
		{1e-8, 1e9, 0.99999999202115439},
		{0.3, 1e9, 0.76417715568445163},
		{1, 1e9, 0.31731050810488483},
		{4.0158898, 1e9, 5.9221929843479082e-5},
		{30, 1e9, 9.8154196879674616e-198},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		check_near(student_two_sided(known[i][0], known[i][1]), known[i][2]);
		check_near(student_two_sided(-known[i][0], known[i][1]), known[i][2]);
	}
}

/* The t and p of R's summary(lm) for Longley's table, 9 degrees of freedom. */
static void
test_longley(void **state)
{
	static const double known[][2] = {{4.0158898127, 0.003037},
									  {-1.0695163172, 0.312681},
									  {-4.1364273559, 0.002535},
									  {-4.8219853104, 0.000944}};

	(void) state;
	for (size_t i = 0; i < 4; i++)
		assert_true(fabs(student_two_sided(known[i][0], 9) - known[i][1]) <
					6e-7);
}

static void
test_edges(void **state)
{
	(void) state;
	assert_true(student_two_sided(0, 5) == 1);
	assert_true(student_two_sided(INFINITY, 5) == 0);
	assert_true(student_two_sided(1e200, 5) == 0);
	assert_true(student_two_sided(1e200, 1e9) == 0);
	assert_true(isnan(student_two_sided(NAN, 5)));
	check_near(student_two_sided(1.9599639845400545, INFINITY), 0.05);
	check_near(student_two_sided(1, 1), 0.5);
	assert_true(incomplete_beta(3, 4, 0) == 0 &&
				incomplete_beta(3, 4, 1) == 1);
}

/* Falls with t, and with the degrees of freedom, across every change of method. */
static void
test_monotone(void **state)
{
	(void) state;
	for (double v = 1; v < 1e7; v *= 1.7)
		for (double t = 0.01; t < 40; t *= 1.1)
		{
			double p = student_two_sided(t, v);

			assert_true(p >= 0 && p <= 1);
			assert_true(student_two_sided(t * 1.1, v) < p || p == 0);
			assert_true(student_two_sided(t, v * 1.7) <= p * (1 + 1e-12));
		}
}

/* Of no number there is no tail, and none is sought for long. */
static void
test_no_number(void **state)
{
	(void) state;
	for (int i = 0; i < 1000; i++)
		assert_true(isnan(student_two_sided(NAN, 5 + i)) &&
					isnan(student_two_sided(1.5, NAN)));
}

/* a, b, x, I_x(a, b); and I_x(a, b) + I_1-x(b, a) = 1. */
static void
test_incomplete_beta(void **state)
{
	static const double known[][4] = {
		{0.5, 0.5, 0.25, 0.33333333333333333},
		{2, 3, 0.9, 0.9963},
		{60, 70, 0.4, 0.078564711896660905},
		{300, 0.5, 0.99, 0.014103172217926298},
		{150, 250, 0.35, 0.15067199507689516},
		{1, 1, 0.125, 0.125},
		{5000, 0.5, 0.999, 0.0015615791602892908},
		{0.1, 8, 0.01, 0.80678171416172385},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		double a = known[i][0], b = known[i][1], x = known[i][2];

		check_near(incomplete_beta(a, b, x), known[i][3]);
		assert_true(fabs(incomplete_beta(a, b, x) +
						 incomplete_beta(b, a, 1 - x) - 1) < 1e-13);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_sided),
		cmocka_unit_test(test_longley),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_monotone),
		cmocka_unit_test(test_incomplete_beta),
		cmocka_unit_test(test_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
