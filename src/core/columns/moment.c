/*
 * moment.c
 *		Parts of a moment.
 */
#include "core/columns/moment.h"

#include <math.h>

/* Days of 400 years; 2000-03-01 begins such a cycle. */
#define CYCLE_DAYS 146097.0
#define MARCH_1 60.0
/* Of a saturday, by ISO's numbers. */
#define WEEKDAY_2000_01_01 6
#define HOURS 24.0

/* The month of a day, from days since a 1st of March of a cycle's first year. */
static uint32_t
month_of(uint32_t day)
{
	/* Years of the cycle, leap days taken out (Howard Hinnant's algorithm). */
	uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint32_t day_of_year = day - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * day_of_year + 2) / 153;

	return month < 10 ? month + 3 : month - 9;
}

uint32_t
moment_part(PieceKind kind, double days)
{
	double day = floor(days);
	double rest;

	switch (kind)
	{
		case PIECE_MONTH:
			rest = day - MARCH_1;
			return month_of(
				(uint32_t) (rest - floor(rest / CYCLE_DAYS) * CYCLE_DAYS));
		case PIECE_WEEKDAY:
			rest = day + WEEKDAY_2000_01_01 - 1;
			return 1 + (uint32_t) (rest - floor(rest / 7.0) * 7.0);
		default:
			rest = floor((days - day) * HOURS);
			return rest < HOURS ? (uint32_t) rest : (uint32_t) HOURS - 1;
	}
}
