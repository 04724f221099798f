/*
 * format_table.c
 *		The one table of file formats, over the readers of each.
 */
#include "formats/format_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/idx.h"
#include "formats/npy.h"
#include "formats/npz.h"
#include "formats/pickle.h"

/* The mark of UTF-8, in a file's first line. */
#define UTF8_MARK "\xef\xbb\xbf"

/* ---- Rows ---- */

static void
begin_csv(RowReader *reader, const void *bytes, size_t size)
{
	CsvReader *csv = &reader->as.csv;
	Sample sample = csv->sample;

	csv_init(csv, &reader->runtime, bytes, size, reader->options.labels,
			 reader->options.single);
	if (reader->begun)
		csv->sample = sample;
	csv->whole = reader->options.whole;
}

static Status
next_csv(RowReader *reader, FileRow *row, bool *found, Failure *failure)
{
	CsvReader *csv = &reader->as.csv;
	Status status = csv_next(csv, found, failure);

	row->sample = &csv->sample;
	row->has_label = csv->label != NULL;
	row->label_text = csv->label;
	row->label_length = csv->label_length;
	return status;
}

static void
feed_csv(RowReader *reader, const uint8_t *bytes, size_t size)
{
	CsvReader *csv = &reader->as.csv;
	size_t mark = csv->cursor.line == 1 && size >= strlen(UTF8_MARK) &&
						  memcmp(bytes, UTF8_MARK, strlen(UTF8_MARK)) == 0
					  ? strlen(UTF8_MARK)
					  : 0;

	csv_feed(csv, bytes + mark, size - mark);
}

static const uint8_t *
at_csv(const RowReader *reader)
{
	return (const uint8_t *) reader->as.csv.cursor.at;
}

static void
begin_libsvm(RowReader *reader, const void *bytes, size_t size)
{
	const RowOptions *options = &reader->options;

	libsvm_init(&reader->as.libsvm, &reader->runtime, bytes, size,
				options->first_index, options->dimension, options->single);
	reader->as.libsvm.whole = options->whole;
}

static Status
next_libsvm(RowReader *reader, FileRow *row, bool *found, Failure *failure)
{
	LibsvmReader *libsvm = &reader->as.libsvm;
	Status status = libsvm_next(libsvm, found, failure);

	row->sample = &libsvm->sample;
	row->width = reader->options.dimension;
	row->has_label = true;
	row->label = libsvm->label;
	return status;
}

static void
begin_json(RowReader *reader, const void *bytes, size_t size)
{
	json_init(&reader->as.json, &reader->runtime, bytes, size,
			  reader->format == &format_table[FORMAT_JSON_LINES],
			  reader->options.single);
}

static Status
next_json(RowReader *reader, FileRow *row, bool *found, Failure *failure)
{
	row->sample = &reader->as.json.sample;
	return json_next(&reader->as.json, found, failure);
}

static void
begin_recordio(RowReader *reader, const void *bytes, size_t size)
{
	RecordReader *recordio = &reader->as.recordio;

	if (!reader->begun)
		recordio_init(recordio, &reader->runtime, bytes, size);
	recordio_feed(recordio, bytes, size);
	recordio->record = 0;
}

static Status
next_recordio(RowReader *reader, FileRow *row, bool *found, Failure *failure)
{
	RecordReader *recordio = &reader->as.recordio;
	Status status = recordio_next(recordio, found, failure);

	/* a label alone is a row of a file, but nothing to answer */
	if (status == LL_OK && *found && !recordio->has_features &&
		!reader->options.labels)
		return fail(failure, LL_MALFORMED,
					"recordIO record %" PRIu64 " has no features",
					recordio->record);
	row->sample = recordio->has_features ? &recordio->features : NULL;
	row->width = recordio->features.dimension;
	row->has_label = recordio->has_label;
	row->label = recordio->label;
	return status;
}

static bool
is_whole_recordio(const void *bytes, size_t size)
{
	return recordio_is_whole(bytes, size);
}

static void
feed_recordio(RowReader *reader, const uint8_t *bytes, size_t size)
{
	recordio_feed(&reader->as.recordio, bytes, size);
}

static const uint8_t *
at_recordio(const RowReader *reader)
{
	return reader->as.recordio.at;
}

void
row_reader_init(RowReader *reader, FileFormat format, const Runtime *runtime,
				const RowOptions *options)
{
	memset(reader, 0, sizeof(*reader));
	reader->format = &format_table[format];
	reader->runtime = *runtime;
	reader->options = *options;
}

void
row_reader_begin(RowReader *reader, const void *bytes, size_t size)
{
	reader->format->begin(reader, bytes, size);
	reader->begun = true;
	reader->rows = 0;
}

Status
row_reader_next(RowReader *reader, FileRow *row, bool *found, Failure *failure)
{
	Status status;

	*row = (FileRow){.number = reader->rows + 1};
	*found = false;
	status = reader->format->next(reader, row, found, failure);
	if (status == LL_OK && *found)
		reader->rows++;
	return status;
}

/* ---- Arrays ---- */

/* Makes room for arrays; never none. */
static Status
take_arrays(const Runtime *runtime, size_t count, FileArrays *arrays,
			Failure *failure)
{
	arrays->count = count;
	arrays->arrays = runtime_allocate_zero(runtime, count > 0 ? count : 1,
										   sizeof(FileArray));
	return arrays->arrays != NULL ? LL_OK : fail_no_memory(failure);
}

static Status
idx_arrays(const Runtime *runtime, const uint8_t *bytes, size_t length,
		   size_t limit, FileArrays *arrays, Failure *failure)
{
	Status status = take_arrays(runtime, 1, arrays, failure);

	(void) limit;
	return status == LL_OK
			   ? idx_parse(bytes, length, &arrays->arrays[0].numbers, failure)
			   : status;
}

static Status
pickle_arrays(const Runtime *runtime, const uint8_t *bytes, size_t length,
			  size_t limit, FileArrays *arrays, Failure *failure)
{
	PickleArrays found;
	Status status = pickle_parse(runtime, bytes, length, &found, failure);

	(void) limit;
	if (status == LL_OK)
		status = take_arrays(runtime, found.count, arrays, failure);
	for (size_t i = 0; status == LL_OK && i < found.count; i++)
		arrays->arrays[i] = (FileArray){.numbers = found.arrays[i].numbers,
										.path = found.arrays[i].path,
										.depth = found.arrays[i].depth};
	return status;
}

static Status
npz_arrays(const Runtime *runtime, const uint8_t *bytes, size_t length,
		   size_t limit, FileArrays *arrays, Failure *failure)
{
	NamedArrays found;
	Status status = npz_parse(runtime, bytes, length, limit, &found, failure);

	if (status == LL_OK)
		status = take_arrays(runtime, found.count, arrays, failure);
	for (size_t i = 0; status == LL_OK && i < found.count; i++)
		arrays->arrays[i] =
			(FileArray){.numbers = found.arrays[i].numbers,
						.name = found.arrays[i].name,
						.name_length = found.arrays[i].name_length};
	return status;
}

/* ---- The table ---- */

static const FileMagic recordio_magics[] = {
	{"\n#\xd7\xce", 4, "a recordIO file"}, {NULL, 0, NULL}};
static const FileMagic idx_magics[] = {{"\0\0\x08", 3, "an idx file"},
									   {NULL, 0, NULL}};
static const FileMagic pickle_magics[] = {{"\x80\2", 2, "a pickle"},
										  {"\x80\3", 2, "a pickle"},
										  {"\x80\4", 2, "a pickle"},
										  {"\x80\5", 2, "a pickle"},
										  {NULL, 0, NULL}};
static const FileMagic npz_magics[] = {
	{"\x93NUMPY", 6, "a .npy file of numpy"},
	{"PK\3\4", 4, "a zip file, as .npz is one"},
	{"PK\5\6", 4, "an empty zip file"},
	{NULL, 0, NULL}};
static const FileMagic foreign_magics[] = {
	{"\x89HDF\r\n\x1a\n", 8, "an HDF5 file"},
	{"PAR1", 4, "a Parquet file"},
	{"\x89PNG", 4, "a PNG picture"},
	{"\xff\xd8\xff", 3, "a JPEG picture"},
	{"ARROW1", 6, "an Arrow file"},
	{"%PDF", 4, "a PDF file"},
	{"<!DOCTYPE", 9, "an HTML page"},
	{"<html", 5, "an HTML page"},
	{"\x28\xb5\x2f\xfd", 4, "a zstd file"},
	{"BZh", 3, "a bzip2 file"},
	{"\xfd"
	 "7zXZ",
	 5, "an xz file"},
	{NULL, 0, NULL}};

const FormatDescriptor format_table[FORMAT_COUNT] = {
	[FORMAT_CSV] = {.name = "csv",
					.content_type = "text/csv",
					.label_size = true,
					.begin = begin_csv,
					.next = next_csv,
					.is_whole = csv_is_whole,
					.feed = feed_csv,
					.at = at_csv},
	[FORMAT_LIBSVM] = {.name = "libsvm",
					   .begin = begin_libsvm,
					   .next = next_libsvm,
					   .widthless = true},
	[FORMAT_JSON] = {.name = "json",
					 .content_type = "application/json",
					 .answer = ANSWER_DOCUMENT,
					 .begin = begin_json,
					 .next = next_json},
	[FORMAT_JSON_LINES] = {.name = "jsonlines",
						   .content_type = "application/jsonlines",
						   .answer = ANSWER_LINES,
						   .begin = begin_json,
						   .next = next_json},
	[FORMAT_RECORDIO] = {.name = "recordio",
						 .magics = recordio_magics,
						 .content_type = "application/x-recordio-protobuf",
						 .binary = true,
						 .answer = ANSWER_RECORDS,
						 .begin = begin_recordio,
						 .next = next_recordio,
						 .is_whole = is_whole_recordio,
						 .feed = feed_recordio,
						 .at = at_recordio},
	[FORMAT_IDX] = {.name = "idx",
					.endings = {"idx"},
					.magics = idx_magics,
					.binary = true,
					.arrays = idx_arrays},
	[FORMAT_PICKLE] = {.name = "pickle",
					   .endings = {"pickle"},
					   .magics = pickle_magics,
					   .binary = true,
					   .arrays = pickle_arrays},
	[FORMAT_NPZ] = {.name = "npz",
					.endings = {".npy", ".npz"},
					.magics = npz_magics,
					.binary = true,
					.arrays = npz_arrays},
	[FORMAT_FOREIGN] = {.magics = foreign_magics},
};

const FileMagic *
format_recognise(const uint8_t *bytes, size_t length, FileFormat *format)
{
	for (int i = 0; i < FORMAT_COUNT; i++)
		for (const FileMagic *magic = format_table[i].magics;
			 magic != NULL && magic->bytes != NULL; magic++)
			if (length >= magic->length &&
				memcmp(bytes, magic->bytes, magic->length) == 0)
			{
				*format = (FileFormat) i;
				return magic;
			}
	return NULL;
}

/* Writes count items as "a, b and c". */
static void
write_list(const char *const *items, int count, char *list, size_t size)
{
	list[0] = '\0';
	for (int i = 0; i < count; i++)
		snprintf(list + strlen(list), size - strlen(list), "%s%s",
				 i == 0			  ? ""
				 : i + 1 == count ? " and "
								  : ", ",
				 items[i]);
}

void
format_list_array_files(char *list, size_t size)
{
	const char *items[FORMAT_COUNT * FORMAT_ENDINGS];
	int count = 0;

	for (int f = 0; f < FORMAT_COUNT; f++)
		for (int e = 0; e < FORMAT_ENDINGS; e++)
			if (format_table[f].endings[e] != NULL)
				items[count++] = format_table[f].endings[e];
	write_list(items, count, list, size);
}

void
format_list_content_types(bool answers, char *list, size_t size)
{
	const char *items[FORMAT_COUNT];
	int count = 0;

	for (int f = 0; f < FORMAT_COUNT; f++)
		if (format_table[f].content_type != NULL &&
			(!answers || format_table[f].answer != ANSWER_NONE))
			items[count++] = format_table[f].content_type;
	write_list(items, count, list, size);
}
