/*
 * moment_text.h
 *		Dates and times as ISO 8601 and RFC 3339 write them.
 *
 * What is read does not depend on any setting: predictions from JSON are the same
 * in every session.
 */
#ifndef LINLEARN_FORMATS_MOMENT_TEXT_H
#define LINLEARN_FORMATS_MOMENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a date YYYY-MM-DD, or one with a time of day behind T or a blank,
 * HH:MM[:SS[.fraction]], and then Z or an offset +HH[[:]MM[:SS]]; without one it
 * is in UTC.  " BC" may follow.  *days is what has gone since 2000-01-01 00:00
 * UTC, to the microsecond, infinite for "infinity" and "-infinity".  False: it is
 * no such text, or no day of the years that a timestamp can have.
 */
extern bool moment_text_read(const char *begin, const char *end, double *days);

/*
 * Reads a time of day HH:MM[:SS[.fraction]] as seconds since midnight; with an
 * offset behind it, since midnight of UTC.
 */
extern bool time_text_read(const char *begin, const char *end,
						   double *seconds);

#endif
