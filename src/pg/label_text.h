/*
 * label_text.h
 *		Labels as text that no setting of the session changes, and the order of
 *		such labels.
 */
#ifndef LINLEARN_PG_LABEL_TEXT_H
#define LINLEARN_PG_LABEL_TEXT_H

#include "linlearn.h"

/*
 * A date or timestamp in ISO form as DateStyle ISO has it, one with a time zone
 * in UTC; NULL for any other type.
 */
extern char *label_time_text(Oid type, Datum value);

/* The order of two labels: that of an enum, else of their bytes. */
extern int label_text_compare(Oid type, const char *a, const char *b);

#endif
