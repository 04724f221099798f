/*
 * s3_list.h
 *		The objects of a bucket whose keys begin alike, page after page.
 */
#ifndef LINLEARN_IO_S3_LIST_H
#define LINLEARN_IO_S3_LIST_H

#include "io/s3_address.h"
#include "io/xml.h"

/* An object of a list. */
typedef struct S3Entry
{
	char *key; /* ends in a NUL, and has none inside */
	size_t key_length;
	int64_t size;
	int64_t modified; /* microseconds since 1970 */
} S3Entry;

/* A list on its way; one page of at most a thousand keys is in memory. */
typedef struct S3List
{
	Runtime runtime;
	S3Object prefix;
	uint8_t *page;
	XmlReader xml;
	bool begun;
	bool truncated;	  /* more pages follow */
	bool url_encoded; /* keys are, on this page */
	char *token;	  /* that asks for the next page, percent-encoded */
	S3Entry entry;
} S3List;

/*
 * Starts a list of s3://bucket/prefix; the settings must outlive it.  All that
 * begins with the prefix must be allowed.  Errors: as s3_resolve().
 */
extern Status s3_list_open(const Runtime *runtime,
						   const TransferSettings *settings, const char *url,
						   S3List *list, Failure *failure);

/*
 * Finds the next object, which stays until the next call; false in *found at
 * the end.  Errors: as s3_call(), and LL_MALFORMED for an answer that is no such
 * list, names what was not asked for, or never comes to its end.
 */
extern Status s3_list_next(S3List *list, bool *found, const S3Entry **entry,
						   Failure *failure);

/*
 * Takes a page as a store answers it, which is the list's from now on, and looks
 * at what it is and what follows it.  Errors: LL_MALFORMED, LL_NO_MEMORY.
 */
extern Status s3_list_take(S3List *list, uint8_t *page, size_t length,
						   Failure *failure);

/* Gives the memory of a list back. */
extern void s3_list_close(S3List *list);

#endif
