/*
 * label_codes.c
 *		Labels of any type as 64-bit codes.
 */
#include "pg/label_codes.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

/* Slots of a new dictionary, a power of two. */
#define FIRST_SLOTS 16

/* Slots that are not doubled again. */
#define MAX_SLOTS (UINT32_C(1) << 30)

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

Oid
argument_base_type(FunctionCallInfo fcinfo, int argument)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);

	if (!OidIsValid(type))
		ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_DATATYPE),
						errmsg("could not determine the type of argument %d",
							   argument)));
	return getBaseType(type);
}

static bool
type_is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID ||
		   type == NAMEOID || type == UNKNOWNOID || type == CSTRINGOID;
}

/* How labels of a type are read. */
static LabelReader
reader_of_type(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return READ_BOOLEAN;
		case INT2OID:
			return READ_INT2;
		case INT4OID:
			return READ_INT4;
		case INT8OID:
			return READ_INT8;
		case FLOAT4OID:
			return READ_FLOAT4;
		case FLOAT8OID:
			return READ_FLOAT8;
		case NUMERICOID:
			return READ_NUMERIC;
		case TEXTOID:
		case VARCHAROID:
			return READ_VARLENA_TEXT;
		case BPCHAROID:
			return READ_PADDED_TEXT;
		case NAMEOID:
		case UNKNOWNOID:
		case CSTRINGOID:
			return READ_NAME_TEXT;
		default:
			return type_is_enum(type) ? READ_ENUM : READ_OTHER;
	}
}

/* Choose the space's kind from its two types. */
static LabelKind
kind_of_types(Oid actual, Oid predicted)
{
	if (type_is_text(actual) && type_is_text(predicted))
		return LABEL_TEXT;
	/* Two numerics keep all their digits. */
	if (actual == NUMERICOID && predicted == NUMERICOID)
		return LABEL_OTHER;
	if (type_is_number(actual) && type_is_number(predicted))
	{
		bool whole = reader_of_type(actual) <= READ_INT8 &&
					 reader_of_type(predicted) <= READ_INT8;

		return whole ? LABEL_INTEGER : LABEL_FLOAT;
	}
	if (actual != predicted)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot compare actual labels of type %s with "
						"predicted labels of type %s",
						format_type_be(actual), format_type_be(predicted)),
				 errhint("Cast one of them to the other's type.")));
	return type_is_enum(actual) ? LABEL_ENUM : LABEL_OTHER;
}

/* Look up what a dictionary of other types needs, or say what is missing. */
static void
init_other_type(LabelSpace *space)
{
	space->cache = lookup_type_cache(
		space->type, TYPECACHE_HASH_PROC_FINFO | TYPECACHE_CMP_PROC_FINFO |
						 TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(space->cache->hash_proc_finfo.fn_oid) ||
		!OidIsValid(space->cache->eq_opr_finfo.fn_oid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("type %s cannot be a label",
							   format_type_be(space->type)),
						errdetail("It has no equality or no hash function."),
						errhint("Cast it to text.")));
}

void
label_space_init(LabelSpace *space, MemoryContext context, Oid actual,
				 Oid predicted, Oid collation)
{
	bool actual_text = type_is_text(actual);
	bool predicted_text = type_is_text(predicted);

	memset(space, 0, sizeof(*space));
	space->context = context;
	space->types[0] = actual;
	space->types[1] = predicted;
	space->parsed[0] = actual_text && !predicted_text;
	space->parsed[1] = predicted_text && !actual_text;
	space->readers[0] = reader_of_type(actual);
	space->readers[1] = reader_of_type(predicted);
	space->type = space->parsed[0] ? predicted : actual;
	space->kind =
		kind_of_types(space->type, space->parsed[1] ? actual : predicted);
	if (space->kind == LABEL_TEXT)
		space->type = TEXTOID;
	get_typlenbyval(space->type, &space->type_length, &space->type_by_value);
	space->collation = collation;
	if (!OidIsValid(collation) && OidIsValid(get_typcollation(space->type)))
		space->collation = DEFAULT_COLLATION_OID;
	if (space->kind == LABEL_OTHER)
	{
		space->readers[space->parsed[0]] = READ_OTHER;
		if (!space->parsed[0] && !space->parsed[1])
			space->readers[1] = READ_OTHER;
		init_other_type(space);
	}
	else if (space->kind == LABEL_TEXT)
		space->cache = lookup_type_cache(TEXTOID, TYPECACHE_CMP_PROC_FINFO);
	if (space->parsed[0] || space->parsed[1])
	{
		Oid function;

		getTypeInputInfo(space->type, &function, &space->input_parameter);
		fmgr_info_cxt(function, &space->input, context);
	}
}

/* The bits of a double, one for each value: no -0, one NaN. */
static int64
float_code(double value)
{
	int64 code;

	value = isnan(value) ? get_float8_nan() : value + 0.0;
	memcpy(&code, &value, sizeof(code));
	return code;
}

/* Rebuild the slots for the next power of two. */
static void
dictionary_grow(LabelDictionary *dictionary, MemoryContext context)
{
	uint32 slot_count = Max(FIRST_SLOTS, dictionary->slot_count * 2);
	Size size = slot_count / 2 * sizeof(LabelEntry);
	uint32 *slots;

	if (dictionary->slot_count >= MAX_SLOTS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many different labels")));
	slots = MemoryContextAllocExtended(context, slot_count * sizeof(uint32),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if (dictionary->slots == NULL)
		dictionary->entries = MemoryContextAllocHuge(context, size);
	else
	{
		dictionary->entries = repalloc_huge(dictionary->entries, size);
		pfree(dictionary->slots);
	}
	for (uint32 i = 0; i < dictionary->count; i++)
	{
		uint32 at = dictionary->entries[i].hash & (slot_count - 1);

		while (slots[at] != 0)
			at = (at + 1) & (slot_count - 1);
		slots[at] = i + 1;
	}
	dictionary->slots = slots;
	dictionary->slot_count = slot_count;
}

/* A label's datum from its stored bytes. */
static Datum
bytes_to_datum(const LabelSpace *space, const char *bytes)
{
	Datum datum;

	if (!space->type_by_value)
		return PointerGetDatum(bytes);
	memcpy(&datum, bytes, sizeof(datum));
	return datum;
}

/* Whether an entry is this label. */
static bool
entry_equals(const LabelSpace *space, bool by_type, const LabelEntry *entry,
			 const char *bytes, Size size)
{
	if (!by_type)
		return entry->size == size && memcmp(entry->bytes, bytes, size) == 0;
	return DatumGetBool(FunctionCall2Coll(
		&space->cache->eq_opr_finfo, space->collation,
		bytes_to_datum(space, entry->bytes), bytes_to_datum(space, bytes)));
}

/*
 * Of equal labels that look different, as 1.5 and 1.50 do, keep the one whose
 * bytes come first, whatever the order of the rows.
 */
static void
keep_first_spelling(LabelSpace *space, LabelEntry *entry, const char *bytes,
					Size size)
{
	int order = memcmp(bytes, entry->bytes, Min(size, entry->size));
	char *copy;

	if (order > 0 || (order == 0 && size >= entry->size))
		return;
	copy = MemoryContextAlloc(space->context, Max(size, 1));
	memcpy(copy, bytes, size);
	pfree(entry->bytes);
	entry->bytes = copy;
	entry->size = size;
}

/* Find or add a byte string (by_type: the bytes of a datum). */
static LabelEntry *
dictionary_find(LabelSpace *space, LabelDictionary *dictionary, bool by_type,
				const char *bytes, Size size, bool *added)
{
	uint32 hash = by_type
					  ? DatumGetUInt32(FunctionCall1Coll(
							&space->cache->hash_proc_finfo, space->collation,
							bytes_to_datum(space, bytes)))
					  : hash_bytes((const unsigned char *) bytes, (int) size);
	LabelEntry *entry;
	uint32 at;

	if ((dictionary->count + 1) * 2 > dictionary->slot_count)
		dictionary_grow(dictionary, space->context);
	at = hash & (dictionary->slot_count - 1);
	for (; dictionary->slots[at] != 0;
		 at = (at + 1) & (dictionary->slot_count - 1))
	{
		entry = &dictionary->entries[dictionary->slots[at] - 1];
		if (entry->hash == hash &&
			entry_equals(space, by_type, entry, bytes, size))
		{
			if (by_type)
				keep_first_spelling(space, entry, bytes, size);
			*added = false;
			return entry;
		}
	}
	entry = &dictionary->entries[dictionary->count];
	entry->bytes = MemoryContextAlloc(space->context, Max(size, 1));
	memcpy(entry->bytes, bytes, size);
	entry->size = size;
	entry->hash = hash;
	entry->code = dictionary->count;
	dictionary->slots[at] = ++dictionary->count;
	*added = true;
	return entry;
}

/* The code of a datum of any other type. */
static int64
other_code(LabelSpace *space, Datum label)
{
	bool added;
	const char *bytes = DatumGetPointer(label);
	Size size = sizeof(Datum);

	if (space->type_by_value)
		bytes = (const char *) &label;
	else if (space->type_length == -1)
	{
		bytes = (const char *) PG_DETOAST_DATUM(label);
		size = VARSIZE(bytes);
	}
	else
		size = space->type_length == -2 ? strlen(bytes) + 1
										: (Size) space->type_length;
	return dictionary_find(space, &space->dictionary, true, bytes, size,
						   &added)
		->code;
}

/* The code of a datum of the labels' own type. */
static int64
typed_code(LabelSpace *space, LabelReader reader, Datum label)
{
	switch (reader)
	{
		case READ_BOOLEAN:
			return integer_code(space, DatumGetBool(label));
		case READ_INT2:
			return integer_code(space, DatumGetInt16(label));
		case READ_INT4:
			return integer_code(space, DatumGetInt32(label));
		case READ_INT8:
			return integer_code(space, DatumGetInt64(label));
		case READ_FLOAT4:
			return float_code(DatumGetFloat4(label));
		case READ_FLOAT8:
			return float_code(DatumGetFloat8(label));
		case READ_NUMERIC:
			return float_code(number_to_double(NUMERICOID, label));
		case READ_ENUM:
			return DatumGetObjectId(label);
		default:
			return other_code(space, label);
	}
}

/* Read a text as a label of the space's type. */
static int64
parse_code(LabelSpace *space, const char *text)
{
	LabelReader reader =
		space->kind == LABEL_OTHER ? READ_OTHER : reader_of_type(space->type);
	char *copy = pstrdup(text);

	return typed_code(
		space, reader,
		InputFunctionCall(&space->input, copy, space->input_parameter, -1));
}

/* The code of a label that comes as text. */
static int64
text_code(LabelSpace *space, int side, const char *bytes, Size size)
{
	LabelDictionary *dictionary =
		space->parsed[side] ? &space->texts : &space->dictionary;
	bool added;
	LabelEntry *entry;
	int64 code = 0;

	/* Parse before the entry exists: a failure must leave no half of it. */
	if (space->parsed[side])
	{
		uint32 hash = hash_bytes((const unsigned char *) bytes, (int) size);

		for (uint32 at = hash; dictionary->slot_count > 0; at++)
		{
			uint32 slot = dictionary->slots[at & (dictionary->slot_count - 1)];

			if (slot == 0)
				break;
			entry = &dictionary->entries[slot - 1];
			if (entry->hash == hash &&
				entry_equals(space, false, entry, bytes, size))
				return entry->code;
		}
		code = parse_code(space, pnstrdup(bytes, size));
	}
	entry = dictionary_find(space, dictionary, false, bytes, size, &added);
	if (space->parsed[side])
		entry->code = code;
	return entry->code;
}

int64
label_code_slow(LabelSpace *space, int side, Datum label)
{
	switch (space->readers[side])
	{
		case READ_VARLENA_TEXT:
		case READ_PADDED_TEXT:
		{
			text *value = DatumGetTextPP(label);
			Size size = VARSIZE_ANY_EXHDR(value);

			if (space->readers[side] == READ_PADDED_TEXT)
				size = bpchartruelen(VARDATA_ANY(value), (int) size);
			return text_code(space, side, VARDATA_ANY(value), size);
		}
		case READ_NAME_TEXT:
			/* name, cstring and unknown end with a zero byte */
			return text_code(space, side, DatumGetCString(label),
							 strlen(DatumGetCString(label)));
		default:
			return typed_code(space, space->readers[side], label);
	}
}

bool
label_code_of_text(LabelSpace *space, const char *text, int64 *code)
{
	bool added;

	if (space->kind == LABEL_TEXT)
	{
		*code = dictionary_find(space, &space->dictionary, false, text,
								strlen(text), &added)
					->code;
		return !added;
	}
	if (!OidIsValid(space->input.fn_oid))
	{
		Oid function;

		getTypeInputInfo(space->type, &function, &space->input_parameter);
		fmgr_info_cxt(function, &space->input, space->context);
	}
	*code = parse_code(space, text);
	return true;
}

/* The double whose bits are a code. */
static double
code_to_double(int64 code)
{
	double value;

	memcpy(&value, &code, sizeof(value));
	return value;
}

/* The text of a number, as its SQL type prints it. */
static char *
number_name(const LabelSpace *space, double value)
{
	if (space->types[0] == BOOLOID && (value == 0 || value == 1))
		return pstrdup(value == 1 ? "true" : "false");
	/* Of reals on both sides the digits of a real: 0.1, as the label was. */
	if ((space->parsed[0] || space->types[0] == FLOAT4OID) &&
		(space->parsed[1] || space->types[1] == FLOAT4OID))
		return DatumGetCString(
			DirectFunctionCall1(float4out, Float4GetDatum((float4) value)));
	return float8out_internal(value);
}

char *
label_name(LabelSpace *space, int64 code)
{
	Oid function;
	bool is_varlena;
	Datum label;

	switch (space->kind)
	{
		case LABEL_INTEGER:
			if (space->type == BOOLOID && (code == 0 || code == 1))
				return pstrdup(code == 1 ? "true" : "false");
			return psprintf(INT64_FORMAT, code);
		case LABEL_FLOAT:
			return number_name(space, code_to_double(code));
		case LABEL_TEXT:
			return pnstrdup(space->dictionary.entries[code].bytes,
							space->dictionary.entries[code].size);
		default:
			break;
	}
	getTypeOutputInfo(space->type, &function, &is_varlena);
	if (space->kind == LABEL_ENUM)
		return OidOutputFunctionCall(function, ObjectIdGetDatum((Oid) code));
	label = bytes_to_datum(space, space->dictionary.entries[code].bytes);
	if (space->type == NUMERICOID)
		label = DirectFunctionCall1(numeric_trim_scale, label);
	return OidOutputFunctionCall(function, label);
}

/* The order of two labels' bytes. */
static int
compare_bytes(const LabelEntry *left, const LabelEntry *right)
{
	int order =
		memcmp(left->bytes, right->bytes, Min(left->size, right->size));

	return order != 0
			   ? order
			   : (left->size > right->size) - (left->size < right->size);
}

/* The order of two texts in the space's collation. */
static int
compare_texts(LabelSpace *space, const LabelEntry *left,
			  const LabelEntry *right)
{
	text *left_text = cstring_to_text_with_len(left->bytes, left->size);
	text *right_text = cstring_to_text_with_len(right->bytes, right->size);
	int order = DatumGetInt32(FunctionCall2Coll(
		&space->cache->cmp_proc_finfo, space->collation,
		PointerGetDatum(left_text), PointerGetDatum(right_text)));

	pfree(left_text);
	pfree(right_text);
	/* A nondeterministic collation may call different bytes equal. */
	return order != 0 ? order : compare_bytes(left, right);
}

/* The order of two labels of any other type; by their bytes if it has none. */
static int
compare_others(LabelSpace *space, const LabelEntry *left,
			   const LabelEntry *right)
{
	if (!OidIsValid(space->cache->cmp_proc_finfo.fn_oid))
		return compare_bytes(left, right);
	return DatumGetInt32(
		FunctionCall2Coll(&space->cache->cmp_proc_finfo, space->collation,
						  bytes_to_datum(space, left->bytes),
						  bytes_to_datum(space, right->bytes)));
}

int
label_compare(LabelSpace *space, int64 left, int64 right)
{
	const LabelEntry *entries = space->dictionary.entries;

	if (left == right)
		return 0;
	switch (space->kind)
	{
		case LABEL_INTEGER:
			return left < right ? -1 : 1;
		case LABEL_FLOAT:
			return float8_cmp_internal(code_to_double(left),
									   code_to_double(right));
		case LABEL_ENUM:
			return DatumGetInt32(FunctionCall2Coll(
				&lookup_type_cache(space->type, TYPECACHE_CMP_PROC_FINFO)
					 ->cmp_proc_finfo,
				InvalidOid, ObjectIdGetDatum((Oid) left),
				ObjectIdGetDatum((Oid) right)));
		case LABEL_TEXT:
			return compare_texts(space, &entries[left], &entries[right]);
		default:
			return compare_others(space, &entries[left], &entries[right]);
	}
}

void
label_space_write(LabelSpace *space, StringInfo out)
{
	state_write_uint64(out, space->types[0]);
	state_write_uint64(out, space->types[1]);
	state_write_uint64(out, space->collation);
	state_write_uint64(out, space->dictionary.count);
	for (uint32 i = 0; i < space->dictionary.count; i++)
	{
		const LabelEntry *entry = &space->dictionary.entries[i];

		state_write_uint64(out, entry->size);
		state_write_bytes(out, entry->bytes, entry->size);
	}
}

void
label_space_read(LabelSpace *space, MemoryContext context, StateReader *reader)
{
	Oid actual = (Oid) state_read_uint64(reader);
	Oid predicted = (Oid) state_read_uint64(reader);
	Oid collation = (Oid) state_read_uint64(reader);
	uint64 count;

	label_space_init(space, context, actual, predicted, collation);
	count = state_read_count(reader, sizeof(uint64));
	for (uint64 i = 0; i < count; i++)
	{
		Size size = state_read_count(reader, 1);
		char *bytes = palloc(Max(size, sizeof(Datum)));
		bool added;

		state_read_bytes(reader, bytes, size);
		dictionary_find(space, &space->dictionary, space->kind == LABEL_OTHER,
						bytes, size, &added);
		if (!added)
			state_damaged();
		pfree(bytes);
	}
}

int64
label_code_translate(LabelSpace *space, LabelSpace *other, int64 code)
{
	bool added;

	if (space->kind != LABEL_TEXT && space->kind != LABEL_OTHER)
		return code;
	return dictionary_find(space, &space->dictionary,
						   space->kind == LABEL_OTHER,
						   other->dictionary.entries[code].bytes,
						   other->dictionary.entries[code].size, &added)
		->code;
}
