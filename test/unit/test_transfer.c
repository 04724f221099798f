/*
 * test_transfer.c
 *		Transfers over HTTP: what is allowed, refused, limited, moved.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/http.h"
#include "io/s3_address.h"
#include "io/url.h"
#include "unit.h"

static void
test_mask(void **state)
{
	char shown[URL_SHOWN_SIZE];
	char longest[2000] = "http://host/";

	assert_string_equal(url_mask("http://user:secret@host:80/a", shown),
						"http://host:80/a");
	assert_string_equal(url_mask("https://u@p:s@host/a?sig=secret", shown),
						"https://host/a...");
	assert_string_equal(url_mask("https://host#secret", shown),
						"https://host...");
	assert_string_equal(url_mask("s3://bucket/a@b", shown), "s3://bucket/a@b");
	assert_string_equal(url_mask("http://h/\x01\xc3", shown), "http://h/??");
	memset(longest + 12, 'a', sizeof(longest) - 13);
	assert_true(strlen(url_mask(longest, shown)) < URL_SHOWN_SIZE);
}

/* Look a URL up in a list. */
static UrlListing
find(const char *url, const char *prefixes)
{
	UrlListing listing;
	Failure failure;

	assert_int_equal(url_find_prefix(url, false, prefixes, &listing, &failure),
					 LL_OK);
	return listing;
}

static void
test_prefixes(void **state)
{
	const char *list = " https://a.org/data/ , http://b.org:81, s3://bucket";

	assert_int_equal(find("https://a.org/x", ""), URL_NO_LIST);
	assert_int_equal(find("https://a.org/x", " , "), URL_NO_LIST);
	assert_int_equal(find("https://a.org/data/x", list), URL_LISTED);
	assert_int_equal(find("HTTPS://A.org:443/data/x", list), URL_LISTED);
	assert_int_equal(find("https://a.org/data", list), URL_NOT_LISTED);
	assert_int_equal(find("https://a.org/database", list), URL_NOT_LISTED);
	assert_int_equal(find("https://a.org/data/../x", list), URL_NOT_LISTED);
	assert_int_equal(find("https://a.org/data/%2E%2e/x", list),
					 URL_NOT_LISTED);
	assert_int_equal(find("http://a.org/data/x", list), URL_NOT_LISTED);
	assert_int_equal(find("https://a.org:444/data/x", list), URL_NOT_LISTED);
	assert_int_equal(find("https://a.org.evil.net/data/x", list),
					 URL_NOT_LISTED);
	assert_int_equal(find("https://a.org@evil.net/data/x", list),
					 URL_NOT_LISTED);
	assert_int_equal(find("http://b.org:81/any/x?y", list), URL_LISTED);
	assert_int_equal(find("http://b.org:810/any", list), URL_NOT_LISTED);
	assert_int_equal(find("s3://bucket/key", list), URL_LISTED);
	assert_int_equal(find("s3://bucket2/key", list), URL_NOT_LISTED);
	assert_int_equal(find("https://a.org/d", "https://a.org/d"), URL_LISTED);
	assert_int_equal(find("https://a.org/d/e", "https://a.org/d"), URL_LISTED);
	assert_int_equal(find("https://a.org/de", "https://a.org/d"),
					 URL_NOT_LISTED);
	/* all of what follows the bucket is a key, and is taken as it stands */
	assert_int_equal(find("s3://bucket/a/b?c#d", "s3://bucket/a"), URL_LISTED);
	assert_int_equal(find("s3://bucket/a?b", "s3://bucket/a"), URL_NOT_LISTED);
	assert_int_equal(find("s3://bucket/a#b", "s3://bucket/a"), URL_NOT_LISTED);
	assert_int_equal(find("s3://bucket/x/%2e%2e/a/b", "s3://bucket/a"),
					 URL_NOT_LISTED);
}

/* A list is refused when it is made and when it is used, by one rule. */
static void
test_bad_prefixes(void **state)
{
	static const char *const lists[] = {"s3://",
										"http://",
										"https:///path",
										"example.org",
										"ftp://a.org/",
										"file:///etc/",
										"http://a b/",
										"http://a/\r\nb/",
										"http://u:p@a/",
										"http://a/?q",
										"http://a/#f",
										"s3://bucket/a/../b",
										"s3://bucket/..",
										"http://a/../b",
										"http://[::1/",
										"http://a:99999/",
										"http://good/, s3://"};
	char longest[3000] = "http://a/";
	UrlListing listing;
	Failure failure;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
	{
		if (url_check_prefixes(lists[i], &failure) != LL_INVALID)
			fail_msg("accepted: %s", lists[i]);
		assert_int_equal(url_find_prefix("https://b.org/", false, lists[i],
										 &listing, &failure),
						 LL_INVALID);
	}
	memset(longest + 9, 'a', sizeof(longest) - 10);
	assert_int_equal(url_check_prefixes(longest, &failure), LL_INVALID);
	assert_int_equal(
		url_find_prefix("https://b.org/", false, longest, &listing, &failure),
		LL_INVALID);
	assert_int_equal(
		url_check_prefixes(" https://a.org/data/ , http://b.org:81, "
						   "s3://bucket,http://[::1]:80/,S3://b/c d",
						   &failure),
		LL_OK);
	assert_int_equal(url_check_prefixes("", &failure), LL_OK);
}

static bool
is_public_v4(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	assert_int_equal(inet_pton(AF_INET, text, &address.sin_addr), 1);
	return address_is_public((struct sockaddr *) &address);
}

static bool
is_public_v6(const char *text)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6};

	assert_int_equal(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
	return address_is_public((struct sockaddr *) &address);
}

static void
test_addresses(void **state)
{
	static const char *const closed_v4[] = {
		"0.0.0.0",		   "10.1.2.3",		 "100.64.0.1", "127.0.0.1",
		"127.255.255.255", "169.254.1.1",	 "172.16.0.1", "172.31.255.255",
		"192.168.0.1",	   "198.18.0.1",	 "224.0.0.1",  "255.255.255.255",
		"192.0.2.1",	   "169.254.169.254"};
	static const char *const open_v4[] = {"8.8.8.8",	 "172.32.0.1",
										  "172.15.0.1",	 "192.167.255.255",
										  "100.128.0.1", "52.216.1.1"};
	static const char *const closed_v6[] = {"::",
											"::1",
											"::ffff:127.0.0.1",
											"::127.0.0.1",
											"fe80::1",
											"fc00::1",
											"fd12::1",
											"ff02::1",
											"64:ff9b::7f00:1",
											"2002:7f00:1::",
											"2002:a00:1::",
											"2001:0:1::",
											"fec0::1"};
	static const char *const open_v6[] = {
		"2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"};
	struct sockaddr other = {.sa_family = AF_UNIX};

	for (size_t i = 0; i < sizeof(closed_v4) / sizeof(*closed_v4); i++)
		if (is_public_v4(closed_v4[i]))
			fail_msg("%s passes as public", closed_v4[i]);
	for (size_t i = 0; i < sizeof(open_v4) / sizeof(*open_v4); i++)
		if (!is_public_v4(open_v4[i]))
			fail_msg("%s does not pass as public", open_v4[i]);
	for (size_t i = 0; i < sizeof(closed_v6) / sizeof(*closed_v6); i++)
		if (is_public_v6(closed_v6[i]))
			fail_msg("%s passes as public", closed_v6[i]);
	for (size_t i = 0; i < sizeof(open_v6) / sizeof(*open_v6); i++)
		if (!is_public_v6(open_v6[i]))
			fail_msg("%s does not pass as public", open_v6[i]);
	assert_false(address_is_public(&other));
}

/* The last door: no part of a request may hold what ends its line. */
static void
test_requests_without_controls(void **state)
{
	static const HttpRequest requests[] = {
		{"GET", "http://127.0.0.1:1/\r\na: b"},
		{"GET\r\n", "http://127.0.0.1:1/"},
		{"GET", "http://127.0.0.1:1/", .headers = {"a: b", "c: d\ne: f"}},
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		HttpResponse response;
		Failure failure = {0};

		assert_int_equal(
			http_request(&runtime, &requests[i], &response, &failure),
			LL_INVALID);
		malloc_arena_free(&arena);
	}
}

static void
test_refused(void **state)
{
	static const char *const urls[] = {
		"ftp://a.org/x", "file:///etc/passwd", "gopher://a.org",
		"a.org",		 "http://a.org/\nb",   "",
		"http://"};
	TransferSettings settings = {.limit = 1000, .timeout = 1000};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Failure failure = {0};
		uint8_t *bytes;
		size_t length;

		assert_int_equal(transfer_fetch(&runtime, &settings, urls[i], &bytes,
										&length, &failure),
						 LL_INVALID);
		malloc_arena_free(&arena);
	}
}

static void
test_files(void **state)
{
	char folder[] = "/tmp/linlearn-unit-XXXXXX";
	char path[64];
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	uint8_t *bytes;
	size_t length;

	assert_non_null(mkdtemp(folder));
	assert_true(file_is_directory(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_false(file_exists(path));
	assert_int_equal(file_read(&runtime, path, 10, &bytes, &length, &failure),
					 LL_ABSENT);
	assert_int_equal(
		file_write(&runtime, path, (const uint8_t *) "hello", 5, &failure),
		LL_OK);
	assert_int_equal(file_read(&runtime, path, 5, &bytes, &length, &failure),
					 LL_OK);
	assert_int_equal(length, 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(file_read(&runtime, path, 4, &bytes, &length, &failure),
					 LL_LIMIT);
	assert_int_equal(
		file_read(&runtime, folder, 99, &bytes, &length, &failure), LL_IO);
	arena.interrupt = true;
	assert_int_equal(
		file_write(&runtime, path, (const uint8_t *) "bye", 3, &failure),
		LL_CANCELLED);
	arena.interrupt = false;
	/* the failed write left the old file, and nothing beside it */
	assert_int_equal(file_read(&runtime, path, 5, &bytes, &length, &failure),
					 LL_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(&runtime, path, 5, &bytes, &length, &failure),
					 LL_IO);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	malloc_arena_free(&arena);
}

/* Listen on a free port of loopback and make a URL of it. */
static int
listen_on_loopback(char *url, size_t size)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *) &address, length), 0);
	assert_int_equal(listen(listener, 16), 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *) &address, &length), 0);
	snprintf(url, size, "http://127.0.0.1:%d/", ntohs(address.sin_port));
	return listener;
}

/* A server that never answers: a cancel, a time-out, a refusal, each clean. */
static void
test_silent_server(void **state)
{
	char url[64];
	int listener = listen_on_loopback(url, sizeof(url));
	TransferSettings settings = {.limit = 1000, .timeout = 200};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	uint8_t *bytes;
	size_t length;

	assert_int_equal(
		transfer_fetch(&runtime, &settings, url, &bytes, &length, &failure),
		LL_DENIED);
	settings.allowed_prefixes = url;
	assert_int_equal(
		transfer_fetch(&runtime, &settings, url, &bytes, &length, &failure),
		LL_IO);
	assert_non_null(strstr(failure.message, "timed out"));
	assert_int_equal(transfer_upload(&runtime, &settings, url,
									 (const uint8_t *) "x", 1, &failure),
					 LL_IO);
	arena.interrupt = true;
	assert_int_equal(
		transfer_fetch(&runtime, &settings, url, &bytes, &length, &failure),
		LL_CANCELLED);
	assert_int_equal(arena.count, 0);
	close(listener);
	arena.interrupt = false;
	assert_int_equal(
		transfer_fetch(&runtime, &settings, url, &bytes, &length, &failure),
		LL_IO);
	malloc_arena_free(&arena);
}

#define BODY_LENGTH 300000

/* Answer each connection with a long body, until the listener is shut. */
static void *
serve_bodies(void *context)
{
	int listener = *(int *) context;
	char *answer = malloc(BODY_LENGTH + 100);
	int head = sprintf(answer, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	int client;

	memset(answer + head, 'x', BODY_LENGTH);
	while ((client = accept(listener, NULL, NULL)) >= 0)
	{
		char request[4096];
		size_t sent = 0;
		ssize_t put = recv(client, request, sizeof(request), 0);

		while (put > 0 && sent < (size_t) head + BODY_LENGTH)
		{
			put = send(client, answer + sent, head + BODY_LENGTH - sent,
					   MSG_NOSIGNAL);
			sent += put > 0 ? (size_t) put : 0;
		}
		close(client);
	}
	free(answer);
	return NULL;
}

/* A body that outgrows memory or limit fails, and leaves nothing behind. */
static void
test_body_limits(void **state)
{
	char url[64];
	int listener = listen_on_loopback(url, sizeof(url));
	TransferSettings settings = {
		.limit = BODY_LENGTH, .timeout = 5000, .allowed_prefixes = url};
	pthread_t server;
	Failure failure;
	uint8_t *bytes;
	size_t length;

	assert_int_equal(pthread_create(&server, NULL, serve_bodies, &listener),
					 0);
	for (long allowed = 0;; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Status status;

		arena.allocations_left = allowed;
		status = transfer_fetch(&runtime, &settings, url, &bytes, &length,
								&failure);
		if (status == LL_OK)
		{
			assert_int_equal(length, BODY_LENGTH);
			assert_int_equal(bytes[BODY_LENGTH - 1], 'x');
			settings.limit--;
			assert_int_equal(transfer_fetch(&runtime, &settings, url, &bytes,
											&length, &failure),
							 LL_NO_MEMORY);
			arena.allocations_left = -1;
			assert_int_equal(transfer_fetch(&runtime, &settings, url, &bytes,
											&length, &failure),
							 LL_LIMIT);
		}
		malloc_arena_free(&arena);
		if (status == LL_OK)
			break;
		assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allowed < 50);
	}
	shutdown(listener, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listener);
}

/* Where an object of Amazon's is after it was moved; NULL: it may not be. */
static const char *
moved_url(const Runtime *runtime, const char *url, const char *prefixes)
{
	TransferSettings settings = {.s3_region = "us-east-1",
								 .allowed_prefixes = prefixes};
	S3Object object;
	Failure failure;

	assert_int_equal(
		s3_resolve(runtime, &settings, url, false, &object, &failure), LL_OK);
	if (s3_move(runtime, &object, "eu-west-3", strlen("eu-west-3"),
				&failure) != LL_OK)
	{
		assert_int_equal(failure.status, LL_DENIED);
		return NULL;
	}
	return s3_object_url(runtime, &object, NULL);
}

static void
test_moves(void **state)
{
	MallocArena arena = {.allocations_left = -1};
	Runtime runtime = malloc_runtime(&arena);

	assert_string_equal(moved_url(&runtime, "s3://bucket/a b", ""),
						"https://bucket.s3.eu-west-3.amazonaws.com/a%20b");
	assert_string_equal(moved_url(&runtime, "s3://a.bucket/k", ""),
						"https://s3.eu-west-3.amazonaws.com/a.bucket/k");
	assert_string_equal(moved_url(&runtime, "s3://bucket/k", "s3://bucket/"),
						"https://bucket.s3.eu-west-3.amazonaws.com/k");
	/* allowed by the first region's host alone */
	assert_null(moved_url(&runtime, "s3://bucket/k",
						  "https://bucket.s3.us-east-1.amazonaws.com/"));
	assert_false(s3_region_is_valid("a.b", 3));
	assert_false(s3_region_is_valid("a/b", 3));
	assert_false(s3_region_is_valid("", 0));
	malloc_arena_free(&arena);
}

/* Whether all that begins with a URL is listed. */
static bool
all_listed(const char *url, const char *prefixes)
{
	UrlListing listing;
	Failure failure;

	assert_int_equal(url_find_prefix(url, true, prefixes, &listing, &failure),
					 LL_OK);
	return listing == URL_LISTED;
}

static void
test_all_below(void **state)
{
	assert_true(all_listed("s3://bucket/data/", "s3://bucket/data"));
	assert_true(all_listed("s3://bucket/data/", "s3://bucket/data/"));
	assert_true(all_listed("s3://bucket/data/x", "s3://bucket/data"));
	assert_true(all_listed("s3://bucket/", "s3://bucket"));
	assert_false(all_listed("s3://bucket/data", "s3://bucket/data"));
	assert_false(all_listed("s3://bucket/data", "s3://bucket/data/"));
	assert_false(all_listed("s3://bucket/dat", "s3://bucket/data"));
	assert_false(all_listed("s3://bucket/", "s3://bucket/data"));
	assert_false(all_listed("http://h/b/data", "http://h/b/data"));
	assert_true(all_listed("http://h/b/data/", "http://h/b/data"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_bad_prefixes),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_requests_without_controls),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_body_limits),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_all_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
