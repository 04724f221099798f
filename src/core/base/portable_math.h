/*
 * portable_math.h
 *		Exponentials and logarithms that are the same to the bit on every machine.
 *
 * The C library's differ in the last digit from release to release, and on one
 * release with the processor.  These are made of additions, subtractions,
 * multiplications and divisions of doubles alone, each rounded once, in a fixed
 * order: IEEE 754 leaves nothing open then.  (The Makefile forbids the compiler
 * to fuse a product with a sum.)
 *
 * Largest errors found, in units of the last place of the right result: exp
 * 0.53 (0.75 where the result is subnormal), log 0.64, log1p 0.66, log2 0.69,
 * softplus 1.3, sigmoid 2.4, erfc 5.1.  exp, log and sigmoid never fall where
 * they should rise.
 */
#ifndef LINLEARN_CORE_BASE_PORTABLE_MATH_H
#define LINLEARN_CORE_BASE_PORTABLE_MATH_H

#include <stddef.h>

extern double portable_exp(double x);
extern double portable_log(double x);

/* portable_log, in place, of normal numbers above 0 or NaN. */
extern void portable_logs(double *numbers, size_t count);

extern double portable_log2(double x);

/* log(1 + x) */
extern double portable_log1p(double x);

/* The probability of a standard normal beyond sqrt(2) x, twice. */
extern double portable_erfc(double x);

/* 1 / (1 + exp(-x)) without overflow */
extern double portable_sigmoid(double x);

/* portable_sigmoid, in place, of many. */
extern void portable_sigmoids(double *numbers, size_t count);

/* log(1 + exp(x)) without overflow */
extern double portable_softplus(double x);

#endif
