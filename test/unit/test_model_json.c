/*
 * test_model_json.c
 *		Models as JSON: the same bytes come back, whatever the order of members;
 *		what is no model is refused, and memory that runs out is said.
 */
#include "formats/model_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/columns/columns.h"
#include "core/model/model.h"
#include "formats/base64.h"
#include "formats/json_value.h"
#include "mixed_columns.h"
#include "model_fixture.h"
#include "unit.h"

#define UNKNOWN_TAG 40

/* The JSON of a fixture's bytes, ended by a zero. */
static char *
write_json(Fixture *f, bool ascii)
{
	char *text, *copy;
	size_t length;

	assert_int_equal(model_json_write(f->bytes, f->size, ascii, &f->runtime,
									  &text, &length, &f->failure),
					 LL_OK);
	copy = runtime_allocate(&f->runtime, length + 1);
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

/* Reads a copy that ends where its memory ends. */
static Status
read_json(Fixture *f, const char *text, size_t length, uint8_t **bytes,
		  size_t *size)
{
	char *copy = malloc(length > 0 ? length : 1);
	Status status;

	memcpy(copy, text, length);
	memset(&f->failure, 0, sizeof(f->failure));
	status =
		model_json_read(copy, length, &f->runtime, bytes, size, &f->failure);
	free(copy);
	return status;
}

static void
expect_same(Fixture *f, const char *text)
{
	uint8_t *bytes;
	size_t size;

	assert_int_equal(read_json(f, text, strlen(text), &bytes, &size), LL_OK);
	assert_int_equal(size, f->size);
	assert_memory_equal(bytes, f->bytes, size);
}

/* Every section by its schema, none as base64. */
static void
comes_back(Fixture *f)
{
	char *plain = write_json(f, false), *ascii = write_json(f, true);

	assert_null(strstr(plain, "base64"));
	expect_same(f, plain);
	expect_same(f, ascii);
	for (const char *at = ascii; *at != '\0'; at++)
		assert_true((unsigned char) *at < 0x80);
}

static void
models_come_back(void **state)
{
	for_each_model(comes_back);
}

/* A model of a table's rows, with columns and pieces of every kind. */
static void
open_table(Fixture *f, Columns *columns)
{
	Model *model = &f->model;

	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	mixed_columns(&f->runtime, columns);
	columns->offset = "o\xc3\xa4";
	model->predictor = PREDICTOR_REGRESSOR;
	model->loss = LOSS_SQUARED;
	model->format = ROWS_SPARSE;
	model->byte_unit = 1.0;
	model->texts_are_utf8 = true;
	model->dimension = columns->width;
	model->outputs = 1;
	model->columns = columns;
	model->weights = numbers(f, columns->width, 1);
	model->bias = numbers(f, 1, 2);
	model->feature_mean = numbers(f, columns->width, 3);
	model->feature_deviation = numbers(f, columns->width, 4);
	hyperparameters_init(&model->settings);
	assert_int_equal(
		model_encode(model, &f->runtime, &f->bytes, &f->size, &f->failure),
		LL_OK);
}

static void
tables_come_back(void **state)
{
	Fixture f;
	Columns columns;

	open_table(&f, &columns);
	comes_back(&f);
	close_fixture(&f);
}

/* Appends a section to a fixture's bytes. */
static void
append_section(Fixture *f, uint32_t tag, const char *payload, size_t length)
{
	size_t padded = (length + 7) / 8 * 8;
	uint8_t *bytes =
		runtime_allocate_zero(&f->runtime, f->size + 16 + padded, 1);
	uint64_t size = length;

	memcpy(bytes, f->bytes, f->size);
	memcpy(bytes + f->size, &tag, sizeof(tag));
	memcpy(bytes + f->size + 8, &size, sizeof(size));
	memcpy(bytes + f->size + 16, payload, length);
	f->bytes = bytes;
	f->size += 16 + padded;
	fix_checksum(f->bytes, f->size);
}

static void
unknown_sections_come_back(void **state)
{
	Fixture f;
	char *text;

	open_fixture(&f, PREDICTOR_REGRESSOR, CALIBRATE_NONE);
	append_section(&f, UNKNOWN_TAG, "hi!", 3);
	text = write_json(&f, false);
	assert_non_null(strstr(text, "\"section_40\": {\"base64\": \"aGkh\"}"));
	expect_same(&f, text);
	/* what stands between the sections makes one text of all bytes */
	f.bytes[f.size - 1] = 1;
	fix_checksum(f.bytes, f.size);
	text = write_json(&f, false);
	assert_null(strstr(text, "sections"));
	expect_same(&f, text);
	close_fixture(&f);
}

/* A NaN of other bits than ours has no number: its section is base64. */
static void
other_bits_come_back(void **state)
{
	static const uint64_t payload = UINT64_C(0x7ff8000000000123);
	Fixture f;
	char *text;

	open_fixture(&f, PREDICTOR_REGRESSOR, CALIBRATE_NONE);
	append_section(&f, 13, (const char *) &payload, sizeof(payload));
	text = write_json(&f, false);
	assert_non_null(strstr(text, "\"threshold\": {\"base64\": "));
	expect_same(&f, text);
	close_fixture(&f);
}

/* Replaces the first place of a text by another. */
static char *
replaced(Fixture *f, const char *text, const char *old, const char *new)
{
	const char *found = strstr(text, old);
	size_t size = strlen(text) + strlen(new) + 1;
	char *changed = runtime_allocate_zero(&f->runtime, size, 1);

	assert_non_null(found);
	memcpy(changed, text, found - text);
	strcat(changed, new);
	strcat(changed, found + strlen(old));
	return changed;
}

static void
refuse(Fixture *f, const char *text, const char *detail)
{
	uint8_t *bytes;
	size_t size;

	assert_int_equal(read_json(f, text, strlen(text), &bytes, &size),
					 LL_MALFORMED);
	if (detail != NULL && strstr(f->failure.detail, detail) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", detail, f->failure.detail);
}

static void
others_are_refused(void **state)
{
	Fixture f;
	char *text;

	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_PLATT);
	text = write_json(&f, false);
	refuse(&f, "", "it is no JSON");
	refuse(&f, "null", "it is no object");
	refuse(&f, "{}", "linlearn: it is missing");
	refuse(&f, "{\"linlearn\": 2}", "this release reads 1");
	refuse(&f, "{\"linlearn\": 1, \"format\": 1, \"sections\": []}", NULL);
	refuse(&f, replaced(&f, text, "\"shape\"", "\"shapes\""),
		   "the name of no section");
	refuse(&f, replaced(&f, text, "\"feature_dim\": 3", "\"feature_dim\": 4"),
		   "an item is missing");
	refuse(&f, replaced(&f, text, "\"feature_dim\": 3", "\"feature_dim\": 2"),
		   "more than 2 items");
	refuse(&f, replaced(&f, text, "\"feature_dim\": 3", "\"feature_dim\": -3"),
		   "no whole number");
	refuse(&f, replaced(&f, text, "\"loss\": \"logistic\"", "\"loss\": 0"),
		   "none of the words");
	refuse(&f, replaced(&f, text, "\"gap\": ", "\"gap\": 1e999, \"x\": "),
		   "it is no number");
	refuse(&f, replaced(&f, text, "\"gap\": ", "\"x\": 1, \"gap\": "),
		   "no member is called \"x\"");
	refuse(&f, replaced(&f, text, "\"gap\": ", "\"gap\": 1, \"gap\": "),
		   "there twice");
	refuse(&f,
		   replaced(&f, text, "\"label\": \"one\"", "\"label\": \"\\ud800\""),
		   "no string in UTF-8");
	refuse(&f,
		   replaced(&f, text, "\"label\": \"one\"", "\"label\": \"\\u0000\""),
		   "no string in UTF-8");
	refuse(&f, replaced(&f, text, "\"given\": false", "\"given\": 0"),
		   "neither true nor false");
	/* by the check of a model's bytes, behind that of the schema */
	refuse(&f, replaced(&f, text, "\"best_trial\": 2", "\"best_trial\": 3"),
		   NULL);
	assert_non_null(strstr(f.failure.message, "model is damaged"));
	refuse(&f, "{\"linlearn\": 1, \"base64\": \"aGkh\"}", NULL);
	refuse(&f, "{\"linlearn\": 1, \"base64\": \"aGk\"}", "it is no base64");
	close_fixture(&f);
}

/* The sections' order is that of the schemas where none is said. */
static void
order_may_be_left_out(void **state)
{
	Fixture f;
	char *text, *begin, *end;

	open_fixture(&f, PREDICTOR_MULTICLASS, CALIBRATE_NONE);
	text = write_json(&f, false);
	begin = strstr(text, "\"sections\"");
	end = strstr(begin, "],");
	memmove(begin, end + 2, strlen(end + 2) + 1);
	expect_same(&f, text);
	close_fixture(&f);
}

/* Every byte of the text changed: refused, or read; nothing else. */
static void
changed_texts_are_safe(void **state)
{
	static const char changes[] = "\"[{}],:0x\\\xff";
	Fixture f;
	char *text;
	size_t length;

	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_ISOTONIC);
	text = write_json(&f, false);
	length = strlen(text);
	for (size_t i = 0; i < length; i += 7)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		uint8_t *bytes;
		size_t size;
		char before = text[i];

		text[i] = changes[i / 7 % (sizeof(changes) - 1)];
		(void) model_json_read(text, length, &runtime, &bytes, &size,
							   &failure);
		text[i] = before;
		(void) model_json_read(text, i, &runtime, &bytes, &size, &failure);
		malloc_arena_free(&arena);
	}
	close_fixture(&f);
}

/* Fails at every allocation once. */
static void
memory_may_run_out(void **state)
{
	Fixture f;
	char *text;
	size_t length;

	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_PLATT);
	text = write_json(&f, false);
	length = strlen(text);
	for (long allowed = 0;; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure = {0};
		uint8_t *bytes;
		char *again;
		size_t size;
		Status status;

		arena.allocations_left = allowed;
		status =
			model_json_read(text, length, &runtime, &bytes, &size, &failure);
		if (status == LL_OK)
			status = model_json_write(bytes, size, false, &runtime, &again,
									  &size, &failure);
		malloc_arena_free(&arena);
		if (status == LL_OK)
			break;
		assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allowed < 10000);
	}
	close_fixture(&f);
}

/* The examples of RFC 4648, and what is none. */
static void
base64_is_that_of_the_rfc(void **state)
{
	static const char *const pairs[][2] = {{"", ""},
										   {"f", "Zg=="},
										   {"fo", "Zm8="},
										   {"foo", "Zm9v"},
										   {"foob", "Zm9vYg=="},
										   {"fooba", "Zm9vYmE="},
										   {"foobar", "Zm9vYmFy"}};
	static const char *const wrong[] = {
		"Z", "Zg=", "Zh==", "Zm9=", "====", "Zg==Zg==", "Z g=", "Zm9\xff"};
	uint8_t bytes[16];
	char text[16];
	size_t count;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
	{
		size_t size = strlen(pairs[i][0]);

		base64_encode((const uint8_t *) pairs[i][0], size, text);
		assert_memory_equal(text, pairs[i][1], BASE64_SIZE(size));
		assert_true(
			base64_decode(pairs[i][1], strlen(pairs[i][1]), bytes, &count));
		assert_int_equal(count, size);
		assert_memory_equal(bytes, pairs[i][0], size);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(base64_decode(wrong[i], strlen(wrong[i]), bytes, &count));
}

/* How often the host may be asked before it interrupts. */
static int asks_left;

static bool
interrupts_soon(void *context)
{
	return asks_left-- <= 0;
}

/* A long string, a long number, many brackets, blanks: none is read to its end. */
static void
long_texts_are_interrupted(void **state)
{
	static const char *const kinds[] = {"{\"a\": \"", "{\"a\": 1", "{\"a\": [",
										"{", "{\"a\": \"\\"};
	static const char fill[] = "x1\" \\";
	size_t length = 1 << 20;
	char *text = malloc(length);

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		uint8_t *bytes;
		size_t size;

		memset(text, fill[k], length);
		memcpy(text, kinds[k], strlen(kinds[k]));
		runtime.interrupted = interrupts_soon;
		asks_left = 8;
		assert_int_equal(
			model_json_read(text, length, &runtime, &bytes, &size, &failure),
			LL_CANCELLED);
		malloc_arena_free(&arena);
	}
	free(text);
}

static void
what_is_no_array_has_no_items(void **state)
{
	JsonWalk walk;
	JsonValue value, item;
	JsonMember member;

	memset(&walk, 0, sizeof(walk)); /* not broken */
	assert_true(json_value_of("{}", 2, NULL, &value));
	assert_false(json_walk_begin(&walk, value, '[', NULL));
	assert_true(walk.broken);
	assert_false(json_walk_item(&walk, &item));
	assert_false(json_walk_member(&walk, &member));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_come_back),
		cmocka_unit_test(tables_come_back),
		cmocka_unit_test(unknown_sections_come_back),
		cmocka_unit_test(other_bits_come_back),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(order_may_be_left_out),
		cmocka_unit_test(changed_texts_are_safe),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(what_is_no_array_has_no_items),
		cmocka_unit_test(long_texts_are_interrupted),
		cmocka_unit_test(base64_is_that_of_the_rfc)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
