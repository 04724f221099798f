/*
 * fit_query.c
 *		What linlearn_fit is asked for, understood and written as SQL.
 */
#include "pg/serve/fit_query.h"

#include "lib/stringinfo.h"
#include "pg/base/json_text.h"
#include "utils/builtins.h"

/* Whether a list of names in JSON has one. */
static bool
list_has(JsonbContainer *list, const char *name)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, name);
	value.val.string.len = (int) strlen(name);
	return findJsonbValueFromContainer(list, JB_FARRAY, &value) != NULL;
}

/* The list of excluded columns: those of the options and those that are marked. */
static void
append_excluded(StringInfo json, const FitQuery *query, JsonbContainer *given,
				const bool *marked)
{
	char *list = given == NULL ? pstrdup("[") : JsonbToCString(NULL, given, 0);
	bool first = given == NULL || JsonContainerSize(given) == 0;

	if (given != NULL)
		list[strlen(list) - 1] = '\0';
	appendStringInfoString(json, list);
	for (int i = 0; i < query->rows->columns->natts; i++)
	{
		const char *name =
			NameStr(TupleDescAttr(query->rows->columns, i)->attname);

		if (!marked[i] || (given != NULL && list_has(given, name)))
			continue;
		if (!first)
			appendStringInfoString(json, ", ");
		json_append_string(json, name);
		first = false;
	}
	appendStringInfoChar(json, ']');
}

/* Copies the options but "exclude". */
static void
append_others(StringInfo json, Jsonb *options)
{
	JsonbIterator *iterator = JsonbIteratorInit(&options->root);
	JsonbIteratorToken token;
	JsonbValue value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;
		Jsonb *part;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		JsonbIteratorNext(&iterator, &value, true);
		if (strcmp(key, "exclude") == 0)
			continue;
		part = JsonbValueToJsonb(&value);
		json_append_key(json, key);
		appendStringInfoString(
			json, JsonbToCString(NULL, &part->root, VARSIZE(part)));
	}
}

/* The options of the training: what is marked is no feature. */
static Datum
merge_options(const FitQuery *query, Jsonb *options, const bool *marked)
{
	JsonbContainer *given = NULL;
	JsonbValue value;
	StringInfoData json;

	if (options != NULL && !JB_ROOT_IS_OBJECT(options))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options must be a JSON object")));
	if (options != NULL && getKeyJsonValueFromContainer(
							   &options->root, "exclude", 7, &value) != NULL)
	{
		/* What is no list, the training refuses. */
		if (value.type != jbvBinary ||
			!JsonContainerIsArray(value.val.binary.data))
			return JsonbPGetDatum(options);
		given = &JsonbValueToJsonb(&value)->root;
	}
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (options != NULL)
		append_others(&json, options);
	json_append_key(&json, "exclude");
	append_excluded(&json, query, given, marked);
	appendStringInfoChar(&json, '}');
	return json_text_to_jsonb(&json);
}

/* The column that option weight names. */
static const char *
find_weight(const FitQuery *query, Jsonb *options)
{
	JsonbValue value;

	if (options == NULL || !JB_ROOT_IS_OBJECT(options) ||
		getKeyJsonValueFromContainer(&options->root, "weight", 6, &value) ==
			NULL ||
		value.type != jbvString)
		return NULL;
	/* One that is not there, the training refuses. */
	return caller_query_column(
		query->rows, pnstrdup(value.val.string.val, value.val.string.len));
}

FitQuery *
fit_query_read(char *text, const char *label, const char *key, Jsonb *options)
{
	FitQuery *query = palloc0(sizeof(FitQuery));
	bool *marked;

	query->rows =
		caller_query_read(text, "Each of its columns but those of label and "
								"key is a feature.");
	marked = palloc0(query->rows->columns->natts * sizeof(bool));
	query->label = caller_query_expression(query->rows, label, "label");
	caller_query_mark(query->rows, query->label, "label", marked);
	if (key != NULL)
	{
		query->key = caller_query_expression(query->rows, key, "key");
		caller_query_mark(query->rows, query->key, "key", marked);
	}
	query->options = merge_options(query, options, marked);
	query->weight = find_weight(query, options);
	return query;
}

char *
fit_query_rows(const FitQuery *query, const char *schema, const char *shares)
{
	StringInfoData rows;

	initStringInfo(&rows);
	appendStringInfo(&rows,
					 "SELECT %s AS features, %s AS label, "
					 "%s.linlearn_split(%s, %s) AS part",
					 query->rows->alias, query->label, schema,
					 query->key != NULL ? query->key : query->rows->alias,
					 shares);
	if (query->weight != NULL)
		appendStringInfo(&rows, ", %s.%s AS weight", query->rows->alias,
						 quote_identifier(query->weight));
	appendStringInfo(&rows, " FROM (%s\n) AS %s", query->rows->text,
					 query->rows->alias);
	return rows.data;
}
