/*
 * row_roles.c
 *		Columns of a row that are no features: its weight, what its margin has
 *		beside the model's, and what folds go by.
 */
#include "pg/values/row_roles.h"

#include <math.h>

#include "catalog/pg_type.h"

#include "core/base/portable_math.h"
#include "core/options/hyperparameters.h"
#include "pg/values/label_reader.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

const char *const row_role_names[ROLE_COUNT] = {
	[ROLE_WEIGHT] = "weight",		[ROLE_OFFSET] = "offset",
	[ROLE_EXPOSURE] = "exposure",	[ROLE_FOLD_GROUP] = "fold_group",
	[ROLE_FOLD_TIME] = "fold_time",
};

RowRoles
row_roles_none(void)
{
	return (RowRoles){.weight = 1.0};
}

/* Raises the error of a number that a role does not take. */
static void
refuse_role(RowRole role, const char *name, double number, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("column \"%s\" of option \"%s\" is %s", name,
						   row_role_names[role],
						   isfinite(number) ? psprintf("%.15g", number)
						   : isnan(number)	? "NaN"
											: "infinite"),
					what != NULL ? errdetail("%s", what) : 0));
}

void
row_roles_take(RowRoles *roles, RowRole role, const char *name, double number)
{
	switch (role)
	{
		case ROLE_WEIGHT:
			if (isnan(number))
				refuse_role(role, name, number, NULL);
			roles->weight = number;
			break;
		case ROLE_OFFSET:
			if (!isfinite(number))
				refuse_role(role, name, number, "An offset is any number.");
			roles->offset += number;
			break;
		case ROLE_EXPOSURE:
			if (!(number > 0.0) || !isfinite(number))
				refuse_role(role, name, number,
							"An exposure is a number above 0.");
			roles->offset += portable_log(number);
			break;
		case ROLE_FOLD_GROUP:
		case ROLE_FOLD_TIME:
		case ROLE_COUNT:
			break;
	}
}

/* Whether a type is one of the calendar's. */
static bool
is_moment(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

bool
row_roles_are_times(Oid type)
{
	return is_moment(type) || (type != BOOLOID && type_is_number(type));
}

/* A number, or a date or timestamp as one. */
static double
order_of(Oid type, Datum value)
{
	if (type == DATEOID)
		return DATE_IS_NOBEGIN(DatumGetDateADT(value)) ? -INFINITY
			   : DATE_IS_NOEND(DatumGetDateADT(value))
				   ? INFINITY
				   : (double) DatumGetDateADT(value);
	if (is_moment(type))
		return TIMESTAMP_IS_NOBEGIN(DatumGetTimestamp(value)) ? -INFINITY
			   : TIMESTAMP_IS_NOEND(DatumGetTimestamp(value))
				   ? INFINITY
				   : (double) DatumGetTimestamp(value);
	return number_to_double(type, value);
}

void
row_roles_take_fold(RowRoles *roles, RowRole role, const char *name, Oid type,
					Datum value)
{
	bool ordered = row_roles_are_times(type);
	/* A numeric may be beyond doubles, and a group all the same. */
	bool numeric = role == ROLE_FOLD_GROUP && type == NUMERICOID;
	double number = !ordered ? 0.0 : numeric ? 0.0 : order_of(type, value);

	if (numeric && numeric_is_nan(DatumGetNumeric(value)))
		number = NAN;
	if (!isfinite(number))
		refuse_role(role, name, number, NULL);
	if (role == ROLE_FOLD_TIME)
		roles->time = number + 0.0; /* no -0 */
	else
	{
		roles->group_type = type;
		roles->group = value;
		if (type == FLOAT4OID)
			roles->group = Float4GetDatum(DatumGetFloat4(value) + 0.0f);
		else if (type == FLOAT8OID)
			roles->group = Float8GetDatum(number + 0.0);
	}
}

void
row_roles_take_json(RowRoles *roles, RowRole role, const char *name,
					const JsonbValue *value)
{
	double number;

	if (value->type == jbvNull)
		row_roles_refuse_null(role, name);
	if (value->type == jbvNumeric)
		number = DatumGetFloat8(DirectFunctionCall1(
			numeric_float8, NumericGetDatum(value->val.numeric)));
	else if (value->type != jbvString ||
			 !hyperparameters_read_number(
				 pnstrdup(value->val.string.val, value->val.string.len),
				 &number))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("column \"%s\" of option \"%s\" is no number",
							   name, row_role_names[role])));
	row_roles_take(roles, role, name, number);
}

void
row_roles_refuse_null(RowRole role, const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("column \"%s\" of option \"%s\" is NULL", name,
						   row_role_names[role])));
	pg_unreachable();
}
