/*
 * model_json.h
 *		A model's bytes as JSON, and back: the same bytes.
 *
 *		{"linlearn": 1, "format": 1, "sections": ["shape", ...],
 *		 "shape": {...}, ...}
 *
 * has a member for each section of the bytes, "sections" their order.  A section
 * that no schema is known of, or that its schema does not give back to the bit, is
 * {"base64": ...}, one of unknown number called section_N; bytes that are not so
 * many sections are {"linlearn": 1, "base64": ...}.  Numbers that JSON does
 * not have are strings: "NaN", "Infinity", "-Infinity", "-0".
 */
#ifndef LINLEARN_FORMATS_MODEL_JSON_H
#define LINLEARN_FORMATS_MODEL_JSON_H

#include "core/base/runtime.h"

#define MODEL_JSON_VERSION 1

/*
 * Writes bytes that model_decode() takes as JSON in UTF-8, ascii: without any
 * character beyond ASCII.  *text is allocated from runtime.
 */
extern Status model_json_write(const uint8_t *bytes, size_t size, bool ascii,
							   const Runtime *runtime, char **text,
							   size_t *length, Failure *failure);

/*
 * Reads JSON in UTF-8 into bytes, which model_decode() has then taken.
 * LL_MALFORMED for any other text.
 */
extern Status model_json_read(const char *text, size_t length,
							  const Runtime *runtime, uint8_t **bytes,
							  size_t *size, Failure *failure);

#endif
