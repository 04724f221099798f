/*
 * extension_version.h
 *		The version of linlearn that this database has.
 */
#ifndef LINLEARN_PG_BASE_EXTENSION_VERSION_H
#define LINLEARN_PG_BASE_EXTENSION_VERSION_H

#include "pg/base/version.h"

/* Its name, such as 0.2.0; "none" while it is made or dropped. */
extern const char *extension_version(void);

#endif
