/*
 * versions.h
 *		Versions of saved models, of which none is given out twice.
 */
#ifndef LINLEARN_PG_SERVE_VERSIONS_H
#define LINLEARN_PG_SERVE_VERSIONS_H

#include "pg/base/version.h"

/*
 * Where the trigger of linlearn_models puts the version of the next row, once:
 * rows that other triggers put in then do not count.  NULL: nowhere.
 */
extern int32 *version_wanted;

#endif
