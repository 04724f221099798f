/*
 * columns_decode.c
 *		Reads a table's columns from bytes that nobody vouches for.
 *
 * Here the bytes become columns; columns_check() then looks whether they fit
 * together.  What is allocated is of the size of the bytes that are there: the
 * levels of a piece, whose counts and bytes are read a first time for that, are
 * in their order, so that no two are the same.
 */
#include "core/model/columns_decode.h"

#include <string.h>

#include "core/base/utf8.h"
#include "core/columns/columns_check.h"
#include "core/model/model.h"
#include "core/model/model_format.h"

/* The least that items take: a name has a character, a level a size and rows. */
#define LEAST_COLUMN_BYTES                                                    \
	(4 + 1 + 4 + 9 * 4 + 2 * 8 + (4 + COLUMN_DECILES) * 8)
#define LEAST_PIECE_BYTES (11 * 4 + 2 * 8)
#define LEAST_LEVEL_BYTES 2

/* Takes a text that is UTF-8, without a zero but the one at its end. */
static char *
take_utf8(Reader *reader, uint32_t *size)
{
	Reader ahead = *reader;
	uint32_t length = reader_take_u32(&ahead);

	if (!ahead.damaged && length <= ahead.left && length <= MODEL_MAX_TEXT &&
		!utf8_is_valid((const char *) ahead.cursor, length))
		reader_refuse(reader, "A text of its columns is not UTF-8.");
	if (size != NULL)
		*size = length;
	return reader_take_text(reader);
}

/* Takes the name of a column that has a role; NULL: none has it. */
static const char *
take_role(Reader *reader)
{
	uint32_t size = 0;
	const char *name = take_utf8(reader, &size);

	if (size >= COLUMN_NAME_SIZE)
		reader_refuse(reader, "The name of a column with a role is too long.");
	return reader->damaged || size == 0 ? NULL : name;
}

void
columns_decode_roles(Reader *reader, Columns *columns)
{
	columns->offset = take_role(reader);
	columns->exposure = take_role(reader);
}

/* Flags of which none is unknown. */
static uint32_t
take_flags(Reader *reader, uint32_t known)
{
	uint32_t flags = reader_take_u32(reader);

	if (flags & ~known)
		reader_refuse(reader, "Its columns have flags of a later release.");
	return flags;
}

/* Takes the options that a column's flags do not tell. */
static void
take_options(Reader *reader, ColumnOptions *options, uint32_t flags)
{
	options->log = flags & COLUMN_LOG;
	options->min_rows = reader_take_u32(reader);
	options->max_levels = reader_take_u32(reader);
	options->hash = reader_take_u32(reader);
	options->buckets = reader_take_u32(reader);
	options->spline = reader_take_u32(reader);
	options->parts = reader_take_u32(reader);
	if (flags & COLUMN_REFERENCE)
		options->reference = take_utf8(reader, &options->reference_size);
	if (flags & COLUMN_CONFIGURATION)
		options->words = take_utf8(reader, NULL);
}

static void
take_column(Reader *reader, Column *column)
{
	uint32_t flags;

	column->name = take_utf8(reader, NULL);
	column->type = take_utf8(reader, NULL);
	column->kind = (ColumnKind) reader_take_enum(reader, COLUMN_KINDS);
	flags = take_flags(reader, COLUMN_FLAGS);
	column->whole = flags & COLUMN_WHOLE;
	column->hours = flags & COLUMN_HOURS;
	take_options(reader, &column->options, flags);
	column->length = reader_take_u32(reader);
	column->rows = reader_take_u64(reader);
	column->nulls = reader_take_u64(reader);
	column->mean = reader_take_f64(reader);
	column->deviation = reader_take_f64(reader);
	column->minimum = reader_take_f64(reader);
	column->maximum = reader_take_f64(reader);
	reader_take(reader, column->deciles, sizeof(column->deciles));
	if (flags & COLUMN_MEANS)
		column->means = reader_take_f64s(reader, column->length);
}

/* Takes a level but for its bytes, which stay where they are. */
static void
take_level(Reader *reader, unsigned form, Level *level)
{
	uint64_t size = reader_take_varint(reader), term;

	if (size > reader->left || size > LEVEL_MOST_BYTES)
	{
		reader_refuse(reader, "A level is longer than its bytes or allowed.");
		size = 0;
	}
	level->bytes = (const char *) reader->cursor;
	level->size = (uint32_t) size;
	reader->cursor += size;
	reader->left -= size;
	level->rows = reader_take_varint(reader);
	level->rank = 0.0;
	if (form & PIECE_HAS_RANKS)
		level->rank = reader_take_f64(reader);
	else if ((form & PIECE_RANKED_BY_NUMBER) && size == sizeof(uint32_t))
		level->rank = level_number(level->bytes);
	level->term = -1;
	if (form & PIECE_HAS_TERMS)
	{
		term = reader_take_varint(reader);
		if (term > INT32_MAX)
			reader_refuse(reader, "A level has a term that there is not.");
		else
			level->term = (int32_t) term - 1;
	}
}

/* The bytes that levels take together; 0 for those that are damaged. */
static size_t
size_levels(Reader *reader, unsigned form, uint32_t count)
{
	Reader ahead = *reader;
	Level level = {0}, before;
	size_t total = 0, work = 0;

	for (uint32_t i = 0; i < count && !ahead.damaged; i++)
	{
		before = level;
		take_level(&ahead, form, &level);
		if (i > 0 && level_compare(&before, &level) >= 0)
			reader_refuse(&ahead, "Levels are not in their order.");
		total += level.size;
		work += level.size + 1;
		if (work < RUNTIME_STEPS)
			continue;
		work = 0;
		if (runtime_interrupted(reader->runtime))
			ahead.damaged = true;
	}
	if (ahead.damaged)
		reader_refuse(reader, ahead.why);
	return ahead.damaged ? 0 : total;
}

/* Takes levels; without is the one that has no term. */
static void
take_levels(Reader *reader, Piece *piece, unsigned form, uint32_t without)
{
	size_t total = size_levels(reader, form, piece->level_count);
	int32_t next = 0;
	char *bytes;

	piece->levels = reader_take_array(reader, piece->level_count,
									  sizeof(Level), LEAST_LEVEL_BYTES);
	bytes = reader_take_array(reader, total, 1, 1);
	for (uint32_t i = 0; i < piece->level_count && !reader->damaged; i++)
	{
		Level *level = &piece->levels[i];

		if (runtime_stops(reader->runtime, i))
			break;
		take_level(reader, form, level);
		if (level->size > 0)
			memcpy(bytes, level->bytes, level->size);
		level->bytes = bytes;
		bytes += level->size;
		if (!(form & PIECE_HAS_TERMS) && i != without)
			level->term = next++;
	}
}

/* Takes what a piece has of its own kind: members, cuts, numbers to subtract. */
static void
take_parts(Reader *reader, Piece *piece, Columns *columns, bool centered)
{
	piece->member_count = reader_take_u32(reader);
	piece->members = reader_take_array(reader, piece->member_count,
									   sizeof(uint32_t), sizeof(uint32_t));
	for (uint32_t i = 0; i < piece->member_count && !reader->damaged; i++)
	{
		if (runtime_stops(reader->runtime, i))
			return;
		piece->members[i] = reader_take_u32(reader);
	}
	piece->cut_count = reader_take_u32(reader);
	piece->cuts = reader_take_f64s(reader, piece->cut_count);
	if (centered && !reader->damaged)
		reader_take(reader, columns->center + piece->first,
					piece->terms * sizeof(double));
}

static void
take_piece(Reader *reader, Piece *piece, Columns *columns)
{
	uint32_t form, without;

	piece->kind = (PieceKind) reader_take_enum(reader, PIECE_KINDS);
	form = take_flags(reader, PIECE_FORM);
	piece->column = reader_take_u32(reader);
	piece->first = reader_take_u32(reader);
	piece->terms = reader_take_u32(reader);
	if ((uint64_t) piece->first + piece->terms > columns->width)
		reader_refuse(reader, "A piece has terms beyond those of all.");
	piece->other_rows = reader_take_u64(reader);
	piece->null_rows = reader_take_u64(reader);
	piece->other_term = (int32_t) reader_take_u32(reader);
	piece->null_term = (int32_t) reader_take_u32(reader);
	take_parts(reader, piece, columns, form & PIECE_HAS_CENTER);
	piece->level_count = reader_take_u32(reader);
	without = reader_take_u32(reader);
	if (piece->level_count > 0)
		take_levels(reader, piece, form, without);
}

static void
take_columns(Reader *reader, Columns *columns)
{
	columns->count = reader_take_u32(reader);
	columns->columns = reader_take_array(reader, columns->count,
										 sizeof(Column), LEAST_COLUMN_BYTES);
	for (uint32_t i = 0; i < columns->count && !reader->damaged; i++)
		take_column(reader, &columns->columns[i]);
	columns->piece_count = reader_take_u32(reader);
	columns->pieces = reader_take_array(reader, columns->piece_count,
										sizeof(Piece), LEAST_PIECE_BYTES);
	for (uint32_t i = 0; i < columns->piece_count && !reader->damaged; i++)
	{
		if (runtime_stops_wide(reader->runtime, i, 64))
			return;
		take_piece(reader, &columns->pieces[i], columns);
	}
	if (reader->left > 0)
		reader_refuse(reader, "Something follows its columns.");
}

/*
 * Whether each level is found by its bytes: no two differ by their ranks only.
 */
static bool
levels_are_found(Reader *reader, const Piece *piece)
{
	uint32_t count = piece->level_count;

	/* In the order of one rank, all differ by their bytes. */
	if (count == 0 || piece->levels[0].rank == piece->levels[count - 1].rank)
		return true;
	for (uint32_t i = 0; i < count; i++)
	{
		const Level *level = &piece->levels[i];

		if (runtime_stops_wide(reader->runtime, i, count) ||
			piece_find_level(piece, level->bytes, level->size) != i)
			return false;
	}
	return true;
}

/* Checks columns that were read whole, and makes their hash tables. */
static void
complete_columns(Reader *reader, Columns *columns)
{
	const char *why;
	Status status = columns_check(columns, reader->runtime, &why);

	if (status == LL_MALFORMED)
		reader_refuse(reader, why);
	else if (status == LL_OK)
		status = columns_index(columns, reader->runtime, NULL);
	if (status != LL_OK)
	{
		reader->damaged = true;
		reader->no_memory |= status == LL_NO_MEMORY;
		return;
	}
	for (uint32_t i = 0; i < columns->piece_count; i++)
		if (!levels_are_found(reader, &columns->pieces[i]))
			reader_refuse(reader, "Two levels are the same.");
}

Columns *
columns_decode(Reader *reader, uint32_t width)
{
	Columns *columns =
		runtime_allocate_zero(reader->runtime, 1, sizeof(Columns));

	if (columns != NULL)
		columns->center =
			runtime_allocate_zero(reader->runtime, width, sizeof(double));
	if (columns == NULL || columns->center == NULL)
	{
		reader->no_memory = reader->damaged = true;
		return NULL;
	}
	columns->width = reader_take_u32(reader);
	if (columns->width != width)
		reader_refuse(reader, "Its columns do not make its features.");
	if (!reader->damaged)
		take_columns(reader, columns);
	if (!reader->damaged)
		complete_columns(reader, columns);
	return reader->damaged ? NULL : columns;
}
