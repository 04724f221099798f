/*
 * s3_address.c
 *		Where an S3 object is.
 *
 * Hosts are made here and nowhere else: of the endpoint of the settings, or of
 * Amazon's name and a region.  What a store answers may change the region, but
 * never brings a host of its own, so that no signed request goes elsewhere.
 */
#include "io/s3_address.h"

#include <stdio.h>
#include <string.h>

#include "io/access.h"
#include "io/s3_settings.h"
#include "io/text.h"
#include "io/url.h"

#define AMAZON ".amazonaws.com"

/* Check bucket and key: the URL's part after s3://. */
static Status
check_name(const char *url, const char *name, bool is_prefix, const char **key,
		   Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	size_t bucket = strcspn(name, "/");

	if (!s3_name_is_valid(name, bucket, 3, S3_NAME_SIZE - 1))
	{
		fail(failure, LL_INVALID, "\"%s\" names no valid bucket",
			 url_mask(url, shown));
		fail_hint(failure, "An S3 URL is s3://bucket/key.");
		return LL_INVALID;
	}
	*key = name + bucket + (name[bucket] == '/');
	if (**key == '\0' && !is_prefix)
		return fail(failure, LL_INVALID, "\"%s\" names no key",
					url_mask(url, shown));
	if (has_control_character(*key))
		return fail(failure, LL_INVALID,
					"key of \"%s\" has a control character",
					url_mask(url, shown));
	if (has_dot_segment(*key))
		return fail(failure, LL_INVALID, "key of \"%s\" has a dot segment",
					url_mask(url, shown));
	return LL_OK;
}

/* Tell whether the store is another than Amazon's. */
static bool
has_endpoint(const S3Object *object)
{
	const char *endpoint = object->settings->s3_endpoint;

	return endpoint != NULL && endpoint[0] != '\0';
}

/* Write the endpoint without slashes at its end. */
static void
trim_endpoint(const S3Object *object, char endpoint[512])
{
	const char *given = object->settings->s3_endpoint;
	size_t end = strlen(given);

	while (end > 0 && given[end - 1] == '/')
		end--;
	snprintf(endpoint, 512, "%.*s", (int) end, given);
}

/* Make a URL from its bucket, what follows, and a query. */
static char *
make_url(const Runtime *runtime, const S3Object *object, const char *path,
		 const char *query)
{
	const char *mark = query != NULL ? "?" : "";
	char endpoint[512];

	query = query != NULL ? query : "";
	if (has_endpoint(object))
	{
		trim_endpoint(object, endpoint);
		return TEXT_JOIN(runtime, endpoint, "/", object->bucket, path, mark,
						 query);
	}
	/* a dot in the bucket's name would not match the certificate */
	if (strchr(object->bucket, '.') != NULL)
		return TEXT_JOIN(runtime, "https://s3.", object->region, AMAZON "/",
						 object->bucket, path, mark, query);
	return TEXT_JOIN(runtime, "https://", object->bucket, ".s3.",
					 object->region, AMAZON, path[0] == '\0' ? "/" : "", path,
					 mark, query);
}

char *
s3_object_url(const Runtime *runtime, const S3Object *object,
			  const char *query)
{
	size_t length = strlen(object->key);
	char *path = runtime_allocate(runtime, 3 * length + 2);
	char *url;

	if (path == NULL)
		return NULL;
	path[0] = '/';
	percent_encode(object->key, length, true, path + 1);
	url = make_url(runtime, object, path, query);
	runtime_release(runtime, path);
	return url;
}

char *
s3_bucket_url(const Runtime *runtime, const S3Object *object,
			  const char *query)
{
	return make_url(runtime, object, "", query);
}

/* Check that it may be reached: by its own form, or by that of its endpoint. */
static Status
check_access(const Runtime *runtime, S3Object *object, Failure *failure)
{
	const char *prefixes = object->settings->allowed_prefixes;
	UrlListing listing;
	Status status = url_find_prefix(object->name, object->is_prefix, prefixes,
									&listing, failure);

	if (status == LL_OK && listing == URL_NOT_LISTED)
	{
		char *url = s3_object_url(runtime, object, NULL);

		if (url == NULL)
			return fail_no_memory(failure);
		status = url_find_prefix(url, object->is_prefix, prefixes, &listing,
								 failure);
		runtime_release(runtime, url);
	}
	if (status == LL_OK)
		status = access_check_listing(object->name, listing, failure);
	object->private_allowed = status == LL_OK && listing == URL_LISTED;
	return status;
}

Status
s3_resolve(const Runtime *runtime, const TransferSettings *settings,
		   const char *url, bool is_prefix, S3Object *object, Failure *failure)
{
	const char *name = url + strlen("s3://");
	size_t bucket = strcspn(name, "/");
	const char *key;
	Status status = s3_check_settings(settings, failure);

	memset(object, 0, sizeof(*object));
	if (status == LL_OK)
		status = check_name(url, name, is_prefix, &key, failure);
	if (status != LL_OK)
		return status;
	object->settings = settings;
	object->is_prefix = is_prefix;
	snprintf(object->bucket, S3_NAME_SIZE, "%.*s", (int) bucket, name);
	snprintf(object->region, S3_NAME_SIZE, "%s", settings->s3_region);
	/* a bucket's name alone is a prefix of its keys, not of other names */
	object->name = TEXT_JOIN(runtime, "s3://", object->bucket, "/", key);
	if (object->name == NULL)
		return fail_no_memory(failure);
	object->key = object->name + strlen("s3://") + bucket + 1;
	status = check_access(runtime, object, failure);
	if (status != LL_OK)
		s3_release(runtime, object);
	return status;
}

void
s3_release(const Runtime *runtime, S3Object *object)
{
	runtime_release(runtime, object->name);
	object->name = NULL;
}

bool
s3_region_is_valid(const char *region, size_t length)
{
	/* neither dot nor underscore: it becomes one label of a host's name */
	return s3_name_is_valid(region, length, 1, S3_NAME_SIZE - 1) &&
		   memchr(region, '.', length) == NULL &&
		   memchr(region, '_', length) == NULL;
}

Status
s3_move(const Runtime *runtime, S3Object *object, const char *region,
		size_t length, Failure *failure)
{
	snprintf(object->region, S3_NAME_SIZE, "%.*s", (int) length, region);
	return check_access(runtime, object, failure);
}

size_t
s3_region_of_host(const char *host, size_t length, const char **region)
{
	size_t suffix = strlen(AMAZON);
	size_t start;

	if (length <= suffix ||
		memcmp(host + length - suffix, AMAZON, suffix) != 0)
		return 0;
	length -= suffix;
	for (start = length; start > 0 && host[start - 1] != '.';)
		start--;
	/* the last label: a region after "s3.", or "s3-" and a region */
	*region = host + start;
	length -= start;
	if (start >= 3 && memcmp(host + start - 3, "s3.", 3) == 0 &&
		(start == 3 || host[start - 4] == '.'))
		return s3_region_is_valid(*region, length) ? length : 0;
	if (length <= 3 || memcmp(*region, "s3-", 3) != 0)
		return 0;
	*region += 3;
	return s3_region_is_valid(*region, length - 3) ? length - 3 : 0;
}
