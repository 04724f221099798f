/*
 * test_formats.c
 *		gzip, idx, number arrays, digit sets, drawn digits.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "formats/digits.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "formats/synthetic.h"

/* Pack bytes as a gzip member; returns its length. */
static size_t
pack(const uint8_t *bytes, size_t length, uint8_t *packed, size_t room)
{
	z_stream stream;

	memset(&stream, 0, sizeof(stream));
	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (uint8_t *) bytes;
	stream.avail_in = (uInt) length;
	stream.next_out = packed;
	stream.avail_out = (uInt) room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return room - stream.avail_out;
}

/* Unpack and expect a status and a mention in the message. */
static void
expect_unpack(const uint8_t *packed, size_t length, size_t limit,
			  Status expected, const char *mention)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure = {0};
	uint8_t *copy = malloc(length > 0 ? length : 1);
	uint8_t *bytes;
	size_t unpacked;
	Status status;

	memcpy(copy, packed, length);
	status = gzip_unpack(&runtime, copy, length, limit, &bytes, &unpacked,
						 &failure);
	if (status != expected ||
		(status != LL_OK && strstr(failure.message, mention) == NULL))
		fail_msg("status %d instead of %d: %s", status, expected,
				 failure.message);
	/* what failed has given everything back */
	if (status != LL_OK)
		assert_int_equal(arena.count, 0);
	malloc_arena_free(&arena);
	free(copy);
}

static void
test_gzip_round_trip(void **state)
{
	uint8_t bytes[5000];
	uint8_t packed[8000];
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	uint8_t *unpacked;
	size_t length;
	size_t first;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t) (i * i >> 3);
	first = pack(bytes, 3000, packed, sizeof(packed));
	length = first +
			 pack(bytes + 3000, 2000, packed + first, sizeof(packed) - first);
	assert_true(gzip_detect(packed, length));
	assert_int_equal(gzip_unpack(&runtime, packed, length, 5000, &unpacked,
								 &length, &failure),
					 LL_OK);
	assert_int_equal(length, 5000);
	assert_memory_equal(unpacked, bytes, 5000);
	malloc_arena_free(&arena);
}

static void
test_gzip_truncated(void **state)
{
	uint8_t bytes[2000];
	uint8_t packed[3000];
	size_t length;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t) (i * 37 >> 2);
	length = pack(bytes, sizeof(bytes), packed, sizeof(packed));
	for (size_t cut = 3; cut < length; cut++)
		expect_unpack(packed, cut, 1 << 20, LL_MALFORMED, "truncated");
	for (size_t cut = 0; cut < 3; cut++)
		expect_unpack(packed, cut, 1 << 20, LL_MALFORMED, "not a gzip");
	expect_unpack(packed, length, 2000, LL_OK, "");
	expect_unpack(packed, length, 1999, LL_LIMIT, "more than 1999 bytes");
	expect_unpack(packed, length, 0, LL_LIMIT, "more than 0 bytes");
	packed[length] = 'x';
	expect_unpack(packed, length + 1, 1 << 20, LL_MALFORMED,
				  "followed by 1 other bytes");
	packed[length / 2] ^= 0x55;
	expect_unpack(packed, length, 1 << 20, LL_MALFORMED, "gzip file is");
}

/* A bomb ends at the limit, whatever its trailer claims. */
static void
test_gzip_bomb(void **state)
{
	size_t size = 64 << 20;
	uint8_t *zeros = calloc(size, 1);
	uint8_t *packed = malloc(1 << 20);
	size_t length = pack(zeros, size, packed, 1 << 20);

	expect_unpack(packed, length, 1 << 20, LL_LIMIT, "more than 1048576");
	memset(packed + length - 4, 0, 4);
	expect_unpack(packed, length, 1 << 20, LL_LIMIT, "more than 1048576");
	memset(packed + length - 4, 0xFF, 4);
	expect_unpack(packed, length, 1 << 20, LL_LIMIT, "more than 1048576");
	free(zeros);
	free(packed);
}

static void
test_gzip_out_of_memory(void **state)
{
	uint8_t bytes[100] = {1};
	uint8_t packed[200];
	size_t length = pack(bytes, sizeof(bytes), packed, sizeof(packed));

	/* a wrong trailer, so that the output has to grow */
	packed[length - 4] = 1;
	for (long allowed = 0; allowed < 4; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure;
		uint8_t *unpacked;
		size_t size;

		arena.allocations_left = allowed;
		assert_int_equal(gzip_unpack(&runtime, packed, length, 1000, &unpacked,
									 &size, &failure),
						 LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
}

/* Two pictures of 2 by 2, as an idx file of a type. */
static const uint8_t idx_pictures[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,
									   0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 255};

static void
test_idx(void **state)
{
	static const uint8_t floats[] = {0, 0, 0x0D, 1,	   0,	 0,
									 0, 1, 0x40, 0x49, 0x0F, 0xDB};
	static const uint8_t shorts[] = {0, 0, 0x0B, 1, 0, 0, 0, 1, 0xFF, 0xFE};
	static const uint8_t doubles[] = {0,	0,	  0x0E, 1, 0, 0, 0, 1,
									  0xC0, 0x10, 0,	0, 0, 0, 0, 0};
	NumberArray array;
	Failure failure;

	assert_int_equal(
		idx_parse(idx_pictures, sizeof(idx_pictures), &array, &failure),
		LL_OK);
	assert_int_equal(array.rows, 2);
	assert_int_equal(array.width, 4);
	assert_true(numbers_at(&array, 1, 3) == 255);
	assert_int_equal(idx_parse(floats, sizeof(floats), &array, &failure),
					 LL_OK);
	assert_true((float) numbers_at(&array, 0, 0) == 3.14159274f);
	assert_int_equal(idx_parse(shorts, sizeof(shorts), &array, &failure),
					 LL_OK);
	assert_true(numbers_at(&array, 0, 0) == -2);
	assert_int_equal(idx_parse(doubles, sizeof(doubles), &array, &failure),
					 LL_OK);
	assert_true(numbers_at(&array, 0, 0) == -4);
}

/* Change one byte of the pictures, and expect a failure. */
static void
expect_idx_failure(size_t at, uint8_t value, const char *mention)
{
	uint8_t bytes[sizeof(idx_pictures)];
	NumberArray array;
	Failure failure;

	memcpy(bytes, idx_pictures, sizeof(bytes));
	bytes[at] = value;
	assert_int_equal(idx_parse(bytes, sizeof(bytes), &array, &failure),
					 LL_MALFORMED);
	if (strstr(failure.message, mention) == NULL)
		fail_msg("%s", failure.message);
}

static void
test_idx_malformed(void **state)
{
	NumberArray array;
	Failure failure;

	for (size_t length = 0; length < sizeof(idx_pictures); length++)
	{
		uint8_t *copy = malloc(length > 0 ? length : 1);

		memcpy(copy, idx_pictures, length);
		assert_int_equal(idx_parse(copy, length, &array, &failure),
						 LL_MALFORMED);
		free(copy);
	}
	expect_idx_failure(0, 1, "0x0100");
	expect_idx_failure(2, 0x0A, "unknown type 0x0a");
	expect_idx_failure(3, 0, "0 dimensions");
	expect_idx_failure(3, 9, "9 dimensions");
	expect_idx_failure(4, 0xFF, "bytes of data instead of");
	expect_idx_failure(7, 1, "8 bytes of data instead of 4");
}

/* Dimensions whose product overflows. */
static void
test_idx_overflow(void **state)
{
	uint8_t bytes[4 + 8 * 4];
	NumberArray array;
	Failure failure;

	memset(bytes, 0xFF, sizeof(bytes));
	bytes[0] = bytes[1] = 0;
	bytes[2] = 8;
	bytes[3] = 8;
	assert_int_equal(idx_parse(bytes, sizeof(bytes), &array, &failure),
					 LL_MALFORMED);
	assert_non_null(strstr(failure.message, "too large"));
	/* 2^31 * 2^31 * 4 is 0 modulo 2^64, which would fit an empty file */
	memset(bytes + 4, 0, 12);
	bytes[3] = 3;
	bytes[4] = bytes[8] = 0x80;
	bytes[15] = 4;
	assert_int_equal(idx_parse(bytes, 16, &array, &failure), LL_MALFORMED);
	/* many rows of nothing are no rows */
	bytes[11] = bytes[15] = 0;
	assert_int_equal(idx_parse(bytes, 16, &array, &failure), LL_OK);
	assert_int_equal(array.rows, 0);
}

/* Make an array of floats, one picture a row. */
static NumberArray
float_array(const float *values, size_t rows, size_t width)
{
	NumberArray array = {.type = NUMBER_FLOAT32, .dimensions = 2};
	Failure failure;

	array.shape[0] = rows;
	array.shape[1] = width;
	array.data = (const uint8_t *) values;
	assert_int_equal(numbers_check(&array, rows * width * 4, "test", &failure),
					 LL_OK);
	return array;
}

/* Scan one picture of four pixels and expect what it becomes. */
static void
expect_pixels(const float *values, const uint8_t *expected)
{
	static const float labels[] = {3};
	NumberArray images = float_array(values, 1, 4);
	NumberArray label = float_array(labels, 1, 1);
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	DigitSet set = {0};
	Failure failure;
	uint8_t pixels[4];
	int number;

	assert_int_equal(digits_add(&set, SPLIT_TEST, &images, &label, &failure),
					 LL_OK);
	if (digits_scan(&runtime, &set, &failure) != LL_OK)
	{
		assert_null(expected);
		assert_int_equal(failure.status, LL_INVALID);
		malloc_arena_free(&arena);
		return;
	}
	assert_non_null(expected);
	assert_int_equal(
		digits_row(&set, SPLIT_TEST, 0, pixels, &number, &failure), LL_OK);
	assert_int_equal(number, 3);
	assert_memory_equal(pixels, expected, 4);
	malloc_arena_free(&arena);
}

static void
test_pixel_scale(void **state)
{
	static const float k256[] = {0, 1 / 256.f, 128 / 256.f, 255 / 256.f};
	static const float k255[] = {0, 1 / 255.f, 128 / 255.f, 1};
	static const float k1[] = {0, 1, 128, 255};
	static const float negative[] = {0, -1, 128, 255};
	static const float large[] = {0, 1, 128, 256};
	static const float not_finite[] = {0, 1, 0.f / 0.f, 3};
	static const uint8_t expected[] = {0, 1, 128, 255};

	expect_pixels(k256, expected);
	expect_pixels(k255, expected);
	expect_pixels(k1, expected);
	expect_pixels(negative, NULL);
	expect_pixels(large, NULL);
	expect_pixels(not_finite, NULL);
}

static void
test_digit_set(void **state)
{
	static const float values[12] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
	static const float labels[6] = {0, 1, 2, 3, 4, 5.5f};
	NumberArray images = float_array(values, 6, 2);
	NumberArray wide = float_array(values, 4, 3);
	NumberArray numbers = float_array(labels, 6, 1);
	NumberArray few = float_array(labels, 4, 1);
	DigitSet set = {0};
	Failure failure;
	uint8_t pixels[2];
	int label;

	assert_int_equal(digits_add(&set, SPLIT_TRAIN, &images, &few, &failure),
					 LL_MALFORMED);
	assert_non_null(strstr(failure.message, "6 pictures, but 4 labels"));
	assert_int_equal(
		digits_add(&set, SPLIT_TRAIN, &images, &numbers, &failure), LL_OK);
	assert_int_equal(digits_add(&set, SPLIT_TEST, &wide, &few, &failure),
					 LL_MALFORMED);
	assert_non_null(strstr(failure.message, "3 pixels, others 2"));
	digits_split_validation(&set, 2);
	assert_int_equal(set.splits[SPLIT_TRAIN].rows, 4);
	assert_int_equal(set.splits[SPLIT_VALIDATION].rows, 2);
	set.pixel_scale = 1;
	assert_int_equal(
		digits_row(&set, SPLIT_VALIDATION, 0, pixels, &label, &failure),
		LL_OK);
	assert_int_equal(label, 4);
	assert_int_equal(pixels[1], 4);
	assert_int_equal(
		digits_row(&set, SPLIT_VALIDATION, 1, pixels, &label, &failure),
		LL_INVALID);
	assert_non_null(strstr(failure.message, "label 5.5 of picture 1 of "
											"validation"));
}

/* Slices of an array in Fortran order keep its strides. */
static void
test_column_major_slice(void **state)
{
	static const uint8_t bytes[] = {1, 4, 7, 2, 5, 8};
	NumberArray array = {.type = NUMBER_UINT8, .dimensions = 2};
	NumberArray slice;
	Failure failure;
	double row[2];

	array.column_major = true;
	array.shape[0] = 3;
	array.shape[1] = 2;
	array.data = bytes;
	assert_int_equal(numbers_check(&array, 6, "test", &failure), LL_OK);
	slice = numbers_slice(&array, 1, 2);
	numbers_row(&slice, 1, row);
	assert_true(row[0] == 7 && row[1] == 8);
	assert_null(numbers_row_bytes(&slice, 0));
}

/* Drawn digits depend on seed, split and id, and on nothing else. */
static void
test_synthetic(void **state)
{
	uint8_t first[SYNTHETIC_PIXELS];
	uint8_t second[SYNTHETIC_PIXELS];
	int counts[10] = {0};
	int label = synthetic_draw(1, 0, 7, first);

	assert_int_equal(synthetic_draw(1, 0, 7, second), label);
	assert_memory_equal(first, second, SYNTHETIC_PIXELS);
	synthetic_draw(2, 0, 7, second);
	assert_memory_not_equal(first, second, SYNTHETIC_PIXELS);
	synthetic_draw(1, 1, 7, second);
	assert_memory_not_equal(first, second, SYNTHETIC_PIXELS);
	synthetic_draw(1, 0, 8, second);
	assert_memory_not_equal(first, second, SYNTHETIC_PIXELS);
	for (int i = 0; i < 10000; i++)
	{
		int ink = 0;

		label = synthetic_draw(0, 0, (uint64_t) i, first);
		assert_true(label >= 0 && label <= 9);
		counts[label]++;
		for (int p = 0; p < SYNTHETIC_PIXELS; p++)
			ink += first[p] >= 128;
		assert_true(ink >= 10 && ink <= 350);
	}
	for (int i = 0; i < 10; i++)
		assert_true(counts[i] >= 850 && counts[i] <= 1150);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_round_trip),
		cmocka_unit_test(test_gzip_truncated),
		cmocka_unit_test(test_gzip_bomb),
		cmocka_unit_test(test_gzip_out_of_memory),
		cmocka_unit_test(test_idx),
		cmocka_unit_test(test_idx_malformed),
		cmocka_unit_test(test_idx_overflow),
		cmocka_unit_test(test_pixel_scale),
		cmocka_unit_test(test_digit_set),
		cmocka_unit_test(test_column_major_slice),
		cmocka_unit_test(test_synthetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
