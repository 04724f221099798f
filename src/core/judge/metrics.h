/*
 * metrics.h
 *		Figures that judge predictions, from counts and sums.
 *
 * Everything here is a pure function of a few numbers: the aggregates, the
 * trainer's criteria and the tuner share it.  Counts are doubles, so that
 * rows may carry weights; whole counts stay exact to 2^53.
 *
 * What has no value: a ratio without any row in its denominator (precision
 * when nothing was predicted positive, recall when nothing is positive) is 0,
 * as scikit-learn's zero_division = 0 has it.  Where even that would mislead
 * (accuracy of no rows, kappa of one class, AUC of one class) the answer is
 * NaN, which SQL shows as NULL.
 *
 * Formulas: scikit-learn's user guide, "Metrics and scoring"; Gorodkin 2004
 * for the correlation of many classes; SageMaker's Linear Learner for dcg.
 */
#ifndef LINLEARN_CORE_JUDGE_METRICS_H
#define LINLEARN_CORE_JUDGE_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* One class against the rest. */
typedef struct BinaryCounts
{
	double true_positives;
	double false_positives;
	double false_negatives;
	double true_negatives;
} BinaryCounts;

extern double binary_accuracy(const BinaryCounts *counts);
extern double binary_precision(const BinaryCounts *counts);
extern double binary_recall(const BinaryCounts *counts);
extern double binary_specificity(const BinaryCounts *counts);

/* (1 + beta^2) P R / (beta^2 P + R), from the counts; beta > 0. */
extern double binary_f_beta(const BinaryCounts *counts, double beta);

/* The mean of the recalls of those classes that have rows. */
extern double binary_balanced_accuracy(const BinaryCounts *counts);

/* Matthews' correlation, 0 when a margin is empty; Cohen's kappa. */
extern double binary_mcc(const BinaryCounts *counts);
extern double binary_kappa(const BinaryCounts *counts);

/* What a class has in a confusion matrix: row sum, column sum, diagonal. */
typedef struct ClassCounts
{
	double actual;
	double predicted;
	double correct;
} ClassCounts;

/* The counts of one class against the rest, of total rows in all. */
extern BinaryCounts class_against_rest(const ClassCounts *counts,
									   double total);

typedef struct Averages
{
	double precision;
	double recall;
	double f_beta;
} Averages;

typedef struct ClassificationMetrics
{
	double accuracy;
	double balanced_accuracy;
	double mcc;
	double kappa;
	Averages macro;	   /* plain mean over the classes */
	Averages micro;	   /* of the pooled counts */
	Averages weighted; /* mean over the classes, weighted by actual rows */
} ClassificationMetrics;

/*
 * All figures of many classes.  classes[count] are those seen as actual or
 * predicted label (a class with neither takes no part).
 */
extern ClassificationMetrics classification_metrics(const ClassCounts *classes,
													size_t count, double beta);

/* Running sums of a regressor's errors; all zero is the empty state. */
typedef struct RegressionSums
{
	double weight;
	double mean;	 /* of the actual values, ... */
	double mean_low; /* ... and what its rounding left */
	double squares;	 /* sum of squares of the actuals about their mean */
	double error;	 /* sum of actual - predicted */
	double squared_error;
	double under; /* sum of the errors where predicted < actual */
	double over;  /* sum of the errors where predicted > actual */
	double max_error;
	uint64_t rows;
} RegressionSums;

extern void regression_add(RegressionSums *sums, double actual,
						   double predicted, double weight);
extern void regression_merge(RegressionSums *into, const RegressionSums *from);

extern double regression_mse(const RegressionSums *sums);
extern double regression_rmse(const RegressionSums *sums);
extern double regression_mae(const RegressionSums *sums);

/* Mean of actual - predicted: above 0, the predictions are too low. */
extern double regression_bias(const RegressionSums *sums);

/*
 * 1 - SSE / SST; when the actuals are constant, 1 for a perfect fit and 0
 * otherwise; NaN below two rows.
 */
extern double regression_r2(const RegressionSums *sums);

/* As r2, but a constant bias costs nothing. */
extern double regression_explained_variance(const RegressionSums *sums);

/*
 * Mean pinball loss of the given quantile in (0, 1): q * error below the
 * actual, (1 - q) * error above it; so q is P(actual < prediction) at best.
 */
extern double regression_pinball(const RegressionSums *sums, double quantile);

/* Whether a weighted row may be added: finite and not negative. */
#define WEIGHT_IS_VALID(weight) ((weight) >= 0 && (weight) < 1.0 / 0.0)

/*
 * A sum of logarithms of numbers in [2^-52, 1], kept as one product and its
 * binary exponent: a multiplication a row instead of a logarithm.
 */
typedef struct LogSum
{
	double product;	 /* in [2^-960, 1]; starts as 1 */
	double exponent; /* of two, a whole number */
	double weighted; /* sum of weight * log, for rows with weights */
} LogSum;

extern void log_sum_start(LogSum *sum);
extern void log_sum_rescale(LogSum *sum);
extern void log_sum_add_weighted(LogSum *sum, double value, double weight);
extern void log_sum_merge(LogSum *into, const LogSum *from);
extern double log_sum_value(const LogSum *sum);

/* Adds the logarithm of value, in [2^-52, 1]. */
static inline void
log_sum_add(LogSum *sum, double value)
{
	sum->product *= value;
	if (sum->product < 0x1p-900)
		log_sum_rescale(sum);
}

/* A probability kept off 0 and 1 by 2^-52, as scikit-learn's log_loss does. */
static inline double
clip_probability(double probability)
{
	if (probability < 0x1p-52)
		return 0x1p-52;
	return probability > 1 - 0x1p-52 ? 1 - 0x1p-52 : probability;
}

/* By so much rounding may take a probability out of [0, 1]. */
#define PROBABILITY_ROUNDING 1e-6

/* Equal-width bins over [0, 1] for calibration: bin b is (b/n, (b+1)/n]. */
typedef struct CalibrationBin
{
	double weight;
	double scores;	  /* sum of weight * score */
	double positives; /* sum of weight where the row is positive */
} CalibrationBin;

/* The bin of a score in [0, 1]; a score of 0 is in the first. */
extern int calibration_bin(double score, int bins);

/* Sum over bins of their share times |positive rate - mean score|. */
extern double calibration_error(const CalibrationBin *bins, int count);

/*
 * Place, from 1, of class truth among the scores from the best down; of equal
 * scores the lower class comes first, as in argmax.  NaN ranks last.
 */
extern size_t class_rank(const float *scores, size_t classes, size_t truth);
extern size_t class_rank_double(const double *scores, size_t classes,
								size_t truth);

/* Gain of a true class at this rank: 1 / log2(1 + rank). */
extern double discounted_gain(size_t rank);

#endif
