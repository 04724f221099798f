/*
 * download.c
 *		What a URL of http, https or s3 names, byte after byte.
 */
#include "io/download.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/access.h"
#include "io/s3_request.h"
#include "io/text.h"

#define MAX_REDIRECTS 5

/*
 * How often a broken connection is taken up again without so many bytes
 * between.
 */
#define MAX_RESUMPTIONS 3
#define RESUMED_BYTES (1 << 20)

#define RANGE_SIZE 40

typedef struct Download
{
	Runtime runtime;
	const TransferSettings *settings;
	char *url;
	bool is_s3;
	S3Object object; /* where it is one */
	HttpTransfer *transfer;
	uint64_t offset;		   /* bytes read */
	char etag[HTTP_ETAG_SIZE]; /* strong, or empty */
	int resumptions;
	uint64_t resumed_at;
} Download;

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

/* Take a redirect: the URL becomes where it leads. */
static Status
follow(Download *download, HttpResponse *response, Failure *failure)
{
	Status status;

	if (response->redirect == NULL)
	{
		char shown[URL_SHOWN_SIZE];

		return fail(failure, response->status == 404 ? LL_ABSENT : LL_IO,
					"GET of \"%s\" was answered with status %ld",
					url_mask(download->url, shown), response->status);
	}
	status = check_redirect(download->url, response->redirect, failure);
	runtime_release(&download->runtime, download->url);
	download->url = response->redirect;
	return status;
}

/* Check a URL of http and ask for it once. */
static Status
ask_http(Download *download, const char *const *headers, long wanted,
		 HttpResponse *response, Failure *failure)
{
	const TransferSettings *settings = download->settings;
	HttpRequest request = {"GET", download->url};
	UrlListing listing;
	Status status = access_check_form(download->url, failure);

	if (status == LL_OK)
		status =
			url_find_prefix(download->url, false, settings->allowed_prefixes,
							&listing, failure);
	if (status == LL_OK)
		status = access_check_listing(download->url, listing, failure);
	if (status != LL_OK)
		return status;
	request.timeout = settings->timeout;
	request.private_allowed = listing == URL_LISTED;
	for (int i = 0; headers[i] != NULL; i++)
		request.headers[i] = headers[i];
	status = http_open(&download->runtime, &request, &download->transfer,
					   response, failure);
	if (status != LL_OK || response->status == wanted)
		return status;
	http_close(download->transfer);
	download->transfer = NULL;
	return status;
}

/* Open a URL of http, through redirects. */
static Status
open_http(Download *download, const char *const *headers, long wanted,
		  HttpResponse *response, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	for (int hops = 0; hops <= MAX_REDIRECTS; hops++)
	{
		Status status = ask_http(download, headers, wanted, response, failure);

		if (status == LL_OK && download->transfer == NULL)
			status = follow(download, response, failure);
		if (status != LL_OK || download->transfer != NULL)
			return status;
	}
	return fail(failure, LL_IO, "\"%s\" comes after %d redirects, too many",
				url_mask(download->url, shown), MAX_REDIRECTS);
}

/* Open an object of a store. */
static Status
open_s3(Download *download, const char *const *headers, long wanted,
		HttpResponse *response, Failure *failure)
{
	S3Request request = {"GET"};
	Status status;

	for (int i = 0; headers[i] != NULL; i++)
		request.headers[i] = headers[i];
	status = s3_open(&download->runtime, &download->object, &request,
					 &download->transfer, response, failure);
	if (status != LL_OK || response->status == wanted)
		return status;
	http_close(download->transfer);
	download->transfer = NULL;
	return fail(failure, LL_IO, "\"%s\" was answered with status %ld",
				download->object.name, response->status);
}

/* Ask for the URL, with headers up to a NULL, and for an answer of a status. */
static Status
ask(Download *download, const char *const *headers, long wanted,
	HttpResponse *response, Failure *failure)
{
	return download->is_s3
			   ? open_s3(download, headers, wanted, response, failure)
			   : open_http(download, headers, wanted, response, failure);
}

/*
 * Whether an answer goes on where the last one broke: a store that does not
 * know If-Match would go on in another object, and some begin elsewhere.
 */
static bool
goes_on(const Download *download, const HttpResponse *response)
{
	char begin[RANGE_SIZE];

	snprintf(begin, sizeof(begin), "bytes%llu-",
			 (unsigned long long) download->offset);
	return strncasecmp(response->range, begin, strlen(begin)) == 0 &&
		   (response->etag[0] == '\0' ||
			strcmp(response->etag, download->etag) == 0);
}

/*
 * Take a broken connection up again: the same object, from the next byte on.
 * The failure stays what it was where that cannot be.
 */
static Status
resume(Download *download, Status status, Failure *failure)
{
	char range[RANGE_SIZE];
	char match[HTTP_ETAG_SIZE + 16];
	const char *headers[] = {range, match, NULL};
	HttpResponse response;
	Failure again;

	if (status != LL_IO || download->etag[0] == '\0' || download->offset == 0)
		return status;
	if (download->offset - download->resumed_at >= RESUMED_BYTES)
		download->resumptions = 0;
	if (download->resumptions == MAX_RESUMPTIONS)
		return status;
	download->resumptions++;
	download->resumed_at = download->offset;
	snprintf(range, sizeof(range), "Range: bytes=%llu-",
			 (unsigned long long) download->offset);
	snprintf(match, sizeof(match), "If-Match: %s", download->etag);
	http_close(download->transfer);
	download->transfer = NULL;
	again.status = ask(download, headers, 206, &response, &again);
	if (again.status == LL_CANCELLED || again.status == LL_NO_MEMORY)
		*failure = again;
	return again.status == LL_OK && goes_on(download, &response)
			   ? LL_OK
			   : failure->status;
}

static Status
read_download(void *context, uint8_t *bytes, size_t room, size_t *got,
			  Failure *failure)
{
	Download *download = context;
	Status status;

	do
	{
		status = http_read(download->transfer, bytes, room, got, failure);
		if (status == LL_OK)
			break;
		status = resume(download, status, failure);
	} while (status == LL_OK);
	if (status == LL_OK)
		download->offset += *got;
	return status;
}

static void
close_download(void *context)
{
	Download *download = context;
	Runtime runtime = download->runtime;

	http_close(download->transfer);
	if (download->is_s3)
		s3_release(&runtime, &download->object);
	runtime_release(&runtime, download->url);
	runtime_release(&runtime, download);
}

/* Find out what kind of URL it is, and open it. */
static Status
begin(Download *download, HttpResponse *response, Failure *failure)
{
	const char *headers[] = {NULL};
	Status status = access_check_form(download->url, failure);

	if (status != LL_OK)
		return status;
	if (url_has_scheme(download->url, "s3"))
	{
		status = s3_resolve(&download->runtime, download->settings,
							download->url, false, &download->object, failure);
		if (status != LL_OK)
			return status;
		download->is_s3 = true;
	}
	return ask(download, headers, 200, response, failure);
}

Status
download_open(const Runtime *runtime, const TransferSettings *settings,
			  const char *url, ByteStream *stream, uint64_t *announced,
			  Failure *failure)
{
	Download *download = runtime_allocate_zero(runtime, 1, sizeof(*download));
	HttpResponse response;
	Status status;

	memset(stream, 0, sizeof(*stream));
	if (download == NULL)
		return fail_no_memory(failure);
	download->runtime = *runtime;
	download->settings = settings;
	download->url = TEXT_JOIN(runtime, url);
	status = download->url != NULL ? begin(download, &response, failure)
								   : fail_no_memory(failure);
	if (status != LL_OK)
	{
		close_download(download);
		return status;
	}
	/* only a strong tag tells that the bytes are the same */
	if (response.etag[0] == '"')
		strcpy(download->etag, response.etag);
	if (announced != NULL)
		*announced = response.announced;
	*stream = (ByteStream){download, read_download, close_download};
	return LL_OK;
}
