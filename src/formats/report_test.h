/*
 * report_test.h
 *		A report's sections about rows that the model was not trained on.
 */
#ifndef LINLEARN_FORMATS_REPORT_TEST_H
#define LINLEARN_FORMATS_REPORT_TEST_H

#include "formats/model_report.h"

/* Write what the test rows say. */
extern void report_write_test(Markup *markup, const Model *model,
							  const ReportTest *test);

/* A figure of the test by its name; NaN: it has none. */
extern double report_test_figure(const ReportTest *test, const char *name);

/*
 * Write what helps to read a figure: its interval of 95 % (Wilson's of shares of
 * rows and of F1, Hanley and McNeil's of an area), and what the commonest class
 * or the mean would be at.
 */
extern void report_write_bounds(Markup *markup, const ReportTest *test,
								const char *name);

/* Most mistakes that a report has. */
#define REPORT_MISTAKES 24

/*
 * Write the most confident mistakes, of a regressor the largest errors: as
 * pictures where they are, else with what moved the margin most.
 */
extern void report_write_mistakes(Markup *markup, const Model *model,
								  const ReportTest *test);

#endif
