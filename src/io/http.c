/*
 * http.c
 *		An HTTP request and its whole answer.
 */
#include "io/http.h"

#include <string.h>

#include "core/base/byte_stream.h"
#include "io/url.h"

static Status
read_transfer(void *context, uint8_t *bytes, size_t room, size_t *got,
			  Failure *failure)
{
	return http_read(context, bytes, room, got, failure);
}

Status
http_collect(const Runtime *runtime, const HttpRequest *request,
			 HttpTransfer *transfer, HttpResponse *response, Failure *failure)
{
	ByteStream stream = {transfer, read_transfer};
	char shown[URL_SHOWN_SIZE];

	return byte_stream_collect(runtime, &stream, response->announced,
							   request->limit, url_mask(request->url, shown),
							   &response->body, &response->length, failure);
}

Status
http_request(const Runtime *runtime, const HttpRequest *request,
			 HttpResponse *response, Failure *failure)
{
	HttpTransfer *transfer;
	Status status = http_open(runtime, request, &transfer, response, failure);

	if (status != LL_OK)
		return status;
	status = http_collect(runtime, request, transfer, response, failure);
	http_close(transfer);
	if (status != LL_OK)
	{
		runtime_release(runtime, response->redirect);
		memset(response, 0, sizeof(*response));
	}
	return status;
}
