/*
 * variations.c
 *		The candidates of num_models: what they try beside the given settings.
 */
#include "core/problem/variations.h"

#include <math.h>

#include "core/options/optimizer_table.h"
#include "core/problem/defaults.h"

/* How a candidate of num_models differs from the given settings. */
typedef struct Variation
{
	double rate; /* factor on an automatic learning rate */
	double wd;	 /* factor on an automatic wd */
} Variation;

/* The first four serve models of many weights; the order is by usefulness. */
static const Variation variations[] = {{1, 1},	{1, 10},  {0.5, 10}, {0.5, 1},
									   {2, 10}, {2, 1},	  {1, 0.1},	 {1, 0},
									   {2, 0},	{0.5, 0}, {1, 100},	 {2, 100}};

/* wd of a solved candidate: factors, or for the closed form values. */
static const double solver_wd_factors[] = {1, 10, 0.1, 100, 0};
static const double exact_wd[] = {0, 1e-4, 1e-3, 1e-2, 1e-1};

#define SOLVER_VARIATIONS (sizeof(exact_wd) / sizeof(exact_wd[0]))

/* An l1 that was given, as what candidates take it times. */
static const double l1_factors[] = {1, 0.5, 2};

#define L1_VARIATIONS (sizeof(l1_factors) / sizeof(l1_factors[0]))

/* Most weights of all automatic candidates together. */
#define MOST_CELLS ((size_t) 4000000)

#define VARIATIONS (sizeof(variations) / sizeof(variations[0]))

/* Whether candidates differ in l1: near one that was asked for. */
static bool
varies_l1(const Hyperparameters *settings)
{
	return settings->given[HP_L1] && settings->value[HP_L1] > 0;
}

/* Candidates of num_models = auto: fewer for many outputs. */
static size_t
automatic_count(const Problem *problem, const Hyperparameters *settings)
{
	const Rows *validation = problem->rows[CHANNEL_VALIDATION];
	size_t weights = (size_t) problem->dimension * problem->outputs;
	size_t count = VARIATIONS;
	Hyperparameters resolved = *settings;

	/* Without validation rows nothing could choose between them. */
	if (validation == NULL || validation->count == 0 || weights > MOST_CELLS)
		return 1;
	if (validation->shards != NULL)
		return 1; /* each would take passes of its own */
	defaults_resolve(problem, &resolved);
	if (hp_has_l1_path(settings))
		count = 1;
	else if (hp_solves(&resolved))
		count = hp_is_auto(settings, HP_WD) ? SOLVER_VARIATIONS : 1;
	else if (!hp_is_auto(settings, HP_LEARNING_RATE) &&
			 !hp_is_auto(settings, HP_WD))
		count = 1;
	else if (problem->outputs > 1)
		count = 4;
	else if (weights > MOST_CELLS / VARIATIONS)
		count = 1 + MOST_CELLS / weights;
	if (varies_l1(settings)) /* each of the others with every l1 */
		count = (count + L1_VARIATIONS - 1) / L1_VARIATIONS * L1_VARIATIONS;
	if (hp_is_auto(settings, HP_POSITIVE_EXAMPLE_WEIGHT_MULT))
		count *= 2;
	return count;
}

/* Factor i of an endless list of different ones near 1, which comes first. */
static double
near_factor(size_t i)
{
	if (i < L1_VARIATIONS)
		return l1_factors[i];
	/* from a quarter to four times, spread evenly by the golden ratio */
	return exp2(4.0 * fmod((double) i * 0.618033988749895, 1.0) - 2.0);
}

/* Makes candidate i, counted without l1, of settings that leave nothing auto. */
static void
vary_given(Hyperparameters *settings, size_t i)
{
	double *wd = &settings->value[HP_WD];
	bool solves = hp_solves(settings);

	if (*wd > 0 && solves)
		*wd *= i < SOLVER_VARIATIONS ? solver_wd_factors[i]
									 : near_factor(i - SOLVER_VARIATIONS + 1);
	else if (*wd > 0 && i < VARIATIONS)
	{
		settings->value[HP_LEARNING_RATE] *= variations[i].rate;
		*wd *= variations[i].wd;
	}
	else /* a wd of 0 is meant to be 0 */
		settings->value[solves ? HP_L1 : HP_LEARNING_RATE] *= near_factor(i);
}

/* Makes candidate i out of the given settings. */
static void
vary(const Hyperparameters *given, Hyperparameters *settings, size_t i)
{
	const Variation *variation;
	bool solves = hp_solves(settings);
	double turn, further;

	if (hp_is_auto(given, HP_POSITIVE_EXAMPLE_WEIGHT_MULT))
	{
		/* Every setting with both weights of the positive class. */
		if (i % 2 == 1)
			settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] =
				WEIGHT_MULT_BALANCED;
		i /= 2;
	}
	if (varies_l1(given) &&
		!(solves && settings->value[HP_WD] == 0 && !hp_is_auto(given, HP_WD)))
	{
		settings->value[HP_L1] *= l1_factors[i % L1_VARIATIONS];
		i /= L1_VARIATIONS;
	}
	if (hp_has_l1_path(settings))
		return; /* it chooses */
	if (!hp_is_auto(given, HP_WD) &&
		(solves || !hp_is_auto(given, HP_LEARNING_RATE)))
	{
		vary_given(settings, i);
		return;
	}
	if (solves)
	{
		turn = pow(1.618033988749895, (double) (i / SOLVER_VARIATIONS));
		i %= SOLVER_VARIATIONS;
		settings->value[HP_WD] =
			turn * (hp_optimizer(settings)->closed_form
						? exact_wd[i]
						: settings->value[HP_WD] * solver_wd_factors[i]);
		return;
	}
	variation = &variations[i % VARIATIONS];
	/* Beyond the list the rates move on by the golden ratio's powers. */
	turn = pow(1.618033988749895, (double) (i / VARIATIONS));
	further = (i / VARIATIONS) % 2 == 0 ? turn : 1.0 / turn;
	if (hp_is_auto(given, HP_LEARNING_RATE))
		settings->value[HP_LEARNING_RATE] *= variation->rate * further;
	if (hp_is_auto(given, HP_WD))
		settings->value[HP_WD] *= variation->wd * turn;
}

Status
variations_make(const Problem *problem, const Hyperparameters *settings,
				Candidate **candidates, size_t *count, Failure *failure)
{
	*count = hp_is_auto(settings, HP_NUM_MODELS)
				 ? automatic_count(problem, settings)
				 : (size_t) settings->value[HP_NUM_MODELS];
	*candidates =
		runtime_allocate_zero(&problem->runtime, *count, sizeof(Candidate));
	if (*candidates == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < *count; i++)
	{
		Candidate *candidate = &(*candidates)[i];

		candidate->settings = *settings;
		candidate->fold = -1;
		candidate->wd_open = *count == 1 && hp_is_auto(settings, HP_WD);
		candidate->l1_open = candidate->wd_open && hp_is_auto(settings, HP_L1);
		candidate->optimizer_open = hp_is_auto(settings, HP_OPTIMIZER);
		defaults_resolve(problem, &candidate->settings);
		candidate->settings.value[HP_NUM_MODELS] = (double) *count;
		vary(settings, &candidate->settings, i);
	}
	return LL_OK;
}
