/*
 * newton_cg.c
 *		Newton's method whose steps conjugate gradients find, on sparse rows.
 *
 * Losses and gradients come from passes in doubles.  Only the matrix of second
 * derivatives is in floats, on a packed copy of the rows, where all classes are
 * multiplied at once: what floats leave of a step the next one makes good.
 */
#include "core/solve/newton_cg.h"

#include <math.h>
#include <string.h>

#include "core/solve/fold_gradients.h"
#include "core/solve/fold_head.h"
#include "core/solve/fold_newton.h"
#include "core/solve/vector.h"

#define NEWTON_STEPS 50
#define CG_STEPS 500
#define MAX_HALVINGS 12
#define SUFFICIENT_DECREASE 1e-4
/* Rounding of a mean of doubles, relative. */
#define NOISE 1e-13
/* Relative gradient norms to reach, of many weights and of fewer. */
#define MANY_WEIGHTS 10000
#define TOLERANCE_MANY 1e-6
#define TOLERANCE_FEW 1e-8
/*
 * Conjugate gradients end at this part of the gradient, at less of it as the last
 * step has brought more, but not below what floats follow; and what is wanted in
 * the end is not missed by little.
 */
#define FIRST_PART 0.1
#define LEAST_PART 1e-4
#define WANTED_PART 0.5
/* Entries are packed both by rows and by features. */
#define COPIES 2.0

typedef struct NewtonCg
{
	Pass *pass;
	FoldState *state;
	double *x; /* [parameters], as all of these */
	double *gradient;
	double *step;
	double *next_x;
	double *next_gradient;
	double data_loss;
	double objective;
	double next_data_loss;
	double next_objective;
	double part;	 /* of the margins' last step that was gone */
	double before;	 /* norm of the gradient before the last step */
	bool has_matrix; /* squared loss has one alone */
} NewtonCg;

bool
newton_cg_suits(const SolverProblem *problem, const SolverControl *control)
{
	const Rows *rows = problem->rows;
	const LossDescriptor *loss = &loss_table[problem->loss];

	return rows->format == ROWS_SPARSE && rows->shards == NULL &&
		   rows->spill == NULL && !loss->kinked && problem->wd > 0.0 &&
		   !solver_holds_weights(problem) && problem->held_outputs == NULL &&
		   (problem->loss == LOSS_SOFTMAX || problem->outputs == 1) &&
		   COPIES * (double) rows->record_bytes <= (double) control->room;
}

/* ---- Weights and the columns of packed rows ---- */

/*
 * The column of a feature, or of biases behind them all, or FOLD_NOWHERE; a weight is
 * its share of the column's.
 */
static uint32_t
column_of(const NewtonCg *s, size_t feature, double *share)
{
	const FoldMatrix *matrix = &s->state->matrix;

	if (feature < s->pass->dimension)
	{
		*share = matrix->unit * matrix->share[feature];
		return matrix->column[feature];
	}
	*share = 1.0;
	return matrix->has_bias ? (uint32_t) (matrix->columns.count - 1)
							: FOLD_NOWHERE;
}

/* Sums weights up in columns, each times its share and a unit. */
static Status
sum_columns(const NewtonCg *s, const double *weights, double unit,
			float *columns, Failure *failure)
{
	const FoldMatrix *matrix = &s->state->matrix;
	size_t outputs = s->pass->outputs;
	const Runtime *runtime = s->pass->runtime;

	if (!runtime_clear(runtime, columns,
					   matrix->columns.count * matrix->stride * sizeof(float)))
		return fail_cancelled(failure);
	for (size_t j = 0; j <= s->pass->dimension; j++)
	{
		double share;
		uint32_t column = column_of(s, j, &share);

		if (runtime_stops_wide(runtime, j, outputs))
			return fail_cancelled(failure);
		for (size_t o = 0; column != FOLD_NOWHERE && o < outputs; o++)
			columns[(size_t) column * matrix->stride + o] +=
				(float) (weights[j * outputs + o] * share * unit);
	}
	return LL_OK;
}

/* Takes from the weights of classes, which know no mean, their mean. */
static void
centre(const NewtonCg *s, double *weights)
{
	size_t outputs = s->pass->outputs;
	size_t inputs = s->pass->dimension + s->state->matrix.has_bias;

	for (size_t j = 0; outputs > 1 && j < inputs; j++)
	{
		double sum = 0.0;

		for (size_t o = 0; o < outputs; o++)
			sum += weights[j * outputs + o];
		for (size_t o = 0; o < outputs; o++)
			weights[j * outputs + o] -= sum / (double) outputs;
		if (runtime_stops_wide(s->pass->runtime, j, outputs))
			break; /* a look follows */
	}
}

/* Shares columns out to weights, times a unit; those without a column get 0. */
static Status
share_columns(const NewtonCg *s, const float *columns, double unit,
			  double *weights, Failure *failure)
{
	size_t outputs = s->pass->outputs, stride = s->state->matrix.stride;

	for (size_t j = 0; j <= s->pass->dimension; j++)
	{
		double share;
		uint32_t column = column_of(s, j, &share);

		if (runtime_stops_wide(s->pass->runtime, j, outputs))
			return fail_cancelled(failure);
		for (size_t o = 0; o < outputs; o++)
			weights[j * outputs + o] =
				column == FOLD_NOWHERE
					? 0.0
					: columns[(size_t) column * stride + o] * share * unit;
	}
	centre(s, weights);
	return LL_OK;
}

/*
 * Brings weights to where columns can say them: of features that one row alone has
 * only what lies along it matters, none of those that no row has, and of classes'
 * only their differences.
 */
static Status
take_along(NewtonCg *s, Failure *failure)
{
	const FoldMatrix *matrix = &s->state->matrix;
	double square = matrix->unit * matrix->unit;
	size_t outputs = s->pass->outputs, dimension = s->pass->dimension;
	float *columns = s->state->vectors.direction;
	Status status = sum_columns(s, s->x, 1.0 / square, columns, failure);

	for (size_t o = 0; status == LL_OK && matrix->has_bias && o < outputs; o++)
		columns[(matrix->columns.count - 1) * matrix->stride + o] =
			(float) s->x[dimension * outputs + o];
	for (size_t j = 0; status == LL_OK && j < dimension; j++)
	{
		bool whole = matrix->share[j] == 1.0f;
		double share;
		uint32_t column = column_of(s, j, &share);

		for (size_t o = 0; !whole && o < outputs; o++)
			s->x[j * outputs + o] =
				column == FOLD_NOWHERE
					? 0.0
					: columns[(size_t) column * matrix->stride + o] * share;
		if (runtime_stops_wide(s->pass->runtime, j, outputs))
			status = fail_cancelled(failure);
	}
	centre(s, s->x);
	return status;
}

/* ---- The matrix at the weights ---- */

/* Margins along a direction, which become a step of them. */
static void
begin_rows_block(void *argument, size_t block)
{
	FoldState *state = argument;
	const size_t *at = state->matrix.rows.block + block;

	if (runtime_interrupted(state->runtime))
		return;
	fold_entries_multiply(&state->matrix.rows, block, state->vectors.direction,
						  state->matrix.stride, state->margins.along);
	fold_margins_advance(&state->margins, at[0], at[1], NULL);
	fold_margins_advance(&state->margins, at[0], at[1], state->factor);
}

/* Goes a part of the step of margins, and makes second derivatives there. */
static void
curve_rows_block(void *argument, size_t block)
{
	FoldState *state = argument;
	const size_t *at = state->matrix.rows.block + block;
	double *sums = fold_state_clear_sums(state, block);

	if (runtime_interrupted(state->runtime))
		return;
	fold_margins_try(&state->margins, at[0], at[1], state->factor, sums,
					 sums + state->matrix.stride);
	fold_margins_move(&state->margins, at[0], at[1], state->factor,
					  state->mean);
	fold_margins_spread(&state->margins, at[0], at[1]);
}

static void
scale_columns_block(void *argument, size_t block)
{
	FoldState *state = argument;

	if (!runtime_interrupted(state->runtime))
		fold_entries_multiply_squares(
			&state->matrix.columns, block, state->margins.bent,
			state->matrix.stride, state->vectors.diagonal);
}

/*
 * Makes the matrix where the last step ended, to be followed to this part of the
 * gradient: to little of it what rows have in common matters.
 */
static Status
make_matrix(NewtonCg *s, double part, Failure *failure)
{
	FoldState *state = s->state;
	Status status;

	if (s->has_matrix && s->pass->problem->loss == LOSS_SQUARED)
		return LL_OK;
	fold_state_set_factor(state, 0, s->part);
	for (size_t o = 0; o < s->pass->outputs; o++)
		state->mean[o] = (float) (1.0 / pass_weight(s->pass));
	status = fold_state_run_rows(state, curve_rows_block, failure);
	if (status == LL_OK)
		status = fold_state_run_columns(state, scale_columns_block, failure);
	s->has_matrix = true;
	state->head.ready = false;
	return status == LL_OK && part < FIRST_PART
			   ? fold_head_make(state, failure)
			   : status;
}

/* ---- Steps ---- */

/* The part of a gradient of this norm that conjugate gradients may leave. */
static double
part_left(const NewtonCg *s, double norm, double wanted)
{
	double fallen = s->before > 0.0 ? norm / s->before : 1.0;
	double part = s->pass->problem->loss == LOSS_SQUARED
					  ? LEAST_PART
					  : fmin(FIRST_PART, fallen * sqrt(fallen));

	return fmax(fmax(part, WANTED_PART * wanted / norm), LEAST_PART);
}

/* Finds a step from a gradient of this norm. */
static Status
find_step(NewtonCg *s, double norm, double wanted, Failure *failure)
{
	FoldState *state = s->state;
	double part = part_left(s, norm, wanted);
	Status status = make_matrix(s, part, failure);

	state->bounded = s->pass->bounded;
	state->fold[0].done = false;
	if (status == LL_OK)
		status = sum_columns(s, s->gradient, 1.0 / norm,
							 state->vectors.gradient, failure);
	if (status == LL_OK)
		status = fold_gradients_find(state, part, CG_STEPS, failure);
	return status == LL_OK
			   ? share_columns(s, state->vectors.step, norm, s->step, failure)
			   : status;
}

/* Goes as far along the step as lowers the objective; *found: somewhere. */
static Status
search_line(NewtonCg *s, bool *found, Failure *failure)
{
	Pass *pass = s->pass;
	double slope = pass_dot(pass, s->gradient, s->step);
	Status status = LL_OK;

	*found = false;
	s->part = 1.0;
	for (int i = 0; slope < 0.0 && i <= MAX_HALVINGS; i++, s->part *= 0.5)
	{
		double limit = s->objective + SUFFICIENT_DECREASE * s->part * slope +
					   NOISE * fabs(s->objective);

		pass_add(pass, s->x, s->part, s->step, s->next_x);
		status = pass_objective(pass, s->next_x, &s->next_data_loss,
								&s->next_objective, s->next_gradient, failure);
		*found = status == LL_OK && s->next_objective <= limit;
		if (status != LL_OK || *found)
			break;
	}
	return status;
}

static void
advance(NewtonCg *s, double norm)
{
	double *x = s->x, *gradient = s->gradient;

	s->x = s->next_x;
	s->next_x = x;
	s->gradient = s->next_gradient;
	s->next_gradient = gradient;
	s->data_loss = s->next_data_loss;
	s->objective = s->next_objective;
	s->part *= norm; /* the step's gradient was in this unit */
	s->before = norm;
}

/* ---- Solving ---- */

/* The relative norm of the gradient to reach. */
static double
own_tolerance(const NewtonCg *s, const SolverControl *control)
{
	if (control->tolerance > 0.0)
		return control->tolerance;
	return s->pass->parameters > MANY_WEIGHTS ? TOLERANCE_MANY : TOLERANCE_FEW;
}

/* The norm of the gradient, and whether it is the wanted one. */
static double
look(const NewtonCg *s, double zero_norm, double wanted, SolverResult *result)
{
	double norm = sqrt(pass_dot(s->pass, s->gradient, s->gradient));

	result->gradient_norm = norm / zero_norm;
	result->converged = norm <= wanted;
	return norm;
}

static Status
descend(NewtonCg *s, const SolverControl *control, double zero_norm,
		SolverResult *result, Failure *failure)
{
	double wanted = own_tolerance(s, control) * zero_norm;

	for (uint32_t done = 0;; done++, result->iterations++)
	{
		double norm = look(s, zero_norm, wanted, result);
		SolverProgress progress = {result->iterations, s->objective,
								   s->data_loss, norm / zero_norm, s->x};
		Status status = LL_OK;
		bool found;

		if (runtime_interrupted(s->pass->runtime))
			return fail_cancelled(failure);
		if (done > 0)
			status = solver_tell(control, &progress, failure);
		if (status != LL_OK || result->converged || done >= NEWTON_STEPS ||
			(control->max_iterations > 0 && done >= control->max_iterations))
			return status;
		s->pass->bounded = done > 0;
		status = find_step(s, norm, wanted, failure);
		if (status == LL_OK)
			status = search_line(s, &found, failure);
		if (status != LL_OK || !found)
			return status;
		advance(s, norm);
	}
}

/* Objective and gradient at the start, and what gradients are relative to. */
static Status
start(NewtonCg *s, const SolverControl *control, double *zero_norm,
	  Failure *failure)
{
	Pass *pass = s->pass;
	size_t size = pass->parameters * sizeof(double);
	Status status = LL_OK;
	bool known = false;

	*zero_norm = control->zero_norm;
	if (*zero_norm <= 0.0)
	{
		status = pass_objective(pass, s->next_x, &s->data_loss, &s->objective,
								s->gradient, failure);
		*zero_norm = solver_zero_norm(
			pass->problem, sqrt(pass_dot(pass, s->gradient, s->gradient)));
		known = memcmp(s->x, s->next_x, size) == 0;
	}
	if (status == LL_OK && !known)
		status = pass_objective(pass, s->x, &s->data_loss, &s->objective,
								s->gradient, failure);
	return status;
}

/* Gives margins biases that stay as they are. */
static Status
add_biases(NewtonCg *s, Failure *failure)
{
	const FoldMargins *margins = &s->state->margins;
	size_t outputs = s->pass->outputs;
	const double *bias = s->x + s->pass->dimension * outputs;

	for (size_t i = 0; i < s->pass->rows; i++)
	{
		if (runtime_stops_wide(s->pass->runtime, i, outputs))
			return fail_cancelled(failure);
		for (size_t o = 0; o < outputs; o++)
			margins->margin[i * margins->stride + o] += (float) bias[o];
	}
	return LL_OK;
}

/*
 * Packs the rows, brings weights to what their columns can say, and margins to those.
 */
static Status
open_state(NewtonCg *s, const SolverControl *control, Failure *failure)
{
	Pass *pass = s->pass;
	FoldRows whole = {.count = 1, .learned_count = {pass->rows}};
	Status status = fold_state_open(&s->state, pass->problem, control, &whole,
									pass->order, pass->rows, failure);

	if (status != LL_OK)
		return status;
	fold_state_take_wd(s->state, pass->problem->wd);
	s->state->centred = pass->outputs > 1;
	status = fold_head_open(s->state, failure);
	if (status != LL_OK)
		return status;
	status = take_along(s, failure);
	if (status == LL_OK && !s->state->matrix.has_bias)
		status = add_biases(s, failure);
	fold_state_set_factor(s->state, 0, 1.0);
	s->part = 1.0;
	return status == LL_OK
			   ? fold_state_run_rows(s->state, begin_rows_block, failure)
			   : status;
}

/* Room for what is as long as the weights. */
static bool
allocate(NewtonCg *s)
{
	double **vectors[] = {&s->x, &s->gradient, &s->step, &s->next_x,
						  &s->next_gradient};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
	{
		*vectors[i] = runtime_allocate_zero(
			s->pass->runtime, s->pass->parameters, sizeof(double));
		if (*vectors[i] == NULL)
			return false;
	}
	return true;
}

static void
release(NewtonCg *s)
{
	void *vectors[] = {s->x, s->gradient, s->step, s->next_x,
					   s->next_gradient};

	if (s->state != NULL)
		fold_state_close(s->state);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		runtime_release(s->pass->runtime, vectors[i]);
}

/* Solves from x. */
static Status
solve(NewtonCg *s, const SolverControl *control, const double *weights,
	  SolverResult *result, Failure *failure)
{
	size_t size = s->pass->parameters * sizeof(double);
	double zero_norm;
	Status status = start(s, control, &zero_norm, failure);

	if (status != LL_OK)
		return status;
	if (runtime_interrupted(s->pass->runtime))
		return fail_cancelled(failure);
	look(s, zero_norm, own_tolerance(s, control) * zero_norm, result);
	if (result->converged)
		return LL_OK; /* to the bit */
	status = open_state(s, control, failure);
	if (status == LL_OK && memcmp(s->x, weights, size) != 0)
		status = pass_objective(s->pass, s->x, &s->data_loss, &s->objective,
								s->gradient, failure);
	return status == LL_OK ? descend(s, control, zero_norm, result, failure)
						   : status;
}

Status
newton_cg_solve(Pass *pass, const SolverControl *control, double *weights,
				SolverResult *result, Failure *failure)
{
	NewtonCg s = {.pass = pass};
	size_t size = pass->parameters * sizeof(double);
	Status status;

	if (!allocate(&s))
		return fail_no_memory(failure);
	memcpy(s.x, weights, size);
	status = solve(&s, control, weights, result, failure);
	result->stopped = status == LL_LATE;
	if (status == LL_LATE) /* x is as before the iteration */
		status = LL_OK;
	memcpy(weights, s.x, size);
	result->objective = s.objective;
	result->data_loss = s.data_loss;
	release(&s);
	return status;
}
