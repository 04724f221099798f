/*
 * columns_encode.c
 *		Writes a table's columns.
 *
 * What is long is written tightly: the levels of a text may be a quarter of a
 * million words.  Their ranks are left out where all are 0, their terms where
 * each has the next, and the numbers to subtract where there are none.
 */
#include "core/model/columns_encode.h"

#include <math.h>
#include <string.h>

static void
put_bytes(Writer *writer, const char *bytes, uint32_t size)
{
	writer_put_u32(writer, size);
	writer_put(writer, bytes, size);
}

static void
put_column(Writer *writer, const Column *column)
{
	const ColumnOptions *options = &column->options;

	writer_put_text(writer, column->name);
	writer_put_text(writer, column->type);
	writer_put_u32(writer, column->kind);
	writer_put_u32(writer,
				   (column->whole ? COLUMN_WHOLE : 0) |
					   (column->hours ? COLUMN_HOURS : 0) |
					   (column->means != NULL ? COLUMN_MEANS : 0) |
					   (options->log ? COLUMN_LOG : 0) |
					   (options->reference != NULL ? COLUMN_REFERENCE : 0) |
					   (options->words != NULL ? COLUMN_CONFIGURATION : 0));
	writer_put_u32(writer, options->min_rows);
	writer_put_u32(writer, options->max_levels);
	writer_put_u32(writer, options->hash);
	writer_put_u32(writer, options->buckets);
	writer_put_u32(writer, options->spline);
	writer_put_u32(writer, options->parts);
	if (options->reference != NULL)
		put_bytes(writer, options->reference, options->reference_size);
	if (options->words != NULL)
		writer_put_text(writer, options->words);
	writer_put_u32(writer, column->length);
	writer_put_u64(writer, column->rows);
	writer_put_u64(writer, column->nulls);
	writer_put_f64(writer, column->mean);
	writer_put_f64(writer, column->deviation);
	writer_put_f64(writer, column->minimum);
	writer_put_f64(writer, column->maximum);
	writer_put_f64s(writer, column->deciles, COLUMN_DECILES);
	if (column->means != NULL)
		writer_put_f64s(writer, column->means, column->length);
}

/* Whether each level but one at most has the next term; which has none. */
static bool
terms_are_implied(const Writer *writer, const Piece *piece, uint32_t *without)
{
	int32_t next = 0;

	*without = NO_LEVEL;
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		if (runtime_stops(writer->runtime, i))
			break;
		if (piece->levels[i].term == -1 && *without == NO_LEVEL)
			*without = i;
		else if (piece->levels[i].term != next++)
			return false;
	}
	return true;
}

/* How ranks are written: not, if each is 0 or the number that its bytes are. */
static unsigned
rank_form(const Writer *writer, const Piece *piece)
{
	bool zero = true, numbered = true;

	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];

		if (runtime_stops(writer->runtime, i))
			break;
		zero = zero && level->rank == 0.0 && !signbit(level->rank);
		numbered = numbered && !signbit(level->rank) &&
				   level->size == sizeof(uint32_t) &&
				   level->rank == level_number(level->bytes);
	}
	return zero ? 0 : numbered ? PIECE_RANKED_BY_NUMBER : PIECE_HAS_RANKS;
}

/* Whether a piece has something else to subtract than 0. */
static bool
has_center(const Writer *writer, const double *center, uint32_t count)
{
	for (uint32_t i = 0; i < count && !runtime_stops(writer->runtime, i); i++)
		if (center[i] != 0.0 || signbit(center[i]))
			return true;
	return false;
}

static void
put_levels(Writer *writer, const Piece *piece, unsigned form)
{
	for (uint32_t i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];

		if (runtime_stops(writer->runtime, i))
			break;
		writer_put_varint(writer, level->size);
		writer_put(writer, level->bytes, level->size);
		writer_put_varint(writer, level->rows);
		if (form & PIECE_HAS_RANKS)
			writer_put_f64(writer, level->rank);
		if (form & PIECE_HAS_TERMS)
			writer_put_varint(writer, (uint32_t) level->term + 1);
	}
}

static void
put_piece(Writer *writer, const Piece *piece, const double *center)
{
	uint32_t without;
	bool implied = terms_are_implied(writer, piece, &without);
	unsigned form =
		rank_form(writer, piece) | (implied ? 0 : PIECE_HAS_TERMS) |
		(has_center(writer, center, piece->terms) ? PIECE_HAS_CENTER : 0);

	writer_put_u32(writer, piece->kind);
	writer_put_u32(writer, form);
	writer_put_u32(writer, piece->column);
	writer_put_u32(writer, piece->first);
	writer_put_u32(writer, piece->terms);
	writer_put_u64(writer, piece->other_rows);
	writer_put_u64(writer, piece->null_rows);
	writer_put_u32(writer, (uint32_t) piece->other_term);
	writer_put_u32(writer, (uint32_t) piece->null_term);
	writer_put_u32(writer, piece->member_count);
	for (uint32_t i = 0; i < piece->member_count; i++)
		writer_put_u32(writer, piece->members[i]);
	writer_put_u32(writer, piece->cut_count);
	writer_put_f64s(writer, piece->cuts, piece->cut_count);
	if (form & PIECE_HAS_CENTER)
		writer_put_f64s(writer, center, piece->terms);
	writer_put_u32(writer, piece->level_count);
	writer_put_u32(writer, without);
	put_levels(writer, piece, form);
}

void
columns_encode(Writer *writer, const Columns *columns)
{
	writer_begin_section(writer, SECTION_COLUMNS);
	writer_put_u32(writer, columns->width);
	writer_put_u32(writer, columns->count);
	for (uint32_t i = 0; i < columns->count; i++)
		put_column(writer, &columns->columns[i]);
	writer_put_u32(writer, columns->piece_count);
	for (uint32_t i = 0; i < columns->piece_count; i++)
	{
		const Piece *piece = &columns->pieces[i];

		put_piece(writer, piece, columns->center + piece->first);
	}
	writer_end_section(writer);
}
