/*
 * spline.c
 *		A restricted cubic spline.
 */
#include "core/columns/spline.h"

/* The cube of what is above 0. */
static double
cube(double x)
{
	return x > 0 ? x * x * x : 0.0;
}

double
spline_term(const double *knots, uint32_t count, uint32_t i, double x)
{
	double last = knots[count - 1], before = knots[count - 2];
	double range = last - knots[0], knot;

	if (i == 0)
		return x;
	knot = knots[i - 1];
	return (cube(x - knot) -
			cube(x - before) * ((last - knot) / (last - before)) +
			cube(x - last) * ((before - knot) / (last - before))) /
		   (range * range);
}
