/*
 * json_lines.h
 *		Requests in JSON, as SageMaker's endpoints take them.
 *
 * A document is {"instances": [instance, ...]}; JSON Lines are one instance a
 * line.  An instance is {"features": row} or {"data": {"features": row}}, and
 * a row is [1.5, 16, ...] or {"values": [...]}, sparse {"keys": [...], "shape":
 * [n], "values": [...]}.  Members may stand in any order, unknown ones are
 * passed over, of equal ones the last counts.
 *
 * A reader of its own, since numbers go from text to double in one step here:
 * a general parser would build a tree with a decimal number a pixel.
 */
#ifndef LINLEARN_FORMATS_JSON_LINES_H
#define LINLEARN_FORMATS_JSON_LINES_H

#include "formats/sample.h"
#include "formats/text_cursor.h"

/* Arrays and objects inside each other, in members that are passed over. */
#define JSON_MAX_DEPTH 64

typedef struct JsonReader
{
	TextCursor cursor;
	bool lines;	 /* JSON Lines, else one document */
	bool single; /* round values to float */
	bool started;
	bool inside;	   /* document: in the array of instances */
	uint64_t instance; /* the one being read, from 1 */
	Sample sample;
} JsonReader;

/* Starts to read; the bytes must outlive the reader. */
extern void json_init(JsonReader *reader, const Runtime *runtime,
					  const void *bytes, size_t size, bool lines, bool single);

/*
 * Reads the next instance into sample; false in *found at the end.  A document
 * without "instances" is LL_MALFORMED, as is all that is not JSON (RFC 8259)
 * or not of the shape above; the message names instance, line and column.
 */
extern Status json_next(JsonReader *reader, bool *found, Failure *failure);

#endif
