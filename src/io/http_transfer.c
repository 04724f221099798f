/*
 * http_transfer.c
 *		One HTTP request by libcurl, whose answer is taken piece by piece.
 *
 * What has not been asked for yet waits with the peer: libcurl is paused, and
 * the connection's window fills up.
 */
#include "io/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/text.h"
#include "io/url.h"

#ifndef CURL_IGNORE_DEPRECATION
#define CURL_IGNORE_DEPRECATION(statements) statements
#endif

/* How often, in ms, a waiting transfer looks at the interrupt flag. */
#define POLL_INTERVAL 50

/* libcurl gives no more than this at once. */
_Static_assert(HTTP_MIN_ROOM >= CURL_MAX_WRITE_SIZE, "room is too small");

/* A request on its way. */
struct HttpTransfer
{
	Runtime runtime;
	HttpRequest request;
	HttpResponse *response; /* while the head of the answer is awaited */
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	uint8_t *out; /* where bytes go; room 0: nowhere, so they wait */
	size_t room;
	size_t got;
	bool paused;
	bool finished;
	CURLcode result;   /* once it is finished */
	int64_t started;   /* ms */
	int64_t last_byte; /* ms, when a byte last went either way */
	curl_off_t moved;  /* bytes moved by then */
	bool refused;	   /* an address was not public */
	char *location;	   /* of the answer's head, or NULL */
	char shown[URL_SHOWN_SIZE];
	char reason[CURL_ERROR_SIZE]; /* libcurl's, of a failure; may be empty */
};

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* libcurl's callback for received bytes: it takes all, or has them wait. */
static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	HttpTransfer *transfer = context;

	count *= size;
	if (count > transfer->room - transfer->got)
	{
		transfer->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (count > 0)
		memcpy(transfer->out + transfer->got, bytes, count);
	transfer->got += count;
	return count;
}

/* Keep a header's value, without blanks, if the line is that header's. */
static void
keep_header(const char *line, size_t length, const char *name, char *value,
			size_t size)
{
	size_t name_length = strlen(name);
	size_t kept = 0;

	if (length < name_length || strncasecmp(line, name, name_length) != 0)
		return;
	for (size_t i = name_length; i < length && kept < size - 1; i++)
		if (line[i] > 0x20 && line[i] < 0x7F)
			value[kept++] = line[i];
	value[kept] = '\0';
}

/* Keep where the answer redirects, as it is written; false without memory. */
static bool
keep_location(HttpTransfer *transfer, const char *line, size_t length)
{
	static const char name[] = "location:";
	size_t start = sizeof(name) - 1;

	if (length < start || strncasecmp(line, name, start) != 0)
		return true;
	while (start < length && strchr(" \t", line[start]) != NULL)
		start++;
	while (length > start && strchr(" \t\r\n", line[length - 1]) != NULL)
		length--;
	runtime_release(&transfer->runtime, transfer->location);
	transfer->location =
		runtime_allocate_zero(&transfer->runtime, 1, length - start + 1);
	if (transfer->location == NULL)
		return false;
	memcpy(transfer->location, line + start, length - start);
	return true;
}

/* libcurl's callback for a header line. */
static size_t
take_header(char *bytes, size_t size, size_t count, void *context)
{
	HttpTransfer *transfer = context;
	HttpResponse *response = transfer->response;

	count *= size;
	if (response == NULL)
		return count;
	keep_header(bytes, count, "etag:", response->etag, HTTP_ETAG_SIZE);
	keep_header(bytes, count, "content-range:", response->range,
				HTTP_RANGE_SIZE);
	keep_header(bytes, count, "x-amz-bucket-region:", response->region,
				HTTP_REGION_SIZE);
	return keep_location(transfer, bytes, count) ? count : 0;
}

/*
 * libcurl's callback that opens a socket.  The address is the one that will be
 * connected to, so that no second look-up of the name can change it.
 */
static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpTransfer *transfer = context;

	if (purpose != CURLSOCKTYPE_IPCXN ||
		(address->family != AF_INET && address->family != AF_INET6) ||
		(!transfer->request.private_allowed &&
		 !address_is_public(&address->addr)))
	{
		transfer->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
				  address->protocol);
}

/* Note when bytes last moved. */
static int
note_progress(void *context, curl_off_t download_total, curl_off_t downloaded,
			  curl_off_t upload_total, curl_off_t uploaded)
{
	HttpTransfer *transfer = context;

	if (downloaded + uploaded != transfer->moved)
	{
		transfer->moved = downloaded + uploaded;
		transfer->last_byte = milliseconds();
	}
	return 0;
}

/*
 * Allow nothing but HTTP.  The library at run time may be older than the one
 * that we were built for, and then knows it by a mask only.
 */
static CURLcode
allow_protocols(CURL *easy)
{
	CURLcode code = CURLE_UNKNOWN_OPTION;

#if LIBCURL_VERSION_NUM >= 0x075500
	code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#endif
	if (code == CURLE_UNKNOWN_OPTION)
		CURL_IGNORE_DEPRECATION(
			code =
				curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
								 (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));)
	return code;
}

/* Set what is alike in all requests. */
static CURLcode
set_common(HttpTransfer *transfer)
{
	CURL *easy = transfer->easy;
	CURLcode code = allow_protocols(easy);

#define SET(option, value)                                                    \
	if (code == CURLE_OK)                                                     \
	code = curl_easy_setopt(easy, option, value)

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	SET(CURLOPT_USERAGENT, "linlearn");
	/* later versions have windows of their own, of many megabytes */
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) transfer->request.timeout);
#if LIBCURL_VERSION_NUM >= 0x075700
	/*
	 * A name look-up that hangs does not hold up the end of the request; where
	 * the library at run time is older, it does.
	 */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_ERRORBUFFER, transfer->reason);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_XFERINFOFUNCTION, note_progress);
	SET(CURLOPT_XFERINFODATA, transfer);
	SET(CURLOPT_NOPROGRESS, 0L);
	return code;
}

/* Set what the request asks for. */
static CURLcode
set_request(HttpTransfer *transfer)
{
	const HttpRequest *request = &transfer->request;
	CURL *easy = transfer->easy;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, request->url);
	if (request->body != NULL)
	{
		/* as fields of a POST, which libcurl sends from where they are */
		SET(CURLOPT_POSTFIELDS, (const char *) request->body);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body_length);
	}
	if (strcmp(request->method, "GET") != 0)
		SET(CURLOPT_CUSTOMREQUEST, request->method);
	SET(CURLOPT_HTTPHEADER, transfer->headers);
	SET(CURLOPT_PATH_AS_IS, request->path_as_is ? 1L : 0L);
	return code;
#undef SET
}

/* Copy the headers into libcurl's list. */
static bool
set_headers(HttpTransfer *transfer)
{
	/* no pause before a large body, for which some servers never ask */
	transfer->headers = curl_slist_append(NULL, "Expect:");
	for (int i = 0; transfer->headers != NULL && i < HTTP_MAX_HEADERS &&
					transfer->request.headers[i] != NULL;
		 i++)
	{
		struct curl_slist *longer =
			curl_slist_append(transfer->headers, transfer->request.headers[i]);

		if (longer == NULL)
			return false;
		transfer->headers = longer;
	}
	return transfer->headers != NULL;
}

/*
 * Add libcurl's own words on a failure, where they say more than its kind.
 * They may repeat what a peer has sent.
 */
static void
give_reason(const HttpTransfer *transfer, CURLcode result, Failure *failure)
{
	char reason[CURL_ERROR_SIZE];
	size_t length = 0;

	for (const char *next = transfer->reason; *next != '\0'; next++)
		reason[length++] = *next >= 0x20 && *next < 0x7F ? *next : '?';
	while (length > 0 && strchr(".?", reason[length - 1]) != NULL)
		length--;
	reason[length] = '\0';
	if (length > 0 && strcmp(reason, curl_easy_strerror(result)) != 0)
		fail_detail(failure, "%s.", reason);
}

/* Turn libcurl's result into a failure. */
static Status
check_result(const HttpTransfer *transfer, CURLcode result, Failure *failure)
{
	if (result == CURLE_OK)
		return LL_OK;
	if (result == CURLE_OUT_OF_MEMORY)
		return fail_no_memory(failure);
	if (transfer->refused)
	{
		fail(failure, LL_DENIED, "\"%s\" is at an address that is not public",
			 transfer->shown);
		fail_detail(failure, "Loopback, link-local and private addresses are "
							 "refused.");
		fail_remedy(failure, REMEDY_LISTED_ADDRESS);
		return LL_DENIED;
	}
	fail(failure, LL_IO, "transfer of \"%s\" failed: %s", transfer->shown,
		 curl_easy_strerror(result));
	give_reason(transfer, result, failure);
	return LL_IO;
}

/* Check that the transfer has not waited for too long. */
static Status
check_time(const HttpTransfer *transfer, Failure *failure)
{
	const HttpRequest *request = &transfer->request;
	int64_t now = milliseconds();

	if (now - transfer->last_byte > request->timeout)
	{
		fail(failure, LL_IO, "transfer of \"%s\" timed out", transfer->shown);
		fail_detail(failure, "No byte has come or gone for %d ms.",
					request->timeout);
		fail_remedy(failure, REMEDY_URL_TIME);
		return LL_IO;
	}
	if (request->deadline > 0 && now - transfer->started > request->deadline)
		return fail(failure, LL_IO, "transfer of \"%s\" timed out",
					transfer->shown);
	return LL_OK;
}

/*
 * Let libcurl do what it can.  Threads that it starts for name look-ups must
 * not get the host's signals, so that all are blocked meanwhile.
 */
static CURLMcode
perform(CURLM *multi, int *running)
{
	sigset_t all;
	sigset_t before;
	CURLMcode code;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	code = curl_multi_perform(multi, running);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

/* Note how the transfer ended. */
static Status
note_result(HttpTransfer *transfer, Failure *failure)
{
	for (int left = 1; left > 0;)
	{
		CURLMsg *message = curl_multi_info_read(transfer->multi, &left);

		if (message == NULL)
			break;
		if (message->msg != CURLMSG_DONE)
			continue;
		transfer->finished = true;
		transfer->result = message->data.result;
		return LL_OK;
	}
	return fail(failure, LL_IO, "transfer of \"%s\" has no result",
				transfer->shown);
}

/* Drive the transfer until there are bytes, or what waits or ended it. */
static Status
drive(HttpTransfer *transfer, Failure *failure)
{
	transfer->last_byte = milliseconds();
	while (!transfer->finished && !transfer->paused && transfer->got == 0)
	{
		int running = 0;
		CURLMcode code = perform(transfer->multi, &running);
		Status status = LL_OK;

		if (runtime_interrupted(&transfer->runtime))
			return fail_cancelled(failure);
		if (code != CURLM_OK)
			return fail(failure, LL_IO, "transfer of \"%s\" failed: %s",
						transfer->shown, curl_multi_strerror(code));
		if (running == 0)
			status = note_result(transfer, failure);
		else if (!transfer->paused && transfer->got == 0)
		{
			status = check_time(transfer, failure);
			if (status == LL_OK)
				curl_multi_poll(transfer->multi, NULL, 0, POLL_INTERVAL, NULL);
		}
		if (status != LL_OK)
			return status;
	}
	if (transfer->finished && transfer->got == 0)
		return check_result(transfer, transfer->result, failure);
	return LL_OK;
}

/*
 * Find where a redirect leads, as seen from the request's URL.  libcurl would
 * tell, but not before all of the answer is read.  A location that is none
 * leaves it NULL.
 */
static Status
resolve_location(HttpTransfer *transfer, Failure *failure)
{
	HttpResponse *response = transfer->response;
	CURLU *url = curl_url();
	char *redirect = NULL;
	CURLUcode code;

	if (url == NULL)
		return fail_no_memory(failure);
	code = curl_url_set(url, CURLUPART_URL, transfer->request.url, 0);
	if (code == CURLUE_OK)
		code = curl_url_set(url, CURLUPART_URL, transfer->location,
							CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
	if (code == CURLUE_OK)
		code = curl_url_get(url, CURLUPART_URL, &redirect, 0);
	curl_url_cleanup(url);
	if (code != CURLUE_OK)
		return code == CURLUE_OUT_OF_MEMORY ? fail_no_memory(failure) : LL_OK;
	response->redirect = TEXT_JOIN(&transfer->runtime, redirect);
	curl_free(redirect);
	return response->redirect != NULL ? LL_OK : fail_no_memory(failure);
}

/* Note the status, the announced length and where a redirect leads. */
static Status
note_head(HttpTransfer *transfer, Failure *failure)
{
	HttpResponse *response = transfer->response;
	curl_off_t announced = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
					  &response->status);
	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
					  &announced);
	response->announced = announced > 0 ? (uint64_t) announced : 0;
	if (response->status / 100 != 3 || transfer->location == NULL)
		return LL_OK;
	return resolve_location(transfer, failure);
}

/* Set the request up and wait for the head of its answer. */
static Status
begin(HttpTransfer *transfer, Failure *failure)
{
	CURLcode code;
	Status status;

	transfer->easy = curl_easy_init();
	transfer->multi = curl_multi_init();
	if (transfer->easy == NULL || transfer->multi == NULL ||
		!set_headers(transfer))
		return fail_no_memory(failure);
	code = set_common(transfer);
	if (code == CURLE_OK)
		code = set_request(transfer);
	if (code != CURLE_OK)
		return check_result(transfer, code, failure);
	if (curl_multi_add_handle(transfer->multi, transfer->easy) != CURLM_OK)
		return fail_no_memory(failure);
	transfer->started = milliseconds();
	status = drive(transfer, failure);
	if (status == LL_OK)
		status = note_head(transfer, failure);
	return status;
}

/* True when a part of the request, if it is there, would break its line. */
static bool
breaks_line(const char *part)
{
	return part != NULL && has_control_character(part);
}

/* Refuse what would put lines of its own into the request. */
static Status
check_request(const HttpRequest *request, Failure *failure)
{
	bool bad = breaks_line(request->method) || breaks_line(request->url);

	for (int i = 0; i < HTTP_MAX_HEADERS && request->headers[i] != NULL; i++)
		bad = bad || breaks_line(request->headers[i]);
	if (!bad)
		return LL_OK;
	return fail(failure, LL_INVALID, "request has a control character");
}

Status
http_open(const Runtime *runtime, const HttpRequest *request,
		  HttpTransfer **opened, HttpResponse *response, Failure *failure)
{
	HttpTransfer *transfer;
	Status status = check_request(request, failure);

	*opened = NULL;
	memset(response, 0, sizeof(*response));
	if (status != LL_OK)
		return status;
	transfer = runtime_allocate_zero(runtime, 1, sizeof(*transfer));
	if (transfer == NULL)
		return fail_no_memory(failure);
	transfer->runtime = *runtime;
	transfer->request = *request;
	transfer->response = response;
	url_mask(request->url, transfer->shown);
	status = begin(transfer, failure);
	transfer->response = NULL;
	if (status == LL_OK)
	{
		*opened = transfer;
		return LL_OK;
	}
	runtime_release(runtime, response->redirect);
	memset(response, 0, sizeof(*response));
	http_close(transfer);
	return status;
}

Status
http_read(HttpTransfer *transfer, uint8_t *bytes, size_t room, size_t *got,
		  Failure *failure)
{
	Status status;

	transfer->out = bytes;
	transfer->room = room;
	transfer->got = 0;
	if (transfer->paused)
	{
		/* what waited may come from inside this call */
		transfer->paused = false;
		curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	}
	status = drive(transfer, failure);
	/* or what waits would seem to be the end */
	if (status == LL_OK && transfer->got == 0 && !transfer->finished)
		status = fail(failure, LL_IO,
					  "transfer of \"%s\" failed: libcurl gave more than %zu "
					  "bytes at once",
					  transfer->shown, room);
	*got = transfer->got;
	transfer->out = NULL;
	transfer->room = transfer->got = 0;
	return status;
}

void
http_close(HttpTransfer *transfer)
{
	if (transfer == NULL)
		return;
	if (transfer->multi != NULL && transfer->easy != NULL)
		curl_multi_remove_handle(transfer->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	curl_multi_cleanup(transfer->multi);
	curl_slist_free_all(transfer->headers);
	runtime_release(&transfer->runtime, transfer->location);
	runtime_release(&transfer->runtime, transfer);
}
