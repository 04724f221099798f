/*
 * label_reader.c
 *		Labels of any SQL type as numbers.
 */
#include "pg/values/label_reader.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "core/base/hash.h"
#include "core/model/model.h"
#include "pg/base/text_encoding.h"
#include "pg/values/label_text.h"
#include "pg/values/numeric_double.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

bool
type_is_number(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return true;
		default:
			return false;
	}
}

double
number_to_double(Oid type, Datum value)
{
	switch (type)
	{
		case BOOLOID:
			return DatumGetBool(value);
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		default:
			return DatumGetFloat8(value);
	}
}

LabelKind
label_kind(const char *type_name)
{
	static const char *const numbers[] = {"smallint",		  "integer",
										  "bigint",			  "real",
										  "double precision", "numeric"};

	if (strcmp(type_name, "boolean") == 0)
		return LABEL_BOOLEAN;
	for (int i = 0; i < lengthof(numbers); i++)
		if (strcmp(type_name, numbers[i]) == 0)
			return LABEL_NUMBER;
	return LABEL_TEXT;
}

void
label_reader_init_kind(LabelReader *reader, LabelKind kind, Oid type,
					   const char *type_name, MemoryContext context)
{
	memset(reader, 0, sizeof(*reader));
	reader->type = type;
	reader->kind = kind;
	reader->context = context;
	label_dictionary_init(&reader->texts, context);
	label_dictionary_init(&reader->images, context);
	for (int i = 0; i < LABEL_HASHES; i++)
		reader->hashed[i].label = NAN;
	memcpy(reader->type_name, type_name,
		   pg_mbcliplen(type_name, (int) strlen(type_name),
						sizeof(reader->type_name) - 1));
}

void
label_reader_init(LabelReader *reader, Oid type, MemoryContext context)
{
	Oid base = getBaseType(type);
	char *name = label_type_name(base);

	label_reader_init_kind(reader, label_kind(name), base, name, context);
	pfree(name);
	get_typlenbyval(base, &reader->type_length, &reader->type_by_value);
}

/* What models keep of a new text. */
static KnownText
know_text(const LabelReader *reader, const char *text, Size size)
{
	const char *utf8 = is_ascii_text(text, size)
						   ? text
						   : utf8_of_server(pnstrdup(text, size), size);
	KnownText known = {0};

	if (GetDatabaseEncoding() != PG_UTF8 && utf8 != text)
	{
		known.utf8 = MemoryContextStrdup(reader->context, utf8);
		size = strlen(known.utf8);
	}
	known.hash = label_text_hash(utf8, size);
	return known;
}

/* Makes the code of a new text. */
static uint32
add_text(LabelReader *reader, uint32 hash, const char *text, Size size)
{
	uint32 code = reader->texts.count;
	KnownText known = {0};

	if (reader->compared)
	{
		label_dictionary_add(&reader->texts, hash, text, size);
		return code;
	}
	if (size > MODEL_MAX_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a label of %zu bytes is too long", size),
				 errdetail("A label has at most %d bytes.", MODEL_MAX_TEXT)));
	known = know_text(reader, text, size);
	/* Room doubles at every power of two. */
	if (code == 0)
		reader->known = MemoryContextAlloc(reader->context, sizeof(KnownText));
	else if ((code & (code - 1)) == 0)
		reader->known =
			repalloc_huge(reader->known, 2 * code * sizeof(KnownText));
	reader->known[code] = known;
	label_dictionary_add(&reader->texts, hash, text, size);
	return code;
}

uint32
label_reader_bytes_code(LabelReader *reader, const char *text, Size size)
{
	uint32 hash = label_bytes_hash(text, size);
	const LabelEntry *entry =
		label_dictionary_find(&reader->texts, hash, text, size, NULL, NULL);

	return entry != NULL ? (uint32) entry->code
						 : add_text(reader, hash, text, size);
}

uint32
label_reader_code(LabelReader *reader, const char *text)
{
	return label_reader_bytes_code(reader, text, strlen(text));
}

uint64
label_reader_hash(LabelReader *reader, double label)
{
	double shifted = label + 0x1.8p52;
	uint64 at;

	if (reader->kind == LABEL_TEXT)
		return reader->known[(uint32) label].hash;
	/* Now the nearest whole number is in the last bits. */
	memcpy(&at, &shifted, sizeof(at));
	at %= LABEL_HASHES;
	if (reader->hashed[at].label != label)
	{
		reader->hashed[at].label = label;
		reader->hashed[at].hash = hash64_number(label);
	}
	return reader->hashed[at].hash;
}

/* A numeric's text: that of the number a model takes it for, if it may. */
static char *
text_of_numeric(Datum value)
{
	double number = numeric_double(value);

	if (isfinite(number) && fabs(number) < (double) EXACT_INTEGER)
		return label_number_text(number + 0.0, false);
	return label_text_of(NUMERICOID,
						 DirectFunctionCall1(numeric_trim_scale, value));
}

/*
 * Output functions, under fixed settings at that, are slow: they are asked once
 * for each distinct value, that is each distinct image in memory, which may be
 * more than there are texts.
 */
uint32
label_reader_value_code(LabelReader *reader, Datum value)
{
	const char *bytes = DatumGetPointer(value);
	Size size;
	uint32 hash, code;
	const LabelEntry *entry;

	if (reader->type_by_value)
	{
		bytes = (const char *) &value;
		size = sizeof(Datum);
	}
	else if (reader->type_length == -1)
	{
		bytes = (const char *) PG_DETOAST_DATUM(value);
		size = VARSIZE(bytes);
		value = PointerGetDatum(bytes);
	}
	else
		size = reader->type_length == -2 ? strlen(bytes) + 1
										 : (Size) reader->type_length;
	hash = label_bytes_hash(bytes, size);
	entry =
		label_dictionary_find(&reader->images, hash, bytes, size, NULL, NULL);
	if (entry != NULL)
		return (uint32) entry->code;
	code = label_reader_code(reader, reader->type == NUMERICOID
										 ? text_of_numeric(value)
										 : label_text_of(reader->type, value));
	label_dictionary_add(&reader->images, hash, bytes, size)->code = code;
	return code;
}

Datum
label_reader_datum(const LabelReader *reader, const char *bytes)
{
	Datum value;

	if (!reader->type_by_value)
		return PointerGetDatum(bytes);
	memcpy(&value, bytes, sizeof(value));
	return value;
}

const char **
label_reader_values(const LabelReader *reader)
{
	const char **values = MemoryContextAllocExtended(
		CurrentMemoryContext, Max(reader->texts.count, 1) * sizeof(char *),
		MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (uint32 i = 0; i < reader->images.count; i++)
	{
		const LabelEntry *image = &reader->images.entries[i];

		if (values[image->code] == NULL)
			values[image->code] = image->bytes;
	}
	return values;
}

/* The code of a value that is known by its text. */
static uint32
read_code(LabelReader *reader, Datum value)
{
	const text *string;

	switch (reader->type)
	{
		case TEXTOID:
		case VARCHAROID:
			string = DatumGetTextPP(value);
			return label_reader_bytes_code(reader, VARDATA_ANY(string),
										   VARSIZE_ANY_EXHDR(string));
		default:
			return label_reader_value_code(reader, value);
	}
}

/* Refuses a number that as a double may be another one. */
static void
report_inexact(const char *label)
{
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("label %s is too large", label),
					errdetail("Numbers as labels lie between -2^53 and 2^53."),
					errhint("Cast the label to text to have it as a class.")));
}

static double
read_bigint(int64 value)
{
	if (value > EXACT_INTEGER || value < -EXACT_INTEGER)
		report_inexact(psprintf(INT64_FORMAT, value));
	return (double) value;
}

/* A numeric; as a class it must be exact, as a target it is rounded. */
static double
read_numeric(const LabelReader *reader, Datum value)
{
	double number = numeric_double(value);

	if (reader->classes && isfinite(number) &&
		fabs(number) >= (double) EXACT_INTEGER)
		report_inexact(
			DatumGetCString(DirectFunctionCall1(numeric_out, value)));
	return number;
}

bool
label_reader_read(LabelReader *reader, Datum value, double *label,
				  uint64 *hash)
{
	if (reader->kind == LABEL_TEXT)
		*label = read_code(reader, value);
	else if (reader->type == INT8OID)
		*label = read_bigint(DatumGetInt64(value));
	else if (reader->type == NUMERICOID)
		*label = read_numeric(reader, value);
	else
		*label = number_to_double(reader->type, value);
	*label += 0.0; /* -0 is 0 */
	if (!isfinite(*label))
		return false;
	if (hash != NULL)
		*hash = label_reader_hash(reader, *label);
	return true;
}

const char *
label_reader_utf8(const LabelReader *reader, uint32 code)
{
	const char *utf8 = reader->known[code].utf8;

	return utf8 != NULL ? utf8 : label_reader_known(reader, code);
}

int
label_reader_compare(const LabelReader *reader, uint32 a, uint32 b)
{
	int order;

	if (label_enum_compare(reader->type, label_reader_known(reader, a),
						   label_reader_known(reader, b), &order))
		return order;
	return strcmp(label_reader_utf8(reader, a), label_reader_utf8(reader, b));
}

char *
label_reader_text(const LabelReader *reader, double label)
{
	if (reader->kind == LABEL_TEXT)
		return pstrdup(label_reader_known(reader, (uint32) label));
	if (reader->kind == LABEL_BOOLEAN)
		return pstrdup(label != 0 ? "true" : "false");
	return label_number_text(label, strcmp(reader->type_name, "real") == 0);
}
