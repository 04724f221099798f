/*
 * transfer.c
 *		Downloads and uploads by URL, whole.
 */
#include "io/transfer.h"

#include "io/access.h"
#include "io/download.h"
#include "io/http.h"
#include "io/s3.h"

Status
transfer_fetch(const Runtime *runtime, const TransferSettings *settings,
			   const char *url, uint8_t **bytes, size_t *length,
			   Failure *failure)
{
	ByteStream stream;
	uint64_t announced;
	char shown[URL_SHOWN_SIZE];
	Status status =
		download_open(runtime, settings, url, &stream, &announced, failure);

	if (status != LL_OK)
		return status;
	status = byte_stream_collect(runtime, &stream, announced, settings->limit,
								 url_mask(url, shown), bytes, length, failure);
	if (status == LL_LIMIT)
		fail_remedy(failure, REMEDY_READ_SIZE);
	byte_stream_close(&stream);
	return status;
}

/* Upload to http or https. */
static Status
put_http(const Runtime *runtime, const TransferSettings *settings,
		 const char *url, const uint8_t *bytes, size_t length,
		 Failure *failure)
{
	HttpRequest request = {"PUT", url};
	HttpResponse response;
	UrlListing listing;
	char shown[URL_SHOWN_SIZE];
	Status status = url_find_prefix(url, false, settings->allowed_prefixes,
									&listing, failure);

	if (status == LL_OK)
		status = access_check_listing(url, listing, failure);
	if (status != LL_OK)
		return status;
	request.limit = settings->limit;
	request.timeout = settings->timeout;
	request.private_allowed = listing == URL_LISTED;
	request.body = bytes;
	request.body_length = length;
	request.headers[0] = "Content-Type: application/octet-stream";
	status = http_request(runtime, &request, &response, failure);
	if (status != LL_OK)
		return status;
	runtime_release(runtime, response.body);
	/* a redirect of an upload is not followed */
	if (response.status / 100 != 2)
		return fail(failure, LL_IO,
					"PUT of \"%s\" was answered with status %ld",
					url_mask(url, shown), response.status);
	return LL_OK;
}

Status
transfer_upload(const Runtime *runtime, const TransferSettings *settings,
				const char *url, const uint8_t *bytes, size_t length,
				Failure *failure)
{
	S3Object object;
	Status status = access_check_form(url, failure);

	if (status != LL_OK)
		return status;
	if (!url_has_scheme(url, "s3"))
		return put_http(runtime, settings, url, bytes, length, failure);
	status = s3_resolve(runtime, settings, url, false, &object, failure);
	if (status != LL_OK)
		return status;
	status = s3_put(runtime, &object, bytes, length, failure);
	s3_release(runtime, &object);
	return status;
}
