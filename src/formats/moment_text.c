/*
 * moment_text.c
 *		Dates and times as ISO 8601 and RFC 3339 write them.
 */
#include "formats/moment_text.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define SECONDS_A_DAY 86400
#define MICROSECONDS 1000000
#define MICROSECONDS_A_DAY ((int64_t) SECONDS_A_DAY * MICROSECONDS)
/* Years that a timestamp can have, near enough: all of them have their days. */
#define LEAST_YEAR (-4712)
#define LAST_YEAR 294276
/* Of the Gregorian calendar's cycle of 400 years. */
#define DAYS_OF_CYCLE 146097
/* From 0000-03-01, where a cycle begins with a leap day at its end. */
#define DAYS_TO_2000 730425
/* An offset's hours at most, as PostgreSQL has it. */
#define MOST_ZONE_HOURS 15

/* A place in the text. */
typedef struct Place
{
	const char *at;
	const char *end;
} Place;

/* Passes a character if it is next. */
static bool
accept(Place *place, char c)
{
	if (place->at == place->end || *place->at != c)
		return false;
	place->at++;
	return true;
}

/* Whether a digit is next. */
static bool
at_digit(const Place *place)
{
	return place->at < place->end && *place->at >= '0' && *place->at <= '9';
}

/* Reads a number of least to most digits that is not above a maximum. */
static bool
read_digits(Place *place, int least, int most, int maximum, int *value)
{
	int digits = 0;

	for (*value = 0; digits < most && at_digit(place); digits++)
		*value = *value * 10 + (*place->at++ - '0');
	return digits >= least && *value <= maximum;
}

/* Days of a month. */
static int
month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Days from 2000-01-01 to a date; a year from March on has its leap day last. */
static int64_t
days_to(int year, int month, int day)
{
	int64_t from_march = (month + 9) % 12;
	int64_t shifted = (int64_t) year - (month <= 2 ? 1 : 0);
	int64_t cycle = shifted >= 0 ? shifted / 400 : -((-shifted + 399) / 400);
	int64_t of_cycle = shifted - cycle * 400;
	int64_t of_year = (153 * from_march + 2) / 5 + day - 1;

	return cycle * DAYS_OF_CYCLE + of_cycle * 365 + of_cycle / 4 -
		   of_cycle / 100 + of_year - DAYS_TO_2000;
}

/* Reads a fraction of a second, rounded to microseconds. */
static bool
read_fraction(Place *place, int64_t *microseconds)
{
	int64_t unit = MICROSECONDS;

	if (!at_digit(place))
		return false;
	while (at_digit(place))
	{
		int digit = *place->at++ - '0';

		if (unit > 1)
		{
			unit /= 10;
			*microseconds += digit * unit;
		}
		else if (unit == 1)
		{
			*microseconds += digit >= 5 ? 1 : 0;
			unit = 0;
		}
	}
	return true;
}

/* Reads a time of day, in microseconds; 24:00 is its end. */
static bool
read_time(Place *place, int64_t *microseconds)
{
	int hour, minute, second = 0;

	*microseconds = 0;
	if (!read_digits(place, 2, 2, 24, &hour) || !accept(place, ':') ||
		!read_digits(place, 2, 2, 59, &minute))
		return false;
	if (accept(place, ':') &&
		(!read_digits(place, 2, 2, 59, &second) ||
		 (accept(place, '.') && !read_fraction(place, microseconds))))
		return false;
	*microseconds +=
		((int64_t) (hour * 60 + minute) * 60 + second) * MICROSECONDS;
	return *microseconds <= MICROSECONDS_A_DAY;
}

/* Reads an offset from UTC in seconds, 0 where there is none. */
static bool
read_zone(Place *place, int *seconds)
{
	int hours, minutes = 0, rest = 0;
	bool west;

	*seconds = 0;
	if (accept(place, 'Z') || accept(place, 'z'))
		return true;
	west = accept(place, '-');
	if (!west && !accept(place, '+'))
		return true;
	if (!read_digits(place, 2, 2, MOST_ZONE_HOURS, &hours))
		return false;
	if (accept(place, ':') || at_digit(place))
	{
		if (!read_digits(place, 2, 2, 59, &minutes))
			return false;
		if (accept(place, ':') && !read_digits(place, 2, 2, 59, &rest))
			return false;
	}
	*seconds = (hours * 60 + minutes) * 60 + rest;
	if (west)
		*seconds = -*seconds;
	return true;
}

/* Passes a word that ends the text. */
static bool
accept_end(Place *place, const char *word)
{
	size_t size = strlen(word);

	if ((size_t) (place->end - place->at) != size ||
		memcmp(place->at, word, size) != 0)
		return false;
	place->at = place->end;
	return true;
}

bool
moment_text_read(const char *begin, const char *end, double *days)
{
	Place place = {begin, end};
	int64_t microseconds = 0, whole;
	int year, month, day;
	int zone = 0;
	bool timed;

	if (accept_end(&place, "infinity") || accept_end(&place, "-infinity"))
	{
		*days = *begin == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (!read_digits(&place, 4, 6, LAST_YEAR, &year) || !accept(&place, '-') ||
		!read_digits(&place, 2, 2, 12, &month) || !accept(&place, '-') ||
		!read_digits(&place, 2, 2, 31, &day))
		return false;
	timed = place.end - place.at >= 2 &&
			(*place.at == 'T' || *place.at == 't' ||
			 (*place.at == ' ' && place.at[1] >= '0' && place.at[1] <= '9'));
	if (timed)
	{
		place.at++;
		if (!read_time(&place, &microseconds) || !read_zone(&place, &zone))
			return false;
	}
	/* There is no year 0: the one before 1 is 1 BC. */
	if (year < 1)
		return false;
	if (accept_end(&place, " BC"))
		year = 1 - year;
	if (place.at != place.end || year < LEAST_YEAR || month < 1 || day < 1 ||
		day > month_days(year, month))
		return false;
	whole = days_to(year, month, day);
	*days = (double) whole;
	if (timed)
		*days = (double) (whole * MICROSECONDS_A_DAY + microseconds -
						  (int64_t) zone * MICROSECONDS) /
				(double) MICROSECONDS_A_DAY;
	return true;
}

bool
time_text_read(const char *begin, const char *end, double *seconds)
{
	Place place = {begin, end};
	int64_t microseconds;
	int zone;

	if (!read_time(&place, &microseconds) || !read_zone(&place, &zone) ||
		place.at != place.end)
		return false;
	*seconds = (double) microseconds / MICROSECONDS - zone;
	return true;
}
