/*
 * test_ranked_figures.c
 *		What scores say of a model, against one row after the other.
 */
#include "core/train/ranked_figures.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/base/random.h"
#include "core/math/sort_threads.h"
#include "unit.h"

#define MOST 40000 /* more than tasks take at once */

static ScoredRow scored[SORT_ROOM(MOST)], copy[SORT_ROOM(MOST)];

/* What a case's margins are like. */
typedef enum Margins
{
	SPREAD,	   /* all differ, and their scores do */
	TIED,	   /* many are equal, as are their scores */
	SATURATED, /* many differ whose scores are equal */
	ENDLESS	   /* some are infinite */
} Margins;

static double
draw_margin(Margins margins, uint64_t i)
{
	double x = 6.0 * random_uniform(1, i) - 3.0;

	switch (margins)
	{
		case TIED:
			return floor(4.0 * x) / 4.0;
		case SATURATED:
			return 30.0 * x;
		case ENDLESS:
			return i % 7 == 0 ? INFINITY : i % 11 == 0 ? -INFINITY : x;
		default:
			return x;
	}
}

/* Draws rows, best first if they are to be ranked; some weigh more than others. */
static void
draw(Margins margins, size_t n, bool weighted, bool ranked)
{
	for (size_t i = 0; i < n; i++)
	{
		double margin = draw_margin(margins, i);

		scored[i] = scored_row(
			margin, random_uniform(2, i) < portable_sigmoid(margin / 8.0),
			weighted ? (float) (1 + i % 3) / 2 : 1.0f);
	}
	if (ranked)
		assert_true(sort_pairs(scored, copy, n, NULL));
}

/* The figures, row by row; the scores in copy. */
static MetricFacts
figures_of(const Candidate *candidate, size_t n, double weight)
{
	MetricFacts facts = metric_facts();
	double log_loss = 0.0;

	facts.counts = (BinaryCounts){0};
	for (size_t i = 0; i < n; i++)
	{
		double margin = key_to_score(scored[i].key);
		double w = fabs(scored[i].with.number);
		bool positive = scored[i].with.number > 0;
		bool said = margin > candidate->threshold.margin;
		double score = portable_sigmoid(margin);
		double p = clip_probability(score);

		copy[i] = (ScoredRow){score_to_key(score), scored[i].with};
		log_loss -= w * portable_log(positive ? p : 1.0 - p);
		*(said		 ? positive ? &facts.counts.true_positives
								: &facts.counts.false_positives
		  : positive ? &facts.counts.false_negatives
					 : &facts.counts.true_negatives) += w;
	}
	facts.log_loss = log_loss / weight;
	return facts;
}

/* Of one class there is no area. */
static bool
same(double a, double b)
{
	return isnan(a) ? isnan(b) : a == b;
}

static void
check(Margins margins, size_t n, bool weighted, bool ranked)
{
	MallocArena arena;
	Problem problem = {.runtime = malloc_runtime(&arena)};
	Candidate candidate = {.threshold = {.margin = 0.25}};
	RankedAreas areas;
	MetricFacts expected, facts = metric_facts();
	double weight = 0.0;
	Failure failure;

	assert_int_equal(
		threads_start(&problem.pool, 3, &problem.runtime, &failure), LL_OK);
	hyperparameters_init(&candidate.settings);
	candidate.settings.value[HP_PREDICTOR_TYPE] = PREDICTOR_BINARY;
	candidate.settings.value[HP_LOSS] = LOSS_LOGISTIC;
	draw(margins, n, weighted, ranked);
	for (size_t i = 0; i < n; i++)
		weight += fabs(scored[i].with.number);
	expected = figures_of(&candidate, n, weight);
	if (ranked)
	{
		ScoredRow *rows = runtime_allocate(&problem.runtime,
										   SORT_ROOM(n) * sizeof(ScoredRow));

		memcpy(rows, scored, n * sizeof(ScoredRow));
		threshold_areas(rows, n, &areas.roc_auc, &areas.pr_auc, NULL);
	}
	ranked_figures(&problem, &candidate, scored, n, weight,
				   ranked ? &areas : NULL, &facts);
	for (size_t i = 0; i < n && ranked; i++)
		assert_true(scored[i].key == copy[i].key);
	threshold_areas(copy, n, &expected.roc_auc, &expected.pr_auc, NULL);
	assert_memory_equal(&facts.counts, &expected.counts, sizeof(facts.counts));
	assert_true(facts.log_loss == expected.log_loss);
	assert_true(same(facts.roc_auc, expected.roc_auc));
	assert_true(same(facts.pr_auc, expected.pr_auc));
	/* Equal scores of different margins have areas of their own. */
	if (ranked && margins == SATURATED)
		assert_true(facts.roc_auc != areas.roc_auc || n < 1000);
	threads_stop(problem.pool);
	malloc_arena_free(&arena);
}

static void
test_figures(void **state)
{
	static const size_t counts[] = {2, 255, 256, 257, 16384, 16385, MOST};

	(void) state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (int margins = SPREAD; margins <= ENDLESS; margins++)
			for (int weighted = 0; weighted < 2; weighted++)
				for (int ranked = 0; ranked < 2; ranked++)
					check((Margins) margins, counts[i], weighted, ranked);
}

/* Margins from 6 down to 3, where neighbours may have one score. */
static double
margin_at(size_t i, size_t count)
{
	return 6.0 - 3.0 * (double) i / (double) count;
}

/* Gives two rows margins that differ, and one score. */
static void
tie(size_t row, double margin)
{
	double next = nextafter(margin, 0.0);

	while (portable_sigmoid(margin) != portable_sigmoid(next))
	{
		margin = next;
		next = nextafter(margin, 0.0);
	}
	scored[row - 1].key = score_to_key(margin);
	scored[row].key = score_to_key(next);
}

/* Ties where two tasks meet are seen: those margins alone have one score. */
static void
test_edges(void **state)
{
	enum
	{
		EDGE = 256,
		BATCH = 16384,
		COUNT = BATCH + 10
	};
	static const size_t edges[] = {1, EDGE, 2 * EDGE, BATCH};
	Candidate candidate = {0};

	(void) state;
	hyperparameters_init(&candidate.settings);
	candidate.settings.value[HP_LOSS] = LOSS_LOGISTIC;
	for (size_t e = 0; e <= sizeof(edges) / sizeof(edges[0]); e++)
	{
		MallocArena arena;
		Problem problem = {.runtime = malloc_runtime(&arena)};
		const RankedAreas given = {0.125, 0.375};
		size_t edge = e > 0 ? edges[e - 1] : COUNT;
		MetricFacts facts = metric_facts();
		Failure failure;

		assert_int_equal(
			threads_start(&problem.pool, 2, &problem.runtime, &failure),
			LL_OK);
		for (size_t i = 0; i < COUNT; i++)
			scored[i] =
				scored_row(margin_at(i, COUNT), (double) (i % 2), 1.0f);
		if (edge < COUNT)
			tie(edge, margin_at(edge - 1, COUNT));
		ranked_figures(&problem, &candidate, scored, COUNT, COUNT, &given,
					   &facts);
		assert_true((facts.roc_auc == 0.125 && facts.pr_auc == 0.375) ==
					(edge == COUNT));
		threads_stop(problem.pool);
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_figures),
									   cmocka_unit_test(test_edges)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
