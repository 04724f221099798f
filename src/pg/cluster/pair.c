/*
 * pair.c
 *		linlearn_pair(actual, predicted [, score [, weight]]).
 */
#include "pg/cluster/pair.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "pg/base/text_encoding.h"
#include "pg/base/weights.h"
#include "pg/values/label_space.h"
#include "pg/values/label_text.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define PAIR_MAGIC 0x3152504C /* "LPR1" */

#define PAIR_NULL_ACTUAL 1
#define PAIR_NULL_PREDICTED 2
#define PAIR_SCORED 4
#define PAIR_WEIGHTED 8
#define PAIR_NULL_WEIGHT 16
#define PAIR_FLAGS 31

/* What a packed pair begins with; labels follow: a double, int64, or a text. */
typedef struct PairHeader
{
	uint32 magic;
	uint32 flags;
	uint32 types[2];
	uint32 sizes[2]; /* bytes of the labels */
	double score;
	double weight;
} PairHeader;

/* A call site's types. */
typedef struct PairTypes
{
	Oid given[2];
	Oid packed[2];
} PairTypes;

/* The type that labels of a type are packed as. */
static Oid
packed_type(Oid type)
{
	if (type == NUMERICOID)
		return FLOAT8OID;
	return label_type_is_plain(type) ? type : TEXTOID;
}

static PairTypes *
call_types(FunctionCallInfo fcinfo)
{
	PairTypes *types = fcinfo->flinfo->fn_extra;

	if (types != NULL)
		return types;
	types = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(PairTypes));
	for (int side = 0; side < 2; side++)
	{
		types->given[side] = argument_base_type(fcinfo, side);
		types->packed[side] = packed_type(types->given[side]);
	}
	fcinfo->flinfo->fn_extra = types;
	return types;
}

/* A label's bytes: of a number 8, else of its text. */
static const void *
label_bytes(const PairTypes *types, int side, Datum label, int64 *number,
			uint32 *size)
{
	const char *string;
	double value;

	*size = sizeof(int64);
	switch (types->given[side])
	{
		case BOOLOID:
			*number = DatumGetBool(label);
			return number;
		case INT2OID:
			*number = DatumGetInt16(label);
			return number;
		case INT4OID:
			*number = DatumGetInt32(label);
			return number;
		case INT8OID:
			*number = DatumGetInt64(label);
			return number;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			value = number_to_double(types->given[side], label);
			memcpy(number, &value, sizeof(value));
			return number;
		case TEXTOID:
		case VARCHAROID:
			string = text_to_cstring(DatumGetTextPP(label));
			break;
		case UNKNOWNOID:
		case CSTRINGOID:
			string = DatumGetCString(label);
			break;
		default:
			string = label_text_of(types->given[side], label);
	}
	string = utf8_of_server(string, strlen(string));
	*size = (uint32) strlen(string);
	return string;
}

PG_FUNCTION_INFO_V1(linlearn_pair);
Datum
linlearn_pair(PG_FUNCTION_ARGS)
{
	const PairTypes *types = call_types(fcinfo);
	PairHeader header = {.magic = PAIR_MAGIC, .weight = 1.0};
	const void *bytes[2] = {NULL, NULL};
	int64 numbers[2];
	char *to;
	Size size;
	bytea *packed;

	for (int side = 0; side < 2; side++)
		header.types[side] = types->packed[side];
	if (PG_NARGS() > 3)
	{
		header.flags |= PAIR_WEIGHTED;
		if (PG_ARGISNULL(3))
			header.flags |= PAIR_NULL_WEIGHT;
		else
			header.weight = checked_weight(PG_GETARG_FLOAT8(3));
	}
	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
	{
		header.flags |= PAIR_SCORED;
		header.score = PG_GETARG_FLOAT8(2);
	}
	for (int side = 0; side < 2; side++)
	{
		if (PG_ARGISNULL(side))
			header.flags |= PAIR_NULL_ACTUAL << side;
		else if (header.weight > 0)
			bytes[side] = label_bytes(types, side, PG_GETARG_DATUM(side),
									  &numbers[side], &header.sizes[side]);
	}
	size = VARHDRSZ + sizeof(header) + header.sizes[0] + header.sizes[1];
	packed = palloc(size);
	SET_VARSIZE(packed, size);
	to = VARDATA(packed);
	memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	for (int side = 0; side < 2; side++)
	{
		if (header.sizes[side] > 0)
			memcpy(to, bytes[side], header.sizes[side]);
		to += header.sizes[side];
	}
	PG_RETURN_BYTEA_P(packed);
}

pg_noreturn static void
refuse(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("not a pair of labels"),
			 errhint("Give what linlearn_pair(actual, predicted) returns.")));
	pg_unreachable();
}

/* The datum of a label of a plain type. */
static Datum
label_datum(Oid type, const char *bytes, uint32 size)
{
	const char *string;
	int64 number;
	double value;

	if (type == TEXTOID)
	{
		if (!pg_verify_mbstr(PG_UTF8, bytes, (int) size, true))
			refuse();
		string = server_of_utf8(pnstrdup(bytes, size), size);
		return PointerGetDatum(cstring_to_text(string));
	}
	if (size != sizeof(number))
		refuse();
	memcpy(&number, bytes, sizeof(number));
	memcpy(&value, bytes, sizeof(value));
	switch (type)
	{
		case BOOLOID:
			return BoolGetDatum(number != 0);
		case INT2OID:
			return Int16GetDatum((int16) number);
		case INT4OID:
			return Int32GetDatum((int32) number);
		case INT8OID:
			return Int64GetDatum(number);
		case FLOAT4OID:
			return Float4GetDatum((float) value);
		default:
			return Float8GetDatum(value);
	}
}

void
pair_unpack(bytea *bytes, Pair *pair)
{
	Size size = VARSIZE_ANY_EXHDR(bytes), left;
	const char *at = VARDATA_ANY(bytes);
	PairHeader header;

	if (size < sizeof(header))
		refuse();
	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	left = size - sizeof(header);
	if (header.magic != PAIR_MAGIC || (header.flags & ~PAIR_FLAGS) != 0 ||
		header.sizes[0] > left || header.sizes[1] != left - header.sizes[0] ||
		!WEIGHT_IS_VALID(header.weight))
		refuse();
	pair->has_score = (header.flags & PAIR_SCORED) != 0;
	pair->score = header.score;
	pair->weighted = (header.flags & PAIR_WEIGHTED) != 0;
	pair->weight_null = (header.flags & PAIR_NULL_WEIGHT) != 0;
	pair->weight = header.weight;
	for (int side = 0; side < 2; side++)
	{
		pair->types[side] = header.types[side];
		if (!label_type_is_plain(pair->types[side]))
			refuse();
		pair->nulls[side] = (header.flags & PAIR_NULL_ACTUAL << side) != 0;
		pair->labels[side] = (Datum) 0;
		if (!pair->nulls[side] && pair->weight > 0)
			pair->labels[side] =
				label_datum(pair->types[side], at, header.sizes[side]);
		at += header.sizes[side];
	}
}
