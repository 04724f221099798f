/*
 * optimizer_table.c
 *		The one table of optimizers.
 */
#include "core/options/optimizer_table.h"

#include <stdio.h>
#include <string.h>

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
						  .takes_l1 = true,
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
	/* lbfgs goes on where it ends, and goes all the way of rows it does not suit. */
	[OPTIMIZER_NEWTON_CG] = {.solves = true,
							 .bears_single = true,
							 .most_iterations = MAX_ITERATIONS_LBFGS},
};

const char *const optimizer_names[OPTIMIZER_COUNT + 1] = {
	[OPTIMIZER_SGD] = "sgd",		 [OPTIMIZER_ADAM] = "adam",
	[OPTIMIZER_RMSPROP] = "rmsprop", [OPTIMIZER_ADAGRAD] = "adagrad",
	[OPTIMIZER_NEWTON] = "newton",	 [OPTIMIZER_LBFGS] = "lbfgs",
	[OPTIMIZER_EXACT] = "exact",	 [OPTIMIZER_NEWTON_CG] = "newton_cg",
};

bool
solver_supports(OptimizerKind optimizer, LossKind loss, bool l1)
{
	const LossDescriptor *row = &loss_table[loss];

	if (!(row->solvers & USED_BY(optimizer)))
		return false;
	/* Newton's matrix with l1 must be all there is: none stands in for it. */
	if (l1 && optimizer == OPTIMIZER_NEWTON)
		return !row->goes_flat;
	return !l1 || optimizer_table[optimizer].takes_l1;
}

bool
solver_fits(OptimizerKind optimizer, LossKind loss,
			const Hyperparameters *settings)
{
	bool nonnegative = hp_is_nonnegative(settings);

	if (!solver_supports(optimizer, loss,
						 nonnegative || hp_wants_l1(settings)))
		return false;
	return !nonnegative || solver_bounds(optimizer, loss);
}

bool
solver_bounds(OptimizerKind optimizer, LossKind loss)
{
	/* Newton rounds kinks, and knows no bounds there. */
	return solver_supports(optimizer, loss, true) &&
		   !(optimizer == OPTIMIZER_NEWTON && loss_table[loss].kinked);
}

bool
solver_has_l1_path(LossKind loss)
{
	return solver_supports(OPTIMIZER_NEWTON, loss, true) &&
		   !loss_table[loss].kinked;
}

void
solver_describe(OptimizerKind optimizer, bool l1, char *text, size_t size)
{
	unsigned losses = 0;

	for (int kind = 0; kind < LOSS_COUNT; kind++)
		if (solver_supports(optimizer, (LossKind) kind, l1))
			losses |= OF_LOSS(kind);
	losses_list(losses != 0 ? losses : losses_solved_by(optimizer), "",
				" and ", text, size);
	snprintf(text + strlen(text), size - strlen(text), "%s",
			 !l1		   ? ""
			 : losses == 0 ? " without l1"
						   : " with l1");
}
