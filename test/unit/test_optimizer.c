/*
 * test_optimizer.c
 *		Each update against its formula in plain doubles.
 */
#include "core/descent/optimizer.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"
#include "unit.h"

#define PERIOD 67
#define COUNT (PERIOD * 3 + 5)
#define STEPS 40

/* Rates that differ from place to place. */
typedef struct Rates
{
	float rate[PERIOD], wd[PERIOD], l1[PERIOD], momentum[PERIOD];
	float decay[PERIOD], scale[PERIOD];
	UpdateRates view;
} Rates;

static void
fill_rates(Rates *r, bool l1)
{
	for (size_t i = 0; i < PERIOD; i++)
	{
		r->rate[i] = (float) (0.001 + 0.01 * random_uniform(1, i));
		r->wd[i] = i % 3 == 0 ? 0.0f : (float) (0.1 * random_uniform(2, i));
		r->l1[i] = l1 && i % 2 == 0 ? 0.3f : 0.0f;
		r->momentum[i] = (float) (0.5 + 0.4 * random_uniform(3, i));
		r->decay[i] = (float) (0.9 + 0.09 * random_uniform(4, i));
		r->scale[i] = (float) (0.5 + random_uniform(5, i));
	}
	r->view =
		(UpdateRates){r->rate, r->wd, r->l1, r->momentum, r->decay, r->scale};
}

/* sign(w) max(0, |w| - t), the proximal map of t |w|. */
static double
shrink(double w, double t)
{
	return fabs(w) > t ? copysign(fabs(w) - t, w) : 0.0;
}

/* One weight's update as optimizer.h writes it. */
static void
reference(OptimizerKind kind, const Rates *r, size_t i, double gradient,
		  double *w, double *first, double *second)
{
	double rate = r->rate[i], g = gradient * r->scale[i] + r->wd[i] * *w;
	double step = rate;

	switch (kind)
	{
		case OPTIMIZER_SGD:
			*first = r->momentum[i] * *first - rate * g;
			*w = shrink(*w + *first, rate * r->l1[i] / (1 - r->momentum[i]));
			return;
		case OPTIMIZER_ADAM:
			*first = r->momentum[i] * *first + (1 - r->momentum[i]) * g;
			*second = r->decay[i] * *second + (1 - r->decay[i]) * g * g;
			step = rate / (sqrt(*second) + 1e-8);
			*w = shrink(*w - step * *first, step * r->l1[i]);
			return;
		case OPTIMIZER_RMSPROP:
			*first = r->momentum[i] * *first + (1 - r->momentum[i]) * g;
			*second = 0.9 * *second + 0.1 * g * g;
			step = rate / sqrt(*second + 1e-8);
			break;
		case OPTIMIZER_ADAGRAD:
			*first = r->momentum[i] * *first + (1 - r->momentum[i]) * g;
			*second += g * g;
			step = rate / sqrt(*second + 1e-7);
			break;
		default:
			fail_msg("no formula of %s is known", optimizer_names[kind]);
	}
	*w = shrink(*w - step * *first, step * r->l1[i]);
}

/* Many updates; the gradient pulls each weight to a place of its own. */
static void
check_kind(OptimizerKind kind, bool l1)
{
	float w[COUNT], g[COUNT], first[COUNT] = {0}, second[COUNT] = {0};
	double rw[COUNT], rfirst[COUNT] = {0}, rsecond[COUNT] = {0};
	Rates rates;

	fill_rates(&rates, l1);
	for (size_t i = 0; i < COUNT; i++)
		rw[i] = w[i] = (float) random_normal(6, i);
	for (int step = 0; step < STEPS; step++)
	{
		for (size_t i = 0; i < COUNT; i++)
			g[i] = (float) (rw[i] - random_normal(7, i));
		optimizer_update(kind, &rates.view, PERIOD, COUNT, w, g, first,
						 second);
		for (size_t i = 0; i < COUNT; i++)
		{
			reference(kind, &rates, i % PERIOD, g[i], &rw[i], &rfirst[i],
					  &rsecond[i]);
			if (!(fabs(w[i] - rw[i]) < 1e-4 * fmax(1, fabs(rw[i]))))
				fail_msg("step %d, weight %zu: %.9g is not %.9g", step, i,
						 w[i], rw[i]);
		}
	}
}

static void
test_formulas(void **state)
{
	(void) state;
	for (OptimizerKind kind = 0; kind < OPTIMIZER_COUNT; kind++)
		if (!optimizer_table[kind].solves)
		{
			check_kind(kind, false);
			check_kind(kind, true);
		}
}

/* Weights that nothing pulls end at exactly zero, and stay. */
static void
test_exact_zeros(void **state)
{
	(void) state;
	for (OptimizerKind kind = 0; kind < OPTIMIZER_COUNT; kind++)
	{
		float w[COUNT], g[COUNT], first[COUNT] = {0}, second[COUNT] = {0};
		Rates rates;

		if (optimizer_table[kind].solves)
			continue;
		fill_rates(&rates, true);
		for (size_t i = 0; i < COUNT; i++)
			w[i] = 0.05f * (float) random_normal(8, i);
		for (int step = 0; step < 3000; step++)
		{
			/* far below l1 = 0.3 on even places */
			for (size_t i = 0; i < COUNT; i++)
				g[i] = 0.5f * w[i] + 0.01f;
			optimizer_update(kind, &rates.view, PERIOD, COUNT, w, g, first,
							 second);
		}
		for (size_t i = 0; i < COUNT; i++)
		{
			if (rates.l1[i % PERIOD] > 0)
				assert_true(w[i] == 0.0f);
			else
				assert_true(w[i] != 0.0f);
		}
	}
}

/* Noise above l1 does not drive a weight off its zero; the mean is what pulls. */
static void
test_noisy_zeros(void **state)
{
	(void) state;
	for (OptimizerKind kind = 0; kind < OPTIMIZER_COUNT; kind++)
	{
		float w[COUNT] = {0}, g[COUNT], first[COUNT] = {0},
			  second[COUNT] = {0};
		size_t zeros = 0, all = 0;
		Rates rates;

		if (optimizer_table[kind].solves)
			continue;
		fill_rates(&rates, true);
		for (size_t i = 0; i < PERIOD; i++)
			rates.momentum[i] = 0.9f, rates.scale[i] = 1.0f;
		for (uint64_t step = 0; step < 1000; step++)
		{
			for (size_t i = 0; i < COUNT; i++)
				g[i] = (float) (0.25 * random_normal(11, step * COUNT + i));
			optimizer_update(kind, &rates.view, PERIOD, COUNT, w, g, first,
							 second);
			for (size_t i = 0; i < COUNT; i++)
			{
				all += rates.l1[i % PERIOD] > 0;
				zeros += rates.l1[i % PERIOD] > 0 && w[i] == 0.0f;
			}
		}
		assert_true((double) zeros > 0.99 * (double) all);
	}
}

/* (w - 1)^2 / 2 + l1 |w| is least at 1 - l1, whatever the momentum. */
static void
test_l1_minimum(void **state)
{
	(void) state;
	for (int turn = 0; turn < 2; turn++)
	{
		OptimizerKind kind = turn == 0 ? OPTIMIZER_SGD : OPTIMIZER_ADAM;
		float w[COUNT] = {0}, g[COUNT], first[COUNT] = {0},
			  second[COUNT] = {0};
		Rates rates;

		fill_rates(&rates, true);
		for (size_t i = 0; i < PERIOD; i++)
			rates.wd[i] = 0.0f, rates.scale[i] = 1.0f;
		for (int step = 0; step < 20000; step++)
		{
			for (size_t i = 0; i < COUNT; i++)
				g[i] = w[i] - 1.0f;
			optimizer_update(kind, &rates.view, PERIOD, COUNT, w, g, first,
							 second);
		}
		for (size_t i = 0; i < COUNT; i++)
			assert_true(fabs(w[i] - (1.0 - rates.l1[i % PERIOD])) < 0.05);
	}
}

/* A weight's update depends on its own rates, not on where the period ends. */
static void
test_period(void **state)
{
	(void) state;
	for (OptimizerKind kind = 0; kind < OPTIMIZER_COUNT; kind++)
	{
		float a[COUNT], b[COUNT], g[COUNT];
		float first_a[COUNT] = {0}, second_a[COUNT] = {0};
		float first_b[COUNT] = {0}, second_b[COUNT] = {0};
		float rate[COUNT], wd[COUNT], l1[COUNT], mu[COUNT], decay[COUNT];
		float scale[COUNT];
		UpdateRates wide = {rate, wd, l1, mu, decay, scale};
		Rates rates;

		if (optimizer_table[kind].solves)
			continue;
		fill_rates(&rates, true);
		for (size_t i = 0; i < COUNT; i++)
		{
			rate[i] = rates.rate[i % PERIOD];
			wd[i] = rates.wd[i % PERIOD];
			l1[i] = rates.l1[i % PERIOD];
			mu[i] = rates.momentum[i % PERIOD];
			decay[i] = rates.decay[i % PERIOD];
			scale[i] = rates.scale[i % PERIOD];
			a[i] = b[i] = (float) random_normal(9, i);
			g[i] = (float) random_normal(10, i);
		}
		for (int step = 0; step < 5; step++)
		{
			optimizer_update(kind, &rates.view, PERIOD, COUNT, a, g, first_a,
							 second_a);
			optimizer_update(kind, &wide, COUNT, COUNT, b, g, first_b,
							 second_b);
		}
		assert_memory_equal(a, b, sizeof(a));
	}
}

/* Whether an update writes the second moments. */
static bool
writes_second(OptimizerKind kind)
{
	float w[COUNT] = {0}, g[COUNT], first[COUNT] = {0}, second[COUNT] = {0};
	Rates rates;

	fill_rates(&rates, false);
	for (size_t i = 0; i < COUNT; i++)
		g[i] = 1.0f;
	optimizer_update(kind, &rates.view, PERIOD, COUNT, w, g, first, second);
	return second[0] != 0.0f;
}

/* What the table says of an optimizer, and the sets that options are used by. */
static void
test_table(void **state)
{
	unsigned updates = 0, solvers = 0, iterations = 0;

	(void) state;
	for (OptimizerKind kind = 0; kind < OPTIMIZER_COUNT; kind++)
	{
		const OptimizerDescriptor *row = &optimizer_table[kind];

		assert_non_null(optimizer_names[kind]);
		if (row->solves)
		{
			solvers |= USED_BY(kind);
			assert_true(row->most_iterations > 0 && row->moments == 0);
			assert_true(losses_solved_by(kind) != 0);
			assert_int_equal(row->closed_form, row->most_iterations == 1);
		}
		else
		{
			updates |= USED_BY(kind);
			assert_int_equal(row->moments, writes_second(kind) ? 2 : 1);
			assert_int_equal(losses_solved_by(kind), 0);
		}
		iterations |= row->closed_form ? 0 : USED_BY(kind);
		if (!row->solves && row->decay != HP_COUNT)
			assert_true(hyperparameter_table[row->decay].optimizers &
						USED_BY(kind));
	}
	assert_null(optimizer_names[OPTIMIZER_COUNT]);
	assert_int_equal(updates, USED_BY_UPDATES);
	assert_int_equal(iterations, USED_BY_ITERATIONS);
	assert_int_equal(updates | solvers, USED_BY_ALL);
}

/* initial * factor^floor((t - 1) / step), never below the minimum. */
static void
test_schedule(void **state)
{
	(void) state;
	assert_true(schedule_rate(0.1, 0.5, 10, 1e-5, 1) == 0.1);
	assert_true(schedule_rate(0.1, 0.5, 10, 1e-5, 10) == 0.1);
	assert_true(schedule_rate(0.1, 0.5, 10, 1e-5, 11) == 0.05);
	assert_true(schedule_rate(0.1, 0.5, 10, 1e-5, 21) == 0.025);
	assert_true(schedule_rate(0.1, 0.5, 1, 1e-5, UINT64_C(1) << 40) == 1e-5);
	/* a minimum above the initial rate does not raise it */
	assert_true(schedule_rate(0.1, 0.5, 10, 1, 1) == 0.1);
	assert_true(schedule_rate(0.1, 0.5, 10, 1, 100) == 0.1);
	for (uint64_t t = 2; t < 1000; t++)
		assert_true(schedule_rate(0.1, 0.99, 3, 1e-3, t) <=
					schedule_rate(0.1, 0.99, 3, 1e-3, t - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formulas),	cmocka_unit_test(test_exact_zeros),
		cmocka_unit_test(test_noisy_zeros), cmocka_unit_test(test_l1_minimum),
		cmocka_unit_test(test_period),		cmocka_unit_test(test_table),
		cmocka_unit_test(test_schedule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
