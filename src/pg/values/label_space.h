/*
 * label_space.h
 *		Labels of two sides as 64-bit codes of one space.
 *
 * An aggregate over (actual, predicted) meets two SQL types that need not be
 * the same: a smallint label beside the float8 of linlearn_predict or the text
 * of linlearn_predict_label.  A LabelSpace gives both sides' labels codes of
 * one space, so that equal labels have equal codes:
 *
 *   integers and booleans   the value
 *   with a float or numeric the bits of the double
 *   text, any other type    the code that a LabelReader gives its text
 *
 * Text beside another type is read by that type's input function, once for
 * each distinct text; the texts that models hold are read the same in every
 * session (label_text.h).
 */
#ifndef LINLEARN_PG_VALUES_LABEL_SPACE_H
#define LINLEARN_PG_VALUES_LABEL_SPACE_H

#include "pg/base/version.h"

#include "pg/base/state_bytes.h"
#include "pg/values/label_reader.h"
#include "utils/typcache.h"

/* Types whose values anybody's bytes may hold: booleans, numbers, text. */
extern bool label_type_is_plain(Oid type);

/* Raises an error where states of different types of labels meet. */
extern void label_types_must_agree(const Oid into[2], const Oid from[2]);

typedef enum SpaceKind
{
	SPACE_INTEGER,
	SPACE_FLOAT,
	SPACE_TEXT,
	SPACE_OTHER
} SpaceKind;

/* What a side's datum is. */
typedef enum SideType
{
	SIDE_BOOLEAN,
	SIDE_INT2,
	SIDE_INT4,
	SIDE_INT8,
	SIDE_FLOAT4,
	SIDE_FLOAT8,
	SIDE_NUMERIC,
	SIDE_VARLENA_TEXT,
	SIDE_PADDED_TEXT,
	SIDE_NAME_TEXT,
	SIDE_OTHER
} SideType;

typedef struct LabelSpace
{
	MemoryContext context;
	Oid types[2]; /* actual, predicted */
	SpaceKind kind;
	SideType sides[2];
	bool parsed[2]; /* text to be read as the other side's type */
	Oid type;		/* the type of the labels */
	Oid collation;
	FmgrInfo input; /* of type, when a side is parsed */
	Oid input_parameter;
	TypeCacheEntry *cache;
	LabelReader reader;		/* SPACE_TEXT and SPACE_OTHER */
	LabelDictionary parses; /* texts of a parsed side, with their codes */
	const char **values;	/* by code, for the order; of so many codes */
	uint32 value_count;
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

/* The order of two codes' labels: the type's own, else that of their bytes. */
extern int label_compare(LabelSpace *space, int64 left, int64 right);

/* Whether a code is that of a label that the space has met. */
extern bool label_code_is_known(const LabelSpace *space, int64 code);

/* Writes and reads a space with its dictionary. */
extern void label_space_write(LabelSpace *space, StringInfo out);
extern void label_space_read(LabelSpace *space, MemoryContext context,
							 StateReader *reader);

/* The code in `space` of what is `code` in `other`. */
extern int64 label_code_translate(LabelSpace *space, LabelSpace *other,
								  int64 code);

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
	switch (space->sides[side])
	{
		case SIDE_BOOLEAN:
			return integer_code(space, DatumGetBool(label));
		case SIDE_INT2:
			return integer_code(space, DatumGetInt16(label));
		case SIDE_INT4:
			return integer_code(space, DatumGetInt32(label));
		case SIDE_INT8:
			return integer_code(space, DatumGetInt64(label));
		default:
			return label_code_slow(space, side, label);
	}
}

#endif
