/*
 * encoder.c
 *		From the cells of a row to the features of a model.
 */
#include "core/columns/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/columns/moment.h"
#include "core/columns/spline.h"

#define FIRST_ROOM 64

/* Inverse document frequencies of the words, smoothed as if one row had all. */
static Status
take_idf(Encoder *encoder, Failure *failure)
{
	const Columns *columns = encoder->columns;

	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];
		const Column *column = &columns->columns[piece->column];
		double rows = (double) (column->rows + column->nulls);

		if (piece->kind != PIECE_WORDS)
			continue;
		if (encoder->idf == NULL)
			encoder->idf = runtime_allocate_zero(
				&encoder->runtime, columns->width, sizeof(double));
		if (encoder->idf == NULL)
			return fail_no_memory(failure);
		for (uint32_t i = 0; i < piece->level_count; i++)
			if (piece->levels[i].term >= 0)
				encoder->idf[piece->first + piece->levels[i].term] =
					1.0 + portable_log((1.0 + rows) /
									   (1.0 + (double) piece->levels[i].rows));
	}
	return LL_OK;
}

/* Makes room for so many entries of a row. */
static bool
reserve(Encoder *encoder, size_t count)
{
	const Runtime *runtime = &encoder->runtime;
	uint32_t *index;
	float *value;
	EncoderEntry *entries;
	size_t room = 2 * count + FIRST_ROOM;

	if (count <= encoder->room)
		return true;
	index = runtime_allocate(runtime, room * sizeof(uint32_t));
	value = runtime_allocate(runtime, room * sizeof(float));
	entries = runtime_allocate(runtime, room * sizeof(EncoderEntry));
	if (index == NULL || value == NULL || entries == NULL)
		return false;
	if (encoder->count > 0)
	{
		memcpy(index, encoder->index, encoder->count * sizeof(uint32_t));
		memcpy(value, encoder->value, encoder->count * sizeof(float));
	}
	runtime_release(runtime, encoder->index);
	runtime_release(runtime, encoder->value);
	runtime_release(runtime, encoder->entries);
	encoder->index = index;
	encoder->value = value;
	encoder->entries = entries;
	encoder->room = (uint32_t) room;
	return true;
}

bool
piece_has_many(PieceKind kind)
{
	return kind == PIECE_WORDS || kind == PIECE_SET || kind == PIECE_ENTRIES;
}

/* The entries that another piece puts at most. */
static size_t
least_room(const Piece *piece)
{
	if (piece_has_many(piece->kind))
		return 0;
	return piece->kind == PIECE_BLOCK || piece->kind == PIECE_SPLINE
			   ? piece->terms
			   : 1;
}

Status
encoder_init(Encoder *encoder, const Columns *columns, RowFormat format,
			 const Runtime *runtime, Failure *failure)
{
	memset(encoder, 0, sizeof(*encoder));
	encoder->columns = columns;
	encoder->runtime = *runtime;
	encoder->format = format;
	encoder->codes = runtime_allocate_zero(runtime, columns->piece_count + 1,
										   sizeof(uint32_t));
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		encoder->has_many |= piece_has_many(columns->pieces[p].kind);
		encoder->least_room += least_room(&columns->pieces[p]);
	}
	if (encoder->codes == NULL || !reserve(encoder, encoder->least_room))
		return fail_no_memory(failure);
	if (format == ROWS_F64)
	{
		encoder->dense =
			runtime_allocate(runtime, columns->width * sizeof(double));
		if (encoder->dense == NULL)
			return fail_no_memory(failure);
	}
	return take_idf(encoder, failure);
}

/* The place of a level whose bytes are a number. */
static uint32_t
numbered_level(const Piece *piece, uint32_t number)
{
	int64_t level =
		piece_find_level(piece, (const char *) &number, sizeof(number));

	return level < 0 ? LEVEL_OTHER(piece) : (uint32_t) level;
}

/* The place of a level or word by its bytes. */
static uint32_t
named_level(const Piece *piece, const Column *column, const char *bytes,
			uint32_t size)
{
	int64_t level;

	if (piece->hashed)
		return numbered_level(piece,
							  level_bucket(bytes, size, column->options.hash));
	level = piece_find_level(piece, bytes, size);
	return level < 0 ? LEVEL_OTHER(piece) : (uint32_t) level;
}

Status
encoder_map_codes(Encoder *encoder, const CellStore *store,
				  const uint32_t *source, Failure *failure)
{
	const Columns *columns = encoder->columns;
	const Runtime *runtime = &encoder->runtime;

	encoder->source = source;
	encoder->level_of_code = runtime_allocate_zero(
		runtime, columns->piece_count + 1, sizeof(uint32_t *));
	if (encoder->level_of_code == NULL)
		return fail_no_memory(failure);
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];
		const Dictionary *dictionary =
			&store->dictionaries[source[piece->column]];
		uint32_t *levels;

		if (piece->kind != PIECE_LEVELS && piece->kind != PIECE_WORDS &&
			piece->kind != PIECE_SET)
			continue;
		levels = runtime_allocate(runtime,
								  (dictionary->count + 1) * sizeof(uint32_t));
		if (levels == NULL)
			return fail_no_memory(failure);
		for (uint32_t i = 0; i < dictionary->count; i++)
		{
			if (runtime_stops(runtime, i))
				return fail_cancelled(failure);
			levels[i] = named_level(piece, &columns->columns[piece->column],
									dictionary->entries[i].bytes,
									dictionary->entries[i].size);
		}
		encoder->level_of_code[p] = levels;
	}
	return LL_OK;
}

double
column_log(double number)
{
	return number < 0 ? -portable_log1p(-number) : portable_log1p(number);
}

/* ---- Levels ---- */

/* How many cuts a number is not below. */
static uint32_t
bucket_of(const Piece *piece, double number)
{
	uint32_t low = 0, high = piece->cut_count;

	while (low < high)
	{
		uint32_t middle = low + (high - low) / 2;

		if (number >= piece->cuts[middle])
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The cell of a piece's column. */
static const Cell *
cell_of(const Encoder *encoder, const Piece *piece, const Cell *cells)
{
	return &cells[encoder->source != NULL ? encoder->source[piece->column]
										  : piece->column];
}

/* The level of a cross, by those of its members in the row at work. */
static uint32_t
crossed_level(const Encoder *encoder, const Piece *piece)
{
	uint32_t key[CROSS_MOST];
	int64_t level;

	for (uint32_t i = 0; i < piece->member_count; i++)
	{
		const Piece *member = &encoder->columns->pieces[piece->members[i]];

		key[i] = encoder->codes[piece->members[i]];
		/* What its member has no term for, the cross has none for. */
		if (piece_term(member, key[i]) < 0)
			return LEVEL_NULL(piece);
	}
	level = piece_find_level(piece, (const char *) key,
							 piece->member_count * sizeof(uint32_t));
	return level < 0 ? LEVEL_OTHER(piece) : (uint32_t) level;
}

uint32_t
encoder_level(const Encoder *encoder, const Piece *piece, const Cell *cells)
{
	const Cell *cell = cell_of(encoder, piece, cells);

	if (piece->kind == PIECE_CROSS)
		return crossed_level(encoder, piece);
	if (cell->null)
		return LEVEL_NULL(piece);
	switch (piece->kind)
	{
		case PIECE_LEVELS:
			return cell->bytes == NULL
					   ? encoder
							 ->level_of_code[piece - encoder->columns->pieces]
											[cell->code]
					   : named_level(piece,
									 &encoder->columns->columns[piece->column],
									 cell->bytes, cell->size);
		case PIECE_BUCKETS:
			return numbered_level(piece, bucket_of(piece, cell->number));
		default:
			return numbered_level(piece,
								  moment_part(piece->kind, cell->number));
	}
}

/* ---- Terms ---- */

/* Puts a term of the row at work; they come in ascending order. */
static inline void
put(Encoder *encoder, uint32_t term, double value)
{
	if (encoder->dense != NULL)
		encoder->dense[term] = value;
	else if (value != 0.0)
	{
		encoder->index[encoder->count] = term;
		encoder->value[encoder->count++] = (float) value;
	}
}

static int
compare_entries(const void *a, const void *b)
{
	const EncoderEntry *x = a, *y = b;

	return (x->term > y->term) - (x->term < y->term);
}

/* Sorts the entries of a piece by term, those of one term together. */
static uint32_t
gather_entries(EncoderEntry *entries, uint32_t count)
{
	uint32_t kept = 0;

	qsort(entries, count, sizeof(EncoderEntry), compare_entries);
	for (uint32_t i = 0; i < count; i++)
		if (kept > 0 && entries[kept - 1].term == entries[i].term)
			entries[kept - 1].value += entries[i].value;
		else
			entries[kept++] = entries[i];
	return kept;
}

/* The words of a cell that have a term: how often each occurs. */
static uint32_t
find_words(Encoder *encoder, const Piece *piece, const Cell *cell)
{
	const Column *column = &encoder->columns->columns[piece->column];
	size_t place = piece - encoder->columns->pieces;
	uint32_t count = 0;

	for (uint32_t i = 0; i < cell->count; i++)
	{
		const CellWord *word = &cell->words[i];
		uint32_t level =
			word->bytes == NULL
				? encoder->level_of_code[place][word->code]
				: named_level(piece, column, word->bytes, word->size);
		int32_t term = piece_term(piece, level);

		if (term >= 0)
			encoder->entries[count++] =
				(EncoderEntry){piece->first + (uint32_t) term, word->count};
	}
	return gather_entries(encoder->entries, count);
}

/* Words by (1 + ln count) idf, of length 1 together. */
static void
put_words(Encoder *encoder, const Piece *piece, const Cell *cell)
{
	EncoderEntry *entries = encoder->entries;
	uint32_t count = find_words(encoder, piece, cell);
	double squares = 0.0, scale;

	for (uint32_t i = 0; i < count; i++)
	{
		double often = entries[i].value < 1.0 ? 1.0 : entries[i].value;

		entries[i].value =
			(1.0 + portable_log(often)) * encoder->idf[entries[i].term];
		squares += entries[i].value * entries[i].value;
	}
	scale = squares > 0.0 ? 1.0 / sqrt(squares) : 0.0;
	for (uint32_t i = 0; i < count; i++)
		put(encoder, entries[i].term, entries[i].value * scale);
}

static void
put_set(Encoder *encoder, const Piece *piece, const Cell *cell)
{
	uint32_t count = find_words(encoder, piece, cell);

	for (uint32_t i = 0; i < count; i++)
		put(encoder, encoder->entries[i].term, 1.0);
}

/* A number; NULL counts as the training mean. */
static void
put_number(Encoder *encoder, const Piece *piece, const Column *column,
		   const Cell *cell)
{
	double center = encoder->columns->center[piece->first];

	if (!cell->null)
		put(encoder, piece->first,
			column_number(column, cell->number) - center);
	else if (column->kind == COLUMN_FLAG)
		put(encoder, piece->first, column->mean);
	else
		put(encoder, piece->first, 0.0);
}

static void
put_spline(Encoder *encoder, const Piece *piece, const Column *column,
		   const Cell *cell)
{
	double number =
		column_number(column, cell->null ? column->mean : cell->number);

	for (uint32_t i = 0; i < piece->terms; i++)
		put(encoder, piece->first + i,
			spline_term(piece->cuts, piece->cut_count, i, number) -
				encoder->columns->center[piece->first + i]);
}

static Status
put_block(Encoder *encoder, const Piece *piece, const Column *column,
		  const Cell *cell, Failure *failure)
{
	const double *center = encoder->columns->center + piece->first;

	if (!cell->null && cell->count != piece->terms)
		return fail(failure, LL_INVALID,
					"column \"%s\" has %u elements, not %u", column->name,
					cell->count, piece->terms);
	for (uint32_t i = 0; i < piece->terms; i++)
		put(encoder, piece->first + i,
			cell->null ? 0.0 : cell->numbers[i] - center[i]);
	return LL_OK;
}

static Status
put_entries(Encoder *encoder, const Piece *piece, const Column *column,
			const Cell *cell, Failure *failure)
{
	if (encoder->dense != NULL)
		memset(encoder->dense + piece->first, 0,
			   piece->terms * sizeof(double));
	for (uint32_t i = 0; !cell->null && i < cell->count; i++)
	{
		if (cell->indexes[i] >= piece->terms)
			return fail(failure, LL_INVALID,
						"column \"%s\" has an index above %u", column->name,
						piece->terms);
		put(encoder, piece->first + cell->indexes[i], cell->numbers[i]);
	}
	return LL_OK;
}

/* The terms of a piece that has levels: one of them is 1. */
static void
put_level(Encoder *encoder, uint32_t place, const Cell *cells)
{
	const Piece *piece = &encoder->columns->pieces[place];
	uint32_t level = encoder_level(encoder, piece, cells);
	int32_t term = piece_term(piece, level);

	encoder->codes[place] = level;
	if (encoder->dense != NULL)
		memset(encoder->dense + piece->first, 0,
			   piece->terms * sizeof(double));
	if (term >= 0)
		put(encoder, piece->first + (uint32_t) term, 1.0);
}

static inline Status
put_piece(Encoder *encoder, uint32_t place, const Cell *cells,
		  Failure *failure)
{
	const Piece *piece = &encoder->columns->pieces[place];
	const Column *column = &encoder->columns->columns[piece->column];
	const Cell *cell = cell_of(encoder, piece, cells);

	switch (piece->kind)
	{
		case PIECE_NUMBER:
			put_number(encoder, piece, column, cell);
			break;
		case PIECE_IS_NULL:
			put(encoder, piece->first, cell->null ? 1.0 : 0.0);
			break;
		case PIECE_SPLINE:
			put_spline(encoder, piece, column, cell);
			break;
		case PIECE_WORDS:
		case PIECE_SET:
			if (encoder->dense != NULL)
				memset(encoder->dense + piece->first, 0,
					   piece->terms * sizeof(double));
			if (!cell->null && piece->kind == PIECE_WORDS)
				put_words(encoder, piece, cell);
			else if (!cell->null)
				put_set(encoder, piece, cell);
			break;
		case PIECE_BLOCK:
			return put_block(encoder, piece, column, cell, failure);
		case PIECE_ENTRIES:
			return put_entries(encoder, piece, column, cell, failure);
		default:
			put_level(encoder, place, cells);
			break;
	}
	return LL_OK;
}

/* The entries that cells of many values put at most. */
static size_t
room_of_many(const Encoder *encoder, const Cell *cells)
{
	const Columns *columns = encoder->columns;
	size_t room = 0;

	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];
		const Cell *cell = cell_of(encoder, piece, cells);

		if (piece_has_many(piece->kind) && !cell->null)
			room += cell->count;
	}
	return room;
}

Status
encoder_encode(Encoder *encoder, const Cell *cells, RowView *view,
			   Failure *failure)
{
	const Columns *columns = encoder->columns;

	encoder->count = 0;
	if (encoder->has_many &&
		!reserve(encoder, encoder->least_room + room_of_many(encoder, cells)))
		return fail_no_memory(failure);
	for (uint32_t p = 0; p < columns->piece_count; p++)
	{
		Status status = put_piece(encoder, p, cells, failure);

		if (status != LL_OK)
			return status;
	}
	*view = (RowView){encoder->dense, encoder->index, encoder->value,
					  encoder->count};
	return LL_OK;
}
