/*
 * s3_request.c
 *		Signed requests to an S3 store, sent on to the region that it names.
 *
 * Source: Amazon S3 user guide, "Making requests: Request routing", and API
 * reference, "Error responses".
 */
#include "io/s3_request.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "io/sigv4.h"
#include "io/text.h"
#include "io/url.h"

/* How many other regions a request may be sent on to. */
#define MAX_MOVES 3

#define SHOWN_CODE_SIZE 64

size_t
s3_find_element(const HttpResponse *response, const char *start,
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

/* Prepare a request of HTTP, but for its URL's memory and the signature. */
static HttpRequest
make_request(const S3Object *object, const S3Request *request, const char *url)
{
	HttpRequest http = {request->method, url};

	http.path_as_is = true; /* as it is signed */
	http.body = request->body;
	http.body_length = request->body_length;
	http.limit = request->limit > 0 ? request->limit : S3_ANSWER_LIMIT;
	http.timeout = object->settings->timeout;
	http.deadline = request->deadline;
	http.private_allowed = object->private_allowed;
	for (int i = 0; request->headers[i] != NULL; i++)
		http.headers[i] = request->headers[i];
	return http;
}

/* Open a request, signed when there are keys. */
static Status
open_signed(const Runtime *runtime, const S3Object *object,
			HttpRequest *request, HttpTransfer **transfer,
			HttpResponse *response, Failure *failure)
{
	const TransferSettings *settings = object->settings;
	SigV4Keys keys = {object->region, settings->s3_access_key,
					  settings->s3_secret_key};
	const char *token = settings->s3_session_token;
	SigV4Headers signature;
	int count = 0;
	Status status;

	if (keys.access_key == NULL || keys.access_key[0] == '\0')
		return http_open(runtime, request, transfer, response, failure);
	if (token != NULL && token[0] != '\0')
		keys.session_token = token;
	status = sigv4_sign(runtime, &keys, request->method, request->url,
						time(NULL), &signature, failure);
	if (status != LL_OK)
		return status;
	while (request->headers[count] != NULL)
		count++;
	for (int i = 0; signature.lines[i] != NULL; i++)
		request->headers[count++] = signature.lines[i];
	status = http_open(runtime, request, transfer, response, failure);
	sigv4_release(runtime, &signature);
	return status;
}

/*
 * Find the region that an answer names: in its header, as <Region>, or by one
 * of Amazon's hosts in <Endpoint> or where it redirects.
 */
static size_t
named_region(const HttpResponse *response, const char **region)
{
	const char *host = response->redirect;
	size_t length = strlen(response->region);

	*region = response->region;
	if (length == 0)
		length = s3_find_element(response, "<Region>", region);
	if (length > 0)
		return s3_region_is_valid(*region, length) ? length : 0;
	length = s3_find_element(response, "<Endpoint>", &host);
	if (length == 0 && host != NULL && (host = strstr(host, "://")) != NULL)
	{
		host += strlen("://");
		length = strcspn(host, "/?#:");
	}
	return length > 0 ? s3_region_of_host(host, length, region) : 0;
}

/* Tell whether an answer names a region other than the object's. */
static bool
is_elsewhere(const S3Object *object, const HttpResponse *response,
			 const char **region, size_t *length)
{
	if (response->status / 100 != 3 && response->status != 400)
		return false;
	*length = named_region(response, region);
	return *length > 0 && (strlen(object->region) != *length ||
						   memcmp(object->region, *region, *length) != 0);
}

/* Report an answer that is no success; names the store's error code. */
static Status
fail_answer(const HttpRequest *request, const HttpResponse *response,
			Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	char code[SHOWN_CODE_SIZE] = "";
	const char *text;
	size_t length = s3_find_element(response, "<Code>", &text);
	Status status = response->status == 404 ? LL_ABSENT : LL_IO;

	for (size_t i = 0; i < length && i < SHOWN_CODE_SIZE - 1; i++)
		code[i] = isalnum((unsigned char) text[i]) ? text[i] : '?';
	fail(failure, status, "%s of \"%s\" was answered with status %ld",
		 request->method, url_mask(request->url, shown), response->status);
	if (code[0] != '\0')
		fail_detail(failure, "The store's error code is %s.", code);
	else if (response->redirect != NULL)
		fail_detail(failure, "It redirects to \"%s\" and names no region.",
					url_mask(response->redirect, shown));
	return status;
}

/*
 * Look at an answer that is no success: *moved when the object is in another
 * region now, else the status that it means.
 */
static Status
take_refusal(const Runtime *runtime, S3Object *object, bool may_move,
			 const HttpRequest *request, HttpTransfer *transfer,
			 HttpResponse *response, bool *moved, Failure *failure)
{
	HttpRequest answer = *request;
	const char *region;
	size_t length;
	Status status;

	answer.limit = S3_ANSWER_LIMIT;
	status = http_collect(runtime, &answer, transfer, response, failure);
	if (status != LL_OK)
		return status;
	*moved = may_move && is_elsewhere(object, response, &region, &length);
	status = *moved ? s3_move(runtime, object, region, length, failure)
					: fail_answer(request, response, failure);
	runtime_release(runtime, response->body);
	runtime_release(runtime, response->redirect);
	return status;
}

Status
s3_open(const Runtime *runtime, S3Object *object, const S3Request *request,
		HttpTransfer **transfer, HttpResponse *response, Failure *failure)
{
	Status status = LL_OK;
	bool moved = true;

	for (int moves = 0; moved && status == LL_OK; moves++)
	{
		char *url = request->of_bucket
						? s3_bucket_url(runtime, object, request->query)
						: s3_object_url(runtime, object, request->query);
		HttpRequest http = make_request(object, request, url);

		moved = false;
		if (url == NULL)
			return fail_no_memory(failure);
		status =
			open_signed(runtime, object, &http, transfer, response, failure);
		if (status == LL_OK && response->status / 100 != 2)
		{
			status = take_refusal(runtime, object, moves < MAX_MOVES, &http,
								  *transfer, response, &moved, failure);
			http_close(*transfer);
			*transfer = NULL;
		}
		runtime_release(runtime, url);
	}
	return status;
}

Status
s3_call(const Runtime *runtime, S3Object *object, const S3Request *request,
		HttpResponse *response, Failure *failure)
{
	HttpTransfer *transfer;
	HttpRequest http = make_request(object, request, object->name);
	const char *code;
	Status status =
		s3_open(runtime, object, request, &transfer, response, failure);

	if (status != LL_OK)
		return status;
	status = http_collect(runtime, &http, transfer, response, failure);
	http_close(transfer);
	if (status == LL_OK && s3_find_element(response, "<Code>", &code) > 0)
	{
		status = fail_answer(&http, response, failure);
		runtime_release(runtime, response->body);
	}
	return status;
}
