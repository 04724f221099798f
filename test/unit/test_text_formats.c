/*
 * test_text_formats.c
 *		Decimal numbers, CSV, libsvm and JSON requests.
 */
#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/csv.h"
#include "formats/decimal.h"
#include "formats/json_lines.h"
#include "formats/libsvm.h"

/* A generator good enough to draw test numbers. */
static uint64_t
next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return *state ^ *state >> 29;
}

/* Checks that a text is read as the C library reads it, to the last bit. */
static void
check_decimal(const char *text)
{
	const char *end = text + strlen(text);
	const char *rest;
	double expected = strtod(text, NULL);
	double single = strtof(text, NULL);
	double value;

	if (isfinite(expected))
	{
		assert_int_equal(decimal_read(text, end, false, &value, &rest),
						 DECIMAL_OK);
		assert_ptr_equal(rest, end);
		assert_memory_equal(&value, &expected, sizeof(value));
	}
	else
		assert_int_equal(decimal_read(text, end, false, &value, &rest),
						 DECIMAL_RANGE);
	if (!isfinite(single))
		return;
	assert_int_equal(decimal_read(text, end, true, &value, &rest), DECIMAL_OK);
	assert_memory_equal(&value, &single, sizeof(value));
}

/* Numbers are those of strtod and strtof: short, long, halfway, tiny, huge. */
static void
test_decimal_exact(void **state)
{
	static const char *const texts[] = {
		"0",
		"-0",
		"1",
		"+1.5",
		".5",
		"5.",
		"1e5",
		"1E-5",
		"0.1",
		"0.3",
		"123456789012345678901234567890",
		"9007199254740993",
		"9007199254740992.5",
		"1e22",
		"1e23",
		"1e-22",
		"8.5e-23",
		"2.2250738585072011e-308",
		"4.9e-324",
		"2e-324",
		"1e-400",
		"0e999999",
		"1.7976931348623157e308",
		"1e309",
		"3.4028236e38",
		"3.4028235e38",
		"16777217",
		"16777219",
		"0.100000001490116119384765625",
		"1.00000005960464477539062500001",
		"1.000000059604644775390625",
		"1.4e-45",
		"7e-46",
		"1e-38",
		"0.000000000000000000000000000000001",
	};
	uint64_t seed = 1;
	char text[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		check_decimal(texts[i]);
	for (int i = 0; i < 50000; i++)
	{
		uint64_t bits = next_random(&seed);
		uint32_t half = (uint32_t) next_random(&seed);
		double number;
		float single;

		memcpy(&number, &bits, sizeof(number));
		memcpy(&single, &half, sizeof(single));
		if (!isfinite(number) || !isfinite(single))
			continue;
		snprintf(text, sizeof(text), "%.17g", number);
		check_decimal(text);
		snprintf(text, sizeof(text), "%.*f", (int) (bits % 12),
				 (double) (int64_t) (bits >> 20) / 1024);
		check_decimal(text);
		snprintf(text, sizeof(text), "%.9g", (double) single);
		check_decimal(text);
		/* halfway between two floats, exactly */
		snprintf(text, sizeof(text), "%.17g",
				 ((double) single + (double) nextafterf(single, 1e30f)) / 2);
		check_decimal(text);
	}
}

/* What is no number is none, and a number ends where it ends. */
static void
test_decimal_edges(void **state)
{
	static const char *const none[] = {"",	 "-", "+",	".", "-.",
									   "e5", "x", "na", "in"};
	static const struct
	{
		const char *text;
		size_t length;
	} partial[] = {{"1e", 1},  {"1e+", 1},		  {"1.2.3", 3}, {"1,2", 1},
				   {"inf", 3}, {"-Infinityx", 9}, {"NaN", 3},	{"12abc", 2}};
	char text[2000];
	const char *rest;
	double value;

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(decimal_read(none[i], none[i] + strlen(none[i]),
									  false, &value, &rest),
						 DECIMAL_NONE);
	for (size_t i = 0; i < sizeof(partial) / sizeof(*partial); i++)
	{
		const char *begin = partial[i].text;

		assert_int_equal(
			decimal_read(begin, begin + strlen(begin), false, &value, &rest),
			DECIMAL_OK);
		assert_int_equal(rest - begin, partial[i].length);
	}
	memset(text, '1', sizeof(text));
	assert_int_equal(
		decimal_read(text, text + sizeof(text), false, &value, &rest),
		DECIMAL_TOO_LONG);
}

/* Reads CSV up to a failure; returns the rows before it. */
static int
read_csv(const char *text, bool has_label, Failure *failure)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	CsvReader reader;
	bool found = true;
	int rows = 0;

	failure->status = LL_OK;
	csv_init(&reader, &runtime, text, strlen(text), has_label, false);
	while (found && csv_next(&reader, &found, failure) == LL_OK)
		rows += found;
	malloc_arena_free(&arena);
	return rows;
}

/* Labels, quotes, blank lines and line ends. */
static void
test_csv(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf\"a \"\"b\n\", 1 ,\"2.5\"\r\n\n  \r\nc,3,4\n,5,6";
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	CsvReader reader;
	Failure failure;
	bool found;

	csv_init(&reader, &runtime, text, sizeof(text) - 1, true, true);
	assert_int_equal(csv_next(&reader, &found, &failure), LL_OK);
	assert_true(found);
	assert_int_equal(reader.label_length, 5);
	assert_memory_equal(reader.label, "a \"b\n", 5);
	assert_int_equal(reader.sample.count, 2);
	assert_true(reader.sample.values[0] == 1 &&
				reader.sample.values[1] == 2.5);
	assert_int_equal(csv_next(&reader, &found, &failure), LL_OK);
	assert_int_equal(reader.label_length, 1);
	assert_int_equal(csv_next(&reader, &found, &failure), LL_OK);
	assert_true(found && reader.label == NULL);
	assert_true(reader.sample.values[1] == 6);
	assert_int_equal(csv_next(&reader, &found, &failure), LL_OK);
	assert_false(found);
	malloc_arena_free(&arena);
}

/* Errors say where and what. */
static void
test_csv_errors(void **state)
{
	Failure failure;

	assert_int_equal(read_csv("1,2\n3,x4\n", false, &failure), 1);
	assert_int_equal(failure.status, LL_MALFORMED);
	assert_string_equal(failure.message,
						"invalid number \"x4\" in CSV line 2, field 2");
	assert_string_equal(failure.detail, "Line 2, column 3.");
	assert_int_equal(read_csv("1,,2", false, &failure), 0);
	assert_string_equal(failure.message, "no number in CSV line 1, field 2");
	assert_int_equal(read_csv("1,2\n\n3,4,5\n", false, &failure), 1);
	assert_string_equal(failure.message,
						"CSV line 3 has 3 fields, but line 1 has 2");
	assert_int_equal(read_csv("a,1\n\"b,1\n2", true, &failure), 1);
	assert_string_equal(failure.message, "unclosed quote in CSV line 2");
	assert_int_equal(read_csv("\"a\"b,1", true, &failure), 0);
	assert_string_equal(failure.detail, "Line 1, column 4.");
	assert_int_equal(read_csv("1 2,3", false, &failure), 0);
	assert_string_equal(failure.message,
						"invalid number \"1 2\" in CSV line 1, field 1");
	assert_int_equal(read_csv("1,\"2,3", false, &failure), 0);
	assert_int_equal(failure.status, LL_MALFORMED);
	assert_int_equal(read_csv("1,\x80\x01", false, &failure), 0);
	assert_string_equal(failure.message,
						"invalid number \"??\" in CSV line 1, field 2");
	assert_int_equal(read_csv("", false, &failure), 0);
	assert_int_equal(failure.status, LL_OK);
}

/* Reads libsvm text up to a failure; returns the rows before it. */
static int
read_libsvm(const char *text, uint32_t first, uint32_t dimension,
			Failure *failure)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	LibsvmReader reader;
	bool found = true;
	int rows = 0;

	failure->status = LL_OK;
	libsvm_init(&reader, &runtime, text, strlen(text), first, dimension, true);
	while (found && libsvm_next(&reader, &found, failure) == LL_OK)
		rows += found;
	malloc_arena_free(&arena);
	return rows;
}

/* Rows, comments and qid; then what is wrong with others. */
static void
test_libsvm(void **state)
{
	Failure failure;

	assert_int_equal(
		read_libsvm("# head\n+1 1:0.5 3:2 # c\n\n-1 qid:3 2:1\r\n0", 1, 0,
					&failure),
		3);
	assert_int_equal(failure.status, LL_OK);
	assert_int_equal(read_libsvm("1 0:1", 1, 0, &failure), 0);
	assert_string_equal(failure.message,
						"index 0 in libsvm line 1 is outside 1 to 2147483647");
	assert_int_equal(read_libsvm("1 0:1", 0, 0, &failure), 1);
	assert_int_equal(read_libsvm("1 1:1\n1 4:1", 1, 3, &failure), 1);
	assert_string_equal(failure.message,
						"index 4 in libsvm line 2 is outside 1 to 3");
	assert_int_equal(read_libsvm("1 2:1 2:3", 1, 0, &failure), 0);
	assert_string_equal(
		failure.message,
		"index 2 in libsvm line 1 is not above the one before it");
	assert_string_equal(failure.detail, "Line 1, column 7.");
	assert_int_equal(read_libsvm("1 2=1", 1, 0, &failure), 0);
	assert_string_equal(failure.message,
						"invalid index:value pair \"2=1\" in libsvm line 1");
	assert_int_equal(read_libsvm("1 2:x", 1, 0, &failure), 0);
	assert_string_equal(failure.message,
						"invalid value \"x\" in libsvm line 1");
	assert_int_equal(read_libsvm("1,2 1:1", 1, 0, &failure), 0);
	assert_string_equal(failure.message,
						"invalid label \"1,2\" in libsvm line 1");
	assert_int_equal(read_libsvm("1 99999999999999999999:1", 1, 0, &failure),
					 0);
	assert_int_equal(failure.status, LL_MALFORMED);
}

/*
 * Reads a request; returns its instances, and the last one's sample as text.
 */
static int
read_json(const char *text, bool lines, char last[200], Failure *failure)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	JsonReader reader;
	bool found = true;
	int rows = 0;

	failure->status = LL_OK;
	json_init(&reader, &runtime, text, strlen(text), lines, false);
	while (found && json_next(&reader, &found, failure) == LL_OK)
	{
		int at = 0;

		if (!found)
			break;
		rows++;
		at = snprintf(last, 200, "%u:", reader.sample.dimension);
		for (size_t i = 0; i < reader.sample.count && at < 150; i++)
		{
			if (reader.sample.sparse)
				at += snprintf(last + at, 200 - at,
							   "%u=", reader.sample.keys[i]);
			at +=
				snprintf(last + at, 200 - at, "%g ", reader.sample.values[i]);
		}
	}
	malloc_arena_free(&arena);
	return rows;
}

/* The shapes of SageMaker's documentation, and freedoms that JSON gives. */
static void
test_json(void **state)
{
	char last[200];
	Failure failure;

	assert_int_equal(
		read_json("{\"instances\":[{\"features\":[1.5,16.0,14.0,23.0]}]}",
				  false, last, &failure),
		1);
	assert_string_equal(last, "4:1.5 16 14 23 ");
	assert_int_equal(
		read_json("{\"instances\":[{\"data\":{\"features\":{\"values\":[1.5,"
				  "16.0]}}}]}",
				  false, last, &failure),
		1);
	assert_string_equal(last, "2:1.5 16 ");
	assert_int_equal(
		read_json("{\"instances\":[{\"data\":{\"features\":{\"keys\":[182,26],"
				  "\"shape\":[2000],\"values\":[1,4]}}}]}",
				  false, last, &failure),
		1);
	assert_string_equal(last, "2000:26=4 182=1 ");
	assert_int_equal(
		read_json("\n{\"a\": [1, {\"b\": [[], {}, \"]\\\"\"]}, null, true],\n"
				  " \"inst\\u0061nces\" : [ ] , \"z\": -1e5 } ",
				  false, last, &failure),
		0);
	assert_int_equal(failure.status, LL_OK);
	assert_int_equal(
		read_json("{\"features\":[1]}\r\n\n{\"x\":1,\"features\":[2,3]}\n",
				  true, last, &failure),
		2);
	assert_string_equal(last, "2:2 3 ");
}

/* Whatever is not that is an error that tells the place. */
static void
test_json_errors(void **state)
{
	static const struct
	{
		const char *text;
		const char *message;
	} wrong[] = {
		{"", "JSON ends where an object should be"},
		{"[1]", "JSON has \"[1]\" where an object should be"},
		{"{}", "JSON document has no member \"instances\""},
		{"{\"instances\":[{}]}", "instance 1 has no \"features\""},
		{"{\"instances\":[{\"features\":[1,]}]}",
		 "JSON has \"]}]}\" where a number should be in instance 1"},
		{"{\"instances\":[{\"features\":[01]}]}",
		 "JSON has \"01]}]}\" where a number should be in instance 1"},
		{"{\"instances\":[{\"features\":[+1]}]}",
		 "JSON has \"+1]}]}\" where a number should be in instance 1"},
		{"{\"instances\":[{\"features\":[1.]}]}",
		 "JSON has \"1.]}]}\" where a number should be in instance 1"},
		{"{\"instances\":[{\"features\":[NaN]}]}",
		 "JSON has \"NaN]}]}\" where a number should be in instance 1"},
		{"{\"instances\":[{\"features\":[1]}]} x",
		 "JSON has \"x\" where the end should be"},
		{"{\"instances\":[{\"features\":[1]} {}]}",
		 "JSON has \"{}]}\" where \",\" or \"]\" should be in instance 1"},
		{"{\"instances\":[{\"features\":{\"keys\":[1],\"values\":[1]}}]}",
		 "instance 1 has \"keys\" but no \"shape\""},
		{"{\"instances\":[{\"features\":{\"keys\":[1],\"values\":[1],"
		 "\"shape\":[1]}}]}",
		 "instance 1 has key 1, outside its 1 columns"},
		{"{\"instances\":[{\"features\":{\"keys\":[0,0],\"values\":[1,2],"
		 "\"shape\":[1]}}]}",
		 "instance 1 has key 0 twice"},
		{"{\"instances\":[{\"features\":{\"keys\":[0.5],\"values\":[1],"
		 "\"shape\":[1]}}]}",
		 "JSON has \"0.5],\"values\":[1\" where a column number should be in "
		 "instance 1"},
		{"{\"instances\":[{\"features\":{\"shape\":[3],\"values\":[1]}}]}",
		 "instance 1 has 1 values for a shape of 3"},
		{"{\"instances\":[{\"features\":{\"shape\":[3]}}]}",
		 "instance 1 has no \"values\" in its features"},
		{"{\"a\":\"x\ny\"}", "JSON has \"\" where a closing quote should be"},
		{"{\"a\":\"\\q\"}", "JSON has \"q\"}\" where an escape should be"},
		{"{\"a\":\"\\u12g4\"}",
		 "JSON has \"12g4\"}\" where four hexadecimal digits should be"},
	};
	char deep[400] = "{\"a\":";
	char last[200];
	Failure failure;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
	{
		read_json(wrong[i].text, false, last, &failure);
		assert_string_equal(failure.message, wrong[i].message);
		assert_int_equal(failure.status, LL_MALFORMED);
	}
	memset(deep + strlen(deep), '[', 300);
	read_json(deep, false, last, &failure);
	assert_int_equal(failure.status, LL_LIMIT);
	assert_int_equal(read_json("{\"features\":[1]}\n{\"features\":\n[1]}",
							   true, last, &failure),
					 1);
	assert_string_equal(failure.detail, "Line 2, column 13.");
}

/* Lack of memory, at any allocation, and a wish to stop are reported. */
static void
test_resources(void **state)
{
	static char text[40000];
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	CsvReader reader;
	Failure failure;
	bool found;

	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "1,", 2);
	text[sizeof(text) - 1] = '1';
	for (long allocations = 0;; allocations++)
	{
		Status status;

		runtime = malloc_runtime(&arena);
		arena.allocations_left = allocations;
		csv_init(&reader, &runtime, text, sizeof(text), false, false);
		status = csv_next(&reader, &found, &failure);
		malloc_arena_free(&arena);
		if (status == LL_OK)
			break;
		assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allocations < 100);
	}
	runtime = malloc_runtime(&arena);
	arena.interrupt = true;
	csv_init(&reader, &runtime, text, sizeof(text), false, false);
	assert_int_equal(csv_next(&reader, &found, &failure), LL_CANCELLED);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimal_exact),
		cmocka_unit_test(test_decimal_edges),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_errors),
		cmocka_unit_test(test_libsvm),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_errors),
		cmocka_unit_test(test_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
