/*
 * registry.h
 *		Models by name and version: the table linlearn_models.
 */
#ifndef LINLEARN_PG_SERVE_REGISTRY_H
#define LINLEARN_PG_SERVE_REGISTRY_H

#include "pg/base/version.h"

/*
 * A model's bytes and its version, in the current memory context; *version 0
 * asks for the latest.  fresh: sees what this very statement saved.  An error
 * if there is none, or if the caller may not read linlearn_models.
 */
extern bytea *registry_fetch(const char *schema, const char *name,
							 int *version, bool fresh);

/* Raises the error that a model, or a version of it (not 0), is not there. */
extern void no_such_model(const char *name, int version);

/* The model's name in an argument; an error if it is NULL or too long. */
extern char *registry_name_argument(FunctionCallInfo fcinfo, int argument);

/* Raises an error for a card that is not NULL and no JSON object. */
extern void registry_check_card(NullableDatum card);

/* The version in an argument; 0 if it is NULL. */
extern int registry_version_argument(FunctionCallInfo fcinfo, int argument);

#endif
