/*
 * metrics.c
 *		Figures that judge predictions, from counts and sums.
 */
#include "core/judge/metrics.h"

#include <math.h>

#include "core/base/portable_math.h"

/* A ratio with an empty denominator is 0. */
static double
ratio(double numerator, double denominator)
{
	return denominator > 0 ? numerator / denominator : 0;
}

static double
binary_total(const BinaryCounts *counts)
{
	return counts->true_positives + counts->false_positives +
		   counts->false_negatives + counts->true_negatives;
}

double
binary_accuracy(const BinaryCounts *counts)
{
	return (counts->true_positives + counts->true_negatives) /
		   binary_total(counts);
}

double
binary_precision(const BinaryCounts *counts)
{
	return ratio(counts->true_positives,
				 counts->true_positives + counts->false_positives);
}

double
binary_recall(const BinaryCounts *counts)
{
	return ratio(counts->true_positives,
				 counts->true_positives + counts->false_negatives);
}

double
binary_specificity(const BinaryCounts *counts)
{
	return ratio(counts->true_negatives,
				 counts->true_negatives + counts->false_positives);
}

double
binary_f_beta(const BinaryCounts *counts, double beta)
{
	double square = beta * beta;
	double hits = (1 + square) * counts->true_positives;

	return ratio(hits, hits + square * counts->false_negatives +
						   counts->false_positives);
}

/* The two classes of a binary matrix as rows of the general one. */
static void
binary_classes(const BinaryCounts *counts, ClassCounts classes[2])
{
	classes[0].actual = counts->true_negatives + counts->false_positives;
	classes[0].predicted = counts->true_negatives + counts->false_negatives;
	classes[0].correct = counts->true_negatives;
	classes[1].actual = counts->true_positives + counts->false_negatives;
	classes[1].predicted = counts->true_positives + counts->false_positives;
	classes[1].correct = counts->true_positives;
}

double
binary_balanced_accuracy(const BinaryCounts *counts)
{
	ClassCounts classes[2];

	binary_classes(counts, classes);
	return classification_metrics(classes, 2, 1).balanced_accuracy;
}

double
binary_mcc(const BinaryCounts *counts)
{
	ClassCounts classes[2];

	binary_classes(counts, classes);
	return classification_metrics(classes, 2, 1).mcc;
}

double
binary_kappa(const BinaryCounts *counts)
{
	ClassCounts classes[2];

	binary_classes(counts, classes);
	return classification_metrics(classes, 2, 1).kappa;
}

BinaryCounts
class_against_rest(const ClassCounts *counts, double total)
{
	BinaryCounts result;

	result.true_positives = counts->correct;
	result.false_positives = counts->predicted - counts->correct;
	result.false_negatives = counts->actual - counts->correct;
	result.true_negatives =
		total - counts->actual - counts->predicted + counts->correct;
	return result;
}

/* Add one class's precision, recall and F with a weight. */
static void
average_add(Averages *sum, const BinaryCounts *counts, double beta,
			double weight)
{
	sum->precision += weight * binary_precision(counts);
	sum->recall += weight * binary_recall(counts);
	sum->f_beta += weight * binary_f_beta(counts, beta);
}

static void
average_divide(Averages *sum, double divisor)
{
	sum->precision /= divisor;
	sum->recall /= divisor;
	sum->f_beta /= divisor;
}

/* What the correlation and kappa need of the margins. */
typedef struct Margins
{
	double total;
	double correct;
	double cross; /* sum of actual * predicted */
	double actual_squares;
	double predicted_squares;
} Margins;

static Margins
sum_margins(const ClassCounts *classes, size_t count)
{
	Margins sums = {0};

	for (size_t i = 0; i < count; i++)
	{
		const ClassCounts *class = &classes[i];

		sums.total += class->actual;
		sums.correct += class->correct;
		sums.cross += class->actual * class->predicted;
		sums.actual_squares += class->actual * class->actual;
		sums.predicted_squares += class->predicted * class->predicted;
	}
	return sums;
}

/* Gorodkin's R_K; 0 when either side has one class only. */
static double
margins_mcc(const Margins *sums)
{
	double square = sums->total * sums->total;
	double actual = square - sums->actual_squares;
	double predicted = square - sums->predicted_squares;

	if (!(actual > 0 && predicted > 0))
		return 0;
	/* Two roots: the product of the variances can overflow their digits. */
	return (sums->correct * sums->total - sums->cross) /
		   (sqrt(actual) * sqrt(predicted));
}

/* Cohen's kappa; NaN when chance alone would agree always. */
static double
margins_kappa(const Margins *sums)
{
	double expected = sums->cross / sums->total;

	if (!(sums->total - expected > 0))
		return NAN;
	return (sums->correct - expected) / (sums->total - expected);
}

ClassificationMetrics
classification_metrics(const ClassCounts *classes, size_t count, double beta)
{
	ClassificationMetrics result = {0};
	Margins sums = sum_margins(classes, count);
	BinaryCounts pooled = {0};
	size_t seen = 0;
	size_t present = 0;

	for (size_t i = 0; i < count; i++)
	{
		BinaryCounts one = class_against_rest(&classes[i], sums.total);

		if (!(classes[i].actual > 0 || classes[i].predicted > 0))
			continue;
		seen++;
		if (classes[i].actual > 0)
		{
			present++;
			result.balanced_accuracy += binary_recall(&one);
		}
		average_add(&result.macro, &one, beta, 1);
		average_add(&result.weighted, &one, beta, classes[i].actual);
		pooled.true_positives += one.true_positives;
		pooled.false_positives += one.false_positives;
		pooled.false_negatives += one.false_negatives;
	}
	result.accuracy = sums.correct / sums.total;
	result.balanced_accuracy /= present;
	result.mcc = margins_mcc(&sums);
	result.kappa = margins_kappa(&sums);
	average_divide(&result.macro, seen);
	average_divide(&result.weighted, sums.total);
	average_add(&result.micro, &pooled, beta, 1);
	return result;
}

/*
 * Adds to the mean, of which a pair of doubles is kept: beside a large one its
 * rounding is a part of the values' spread.
 */
static void
move_mean(RegressionSums *sums, double step)
{
	double low = sums->mean_low + step;
	double mean = sums->mean + low;

	sums->mean_low = fabs(sums->mean) >= fabs(low) ? low - (mean - sums->mean)
												   : sums->mean - (mean - low);
	sums->mean = mean;
}

/* Welford's update, so that a large mean does not eat the variance. */
void
regression_add(RegressionSums *sums, double actual, double predicted,
			   double weight)
{
	double error = actual - predicted;
	double size = fabs(error);
	double delta = actual - sums->mean - sums->mean_low;

	if (weight == 0)
		return;
	sums->rows++;
	sums->weight += weight;
	move_mean(sums, delta * (weight / sums->weight));
	sums->squares += weight * delta * (actual - sums->mean - sums->mean_low);
	sums->error += weight * error;
	sums->squared_error += weight * error * error;
	if (error > 0)
		sums->under += weight * error;
	else
		sums->over -= weight * error;
	if (size > sums->max_error)
		sums->max_error = size;
}

/* Chan's merge of two sets of running sums. */
void
regression_merge(RegressionSums *into, const RegressionSums *from)
{
	double total = into->weight + from->weight;
	double delta = from->mean - into->mean + (from->mean_low - into->mean_low);

	into->rows += from->rows;
	if (from->weight == 0)
		return;
	into->squares +=
		from->squares + delta * delta * into->weight * from->weight / total;
	move_mean(into, delta * (from->weight / total));
	into->weight = total;
	into->error += from->error;
	into->squared_error += from->squared_error;
	into->under += from->under;
	into->over += from->over;
	if (from->max_error > into->max_error)
		into->max_error = from->max_error;
}

double
regression_mse(const RegressionSums *sums)
{
	return sums->squared_error / sums->weight;
}

double
regression_rmse(const RegressionSums *sums)
{
	return sqrt(regression_mse(sums));
}

double
regression_mae(const RegressionSums *sums)
{
	return (sums->under + sums->over) / sums->weight;
}

double
regression_bias(const RegressionSums *sums)
{
	return sums->error / sums->weight;
}

/* One minus what is left of the variance; see regression_r2. */
static double
explained(const RegressionSums *sums, double left)
{
	if (sums->rows < 2 || !(sums->weight > 0) || isnan(left))
		return NAN;
	if (!(sums->squares > 0))
		return left > 0 ? 0 : 1;
	return 1 - left / sums->squares;
}

double
regression_r2(const RegressionSums *sums)
{
	return explained(sums, sums->squared_error);
}

double
regression_explained_variance(const RegressionSums *sums)
{
	double left =
		sums->squared_error - sums->error * sums->error / sums->weight;

	return explained(sums, left < 0 ? 0 : left); /* NaN: errors too large */
}

double
regression_pinball(const RegressionSums *sums, double quantile)
{
	return (quantile * sums->under + (1 - quantile) * sums->over) /
		   sums->weight;
}

void
log_sum_start(LogSum *sum)
{
	sum->product = 1;
	sum->exponent = 0;
	sum->weighted = 0;
}

/* Move the product's exponent aside. */
void
log_sum_rescale(LogSum *sum)
{
	int exponent;

	sum->product = frexp(sum->product, &exponent);
	sum->exponent += exponent;
}

void
log_sum_add_weighted(LogSum *sum, double value, double weight)
{
	sum->weighted += weight * portable_log(value);
}

void
log_sum_merge(LogSum *into, const LogSum *from)
{
	LogSum other = *from;

	log_sum_rescale(into);
	log_sum_rescale(&other);
	into->product *= other.product;
	into->exponent += other.exponent;
	into->weighted += other.weighted;
}

double
log_sum_value(const LogSum *sum)
{
	return portable_log(sum->product) +
		   sum->exponent * 0.693147180559945309417 + sum->weighted;
}

int
calibration_bin(double score, int bins)
{
	double step = 1.0 / bins;
	int bin = (int) (score * bins);

	/* The edges are k * step exactly, and belong to the bin below. */
	if (bin >= bins)
		bin = bins - 1;
	if (bin < bins - 1 && score > (bin + 1) * step)
		bin++;
	if (bin > 0 && score <= bin * step)
		bin--;
	return bin;
}

double
calibration_error(const CalibrationBin *bins, int count)
{
	double total = 0;
	double gap = 0;

	for (int i = 0; i < count; i++)
	{
		total += bins[i].weight;
		gap += fabs(bins[i].positives - bins[i].scores);
	}
	return gap / total;
}

#define RANK_BODY                                                             \
	size_t rank = 1;                                                          \
	for (size_t i = 0; i < classes; i++)                                      \
	{                                                                         \
		if (scores[i] > scores[truth] ||                                      \
			(isnan(scores[truth]) && !isnan(scores[i])))                      \
			rank++;                                                           \
		else if (i < truth && !(scores[i] < scores[truth]) &&                 \
				 isnan(scores[i]) == isnan(scores[truth]))                    \
			rank++;                                                           \
	}                                                                         \
	return rank

size_t
class_rank(const float *scores, size_t classes, size_t truth)
{
	RANK_BODY;
}

size_t
class_rank_double(const double *scores, size_t classes, size_t truth)
{
	RANK_BODY;
}

double
discounted_gain(size_t rank)
{
	return 1 / portable_log2(1 + (double) rank);
}
