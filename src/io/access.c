/*
 * access.c
 *		Whether a URL may be reached.
 */
#include "io/access.h"

#include <string.h>

/* The longest URL that is followed. */
#define MAX_URL 8000

Status
access_check_form(const char *url, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	if (!url_is_remote(url) || strlen(url) > MAX_URL)
	{
		fail(failure, LL_INVALID, "\"%s\" is not a URL that is supported",
			 url_mask(url, shown));
		fail_detail(failure,
					"A URL begins with http://, https:// or s3:// "
					"and has at most %d characters.",
					MAX_URL);
		return LL_INVALID;
	}
	for (const char *c = url; *c != '\0'; c++)
		if ((unsigned char) *c <= 0x20 || *c == 0x7F)
			if (!url_has_scheme(url, "s3") || *c != ' ')
				return fail(failure, LL_INVALID,
							"\"%s\" has a blank or control character",
							url_mask(url, shown));
	return LL_OK;
}

Status
access_check_listing(const char *url, UrlListing listing, Failure *failure)
{
	char shown[URL_SHOWN_SIZE];

	if (listing != URL_NOT_LISTED)
		return LL_OK;
	fail(failure, LL_DENIED, "\"%s\" is not allowed", url_mask(url, shown));
	fail_remedy(failure, REMEDY_LISTED_URL);
	return LL_DENIED;
}
