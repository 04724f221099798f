/*
 * report_trials.h
 *		A report's table of trials or candidates.
 */
#ifndef LINLEARN_FORMATS_REPORT_TRIALS_H
#define LINLEARN_FORMATS_REPORT_TRIALS_H

#include "core/model/model.h"
#include "formats/markup.h"

/* Write the table, where there are several. */
extern void report_write_trials(Markup *markup, const Model *model);

#endif
