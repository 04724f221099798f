/*
 * test_recordio.c
 *		recordIO-protobuf against golden bytes, and what readers must forgive
 * or refuse.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/recordio.h"

/* Made with Google's protobuf on the descriptor of SageMaker's SDK. */
#define DENSE                                                                 \
	"0a23d7ce 34000000 0a1e 0a0676616c756573 1214 1212 0a10 0000c03f "        \
	"00008041 00006041 0000b841 1212 0a0676616c756573 1208 1206 0a04 "        \
	"0000803f"
#define SPARSE                                                                \
	"0a23d7ce 38000000 0a22 0a0676616c756573 1218 1216 0a0c 0000803f "        \
	"00008040 0000803f 1203 000103 1a0104 1212 0a0676616c756573 1208 1206 "   \
	"0a04 00000000"
#define ANSWER                                                                \
	"0a23d7ce 30000000 121b 0a0f7072656469637465645f6c6162656c 1208 1206 "    \
	"0a04 00000000 1211 0a0573636f7265 1208 1206 0a04 cdcccc3e"

/* Turns hexadecimal digits, blanks between them, into bytes. */
static size_t
from_hex(const char *hex, uint8_t *bytes)
{
	size_t count = 0;
	unsigned byte;

	while (*hex != '\0')
	{
		if (*hex == ' ')
			hex++;
		else
		{
			assert_int_equal(sscanf(hex, "%2x", &byte), 1);
			bytes[count++] = (uint8_t) byte;
			hex += 2;
		}
	}
	return count;
}

/* Puts a payload into a frame. */
static size_t
frame(const char *payload, uint8_t *bytes)
{
	size_t length = from_hex(payload, bytes + 8);

	from_hex("0a23d7ce", bytes);
	bytes[4] = (uint8_t) length;
	bytes[5] = (uint8_t) (length >> 8);
	bytes[6] = bytes[7] = 0;
	memset(bytes + 8 + length, 0, 4);
	return 8 + (length + 3) / 4 * 4;
}

/* Writes what a reader got of the first record as text. */
static Status
read_first(const uint8_t *bytes, size_t size, char text[200], Failure *failure)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	/* a copy of just this size, so that the sanitizer sees a step beyond */
	uint8_t *copy = malloc(size);
	RecordReader reader;
	bool found;
	int at = 0;
	Status status;

	memcpy(copy, bytes, size);
	recordio_init(&reader, &runtime, copy, size);
	status = recordio_next(&reader, &found, failure);
	text[0] = '\0';
	if (status == LL_OK && found)
	{
		if (reader.has_features)
			at = snprintf(text, 200, "%u:", reader.features.dimension);
		for (size_t i = 0; reader.has_features && i < reader.features.count;
			 i++)
		{
			if (reader.features.sparse)
				at += snprintf(text + at, 200 - at,
							   "%u=", reader.features.keys[i]);
			at += snprintf(text + at, 200 - at, "%g ",
						   reader.features.values[i]);
		}
		if (reader.has_label)
			snprintf(text + at, 200 - at, "-> %g", reader.label);
	}
	free(copy);
	malloc_arena_free(&arena);
	return status;
}

/* Checks what a payload is read as. */
static void
check_payload(const char *payload, const char *expected)
{
	uint8_t bytes[400];
	char text[200];
	Failure failure = {0};
	size_t size = frame(payload, bytes);

	assert_int_equal(read_first(bytes, size, text, &failure), LL_OK);
	assert_string_equal(text, expected);
}

/* Checks that a payload is refused. */
static void
check_refused(const char *payload, Status expected, const char *message)
{
	uint8_t bytes[400];
	char text[200];
	Failure failure = {0};
	size_t size = frame(payload, bytes);

	assert_int_equal(read_first(bytes, size, text, &failure), expected);
	assert_string_equal(failure.message, message);
}

/* Writes a row; checks the bytes. */
static void
check_written(const RecordRow *row, const char *golden)
{
	uint8_t expected[200];
	uint8_t bytes[200];
	size_t size = from_hex(golden, expected);

	assert_int_equal(recordio_frame_size(row), size);
	assert_ptr_equal(recordio_write_frame(row, bytes), bytes + size);
	assert_memory_equal(bytes, expected, size);
}

/* The writer's bytes are the SDK's, from every format of rows. */
static void
test_write(void **state)
{
	static const float dense[] = {1.5f, 16, 14, 23};
	static const uint8_t bytes[] = {1, 4};
	static const double wide[] = {1.5};
	static const uint32_t index[] = {0, 1, 3};
	static const float value[] = {1, 4, 1};
	RecordRow row = {ROWS_F32, {.dense = dense}, 4, RECORD_LABEL_FLOAT32, 1};

	check_written(&row, DENSE);
	row = (RecordRow){
		ROWS_SPARSE, {NULL, index, value, 3}, 4, RECORD_LABEL_FLOAT32, 0};
	check_written(&row, SPARSE);
	/* scipy's row without entries */
	row.view.count = 0;
	row.label_type = RECORD_LABEL_NONE;
	check_written(&row, "0a23d7ce 11000000 0a0f 0a0676616c756573 1205 1203 "
						"1a0104 000000");
	row = (RecordRow){ROWS_U8, {.dense = bytes}, 2, RECORD_LABEL_NONE, 0};
	check_written(&row, "0a23d7ce 18000000 0a16 0a0676616c756573 120c 120a "
						"0a08 0000803b 0000803c");
	row = (RecordRow){ROWS_F64, {.dense = wide}, 1, RECORD_LABEL_FLOAT64, -2};
	check_written(&row, "0a23d7ce 30000000 0a16 0a0676616c756573 120c 1a0a "
						"0a08 000000000000f83f 1216 0a0676616c756573 120c "
						"1a0a 0a08 00000000000000c0");
}

/* A record of 2^29 bytes has no frame. */
static void
test_write_limit(void **state)
{
	RecordRow row = {.format = ROWS_F32, .dimension = 1u << 27};

	assert_int_equal(recordio_frame_size(&row), 0);
}

/* An MNIST row of the tutorial: 3,184 bytes. */
static void
test_mnist_size(void **state)
{
	RecordRow row = {.format = ROWS_U8,
					 .dimension = 784,
					 .label_type = RECORD_LABEL_FLOAT32};

	assert_int_equal(recordio_frame_size(&row), 3184);
}

/* An endpoint's answer. */
static void
test_answer(void **state)
{
	static const double score[] = {0.4};
	RecordAnswer answer = {score, 1, true, 0};
	uint8_t expected[200];
	uint8_t bytes[200];
	size_t size = from_hex(ANSWER, expected);

	assert_int_equal(recordio_answer_size(&answer), size);
	assert_ptr_equal(recordio_write_answer(&answer, bytes), bytes + size);
	assert_memory_equal(bytes, expected, size);
}

/* Golden records, one after the other. */
static void
test_read(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint8_t bytes[200];
	size_t size = from_hex(DENSE, bytes);
	RecordReader reader;
	Failure failure;
	bool found;

	size += from_hex(SPARSE, bytes + size);
	recordio_init(&reader, &runtime, bytes, size);
	assert_int_equal(recordio_next(&reader, &found, &failure), LL_OK);
	assert_true(found && reader.has_features && reader.has_label);
	assert_false(reader.features.sparse);
	assert_int_equal(reader.features.dimension, 4);
	assert_true(reader.features.values[3] == 23 && reader.label == 1);
	assert_int_equal(recordio_next(&reader, &found, &failure), LL_OK);
	assert_true(found && reader.features.sparse);
	assert_int_equal(reader.features.keys[2], 3);
	assert_true(reader.features.values[1] == 4 && reader.label == 0);
	assert_int_equal(recordio_next(&reader, &found, &failure), LL_OK);
	assert_false(found);
	malloc_arena_free(&arena);
}

/* All that protobuf allows a writer to do. */
static void
test_forgiving(void **state)
{
	/* unpacked, and packed in two runs */
	check_payload("0a16 0a0676616c756573 120c 120a 0d0000c03f 0d00008041",
				  "2:1.5 16 ");
	check_payload("0a18 0a0676616c756573 120e 120c 0a040000c03f 0a0400008041",
				  "2:1.5 16 ");
	/* value before key; the same Value twice is merged */
	check_payload("0a1f 1208 1206 0a040000c03f 0a0676616c756573 1208 1206 "
				  "0a0400008041 9801 01",
				  "2:1.5 16 ");
	/* another kind of tensor replaces the first */
	check_payload("0a1a 0a0676616c756573 1208 1206 0a040000c03f 1206 3a04 "
				  "0a020102",
				  "2:1 2 ");
	/* the last of two entries counts */
	check_payload("0a12 0a0676616c756573 1208 1206 0a040000c03f "
				  "0a12 0a0676616c756573 1208 1206 0a0400008041",
				  "1:16 ");
	/* label first, unknown fields of every wire type, a group with a group */
	check_payload("1212 0a0676616c756573 1208 1206 0a040000803f 1a0178 "
				  "a00601 a1060000000000000000 a50600000000 a2060141 "
				  "a306 ab06 a80601 ac06 a406",
				  "-> 1");
	/* int32 is a varint, negative ones of ten bytes */
	check_payload(
		"0a19 0a0676616c756573 120f 3a0d 0a0b 05ffffffffffffffffff01",
		"2:5 -1 ");
	/* a double label */
	check_payload("1216 0a0676616c756573 120c 1a0a 0a08 00000000000000c0",
				  "-> -2");
	/* keys out of order; shape of two dimensions; no entries at all */
	check_payload("0a1d 0a0676616c756573 1213 1211 0a08 0000803f00000040 "
				  "12020301 1a0104",
				  "4:1=2 3=1 ");
	check_payload("0a17 0a0676616c756573 120d 120b 0a04 0000803f 1a03 010101",
				  "1:1 ");
	check_payload("0a0f 0a0676616c756573 1205 1203 1a0104", "4:");
	/* nothing but an empty message */
	check_payload("", "");
}

/* What is no such record. */
static void
test_refused(void **state)
{
	check_refused("0a12 0a0676616c756573", LL_MALFORMED,
				  "recordIO record 1 is not a protobuf message");
	check_refused("0a18 1206", LL_MALFORMED,
				  "recordIO record 1 is not a protobuf message");
	check_refused("0c", LL_MALFORMED,
				  "recordIO record 1 is not a protobuf message");
	check_refused("0f", LL_MALFORMED,
				  "recordIO record 1 is not a protobuf message");
	check_refused(
		"0a12 0a0678616c756573 1208 1206 0a040000c03f", LL_MALFORMED,
		"recordIO record 1 has no features under the key \"values\"");
	check_refused("0a11 0a0676616c756573 1207 1205 0a030000c0", LL_MALFORMED,
				  "recordIO record 1 has a broken array of values");
	check_refused("0a15 0a0676616c756573 120b 1209 0a040000c03f 120101",
				  LL_MALFORMED, "recordIO record 1 has keys but no shape");
	check_refused("0a18 0a0676616c756573 120e 120c 0a040000c03f 120104 1a0104",
				  LL_MALFORMED,
				  "recordIO record 1 has key 4, outside its 4 columns");
	check_refused("0a18 0a0676616c756573 120e 120c 0a040000c03f 120104 1a0100",
				  LL_MALFORMED, "recordIO record 1 has keys but a shape of 0");
	check_refused("0a18 0a0676616c756573 120e 120c 0a040000c03f 120101 1a0100",
				  LL_MALFORMED, "recordIO record 1 has keys but a shape of 0");
	check_refused("0a19 0a0676616c756573 120f 120d 0a040000c03f 12020102 "
				  "1a0104",
				  LL_MALFORMED, "recordIO record 1 has 2 keys for 1 values");
	check_refused("0a15 0a0676616c756573 120b 1209 0a040000c03f 1a0102",
				  LL_MALFORMED,
				  "recordIO record 1 has 1 values for a shape of 2");
	check_refused("0a0e 0a0676616c756573 1204 4a02 0a00", LL_UNSUPPORTED,
				  "recordIO record 1 has bytes as its features, not numbers");
	check_refused("1216 0a0676616c756573 120c 120a 0a08 0000803f0000803f",
				  LL_UNSUPPORTED,
				  "recordIO record 1 has a label of 2 numbers");
}

/* Every cut of a record is refused, and so are foreign frames. */
static void
test_frames(void **state)
{
	uint8_t bytes[200];
	size_t size = from_hex(DENSE, bytes);
	char text[200];
	Failure failure;

	for (size_t cut = 1; cut < size; cut++)
		assert_int_equal(read_first(bytes, cut, text, &failure), LL_MALFORMED);
	bytes[0] = 0;
	assert_int_equal(read_first(bytes, size, text, &failure), LL_MALFORMED);
	assert_string_equal(
		failure.message,
		"recordIO record 1 starts with ced72300 instead of ced7230a");
	bytes[0] = 0x0a;
	bytes[7] = 0x20;
	assert_int_equal(read_first(bytes, size, text, &failure), LL_MALFORMED);
	assert_string_equal(failure.message, "recordIO record 1 has no last part");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),	   cmocka_unit_test(test_write_limit),
		cmocka_unit_test(test_mnist_size), cmocka_unit_test(test_answer),
		cmocka_unit_test(test_read),	   cmocka_unit_test(test_forgiving),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
