/*
 * s3.c
 *		s3:// URLs as signed HTTP requests.
 *
 * Source: Amazon S3 API reference (GetObject, PutObject,
 * CreateMultipartUpload, UploadPart, CompleteMultipartUpload,
 * AbortMultipartUpload).
 */
#include "io/s3.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "io/s3_settings.h"
#include "io/sigv4.h"
#include "io/text.h"
#include "io/url.h"

/* Answers of the store that are not objects are short. */
#define S3_ANSWER_LIMIT ((size_t) 1 << 20)

/* Bytes of one <Part> of the list that ends an upload, entity tag included. */
#define S3_PART_ENTRY_SIZE (HTTP_ETAG_SIZE + 96)

/* How long a stopped upload may take to tell the store so, in ms. */
#define S3_ABORT_TIME 100

/* Room for an upload's identifier, percent-encoded. */
#define S3_UPLOAD_ID_SIZE 1024

#define SHOWN_CODE_SIZE 64

/* Check bucket and key: the URL's part after s3://. */
static Status
check_name(const char *url, const char *name, const char **key,
		   Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	size_t bucket = strcspn(name, "/");

	if (!s3_name_is_valid(name, bucket, 3, 63))
	{
		fail(failure, LL_INVALID, "\"%s\" names no valid bucket",
			 url_mask(url, shown));
		fail_hint(failure, "An S3 URL is s3://bucket/key.");
		return LL_INVALID;
	}
	*key = name + bucket + (name[bucket] == '/');
	if (**key == '\0')
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

/* Tell whether a setting has a value. */
static bool
is_set(const char *setting)
{
	return setting != NULL && setting[0] != '\0';
}

/* Make the object's URL from bucket and key. */
static char *
make_url(const Runtime *runtime, const TransferSettings *settings,
		 const char *name, const char *key)
{
	size_t length = strlen(key);
	char *encoded = runtime_allocate(runtime, 3 * length + 1);
	char bucket[64];
	char endpoint[512];

	if (encoded == NULL)
		return NULL;
	percent_encode(key, length, true, encoded);
	snprintf(bucket, sizeof(bucket), "%.*s", (int) (key - name - 1), name);
	if (is_set(settings->s3_endpoint))
	{
		size_t end = strlen(settings->s3_endpoint);

		while (end > 0 && settings->s3_endpoint[end - 1] == '/')
			end--;
		snprintf(endpoint, sizeof(endpoint), "%.*s", (int) end,
				 settings->s3_endpoint);
		return TEXT_JOIN(runtime, endpoint, "/", bucket, "/", encoded);
	}
	/* a dot in the bucket's name would not match the certificate */
	if (strchr(bucket, '.') != NULL)
		return TEXT_JOIN(runtime, "https://s3.", settings->s3_region,
					".amazonaws.com/", bucket, "/", encoded);
	return TEXT_JOIN(runtime, "https://", bucket, ".s3.", settings->s3_region,
				".amazonaws.com/", encoded);
}

Status
s3_resolve(const Runtime *runtime, const TransferSettings *settings,
		   const char *url, S3Object *object, Failure *failure)
{
	const char *name = url + strlen("s3://");
	const char *key;
	Status status = s3_check_settings(settings, failure);

	if (status == LL_OK)
		status = check_name(url, name, &key, failure);
	if (status != LL_OK)
		return status;
	memset(object, 0, sizeof(*object));
	object->settings = settings;
	object->url = make_url(runtime, settings, name, key);
	if (object->url == NULL)
		return fail_no_memory(failure);
	return LL_OK;
}

/* Prepare a request for an object. */
static HttpRequest
make_request(const S3Object *object, const char *method, const char *url)
{
	HttpRequest request = {method, url};

	request.path_as_is = true; /* as it is signed */
	request.limit = S3_ANSWER_LIMIT;
	request.timeout = object->settings->timeout;
	request.private_allowed = object->private_allowed;
	return request;
}

/* Send a request, signed when there are keys. */
static Status
send_signed(const Runtime *runtime, const TransferSettings *settings,
			HttpRequest *request, HttpResponse *response, Failure *failure)
{
	SigV4Keys keys = {settings->s3_region, settings->s3_access_key,
					  settings->s3_secret_key};
	SigV4Headers signature;
	int count = 0;
	Status status;

	if (!is_set(settings->s3_access_key))
		return http_request(runtime, request, response, failure);
	if (is_set(settings->s3_session_token))
		keys.session_token = settings->s3_session_token;
	status = sigv4_sign(runtime, &keys, request->method, request->url,
						time(NULL), &signature, failure);
	if (status != LL_OK)
		return status;
	while (request->headers[count] != NULL)
		count++;
	for (int i = 0; signature.lines[i] != NULL; i++)
		request->headers[count++] = signature.lines[i];
	status = http_request(runtime, request, response, failure);
	sigv4_release(runtime, &signature);
	return status;
}

/* Find the text of an XML element in an answer; its length is returned. */
static size_t
find_element(const HttpResponse *response, const char *start,
			 const char **text)
{
	size_t start_length = strlen(start);

	for (size_t i = 0; i + start_length <= response->length; i++)
	{
		const uint8_t *end;

		if (memcmp(response->body + i, start, start_length) != 0)
			continue;
		i += start_length;
		*text = (const char *) response->body + i;
		end = memchr(response->body + i, '<', response->length - i);
		return end != NULL ? (size_t) (end - response->body) - i : 0;
	}
	return 0;
}

/* Run a request and check its status; names the store's error code. */
static Status
run(const Runtime *runtime, const S3Object *object, HttpRequest *request,
	HttpResponse *response, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	char code[SHOWN_CODE_SIZE] = "";
	const char *text;
	size_t length;
	Status status = send_signed(runtime, object->settings, request, response,
								failure);

	if (status != LL_OK)
		return status;
	length = find_element(response, "<Code>", &text);
	if (response->status / 100 == 2 && strcmp(request->method, "GET") == 0)
		return LL_OK;
	/* the end of an upload may answer 200 and yet an error */
	if (response->status / 100 == 2 && length == 0)
		return LL_OK;
	for (size_t i = 0; i < length && i < SHOWN_CODE_SIZE - 1; i++)
		code[i] = isalnum((unsigned char) text[i]) ? text[i] : '?';
	fail(failure, LL_IO, "%s of \"%s\" was answered with status %ld",
		 request->method, url_mask(request->url, shown), response->status);
	if (code[0] != '\0')
		fail_detail(failure, "The store's error code is %s.", code);
	runtime_release(runtime, response->body);
	return LL_IO;
}

Status
s3_get(const Runtime *runtime, const S3Object *object, HttpResponse *response,
	   Failure *failure)
{
	HttpRequest request = make_request(object, "GET", object->url);

	request.limit = object->settings->limit;
	return run(runtime, object, &request, response, failure);
}

/* Send bytes to a URL; the answer's entity tag is kept when asked for. */
static Status
send_bytes(const Runtime *runtime, const S3Object *object, const char *method,
		   const char *url, const uint8_t *bytes, size_t length,
		   HttpResponse *response, Failure *failure)
{
	HttpRequest request = make_request(object, method, url);

	request.headers[0] = "Content-Type: application/octet-stream";
	request.body = bytes;
	request.body_length = length;
	return run(runtime, object, &request, response, failure);
}

/* Begin an upload in parts; its identifier comes percent-encoded. */
static Status
begin_upload(const Runtime *runtime, const S3Object *object,
			 char upload_id[S3_UPLOAD_ID_SIZE], Failure *failure)
{
	HttpResponse response;
	const char *text;
	size_t length;
	char *url = TEXT_JOIN(runtime, object->url, "?uploads=");
	Status status;

	if (url == NULL)
		return fail_no_memory(failure);
	status = send_bytes(runtime, object, "POST", url, (const uint8_t *) "", 0,
						&response, failure);
	runtime_release(runtime, url);
	if (status != LL_OK)
		return status;
	length = find_element(&response, "<UploadId>", &text);
	if (length > 0 && length * 3 < S3_UPLOAD_ID_SIZE)
		percent_encode(text, length, false, upload_id);
	runtime_release(runtime, response.body);
	if (length == 0 || length * 3 >= S3_UPLOAD_ID_SIZE)
		return fail(failure, LL_IO, "the store began no upload in parts");
	return LL_OK;
}

/* Send one part and add it to the list. */
static Status
send_part(const Runtime *runtime, const S3Object *object,
		  const char *upload_id, int number, const uint8_t *bytes,
		  size_t length, char *entry, Failure *failure)
{
	char digits[16];
	HttpResponse response;
	char *url;
	Status status;

	snprintf(digits, sizeof(digits), "%d", number);
	url = TEXT_JOIN(runtime, object->url, "?partNumber=", digits,
			   "&uploadId=", upload_id);
	if (url == NULL)
		return fail_no_memory(failure);
	status = send_bytes(runtime, object, "PUT", url, bytes, length, &response,
						failure);
	runtime_release(runtime, url);
	if (status != LL_OK)
		return status;
	runtime_release(runtime, response.body);
	if (response.etag[0] == '\0' || strpbrk(response.etag, "<>&") != NULL)
		return fail(failure, LL_IO, "the store gave part %d no entity tag",
					number);
	snprintf(entry, S3_PART_ENTRY_SIZE,
			 "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number,
			 response.etag);
	return LL_OK;
}

/* End an upload, with a method and, for success, the list of parts. */
static Status
end_upload(const Runtime *runtime, const S3Object *object, const char *method,
		   const char *upload_id, const char *list, Failure *failure)
{
	char *url = TEXT_JOIN(runtime, object->url, "?uploadId=", upload_id);
	HttpRequest request = make_request(object, method, url);
	HttpResponse response;
	Status status;

	if (url == NULL)
		return fail_no_memory(failure);
	if (list != NULL)
	{
		status =
			send_bytes(runtime, object, method, url, (const uint8_t *) list,
					   strlen(list), &response, failure);
	}
	else
	{
		request.deadline = S3_ABORT_TIME;
		status = run(runtime, object, &request, &response, failure);
	}
	runtime_release(runtime, url);
	if (status == LL_OK)
		runtime_release(runtime, response.body);
	return status;
}

/* Send all parts; list gets what the store wants to hear at the end. */
static Status
send_parts(const Runtime *runtime, const S3Object *object,
		   const char *upload_id, const uint8_t *bytes, size_t length,
		   char *list, Failure *failure)
{
	char *entry = stpcpy(list, "<CompleteMultipartUpload>");
	int number = 0;

	for (size_t at = 0; at < length; at += S3_PART_SIZE)
	{
		size_t rest = length - at;
		Status status = send_part(
			runtime, object, upload_id, ++number, bytes + at,
			rest < S3_PART_SIZE ? rest : S3_PART_SIZE, entry, failure);

		if (status != LL_OK)
			return status;
		entry += strlen(entry);
	}
	strcpy(entry, "</CompleteMultipartUpload>");
	return LL_OK;
}

/* Put an object in parts; one that fails is taken back. */
static Status
put_parts(const Runtime *runtime, const S3Object *object, const uint8_t *bytes,
		  size_t length, Failure *failure)
{
	size_t parts = (length + S3_PART_SIZE - 1) / S3_PART_SIZE;
	char *list = runtime_allocate_zero(runtime, parts + 1, S3_PART_ENTRY_SIZE);
	char upload_id[S3_UPLOAD_ID_SIZE];
	Status status;

	if (list == NULL)
		return fail_no_memory(failure);
	status = begin_upload(runtime, object, upload_id, failure);
	if (status != LL_OK)
		return status;
	status =
		send_parts(runtime, object, upload_id, bytes, length, list, failure);
	if (status == LL_OK)
		status = end_upload(runtime, object, "POST", upload_id, list, failure);
	if (status != LL_OK)
	{
		Runtime uninterrupted = *runtime;

		uninterrupted.interrupted = NULL;
		end_upload(&uninterrupted, object, "DELETE", upload_id, NULL, NULL);
	}
	runtime_release(runtime, list);
	return status;
}

Status
s3_put(const Runtime *runtime, const S3Object *object, const uint8_t *bytes,
	   size_t length, Failure *failure)
{
	HttpResponse response;
	Status status;

	if (length > S3_MULTIPART_THRESHOLD)
		return put_parts(runtime, object, bytes, length, failure);
	status = send_bytes(runtime, object, "PUT", object->url, bytes, length,
						&response, failure);
	if (status == LL_OK)
		runtime_release(runtime, response.body);
	return status;
}
