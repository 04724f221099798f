/*
 * fold_kept.c
 *		A fold's solves by Newton's method at one penalty after another.
 */
#include "core/solve/fold_kept.h"

#include "core/solve/proximal.h"

struct FoldKept
{
	SolverProblem problem;
	const SolverControl *control;
	Pass pass;
	Proximal newton;
	bool started; /* its weights are those of its last solve */
};

bool
fold_kept_suits(const SolverProblem *problem)
{
	return problem->outputs == 1 && problem->loss != LOSS_SQUARED &&
		   !loss_table[problem->loss].kinked && problem->bounded == NULL &&
		   problem->held_outputs == NULL;
}

/* Whether all weights are 0. */
static bool
are_zero(const FoldKept *kept, const double *weights)
{
	for (size_t i = 0; i < kept->pass.parameters; i++)
		if (weights[i] != 0.0)
			return false;
	return true;
}

Status
fold_kept_open(FoldKept **kept, const SolverProblem *problem,
			   const SolverControl *control, Failure *failure)
{
	FoldKept *k = runtime_allocate_zero(control->runtime, 1, sizeof(FoldKept));
	Status status;

	if (k == NULL)
		return fail_no_memory(failure);
	*kept = k;
	k->problem = *problem;
	k->control = control;
	status = pass_init(&k->pass, &k->problem, control, 1, false, failure);
	return status == LL_OK
			   ? proximal_begin(&k->newton, &k->pass, control, failure)
			   : status;
}

Status
fold_kept_solve(FoldKept *kept, const SolverProblem *problem, double *weights,
				SolverResult *result, Failure *failure)
{
	Status status = LL_OK;

	kept->problem.l1 = problem->l1;
	kept->problem.wd = problem->wd;
	if (!kept->started || kept->control->zero_norm > 0.0)
		status =
			proximal_start(&kept->newton, are_zero(kept, weights), failure);
	if (status != LL_OK)
		return status;
	kept->started = true;
	return proximal_point(&kept->newton, weights, kept->control->tolerance,
						  result, failure);
}

void
fold_kept_restart(FoldKept *kept)
{
	kept->started = false;
	proximal_restart(&kept->newton);
}

void
fold_kept_close(FoldKept *kept)
{
	const Runtime *runtime = kept->control->runtime;

	if (kept->newton.pass != NULL)
		proximal_end(&kept->newton);
	if (kept->pass.lane != NULL)
		pass_release(&kept->pass);
	runtime_release(runtime, kept);
}
