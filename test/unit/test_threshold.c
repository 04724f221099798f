/*
 * test_threshold.c
 *		Thresholds against the brute force over all of them.
 */
#include "core/judge/threshold.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"
#include "unit.h"

#define MOST_ROWS 12

typedef struct Case
{
	size_t n;
	double margins[MOST_ROWS];
	float classes[MOST_ROWS];
	float weights[MOST_ROWS];
	bool weighted;
	Hyperparameters settings;
	double natural;
} Case;

/* What the definitions give at one threshold. */
typedef struct Figures
{
	double accuracy, precision, recall, f_beta, mcc, balanced;
} Figures;

/* A small case with ties, integer weights (exact sums), sometimes infinities. */
static void
draw_case(Case *c, uint64_t seed)
{
	uint64_t key = random_key(4, seed);

	memset(c, 0, sizeof(*c));
	c->n = 1 + random_bits(key, 0) % MOST_ROWS;
	c->weighted = random_bits(key, 1) % 2;
	for (size_t i = 0; i < c->n; i++)
	{
		c->margins[i] = (double) (random_bits(key, 10 + i) % 7) - 3.0;
		if (seed % 3 == 0) /* far beyond what a float tells apart */
			c->margins[i] = ldexp(c->margins[i], (int) (seed % 1800) - 900);
		if (seed % 5 == 0 && random_bits(key, 30 + i) % 4 == 0)
			c->margins[i] =
				random_bits(key, 40 + i) % 2 ? INFINITY : -INFINITY;
		if (c->margins[i] == 0 && random_bits(key, 50 + i) % 2)
			c->margins[i] = -0.0;
		c->classes[i] = (float) (random_bits(key, 60 + i) % 2);
		c->weights[i] = (float) (1 + random_bits(key, 80 + i) % 3);
	}
	hyperparameters_init(&c->settings);
	c->settings.value[HP_SELECTION_CRITERIA] = (double) (seed % 8);
	c->settings.given[HP_SELECTION_CRITERIA] = true;
	c->settings.value[HP_F_BETA] = random_bits(key, 2) % 2 ? 1.0 : 2.0;
	c->settings.value[HP_TARGET_PRECISION] =
		random_bits(key, 3) % 2 ? 0.8 : 0.6;
	c->settings.value[HP_TARGET_RECALL] = random_bits(key, 4) % 2 ? 0.8 : 0.3;
	c->natural = random_bits(key, 5) % 2 ? 0.0 : 0.5;
}

/* Settings that ask for accuracy. */
static Hyperparameters
of_accuracy(void)
{
	Hyperparameters settings;

	hyperparameters_init(&settings);
	settings.value[HP_SELECTION_CRITERIA] = CRITERION_ACCURACY;
	settings.given[HP_SELECTION_CRITERIA] = true;
	return settings;
}

static double
weight_of(const Case *c, size_t i)
{
	return c->weighted ? c->weights[i] : 1.0;
}

/* The rows of a case, as the selection takes them. */
static ScoredRow *
rows_of(const Case *c, ScoredRow *rows)
{
	for (size_t i = 0; i < c->n; i++)
		rows[i] =
			scored_row(c->margins[i], c->classes[i], (float) weight_of(c, i));
	return rows;
}

static double
ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0.0;
}

/* Figures of "positive above this margin", straight from the definitions. */
static Figures
figures_at(const Case *c, double margin)
{
	double tp = 0, fp = 0, fn = 0, tn = 0, b2, root;

	for (size_t i = 0; i < c->n; i++)
	{
		bool positive = c->margins[i] > margin, truth = c->classes[i] == 1;

		*(positive ? truth ? &tp : &fp : truth ? &fn : &tn) += weight_of(c, i);
	}
	b2 = c->settings.value[HP_F_BETA] * c->settings.value[HP_F_BETA];
	root = sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
	return (Figures){ratio(tp + tn, tp + fp + fn + tn),
					 ratio(tp, tp + fp),
					 ratio(tp, tp + fn),
					 ratio((1 + b2) * tp, (1 + b2) * tp + b2 * fn + fp),
					 root > 0 ? (tp * tn - fp * fn) / root : 0.0,
					 (ratio(tp, tp + fn) + ratio(tn, tn + fp)) /
						 ((tp + fn > 0) + (tn + fp > 0))};
}

/* The criterion of those figures; missing the target is below every hit. */
static double
criterion_of(const Case *c, const Figures *f)
{
	switch (
		(SelectionCriterion) hp_integer(&c->settings, HP_SELECTION_CRITERIA))
	{
		case CRITERION_F_BETA:
			return f->f_beta;
		case CRITERION_PRECISION_AT_TARGET_RECALL:
			return f->recall >= c->settings.value[HP_TARGET_RECALL]
					   ? f->precision
					   : f->recall - 1;
		case CRITERION_RECALL_AT_TARGET_PRECISION:
			return f->precision >= c->settings.value[HP_TARGET_PRECISION]
					   ? f->recall
					   : f->precision - 1;
		case CRITERION_MCC:
			return f->mcc;
		case CRITERION_BALANCED_ACCURACY:
			return f->balanced;
		default:
			return f->accuracy;
	}
}

/* Pairs in the right order, ties half: Mann and Whitney's form. */
static double
area(const Case *c)
{
	double good = 0, pairs = 0;

	for (size_t i = 0; i < c->n; i++)
		for (size_t j = 0; j < c->n; j++)
			if (c->classes[i] == 1 && c->classes[j] == 0)
			{
				double w = weight_of(c, i) * weight_of(c, j);

				pairs += w;
				good += c->margins[i] > c->margins[j]	 ? w
						: c->margins[i] == c->margins[j] ? 0.5 * w
														 : 0.0;
			}
	return pairs > 0 ? good / pairs : NAN;
}

/* The largest value that any threshold gives; of one class the natural one. */
static double
best_value(const Case *c)
{
	double best = -INFINITY;

	if (isnan(area(c)))
	{
		Figures f = figures_at(c, c->natural);

		return criterion_of(c, &f);
	}
	for (size_t i = 0; i <= c->n; i++)
	{
		/* at each margin, and below them all */
		Figures f = figures_at(c, i < c->n ? c->margins[i] : -INFINITY);

		best = fmax(best, criterion_of(c, &f));
	}
	/* -infinity as a threshold leaves margins of -infinity negative */
	return best;
}

static void
check_near(double a, double b)
{
	if (!(fabs(a - b) < 1e-12 || (isnan(a) && isnan(b)) || a == b))
		fail_msg("%.17g is not %.17g", a, b);
}

static void
check_figures(const Case *c, const Threshold *s)
{
	Figures f = figures_at(c, s->margin);

	check_near(binary_accuracy(&s->counts), f.accuracy);
	check_near(binary_precision(&s->counts), f.precision);
	check_near(binary_recall(&s->counts), f.recall);
	check_near(binary_f_beta(&s->counts, s->beta), f.f_beta);
	check_near(s->roc_auc, area(c));
}

/* The threshold found is as good as any, and its figures are true. */
static void
test_choose(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 60000; seed++)
	{
		ScoredRow scratch[2 * MOST_ROWS];
		SelectionCriterion criterion;
		Threshold s;
		Figures f;
		Case c;

		draw_case(&c, seed);
		criterion = (SelectionCriterion) hp_integer(&c.settings,
													HP_SELECTION_CRITERIA);
		s = threshold_choose(&c.settings, rows_of(&c, scratch), c.n, 0.375,
							 c.natural, NULL);
		check_figures(&c, &s);
		f = figures_at(&c, s.margin);
		if (criterion == CRITERION_LOSS)
		{
			assert_true(s.value == 0.375);
			assert_true(s.margin == c.natural);
		}
		else
		{
			check_near(criterion_of(&c, &f), best_value(&c));
			check_near(s.value, criterion == CRITERION_ROC_AUC
									? area(&c)
									: best_value(&c));
		}
	}
}

/* The areas alone. */
static void
test_areas(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 6000; seed++)
	{
		ScoredRow scratch[2 * MOST_ROWS];
		double roc_auc, pr_auc;
		Threshold s;
		Case c;

		draw_case(&c, seed);
		s = threshold_choose(&c.settings, rows_of(&c, scratch), c.n, 0,
							 c.natural, NULL);
		threshold_areas(rows_of(&c, scratch), c.n, &roc_auc, &pr_auc, NULL);
		check_near(roc_auc, area(&c));
		check_near(pr_auc, s.pr_auc);
	}
}

/*
 * The natural margin wins wherever it parts the rows as the best threshold does;
 * else the threshold lies between its neighbours, also where these are next to
 * each other or next to a double's range.
 */
static void
test_gaps(void **state)
{
	static const double gaps[][2] = {{-3, 100},
									 {0, 1e-300},
									 {0.25, 0.5},
									 {1, 1 + 0x1p-52},
									 {-0x1p-1074, 0x1p-1074},
									 {0x1p-1074, 0x1p-1073},
									 {-1.7e308, 1.7e308},
									 {1e308, 1.5e308},
									 {400, 900},
									 {-900, -400},
									 {-INFINITY, 5},
									 {5, INFINITY},
									 {-INFINITY, INFINITY}};
	Hyperparameters settings;

	(void) state;
	settings = of_accuracy();
	for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
	{
		ScoredRow rows[4];
		double low = gaps[i][0], high = gaps[i][1];
		Threshold s;

		rows[0] = scored_row(high, 1, 1);
		rows[1] = scored_row(low, 0, 1);
		s = threshold_choose(&settings, rows, 2, 0, 0, NULL);
		assert_true(binary_accuracy(&s.counts) == 1);
		assert_true(low <= s.margin && s.margin < high);
		if (low <= 0 && 0 < high)
			assert_true(s.margin == 0);
	}
}

/* Thresholds lie half way; of equal ones the nearest to the natural margin. */
static void
test_ties(void **state)
{
	static const Case c = {.n = 6,
						   .margins = {-5, -4, 2, 3, 6, 7},
						   .classes = {0, 1, 0, 1, 0, 1}};
	ScoredRow scratch[12];
	Hyperparameters settings;
	Threshold s;

	(void) state;
	settings = of_accuracy();
	/* accuracy is 4 of 6 in three places: below -4, 2 to 3, 6 to 7 */
	s = threshold_choose(&settings, rows_of(&c, scratch), 6, 0, 0, NULL);
	check_near(s.value, 4.0 / 6);
	check_near(s.margin, 2.5);
	s = threshold_choose(&settings, rows_of(&c, scratch), 6, 0, 9, NULL);
	check_near(s.margin, 6.5);
	s = threshold_choose(&settings, rows_of(&c, scratch), 6, 0, -9, NULL);
	check_near(s.margin, -4.5);
}

/* The row order does not matter, nor do weights doubled. */
static void
test_invariance(void **state)
{
	(void) state;
	for (uint64_t seed = 0; seed < 3000; seed++)
	{
		ScoredRow scratch[2 * MOST_ROWS];
		uint32_t order[MOST_ROWS];
		Threshold a, b;
		Case c, shuffled;

		draw_case(&c, seed);
		c.weighted = true;
		shuffled = c;
		for (uint32_t i = 0; i < c.n; i++)
			order[i] = i;
		random_shuffle(order, c.n, seed);
		for (size_t i = 0; i < c.n; i++)
		{
			shuffled.margins[i] = c.margins[order[i]];
			shuffled.classes[i] = c.classes[order[i]];
			shuffled.weights[i] = 2 * c.weights[order[i]];
		}
		a = threshold_choose(&c.settings, rows_of(&c, scratch), c.n, 1,
							 c.natural, NULL);
		b = threshold_choose(&c.settings, rows_of(&shuffled, scratch), c.n, 1,
							 c.natural, NULL);
		check_near(a.margin, b.margin);
		check_near(a.value, b.value);
		check_near(a.roc_auc, b.roc_auc);
	}
}

/* Rows of margins -n to n about a natural margin, right by their sign but some. */
static size_t
signed_rows(ScoredRow *rows, int n, int wrong, double unit, double natural)
{
	size_t count = 0;

	/* The first `wrong` margins above the natural one are of negative rows. */
	for (int i = -n; i <= n; i++)
		if (i != 0)
			rows[count++] =
				scored_row(natural + unit * i, i > wrong, (float) unit);
	return count;
}

/* Without a criterion the threshold moves only for more rows than chance moves. */
static void
test_steady(void **state)
{
	static const struct
	{
		int wrong;
		double mult;
		bool moves;
	} cases[] = {{0, 1, false}, {1, 1, false}, {4, 1, false}, {5, 1, false},
				 {6, 1, true},	{9, 1, true},  {9, 3, false}};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int turn = 0; turn < 4; turn++)
		{
			double unit = turn % 2 ? 0.25 : 1.0, natural = turn / 2 ? 0.5 : 0;
			ScoredRow rows[80];
			size_t n = signed_rows(rows, 20, cases[i].wrong, unit, natural);
			Hyperparameters settings = of_accuracy();
			Threshold s;

			settings.value[HP_SELECTION_CRITERIA] = CRITERION_LOSS;
			settings.value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] = cases[i].mult;
			s = threshold_choose(&settings, rows, n, 0.1, natural, NULL);
			assert_true(s.margin == natural);
			settings.given[HP_SELECTION_CRITERIA] = false;
			s = threshold_choose(&settings, rows, n, 0.1, natural, NULL);
			assert_true(s.value == 0.1);
			if (cases[i].moves)
				check_near(s.margin, natural + unit * (cases[i].wrong + 0.5));
			else
				assert_true(s.margin == natural);
			check_near(s.counts.true_positives + s.counts.false_positives,
					   unit * (cases[i].moves ? 20 - cases[i].wrong : 20));
		}
	/* As many on the other side: the rows below are called positive. */
	{
		ScoredRow rows[80];
		Hyperparameters settings = of_accuracy();

		settings.value[HP_SELECTION_CRITERIA] = CRITERION_LOSS;
		settings.given[HP_SELECTION_CRITERIA] = false;
		for (int i = 0; i < 40; i++)
			rows[i] = scored_row(i - 20 + 0.5, i >= 10, 1);
		check_near(threshold_choose(&settings, rows, 40, 0.1, 0, NULL).margin,
				   -10);
	}
}

/*
 * With costs of wrong decisions the threshold moves for less cost than chance
 * explains, whatever the criterion and the weights of the classes.
 */
static void
test_costs(void **state)
{
	static const struct
	{
		double costs[2]; /* of a false positive, of a false negative */
		int positives;	 /* just above the natural margin, below 9 negatives */
		bool moves;
	} cases[] = {{{1, 1}, 0, true},		   {{1, 1}, 1, true},
				 {{1, 10}, 1, false},	   {{1, 10}, 0, true},
				 {{10, 1}, 1, true},	   {{10, 1}, 9, true},
				 {{1, 1}, 9, false},	   {{1e15, 1e-15}, 9, true},
				 {{1e-15, 1e15}, 1, false}};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int turn = 0; turn < 4; turn++)
		{
			Hyperparameters settings = of_accuracy();
			int wrong = 9 + cases[i].positives;
			ScoredRow rows[160];
			size_t n = 0;
			Threshold s;

			settings.given[HP_SELECTION_CRITERIA] = turn % 2;
			settings.value[HP_SELECTION_CRITERIA] =
				turn / 2 ? CRITERION_F_BETA : CRITERION_LOSS;
			settings.value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] = 1 + turn;
			settings.value[HP_COST_FALSE_POSITIVE] = cases[i].costs[0];
			settings.value[HP_COST_FALSE_NEGATIVE] = cases[i].costs[1];
			for (int k = -40; k <= 40; k++)
				if (k != 0)
					rows[n++] = scored_row(
						k, (k > 0 && k <= cases[i].positives) || k > wrong, 1);
			s = threshold_choose(&settings, rows, n, 0.1, 0, NULL);
			check_near(s.margin, cases[i].moves ? wrong + 0.5 : 0);
			check_near(s.counts.false_positives, cases[i].moves ? 0 : 9);
			s = threshold_hold(&settings, rows, n, 0.1, 0, NULL);
			assert_true(s.margin == 0 && s.counts.false_positives == 9);
		}
}

/* With costs accuracy counts rows by what they may cost, unless it was asked for. */
static void
test_costly_accuracy(void **state)
{
	static const Case rows = {
		.n = 4, .margins = {-2, -1, 1, 2}, .classes = {1, 0, 0, 1}};
	Hyperparameters settings = of_accuracy();
	ScoredRow scratch[8];

	(void) state;
	settings.value[HP_COST_FALSE_POSITIVE] = 1;
	settings.value[HP_COST_FALSE_NEGATIVE] = 3;
	check_near(
		threshold_choose(&settings, rows_of(&rows, scratch), 4, 0, 1.5, NULL)
			.value,
		0.75);
	settings.given[HP_SELECTION_CRITERIA] = false;
	check_near(
		threshold_choose(&settings, rows_of(&rows, scratch), 4, 0, 1.5, NULL)
			.value,
		5.0 / 8);
}

/* One class only: no threshold to find but the natural one, and no area. */
static void
test_one_class(void **state)
{
	static const Case ones = {
		.n = 3, .margins = {-1, 0, 1}, .classes = {1, 1, 1}};
	static const Case zeros = {.n = 3, .margins = {-1, 0, 1}};
	ScoredRow scratch[6];
	Hyperparameters settings;
	Threshold s;

	(void) state;
	settings = of_accuracy();
	s = threshold_choose(&settings, rows_of(&ones, scratch), 3, 0, 0.5, NULL);
	assert_true(s.margin == 0.5);
	check_near(binary_recall(&s.counts), 1.0 / 3);
	check_near(s.value, 1.0 / 3);
	assert_true(isnan(s.roc_auc));
	s = threshold_choose(&settings, rows_of(&zeros, scratch), 3, 0, 0.5, NULL);
	assert_true(s.margin == 0.5 && binary_recall(&s.counts) == 0);
	check_near(binary_accuracy(&s.counts), 2.0 / 3);
	assert_true(isnan(s.roc_auc));
}

static void
test_cost(void **state)
{
	(void) state;
	assert_true(criterion_cost(CRITERION_LOSS, 0.25) == 0.25);
	assert_true(criterion_cost(CRITERION_ACCURACY, 0.25) == 0.75);
	assert_true(criterion_cost(CRITERION_ROC_AUC, 1) == 0);
	assert_true(criterion_cost(CRITERION_RECALL_AT_TARGET_PRECISION, -0.5) ==
				1.5);
}

/*
 * A large case: sorted by radix over bit patterns of finite doubles, or of those
 * that were floats.
 */
static void
test_large(void **state)
{
	size_t n = 20000;
	double *margins = malloc(n * sizeof(double));
	ScoredRow *scratch = malloc(2 * n * sizeof(ScoredRow));
	Hyperparameters settings;
	Threshold s;

	(void) state;
	settings = of_accuracy();
	for (int single = 0; single < 2; single++)
	{
		for (size_t i = 0; i < n; i++)
		{
			margins[i] =
				random_normal(7, i) *
				pow(10, (single ? 60 : 400) * (random_uniform(8, i) - 0.5));
			if (single)
				margins[i] = (float) margins[i];
			/* a perfect cut at 1e-7 */
			scratch[i] = scored_row(margins[i], margins[i] > 1e-7, 1);
		}
		s = threshold_choose(&settings, scratch, n, 0, 0, NULL);
		assert_true(binary_accuracy(&s.counts) == 1 && s.roc_auc == 1 &&
					binary_f_beta(&s.counts, s.beta) == 1);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(margins[i] > s.margin, margins[i] > 1e-7);
	}
	free(margins);
	free(scratch);
}

static size_t looks;

static bool
count_look(void *context)
{
	(void) context;
	looks++;
	return false;
}

static void
fill_at_random(ScoredRow *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rows[i] = scored_row(1 + (float) random_uniform(8, i),
							 random_uniform(9, i) < 0.5, 1);
}

/*
 * Each loop over many rows looks at the interrupt flag: the sum, that for the
 * first digit, two in each of three passes of the sort, two areas, and the scan.
 */
static void
test_looks(void **state)
{
	size_t n = 10 * RUNTIME_STEPS;
	ScoredRow *scratch = malloc(2 * n * sizeof(ScoredRow));
	Runtime runtime = {.interrupted = count_look};
	Hyperparameters settings;
	double roc_auc, again, pr_auc;

	(void) state;
	settings = of_accuracy();
	fill_at_random(scratch, n);
	looks = 0;
	threshold_choose(&settings, scratch, n, 0, 0, &runtime);
	assert_true(looks >= 10 * 11);
	fill_at_random(scratch, n);
	looks = 0;
	threshold_areas(scratch, n, &roc_auc, &pr_auc, &runtime);
	assert_true(looks >= 10 * 10);
	/* What is in order already is not sorted again, and says the same. */
	looks = 0;
	threshold_areas(scratch, n, &again, &pr_auc, &runtime);
	assert_true(looks >= 9 * 2 && looks < 9 * 5);
	assert_true(again == roc_auc);
	free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_areas),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_costly_accuracy),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_invariance),
		cmocka_unit_test(test_one_class),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
