/*
 * text_features.c
 *		Features that came as a text: what drivers send where they know no type.
 */
#include "pg/predict/text_features.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "formats/json_value.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

/* Raises the error of a text that is no features. */
static void
refuse(const char *text)
{
	int length = (int) strlen(text), shown = pg_mbcliplen(text, length, 40);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("features as text are not those of an array: \"%.*s%s\"",
					shown, text, shown < length ? "..." : ""),
			 errhint("Give the array as {1,2.5} or [1,2.5], or bytes as "
					 "\\x00ff, or cast the text to the type of the "
					 "features.")));
}

/* The array of [1, 2.5]. */
static Datum
read_json_array(const char *text)
{
	JsonValue value, item;
	JsonWalk walk;
	uint32 count = 0;
	Datum *elements = palloc((strlen(text) / 2 + 1) * sizeof(Datum));

	if (!json_value_of(text, strlen(text), NULL, &value) ||
		!json_walk_begin(&walk, value, '[', NULL))
		refuse(text);
	while (json_walk_item(&walk, &item))
	{
		double number = NAN;

		CHECK_FOR_INTERRUPTS();
		if (!json_value_number(item, &number))
			refuse(text);
		elements[count++] = Float8GetDatum(number);
	}
	if (walk.broken)
		refuse(text);
	return PointerGetDatum(construct_array(elements, (int) count, FLOAT8OID,
										   sizeof(float8), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/* The features of a text for a model of arrays. */
static Datum
read_array(const char *text, Oid *type)
{
	const char *begin = text + strspn(text, " \t\n\r");

	*type = FLOAT8ARRAYOID;
	if (*begin == '[')
		return read_json_array(begin);
	if (*begin == '{')
		return OidFunctionCall3(F_ARRAY_IN, CStringGetDatum(begin),
								ObjectIdGetDatum(FLOAT8OID),
								Int32GetDatum(-1));
	if (begin[0] != '\\' || begin[1] != 'x')
		refuse(text);
	*type = BYTEAOID;
	return DirectFunctionCall1(byteain, CStringGetDatum(begin));
}

Datum
plain_features(const CachedModel *cached, Datum value, Oid *type)
{
	Oid base = OidIsValid(*type) ? getBaseType(*type) : InvalidOid;
	char *string;

	switch (base)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case JSONOID:
			string = TextDatumGetCString(value);
			break;
		case JSONBOID:
			if (cached->table != NULL ||
				!JB_ROOT_IS_ARRAY(DatumGetJsonbP(value)))
				return value;
			string = JsonbToCString(NULL, &DatumGetJsonbP(value)->root,
									VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
			break;
		default:
			return value;
	}
	if (cached->table == NULL)
		return read_array(string, type);
	*type = JSONBOID;
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(string));
}
