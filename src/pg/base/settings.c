/*
 * settings.c
 *		The module's settings (GUCs).
 */
#include "pg/base/settings.h"

#include <limits.h>

#include "access/parallel.h"
#include "io/s3_settings.h"
#include "io/url.h"
#include "miscadmin.h"
#include "utils/guc.h"

int linlearn_threads = 0;
bool linlearn_parallel_rows = false;
int linlearn_train_mem = 1048576;
int linlearn_progress = PROGRESS_OFF;
int linlearn_max_download_size = 1048576;
int linlearn_url_timeout = 30000;
char *linlearn_allowed_url_prefixes = NULL;
char *linlearn_s3_endpoint = NULL;
char *linlearn_s3_region = NULL;
char *linlearn_s3_access_key = NULL;
char *linlearn_s3_secret_key = NULL;
char *linlearn_s3_session_token = NULL;

static const struct config_enum_entry progress_modes[] = {
	{"off", PROGRESS_OFF, false},
	{"notice", PROGRESS_NOTICE, false},
	{NULL, 0, false},
};

/* Secrets: superusers only, and not shown by SHOW ALL or pg_settings. */
#define SECRET_FLAGS                                                          \
	(GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE |               \
	 GUC_DISALLOW_IN_AUTO_FILE)

/*
 * True while the library takes over values that were set before it came.  To
 * refuse one then would put the default in its place, which may allow more:
 * it is kept, and its use is an error.
 */
static bool loading = false;

/* Refuse a new value; its text, which may be secret, is not shown. */
static bool
refuse_value(GucSource source, const char *name, const char *detail)
{
	/* so is one stored for a database or role, and a parallel leader's */
	if (loading || IsParallelWorker() ||
		(source != PGC_S_FILE && source < PGC_S_INTERACTIVE))
		return true;
	GUC_check_errmsg("invalid value for parameter \"%s\"", name);
	GUC_check_errdetail("%s", detail);
	return false;
}

static bool
check_prefixes(char **value, void **extra, GucSource source)
{
	Failure failure;

	if (url_check_prefixes(*value, &failure) == LL_OK)
		return true;
	return refuse_value(
		source, "linlearn.allowed_url_prefixes",
		psprintf("%c%s. %s", pg_toupper((unsigned char) failure.message[0]),
				 failure.message + 1, failure.detail));
}

/* Check a setting of S3. */
static bool
check_s3(S3Setting setting, const char *value, GucSource source,
		 const char *name)
{
	const char *problem = s3_setting_problem(setting, value);

	return problem == NULL || refuse_value(source, name, problem);
}

#define S3_CHECK(function, setting, name)                                     \
	static bool function(char **value, void **extra, GucSource source)        \
	{                                                                         \
		return check_s3(setting, *value, source, name);                       \
	}

S3_CHECK(check_s3_endpoint, S3_ENDPOINT, "linlearn.s3_endpoint")
S3_CHECK(check_s3_region, S3_REGION, "linlearn.s3_region")
S3_CHECK(check_s3_access_key, S3_ACCESS_KEY, "linlearn.s3_access_key")
S3_CHECK(check_s3_secret_key, S3_SECRET_KEY, "linlearn.s3_secret_key")
S3_CHECK(check_s3_session_token, S3_SESSION_TOKEN, "linlearn.s3_session_token")

/* Define one secret setting. */
static void
define_secret(const char *name, const char *description, char **variable,
			  GucStringCheckHook check)
{
	DefineCustomStringVariable(name, description, NULL, variable, "",
							   PGC_SUSET, SECRET_FLAGS, check, NULL, NULL);
}

void
settings_define(void)
{
	loading = true;
	DefineCustomIntVariable(
		"linlearn.threads", "Number of compute threads of a training.",
		"0 means one more than max_parallel_workers_per_gather, at most one a "
		"processor.",
		&linlearn_threads, 0, 0, 256, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable(
		"linlearn.parallel_rows",
		"Lets parallel plans hand over a training's rows and all scores.",
		"They are slower than serial ones, unless what is handed over takes "
		"long to compute.",
		&linlearn_parallel_rows, false, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"linlearn.train_mem", "Memory for the packed rows of a training.",
		"What is beyond it goes to temporary files.", &linlearn_train_mem,
		1048576, 1024, INT_MAX, PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomEnumVariable(
		"linlearn.progress", "Whether a training reports each epoch.",
		"notice sends a NOTICE for each phase and epoch.", &linlearn_progress,
		PROGRESS_OFF, progress_modes, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("linlearn.max_download_size",
							"Largest file or download, packed and unpacked.",
							NULL, &linlearn_max_download_size, 1048576, 1,
							INT_MAX, PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable(
		"linlearn.url_timeout",
		"Longest time without a byte from a server before a transfer fails.",
		NULL, &linlearn_url_timeout, 30000, 1, INT_MAX, PGC_USERSET,
		GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomStringVariable(
		"linlearn.allowed_url_prefixes",
		"Comma-separated URL prefixes that transfers may reach.",
		"Empty allows every http, https and s3 URL but loopback, link-local "
		"and private addresses.",
		&linlearn_allowed_url_prefixes, "", PGC_SUSET, GUC_SUPERUSER_ONLY,
		check_prefixes, NULL, NULL);
	DefineCustomStringVariable(
		"linlearn.s3_endpoint", "Endpoint of an S3-compatible store.",
		"Empty means Amazon's endpoint of linlearn.s3_region. A set endpoint "
		"is addressed path-style.",
		&linlearn_s3_endpoint, "", PGC_SUSET, 0, check_s3_endpoint, NULL,
		NULL);
	DefineCustomStringVariable("linlearn.s3_region", "Region of S3 buckets.",
							   NULL, &linlearn_s3_region, "us-east-1",
							   PGC_SUSET, 0, check_s3_region, NULL, NULL);
	define_secret("linlearn.s3_access_key", "Access key of S3.",
				  &linlearn_s3_access_key, check_s3_access_key);
	define_secret("linlearn.s3_secret_key", "Secret key of S3.",
				  &linlearn_s3_secret_key, check_s3_secret_key);
	define_secret("linlearn.s3_session_token", "Session token of S3.",
				  &linlearn_s3_session_token, check_s3_session_token);
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved("linlearn");
#else
	EmitWarningsOnPlaceholders("linlearn");
#endif
	loading = false;
}
