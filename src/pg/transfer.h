/*
 * transfer.h
 *		Transfers with the settings of the session.
 */
#ifndef LINLEARN_PG_TRANSFER_H
#define LINLEARN_PG_TRANSFER_H

#include "pg/runtime.h"

/* Downloads a URL into memory of the runtime, of at most limit bytes. */
extern uint8_t *fetch_url(const Runtime *runtime, const char *url,
						  size_t limit, size_t *length);

/*
 * Raises an error unless the user may call linlearn_fetch(text) of a schema,
 * which is what lets a role use URLs.
 */
extern void check_url_privilege(Oid schema);

#endif
