/*
 * encoder.h
 *		From the cells of a row to the features of a model.
 */
#ifndef LINLEARN_CORE_COLUMNS_ENCODER_H
#define LINLEARN_CORE_COLUMNS_ENCODER_H

#include "core/columns/cell_store.h"
#include "core/columns/columns.h"
#include "core/rows/rows.h"

/* The codes of levels that a piece has no place of: (other), then NULL. */
#define LEVEL_OTHER(piece) ((piece)->level_count)
#define LEVEL_NULL(piece) ((piece)->level_count + 1)

typedef struct EncoderEntry
{
	uint32_t term;
	double value;
} EncoderEntry;

typedef struct Encoder
{
	const Columns *columns;
	Runtime runtime;
	RowFormat format; /* ROWS_F64 or ROWS_SPARSE */
	const uint32_t
		*source; /* [columns] whose cell each takes; NULL: its own */
	uint32_t **level_of_code; /* [pieces][codes of the store], or NULL */
	uint32_t *codes;		  /* [pieces] levels of the row at work */
	double *idf;			  /* [width] of words; NULL: there are none */
	double *dense;			  /* [width] */
	uint32_t *index;		  /* [room] */
	float *value;
	EncoderEntry *entries; /* [room] of a piece at work */
	uint32_t count;		   /* of the row at work */
	uint32_t room;
	size_t least_room; /* for entries of all cells but those of many */
	bool has_many;	   /* words, sets or entries are among them */
} Encoder;

/* Makes an encoder; its memory is runtime's. */
extern Status encoder_init(Encoder *encoder, const Columns *columns,
						   RowFormat format, const Runtime *runtime,
						   Failure *failure);

/*
 * Makes it ready for cells of a store, whose levels are codes; source says which
 * of the store's columns each of the encoder's is.
 */
extern Status encoder_map_codes(Encoder *encoder, const CellStore *store,
								const uint32_t *source, Failure *failure);

/*
 * Encodes the cells of a row; view points into the encoder until the next call.
 * A level never seen adds nothing, or what (other) does; a NULL where training had
 * none the mean, or nothing.  LL_NO_MEMORY; LL_INVALID for a BLOCK or ENTRIES cell
 * of another width, which names the column.
 */
extern Status encoder_encode(Encoder *encoder, const Cell *cells,
							 RowView *view, Failure *failure);

/*
 * The place that a row's cell has among the levels of a piece, or LEVEL_OTHER or
 * LEVEL_NULL.
 */
extern uint32_t encoder_level(const Encoder *encoder, const Piece *piece,
							  const Cell *cells);

/* Whether a cell has as many entries of the piece as it says. */
extern bool piece_has_many(PieceKind kind);

/* The logarithm of 1 + |x|, with the sign of x. */
extern double column_log(double number);

/* The transformation of a number that its column asks for: itself, or its log. */
static inline double
column_number(const Column *column, double number)
{
	return column->options.log ? column_log(number) : number;
}

/* The term of a level's place, from the piece's first; -1: none. */
static inline int32_t
piece_term(const Piece *piece, uint32_t level)
{
	return level < piece->level_count	 ? piece->levels[level].term
		   : level == LEVEL_OTHER(piece) ? piece->other_term
										 : piece->null_term;
}

#endif
