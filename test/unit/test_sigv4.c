/*
 * test_sigv4.c
 *		Hashes and signatures against published and independently made ones.
 */
#include "unit.h"

#include <string.h>

#include "io/sha256.h"
#include "io/sigv4.h"

/* Hash a text in pieces of a size and compare. */
static void
expect_hash(const char *text, size_t repeats, size_t piece,
			const char *expected)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	size_t length = strlen(text);
	Sha256 hash;

	sha256_begin(&hash);
	for (size_t i = 0; i < repeats; i++)
		for (size_t at = 0; at < length; at += piece)
			sha256_add(&hash, text + at,
					   length - at < piece ? length - at : piece);
	sha256_end(&hash, digest);
	sha256_hex(digest, hex);
	assert_string_equal(hex, expected);
}

/* The examples of FIPS 180, whole and in pieces. */
static void
test_sha256(void **state)
{
	const char *two_blocks =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	expect_hash("", 1, 1,
				"e3b0c44298fc1c149afbf4c8996fb924"
				"27ae41e4649b934ca495991b7852b855");
	expect_hash("abc", 1, 3,
				"ba7816bf8f01cfea414140de5dae2223"
				"b00361a396177a9cb410ff61f20015ad");
	for (size_t piece = 1; piece <= 56; piece++)
		expect_hash(two_blocks, 1, piece,
					"248d6a61d20638b8e5c026930c3e6039"
					"a33ce45964ff2167f6ecedd419db06c1");
	expect_hash("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 20000,
				50,
				"cdc76e5c9914fb9281a1c7e284d73e67"
				"f1809a48a497200e046d39ccc7112cd0");
}

/* The examples of RFC 4231: a short key, and one longer than a block. */
static void
test_hmac(void **state)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	char key[131];

	hmac_sha256("Jefe", 4, "what do ya want for nothing?", digest);
	sha256_hex(digest, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
							 "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256(key, sizeof(key),
				"Test Using Larger Than Block-Size Key - Hash Key First",
				digest);
	sha256_hex(digest, hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f"
							 "8e0bc6213728c5140546040f0ee37f54");
}

static const SigV4Keys keys = {"us-east-1", "AKIAIOSFODNN7EXAMPLE",
							   "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

/* Sign a request of 24 May 2013 and compare the signature and the host. */
static void
expect_signature(SigV4Keys with, const char *method, const char *url,
				 const char *host, const char *expected)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	SigV4Headers headers;
	Failure failure;

	assert_int_equal(sigv4_sign(&runtime, &with, method, url, 1369353600,
								&headers, &failure),
					 LL_OK);
	assert_string_equal(strstr(headers.lines[0], "Signature="), expected);
	assert_string_equal(headers.lines[1], host);
	assert_string_equal(headers.lines[2], "x-amz-date: 20130524T000000Z");
	assert_non_null(headers.lines[3]);
	assert_int_equal(headers.lines[4] != NULL, with.session_token != NULL);
	sigv4_release(&runtime, &headers);
	malloc_arena_free(&arena);
}

/* Signatures that Python's hashlib and hmac give by Amazon's description. */
static void
test_signatures(void **state)
{
	SigV4Keys session = keys;

	session.session_token = "tok+en/==";
	expect_signature(keys, "GET",
					 "https://examplebucket.s3.amazonaws.com/test.txt",
					 "Host: examplebucket.s3.amazonaws.com",
					 "Signature=5c0d4ff29e72b8f94c5b6720369921e5"
					 "87e39bf7a64e456887dec4b43a2d1b77");
	expect_signature(keys, "GET", "http://localhost:9000",
					 "Host: localhost:9000",
					 "Signature=fa87f6ddf669898b525d493d00093326"
					 "55ba1a341f14e5e88a64c535d095d9e0");
	expect_signature(session, "PUT",
					 "http://[::1]:9000/b/k?partNumber=7&uploadId=up%2Bload",
					 "Host: [::1]:9000",
					 "Signature=a7f050754c78933209cfd9ff7671395d"
					 "8b7ead89e31fbd234f3387de54b1b90d");
	expect_signature(keys, "POST",
					 "https://h/b//a%20b%2Bc%25/.d/e..f?uploads=", "Host: h",
					 "Signature=d9769fed5f6dad0435899542a26d4a0a"
					 "69c86e065ef73c7419967ccd630f6eab");
}

/* One path has one signature, however it is written. */
static void
test_spellings(void **state)
{
	static const char *const spellings[] = {
		"http://h/b/%7Ea+b%2fc %c3%a9", "http://h/b/~a%2Bb%2Fc%20\xc3\xa9",
		"http://u:p@h/b/~%61%2bb%2Fc%20%C3%A9#x"};

	for (int i = 0; i < 3; i++)
		expect_signature(keys, "GET", spellings[i], "Host: h",
						 "Signature=8b950881f8445e998267e7e1a66584e4"
						 "e641e85b158894c9136fe824226c469c");
}

/* Without memory nothing is left over. */
static void
test_out_of_memory(void **state)
{
	SigV4Keys session = keys;
	long allowed = 0;
	Status status;

	session.session_token = "token";
	do
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		SigV4Headers headers;
		Failure failure;

		arena.allocations_left = allowed++;
		status = sigv4_sign(&runtime, &session, "PUT", "http://h/b/k", 0,
							&headers, &failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		if (status == LL_OK)
			sigv4_release(&runtime, &headers);
		else
			assert_null(headers.lines[0]);
		malloc_arena_free(&arena);
	} while (status != LL_OK);
	assert_true(allowed > 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),		  cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_signatures),	  cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
