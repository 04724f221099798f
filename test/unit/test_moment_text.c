/*
 * test_moment_text.c
 *		Dates and times as texts.
 */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/moment_text.h"

/* A date's days; NaN: it is none. */
static double
days_of(const char *text)
{
	double days;

	return moment_text_read(text, text + strlen(text), &days) ? days : NAN;
}

static double
seconds_of(const char *text)
{
	double seconds;

	return time_text_read(text, text + strlen(text), &seconds) ? seconds : NAN;
}

static void
test_dates(void **state)
{
	assert_true(days_of("2000-01-01") == 0);
	assert_true(days_of("1999-12-31") == -1);
	assert_true(days_of("2000-02-29") == 59);
	assert_true(days_of("2000-03-01") == 60);
	assert_true(days_of("2024-02-29") == 8825);
	assert_true(days_of("1970-01-01") == -10957);
	/* as PostgreSQL counts them */
	assert_true(days_of("0001-01-01") == -730119);
	assert_true(days_of("0001-12-31 BC") == -730120);
	assert_true(days_of("4713-01-01 BC") == -2451507);
	assert_true(days_of("294276-12-31") == 106751982);
}

/* Every day follows the one before it. */
static void
test_calendar(void **state)
{
	double before = days_of("1599-12-31");

	for (int year = 1600; year <= 2404; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 31; day++)
			{
				char text[64];
				double days;

				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month,
						 day);
				days = days_of(text);
				if (isnan(days))
				{
					assert_true(day > 28);
					continue;
				}
				assert_true(days == before + 1);
				before = days;
			}
	assert_true(before == days_of("2405-01-01") - 1);
}

static void
test_times(void **state)
{
	assert_true(days_of("2000-01-01T12:00") == 0.5);
	assert_true(days_of("2000-01-01 06:00:00") == 0.25);
	assert_true(days_of("2000-01-01T24:00:00") == 1);
	assert_true(days_of("2000-01-01T00:00:00Z") == 0);
	assert_true(days_of("2000-01-01T02:00:00+02:00") == 0);
	assert_true(days_of("2000-01-01T02:00:00+02") == 0);
	assert_true(days_of("2000-01-01T02:30:00+0230") == 0);
	assert_true(days_of("1999-12-31T18:00:00-06:00") == 0);
	assert_true(days_of("2000-01-01T00:00:00.000001") == 1.0 / 86400000000.0);
	assert_true(days_of("2000-01-01T00:00:00.0000014999") ==
				1.0 / 86400000000.0);
	assert_true(days_of("2000-01-01T00:00:00.0000015") == 2.0 / 86400000000.0);
	assert_true(days_of("infinity") == INFINITY);
	assert_true(days_of("-infinity") == -INFINITY);
	assert_true(seconds_of("00:00:00") == 0);
	assert_true(seconds_of("13:30") == 48600);
	assert_true(seconds_of("13:30:15.25") == 48615.25);
	assert_true(seconds_of("13:30:00+02") == 41400);
	assert_true(seconds_of("24:00:00") == 86400);
}

static void
test_refused(void **state)
{
	static const char *const texts[] = {"",
										" ",
										"2000",
										"2000-01",
										"2000-1-1",
										"20000101",
										"2000-13-01",
										"2000-00-01",
										"2000-01-00",
										"2001-02-29",
										"1900-02-29",
										"2000-04-31",
										"0000-01-01",
										"4714-01-01 BC",
										"294277-01-01",
										"9999999-01-01",
										"2000-01-01T",
										"2000-01-01 ",
										" 2000-01-01",
										"2000-01-01T25:00",
										"2000-01-01T12:60",
										"2000-01-01T12:00:60",
										"2000-01-01T24:00:01",
										"2000-01-01T12",
										"2000-01-01T12:00:00.",
										"2000-01-01T12:00:00,5",
										"2000-01-01T12:00:00+",
										"2000-01-01T12:00:00+2",
										"2000-01-01T12:00:00+16:00",
										"2000-01-01T12:00:00 UTC",
										"2000-01-01T12:00:00ZZ",
										"2000-01-01x",
										"01/02/2000",
										"1 Jan 2000",
										"today",
										"Infinity",
										"nan",
										"2000-01-01 AD"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!isnan(days_of(texts[i])))
			fail_msg("\"%s\" is read", texts[i]);
	assert_true(isnan(seconds_of("")));
	assert_true(isnan(seconds_of("1:00")));
	assert_true(isnan(seconds_of("12:00x")));
	assert_true(isnan(seconds_of("12:00:00 PM")));
}

/* What is cut off anywhere is read or refused, but nothing behind it is. */
static void
test_cut(void **state)
{
	static const char whole[] = "2024-02-29T23:59:59.999999+05:30";

	for (size_t size = 0; size < sizeof(whole); size++)
	{
		char *copy = malloc(size + 1);
		double days;

		memcpy(copy, whole, size);
		(void) moment_text_read(copy, copy + size, &days);
		free(copy);
		copy = size > 0 ? malloc(size) : NULL;
		if (copy == NULL)
			continue;
		memcpy(copy, whole, size);
		(void) moment_text_read(copy, copy + size, &days);
		(void) time_text_read(copy, copy + size, &days);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates), cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_times), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
