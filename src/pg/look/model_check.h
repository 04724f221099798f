/*
 * model_check.h
 *		Whether bytes are a model.
 */
#ifndef LINLEARN_PG_LOOK_MODEL_CHECK_H
#define LINLEARN_PG_LOOK_MODEL_CHECK_H

#include "pg/base/version.h"

#include "core/base/runtime.h"

/* Reads a model and forgets it: LL_OK, or why the bytes are none. */
extern Status model_check(bytea *bytes, Failure *failure);

#endif
