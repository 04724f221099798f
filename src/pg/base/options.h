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

/* Sets one row from a JSON scalar. */
extern void options_set(Hyperparameters *settings, Hyperparameter row,
						const JsonbValue *value);

/* The row of a key; an error names the nearest one. */
extern Hyperparameter options_row(const char *key);

#endif
