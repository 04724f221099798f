/*
 * natural_margin.c
 *		The threshold of a binary candidate where rows do not tell which is best.
 */
#include "core/problem/natural_margin.h"

#include "core/base/portable_math.h"
#include "core/problem/candidate.h"
#include "core/problem/warm_start.h"

double
natural_margin(const Problem *problem, const Hyperparameters *settings)
{
	LossKind loss = candidate_loss(settings);

	if (warm_start_keeps(problem) || !hp_has_costs(settings) ||
		loss_table[loss].link != LINK_LOGIT)
		return warm_start_natural_margin(problem, loss);
	return portable_log(settings->value[HP_COST_FALSE_POSITIVE]) -
		   portable_log(settings->value[HP_COST_FALSE_NEGATIVE]) +
		   portable_log(problem_positive_weight(problem, settings));
}
