/*
 * caller_query.c
 *		A query that the caller gives as text, and expressions over its columns.
 */
#include "pg/base/caller_query.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

/* Names of columns that an error lists. */
#define LISTED_MOST 50

void
caller_query_trim(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && (isspace((unsigned char) text[length - 1]) ||
						  text[length - 1] == ';'))
		text[--length] = '\0';
}

/* Whether a text is a name, such as that of a table; within quotes is anything. */
static bool
is_bare_name(const char *text)
{
	bool quoted = false;

	if (*text == '\0' || pg_strcasecmp(text, "select") == 0)
		return false;
	for (; *text != '\0'; text++)
		if (*text == '"')
			quoted = !quoted;
		else if (!quoted && !isalnum((unsigned char) *text) &&
				 strchr("_$.", *text) == NULL && !IS_HIGHBIT_SET(*text))
			return false;
	return !quoted;
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

const char *
caller_query_column(const CallerQuery *query, const char *name)
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
free_alias(const CallerQuery *query)
{
	char *alias = pstrdup("t");

	while (caller_query_column(query, alias) != NULL)
		alias = psprintf("%s_", alias);
	return alias;
}

CallerQuery *
caller_query_read(char *text, const char *detail)
{
	CallerQuery *query = palloc0(sizeof(CallerQuery));
	CachedPlanSource *source;

	caller_query_trim(text);
	query->text = text;
	source = is_bare_name(text) ? NULL : prepare_select(text);
	if (source != NULL && source->resultDesc->natts == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query has no columns"),
						errdetail_internal("%s", detail)));
	if (source == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query must be one SELECT"),
						errdetail_internal("%s", detail),
						errhint("For example 'SELECT * FROM %s'.",
								is_bare_name(text) ? text : "customers")));
	query->columns = CreateTupleDescCopy(source->resultDesc);
	query->alias = free_alias(query);
	return query;
}

/* Names of the columns, for an error. */
static char *
list_columns(const CallerQuery *query)
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

/* Whether a statement is SELECT of expressions, and no more. */
static bool
is_list(List *statements)
{
	SelectStmt *select;

	if (list_length(statements) != 1)
		return false;
	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	return IsA(select, SelectStmt) && select->op == SETOP_NONE &&
		   select->targetList != NIL && select->distinctClause == NIL &&
		   select->intoClause == NULL && select->fromClause == NIL &&
		   select->whereClause == NULL && select->groupClause == NIL &&
		   select->havingClause == NULL && select->windowClause == NIL &&
		   select->valuesLists == NIL && select->sortClause == NIL &&
		   select->limitOffset == NULL && select->limitCount == NULL &&
		   select->lockingClause == NIL && select->withClause == NULL;
}

/* Whether it is SELECT of one, without a name of its own. */
static bool
is_one_expression(List *statements)
{
	return is_list(statements) &&
		   list_length(
			   ((SelectStmt *) linitial_node(RawStmt, statements)->stmt)
				   ->targetList) == 1;
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

/* A text that is parsed, and the argument that it is made of. */
typedef struct ParsedText
{
	const char *text;
	const char *what;
} ParsedText;

/* Shows an error of syntax in a text of ours, not in the caller's statement. */
static void
show_place(void *argument)
{
	const ParsedText *parsed = argument;
	int position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(parsed->text);
	errcontext("argument %s", parsed->what);
}

/* The parse trees of SELECT and an expression. */
static List *
parse_expression(const char *form, const char *expression, const char *what)
{
	ErrorContextCallback context;
	ParsedText parsed = {psprintf(form, expression), what};
	List *statements;

	context.callback = show_place;
	context.arg = &parsed;
	context.previous = error_context_stack;
	error_context_stack = &context;
	statements = pg_parse_query(parsed.text);
	error_context_stack = context.previous;
	return statements;
}

/* Whether a text is an object of JSON, as options are. */
static bool
is_object(const char *text)
{
	return text[strspn(text, " \t\n\r")] == '{';
}

/* Whether a text says nothing. */
static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\n\r")] == '\0';
}

const char *
caller_query_expression(const CallerQuery *query, const char *text,
						const char *what)
{
	List *statements;
	const char *name;

	if (caller_query_column(query, text) != NULL)
		return psprintf("%s.%s", query->alias, quote_identifier(text));
	/* Twice: what closes the parenthesis is no expression without it. */
	statements = is_object(text) || is_blank(text)
					 ? NIL
					 : parse_expression("SELECT (%s\n)", text, what);
	if (!is_one_expression(statements) ||
		!is_one_expression(parse_expression("SELECT %s\n", text, what)))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s must be the name of a column, or one expression",
						what),
				 errdetail("It is \"%s\".", text),
				 is_object(text)
					 ? errhint("Options are an argument of their own: options "
							   "=> '{...}'.")
					 : 0));
	if (is_name(statements, &name) && caller_query_column(query, name) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s: the query has no column \"%s\"", what, name),
				 errhint("Its columns are %s.", list_columns(query))));
	return psprintf("(%s\n)", text);
}

bool
caller_query_is_list(const char *text, const char *what)
{
	List *statements;
	List *targets;
	const ResTarget *first;
	const ColumnRef *reference;

	if (is_object(text))
		return false;
	statements = parse_expression("SELECT %s\n", text, what);
	if (!is_list(statements))
		return false;
	targets =
		((SelectStmt *) linitial_node(RawStmt, statements)->stmt)->targetList;
	first = linitial_node(ResTarget, targets);
	reference = (const ColumnRef *) first->val;
	return list_length(targets) > 1 || first->name != NULL ||
		   (IsA(reference, ColumnRef) &&
			IsA(llast(reference->fields), A_Star));
}

/* What a list over the rows gives. */
static TupleDesc
describe_list(const CallerQuery *query, const char *list)
{
	CachedPlanSource *source = prepare_select(psprintf(
		"SELECT %s FROM (%s\n) AS %s", list, query->text, query->alias));

	return source == NULL ? NULL : CreateTupleDescCopy(source->resultDesc);
}

const char *
caller_query_list(const CallerQuery *query, const char *text, const char *what,
				  TupleDesc *columns)
{
	const char *list = psprintf("%s\n", text);

	if (is_object(text) ||
		!is_list(parse_expression("SELECT %s\n", text, what)))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s must be expressions, as SELECT has them", what),
				 errdetail("It is \"%s\".", text)));
	*columns = describe_list(query, list);
	if (*columns != NULL && (*columns)->natts == 1 &&
		type_is_rowtype(TupleDescAttr(*columns, 0)->atttypid))
	{
		list = psprintf("((%s\n)).*", text);
		if (!is_list(parse_expression("SELECT ((%s\n)).*", text, what)))
			*columns = NULL;
		else
			*columns = describe_list(query, list);
	}
	if (*columns == NULL)
		elog(ERROR, "%s is no list of expressions", what);
	return list;
}

void
caller_query_mark(const CallerQuery *query, const char *expression,
				  const char *what, bool *read)
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

/* The one column that a label does not read, of rows whose features are an array. */
static const char *
array_column(const CallerQuery *query, const bool *read)
{
	int others = 0;
	int place = 0;

	for (int i = 0; i < query->columns->natts; i++)
		if (!read[i])
		{
			place = i;
			others++;
		}
	if (others != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query must have one column besides those of the "
						"label, not %d",
						others),
				 errdetail("The model's features are one array."),
				 errhint("Its columns are %s.", list_columns(query))));
	return psprintf("%s.%s", query->alias,
					quote_identifier(NameStr(
						TupleDescAttr(query->columns, place)->attname)));
}

/* Whether values of a type may be rows: records, or JSON, also as text. */
static bool
may_be_row(Oid type)
{
	char category;
	bool preferred;

	type = getBaseType(type);
	get_type_category_preferred(type, &category, &preferred);
	return type_is_rowtype(type) || type == JSONOID || type == JSONBOID ||
		   type == UNKNOWNOID || category == TYPCATEGORY_STRING;
}

/* The text of a query, if that gives features and label: SELECT * does not. */
static char *
read_features_and_label(char *text, bool rows)
{
	const char *hint =
		"Name the label's column of SELECT * FROM t: label => 'churn'; or "
		"SELECT t, t.label FROM t.";
	CallerQuery *query = caller_query_read(
		text,
		"Its columns are features and label, to evaluate a weight, too.");
	Oid first = TupleDescAttr(query->columns, 0)->atttypid;

	if (query->columns->natts < 2)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query must give features and label, not one "
							   "column"),
						rows ? errhint("%s", hint) : 0));
	if (rows && !may_be_row(first))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the query's first column is of type %s, but "
							   "the model's features are a whole row",
							   format_type_be(first)),
						errhint("%s", hint)));
	return query->text;
}

char *
caller_query_labelled(char *text, const char *label, bool rows)
{
	CallerQuery *query;
	const char *expression;
	bool *read;

	if (label == NULL)
		return read_features_and_label(text, rows);
	query = caller_query_read(
		text, rows ? "Its rows are the features, as the model knows their "
					 "columns."
				   : "Its columns are the features and those of the label.");
	expression = caller_query_expression(query, label, "label");
	read = palloc0(query->columns->natts * sizeof(bool));
	caller_query_mark(query, expression, "label", read);
	return psprintf("SELECT %s AS features, %s AS label FROM (%s\n) AS %s",
					rows ? query->alias : array_column(query, read),
					expression, query->text, query->alias);
}
