/*
 * test_streams.c
 *		Readers of streams that come in pieces of any size.
 */
#include "unit.h"

#include <stdlib.h>
#include <zlib.h>

#include "formats/csv.h"
#include "formats/gzip_stream.h"
#include "formats/recordio.h"
#include "formats/window.h"

/* Bytes that come in pieces of one size. */
typedef struct Pieces
{
	const uint8_t *bytes;
	size_t length;
	size_t at;
	size_t piece;
	int closed;
	bool fails; /* at the end */
} Pieces;

static Status
read_piece(void *context, uint8_t *bytes, size_t room, size_t *got,
		   Failure *failure)
{
	Pieces *pieces = context;
	size_t rest = pieces->length - pieces->at;

	assert_true(room >= BYTE_STREAM_ROOM);
	*got = rest < pieces->piece ? rest : pieces->piece;
	*got = *got < room ? *got : room;
	if (rest == 0 && pieces->fails)
		return fail(failure, LL_IO, "broken");
	memcpy(bytes, pieces->bytes + pieces->at, *got);
	pieces->at += *got;
	return LL_OK;
}

static void
close_pieces(void *context)
{
	((Pieces *) context)->closed++;
}

static ByteStream
stream_of(Pieces *pieces)
{
	return (ByteStream){pieces, read_piece, close_pieces};
}

static const size_t piece_sizes[] = {1, 2, 3, 7, 64, 1000, 16384, 1 << 20};
#define PIECE_SIZES (sizeof(piece_sizes) / sizeof(piece_sizes[0]))

/* Packs bytes as a gzip file of so many members. */
static size_t
pack(const uint8_t *bytes, size_t length, int members, uint8_t *packed,
	 size_t room)
{
	size_t count = 0;

	for (int i = 0; i < members; i++)
	{
		size_t first = length * i / members;
		z_stream stream = {0};

		assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8,
									  Z_DEFAULT_STRATEGY),
						 Z_OK);
		stream.next_in = (uint8_t *) bytes + first;
		stream.avail_in = (uInt) (length * (i + 1) / members - first);
		stream.next_out = packed + count;
		stream.avail_out = (uInt) (room - count);
		assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
		count += stream.total_out;
		deflateEnd(&stream);
	}
	return count;
}

/* Reads all of what a stream unpacks to. */
static Status
unpack(const uint8_t *bytes, size_t length, size_t piece,
	   const Runtime *runtime, uint8_t **out, size_t *out_length)
{
	Pieces pieces = {bytes, length, 0, piece};
	ByteStream packed = stream_of(&pieces);
	ByteStream stream = {0};
	Failure failure;
	Status status = gzip_stream_open(runtime, &packed, &stream, &failure);

	if (status == LL_OK)
		status = byte_stream_collect(runtime, &stream, 0, 10 << 20, "it", out,
									 out_length, &failure);
	byte_stream_close(&stream);
	byte_stream_close(&packed);
	assert_int_equal(pieces.closed, 1);
	return status;
}

static void
test_gzip_streams(void **state)
{
	size_t length = 300000;
	uint8_t *plain = malloc(length);
	uint8_t *packed = malloc(length);

	for (size_t i = 0; i < length; i++)
		plain[i] = (uint8_t) (i * i / 1000);
	for (size_t size = 0; size < PIECE_SIZES; size++)
		for (int members = 0; members <= 3; members++)
		{
			MallocArena arena;
			Runtime runtime = malloc_runtime(&arena);
			size_t count = members > 0
							   ? pack(plain, length, members, packed, length)
							   : length;
			uint8_t *out;
			size_t out_length;

			assert_int_equal(unpack(members > 0 ? packed : plain, count,
									piece_sizes[size], &runtime, &out,
									&out_length),
							 LL_OK);
			assert_int_equal(out_length, length);
			assert_memory_equal(out, plain, length);
			if (members > 0)
				for (size_t cut = 4; cut < count; cut += count / 5)
					assert_int_equal(unpack(packed, cut, piece_sizes[size],
											&runtime, &out, &out_length),
									 members == 1 || cut != count / members
										 ? LL_MALFORMED
										 : LL_OK);
			malloc_arena_free(&arena);
		}
	free(plain);
	free(packed);
}

static void
test_short_streams(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint8_t *out;
	size_t length;

	for (size_t count = 0; count <= 3; count++)
	{
		assert_int_equal(unpack((const uint8_t *) "\x1f\x8b\x08", count, 1,
								&runtime, &out, &length),
						 count < 3 ? LL_OK : LL_MALFORMED);
		if (count < 3)
			assert_int_equal(length, count);
	}
	malloc_arena_free(&arena);
}

/* Reads CSV through a window; a sum over rows, or -1 for an error. */
static double
sum_csv(const char *text, size_t piece, int *rows)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Pieces pieces = {(const uint8_t *) text, strlen(text), 0, piece};
	ByteStream stream = stream_of(&pieces);
	Window window;
	CsvReader reader;
	Failure failure;
	Status status = LL_OK;
	double sum = 0;

	*rows = 0;
	csv_init(&reader, &runtime, "", 0, true, false);
	window_init(&window, &runtime, 1 << 20);
	window_open(&window, &stream);
	while (status == LL_OK)
	{
		bool found;

		while (!window.ended && status == LL_OK &&
			   !csv_is_whole(window_at(&window), window_size(&window)))
			status = window_fill(&window, &failure);
		if (window_size(&window) == 0)
			break;
		csv_feed(&reader, window_at(&window), window_size(&window));
		status = csv_next(&reader, &found, &failure);
		window_pass(&window, (size_t) (reader.cursor.at -
									   (const char *) window_at(&window)));
		if (status != LL_OK || !found)
			continue;
		++*rows;
		sum += reader.sample.values[0] * *rows + (double) reader.label_length;
	}
	malloc_arena_free(&arena);
	return status == LL_OK ? sum : -1;
}

static void
test_csv_pieces(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"a,1\n",
		"a,1",
		"\n \n\r\na,1\r\n\n\nb,2\r\n",
		"\"a\nb\",1\n\"c \"\"\n\n\"\"\",2\n\"\",3",
		"5\" disk,1\nx,2\n",
		" \"a,1\nb,2\n",
		"a,\"1\"\nb, \"2\" \n",
		"\"unclosed,1\n",
		"a\n",
		"a,1,2\nb,3\n",
		"a,\"1\n\"\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		int all;
		double whole = sum_csv(texts[i], 1 << 20, &all);

		for (size_t size = 0; size < PIECE_SIZES; size++)
		{
			int rows;

			assert_true(sum_csv(texts[i], piece_sizes[size], &rows) == whole);
			assert_int_equal(rows, all);
		}
	}
}

static void
test_whole_records(void **state)
{
	/* a whole one, two parts of one, one that no part begins, and noise */
	static const uint8_t whole[] = {0x0a, 0x23, 0xd7, 0xce, 3, 0,
									0,	  0,	1,	  2,	3, 0};
	static const uint8_t parts[] = {0x0a, 0x23, 0xd7, 0xce, 0,	  0, 0,
									0x20, 0x0a, 0x23, 0xd7, 0xce, 1, 0,
									0,	  0x60, 1,	  0,	0,	  0};
	static const uint8_t later[] = {0x0a, 0x23, 0xd7, 0xce, 9, 0, 0, 0x40};

	for (size_t size = 0; size <= sizeof(whole); size++)
		assert_int_equal(recordio_is_whole(whole, size),
						 size == sizeof(whole));
	for (size_t size = 0; size <= sizeof(parts); size++)
		assert_int_equal(recordio_is_whole(parts, size),
						 size == sizeof(parts));
	assert_true(recordio_is_whole(later, sizeof(later)));
	assert_true(recordio_is_whole((const uint8_t *) "no record", 9));
}

static void
test_window_limits(void **state)
{
	size_t length = 5 << 20;
	uint8_t *bytes = calloc(length, 1);
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Pieces pieces = {bytes, length, 0, 100000};
	ByteStream stream = stream_of(&pieces);
	Window window;
	Failure failure;
	Status status = LL_OK;

	window_init(&window, &runtime, 1 << 20);
	window_open(&window, &stream);
	while (status == LL_OK && !window.ended)
		status = window_fill(&window, &failure);
	assert_int_equal(status, LL_LIMIT);
	assert_true(window.capacity <= 4 << 20);
	/* without memory, and with a stream that breaks */
	malloc_arena_free(&arena);
	arena.allocations_left = 0;
	window_init(&window, &runtime, 1 << 20);
	window_open(&window, &stream);
	assert_int_equal(window_fill(&window, &failure), LL_NO_MEMORY);
	arena.allocations_left = -1;
	pieces = (Pieces){bytes, 10, 0, 10, .fails = true};
	window_open(&window, &stream);
	assert_int_equal(window_fill(&window, &failure), LL_OK);
	assert_int_equal(window_fill(&window, &failure), LL_IO);
	malloc_arena_free(&arena);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_streams),
		cmocka_unit_test(test_short_streams),
		cmocka_unit_test(test_csv_pieces),
		cmocka_unit_test(test_whole_records),
		cmocka_unit_test(test_window_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
