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

/* What the model does on rows it was not trained on. */
typedef struct ReportTest
{
	const char *query;
	uint64_t rows;
	const ReportFigure *figures;
	size_t figure_count;
	const char *const *labels; /* [classes], of the matrix */
	const double *counts;	   /* [actual][predicted] */
	size_t classes;			   /* 0: no matrix */
	size_t positive;		   /* binary: the positive label's place */
	ReportCurve roc;
	ReportCurve pr;
	ReportCurve calibration;
	ReportCurve scatter;	 /* regressor: actual and predicted values */
	const SvgTile *mistakes; /* pixels NULL: only captions are listed */
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
	const Model *model;
	size_t model_bytes;
	const ReportTest *test; /* NULL: none */
} Report;

extern Status model_report_write(Markup *markup, const Report *report,
								 Failure *failure);

#endif
