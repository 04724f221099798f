/*
 * json_form.h
 *		One description of bytes for both ways between them and JSON.
 *
 * What describes a section calls these functions in the order of its bytes.  To
 * JSON each takes a value from the bytes and writes it; from JSON each finds the
 * member, whatever the order in the text, checks it and puts its bytes.  After a
 * failure nothing is done any more.
 */
#ifndef LINLEARN_FORMATS_JSON_FORM_H
#define LINLEARN_FORMATS_JSON_FORM_H

#include "core/model/model_reader.h"
#include "formats/json_value.h"

/* Objects and arrays inside each other; members of an object. */
#define FORM_DEPTH 8
#define FORM_MEMBERS 64

/* An object or array at work. */
typedef struct FormLevel
{
	bool array;
	bool empty; /* to JSON: nothing has been written into it */
	/* From JSON: */
	JsonWalk items;
	JsonMember members[FORM_MEMBERS];
	uint32_t member_count;
} FormLevel;

typedef struct Form
{
	const Runtime *runtime;
	bool to_json;
	bool ascii; /* to JSON: what is beyond is escaped */
	Reader *source;
	Writer *text;
	Writer *target; /* from JSON */
	JsonValue root;
	const char *section; /* for messages */
	Failure *failure;
	bool failed;
	int depth;
	FormLevel levels[FORM_DEPTH];
} Form;

/*
 * Begins and ends an object: a member, or without a name an item of the array at
 * work, or the root.  From JSON all of its members must have been taken.
 */
extern void form_object(Form *form, const char *name);
extern void form_end_object(Form *form);

/* Begins and ends an array of count items. */
extern void form_array(Form *form, const char *name, uint32_t count);
extern void form_end_array(Form *form);

/* A count in the bytes, which from JSON is that of an array's items. */
extern uint32_t form_count(Form *form, const char *name);

/* Such a count, and the beginning of the array. */
extern uint32_t form_list(Form *form, const char *name);

/* Numbers. */
extern uint32_t form_u32(Form *form, const char *name);
extern uint64_t form_u64(Form *form, const char *name);
extern uint64_t form_varint(Form *form, const char *name);
extern double form_f64(Form *form, const char *name);

/* A whole number of 32 bits, from -2^31 on. */
extern int32_t form_i32(Form *form, const char *name);

/* One of 64 bits as hexadecimal digits. */
extern void form_hex(Form *form, const char *name);

/* true or false, of 32 bits. */
extern bool form_flag(Form *form, const char *name);

/* The place of a word in a list of them, which NULL ends. */
extern uint32_t form_choice(Form *form, const char *name,
							const char *const *words);

/* A text and its length. */
extern void form_text(Form *form, const char *name);

/* An array of so many numbers; of a count in the bytes; of all that is left. */
extern void form_f64s(Form *form, const char *name, size_t count);
extern uint32_t form_f64_list(Form *form, const char *name);
extern void form_f64_rest(Form *form, const char *name);

/* Whether a member is there; from JSON only. */
extern bool form_has(Form *form, const char *name);

/* Takes a member or item, which must be there; from JSON only. */
extern JsonValue form_take(Form *form, const char *name);

/* Begins a value; to JSON only. */
extern void form_begin(Form *form, const char *name);

/* Fails where the bytes ended; where the host wants to stop or has no memory. */
extern void form_check_source(Form *form, const char *name);
extern void form_look_around(Form *form, size_t step);

/* Says what is wrong with a member. */
extern void form_refuse(Form *form, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
