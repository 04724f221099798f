/*
 * binary_label.h
 *		The actual label of a binary row: boolean, or a number 1, 0 or -1.
 */
#ifndef LINLEARN_PG_VALUES_BINARY_LABEL_H
#define LINLEARN_PG_VALUES_BINARY_LABEL_H

#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "pg/values/label_space.h"
#include "utils/builtins.h"

/* Raises the error of a type that is neither boolean nor a number. */
static inline void
check_binary_type(Oid type)
{
	if (!type_is_number(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("actual label must be boolean or a number, not %s",
						format_type_be(type)),
				 errhint("Compare with the positive label, as in actual = "
						 "'x'.")));
}

/* 1 for true and 1, 0 for false, 0 and -1; anything else is an error. */
static inline int
binary_class(Oid type, Datum label)
{
	double value;

	if (type == BOOLOID)
		return DatumGetBool(label);
	value = number_to_double(type, label);
	if (value == 1)
		return 1;
	if (unlikely(value != 0 && value != -1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("actual label must be 1, 0 or -1, not %g", value),
				 errhint("Compare with the positive label, as in actual = "
						 "7.")));
	return 0;
}

#endif
