/*
 * judge_row.h
 *		What rows add to the figures that no pair of labels tells.
 */
#ifndef LINLEARN_PG_CLUSTER_JUDGE_ROW_H
#define LINLEARN_PG_CLUSTER_JUDGE_ROW_H

#include "pg/base/version.h"

/* Of many classes, and of a regressor with a log link. */
enum
{
	JUDGE_ROWS,
	JUDGE_NEAR,
	JUDGE_GAIN,
	JUDGE_LOG_LOSS,
	JUDGE_FIGURES,
	JUDGE_LABELS = JUDGE_NEAR,
	JUDGE_OWN = JUDGE_GAIN,
	JUDGE_DEVIANCE = JUDGE_LOG_LOSS
};

/* The figures in an array; an error if they are none. */
extern const double *judge_figures(Datum array);

#endif
