/*
 * crosstab.h
 *		A confusion matrix as text, in the shape of pandas.crosstab.
 */
#ifndef LINLEARN_PG_JUDGE_CROSSTAB_H
#define LINLEARN_PG_JUDGE_CROSSTAB_H

#include "pg/base/version.h"

typedef struct Crosstab
{
	const char *row_name;	 /* e.g. actual */
	const char *column_name; /* e.g. predicted */
	int size;
	char **labels;
	int64 *cells;	 /* [size * size], rows are actual labels */
	double *weights; /* shown instead of cells, unless NULL */
	bool totals;
} Crosstab;

extern text *crosstab_text(const Crosstab *table);

#endif
