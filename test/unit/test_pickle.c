/*
 * test_pickle.c
 *		The pickle reader: honest pickles, damaged ones, hostile ones.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pickle.h"
#include "pickles.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Parse bytes that lie at the very end of their memory, for the sanitizer. */
static Status
parse(MallocArena *arena, const void *bytes, size_t length,
	  PickleArrays *arrays, Failure *failure)
{
	Runtime runtime = malloc_runtime(arena);
	uint8_t *copy = runtime_allocate(&runtime, length);

	memcpy(copy, bytes, length);
	memset(failure, 0, sizeof(*failure));
	return pickle_parse(&runtime, copy, length, arrays, failure);
}

/* Parse bytes and expect a failure that mentions something. */
static void
expect_failure(const void *bytes, size_t length, Status expected,
			   const char *mention)
{
	MallocArena arena;
	PickleArrays arrays;
	Failure failure;
	Status status = parse(&arena, bytes, length, &arrays, &failure);

	if (status != expected || strstr(failure.message, mention) == NULL)
		fail_msg("status %d instead of %d: %s", status, expected,
				 failure.message);
	malloc_arena_free(&arena);
}

#define EXPECT_FAILURE(literal, status, mention)                              \
	expect_failure(literal, sizeof(literal) - 1, status, mention)

static void
test_pairs(void **state)
{
	for (size_t i = 0; i < LENGTH_OF(pair_cases); i++)
	{
		MallocArena arena;
		PickleArrays arrays;
		Failure failure;
		const NumberArray *x;

		if (parse(&arena, pair_cases[i].bytes, pair_cases[i].length, &arrays,
				  &failure) != LL_OK)
			fail_msg("%s: %s", pair_cases[i].name, failure.message);
		assert_int_equal(arrays.count, 2);
		x = &arrays.arrays[0].numbers;
		assert_int_equal(x->type, NUMBER_FLOAT32);
		assert_int_equal(x->rows, 2);
		assert_int_equal(x->width, 3);
		assert_true(numbers_at(x, 1, 2) * 256 == 250);
		assert_true(numbers_at(x, 0, 1) * 256 == 1);
		assert_int_equal(arrays.arrays[1].depth, 1);
		assert_int_equal(arrays.arrays[1].path[0], 2);
		assert_int_equal(arrays.arrays[1].numbers.type, NUMBER_INT64);
		assert_true(numbers_at(&arrays.arrays[1].numbers, 0, 0) == 7);
		assert_true(numbers_at(&arrays.arrays[1].numbers, 1, 0) == -9);
		malloc_arena_free(&arena);
	}
}

static void
test_fortran_order(void **state)
{
	for (size_t i = 0; i < LENGTH_OF(fortran_cases); i++)
	{
		MallocArena arena;
		PickleArrays arrays;
		Failure failure;
		double row[3];

		if (parse(&arena, fortran_cases[i].bytes, fortran_cases[i].length,
				  &arrays, &failure) != LL_OK)
			fail_msg("%s: %s", fortran_cases[i].name, failure.message);
		assert_int_equal(arrays.count, 1);
		assert_true(arrays.arrays[0].numbers.column_major);
		numbers_row(&arrays.arrays[0].numbers, 1, row);
		assert_true(row[0] == 4 && row[1] == 5 && row[2] == 6);
		malloc_arena_free(&arena);
	}
}

static void
test_other_types(void **state)
{
	for (size_t i = 0; i < LENGTH_OF(bytes_cases); i++)
	{
		MallocArena arena;
		PickleArrays arrays;
		Failure failure;

		if (parse(&arena, bytes_cases[i].bytes, bytes_cases[i].length, &arrays,
				  &failure) != LL_OK)
			fail_msg("%s: %s", bytes_cases[i].name, failure.message);
		assert_int_equal(arrays.count, 3);
		assert_int_equal(arrays.arrays[0].numbers.width, 4);
		assert_true(numbers_at(&arrays.arrays[0].numbers, 1, 3) == 255);
		assert_int_equal(arrays.arrays[1].depth, 2);
		assert_int_equal(arrays.arrays[1].path[0], 2);
		assert_int_equal(arrays.arrays[1].path[1], 1);
		assert_true(numbers_at(&arrays.arrays[1].numbers, 0, 0) == 258);
		assert_int_equal(arrays.arrays[2].numbers.rows, 0);
		malloc_arena_free(&arena);
	}
}

/* A pickle cut off anywhere is an error, never a crash. */
static void
test_truncated(void **state)
{
	for (size_t i = 0; i < LENGTH_OF(pair_cases); i++)
		for (size_t length = 0; length < pair_cases[i].length; length++)
		{
			MallocArena arena;
			PickleArrays arrays;
			Failure failure;
			Status status =
				parse(&arena, pair_cases[i].bytes, length, &arrays, &failure);

			if (status == LL_OK || failure.message[0] == '\0')
				fail_msg("%s cut to %zu bytes was read", pair_cases[i].name,
						 length);
			malloc_arena_free(&arena);
		}
}

/* Any byte changed to any value is read or refused, never a crash. */
static void
test_damaged(void **state)
{
	static const uint8_t values[] = {0,	  1,   0x7F, 0x80, 0xFF, '.',
									 '(', 'R', 'b',	 'q',  '\n'};

	for (size_t i = 0; i < LENGTH_OF(pair_cases); i++)
		for (size_t at = 0; at < pair_cases[i].length; at++)
			for (size_t v = 0; v < sizeof(values); v++)
			{
				uint8_t copy[2048];
				MallocArena arena;
				PickleArrays arrays;
				Failure failure;

				assert_true(pair_cases[i].length <= sizeof(copy));
				memcpy(copy, pair_cases[i].bytes, pair_cases[i].length);
				copy[at] = values[v];
				parse(&arena, copy, pair_cases[i].length, &arrays, &failure);
				for (size_t a = 0;
					 failure.message[0] == '\0' && a < arrays.count; a++)
					if (arrays.arrays[a].numbers.rows > 0 &&
						arrays.arrays[a].numbers.width > 0)
						numbers_at(&arrays.arrays[a].numbers,
								   arrays.arrays[a].numbers.rows - 1,
								   arrays.arrays[a].numbers.width - 1);
				malloc_arena_free(&arena);
			}
}

static void
test_out_of_memory(void **state)
{
	for (size_t i = 0; i < LENGTH_OF(pair_cases); i++)
		for (long allowed = 0;; allowed++)
		{
			MallocArena arena;
			Runtime runtime = malloc_runtime(&arena);
			PickleArrays arrays;
			Failure failure;
			Status status;

			arena.allocations_left = allowed;
			status = pickle_parse(&runtime, pair_cases[i].bytes,
								  pair_cases[i].length, &arrays, &failure);
			malloc_arena_free(&arena);
			if (status == LL_OK)
				break;
			assert_int_equal(status, LL_NO_MEMORY);
			assert_true(allowed < 1000);
		}
}

static void
test_forbidden(void **state)
{
	EXPECT_FAILURE("cos\nsystem\n(S'true'\ntR.", LL_UNSUPPORTED,
				   "opcode GLOBAL at byte 0: global \"os.system\"");
	EXPECT_FAILURE("\x80\x04\x8c\x05posix\x8c\x06system\x93.", LL_UNSUPPORTED,
				   "opcode STACK_GLOBAL at byte 17: global \"posix.system\"");
	EXPECT_FAILURE("(ios\nsystem\n.", LL_UNSUPPORTED, "opcode INST at byte 1");
	EXPECT_FAILURE("\x80\x02}.", LL_UNSUPPORTED,
				   "opcode EMPTY_DICT at byte 2");
	EXPECT_FAILURE("(I1\nd.", LL_UNSUPPORTED, "opcode DICT at byte 4");
	EXPECT_FAILURE("\x80\x02)\x81.", LL_UNSUPPORTED,
				   "opcode NEWOBJ at byte 3");
	EXPECT_FAILURE("\x82\x01.", LL_UNSUPPORTED, "opcode EXT1 at byte 0");
	EXPECT_FAILURE("Pid\n.", LL_UNSUPPORTED, "opcode PERSID at byte 0");
	EXPECT_FAILURE("\x97.", LL_UNSUPPORTED, "opcode NEXT_BUFFER at byte 0");
	EXPECT_FAILURE("\x80\x06N.", LL_UNSUPPORTED, "protocol 6");
	EXPECT_FAILURE("\xFFN.", LL_MALFORMED, "unknown opcode 0xff at byte 0");
	EXPECT_FAILURE("<html>", LL_MALFORMED, "not a pickle");
}

static void
test_malformed(void **state)
{
	EXPECT_FAILURE("", LL_MALFORMED, "truncated");
	EXPECT_FAILURE(".", LL_MALFORMED, "0 values");
	EXPECT_FAILURE("NN.", LL_MALFORMED, "2 values");
	EXPECT_FAILURE("(N.", LL_MALFORMED, "1 values");
	EXPECT_FAILURE("N.junk", LL_MALFORMED, "4 bytes follow");
	EXPECT_FAILURE("N.", LL_UNSUPPORTED, "not a numpy array");
	EXPECT_FAILURE("0.", LL_MALFORMED, "stack is empty");
	EXPECT_FAILURE("t.", LL_MALFORMED, "no mark");
	EXPECT_FAILURE("N\x86.", LL_MALFORMED, "fewer than 2");
	EXPECT_FAILURE("NNa.", LL_MALFORMED, "not a list");
	EXPECT_FAILURE("(Na.", LL_MALFORMED, "no list");
	EXPECT_FAILURE("(N0e.", LL_MALFORMED, "no list");
	EXPECT_FAILURE("h\x05.", LL_MALFORMED, "memo key 5 is not set");
	EXPECT_FAILURE("q\x05.", LL_MALFORMED, "stack is empty");
	EXPECT_FAILURE("Ix\n.", LL_MALFORMED, "not a 64-bit integer");
	EXPECT_FAILURE("I\n.", LL_MALFORMED, "not a 64-bit integer");
	EXPECT_FAILURE("I99999999999999999999\n.", LL_MALFORMED,
				   "not a 64-bit integer");
	EXPECT_FAILURE("L9223372036854775808L\n.", LL_MALFORMED,
				   "not a 64-bit integer");
	EXPECT_FAILURE("Sabc\n.", LL_MALFORMED, "no quotes");
	EXPECT_FAILURE("S'\n.", LL_MALFORMED, "no quotes");
	EXPECT_FAILURE("S'\\x4'\n.", LL_MALFORMED, "invalid at its byte 0");
	EXPECT_FAILURE("S'\\q'\n.", LL_MALFORMED, "invalid at its byte 0");
	EXPECT_FAILURE("NNb.", LL_MALFORMED, "state is of a wrong type");
	EXPECT_FAILURE("NNR.", LL_MALFORMED, "argument list");
	EXPECT_FAILURE("N)R.", LL_MALFORMED, "function is of a wrong type");
	EXPECT_FAILURE("cnumpy\nndarray\n)R.", LL_UNSUPPORTED, "this call");
	EXPECT_FAILURE("cnumpy\ndtype\n(S'O8'\ntR.", LL_UNSUPPORTED,
				   "array type is not supported");
	EXPECT_FAILURE("cnumpy\ndtype\n)R.", LL_UNSUPPORTED,
				   "array type is not supported");
	EXPECT_FAILURE("c_codecs\nencode\n(Vab\nVutf8\ntR.", LL_UNSUPPORTED,
				   "encoding is not latin1");
	EXPECT_FAILURE("c_codecs\nencode\n(V\\u0141\nVlatin1\ntR.", LL_MALFORMED,
				   "invalid at its byte 0");
	EXPECT_FAILURE("c_codecs\nencode\n(X\x02\0\0\0\xC5\x81Vlatin1\ntR.",
				   LL_MALFORMED, "invalid at its byte 0");
	/* an array whose state never came */
	EXPECT_FAILURE("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
				   "(I0\ntS'b'\ntR.",
				   LL_UNSUPPORTED, "not a numpy array");
}

/* Claims of more than is there. */
static void
test_claims(void **state)
{
	EXPECT_FAILURE("\x96\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx.", LL_MALFORMED,
				   "18446744073709551615 bytes claimed");
	EXPECT_FAILURE("B\xFF\xFF\xFF\xFFx.", LL_MALFORMED,
				   "4294967295 bytes claimed");
	EXPECT_FAILURE("\x95\xFF\0\0\0\0\0\0\0N.", LL_MALFORMED, "255 bytes");
	EXPECT_FAILURE("\x8a\x09\1\1\1\1\1\1\1\1\1.", LL_UNSUPPORTED,
				   "integer of 9 bytes");
	EXPECT_FAILURE("Nr\xFF\xFF\xFF\x7F.", LL_LIMIT, "memo key 2147483647");
#define ARRAY(shape, data)                                                    \
	"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"  \
	"(I1\n(" shape "tcnumpy\ndtype\n(S'u1'\ntRI00\nS'" data "'\ntb."
	EXPECT_FAILURE(ARRAY("I5\n", "abc"), LL_MALFORMED,
				   "3 bytes of data instead of 5");
	EXPECT_FAILURE(ARRAY("I4294967296\nI4294967296\n", ""), LL_MALFORMED,
				   "too large");
	EXPECT_FAILURE(ARRAY("I9223372036854775807\nI3\n", "abc"), LL_MALFORMED,
				   "too large");
	EXPECT_FAILURE(ARRAY("I-1\n", ""), LL_MALFORMED, "dimension is -1");
	EXPECT_FAILURE(ARRAY("I1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\n", "a"),
				   LL_UNSUPPORTED, "9 dimensions");
#undef ARRAY
}

/* Repeat a byte, after a beginning and before an end. */
static void
expect_repeated(const char *begin, char repeated, size_t count,
				const char *end, Status status, const char *mention)
{
	size_t length = strlen(begin) + count + strlen(end);
	char *bytes = malloc(length + 1);

	memcpy(bytes, begin, strlen(begin));
	memset(bytes + strlen(begin), repeated, count);
	strcpy(bytes + strlen(begin) + count, end);
	expect_failure(bytes, length, status, mention);
	free(bytes);
}

/* Floods of values, marks, nesting and cycles end at a limit. */
static void
test_floods(void **state)
{
	expect_repeated("", 'N', 1000000, ".", LL_LIMIT, "262144 values");
	expect_repeated("", '(', 1000000, ".", LL_LIMIT, "262144 values");
	expect_repeated("N", '2', 1000000, ".", LL_LIMIT, "262144 values");
	expect_repeated("N", '\x85', 100000, ".", LL_LIMIT, "deeper than 8");
	/* a list that is in itself */
	EXPECT_FAILURE("]q\1h\1a.", LL_LIMIT, "deeper than 8");
	/* lists of lists of lists, ten times each: 10^8 paths */
	EXPECT_FAILURE("](]]]]]]]]]]eq\1(h\1h\1h\1h\1h\1h\1h\1h\1eq\2"
				   "(h\2h\2h\2h\2h\2h\2h\2h\2e.",
				   LL_LIMIT, "");
}

/* A string that is decoded again and again costs no more than the pickle. */
static void
test_decode_budget(void **state)
{
	char bytes[8192];
	size_t length = 0;
	char *text = bytes;

	length += (size_t) sprintf(text,
							   "c_codecs\nencode\np0\n0(V%0500d\n"
							   "Vlatin1\ntp1\n0",
							   0);
	for (int i = 0; i < 100; i++)
		length += (size_t) sprintf(text + length, "g0\ng1\nR0");
	strcpy(text + length, "N.");
	expect_failure(bytes, length + 2, LL_LIMIT, "strings decode to more than");
}

static void
test_interrupt(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	PickleArrays arrays;
	Failure failure;
	uint8_t flood[20000];

	memset(flood, 'N', sizeof(flood));
	arena.interrupt = true;
	assert_int_equal(
		pickle_parse(&runtime, flood, sizeof(flood), &arrays, &failure),
		LL_CANCELLED);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_fortran_order),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_decode_budget),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
