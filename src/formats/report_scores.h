/*
 * report_scores.h
 *		A report's sections about scores and classes of test rows.
 */
#ifndef LINLEARN_FORMATS_REPORT_SCORES_H
#define LINLEARN_FORMATS_REPORT_SCORES_H

#include "formats/model_report.h"

/* Draw how the scores of each class lie, or of right and wrong predictions. */
extern void report_draw_scores(Markup *markup, const Model *model,
							   const ReportTest *test);

/* Write how many rows each point of the calibration stands for. */
extern void report_write_calibration(Markup *markup, const ReportTest *test);

/* Write the figures of each of several classes against the others. */
extern void report_write_classes(Markup *markup, const ReportTest *test);

#endif
