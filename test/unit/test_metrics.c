/*
 * test_metrics.c
 *		Figures from counts, sums and sorted scores, against values worked out
 *		by hand and against slow definitions.
 */
#include "unit.h"

#include "core/judge/metric_table.h"
#include "core/judge/ranking.h"
#include "core/judge/threshold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
assert_near(double value, double expected)
{
	bool near = fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected));

	if (!near)
		print_error("%.17g is not %.17g\n", value, expected);
	assert_true(near);
}

/* A reproducible number in [0, 1). */
static double
draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (double) (*state >> 11) / 9007199254740992.0;
}

/* AWS's published matrix of the tutorial's test digits. */
static void
test_binary(void **state)
{
	BinaryCounts counts = {931, 44, 49, 8976};

	(void) state;
	assert_near(binary_accuracy(&counts), 9907.0 / 10000);
	assert_near(binary_precision(&counts), 931.0 / 975);
	assert_near(binary_recall(&counts), 931.0 / 980);
	assert_near(binary_specificity(&counts), 8976.0 / 9020);
	assert_near(binary_f_beta(&counts, 1), 2 * 931.0 / (2 * 931 + 49 + 44));
	assert_near(binary_f_beta(&counts, 2),
				5 * 931.0 / (5 * 931 + 4 * 49 + 44));
	assert_near(binary_balanced_accuracy(&counts),
				(931.0 / 980 + 8976.0 / 9020) / 2);
	assert_near(binary_mcc(&counts),
				(931.0 * 8976 - 44.0 * 49) / sqrt(975.0 * 980 * 9020 * 9025));
}

/* Empty denominators: 0, or NaN where 0 would mislead. */
static void
test_undefined(void **state)
{
	BinaryCounts empty = {0};
	BinaryCounts negatives = {0, 0, 0, 5};
	BinaryCounts positives = {5, 0, 0, 0};

	(void) state;
	assert_true(isnan(binary_accuracy(&empty)));
	assert_true(isnan(binary_balanced_accuracy(&empty)));
	assert_near(binary_precision(&empty), 0);
	assert_near(binary_f_beta(&empty, 1), 0);
	assert_near(binary_accuracy(&negatives), 1);
	assert_near(binary_precision(&negatives), 0);
	assert_near(binary_recall(&negatives), 0);
	assert_near(binary_balanced_accuracy(&negatives), 1);
	assert_near(binary_mcc(&negatives), 0);
	assert_true(isnan(binary_kappa(&negatives)));
	assert_near(binary_specificity(&positives), 0);
	assert_near(binary_f_beta(&positives, 1), 1);
}

/* [[2, 1, 0], [0, 3, 0], [1, 0, 1]] and a class that never occurs. */
static void
test_multiclass(void **state)
{
	const ClassCounts classes[] = {{3, 3, 2}, {3, 4, 3}, {2, 1, 1}, {0, 0, 0}};
	ClassificationMetrics metrics = classification_metrics(classes, 4, 1);

	(void) state;
	assert_near(metrics.accuracy, 6.0 / 8);
	assert_near(metrics.balanced_accuracy, (2.0 / 3 + 1 + 0.5) / 3);
	assert_near(metrics.macro.precision, (2.0 / 3 + 3.0 / 4 + 1) / 3);
	assert_near(metrics.macro.recall, (2.0 / 3 + 1 + 0.5) / 3);
	assert_near(metrics.macro.f_beta, (2.0 / 3 + 6.0 / 7 + 2.0 / 3) / 3);
	assert_near(metrics.micro.precision, 0.75);
	assert_near(metrics.micro.f_beta, 0.75);
	assert_near(metrics.weighted.precision,
				(3 * 2.0 / 3 + 3 * 3.0 / 4 + 2 * 1.0) / 8);
	/* (6 * 8 - (9 + 12 + 2)) / sqrt((64 - 26) (64 - 22)) */
	assert_near(metrics.mcc, 25 / sqrt(38.0 * 42));
	assert_near(metrics.kappa, (6 - 23.0 / 8) / (8 - 23.0 / 8));
}

/* Two parts merged are the whole; a large mean costs no digits. */
static void
test_regression(void **state)
{
	RegressionSums whole = {0};
	RegressionSums parts[2] = {{0}, {0}};
	double sum = 0;
	double error = 0;
	uint64_t random = 7;

	(void) state;
	for (int i = 0; i < 1000; i++)
	{
		double actual = 1e6 + i;
		double predicted = actual + draw(&random) - 0.25;

		regression_add(&whole, actual, predicted, 1);
		regression_add(&parts[i % 3 == 0], actual, predicted, 1);
		sum += (i - 499.5) * (i - 499.5);
		error += (actual - predicted) * (actual - predicted);
	}
	regression_merge(&parts[0], &parts[1]);
	assert_near(regression_mse(&whole), error / 1000);
	assert_near(regression_rmse(&whole), sqrt(error / 1000));
	assert_near(regression_r2(&whole), 1 - error / sum);
	assert_near(regression_r2(&parts[0]), regression_r2(&whole));
	assert_near(regression_mae(&parts[0]), regression_mae(&whole));
	assert_near(regression_pinball(&whole, 0.5), regression_mae(&whole) / 2);
	assert_near(regression_pinball(&whole, 0.9) -
					regression_pinball(&whole, 0.1),
				0.8 * regression_bias(&whole));
	assert_true(regression_explained_variance(&whole) >=
				regression_r2(&whole));
	assert_int_equal(parts[0].rows, 1000);
}

static void
test_regression_edges(void **state)
{
	RegressionSums sums = {0};

	(void) state;
	assert_true(isnan(regression_mse(&sums)));
	regression_add(&sums, 3, 3, 1);
	assert_true(isnan(regression_r2(&sums)));
	regression_add(&sums, 3, 3, 1);
	assert_near(regression_r2(&sums), 1);
	regression_add(&sums, 3, 5, 0);
	assert_near(regression_mse(&sums), 0);
	regression_add(&sums, 3, 5, 1);
	assert_near(regression_r2(&sums), 0);
	assert_near(sums.max_error, 2);

	/* Errors too large for squares explain nothing that is known. */
	memset(&sums, 0, sizeof(sums));
	regression_add(&sums, 1, 1e200, 1);
	regression_add(&sums, 2, 1e200, 1);
	assert_true(isnan(regression_explained_variance(&sums)));
	memset(&sums, 0, sizeof(sums));
	regression_add(&sums, 3, INFINITY, 1);
	regression_add(&sums, 3, 3, 1);
	assert_true(isnan(regression_explained_variance(&sums)));
}

/* Products of probabilities that would underflow many times over. */
static void
test_log_sum(void **state)
{
	LogSum sum;
	LogSum half;
	LogSum other;
	double expected = 0;
	uint64_t random = 11;

	(void) state;
	log_sum_start(&sum);
	log_sum_start(&half);
	log_sum_start(&other);
	for (int i = 0; i < 100000; i++)
	{
		double value = clip_probability(i % 100 == 0 ? 0 : draw(&random));

		log_sum_add(&sum, value);
		log_sum_add(i % 2 ? &half : &other, value);
		expected += log(value);
	}
	log_sum_merge(&half, &other);
	assert_true(fabs(log_sum_value(&sum) / expected - 1) < 1e-11);
	assert_true(fabs(log_sum_value(&half) / expected - 1) < 1e-11);
	log_sum_start(&sum);
	assert_near(log_sum_value(&sum), 0);
	log_sum_add_weighted(&sum, 0.5, 3);
	assert_near(log_sum_value(&sum), 3 * log(0.5));
	assert_true(clip_probability(2) < 1 && clip_probability(-1) > 0);
}

/* Every edge k / n of n bins belongs to the bin below it. */
static void
test_calibration(void **state)
{
	CalibrationBin bins[2] = {{4, 1, 2}, {6, 5, 4}};

	(void) state;
	for (int n = 1; n <= 100; n++)
	{
		assert_int_equal(calibration_bin(0, n), 0);
		assert_int_equal(calibration_bin(1, n), n - 1);
		for (int k = 1; k < n; k++)
		{
			double edge = k * (1.0 / n);

			assert_int_equal(calibration_bin(edge, n), k - 1);
			assert_int_equal(calibration_bin(nextafter(edge, 2), n), k);
		}
	}
	assert_near(calibration_error(bins, 2), (1 + 1) / 10.0);
}

static void
test_ranks(void **state)
{
	const float scores[] = {0.2f, 0.5f, 0.2f, 0.1f, NAN};
	const double doubles[] = {0.2, 0.5, 0.2, 0.1, NAN};
	const size_t ranks[] = {2, 1, 3, 4, 5};

	(void) state;
	for (size_t i = 0; i < 5; i++)
	{
		assert_int_equal(class_rank(scores, 5, i), ranks[i]);
		assert_int_equal(class_rank_double(doubles, 5, i), ranks[i]);
	}
	assert_near(discounted_gain(1), 1);
	assert_near(discounted_gain(3), 0.5);
}

/* Keys keep the order, from the best down, and give the score back. */
static void
test_keys(void **state)
{
	const double scores[] = {INFINITY, 1e300, 1,	  5e-324,	0,
							 -5e-324,  -1,	  -1e300, -INFINITY};

	(void) state;
	for (size_t i = 0; i < 9; i++)
	{
		assert_true(key_to_score(score_to_key(scores[i])) == scores[i]);
		if (i > 0)
			assert_true(score_to_key(scores[i - 1]) < score_to_key(scores[i]));
	}
	assert_true(score_to_key(-0.0) == score_to_key(0.0));
}

#define ROWS 300

/* AUC and average precision against their definitions, with ties. */
static void
test_ranking(void **state)
{
	float scores[ROWS];
	float weights[ROWS];
	bool positive[ROWS];
	ScoredRow rows[2 * ROWS];
	double wins = 0;
	double pairs = 0;
	double precision = 0;
	double positives = 0;
	double roc_auc;
	double pr_auc;
	uint64_t random = 5;

	(void) state;
	for (int i = 0; i < ROWS; i++)
	{
		positive[i] = draw(&random) < 0.3;
		scores[i] = (float) (floor(draw(&random) * 20) + 3 * positive[i]);
		weights[i] = (float) floor(draw(&random) * 4);
		rows[i] = scored_row(scores[i], positive[i], weights[i]);
	}
	for (int i = 0; i < ROWS; i++)
	{
		double above[2] = {0, 0};

		for (int j = 0; j < ROWS; j++)
		{
			double both = weights[i] * weights[j];

			if (scores[j] >= scores[i])
				above[positive[j]] += weights[j];
			if (!positive[i] || positive[j])
				continue;
			pairs += both;
			wins += both * (scores[i] > scores[j]	 ? 1
							: scores[i] == scores[j] ? 0.5
													 : 0);
		}
		if (positive[i] && weights[i] > 0)
			precision += weights[i] * above[1] / (above[0] + above[1]);
		positives += positive[i] * weights[i];
	}
	threshold_areas(rows, ROWS, &roc_auc, &pr_auc, NULL);
	assert_near(roc_auc, wins / pairs);
	assert_near(pr_auc, precision / positives);
}

static void
test_ranking_edges(void **state)
{
	ScoredRow both[4] = {scored_row(1, 0, 1), scored_row(2, 1, 1)};
	ScoredRow one[4] = {scored_row(1, 1, 1), scored_row(2, 1, 1)};
	double roc_auc;
	double pr_auc;

	(void) state;
	threshold_areas(both, 2, &roc_auc, &pr_auc, NULL);
	assert_near(roc_auc, 1);
	threshold_areas(one, 2, &roc_auc, &pr_auc, NULL);
	assert_true(isnan(roc_auc));
	assert_near(pr_auc, 1);
	threshold_areas(both, 0, &roc_auc, &pr_auc, NULL);
	assert_true(isnan(pr_auc));
}

/* Sums of deviances, their merge, and what has none. */
static void
test_deviance(void **state)
{
	static const double y[] = {0, 1, 2, 5}, mean[] = {0.5, 1, 3, 4};
	DevianceSums whole = deviance_start(LOSS_TWEEDIE, 1.2);
	DevianceSums part[2] = {whole, whole};
	DevianceSums gamma = deviance_start(LOSS_GAMMA, 1.5);

	(void) state;
	assert_true(isnan(deviance_mean(&whole)) && isnan(deviance_d2(&whole)));
	for (int i = 0; i < 4; i++)
	{
		assert_true(deviance_add(&whole, y[i], mean[i], 1 + i));
		assert_true(deviance_add(&part[i % 2], y[i], mean[i], 1 + i));
		assert_int_equal(deviance_add(&gamma, y[i], mean[i], 1), i > 0);
	}
	deviance_merge(&part[0], &part[1]);
	assert_near(deviance_mean(&part[0]), deviance_mean(&whole));
	assert_near(deviance_d2(&part[0]), deviance_d2(&whole));
	/* scikit-learn, sample_weight = [1, 2, 3, 4] */
	assert_near(deviance_mean(&whole), 0.30618316035799176);
	assert_near(deviance_d2(&whole), 0.7711131015693629);
	assert_true(isnan(deviance_mean(&gamma)) && isnan(deviance_d2(&gamma)));
	assert_false(deviance_add(&whole, 1, 0, 1));
	assert_false(deviance_add(&whole, NAN, 1, 1));
	assert_false(deviance_add(&whole, 1, INFINITY, 1));
	assert_true(deviance_add(&part[0], -1, 1, 0)); /* a row of weight 0 */
}

/* The facts of models that are right in so many rows of ten, each of two. */
static MetricFacts
facts_of(int right, ClassificationMetrics *classes, RegressionSums *errors,
		 DevianceSums *deviance)
{
	ClassCounts counts[2] = {{10, 10, right}, {10, 10, right}};
	MetricFacts facts = metric_facts();
	double wrong = 10 - right;

	*classes = classification_metrics(counts, 2, 1);
	*errors = (RegressionSums){0};
	*deviance = deviance_start(LOSS_POISSON, 1.5);
	for (int i = 0; i < 10; i++)
	{
		regression_add(errors, i, i < right ? i : i - 0.5, 1);
		assert_true(
			deviance_add(deviance, i + 1, i < right ? i + 1 : i + 0.5, 1));
	}
	facts.deviance = deviance;
	facts.loss = facts.log_loss = facts.brier = wrong;
	facts.calibration_error = wrong;
	facts.counts = (BinaryCounts){right, wrong, wrong, right};
	facts.classes = classes;
	facts.errors = errors;
	facts.quantile = 0.5;
	facts.roc_auc = facts.pr_auc = facts.top_k = facts.dcg = right;
	return facts;
}

/* Each row's direction is that of its formula, and each name is one metric. */
static void
test_table(void **state)
{
	ClassificationMetrics classes[2];
	RegressionSums errors[2];
	DevianceSums deviance[2];
	MetricFacts better = facts_of(9, &classes[0], &errors[0], &deviance[0]);
	MetricFacts worse = facts_of(6, &classes[1], &errors[1], &deviance[1]);

	(void) state;
	for (const MetricDescriptor *row = metric_table; row->value != NULL; row++)
	{
		double good = row->value(&better), bad = row->value(&worse);

		if (row->name == NULL || strcmp(row->name, "max_error") != 0)
			assert_true(row->maximize ? good > bad : good < bad);
		assert_true(row->name != NULL || row->trained_name != NULL);
		assert_true(!row->of_sizes || row->applies == APPLIES_REGRESSOR);
		for (const MetricDescriptor *other = metric_table; other != row;
			 other++)
		{
			bool both = (other->applies & row->applies) != 0;

			assert_false(both && row->name != NULL && other->name != NULL &&
						 strcmp(row->name, other->name) == 0);
			assert_false(row->trained_name != NULL &&
						 other->trained_name != NULL &&
						 strcmp(row->trained_name, other->trained_name) == 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_undefined),
		cmocka_unit_test(test_multiclass),
		cmocka_unit_test(test_regression),
		cmocka_unit_test(test_deviance),
		cmocka_unit_test(test_regression_edges),
		cmocka_unit_test(test_log_sum),
		cmocka_unit_test(test_calibration),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_ranking),
		cmocka_unit_test(test_ranking_edges),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
