/*
 * access.h
 *		Who may read files and URLs, and how much.
 */
#ifndef LINLEARN_PG_LOAD_ACCESS_H
#define LINLEARN_PG_LOAD_ACCESS_H

#include "pg/base/version.h"

/* linlearn.max_download_size in bytes. */
extern size_t download_limit(void);

/* Raises an error unless the user may read files of the server. */
extern void check_file_role(Oid role, const char *role_name, const char *verb);

/* The path of a file: URL or of an absolute path; NULL for anything else. */
extern const char *file_path(const char *source);

/*
 * Raises an error unless the user may call linlearn_fetch(text) of a schema,
 * which is what lets a role use URLs.
 */
extern void check_url_privilege(Oid schema);

#endif
