/*
 * preconditioner.c
 *		The matrix that L-BFGS starts its inverse Hessian from.
 *
 * On a large dense problem a Gram matrix costs as much as some passes but
 * saves many.  The first is of a share of the rows (the canonical order is a
 * random one).  Later ones are of all rows, but with most of them classified
 * clearly, few have curvature enough to count.
 */
#include "core/solve/preconditioner.h"

#include <string.h>

#include "core/solve/gram.h"
#include "core/solve/pass_shards.h"
#include "core/solve/vector.h"

#define MAX_DIMENSION 2048			  /* a factor of 33 MB */
#define MIN_WORK ((double) (1 << 24)) /* of a pass; as for float tiles */
#define DAMPING 1e-5				  /* relative to the mean diagonal */
/* Rows of the first Gram matrix, for each feature. */
#define SHARE_ROWS 4
/*
 * Curvature, relative to the greatest possible, from which a row counts: early, with
 * few rows classified clearly, and later.
 */
#define EARLY_FLOOR 0.5
#define EARLY 5 /* the last iteration that is */
#define CURVATURE_FLOOR 0.1

/* Before which iterations it is made anew. */
static const uint32_t schedule[] = {0, 5, 12, 30, 60};
static const uint32_t class_schedule[] = {0, 4, 10, 18, 28, 40, 60, 100};

/* Of sparse rows, for whom a look at the diagonal costs about a pass. */
static Status
init_diagonal(Preconditioner *preconditioner, Pass *pass, Failure *failure)
{
	preconditioner->solving = pass;
	preconditioner->diagonal =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	if (preconditioner->diagonal == NULL)
		return fail_no_memory(failure);
	preconditioner->wanted = true;
	return LL_OK;
}

/* Makes the diagonal anew, with penalties, and inverts it. */
static Status
update_diagonal(Preconditioner *preconditioner, const double *weights,
				Failure *failure)
{
	Pass *pass = preconditioner->solving;
	const SolverProblem *problem = pass->problem;
	double *diagonal = preconditioner->diagonal;
	size_t bias = pass->dimension * pass->outputs;
	Status status = pass_diagonal(pass, weights, diagonal, failure);

	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < pass->parameters; i++)
	{
		double h =
			diagonal[i] +
			(i < bias ? problem->wd : problem->wd * problem->bias_wd_mult);

		diagonal[i] = h > 0.0 ? 1.0 / h : 1.0; /* where nothing pulls */
	}
	preconditioner->ready = true;
	return LL_OK;
}

Status
preconditioner_init(Preconditioner *preconditioner, Pass *pass,
					const SolverControl *control, Failure *failure)
{
	const SolverProblem *problem = pass->problem;
	size_t size = pass->dimension + 1;
	Status status;

	memset(preconditioner, 0, sizeof(*preconditioner));
	if (pass->stride == 0)
		return init_diagonal(preconditioner, pass, failure);
	if (problem->l1 > 0.0 || pass->dimension > MAX_DIMENSION ||
		(!control->precondition &&
		 (double) pass->rows * pass->dimension * pass->outputs < MIN_WORK) ||
		pass->rows < SHARE_ROWS * pass->dimension)
		return LL_OK;
	preconditioner->classwise = class_grams_pay(pass);
	if (preconditioner->classwise)
	{
		preconditioner->wanted = true;
		return class_grams_init(&preconditioner->grams, problem, control,
								failure);
	}
	status =
		pass_init(&preconditioner->pass, problem, control, 1, true, failure);
	if (status != LL_OK)
		return status;
	preconditioner->gram =
		runtime_allocate_zero(pass->runtime, size * size, sizeof(double));
	preconditioner->gradient =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	preconditioner->column =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	if (preconditioner->gram == NULL || preconditioner->gradient == NULL ||
		preconditioner->column == NULL)
		return fail_no_memory(failure);
	preconditioner->wanted = true;
	return LL_OK;
}

/* Whether an iteration begins with a new matrix. */
static bool
is_due(const Preconditioner *preconditioner, uint32_t iteration)
{
	bool classwise = preconditioner->classwise;
	const uint32_t *at = classwise ? class_schedule : schedule;
	size_t count = classwise ? sizeof(class_schedule) : sizeof(schedule);

	for (size_t i = 0; i < count / sizeof(*at); i++)
		if (at[i] == iteration)
			return true;
	return false;
}

/* The second derivative by a margin that the rows near the classes' border have. */
static double
usual_curvature(const Pass *pass)
{
	double curvature = loss_table[pass->problem->loss].curvature;

	return curvature > 0 ? curvature : 1.0 / (double) pass->outputs;
}

/* From where on rows count before an iteration. */
static double
floor_at(const Pass *pass, uint32_t iteration)
{
	return (iteration <= EARLY ? EARLY_FLOOR : CURVATURE_FLOOR) *
		   usual_curvature(pass);
}

void
preconditioner_foresee(const Preconditioner *preconditioner,
					   uint32_t iteration, Pass *pass)
{
	bool due = preconditioner->wanted && preconditioner->diagonal == NULL &&
			   (iteration > 0 || preconditioner->classwise) &&
			   is_due(preconditioner, iteration);

	pass->foreseen = !due ? 0 : preconditioner->classwise ? pass->outputs : 1;
	pass->foreseen_floor =
		preconditioner->classwise ? 0.0 : floor_at(pass, iteration);
}

Status
preconditioner_update(Preconditioner *preconditioner, uint32_t iteration,
					  const double *weights, Failure *failure)
{
	Pass *pass = &preconditioner->pass;
	size_t all = pass->rows;
	size_t size = pass->dimension + 1;
	double mean = 0.0;
	double loss;
	Status status;

	if (!preconditioner->wanted || !is_due(preconditioner, iteration))
		return LL_OK;
	if (preconditioner->diagonal != NULL)
		return update_diagonal(preconditioner, weights, failure);
	if (preconditioner->classwise)
		return class_grams_update(&preconditioner->grams, weights, DAMPING,
								  &preconditioner->ready, failure);
	if (iteration == 0)
		pass_limit_rows(pass, SHARE_ROWS * pass->dimension);
	else
		pass->curvature_floor = floor_at(pass, iteration);
	status = pass_take_gram(pass, weights, preconditioner->gram)
				 ? LL_OK
				 : pass_run(pass, weights, &loss, preconditioner->gradient,
							preconditioner->gram, failure);
	pass_limit_rows(pass, all);
	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < size; j++)
		mean += preconditioner->gram[j * size + j] / (double) size;
	/* A flat direction would else get an endless step. */
	return gram_factor(pass, preconditioner->gram, size, DAMPING * mean,
					   &preconditioner->ready, failure);
}

void
preconditioner_apply(const Preconditioner *preconditioner, double *vector)
{
	const Pass *pass = &preconditioner->pass;
	int size = (int) (pass->dimension + 1);
	int outputs = (int) pass->outputs;
	int info;
	double *column = preconditioner->column;

	if (preconditioner->diagonal != NULL)
	{
		pass_multiply(preconditioner->solving, vector,
					  preconditioner->diagonal, vector);
		return;
	}
	if (preconditioner->classwise)
	{
		class_grams_solve(&preconditioner->grams, vector);
		return;
	}
	for (int j = 0; j < size; j++)
		for (int k = 0; k < outputs; k++)
			column[(size_t) k * size + j] = vector[(size_t) j * outputs + k];
	pass->blas->dpotrs("L", &size, &outputs, preconditioner->gram, &size,
					   column, &size, &info);
	for (int j = 0; j < size; j++)
		for (int k = 0; k < outputs; k++)
			vector[(size_t) j * outputs + k] = column[(size_t) k * size + j];
}

void
preconditioner_release(Preconditioner *preconditioner)
{
	if (!preconditioner->wanted)
		return;
	if (preconditioner->diagonal != NULL)
	{
		runtime_release(preconditioner->solving->runtime,
						preconditioner->diagonal);
		return;
	}
	if (preconditioner->classwise)
	{
		class_grams_release(&preconditioner->grams);
		return;
	}
	pass_release(&preconditioner->pass);
	runtime_release(preconditioner->pass.runtime, preconditioner->gram);
}
