/*
 * score_plan.c
 *		What it costs that workers hand scores over, for the planner.
 *
 * A figure that needs the scores in order has no sums: every row's score goes to
 * the leader, who sorts them all.  Workers gain where reading the rows, or finding
 * their scores, takes longer than that.
 */
#include "pg/base/version.h"

#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "pg/base/combined_calls.h"
#include "pg/base/settings.h"

/* A score that is handed over costs as much as so many operators. */
#define HAND_OVER_OPERATORS 5

/* Where linlearn_metrics has the score among its arguments. */
#define SCORE_PLACE 2

/* Notes a call of linlearn_metrics that has scores. */
static void
note_scores(const Aggref *call, void *scores)
{
	const Node *score = combined_call_argument(call, SCORE_PLACE);

	if (score != NULL &&
		!(IsA(score, Const) && ((Const *) score)->constisnull))
		*(bool *) scores = true;
}

/* Adds what the hand-over costs. */
static Datum
hand_over(SupportRequestCost *request)
{
	request->startup = HAND_OVER_OPERATORS * cpu_operator_cost *
					   aggregated_rows(request->root);
	request->per_tuple = cpu_operator_cost;
	PG_RETURN_POINTER(request);
}

/* Whether the cost of a combine function in a query is asked for, and counts. */
static bool
is_cost(const SupportRequestCost *request)
{
	return IsA(request, SupportRequestCost) && request->root != NULL &&
		   !linlearn_parallel_rows;
}

PG_FUNCTION_INFO_V1(linlearn_curve_combine_support);
Datum
linlearn_curve_combine_support(PG_FUNCTION_ARGS)
{
	SupportRequestCost *request = (SupportRequestCost *) PG_GETARG_POINTER(0);

	if (!is_cost(request))
		PG_RETURN_POINTER(NULL);
	return hand_over(request);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_combine_support);
Datum
linlearn_metrics_combine_support(PG_FUNCTION_ARGS)
{
	SupportRequestCost *request = (SupportRequestCost *) PG_GETARG_POINTER(0);
	bool scores = false;

	if (!is_cost(request))
		PG_RETURN_POINTER(NULL);
	combined_calls_visit(request->root, request->funcid, note_scores, &scores);
	if (!scores)
		PG_RETURN_POINTER(NULL);
	return hand_over(request);
}
