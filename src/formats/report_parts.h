/*
 * report_parts.h
 *		Pieces that the sections of a report are made of.
 */
#ifndef LINLEARN_FORMATS_REPORT_PARTS_H
#define LINLEARN_FORMATS_REPORT_PARTS_H

#include "core/options/hyperparameters.h"
#include "formats/markup.h"

/*
 * A number as people read it: four digits, or all before the point, thousands
 * apart.
 */
extern void report_value_text(double value, char *buffer, size_t size);

/*
 * A number among others of a row: whole ones as they are, of others three
 * decimals, of those below 1 six digits.
 */
extern void report_short_text(double value, char *buffer, size_t size);

/* A number with its sign: two decimals, or the digits that it needs. */
extern void report_signed_text(double value, char *buffer, size_t size);

/* Write what a metric says, with four decimals where it is small. */
extern void report_figure(Markup *markup, double value);

/*
 * A figure without what is rounding alone: 0 for a share that explains nothing, or
 * a mean error that is nothing beside the errors' size (NaN: not known).
 */
extern double report_rounded(const char *name, double value, double size);

/* Write a number as people read it. */
extern void report_value(Markup *markup, double value);

/* Write a whole number, its thousands apart. */
extern void report_count(Markup *markup, double count);

/*
 * Write what people call a metric, for its name in SQL or in training: F1 for
 * binary_f_beta of beta 1.
 */
extern void report_metric(Markup *markup, const char *name, double beta);

/* A setting's value as text, without JSON's quotes and with six digits at most. */
extern void report_setting_text(Hyperparameter row, double value, char *buffer,
								size_t size);

/* Open a section with a heading that the page's list links to. */
extern void report_section(Markup *markup, const char *id,
						   const char *heading);

/* Write one name and text of a list of facts. */
extern void report_fact(Markup *markup, const char *name, const char *text);

/* Write one name and whole number of a list of facts. */
extern void report_fact_count(Markup *markup, const char *name,
							  uint64_t count);

#endif
