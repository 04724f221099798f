/*
 * report_rows.h
 *		What the rows of a report's test query say of a model.
 */
#ifndef LINLEARN_PG_LOOK_REPORT_ROWS_H
#define LINLEARN_PG_LOOK_REPORT_ROWS_H

#include "pg/base/version.h"

#include "formats/model_report.h"

/*
 * Runs the query of a test, whose rows are features and label, and fills in what
 * the model does on them.  SPI is connected; the result is in its memory.
 */
extern void report_rows_test(const char *schema, const Model *model,
							 Datum bytes, ReportTest *test);

#endif
