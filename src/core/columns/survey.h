/*
 * survey.h
 *		What training rows hold in each column: counts, sums, ranges, levels.
 *
 * All of it depends on the rows alone, not on the order in which they came, which
 * is that of the codes of levels.
 */
#ifndef LINLEARN_CORE_COLUMNS_SURVEY_H
#define LINLEARN_CORE_COLUMNS_SURVEY_H

#include "core/columns/cell_store.h"
#include "core/math/exact_sum.h"

/* Places for each part of a moment: months, weekdays, hours. */
#define PART_PLACES 25

/* The parts by place in ColumnSurvey.parts. */
enum
{
	SURVEY_MONTHS,
	SURVEY_WEEKDAYS,
	SURVEY_HOURS,
	SURVEY_PARTS
};

/* Exact sums of a number, weighted. */
typedef struct NumberSums
{
	ExactSum sum;
	ExactSum square; /* of rounded squares' exact values */
	ExactSum logs;	 /* of what column_number makes of it */
	ExactSum weight;
} NumberSums;

typedef struct ColumnSurvey
{
	uint64_t rows; /* that are not NULL */
	uint64_t nulls;
	NumberSums *numbers; /* NUMBER, FLAG, MOMENT */
	double minimum;
	double maximum;
	uint64_t *level_rows; /* [dictionary count]: CATEGORY, WORDS, SET */
	uint64_t entries;	  /* of all rows: WORDS, SET, BLOCK, ENTRIES */
	uint64_t parts[SURVEY_PARTS][PART_PLACES];
	uint32_t length;	/* BLOCK; ENTRIES: one more than the largest index */
	ExactSum *elements; /* BLOCK: [length], weighted */
	double weight;		/* BLOCK: of its rows */
	double *sample;		/* of numbers, ascending after survey_finish */
	uint32_t sample_count;
	bool serial; /* whole numbers, distinct and, gaps aside, evenly spaced */
	bool leaks;	 /* maps one to one onto the label */
} ColumnSurvey;

typedef struct Survey
{
	Runtime runtime; /* whose memory it and a plan made of it take */
	const CellStore *store;
	const Column *given; /* [store->count] */
	ColumnSurvey *columns;
	uint64_t rows;
} Survey;

/*
 * Surveys rows of ROWS_CELLS that came to a store; given has their columns.  Their
 * labels, any numbers that equal labels share, tell which columns leak.  pool may
 * be NULL.
 */
extern Status survey_take(Survey *survey, CellStore *store,
						  const Column *given, const Rows *rows,
						  ThreadPool *pool, const Runtime *runtime,
						  Failure *failure);

/* The mean and the population deviation of a column's numbers; 0 without. */
extern void survey_spread(const ColumnSurvey *column, double *mean,
						  double *deviation);

#endif
