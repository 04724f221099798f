/*
 * cell_sql.c
 *		Calls of linlearn_cells as SQL: one or, of more columns than a function
 *		takes, several, whose values are put behind each other.
 */
#include "pg/cluster/cell_sql.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "pg/base/json_text.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Columns of one call, beside the layout. */
#define CALL_COLUMNS (FUNC_MAX_ARGS - 1)

/* The columns of one call. */
typedef struct Call
{
	TupleDesc columns;
	const int *places;
	int count;
	const TableOptions *options;
} Call;

static const char *
name_of(const Call *call, int i)
{
	return NameStr(TupleDescAttr(call->columns, call->places[i])->attname);
}

/* Whether a name is that of a column of the call, or of a key of one. */
static bool
is_of_call(const Call *call, const char *name)
{
	for (int i = 0; i < call->count; i++)
	{
		const char *column = name_of(call, i);
		Size size = strlen(column);

		if (strncmp(column, name, size) == 0 &&
			(name[size] == '\0' ||
			 (name[size] == '.' &&
			  getBaseType(
				  TupleDescAttr(call->columns, call->places[i])->atttypid) ==
				  JSONBOID)))
			return true;
	}
	return false;
}

/* A list of those names that are of the call. */
static void
append_list(StringInfo json, const char *key, const Call *call,
			const char *const *names, uint32 count)
{
	bool any = false;

	json_append_key(json, key);
	appendStringInfoChar(json, '[');
	for (uint32 i = 0; i < count; i++)
	{
		if (!is_of_call(call, names[i]))
			continue;
		if (any)
			appendStringInfoString(json, ", ");
		json_append_string(json, names[i]);
		any = true;
	}
	appendStringInfoChar(json, ']');
}

/* The options of a column that say how it is read, and what of it is surveyed. */
static void
append_reading(StringInfo json, const NamedColumnOptions *named)
{
	const ColumnOptions *options = &named->options;

	json_append_key(json, named->name);
	appendStringInfoChar(json, '{');
	if (options->words != NULL)
	{
		/* Qualified: the servers may find it otherwise. */
		const char *words = column_options_of(COLUMN_WORDS, options).words;

		json_append_key(json, "words");
		json_append_string(json, server_of_utf8(words, strlen(words)));
	}
	if (options->log)
	{
		json_append_key(json, "log");
		appendStringInfoString(json, "true");
	}
	if (options->buckets > 0)
		json_append_count_field(json, "buckets", options->buckets);
	if (options->spline > 0)
		json_append_count_field(json, "spline", options->spline);
	appendStringInfoChar(json, '}');
}

/*
 * The name of a type of PostgreSQL's own, or null: a server may have the column
 * as another type, and has it read as this one.
 */
static void
append_type(StringInfo json, Oid type)
{
	HeapTuple tuple =
		SearchSysCache1(TYPEOID, ObjectIdGetDatum(getBaseType(type)));
	Form_pg_type form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	if (form->typnamespace == PG_CATALOG_NAMESPACE &&
		form->typtype == TYPTYPE_BASE)
		json_append_string(json, NameStr(form->typname));
	else
		appendStringInfoString(json, "null");
	ReleaseSysCache(tuple);
}

/* Names of the columns, and their types. */
static void
append_columns(StringInfo json, const Call *call)
{
	json_append_key(json, "names");
	for (int i = 0; i < call->count; i++)
	{
		appendStringInfoString(json, i == 0 ? "[" : ", ");
		json_append_string(json, name_of(call, i));
	}
	appendStringInfoChar(json, ']');
	json_append_key(json, "types");
	for (int i = 0; i < call->count; i++)
	{
		appendStringInfoString(json, i == 0 ? "[" : ", ");
		append_type(json,
					TupleDescAttr(call->columns, call->places[i])->atttypid);
	}
	appendStringInfoChar(json, ']');
}

/* The layout of a call. */
static char *
write_layout(const Call *call)
{
	const TableOptions *options = call->options;
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_columns(&json, call);
	if (options->exclude_count > 0)
		append_list(&json, "exclude", call, options->exclude,
					options->exclude_count);
	if (options->includes)
		append_list(&json, "include", call, options->include,
					options->include_count);
	json_append_key(&json, "columns");
	appendStringInfoChar(&json, '{');
	for (uint32 i = 0; i < options->column_count; i++)
	{
		const ColumnOptions *of = &options->columns[i].options;

		if ((of->words != NULL || of->log || of->buckets > 0 ||
			 of->spline > 0) &&
			is_of_call(call, options->columns[i].name))
			append_reading(&json, &options->columns[i]);
	}
	appendStringInfoString(&json, "}}");
	return json.data;
}

/* One call. */
static void
append_call(StringInfo sql, const char *schema, const Call *call)
{
	appendStringInfo(sql, "%s.linlearn_cells(%s::pg_catalog.jsonb", schema,
					 quote_literal_cstr(write_layout(call)));
	for (int i = 0; i < call->count; i++)
		appendStringInfo(sql, ", r.f%d", call->places[i] + 1);
	appendStringInfoChar(sql, ')');
}

const char *
cell_sql(const char *schema, TupleDesc columns, const bool *used,
		 const TableOptions *options)
{
	int *places = palloc((columns->natts + 1) * sizeof(int));
	int count = 0;
	StringInfoData sql;

	for (int i = 0; i < columns->natts; i++)
		if (used[i])
			places[count++] = i;
	initStringInfo(&sql);
	if (count > CALL_COLUMNS)
		appendStringInfoChar(&sql, '(');
	for (int i = 0; i < count; i += CALL_COLUMNS)
	{
		Call call = {columns, places + i, Min(count - i, CALL_COLUMNS),
					 options};

		if (i > 0)
			appendStringInfoString(&sql, " OPERATOR(pg_catalog.||) ");
		append_call(&sql, schema, &call);
	}
	if (count > CALL_COLUMNS)
		appendStringInfoChar(&sql, ')');
	return sql.data;
}
