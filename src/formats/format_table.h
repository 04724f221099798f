/*
 * format_table.h
 *		The one table of file formats: what each is called, how its bytes begin
 *		and what reads it.  Functions that return rows, streams, endpoints and
 *		messages about bytes of another format read it.
 *
 * A format is read row by row (begin, next), also from a stream (is_whole, feed,
 * at), or as whole arrays of numbers (arrays); of one that has neither only the
 * name is known.
 */
#ifndef LINLEARN_FORMATS_FORMAT_TABLE_H
#define LINLEARN_FORMATS_FORMAT_TABLE_H

#include "formats/csv.h"
#include "formats/json_lines.h"
#include "formats/libsvm.h"
#include "formats/numbers.h"
#include "formats/recordio.h"

typedef enum FileFormat
{
	FORMAT_CSV,
	FORMAT_LIBSVM,
	FORMAT_JSON,
	FORMAT_JSON_LINES,
	FORMAT_RECORDIO,
	FORMAT_IDX,
	FORMAT_PICKLE,
	FORMAT_NPZ,
	FORMAT_FOREIGN, /* none that is read */
	FORMAT_COUNT
} FileFormat;

/* How files begin, and what they are called then. */
typedef struct FileMagic
{
	const char *bytes;
	size_t length;
	const char *called; /* with its article */
} FileMagic;

/* What a reader of rows is told. */
typedef struct RowOptions
{
	bool labels;		  /* rows have them: a training file, no request */
	bool single;		  /* round values to float */
	bool whole;			  /* but no whole number that a float does not hold */
	uint32_t first_index; /* libsvm: what it calls the first column */
	uint32_t dimension;	  /* libsvm: columns; 0: not told */
} RowOptions;

/* A row as it was read; it borrows the reader's memory. */
typedef struct FileRow
{
	uint64_t number;	  /* of the stream, from 1 */
	const Sample *sample; /* NULL: without features */
	uint32_t width;		  /* of a sparse sample */
	bool has_label;
	const char *label_text; /* not terminated; NULL: the label is a number */
	size_t label_length;
	double label;
} FileRow;

typedef struct FormatDescriptor FormatDescriptor;

/* A reader of rows of any format. */
typedef struct RowReader
{
	const FormatDescriptor *format;
	Runtime runtime;
	RowOptions options;
	bool begun; /* so that it has memory to go on with */
	uint64_t rows;
	union
	{
		CsvReader csv;
		LibsvmReader libsvm;
		JsonReader json;
		RecordReader recordio;
	} as;
} RowReader;

/* An array of a file, and what it is called there. */
typedef struct FileArray
{
	NumberArray numbers;
	const int
		*path; /* of a pickle: {2,1} is the first of the second; else NULL */
	int depth;
	const char *name; /* of a .npz, not terminated; else NULL */
	size_t name_length;
} FileArray;

typedef struct FileArrays
{
	size_t count;
	FileArray *arrays;
} FileArrays;

/* What an endpoint writes as the answer to a request of a content type. */
typedef enum AnswerKind
{
	ANSWER_NONE,
	ANSWER_DOCUMENT, /* one of JSON */
	ANSWER_LINES,
	ANSWER_RECORDS
} AnswerKind;

/* Most endings of the files of one format. */
#define FORMAT_ENDINGS 2

struct FormatDescriptor
{
	const char *name; /* as in names of functions */
	const char
		*endings[FORMAT_ENDINGS]; /* of arrays: what such files are called */
	const FileMagic *magics;	  /* up to one without bytes; or NULL */
	const char *content_type;	  /* of requests; NULL: none */
	bool binary;				  /* a request is no text */
	bool label_size; /* the content type's parameter tells of labels */
	AnswerKind answer;

	/* Rows with labels; at each further stream it begins again. */
	void (*begin)(RowReader *reader, const void *bytes, size_t size);
	Status (*next)(RowReader *reader, FileRow *row, bool *found,
				   Failure *failure);
	bool widthless; /* a row does not tell how wide it is */
	/* Streams: whether bytes hold a whole row, the next bytes, and where it is. */
	bool (*is_whole)(const void *bytes, size_t size);
	void (*feed)(RowReader *reader, const uint8_t *bytes, size_t size);
	const uint8_t *(*at)(const RowReader *reader);

	/* Arrays: they borrow the bytes, or at most limit bytes of the runtime. */
	Status (*arrays)(const Runtime *runtime, const uint8_t *bytes,
					 size_t length, size_t limit, FileArrays *arrays,
					 Failure *failure);
};

extern const FormatDescriptor format_table[FORMAT_COUNT];

/* A reader of rows of a format that has them; it begins with row_reader_begin. */
extern void row_reader_init(RowReader *reader, FileFormat format,
							const Runtime *runtime, const RowOptions *options);

/* Starts to read; the bytes must outlive the reader. */
extern void row_reader_begin(RowReader *reader, const void *bytes,
							 size_t size);

/*
 * Reads the next row; false in *found at the end.  Errors are those of the
 * format's own reader.
 */
extern Status row_reader_next(RowReader *reader, FileRow *row, bool *found,
							  Failure *failure);

/*
 * The format whose files begin as the bytes do, and what it is called; NULL: no
 * such one.
 */
extern const FileMagic *format_recognise(const uint8_t *bytes, size_t length,
										 FileFormat *format);

/* Writes lists as "a, b and c": of files of arrays, and of content types. */
extern void format_list_array_files(char *list, size_t size);
extern void format_list_content_types(bool answers, char *list, size_t size);

#endif
