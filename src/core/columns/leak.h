/*
 * leak.h
 *		Columns that are the label by another name.
 */
#ifndef LINLEARN_CORE_COLUMNS_LEAK_H
#define LINLEARN_CORE_COLUMNS_LEAK_H

#include "core/columns/columns.h"

/* Fewer rows prove nothing. */
#define LEAK_LEAST_ROWS 50
/* Nor do labels of fewer rows than this, on average. */
#define LEAK_ROWS_A_LABEL 5

/*
 * Watches rows go by.  A column leaks if all rows of a label hold one value there,
 * and rows of another label another; where labels are too many to watch, if each
 * row's number is its label.
 */
typedef struct LeakWatch
{
	Runtime runtime;
	uint32_t count;	 /* columns */
	uint64_t *words; /* [labels][columns] the value of each label */
	double *labels;	 /* [labels] */
	uint32_t label_count;
	uint32_t *slots;
	bool *apart;   /* [columns] not one value a label, or another kind */
	bool *unequal; /* [columns] a number that is not the label */
	uint32_t left; /* columns that may leak yet */
} LeakWatch;

extern Status leak_watch_begin(LeakWatch *watch, uint32_t columns,
							   const Runtime *runtime, Failure *failure);

/*
 * A row: a word a column, which equal values share; numbers are the words' bits
 * where is_number[column].
 */
extern void leak_watch_row(LeakWatch *watch, double label,
						   const uint64_t *words, const ColumnKind *kinds);

/*
 * Makes room for more columns, which were not there in the rows so far: like the
 * last one, whose word was `absent` in all of them.
 */
extern Status leak_watch_widen(LeakWatch *watch, uint32_t columns,
							   uint64_t absent, Failure *failure);

/*
 * Takes in a label of other rows with the words that they all hold, of columns that
 * are not apart there; whether it is a new one.  Then the columns left are to be
 * counted anew.
 */
extern bool leak_watch_label(LeakWatch *watch, double label,
							 const uint64_t *words);
extern void leak_watch_recount(LeakWatch *watch);

extern void leak_watch_release(LeakWatch *watch);

/* Whether a column leaks, after so many rows. */
extern bool leak_found(const LeakWatch *watch, uint32_t column, uint64_t rows);

#endif
