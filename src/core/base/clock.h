/*
 * clock.h
 *		Monotonic time, for deadlines.
 */
#ifndef LINLEARN_CORE_BASE_CLOCK_H
#define LINLEARN_CORE_BASE_CLOCK_H

/* Seconds since some moment that stays. */
extern double clock_seconds(void);

#endif
