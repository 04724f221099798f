/*
 * mixed_columns.h
 *		Columns of every kind with pieces of every kind, for tests.
 */
#ifndef LINLEARN_TEST_MIXED_COLUMNS_H
#define LINLEARN_TEST_MIXED_COLUMNS_H

#include <math.h>
#include <string.h>

#include "core/columns/columns.h"

/* Places of the columns, in the order of their names. */
enum
{
	COL_AGE,
	COL_CONTRACT,
	COL_FLAG,
	COL_GRADE,
	COL_NOTES,
	COL_PIXELS,
	COL_SIGNUP,
	COL_TAGS,
	COL_VECTOR,
	COL_ZIP,
	COL_COUNT
};

/* Places of the pieces. */
enum
{
	P_AGE,
	P_AGE_NULL,
	P_AGE_BUCKETS,
	P_AGE_SPLINE,
	P_CONTRACT,
	P_FLAG,
	P_GRADE,
	P_NOTES,
	P_PIXELS,
	P_DAYS,
	P_MONTH,
	P_WEEKDAY,
	P_HOUR,
	P_TAGS,
	P_VECTOR,
	P_ZIP,
	P_CROSS,
	P_COUNT
};

/* Terms beyond the last that a damaged count may name. */
#define MIXED_SPARE 8

static const char *const mixed_names[COL_COUNT] = {
	"age",	  "contract", "flag", "grade",	"notes",
	"pixels", "signup",	  "tags", "vector", "z\xc3\xbcrich"};
static const ColumnKind mixed_kinds[COL_COUNT] = {
	COLUMN_NUMBER,	COLUMN_CATEGORY, COLUMN_FLAG,	COLUMN_CATEGORY,
	COLUMN_WORDS,	COLUMN_BLOCK,	 COLUMN_MOMENT, COLUMN_SET,
	COLUMN_ENTRIES, COLUMN_CATEGORY};

static inline void *
mixed_allocate(const Runtime *runtime, size_t count, size_t size)
{
	return runtime_allocate_zero(runtime, count, size);
}

static inline void
mixed_column(const Runtime *runtime, Column *column, int place)
{
	column->name = mixed_names[place];
	column->type = place % 2 ? "text" : "double precision";
	column->kind = mixed_kinds[place];
	column->rows = UINT64_C(5000000000) + place;
	column->nulls = place * 7;
	column->mean = column->kind == COLUMN_CATEGORY ? NAN : 0.5 * place - 1;
	column->deviation = 0.25 * place;
	column->minimum = -100.5 - place;
	column->maximum = 1e6 + place;
	for (int i = 0; i < COLUMN_DECILES; i++)
		column->deciles[i] = place == COL_ZIP ? NAN : i * 1.5 - 3 + place;
	if (column->kind == COLUMN_BLOCK)
	{
		column->length = 3;
		column->means = mixed_allocate(runtime, 3, sizeof(double));
		for (int i = 0; i < 3; i++)
			column->means[i] = i - 0.125;
	}
	if (column->kind == COLUMN_ENTRIES)
		column->length = 5;
}

static inline void
mixed_options(Column *columns)
{
	columns[COL_AGE].whole = true;
	columns[COL_AGE].options.log = true;
	columns[COL_AGE].options.buckets = 4;
	columns[COL_AGE].options.spline = 4;
	columns[COL_CONTRACT].options.reference = "One year";
	columns[COL_CONTRACT].options.reference_size = 8;
	columns[COL_CONTRACT].options.min_rows = 20;
	columns[COL_GRADE].options.reference = "";
	columns[COL_NOTES].options.words = "english";
	columns[COL_NOTES].options.max_levels = 1 << 18;
	columns[COL_SIGNUP].hours = true;
	columns[COL_SIGNUP].options.parts =
		MOMENT_DAYS | MOMENT_MONTH | MOMENT_WEEKDAY | MOMENT_HOUR;
	columns[COL_ZIP].options.hash = 258;
}

/* Levels of texts, each with the next term but where without says none. */
static inline void
mixed_texts(const Runtime *runtime, Piece *piece, const char *const *texts,
			uint32_t count, int without)
{
	int32_t next = 0;

	piece->level_count = count;
	piece->levels = mixed_allocate(runtime, count, sizeof(Level));
	for (uint32_t i = 0; i < count; i++)
	{
		Level *level = &piece->levels[i];

		level->bytes = texts[i];
		level->size = (uint32_t) strlen(texts[i]);
		level->rows = 1 + i * UINT64_C(3000000001);
		level->term = (int) i == without ? -1 : next++;
	}
	piece->terms = (uint32_t) next;
}

/* Levels that are numbers: count of them, width in each, rising. */
static inline void
mixed_codes(const Runtime *runtime, Piece *piece, const uint32_t *codes,
			uint32_t count, uint32_t width)
{
	piece->level_count = piece->terms = count;
	piece->levels = mixed_allocate(runtime, count, sizeof(Level));
	for (uint32_t i = 0; i < count; i++)
	{
		piece->levels[i].bytes = (const char *) (codes + i * width);
		piece->levels[i].size = width * sizeof(uint32_t);
		piece->levels[i].rows = 10 + i;
		piece->levels[i].term = (int32_t) i;
	}
}

/* A term more: of (other), of NULL. */
static inline void
mixed_rest(Piece *piece, bool other, bool null)
{
	if (other)
		piece->other_term = (int32_t) piece->terms++;
	if (null)
		piece->null_term = (int32_t) piece->terms++;
	piece->other_rows = other ? 77 : 0;
	piece->null_rows = null ? 78 : 0;
}

static inline void
mixed_cuts(const Runtime *runtime, Piece *piece, uint32_t count)
{
	piece->cut_count = count;
	piece->cuts = mixed_allocate(runtime, count, sizeof(double));
	for (uint32_t i = 0; i < count; i++)
		piece->cuts[i] = 10.0 * i + 20.0;
}

/* Pieces of texts. */
static inline void
mixed_text_pieces(const Runtime *runtime, Piece *pieces)
{
	static const char *const contracts[] = {"Month-to-month", "One year",
											"Two \"year\"<&>\x01"};
	static const char *const grades[] = {"poor", "fair", "good"};
	static const char *const words[] = {"", "a", "house", "h\xc3\xa4user"};
	static const char *const tags[] = {"x", "y"};

	mixed_texts(runtime, &pieces[P_CONTRACT], contracts, 3, 1);
	mixed_rest(&pieces[P_CONTRACT], true, true);
	mixed_texts(runtime, &pieces[P_GRADE], grades, 3, -1);
	for (int i = 0; i < 3; i++)
	{
		pieces[P_GRADE].levels[i].rank = i - 0.5;
		pieces[P_GRADE].levels[i].term = 2 - i;
	}
	mixed_texts(runtime, &pieces[P_NOTES], words, 4, -1);
	mixed_texts(runtime, &pieces[P_TAGS], tags, 2, -1);
	mixed_rest(&pieces[P_TAGS], true, false);
}

/* Pieces of numbers and codes. */
static inline void
mixed_number_pieces(const Runtime *runtime, Piece *pieces)
{
	static const uint32_t months[] = {1, 2, 12}, days[] = {1, 7},
						  hours[] = {0, 23}, buckets[] = {0, 1, 3},
						  hashes[] = {0, 256, 257};
	/* contract: its third level, (other), NULL; month: the second, the first */
	static const uint32_t crossed[] = {2, 1, 3, 0, 4, 0};

	mixed_codes(runtime, &pieces[P_AGE_BUCKETS], buckets, 3, 1);
	mixed_cuts(runtime, &pieces[P_AGE_BUCKETS], 3);
	mixed_rest(&pieces[P_AGE_BUCKETS], false, true);
	mixed_cuts(runtime, &pieces[P_AGE_SPLINE], 4);
	pieces[P_AGE_SPLINE].terms = 3;
	mixed_codes(runtime, &pieces[P_MONTH], months, 3, 1);
	mixed_codes(runtime, &pieces[P_WEEKDAY], days, 2, 1);
	mixed_rest(&pieces[P_WEEKDAY], true, false);
	mixed_codes(runtime, &pieces[P_HOUR], hours, 2, 1);
	mixed_codes(runtime, &pieces[P_ZIP], hashes, 3, 1);
	for (int i = 0; i < 3; i++)
		pieces[P_ZIP].levels[i].rank = hashes[i];
	mixed_rest(&pieces[P_ZIP], false, true);
	pieces[P_PIXELS].terms = 3;
	pieces[P_VECTOR].terms = 5;
	mixed_codes(runtime, &pieces[P_CROSS], crossed, 3, 2);
	pieces[P_CROSS].member_count = 2;
	pieces[P_CROSS].members = mixed_allocate(runtime, 2, sizeof(uint32_t));
	pieces[P_CROSS].members[0] = P_CONTRACT;
	pieces[P_CROSS].members[1] = P_MONTH;
	mixed_rest(&pieces[P_CROSS], true, false);
}

/* Makes columns of every kind; slots are not made. */
static inline void
mixed_columns(const Runtime *runtime, Columns *columns)
{
	static const PieceKind kinds[P_COUNT] = {
		PIECE_NUMBER, PIECE_IS_NULL, PIECE_BUCKETS, PIECE_SPLINE,
		PIECE_LEVELS, PIECE_NUMBER,	 PIECE_LEVELS,	PIECE_WORDS,
		PIECE_BLOCK,  PIECE_NUMBER,	 PIECE_MONTH,	PIECE_WEEKDAY,
		PIECE_HOUR,	  PIECE_SET,	 PIECE_ENTRIES, PIECE_LEVELS,
		PIECE_CROSS};
	static const uint32_t of[P_COUNT] = {
		COL_AGE,	COL_AGE,	 COL_AGE,	 COL_AGE,	 COL_CONTRACT,
		COL_FLAG,	COL_GRADE,	 COL_NOTES,	 COL_PIXELS, COL_SIGNUP,
		COL_SIGNUP, COL_SIGNUP,	 COL_SIGNUP, COL_TAGS,	 COL_VECTOR,
		COL_ZIP,	COL_CONTRACT};

	memset(columns, 0, sizeof(*columns));
	columns->count = COL_COUNT;
	columns->columns = mixed_allocate(runtime, COL_COUNT, sizeof(Column));
	columns->piece_count = P_COUNT;
	columns->pieces = mixed_allocate(runtime, P_COUNT, sizeof(Piece));
	for (int i = 0; i < COL_COUNT; i++)
		mixed_column(runtime, &columns->columns[i], i);
	mixed_options(columns->columns);
	for (int i = 0; i < P_COUNT; i++)
		columns->pieces[i] = (Piece){.kind = kinds[i],
									 .column = of[i],
									 .terms = 1,
									 .other_term = -1,
									 .null_term = -1};
	mixed_text_pieces(runtime, columns->pieces);
	mixed_number_pieces(runtime, columns->pieces);
	for (int i = 0; i < P_COUNT; i++)
	{
		columns->pieces[i].first = columns->width;
		columns->width += columns->pieces[i].terms;
	}
	columns->center =
		mixed_allocate(runtime, columns->width + MIXED_SPARE, sizeof(double));
	columns->center[0] = 40.25;
	for (int i = 0; i < 3; i++)
		columns->center[columns->pieces[P_PIXELS].first + i] = i - 0.125;
}

#endif
