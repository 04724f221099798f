/*
 * path.h
 *		The path that a model's l1 was chosen on.
 */
#ifndef LINLEARN_PG_LOOK_PATH_H
#define LINLEARN_PG_LOOK_PATH_H

#include "postgres.h"

#include "core/model/l1_path.h"
#include "lib/stringinfo.h"

/* Appends what folds went by, unless by chance, as a further member. */
extern void path_append_key(StringInfo out, FoldKey key);

/* Appends how l1 was chosen as a further member of a JSON object. */
extern void path_append_choice(StringInfo out, const L1Path *path);

#endif
