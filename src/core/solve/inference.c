/*
 * inference.c
 *		Standard errors of a solution's weights, or why there are none.
 *
 * They are the roots of the diagonal of the dispersion times the inverse Fisher
 * information: that is sum_i p_i (1 - p_i) x_i x_i^T for logistic loss, X^T X for
 * squared loss, sum_i mu_i^(2 - p) x_i x_i^T with a log link and variances mu^p.
 * Logistic and poisson have a dispersion of 1, the others that of Pearson:
 * sum_i (y_i - mu_i)^2 / mu_i^p / (rows - parameters) (McCullagh and Nelder 1989).
 */
#include "core/solve/inference.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/rows/gram_sums.h"
#include "core/solve/finite.h"
#include "core/solve/gram.h"
#include "core/solve/inference_fill.h"
#include "core/solve/vector.h"

/* A mean logistic loss below this means that the classes are separated. */
#define SEPARATED_LOSS 1e-6

/* Sets the reason; returns LL_OK, for a refusal is no failure. */
static Status
refuse(SolverResult *result, const char *reason)
{
	snprintf(result->reason, sizeof(result->reason), "%s", reason);
	return LL_OK;
}

/* Names the losses that have them. */
static Status
refuse_loss(LossKind loss, SolverResult *result)
{
	char list[96];

	if (loss_table[loss].kinked)
		return refuse(result,
					  "this loss has kinks: the errors of its weights take an "
					  "estimate of the residuals' density, which is not made");
	losses_list(losses_of_likelihood(), "", " and ", list, sizeof(list));
	snprintf(result->reason, sizeof(result->reason),
			 "only %s have a likelihood that gives standard errors", list);
	return LL_OK;
}

/* Whether weights may run off though the features are independent. */
static bool
may_run_off(LossKind loss)
{
	return loss_table[loss].separates || loss_table[loss].vanishes;
}

/* Gradients, relative to that at 0, of what rounding stopped, and that are enough. */
#define STUCK 1e-4
#define ENOUGH 1e-8

static const char unconverged[] = "the solver did not converge";

/*
 * Whether a solver found no step that its objective's rounding does not hide, near
 * the optimum: the gradient leads on from there.
 */
static bool
is_stuck(const SolverResult *result)
{
	return !result->converged && !result->stopped &&
		   result->gradient_norm <= STUCK;
}

/*
 * Why standard errors would be wrong for this problem and solution, or NULL.
 */
static const char *
refusal(const SolverProblem *problem, const SolverResult *result, size_t rows,
		size_t free_parameters)
{
	if (problem->wd > 0.0)
		return "wd shrinks the weights, so their errors are not those of "
			   "maximum likelihood; wd 0 gives standard errors";
	if (problem->l1 > 0.0)
		return "l1 selects and shrinks the weights, so their errors are not "
			   "those of maximum likelihood";
	if (problem->bounded != NULL)
		return "weights that may not be negative have no standard errors of "
			   "maximum likelihood";
	if (problem->class_weight != NULL)
		return "class weights change the likelihood";
	if (problem->rows->dimension > SOLVER_MAX_GRAM_DIMENSION)
		return "too many features to invert the information matrix";
	if (rows <= free_parameters)
		return "there are no more rows than weights";
	if (loss_table[problem->loss].separates &&
		result->data_loss < SEPARATED_LOSS)
		return "the classes are separated perfectly, so the weights have no "
			   "finite estimate";
	if (!result->converged && !is_stuck(result) && !may_run_off(problem->loss))
		return unconverged;
	return NULL;
}

/* Features with a weight of their own, plus the bias. */
static size_t
count_free(const SolverProblem *problem)
{
	size_t count = problem->use_bias ? 1 : 0;

	for (size_t j = 0; j < problem->rows->dimension; j++)
		if (problem->inverse_deviation == NULL ||
			problem->inverse_deviation[j] != 0.0)
			count++;
	return count;
}

/* Variance, over the dispersion, of the bias in the features' own units. */
static double
bias_variance(const SolverProblem *problem, const double *inverse, size_t n)
{
	double variance = 0.0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
		{
			double a = i + 1 < n ? inference_bias_change(problem, i) : 1.0;
			double b = j + 1 < n ? inference_bias_change(problem, j) : 1.0;

			variance += (i == j ? 1.0 : 2.0) * a * b * inverse[j * n + i];
		}
	return variance;
}

/* Whether the factor of a scaled matrix is too near to singular. */
static bool
ill_conditioned(const double *gram, const double *factor, size_t n)
{
	return !(inference_independence(gram, n, factor, n) > LEAST_INDEPENDENT);
}

/* Least part of a target's mean square that counts as a residual's. */
#define LEAST_RESIDUAL 1e-28

/*
 * Mean loss and Gram matrix at the solution, of summed rows; a loss within the
 * weights' rounding is 0.
 */
static Status
read_sums(Pass *pass, const double *weights, double *loss, double *gram,
		  Failure *failure)
{
	const SolverProblem *problem = pass->problem;
	const GramSums *sums = problem->rows->sums;
	size_t d = pass->dimension;
	double *own = runtime_allocate(pass->runtime, d * sizeof(double));
	double bias = weights[d];
	double square, mean, label_mean, deviation;

	if (own == NULL)
		return fail_no_memory(failure);
	for (size_t j = 0; j < d; j++)
	{
		double inverse = problem->inverse_deviation == NULL
							 ? 1.0
							 : problem->inverse_deviation[j];

		own[j] = weights[j] * inverse * problem->label_deviation;
		bias -= problem->mean == NULL
					? 0.0
					: weights[j] * inverse * problem->mean[j];
	}
	gram_sums_residual(sums, own,
					   bias * problem->label_deviation + problem->label_mean,
					   &square, &mean);
	gram_sums_spread(sums, (uint32_t) d, &label_mean, &deviation);
	if (square <=
		LEAST_RESIDUAL * (deviation * deviation + label_mean * label_mean))
		square = 0.0;
	*loss =
		0.5 * square / (problem->label_deviation * problem->label_deviation);
	runtime_release(pass->runtime, own);
	return pass_gram(pass, gram, failure);
}

static const char dependent[] = "the features are linearly dependent, so the "
								"information matrix is singular";
static const char partly_separated[] = "some rows are separated perfectly, so "
									   "some weights have no finite estimate";
static const char partly_zero[] =
	"the labels of some rows that share a feature "
	"are all 0, so some weights have no finite "
	"estimate";

/* Why some weights run off. */
static const char *
no_finite(LossKind loss)
{
	return loss_table[loss].vanishes ? partly_zero : partly_separated;
}

/*
 * Why the matrix at the solution is singular: by the features, or only because
 * separated rows have lost their weight p (1 - p), which at zero weights all
 * have.
 */
static Status
refuse_singular(Pass *pass, const double *weights, const double *zeros,
				double *gradient, double *gram, double *factor,
				SolverResult *result, Failure *failure)
{
	size_t n = pass->parameters;
	bool definite = false;
	double loss;
	Status status = LL_OK;

	if (may_run_off(pass->problem->loss))
	{
		status =
			finite_find_null(pass, weights, gram, factor, result, failure);
		if (status == LL_OK)
			status = pass_run(pass, zeros, &loss, gradient, gram, failure);
		if (status == LL_OK)
			status = gram_copy(pass, gram, n, factor, n, failure);
		if (status == LL_OK)
			status = gram_factor(pass, factor, n, 0.0, &definite, failure);
		if (status != LL_OK)
			return status;
	}
	result->dependent = !definite || ill_conditioned(gram, factor, n);
	if (result->dependent)
		result->direction = NULL; /* it is that of the features */
	return refuse(result, result->dependent ? dependent
											: no_finite(pass->problem->loss));
}

/*
 * Why a loss that separated rows let fall for ever was not solved: by those, where
 * some feature's information has vanished.
 */
static Status
refuse_unconverged(Pass *pass, const double *zeros, const double *information,
				   double *gradient, double *gram, SolverResult *result,
				   Failure *failure)
{
	bool vanished = false;
	double loss;
	Status status = pass_run(pass, zeros, &loss, gradient, gram, failure);

	if (status == LL_OK)
		status = finite_find_vanished(pass, information, gram, &vanished,
									  result, failure);
	return status == LL_OK
			   ? refuse(result, vanished ? no_finite(pass->problem->loss)
										 : unconverged)
			   : status;
}

/* What a feature's weight is known by beside the bias: of the whole matrix. */
static void
read_information(const SolverProblem *problem, const double *gram, size_t n,
				 double *diagonal, double *information)
{
	double bias = gram[n * n - 1];

	for (size_t j = 0; j < n; j++)
	{
		double with_bias = gram[j * n + n - 1];

		diagonal[j] = gram[j * n + j];
		information[j] = diagonal[j] - (problem->use_bias && bias > 0.0
											? with_bias * with_bias / bias
											: 0.0);
	}
}

/* What the inverse is to be multiplied by for normalised weights. */
static double
dispersion_scale(const Pass *pass, double loss, size_t free_parameters,
				 double weight)
{
	const SolverProblem *problem = pass->problem;

	if (loss_table[problem->loss].likelihood == LIKELIHOOD_DISPERSED)
		return 2.0 * loss / (double) (pass->rows - free_parameters);
	if (loss_is_log_link(problem->loss) && problem->label_unit > 0.0)
		weight *= loss_scale(problem->loss, &problem->parameters,
							 problem->label_unit);
	return 1.0 / weight;
}

/* Zeroes the inverse's rows of what has no weight of its own. */
static void
clear_pinned(const SolverProblem *problem, double *inverse, size_t n)
{
	for (size_t j = 0; j < n; j++)
		if (j + 1 < n ? problem->inverse_deviation != NULL &&
							problem->inverse_deviation[j] == 0.0
					  : !problem->use_bias)
			inverse[j * n + j] = 0.0;
}

/*
 * Whether the estimate is not finite, which is then said; gradient and factor are
 * those at the solution, information the diagonal there.
 */
static Status
check_finite(Pass *pass, const double *weights, const double *information,
			 double *gradient, double *factor, const double *zeros,
			 SolverResult *result, bool *finite, Failure *failure)
{
	bool vanished = false;
	double loss;
	Status status;

	*finite = true;
	if (!may_run_off(pass->problem->loss))
		return LL_OK;
	status =
		finite_find(pass, weights, gradient, factor, finite, result, failure);
	if (status == LL_OK && *finite)
		status = pass_run(pass, zeros, &loss, gradient, factor, failure);
	if (status == LL_OK && *finite)
		status = finite_find_vanished(pass, information, factor, &vanished,
									  result, failure);
	if (status != LL_OK || (*finite && !vanished))
		return status;
	*finite = false;
	return refuse(result, no_finite(pass->problem->loss));
}

/* Keeps the factor for what whitens rows by it. */
static Status
keep_factor(const Pass *pass, const double *factor, Whitening *whitening,
			Failure *failure)
{
	size_t n = pass->parameters;

	whitening->factor =
		runtime_allocate(pass->runtime, n * n * sizeof(double));
	whitening->count = n;
	return whitening->factor == NULL
			   ? fail_no_memory(failure)
			   : gram_copy(pass, factor, n, whitening->factor, n, failure);
}

/* Newton steps that bring an estimate to what rounding leaves, and their gain. */
#define POLISH_STEPS 3
#define POLISHED 1e-11

/* Loss, gradient, matrix and factor at x. */
static Status
run_and_factor(Pass *pass, const double *x, double *loss, double *gradient,
			   double *gram, double *factor, bool *definite, Failure *failure)
{
	size_t n = pass->parameters;
	Status status = pass->problem->rows->sums != NULL
						? read_sums(pass, x, loss, gram, failure)
						: pass_run(pass, x, loss, gradient, gram, failure);

	if (status == LL_OK)
		status = gram_copy(pass, gram, n, factor, n, failure);
	return status == LL_OK
			   ? gram_factor(pass, factor, n, 0.0, definite, failure)
			   : status;
}

/* How many of those steps the limit of iterations leaves. */
static uint32_t
polishing_steps(const SolverControl *control, const SolverResult *result)
{
	uint32_t left = POLISH_STEPS;

	if (control->bound && control->max_iterations < result->iterations + left)
		left = control->max_iterations > result->iterations
				   ? control->max_iterations - result->iterations
				   : 0;
	return left;
}

/*
 * Takes Newton steps from x, at which the others are, while they bring the gradient
 * down, so that estimates are the optimum's to the last digits: the solver's
 * tolerance leaves errors that show in weights near 0, and each step costs the pass
 * that tells a finite estimate from others anyhow.  Not of a matrix of expected
 * derivatives, nor of sums, which are solved exactly.
 */
static Status
polish(Pass *pass, double *x, double *loss, double *gradient, double *gram,
	   double *factor, SolverResult *result, Failure *failure)
{
	int n = (int) pass->parameters;
	int one = 1, info;
	double norm = sqrt(vector_dot(gradient, gradient, n));
	double zero_norm = norm / result->gradient_norm;
	double *before = runtime_allocate(pass->runtime, n * sizeof(double));
	double *step = runtime_allocate(pass->runtime, n * sizeof(double));
	uint32_t most = polishing_steps(pass->control, result);
	bool better = isfinite(zero_norm) && zero_norm > 0.0;
	Status status = LL_OK;

	if (before == NULL || step == NULL)
		return fail_no_memory(failure);
	for (uint32_t taken = 0; taken < most && better && status == LL_OK &&
							 norm > POLISHED * zero_norm;
		 taken++)
	{
		double last = norm;
		bool definite;

		memcpy(before, x, n * sizeof(double));
		memcpy(step, gradient, n * sizeof(double));
		pass->blas->dpotrs("L", &n, &one, factor, &n, step, &n, &info);
		for (int i = 0; i < n; i++)
			x[i] -= step[i];
		status = run_and_factor(pass, x, loss, gradient, gram, factor,
								&definite, failure);
		norm = sqrt(vector_dot(gradient, gradient, n));
		better = definite && norm < last;
		if (status != LL_OK || better)
			continue;
		memcpy(x, before, n * sizeof(double));
		norm = last;
		status = run_and_factor(pass, x, loss, gradient, gram, factor,
								&definite, failure);
	}
	if (status == LL_OK && zero_norm > 0.0 && isfinite(zero_norm))
		result->gradient_norm = norm / zero_norm;
	runtime_release(pass->runtime, before);
	runtime_release(pass->runtime, step);
	return status;
}

/*
 * Takes a solution over that was polished, of one output.  Where the pass summed
 * Pearson's statistic, the loss stays that of the solver, which rounding hid.
 */
static void
take_polished(const Pass *pass, const double *weights, const double *x,
			  double loss, SolverResult *result)
{
	if (memcmp(x, weights, pass->parameters * sizeof(double)) == 0)
		return;
	memcpy(result->weights, x, pass->parameters * sizeof(double));
	if (!pass->fisher)
		result->objective = result->data_loss = loss;
}

/*
 * Runs the pass and inverts its matrix; sums->inverse stays NULL where there are no
 * errors.
 */
static Status
compute(Pass *pass, const double *weights, InferenceSums *sums,
		SolverResult *result, Failure *failure)
{
	const SolverProblem *problem = pass->problem;
	const Runtime *runtime = pass->runtime;
	size_t n = pass->parameters;
	bool definite, finite;
	double loss, norm = result->gradient_norm;
	double *gradient = runtime_allocate_zero(runtime, n, sizeof(double));
	double *zeros = runtime_allocate_zero(runtime, n, sizeof(double));
	double *gram = runtime_allocate(runtime, n * n * sizeof(double));
	double *factor = runtime_allocate(runtime, n * n * sizeof(double));
	double *diagonal = runtime_allocate(runtime, 3 * n * sizeof(double));
	double *x = diagonal + 2 * n;
	Status status;

	if (gradient == NULL || zeros == NULL || gram == NULL || factor == NULL ||
		diagonal == NULL)
		return fail_no_memory(failure);
	memcpy(x, weights, n * sizeof(double));
	status = run_and_factor(pass, x, &loss, gradient, gram, factor, &definite,
							failure);
	if (status != LL_OK)
		return status;
	sums->whitening.weight = problem->rows->sums != NULL
								 ? gram_sums_weight(problem->rows->sums)
								 : pass_weight(pass);
	result->independence =
		definite ? inference_independence(gram, n, factor, n) : 0.0;
	read_information(problem, gram, n, diagonal, diagonal + n);
	if (!definite || ill_conditioned(gram, factor, n))
		return refuse_singular(pass, weights, zeros, gradient, gram, factor,
							   result, failure);
	if (problem->rows->sums == NULL &&
		(is_stuck(result) || (result->converged && !pass->fisher)))
		status =
			polish(pass, x, &loss, gradient, gram, factor, result, failure);
	if (status != LL_OK)
		return status;
	if (!result->converged && result->gradient_norm > ENOUGH)
	{
		result->gradient_norm = norm;
		return refuse_unconverged(pass, zeros, diagonal, gradient, gram,
								  result, failure);
	}
	read_information(problem, gram, n, diagonal, diagonal + n);
	/* The Gram matrix itself has served; its place takes the inverse. */
	if (status == LL_OK)
		status = gram_invert(pass, factor, n, gram, failure);
	if (status == LL_OK && inference_whitens(problem, pass->control))
		status = keep_factor(pass, factor, &sums->whitening, failure);
	if (status == LL_OK)
		status = check_finite(pass, x, diagonal, gradient, factor, zeros,
							  result, &finite, failure);
	if (status != LL_OK || !finite)
	{
		result->gradient_norm = norm;
		return status;
	}
	take_polished(pass, weights, x, loss, result);
	sums->weights = x;
	sums->inverse = gram;
	sums->bias_variance = bias_variance(problem, gram, n);
	sums->information = diagonal + n;
	sums->scale =
		dispersion_scale(pass, loss, sums->parameters, sums->whitening.weight);
	clear_pinned(problem, gram, n);
	runtime_release(runtime, factor);
	runtime_release(runtime, gradient);
	runtime_release(runtime, zeros);
	return LL_OK;
}

Status
inference_refused(const SolverProblem *problem, size_t free_parameters,
				  SolverResult *result, bool *refused)
{
	size_t rows =
		problem->selection != NULL ? problem->count : problem->rows->count;
	const char *reason = refusal(problem, result, rows, free_parameters);

	*refused = true;
	if (loss_table[problem->loss].likelihood == LIKELIHOOD_NONE)
		return refuse_loss(problem->loss, result);
	if (reason != NULL)
		return refuse(result, reason);
	*refused = false;
	return LL_OK;
}

Status
solver_inference(const SolverProblem *problem, const SolverControl *control,
				 const double *weights, SolverResult *result, Failure *failure)
{
	InferenceSums sums = {.parameters = count_free(problem)};
	Pass pass;
	bool refused;
	Status status =
		inference_refused(problem, sums.parameters, result, &refused);

	if (status != LL_OK || refused)
		return status;
	status = pass_init(&pass, problem, control, 1, false, failure);
	if (status != LL_OK)
		return status;
	/* Of a link that is the loss's own, derivatives are as expected. */
	pass.fisher = loss_is_log_link(problem->loss) &&
				  loss_table[problem->loss].likelihood == LIKELIHOOD_DISPERSED;
	status = compute(&pass, weights, &sums, result, failure);
	pass_release(&pass);
	return status != LL_OK || sums.inverse == NULL
			   ? status
			   : inference_fill(problem, control, &sums, result, failure);
}
