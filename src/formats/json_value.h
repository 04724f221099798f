/*
 * json_value.h
 *		Values inside a JSON text, found without a copy of it.
 *
 * A value is the part of the text that it is spelt by.  Nothing is checked until
 * it is asked for, but that strings and brackets end.
 */
#ifndef LINLEARN_FORMATS_JSON_VALUE_H
#define LINLEARN_FORMATS_JSON_VALUE_H

#include "core/base/runtime.h"
#include "core/model/model_writer.h"

/* Deepest nesting that is read. */
#define JSON_MOST_DEPTH 32

typedef struct JsonValue
{
	const char *at; /* NULL: there is none */
	const char *end;
} JsonValue;

/* A member of an object; its name as spelt, without the quotes. */
typedef struct JsonMember
{
	JsonValue name;
	JsonValue value;
	bool taken; /* by whoever reads the object */
} JsonMember;

/* Goes through the values of an array, or the members of an object. */
typedef struct JsonWalk
{
	const char *at;
	const char *end;
	const Runtime *runtime; /* NULL: nobody interrupts */
	char closing;
	bool first;
	bool broken;  /* what stands there is no JSON */
	size_t steps; /* since the beginning, for who may be interrupted */
} JsonWalk;

/*
 * The one value that a text is, without blanks around it; false: it is none, or
 * the runtime (NULL: none) has been interrupted.
 */
extern bool json_value_of(const char *text, size_t size,
						  const Runtime *runtime, JsonValue *value);

/* Begins at the bracket of an array or object; false: it is not that. */
extern bool json_walk_begin(JsonWalk *walk, JsonValue value, char opening,
							const Runtime *runtime);

/* The next value of an array; false at its end, or if it is broken. */
extern bool json_walk_item(JsonWalk *walk, JsonValue *item);

/* The next member of an object, likewise. */
extern bool json_walk_member(JsonWalk *walk, JsonMember *member);

/* Whether a member is called so. */
extern bool json_member_is(const JsonMember *member, const char *name);

/* Reads a number; false: it is none, or none that a double holds. */
extern bool json_value_number(JsonValue value, double *number);

/* Reads a whole number that is not negative. */
extern bool json_value_whole(JsonValue value, uint64_t *number);

/* Whether it is this word, as true. */
extern bool json_value_is_word(JsonValue value, const char *word);

/* Whether it is a string. */
extern bool json_value_is_string(JsonValue value);

/*
 * Appends the characters of a string, in UTF-8 without a zero; false: it is no
 * string of such.
 */
extern bool json_value_string(JsonValue value, Writer *out);

/* Whether it is the string of these letters, none of which is escaped. */
extern bool json_value_is_text(JsonValue value, const char *text);

/*
 * Writes characters as a string, those beyond ASCII as \u escapes if so asked;
 * they are UTF-8.
 */
extern void json_put_string(Writer *out, const char *text, size_t size,
							bool ascii);

/* Writes a number by the fewest digits that read back as it, NaN as "NaN". */
extern void json_put_number(Writer *out, double number);

/* Writes text as it is. */
extern void json_put(Writer *out, const char *text);

#endif
