/*
 * plan.h
 *		Which terms columns give, decided by a survey of the training rows.
 */
#ifndef LINLEARN_CORE_COLUMNS_PLAN_H
#define LINLEARN_CORE_COLUMNS_PLAN_H

#include "core/columns/encoder.h"
#include "core/columns/survey.h"

/* Defaults of a column's options; docs/defaults.md says why. */
#define LEVEL_LEAST_ROWS 5
#define WORD_LEAST_ROWS 2
#define MOST_LEVELS 10000
#define MOST_WORDS (UINT32_C(1) << 18)

/* Columns whose levels are crossed, by their places among those given. */
typedef struct PlanCross
{
	uint32_t count;
	const uint32_t *columns;
} PlanCross;

typedef struct PlanRequest
{
	/*
	 * Models without wd and l1: a category gives no term for one of its levels,
	 * so that the terms are not collinear.
	 */
	bool reference;
	uint32_t cross_count;
	const PlanCross *crosses;
	const Columns *known; /* of a model to go on from; NULL: none */
} PlanRequest;

typedef struct Plan
{
	Columns columns;
	uint32_t *source; /* [columns.count] places among those given */
	RowFormat format; /* of encoded rows */
	uint8_t *scaling; /* [columns.width] of sparse rows: SparseScaling */
} Plan;

/*
 * Plans the terms of surveyed rows.  LL_INVALID: a text whose values are mostly
 * distinct, a column that is the label, a reference level that is not there; the
 * message names the column.  LL_ABSENT: no term at all, as every column is constant
 * or of rare levels only.
 */
extern Status plan_columns(Plan *plan, const PlanRequest *request,
						   const Survey *survey, CellStore *store,
						   const Rows *rows, Failure *failure);

#endif
