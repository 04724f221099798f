/*
 * report_mistakes.h
 *		The rows of a report's test that a model is most wrong about.
 */
#ifndef LINLEARN_PG_LOOK_REPORT_MISTAKES_H
#define LINLEARN_PG_LOOK_REPORT_MISTAKES_H

#include "pg/base/version.h"

#include "formats/model_report.h"

/*
 * Gathers the mistakes that the model was surest of, or a regressor's largest
 * errors.  SPI is connected; the result is in its memory.
 */
extern void report_rows_mistakes(const char *schema, const Model *model,
								 Datum bytes, const char *positive,
								 ReportTest *test);

#endif
