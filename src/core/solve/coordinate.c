/*
 * coordinate.c
 *		A quadratic with l1 by coordinate descent on its matrix.
 */
#include "core/solve/coordinate.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Most weights whose system is solved outright: a factor takes 30 ms. */
#define MOST_SOLVED 1024
/* Sweeps of a round, between looks at all weights, and rounds. */
#define SWEEPS 30
#define MOST_ROUNDS 1000
/*
 * Multiply-adds of factors on the way to a solution, where one weight after the
 * other becomes 0, before all are swept again; a second.
 */
#define DROPPING_WORK ((size_t) 1 << 31)
/* Rounds after which what the residual has gathered of rounding is shed. */
#define FRESH_ROUNDS 16
/* Multiply-adds between looks at interrupts; some milliseconds. */
#define STRETCH ((size_t) 1 << 22)
/* Relative to the norm of r: what rounding leaves of a gradient. */
#define ROUNDING 1e-14
/* Of a dependent support's matrix, relative to its largest diagonal. */
#define DAMPING 1e-8

Status
quadratic_init(Quadratic *q, size_t size, const Blas *blas,
			   const Runtime *runtime, Failure *failure)
{
	*q = (Quadratic){.runtime = runtime, .blas = blas, .size = size};
	q->gram = runtime_allocate_zero(runtime, size * size, sizeof(double));
	q->right = runtime_allocate_zero(runtime, size, sizeof(double));
	q->weights = runtime_allocate_zero(runtime, size, sizeof(double));
	q->residual = runtime_allocate_zero(runtime, size, sizeof(double));
	q->solution = runtime_allocate_zero(runtime, size, sizeof(double));
	q->working = runtime_allocate_zero(runtime, size, sizeof(uint32_t));
	q->support = runtime_allocate_zero(runtime, size, sizeof(uint32_t));
	q->is_working = runtime_allocate_zero(runtime, size, sizeof(bool));
	q->factor_room = size < MOST_SOLVED ? size : MOST_SOLVED;
	q->factor = runtime_allocate_zero(runtime, q->factor_room * q->factor_room,
									  sizeof(double));
	if (q->gram == NULL || q->right == NULL || q->weights == NULL ||
		q->residual == NULL || q->solution == NULL || q->working == NULL ||
		q->support == NULL || q->is_working == NULL || q->factor == NULL)
		return fail_no_memory(failure);
	return LL_OK;
}

void
quadratic_release(Quadratic *q)
{
	void *pieces[] = {q->gram,	   q->right,   q->weights,
					  q->residual, q->working, q->support,
					  q->solution, q->factor,  q->is_working};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(q->runtime, pieces[i]);
}

void
quadratic_changed(Quadratic *q)
{
	q->tried = q->factored = false;
}

static bool
is_bounded(const Quadratic *q, size_t j)
{
	return q->bounded != NULL && q->bounded[j];
}

double
quadratic_largest(const Quadratic *q)
{
	double largest = 0.0;

	for (size_t j = 0; j < q->size; j++)
		largest =
			fmax(largest, is_bounded(q, j) ? q->right[j] : fabs(q->right[j]));
	return largest;
}

/* y -= factor x */
static void
subtract(double *y, double factor, const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] -= factor * x[i];
}

/* Counts work; whether it is to end, as cancelled. */
static bool
is_cancelled(Quadratic *q, size_t work)
{
	q->work += work;
	if (q->work < STRETCH)
		return false;
	q->work = 0;
	return runtime_interrupted(q->runtime);
}

/* residual = r - G w, anew. */
static Status
refresh_residual(Quadratic *q, Failure *failure)
{
	memcpy(q->residual, q->right, q->size * sizeof(double));
	for (size_t j = 0; j < q->size; j++)
		if (q->weights[j] != 0.0)
		{
			subtract(q->residual, q->weights[j], q->gram + j * q->size,
					 q->size);
			if (is_cancelled(q, q->size))
				return fail_cancelled(failure);
		}
	return LL_OK;
}

static double
shrink(double value, double by)
{
	return fabs(value) <= by ? 0.0 : value - copysign(by, value);
}

/* Where a pull takes a weight that is held at 0. */
static double
shrink_pull(const Quadratic *q, size_t j, double pull)
{
	return is_bounded(q, j) ? fmax(pull - q->l1, 0.0) : shrink(pull, q->l1);
}

/* What pulls at a weight: its part of the subgradient of least norm. */
static double
pull_at(const Quadratic *q, size_t j)
{
	double w = q->weights[j];

	if (w == 0.0)
		return shrink_pull(q, j, q->residual[j]);
	return q->residual[j] - q->wd * w - copysign(q->l1, w);
}

/*
 * One sweep over the weights at work; *moved is the most that one of them
 * lowered the objective, twice, *changed whether one became 0 or left it.
 */
static Status
sweep(Quadratic *q, double *moved, bool *changed, Failure *failure)
{
	*moved = 0.0;
	*changed = false;
	for (size_t i = 0; i < q->working_count; i++)
	{
		size_t j = q->working[i];
		double own = q->gram[j * q->size + j];
		double w = q->weights[j];
		double step;

		if (!(own > 0.0)) /* a feature that does not vary */
			continue;
		step = shrink_pull(q, j, q->residual[j] + own * w) / (own + q->wd) - w;
		if (step == 0.0)
			continue;
		q->weights[j] = w + step;
		if (w == -step)
			q->weights[j] = 0.0;
		*changed |= (w == 0.0) != (q->weights[j] == 0.0);
		*moved = fmax(*moved, (own + q->wd) * step * step);
		subtract(q->residual, step, q->gram + j * q->size, q->size);
		if (is_cancelled(q, q->size))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* Lists the weights that are not 0; whether that is as before. */
static bool
list_support(Quadratic *q)
{
	size_t count = 0;
	bool same = true;

	for (size_t j = 0; j < q->size; j++)
		if (q->weights[j] != 0.0)
		{
			same &= count < q->support_count && q->support[count] == j;
			q->support[count++] = (uint32_t) j;
		}
	same &= count == q->support_count;
	q->support_count = count;
	return same;
}

/* Factors the support's matrix, damped by so much; false: it cannot, or not well. */
static bool
factor_damped(Quadratic *q, double damping)
{
	size_t n = q->support_count;
	int order = (int) n, info = 0;
	double least = INFINITY, largest = 0.0;

	for (size_t a = 0; a < n; a++)
	{
		const double *column = q->gram + q->support[a] * q->size;

		for (size_t b = a; b < n; b++)
			q->factor[a * n + b] = column[q->support[b]];
		q->factor[a * n + a] += q->wd + damping;
	}
	q->blas->dpotrf("L", &order, q->factor, &order, &info);
	for (size_t a = 0; a < n && info == 0; a++)
	{
		least = fmin(least, q->factor[a * n + a]);
		largest = fmax(largest, q->factor[a * n + a]);
	}
	q->work += n * n * n / 6;
	return info == 0 &&
		   least * least > (double) n * DBL_EPSILON * largest * largest;
}

/*
 * Factors the support's matrix, where it is dependent with what makes it
 * independent: steps then run along what is flat until a weight becomes 0.
 */
static bool
factor_support(Quadratic *q)
{
	double largest = 0.0;

	if (q->support_count == 0 || q->support_count > q->factor_room)
		return false;
	q->damped = false;
	if (factor_damped(q, 0.0))
		return true;
	for (size_t a = 0; a < q->support_count; a++)
		largest = fmax(largest, q->gram[q->support[a] * (q->size + 1)]);
	q->damped = true;
	return factor_damped(q, DAMPING * largest);
}

/* Whether a weight that leads to x would leave where it is held. */
static bool
turns(const Quadratic *q, size_t j, double x)
{
	bool held = q->l1 > 0.0 || is_bounded(q, j);

	return held && (x == 0.0 || (x > 0) != (q->weights[j] > 0));
}

/*
 * Solves for the weights that are not 0 as if their signs were known, and goes
 * there, or as far as none of them changes its sign: that one becomes 0.  *length
 * is the part of the way that it went.
 */
static void
step_to_solution(Quadratic *q, double *length)
{
	size_t n = q->support_count;
	int order = (int) n, one = 1, info = 0;

	*length = 1.0;
	for (size_t a = 0; a < n; a++)
	{
		size_t j = q->support[a];

		q->solution[a] = q->damped
							 ? pull_at(q, j)
							 : q->right[j] - copysign(q->l1, q->weights[j]);
	}
	q->blas->dpotrs("L", &order, &one, q->factor, &order, q->solution, &order,
					&info);
	for (size_t a = 0; a < n && q->damped; a++)
		q->solution[a] += q->weights[q->support[a]];
	for (size_t a = 0; a < n; a++)
	{
		double w = q->weights[q->support[a]];

		if (turns(q, q->support[a], q->solution[a]))
			*length = fmin(*length, w / (w - q->solution[a]));
	}
	for (size_t a = 0; a < n; a++)
	{
		double *w = &q->weights[q->support[a]];
		double x = q->solution[a];

		if (turns(q, q->support[a], x) && *w / (*w - x) <= *length)
			*w = 0.0;
		else if (*length == 1.0)
			*w = x;
		else
			*w += *length * (x - *w);
	}
}

/*
 * Goes to the solution of the weights that are not 0, without those that became 0
 * on the way (the steps of Lee, Battle, Raina and Ng's feature-sign search, 2006).
 */
static Status
solve_support(Quadratic *q, Failure *failure)
{
	double length = 0.0;
	bool moved = false;
	size_t work = 0;

	while (length < 1.0 && work < DROPPING_WORK)
	{
		bool same = list_support(q);
		size_t n = q->support_count;

		if (!same || !q->tried || q->factor_wd != q->wd)
			q->factored = factor_support(q);
		q->tried = true;
		q->factor_wd = q->wd;
		if (!q->factored)
			break;
		step_to_solution(q, &length);
		moved = true;
		work += n * n * n / 6 + 1;
		if (is_cancelled(q, n * n))
			return fail_cancelled(failure);
		/* a damped step goes by what pulls at the weights where they are now */
		if (q->damped && refresh_residual(q, failure) != LL_OK)
			return LL_CANCELLED;
	}
	return moved ? refresh_residual(q, failure) : LL_OK;
}

/* Adds a weight to those at work. */
static void
take_on(Quadratic *q, size_t j)
{
	if (q->is_working[j])
		return;
	q->is_working[j] = true;
	q->working[q->working_count++] = (uint32_t) j;
}

/* The weights to begin with: those that are not 0, and what the rule keeps. */
static void
screen(Quadratic *q, double before)
{
	double least = isfinite(before) ? 2.0 * q->l1 - before : 0.0;

	q->working_count = 0;
	memset(q->is_working, 0, q->size * sizeof(bool));
	for (size_t j = 0; j < q->size; j++)
		if (q->weights[j] != 0.0 || fabs(q->residual[j]) >= least)
			take_on(q, j);
}

/*
 * The norm of what pulls at all weights, relative to that at 0.  Weights that
 * are pulled at are worked on from now; *grown: there are some.
 */
static void
look_at_all(Quadratic *q, bool *grown)
{
	double sum = 0.0, zero = 0.0, right = 0.0;
	size_t before = q->working_count;

	for (size_t j = 0; j < q->size; j++)
	{
		double first = shrink_pull(q, j, q->right[j]), pull;

		if (!(q->gram[j * q->size + j] > 0.0))
			continue;
		pull = pull_at(q, j);
		sum += pull * pull;
		zero += first * first;
		right += q->right[j] * q->right[j];
		if (pull != 0.0)
			take_on(q, j);
	}
	*grown = q->working_count > before;
	q->norm = sqrt(sum);
	if (q->norm <= ROUNDING * sqrt(right))
		q->norm = 0.0;
	else if (zero > 0.0)
		q->norm /= sqrt(zero);
}

/*
 * Sweeps until which weights are 0 seems settled, or all of them where no
 * system can be solved then; *moved as of the last.
 */
static Status
sweep_round(Quadratic *q, double *moved, Failure *failure)
{
	for (int i = 0; i < SWEEPS; i++)
	{
		bool changed;
		Status status = sweep(q, moved, &changed, failure);

		if (status != LL_OK)
			return status;
		if (*moved == 0.0 || (i > 0 && !changed && (q->factored || !q->tried)))
			break;
	}
	return LL_OK;
}

Status
quadratic_solve(Quadratic *q, double l1, double wd, double before,
				double tolerance, Failure *failure)
{
	Status status;
	bool grown;

	q->l1 = l1;
	q->wd = wd;
	q->stopped = false;
	status = refresh_residual(q, failure);
	if (status != LL_OK)
		return status;
	screen(q, before);
	for (q->rounds = 1; q->rounds <= MOST_ROUNDS; q->rounds++)
	{
		double moved;

		status = sweep_round(q, &moved, failure);
		if (status == LL_OK)
			status = solve_support(q, failure);
		if (status == LL_OK && !q->factored && q->rounds % FRESH_ROUNDS == 0)
			status = refresh_residual(q, failure);
		if (status != LL_OK)
			return status;
		look_at_all(q, &grown);
		if (q->norm <= tolerance || (moved == 0.0 && !grown))
			break;
		if (q->late != NULL && q->late(q->context))
		{
			q->stopped = true;
			break;
		}
	}
	return LL_OK;
}
