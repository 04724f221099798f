/*
 * binary_row.h
 *		The rows of aggregates over (actual, score [, integer or weight]).
 */
#ifndef LINLEARN_PG_JUDGE_BINARY_ROW_H
#define LINLEARN_PG_JUDGE_BINARY_ROW_H

#include "pg/base/aggregate_state.h"
#include "pg/base/weights.h"
#include "pg/values/binary_label.h"

/* What a group's rows are. */
typedef struct BinaryKind
{
	Oid type;		 /* of the actual label */
	bool weighted;	 /* the last argument is a weight */
	bool has_number; /* it is an integer, and not NULL */
	int number;
} BinaryKind;

typedef struct BinaryRow
{
	int class;
	double score;
	double weight;
} BinaryRow;

/* Finds out from a group's first row; refuses types that are no labels. */
static inline BinaryKind
binary_kind(FunctionCallInfo fcinfo)
{
	BinaryKind kind = {.type = argument_base_type(fcinfo, 1)};
	bool has_extra = PG_NARGS() > 3;
	bool integer =
		has_extra && get_fn_expr_argtype(fcinfo->flinfo, 3) == INT4OID;

	check_binary_type(kind.type);
	kind.weighted = has_extra && !integer;
	kind.has_number = integer && !PG_ARGISNULL(3);
	if (kind.has_number)
		kind.number = PG_GETARG_INT32(3);
	return kind;
}

/* Raises an error where a row's integer is not the first row's. */
static inline void
check_number(FunctionCallInfo fcinfo, bool weighted, bool has_number,
			 int number)
{
	if (PG_NARGS() <= 3 || weighted)
		return;
	if (unlikely(PG_ARGISNULL(3) == has_number ||
				 (has_number && PG_GETARG_INT32(3) != number)))
		argument_differs("the number of points or bins");
}

/* Reads a row; false: it has a NULL or weighs nothing, and is none. */
static inline bool
binary_row(FunctionCallInfo fcinfo, Oid type, bool weighted, BinaryRow *row)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		(weighted && (PG_ARGISNULL(3) || row_weighs_nothing(fcinfo, 3))))
		return false;
	row->weight = weighted ? checked_weight(PG_GETARG_FLOAT8(3)) : 1;
	row->class = binary_class(type, PG_GETARG_DATUM(1));
	row->score = PG_GETARG_FLOAT8(2);
	return true;
}

#endif
