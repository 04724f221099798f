/*
 * survey_part.h
 *		What a range of rows holds in each column: a part of a survey.
 *
 * Parts are taken by threads and then added up; all sums are exact, so how many
 * there are does not matter.
 */
#ifndef LINLEARN_CORE_COLUMNS_SURVEY_PART_H
#define LINLEARN_CORE_COLUMNS_SURVEY_PART_H

#include "core/columns/survey.h"

typedef struct SurveyPart
{
	const CellStore *store;
	const Column *given;
	const Rows *rows; /* weights NULL: all are 1 */
	ColumnSurvey *columns;
	size_t from; /* rows to add, which are loaded */
	size_t to;
	uint64_t *words;	   /* of a row */
	uint64_t sample_below; /* hashes of rows whose numbers are drawn */
	size_t room;		   /* for the drawn numbers of each column */
	bool overflow;		   /* more were drawn */
} SurveyPart;

/* The word of NULL, which is no number's. */
#define SURVEY_NULL_WORD UINT64_C(0x7ff8000000000000)

extern bool survey_is_number(ColumnKind kind);

/* Adds a number, weighted; without a weight it is 1, and not summed. */
extern void survey_add_number(ColumnSurvey *column, const Column *given,
							  double number, const float *given_weight);

/* Counts the parts of a moment. */
extern void survey_add_moment(ColumnSurvey *column, double days);

/* Makes an empty part; samples have room for so many numbers a column. */
extern Status survey_part_init(SurveyPart *part, const CellStore *store,
							   const Column *given, const Rows *rows,
							   size_t room, const Runtime *runtime,
							   Failure *failure);

/* Adds the rows of the index-th of several parts: a task of threads. */
extern void survey_part_add(void *parts, size_t index);

/* Adds what another part holds, and gives its memory back. */
extern void survey_part_merge(SurveyPart *into, SurveyPart *from,
							  const Runtime *runtime);

/*
 * The words of a row's record that equal values share, one a column: a number's
 * bits, or a level's hash.
 */
extern void survey_words(const CellStore *store, const RowView *view,
						 uint64_t *words);

/* Draws the numbers of a row. */
extern void survey_part_draw(SurveyPart *part, const uint64_t *words);

#endif
