/*
 * key_bytes.c
 *		A value of any type as bytes that equal values share.
 */
#include "pg/values/key_bytes.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pg/base/text_encoding.h"
#include "pg/values/label_text.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

/* What stands before a field of a row: its size, or that it is NULL. */
#define NULL_FIELD UINT32_C(0xffffffff)

/* Appends a text of the database in UTF-8; one of no encoding, as it is. */
static void
append_text(StringInfo out, const char *string, Size size)
{
	if (GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		const char *utf8 = utf8_of_server(string, size);

		if (utf8 != string)
			size = strlen(utf8);
		string = utf8;
	}
	appendBinaryStringInfo(out, string, (int) size);
}

static void
append_string(StringInfo out, const char *string)
{
	append_text(out, string, strlen(string));
}

/* Appends what an output function that heeds no setting prints. */
static void
append_output(StringInfo out, PGFunction output, Datum value)
{
	append_string(out, DatumGetCString(DirectFunctionCall1(output, value)));
}

/* Equal intervals may be made of other parts: a day of 24 hours. */
static void
append_interval(StringInfo out, const Interval *interval)
{
	int64 days = (int64) interval->month * DAYS_PER_MONTH + interval->day +
				 interval->time / USECS_PER_DAY;
	int64 rest = interval->time % USECS_PER_DAY;

	if (rest < 0)
	{
		rest += USECS_PER_DAY;
		days--;
	}
	appendStringInfo(out, INT64_FORMAT " days " INT64_FORMAT, days, rest);
}

/* Puts a size, in network byte order, where room was left for it. */
static void
put_size(StringInfo out, int place, uint32 size)
{
	for (int i = 0; i < 4; i++)
		out->data[place + i] = (char) (size >> (24 - 8 * i));
}

/* Appends a row: of each field its size and itself. */
static void
append_row(StringInfo out, Datum value)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	TupleDesc descriptor = lookup_rowtype_tupdesc_copy(
		HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row),
						   .t_data = row};
	Datum *values = palloc(descriptor->natts * sizeof(Datum) + 1);
	bool *nulls = palloc(descriptor->natts * sizeof(bool) + 1);

	check_stack_depth();
	ItemPointerSetInvalid(&tuple.t_self);
	heap_deform_tuple(&tuple, descriptor, values, nulls);
	for (int i = 0; i < descriptor->natts; i++)
	{
		int place = out->len;

		if (TupleDescAttr(descriptor, i)->attisdropped)
			continue;
		appendBinaryStringInfo(out, "\0\0\0\0", 4);
		if (!nulls[i])
			key_bytes_append(out, TupleDescAttr(descriptor, i)->atttypid,
							 values[i]);
		put_size(out, place,
				 nulls[i] ? NULL_FIELD : (uint32) (out->len - place - 4));
	}
	FreeTupleDesc(descriptor);
}

/* Appends a value of a type that is no number, text or row by itself. */
static void
append_other(StringInfo out, Oid type, Datum value)
{
	Oid base = getBaseType(type);

	if (base != type)
		key_bytes_append(out, base, value);
	else if (type_is_rowtype(type))
		append_row(out, value);
	else
		append_string(out, label_text_of(type, value));
}

/* Appends the bytes of a varlena. */
static void
append_varlena(StringInfo out, Datum value, bool text)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

	if (text)
		append_text(out, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	else
		appendBinaryStringInfo(out, VARDATA_ANY(bytes),
							   (int) VARSIZE_ANY_EXHDR(bytes));
}

void
key_bytes_append(StringInfo out, Oid type, Datum value)
{
	switch (type)
	{
		case INT2OID:
			appendStringInfo(out, "%d", DatumGetInt16(value));
			break;
		case INT4OID:
			appendStringInfo(out, "%d", DatumGetInt32(value));
			break;
		case INT8OID:
			appendStringInfo(out, INT64_FORMAT, DatumGetInt64(value));
			break;
		case NUMERICOID:
			append_string(out, numeric_normalize(DatumGetNumeric(value)));
			break;
		case FLOAT4OID:
			append_string(out, label_number_text(DatumGetFloat4(value), true));
			break;
		case FLOAT8OID:
			append_string(out,
						  label_number_text(DatumGetFloat8(value), false));
			break;
		case TEXTOID:
		case VARCHAROID:
			append_varlena(out, value, true);
			break;
		case BYTEAOID:
			append_varlena(out, value, false);
			break;
		case UUIDOID:
			append_output(out, uuid_out, value);
			break;
		case BOOLOID:
			append_output(out, boolout, value);
			break;
		case JSONBOID:
			append_output(out, jsonb_out, value);
			break;
		case INTERVALOID:
			append_interval(out, DatumGetIntervalP(value));
			break;
		default:
			append_other(out, type, value);
			break;
	}
}
