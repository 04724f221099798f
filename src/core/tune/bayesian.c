/*
 * bayesian.c
 *		Bayesian search: a Gaussian process over the unit cube, expected
 *		improvement, batches by constant liar.
 *
 * Before the process has something to learn from, trials come from an additive
 * recurrence (Roberts 2018), a low-discrepancy sequence, shifted by the seed.
 * Expected improvement is largest in corners while little is known, where
 * linear learners seldom do well; so it is multiplied by a belief that the
 * optimum lies about the settings tried first, which fades as 1 / trials
 * (Hvarfner et al. 2022, "piBO").
 */
#include "core/tune/bayesian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/random.h"
#include "core/math/gaussian_process.h"
#include "core/math/sort.h"

/* Points of the search for the largest expected improvement. */
#define ACQUISITION_UNIFORM 1000
#define ACQUISITION_LOCAL 400
#define ACQUISITION_POLISH 200
#define LOCAL_SPREAD 0.1
#define LEAST_DESIGN 3
/* The belief: a normal law of this deviation to the power of this / trials. */
#define BELIEF_DEVIATION 0.25
#define BELIEF_STRENGTH 5.0

typedef struct Acquisition
{
	Tuner *tuner;
	GaussianProcess gp;
	uint32_t trial;
	double best;			/* least warped cost among the observed */
	double *belief;			/* encoded: about where; NULL: anywhere */
	double *encoded;		/* one point */
	double point[HP_COUNT]; /* best so far in the unit cube */
	double improvement;		/* there; negative: none found */
	uint64_t key;
	uint64_t draws;
} Acquisition;

/* Trials that the design gives before the process chooses. */
static uint32_t
design_size(const Tuner *tuner)
{
	uint32_t size = tuner->space.count + 2;
	uint32_t half = tuner->options.max_jobs / 2;

	if (size > half)
		size = half;
	return size < LEAST_DESIGN ? LEAST_DESIGN : size;
}

/* The i-th point of the shifted recurrence. */
static void
design_point(const Tuner *tuner, uint32_t i, double *point)
{
	uint64_t key = random_key(tuner->options.seed, STREAM_TUNER_DESIGN);
	uint32_t dimensions = tuner->space.count;
	double g = 1.5;

	/* The root of g^(d+1) = g + 1. */
	for (int step = 0; step < 60; step++)
		g = pow(1.0 + g, 1.0 / (dimensions + 1.0));
	for (uint32_t d = 0; d < dimensions; d++)
	{
		double u = random_uniform(key, d) + (i + 1.0) * pow(1.0 / g, d + 1.0);

		point[d] = u - floor(u);
	}
}

/*
 * Warps cost so that failures do not drown the differences that matter:
 * what is worse than the median keeps its order only, at the quantiles of a
 * normal law that the better half sets (half-rank warping, Song et al. 2024).
 * Failed trials count as the worst.
 */
static Status
warp(Tuner *tuner, double *y, uint32_t n, Failure *failure)
{
	double *sorted = runtime_allocate(&tuner->runtime, n * sizeof(double));
	double median, square = 0.0, deviation;
	uint32_t finite = 0, better = 0;

	if (sorted == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < n; i++)
		if (isfinite(y[i]))
			sorted[finite++] = y[i];
	qsort(sorted, finite, sizeof(double), compare_doubles);
	median = finite > 0 ? sorted[(finite - 1) / 2] : 0.0;
	for (uint32_t i = 0; i < finite && sorted[i] <= median; i++, better++)
		square += (sorted[i] - median) * (sorted[i] - median);
	deviation = better > 0 && square > 0 ? sqrt(square / better) : 1.0;
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t rank = 0;

		if (isfinite(y[i]) && y[i] <= median)
		{
			y[i] = (y[i] - median) / deviation;
			continue;
		}
		while (isfinite(y[i]) && rank < finite && sorted[rank] < y[i])
			rank++;
		if (!isfinite(y[i]))
			rank = finite;
		/* A logistic quantile is near enough to the normal one. */
		y[i] = log((rank + 0.5) / (n + 0.5 - rank)) / 1.702;
		y[i] = fmax(y[i], 0.0);
	}
	runtime_release(&tuner->runtime, sorted);
	return LL_OK;
}

/* Gives the process all that is known, fits it, then the lies. */
static Status
learn(Acquisition *a, uint32_t *groups, Failure *failure)
{
	Tuner *tuner = a->tuner;
	uint32_t n = 0, width = tuner->space.count, inputs = 0;
	uint32_t observed = tuner->known_count + tuner->batch;
	uint32_t capacity = tuner->known_count + a->trial;
	double *y = runtime_allocate(&tuner->runtime, capacity * sizeof(double));
	Status status;

	if (y == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < width; i++)
	{
		const Range *range = &tuner->space.ranges[i];
		uint32_t own =
			range->kind == RANGE_CATEGORICAL ? range->category_count : 1;

		for (uint32_t c = 0; c < own; c++)
			groups[inputs++] = i;
	}
	status = gp_init(&a->gp, &tuner->runtime, inputs, groups, width, capacity,
					 failure);
	if (status != LL_OK)
		return status;
	for (uint32_t i = 0; i < tuner->known_count; i++)
		y[n++] = tuner->known_cost[i];
	for (uint32_t i = 0; i < tuner->batch; i++)
		y[n++] = tuner_cost(tuner, tuner->trials[i].objective);
	status = warp(tuner, y, observed, failure);
	if (status != LL_OK)
		return status;
	a->best = INFINITY;
	for (uint32_t i = 0; i < capacity; i++)
	{
		const double *values =
			i < tuner->known_count
				? tuner->known + i * width
				: tuner->trials[i - tuner->known_count].values;

		if (i == observed)
		{
			status = gp_fit(&a->gp, failure);
			if (status != LL_OK)
				return status;
		}
		if (i < observed)
			a->best = fmin(a->best, y[i]);
		space_encode(&tuner->space, values, a->encoded);
		/* Those in flight are taken to do as well as the best so far. */
		gp_add(&a->gp, a->encoded, i < observed ? y[i] : a->best);
	}
	runtime_release(&tuner->runtime, y);
	return observed == capacity ? gp_fit(&a->gp, failure)
								: gp_condition(&a->gp, failure);
}

static double
draw(Acquisition *a)
{
	return random_uniform(a->key, a->draws++);
}

/* A number about zero, roughly normal, of deviation one half. */
static double
draw_step(Acquisition *a)
{
	return draw(a) + draw(a) + draw(a) - 1.5;
}

/* What the belief says of the encoded point, at most 1. */
static double
belief(const Acquisition *a)
{
	double square = 0.0;

	if (a->belief == NULL)
		return 1.0;
	for (uint32_t j = 0; j < a->gp.inputs; j++)
		square +=
			(a->encoded[j] - a->belief[j]) * (a->encoded[j] - a->belief[j]);
	return exp(-0.5 * square / (BELIEF_DEVIATION * BELIEF_DEVIATION) *
			   BELIEF_STRENGTH / a->tuner->batch);
}

/* Looks at a point of the cube: keeps it when it promises more. */
static void
consider(Acquisition *a, const double *point)
{
	double values[HP_COUNT];
	double improvement;

	tuner_point_values(a->tuner, point, values);
	space_encode(&a->tuner->space, values, a->encoded);
	improvement =
		gp_expected_improvement(&a->gp, a->encoded, a->best) * belief(a);
	if (improvement <= a->improvement ||
		tuner_has_tried(a->tuner, a->trial, values))
		return;
	a->improvement = improvement;
	memcpy(a->point, point, a->tuner->space.count * sizeof(double));
}

/* Moves one or all coordinates of a point a little. */
static void
disturb(Acquisition *a, const double *from, double spread, double *point)
{
	uint32_t dimensions = a->tuner->space.count;
	uint32_t only = (uint32_t) (draw(a) * 2 * dimensions);

	for (uint32_t d = 0; d < dimensions; d++)
	{
		const Range *range = &a->tuner->space.ranges[d];

		point[d] = from[d];
		if (only < dimensions && only != d)
			continue;
		if (range->kind == RANGE_CATEGORICAL)
			point[d] = draw(a);
		else
			point[d] = fmin(fmax(point[d] + spread * draw_step(a), 0.0), 1.0);
	}
}

/* The best trial's point in the cube. */
static void
incumbent(const Tuner *tuner, double *point)
{
	int64_t best = tuner_best(tuner);
	const double *values = best >= 0 ? tuner->trials[best].values : NULL;
	double cost = best >= 0 ? tuner_cost(tuner, tuner->trials[best].objective)
							: INFINITY;

	for (uint32_t i = 0; i < tuner->known_count; i++)
		if (tuner->known_cost[i] < cost)
		{
			cost = tuner->known_cost[i];
			values = tuner->known + i * tuner->space.count;
		}
	for (uint32_t d = 0; d < tuner->space.count; d++)
		point[d] = values != NULL
					   ? range_unit(&tuner->space.ranges[d], values[d])
					   : 0.5;
}

/* Everywhere, then near the best trial, then ever nearer the best point. */
static Status
maximise(Acquisition *a, Failure *failure)
{
	uint32_t dimensions = a->tuner->space.count;
	double from[HP_COUNT], point[HP_COUNT];

	a->improvement = -1.0;
	for (int i = 0; i < ACQUISITION_UNIFORM; i++)
	{
		if (runtime_interrupted(&a->tuner->runtime))
			return fail_cancelled(failure);
		for (uint32_t d = 0; d < dimensions; d++)
			point[d] = draw(a);
		consider(a, point);
	}
	incumbent(a->tuner, from);
	for (int i = 0; i < ACQUISITION_LOCAL; i++)
	{
		disturb(a, from, LOCAL_SPREAD, point);
		consider(a, point);
	}
	for (int i = 0; i < ACQUISITION_POLISH && a->improvement >= 0; i++)
	{
		memcpy(from, a->point, sizeof(from));
		disturb(a, from, LOCAL_SPREAD * exp(-4.0 * i / ACQUISITION_POLISH),
				point);
		consider(a, point);
	}
	return LL_OK;
}

/* A trial of the design; of repeated points the recurrence's next. */
static void
suggest_design(Tuner *tuner, uint32_t trial)
{
	double point[HP_COUNT];

	for (uint32_t i = 0; i < 100; i++)
	{
		design_point(tuner, trial + i, point);
		tuner_point_values(tuner, point, tuner->trials[trial].values);
		if (!tuner_has_tried(tuner, trial, tuner->trials[trial].values))
			return;
	}
}

Status
bayesian_suggest(Tuner *tuner, uint32_t trial, Failure *failure)
{
	Acquisition a = {.tuner = tuner, .trial = trial};
	uint32_t inputs = space_encoded_size(&tuner->space);
	uint32_t *groups;
	Status status;

	if (trial + tuner->known_count < design_size(tuner) ||
		tuner->batch + tuner->known_count < 2)
	{
		suggest_design(tuner, trial);
		return LL_OK;
	}
	groups = runtime_allocate(&tuner->runtime, inputs * sizeof(uint32_t));
	a.encoded = runtime_allocate(&tuner->runtime, inputs * sizeof(double));
	if (groups == NULL || a.encoded == NULL)
		return fail_no_memory(failure);
	if (tuner->start_count > 0 && tuner->known_count == 0)
	{
		a.belief = runtime_allocate(&tuner->runtime, inputs * sizeof(double));
		if (a.belief == NULL)
			return fail_no_memory(failure);
		space_encode(&tuner->space, tuner->start, a.belief);
	}
	a.key = random_key(
		random_key(tuner->options.seed, STREAM_TUNER_ACQUISITION), trial);
	status = learn(&a, groups, failure);
	if (status == LL_OK)
		status = maximise(&a, failure);
	gp_release(&a.gp);
	if (status != LL_OK)
		return status;
	if (a.improvement < 0)
		suggest_design(tuner, trial);
	else
		tuner_point_values(tuner, a.point, tuner->trials[trial].values);
	runtime_release(&tuner->runtime, groups);
	runtime_release(&tuner->runtime, a.encoded);
	runtime_release(&tuner->runtime, a.belief);
	return LL_OK;
}
