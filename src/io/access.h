/*
 * access.h
 *		Whether a URL may be reached.
 */
#ifndef LINLEARN_IO_ACCESS_H
#define LINLEARN_IO_ACCESS_H

#include "io/transfer.h"
#include "io/url.h"

/* Refuses what is no URL of a kind that is transferred.  Errors: LL_INVALID. */
extern Status access_check_form(const char *url, Failure *failure);

/* Refuses a URL that is not listed though there is a list: LL_DENIED. */
extern Status access_check_listing(const char *url, UrlListing listing,
								   Failure *failure);

#endif
