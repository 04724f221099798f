/*
 * distributed.c
 *		linlearn_train_distributed(source, features, label, options, filter,
 *		channel, weight): a training on rows that stay where they are.
 *
 * Least squares takes one pass, all else the passes of a solver, each a statement
 * that runs with the caller's rights.
 */
#include "pg/cluster/distributed.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "core/options/optimizer_table.h"
#include "core/problem/defaults.h"
#include "executor/spi.h"
#include "pg/base/caller_query.h"
#include "pg/base/extension_version.h"
#include "pg/base/own_schema.h"
#include "pg/cluster/far_columns.h"
#include "pg/cluster/gram.h"
#include "pg/cluster/passes.h"
#include "pg/cluster/placement.h"
#include "pg/cluster/shard_train.h"
#include "pg/cluster/workers.h"
#include "pg/values/label_reader.h"
#include "pg/values/record_types.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

/* Arguments in their order. */
enum
{
	ARG_SOURCE,
	ARG_FEATURES,
	ARG_LABEL,
	ARG_OPTIONS,
	ARG_FILTER,
	ARG_CHANNEL,
	ARG_WEIGHT
};

/* The name of a column, or one expression over them, as SQL; NULL stays. */
static const char *
read_expression(const CallerQuery *rows, const char *text, const char *what,
				bool *read)
{
	const char *expression;

	if (text == NULL)
		return NULL;
	expression = caller_query_expression(rows, text, what);
	caller_query_mark(rows, expression, what, read);
	return expression;
}

/* Whether features of a type are one array, or a sparse row. */
static bool
is_array(Oid type)
{
	CellType found;

	return !type_is_rowtype(getBaseType(type)) &&
		   (!cell_type_find(type, false, &found) ||
			found.kind == COLUMN_BLOCK || found.kind == COLUMN_ENTRIES);
}

/* Whether they are a sparse row. */
static bool
is_sparse(Oid type)
{
	CellType found;

	return cell_type_find(type, false, &found) && found.kind == COLUMN_ENTRIES;
}

/* Features that are an array, as SQL; NULL: they are columns. */
static const char *
read_features(const CallerQuery *rows, const char *text)
{
	const char *expression;
	TupleDesc type;

	if (text == NULL || (caller_query_column(rows, text) == NULL &&
						 (strcmp(text, rows->alias) == 0 ||
						  caller_query_is_list(text, "features"))))
		return NULL;
	expression = caller_query_expression(rows, text, "features");
	(void) caller_query_list(rows, expression, "features", &type);
	return type->natts == 1 && is_array(TupleDescAttr(type, 0)->atttypid)
			   ? expression
			   : NULL;
}

const char *
distributed_source(Oid relation)
{
	if (get_rel_name(relation) == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("there is no relation %u", relation)));
	return quote_qualified_identifier(
		get_namespace_name(get_rel_namespace(relation)),
		get_rel_name(relation));
}

Reading
distributed_read(const char *schema, const char *source, const Reading *texts,
				 const char *key, const char **key_expression)
{
	CallerQuery *rows =
		caller_query_read(psprintf("SELECT * FROM %s", source),
						  "The source is a table, or what is like one.");
	bool *read = palloc0(rows->columns->natts * sizeof(bool));
	Reading reading = {.schema = schema, .alias = rows->alias};

	reading.label = read_expression(rows, texts->label, "label", read);
	reading.filter = read_expression(rows, texts->filter, "filter", read);
	reading.channel = read_expression(rows, texts->channel, "channel", read);
	reading.weight = read_expression(rows, texts->weight, "weight", read);
	if (key_expression != NULL)
		*key_expression = read_expression(rows, key, "key", read);
	if (reading.label == NULL)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("label must not be NULL")));
	reading.features = read_features(rows, texts->features);
	if (reading.features == NULL)
		reading.columns =
			far_columns_read(rows, &reading, texts->features,
							 key_expression == NULL ? NULL : *key_expression);
	else
		caller_query_mark(rows, reading.features, "features", read);
	return reading;
}

/* The type of an expression over the rows, a domain's base type. */
static Oid
type_of(const Reading *reading, const char *source, const char *expression)
{
	char *query = psprintf("SELECT (%s) FROM %s AS %s LIMIT 0", expression,
						   source, reading->alias);
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);
	CachedPlanSource *prepared;

	if (plan == NULL)
		return UNKNOWNOID;
	prepared = linitial(SPI_plan_get_plan_sources(plan));
	return getBaseType(TupleDescAttr(prepared->resultDesc, 0)->atttypid);
}

Oid
distributed_label_type(const Reading *reading, const char *source)
{
	return type_of(reading, source, reading->label);
}

/* Whether a regressor is all that labels of a type leave open. */
static bool
are_numbers(Oid type)
{
	return type_is_number(type) && type != BOOLOID;
}

/* Whether sums of products say all that a training needs. */
static bool
needs_sums_only(const Hyperparameters *settings, Oid type)
{
	return type_is_number(type) && !hp_is_auto(settings, HP_PREDICTOR_TYPE) &&
		   defaults_need_sums_only(settings);
}

/* Sums of products are of dense rows. */
static void
refuse_exact(const Hyperparameters *settings)
{
	if (!hp_is_auto(settings, HP_OPTIMIZER) &&
		hp_integer(settings, HP_OPTIMIZER) == OPTIMIZER_EXACT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("optimizer \"exact\" does not take sparse features"),
				 errhint("Leave \"optimizer\" out, or set it to \"newton\" "
						 "or \"lbfgs\".")));
}

/* Least squares in one pass. */
static Datum
train_by_sums(FunctionCallInfo fcinfo, Passes *passes, FarColumns *columns,
			  Jsonb *options)
{
	bytea *gram = passes_run(passes, passes->gram, NULL);
	if (gram == NULL)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("source has no row to train on")));
	return gram_solve(fcinfo, gram, options,
					  columns == NULL ? NULL : columns->table);
}

/* Trains, whatever it takes, on rows that are to be asked. */
static Datum
train_by_passes(FunctionCallInfo fcinfo, Passes *passes, FarColumns *columns,
				Jsonb *options, const Hyperparameters *settings, Oid label,
				bool sparse)
{
	bool sums = needs_sums_only(settings, label);

	if (columns != NULL)
	{
		far_columns_plan(columns, passes, settings);
		sparse = columns->sparse;
	}
	if (sums && sparse)
		refuse_exact(settings);
	return sums && !sparse
			   ? train_by_sums(fcinfo, passes, columns, options)
			   : shard_train(fcinfo, passes, columns, options, settings);
}

Datum
distributed_train(FunctionCallInfo fcinfo, Reading *reading,
				  const char *source, const List *leaves, Jsonb *options,
				  MemoryContext context)
{
	Hyperparameters settings;
	Passes passes;
	Reading cells;
	FarColumns *columns = NULL;
	bool sparse = reading->features != NULL &&
				  is_sparse(type_of(reading, source, reading->features));
	Oid type = distributed_label_type(reading, source);

	if (reading->channel != NULL)
		reading->channel_coded =
			type_of(reading, source, reading->channel) == CHAROID;
	shard_train_read(options, are_numbers(type), &settings);
	placement_check(leaves, reading->schema);
	MemoryContextSwitchTo(context);
	if (reading->columns != NULL)
	{
		columns = far_columns_begin(reading, options, &cells);
		reading = &cells;
	}
	passes = passes_write(reading, source, leaves);
	SPI_finish();
	return train_by_passes(fcinfo, &passes, columns, options, &settings, type,
						   sparse);
}

/* A text argument, or NULL. */
static const char *
text_argument(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument)
			   ? NULL
			   : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

PG_FUNCTION_INFO_V1(linlearn_train_distributed);
Datum
linlearn_train_distributed(PG_FUNCTION_ARGS)
{
	MemoryContext outer = CurrentMemoryContext;
	const char *schema = own_schema_name(own_schema(fcinfo));
	Jsonb *options =
		PG_ARGISNULL(ARG_OPTIONS) ? NULL : PG_GETARG_JSONB_P(ARG_OPTIONS);
	const char *source;
	Reading texts = {.features = text_argument(fcinfo, ARG_FEATURES),
					 .label = text_argument(fcinfo, ARG_LABEL),
					 .filter = text_argument(fcinfo, ARG_FILTER),
					 .channel = text_argument(fcinfo, ARG_CHANNEL),
					 .weight = text_argument(fcinfo, ARG_WEIGHT)};
	Reading reading;

	if (PG_ARGISNULL(ARG_SOURCE))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("source must not be NULL")));
	source = distributed_source(PG_GETARG_OID(ARG_SOURCE));
	SPI_connect();
	workers_check(PG_GETARG_OID(ARG_SOURCE));
	reading = distributed_read(schema, source, &texts, NULL, NULL);
	return distributed_train(fcinfo, &reading, source,
							 placement_leaves(PG_GETARG_OID(ARG_SOURCE)),
							 options, outer);
}

/* Bytes as text, what is no printable ASCII as a question mark. */
static char *
printable(bytea *bytes)
{
	char *string = pnstrdup(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));

	for (char *at = string; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return string;
}

PG_FUNCTION_INFO_V1(linlearn_is_version);
Datum
linlearn_is_version(PG_FUNCTION_ARGS)
{
	bytea *version = PG_GETARG_BYTEA_PP(0);
	char *wanted = printable(version);
	const char *here = extension_version();

	if (strcmp(wanted, here) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("linlearn is %s here, not %s", here, wanted),
				 errhint("Run ALTER EXTENSION linlearn UPDATE; on the server "
						 "with the older one.")));
	PG_RETURN_BOOL(true);
}
