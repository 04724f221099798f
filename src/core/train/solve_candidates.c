/*
 * solve_candidates.c
 *		Candidates solved to the optimum.
 */
#include "core/train/solve_candidates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/columns/references.h"
#include "core/loss/loss.h"
#include "core/math/transpose.h"
#include "core/options/optimizer_table.h"
#include "core/problem/learned_scales.h"
#include "core/problem/warm_candidate.h"
#include "core/problem/warm_start.h"
#include "core/shards/shards.h"
#include "core/solve/alias.h"
#include "core/solve/precise.h"
#include "core/solve/solver.h"
#include "core/train/choose_l1.h"
#include "core/train/choose_solver.h"
#include "core/train/choose_wd.h"
#include "core/train/early_end.h"
#include "core/train/judge_solved.h"
#include "core/train/separation.h"
#include "core/train/shared_grams.h"

/* Plain estimates are compared with those of other programs: so near they come. */
#define PLAIN_TOLERANCE 1e-11
#define PLAIN_STEPS 5
#define MAX_ITERATIONS_KINKS 200
/* lbfgs: of those, and of weights that are held at 0 */
#define MAX_ITERATIONS_BENT_LBFGS 1000
/*
 * A gradient's relative norm that is small for whoever looks at predictions,
 * though more was wished for, and one that rounding may leave.
 */
#define SMALL_NORM 1e-5
#define ROUNDING_NORM 1e-4

/* What the solver's progress is written to. */
typedef struct Solving
{
	Problem *problem;
	Candidate *candidate;
	uint32_t limit;	   /* iterations */
	double loss_scale; /* to the label's units */
	EarlyEnd early;
} Solving;

uint32_t
solve_iterations(const Hyperparameters *settings)
{
	OptimizerKind optimizer =
		(OptimizerKind) hp_integer(settings, HP_OPTIMIZER);
	unsigned told = hyperparameter_table[HP_EPOCHS].optimizers;

	if ((told & USED_BY(optimizer)) && settings->given[HP_EPOCHS])
		return (uint32_t) settings->value[HP_EPOCHS];
	/* Where a loss goes flat lbfgs may have to finish what newton cannot. */
	if (optimizer == OPTIMIZER_NEWTON &&
		loss_table[candidate_loss(settings)].goes_flat)
		optimizer = OPTIMIZER_LBFGS;
	if (optimizer == OPTIMIZER_NEWTON &&
		loss_table[candidate_loss(settings)].kinked)
		return MAX_ITERATIONS_KINKS;
	if (optimizer == OPTIMIZER_LBFGS &&
		(loss_table[candidate_loss(settings)].kinked ||
		 hp_wants_l1(settings) || hp_is_nonnegative(settings)))
		return MAX_ITERATIONS_BENT_LBFGS;
	return optimizer_table[optimizer].most_iterations;
}

/* What the pass of an iteration tells of validation rows elsewhere; NaN: nothing. */
static double
far_validation_loss(const Solving *solving)
{
	const Shards *shards = solving->problem->rows[CHANNEL_TRAIN]->shards;

	return shards == NULL ? NAN
						  : shards->validation_loss * solving->loss_scale;
}

/* Takes one iteration down; LL_LATE when time is up. */
static Status
note_iteration(void *context, const SolverProgress *progress, Failure *failure)
{
	Solving *solving = context;
	Candidate *candidate = solving->candidate;
	Problem *problem = solving->problem;
	Status status = LL_OK;

	if (!candidate_reserve_epoch(&problem->runtime, candidate))
		return fail_no_memory(failure);
	if (candidate->epochs < solving->limit)
		candidate->history[candidate->epochs++] = (ModelEpoch){
			.epoch = progress->iteration,
			.learning_rate = 1.0,
			.train_loss = progress->data_loss * solving->loss_scale,
			.validation_loss = far_validation_loss(solving),
			.criterion = NAN};
	if (problem->progress != NULL)
	{
		TrainingProgress told = {PHASE_TRAINING, progress->iteration,
								 solving->limit,
								 progress->data_loss * solving->loss_scale,
								 far_validation_loss(solving)};

		status = problem->progress(problem->host, &told, failure);
	}
	if (status == LL_OK &&
		early_end_note(&solving->early, candidate->epochs,
					   far_validation_loss(solving), progress->weights))
		return LL_LATE;
	return status == LL_OK && problem_late(problem) ? LL_LATE : status;
}

static bool
is_late(void *context)
{
	return problem_late(((const Solving *) context)->problem);
}

/* The train rows that a candidate's fold learns from, in canonical order. */
static Status
select_rows(Problem *problem, const Candidate *candidate,
			SolverProblem *solver, Failure *failure)
{
	const Rows *rows = problem->rows[CHANNEL_TRAIN];
	uint32_t *selection;

	if (problem->row_fold == NULL || candidate->fold < 0)
		return LL_OK;
	selection =
		runtime_allocate(&problem->runtime, rows->count * sizeof(uint32_t));
	if (selection == NULL)
		return fail_no_memory(failure);
	for (size_t place = 0;
		 place < rows->count && !runtime_stops(&problem->runtime, place);
		 place++)
	{
		size_t row = rows_at(rows, place);

		if (problem_fold_learns(problem, row, candidate->fold))
			selection[solver->count++] = (uint32_t) row;
	}
	solver->selection = selection;
	return LL_OK;
}

/* Describes a candidate to the solver. */
static Status
describe(Problem *problem, const Candidate *candidate, SolverProblem *solver,
		 Failure *failure)
{
	const Hyperparameters *s = &candidate->settings;
	const Normalizer *normalizer;
	const double *scale;
	float *class_weight;
	double deviation, unit = problem_label_unit(problem, s), penalty;
	LossParameters parameters = candidate_loss_parameters(s, unit);
	Status status = problem_normalizer(problem, s, &normalizer, failure);

	if (status == LL_OK)
		status = problem_class_weights(problem, s, &class_weight, failure);
	if (status == LL_OK)
		status =
			warm_start_scales(problem, normalizer->scale, &scale, failure);
	if (status != LL_OK)
		return status;
	penalty = loss_penalty_unit(candidate_loss(s), &parameters, unit);
	*solver = (SolverProblem){
		.rows = problem->rows[CHANNEL_TRAIN],
		.loss = candidate_loss(s),
		.outputs = problem->outputs,
		.mean = normalizer->center,
		.inverse_deviation = scale,
		.center = problem->center,
		.class_weight = class_weight,
		.held_outputs = problem->warm_start == NULL
							? NULL
							: problem->warm_start->held_outputs,
		.use_bias = s->value[HP_USE_BIAS] != 0,
		.wd = s->value[HP_WD] / penalty,
		.l1 = s->value[HP_L1] / penalty,
		.parameters = parameters,
		.label_unit = loss_is_log_link(candidate_loss(s)) ? unit : 0.0,
		.unit_size = problem->predictor != PREDICTOR_REGRESSOR &&
					 s->value[HP_NORMALIZE_DATA] != 0,
		.bias_wd_mult = s->value[HP_BIAS_WD_MULT],
		.bounded = hp_is_nonnegative(s) ? problem->bounded : NULL};
	problem_label_scale(problem, s, &solver->label_mean, &deviation);
	solver->label_deviation = deviation;
	return select_rows(problem, candidate, solver, failure);
}

/* Takes why there are no standard errors, with the names of what is separated. */
static Status
take_reason(Problem *problem, Candidate *candidate,
			const SolverProblem *solver, const SolverResult *result,
			Failure *failure)
{
	snprintf(candidate->inference_reason, sizeof(candidate->inference_reason),
			 "%s", result->reason);
	if (result->direction == NULL)
		return LL_OK;
	return separation_reason(problem->columns, problem->dimension,
							 result->direction, solver->inverse_deviation,
							 &problem->runtime, candidate->inference_reason,
							 sizeof(candidate->inference_reason), failure);
}

/* Copies what the solver found into the candidate; initial NULL: zeros. */
static Status
take_result(Problem *problem, Candidate *candidate,
			const SolverProblem *solver, const SolverResult *result,
			const double *initial, Failure *failure)
{
	size_t inputs = (size_t) problem->dimension + 1;
	size_t cells = inputs * problem->outputs;
	SolverResult *kept;

	candidate->weights =
		runtime_allocate_zero(&problem->runtime, cells, sizeof(float));
	candidate->exact_weights =
		runtime_allocate_zero(&problem->runtime, cells, sizeof(double));
	if (candidate->weights == NULL || candidate->exact_weights == NULL)
		return fail_no_memory(failure);
	transpose(result->weights, problem->outputs, inputs,
			  candidate->exact_weights);
	if (initial != NULL)
		warm_start_restore(problem, candidate, initial);
	for (size_t i = 0; i < cells; i++)
		candidate->weights[i] = (float) candidate->exact_weights[i];
	kept = runtime_allocate(&problem->runtime, sizeof(SolverResult));
	if (kept == NULL)
		return fail_no_memory(failure);
	*kept = *result;
	candidate->solved = kept;
	candidate->gradient_norm = result->gradient_norm;
	candidate->standard_errors = result->standard_errors;
	return take_reason(problem, candidate, solver, result, failure);
}

/* What a candidate has found that was not begun. */
static void
clear_result(Candidate *candidate)
{
	candidate->status = TRIAL_STOPPED;
	candidate->threshold = (Threshold){.value = NAN};
	candidate->cost = INFINITY;
	candidate->train_loss = candidate->validation_loss = NAN;
	candidate->gradient_norm = candidate->gap = NAN;
	candidate->end = SOLVE_NONE;
}

/* Makes room and sets what a candidate starts from. */
static Status
prepare(Problem *problem, Candidate *candidate, double **initial,
		Failure *failure)
{
	size_t inputs = (size_t) problem->dimension + 1;

	*initial = NULL;
	clear_result(candidate);
	if (candidate->initial != NULL)
		*initial = runtime_allocate_zero(
			&problem->runtime, inputs * problem->outputs, sizeof(double));
	if (!candidate_reserve_epoch(&problem->runtime, candidate) ||
		(candidate->initial != NULL && *initial == NULL))
		return fail_no_memory(failure);
	return *initial == NULL
			   ? LL_OK
			   : warm_start_unheld(problem, candidate, *initial, failure);
}

/*
 * Lets a solve of a path begin at the solution before.  What has to be found from
 * zeros is left there: plain estimates, which least squares move the least from
 * where they begin, and losses with kinks, which are rounded anew.
 */
static void
begin_before(const Candidate *candidate, const SolverProblem *solver,
			 SolverControl *control)
{
	const Candidate *before = candidate->before;

	if (before == NULL || before->solved == NULL || control->initial != NULL ||
		!isfinite(before->solved->objective) ||
		optimizer_table[control->optimizer].closed_form ||
		loss_table[solver->loss].kinked ||
		!(solver->wd > 0.0 || solver_holds_weights(solver)))
		return;
	control->initial = before->solved->weights;
	control->initial_l1 = solver->l1 > 0.0 && before->settings.value[HP_L1] > 0
							  ? solver->l1 * before->settings.value[HP_L1] /
									candidate->settings.value[HP_L1]
							  : 0.0;
}

/*
 * Solves, near-collinear features with their digits, and where features turn out
 * dependent once more without those that the ones before them give, so that each
 * weight that is left has an estimate.  Levels that would be references come last:
 * where wd was chosen to be 0 they have terms.
 */
static Status
solve_independent(Problem *problem, Candidate *candidate,
				  SolverProblem *solver, SolverControl *control,
				  SolverResult *result, Failure *failure)
{
	Status status = solver_run(solver, control, result, failure);
	size_t count;
	double *scale;
	bool *references;

	references = runtime_allocate_zero(&problem->runtime, problem->dimension,
									   sizeof(bool));
	if (references == NULL)
		return fail_no_memory(failure);
	columns_mark_references(problem->columns, references);
	solver->comes_last = references;
	if (status == LL_OK && precise_wanted(solver, control, result))
		status = precise_solve(solver, control, true, result, failure);
	if (status != LL_OK || !result->dependent)
		return status;
	scale = runtime_allocate(&problem->runtime,
							 problem->dimension * sizeof(double));
	if (scale == NULL)
		return fail_no_memory(failure);
	status = solver_find_aliased(solver, control, scale, &count, failure);
	if (status != LL_OK || count == 0)
		return status;
	solver->inverse_deviation = scale;
	control->sums = NULL; /* they are of all features */
	candidate->epochs = 0;
	return solver_run(solver, control, result, failure);
}

/*
 * Brings an estimate that has errors as near to the optimum as rounding lets it, by
 * Newton steps, where its inference has not done so.  What fails to is as it was.
 */
static Status
refine(const SolverProblem *solver, const SolverControl *control,
	   SolverResult *result, Failure *failure)
{
	SolverControl own = *control;
	SolverResult finer;
	Status status;

	if (result->standard_errors == NULL || !loss_is_log_link(solver->loss) ||
		(control->bound && result->iterations >= control->max_iterations) ||
		loss_table[solver->loss].likelihood != LIKELIHOOD_DISPERSED ||
		result->gradient_norm <= PLAIN_TOLERANCE ||
		!solver_supports(OPTIMIZER_NEWTON, solver->loss, false))
		return LL_OK;
	own.optimizer = OPTIMIZER_NEWTON;
	own.max_iterations = PLAIN_STEPS;
	if (control->bound &&
		control->max_iterations - result->iterations < PLAIN_STEPS)
		own.max_iterations = control->max_iterations - result->iterations;
	own.tolerance = PLAIN_TOLERANCE;
	own.initial = result->weights;
	own.sums = NULL;
	status = solver_run(solver, &own, &finer, failure);
	if (status == LL_OK && finer.standard_errors != NULL &&
		finer.gradient_norm < result->gradient_norm)
		*result = finer;
	return status;
}

/* Solves a candidate, plain estimates with what they need. */
static Status
run_solver(Problem *problem, Candidate *candidate, SolverProblem *solver,
		   SolverControl *control, SolverResult *result, Failure *failure)
{
	Status status;

	if (problem->columns == NULL || control->initial != NULL ||
		solver->wd > 0.0 || solver_holds_weights(solver))
	{
		status = solver_run(solver, control, result, failure);
		if (status == LL_OK && precise_wanted(solver, control, result))
			status = precise_solve(solver, control, false, result, failure);
	}
	else
		status = solve_independent(problem, candidate, solver, control, result,
								   failure);
	return status == LL_OK ? refine(solver, control, result, failure) : status;
}

/*
 * How a solver ended.  One that no step leads on from is at the optimum as far as
 * sums of so many rows can tell, if the gradient has fallen as far.
 */
static SolveEnd
how_ended(const Problem *problem, const SolverResult *result, uint32_t limit)
{
	if (result->converged || result->gradient_norm <= SMALL_NORM)
		return SOLVE_CONVERGED;
	if (result->stopped || problem_late(problem))
		return SOLVE_SECONDS;
	if (result->iterations >= limit)
		return SOLVE_ITERATIONS;
	return result->gradient_norm <= ROUNDING_NORM ? SOLVE_CONVERGED
												  : SOLVE_STUCK;
}

/* Solves and judges one candidate. */
static Status
solve(Problem *problem, Candidate *candidate, SharedGrams *grams,
	  Failure *failure)
{
	Solving solving = {.problem = problem,
					   .candidate = candidate,
					   .limit = solve_iterations(&candidate->settings)};
	SolverControl control = {.optimizer = (OptimizerKind) hp_integer(
								 &candidate->settings, HP_OPTIMIZER),
							 .max_iterations = solving.limit,
							 .bound = candidate->settings.given[HP_EPOCHS],
							 .standard_errors = true,
							 .error_kind = (ErrorKind) hp_integer(
								 &candidate->settings, HP_STANDARD_ERRORS),
							 .runtime = &problem->runtime,
							 .pool = problem->pool,
							 .progress = note_iteration,
							 .late = is_late,
							 .context = &solving};
	SolverProblem solver;
	SolverResult result;
	double *initial;
	Status status = prepare(problem, candidate, &initial, failure);

	control.initial = initial;
	if (status == LL_OK)
		status = early_end_init(&solving.early, problem, candidate, failure);
	if (status == LL_OK &&
		solver_takes_sums(control.optimizer,
						  candidate_loss(&candidate->settings),
						  hp_wants_l1(&candidate->settings) ||
							  hp_is_nonnegative(&candidate->settings)))
		status = shared_grams_find(problem, candidate, grams, &control.sums,
								   failure);
	if (status == LL_OK)
		status = describe(problem, candidate, &solver, failure);
	if (status == LL_OK)
		status = choose_l1(problem, candidate, &solver, &control, failure);
	if (status == LL_OK)
		status = choose_wd(problem, candidate, &solver, &control, failure);
	if (status == LL_OK && candidate->path == NULL)
		status = learned_scales(problem, &candidate->settings,
								&solver.inverse_deviation, failure);
	if (status != LL_OK)
		return status;
	choose_solver(problem, candidate, &solver, &control);
	/* An l1 that was chosen may take more. */
	solving.limit = control.max_iterations =
		solve_iterations(&candidate->settings);
	begin_before(candidate, &solver, &control);
	solving.loss_scale =
		loss_scale(solver.loss, &solver.parameters,
				   problem_label_unit(problem, &candidate->settings));
	status =
		run_solver(problem, candidate, &solver, &control, &result, failure);
	if (status != LL_OK)
		return status;
	early_end_take(&solving.early, problem, candidate, &result);
	status =
		take_result(problem, candidate, &solver, &result, initial, failure);
	if (status != LL_OK)
		return status;
	if (candidate->epochs == 0) /* it started at the optimum */
		candidate->history[candidate->epochs++] =
			(ModelEpoch){.epoch = 1,
						 .learning_rate = 1.0,
						 .train_loss = result.data_loss * solving.loss_scale,
						 .validation_loss = NAN,
						 .criterion = NAN};
	candidate->end = solving.early.ended
						 ? SOLVE_EARLY
						 : how_ended(problem, &result, solving.limit);
	candidate->gap = result.gap;
	candidate->status = result.converged || result.iterations >= solving.limit
							? TRIAL_COMPLETED
							: TRIAL_STOPPED;
	if (isfinite(result.objective))
		return judge_solved(problem, candidate, failure);
	candidate->status = TRIAL_FAILED;
	return LL_OK;
}

Status
solve_candidates(Problem *problem, Candidate *candidates, size_t count,
				 Failure *failure)
{
	SharedGrams grams = {0};
	Status status = shared_grams_open(problem, count, &grams, failure);
	bool solved = false;

	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < count && status == LL_OK; i++)
	{
		Candidate *candidate = &candidates[i];
		size_t twin = 0;

		if (!hp_solves(&candidate->settings))
			continue;
		while (twin < i &&
			   !candidates_share(candidate, &candidates[twin], SHARE_SOLUTION))
			twin++;
		if (twin < i)
		{
			Hyperparameters settings = candidate->settings;

			settings.value[HP_OPTIMIZER] =
				candidates[twin].settings.value[HP_OPTIMIZER];
			*candidate = candidates[twin];
			candidate->settings = settings;
			continue;
		}
		if (solved && problem_late(problem))
		{
			clear_result(candidate);
			continue;
		}
		status = solve(problem, candidate, &grams, failure);
		solved |= candidate->best_epoch > 0;
	}
	shared_grams_close(problem, &grams);
	return status;
}
