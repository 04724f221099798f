/*
 * ranking.c
 *		Scores in order: exact ROC AUC and average precision.
 */
#include "core/judge/ranking.h"

#include <math.h>

double
ranking_roc_auc(const RankingSums *sums)
{
	if (!(sums->positives > 0 && sums->negatives > 0))
		return NAN;
	return sums->area / (sums->positives * sums->negatives);
}

double
ranking_average_precision(const RankingSums *sums)
{
	return sums->positives > 0 ? sums->precision / sums->positives : NAN;
}
