/*
 * sigv4.c
 *		Amazon's signature of version 4 for a request to a store.
 *
 * Source: Amazon S3 API reference, "Authenticating Requests: Using the
 * Authorization Header".
 */
#include "io/sigv4.h"

#include <stdio.h>
#include <string.h>

#include "io/sha256.h"
#include "io/text.h"

#define PAYLOAD "UNSIGNED-PAYLOAD"

/* A time as the signature writes it, and the day alone. */
#define TIME_SIZE sizeof("20130524T000000Z")
#define DAY_LENGTH 8

/* A request taken apart, all of it pointing into the URL. */
typedef struct Target
{
	const char *host; /* with the port, if the URL names one */
	size_t host_length;
	const char *path;
	size_t path_length;
	const char *query; /* without its question mark; may be empty */
} Target;

static Target
split_url(const char *url)
{
	const char *start = strstr(url, "://");
	Target target;
	size_t length;

	start = start != NULL ? start + 3 : url;
	length = strcspn(start, "/?#");
	target.path = start + length;
	target.path_length = strcspn(target.path, "?#");
	target.query = target.path + target.path_length;
	target.query += *target.query == '?';
	/* what comes before an @ is the user's name and password */
	for (const char *at; (at = memchr(start, '@', length)) != NULL;)
	{
		length -= (size_t) (at + 1 - start);
		start = at + 1;
	}
	target.host = start;
	target.host_length = length;
	return target;
}

/*
 * Add a path as the store will write it: decoded and encoded anew, so that no
 * two spellings of one path have two signatures.
 */
static void
add_path(Sha256 *hash, const char *path, size_t length)
{
	if (length == 0)
		sha256_add(hash, "/", 1);
	for (size_t i = 0; i < length; i++)
	{
		char encoded[3];
		char *end = encoded;
		int high = -1;
		int low = -1;

		if (path[i] == '%' && i + 2 < length)
		{
			high = hex_value(path[i + 1]);
			low = hex_value(path[i + 2]);
		}
		if (high >= 0 && low >= 0)
		{
			end = percent_encode_byte((unsigned char) (high << 4 | low), end);
			i += 2;
		}
		else if (path[i] == '/')
			*end++ = '/';
		else
			end = percent_encode_byte((unsigned char) path[i], end);
		sha256_add(hash, encoded, (size_t) (end - encoded));
	}
}

static void
add_text(Sha256 *hash, const char *text)
{
	sha256_add(hash, text, strlen(text));
}

/* Add a header line, its name in lower case. */
static void
add_header(Sha256 *hash, const char *name, const char *value, size_t length)
{
	add_text(hash, name);
	sha256_add(hash, value, length);
	add_text(hash, "\n");
}

/* Hash the request in canonical form. */
static void
hash_request(const SigV4Keys *keys, const char *method, const Target *target,
			 const char *time, const char *signed_headers,
			 char hex[SHA256_HEX_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	Sha256 hash;

	sha256_begin(&hash);
	add_text(&hash, method);
	add_text(&hash, "\n");
	add_path(&hash, target->path, target->path_length);
	add_text(&hash, "\n");
	sha256_add(&hash, target->query, strcspn(target->query, "#"));
	add_text(&hash, "\n");
	add_header(&hash, "host:", target->host, target->host_length);
	add_header(&hash, "x-amz-content-sha256:", PAYLOAD, strlen(PAYLOAD));
	add_header(&hash, "x-amz-date:", time, strlen(time));
	if (keys->session_token != NULL)
		add_header(&hash, "x-amz-security-token:", keys->session_token,
				   strlen(keys->session_token));
	add_text(&hash, "\n");
	add_text(&hash, signed_headers);
	add_text(&hash, "\n" PAYLOAD);
	sha256_end(&hash, digest);
	sha256_hex(digest, hex);
}

/* Derive the key of day, region and service, and sign a text by it. */
static Status
sign_text(const Runtime *runtime, const SigV4Keys *keys, const char *day,
		  const char *text, char signature[SHA256_HEX_SIZE])
{
	uint8_t key[SHA256_SIZE];
	char *secret = TEXT_JOIN(runtime, "AWS4", keys->secret_key);

	if (secret == NULL)
		return LL_NO_MEMORY;
	hmac_sha256(secret, strlen(secret), day, key);
	runtime_release(runtime, secret);
	hmac_sha256(key, sizeof(key), keys->region, key);
	hmac_sha256(key, sizeof(key), "s3", key);
	hmac_sha256(key, sizeof(key), "aws4_request", key);
	hmac_sha256(key, sizeof(key), text, key);
	sha256_hex(key, signature);
	return LL_OK;
}

/* Make the header that carries the signature; NULL without memory. */
static char *
authorize(const Runtime *runtime, const SigV4Keys *keys, const char *method,
		  const Target *target, const char *time)
{
	const char *signed_headers =
		keys->session_token != NULL
			? "host;x-amz-content-sha256;x-amz-date;x-amz-security-token"
			: "host;x-amz-content-sha256;x-amz-date";
	char day[DAY_LENGTH + 1];
	char request[SHA256_HEX_SIZE];
	char signature[SHA256_HEX_SIZE];
	char *scope;
	char *text = NULL;
	char *line = NULL;

	snprintf(day, sizeof(day), "%.*s", DAY_LENGTH, time);
	hash_request(keys, method, target, time, signed_headers, request);
	scope = TEXT_JOIN(runtime, day, "/", keys->region, "/s3/aws4_request");
	if (scope != NULL)
		text = TEXT_JOIN(runtime, "AWS4-HMAC-SHA256\n", time, "\n", scope,
						 "\n", request);
	if (text != NULL &&
		sign_text(runtime, keys, day, text, signature) == LL_OK)
		line = TEXT_JOIN(
			runtime,
			"Authorization: AWS4-HMAC-SHA256 Credential=", keys->access_key,
			"/", scope, ", SignedHeaders=", signed_headers,
			", Signature=", signature);
	runtime_release(runtime, scope);
	runtime_release(runtime, text);
	return line;
}

/*
 * Make the line that names the host.  libcurl would write it by itself, but a
 * signature is of the very bytes that are sent.
 */
static char *
name_host(const Runtime *runtime, const Target *target)
{
	static const char name[] = "Host: ";
	char *line = runtime_allocate(runtime, sizeof(name) + target->host_length);

	if (line == NULL)
		return NULL;
	strcpy(line, name);
	memcpy(line + strlen(name), target->host, target->host_length);
	line[strlen(name) + target->host_length] = '\0';
	return line;
}

Status
sigv4_sign(const Runtime *runtime, const SigV4Keys *keys, const char *method,
		   const char *url, time_t now, SigV4Headers *headers,
		   Failure *failure)
{
	Target target = split_url(url);
	int wanted = keys->session_token != NULL ? 5 : 4;
	char time[TIME_SIZE];
	struct tm utc;

	memset(headers, 0, sizeof(*headers));
	if (gmtime_r(&now, &utc) == NULL ||
		strftime(time, sizeof(time), "%Y%m%dT%H%M%SZ", &utc) == 0)
		return fail(failure, LL_INVALID,
					"the clock shows no time that a request can be signed at");
	headers->lines[0] = authorize(runtime, keys, method, &target, time);
	headers->lines[1] = name_host(runtime, &target);
	headers->lines[2] = TEXT_JOIN(runtime, "x-amz-date: ", time);
	headers->lines[3] = TEXT_JOIN(runtime, "x-amz-content-sha256: " PAYLOAD);
	if (keys->session_token != NULL)
		headers->lines[4] =
			TEXT_JOIN(runtime, "x-amz-security-token: ", keys->session_token);
	for (int i = 0; i < wanted; i++)
	{
		if (headers->lines[i] != NULL)
			continue;
		sigv4_release(runtime, headers);
		return fail_no_memory(failure);
	}
	return LL_OK;
}

void
sigv4_release(const Runtime *runtime, SigV4Headers *headers)
{
	for (int i = 0; i < SIGV4_HEADERS; i++)
		runtime_release(runtime, headers->lines[i]);
	memset(headers, 0, sizeof(*headers));
}
