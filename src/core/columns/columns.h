/*
 * columns.h
 *		Columns of mixed types: what rows of a table hold, and what becomes of it.
 *
 * A row of a table is an array of cells, one a column.  While rows come, their
 * cells are packed as they are (cell_store.h); then a survey of them (survey.h)
 * decides the terms (plan.h), and an encoder (encoder.h) makes of each row's cells
 * the features that a model learns, dense or sparse.  What a model has to know of
 * its columns is in Columns, which its bytes hold.
 */
#ifndef LINLEARN_CORE_COLUMNS_COLUMNS_H
#define LINLEARN_CORE_COLUMNS_COLUMNS_H

#include "core/base/runtime.h"

/* Longest name of a column, in bytes; a key of an object follows its column's. */
#define COLUMN_NAME_SIZE 256
/* The type of a column that is a key of an object; a row may lack it. */
#define COLUMN_KEY_TYPE "jsonb"
/* Columns of a table, the keys of objects among them. */
#define COLUMNS_MOST 16000
/* Longest level or word that is kept, in bytes; what is longer is refused. */
#define LEVEL_MOST_BYTES 65535
/* Deciles between the tenths of a column's numbers. */
#define COLUMN_DECILES 9
/* Columns that one cross is of. */
#define CROSS_MOST 8

typedef enum ColumnKind
{
	COLUMN_NUMBER,	 /* a double */
	COLUMN_FLAG,	 /* 0 or 1 */
	COLUMN_CATEGORY, /* a level: bytes, ordered by rank, then by bytes */
	COLUMN_MOMENT,	 /* days since 2000-01-01 00:00 UTC, a part of a day too */
	COLUMN_WORDS,	 /* words and how often each occurs */
	COLUMN_SET,		 /* elements that are present */
	COLUMN_BLOCK,	 /* so many numbers, as many in each row */
	COLUMN_ENTRIES,	 /* a sparse row: indexes, ascending, and numbers */
	COLUMN_KINDS
} ColumnKind;

/* Parts of a moment, as bits. */
typedef enum MomentPart
{
	MOMENT_DAYS = 1,	/* a number */
	MOMENT_MONTH = 2,	/* 1 to 12 */
	MOMENT_WEEKDAY = 4, /* ISO: 1, Monday, to 7 */
	MOMENT_HOUR = 8		/* 0 to 23 */
} MomentPart;

/* What a user asks of a column; 0: the default. */
typedef struct ColumnOptions
{
	uint32_t min_rows;	 /* that a level needs */
	uint32_t max_levels; /* most levels or words; the rarest go */
	uint32_t hash;		 /* so many buckets of levels by their hash */
	uint32_t buckets;	 /* a number by so many quantiles */
	uint32_t spline;	 /* a number by a cubic spline of so many knots */
	bool log;			 /* a number x by sign(x) log(1 + |x|) */
	unsigned parts;		 /* of a moment */
	const char
		*reference; /* level that gets no term; NULL: the most frequent */
	uint32_t reference_size;
	const char *words; /* text search configuration of a text; NULL: a level */
} ColumnOptions;

/* A word or element: its code in a dictionary or its bytes, and a number. */
typedef struct CellWord
{
	const char *bytes; /* NULL: known by its code */
	uint32_t size;
	uint32_t code;
	float count; /* how often it occurs */
} CellWord;

/*
 * What a row holds in a column.  A level is known by its code in the column's
 * dictionary, or, bytes not NULL, by its bytes.
 */
typedef struct Cell
{
	bool null;
	double number;	   /* NUMBER, FLAG, MOMENT */
	const char *bytes; /* CATEGORY */
	uint32_t size;
	uint32_t code;
	double rank;		   /* of a level among others; 0: by its bytes */
	uint32_t count;		   /* WORDS, SET, BLOCK, ENTRIES: how many */
	const CellWord *words; /* WORDS, SET */
	const double *numbers; /* BLOCK, ENTRIES */
	const uint32_t
		*indexes; /* ENTRIES: ascending, below the column's length */
} Cell;

/* A level of a piece, or a word. */
typedef struct Level
{
	/*
	 * Of a cross: a uint32_t a member, its code there; of parts, buckets and
	 * hashed levels: a uint32_t, which it is also ranked by.
	 */
	const char *bytes;
	uint32_t size;
	double rank;
	uint64_t rows; /* training rows that have it */
	int32_t term;  /* from the piece's first; -1: none, it is the reference */
} Level;

/* How a piece makes terms of a row. */
typedef enum PieceKind
{
	PIECE_NUMBER,  /* one: x - center, or of log(x) */
	PIECE_IS_NULL, /* one: 1 where the column is NULL */
	PIECE_LEVELS,  /* one of the levels is 1 */
	PIECE_MONTH,   /* likewise, of a moment */
	PIECE_WEEKDAY,
	PIECE_HOUR,
	PIECE_BUCKETS, /* likewise, of a number: the cuts below it */
	PIECE_CROSS,   /* likewise, of levels of several pieces at once */
	PIECE_SPLINE,  /* knots - 1: a restricted cubic spline */
	PIECE_WORDS,   /* (1 + ln count) idf, each row of length 1 */
	PIECE_SET,	   /* 1 for each element that is present */
	PIECE_BLOCK,   /* x - center for each element */
	PIECE_ENTRIES, /* x for each entry */
	PIECE_KINDS
} PieceKind;

/*
 * Neighbouring terms that one column (a cross: several) gives.  Levels are
 * ascending by rank and bytes; a term each, then those of (other) and of NULL.
 */
typedef struct Piece
{
	PieceKind kind;
	uint32_t column;
	uint32_t first; /* term */
	uint32_t terms;
	uint32_t level_count;
	Level *levels;
	uint64_t other_rows; /* of levels that are not kept */
	uint64_t null_rows;
	int32_t other_term; /* from first; -1: none */
	int32_t null_term;
	uint32_t member_count; /* CROSS: other pieces, which have levels */
	uint32_t *members;
	uint32_t cut_count; /* BUCKETS: between them; SPLINE: knots */
	double *cuts;
	/* Found again when a model is read: */
	bool hashed;	 /* levels or words by buckets of their hash */
	uint32_t *slots; /* level + 1 by hash, 0: free; a power of two of them */
	uint32_t slot_count;
} Piece;

/* A column: as it was given, and as the training rows had it. */
typedef struct Column
{
	const char *name; /* in UTF-8, as all texts here */
	const char *type; /* SQL's */
	ColumnKind kind;
	ColumnOptions options;
	uint32_t length; /* BLOCK: elements; ENTRIES: width */
	bool whole;		 /* a type of whole numbers */
	bool hours;		 /* a MOMENT with times of day */
	/* Of the training rows: */
	uint64_t rows; /* that are not NULL */
	uint64_t nulls;
	double mean; /* NUMBER, FLAG, MOMENT, weighted; NULLs aside */
	double deviation;
	double minimum;
	double maximum;
	double deciles[COLUMN_DECILES]; /* NaN: no number */
	double *means;					/* BLOCK: [length] */
} Column;

/* All that is learned of a table's columns. */
typedef struct Columns
{
	Column *columns; /* ascending by the bytes of their names */
	uint32_t count;
	Piece *pieces; /* in the order of their terms */
	uint32_t piece_count;
	uint32_t width; /* terms, which are the model's features */
	double *center; /* [width] what is subtracted from a number; else 0 */
	/* Columns that rows have beside these, for their margins; NULL: none. */
	const char *offset;
	const char *exposure; /* its logarithm */
} Columns;

/* A kind of columns as messages name it: "a number". */
extern const char *column_kind_name(ColumnKind kind);

/*
 * The order of levels: by rank, then by bytes.  For qsort and search.
 */
extern int level_compare(const Level *a, const Level *b);

/* Whether a row has just one level of a piece, or (other) or NULL. */
extern bool piece_has_levels(PieceKind kind);

/* The number that a level's bytes are, of those that have four. */
extern uint32_t level_number(const char *bytes);

/* A column by its name; -1: there is none. */
extern int columns_find(const Columns *columns, const char *name, size_t size);

/* The piece that a term belongs to. */
extern const Piece *columns_piece_of(const Columns *columns, uint32_t term);

/* Makes the hash tables of the pieces' levels; LL_NO_MEMORY. */
extern Status columns_index(Columns *columns, const Runtime *runtime,
							Failure *failure);

/* The level of a piece by its bytes; -1: none of those kept. */
extern int64_t piece_find_level(const Piece *piece, const char *bytes,
								uint32_t size);

/* The bucket of a level or word, of so many. */
extern uint32_t level_bucket(const char *bytes, uint32_t size,
							 uint32_t buckets);

#endif
