/*
 * label_codes.h
 *		Labels of any type as 64-bit codes.
 *
 * An aggregate over (actual, predicted) meets two SQL types that need not be
 * the same: a smallint label beside the float8 of linlearn_predict or the text
 * of linlearn_predict_label.  A LabelSpace gives both sides' labels codes of
 * one space, so that equal labels have equal codes:
 *
 *   integers and booleans   the value
 *   with a float or numeric the bits of the double
 *   enums                   the value's oid
 *   text                    the place in a dictionary of byte strings
 *   any other type          the place in a dictionary, by the type's equality
 *
 * Text beside another type is read by that type's input function, once for
 * each distinct text; the texts that models hold are read the same in every
 * session (label_text.h).
 */
#ifndef LINLEARN_PG_LABEL_CODES_H
#define LINLEARN_PG_LABEL_CODES_H

#include "linlearn.h"

#include "pg/label_dictionary.h"
#include "pg/state_bytes.h"
#include "utils/typcache.h"

typedef enum SpaceKind
{
	SPACE_INTEGER,
	SPACE_FLOAT,
	SPACE_ENUM,
	SPACE_TEXT,
	SPACE_OTHER
} SpaceKind;

/* How a side's datum is read. */
typedef enum SideReader
{
	READ_BOOLEAN,
	READ_INT2,
	READ_INT4,
	READ_INT8,
	READ_FLOAT4,
	READ_FLOAT8,
	READ_NUMERIC,
	READ_ENUM,
	READ_VARLENA_TEXT,
	READ_PADDED_TEXT,
	READ_NAME_TEXT,
	READ_OTHER
} SideReader;

typedef struct LabelSpace
{
	MemoryContext context;
	Oid types[2]; /* actual, predicted */
	SpaceKind kind;
	SideReader readers[2];
	bool parsed[2]; /* text to be read as the other side's type */
	Oid type;		/* the type of the labels */
	int16 type_length;
	bool type_by_value;
	Oid collation;
	FmgrInfo input; /* of type, when a side is parsed */
	Oid input_parameter;
	TypeCacheEntry *cache;
	LabelDictionary dictionary; /* SPACE_TEXT and SPACE_OTHER */
	LabelDictionary texts;		/* of a parsed side, with their codes */
} LabelSpace;

/* Opens a space for these argument types; an error if they do not compare. */
extern void label_space_init(LabelSpace *space, MemoryContext context,
							 Oid actual, Oid predicted, Oid collation);

/* The code of side's (0: actual, 1: predicted) label, by the slow ways. */
extern int64 label_code_slow(LabelSpace *space, int side, Datum label);

/* The code of a label given as text; false if it is no label of the type. */
extern bool label_code_of_text(LabelSpace *space, const char *text,
							   int64 *code);

/* The label of a code as text: true and false for booleans. */
extern char *label_name(LabelSpace *space, int64 code);

/* The order of two codes' labels: the type's own. */
extern int label_compare(LabelSpace *space, int64 left, int64 right);

/* Writes and reads a space with its dictionary. */
extern void label_space_write(LabelSpace *space, StringInfo out);
extern void label_space_read(LabelSpace *space, MemoryContext context,
							 StateReader *reader);

/* The code in `space` of what is `code` in `other`. */
extern int64 label_code_translate(LabelSpace *space, LabelSpace *other,
								  int64 code);

/* True if type is boolean, an integer, a float or numeric. */
extern bool type_is_number(Oid type);

/* The double of a datum of such a type. */
extern double number_to_double(Oid type, Datum value);

/* The argument's type, domains looked through. */
extern Oid argument_base_type(FunctionCallInfo fcinfo, int argument);

/* The code of an integer, as the space's kind wants it. */
static inline int64
integer_code(const LabelSpace *space, int64 value)
{
	double number = (double) value;
	int64 code;

	if (space->kind == SPACE_INTEGER)
		return value;
	memcpy(&code, &number, sizeof(code));
	return code;
}

/* The code of side's label. */
static inline int64
label_code(LabelSpace *space, int side, Datum label)
{
	switch (space->readers[side])
	{
		case READ_BOOLEAN:
			return integer_code(space, DatumGetBool(label));
		case READ_INT2:
			return integer_code(space, DatumGetInt16(label));
		case READ_INT4:
			return integer_code(space, DatumGetInt32(label));
		case READ_INT8:
			return integer_code(space, DatumGetInt64(label));
		default:
			return label_code_slow(space, side, label);
	}
}

#endif
