/*
 * nearness.c
 *		How far above its least an objective still is.
 *
 * Nobody knows the least one.  Where what windows of iterations bring falls from one
 * to the next by a ratio, the windows to come bring a geometric series.
 */
#include "core/solve/nearness.h"

#include <math.h>
#include <string.h>

/* A window: such a part of the iterations, and at least so many. */
#define WINDOW_SHARE 8
#define LEAST_WINDOW 3
#define FIRST_ROOM 64

bool
nearness_note(Nearness *nearness, const Runtime *runtime, double objective)
{
	if (nearness->count == nearness->room)
	{
		size_t room = nearness->room > 0 ? 2 * nearness->room : FIRST_ROOM;
		double *values = runtime_allocate(runtime, room * sizeof(double));

		if (values == NULL)
			return false;
		if (nearness->count > 0)
			memcpy(values, nearness->values, nearness->count * sizeof(double));
		runtime_release(runtime, nearness->values);
		nearness->values = values;
		nearness->room = room;
	}
	nearness->values[nearness->count++] = objective;
	return true;
}

void
nearness_shift(Nearness *nearness, double change)
{
	for (size_t i = 0; i < nearness->count; i++)
		nearness->values[i] += change;
}

double
nearness_left(const Nearness *nearness, size_t iterations)
{
	size_t window = iterations / WINDOW_SHARE;
	const double *now;
	double last, before;

	window = window > LEAST_WINDOW ? window : LEAST_WINDOW;
	if (nearness->count <= 2 * window)
		return INFINITY;
	now = nearness->values + nearness->count - 1;
	last = now[-(ptrdiff_t) window] - now[0];
	before = now[-2 * (ptrdiff_t) window] - now[-(ptrdiff_t) window];
	if (last <= 0.0)
		return 0.0;
	return last < before ? last * last / (before - last) : INFINITY;
}
