/*
 * label_text.c
 *		Labels as text that no setting of the session changes, and the order of
 *		such labels.
 */
#include "pg/label_text.h"

#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/date.h"
#include "utils/datetime.h"
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
		tm.tm_isdst = 0;		/* UTC; else no zone is written */
		EncodeDateTime(&tm, fraction, zone, 0, NULL, USE_ISO_DATES, text);
	}
	else
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("timestamp out of range")));
}

char *
label_time_text(Oid type, Datum value)
{
	char text[MAXDATELEN + 1];

	switch (type)
	{
		case DATEOID:
			write_date(DatumGetDateADT(value), text);
			break;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			write_timestamp(DatumGetTimestamp(value), type == TIMESTAMPTZOID,
							text);
			break;
		default:
			return NULL;
	}
	return pstrdup(text);
}

/* The value of an enum that a text names. */
static Oid
enum_value(Oid type, const char *name)
{
	return GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
						   ObjectIdGetDatum(type), CStringGetDatum(name));
}

int
label_text_compare(Oid type, const char *a, const char *b)
{
	if (OidIsValid(type) && type_is_enum(type))
	{
		Oid x = enum_value(type, a), y = enum_value(type, b);
		TypeCacheEntry *cache =
			lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);

		if (OidIsValid(x) && OidIsValid(y))
			return DatumGetInt32(FunctionCall2(&cache->cmp_proc_finfo,
											   ObjectIdGetDatum(x),
											   ObjectIdGetDatum(y)));
	}
	return strcmp(a, b);
}
