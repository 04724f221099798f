/*
 * far_columns.c
 *		Features that are columns of rows which stay where they are.
 *
 * A statement reads them as r.f1, r.f2, ... of a sub-select, which PostgreSQL pulls
 * up, so that a server gets an expression over its table's columns.
 */
#include "pg/cluster/far_columns.h"

#include "funcapi.h"
#include "lib/stringinfo.h"
#include "pg/base/text_encoding.h"
#include "pg/cluster/cell_sql.h"
#include "pg/values/record_columns.h"
#include "pg/values/record_names.h"
#include "utils/builtins.h"

/* ---- What is read ---- */

/* Whether a text of features takes whatever columns there are. */
static bool
takes_all(const char *text, TupleDesc listed, const CallerQuery *rows)
{
	return text == NULL || strchr(text, '*') != NULL ||
		   listed->natts == rows->columns->natts;
}

ColumnList *
far_columns_read(const CallerQuery *rows, const Reading *reading,
				 const char *text, const char *key)
{
	ColumnList *columns = palloc0(sizeof(ColumnList));
	bool *read = palloc0(rows->columns->natts * sizeof(bool));
	StringInfoData given;

	columns->list = caller_query_list(rows, text == NULL ? "*" : text,
									  "features", &columns->descriptor);
	caller_query_mark(rows, columns->list, "features", read);
	memset(read, 0, rows->columns->natts * sizeof(bool));
	caller_query_mark(rows, reading->label, "label", read);
	if (key != NULL)
		caller_query_mark(rows, key, "key", read);
	if (reading->weight != NULL)
		caller_query_mark(rows, reading->weight, "weight", read);
	columns->left_out = palloc0(columns->descriptor->natts * sizeof(bool));
	initStringInfo(&given);
	for (int i = 0; i < rows->columns->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(rows->columns, i)->attname);
		int place = read[i] && takes_all(text, columns->descriptor, rows)
						? find_attribute(columns->descriptor, name)
						: -1;

		if (place >= 0)
			columns->left_out[place] = true;
		appendStringInfo(&given, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(name));
	}
	columns->given = given.data;
	return columns;
}

ColumnList *
far_columns_copy(const ColumnList *columns)
{
	ColumnList *copy = palloc(sizeof(ColumnList));
	Size size = columns->descriptor->natts * sizeof(bool);

	copy->list = pstrdup(columns->list);
	copy->given = pstrdup(columns->given);
	copy->descriptor = CreateTupleDescCopy(columns->descriptor);
	copy->left_out = memcpy(palloc(size), columns->left_out, size);
	return copy;
}

/* The reading of rows whose columns are packed. */
static void
write_reading(const Reading *reading, const char *cells, Reading *packed)
{
	const ColumnList *columns = reading->columns;
	StringInfoData head, tail;

	initStringInfo(&head);
	appendStringInfo(&head, "(SELECT %s, %s", columns->list, reading->label);
	if (reading->weight != NULL)
		appendStringInfo(&head, ", %s", reading->weight);
	if (reading->channel != NULL)
		appendStringInfo(&head, ", %s", reading->channel);
	appendStringInfo(&head, " FROM (SELECT %s FROM ", columns->given);
	initStringInfo(&tail);
	appendStringInfo(&tail, ") AS %s", reading->alias);
	if (reading->filter != NULL)
		appendStringInfo(&tail, " WHERE %s", reading->filter);
	appendStringInfoString(&tail, ") AS r (");
	for (int i = 0; i < columns->descriptor->natts; i++)
		appendStringInfo(&tail, "f%d, ", i + 1);
	appendStringInfo(&tail, "label%s%s)",
					 reading->weight != NULL ? ", weight" : "",
					 reading->channel != NULL ? ", channel" : "");
	*packed =
		(Reading){.schema = reading->schema,
				  .alias = "r",
				  .cells = cells,
				  .label = "r.label",
				  .weight = reading->weight != NULL ? "r.weight" : NULL,
				  .channel = reading->channel != NULL ? "r.channel" : NULL,
				  .channel_coded = reading->channel_coded,
				  .rows_head = head.data,
				  .rows_tail = tail.data};
}

/* ---- Options ---- */

pg_noreturn static void
refuse(const char *option, const char *hint)
{
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("linlearn_train_distributed does not take option "
						   "\"%s\"",
						   option),
					errhint("%s", hint)));
	pg_unreachable();
}

/* Refuses what takes the rows themselves. */
static void
check_options(const TableOptions *options)
{
	if (options->cross_count > 0)
		refuse("cross", "Cross columns by an expression: features => '*, "
						"state || ''*'' || plan AS state_plan'.");
	for (int role = ROLE_OFFSET; role < ROLE_COUNT; role++)
		if (options->roles[role] != NULL)
			refuse(row_role_names[role],
				   "linlearn_train takes it, with the rows here.");
}

/* Excludes the columns that label, key and weight read. */
static void
leave_out(TableOptions *options, const ColumnList *columns)
{
	int natts = columns->descriptor->natts;
	const char **names =
		palloc((options->exclude_count + natts + 1) * sizeof(char *));

	for (uint32 i = 0; i < options->exclude_count; i++)
		names[i] = options->exclude[i];
	options->exclude = names;
	for (int i = 0; i < natts; i++)
	{
		const char *name =
			NameStr(TupleDescAttr(columns->descriptor, i)->attname);

		if (columns->left_out[i] &&
			table_options_role(options, name) == ROLE_COUNT)
			names[options->exclude_count++] = pstrdup(name);
	}
}

/* The weight that options name a column for. */
static const char *
weight_column(const TableOptions *options, const Reading *reading)
{
	const char *name = options->roles[ROLE_WEIGHT];

	if (name == NULL)
		return reading->weight;
	if (reading->weight != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"weight\" and argument weight exclude "
							   "each other")));
	return psprintf("%s.%s", reading->alias, quote_identifier(name));
}

FarColumns *
far_columns_begin(const Reading *reading, Jsonb *options, Reading *cells)
{
	const ColumnList *columns = reading->columns;
	FarColumns *far = palloc0(sizeof(FarColumns));
	Reading weighted = *reading;
	TupleDesc descriptor = CreateTupleDescCopy(columns->descriptor);
	bool *used = palloc0(descriptor->natts * sizeof(bool));

	table_options_read(options, &far->options);
	check_options(&far->options);
	leave_out(&far->options, columns);
	far->reader = record_reader_begin(&far->options, CurrentMemoryContext);
	descriptor = BlessTupleDesc(descriptor);
	record_reader_mark(far->reader, descriptor->tdtypmod, used);
	weighted.weight = weight_column(&far->options, reading);
	write_reading(&weighted,
				  cell_sql(reading->schema, descriptor, used, &far->options),
				  cells);
	return far;
}

/* ---- A model's rows ---- */

/* Whether a name is that of a column of a model, or of keys of one. */
static bool
is_learned(const Columns *columns, const char *name)
{
	const char *utf8 = utf8_of_server(name, strlen(name));
	Size size = strlen(utf8);

	for (uint32 i = 0; i < columns->count; i++)
		if (strncmp(columns->columns[i].name, utf8, size) == 0 &&
			(columns->columns[i].name[size] == '\0' ||
			 (columns->columns[i].name[size] == '.' &&
			  column_is_key(&columns->columns[i]))))
			return true;
	return false;
}

/* What options say of a model's columns: names, keys and words. */
static TableOptions
options_of_model(const Columns *columns)
{
	TableOptions options = {.includes = true};

	options.include = palloc((columns->count + 1) * sizeof(char *));
	options.columns =
		palloc0((columns->count + 1) * sizeof(NamedColumnOptions));
	for (uint32 i = 0; i < columns->count; i++)
	{
		const Column *column = &columns->columns[i];
		const char *name = record_column_name(column);

		options.include[options.include_count++] = name;
		if (column->options.words != NULL)
			options.columns[options.column_count++] =
				(NamedColumnOptions){name, {.words = column->options.words}};
	}
	return options;
}

void
far_columns_judge(const Reading *reading, const Columns *columns,
				  Reading *cells)
{
	TupleDesc descriptor = reading->columns->descriptor;
	TableOptions options = options_of_model(columns);
	bool *used = palloc0(descriptor->natts * sizeof(bool));
	int count = 0;

	if (columns->offset != NULL || columns->exposure != NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("the model has columns that are added to the "
							   "margin"),
						errhint("Give a query, which fetches the rows.")));
	for (int i = 0; i < descriptor->natts; i++)
	{
		used[i] = is_learned(columns,
							 NameStr(TupleDescAttr(descriptor, i)->attname));
		count += used[i];
	}
	if (count == 0)
		refuse_missing(descriptor, record_column_name(&columns->columns[0]));
	write_reading(
		reading, cell_sql(reading->schema, descriptor, used, &options), cells);
}
