/*
 * other_names.h
 *		What other libraries call our options: for hints alone, as theirs may have
 *		other units.
 */
#ifndef LINLEARN_PG_BASE_OTHER_NAMES_H
#define LINLEARN_PG_BASE_OTHER_NAMES_H

#include "pg/base/version.h"

/* Our option for another library's name, and a sentence or ""; NULL: none. */
extern const char *option_by_other_name(const char *name, const char **note);

#endif
