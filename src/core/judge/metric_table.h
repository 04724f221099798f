/*
 * metric_table.h
 *		The one table of metrics: training, tuning, evaluation and reports read it.
 *
 * Each formula is in metrics.h; a row says what it is called, of which models it
 * is, which way is better and what it needs.
 */
#ifndef LINLEARN_CORE_JUDGE_METRIC_TABLE_H
#define LINLEARN_CORE_JUDGE_METRIC_TABLE_H

#include <stdbool.h>

#include "core/base/kinds.h"
#include "core/judge/deviance.h"
#include "core/judge/metrics.h"

/* All that metrics are made of; what is not known is NaN or NULL. */
typedef struct MetricFacts
{
	double loss;		 /* weighted mean, as reported */
	BinaryCounts counts; /* of a binary model */
	double beta;
	const ClassificationMetrics *classes; /* of many classes */
	const RegressionSums *errors;		  /* of a regressor */
	const DevianceSums *deviance;		  /* of one with a log link */
	double quantile;
	double roc_auc;
	double pr_auc;
	double log_loss;
	double brier;
	double calibration_error;
	double top_k; /* share of rows of a rank up to k */
	double dcg;
} MetricFacts;

/* Facts of which nothing is known. */
extern MetricFacts metric_facts(void);

/* The rows without which a metric has no value. */
typedef enum MetricNeeds
{
	NEEDS_ROWS, /* any */
	NEEDS_TWO_ROWS,
	NEEDS_POSITIVES,
	NEEDS_BOTH
} MetricNeeds;

typedef struct MetricDescriptor
{
	const char *name; /* among an evaluation's figures; NULL: not there */
	const char *trained_name; /* among a model's, SageMaker's where it has one;
								 * NULL: not there */
	unsigned applies;		  /* APPLIES_... */
	bool maximize;
	MetricNeeds needs;
	bool of_positives; /* a share of positive rows, by actual or prediction */
	bool from_scores;  /* an evaluation needs scores for it */
	bool of_probabilities; /* scores must be probabilities */
	bool of_sizes;		   /* of errors, which sums of squares do not tell */
	bool of_deviance;	   /* of a mean, which only a log link has */
	bool card;			   /* stands at the top of a report */
	double (*value)(const MetricFacts *facts);
} MetricDescriptor;

/* Ends with a row whose value is NULL; the better known a metric the earlier. */
extern const MetricDescriptor metric_table[];

/* The next row after one (NULL: the first) that has a trained name; NULL: none. */
extern const MetricDescriptor *metric_trained(const MetricDescriptor *row);

#endif
