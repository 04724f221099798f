/*
 * far_columns.h
 *		Features that are columns of rows which stay where they are: what is read of
 *		a row, as SQL, and the plan of their terms.
 */
#ifndef LINLEARN_PG_CLUSTER_FAR_COLUMNS_H
#define LINLEARN_PG_CLUSTER_FAR_COLUMNS_H

#include "pg/base/version.h"

#include "core/options/hyperparameters.h"
#include "pg/base/caller_query.h"
#include "pg/cluster/passes.h"
#include "pg/train/train_state.h"
#include "pg/values/record_reader.h"
#include "utils/jsonb.h"

/* Columns that are features, before options are looked at. */
typedef struct ColumnList
{
	const char *list;	  /* as SELECT has them */
	const char *given;	  /* all columns of the rows, quoted */
	TupleDesc descriptor; /* what the list gives */
	bool *left_out;		  /* [natts] what label, key and weight read */
} ColumnList;

/* Columns of a training. */
typedef struct FarColumns
{
	TableOptions options;
	RecordReader *reader; /* of the columns, to which keys of jsonb come */
	TableState *table;	  /* once the plan is made, as the following */
	bool sparse;		  /* terms are sparse rows */
	const uint8_t *scaling;
	uint64 rows[CHANNEL_COUNT];
} FarColumns;

/*
 * Reads what features are: a list of expressions with names, stars, or a row;
 * NULL: all columns but those of label, key and weight.  SPI is connected.
 */
extern ColumnList *far_columns_read(const CallerQuery *rows,
									const Reading *reading, const char *text,
									const char *key);

/* A copy in the current memory context. */
extern ColumnList *far_columns_copy(const ColumnList *columns);

/*
 * Begins a training in the current memory context; cells is the reading whose rows
 * are columns packed.  Errors for columns and options that cannot be.
 */
extern FarColumns *far_columns_begin(const Reading *reading, Jsonb *options,
									 Reading *cells);

/* The same for a model that is there: rows that it is to judge. */
extern void far_columns_judge(const Reading *reading, const Columns *columns,
							  Reading *cells);

/* Surveys the columns and makes their plan, which passes take along from then on. */
extern void far_columns_plan(FarColumns *columns, Passes *passes,
							 const Hyperparameters *settings);

#endif
