/*
 * passes.h
 *		The statements that ask rows where they are: one a pass.
 */
#ifndef LINLEARN_PG_CLUSTER_PASSES_H
#define LINLEARN_PG_CLUSTER_PASSES_H

#include "pg/base/version.h"

#include "core/shards/shards.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* What is read of each row, as SQL over the rows' alias; NULL: not given. */
typedef struct Reading
{
	const char *schema; /* ours */
	const char *alias;
	const char *features;			  /* an array; NULL: columns */
	const struct ColumnList *columns; /* that are features (far_columns.h) */
	const char *cells; /* columns, as linlearn_cells packs them */
	const char *label;
	const char *weight;
	const char *channel;
	bool channel_coded; /* it is a "char", which needs no collation */
	const char *filter;
	/* Around a table's name, where rows are a sub-select of it; else NULL. */
	const char *rows_head;
	const char *rows_tail;
} Reading;

/* The statements of a training. */
typedef struct Passes
{
	const char *schema;
	const char *gram;
	const char *columns; /* a survey of columns; NULL: features are an array */
	const char *survey;
	const char *gradient; /* $1 is the point */
	bytea *plan;		  /* of the columns, once it is made: $2 */
	/* The same two where the terms of columns are sparse rows. */
	const char *sparse_survey;
	const char *sparse_gradient;
} Passes;

/*
 * The statements over a source, or over its tables (Leaf) where some are foreign;
 * leaves NIL: over the source itself.
 */
extern Passes passes_write(const Reading *reading, const char *source,
						   const List *leaves);

/* FROM the rows of a table, and WHERE. */
extern void passes_append_rows(StringInfo query, const Reading *reading,
							   const char *from);

/*
 * Runs a statement with the caller's rights: its one value in the current memory
 * context; NULL: there is none.  point NULL: it has no parameter.
 */
extern bytea *passes_run(const Passes *passes, const char *query,
						 bytea *point);

/* As Shards.ask: context is a Passes. */
extern Status passes_ask(void *context, const ShardPoint *point,
						 ShardSums *sums, Failure *failure);

#endif
