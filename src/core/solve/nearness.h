/*
 * nearness.h
 *		How far above its least an objective still is, by how it has fallen lately.
 */
#ifndef LINLEARN_CORE_SOLVE_NEARNESS_H
#define LINLEARN_CORE_SOLVE_NEARNESS_H

#include "core/base/runtime.h"

typedef struct Nearness
{
	double *values; /* [count] of the last iterations, one behind the other */
	size_t count;
	size_t room;
} Nearness;

/* Takes the objective of an iteration down; false: no memory. */
extern bool nearness_note(Nearness *nearness, const Runtime *runtime,
						  double objective);

/* Adds what an objective computed more exactly has more to all that are known. */
extern void nearness_shift(Nearness *nearness, double change);

/*
 * About what is left to fall after so many iterations, if it goes on as in the last
 * eighth of them and the eighth before; infinity where that is not known.
 */
extern double nearness_left(const Nearness *nearness, size_t iterations);

#endif
