/*
 * proximal.c
 *		Newton's method with l1.
 */
#include "core/solve/proximal.h"

#include <math.h>
#include <string.h>

#include "core/solve/exact.h"
#include "core/solve/gram.h"
#include "core/solve/newton.h"
#include "core/solve/vector.h"

#define DEFAULT_ITERATIONS 50
#define MAX_HALVINGS 30
#define SUFFICIENT_DECREASE 1e-4
#define NOISE 1e-15 /* relative rounding error of an objective */
/* The model is solved to this part of the tolerance, or of what is left. */
#define FINER 0.1
#define MODEL_SHARE 1e-3
/* A matrix is kept while it makes the gradient's norm fall to this share. */
#define FAST 0.1
/* Least curvature of the bias that a model believes. */
#define LEAST_CURVATURE 1e-12
/* Of a feature's sum of squares without its mean: what rounding leaves. */
#define CONSTANT 1e-14

/* Element i >= j of a lower triangle. */
static double
element(const double *matrix, size_t size, size_t i, size_t j)
{
	return i >= j ? matrix[j * size + i] : matrix[i * size + j];
}

/* What holds the bias: its curvature and wd. */
static double
bias_curvature(const SolverProblem *problem, const double *matrix, size_t size)
{
	size_t d = problem->rows->dimension;

	return fmax(matrix[d * size + d] + problem->wd * problem->bias_wd_mult,
				LEAST_CURVATURE);
}

/* Takes the bias out of the right side, for a gram that has been reduced. */
static void
reduce_right(const SolverProblem *problem, const double *matrix, size_t size,
			 const double *right, double bias, Quadratic *q)
{
	size_t d = problem->rows->dimension;
	double shift = problem->use_bias
					   ? right[d] / bias_curvature(problem, matrix, size)
					   : bias;

	for (size_t j = 0; j < d; j++)
		q->right[j] = q->gram[j * d + j] == 0.0
						  ? 0.0
						  : right[j] - element(matrix, size, d, j) * shift;
}

void
proximal_reduce(const SolverProblem *problem, const double *matrix,
				size_t size, const double *right, double bias, Quadratic *q)
{
	size_t d = problem->rows->dimension;
	const double *inverse = problem->inverse_deviation;
	double held = bias_curvature(problem, matrix, size);

	for (size_t j = 0; j < d; j++)
	{
		double own = element(matrix, size, d, j);
		double *column = q->gram + j * d;
		bool pinned = inverse != NULL && inverse[j] == 0.0;

		for (size_t i = j; i < d; i++)
			column[i] =
				matrix[j * size + i] -
				(problem->use_bias ? own * element(matrix, size, d, i) / held
								   : 0.0);
		/* What does not vary has no weight. */
		if (pinned || !(column[j] > CONSTANT * matrix[j * size + j]))
			memset(column + j, 0, (d - j) * sizeof(double));
	}
	for (size_t j = 0; j < d; j++)
	{
		bool still = q->gram[j * d + j] == 0.0;

		for (size_t i = 0; i < j; i++)
		{
			if (still)
				q->gram[i * d + j] = 0.0;
			q->gram[j * d + i] = q->gram[i * d + j];
		}
	}
	quadratic_changed(q);
	reduce_right(problem, matrix, size, right, bias, q);
}

double
proximal_bias(const SolverProblem *problem, const double *matrix, size_t size,
			  const double *right, double bias, const Quadratic *q)
{
	size_t d = problem->rows->dimension;
	double sum = right[d];

	if (!problem->use_bias)
		return bias;
	for (size_t j = 0; j < d; j++)
		sum -= element(matrix, size, d, j) * q->weights[j];
	return sum / bias_curvature(problem, matrix, size);
}

Status
proximal_begin(Proximal *p, Pass *pass, const SolverControl *control,
			   Failure *failure)
{
	const Runtime *runtime = pass->runtime;
	size_t n = pass->parameters;
	Status status;

	*p = (Proximal){.pass = pass,
					.control = control,
					.n = n,
					.size = pass->gram_size,
					.fast = FAST,
					.before = control->initial_l1 > 0.0 ? control->initial_l1
														: INFINITY};
	p->right = runtime_allocate_zero(runtime, n, sizeof(double));
	p->gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	p->next_gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	p->direction = runtime_allocate_zero(runtime, n, sizeof(double));
	p->next = runtime_allocate_zero(runtime, n, sizeof(double));
	if (p->right == NULL || p->gradient == NULL || p->next_gradient == NULL ||
		p->direction == NULL || p->next == NULL)
		return fail_no_memory(failure);
	if (pass->problem->loss != LOSS_SQUARED) /* that has its sums */
	{
		p->matrix =
			runtime_allocate(runtime, p->size * p->size * sizeof(double));
		if (p->matrix == NULL)
			return fail_no_memory(failure);
	}
	status = quadratic_init(&p->model, n - 1, pass->blas, runtime, failure);
	p->model.bounded = pass->problem->bounded;
	return status;
}

void
proximal_end(Proximal *p)
{
	const Runtime *runtime = p->pass->runtime;

	quadratic_release(&p->model);
	if (p->pass->problem->loss != LOSS_SQUARED)
		runtime_release(runtime, p->matrix);
	runtime_release(runtime, p->factor);
	runtime_release(runtime, p->right);
	runtime_release(runtime, p->gradient);
	runtime_release(runtime, p->next_gradient);
	runtime_release(runtime, p->direction);
	runtime_release(runtime, p->next);
}

/* out = matrix x, of the features and the bias. */
static void
multiply(const Proximal *p, const double *x, double *out)
{
	memset(out, 0, p->n * sizeof(double));
	for (size_t j = 0; j < p->n; j++)
	{
		const double *column = p->matrix + j * p->size;

		out[j] += column[j] * x[j];
		for (size_t i = j + 1; i < p->n; i++)
		{
			out[i] += column[i] * x[j];
			out[j] += column[i] * x[i];
		}
	}
}

/* The l1 norm of the features' weights. */
static double
absolute_sum(const Proximal *p, const double *x)
{
	double sum = 0.0;

	for (size_t j = 0; j + 1 < p->n; j++)
		sum += fabs(x[j]);
	return sum;
}

/* Norm of the least subgradient at x, whose gradient but for l1 is given. */
static double
least_norm(const Proximal *p, const double *x, const double *gradient)
{
	const SolverProblem *problem = p->pass->problem;
	double l1 = problem->l1;
	double sum = 0.0;

	/* Weights that may not be negative are pulled up alone. */
	for (size_t j = 0; j < p->n; j++)
	{
		double g = gradient[j];

		if (j + 1 < p->n && problem->inverse_deviation != NULL &&
			problem->inverse_deviation[j] == 0.0)
			g = 0.0;
		else if (j + 1 < p->n && x[j] != 0.0)
			g += copysign(l1, x[j]);
		else if (j + 1 < p->n)
			g = fmax((solver_bounds_feature(problem, j) ? -g : fabs(g)) - l1,
					 0.0);
		else if (!problem->use_bias)
			g = 0.0;
		sum += g * g;
	}
	return sqrt(sum);
}

/*
 * Minimises the model from x on, and writes where that is.  before is an l1 that x
 * is the optimum for, or infinity.
 */
static Status
solve_model(Proximal *p, const double *x, double before, double tolerance,
			double *found, Failure *failure)
{
	const SolverProblem *problem = p->pass->problem;
	Quadratic *q = &p->model;
	double bias = x[p->n - 1];
	Status status;

	if (!p->reduced || problem->wd * problem->bias_wd_mult != p->reduced_wd)
		proximal_reduce(problem, p->matrix, p->size, p->right, bias, q);
	else
		reduce_right(problem, p->matrix, p->size, p->right, bias, q);
	p->reduced = true;
	p->reduced_wd = problem->wd * problem->bias_wd_mult;
	for (size_t j = 0; j + 1 < p->n; j++)
		q->weights[j] = q->gram[j * q->size + j] > 0.0 ? x[j] : 0.0;
	status = quadratic_solve(q, problem->l1, problem->wd, before, tolerance,
							 failure);
	memcpy(found, q->weights, (p->n - 1) * sizeof(double));
	found[p->n - 1] =
		proximal_bias(problem, p->matrix, p->size, p->right, bias, q);
	return status;
}

/* Loss, objective and gradient of squared loss from the sums. */
static void
measure_squares(Proximal *p, const double *x)
{
	double loss = p->matrix[p->n * p->size + p->n];

	multiply(p, x, p->gradient);
	for (size_t j = 0; j < p->n; j++)
	{
		loss += x[j] * (p->gradient[j] - 2.0 * p->right[j]);
		p->gradient[j] -= p->right[j];
	}
	p->data_loss = fmax(0.5 * loss, 0.0);
	p->objective = p->data_loss + pass_penalty(p->pass, x, p->gradient) +
				   p->pass->problem->l1 * absolute_sum(p, x);
}

/* Writes down where a solve is, and tells it. */
static Status
tell(Proximal *p, const double *weights, double tolerance,
	 SolverResult *result, Failure *failure)
{
	SolverProgress progress = {result->iterations, p->objective, p->data_loss,
							   0.0, weights};
	Status status = LL_OK;

	progress.gradient_norm =
		least_norm(p, weights, p->gradient) / p->zero_norm;
	result->gradient_norm = progress.gradient_norm;
	result->objective = p->objective;
	result->data_loss = p->data_loss;
	result->converged = progress.gradient_norm <= tolerance;
	if (result->iterations > 0)
		status = solver_tell(p->control, &progress, failure);
	if (status == LL_LATE)
		result->stopped = true;
	return status == LL_LATE ? LL_OK : status;
}

/* Squared loss: the model is all there is. */
static Status
solve_squares(Proximal *p, double *weights, double tolerance,
			  SolverResult *result, Failure *failure)
{
	Status status = exact_sums(p->pass, p->control, &p->matrix, failure);

	if (status != LL_OK)
		return status;
	for (size_t j = 0; j < p->n; j++)
		p->right[j] = p->matrix[j * p->size + p->n];
	memcpy(p->next, weights, p->n * sizeof(double));
	memset(weights, 0, p->n * sizeof(double));
	measure_squares(p, weights);
	p->zero_norm = least_norm(p, weights, p->gradient);
	if (p->zero_norm == 0.0)
		p->zero_norm = 1.0;
	p->model.late = p->control->late;
	p->model.context = p->control->context;
	status = solve_model(p, p->next, p->before, FINER * tolerance, weights,
						 failure);
	if (status == LL_OK)
	{
		measure_squares(p, weights);
		result->iterations = 1;
		result->stopped = p->model.stopped;
		status = tell(p, weights, tolerance, result, failure);
	}
	if (p->control->sums == NULL)
		runtime_release(p->pass->runtime, p->matrix);
	return status;
}

/* The matrix at x, unless the one at hand will do. */
static Status
make_matrix(Proximal *p, const double *x, Failure *failure)
{
	double loss;
	Status status =
		pass_run(p->pass, x, &loss, p->next_gradient, p->matrix, failure);

	p->has_matrix = status == LL_OK;
	p->reduced = p->factored = false;
	return status;
}

/* The model's right side at x: matrix x less the loss's own gradient. */
static void
make_right(Proximal *p, const double *x)
{
	const SolverProblem *problem = p->pass->problem;

	multiply(p, x, p->right);
	for (size_t j = 0; j < p->n; j++)
		p->right[j] += (j + 1 < p->n ? problem->wd
									 : problem->wd * problem->bias_wd_mult) *
						   x[j] -
					   p->gradient[j];
}

/* Halves the step until the objective falls enough; *found tells if it does. */
static Status
search_line(Proximal *p, double *x, bool *found, Failure *failure)
{
	double l1 = p->pass->problem->l1, before = l1 * absolute_sum(p, x);
	double promised, step = 1.0;

	for (size_t j = 0; j < p->n; j++)
		p->direction[j] = p->next[j] - x[j];
	promised = vector_dot(p->gradient, p->direction, p->n) +
			   l1 * absolute_sum(p, p->next) - before;
	*found = false;
	for (int i = 0; i < MAX_HALVINGS; i++, step *= 0.5)
	{
		double loss, objective;
		Status status;

		for (size_t j = 0; j < p->n && i > 0; j++)
			p->next[j] = x[j] + step * p->direction[j];
		status = pass_objective(p->pass, p->next, &loss, &objective,
								p->next_gradient, failure);
		if (status != LL_OK)
			return status;
		objective += l1 * absolute_sum(p, p->next);
		if (!(objective <= p->objective +
							   SUFFICIENT_DECREASE * step * promised +
							   NOISE * fabs(p->objective)))
			continue;
		*found = true;
		p->data_loss = loss;
		p->objective = objective;
		p->measured = true;
		p->penalty_wd = p->pass->problem->wd;
		memcpy(x, p->next, p->n * sizeof(double));
		memcpy(p->gradient, p->next_gradient, p->n * sizeof(double));
		return LL_OK;
	}
	return LL_OK;
}

/* Minimises the model without l1, and writes where that is. */
static Status
solve_plain(Proximal *p, const double *x, double *found, Failure *failure)
{
	const SolverProblem *problem = p->pass->problem;
	int size = (int) p->n, one = 1, info;
	bool damped = false;
	Status status = LL_OK;

	if (p->factor == NULL)
		p->factor =
			runtime_allocate(p->pass->runtime, p->n * p->n * sizeof(double));
	if (p->factor == NULL)
		return fail_no_memory(failure);
	if (!p->factored || p->factor_wd != problem->wd)
		status = gram_factor_damped(p->pass, p->matrix, p->size, p->factor,
									&damped, failure);
	if (status != LL_OK)
		return status;
	p->factored = true;
	p->factor_wd = problem->wd;
	memcpy(p->direction, p->gradient, p->n * sizeof(double));
	p->pass->blas->dpotrs("L", &size, &one, p->factor, &size, p->direction,
						  &size, &info);
	for (size_t j = 0; j < p->n; j++)
		found[j] = x[j] - p->direction[j];
	return LL_OK;
}

/* A step by the matrix at hand; *found: it led on. */
static Status
step(Proximal *p, double *weights, double tolerance, double norm, bool *found,
	 Failure *failure)
{
	Status status;

	if (!solver_holds_weights(p->pass->problem))
		status = solve_plain(p, weights, p->next, failure);
	else
	{
		make_right(p, weights);
		/* Beyond a point's first step what pulls is about as strong as its l1. */
		status = solve_model(
			p, weights, p->before,
			fmax(FINER * tolerance, fmin(norm, 1.0) * MODEL_SHARE * norm),
			p->next, failure);
	}
	p->before = p->pass->problem->l1;
	return status == LL_OK ? search_line(p, weights, found, failure) : status;
}

/* Newton's steps; a matrix is kept as long as it makes the gradient fall. */
static Status
descend(Proximal *p, double *weights, double tolerance, SolverResult *result,
		Failure *failure)
{
	uint32_t limit = p->control->max_iterations > 0
						 ? p->control->max_iterations
						 : DEFAULT_ITERATIONS;
	double before = INFINITY;

	for (;;)
	{
		Status status = tell(p, weights, tolerance, result, failure);
		double norm = result->gradient_norm;
		bool kept = p->has_matrix && norm <= p->fast * before, found = false;

		if (status != LL_OK || result->converged || result->stopped ||
			result->iterations >= limit)
			return status;
		p->pass->bounded = result->iterations > 0;
		if (!kept)
			status = make_matrix(p, weights, failure);
		if (status == LL_OK)
			status = step(p, weights, tolerance, norm, &found, failure);
		if (status == LL_OK && !found && kept)
		{
			status = make_matrix(p, weights, failure);
			if (status == LL_OK)
				status = step(p, weights, tolerance, norm, &found, failure);
		}
		if (status != LL_OK || !found)
			return status;
		before = norm;
		result->iterations++;
	}
}

/*
 * Brings what the last point of a path found of its weights, which these are, to
 * another wd.
 */
static void
change_penalty(Proximal *p, const double *weights)
{
	double change = p->pass->problem->wd - p->penalty_wd;
	double bias_change = change * p->pass->problem->bias_wd_mult;

	for (size_t j = 0; j < p->n && change != 0.0; j++)
		p->gradient[j] += (j + 1 < p->n ? change : bias_change) * weights[j];
	p->penalty_wd = p->pass->problem->wd;
	p->objective = p->data_loss + pass_penalty(p->pass, weights, p->direction);
}

Status
proximal_point(Proximal *p, double *weights, double tolerance,
			   SolverResult *result, Failure *failure)
{
	Status status = LL_OK;

	if (p->measured)
		change_penalty(p, weights);
	else
		status = pass_objective(p->pass, weights, &p->data_loss, &p->objective,
								p->gradient, failure);
	p->objective += p->pass->problem->l1 * absolute_sum(p, weights);
	return status == LL_OK ? descend(p, weights, tolerance, result, failure)
						   : status;
}

Status
proximal_constant(Proximal *p, double *weights, double *largest,
				  Failure *failure)
{
	SolverResult result = {0};
	Status status;

	p->zero_norm = 1.0;
	p->before = INFINITY;
	status = proximal_point(p, weights, NEWTON_TOLERANCE, &result, failure);
	if (status != LL_OK)
		return status;
	*largest = 0.0;
	p->before = INFINITY;
	for (size_t j = 0; j + 1 < p->n; j++)
		*largest = fmax(*largest, solver_bounds_feature(p->pass->problem, j)
									  ? -p->gradient[j]
									  : fabs(p->gradient[j]));
	p->zero_norm = sqrt(vector_dot(p->gradient, p->gradient, p->n - 1));
	if (p->zero_norm == 0.0)
		p->zero_norm = 1.0;
	return LL_OK;
}

Status
proximal_start(Proximal *p, bool zero, Failure *failure)
{
	Status status = LL_OK;

	p->zero_norm = p->control->zero_norm;
	if (p->zero_norm > 0.0)
		return LL_OK;
	memset(p->next, 0, p->n * sizeof(double));
	status = pass_objective(p->pass, p->next, &p->data_loss, &p->objective,
							p->gradient, failure);
	if (status != LL_OK)
		return status;
	p->zero_norm = least_norm(p, p->next, p->gradient);
	if (p->zero_norm == 0.0)
		p->zero_norm = 1.0;
	p->measured = zero;
	p->penalty_wd = p->pass->problem->wd;
	return LL_OK;
}

void
proximal_restart(Proximal *p)
{
	p->measured = p->has_matrix = false;
	p->before = INFINITY;
}

/* Other losses: a model at each point. */
static Status
solve_curved(Proximal *p, double *weights, double tolerance,
			 SolverResult *result, Failure *failure)
{
	Status status = proximal_start(p, false, failure);

	if (status == LL_OK)
		status = proximal_point(p, weights, tolerance, result, failure);
	return status == LL_LATE ? LL_OK : status;
}

Status
proximal_solve(Pass *pass, const SolverControl *control, double *weights,
			   SolverResult *result, Failure *failure)
{
	double tolerance =
		control->tolerance > 0 ? control->tolerance : NEWTON_TOLERANCE;
	const bool *held = pass->problem->held_outputs;
	Proximal p;
	Status status = proximal_begin(&p, pass, control, failure);

	if (status == LL_OK && held != NULL && held[0])
		result->converged = true; /* its only output stays */
	else if (status == LL_OK)
		status = pass->problem->loss == LOSS_SQUARED
					 ? solve_squares(&p, weights, tolerance, result, failure)
					 : solve_curved(&p, weights, tolerance, result, failure);
	proximal_end(&p);
	return status;
}
