/*
 * ranking.h
 *		Scores in order: exact ROC AUC and average precision.
 *
 * A score becomes a 64-bit key whose unsigned order is the order from the
 * best score down, so that sorting is a radix sort of integers.  What follows
 * walks groups of equal scores: rows with one score cannot be told apart by
 * any threshold, so they count as one step of every curve.
 */
#ifndef LINLEARN_CORE_JUDGE_RANKING_H
#define LINLEARN_CORE_JUDGE_RANKING_H

#include <stdint.h>
#include <string.h>

/* Key of a score that is not NaN: higher scores have lower keys; -0 is 0. */
static inline uint64_t
score_to_key(double score)
{
	uint64_t bits;

	score += 0.0; /* -0 + 0 is 0 */
	memcpy(&bits, &score, sizeof(bits));
	return bits >> 63 ? bits : ~bits & INT64_MAX;
}

/* The score of a key. */
static inline double
key_to_score(uint64_t key)
{
	uint64_t bits = key >> 63 ? key : ~key & INT64_MAX;
	double score;

	memcpy(&score, &bits, sizeof(score));
	return score;
}

/* Running sums over groups of equal scores, best first; zero is the start. */
typedef struct RankingSums
{
	double positives;
	double negatives;
	double area;	  /* pairs ranked rightly, a tie counting half */
	double precision; /* sum of positives of a group times precision there */
} RankingSums;

/* Takes the next group: so many positives and negatives with one score. */
static inline void
ranking_add(RankingSums *sums, double positives, double negatives)
{
	double all;

	sums->area += negatives * (sums->positives + positives / 2);
	sums->positives += positives;
	sums->negatives += negatives;
	/* Without a branch on what a row is, which nobody can foresee. */
	all = sums->positives + sums->negatives;
	sums->precision += positives * sums->positives / (all > 0 ? all : 1.0);
}

/* P(score of a positive > score of a negative) + half of P(equal); NaN when
 * either class has no rows. */
extern double ranking_roc_auc(const RankingSums *sums);

/*
 * Sum over thresholds of (gain in recall) * precision, scikit-learn's
 * average_precision_score; NaN without positives.
 */
extern double ranking_average_precision(const RankingSums *sums);

#endif
