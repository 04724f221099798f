/*
 * selection.c
 *		Thresholds and criteria of a binary classifier, by one sort.
 */
#include "core/selection.h"

#include <math.h>
#include <string.h>

/* Bits of a float in an order that unsigned comparison follows. */
static uint32_t
sort_key(float value)
{
	uint32_t bits;

	value += 0.0f;				/* -0 becomes 0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits & UINT32_C(0x80000000) ? ~bits : bits | UINT32_C(0x80000000);
}

static double
key_margin(uint32_t key)
{
	uint32_t bits = key & UINT32_C(0x80000000) ? key & UINT32_C(0x7fffffff) :
		~key;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * Sorts rows by key, eleven bits a pass; the result is in `rows`.  False when
 * interrupted.
 */
static bool
sort_rows(ScoredRow *rows, ScoredRow *spare, size_t n, const Runtime *runtime)
{
	ScoredRow *from = rows, *to = spare;

	for (int pass = 0; pass < 3; pass++)
	{
		size_t places[2049] = {0};
		int shift = 11 * pass;
		ScoredRow *swap;

		for (size_t i = 0; i < n; i++)
		{
			if (runtime_stops(runtime, i))
				return false;
			places[((from[i].key >> shift) & 2047) + 1]++;
		}
		for (int digit = 0; digit < 2048; digit++)
			places[digit + 1] += places[digit];
		for (size_t i = 0; i < n; i++)
		{
			if (runtime_stops(runtime, i))
				return false;
			to[places[(from[i].key >> shift) & 2047]++] = from[i];
		}
		swap = from;
		from = to;
		to = swap;
	}
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
			*first = recall >= settings->value[HP_TARGET_RECALL] ? precision :
				recall - 1.0;
			*second = recall;
			break;
		case CRITERION_RECALL_AT_TARGET_PRECISION:
			*first = precision >= settings->value[HP_TARGET_PRECISION] ?
				recall : precision - 1.0;
			*second = precision;
			break;
		default:
			*first = accuracy_of(c);
			*second = 0.0;
			break;
	}
}

/* Fills and sorts the scratch rows, sums the classes; false: interrupted. */
static bool
prepare(const float *margins, const float *classes, const float *weights,
		size_t n, ScoredRow *scratch, const Runtime *runtime, Counts *totals)
{
	*totals = (Counts){0};
	for (size_t i = 0; i < n; i++)
	{
		float weight = weights != NULL ? weights[i] : 1.0f;

		if (runtime_stops(runtime, i))
			return false;
		scratch[i].key = sort_key(margins[i]);
		scratch[i].weight = classes[i] > 0.5f ? weight : -weight;
		if (classes[i] > 0.5f)
			totals->positives += weight;
		else
			totals->negatives += weight;
	}
	return sort_rows(scratch, scratch + n, n, runtime);
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
		uint32_t key = rows[i].key;

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
	return totals->positives > 0 && totals->negatives > 0 ?
		area / (totals->positives * totals->negatives) : NAN;
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
		uint32_t key = rows[i - 1].key;

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
fill(Selection *selection, const Hyperparameters *settings, const Counts *c)
{
	selection->accuracy = accuracy_of(c);
	selection->precision = precision_of(c);
	selection->recall = recall_of(c);
	selection->f_beta = f_beta_of(c, settings->value[HP_F_BETA]);
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

/* Half way between two neighbouring margins, one of which may be missing. */
static double
threshold_between(const ScoredRow *rows, size_t n, size_t first_positive)
{
	double low, high;

	if (first_positive == 0)
		return -INFINITY;
	if (first_positive == n)
		return INFINITY;
	low = key_margin(rows[first_positive - 1].key);
	high = key_margin(rows[first_positive].key);
	/* A weight matrix at the edge of floats gives infinite margins. */
	if (isinf(low))
		return isinf(high) ? 0.0 : high - fmax(1.0, fabs(high));
	if (isinf(high))
		return low + fmax(1.0, fabs(low));
	return low + (high - low) / 2;
}

/* Scans every distinct threshold from the top down. */
static Counts
scan(const Hyperparameters *settings, const ScoredRow *rows, size_t n,
	 const Counts *totals, double natural_margin, const Runtime *runtime,
	 Selection *selection)
{
	Counts c = *totals, best = *totals;
	double best_first, best_second;

	best.true_positives = best.false_positives = 0.0;
	selection->margin = INFINITY;
	criterion_values(settings, &best, &best_first, &best_second);
	c.true_positives = c.false_positives = 0.0;
	for (size_t i = n; i > 0;)
	{
		uint32_t key = rows[i - 1].key;
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
		if (first < best_first || (first == best_first && second < best_second))
			continue;
		margin = threshold_between(rows, n, i);
		if (first == best_first && second == best_second &&
			fabs(margin - natural_margin) >=
				fabs(selection->margin - natural_margin))
			continue;
		best_first = first;
		best_second = second;
		best = c;
		selection->margin = margin;
	}
	selection->value = best_first;
	return best;
}

size_t
selection_sample(float *margins, float *classes, float *weights, size_t n,
				 double limit)
{
	size_t kept = limit < (double) n ? (size_t) limit : n;

	for (size_t i = 0; i < kept && kept < n; i++)
	{
		size_t from = (uint64_t) i * n / kept;

		margins[i] = margins[from];
		classes[i] = classes[from];
		weights[i] = weights[from];
	}
	return kept;
}

Selection
selection_choose(const Hyperparameters *settings, const float *margins,
				 const float *classes, const float *weights, size_t n,
				 double mean_loss, double natural_margin, ScoredRow *scratch,
				 const Runtime *runtime)
{
	SelectionCriterion criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	Selection selection = {0};
	Counts totals, best;

	if (!prepare(margins, classes, weights, n, scratch, runtime, &totals))
		return selection;
	selection.roc_auc = area_under_curve(scratch, n, &totals, runtime);
	selection.pr_auc = average_precision(scratch, n, &totals, runtime);
	/* Rows of one class do not tell where the other begins. */
	if (criterion == CRITERION_LOSS || totals.positives == 0 ||
		totals.negatives == 0)
	{
		double second;

		selection.margin = natural_margin;
		best = counts_above(scratch, n, &totals, natural_margin, runtime);
		criterion_values(settings, &best, &selection.value, &second);
	}
	else
		best = scan(settings, scratch, n, &totals, natural_margin, runtime,
					&selection);
	if (criterion == CRITERION_LOSS)
		selection.value = mean_loss;
	if (criterion == CRITERION_ROC_AUC)
		selection.value = selection.roc_auc;
	fill(&selection, settings, &best);
	return selection;
}

Selection
selection_at(const Hyperparameters *settings, const float *margins,
			 const float *classes, const float *weights, size_t n,
			 double mean_loss, double margin, ScoredRow *scratch,
			 const Runtime *runtime)
{
	SelectionCriterion criterion =
		(SelectionCriterion) hp_integer(settings, HP_SELECTION_CRITERIA);
	Selection selection = {.margin = margin};
	Counts totals, c;
	double second;

	if (!prepare(margins, classes, weights, n, scratch, runtime, &totals))
		return selection;
	selection.roc_auc = area_under_curve(scratch, n, &totals, runtime);
	selection.pr_auc = average_precision(scratch, n, &totals, runtime);
	c = counts_above(scratch, n, &totals, margin, runtime);
	criterion_values(settings, &c, &selection.value, &second);
	if (criterion == CRITERION_LOSS)
		selection.value = mean_loss;
	if (criterion == CRITERION_ROC_AUC)
		selection.value = selection.roc_auc;
	fill(&selection, settings, &c);
	return selection;
}

double
selection_badness(SelectionCriterion criterion, double value)
{
	return criterion == CRITERION_LOSS ? value : 1.0 - value;
}
