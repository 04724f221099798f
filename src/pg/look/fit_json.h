/*
 * fit_json.h
 *		The figures of a fit as JSON.
 */
#ifndef LINLEARN_PG_LOOK_FIT_JSON_H
#define LINLEARN_PG_LOOK_FIT_JSON_H

#include "pg/base/version.h"

#include "core/model/model.h"
#include "lib/stringinfo.h"

/* Appends ', "fit": {...}', or nothing. */
extern void append_fit(StringInfo out, const Model *model);

#endif
