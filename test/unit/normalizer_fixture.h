/*
 * normalizer_fixture.h
 *		Rows to be normalised.
 */
#ifndef LINLEARN_TEST_NORMALIZER_FIXTURE_H
#define LINLEARN_TEST_NORMALIZER_FIXTURE_H

#include "core/base/random.h"

#include "unit.h"

static inline void
check_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance * fmax(1.0, fabs(b))))
		fail_msg("%.17g is not %.17g", a, b);
}

#endif
