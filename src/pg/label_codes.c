/*
 * label_codes.c
 *		Labels of any type as 64-bit codes.
 */
#include "pg/label_codes.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pg/label_text.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
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
static SideReader
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
static SpaceKind
kind_of_types(Oid actual, Oid predicted)
{
	if (type_is_text(actual) && type_is_text(predicted))
		return SPACE_TEXT;
	/* Two numerics keep all their digits. */
	if (actual == NUMERICOID && predicted == NUMERICOID)
		return SPACE_OTHER;
	if (type_is_number(actual) && type_is_number(predicted))
	{
		bool whole = reader_of_type(actual) <= READ_INT8 &&
					 reader_of_type(predicted) <= READ_INT8;

		return whole ? SPACE_INTEGER : SPACE_FLOAT;
	}
	if (actual != predicted)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot compare actual labels of type %s with "
						"predicted labels of type %s",
						format_type_be(actual), format_type_be(predicted)),
				 errhint("Cast one of them to the other's type.")));
	return type_is_enum(actual) ? SPACE_ENUM : SPACE_OTHER;
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
						errhint("Cast it to text, or compare what "
								"linlearn_label_text(model, label) gives.")));
}

void
label_space_init(LabelSpace *space, MemoryContext context, Oid actual,
				 Oid predicted, Oid collation)
{
	bool actual_text = type_is_text(actual);
	bool predicted_text = type_is_text(predicted);

	memset(space, 0, sizeof(*space));
	space->context = context;
	label_dictionary_init(&space->dictionary, context);
	label_dictionary_init(&space->texts, context);
	space->types[0] = actual;
	space->types[1] = predicted;
	space->parsed[0] = actual_text && !predicted_text;
	space->parsed[1] = predicted_text && !actual_text;
	space->readers[0] = reader_of_type(actual);
	space->readers[1] = reader_of_type(predicted);
	space->type = space->parsed[0] ? predicted : actual;
	space->kind =
		kind_of_types(space->type, space->parsed[1] ? actual : predicted);
	if (space->kind == SPACE_TEXT)
		space->type = TEXTOID;
	get_typlenbyval(space->type, &space->type_length, &space->type_by_value);
	space->collation = collation;
	if (!OidIsValid(collation) && OidIsValid(get_typcollation(space->type)))
		space->collation = DEFAULT_COLLATION_OID;
	if (space->kind == SPACE_OTHER)
	{
		space->readers[space->parsed[0]] = READ_OTHER;
		if (!space->parsed[0] && !space->parsed[1])
			space->readers[1] = READ_OTHER;
		init_other_type(space);
	}
	else if (space->kind == SPACE_TEXT)
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

/* Whether an entry is this label, by the type's equality. */
static bool
equal_by_type(const void *argument, const LabelEntry *entry, const char *bytes,
			  Size size)
{
	const LabelSpace *space = argument;

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
	copy = MemoryContextAlloc(space->context, size + 1);
	memcpy(copy, bytes, size);
	copy[size] = '\0';
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
					  : label_bytes_hash(bytes, size);
	LabelEntry *entry = label_dictionary_find(
		dictionary, hash, bytes, size, by_type ? equal_by_type : NULL, space);

	*added = entry == NULL;
	if (entry == NULL)
		return label_dictionary_add(dictionary, hash, bytes, size);
	if (by_type)
		keep_first_spelling(space, entry, bytes, size);
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
typed_code(LabelSpace *space, SideReader reader, Datum label)
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
	SideReader reader =
		space->kind == SPACE_OTHER ? READ_OTHER : reader_of_type(space->type);

	return typed_code(space, reader,
					  label_text_read(&space->input, space->input_parameter,
									  text));
}

/* The code of a label that comes as text. */
static int64
text_code(LabelSpace *space, int side, const char *bytes, Size size)
{
	uint32 hash = label_bytes_hash(bytes, size);
	LabelDictionary *dictionary =
		space->parsed[side] ? &space->texts : &space->dictionary;
	LabelEntry *entry =
		label_dictionary_find(dictionary, hash, bytes, size, NULL, NULL);
	int64 code;

	if (entry != NULL)
		return entry->code;
	if (!space->parsed[side])
		return label_dictionary_add(dictionary, hash, bytes, size)->code;
	/* Parse before the entry exists: a failure must leave no half of it. */
	code = parse_code(space, pnstrdup(bytes, size));
	label_dictionary_add(dictionary, hash, bytes, size)->code = code;
	return code;
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

	if (space->kind == SPACE_TEXT)
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
	return label_number_text(
		value, (space->parsed[0] || space->types[0] == FLOAT4OID) &&
				   (space->parsed[1] || space->types[1] == FLOAT4OID));
}

char *
label_name(LabelSpace *space, int64 code)
{
	Datum label;

	switch (space->kind)
	{
		case SPACE_INTEGER:
			if (space->type == BOOLOID && (code == 0 || code == 1))
				return pstrdup(code == 1 ? "true" : "false");
			return psprintf(INT64_FORMAT, code);
		case SPACE_FLOAT:
			return number_name(space, code_to_double(code));
		case SPACE_TEXT:
			return pnstrdup(space->dictionary.entries[code].bytes,
							space->dictionary.entries[code].size);
		default:
			break;
	}
	if (space->kind == SPACE_ENUM)
		return label_text_of(space->type, ObjectIdGetDatum((Oid) code));
	label = bytes_to_datum(space, space->dictionary.entries[code].bytes);
	if (space->type == NUMERICOID)
		label = DirectFunctionCall1(numeric_trim_scale, label);
	return label_text_of(space->type, label);
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
		case SPACE_INTEGER:
			return left < right ? -1 : 1;
		case SPACE_FLOAT:
			return float8_cmp_internal(code_to_double(left),
									   code_to_double(right));
		case SPACE_ENUM:
			return DatumGetInt32(FunctionCall2Coll(
				&lookup_type_cache(space->type, TYPECACHE_CMP_PROC_FINFO)
					 ->cmp_proc_finfo,
				InvalidOid, ObjectIdGetDatum((Oid) left),
				ObjectIdGetDatum((Oid) right)));
		case SPACE_TEXT:
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
		dictionary_find(space, &space->dictionary, space->kind == SPACE_OTHER,
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

	if (space->kind != SPACE_TEXT && space->kind != SPACE_OTHER)
		return code;
	return dictionary_find(space, &space->dictionary,
						   space->kind == SPACE_OTHER,
						   other->dictionary.entries[code].bytes,
						   other->dictionary.entries[code].size, &added)
		->code;
}
