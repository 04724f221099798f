/*
 * tune_values.h
 *		Values of a tuning request, in jsonb as people, SageMaker's SDK and its
 *		API write them: numbers may be texts, names are of any case.
 */
#ifndef LINLEARN_PG_TRAIN_TUNE_VALUES_H
#define LINLEARN_PG_TRAIN_TUNE_VALUES_H

#include "pg/base/version.h"

#include "utils/jsonb.h"

/* What may be wrong with an argument is always this. */
#define INVALID errcode(ERRCODE_INVALID_PARAMETER_VALUE)

/* Raises the error of a value that a key does not take. */
pg_noreturn extern void tune_refuse(const char *key, const char *allowed);

extern double tune_number(const char *key, const JsonbValue *value);
extern uint32 tune_integer(const char *key, const JsonbValue *value,
						   uint32 minimum, uint32 maximum);
extern char *tune_text(const char *key, const JsonbValue *value);

/* The place of a text among names, in any case. */
extern int tune_choice(const char *key, const JsonbValue *value,
					   const char *const *names);

/* An object's or array's container; an error that says what is allowed. */
extern JsonbContainer *tune_object(const char *key, const JsonbValue *value,
								   const char *allowed);
extern JsonbContainer *tune_array(const char *key, const JsonbValue *value,
								  const char *allowed);

/* A member of an object, or NULL. */
extern JsonbValue *tune_member(JsonbContainer *object, const char *key);

/* Calls a function with each member of an object, or element of an array. */
typedef void TuneVisitor(void *context, char *key, JsonbValue *value);
extern void tune_each(JsonbContainer *container, TuneVisitor *visit,
					  void *context);

#endif
