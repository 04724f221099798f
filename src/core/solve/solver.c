/*
 * solver.c
 *		Checks a problem, picks the solver and lays its weights out.
 */
#include "core/solve/solver.h"

#include <math.h>
#include <string.h>

#include "core/math/transpose.h"
#include "core/options/optimizer_table.h"
#include "core/solve/dual.h"
#include "core/solve/exact.h"
#include "core/solve/gcv.h"
#include "core/solve/inference.h"
#include "core/solve/lbfgs.h"
#include "core/solve/newton.h"
#include "core/solve/newton_cg.h"
#include "core/solve/pass.h"
#include "core/solve/proximal.h"
#include "core/solve/rounded.h"

/* Work of one pass from which L-BFGS computes tiles in float. */
#define SINGLE_WORK ((double) (1 << 24))
/*
 * Features, and multiply-adds of a matrix, up to which newton ends what lbfgs could
 * not of a loss with kinks, and the iterations that it gets.
 */
#define MOST_ENDED 1024
#define MOST_ENDED_WORK 1e9
#define ENDING_ITERATIONS 200

/* Refuses what the optimizer cannot solve. */
static Status
check(const SolverProblem *problem, const SolverControl *control,
	  Failure *failure)
{
	const OptimizerDescriptor *row = &optimizer_table[control->optimizer];
	const char *name = optimizer_names[control->optimizer];
	uint32_t dimension = problem->rows->dimension;
	bool held = solver_holds_weights(problem);
	char list[384];

	if (problem->rows->shards != NULL && loss_table[problem->loss].kinked)
		return fail(failure, LL_UNSUPPORTED,
					"rows on other servers are not trained on with loss "
					"\"%s\", which has kinks",
					loss_names[problem->loss]);
	if (problem->bounded != NULL &&
		!solver_bounds(control->optimizer, problem->loss))
		return fail(failure, LL_UNSUPPORTED,
					"optimizer \"%s\" cannot keep the weights of this loss "
					"from being negative",
					name);
	if (!solver_supports(control->optimizer, problem->loss, held))
	{
		fail(failure, LL_UNSUPPORTED,
			 "optimizer \"%s\" cannot minimise this "
			 "loss%s",
			 name, problem->l1 > 0 ? " with l1" : "");
		solver_describe(control->optimizer, problem->l1 > 0, list,
						sizeof(list));
		fail_hint(failure, "It takes %s.", list);
		return LL_UNSUPPORTED;
	}
	if (row->matrix_extra > 0 && dimension > SOLVER_MAX_GRAM_DIMENSION)
	{
		fail(failure, LL_LIMIT,
			 "optimizer \"%s\" takes at most %d features, not %u", name,
			 SOLVER_MAX_GRAM_DIMENSION, dimension);
		fail_hint(failure, "Use optimizer \"lbfgs\".");
		return LL_LIMIT;
	}
	return LL_OK;
}

/* Whether passes are so much work that float tiles are worth their rounding. */
static bool
is_large(const SolverProblem *problem, const SolverControl *control)
{
	double rows = problem->selection != NULL ? (double) problem->count
											 : (double) problem->rows->count;

	return optimizer_table[control->optimizer].bears_single &&
		   !loss_table[problem->loss].kinked &&
		   !(control->tolerance > 0.0 && control->tolerance < 1e-6) &&
		   rows * problem->rows->dimension * problem->outputs >= SINGLE_WORK;
}

/* Zeroes the weights of features that are not to be learned, or negative. */
static void
pin_weights(const Pass *pass, double *weights)
{
	const double *inverse = pass->problem->inverse_deviation;
	const bool *bounded = pass->problem->bounded;
	size_t bias = pass->dimension * pass->outputs;

	for (size_t i = 0; i < bias; i++)
		if ((inverse != NULL && inverse[i / pass->outputs] == 0.0) ||
			(bounded != NULL && bounded[i / pass->outputs] &&
			 weights[i] < 0.0))
			weights[i] = 0.0;
}

/*
 * Newton's method, and L-BFGS from where its matrix has no more to say: beyond
 * its parameter a loss that goes flat is straight, and the rows within may be none.
 */
static Status
solve_newton(Pass *pass, const SolverControl *control, double *weights,
			 SolverResult *result, Failure *failure)
{
	uint32_t most = optimizer_table[OPTIMIZER_NEWTON].most_iterations;
	SolverControl own = *control;
	Status status;

	if (!loss_table[pass->problem->loss].goes_flat)
	{
		status = newton_solve(pass, control, weights, result, failure);
		/* A finer tolerance is wished for; rounding may not let it be met. */
		if (control->tolerance < NEWTON_TOLERANCE)
			result->converged |= result->gradient_norm <= NEWTON_TOLERANCE;
		return status;
	}
	if (own.max_iterations == 0 || own.max_iterations > most)
		own.max_iterations = most;
	if (own.tolerance == 0)
		own.tolerance = NEWTON_TOLERANCE;
	status = newton_solve(pass, &own, weights, result, failure);
	own.max_iterations = control->max_iterations;
	if (status != LL_OK || result->converged || result->stopped ||
		(own.max_iterations > 0 && result->iterations >= own.max_iterations))
		return status;
	return lbfgs_solve(pass, &own, weights, result, failure);
}

/*
 * By conjugate gradients, and L-BFGS where their steps bring no more, or all the way
 * where they do not suit the rows.
 */
static Status
solve_newton_cg(Pass *pass, const SolverControl *control, double *weights,
				SolverResult *result, Failure *failure)
{
	Status status;

	if (!newton_cg_suits(pass->problem, control))
		return lbfgs_solve(pass, control, weights, result, failure);
	status = newton_cg_solve(pass, control, weights, result, failure);
	if (status != LL_OK || result->converged || result->stopped ||
		(control->max_iterations > 0 &&
		 result->iterations >= control->max_iterations))
		return status;
	return lbfgs_solve(pass, control, weights, result, failure);
}

/*
 * Whether newton, whose matrices see what is nearly dependent, may end what lbfgs
 * could not, in a time like the one that was spent.
 */
static bool
newton_may_end(const Pass *pass, const SolverControl *control,
			   const SolverResult *result)
{
	const SolverProblem *problem = pass->problem;
	double matrix = (double) pass->dimension * (double) pass->dimension;

	return control->optimizer == OPTIMIZER_LBFGS && !control->bound &&
		   !result->converged && !result->stopped &&
		   solver_supports(OPTIMIZER_NEWTON, problem->loss,
						   problem->l1 > 0.0) &&
		   problem->bounded == NULL && problem->rows->shards == NULL &&
		   problem->rows->format != ROWS_SPARSE &&
		   pass->dimension <= MOST_ENDED &&
		   (double) pass->rows * matrix <= MOST_ENDED_WORK;
}

/* A loss with kinks: by the solver that was asked for, and newton behind it. */
static Status
solve_kinked(Pass *pass, const SolverControl *control, double *weights,
			 SolverResult *result, Failure *failure)
{
	SolverControl own = *control;
	Pass matrix;
	Status status = rounded_solve(pass, control, weights, result, failure);

	if (status != LL_OK || !newton_may_end(pass, control, result))
		return status;
	own.optimizer = OPTIMIZER_NEWTON;
	own.max_iterations = result->iterations + ENDING_ITERATIONS;
	status = pass_init(&matrix, pass->problem, &own, 1, false, failure);
	if (status != LL_OK)
		return status;
	status = rounded_solve(&matrix, &own, weights, result, failure);
	pass_release(&matrix);
	return status;
}

/* Runs the solver on an open pass. */
static Status
solve(Pass *pass, const SolverControl *control, double *weights,
	  SolverResult *result, Failure *failure)
{
	if (loss_table[pass->problem->loss].kinked)
		return solve_kinked(pass, control, weights, result, failure);
	switch (control->optimizer)
	{
		case OPTIMIZER_NEWTON:
			if (solver_holds_weights(pass->problem))
				return proximal_solve(pass, control, weights, result, failure);
			return solve_newton(pass, control, weights, result, failure);
		case OPTIMIZER_EXACT:
			return exact_solve(pass, control, weights, result, failure);
		case OPTIMIZER_LBFGS:
			return lbfgs_solve(pass, control, weights, result, failure);
		case OPTIMIZER_NEWTON_CG:
			return solve_newton_cg(pass, control, weights, result, failure);
		case OPTIMIZER_SGD:
		case OPTIMIZER_ADAM:
		case OPTIMIZER_RMSPROP:
		case OPTIMIZER_ADAGRAD:
			break; /* check() has refused them */
	}
	return LL_UNSUPPORTED;
}

bool
solver_takes_sums(OptimizerKind optimizer, LossKind loss, bool held)
{
	return optimizer_table[optimizer].closed_form ||
		   (optimizer == OPTIMIZER_NEWTON && loss == LOSS_SQUARED && held);
}

/* Weights, feature major, by passes over the rows. */
static Status
solve_in_pass(const SolverProblem *problem, const SolverControl *control,
			  double *weights, SolverResult *result, Failure *failure)
{
	bool large = is_large(problem, control);
	Pass pass;
	Status status =
		pass_init(&pass, problem, control,
				  solver_takes_sums(control->optimizer, problem->loss,
									solver_holds_weights(problem))
					  ? 2
					  : optimizer_table[control->optimizer].matrix_extra,
				  large && problem->rows->shards == NULL, failure);

	if (status != LL_OK)
		return status;
	pass.large = large;
	pin_weights(&pass, weights);
	status = solve(&pass, control, weights, result, failure);
	if (status == LL_OK)
		pin_weights(&pass, weights);
	pass_release(&pass);
	return status;
}

Status
solver_run(const SolverProblem *problem, const SolverControl *control,
		   SolverResult *result, Failure *failure)
{
	size_t outputs = problem->outputs, size = problem->rows->dimension + 1;
	double *weights;
	bool found = false;
	Status status = check(problem, control, failure);

	memset(result, 0, sizeof(*result));
	result->gap = result->independence = NAN;
	if (status != LL_OK)
		return status;
	weights = runtime_allocate_zero(control->runtime, size * outputs,
									sizeof(double));
	result->weights = runtime_allocate_zero(control->runtime, size * outputs,
											sizeof(double));
	if (weights == NULL || result->weights == NULL)
		return fail_no_memory(failure);
	if (control->initial != NULL)
		transpose(control->initial, outputs, size, weights);
	if (dual_serves(problem, control))
		status =
			dual_solve(problem, control, weights, result, &found, failure);
	if (status == LL_OK && !found)
		status = solve_in_pass(problem, control, weights, result, failure);
	if (status == LL_OK)
		transpose(weights, size, outputs, result->weights);
	if (status == LL_OK && control->standard_errors)
		status = solver_inference(problem, control, weights, result, failure);
	return status;
}

Status
solver_choose_wd(const SolverProblem *problem, const SolverControl *control,
				 const FoldRows *folds, WdPath *path, FoldLosses *losses,
				 Failure *failure)
{
	size_t rows =
		problem->selection != NULL ? problem->count : problem->rows->count;
	double *sums;
	Pass pass;
	RidgeFolds held;
	Status status = pass_init(&pass, problem, control, 2, false, failure);

	if (status != LL_OK)
		return status;
	status = exact_sums(&pass, control, &sums, failure);
	if (status == LL_OK && folds != NULL)
		status = ridge_folds_make(problem, control, folds, &held, failure);
	if (status == LL_OK)
		status = gcv_choose(&pass, sums, rows, folds != NULL ? &held : NULL,
							path, losses, failure);
	if (status == LL_OK && folds != NULL)
		ridge_folds_release(&held);
	if (status == LL_OK && control->sums == NULL)
		runtime_release(control->runtime, sums);
	pass_release(&pass);
	return status;
}
