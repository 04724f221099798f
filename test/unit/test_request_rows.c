/*
 * test_request_rows.c
 *		Requests to models of a table's columns: fields of CSV, rows of JSON.
 */
#include "unit.h"

#include "formats/csv_record.h"
#include "formats/json_rows.h"

static const JsonRowNames no_columns;

/* Checks the fields of all records of a text, joined by bars, a line a record. */
static void
check_csv(const char *text, const char *expected)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	CsvRecords records;
	Failure failure;
	char joined[256] = "";
	bool found;

	csv_records_init(&records, &runtime, text, strlen(text));
	for (;;)
	{
		assert_int_equal(csv_records_next(&records, 16, &found, &failure),
						 LL_OK);
		if (!found)
			break;
		for (size_t i = 0; i < records.count; i++)
		{
			const CsvField *field = &records.fields[i];

			if (i > 0)
				strcat(joined, "|");
			if (field->quoted)
				strcat(joined, "'");
			strncat(joined, field->begin, field->length);
		}
		strcat(joined, "\n");
	}
	assert_string_equal(joined, expected);
	malloc_arena_free(&arena);
}

static void
test_csv_fields(void **state)
{
	(void) state;
	check_csv("", "");
	check_csv("\n \n\r\n", "");
	check_csv("a", "a\n");
	check_csv("a,b\n1,2\n", "a|b\n1|2\n");
	check_csv("a,b\r\n1,2\r\n", "a|b\n1|2\n");
	check_csv("\xef\xbb\xbf"
			  "a\n",
			  "a\n");
	check_csv(",\n", "|\n");
	check_csv(" a ,b\n", " a |b\n");
	check_csv("\"a,b\",\"\",c", "'a,b|'|c\n");
	check_csv("\"a\"\"b\",\"\"\"\",\"\"\"\"\"\"\n", "'a\"b|'\"|'\"\"\n");
	check_csv("\"a\nb\",\"c\r\nd\"\ne,f", "'a\nb|'c\r\nd\ne|f\n");
	check_csv("a\"b,c\"\n", "a\"b|c\"\n");
}

/* Checks the failure that reading a text ends in. */
static void
check_csv_failure(const char *text, Status expected, const char *message)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	CsvRecords records;
	Failure failure = {0};
	bool found = true;
	Status status = LL_OK;

	csv_records_init(&records, &runtime, text, strlen(text));
	while (status == LL_OK && found)
		status = csv_records_next(&records, 4, &found, &failure);
	assert_int_equal(status, expected);
	assert_string_equal(failure.message, message);
	malloc_arena_free(&arena);
}

static void
test_csv_failures(void **state)
{
	(void) state;
	check_csv_failure("a\n\"b", LL_MALFORMED, "unclosed quote in CSV line 2");
	check_csv_failure("a\n1,\"b\"c\n", LL_MALFORMED,
					  "text after a closing quote in CSV line 2, field 2");
	check_csv_failure("\"a\nb\"\n\"x\"\"", LL_MALFORMED,
					  "unclosed quote in CSV line 3");
	check_csv_failure("1,2,3,4,5\n", LL_LIMIT,
					  "CSV line 1 has more than 4 fields");
}

/* Checks the rows of a text: each after "o" or "a", object or array. */
static void
check_json(const char *text, bool lines, const JsonRowNames *names,
		   const char *expected)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	JsonRows rows;
	Failure failure;
	char joined[256] = "";
	bool found;

	json_rows_init(&rows, &runtime, text, strlen(text), lines, names);
	for (;;)
	{
		assert_int_equal(json_rows_next(&rows, &found, &failure), LL_OK);
		if (!found)
			break;
		strcat(joined, rows.array ? "a" : "o");
		strncat(joined, rows.begin, rows.length);
		strcat(joined, "\n");
	}
	assert_string_equal(joined, expected);
	malloc_arena_free(&arena);
}

static void
test_json_rows(void **state)
{
	JsonRowNames features = {.features = true},
				 instances = {.instances = true};
	JsonRowNames values = {.values = true}, data = {.data = true};

	(void) state;
	check_json("{\"instances\": []}", false, &no_columns, "");
	check_json(
		"{\"instances\": [{\"features\": {\"a\": 1}} , {\"b\": 2}, [3]]}",
		false, &no_columns, "o{\"a\": 1}\no{\"b\": 2}\na[3]\n");
	check_json(
		"{\"x\": [1], \"instances\": [{\"features\": [1, null]}], \"y\": 1}",
		false, &no_columns, "a[1, null]\n");
	check_json(
		"{\"instances\": [{\"data\": {\"features\": {\"values\": [1]}}}]}",
		false, &no_columns, "a[1]\n");
	check_json(" {\"a\": {\"values\": 2}} ", false, &no_columns,
			   "o{\"a\": {\"values\": 2}}\n");
	check_json("{\"features\": {\"a\": 2}}", false, &no_columns,
			   "o{\"a\": 2}\n");
	check_json("{\"a\": 1}\n\n[2]\r\n{\"features\":{}}", true, &no_columns,
			   "o{\"a\": 1}\na[2]\no{}\n");
	/* a member that is called like a column is one */
	check_json("{\"features\": {\"a\": 2}}", false, &features,
			   "o{\"features\": {\"a\": 2}}\n");
	check_json("{\"instances\": [1]}", false, &instances,
			   "o{\"instances\": [1]}\n");
	check_json("{\"features\": {\"values\": [1]}}", true, &values,
			   "o{\"values\": [1]}\n");
	check_json("{\"data\": {\"features\": [1]}}", true, &data,
			   "o{\"data\": {\"features\": [1]}}\n");
}

/* Checks the failure that reading a document ends in. */
static void
check_json_failure(const char *text, Status expected, const char *message)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	JsonRows rows;
	Failure failure = {0};
	bool found = true;
	Status status = LL_OK;

	json_rows_init(&rows, &runtime, text, strlen(text), false, &no_columns);
	while (status == LL_OK && found)
		status = json_rows_next(&rows, &found, &failure);
	assert_int_equal(status, expected);
	assert_string_equal(failure.message, message);
	malloc_arena_free(&arena);
}

static void
test_json_failures(void **state)
{
	(void) state;
	check_json_failure("", LL_MALFORMED,
					   "JSON ends where an object should be");
	check_json_failure("[1]", LL_MALFORMED,
					   "JSON has \"[1]\" where an object should be");
	check_json_failure("{\"a\": 1} {", LL_MALFORMED,
					   "JSON has \"{\" where the end should be in instance 1");
	check_json_failure(
		"{\"instances\": [{}", LL_MALFORMED,
		"JSON ends where \",\" or \"]\" should be in instance 1");
	check_json_failure("{\"instances\": [], \"instances\": []}", LL_MALFORMED,
					   "JSON document has \"instances\" twice");
	check_json_failure(
		"{\"instances\": [{\"features\": 1}]}", LL_MALFORMED,
		"JSON has \"1}]}\" where an object or array of features "
		"should be in instance 1");
	check_json_failure(
		"{\"features\": {\"values\": 1}}", LL_MALFORMED,
		"JSON has \"1}}\" where an array of values should be in "
		"instance 1");
	check_json_failure("{\"features\": {\"keys\": [0], \"values\": [1]}}",
					   LL_UNSUPPORTED,
					   "instance 1 has sparse features, but the model takes "
					   "rows of a table");
}

/* Without memory, or interrupted, both end with the status that says so. */
static void
test_resources(void **state)
{
	static const char text[] = "\"a\"\"b\",\"c\"\"d\"\n";
	MallocArena arena;
	Runtime runtime;
	CsvRecords records;
	JsonRows rows;
	Failure failure;
	bool found;

	(void) state;
	for (long allocations = 0; allocations < 2; allocations++)
	{
		runtime = malloc_runtime(&arena);
		arena.allocations_left = allocations;
		csv_records_init(&records, &runtime, text, sizeof(text) - 1);
		assert_int_equal(csv_records_next(&records, 4, &found, &failure),
						 LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
	runtime = malloc_runtime(&arena);
	arena.interrupt = true;
	csv_records_init(&records, &runtime, text, sizeof(text) - 1);
	assert_int_equal(csv_records_next(&records, 4, &found, &failure),
					 LL_CANCELLED);
	json_rows_init(&rows, &runtime, "{}", 2, true, &no_columns);
	assert_int_equal(json_rows_next(&rows, &found, &failure), LL_CANCELLED);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv_fields),
		cmocka_unit_test(test_csv_failures),
		cmocka_unit_test(test_json_rows),
		cmocka_unit_test(test_json_failures),
		cmocka_unit_test(test_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
