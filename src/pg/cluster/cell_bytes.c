/*
 * cell_bytes.c
 *		The cells of a row as bytes.
 *
 * A layout (what the columns are) stays the same from row to row, so that a reader
 * compares it with the one before and looks into it only where it differs.
 */
#include "pg/cluster/cell_bytes.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#define CELLS_MAGIC 0x314C434C /* "LCL1" */

/* What a value begins with; the layout's columns and the cells follow. */
typedef struct CellsHeader
{
	uint32 magic;
	uint32 size; /* of all of it */
	uint32 layout;
	uint32 count; /* columns */
	uint32 cuts;
} CellsHeader;

/* What a column begins with; name and type follow. */
typedef struct LayoutColumn
{
	uint8 kind;
	uint8 flags;
	uint16 name;
	uint16 type;
} LayoutColumn;

#define LAYOUT_WHOLE 1
#define LAYOUT_LOG 2
#define LAYOUT_FLAGS 3

/* Days and elements that no value of SQL exceeds. */
#define MOST_DAYS 0x1p31
#define MOST_ELEMENTS (1 << 26)

/* ---- Writing ---- */

void
cell_layout_write(StringInfo out, const Column *columns, uint32 count,
				  bool cuts)
{
	CellsHeader header = {CELLS_MAGIC, 0, 0, count, cuts};

	resetStringInfo(out);
	appendBinaryStringInfo(out, (const char *) &header, sizeof(header));
	for (uint32 i = 0; i < count; i++)
	{
		const Column *column = &columns[i];
		LayoutColumn entry = {
			.kind = (uint8) column->kind,
			.flags = (uint8) ((column->whole ? LAYOUT_WHOLE : 0) |
							  (column->options.log ? LAYOUT_LOG : 0)),
			.name = (uint16) strlen(column->name),
			.type = (uint16) strlen(column->type)};

		appendBinaryStringInfo(out, (const char *) &entry, sizeof(entry));
		appendBinaryStringInfo(out, column->name, entry.name);
		appendBinaryStringInfo(out, column->type, entry.type);
	}
	header.layout = (uint32) out->len;
	memcpy(out->data, &header, sizeof(header));
}

static void
write_words(StringInfo out, const Cell *cell)
{
	for (uint32 i = 0; i < cell->count; i++)
	{
		const CellWord *word = &cell->words[i];

		appendBinaryStringInfo(out, (const char *) &word->count,
							   sizeof(word->count));
		appendBinaryStringInfo(out, (const char *) &word->size,
							   sizeof(word->size));
		appendBinaryStringInfo(out, word->bytes, (int) word->size);
	}
}

/* Writes a cell that is not NULL. */
static void
write_cell(StringInfo out, const Column *column, const Cell *cell)
{
	switch (column->kind)
	{
		case COLUMN_NUMBER:
		case COLUMN_FLAG:
		case COLUMN_MOMENT:
			appendBinaryStringInfo(out, (const char *) &cell->number,
								   sizeof(double));
			return;
		case COLUMN_CATEGORY:
			appendBinaryStringInfo(out, (const char *) &cell->rank,
								   sizeof(double));
			appendBinaryStringInfo(out, (const char *) &cell->size,
								   sizeof(uint32));
			appendBinaryStringInfo(out, cell->bytes, (int) cell->size);
			return;
		default:
			break;
	}
	appendBinaryStringInfo(out, (const char *) &cell->count, sizeof(uint32));
	if (column->kind == COLUMN_WORDS || column->kind == COLUMN_SET)
	{
		write_words(out, cell);
		return;
	}
	if (column->kind == COLUMN_ENTRIES)
	{
		appendBinaryStringInfo(out, (const char *) &column->length,
							   sizeof(uint32));
		appendBinaryStringInfo(out, (const char *) cell->indexes,
							   (int) (cell->count * sizeof(uint32)));
	}
	appendBinaryStringInfo(out, (const char *) cell->numbers,
						   (int) (cell->count * sizeof(double)));
}

bytea *
cells_write(const StringInfoData *layout, const Column *columns,
			const Cell *cells, uint32 count)
{
	StringInfoData out;
	uint32 size;

	initStringInfo(&out);
	enlargeStringInfo(&out, VARHDRSZ + layout->len + 16 * (int) count);
	out.len = VARHDRSZ;
	appendBinaryStringInfo(&out, layout->data, layout->len);
	for (uint32 i = 0; i < count; i++)
	{
		appendStringInfoChar(&out, cells[i].null ? 0 : 1);
		if (!cells[i].null)
			write_cell(&out, &columns[i], &cells[i]);
	}
	size = (uint32) out.len - VARHDRSZ;
	memcpy(out.data + VARHDRSZ + offsetof(CellsHeader, size), &size,
		   sizeof(size));
	SET_VARSIZE(out.data, out.len);
	return (bytea *) out.data;
}

/* ---- Reading ---- */

/* A value among those of a row. */
typedef struct CellsPart
{
	char *layout; /* its bytes, the size of all in the header being 0 */
	uint32 size;
	uint32 count; /* columns */
} CellsPart;

struct CellsReader
{
	MemoryContext outer;
	MemoryContext context; /* of the columns; NULL: none yet */
	CellsPart *parts;
	uint32 part_count;
	Column *columns;
	uint32 count;
	Cell *cells;
	bool cuts;
};

/* A cursor over bytes. */
typedef struct Cursor
{
	const char *at;
	Size left;
} Cursor;

CellsReader *
cells_reader_begin(MemoryContext context)
{
	CellsReader *reader = MemoryContextAllocZero(context, sizeof(CellsReader));

	reader->outer = context;
	return reader;
}

const Column *
cells_columns(const CellsReader *reader, uint32 *count)
{
	*count = reader->count;
	return reader->columns;
}

const Cell *
cells_of(const CellsReader *reader)
{
	return reader->cells;
}

bool
cells_cut(const CellsReader *reader)
{
	return reader->cuts;
}

pg_noreturn static void
refuse(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					errmsg("bytes are no cells of a row, or damaged"),
					errhint("Give what linlearn_cells returned.")));
	pg_unreachable();
}

static const char *
take(Cursor *cursor, Size size)
{
	const char *at = cursor->at;

	if (size > cursor->left)
		refuse();
	cursor->at += size;
	cursor->left -= size;
	return at;
}

static void
take_into(Cursor *cursor, void *to, Size size)
{
	memcpy(to, take(cursor, size), size);
}

/* The header of the next value. */
static CellsHeader
look_at_header(const Cursor *cursor)
{
	CellsHeader header;

	if (cursor->left < sizeof(header))
		refuse();
	memcpy(&header, cursor->at, sizeof(header));
	if (header.magic != CELLS_MAGIC || header.size > cursor->left ||
		header.layout > header.size || header.layout < sizeof(header) ||
		header.cuts > 1 || header.count > COLUMNS_MOST ||
		header.count > (header.layout - sizeof(header)) / sizeof(LayoutColumn))
		refuse();
	return header;
}

/* Whether a value has the layout that the one of its place had before. */
static bool
is_known(const CellsPart *part, const char *bytes, uint32 layout)
{
	Size skipped = offsetof(CellsHeader, layout);

	return part->size == layout &&
		   memcmp(part->layout + skipped, bytes + skipped, layout - skipped) ==
			   0;
}

/* A text that is UTF-8 and not empty. */
static const char *
take_text(Cursor *cursor, Size size, Size most)
{
	const char *text = take(cursor, size);

	if (size == 0 || size >= most || memchr(text, '\0', size) != NULL ||
		!pg_verify_mbstr(PG_UTF8, text, (int) size, true))
		refuse();
	return pnstrdup(text, size);
}

/* Takes the columns of a layout. */
static void
take_columns(CellsReader *reader, const char *bytes, const CellsHeader *header)
{
	Cursor cursor = {bytes + sizeof(*header),
					 header->layout - sizeof(*header)};

	for (uint32 i = 0; i < header->count; i++)
	{
		Column *column = &reader->columns[reader->count++];
		LayoutColumn entry;

		take_into(&cursor, &entry, sizeof(entry));
		if (entry.kind >= COLUMN_KINDS || entry.flags > LAYOUT_FLAGS)
			refuse();
		column->kind = (ColumnKind) entry.kind;
		column->whole = (entry.flags & LAYOUT_WHOLE) != 0;
		column->options.log = (entry.flags & LAYOUT_LOG) != 0;
		if (column->options.log && column->kind != COLUMN_NUMBER)
			refuse();
		column->name = take_text(&cursor, entry.name, COLUMN_NAME_SIZE);
		column->type = take_text(&cursor, entry.type, COLUMN_NAME_SIZE);
	}
	if (cursor.left > 0)
		refuse();
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* No column is there twice. */
static void
check_names(const CellsReader *reader)
{
	const char **names = palloc((reader->count + 1) * sizeof(char *));

	for (uint32 i = 0; i < reader->count; i++)
		names[i] = reader->columns[i].name;
	qsort(names, reader->count, sizeof(char *), compare_names);
	for (uint32 i = 1; i < reader->count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
							errmsg("a row has two columns of one name")));
	pfree(names);
}

/* Takes the layouts of all values of a row. */
static void
take_layouts(CellsReader *reader, const char *bytes, Size size)
{
	MemoryContext old;
	Cursor cursor = {bytes, size};
	uint32 parts = 0, count = 0;

	for (; cursor.left > 0; parts++)
	{
		CellsHeader header = look_at_header(&cursor);

		count += header.count;
		if (count > COLUMNS_MOST)
			refuse();
		(void) take(&cursor, header.size);
	}
	if (reader->context != NULL)
		MemoryContextDelete(reader->context);
	/* Until they are whole there are none. */
	reader->context = NULL;
	reader->part_count = reader->count = 0;
	reader->context = AllocSetContextCreate(reader->outer, "linlearn columns",
											ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(reader->context);
	reader->parts = palloc((parts + 1) * sizeof(CellsPart));
	reader->columns = palloc0((count + 1) * sizeof(Column));
	reader->cells = palloc0((count + 1) * sizeof(Cell));
	reader->cuts = false;
	cursor = (Cursor){bytes, size};
	for (uint32 i = 0; i < parts; i++)
	{
		CellsHeader header = look_at_header(&cursor);
		CellsPart *part = &reader->parts[i];

		part->layout = palloc(header.layout);
		memcpy(part->layout, cursor.at, header.layout);
		part->size = header.layout;
		part->count = header.count;
		reader->cuts |= header.cuts != 0;
		take_columns(reader, cursor.at, &header);
		(void) take(&cursor, header.size);
	}
	check_names(reader);
	reader->cells[reader->count].null = true;
	reader->part_count = parts;
	MemoryContextSwitchTo(old);
}

/* Whether all values of a row have the layouts of the row before. */
static bool
are_known(const CellsReader *reader, const char *bytes, Size size)
{
	Cursor cursor = {bytes, size};
	uint32 i = 0;

	if (reader->context == NULL)
		return false;
	for (; cursor.left > 0; i++)
	{
		CellsHeader header = look_at_header(&cursor);

		if (i >= reader->part_count ||
			!is_known(&reader->parts[i], cursor.at, header.layout))
			return false;
		(void) take(&cursor, header.size);
	}
	return i == reader->part_count;
}

static double
take_number(Cursor *cursor)
{
	double number;

	take_into(cursor, &number, sizeof(number));
	if (!isfinite(number))
		refuse();
	return number;
}

static uint32
take_count(Cursor *cursor, Size each)
{
	uint32 count;

	take_into(cursor, &count, sizeof(count));
	if (count > cursor->left / each)
		refuse();
	return count;
}

static void
take_words(Cursor *cursor, Cell *cell)
{
	CellWord *words;

	cell->count = take_count(cursor, sizeof(float) + sizeof(uint32));
	words = palloc((cell->count + 1) * sizeof(CellWord));
	for (uint32 i = 0; i < cell->count; i++)
	{
		take_into(cursor, &words[i].count, sizeof(float));
		words[i].size = take_count(cursor, 1);
		words[i].bytes = take(cursor, words[i].size);
		words[i].code = 0;
		if (!(words[i].count >= 0.0f) || isinf(words[i].count) ||
			words[i].size > LEVEL_MOST_BYTES)
			refuse();
	}
	cell->words = words;
}

static void
take_numbers(Cursor *cursor, ColumnKind kind, Cell *cell)
{
	double *numbers;
	uint32 *indexes;

	cell->count = take_count(cursor, sizeof(double));
	if (cell->count > MOST_ELEMENTS)
		refuse();
	if (kind == COLUMN_ENTRIES)
	{
		take_into(cursor, &cell->code, sizeof(cell->code));
		if (cell->code == 0 || cell->code > MOST_ELEMENTS)
			refuse();
		indexes = palloc((cell->count + 1) * sizeof(uint32));
		take_into(cursor, indexes, cell->count * sizeof(uint32));
		for (uint32 i = 0; i < cell->count; i++)
			if (indexes[i] >= cell->code ||
				(i > 0 && indexes[i] <= indexes[i - 1]))
				refuse();
		cell->indexes = indexes;
	}
	else if (cell->count == 0)
		refuse();
	numbers = palloc((cell->count + 1) * sizeof(double));
	for (uint32 i = 0; i < cell->count; i++)
		numbers[i] = take_number(cursor);
	cell->numbers = numbers;
}

static void
take_cell(Cursor *cursor, ColumnKind kind, Cell *cell)
{
	char there = *take(cursor, 1);

	cell->null = there == 0;
	if (there != 0 && there != 1)
		refuse();
	if (cell->null)
		return;
	switch (kind)
	{
		case COLUMN_NUMBER:
		case COLUMN_FLAG:
		case COLUMN_MOMENT:
			cell->number = take_number(cursor);
			if ((kind == COLUMN_FLAG && cell->number != 0.0 &&
				 cell->number != 1.0) ||
				(kind == COLUMN_MOMENT && fabs(cell->number) > MOST_DAYS))
				refuse();
			break;
		case COLUMN_CATEGORY:
			cell->rank = take_number(cursor);
			cell->size = take_count(cursor, 1);
			cell->bytes = take(cursor, cell->size);
			if (cell->size > LEVEL_MOST_BYTES ||
				!pg_verify_mbstr(PG_UTF8, cell->bytes, (int) cell->size, true))
				refuse();
			break;
		case COLUMN_WORDS:
		case COLUMN_SET:
			take_words(cursor, cell);
			break;
		default:
			take_numbers(cursor, kind, cell);
			break;
	}
}

bool
cells_read(CellsReader *reader, const char *bytes, Size size)
{
	bool known = are_known(reader, bytes, size);
	Cursor cursor = {bytes, size};
	uint32 at = 0;

	if (!known)
		take_layouts(reader, bytes, size);
	for (uint32 i = 0; i < reader->part_count; i++)
	{
		CellsHeader header = look_at_header(&cursor);
		Cursor cells = {cursor.at + header.layout,
						header.size - header.layout};

		for (uint32 k = 0; k < reader->parts[i].count; k++, at++)
			take_cell(&cells, reader->columns[at].kind, &reader->cells[at]);
		if (cells.left > 0)
			refuse();
		(void) take(&cursor, header.size);
	}
	return !known;
}
