/*
 * s3_list.c
 *		The objects of a bucket whose keys begin alike, page after page.
 *
 * Source: Amazon S3 API reference, ListObjectsV2.
 */
#include "io/s3_list.h"

#include <stdlib.h>
#include <string.h>

#include "io/s3_request.h"
#include "io/text.h"

/*
 * The longest page: a thousand keys of 1024 bytes, each three characters long,
 * with what else is told of each.
 */
#define MAX_PAGE ((size_t) 8 << 20)

/* The longest token; Amazon's have some hundred bytes. */
#define MAX_TOKEN 4096

#define ROOT "ListBucketResult"

static Status
fail_list(const S3List *list, const char *what, Failure *failure)
{
	fail(failure, LL_MALFORMED, "the list of \"%s\" %s", list->prefix.name,
		 what);
	return LL_MALFORMED;
}

Status
s3_list_open(const Runtime *runtime, const TransferSettings *settings,
			 const char *url, S3List *list, Failure *failure)
{
	memset(list, 0, sizeof(*list));
	list->runtime = *runtime;
	return s3_resolve(runtime, settings, url, true, &list->prefix, failure);
}

/* Give back what belongs to the page. */
static void
drop_page(S3List *list)
{
	runtime_release(&list->runtime, list->page);
	runtime_release(&list->runtime, list->entry.key);
	list->page = NULL;
	list->entry.key = NULL;
}

void
s3_list_close(S3List *list)
{
	drop_page(list);
	runtime_release(&list->runtime, list->token);
	list->token = NULL;
	s3_release(&list->runtime, &list->prefix);
}

/* Make the query of the next page, in canonical form; NULL without memory. */
static char *
make_query(const S3List *list)
{
	size_t length = strlen(list->prefix.key);
	char *encoded = runtime_allocate(&list->runtime, 3 * length + 1);
	char *query;

	if (encoded == NULL)
		return NULL;
	percent_encode(list->prefix.key, length, false, encoded);
	query = TEXT_JOIN(
		&list->runtime, list->token != NULL ? "continuation-token=" : "",
		list->token != NULL ? list->token : "", list->token != NULL ? "&" : "",
		"encoding-type=url&list-type=2&prefix=", encoded);
	runtime_release(&list->runtime, encoded);
	return query;
}

/* Copy an element's text, decoded, into new memory. */
static Status
copy_text(const S3List *list, XmlSpan text, char **copy, size_t *length,
		  Failure *failure)
{
	Status status;

	*copy = runtime_allocate(&list->runtime, text.length + 1);
	if (*copy == NULL)
		return fail_no_memory(failure);
	status = xml_decode(text, *copy, length, failure);
	if (status != LL_OK)
	{
		runtime_release(&list->runtime, *copy);
		*copy = NULL;
	}
	return status;
}

/* Keep the token of the next page, which must be another than this one's. */
static Status
take_token(S3List *list, XmlSpan text, Failure *failure)
{
	char *token;
	char *encoded;
	size_t length;
	Status status;

	if (text.length == 0 || text.length > MAX_TOKEN)
		return fail_list(list, "goes on without a valid token", failure);
	status = copy_text(list, text, &token, &length, failure);
	if (status != LL_OK)
		return status;
	encoded = runtime_allocate(&list->runtime, 3 * length + 1);
	if (encoded == NULL)
		return fail_no_memory(failure);
	percent_encode(token, length, false, encoded);
	runtime_release(&list->runtime, token);
	if (list->token != NULL && strcmp(list->token, encoded) == 0)
		return fail_list(list, "comes to no end", failure);
	runtime_release(&list->runtime, list->token);
	list->token = encoded;
	return LL_OK;
}

/* Take what is told of the whole page from an element below the root. */
static Status
take_page_element(S3List *list, XmlSpan name, XmlSpan text, bool *has_token,
				  Failure *failure)
{
	if (xml_is(name, "IsTruncated"))
		list->truncated = xml_is(text, "true");
	else if (xml_is(name, "EncodingType"))
		list->url_encoded = xml_is(text, "url");
	else if (xml_is(name, "NextContinuationToken"))
	{
		*has_token = true;
		return take_token(list, text, failure);
	}
	return LL_OK;
}

/* Look at the whole page once: what it is, and what follows it. */
static Status
scan_page(S3List *list, Failure *failure)
{
	XmlReader reader = list->xml;
	bool has_token = false;
	XmlEvent event;
	Status status;

	list->truncated = list->url_encoded = false;
	while ((status = xml_next(&reader, &event, failure)) == LL_OK &&
		   event != XML_DONE)
	{
		if (reader.depth == 1 && event == XML_START &&
			!xml_is(reader.path[0], ROOT))
			return fail_list(list, "is another XML document", failure);
		if (reader.depth == 1 && event == XML_END)
			status = take_page_element(list, reader.path[1], reader.text,
									   &has_token, failure);
		if (status != LL_OK)
			return status;
	}
	if (status == LL_OK && list->truncated && !has_token)
		return fail_list(list, "goes on without a valid token", failure);
	return status;
}

Status
s3_list_take(S3List *list, uint8_t *page, size_t length, Failure *failure)
{
	drop_page(list);
	list->page = page;
	xml_init(&list->xml, page, length);
	list->begun = true;
	return scan_page(list, failure);
}

/* Ask for the next page. */
static Status
get_page(S3List *list, Failure *failure)
{
	char *query = make_query(list);
	S3Request request = {"GET", .of_bucket = true, .query = query,
						 .limit = MAX_PAGE};
	HttpResponse response;
	Status status;

	drop_page(list);
	if (query == NULL)
		return fail_no_memory(failure);
	status =
		s3_call(&list->runtime, &list->prefix, &request, &response, failure);
	runtime_release(&list->runtime, query);
	if (status != LL_OK)
		return status;
	return s3_list_take(list, response.body, response.length, failure);
}

/* Read count digits; -1 if there are other characters. */
static int
read_digits(const char **at, int count)
{
	int number = 0;

	for (int i = 0; i < count; i++, (*at)++)
	{
		if (**at < '0' || **at > '9')
			return -1;
		number = number * 10 + (**at - '0');
	}
	return number;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_of_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 -
		   719468;
}

/* Read a time such as 2026-01-31T12:00:00.000Z. */
static bool
read_time(const char *text, int64_t *microseconds)
{
	static const char separators[] = "--T::";
	static const int digits[] = {4, 2, 2, 2, 2, 2};
	static const int limits[][2] = {{1970, 9999}, {1, 12}, {1, 31},
									{0, 23},	  {0, 59}, {0, 60}};
	int parts[6];
	int64_t fraction = 0;

	for (int i = 0; i < 6; i++)
	{
		parts[i] = read_digits(&text, digits[i]);
		if (parts[i] < limits[i][0] || parts[i] > limits[i][1])
			return false;
		if (i < 5 && *text++ != separators[i])
			return false;
	}
	if (*text == '.')
	{
		int64_t unit = 100000;

		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			fraction += (*text - '0') * unit;
	}
	if (strcmp(text, "Z") != 0)
		return false;
	*microseconds =
		(((days_of_date(parts[0], parts[1], parts[2]) * 24 + parts[3]) * 60 +
		  parts[4]) *
			 60 +
		 parts[5]) *
			1000000 +
		fraction;
	return true;
}

/* Read a size: digits alone, as many as an int64 holds. */
static bool
read_size(const char *text, int64_t *size)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > 18 || text[length] != '\0')
		return false;
	*size = strtoll(text, NULL, 10);
	return true;
}

/* Take a key, which must be one that was asked for. */
static Status
take_key(S3List *list, XmlSpan text, Failure *failure)
{
	S3Entry *entry = &list->entry;
	Status status;

	runtime_release(&list->runtime, entry->key);
	entry->key = NULL;
	status = copy_text(list, text, &entry->key, &entry->key_length, failure);
	if (status != LL_OK)
		return status;
	if (list->url_encoded && !percent_decode(entry->key, &entry->key_length))
		return fail_list(list, "has a key that is badly encoded", failure);
	entry->key[entry->key_length] = '\0';
	if (entry->key_length == 0 || strlen(entry->key) != entry->key_length)
		return fail_list(list, "has an invalid key", failure);
	if (strncmp(entry->key, list->prefix.key, strlen(list->prefix.key)) != 0)
		return fail_list(list, "has a key that was not asked for", failure);
	return LL_OK;
}

/* Take an element of an object; what is of no interest is passed over. */
static Status
take_element(S3List *list, XmlSpan name, XmlSpan text, Failure *failure)
{
	char *copy;
	size_t length;
	bool is_size = xml_is(name, "Size");
	bool fine;
	Status status;

	if (xml_is(name, "Key"))
		return take_key(list, text, failure);
	if (!is_size && !xml_is(name, "LastModified"))
		return LL_OK;
	status = copy_text(list, text, &copy, &length, failure);
	if (status != LL_OK)
		return status;
	fine = is_size ? read_size(copy, &list->entry.size)
				   : read_time(copy, &list->entry.modified);
	runtime_release(&list->runtime, copy);
	return fine ? LL_OK
				: fail_list(list,
							is_size ? "has an invalid size"
									: "has an invalid time",
							failure);
}

/* Find the next object of the page. */
static Status
next_of_page(S3List *list, bool *found, Failure *failure)
{
	XmlReader *reader = &list->xml;
	XmlEvent event;
	Status status;

	*found = false;
	while ((status = xml_next(reader, &event, failure)) == LL_OK &&
		   event != XML_DONE)
	{
		bool of_object =
			reader->depth >= 1 && xml_is(reader->path[1], "Contents");

		if (event == XML_START && reader->depth == 2 && of_object)
		{
			runtime_release(&list->runtime, list->entry.key);
			list->entry = (S3Entry){.size = -1, .modified = INT64_MIN};
		}
		if (event == XML_END && reader->depth == 2 && of_object)
			status =
				take_element(list, reader->path[2], reader->text, failure);
		if (status != LL_OK)
			return status;
		if (event == XML_END && reader->depth == 1 && of_object)
		{
			*found = true;
			return LL_OK;
		}
	}
	return status;
}

Status
s3_list_next(S3List *list, bool *found, const S3Entry **entry,
			 Failure *failure)
{
	*found = false;
	*entry = &list->entry;
	for (;;)
	{
		Status status = LL_OK;

		if (runtime_interrupted(&list->runtime))
			return fail_cancelled(failure);
		if (list->begun)
			status = next_of_page(list, found, failure);
		if (status != LL_OK)
			return status;
		if (*found)
		{
			if (list->entry.key == NULL || list->entry.size < 0 ||
				list->entry.modified == INT64_MIN)
				return fail_list(list,
								 "has an object without key, size or "
								 "time",
								 failure);
			return LL_OK;
		}
		if (list->begun && !list->truncated)
			return LL_OK;
		status = get_page(list, failure);
		if (status != LL_OK)
			return status;
	}
}
