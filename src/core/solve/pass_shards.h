/*
 * pass_shards.h
 *		A pass over rows that are elsewhere.
 */
#ifndef LINLEARN_CORE_SOLVE_PASS_SHARDS_H
#define LINLEARN_CORE_SOLVE_PASS_SHARDS_H

#include "core/solve/pass.h"

/* As pass_run() of rows that are here. */
extern Status pass_run_shards(Pass *pass, const double *weights, double *loss,
							  double *gradient, double *gram,
							  Failure *failure);

/*
 * Takes the matrix at weights that the pass before has brought along, of rows
 * elsewhere; false: there is none.
 */
extern bool pass_take_gram(Pass *pass, const double *weights, double *gram);

/* The matrices of class_grams.h, of softmax loss, [outputs][width][width]. */
extern Status pass_class_grams_shards(Pass *pass, const double *weights,
									  double *gradient, double *grams,
									  Failure *failure);

#endif
