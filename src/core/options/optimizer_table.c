/*
 * optimizer_table.c
 *		The one table of optimizers.
 */
#include "core/options/optimizer_table.h"

/* Most iterations when epochs is not given; the solvers need far fewer. */
#define MAX_ITERATIONS_NEWTON 50
#define MAX_ITERATIONS_LBFGS 500

const OptimizerDescriptor optimizer_table[OPTIMIZER_COUNT] = {
	[OPTIMIZER_SGD] = {.moments = 1, .decay = HP_MOMENTUM},
	[OPTIMIZER_ADAM] = {.moments = 2,
						.decay = HP_BETA_1,
						.corrects_bias = true},
	[OPTIMIZER_RMSPROP] = {.moments = 2, .decay = HP_COUNT},
	[OPTIMIZER_ADAGRAD] = {.moments = 2, .decay = HP_COUNT},
	/* Its matrix has a row for the bias. */
	[OPTIMIZER_NEWTON] = {.solves = true,
						  .rounds_l1 = true,
						  .matrix_extra = 1,
						  .most_iterations = MAX_ITERATIONS_NEWTON},
	[OPTIMIZER_LBFGS] = {.solves = true,
						 .takes_l1 = true,
						 .bears_single = true,
						 .most_iterations = MAX_ITERATIONS_LBFGS},
	/* And one for the label; the sums are there before any scale is. */
	[OPTIMIZER_EXACT] = {.solves = true,
						 .closed_form = true,
						 .matrix_extra = 2,
						 .most_iterations = 1},
};

const char *const optimizer_names[OPTIMIZER_COUNT + 1] = {
	[OPTIMIZER_SGD] = "sgd",		 [OPTIMIZER_ADAM] = "adam",
	[OPTIMIZER_RMSPROP] = "rmsprop", [OPTIMIZER_ADAGRAD] = "adagrad",
	[OPTIMIZER_NEWTON] = "newton",	 [OPTIMIZER_LBFGS] = "lbfgs",
	[OPTIMIZER_EXACT] = "exact",
};

bool
solver_supports(OptimizerKind optimizer, LossKind loss, bool l1)
{
	return (loss_table[loss].solvers & USED_BY(optimizer)) &&
		   (!l1 || optimizer_table[optimizer].takes_l1 ||
			(optimizer_table[optimizer].rounds_l1 && loss_table[loss].kinked));
}
