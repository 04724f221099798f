/*
 * optimizer_table.h
 *		The one table of optimizers: what is true of each, beside its code, which is
 *		in core/solve for solvers and in core/descent for mini-batches.
 */
#ifndef LINLEARN_CORE_OPTIONS_OPTIMIZER_TABLE_H
#define LINLEARN_CORE_OPTIONS_OPTIMIZER_TABLE_H

#include "core/loss/loss_table.h"
#include "core/options/hyperparameters.h"

typedef struct OptimizerDescriptor
{
	/* To the optimum, over all rows at a time, instead of by mini-batches. */
	bool solves;

	/* Of solvers: */
	bool takes_l1;
	bool closed_form; /* from sums over the rows alone; needs no wd */
	/* Rows of its matrix beyond the features', which are then few; 0: none. */
	int matrix_extra;
	bool bears_single;		  /* much work may be done in float */
	uint32_t most_iterations; /* when epochs is not given, or not used */

	/* Of mini-batches: */
	int moments; /* matrices that it keeps beside the weights */
	/* The option that its running mean of gradients decays by; HP_COUNT: none. */
	Hyperparameter decay;
	bool corrects_bias; /* its moments start at 0, and its rate makes up */
} OptimizerDescriptor;

extern const OptimizerDescriptor optimizer_table[OPTIMIZER_COUNT];

/* Their names, as a NULL-terminated list of choices. */
extern const char *const optimizer_names[OPTIMIZER_COUNT + 1];

/* Whether a solver can minimise this loss, with an l1 above 0 or not. */
extern bool solver_supports(OptimizerKind optimizer, LossKind loss, bool l1);

/* Whether it can with weights that may not be negative. */
extern bool solver_bounds(OptimizerKind optimizer, LossKind loss);

/* Whether it can with what settings ask of weights. */
extern bool solver_fits(OptimizerKind optimizer, LossKind loss,
						const Hyperparameters *settings);

/* Whether l1 can be chosen on a path, by newton. */
extern bool solver_has_l1_path(LossKind loss);

/* Writes which losses a solver takes: "a, b and c", and whether with l1. */
extern void solver_describe(OptimizerKind optimizer, bool l1, char *text,
							size_t size);

/* The row of resolved settings' optimizer. */
static inline const OptimizerDescriptor *
hp_optimizer(const Hyperparameters *settings)
{
	return &optimizer_table[hp_integer(settings, HP_OPTIMIZER)];
}

/* Whether they ask for a solver, not mini-batches. */
static inline bool
hp_solves(const Hyperparameters *settings)
{
	return hp_optimizer(settings)->solves;
}

#endif
