/*
 * transfer.c
 *		Downloads and uploads by URL.
 */
#include "io/transfer.h"

#include <string.h>

#include "io/http.h"
#include "io/s3.h"
#include "io/url.h"

#define MAX_REDIRECTS 5

/* The longest URL that is followed. */
#define MAX_URL 8000

/* Check a URL against the allowed prefixes. */
static Status
check_url(const TransferSettings *settings, const char *url,
		  UrlListing *listing, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	Status status;

	if (!url_is_remote(url) || strlen(url) > MAX_URL)
	{
		fail(failure, LL_INVALID, "\"%s\" is not a URL that is supported",
			 url_mask(url, shown));
		fail_detail(failure,
					"A URL begins with http://, https:// or s3:// "
					"and has at most %d characters.",
					MAX_URL);
		return LL_INVALID;
	}
	for (const char *c = url; *c != '\0'; c++)
		if ((unsigned char) *c <= 0x20 || *c == 0x7F)
			if (!url_has_scheme(url, "s3") || *c != ' ')
				return fail(failure, LL_INVALID,
							"\"%s\" has a blank or control character",
							url_mask(url, shown));
	status =
		url_find_prefix(url, settings->allowed_prefixes, listing, failure);
	return status;
}

/* Refuse a URL that is not listed though there is a list. */
static Status
check_listing(const char *url, UrlListing listing, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	if (listing != URL_NOT_LISTED)
		return LL_OK;
	fail(failure, LL_DENIED, "\"%s\" is not allowed", url_mask(url, shown));
	fail_hint(failure, "linlearn.allowed_url_prefixes names what is.");
	return LL_DENIED;
}

/* Resolve an s3 URL; it is allowed by its own form or by its endpoint's. */
static Status
open_object(const Runtime *runtime, const TransferSettings *settings,
			const char *url, UrlListing listing, S3Object *object,
			Failure *failure)
{
	Status status = s3_resolve(runtime, settings, url, object, failure);

	if (status == LL_OK && listing == URL_NOT_LISTED)
		status = url_find_prefix(object->url, settings->allowed_prefixes,
								 &listing, failure);
	if (status == LL_OK)
		status = check_listing(url, listing, failure);
	object->private_allowed = listing == URL_LISTED;
	return status;
}

/* Report an answer that is no success. */
static Status
fail_status(const char *method, const char *url, long code, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	return fail(failure, LL_IO, "%s of \"%s\" was answered with status %ld",
				method, url_mask(url, shown), code);
}

/* Prepare a request to a URL that has been checked. */
static HttpRequest
make_request(const TransferSettings *settings, const char *method,
			 const char *url, UrlListing listing)
{
	HttpRequest request = {method, url};

	request.limit = settings->limit;
	request.timeout = settings->timeout;
	request.private_allowed = listing == URL_LISTED;
	return request;
}

/*
 * Check where a redirect leads: http or https, not back from https to http.
 * Its prefix and address are checked as those of any URL.
 */
static Status
check_redirect(const char *from, const char *to, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	if (url_has_scheme(to, "https") ||
		(url_has_scheme(to, "http") && url_has_scheme(from, "http")))
		return LL_OK;
	return fail(failure, LL_DENIED, "redirect to \"%s\" is not allowed",
				url_mask(to, shown));
}

/* Download from http or https, through redirects. */
static Status
fetch_http(const Runtime *runtime, const TransferSettings *settings,
		   const char *url, UrlListing listing, HttpResponse *response,
		   Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	for (int hops = 0; hops <= MAX_REDIRECTS; hops++)
	{
		HttpRequest request;
		Status status = check_listing(url, listing, failure);

		if (status != LL_OK)
			return status;
		request = make_request(settings, "GET", url, listing);
		status = http_request(runtime, &request, response, failure);
		if (status != LL_OK || response->status == 200)
			return status;
		runtime_release(runtime, response->body);
		if (response->redirect == NULL)
			return fail_status("GET", url, response->status, failure);
		status = check_redirect(url, response->redirect, failure);
		if (status == LL_OK)
			status =
				check_url(settings, response->redirect, &listing, failure);
		if (status != LL_OK)
			return status;
		url = response->redirect;
	}
	return fail(failure, LL_IO, "\"%s\" comes after %d redirects, too many",
				url_mask(url, shown), MAX_REDIRECTS);
}

Status
transfer_fetch(const Runtime *runtime, const TransferSettings *settings,
			   const char *url, uint8_t **bytes, size_t *length,
			   Failure *failure)
{
	UrlListing listing;
	HttpResponse response;
	S3Object object;
	Status status = check_url(settings, url, &listing, failure);

	if (status != LL_OK)
		return status;
	if (!url_has_scheme(url, "s3"))
		status =
			fetch_http(runtime, settings, url, listing, &response, failure);
	else
	{
		status =
			open_object(runtime, settings, url, listing, &object, failure);
		if (status == LL_OK)
			status = s3_get(runtime, &object, &response, failure);
	}
	if (status != LL_OK)
		return status;
	*bytes = response.body;
	*length = response.length;
	return LL_OK;
}

/* Upload to http or https. */
static Status
put_http(const Runtime *runtime, const TransferSettings *settings,
		 const char *url, UrlListing listing, const uint8_t *bytes,
		 size_t length, Failure *failure)
{
	HttpRequest request = make_request(settings, "PUT", url, listing);
	HttpResponse response;
	Status status = check_listing(url, listing, failure);

	if (status != LL_OK)
		return status;
	request.body = bytes;
	request.body_length = length;
	request.headers[0] = "Content-Type: application/octet-stream";
	status = http_request(runtime, &request, &response, failure);
	if (status != LL_OK)
		return status;
	runtime_release(runtime, response.body);
	/* a redirect of an upload is not followed */
	if (response.status / 100 != 2)
		return fail_status("PUT", url, response.status, failure);
	return LL_OK;
}

Status
transfer_upload(const Runtime *runtime, const TransferSettings *settings,
				const char *url, const uint8_t *bytes, size_t length,
				Failure *failure)
{
	UrlListing listing;
	S3Object object;
	Status status = check_url(settings, url, &listing, failure);

	if (status != LL_OK)
		return status;
	if (!url_has_scheme(url, "s3"))
		return put_http(runtime, settings, url, listing, bytes, length,
						failure);
	status = open_object(runtime, settings, url, listing, &object, failure);
	if (status == LL_OK)
		status = s3_put(runtime, &object, bytes, length, failure);
	return status;
}
