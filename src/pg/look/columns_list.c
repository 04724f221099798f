/*
 * columns_list.c
 *		linlearn_columns(model): the columns that a model was trained on.
 */
#include "pg/base/version.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "core/model/column_importance.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "pg/base/result_set.h"
#include "pg/base/text_encoding.h"
#include "pg/predict/model_cache.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* The columns of the result. */
typedef enum ListedAs
{
	LISTED_COLUMN,
	LISTED_TYPE,
	LISTED_KIND,
	LISTED_ENCODING,
	LISTED_TERMS,
	LISTED_LEVELS,
	LISTED_ROWS,
	LISTED_NULLS,
	LISTED_MEAN,
	LISTED_DEVIATION,
	LISTED_MINIMUM,
	LISTED_MAXIMUM,
	LISTED_DECILES,
	LISTED_IMPORTANCE,
	LISTED_COUNT
} ListedAs;

/* A row of the result in the making. */
typedef struct ListedRow
{
	Datum values[LISTED_COUNT];
	bool nulls[LISTED_COUNT];
} ListedRow;

/* What the pieces of a column, or a cross, are together. */
typedef struct PieceSums
{
	StringInfoData encoding;
	uint64 terms;
	uint64 levels;
	bool has_levels;
	double variance;
} PieceSums;

static const char *const kind_names[COLUMN_KINDS] = {
	"number", "flag", "category", "date", "words", "set", "block", "sparse"};

static Datum
text_of_utf8(const char *string, Size size)
{
	return CStringGetTextDatum(server_of_utf8(string, size));
}

static void
put_text(ListedRow *row, ListedAs at, const char *utf8)
{
	row->values[at] = text_of_utf8(utf8, strlen(utf8));
	row->nulls[at] = false;
}

static void
put_count(ListedRow *row, ListedAs at, uint64 count)
{
	row->values[at] = Int64GetDatum((int64) count);
	row->nulls[at] = false;
}

static void
put_number(ListedRow *row, ListedAs at, double number)
{
	row->values[at] = Float8GetDatum(number);
	row->nulls[at] = isnan(number);
}

/* Appends the level without a term, or which outcome it is. */
static void
append_reference(StringInfo out, const Piece *piece)
{
	for (uint32 i = 0; i < piece->level_count; i++)
	{
		const Level *level = &piece->levels[i];

		if (level->term >= 0)
			continue;
		appendStringInfoString(out, ", reference ");
		if (piece->kind == PIECE_LEVELS && !piece->hashed)
			appendBinaryStringInfo(out, level->bytes, (int) level->size);
		else if (level->size == sizeof(uint32))
			appendStringInfo(out, "%u", level_number(level->bytes));
		return;
	}
	if (piece->other_rows > 0 && piece->other_term < 0)
		appendStringInfoString(out, ", reference (other)");
	else if (piece->null_rows > 0 && piece->null_term < 0)
		appendStringInfoString(out, ", reference NULL");
}

/* Appends a piece that has levels: "month", "4 levels, (other), NULL". */
static void
append_levels(StringInfo out, const Piece *piece, const char *what, bool count)
{
	if (count)
		appendStringInfo(out, "%u ", piece->level_count);
	appendStringInfoString(out, what);
	if (piece->kind == PIECE_WORDS || piece->kind == PIECE_SET)
		return;
	if (piece->other_term >= 0)
		appendStringInfoString(out, ", (other)");
	if (piece->null_term >= 0)
		appendStringInfoString(out, ", NULL");
	append_reference(out, piece);
}

/* Appends how a piece makes terms, in words. */
static void
append_encoding(StringInfo out, const Piece *piece, const Column *column)
{
	if (out->len > 0)
		appendStringInfoString(out, ", ");
	switch (piece->kind)
	{
		case PIECE_NUMBER:
			appendStringInfoString(out, column->kind == COLUMN_FLAG ? "0 or 1"
										: column->kind == COLUMN_MOMENT
											? "days"
										: column->options.log ? "log"
															  : "number");
			break;
		case PIECE_IS_NULL:
			appendStringInfoString(out, "is NULL");
			break;
		case PIECE_LEVELS:
			append_levels(out, piece,
						  piece->hashed ? "hashed levels" : "levels", true);
			break;
		case PIECE_MONTH:
			append_levels(out, piece, "month", false);
			break;
		case PIECE_WEEKDAY:
			append_levels(out, piece, "weekday", false);
			break;
		case PIECE_HOUR:
			append_levels(out, piece, "hour", false);
			break;
		case PIECE_BUCKETS:
			append_levels(out, piece, "buckets", true);
			break;
		case PIECE_CROSS:
			append_levels(out, piece, "crossed levels", true);
			break;
		case PIECE_SPLINE:
			appendStringInfo(out, "%sspline of %u knots",
							 column->options.log ? "log, " : "",
							 piece->cut_count);
			break;
		case PIECE_WORDS:
			append_levels(out, piece, piece->hashed ? "hashed words" : "words",
						  true);
			break;
		case PIECE_SET:
			append_levels(out, piece,
						  piece->hashed ? "hashed elements" : "elements",
						  true);
			break;
		case PIECE_BLOCK:
			appendStringInfo(out, "%u numbers", piece->terms);
			break;
		case PIECE_ENTRIES:
			appendStringInfo(out, "%u sparse numbers", piece->terms);
			break;
		case PIECE_KINDS:
			break;
	}
}

/* Adds a piece to what is said of its column. */
static void
add_piece(PieceSums *sums, const Model *model, const Piece *piece)
{
	append_encoding(&sums->encoding, piece,
					&model->columns->columns[piece->column]);
	sums->terms += piece->terms;
	sums->levels += piece->level_count;
	sums->has_levels |= piece->level_count > 0;
	sums->variance += piece_variance(model, piece);
}

/* The deciles as an array; NULL where there are none. */
static void
put_deciles(ListedRow *row, const Column *column)
{
	Datum elements[COLUMN_DECILES];

	for (int i = 0; i < COLUMN_DECILES; i++)
	{
		if (isnan(column->deciles[i]))
			return;
		elements[i] = Float8GetDatum(column->deciles[i]);
	}
	row->values[LISTED_DECILES] = PointerGetDatum(
		construct_array(elements, COLUMN_DECILES, FLOAT8OID, sizeof(float8),
						FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	row->nulls[LISTED_DECILES] = false;
}

/* Puts what the pieces of a row of the result come to. */
static void
put_pieces(ListedRow *row, const PieceSums *sums)
{
	put_text(row, LISTED_ENCODING,
			 sums->encoding.len > 0 ? sums->encoding.data : "constant");
	put_count(row, LISTED_TERMS, sums->terms);
	if (sums->has_levels)
		put_count(row, LISTED_LEVELS, sums->levels);
	put_number(row, LISTED_IMPORTANCE, sqrt(sums->variance));
}

static void
put_column(ReturnSetInfo *result, const Column *column, const PieceSums *sums)
{
	ListedRow row;
	double all = (double) column->rows + (double) column->nulls;

	memset(row.nulls, true, sizeof(row.nulls));
	put_text(&row, LISTED_COLUMN, column->name);
	put_text(&row, LISTED_TYPE, column->type);
	put_text(&row, LISTED_KIND, kind_names[column->kind]);
	put_pieces(&row, sums);
	put_count(&row, LISTED_ROWS, column->rows);
	put_number(&row, LISTED_NULLS,
			   all > 0 ? (double) column->nulls / all : NAN);
	if (column->rows > 0 &&
		(column->kind == COLUMN_NUMBER || column->kind == COLUMN_FLAG ||
		 column->kind == COLUMN_MOMENT))
	{
		put_number(&row, LISTED_MEAN, column->mean);
		put_number(&row, LISTED_DEVIATION, column->deviation);
		put_number(&row, LISTED_MINIMUM, column->minimum);
		put_number(&row, LISTED_MAXIMUM, column->maximum);
		put_deciles(&row, column);
	}
	result_set_put(result, row.values, row.nulls);
}

/* Puts a cross, by the names of its columns. */
static void
put_cross(ReturnSetInfo *result, const Model *model, const Piece *piece)
{
	const Columns *columns = model->columns;
	ListedRow row;
	PieceSums sums = {0};
	StringInfoData name;

	initStringInfo(&name);
	initStringInfo(&sums.encoding);
	for (uint32 i = 0; i < piece->member_count; i++)
		appendStringInfo(
			&name, "%s%s", i > 0 ? "*" : "",
			columns->columns[columns->pieces[piece->members[i]].column].name);
	add_piece(&sums, model, piece);
	memset(row.nulls, true, sizeof(row.nulls));
	put_text(&row, LISTED_COLUMN, name.data);
	put_text(&row, LISTED_KIND, "cross");
	put_pieces(&row, &sums);
	result_set_put(result, row.values, row.nulls);
}

/* The sums of each column's pieces. */
static PieceSums *
sum_pieces(const Model *model)
{
	const Columns *columns = model->columns;
	PieceSums *sums = MemoryContextAllocHuge(
		CurrentMemoryContext, (columns->count + 1) * sizeof(PieceSums));

	memset(sums, 0, (columns->count + 1) * sizeof(PieceSums));
	for (uint32 i = 0; i < columns->count; i++)
		initStringInfo(&sums[i].encoding);
	for (uint32 p = 0; p < columns->piece_count; p++)
	{
		const Piece *piece = &columns->pieces[p];

		CHECK_FOR_INTERRUPTS();
		if (piece->kind != PIECE_CROSS)
			add_piece(&sums[piece->column], model, piece);
	}
	return sums;
}

PG_FUNCTION_INFO_V1(linlearn_columns);
Datum
linlearn_columns(PG_FUNCTION_ARGS)
{
	const Model *model = &cached_model_of_call(fcinfo)->model;
	const Columns *columns = model->columns;
	ReturnSetInfo *result = result_set_begin(fcinfo);
	PieceSums *sums;

	if (columns == NULL)
		return (Datum) 0;
	sums = sum_pieces(model);
	for (uint32 i = 0; i < columns->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_column(result, &columns->columns[i], &sums[i]);
	}
	for (uint32 p = 0; p < columns->piece_count; p++)
		if (columns->pieces[p].kind == PIECE_CROSS)
			put_cross(result, model, &columns->pieces[p]);
	return (Datum) 0;
}
