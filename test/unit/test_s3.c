/*
 * test_s3.c
 *		Requests to S3, their settings and the lists that it answers.
 */
#include <stdio.h>

#include "io/s3_address.h"
#include "io/s3_settings.h"
#include "io/xml.h"
#include "unit.h"

/* Resolve an S3 URL and compare, or expect LL_INVALID when NULL. */
static void
expect_object(TransferSettings settings, const char *url, const char *expected)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure = {0};
	S3Object object;
	Status status =
		s3_resolve(&runtime, &settings, url, false, &object, &failure);

	if (expected == NULL)
		assert_int_equal(status, LL_INVALID);
	else
	{
		if (status != LL_OK)
			fail_msg("%s", failure.message);
		assert_string_equal(s3_object_url(&runtime, &object, NULL), expected);
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
	expect_object(amazon, "s3://bucket/a/./b", NULL);
	expect_object(amazon, "s3://bucket/..", NULL);
	expect_object(amazon, "s3://bucket/.", NULL);
	expect_object(amazon, "s3://bucket/../b", NULL);
	expect_object(amazon, "s3://bucket/a/..", NULL);
	expect_object(amazon, "s3://bucket/a\r\nb", NULL);
	expect_object(amazon, "s3://bucket/...",
				  "https://bucket.s3.eu-west-3.amazonaws.com/...");
	expect_object(half, "s3://bucket/key", NULL);
	expect_object(region, "s3://bucket/key", NULL);
	expect_object(endpoint, "s3://bucket/key", NULL);
}

/* No setting of S3 may hold what ends a header or a URL. */
static void
test_s3_settings(void **state)
{
	static const char *const bad[] = {"x\r\nevil: 1", "x\ny",  "x\ry",
									  "\x01",		  "x\x7f", "\t"};
	static const char *const endpoints[] = {
		"http://h\r\nb", "http://h/?a", "http://h/#a",	 "http://h b",
		"http://",		 "ftp://h",		"http://u:p@h/", "http://h/../a"};

	for (int kind = 0; kind < S3_SETTINGS; kind++)
	{
		TransferSettings settings = {.s3_region = "us-east-1",
									 .s3_access_key = "key",
									 .s3_secret_key = "secret"};
		const char **value = s3_setting(&settings, kind);

		for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		{
			char url[64];

			*value = bad[i];
			if (kind == S3_ENDPOINT)
			{
				snprintf(url, sizeof(url), "http://h/%s", bad[i]);
				*value = url;
			}
			assert_non_null(s3_setting_problem(kind, *value));
			expect_object(settings, "s3://bucket/key", NULL);
		}
		assert_null(s3_setting_problem(kind, ""));
		assert_null(s3_setting_problem(kind, NULL));
	}
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++)
		if (s3_setting_problem(S3_ENDPOINT, endpoints[i]) == NULL)
			fail_msg("accepted: %s", endpoints[i]);
	assert_non_null(s3_setting_problem(S3_REGION, "r\xc3\xa9gion"));
	assert_null(s3_setting_problem(S3_ENDPOINT, "https://[::1]:9000/s3/"));
	assert_null(s3_setting_problem(S3_SECRET_KEY, "a/b+c=="));
}

/* Without memory, resolving an S3 URL fails and gives its pieces back. */
static void
test_s3_out_of_memory(void **state)
{
	TransferSettings settings = {.s3_region = "eu-west-3",
								 .s3_access_key = "key",
								 .s3_secret_key = "secret",
								 .s3_session_token = "token"};

	for (long allowed = 0;; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		S3Object object;
		Failure failure;
		Status status;

		arena.allocations_left = allowed;
		status = s3_resolve(&runtime, &settings, "s3://bucket/key", false,
							&object, &failure);
		malloc_arena_free(&arena);
		if (status == LL_OK)
			break;
		assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allowed < 10);
	}
}

/* The region that a host's name tells, or "". */
static const char *
region_of(const char *host)
{
	static char copy[S3_NAME_SIZE];
	const char *region = "";
	size_t length = s3_region_of_host(host, strlen(host), &region);

	memcpy(copy, region, length);
	copy[length] = '\0';
	return copy;
}

static void
test_region_of_host(void **state)
{
	static const char *const none[] = {"",
									   ".amazonaws.com",
									   "amazonaws.com",
									   "s3.amazonaws.com",
									   "bucket.s3.amazonaws.com",
									   "evil.example",
									   "s3.eu-west-3.amazonaws.com.evil",
									   "evils3.eu-west-3.amazonaws.com",
									   "s3.eu_west.amazonaws.com",
									   "s3..amazonaws.com",
									   "ec2.eu-west-3.amazonaws.com",
									   "s3-.amazonaws.com",
									   "s3.eu-west-3.evilamazonaws.com"};

	assert_string_equal(region_of("s3.eu-west-3.amazonaws.com"), "eu-west-3");
	assert_string_equal(region_of("b.s3.eu-west-3.amazonaws.com"),
						"eu-west-3");
	assert_string_equal(region_of("a.b.s3-ap-south-1.amazonaws.com"),
						"ap-south-1");
	assert_string_equal(region_of("s3-ap-south-1.amazonaws.com"),
						"ap-south-1");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_string_equal(region_of(none[i]), "");
}

/* Reads a document; the texts of its elements as "a=x;b=;", or its failure. */
static const char *
read_xml(const char *document)
{
	static char out[512];
	XmlReader reader;
	XmlEvent event;
	Failure failure;
	Status status;
	size_t at = 0;

	xml_init(&reader, document, strlen(document));
	while ((status = xml_next(&reader, &event, &failure)) == LL_OK &&
		   event != XML_DONE)
	{
		char text[64];
		size_t length;

		if (event != XML_END)
			continue;
		assert_true(reader.text.length < sizeof(text));
		status = xml_decode(reader.text, text, &length, &failure);
		if (status != LL_OK)
			break;
		at += (size_t) snprintf(out + at, sizeof(out) - at, "%.*s=%s;",
								(int) reader.path[reader.depth].length,
								reader.path[reader.depth].at, text);
	}
	if (status == LL_OK)
		return out;
	assert_int_equal(status, LL_MALFORMED);
	return "malformed";
}

static void
test_xml(void **state)
{
	static const char *const malformed[] = {"",
											"text",
											"<a>",
											"</a>",
											"<a></b>",
											"<a/><b/>",
											"<a/>text",
											"<>",
											"<a",
											"<a b='>",
											"<a></a",
											"<?xml",
											"<a><![CDATA[x]]></a>",
											"<!DOCTYPE a><a/>",
											"<a><!-- --></a>",
											"<a>&x;</a>",
											"<a>&#0;</a>",
											"<a>&#xD800;</a>",
											"<a>&#x110000;</a>",
											"<a>&#99999999;</a>",
											"<a>&;</a>",
											"<a>&#;</a>",
											"<a>&amp</a>",
											"<a>&#x;</a>",
											"<a<b>"};

	assert_string_equal(read_xml("<a/>"), "a=;");
	assert_string_equal(read_xml("\xef\xbb\xbf<?xml version='1.0'?>\n<r x='1' "
								 "y=\"/>\"><a>1</a ><b/></r>\n"),
						"a=1;b=;r=;");
	assert_string_equal(
		read_xml("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#x1F600;</a>"),
		"a=<>&\"'A\xe2\x82\xac\xf0\x9f\x98\x80;");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		assert_string_equal(read_xml(malformed[i]), "malformed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_s3_urls),
		cmocka_unit_test(test_s3_settings),
		cmocka_unit_test(test_s3_out_of_memory),
		cmocka_unit_test(test_region_of_host),
		cmocka_unit_test(test_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
