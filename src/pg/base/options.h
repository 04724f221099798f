/*
 * options.h
 *		Hyperparameters out of jsonb, and back.
 */
#ifndef LINLEARN_PG_BASE_OPTIONS_H
#define LINLEARN_PG_BASE_OPTIONS_H

#include "pg/base/version.h"

#include "core/options/hyperparameters.h"
#include "utils/jsonb.h"

/* Whether a key is somebody else's. */
typedef bool (*OptionKey)(const char *key, Size size);

/*
 * Reads an object of hyperparameters; a key that is none, or a value that its
 * row does not take, is an error, but for keys of others (NULL: there are none).
 * options NULL: all defaults.
 */
extern void options_read(Jsonb *options, OptionKey others,
						 Hyperparameters *settings);

/* The jsonb of options that came as text or json. */
extern Jsonb *options_of_text(text *options);

/* Sets one row from a JSON scalar. */
extern void options_set(Hyperparameters *settings, Hyperparameter row,
						const JsonbValue *value);

/* Takes the value of a row. */
typedef void (*OptionSetter)(void *context, Hyperparameter row,
							 const JsonbValue *value);

/* Hands over the rows that a key and its value are of: one, or an object's. */
extern void options_each(const char *key, const JsonbValue *value,
						 OptionSetter set, void *context);

/* The row of a key; an error names the nearest one. */
extern Hyperparameter options_row(const char *key);

#endif
