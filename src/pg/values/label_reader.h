/*
 * label_reader.h
 *		Labels of any SQL type as numbers, and the dictionary of a classifier.
 *
 * Booleans and numbers stand for themselves; any other type is known by its text
 * and gets a code in order of appearance: two labels are one when their texts
 * are, whatever the type's equality is, in trainings as in metrics.  The hash of
 * a label depends on its value only, so that rows keep their canonical order
 * whatever codes they got.
 */
#ifndef LINLEARN_PG_VALUES_LABEL_READER_H
#define LINLEARN_PG_VALUES_LABEL_READER_H

#include "pg/base/version.h"

#include "core/base/hash.h"
#include "core/model/model.h"
#include "pg/values/label_dictionary.h"

typedef enum LabelKind
{
	LABEL_BOOLEAN,
	LABEL_NUMBER,
	LABEL_TEXT
} LabelKind;

/* Labels whose hashes are kept: most tables have few. */
#define LABEL_HASHES 16

/* What else is known of a text of the dictionary. */
typedef struct KnownText
{
	uint64 hash;	  /* of the UTF-8 */
	const char *utf8; /* as models keep it; NULL: as it is */
} KnownText;

typedef struct LabelReader
{
	Oid type; /* a domain's base type */
	LabelKind kind;
	bool classes;  /* labels are told apart, not predicted */
	bool compared; /* labels are for comparing, not for a model */
	char type_name[MODEL_NAME_SIZE];
	int16 type_length; /* LABEL_TEXT */
	bool type_by_value;
	MemoryContext context;	/* of the dictionaries */
	LabelDictionary texts;	/* LABEL_TEXT: the code's entries */
	LabelDictionary images; /* values as they are stored, to codes */
	KnownText *known;		/* by code */
	struct
	{
		double label;
		uint64 hash;
	} hashed[LABEL_HASHES]; /* numbers seen last, by some of their bits */
} LabelReader;

/* The text of a code. */
static inline const char *
label_reader_known(const LabelReader *reader, uint32 code)
{
	return reader->texts.entries[code].bytes;
}

/* The hash of a label that is a text; that of a number is hash64_number(). */
static inline uint64
label_text_hash(const char *utf8, Size size)
{
	return hash64_bytes(utf8, size, UINT64_C(0x6c6162656c));
}

/* True if type is boolean, an integer, a float or numeric. */
extern bool type_is_number(Oid type);

/* The double of a datum of such a type. */
extern double number_to_double(Oid type, Datum value);

/* The kind of a type, by the name that models keep. */
extern LabelKind label_kind(const char *type_name);

/* Chooses how to read a type; a domain is read as its base type. */
extern void label_reader_init(LabelReader *reader, Oid type,
							  MemoryContext context);

/* Makes a reader that knows its kind by other means (a serialised state). */
extern void label_reader_init_kind(LabelReader *reader, LabelKind kind,
								   Oid type, const char *type_name,
								   MemoryContext context);

/* A label as a number; false when it is NaN or infinite.  hash may be NULL. */
extern bool label_reader_read(LabelReader *reader, Datum value, double *label,
							  uint64 *hash);

/* The code of a text, made if it is new. */
extern uint32 label_reader_code(LabelReader *reader, const char *text);
extern uint32 label_reader_bytes_code(LabelReader *reader, const char *text,
									  Size size);

/* The code of a value of the reader's type, whose labels are texts. */
extern uint32 label_reader_value_code(LabelReader *reader, Datum value);

/*
 * A value of each code, as an array, NULL for codes that came as texts; it is
 * right up to the next label that is read.
 */
extern const char **label_reader_values(const LabelReader *reader);

/* The value that bytes of such an array are. */
extern Datum label_reader_datum(const LabelReader *reader, const char *bytes);

/* The hash of a label that has been read. */
extern uint64 label_reader_hash(LabelReader *reader, double label);

/* A text as models keep it, in UTF-8. */
extern const char *label_reader_utf8(const LabelReader *reader, uint32 code);

/* The order of two codes: that of an enum, else of the UTF-8's bytes. */
extern int label_reader_compare(const LabelReader *reader, uint32 a, uint32 b);

/* A label as text, as its type's cast to text has it: char(n) unpadded. */
extern char *label_reader_text(const LabelReader *reader, double label);

#endif
