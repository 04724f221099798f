/*
 * row_roles.c
 *		Columns of a row that are no features: its weight, and what its margin has
 *		beside the model's.
 */
#include "pg/values/row_roles.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/options/hyperparameters.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

const char *const row_role_names[ROLE_COUNT] = {
	[ROLE_WEIGHT] = "weight",
	[ROLE_OFFSET] = "offset",
	[ROLE_EXPOSURE] = "exposure",
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
		case ROLE_COUNT:
			break;
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
