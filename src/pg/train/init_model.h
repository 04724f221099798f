/*
 * init_model.h
 *		The model that a training goes on from, which is the same for all rows.
 */
#ifndef LINLEARN_PG_TRAIN_INIT_MODEL_H
#define LINLEARN_PG_TRAIN_INIT_MODEL_H

#include "pg/base/version.h"

/* What the rows say of it. */
typedef struct InitModel
{
	bytea *bytes; /* NULL: there is none */
	char *given;  /* bytes as they came: toasted, maybe ... */
	Size size;	  /* ... so many; 0: not known */
	bool fixed;	  /* the argument is the same for all rows by itself */
} InitModel;

/* Keeps the first row's, in the current memory context. */
extern void init_model_take(InitModel *init, FunctionCallInfo fcinfo,
							int argument);

/* Raises an error where a row has another one. */
extern void init_model_check(InitModel *init, FunctionCallInfo fcinfo,
							 int argument, MemoryContext context);

/* Raises that error. */
pg_noreturn extern void init_model_differs(void);

#endif
