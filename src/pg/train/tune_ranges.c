/*
 * tune_ranges.c
 *		linlearn_continuous and linlearn_integer: ranges as jsonb.
 */
#include "pg/base/version.h"

#include <math.h>

#include "core/tune/search_space.h"
#include "pg/base/json_text.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* Checks what can be checked without knowing the hyperparameter. */
static const char *
check_range(double minimum, double maximum, const text *scaling)
{
	char *name = text_to_cstring(scaling);
	int place = scaling_find(name);

	if (place < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized scaling \"%s\"", name),
				 errdetail("It must be one of \"Auto\", \"Linear\", "
						   "\"Logarithmic\", \"ReverseLogarithmic\".")));
	if (!isfinite(minimum) || !isfinite(maximum))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("bounds of a range must be finite")));
	if (minimum > maximum)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("range is empty: minimum %.15g is above maximum %.15g",
						minimum, maximum)));
	return scaling_names[place];
}

static Datum
range_jsonb(const char *type, double minimum, double maximum,
			const char *scaling)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_append_text_field(&json, "type", type);
	json_append_field(&json, "min", minimum);
	json_append_field(&json, "max", maximum);
	json_append_text_field(&json, "scaling", scaling);
	appendStringInfoChar(&json, '}');
	return json_text_to_jsonb(&json);
}

PG_FUNCTION_INFO_V1(linlearn_continuous);
Datum
linlearn_continuous(PG_FUNCTION_ARGS)
{
	double minimum = PG_GETARG_FLOAT8(0), maximum = PG_GETARG_FLOAT8(1);

	return range_jsonb("continuous", minimum, maximum,
					   check_range(minimum, maximum, PG_GETARG_TEXT_PP(2)));
}

PG_FUNCTION_INFO_V1(linlearn_integer);
Datum
linlearn_integer(PG_FUNCTION_ARGS)
{
	double minimum = (double) PG_GETARG_INT64(0);
	double maximum = (double) PG_GETARG_INT64(1);

	return range_jsonb("integer", minimum, maximum,
					   check_range(minimum, maximum, PG_GETARG_TEXT_PP(2)));
}
