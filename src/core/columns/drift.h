/*
 * drift.h
 *		How far new rows have moved from those that a model was trained on.
 *
 * The population stability index of a column is the sum over its outcomes of
 * (p - q) ln(p / q), with the shares p now and q in training (Siddiqi, Credit Risk
 * Scorecards, 2006, chapter 9: below 0.1 no change, above 0.25 a large one).  A
 * number has the ten outcomes between its deciles (a flag, or a whole number of two
 * values, those two), a category its levels and (other); NULL is an outcome of
 * both.  Of words and elements of sets each one that a row has is an outcome.
 * Arrays of numbers and sparse rows go by their elements (drift_elements.h).  Half a row is added to each outcome, now and
 * then, so that none has a share of 0.  Of rows that have not moved at all the
 * index is (1 / n + 1 / m) times chi-squared of one degree less than there are
 * outcomes (Yurdakul, Statistical Properties of Population Stability Index, 2018).
 */
#ifndef LINLEARN_CORE_COLUMNS_DRIFT_H
#define LINLEARN_CORE_COLUMNS_DRIFT_H

#include "core/columns/drift_elements.h"
#include "core/columns/encoder.h"
#include "core/math/exact_sum.h"

/* Indexes from which a column has moved somewhat, and much. */
#define DRIFT_MODERATE 0.1
#define DRIFT_LARGE 0.25

/* What is counted of a column; all of it is the same in any order of rows. */
typedef struct DriftColumn
{
	uint64_t rows; /* that are not NULL */
	uint64_t nulls;
	uint64_t bins[COLUMN_DECILES + 1]; /* numbers between two deciles */
	uint64_t atoms[COLUMN_DECILES];	   /* that are one: the first of equals */
	ExactSum *sum;					   /* NUMBER, FLAG, MOMENT */
	const Piece *piece;				   /* that has its levels; NULL: none */
	uint64_t *levels;				   /* [levels + 1], (other) the last */
	uint64_t *seen;			 /* [levels + 1] the last row of each, of words */
	DriftElements *elements; /* BLOCK, ENTRIES; NULL: they are not compared */
} DriftColumn;

typedef struct Drift
{
	const Columns *columns;
	Encoder encoder;
	DriftColumn *counts; /* [columns] */
	uint64_t rows;
} Drift;

typedef enum DriftVerdict
{
	DRIFT_NONE,		   /* there is no index */
	DRIFT_IS_STABLE,   /* below DRIFT_MODERATE */
	DRIFT_IS_MODERATE, /* up to DRIFT_LARGE */
	DRIFT_IS_LARGE,	   /* above it */
	DRIFT_FEW_ROWS	   /* so much comes by chance, with so few rows */
} DriftVerdict;

/* What became of a column; NaN: nothing to say. */
typedef struct DriftFigures
{
	double psi;
	double chance; /* a psi that one of 100 sets of rows like those of training
					* has */
	DriftVerdict verdict;
	double nulls_then; /* shares of the rows */
	double nulls_now;
	double other_then; /* share of the levels, words or elements: */
	double other_now;  /* (other), which those never seen are, too */
	double mean_then;
	double mean_now;
} DriftFigures;

/*
 * Begins; columns must stay.  Without moments, the elements of arrays are not
 * compared.  LL_NO_MEMORY, LL_CANCELLED.
 */
extern Status drift_init(Drift *drift, const Columns *columns,
						 const TermMoments *moments, const Runtime *runtime,
						 Failure *failure);

/* Counts a row: its cells, one a column, whose levels are bytes. */
extern void drift_add(Drift *drift, const Cell *cells);

/* Adds the counts of other rows against the same columns. */
extern void drift_merge(Drift *into, const Drift *from);

/* So many counts of levels there are of a column. */
extern size_t drift_level_count(const DriftColumn *counts);

extern void drift_figures(const Drift *drift, uint32_t column,
						  DriftFigures *figures);

#endif
