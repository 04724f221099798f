/*
 * solver_fixture.h
 *		A problem for solvers, and its rows.
 */
#ifndef LINLEARN_TEST_SOLVER_FIXTURE_H
#define LINLEARN_TEST_SOLVER_FIXTURE_H

#include "core/solve/solver.h"

#include <math.h>

#include "core/base/hash.h"
#include "core/rows/rows_order.h"
#include "unit.h"

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Rows rows;
	SolverProblem problem;
	SolverControl control;
	SolverResult result;
} Fixture;

/* A reproducible number in [-1, 1). */
static inline double
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double) (*state >> 11) / 4503599627370496.0 - 1.0;
}

static inline void
open_fixture(Fixture *f, RowFormat format, uint32_t dimension, LossKind loss)
{
	memset(f, 0, sizeof(*f));
	f->arena.allocations_left = -1;
	f->runtime = malloc_runtime(&f->arena);
	rows_init(&f->rows, &f->runtime, format, dimension);
	f->problem = (SolverProblem){.rows = &f->rows,
								 .loss = loss,
								 .parameters = {1.0, 0.5, 1.0, 0.01, 1.5},
								 .outputs = 1,
								 .label_deviation = 1.0,
								 .use_bias = true};
	f->control =
		(SolverControl){.optimizer = OPTIMIZER_LBFGS, .runtime = &f->runtime};
}

static inline void
add_row(Fixture *f, const double *x, double label, float weight)
{
	uint32_t index[32];
	float value[32];
	RowView view = {.dense = x};

	if (f->rows.format == ROWS_SPARSE)
	{
		view = (RowView){.index = index, .value = value};
		for (uint32_t j = 0; j < f->rows.dimension; j++)
			if (x[j] != 0.0)
			{
				index[view.count] = j;
				value[view.count++] = (float) x[j];
			}
	}
	assert_int_equal(rows_append(&f->rows, &view, label,
								 hash64_bytes(&label, sizeof(label), 0),
								 weight, &f->failure),
					 LL_OK);
}

/* 600 rows of 8 features, a third of them zero; classes classes. */
static inline void
fill(Fixture *f, int classes)
{
	uint64_t seed = 11;

	for (int i = 0; i < 600; i++)
	{
		double x[8];
		double score = 0.4;
		double label;

		for (int j = 0; j < 8; j++)
		{
			x[j] = (i * 7 + j * 5) % 3 == 0 ? 0.0
											: (float) (draw(&seed) * (1 + j));
			score += x[j] * (j % 3 - 1) * 0.5;
		}
		score += 2 * draw(&seed);
		label = classes == 0
					? (loss_is_log_link(f->problem.loss) ? exp(0.3 * score)
														 : score)
				: classes == 2 ? (score > 0)
							   : fmod(floor(fabs(score) * 2), classes);
		add_row(f, x, label, 1.0f);
	}
	assert_int_equal(rows_seal(&f->rows, &f->failure), LL_OK);
}

static inline void
solve(Fixture *f, OptimizerKind optimizer)
{
	Status status;

	f->control.optimizer = optimizer;
	status = solver_run(&f->problem, &f->control, &f->result, &f->failure);
	if (status != LL_OK)
		print_error("%s\n", f->failure.message);
	assert_int_equal(status, LL_OK);
}

static inline void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

static inline void
assert_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance * fmax(1.0, fabs(b))))
	{
		print_error("%.15g is not %.15g\n", a, b);
		assert_true(false);
	}
}

#endif
