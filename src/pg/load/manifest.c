/*
 * manifest.c
 *		SageMaker's manifests: lists of the objects that a channel reads.
 *
 * Source: Amazon SageMaker API reference, S3DataSource.
 */
#include "pg/load/manifest.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "pg/base/text_encoding.h"

bool
manifest_name(const char *url)
{
	static const char *const suffixes[] = {".manifest", ".json"};
	size_t length = strlen(url);

	for (int i = 0; i < lengthof(suffixes); i++)
	{
		size_t suffix = strlen(suffixes[i]);

		if (length > suffix && strcmp(url + length - suffix, suffixes[i]) == 0)
			return true;
	}
	return false;
}

pg_noreturn static void
fail_manifest(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("manifest %s", problem),
			 errdetail("A manifest is [{\"prefix\": \"s3://bucket/folder/\"}, "
					   "\"key\", ...].")));
}

/* Refuse what has one object a line. */
static void
refuse_augmented(const char *bytes, size_t size)
{
	size_t start = 0;

	while (start < size && strchr(" \t\r\n", bytes[start]) != NULL)
		start++;
	if (start == size || bytes[start] != '{')
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("augmented manifests are not supported"),
			 errdetail("This one has a JSON object instead of an array."),
			 errhint("Its lines can be read with linlearn_fetch(), "
					 "convert_from() and regexp_split_to_table(), each as a "
					 "jsonb.")));
}

/* Parse the bytes, which are UTF-8. */
static Jsonb *
parse(const char *bytes, size_t size)
{
	char *text = pnstrdup(bytes, size);

	if (strlen(text) != size || !pg_verify_mbstr(PG_UTF8, text, size, true))
		fail_manifest("is not text in UTF-8");
	return DatumGetJsonbP(DirectFunctionCall1(
		jsonb_in, CStringGetDatum(server_of_utf8(text, size))));
}

/* Copy a string of JSON, as UTF-8, after a prefix. */
static char *
join(const char *prefix, const JsonbValue *string)
{
	char *text = pnstrdup(string->val.string.val, string->val.string.len);

	return psprintf("%s%s", prefix, utf8_of_server(text, strlen(text)));
}

/* Take the prefix from the first element. */
static char *
take_prefix(JsonbContainer *first)
{
	static char name[] = "prefix";
	JsonbValue key = {.type = jbvString};
	JsonbValue *prefix;
	const char *bucket;
	char *copy;

	key.val.string.val = name;
	key.val.string.len = strlen(name);
	prefix = JsonContainerIsObject(first)
				 ? findJsonbValueFromContainer(first, JB_FOBJECT, &key)
				 : NULL;
	if (prefix == NULL || prefix->type != jbvString ||
		JsonContainerSize(first) != 1)
		fail_manifest("does not begin with a prefix");
	copy = join("", prefix);
	bucket = strstr(copy, "://");
	/* or a key could be the rest of a host's or a bucket's name */
	if (copy[0] != '/' && (bucket == NULL || strchr(bucket + 3, '/') == NULL))
		fail_manifest("has a prefix without a bucket");
	return copy;
}

Manifest
manifest_read(const char *bytes, size_t size)
{
	Manifest manifest = {NULL, 0};
	Jsonb *json;
	JsonbValue *first;
	char *prefix;
	uint32 count;

	refuse_augmented(bytes, size);
	json = parse(bytes, size);
	if (!JB_ROOT_IS_ARRAY(json) || JB_ROOT_IS_SCALAR(json) ||
		JB_ROOT_COUNT(json) == 0)
		fail_manifest("is not an array");
	count = JB_ROOT_COUNT(json);
	first = getIthJsonbValueFromContainer(&json->root, 0);
	if (first->type != jbvBinary)
		fail_manifest("does not begin with a prefix");
	prefix = take_prefix(first->val.binary.data);
	manifest.urls =
		MemoryContextAllocHuge(CurrentMemoryContext, count * sizeof(char *));
	for (uint32 i = 1; i < count; i++)
	{
		JsonbValue *key = getIthJsonbValueFromContainer(&json->root, i);

		if (key->type != jbvString)
			fail_manifest("has a key that is no string");
		manifest.urls[manifest.count++] = join(prefix, key);
		pfree(key);
	}
	return manifest;
}
