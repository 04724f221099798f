/*
 * threshold.c
 *		Thresholds and criteria of a binary classifier, by one sort.
 */
#include "core/judge/threshold.h"

#include <math.h>
#include <string.h>

#define SIGN_BIT (UINT64_C(1) << 63)
#define DIGIT_BITS 12 /* what were floats takes three passes */

/* Bits of a double in an order that unsigned comparison follows. */
static uint64_t
sort_key(double value)
{
	uint64_t bits;

	value += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits & SIGN_BIT ? ~bits : bits | SIGN_BIT;
}

static double
key_margin(uint64_t key)
{
	uint64_t bits = key & SIGN_BIT ? key & ~SIGN_BIT : ~key;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

ScoredRow
scored_row(double margin, double class, float weight)
{
	return (ScoredRow){sort_key(margin), class > 0.5 ? weight : -weight};
}

/*
 * The bit that keys differ from: below it those of one sign are alike, as are 29
 * bits of what were floats.
 */
static int
first_digit(const ScoredRow *rows, size_t n, const Runtime *runtime)
{
	uint64_t used = SIGN_BIT;

	for (size_t i = 0; i < n && !runtime_stops(runtime, i); i++)
		used |= rows[i].key & SIGN_BIT ? rows[i].key : ~rows[i].key;
	return __builtin_ctzll(used);
}

/*
 * Sorts rows by key, with as many to spare behind them, some bits a pass.
 * False when interrupted.
 */
static bool
sort_rows(ScoredRow *rows, size_t n, const Runtime *runtime)
{
	ScoredRow *from = rows, *to = rows + n;

	for (int shift = first_digit(rows, n, runtime); shift < 64;
		 shift += DIGIT_BITS)
	{
		uint32_t places[(1 << DIGIT_BITS) + 1] = {0};
		uint64_t mask = (1 << DIGIT_BITS) - 1;
		ScoredRow *swap;

		for (size_t i = 0; i < n; i++)
		{
			if (runtime_stops(runtime, i))
				return false;
			places[((from[i].key >> shift) & mask) + 1]++;
		}
		for (uint64_t digit = 0; digit < mask; digit++)
			places[digit + 1] += places[digit];
		for (size_t i = 0; i < n; i++)
		{
			if (runtime_stops(runtime, i))
				return false;
			to[places[(from[i].key >> shift) & mask]++] = from[i];
		}
		swap = from;
		from = to;
		to = swap;
	}
	if (from != rows)
		memcpy(rows, from, n * sizeof(ScoredRow));
	return true;
}

/* Weighted counts at one threshold. */
typedef struct Counts
{
	double true_positives;
	double false_positives;
	double positives;
	double negatives;
} Counts;

static double
ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0.0;
}

static double
precision_of(const Counts *c)
{
	return ratio(c->true_positives, c->true_positives + c->false_positives);
}

static double
recall_of(const Counts *c)
{
	return ratio(c->true_positives, c->positives);
}

static double
accuracy_of(const Counts *c)
{
	return ratio(c->true_positives + c->negatives - c->false_positives,
				 c->positives + c->negatives);
}

static double
f_beta_of(const Counts *c, double beta)
{
	double b2 = beta * beta;

	return ratio((1 + b2) * c->true_positives,
				 c->true_positives + c->false_positives + b2 * c->positives);
}

/*
 * A criterion's value, and a second one that decides between equal values; both
 * are to be large.  Missing the target is worse than any hit: -1 plus how near.
 */
static void
criterion_values(const Hyperparameters *settings, const Counts *c,
				 double *first, double *second)
{
	double precision = precision_of(c), recall = recall_of(c);

	*second = accuracy_of(c);
	switch ((SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA))
	{
		case CRITERION_F_BETA:
			*first = f_beta_of(c, settings->value[HP_F_BETA]);
			break;
		case CRITERION_PRECISION_AT_TARGET_RECALL:
			*first = recall >= settings->value[HP_TARGET_RECALL]
						 ? precision
						 : recall - 1.0;
			*second = recall;
			break;
		case CRITERION_RECALL_AT_TARGET_PRECISION:
			*first = precision >= settings->value[HP_TARGET_PRECISION]
						 ? recall
						 : precision - 1.0;
			*second = precision;
			break;
		default:
			*first = accuracy_of(c);
			*second = 0.0;
			break;
	}
}

/* Sums the classes and sorts the rows; false: interrupted. */
static bool
prepare(ScoredRow *rows, size_t n, const Runtime *runtime, Counts *totals)
{
	*totals = (Counts){0};
	for (size_t i = 0; i < n; i++)
	{
		if (runtime_stops(runtime, i))
			return false;
		if (rows[i].weight > 0)
			totals->positives += rows[i].weight;
		else
			totals->negatives -= rows[i].weight;
	}
	return sort_rows(rows, n, runtime);
}

/* Area under the ROC curve of sorted rows; ties count half. */
static double
area_under_curve(const ScoredRow *rows, size_t n, const Counts *totals,
				 const Runtime *runtime)
{
	double area = 0.0, below = 0.0;

	for (size_t i = 0; i < n;)
	{
		double positives = 0.0, negatives = 0.0;
		uint64_t key = rows[i].key;

		for (; i < n && rows[i].key == key; i++)
		{
			if (runtime_stops(runtime, i))
				return NAN;
			if (rows[i].weight > 0)
				positives += rows[i].weight;
			else
				negatives -= rows[i].weight;
		}
		area += positives * (below + 0.5 * negatives);
		below += negatives;
	}
	return totals->positives > 0 && totals->negatives > 0
			   ? area / (totals->positives * totals->negatives)
			   : NAN;
}

/* Average precision of sorted rows: gain in recall times precision, summed. */
static double
average_precision(const ScoredRow *rows, size_t n, const Counts *totals,
				  const Runtime *runtime)
{
	double sum = 0.0, above = 0.0, right = 0.0;

	for (size_t i = n; i > 0;)
	{
		double positives = 0.0;
		uint64_t key = rows[i - 1].key;

		for (; i > 0 && rows[i - 1].key == key; i--)
		{
			if (runtime_stops(runtime, i))
				return NAN;
			above += fabsf(rows[i - 1].weight);
			if (rows[i - 1].weight > 0)
				positives += rows[i - 1].weight;
		}
		right += positives;
		if (positives > 0)
			sum += positives * right / above;
	}
	return totals->positives > 0 ? sum / totals->positives : NAN;
}

/* Writes the figures at one set of counts. */
static void
fill(Threshold *threshold, const Hyperparameters *settings, const Counts *c)
{
	threshold->accuracy = accuracy_of(c);
	threshold->precision = precision_of(c);
	threshold->recall = recall_of(c);
	threshold->f_beta = f_beta_of(c, settings->value[HP_F_BETA]);
}

/* The counts when everything above margin is called positive. */
static Counts
counts_above(const ScoredRow *rows, size_t n, const Counts *totals,
			 double margin, const Runtime *runtime)
{
	Counts c = *totals;

	c.true_positives = c.false_positives = 0.0;
	for (size_t i = n; i > 0 && key_margin(rows[i - 1].key) > margin &&
					   !runtime_stops(runtime, i);
		 i--)
	{
		if (rows[i - 1].weight > 0)
			c.true_positives += rows[i - 1].weight;
		else
			c.false_positives -= rows[i - 1].weight;
	}
	return c;
}

/*
 * The threshold between two neighbouring margins, one of which may be missing:
 * the natural one if it parts them, else half way.
 */
static double
threshold_between(const ScoredRow *rows, size_t n, size_t first_positive,
				  double natural_margin)
{
	double low = first_positive == 0
					 ? -INFINITY
					 : key_margin(rows[first_positive - 1].key);
	double high =
		first_positive == n ? INFINITY : key_margin(rows[first_positive].key);
	double middle;

	if (low <= natural_margin &&
		(natural_margin < high || first_positive == n))
		return natural_margin;
	if (first_positive == 0 || first_positive == n)
		return first_positive == 0 ? -INFINITY : INFINITY;
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
static Counts
scan(const Hyperparameters *settings, const ScoredRow *rows, size_t n,
	 const Counts *totals, double natural_margin, const Runtime *runtime,
	 Threshold *threshold)
{
	Counts c = *totals, best = *totals;
	double best_first, best_second;

	best.true_positives = best.false_positives = 0.0;
	threshold->margin = threshold_between(rows, n, n, natural_margin);
	criterion_values(settings, &best, &best_first, &best_second);
	c.true_positives = c.false_positives = 0.0;
	for (size_t i = n; i > 0;)
	{
		uint64_t key = rows[i - 1].key;
		double first, second, margin;

		for (; i > 0 && rows[i - 1].key == key; i--)
		{
			if (runtime_stops(runtime, i))
				return c;
			if (rows[i - 1].weight > 0)
				c.true_positives += rows[i - 1].weight;
			else
				c.false_positives -= rows[i - 1].weight;
		}
		/* No threshold lies below a margin of minus infinity. */
		if (i == 0 && isinf(key_margin(key)) && key_margin(key) < 0)
			break;
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

size_t
threshold_sample(ScoredRow *rows, size_t n, double limit)
{
	size_t kept = limit < (double) n ? (size_t) limit : n;

	for (size_t i = 0; i < kept && kept < n; i++)
		rows[i] = rows[(uint64_t) i * n / kept];
	return kept;
}

Threshold
threshold_choose(const Hyperparameters *settings, ScoredRow *rows, size_t n,
				 double mean_loss, double natural_margin,
				 const Runtime *runtime)
{
	SelectionCriterion criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	Threshold threshold = {0};
	Counts totals, best;

	if (!prepare(rows, n, runtime, &totals))
		return threshold;
	threshold.roc_auc = area_under_curve(rows, n, &totals, runtime);
	threshold.pr_auc = average_precision(rows, n, &totals, runtime);
	/* Rows of one class do not tell where the other begins. */
	if (criterion == CRITERION_LOSS || totals.positives == 0 ||
		totals.negatives == 0)
	{
		double second;

		threshold.margin = natural_margin;
		best = counts_above(rows, n, &totals, natural_margin, runtime);
		criterion_values(settings, &best, &threshold.value, &second);
	}
	else
		best = scan(settings, rows, n, &totals, natural_margin, runtime,
					&threshold);
	if (criterion == CRITERION_LOSS)
		threshold.value = mean_loss;
	if (criterion == CRITERION_ROC_AUC)
		threshold.value = threshold.roc_auc;
	fill(&threshold, settings, &best);
	return threshold;
}

void
threshold_areas(ScoredRow *rows, size_t n, double *roc_auc, double *pr_auc,
				const Runtime *runtime)
{
	Counts totals;

	*roc_auc = *pr_auc = NAN;
	if (!prepare(rows, n, runtime, &totals))
		return;
	*roc_auc = area_under_curve(rows, n, &totals, runtime);
	*pr_auc = average_precision(rows, n, &totals, runtime);
}

double
criterion_cost(SelectionCriterion criterion, double value)
{
	return criterion == CRITERION_LOSS ? value : 1.0 - value;
}
