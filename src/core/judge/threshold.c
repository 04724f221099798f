/*
 * threshold.c
 *		Thresholds and criteria of a binary classifier, by one sort.
 */
#include "core/judge/threshold.h"

#include <math.h>

#include "core/judge/ranking.h"
#include "core/math/sort_threads.h"

/*
 * Sums the weights of the rows of a margin, [1] of the positive ones; returns
 * where the next margin begins, 0 when interrupted.
 */
static inline size_t
next_group(const ScoredRow *rows, size_t n, size_t i, const Runtime *runtime,
		   double group[2])
{
	uint64_t key = rows[i].key;
	double negatives = 0.0, positives = 0.0;

	for (; i < n && rows[i].key == key; i++)
	{
		double weight = rows[i].with.number;

		if (runtime_stops(runtime, i))
			return 0;
		/* Without a branch: which class comes next nobody can foresee. */
		negatives += (fabs(weight) - weight) / 2;
		positives += (fabs(weight) + weight) / 2;
	}
	group[0] = negatives;
	group[1] = positives;
	return i;
}

/* Sorts the rows and sums what their order says; false: interrupted. */
static bool
rank_rows(ScoredRow *rows, size_t n, const Runtime *runtime, RankingSums *sums)
{
	RankingSums ranked = {0};

	if (!sort_on_threads(rows, n, NULL, runtime))
		return false;
	for (size_t i = 0; i < n;)
	{
		double group[2];

		i = next_group(rows, n, i, runtime, group);
		if (i == 0)
			return false;
		ranking_add(&ranked, group[1], group[0]);
	}
	*sums = ranked;
	return true;
}

/* The counts when nothing is called positive. */
static BinaryCounts
counts_of_none(const RankingSums *sums)
{
	return (BinaryCounts){.false_negatives = sums->positives,
						  .true_negatives = sums->negatives};
}

/* Calls a margin's rows positive too. */
static void
call_positive(BinaryCounts *c, const RankingSums *sums, const double group[2])
{
	c->true_positives += group[1];
	c->false_positives += group[0];
	c->false_negatives = sums->positives - c->true_positives;
	c->true_negatives = sums->negatives - c->false_positives;
}

/* A figure, of which no rows have none. */
static double
number_or_none(double figure)
{
	return isnan(figure) ? 0.0 : figure;
}

static double
accuracy_or_none(const BinaryCounts *c)
{
	return number_or_none(binary_accuracy(c));
}

/* What a row of a class, 1 the positive one, costs when it is called the other. */
static void
costs_of(const Hyperparameters *settings, double costs[2])
{
	costs[0] = costs[1] = 1.0;
	if (!hp_has_costs(settings))
		return;
	costs[0] = hp_cost_score(settings);
	costs[1] = settings->value[HP_COST_FALSE_NEGATIVE] /
			   settings->value[HP_COST_FALSE_POSITIVE] * costs[0];
}

/*
 * Accuracy; when wrong decisions have costs and no criterion was given, of rows
 * that weigh what they may cost.
 */
static double
accuracy_at_costs(const Hyperparameters *settings, const BinaryCounts *c)
{
	BinaryCounts costly = *c;
	double costs[2];

	if (settings->given[HP_SELECTION_CRITERIA])
		return accuracy_or_none(c);
	costs_of(settings, costs);
	costly.true_positives *= costs[1];
	costly.false_negatives *= costs[1];
	costly.true_negatives *= costs[0];
	costly.false_positives *= costs[0];
	return accuracy_or_none(&costly);
}

/*
 * A criterion's value, and a second one that decides between equal values; both
 * are to be large.  Missing the target is worse than any hit: -1 plus how near.
 */
static void
criterion_values(const Hyperparameters *settings, const BinaryCounts *c,
				 double *first, double *second)
{
	double precision, recall;

	switch ((SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA))
	{
		case CRITERION_F_BETA:
			*first = binary_f_beta(c, settings->value[HP_F_BETA]);
			*second = accuracy_or_none(c);
			break;
		case CRITERION_PRECISION_AT_TARGET_RECALL:
			precision = binary_precision(c);
			recall = binary_recall(c);
			*first = recall >= settings->value[HP_TARGET_RECALL]
						 ? precision
						 : recall - 1.0;
			*second = recall;
			break;
		case CRITERION_RECALL_AT_TARGET_PRECISION:
			precision = binary_precision(c);
			recall = binary_recall(c);
			*first = precision >= settings->value[HP_TARGET_PRECISION]
						 ? recall
						 : precision - 1.0;
			*second = precision;
			break;
		case CRITERION_MCC:
			*first = number_or_none(binary_mcc(c));
			*second = accuracy_or_none(c);
			break;
		case CRITERION_BALANCED_ACCURACY:
			*first = number_or_none(binary_balanced_accuracy(c));
			*second = accuracy_or_none(c);
			break;
		default:
			*first = accuracy_at_costs(settings, c);
			*second = 0.0;
			break;
	}
}

/* The counts when everything above margin is called positive. */
static BinaryCounts
counts_above(const ScoredRow *rows, size_t n, const RankingSums *sums,
			 double margin, const Runtime *runtime)
{
	BinaryCounts c = counts_of_none(sums);

	for (size_t i = 0; i < n && key_to_score(rows[i].key) > margin;)
	{
		double group[2];

		i = next_group(rows, n, i, runtime, group);
		if (i == 0)
			break;
		call_positive(&c, sums, group);
	}
	return c;
}

/*
 * The threshold that calls so many rows positive, between two neighbouring
 * margins, one of which may be missing: the natural one if it parts them, else
 * half way.
 */
static double
threshold_between(const ScoredRow *rows, size_t n, size_t positive,
				  double natural_margin)
{
	double low = positive == n ? -INFINITY : key_to_score(rows[positive].key);
	double high =
		positive == 0 ? INFINITY : key_to_score(rows[positive - 1].key);
	double middle;

	if (low <= natural_margin && (natural_margin < high || positive == 0))
		return natural_margin;
	if (positive == 0 || positive == n)
		return positive == 0 ? INFINITY : -INFINITY;
	/* A weight matrix at the edge of floats gives infinite margins. */
	if (isinf(low))
		return isinf(high) ? 0.0 : high - fmax(1.0, fabs(high));
	if (isinf(high))
		return low + fmax(1.0, fabs(low));
	middle = low / 2 + high / 2;
	/* Nothing may lie between them, or rounding may lead outside. */
	return middle >= low && middle < high ? middle : low;
}

/* Scans every distinct threshold from the top down. */
static BinaryCounts
scan(const Hyperparameters *settings, const ScoredRow *rows, size_t n,
	 const RankingSums *sums, double natural_margin, const Runtime *runtime,
	 Threshold *threshold)
{
	BinaryCounts c = counts_of_none(sums), best = c;
	double best_first, best_second;

	threshold->margin = threshold_between(rows, n, 0, natural_margin);
	criterion_values(settings, &best, &best_first, &best_second);
	for (size_t i = 0; i < n;)
	{
		double lowest = key_to_score(rows[i].key);
		double group[2], first, second, margin;

		i = next_group(rows, n, i, runtime, group);
		/* No threshold lies below a margin of minus infinity. */
		if (i == 0 || (i == n && lowest == -INFINITY))
			break;
		call_positive(&c, sums, group);
		criterion_values(settings, &c, &first, &second);
		if (first < best_first ||
			(first == best_first && second < best_second))
			continue;
		margin = threshold_between(rows, n, i, natural_margin);
		if (first == best_first && second == best_second &&
			fabs(margin - natural_margin) >=
				fabs(threshold->margin - natural_margin))
			continue;
		best_first = first;
		best_second = second;
		best = c;
		threshold->margin = margin;
	}
	threshold->value = best_first;
	return best;
}

/* ---- Thresholds that chance does not move ---- */

/*
 * A threshold of more rows right than the natural one is believed beyond so many
 * standard errors of the gain, and so many rows: it is the best of many.
 */
#define STEADY_ERRORS 1.0
#define STEADY_ROWS 3.0

/*
 * The threshold of most rows right, each counted by its cost, if it is better
 * than the natural one by more than chance.  Rows between the two are right by one or by the other, so that
 * their gain has a standard error of the root of their squared weights.
 */
static double
steady_margin(const ScoredRow *rows, size_t n, double natural_margin,
			  const double costs[2], const Runtime *runtime)
{
	double gain = 0.0, weights = 0.0, square = 0.0;
	double best = 0.0, chance = 0.0;
	size_t first = 0, place;

	while (first < n && key_to_score(rows[first].key) > natural_margin)
		first++;
	place = first;
	/* Up from the natural threshold rows turn negative, down positive. */
	for (int up = 1; up >= 0; up--, gain = weights = square = 0.0)
		for (size_t i = first; up ? i > 0 : i < n;)
		{
			double weight = rows[up ? --i : i++].with.number;
			size_t edge = i;

			if (runtime_stops(runtime, i))
				return natural_margin;
			weight *= costs[weight > 0];
			gain += up ? -weight : weight;
			weights += fabs(weight);
			square += weight * weight;
			/* Equal margins are not parted, nor all rows from none. */
			if (edge == 0 || edge == n ||
				rows[edge].key == rows[edge - 1].key || gain <= best)
				continue;
			best = gain;
			chance =
				STEADY_ERRORS * sqrt(square) + STEADY_ROWS * square / weights;
			place = edge;
		}
	if (best <= chance)
		return natural_margin;
	return threshold_between(rows, n, place, natural_margin);
}

size_t
threshold_sample(ScoredRow *rows, size_t n, double limit)
{
	size_t kept = limit < (double) n ? (size_t) limit : n;

	for (size_t i = 0; i < kept && kept < n; i++)
		rows[i] = rows[(uint64_t) i * n / kept];
	return kept;
}

/* Whether the threshold may move from the natural one if that is no chance. */
static bool
moves_steadily(const Hyperparameters *settings, const RankingSums *sums)
{
	/* Rows of one class do not tell where the other begins. */
	if (sums->positives == 0 || sums->negatives == 0)
		return false;
	/* Weights of the classes are to move the threshold, and nothing back. */
	return hp_has_costs(settings) ||
		   (!settings->given[HP_SELECTION_CRITERIA] &&
			settings->value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] == 1.0);
}

/* Finds the best threshold, or holds one, and what the rows say of it. */
static Threshold
judge_threshold(const Hyperparameters *settings, ScoredRow *rows, size_t n,
				double mean_loss, double natural_margin, bool hold,
				const Runtime *runtime)
{
	SelectionCriterion criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	Threshold threshold = {.beta = settings->value[HP_F_BETA]};
	RankingSums sums;

	if (!rank_rows(rows, n, runtime, &sums))
		return threshold;
	threshold.roc_auc = ranking_roc_auc(&sums);
	threshold.pr_auc = ranking_average_precision(&sums);
	if (hold || criterion == CRITERION_LOSS || hp_has_costs(settings) ||
		sums.positives == 0 || sums.negatives == 0)
	{
		double second, costs[2];

		costs_of(settings, costs);
		threshold.margin = natural_margin;
		if (!hold && moves_steadily(settings, &sums))
			threshold.margin =
				steady_margin(rows, n, natural_margin, costs, runtime);
		threshold.counts =
			counts_above(rows, n, &sums, threshold.margin, runtime);
		criterion_values(settings, &threshold.counts, &threshold.value,
						 &second);
	}
	else
		threshold.counts = scan(settings, rows, n, &sums, natural_margin,
								runtime, &threshold);
	if (criterion == CRITERION_LOSS)
		threshold.value = mean_loss;
	if (criterion == CRITERION_ROC_AUC)
		threshold.value = threshold.roc_auc;
	return threshold;
}

Threshold
threshold_choose(const Hyperparameters *settings, ScoredRow *rows, size_t n,
				 double mean_loss, double natural_margin,
				 const Runtime *runtime)
{
	return judge_threshold(settings, rows, n, mean_loss, natural_margin, false,
						   runtime);
}

Threshold
threshold_hold(const Hyperparameters *settings, ScoredRow *rows, size_t n,
			   double mean_loss, double margin, const Runtime *runtime)
{
	return judge_threshold(settings, rows, n, mean_loss, margin, true,
						   runtime);
}

MetricFacts
threshold_facts(const Threshold *threshold)
{
	MetricFacts facts = metric_facts();

	facts.counts = threshold->counts;
	facts.beta = threshold->beta;
	facts.roc_auc = threshold->roc_auc;
	facts.pr_auc = threshold->pr_auc;
	return facts;
}

void
threshold_areas(ScoredRow *rows, size_t n, double *roc_auc, double *pr_auc,
				const Runtime *runtime)
{
	RankingSums sums;

	*roc_auc = *pr_auc = NAN;
	if (!rank_rows(rows, n, runtime, &sums))
		return;
	*roc_auc = ranking_roc_auc(&sums);
	*pr_auc = ranking_average_precision(&sums);
}

double
criterion_cost(SelectionCriterion criterion, double value)
{
	return criterion == CRITERION_LOSS ? value : 1.0 - value;
}
