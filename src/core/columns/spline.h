/*
 * spline.h
 *		A restricted cubic spline: linear beyond its outer knots.
 */
#ifndef LINLEARN_CORE_COLUMNS_SPLINE_H
#define LINLEARN_CORE_COLUMNS_SPLINE_H

#include <stdint.h>

/*
 * Term number i of the count - 1 that count knots (three or more, ascending) give:
 * x itself, then Harrell's truncated cubics ("Regression Modeling Strategies",
 * 2.4.5), over the square of the distance of the outer knots, in x's units.
 */
extern double spline_term(const double *knots, uint32_t count, uint32_t i,
						  double x);

#endif
