/*
 * url.c
 *		What a transfer may reach, and how a URL may be shown.
 */
#include "io/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* The longest prefix that a list may have. */
#define PREFIX_SIZE 1024

/* A URL taken apart by libcurl, which frees it. */
typedef struct UrlParts
{
	char *scheme;
	char *host;
	char *port; /* NULL: the scheme has no default */
	char *path;
	const char *key; /* what follows an s3 URL's bucket, borrowed; else NULL */
} UrlParts;

bool
url_has_scheme(const char *url, const char *scheme)
{
	size_t length = strlen(scheme);

	return strncasecmp(url, scheme, length) == 0 &&
		   strncmp(url + length, "://", 3) == 0;
}

bool
url_is_remote(const char *url)
{
	return url_has_scheme(url, "http") || url_has_scheme(url, "https") ||
		   url_has_scheme(url, "s3");
}

bool
has_control_character(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text < 0x20 || *text == 0x7F)
			return true;
	return false;
}

bool
has_dot_segment(const char *path)
{
	for (;;)
	{
		size_t length = strcspn(path, "/");

		if ((length == 1 && path[0] == '.') ||
			(length == 2 && path[0] == '.' && path[1] == '.'))
			return true;
		if (path[length] == '\0')
			return false;
		path += length + 1;
	}
}

const char *
url_mask(const char *url, char shown[URL_SHOWN_SIZE])
{
	const char *rest = strstr(url, "://");
	size_t count = 0;
	size_t authority;
	size_t at;

	if (rest != NULL)
	{
		rest += 3;
		authority = strcspn(rest, "/?#");
		for (at = authority; at > 0 && rest[at - 1] != '@';)
			at--;
		count = (size_t) (rest - url) < 16 ? (size_t) (rest - url) : 0;
		memcpy(shown, url, count);
		url = rest + at;
	}
	for (; *url != '\0' && *url != '?' && *url != '#'; url++)
	{
		if (count == URL_SHOWN_SIZE - 8)
			break;
		shown[count++] = *url >= 0x20 && *url < 0x7F ? *url : '?';
	}
	strcpy(shown + count, *url != '\0' ? "..." : "");
	return shown;
}

static void
free_parts(UrlParts *parts)
{
	curl_free(parts->scheme);
	curl_free(parts->host);
	curl_free(parts->port);
	curl_free(parts->path);
}

/* Take a URL apart; its path loses dot segments. */
static Status
parse_url(const char *url, UrlParts *parts, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	CURLU *handle;
	CURLUcode code;
	char *whole;

	memset(parts, 0, sizeof(*parts));
	if (url_has_scheme(url, "s3"))
		parts->key =
			url + strlen("s3://") + strcspn(url + strlen("s3://"), "/");
	/* a key may hold what no URL may, such as blanks: it is not libcurl's */
	whole = parts->key != NULL ? strndup(url, (size_t) (parts->key - url))
							   : strdup(url);
	handle = curl_url();
	if (handle == NULL || whole == NULL)
	{
		curl_url_cleanup(handle);
		free(whole);
		return fail_no_memory(failure);
	}
	code = curl_url_set(handle, CURLUPART_URL, whole,
						CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE);
	free(whole);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_SCHEME, &parts->scheme, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_HOST, &parts->host, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(handle, CURLUPART_PATH, &parts->path, 0);
	if (code == CURLUE_OK)
		/* a scheme without a default port leaves it NULL */
		curl_url_get(handle, CURLUPART_PORT, &parts->port, CURLU_DEFAULT_PORT);
	curl_url_cleanup(handle);
	if (code == CURLUE_OK)
		return LL_OK;
	free_parts(parts);
	return fail(failure, LL_INVALID, "\"%s\" is not a valid URL",
				url_mask(url, shown));
}

/* True when a path has a backslash, or a dot or slash that is encoded. */
static bool
hides_separator(const char *path)
{
	if (strchr(path, '\\') != NULL)
		return true;
	while ((path = strchr(path, '%')) != NULL)
	{
		path++;
		if (strncasecmp(path, "2e", 2) == 0 ||
			strncasecmp(path, "2f", 2) == 0 || strncasecmp(path, "5c", 2) == 0)
			return true;
	}
	return false;
}

/* True when a path, or all that begins with it, is at or below a prefix's. */
static bool
path_begins(const char *path, bool all_below, const char *prefix)
{
	size_t length = strlen(prefix);

	if (length == 0 || strcmp(prefix, "/") == 0)
		return true;
	return strncmp(path, prefix, length) == 0 &&
		   (prefix[length - 1] == '/' || path[length] == '/' ||
			(path[length] == '\0' && !all_below));
}

/* Compare a URL with one prefix. */
static bool
parts_match(const UrlParts *url, bool all_below, const UrlParts *prefix)
{
	const char *url_port = url->port != NULL ? url->port : "";
	const char *prefix_port = prefix->port != NULL ? prefix->port : "";

	if (strcasecmp(url->scheme, prefix->scheme) != 0 ||
		strcasecmp(url->host, prefix->host) != 0 ||
		strcmp(url_port, prefix_port) != 0)
		return false;
	/* a key is sent encoded, so that it means what it says */
	if (prefix->key != NULL)
		return path_begins(url->key, all_below, prefix->key);
	/* an encoded dot or slash could lead out again, as the server reads it */
	return strcmp(prefix->path, "/") == 0 ||
		   (!hides_separator(url->path) &&
			path_begins(url->path, all_below, prefix->path));
}

/*
 * Find the next prefix of the list, without blanks around it; false at the
 * end.  One that does not fit comes cut off: parse_prefix() refuses it.
 */
static bool
next_prefix(const char **list, char prefix[PREFIX_SIZE])
{
	const char *start = *list + strspn(*list, ", \t\n");
	size_t length = strcspn(start, ",");

	*list = start + length;
	while (length > 0 && strchr(" \t\n", start[length - 1]) != NULL)
		length--;
	snprintf(prefix, PREFIX_SIZE, "%.*s", (int) length, start);
	return length > 0;
}

/* Take a prefix apart, if it says all that it means. */
static Status
parse_prefix(const char *prefix, UrlParts *parts, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];
	const char *rest = strstr(prefix, "://");
	size_t length = strlen(prefix);
	bool fine = url_is_remote(prefix) && length < PREFIX_SIZE - 1 &&
				!has_control_character(prefix);

	if (fine)
	{
		size_t host = strcspn(rest + 3, "/?#");

		fine = host > 0 && memchr(rest + 3, '@', host) == NULL &&
			   strpbrk(prefix, "?#") == NULL && !has_dot_segment(rest + 3);
	}
	if (fine && parse_url(prefix, parts, failure) == LL_OK)
		return LL_OK;
	if (fine && failure->status == LL_NO_MEMORY)
		return LL_NO_MEMORY;
	fail(failure, LL_INVALID, "\"%s\" is not a valid URL prefix",
		 url_mask(prefix, shown));
	fail_detail(failure,
				"A prefix is http://, https:// or s3:// with a host or bucket "
				"and, if wanted, a path: no user, query, fragment or dot "
				"segment, and at most %d bytes.",
				PREFIX_SIZE - 2);
	return LL_INVALID;
}

Status
url_check_prefixes(const char *prefixes, Failure *failure)
{
	char prefix[PREFIX_SIZE];
	Status status = LL_OK;

	while (status == LL_OK && next_prefix(&prefixes, prefix))
	{
		UrlParts parts;

		status = parse_prefix(prefix, &parts, failure);
		if (status == LL_OK)
			free_parts(&parts);
	}
	return status;
}

Status
url_find_prefix(const char *url, bool all_below, const char *prefixes,
				UrlListing *listing, Failure *failure)
{
	UrlParts url_parts;
	char prefix[PREFIX_SIZE];
	Status status = parse_url(url, &url_parts, failure);

	if (status != LL_OK)
		return status;
	*listing = URL_NO_LIST;
	/* to the list's end, so that a bad prefix shows whatever is asked for */
	while (status == LL_OK && prefixes != NULL &&
		   next_prefix(&prefixes, prefix))
	{
		UrlParts prefix_parts;

		status = parse_prefix(prefix, &prefix_parts, failure);
		if (status != LL_OK)
		{
			fail_remedy(failure, REMEDY_URL_LIST);
			break;
		}
		if (parts_match(&url_parts, all_below, &prefix_parts))
			*listing = URL_LISTED;
		else if (*listing == URL_NO_LIST)
			*listing = URL_NOT_LISTED;
		free_parts(&prefix_parts);
	}
	free_parts(&url_parts);
	return status;
}

/* Blocks of IPv4 that are not of the public internet (RFC 6890, RFC 6761). */
static const struct
{
	uint32_t network;
	int bits;
} closed_networks[] = {
	{0x00000000, 8},  /* this network */
	{0x0A000000, 8},  /* private */
	{0x64400000, 10}, /* carriers' */
	{0x7F000000, 8},  /* loopback */
	{0xA9FE0000, 16}, /* link-local, cloud metadata */
	{0xAC100000, 12}, /* private */
	{0xC0000000, 24}, /* protocol assignments */
	{0xC0000200, 24}, /* documentation */
	{0xC0586300, 24}, /* 6to4 relays */
	{0xC0A80000, 16}, /* private */
	{0xC6120000, 15}, /* benchmarks */
	{0xC6336400, 24}, /* documentation */
	{0xCB007100, 24}, /* documentation */
	{0xE0000000, 4},  /* multicast */
	{0xF0000000, 4},  /* reserved, broadcast */
};

static bool
ipv4_is_public(const uint8_t *bytes)
{
	uint32_t address = (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 |
					   (uint32_t) bytes[2] << 8 | bytes[3];

	for (size_t i = 0;
		 i < sizeof(closed_networks) / sizeof(closed_networks[0]); i++)
	{
		int shift = 32 - closed_networks[i].bits;

		if (address >> shift == closed_networks[i].network >> shift)
			return false;
	}
	return true;
}

static bool
ipv6_is_public(const uint8_t *bytes)
{
	static const uint8_t zeros[12] = {0};
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0,	 0,
									   0, 0, 0, 0, 0xFF, 0xFF};
	static const uint8_t nat64[12] = {0, 0x64, 0xFF, 0x9B};

	if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0)
		return ipv4_is_public(bytes + 12);
	if (memcmp(bytes, zeros, 12) == 0)
		return false; /* unspecified, loopback, IPv4-compatible */
	if (bytes[0] == 0x20 && bytes[1] == 0x02)
		return ipv4_is_public(bytes + 2); /* 6to4 */
	if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 2)
		return false; /* Teredo and other assignments */
	/* only 2000::/3 is given out */
	return (bytes[0] & 0xE0) == 0x20;
}

bool
address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family)
	{
		case AF_INET:
			memcpy(&v4, address, sizeof(v4));
			return ipv4_is_public((const uint8_t *) &v4.sin_addr);
		case AF_INET6:
			memcpy(&v6, address, sizeof(v6));
			return ipv6_is_public((const uint8_t *) &v6.sin6_addr);
	}
	return false;
}
