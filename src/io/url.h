/*
 * url.h
 *		What a transfer may reach, and how a URL may be shown.
 */
#ifndef LINLEARN_IO_URL_H
#define LINLEARN_IO_URL_H

#include "core/base/runtime.h"

struct sockaddr;

/* Room for a URL as url_mask() shows it. */
#define URL_SHOWN_SIZE 256

/* Whether a URL is in a list of prefixes. */
typedef enum UrlListing
{
	URL_NO_LIST, /* the list is empty */
	URL_LISTED,
	URL_NOT_LISTED
} UrlListing;

/* True when the text begins with http://, https:// or s3://. */
extern bool url_is_remote(const char *url);

/* True when the text begins with a scheme such as "s3", in any case. */
extern bool url_has_scheme(const char *url, const char *scheme);

/*
 * Copies a URL for people's eyes: without user, password, query and fragment,
 * any of which may be secret, and with '?' for what is not printable ASCII.
 */
extern const char *url_mask(const char *url, char shown[URL_SHOWN_SIZE]);

/* True when a text has what would end a line of a request, or a NUL's kin. */
extern bool has_control_character(const char *text);

/* True when a segment of a path is "." or "..". */
extern bool has_dot_segment(const char *path);

/*
 * Checks a comma-separated list of prefixes: http, https or s3, a host, and
 * neither user, query, fragment nor dot segments.  Errors: LL_INVALID,
 * LL_NO_MEMORY.
 */
extern Status url_check_prefixes(const char *prefixes, Failure *failure);

/*
 * Looks a URL up in a comma-separated list of prefixes.  Scheme, host and port
 * must be equal; the path must begin with the prefix's and go on at a slash.
 * Of s3 everything after the bucket is the path.  With all_below the URL stands
 * for every one that begins with it, and all those must be listed.  Errors:
 * LL_INVALID for a URL that is none and for a list that url_check_prefixes()
 * refuses; LL_NO_MEMORY.
 */
extern Status url_find_prefix(const char *url, bool all_below,
							  const char *prefixes, UrlListing *listing,
							  Failure *failure);

/*
 * True unless the address is loopback, link-local, private, multicast or
 * otherwise not of the public internet (RFC 6890), also inside an IPv6 address
 * that embeds one of IPv4.
 */
extern bool address_is_public(const struct sockaddr *address);

#endif
