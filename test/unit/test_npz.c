/*
 * test_npz.c
 *		numpy's .npy and .npz.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "formats/npy.h"
#include "formats/npz.h"

/* Bytes that are put together. */
typedef struct Bytes
{
	uint8_t data[8192];
	size_t length;
} Bytes;

static void
put(Bytes *bytes, const void *data, size_t length)
{
	assert_true(bytes->length + length <= sizeof(bytes->data));
	memcpy(bytes->data + bytes->length, data, length);
	bytes->length += length;
}

static void
put_number(Bytes *bytes, uint64_t number, int size)
{
	for (int i = 0; i < size; i++)
		put(bytes, &(uint8_t){(uint8_t) (number >> 8 * i)}, 1);
}

/* A .npy of a version with a header's text and data. */
static void
put_npy(Bytes *bytes, int version, const char *header, const void *data,
		size_t length)
{
	put(bytes, "\x93NUMPY", 6);
	put_number(bytes, (uint64_t) version, 2);
	put_number(bytes, strlen(header), version == 1 ? 2 : 4);
	put(bytes, header, strlen(header));
	put(bytes, data, length);
}

#define FLOATS                                                                \
	"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n"

static const float floats[6] = {1, 2, 3, 4, 5, 6};

/* Parses a copy of just the bytes, so that a sanitizer sees every step over. */
static Status
parse(const Bytes *bytes, size_t length, NamedArrays *arrays, double *last,
	  Failure *failure)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint8_t *copy = malloc(length > 0 ? length : 1);
	Status status;

	memcpy(copy, bytes->data, length);
	memset(failure, 0, sizeof(*failure));
	status = npz_parse(&runtime, copy, length, 1 << 20, arrays, failure);
	for (size_t i = 0; i < arrays->count && status == LL_OK; i++)
	{
		const NumberArray *a = &arrays->arrays[i].numbers;

		for (size_t row = 0; row < a->rows; row++)
			for (size_t column = 0; column < a->width; column++)
				*last = numbers_at(a, row, column);
	}
	malloc_arena_free(&arena);
	free(copy);
	return status;
}

static void
test_npy(void **state)
{
	static const char *const headers[] = {
		FLOATS, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}",
		"{'descr': '<f4', 'fortran_order': True, 'shape': (2L, 3L)}"};
	NamedArrays arrays;
	Failure failure;

	(void) state;
	for (size_t i = 0; i < 3; i++)
		for (int version = 1; version <= 3; version++)
		{
			Bytes bytes = {.length = 0};
			double last = 0;

			put_npy(&bytes, version, headers[i], floats, sizeof(floats));
			assert_int_equal(
				parse(&bytes, bytes.length, &arrays, &last, &failure), LL_OK);
			assert_int_equal(arrays.count, 1);
			assert_true(last == 6);
			for (size_t length = 0; length < bytes.length; length++)
				assert_int_not_equal(
					parse(&bytes, length, &arrays, &last, &failure), LL_OK);
			for (size_t at = 0; at < bytes.length; at++)
				for (int bit = 0; bit < 8; bit++)
				{
					bytes.data[at] ^= (uint8_t) (1 << bit);
					(void) parse(&bytes, bytes.length, &arrays, &last,
								 &failure);
					bytes.data[at] ^= (uint8_t) (1 << bit);
				}
		}
}

/* Order of bytes and of dimensions. */
static void
test_order(void **state)
{
	static const uint8_t shorts[] = {1, 0, 2, 0, 3, 0, 4, 0};
	static const struct
	{
		const char *header;
		double last_but_one;
	} cases[] = {
		{"{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2)}", 3},
		{"{'descr': '<i2', 'fortran_order': True, 'shape': (2, 2)}", 2},
		{"{'descr': '>i2', 'fortran_order': False, 'shape': (2, 2)}", 768},
		{"{'descr': '=i2', 'fortran_order': False, 'shape': (2, 2)}", 3}};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Bytes bytes = {.length = 0};
		NumberArray array;
		Failure failure;

		put_npy(&bytes, 1, cases[i].header, shorts, sizeof(shorts));
		assert_int_equal(
			npy_parse(bytes.data, bytes.length, "array", &array, &failure),
			LL_OK);
		assert_true(numbers_at(&array, 1, 0) == cases[i].last_but_one);
	}
}

static void
test_refused(void **state)
{
	static const struct
	{
		const char *header;
		const char *message;
	} cases[] = {
		{"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
		 "holds Python objects"},
		{"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}",
		 "not of a type"},
		{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
		 "not of a type"},
		{"{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}",
		 "not of a type"},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (7,)}", ""},
		{"{'descr': '<f4', 'fortran_order': False, "
		 "'shape': (99999999999999999999,)}",
		 "broken header"},
		{"{'descr': '<f4', 'fortran_order': False, "
		 "'shape': (4294967296, 4294967296)}",
		 "too large"},
		{"{'descr': '<f4', 'fortran_order': False}", "broken header"},
		{"{'descr': '<f4', 'fortran_order': 3, 'shape': (6,)}",
		 "broken header"},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (6 6)}",
		 "broken header"},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': "
		 "(1,1,1,1,1,1,1,1,6)}",
		 "dimensions"}};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Bytes bytes = {.length = 0};
		NamedArrays arrays;
		Failure failure;
		double last;

		put_npy(&bytes, 1, cases[i].header, floats, sizeof(floats));
		assert_int_not_equal(
			parse(&bytes, bytes.length, &arrays, &last, &failure), LL_OK);
		assert_non_null(strstr(failure.message, cases[i].message));
	}
}

/* Adds a member, and its entry to a directory. */
static void
put_member(Bytes *zip, Bytes *directory, const char *name, const Bytes *member,
		   bool deflated, bool zip64)
{
	Bytes packed = *member;
	size_t offset = zip->length;
	uint32_t crc = (uint32_t) crc32(0, member->data, (uInt) member->length);

	if (deflated)
	{
		z_stream stream = {0};

		assert_int_equal(
			deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY),
			Z_OK);
		stream.next_in = (uint8_t *) member->data;
		stream.avail_in = (uInt) member->length;
		stream.next_out = packed.data;
		stream.avail_out = sizeof(packed.data);
		assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
		packed.length = sizeof(packed.data) - stream.avail_out;
		deflateEnd(&stream);
	}
	put(zip, "PK\3\4\24\0\0\0", 8);
	put_number(zip, deflated ? 8 : 0, 2);
	put_number(zip, 0, 4);
	put_number(zip, crc, 4);
	put_number(zip, packed.length, 4);
	put_number(zip, member->length, 4);
	put_number(zip, strlen(name), 2);
	put_number(zip, 0, 2);
	put(zip, name, strlen(name));
	put(zip, packed.data, packed.length);

	put(directory, "PK\1\2\24\0\24\0\0\0", 10);
	put_number(directory, deflated ? 8 : 0, 2);
	put_number(directory, 0, 4);
	put_number(directory, crc, 4);
	put_number(directory, zip64 ? UINT32_MAX : packed.length, 4);
	put_number(directory, zip64 ? UINT32_MAX : member->length, 4);
	put_number(directory, strlen(name), 2);
	put_number(directory, zip64 ? 20 : 0, 2);
	put_number(directory, 0, 2 + 4);
	put_number(directory, 0, 4);
	put_number(directory, offset, 4);
	put(directory, name, strlen(name));
	if (zip64)
	{
		put_number(directory, 1, 2);
		put_number(directory, 16, 2);
		put_number(directory, member->length, 8);
		put_number(directory, packed.length, 8);
	}
}

/* A zip of two arrays and of a file that is none. */
static void
make_npz(Bytes *zip, bool deflated, bool zip64)
{
	Bytes directory = {.length = 0}, array = {.length = 0},
		  text = {.length = 0};

	put_npy(&array, 1, FLOATS, floats, sizeof(floats));
	put(&text, "none", 4);
	zip->length = 0;
	put_member(zip, &directory, "x_train.npy", &array, deflated, zip64);
	put_member(zip, &directory, "readme", &text, deflated, zip64);
	put_member(zip, &directory, "b.npy", &array, deflated, zip64);
	put(zip, directory.data, directory.length);
	put(zip, "PK\5\6\0\0\0\0", 8);
	put_number(zip, 3, 2);
	put_number(zip, 3, 2);
	put_number(zip, directory.length, 4);
	put_number(zip, zip->length - directory.length - 16, 4);
	put_number(zip, 0, 2);
}

static void
test_npz(void **state)
{
	NamedArrays arrays;
	Failure failure;
	double last = 0;

	(void) state;
	for (int kind = 0; kind < 4; kind++)
	{
		Bytes zip;
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);

		make_npz(&zip, kind & 1, kind & 2);
		assert_int_equal(npz_parse(&runtime, zip.data, zip.length, 1 << 20,
								   &arrays, &failure),
						 LL_OK);
		assert_int_equal(arrays.count, 2);
		assert_int_equal(arrays.arrays[0].name_length, 7);
		assert_memory_equal(arrays.arrays[0].name, "x_train", 7);
		assert_true(numbers_at(&arrays.arrays[1].numbers, 1, 2) == 6);
		if (kind & 1)
			assert_int_equal(npz_parse(&runtime, zip.data, zip.length, 50,
									   &arrays, &failure),
							 LL_LIMIT);
		malloc_arena_free(&arena);
		for (size_t length = 0; length < zip.length; length++)
			assert_int_not_equal(parse(&zip, length, &arrays, &last, &failure),
								 LL_OK);
		for (size_t at = 0; at < zip.length; at++)
			for (int bit = 0; bit < 8; bit++)
			{
				zip.data[at] ^= (uint8_t) (1 << bit);
				(void) parse(&zip, zip.length, &arrays, &last, &failure);
				zip.data[at] ^= (uint8_t) (1 << bit);
			}
	}
}

/* What is wrong with a zip is named. */
static void
test_damaged(void **state)
{
	NamedArrays arrays;
	Failure failure;
	double last;
	Bytes zip;

	(void) state;
	make_npz(&zip, false, false);
	zip.data[zip.length / 8] ^= 1; /* of the first array */
	assert_int_equal(parse(&zip, zip.length, &arrays, &last, &failure),
					 LL_MALFORMED);
	assert_non_null(strstr(failure.message, "checksum"));
	assert_int_equal(parse(&zip, zip.length - 1, &arrays, &last, &failure),
					 LL_MALFORMED);
	assert_non_null(strstr(failure.message, "cut short"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_npy),		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_npz),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
