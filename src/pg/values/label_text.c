/*
 * label_text.c
 *		Labels as text that no setting of the session changes, and the order of
 *		such labels.
 */
#include "pg/values/label_text.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

static void
write_date(DateADT date, char *text)
{
	struct pg_tm tm = {0};

	if (DATE_NOT_FINITE(date))
	{
		EncodeSpecialDate(date, text);
		return;
	}
	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
}

static void
write_timestamp(Timestamp timestamp, bool zone, char *text)
{
	struct pg_tm tm;
	fsec_t fraction;

	if (TIMESTAMP_NOT_FINITE(timestamp))
		EncodeSpecialTimestamp(timestamp, text);
	else if (timestamp2tm(timestamp, NULL, &tm, &fraction, NULL, NULL) == 0)
	{
		tm.tm_isdst = 0; /* UTC; else no zone is written */
		EncodeDateTime(&tm, fraction, zone, 0, NULL, USE_ISO_DATES, text);
	}
	else
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
}

/*
 * A date or timestamp in ISO form, one with a time zone in UTC.  The output
 * functions would give the same under fixed settings, but these are common
 * labels, and to fix settings takes longer.
 */
static char *
time_text(Oid type, Datum value)
{
	char text[MAXDATELEN + 1];

	if (type == DATEOID)
		write_date(DatumGetDateADT(value), text);
	else
		write_timestamp(DatumGetTimestamp(value), type == TIMESTAMPTZOID,
						text);
	return pstrdup(text);
}

/* A setting that texts depend on, and what it is for labels. */
typedef struct Setting
{
	const char *name;
	const char *value;
} Setting;

/* Sets settings until AtEOXact_GUC(true, result), or an error. */
static int
fix_settings(const Setting *settings, int count)
{
	int level = NewGUCNestLevel();

	for (int i = 0; i < count; i++)
		(void) set_config_option(settings[i].name, settings[i].value,
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
								 true, 0, false);
	return level;
}

/* The output of any type, of which parts may be of any other. */
static char *
output_text(Oid type, Datum value)
{
	static const Setting settings[] = {{"DateStyle", "ISO"},
									   {"IntervalStyle", "postgres"},
									   {"TimeZone", "GMT"},
									   {"extra_float_digits", "1"},
									   {"bytea_output", "hex"},
									   {"lc_monetary", "C"},
									   {"search_path", "pg_catalog, pg_temp"},
									   {"quote_all_identifiers", "off"}};
	int level = fix_settings(settings, lengthof(settings));
	Oid output;
	bool is_varlena;
	char *text;

	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, value);
	AtEOXact_GUC(true, level);
	return text;
}

char *
label_text_of(Oid type, Datum value)
{
	char *padded;

	switch (type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return time_text(type, value);
		case TEXTOID:
		case VARCHAROID:
			return TextDatumGetCString(value);
		case BPCHAROID:
			padded = TextDatumGetCString(value);
			padded[bpchartruelen(padded, (int) strlen(padded))] = '\0';
			return padded;
		case NAMEOID:
		case CSTRINGOID:
		case UNKNOWNOID:
			return pstrdup(DatumGetCString(value));
		default:
			return output_text(type, value);
	}
}

/*
 * The session's search_path behind PostgreSQL's own names: those that
 * label_text_of writes unqualified are its, whatever else is called so.
 */
static char *
reading_path(void)
{
	const char *path = namespace_search_path;

	return psprintf("pg_catalog, %s%spg_temp", path,
					path[strspn(path, " \t\n")] == '\0' ? "" : ", ");
}

Datum
label_text_read(FmgrInfo *input, Oid parameter, const char *text)
{
	/* Of what texts depend on, what input functions look at, too. */
	char *path = reading_path();
	const Setting settings[] = {{"IntervalStyle", "postgres"},
								{"lc_monetary", "C"},
								{"array_nulls", "on"},
								{"search_path", path}};
	int level = fix_settings(settings, lengthof(settings));
	Datum value = InputFunctionCall(input, pstrdup(text), parameter, -1);

	AtEOXact_GUC(true, level);
	pfree(path);
	return value;
}

char *
label_number_text(double value, bool single)
{
	char *buffer;

	if (value == floor(value) && fabs(value) <= (double) EXACT_INTEGER)
		return psprintf(INT64_FORMAT, (int64) value);
	buffer = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
	/* A real's own digits: 0.1, not 0.10000000149011612. */
	if (single)
		float_to_shortest_decimal_buf((float) value, buffer);
	else
		double_to_shortest_decimal_buf(value, buffer);
	return buffer;
}

/* The schema of a type. */
static char *
type_schema(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	char *name = NULL;

	if (HeapTupleIsValid(tuple))
	{
		name = get_namespace_name(
			((Form_pg_type) GETSTRUCT(tuple))->typnamespace);
		ReleaseSysCache(tuple);
	}
	return name == NULL ? pstrdup("pg_catalog") : name;
}

char *
label_type_name(Oid type)
{
	char *path = psprintf("%s, pg_temp", quote_identifier(type_schema(type)));
	const Setting settings[] = {{"search_path", path},
								{"quote_all_identifiers", "off"}};
	int level = fix_settings(settings, lengthof(settings));
	char *name = format_type_be(type);

	AtEOXact_GUC(true, level);
	pfree(path);
	return name;
}

/* The value of an enum that a text names. */
static Oid
enum_value(Oid type, const char *name)
{
	return GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
						   ObjectIdGetDatum(type), CStringGetDatum(name));
}

bool
label_is_enum_value(Oid type, const char *name)
{
	return OidIsValid(enum_value(type, name));
}

bool
label_enum_compare(Oid type, const char *a, const char *b, int *order)
{
	TypeCacheEntry *cache;
	Oid x, y;

	if (!OidIsValid(type) || !type_is_enum(type))
		return false;
	x = enum_value(type, a);
	y = enum_value(type, b);
	if (!OidIsValid(x) || !OidIsValid(y))
		return false;
	cache = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);
	*order = DatumGetInt32(FunctionCall2(
		&cache->cmp_proc_finfo, ObjectIdGetDatum(x), ObjectIdGetDatum(y)));
	return true;
}
