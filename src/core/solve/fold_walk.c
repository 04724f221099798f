/*
 * fold_walk.c
 *		The folds of a cross-validation, solved and judged at one penalty after
 *		another.
 */
#include "core/solve/fold_walk.h"

#include <math.h>
#include <string.h>

#include "core/solve/fold_work.h"
#include "core/solve/lbfgs.h"
#include "core/solve/newton.h"
#include "core/solve/proximal.h"
#include "core/solve/rounded.h"
#include "core/solve/row_span.h"

/* Most iterations of a point's solves. */
#define PATH_ITERATIONS 100
/* Work of a pass that is not worth waking threads for. */
#define SMALL_WORK ((double) (1 << 18))
/* Features of the rows' span times so many: there it pays. */
#define SPAN_FEATURES 4.0
/* Of folds solved together: what a step may still gain, relative. */
#define TOGETHER_TOLERANCE 1e-4

/* Solves by what is fit for the loss. */
static Status
solve(FoldWalk *walk, Pass *pass, double *weights, SolverResult *result,
	  Failure *failure)
{
	if (loss_table[walk->problem.loss].kinked)
		return rounded_solve(pass, &walk->own, weights, result, failure);
	if (walk->own.optimizer != OPTIMIZER_NEWTON)
		return lbfgs_solve(pass, &walk->own, weights, result, failure);
	return walk->problem.l1 > 0.0
			   ? proximal_solve(pass, &walk->own, weights, result, failure)
			   : newton_solve(pass, &walk->own, weights, result, failure);
}

/* The problem's rows are those that a fold learns from. */
static void
select_learned(FoldWalk *walk, size_t fold)
{
	bool whole = fold == FOLD_WHOLE;
	const Normalizer *own = whole ? NULL : &walk->folds->normalizer[fold];
	bool scaled = own != NULL && own->scale != NULL;

	walk->problem.mean = scaled ? own->center : walk->mean;
	walk->problem.inverse_deviation =
		scaled ? own->scale : walk->inverse_deviation;
	walk->problem.selection = whole ? walk->whole : walk->folds->learned[fold];
	walk->problem.count =
		whole ? walk->whole_count : walk->folds->learned_count[fold];
}

/*
 * Whether float tiles do for so many rows: what they leave of a gradient is far
 * below a point's tolerance, but for an l1's, whose points are solved further.
 */
static bool
bears_single(const FoldWalk *walk, size_t count)
{
	const SolverProblem *problem = &walk->problem;

	return walk->own.optimizer == OPTIMIZER_LBFGS &&
		   !loss_table[problem->loss].kinked &&
		   (double) count * problem->rows->dimension * problem->outputs >=
			   SMALL_WORK;
}

static bool
takes_single(const FoldWalk *walk)
{
	const SolverProblem *problem = &walk->problem;

	if (problem->l1 > 0.0 || problem->wd == 0.0)
		return false;
	return problem->matrix ? problem->rows->format == ROWS_F32
						   : bears_single(walk, problem->count);
}

/* Solves a fold from what its last solve found. */
static Status
solve_kept(FoldWalk *walk, size_t fold, Failure *failure)
{
	SolverResult result = {0};
	Status status = LL_OK;

	if (walk->kept[fold] == NULL)
		status = fold_kept_open(&walk->kept[fold], &walk->problem, &walk->own,
								failure);
	if (status == LL_OK)
		status = fold_kept_solve(walk->kept[fold], &walk->problem,
								 walk->weights[fold], &result, failure);
	walk->learned_loss = fmax(walk->learned_loss, result.data_loss);
	return status;
}

Status
fold_walk_solve(FoldWalk *walk, size_t fold, Failure *failure)
{
	bool newton = walk->own.optimizer == OPTIMIZER_NEWTON;
	SolverResult result = {0};
	Pass pass;
	Status status;

	select_learned(walk, fold);
	walk->own.zero_norm = walk->zero_norm[fold];
	if (walk->keeps)
		return solve_kept(walk, fold, failure);
	status = pass_init(&pass, &walk->problem, &walk->own, newton ? 1 : 0,
					   takes_single(walk), failure);
	if (status != LL_OK)
		return status;
	status = solve(walk, &pass, walk->weights[fold], &result, failure);
	walk->learned_loss = fmax(walk->learned_loss, result.data_loss);
	pass_release(&pass);
	return status;
}

/* The mean loss of the problem's rows at a fold's weights, and its gradient. */
static Status
run(FoldWalk *walk, size_t fold, double *loss, Failure *failure)
{
	bool floats =
		walk->problem.matrix && walk->problem.rows->format == ROWS_F32;
	Pass pass;
	Status status =
		pass_init(&pass, &walk->problem, &walk->own, 0, floats, failure);

	if (status != LL_OK)
		return status;
	status = pass_run(&pass, walk->weights[fold], loss, walk->gradient, NULL,
					  failure);
	pass_release(&pass);
	return status;
}

Status
fold_walk_gradient(FoldWalk *walk, size_t fold, Failure *failure)
{
	double loss;

	select_learned(walk, fold);
	return run(walk, fold, &loss, failure);
}

/* The mean loss of the rows that a fold holds out. */
static Status
judge_fold(FoldWalk *walk, size_t fold, double *loss, Failure *failure)
{
	walk->problem.selection = walk->folds->held[fold];
	walk->problem.count = walk->folds->held_count[fold];
	return run(walk, fold, loss, failure);
}

Status
fold_walk_judge(FoldWalk *walk, double l1, double wd, FoldLosses *losses,
				bool *late, Failure *failure)
{
	walk->problem.l1 = l1;
	walk->problem.wd = wd;
	walk->learned_loss = 0.0;
	*losses = (FoldLosses){.count = walk->folds->count};
	if (walk->together != NULL)
	{
		*late = walk->control->late != NULL &&
				walk->control->late(walk->control->context);
		return *late ? LL_OK
					 : fold_newton_judge(walk->together, wd,
										 TOGETHER_TOLERANCE, losses, failure);
	}
	for (size_t fold = 0; fold < walk->folds->count; fold++)
	{
		Status status;

		*late = walk->control->late != NULL &&
				walk->control->late(walk->control->context);
		if (*late)
			return LL_OK;
		status = fold_walk_solve(walk, fold, failure);
		if (status == LL_OK)
			status = judge_fold(walk, fold, &losses->of[fold], failure);
		if (status != LL_OK)
			return status;
	}
	fold_losses_sum(losses);
	return LL_OK;
}

/* Lists the rows of all folds: those of the last, which by time has seen all. */
static Status
list_whole(FoldWalk *walk, Failure *failure)
{
	const FoldRows *folds = walk->folds;
	size_t last = folds->count - 1;
	size_t learned = folds->learned_count[last];
	size_t held = folds->held_count[last];

	walk->listed = runtime_allocate(walk->control->runtime,
									(learned + held) * sizeof(uint32_t));
	if (walk->listed == NULL)
		return fail_no_memory(failure);
	memcpy(walk->listed, folds->learned[last], learned * sizeof(uint32_t));
	memcpy(walk->listed + learned, folds->held[last], held * sizeof(uint32_t));
	walk->whole = walk->listed;
	walk->whole_count = learned + held;
	return LL_OK;
}

/* Gives the matrix back, and goes back to the rows as they are. */
static void
leave_matrix(FoldWalk *walk)
{
	fold_dense_release(&walk->dense);
	walk->spanned = false;
	walk->problem = *walk->given;
	walk->mean = walk->given->mean;
	walk->inverse_deviation = walk->given->inverse_deviation;
	walk->folds = walk->given_folds;
	walk->whole = walk->listed;
}

/*
 * Normalises the rows once for all passes, in floats or doubles, where their folds
 * are in the scales of all.
 */
static Status
take_matrix(FoldWalk *walk, bool single, Failure *failure)
{
	Status status;

	if (walk->given_folds->normalizer[0].scale != NULL ||
		!(walk->keeps || row_matrix_is_wide(walk->given)) ||
		!row_matrix_serves(walk->given, walk->whole_count, single))
		return LL_OK;
	status = fold_dense_make(walk->given, &walk->own, walk->given_folds,
							 walk->listed, walk->whole_count, single,
							 &walk->dense, failure);
	walk->problem = walk->dense.matrix.problem;
	walk->folds = &walk->dense.folds;
	walk->whole = walk->dense.place;
	return status;
}

/*
 * Whether a path of wd goes through coordinates of the rows' span: of so many times
 * as many features, whose products take less time than they save.
 */
static bool
takes_span(const FoldWalk *walk)
{
	return walk->own.optimizer == OPTIMIZER_LBFGS &&
		   !loss_table[walk->given->loss].kinked &&
		   walk->given_folds->normalizer[0].scale == NULL &&
		   row_span_serves(walk->given,
						   SPAN_FEATURES * (double) walk->whole_count) &&
		   row_matrix_serves(walk->given, walk->whole_count, false);
}

/* Makes what a path of wd reads. */
static Status
begin_matrix(FoldWalk *walk, Failure *failure)
{
	size_t learned = walk->folds->learned_count[0];
	Status status;

	walk->spanned = takes_span(walk);
	if (!walk->spanned)
		return take_matrix(walk, bears_single(walk, learned), failure);
	status = take_matrix(walk, false, failure);
	if (status != LL_OK)
		return status;
	status = fold_dense_span(&walk->dense, &walk->own,
							 (double) learned * (double) walk->whole_count *
									 walk->given->outputs >=
								 SMALL_WORK,
							 failure);
	walk->problem = walk->dense.matrix.problem;
	walk->mean = walk->inverse_deviation = NULL;
	return status;
}

/* Room for the weights of folds that are solved one by one: zeros. */
static Status
allocate_weights(FoldWalk *walk, Failure *failure)
{
	const Runtime *runtime = walk->control->runtime;

	walk->gradient =
		runtime_allocate_zero(runtime, walk->parameters, sizeof(double));
	for (size_t fold = 0; fold <= FOLD_WHOLE; fold++)
	{
		walk->weights[fold] =
			runtime_allocate_zero(runtime, walk->parameters, sizeof(double));
		if (walk->weights[fold] == NULL)
			return fail_no_memory(failure);
	}
	return walk->gradient == NULL ? fail_no_memory(failure) : LL_OK;
}

Status
fold_walk_begin(FoldWalk *walk, const SolverProblem *problem,
				const SolverControl *control, const FoldRows *folds,
				Failure *failure)
{
	size_t last = folds->count - 1;
	size_t rows = folds->learned_count[last] + folds->held_count[last];
	bool newton = fold_path_takes_newton(problem, (double) rows);
	bool small = (double) folds->learned_count[0] * problem->rows->dimension *
					 problem->outputs <
				 SMALL_WORK;
	Status status;

	*walk = (FoldWalk){
		.problem = *problem,
		.mean = problem->mean,
		.inverse_deviation = problem->inverse_deviation,
		.control = control,
		.own = {.optimizer = newton ? OPTIMIZER_NEWTON : OPTIMIZER_LBFGS,
				.max_iterations = PATH_ITERATIONS,
				.runtime = control->runtime,
				.precondition = true,
				.pool = small ? NULL : control->pool},
		.given = problem,
		.given_folds = folds,
		.folds = folds,
		.parameters =
			((size_t) problem->rows->dimension + 1) * problem->outputs,
		.keeps = newton && fold_kept_suits(problem)};
	status = list_whole(walk, failure);
	if (status == LL_OK && fold_newton_suits(problem) &&
		folds->normalizer[0].scale == NULL)
		return fold_state_open(&walk->together, problem, &walk->own, folds,
							   walk->whole, walk->whole_count, failure);
	if (status == LL_OK)
		status = begin_matrix(walk, failure);
	return status == LL_OK ? allocate_weights(walk, failure) : status;
}

Status
fold_walk_restart(FoldWalk *walk, Failure *failure)
{
	Status status = LL_OK;

	if (walk->together != NULL)
		fold_state_close(walk->together);
	walk->together = NULL;
	if (walk->spanned || walk->dense.matrix.rows.format != ROWS_F64)
	{
		leave_matrix(walk);
		status = take_matrix(walk, false, failure);
	}
	if (status != LL_OK)
		return status;
	if (walk->gradient == NULL)
		return allocate_weights(walk, failure);
	for (size_t fold = 0; fold <= FOLD_WHOLE; fold++)
	{
		memset(walk->weights[fold], 0, walk->parameters * sizeof(double));
		if (walk->kept[fold] != NULL)
			fold_kept_restart(walk->kept[fold]);
	}
	return LL_OK;
}

void
fold_walk_end(FoldWalk *walk)
{
	const Runtime *runtime = walk->control->runtime;

	if (walk->together != NULL)
		fold_state_close(walk->together);
	for (size_t fold = 0; fold <= FOLD_WHOLE; fold++)
	{
		runtime_release(runtime, walk->weights[fold]);
		if (walk->kept[fold] != NULL)
			fold_kept_close(walk->kept[fold]);
	}
	runtime_release(runtime, walk->gradient);
	runtime_release(runtime, walk->listed);
	fold_dense_release(&walk->dense);
}
