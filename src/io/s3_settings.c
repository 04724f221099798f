/*
 * s3_settings.c
 *		What the settings of an S3 store may hold.
 */
#include "io/s3_settings.h"

#include <stddef.h>
#include <string.h>

#include "io/url.h"

#define MAX_REGION 63
#define MAX_ENDPOINT 500

static const struct
{
	const char *name;
	size_t offset;
} settings_table[S3_SETTINGS] = {
	[S3_ENDPOINT] = {"endpoint", offsetof(TransferSettings, s3_endpoint)},
	[S3_REGION] = {"region", offsetof(TransferSettings, s3_region)},
	[S3_ACCESS_KEY] = {"access key",
					   offsetof(TransferSettings, s3_access_key)},
	[S3_SECRET_KEY] = {"secret key",
					   offsetof(TransferSettings, s3_secret_key)},
	[S3_SESSION_TOKEN] = {"session token",
						  offsetof(TransferSettings, s3_session_token)},
};

const char **
s3_setting(TransferSettings *settings, S3Setting setting)
{
	return (const char **) ((char *) settings +
							settings_table[setting].offset);
}

bool
s3_name_is_valid(const char *name, size_t length, size_t minimum,
				 size_t maximum)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
								  "abcdefghijklmnopqrstuvwxyz0123456789-._";

	return length >= minimum && length <= maximum && name[0] != '.' &&
		   strspn(name, allowed) >= length;
}

/* True for http:// or https://, a host, and nothing that ends a path. */
static bool
endpoint_is_valid(const char *value)
{
	Failure failure;

	return !url_has_scheme(value, "s3") && strlen(value) <= MAX_ENDPOINT &&
		   strpbrk(value, ", ") == NULL &&
		   url_check_prefixes(value, &failure) == LL_OK;
}

const char *
s3_setting_problem(S3Setting setting, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return NULL;
	if (has_control_character(value))
		return "It must not have control characters.";
	if (setting == S3_REGION &&
		!s3_name_is_valid(value, strlen(value), 1, MAX_REGION))
		return "It must be a name such as us-east-1.";
	if (setting == S3_ENDPOINT && !endpoint_is_valid(value))
		return "It must be an http or https URL without user, query, fragment "
			   "or blank.";
	return NULL;
}

/* Tell whether a setting has a value. */
static bool
is_set(const char *value)
{
	return value != NULL && value[0] != '\0';
}

Status
s3_check_settings(const TransferSettings *settings, Failure *failure)
{
	TransferSettings copy = *settings;

	for (int i = 0; i < S3_SETTINGS; i++)
	{
		const char *problem = s3_setting_problem(i, *s3_setting(&copy, i));

		if (problem == NULL)
			continue;
		fail(failure, LL_INVALID, "the %s for S3 is not valid",
			 settings_table[i].name);
		fail_detail(failure, "%s", problem);
		return LL_INVALID;
	}
	if (!is_set(settings->s3_region))
		return fail(failure, LL_INVALID, "there is no region for S3");
	if (is_set(settings->s3_access_key) != is_set(settings->s3_secret_key))
		return fail(failure, LL_INVALID,
					"of the access key and the secret key for S3 only one is "
					"set");
	return LL_OK;
}
