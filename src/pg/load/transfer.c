/*
 * transfer.c
 *		linlearn_fetch, linlearn_upload: bytes from and to URLs and files.
 */
#include "pg/load/transfer.h"

#include <curl/curl.h>

#include "catalog/pg_authid.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "io/file.h"
#include "io/s3_settings.h"
#include "io/transfer.h"
#include "io/url.h"
#include "pg/base/settings.h"
#include "pg/load/access.h"
#include "pg/load/loaders.h"
#include "pg/load/s3_keys.h"

/* Set libcurl up, once a backend, before its first use. */
static void
start_curl(void)
{
	static bool started = false;

	if (started)
		return;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
						errmsg("could not start libcurl")));
	started = true;
}

/* Copy a setting, which a SET may free. */
static const char *
keep_setting(const char *value)
{
	return value != NULL ? pstrdup(value) : NULL;
}

TransferSettings
transfer_settings(size_t limit)
{
	TransferSettings settings = {limit, linlearn_url_timeout};

	start_curl();
	settings.allowed_prefixes = keep_setting(linlearn_allowed_url_prefixes);
	set_s3_keys(&settings);
	for (int i = 0; i < S3_SETTINGS; i++)
	{
		const char **setting = s3_setting(&settings, i);

		*setting = keep_setting(*setting);
	}
	return settings;
}

bool
fetch_url(const Runtime *runtime, const char *url, size_t limit,
		  uint8_t **bytes, size_t *length, Failure *absent)
{
	TransferSettings settings = transfer_settings(limit);
	Status status =
		transfer_fetch(runtime, &settings, url, bytes, length, absent);

	if (status != LL_ABSENT)
		CHECK_STATUS(status, *absent);
	return status == LL_OK;
}

/* Get the path of a file: URL, or raise an error. */
static const char *
local_path(const char *url)
{
	const char *path =
		pg_strncasecmp(url, "file:", 5) == 0 ? file_path(url) : NULL;
	char shown[URL_SHOWN_SIZE];

	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not a URL that is supported",
						url_mask(url, shown)),
				 errdetail("A URL begins with http://, https://, s3:// or "
						   "file:///.")));
	return path;
}

/* Read a file of the server for a user who may. */
static uint8_t *
fetch_file(const Runtime *runtime, const char *url, size_t limit,
		   size_t *length)
{
	const char *path = local_path(url);
	uint8_t *bytes;
	Failure failure;

	check_file_role(ROLE_PG_READ_SERVER_FILES, "pg_read_server_files", "read");
	CHECK_STATUS(file_read(runtime, path, limit, &bytes, length, &failure),
				 failure);
	return bytes;
}

PG_FUNCTION_INFO_V1(linlearn_fetch);

/* Return the bytes that a URL names. */
Datum
linlearn_fetch(PG_FUNCTION_ARGS)
{
	char *url = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	size_t limit = Min(download_limit(), MaxAllocSize - VARHDRSZ);
	size_t length;
	uint8_t *bytes;
	bytea *result;
	Failure absent;

	if (!url_is_remote(url))
		bytes = fetch_file(&runtime, url, limit, &length);
	else if (!fetch_url(&runtime, url, limit, &bytes, &length, &absent))
		report_failure(&absent);
	result = palloc(VARHDRSZ + length);
	SET_VARSIZE(result, VARHDRSZ + length);
	if (length > 0)
		memcpy(VARDATA(result), bytes, length);
	runtime_release(&runtime, bytes);
	PG_RETURN_BYTEA_P(result);
}

PG_FUNCTION_INFO_V1(linlearn_upload);

/* Store bytes where a URL names. */
Datum
linlearn_upload(PG_FUNCTION_ARGS)
{
	char *url = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bytea *data = PG_GETARG_BYTEA_PP(1);
	const uint8_t *bytes = (const uint8_t *) VARDATA_ANY(data);
	size_t length = VARSIZE_ANY_EXHDR(data);
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	TransferSettings settings = transfer_settings(download_limit());
	Failure failure;

	if (url_is_remote(url))
	{
		CHECK_STATUS(
			transfer_upload(&runtime, &settings, url, bytes, length, &failure),
			failure);
		PG_RETURN_VOID();
	}
	check_file_role(ROLE_PG_WRITE_SERVER_FILES, "pg_write_server_files",
					"write");
	CHECK_STATUS(
		file_write(&runtime, local_path(url), bytes, length, &failure),
		failure);
	PG_RETURN_VOID();
}
