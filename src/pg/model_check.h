/*
 * model_check.h
 *		Whether bytes are a model.
 */
#ifndef LINLEARN_PG_MODEL_CHECK_H
#define LINLEARN_PG_MODEL_CHECK_H

#include "linlearn.h"

#include "core/runtime.h"

/* Reads a model and forgets it: LL_OK, or why the bytes are none. */
extern Status model_check(bytea *bytes, Failure *failure);

#endif
