/*
 * http.c
 *		One HTTP request by libcurl, interruptible and within limits.
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

#include "io/url.h"

#ifndef CURL_IGNORE_DEPRECATION
#define CURL_IGNORE_DEPRECATION(statements) statements
#endif

/* How often, in ms, a waiting transfer looks at the interrupt flag. */
#define POLL_INTERVAL 50

/* What an announced length may reserve before a byte has come. */
#define MAX_FIRST_CAPACITY (16 << 20)
#define MIN_FIRST_CAPACITY 16384

/* A request on its way. */
typedef struct Exchange
{
	const Runtime *runtime;
	const HttpRequest *request;
	HttpResponse *response;
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	size_t capacity;   /* of the response's body */
	int64_t started;   /* ms */
	int64_t last_byte; /* ms, when a byte last went either way */
	curl_off_t moved;  /* bytes moved by then */
	bool over_limit;
	bool refused; /* an address was not public */
	bool no_memory;
	char shown[URL_SHOWN_SIZE];
	char reason[CURL_ERROR_SIZE]; /* libcurl's, of a failure; may be empty */
} Exchange;

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Make room for more of the body, at most up to the limit. */
static bool
reserve(Exchange *exchange, size_t needed)
{
	HttpResponse *response = exchange->response;
	size_t limit = exchange->request->limit;
	size_t capacity = exchange->capacity;
	uint8_t *body;

	if (capacity == 0)
	{
		curl_off_t announced = 0;

		curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
						  &announced);
		capacity = announced < MIN_FIRST_CAPACITY	? MIN_FIRST_CAPACITY
				   : announced > MAX_FIRST_CAPACITY ? MAX_FIRST_CAPACITY
													: (size_t) announced;
	}
	while (capacity < needed)
		capacity = capacity > limit / 2 ? limit : capacity * 2;
	body = runtime_allocate(exchange->runtime, capacity);
	if (body == NULL)
		return false;
	if (response->length > 0)
		memcpy(body, response->body, response->length);
	runtime_release(exchange->runtime, response->body);
	response->body = body;
	exchange->capacity = capacity;
	return true;
}

/* libcurl's callback for received bytes: fewer taken than given is an error */
static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	Exchange *exchange = context;
	HttpResponse *response = exchange->response;

	count *= size;
	if (count > exchange->request->limit - response->length)
	{
		exchange->over_limit = true;
		return 0;
	}
	if (count > exchange->capacity - response->length &&
		!reserve(exchange, response->length + count))
	{
		exchange->no_memory = true;
		return 0;
	}
	memcpy(response->body + response->length, bytes, count);
	response->length += count;
	return count;
}

/* libcurl's callback for a header line: keeps the entity tag. */
static size_t
take_header(char *bytes, size_t size, size_t count, void *context)
{
	Exchange *exchange = context;
	char *etag = exchange->response->etag;
	size_t length = 0;

	count *= size;
	if (count < 5 || strncasecmp(bytes, "etag:", 5) != 0)
		return count;
	for (size_t i = 5; i < count && length < HTTP_ETAG_SIZE - 1; i++)
		if (bytes[i] > 0x20 && bytes[i] < 0x7F)
			etag[length++] = bytes[i];
	etag[length] = '\0';
	return count;
}

/*
 * libcurl's callback that opens a socket.  The address is the one that will be
 * connected to, so that no second look-up of the name can change it.
 */
static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	Exchange *exchange = context;

	if (purpose != CURLSOCKTYPE_IPCXN ||
		(address->family != AF_INET && address->family != AF_INET6) ||
		(!exchange->request->private_allowed &&
		 !address_is_public(&address->addr)))
	{
		exchange->refused = true;
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
	Exchange *exchange = context;

	if (downloaded + uploaded != exchange->moved)
	{
		exchange->moved = downloaded + uploaded;
		exchange->last_byte = milliseconds();
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
		CURL_IGNORE_DEPRECATION(code = curl_easy_setopt(
									easy, CURLOPT_PROTOCOLS,
									(long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));)
	return code;
}

/* Set what is alike in all requests. */
static CURLcode
set_common(Exchange *exchange)
{
	CURL *easy = exchange->easy;
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
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) exchange->request->timeout);
#if LIBCURL_VERSION_NUM >= 0x075700
	/*
	 * A name look-up that hangs does not hold up the end of the request; where
	 * the library at run time is older, it does.
	 */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_ERRORBUFFER, exchange->reason);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, exchange);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, exchange);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, exchange);
	SET(CURLOPT_XFERINFOFUNCTION, note_progress);
	SET(CURLOPT_XFERINFODATA, exchange);
	SET(CURLOPT_NOPROGRESS, 0L);
	return code;
}

/* Set what the request asks for. */
static CURLcode
set_request(Exchange *exchange)
{
	const HttpRequest *request = exchange->request;
	CURL *easy = exchange->easy;
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
	SET(CURLOPT_HTTPHEADER, exchange->headers);
	SET(CURLOPT_PATH_AS_IS, request->path_as_is ? 1L : 0L);
	return code;
#undef SET
}

/* Copy the headers into libcurl's list. */
static bool
set_headers(Exchange *exchange)
{
	/* no pause before a large body, for which some servers never ask */
	exchange->headers = curl_slist_append(NULL, "Expect:");
	for (int i = 0; exchange->headers != NULL && i < HTTP_MAX_HEADERS &&
					exchange->request->headers[i] != NULL;
		 i++)
	{
		struct curl_slist *longer = curl_slist_append(
			exchange->headers, exchange->request->headers[i]);

		if (longer == NULL)
			return false;
		exchange->headers = longer;
	}
	return exchange->headers != NULL;
}

/*
 * Add libcurl's own words on a failure, where they say more than its kind.
 * They may repeat what a peer has sent.
 */
static void
give_reason(const Exchange *exchange, CURLcode result, Failure *failure)
{
	char reason[CURL_ERROR_SIZE];
	size_t length = 0;

	for (const char *next = exchange->reason; *next != '\0'; next++)
		reason[length++] = *next >= 0x20 && *next < 0x7F ? *next : '?';
	while (length > 0 && strchr(".?", reason[length - 1]) != NULL)
		length--;
	reason[length] = '\0';
	if (length > 0 && strcmp(reason, curl_easy_strerror(result)) != 0)
		fail_detail(failure, "%s.", reason);
}

/* Turn libcurl's result into a failure. */
static Status
check_result(const Exchange *exchange, CURLcode result, Failure *failure)
{
	if (result == CURLE_OK)
		return LL_OK;
	if (exchange->no_memory || result == CURLE_OUT_OF_MEMORY)
		return fail_no_memory(failure);
	if (exchange->over_limit)
	{
		fail(failure, LL_LIMIT, "\"%s\" is larger than %zu bytes",
			 exchange->shown, exchange->request->limit);
		fail_hint(failure, "linlearn.max_download_size sets the limit.");
		return LL_LIMIT;
	}
	if (exchange->refused)
	{
		fail(failure, LL_DENIED, "\"%s\" is at an address that is not public",
			 exchange->shown);
		fail_detail(failure, "Loopback, link-local and private addresses are "
							 "refused.");
		fail_hint(failure, "A superuser can allow it in "
						   "linlearn.allowed_url_prefixes.");
		return LL_DENIED;
	}
	fail(failure, LL_IO, "transfer of \"%s\" failed: %s", exchange->shown,
		 curl_easy_strerror(result));
	give_reason(exchange, result, failure);
	return LL_IO;
}

/* Check that the transfer has not waited for too long. */
static Status
check_time(const Exchange *exchange, Failure *failure)
{
	const HttpRequest *request = exchange->request;
	int64_t now = milliseconds();

	if (now - exchange->last_byte > request->timeout)
	{
		fail(failure, LL_IO, "transfer of \"%s\" timed out", exchange->shown);
		fail_detail(failure, "No byte has come or gone for %d ms.",
					request->timeout);
		fail_hint(failure, "linlearn.url_timeout sets the limit.");
		return LL_IO;
	}
	if (request->deadline > 0 && now - exchange->started > request->deadline)
		return fail(failure, LL_IO, "transfer of \"%s\" timed out",
					exchange->shown);
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

/* Drive the transfer to its end. */
static Status
drive(Exchange *exchange, Failure *failure)
{
	exchange->started = exchange->last_byte = milliseconds();
	for (;;)
	{
		int running = 0;
		CURLMcode code = perform(exchange->multi, &running);
		Status status;

		if (runtime_interrupted(exchange->runtime))
			return fail_cancelled(failure);
		if (code != CURLM_OK)
			return fail(failure, LL_IO, "transfer of \"%s\" failed: %s",
						exchange->shown, curl_multi_strerror(code));
		if (running == 0)
			break;
		status = check_time(exchange, failure);
		if (status != LL_OK)
			return status;
		curl_multi_poll(exchange->multi, NULL, 0, POLL_INTERVAL, NULL);
	}
	for (int left = 1; left > 0;)
	{
		CURLMsg *message = curl_multi_info_read(exchange->multi, &left);

		if (message == NULL)
			break;
		if (message->msg == CURLMSG_DONE)
			return check_result(exchange, message->data.result, failure);
	}
	return fail(failure, LL_IO, "transfer of \"%s\" has no result",
				exchange->shown);
}

/* Note the status and where a redirect leads. */
static Status
finish(Exchange *exchange, Failure *failure)
{
	HttpResponse *response = exchange->response;
	char *redirect = NULL;
	size_t size;

	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE,
					  &response->status);
	curl_easy_getinfo(exchange->easy, CURLINFO_REDIRECT_URL, &redirect);
	if (redirect == NULL)
		return LL_OK;
	size = strlen(redirect) + 1;
	response->redirect = runtime_allocate(exchange->runtime, size);
	if (response->redirect == NULL)
		return fail_no_memory(failure);
	memcpy(response->redirect, redirect, size);
	return LL_OK;
}

/* Set the request up and run it; the caller frees what was made. */
static Status
run(Exchange *exchange, Failure *failure)
{
	CURLcode code;
	Status status;

	exchange->easy = curl_easy_init();
	exchange->multi = curl_multi_init();
	if (exchange->easy == NULL || exchange->multi == NULL ||
		!set_headers(exchange))
		return fail_no_memory(failure);
	code = set_common(exchange);
	if (code == CURLE_OK)
		code = set_request(exchange);
	if (code != CURLE_OK)
		return check_result(exchange, code, failure);
	if (curl_multi_add_handle(exchange->multi, exchange->easy) != CURLM_OK)
		return fail_no_memory(failure);
	status = drive(exchange, failure);
	if (status == LL_OK)
		status = finish(exchange, failure);
	curl_multi_remove_handle(exchange->multi, exchange->easy);
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
http_request(const Runtime *runtime, const HttpRequest *request,
			 HttpResponse *response, Failure *failure)
{
	Exchange exchange = {runtime, request, response};
	Status status;

	memset(response, 0, sizeof(*response));
	url_mask(request->url, exchange.shown);
	status = check_request(request, failure);
	if (status != LL_OK)
		return status;
	status = run(&exchange, failure);
	curl_easy_cleanup(exchange.easy);
	curl_multi_cleanup(exchange.multi);
	curl_slist_free_all(exchange.headers);
	if (status != LL_OK)
	{
		runtime_release(runtime, response->body);
		runtime_release(runtime, response->redirect);
		memset(response, 0, sizeof(*response));
	}
	return status;
}
