/*
 * student.h
 *		Tails of Student's t distribution and of the normal distribution.
 */
#ifndef LINLEARN_CORE_MATH_STUDENT_H
#define LINLEARN_CORE_MATH_STUDENT_H

/*
 * I_x(a, b), the regularised incomplete beta function, for a, b > 0 and x in
 * [0, 1]; to some 1e-13 relatively.
 */
extern double incomplete_beta(double a, double b, double x);

/*
 * The probability of a size of at least |t| with so many degrees of freedom (> 0);
 * infinite ones give the normal distribution.
 */
extern double student_two_sided(double t, double degrees);

/* log Gamma(a) for a > 0. */
extern double log_gamma(double a);

/*
 * The size that a variable with so many degrees of freedom is within with the
 * probability `level`, in (0, 1); infinite ones give the normal distribution.
 */
extern double student_quantile(double level, double degrees);

#endif
