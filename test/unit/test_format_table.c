/*
 * test_format_table.c
 *		The table of file formats: a file of each, against what its row says.
 */
#include "unit.h"

#include <stdlib.h>

#include "formats/format_table.h"
#include "pickles.h"

#define NPY                                                                   \
	"\x93NUMPY\1\0\x3e\0"                                                     \
	"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }  \n"         \
	"\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\x08\x40"                                  \
	"\0\0\0\0\0\0\x14\x40\0\0\0\0\0\0\x18\x40"

/* A file of rows (1; 2, 3) and (4; 5, 6), or of numbers 2, 3, 5, 6. */
typedef struct SampleFile
{
	const char *bytes;
	size_t length;
	const char *content_type;
	AnswerKind answer;
	const char *called; /* when its begin tells */
	bool labels;
	bool sparse;
	bool streams;
} SampleFile;

#define TEXT(text) (text), sizeof(text) - 1

static const SampleFile files[FORMAT_COUNT] = {
	[FORMAT_CSV] = {TEXT("1,2,3\n4,5,6\n"), "text/csv", .labels = true,
					.streams = true},
	[FORMAT_LIBSVM] = {TEXT("1 1:2 2:3\n4 1:5 2:6\n"), .labels = true,
					   .sparse = true},
	[FORMAT_JSON] = {TEXT("{\"instances\": [{\"features\": [2, 3]}, "
						  "{\"features\": [5, 6]}]}"),
					 "application/json", ANSWER_DOCUMENT},
	[FORMAT_JSON_LINES] = {TEXT("{\"features\": [2, 3]}\n"
								"{\"features\": [5, 6]}\n"),
						   "application/jsonlines", ANSWER_LINES},
	[FORMAT_RECORDIO] = {NULL, 0, "application/x-recordio-protobuf",
						 ANSWER_RECORDS, "a recordIO file", true,
						 .streams = true},
	[FORMAT_IDX] = {TEXT("\0\0\x08\2\0\0\0\2\0\0\0\2\2\3\5\6"), NULL,
					ANSWER_NONE, "an idx file"},
	[FORMAT_PICKLE] = {(const char *) pair_protocol2, sizeof(pair_protocol2),
					   NULL, ANSWER_NONE, "a pickle"},
	[FORMAT_NPZ] = {TEXT(NPY), NULL, ANSWER_NONE, "a .npy file of numpy"},
};

/* A file of recordIO, which is written here. */
static size_t
write_records(uint8_t *bytes)
{
	static const float rows[2][2] = {{2, 3}, {5, 6}};
	uint8_t *end = bytes;

	for (int i = 0; i < 2; i++)
		end = recordio_write_frame(
			&(RecordRow){.format = ROWS_F32,
						 .view = {.dense = rows[i]},
						 .dimension = 2,
						 .label_type = RECORD_LABEL_FLOAT32,
						 .label = 1 + 3 * i},
			end);
	return (size_t) (end - bytes);
}

static SampleFile
file_of(int format, uint8_t *room)
{
	SampleFile file = files[format];

	if (format == FORMAT_RECORDIO)
	{
		file.length = write_records(room);
		file.bytes = (const char *) room;
	}
	return file;
}

/* Names, endings and content types are there, each of one format. */
static void
test_names(void **state)
{
	(void) state;
	for (int f = 0; f < FORMAT_FOREIGN; f++)
	{
		const FormatDescriptor *d = &format_table[f];

		assert_non_null(d->name);
		assert_int_equal(d->endings[0] != NULL, d->arrays != NULL);
		assert_true(d->begin != NULL || !d->widthless);
		assert_true((d->begin != NULL) != (d->arrays != NULL));
		assert_int_equal(d->begin != NULL, d->next != NULL);
		assert_int_equal(d->is_whole != NULL, files[f].streams);
		assert_int_equal(d->is_whole != NULL, d->feed != NULL);
		assert_int_equal(d->is_whole != NULL, d->at != NULL);
		assert_int_equal(d->answer, files[f].answer);
		if (files[f].content_type == NULL)
			assert_null(d->content_type);
		else
			assert_string_equal(d->content_type, files[f].content_type);
		assert_true(d->arrays != NULL || d->endings[1] == NULL);
		for (int g = 0; g < f; g++)
			assert_string_not_equal(d->name, format_table[g].name);
	}
	assert_null(format_table[FORMAT_FOREIGN].name);
}

/* A file is known by its begin, whole or not, and by no other's. */
static void
test_magics(void **state)
{
	uint8_t room[256];
	FileFormat found;

	(void) state;
	for (int f = 0; f < FORMAT_FOREIGN; f++)
	{
		SampleFile file = file_of(f, room);
		const FileMagic *magic = format_recognise((const uint8_t *) file.bytes,
												  file.length, &found);

		assert_int_equal(magic != NULL, file.called != NULL);
		assert_int_equal(magic != NULL, format_table[f].magics != NULL);
		if (magic == NULL)
			continue;
		assert_int_equal(found, f);
		assert_string_equal(magic->called, file.called);
		assert_null(format_recognise((const uint8_t *) file.bytes,
									 magic->length - 1, &found));
	}
	for (int f = 0; f < FORMAT_COUNT; f++)
		for (const FileMagic *magic = format_table[f].magics;
			 magic != NULL && magic->bytes != NULL; magic++)
		{
			assert_ptr_equal(format_recognise((const uint8_t *) magic->bytes,
											  magic->length, &found),
							 magic);
			assert_int_equal(found, f);
		}
}

/* A row is (1; 2, 3) or (4; 5, 6). */
static void
check_row(const SampleFile *file, const FileRow *row, int i)
{
	assert_int_equal(row->number, i + 1);
	assert_int_equal(row->has_label, file->labels);
	if (row->label_text != NULL)
	{
		assert_int_equal(row->label_length, 1);
		assert_int_equal(row->label_text[0], '1' + 3 * i);
	}
	else if (file->labels)
		assert_true(row->label == 1 + 3 * i);
	assert_int_equal(row->sample->sparse, file->sparse);
	assert_int_equal(row->sample->count, 2);
	assert_true(row->sample->values[0] == 2 + 3 * i);
	assert_true(row->sample->values[1] == 3 + 3 * i);
}

static void
begin(RowReader *reader, int format, const Runtime *runtime, bool labels,
	  const SampleFile *file)
{
	row_reader_init(
		reader, (FileFormat) format, runtime,
		&(RowOptions){.labels = labels, .whole = true, .first_index = 1});
	row_reader_begin(reader, file->bytes, file->length);
}

/* Each format's rows, twice over by one reader. */
static void
test_rows(void **state)
{
	(void) state;
	for (int f = 0; f < FORMAT_FOREIGN; f++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t room[256];
		SampleFile file = file_of(f, room);
		RowReader reader;
		Failure failure;
		FileRow row;
		bool found;

		if (format_table[f].begin != NULL)
			begin(&reader, f, &runtime, true, &file);
		for (int turn = 0; turn < 2 && format_table[f].begin != NULL; turn++)
		{
			for (int i = 0; i < 2; i++)
			{
				assert_int_equal(
					row_reader_next(&reader, &row, &found, &failure), LL_OK);
				assert_true(found);
				check_row(&file, &row, i);
				assert_int_equal(format_table[f].widthless,
								 row.sample->sparse && row.width == 0);
			}
			assert_int_equal(row_reader_next(&reader, &row, &found, &failure),
							 LL_OK);
			assert_false(found);
			row_reader_begin(&reader, file.bytes, file.length);
		}
		malloc_arena_free(&arena);
	}
}

/* A request has no labels: where files have them as a first column it is one. */
static void
test_requests(void **state)
{
	(void) state;
	for (int f = 0; f < FORMAT_FOREIGN; f++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t room[256];
		SampleFile file = file_of(f, room);
		RowReader reader;
		Failure failure;
		FileRow row;
		bool found;

		if (format_table[f].content_type != NULL)
		{
			begin(&reader, f, &runtime, false, &file);
			assert_int_equal(row_reader_next(&reader, &row, &found, &failure),
							 LL_OK);
			assert_int_equal(format_table[f].label_size,
							 row.sample->count == 3);
		}
		else
			assert_false(format_table[f].label_size);
		/* text holds no zeros */
		assert_int_equal(format_table[f].binary,
						 memchr(file.bytes, '\0', file.length) != NULL);
		malloc_arena_free(&arena);
	}
}

/* A record of a label alone is a row of a file, and no request. */
static void
test_label_alone(void **state)
{
	static const char empty[] = "\n#\xd7\xce\0\0\0";
	SampleFile file = {empty, sizeof(empty)};

	(void) state;
	for (int labels = 0; labels < 2; labels++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		RowReader reader;
		Failure failure;
		FileRow row;
		bool found;
		Status status;

		begin(&reader, FORMAT_RECORDIO, &runtime, labels, &file);
		status = row_reader_next(&reader, &row, &found, &failure);
		assert_int_equal(status, labels ? LL_OK : LL_MALFORMED);
		if (labels)
			assert_null(row.sample);
		else
			assert_string_equal(failure.message,
								"recordIO record 1 has no features");
		malloc_arena_free(&arena);
	}
}

/* Rows of a stream that comes in pieces of a size, as a window hands it out. */
static void
read_stream(const FormatDescriptor *format, const SampleFile *file,
			RowReader *reader, size_t piece)
{
	const uint8_t *bytes = (const uint8_t *) file->bytes;
	size_t at = 0, there = 0;
	Failure failure;
	FileRow row;
	bool found;

	row_reader_begin(reader, "", 0);
	for (int i = 0; i < 2; i++)
	{
		uint8_t *window;

		while (there < file->length &&
			   !format->is_whole(bytes + at, there - at))
			there =
				there + piece < file->length ? there + piece : file->length;
		/* a copy of just this size, so that the sanitizer sees a step beyond */
		window = malloc(there - at);
		memcpy(window, bytes + at, there - at);
		format->feed(reader, window, there - at);
		assert_int_equal(row_reader_next(reader, &row, &found, &failure),
						 LL_OK);
		assert_true(found);
		check_row(file, &row, i);
		at += (size_t) (format->at(reader) - window);
		free(window);
	}
	assert_int_equal(at, file->length);
}

static void
test_streams(void **state)
{
	(void) state;
	for (int f = 0; f < FORMAT_FOREIGN; f++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t room[256];
		SampleFile file = file_of(f, room);
		RowReader reader;

		row_reader_init(&reader, (FileFormat) f, &runtime,
						&(RowOptions){.labels = true, .whole = true});
		for (size_t piece = 1;
			 piece <= file.length && format_table[f].is_whole != NULL; piece++)
			read_stream(&format_table[f], &file, &reader, piece);
		malloc_arena_free(&arena);
	}
}

/* Each format's arrays; a pickle's have a path. */
static void
test_arrays(void **state)
{
	(void) state;
	for (int f = 0; f < FORMAT_FOREIGN; f++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		FileArrays arrays;
		Failure failure;

		if (format_table[f].arrays != NULL)
		{
			assert_int_equal(format_table[f].arrays(
								 &runtime, (const uint8_t *) files[f].bytes,
								 files[f].length, 1 << 20, &arrays, &failure),
							 LL_OK);
			assert_int_equal(arrays.arrays[0].path != NULL,
							 f == FORMAT_PICKLE);
			assert_true(arrays.count == 1 || f == FORMAT_PICKLE);
		}
		if (format_table[f].arrays != NULL && f != FORMAT_PICKLE)
		{
			const NumberArray *numbers = &arrays.arrays[0].numbers;

			assert_int_equal(numbers->rows, 2);
			assert_true(numbers_at(numbers, 0, 0) == 2);
			assert_true(numbers_at(numbers, 1, 1) == 6);
		}
		malloc_arena_free(&arena);
	}
}

static void
test_lists(void **state)
{
	char list[256];

	(void) state;
	format_list_array_files(list, sizeof(list));
	assert_string_equal(list, "idx, pickle, .npy and .npz");
	format_list_content_types(false, list, sizeof(list));
	assert_string_equal(list,
						"text/csv, application/json, application/jsonlines "
						"and application/x-recordio-protobuf");
	format_list_content_types(true, list, sizeof(list));
	assert_string_equal(list, "application/json, application/jsonlines and "
							  "application/x-recordio-protobuf");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_magics),
		cmocka_unit_test(test_rows),		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_label_alone), cmocka_unit_test(test_streams),
		cmocka_unit_test(test_arrays),		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
