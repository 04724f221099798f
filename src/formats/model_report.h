/*
 * model_report.h
 *		One HTML page about a model: no network, no script, light and dark.
 */
#ifndef LINLEARN_FORMATS_MODEL_REPORT_H
#define LINLEARN_FORMATS_MODEL_REPORT_H

#include "core/model/model.h"
#include "formats/svg.h"

/* A named number, e.g. a metric. */
typedef struct ReportFigure
{
	const char *name;
	double value;
} ReportFigure;

/* A line through points; count 0: none. */
typedef struct ReportCurve
{
	const double *x;
	const double *y;
	size_t count;
} ReportCurve;

/* A name and a text that people gave it. */
typedef struct ReportNote
{
	const char *name;
	const char *text;
} ReportNote;

/* A row that the model was wrong about. */
typedef struct ReportMistake
{
	const char *caption;  /* what it was and was taken for */
	const double *pixels; /* NULL: it is no picture */
	const char *reasons;  /* what moved the margin most; NULL: not known */
	const char *row;	  /* its columns; NULL likewise */
} ReportMistake;

/* Bins of equal width that scores are counted in. */
#define REPORT_BINS 20

/* What the model does on rows it was not trained on. */
typedef struct ReportTest
{
	const char *query;
	const char
		*label;	   /* what the label is of the query's rows, if it was told */
	uint64_t rows; /* that the figures are of */
	uint64_t unscored; /* left out: their score or label is NaN */
	const ReportFigure *figures;
	size_t figure_count;
	const char *const *labels; /* [classes], of the matrix */
	const double *counts;	   /* [actual][predicted] */
	size_t classes;			   /* 0: no matrix */
	size_t positive;		   /* binary: the positive label's place */
	ReportCurve roc;
	ReportCurve pr;
	ReportCurve calibration;
	const double *calibration_rows; /* [calibration.count] of its points */
	/*
	 * [2] rows of the negative and of the positive class; of several classes
	 * those predicted wrong and right, by the score of the predicted one; of
	 * a regressor all rows (the second are none) by predicted minus actual.
	 * NULL: not known.
	 */
	const double (*scores)[REPORT_BINS];
	double score_low; /* of the first bin */
	double score_high;
	ReportCurve scatter;		   /* regressor: actual and predicted values */
	const ReportMistake *mistakes; /* the worst first */
	size_t mistake_count;
	size_t mistake_side; /* of each picture; 0: they are no pictures */
} ReportTest;

/* All texts in UTF-8; they are escaped here. */
typedef struct Report
{
	const char *name;
	int version;		 /* 0: not a saved model */
	const char *created; /* NULL: not known, and so for the next two */
	const char *created_by;
	const char *description;
	const char *use;		/* a statement that asks the model; NULL: none */
	const ReportNote *card; /* [card_count] */
	size_t card_count;
	const Model *model;
	size_t model_bytes;
	const ReportTest *test; /* NULL: none */
} Report;

extern Status model_report_write(Markup *markup, const Report *report,
								 Failure *failure);

#endif
