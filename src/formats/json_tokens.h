/*
 * json_tokens.h
 *		The tokens of JSON: strings, numbers, values that are passed over.
 */
#ifndef LINLEARN_FORMATS_JSON_TOKENS_H
#define LINLEARN_FORMATS_JSON_TOKENS_H

#include "formats/json_lines.h"

/* Longest member name that means anything here, and one more. */
#define JSON_NAME_SIZE 16

/* Reports what stands at a place instead of what should. */
extern Status json_fail_expected(const JsonReader *reader, const char *what,
								 Failure *failure);

/* Passes white space; in JSON Lines a line end is none. */
extern void json_skip_space(JsonReader *reader);

/* Passes one character if it is next. */
extern bool json_accept(JsonReader *reader, char c);

/* Passes one character that must be next; what names it. */
extern Status json_expect(JsonReader *reader, char c, const char *what,
						  Failure *failure);

/* Reads a string; of a long one only the start goes into name. */
extern Status json_read_string(JsonReader *reader, char name[JSON_NAME_SIZE],
							   Failure *failure);

/* Reads a number. */
extern Status json_read_number(JsonReader *reader, bool single, double *value,
							   Failure *failure);

/* Reads a number that must be an integer of 0 to maximum. */
extern Status json_read_integer(JsonReader *reader, double maximum,
								double *value, Failure *failure);

/* Passes any value. */
extern Status json_skip_value(JsonReader *reader, Failure *failure);

/*
 * Starts an object, where *first is true, or goes on to its next member, whose
 * value is next; false in *more at its end.
 */
extern Status json_next_member(JsonReader *reader, bool *first,
							   char name[JSON_NAME_SIZE], bool *more,
							   Failure *failure);

#endif
