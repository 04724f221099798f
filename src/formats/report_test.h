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

/* Write the most confident mistakes, as pictures where they are. */
extern void report_write_mistakes(Markup *markup, const ReportTest *test);

#endif
