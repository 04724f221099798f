/*
 * versions.h
 *		Versions of saved models, of which none is given out twice.
 */
#ifndef LINLEARN_PG_VERSIONS_H
#define LINLEARN_PG_VERSIONS_H

#include "linlearn.h"

/* The version that the trigger of linlearn_models gave out last. */
extern int32 version_given(void);

#endif
