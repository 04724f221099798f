/*
 * s3_list.c
 *		linlearn_list: the objects of a bucket whose keys begin alike.
 */
#include "pg/load/transfer.h"

#include "datatype/timestamp.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "io/s3_list.h"
#include "io/url.h"
#include "pg/base/result_set.h"
#include "pg/base/text_encoding.h"

/* A key as a text of the database; keys are UTF-8 by the store's rules. */
static Datum
key_datum(const S3Entry *entry)
{
	if (!pg_verify_mbstr(PG_UTF8, entry->key, (int) entry->key_length, true))
		ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
						errmsg("the list has a key that is not UTF-8")));
	return CStringGetTextDatum(server_of_utf8(entry->key, entry->key_length));
}

/* A time as PostgreSQL counts it. */
static TimestampTz
entry_time(const S3Entry *entry)
{
	return entry->modified -
		   (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

/* Refuse what has no lists. */
static void
check_listed(const char *url)
{
	char shown[URL_SHOWN_SIZE];

	if (url_has_scheme(url, "s3"))
		return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("\"%s\" cannot be listed", url_mask(url, shown)),
					errdetail("Only s3://bucket/prefix can."),
					errhint("pg_ls_dir() lists a folder of the server.")));
}

PG_FUNCTION_INFO_V1(linlearn_list);

/* linlearn_list(text): key, size and time of each object */
Datum
linlearn_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = result_set_begin(fcinfo);
	char *url = text_to_cstring(PG_GETARG_TEXT_PP(0));
	MemoryContext row_memory = AllocSetContextCreate(
		CurrentMemoryContext, "linlearn list", ALLOCSET_SMALL_SIZES);
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	TransferSettings settings = transfer_settings(0);
	const S3Entry *entry;
	S3List list;
	Failure failure;
	bool found;

	check_listed(url);
	CHECK_STATUS(s3_list_open(&runtime, &settings, url, &list, &failure),
				 failure);
	for (;;)
	{
		MemoryContext old;
		Datum values[3];
		bool nulls[3] = {false, false, false};

		CHECK_STATUS(s3_list_next(&list, &found, &entry, &failure), failure);
		if (!found)
			break;
		old = MemoryContextSwitchTo(row_memory);
		values[0] = key_datum(entry);
		values[1] = Int64GetDatum(entry->size);
		values[2] = TimestampTzGetDatum(entry_time(entry));
		result_set_put(result, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row_memory);
	}
	s3_list_close(&list);
	return (Datum) 0;
}
