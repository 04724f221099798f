/*
 * test_transfer.c
 *		What transfers may reach and what they show, and files.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/s3.h"
#include "io/transfer.h"
#include "io/url.h"

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

	assert_int_equal(url_find_prefix(url, prefixes, &listing, &failure),
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

/* Resolve an S3 URL and compare, or expect LL_INVALID when NULL. */
static void
expect_object(TransferSettings settings, const char *url, const char *expected)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure = {0};
	S3Object object;
	Status status = s3_resolve(&runtime, &settings, url, &object, &failure);

	if (expected == NULL)
		assert_int_equal(status, LL_INVALID);
	else
	{
		if (status != LL_OK)
			fail_msg("%s", failure.message);
		assert_string_equal(object.url, expected);
	}
	malloc_arena_free(&arena);
}

static void
test_s3_urls(void **state)
{
	TransferSettings amazon = {.s3_region = "eu-west-3"};
	TransferSettings other = {.s3_region = "us-east-1",
							  .s3_endpoint = "http://localhost:9000//"};
	TransferSettings half = {.s3_region = "us-east-1", .s3_access_key = "key"};
	TransferSettings region = {.s3_region = "evil.net/"};
	TransferSettings endpoint = {.s3_region = "us-east-1",
								 .s3_endpoint = "file:///etc"};

	expect_object(amazon, "s3://bucket/a/b.gz",
				  "https://bucket.s3.eu-west-3.amazonaws.com/a/b.gz");
	expect_object(amazon, "s3://my.bucket/k",
				  "https://s3.eu-west-3.amazonaws.com/my.bucket/k");
	expect_object(other, "S3://bucket/a b+c%?#\xc3\xa9",
				  "http://localhost:9000/bucket/a%20b%2Bc%25%3F%23%C3%A9");
	expect_object(amazon, "s3://bucket", NULL);
	expect_object(amazon, "s3://bucket/", NULL);
	expect_object(amazon, "s3:///key", NULL);
	expect_object(amazon, "s3://b?c/key", NULL);
	expect_object(amazon, "s3://bucket@evil.net/key", NULL);
	expect_object(amazon, "s3://bucket/a/../b", NULL);
	expect_object(half, "s3://bucket/key", NULL);
	expect_object(region, "s3://bucket/key", NULL);
	expect_object(endpoint, "s3://bucket/key", NULL);
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
					 LL_IO);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mask),	  cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_s3_urls),
		cmocka_unit_test(test_refused),	  cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
