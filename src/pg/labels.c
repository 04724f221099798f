/*
 * labels.c
 *		Labels of any SQL type as numbers.
 */
#include "pg/labels.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "core/model.h"
#include "pg/label_text.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

typedef struct LabelEntry
{
	uint64 hash;				/* key */
	uint32 code;
} LabelEntry;

/* Largest whole number that a double holds exactly. */
#define EXACT_INTEGER ((int64) 1 << 53)

static uint64
text_hash(const char *text)
{
	return hash64_bytes(text, strlen(text), UINT64_C(0x6c6162656c));
}

LabelKind
label_kind(const char *type_name)
{
	static const char *const numbers[] = {"smallint", "integer", "bigint",
										  "real", "double precision",
										  "numeric"};

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
	for (int i = 0; i < LABEL_HASHES; i++)
		reader->hashed[i].label = NAN;
	strlcpy(reader->type_name, type_name, sizeof(reader->type_name));
}

void
label_reader_init(LabelReader *reader, Oid type, MemoryContext context)
{
	Oid base = getBaseType(type);
	char *name = format_type_be(base);
	LabelKind kind = label_kind(name);
	Oid output;
	bool varlena;

	label_reader_init_kind(reader, kind, base == UNKNOWNOID ? TEXTOID : base,
						   name, context);
	pfree(name);
	if (kind == LABEL_TEXT && base != UNKNOWNOID)
	{
		getTypeOutputInfo(type, &output, &varlena);
		fmgr_info_cxt(output, &reader->output, context);
	}
}

/* Makes the hash table of texts. */
static void
create_dictionary(LabelReader *reader)
{
	HASHCTL control;

	memset(&control, 0, sizeof(control));
	control.keysize = sizeof(uint64);
	control.entrysize = sizeof(LabelEntry);
	control.hcxt = reader->context;
	reader->codes = hash_create("linlearn labels", 64, &control,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

uint32
label_reader_code(LabelReader *reader, const char *text)
{
	uint64 hash = text_hash(text);
	LabelEntry *entry;
	bool found;

	if (reader->codes == NULL)
		create_dictionary(reader);
	entry = hash_search(reader->codes, &hash, HASH_ENTER, &found);
	if (found)
		return entry->code;
	if (strlen(text) > MODEL_MAX_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a label of %zu bytes is too long", strlen(text)),
				 errdetail("A label has at most %d bytes.", MODEL_MAX_TEXT)));
	if (reader->count == reader->capacity)
	{
		uint32 capacity = reader->capacity * 2 + 16;
		const char **texts = MemoryContextAllocHuge(
			reader->context, capacity * sizeof(char *));
		uint64 *hashes = MemoryContextAllocHuge(reader->context,
												capacity * sizeof(uint64));

		if (reader->count > 0)
		{
			memcpy(texts, reader->texts, reader->count * sizeof(char *));
			memcpy(hashes, reader->hashes, reader->count * sizeof(uint64));
			pfree(reader->texts);
			pfree(reader->hashes);
		}
		reader->texts = texts;
		reader->hashes = hashes;
		reader->capacity = capacity;
	}
	entry->code = reader->count;
	reader->texts[reader->count] = MemoryContextStrdup(reader->context, text);
	reader->hashes[reader->count] = hash;
	return reader->count++;
}

uint64
label_reader_hash(LabelReader *reader, double label)
{
	double shifted = label + 0x1.8p52;
	uint64 at;

	if (reader->kind == LABEL_TEXT)
		return reader->hashes[(uint32) label];
	/* Now the nearest whole number is in the last bits. */
	memcpy(&at, &shifted, sizeof(at));
	at %= LABEL_HASHES;
	if (reader->hashed[at].label != label)
	{
		reader->hashed[at].label = label;
		reader->hashed[at].hash =
			hash64_bytes(&label, sizeof(label), UINT64_C(0x6e756d626572));
	}
	return reader->hashed[at].hash;
}

/* A value as the text it has when it is cast to text, with DateStyle ISO. */
static const char *
read_text(LabelReader *reader, Datum value)
{
	char *text;

	if (!OidIsValid(reader->output.fn_oid))
		return DatumGetCString(value);
	text = label_time_text(reader->type, value);
	if (text != NULL)
		return text;
	text = OutputFunctionCall(&reader->output, value);
	/* A char(n) is printed with blanks that are no part of it. */
	if (reader->type == BPCHAROID)
		text[bpchartruelen(text, (int) strlen(text))] = '\0';
	return text;
}

/* Refuses a number that as a double may be another one. */
static void
report_inexact(const char *label)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
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
	double number = DatumGetFloat8(
		DirectFunctionCall1(numeric_float8_no_overflow, value));

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
	switch (reader->type)
	{
		case BOOLOID:
			*label = DatumGetBool(value) ? 1.0 : 0.0;
			break;
		case INT2OID:
			*label = DatumGetInt16(value);
			break;
		case INT4OID:
			*label = DatumGetInt32(value);
			break;
		case INT8OID:
			*label = read_bigint(DatumGetInt64(value));
			break;
		case FLOAT4OID:
			*label = DatumGetFloat4(value);
			break;
		case FLOAT8OID:
			*label = DatumGetFloat8(value);
			break;
		case NUMERICOID:
			*label = read_numeric(reader, value);
			break;
		default:
			*label = label_reader_code(reader, read_text(reader, value));
			break;
	}
	*label += 0.0;				/* -0 is 0 */
	if (!isfinite(*label))
		return false;
	*hash = label_reader_hash(reader, *label);
	return true;
}

char *
label_reader_text(const LabelReader *reader, double label)
{
	char *buffer;

	if (reader->kind == LABEL_TEXT)
		return pstrdup(reader->texts[(uint32) label]);
	if (reader->kind == LABEL_BOOLEAN)
		return pstrdup(label != 0 ? "true" : "false");
	if (label == floor(label) && fabs(label) <= (double) EXACT_INTEGER)
		return psprintf(INT64_FORMAT, (int64) label);
	buffer = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
	/* A real's own digits: 0.1, not 0.10000000149011612. */
	if (strcmp(reader->type_name, "real") == 0)
		float_to_shortest_decimal_buf((float) label, buffer);
	else
		double_to_shortest_decimal_buf(label, buffer);
	return buffer;
}
