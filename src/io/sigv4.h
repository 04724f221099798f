/*
 * sigv4.h
 *		Amazon's signature of version 4 for a request to a store.
 *
 * libcurl has one of its own, but what it signs differs from release to
 * release: since 8.14 it refuses paths that are sent as they are, and before
 * it signed some characters otherwise than the stores do.
 */
#ifndef LINLEARN_IO_SIGV4_H
#define LINLEARN_IO_SIGV4_H

#include <time.h>

#include "core/base/runtime.h"

/* What a request is signed with. */
typedef struct SigV4Keys
{
	const char *region;
	const char *access_key;
	const char *secret_key;
	const char *session_token; /* NULL: none */
} SigV4Keys;

#define SIGV4_HEADERS 5

/* Headers to send, "Name: value" up to a NULL; of the runtime. */
typedef struct SigV4Headers
{
	char *lines[SIGV4_HEADERS + 1];
} SigV4Headers;

/*
 * Signs a request without its body (TLS guards that, and to hash a large one
 * would hold up a cancel).  The URL's query is in canonical form already, that
 * is encoded and sorted; its path may be written in any way.
 * Errors: LL_NO_MEMORY.
 */
extern Status sigv4_sign(const Runtime *runtime, const SigV4Keys *keys,
						 const char *method, const char *url, time_t now,
						 SigV4Headers *headers, Failure *failure);

extern void sigv4_release(const Runtime *runtime, SigV4Headers *headers);

#endif
