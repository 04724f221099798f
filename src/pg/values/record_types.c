/*
 * record_types.c
 *		What the types of SQL become as columns of a table.
 */
#include "pg/values/record_types.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "pg/values/features.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static const struct TypeRow
{
	Oid type;
	CellSource source;
	ColumnKind kind;
	bool whole;
} type_rows[] = {
	{INT2OID, CELL_INT2, COLUMN_NUMBER, true},
	{INT4OID, CELL_INT4, COLUMN_NUMBER, true},
	{INT8OID, CELL_INT8, COLUMN_NUMBER, true},
	{FLOAT4OID, CELL_FLOAT4, COLUMN_NUMBER, false},
	{FLOAT8OID, CELL_FLOAT8, COLUMN_NUMBER, false},
	{NUMERICOID, CELL_NUMERIC, COLUMN_NUMBER, false},
	{INTERVALOID, CELL_INTERVAL, COLUMN_NUMBER, false},
	{TIMEOID, CELL_TIME, COLUMN_NUMBER, false},
	{TIMETZOID, CELL_TIMETZ, COLUMN_NUMBER, false},
	{BOOLOID, CELL_BOOL, COLUMN_FLAG, false},
	{DATEOID, CELL_DATE, COLUMN_MOMENT, false},
	{TIMESTAMPOID, CELL_TIMESTAMP, COLUMN_MOMENT, false},
	{TIMESTAMPTZOID, CELL_TIMESTAMP, COLUMN_MOMENT, false},
	{TEXTOID, CELL_TEXT, COLUMN_CATEGORY, false},
	{VARCHAROID, CELL_TEXT, COLUMN_CATEGORY, false},
	{BPCHAROID, CELL_BPCHAR, COLUMN_CATEGORY, false},
	{NAMEOID, CELL_NAME, COLUMN_CATEGORY, false},
	{CHAROID, CELL_CHAR, COLUMN_CATEGORY, false},
	{UUIDOID, CELL_UUID, COLUMN_CATEGORY, false},
	{TSVECTOROID, CELL_TSVECTOR, COLUMN_WORDS, false},
	{JSONBOID, CELL_OBJECT, COLUMN_KINDS, false},
};

/*
 * Whether a type is citext, which comes with an extension and so is known by its
 * name.  Only a base type counts, which takes a superuser to make.
 */
static bool
is_citext(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool found;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	found = form->typtype == TYPTYPE_BASE && form->typlen == -1 &&
			form->typcategory == TYPCATEGORY_STRING &&
			strcmp(NameStr(form->typname), "citext") == 0;
	ReleaseSysCache(tuple);
	return found;
}

/* What becomes of a type that is no array. */
static bool
find_scalar(Oid type, CellType *found)
{
	found->type = type;
	for (size_t i = 0; i < lengthof(type_rows); i++)
		if (type_rows[i].type == type)
		{
			found->source = type_rows[i].source;
			found->kind = type_rows[i].kind;
			found->whole = type_rows[i].whole;
			return true;
		}
	found->kind = COLUMN_CATEGORY;
	found->source = type_is_enum(type) ? CELL_ENUM : CELL_TEXT;
	return found->source == CELL_ENUM || is_citext(type);
}

/* Whether a type is an array whose elements are levels. */
static bool
find_set(Oid type, CellType *found)
{
	Oid element = get_element_type(type);
	CellType of;

	if (!OidIsValid(element))
		return false;
	element = getBaseType(element);
	if (!find_scalar(element, &of) || of.kind != COLUMN_CATEGORY)
		return false;
	found->type = type;
	found->source = CELL_ARRAY;
	found->kind = COLUMN_SET;
	found->element = element;
	found->element_source = of.source;
	return true;
}

bool
cell_type_find(Oid type, bool words, CellType *found)
{
	FeatureReader features;

	memset(found, 0, sizeof(*found));
	type = getBaseType(type);
	if (type_is_rowtype(type))
		return false;
	if (feature_reader_find(&features, type, CurrentMemoryContext))
	{
		bool sparse = features.format == ROWS_SPARSE;

		found->type = type;
		found->source = sparse ? CELL_ENTRIES : CELL_BLOCK;
		found->kind = sparse ? COLUMN_ENTRIES : COLUMN_BLOCK;
		return true;
	}
	if (find_set(type, found))
		return true;
	if (!find_scalar(type, found))
		return false;
	if (words && (found->source == CELL_TEXT || found->source == CELL_BPCHAR))
	{
		found->source = CELL_TEXT_WORDS;
		found->kind = COLUMN_WORDS;
	}
	return true;
}

bool
cell_type_is_number(Oid type, CellType *found)
{
	return cell_type_find(type, false, found) && found->kind == COLUMN_NUMBER;
}

/* What a user can do about a column of a type. */
static const char *
refused_hint(Oid type)
{
	Oid base = getBaseType(type);

	if (base == MONEYOID)
		return "Cast it to numeric, or leave it out by option \"exclude\".";
	if (base == JSONOID)
		return "Cast it to jsonb, or leave it out by option \"exclude\".";
	if (type_is_rowtype(base))
		return "Name its fields in a sub-select, or leave it out by option "
			   "\"exclude\".";
	return "Leave it out by option \"exclude\", or cast it to a number, "
		   "boolean, text, date or timestamp.";
}

void
cell_type_refuse(const char *column, Oid type)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" of type %s cannot be a feature",
						   column, format_type_be(type)),
					errhint("%s", refused_hint(type))));
	pg_unreachable();
}
