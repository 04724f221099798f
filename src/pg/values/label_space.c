/*
 * label_space.c
 *		Labels of two sides as 64-bit codes of one space.
 */
#include "pg/values/label_space.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/values/label_text.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

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

bool
label_type_is_plain(Oid type)
{
	return type == BOOLOID || type == INT2OID || type == INT4OID ||
		   type == INT8OID || type == FLOAT4OID || type == FLOAT8OID ||
		   type == TEXTOID;
}

void
label_types_must_agree(const Oid into[2], const Oid from[2])
{
	for (int side = 0; side < 2; side++)
		if (into[side] != from[side])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("%s labels are of type %s in some rows, of type "
							"%s in others",
							side == 0 ? "actual" : "predicted",
							format_type_be(into[side]),
							format_type_be(from[side]))));
}

static SideType
side_of_type(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return SIDE_BOOLEAN;
		case INT2OID:
			return SIDE_INT2;
		case INT4OID:
			return SIDE_INT4;
		case INT8OID:
			return SIDE_INT8;
		case FLOAT4OID:
			return SIDE_FLOAT4;
		case FLOAT8OID:
			return SIDE_FLOAT8;
		case NUMERICOID:
			return SIDE_NUMERIC;
		case TEXTOID:
		case VARCHAROID:
			return SIDE_VARLENA_TEXT;
		case BPCHAROID:
			return SIDE_PADDED_TEXT;
		case NAMEOID:
		case UNKNOWNOID:
		case CSTRINGOID:
			return SIDE_NAME_TEXT;
		default:
			return SIDE_OTHER;
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
		bool whole = side_of_type(actual) <= SIDE_INT8 &&
					 side_of_type(predicted) <= SIDE_INT8;

		return whole ? SPACE_INTEGER : SPACE_FLOAT;
	}
	if (actual != predicted)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("cannot compare actual labels of type %s with "
						"predicted labels of type %s",
						format_type_be(actual), format_type_be(predicted)),
				 errhint("Cast one of them to the other's type.")));
	return SPACE_OTHER;
}

/* Make the reader of labels that are known by their texts. */
static void
init_texts(LabelSpace *space)
{
	label_reader_init(&space->reader, space->type, space->context);
	space->reader.compared = true;
	space->cache = lookup_type_cache(space->type, TYPECACHE_CMP_PROC_FINFO);
}

void
label_space_init(LabelSpace *space, MemoryContext context, Oid actual,
				 Oid predicted, Oid collation)
{
	bool actual_text = type_is_text(actual);
	bool predicted_text = type_is_text(predicted);

	memset(space, 0, sizeof(*space));
	space->context = context;
	label_dictionary_init(&space->parses, context);
	space->types[0] = actual;
	space->types[1] = predicted;
	space->parsed[0] = actual_text && !predicted_text;
	space->parsed[1] = predicted_text && !actual_text;
	space->sides[0] = side_of_type(actual);
	space->sides[1] = side_of_type(predicted);
	space->type = space->parsed[0] ? predicted : actual;
	space->kind =
		kind_of_types(space->type, space->parsed[1] ? actual : predicted);
	if (space->kind == SPACE_TEXT)
		space->type = TEXTOID;
	space->collation = collation;
	if (!OidIsValid(collation) && OidIsValid(get_typcollation(space->type)))
		space->collation = DEFAULT_COLLATION_OID;
	if (space->kind == SPACE_OTHER)
	{
		space->sides[space->parsed[0]] = SIDE_OTHER;
		if (!space->parsed[0] && !space->parsed[1])
			space->sides[1] = SIDE_OTHER;
	}
	if (space->kind == SPACE_OTHER || space->kind == SPACE_TEXT)
		init_texts(space);
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

/* The code of a datum of the labels' own type. */
static int64
typed_code(LabelSpace *space, SideType type, Datum label)
{
	switch (type)
	{
		case SIDE_BOOLEAN:
			return integer_code(space, DatumGetBool(label));
		case SIDE_INT2:
			return integer_code(space, DatumGetInt16(label));
		case SIDE_INT4:
			return integer_code(space, DatumGetInt32(label));
		case SIDE_INT8:
			return integer_code(space, DatumGetInt64(label));
		case SIDE_FLOAT4:
			return float_code(DatumGetFloat4(label));
		case SIDE_FLOAT8:
			return float_code(DatumGetFloat8(label));
		case SIDE_NUMERIC:
			return float_code(number_to_double(NUMERICOID, label));
		default:
			return label_reader_value_code(&space->reader, label);
	}
}

/* Raise an error for a text that names no value of an enum. */
static void
check_enum_value(Oid type, const char *text)
{
	if (!type_is_enum(type) || label_is_enum_value(type, text))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("label \"%s\" is no value of enum %s", text,
					format_type_be(type)),
			 errdetail("A label as text beside one of an enum is read as a "
					   "value of it."),
			 errhint("If the value was renamed or dropped since the model was "
					 "trained, train the model again, or cast the enum to "
					 "text, where every text is a label.")));
}

/* Read a text as a label of the space's type. */
static int64
parse_code(LabelSpace *space, const char *text)
{
	SideType type =
		space->kind == SPACE_OTHER ? SIDE_OTHER : side_of_type(space->type);

	check_enum_value(space->type, text);
	return typed_code(
		space, type,
		label_text_read(&space->input, space->input_parameter, text));
}

/* The code of a label that comes as text. */
static int64
text_code(LabelSpace *space, int side, const char *bytes, Size size)
{
	uint32 hash;
	const LabelEntry *entry;
	int64 code;

	if (!space->parsed[side])
		return label_reader_bytes_code(&space->reader, bytes, size);
	hash = label_bytes_hash(bytes, size);
	entry =
		label_dictionary_find(&space->parses, hash, bytes, size, NULL, NULL);
	if (entry != NULL)
		return entry->code;
	/* Parse before the entry exists: a failure must leave no half of it. */
	code = parse_code(space, pnstrdup(bytes, size));
	label_dictionary_add(&space->parses, hash, bytes, size)->code = code;
	return code;
}

int64
label_code_slow(LabelSpace *space, int side, Datum label)
{
	switch (space->sides[side])
	{
		case SIDE_VARLENA_TEXT:
		case SIDE_PADDED_TEXT:
		{
			text *value = DatumGetTextPP(label);
			Size size = VARSIZE_ANY_EXHDR(value);

			if (space->sides[side] == SIDE_PADDED_TEXT)
				size = bpchartruelen(VARDATA_ANY(value), (int) size);
			return text_code(space, side, VARDATA_ANY(value), size);
		}
		case SIDE_NAME_TEXT:
			/* name, cstring and unknown end with a zero byte */
			return text_code(space, side, DatumGetCString(label),
							 strlen(DatumGetCString(label)));
		default:
			return typed_code(space, space->sides[side], label);
	}
}

bool
label_code_of_text(LabelSpace *space, const char *text, int64 *code)
{
	uint32 count = space->reader.texts.count;

	if (space->kind == SPACE_TEXT)
	{
		*code = label_reader_code(&space->reader, text);
		return *code < count;
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
	switch (space->kind)
	{
		case SPACE_INTEGER:
			if (space->type == BOOLOID && (code == 0 || code == 1))
				return pstrdup(code == 1 ? "true" : "false");
			return psprintf(INT64_FORMAT, code);
		case SPACE_FLOAT:
			return number_name(space, code_to_double(code));
		default:
			return pstrdup(label_reader_known(&space->reader, (uint32) code));
	}
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
	return order;
}

/* A value of a code, of any other type. */
static Datum
value_of_code(LabelSpace *space, int64 code)
{
	if (space->value_count != space->reader.texts.count)
	{
		MemoryContext old = MemoryContextSwitchTo(space->context);

		if (space->values != NULL)
			pfree(space->values);
		space->values = label_reader_values(&space->reader);
		space->value_count = space->reader.texts.count;
		MemoryContextSwitchTo(old);
	}
	return label_reader_datum(&space->reader, space->values[code]);
}

/* The order of two labels of any other type; none if the type has none. */
static int
compare_others(LabelSpace *space, int64 left, int64 right)
{
	if (!OidIsValid(space->cache->cmp_proc_finfo.fn_oid))
		return 0;
	return DatumGetInt32(FunctionCall2Coll(
		&space->cache->cmp_proc_finfo, space->collation,
		value_of_code(space, left), value_of_code(space, right)));
}

/* The order of two texts, or values, that their type may call equal. */
static int
compare_known(LabelSpace *space, int64 left, int64 right)
{
	const LabelEntry *texts = space->reader.texts.entries;
	int order = space->kind == SPACE_TEXT
					? compare_texts(space, &texts[left], &texts[right])
					: compare_others(space, left, right);

	return order != 0 ? order : strcmp(texts[left].bytes, texts[right].bytes);
}

int
label_compare(LabelSpace *space, int64 left, int64 right)
{
	if (left == right)
		return 0;
	switch (space->kind)
	{
		case SPACE_INTEGER:
			return left < right ? -1 : 1;
		case SPACE_FLOAT:
			return float8_cmp_internal(code_to_double(left),
									   code_to_double(right));
		default:
			return compare_known(space, left, right);
	}
}

/* What a label is sent to another process as: a value, or a text. */
static const LabelEntry **
entries_to_send(LabelSpace *space)
{
	const LabelReader *reader = &space->reader;
	const LabelEntry **entries = MemoryContextAllocExtended(
		CurrentMemoryContext,
		Max(reader->texts.count, 1) * sizeof(LabelEntry *),
		MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (space->kind == SPACE_TEXT)
		for (uint32 i = 0; i < reader->texts.count; i++)
			entries[i] = &reader->texts.entries[i];
	else
		for (uint32 i = 0; i < reader->images.count; i++)
			entries[reader->images.entries[i].code] =
				&reader->images.entries[i];
	return entries;
}

/* The code of what another process sent. */
static int64
code_of_sent(LabelSpace *space, const char *bytes, Size size)
{
	return space->kind == SPACE_TEXT
			   ? label_reader_bytes_code(&space->reader, bytes, size)
			   : label_reader_value_code(
					 &space->reader,
					 label_reader_datum(&space->reader, bytes));
}

void
label_space_write(LabelSpace *space, StringInfo out)
{
	const LabelEntry **entries = entries_to_send(space);

	state_write_uint64(out, space->types[0]);
	state_write_uint64(out, space->types[1]);
	state_write_uint64(out, space->collation);
	state_write_uint64(out, space->reader.texts.count);
	for (uint32 i = 0; i < space->reader.texts.count; i++)
	{
		state_write_uint64(out, entries[i]->size);
		state_write_bytes(out, entries[i]->bytes, entries[i]->size);
	}
	pfree(entries);
}

void
label_space_read(LabelSpace *space, MemoryContext context, StateReader *reader)
{
	Oid actual = (Oid) state_read_uint64(reader);
	Oid predicted = (Oid) state_read_uint64(reader);
	Oid collation = (Oid) state_read_uint64(reader);
	uint64 count;

	if (reader->public &&
		(!label_type_is_plain(actual) || !label_type_is_plain(predicted) ||
		 (OidIsValid(collation) && collation != DEFAULT_COLLATION_OID)))
		state_damaged();
	label_space_init(space, context, actual, predicted, collation);
	count = state_read_count(reader, sizeof(uint64));
	if (count > 0 && space->kind != SPACE_TEXT && space->kind != SPACE_OTHER)
		state_damaged();
	for (uint64 i = 0; i < count; i++)
	{
		Size size = state_read_count(reader, 1);
		char *bytes = palloc(Max(size, sizeof(Datum)));

		state_read_bytes(reader, bytes, size);
		if (reader->public && !pg_verifymbstr(bytes, (int) size, true))
			state_damaged();
		if (code_of_sent(space, bytes, size) != (int64) i)
			state_damaged();
		pfree(bytes);
	}
}

bool
label_code_is_known(const LabelSpace *space, int64 code)
{
	return (space->kind != SPACE_TEXT && space->kind != SPACE_OTHER) ||
		   (code >= 0 && code < (int64) space->reader.texts.count);
}

int64
label_code_translate(LabelSpace *space, LabelSpace *other, int64 code)
{
	const LabelEntry *text;

	if (space->kind == SPACE_OTHER)
		return label_reader_value_code(&space->reader,
									   value_of_code(other, code));
	if (space->kind != SPACE_TEXT)
		return code;
	text = &other->reader.texts.entries[code];
	return label_reader_bytes_code(&space->reader, text->bytes, text->size);
}
