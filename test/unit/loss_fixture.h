/*
 * loss_fixture.h
 *		The losses, in two lists.
 */
#ifndef LINLEARN_TEST_LOSS_FIXTURE_H
#define LINLEARN_TEST_LOSS_FIXTURE_H

#include "core/loss/loss.h"

#include <math.h>

#include "unit.h"

static const LossParameters defaults = {1.0, 0.3, 0.8, 0.25, 1.6};

/* The losses of one margin, and those of one a class. */
static LossKind single_kinds[LOSS_COUNT];

static size_t single_count;

static LossKind multi_kinds[LOSS_COUNT];

static size_t multi_count;

static inline void
sort_kinds(void)
{
	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (loss_is_multiclass((LossKind) kind))
			multi_kinds[multi_count++] = (LossKind) kind;
		else
			single_kinds[single_count++] = (LossKind) kind;
}

/* A target that the loss has a meaning for: 0 or 1, or of gamma 0.5 or 1. */
static inline double
target_of(LossKind kind, int target)
{
	return loss_table[kind].labels == LABELS_POSITIVE ? 0.5 + 0.5 * target
													  : target;
}

/* A reproducible number in [-1, 1). */
static inline double
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double) (*state >> 11) / 4503599627370496.0 - 1.0;
}

static inline bool
close_to(double a, double b, double relative, double absolute)
{
	return fabs(a - b) <= absolute + relative * fmax(fabs(a), fabs(b));
}

#endif
