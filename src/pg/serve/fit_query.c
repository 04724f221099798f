/*
 * fit_query.c
 *		What linlearn_fit is asked for, understood and written as SQL.
 */
#include "pg/serve/fit_query.h"

#include <ctype.h>

#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "pg/base/json_text.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/plancache.h"

/* Names of columns that an error lists. */
#define LISTED_MOST 50

/* Takes trailing blanks and semicolons off a query. */
static void
trim(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && (isspace((unsigned char) text[length - 1]) ||
						  text[length - 1] == ';'))
		text[--length] = '\0';
}

/* A statement that gives rows, analysed. */
static CachedPlanSource *
prepare_select(const char *statement)
{
	SPIPlanPtr plan = SPI_prepare(statement, 0, NULL);
	List *sources = plan == NULL ? NIL : SPI_plan_get_plan_sources(plan);
	CachedPlanSource *source;

	if (list_length(sources) != 1)
		return NULL;
	source = linitial(sources);
	if (source->resultDesc == NULL || list_length(source->query_list) != 1 ||
		linitial_node(Query, source->query_list)->commandType != CMD_SELECT)
		return NULL;
	return source;
}

/* The columns of the caller's query. */
static void
take_columns(FitQuery *query)
{
	CachedPlanSource *source = prepare_select(query->text);

	if (source == NULL || source->resultDesc->natts == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query must be one SELECT"),
				 errdetail("Each of its columns but those of label and key is "
						   "a feature."),
				 errhint("For example 'SELECT * FROM customers'.")));
	query->columns = CreateTupleDescCopy(source->resultDesc);
}

/* The column of a name; NULL: there is none. */
static const char *
find_column(const FitQuery *query, const char *name)
{
	for (int i = 0; i < query->columns->natts; i++)
	{
		const char *column =
			NameStr(TupleDescAttr(query->columns, i)->attname);

		if (strcmp(column, name) == 0)
			return column;
	}
	return NULL;
}

/* A name that no column has. */
static const char *
free_alias(const FitQuery *query)
{
	char *alias = pstrdup("t");

	while (find_column(query, alias) != NULL)
		alias = psprintf("%s_", alias);
	return alias;
}

/* Names of the columns, for an error. */
static char *
list_columns(const FitQuery *query)
{
	StringInfoData list;
	int count = Min(query->columns->natts, LISTED_MOST);

	initStringInfo(&list);
	for (int i = 0; i < count; i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "",
						 NameStr(TupleDescAttr(query->columns, i)->attname));
	if (count < query->columns->natts)
		appendStringInfoString(&list, " and more");
	return list.data;
}

/* Whether a statement is SELECT of one expression, and no more. */
static bool
is_one_expression(List *statements)
{
	SelectStmt *select;

	if (list_length(statements) != 1)
		return false;
	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	return IsA(select, SelectStmt) && select->op == SETOP_NONE &&
		   list_length(select->targetList) == 1 &&
		   select->distinctClause == NIL && select->intoClause == NULL &&
		   select->fromClause == NIL && select->whereClause == NULL &&
		   select->groupClause == NIL && select->havingClause == NULL &&
		   select->windowClause == NIL && select->valuesLists == NIL &&
		   select->sortClause == NIL && select->limitOffset == NULL &&
		   select->limitCount == NULL && select->lockingClause == NIL &&
		   select->withClause == NULL;
}

/*
 * Whether a text is one name, that of a column which is not there if the query has
 * none of it.
 */
static bool
is_name(List *statements, const char **name)
{
	SelectStmt *select =
		(SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	Node *value = linitial_node(ResTarget, select->targetList)->val;
	ColumnRef *reference = (ColumnRef *) value;

	if (!IsA(value, ColumnRef) || list_length(reference->fields) != 1 ||
		!IsA(linitial(reference->fields), String))
		return false;
	*name = strVal(linitial(reference->fields));
	return true;
}

/* Shows an error of syntax in a text of ours, not in the caller's statement. */
static void
show_place(void *text)
{
	int position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(text);
}

/* The parse trees of SELECT and an expression. */
static List *
parse_expression(const char *form, const char *expression)
{
	ErrorContextCallback context;
	char *text = psprintf(form, expression);
	List *statements;

	context.callback = show_place;
	context.arg = text;
	context.previous = error_context_stack;
	error_context_stack = &context;
	statements = pg_parse_query(text);
	error_context_stack = context.previous;
	return statements;
}

/* What is given as label or key, as an expression of SQL. */
static const char *
read_expression(const FitQuery *query, const char *text, const char *what)
{
	List *statements;
	const char *name;

	if (find_column(query, text) != NULL)
		return psprintf("%s.%s", query->alias, quote_identifier(text));
	/* Twice: what closes the parenthesis is no expression without it. */
	statements = parse_expression("SELECT (%s\n)", text);
	if (!is_one_expression(statements) ||
		!is_one_expression(parse_expression("SELECT %s\n", text)))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s must be the name of a column, or one expression",
						what),
				 errdetail("It is \"%s\".", text)));
	if (is_name(statements, &name) && find_column(query, name) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s: the query has no column \"%s\"", what, name),
				 errhint("Its columns are %s.", list_columns(query))));
	return psprintf("(%s\n)", text);
}

/* Marks the columns that an expression reads. */
static void
mark_columns(const FitQuery *query, const char *expression, const char *what,
			 bool *read)
{
	CachedPlanSource *source = prepare_select(psprintf(
		"SELECT %s FROM (%s\n) AS %s", expression, query->text, query->alias));
	Query *select;
	ListCell *cell;

	if (source == NULL)
		elog(ERROR, "%s is no expression", what);
	select = linitial_node(Query, source->query_list);
	if (select->hasAggs || select->hasWindowFuncs || select->hasTargetSRFs)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s must be an expression over the columns of one row",
						what),
				 errhint("Compute it in the query, as a column.")));
	foreach (cell, pull_vars_of_level((Node *) select->targetList, 0))
	{
		AttrNumber number = lfirst_node(Var, cell)->varattno;

		for (int i = 0; i < query->columns->natts; i++)
			read[i] |= number == 0 || number == i + 1;
	}
}

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
	for (int i = 0; i < query->columns->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(query->columns, i)->attname);

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
	return find_column(query,
					   pnstrdup(value.val.string.val, value.val.string.len));
}

FitQuery *
fit_query_read(char *text, const char *label, const char *key, Jsonb *options)
{
	FitQuery *query = palloc0(sizeof(FitQuery));
	bool *marked;

	query->text = text;
	trim(text);
	take_columns(query);
	query->alias = free_alias(query);
	marked = palloc0(query->columns->natts * sizeof(bool));
	query->label = read_expression(query, label, "label");
	mark_columns(query, query->label, "label", marked);
	if (key != NULL)
	{
		query->key = read_expression(query, key, "key");
		mark_columns(query, query->key, "key", marked);
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
					 query->alias, query->label, schema,
					 query->key != NULL ? query->key : query->alias, shares);
	if (query->weight != NULL)
		appendStringInfo(&rows, ", %s.%s AS weight", query->alias,
						 quote_identifier(query->weight));
	appendStringInfo(&rows, " FROM (%s\n) AS %s", query->text, query->alias);
	return rows.data;
}
