/*
 * path_decode.h
 *		The paths that a model's penalties were chosen on, out of its bytes.
 */
#ifndef LINLEARN_CORE_MODEL_PATH_DECODE_H
#define LINLEARN_CORE_MODEL_PATH_DECODE_H

#include "core/model/l1_path.h"
#include "core/model/model_reader.h"
#include "core/model/wd_path.h"

/* NULL, and the reader says so, for bytes that are none or without memory. */
extern WdPath *wd_path_decode(Reader *reader);
extern L1Path *l1_path_decode(Reader *reader);

#endif
