/*
 * evaluate.c
 *		linlearn_evaluate(model_name, query, dataset, version, label): predict
 *		the rows of a query and keep how well it went.
 *
 * The query becomes a subquery of one statement over linlearn_predict_label
 * and the metric aggregates, so it may run in parallel.  It runs with the
 * caller's rights and search_path, like any query of theirs.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "core/model/model.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "pg/base/caller_query.h"
#include "pg/base/json_text.h"
#include "pg/base/own_query.h"
#include "pg/base/own_schema.h"
#include "pg/judge/confusion.h"
#include "pg/predict/model_cache.h"
#include "pg/serve/evaluation_table.h"
#include "pg/serve/registry.h"
#include "pg/serve/registry_table.h"
#include "pg/values/label_reader.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

/* Parameters of the statement that evaluates. */
#define PARAMETERS 4

/* What an evaluation came to. */
typedef struct Evaluation
{
	Datum metrics;
	Datum confusion;
	bool has_confusion;
	bool empty;
} Evaluation;

/* The query of features and label [and weight] in an argument. */
static char *
query_argument(FunctionCallInfo fcinfo, const Model *model)
{
	char *label = NULL;

	/* Statements of 0.1.0 have four arguments. */
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		label = text_to_cstring(PG_GETARG_TEXT_PP(4));
	return caller_query_labelled(text_to_cstring(PG_GETARG_TEXT_PP(1)), label,
								 model->columns != NULL);
}

/*
 * How many columns the query has: 2, or 3 with a weight; the label's type.  table
 * says whether features are rows.
 */
static int
query_columns(const char *query, bool table, Oid *label_type)
{
	SPIPlanPtr plan = SPI_prepare(query, 0, NULL);
	List *sources;
	CachedPlanSource *source;
	int columns = 0;

	if (plan == NULL)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("query to evaluate cannot be prepared")));
	sources = SPI_plan_get_plan_sources(plan);
	if (list_length(sources) == 1)
	{
		source = (CachedPlanSource *) linitial(sources);
		if (source->resultDesc != NULL)
			columns = source->resultDesc->natts;
		if (columns >= 2)
			*label_type = TupleDescAttr(source->resultDesc, 1)->atttypid;
	}
	SPI_freeplan(plan);
	if (columns != 2 && columns != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("query to evaluate must be one SELECT of two or "
						"three columns, not %d",
						columns),
				 errdetail("They are features, label and, if wanted, "
						   "weight."),
				 table
					 ? errhint("The model's features are a whole row: SELECT "
							   "t, t.label FROM t; or name the label's column "
							   "of SELECT * FROM t: label => 'churn'.")
					 : 0));
	return columns;
}

/* The labels of a classifier as a text[]. */
static Datum
label_array(const Model *model)
{
	Datum *labels = palloc(Max(model->label_count, 1) * sizeof(Datum));

	for (uint32 i = 0; i < model->label_count; i++)
		labels[i] = CStringGetTextDatum(model->labels[i].text);
	return PointerGetDatum(construct_array(labels, (int) model->label_count,
										   TEXTOID, -1, false, TYPALIGN_INT));
}

/* The options of linlearn_metrics that fit the model. */
static Datum
metric_options(const Model *model)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_append_text_field(
		&json, "predictor_type",
		hyperparameter_table[HP_PREDICTOR_TYPE].choices[model->predictor]);
	json_append_field(&json, "f_beta",
					  model->settings.value[HP_F_BETA] > 0
						  ? model->settings.value[HP_F_BETA]
						  : 1);
	if (model->predictor == PREDICTOR_REGRESSOR)
	{
		if (hyperparameter_table[HP_QUANTILE].losses & OF_LOSS(model->loss))
			json_append_field(&json, "quantile",
							  model->settings.value[HP_QUANTILE]);
		if (loss_is_log_link(model->loss))
		{
			json_append_text_field(&json, "deviance", loss_names[model->loss]);
			json_append_field(&json, "tweedie_power",
							  model->settings.value[HP_TWEEDIE_POWER]);
		}
	}
	else if (model->label_count <= MAX_MATRIX_LABELS)
	{
		json_append_key(&json, "confusion");
		appendStringInfoString(&json, "true");
	}
	if (model->predictor == PREDICTOR_BINARY && model->label_count == 2)
		json_append_text_field(&json, "positive", model->labels[1].text);
	appendStringInfoChar(&json, '}');
	return json_text_to_jsonb(&json);
}

/* A query with weights, less its rows of weight 0: they are not even predicted. */
static const char *
without_weightless(const char *query)
{
	return psprintf("SELECT * FROM (%s\n) AS w (features, label, weight) "
					"WHERE (weight::pg_catalog.float8 "
					"OPERATOR(pg_catalog.=) 0::pg_catalog.float8) IS NOT TRUE",
					query);
}

/* Appends what linlearn_metrics compares: a label, and that of `predicted`. */
static void
append_labels(StringInfo command, const Model *model, const char *schema,
			  Oid label_type, const char *predicted)
{
	/* As numbers they come in the order of numbers. */
	const char *cast = label_kind(model->label_type) == LABEL_NUMBER
						   ? "::pg_catalog.float8"
						   : "";

	/* An enum, read by its values, has its order. */
	if (type_is_enum(getBaseType(label_type)))
		appendStringInfoString(command, "label");
	else
		appendStringInfo(command, "%s.linlearn_label_text($1, label)%s",
						 schema, cast);
	appendStringInfo(command, ", %s%s", predicted, cast);
}

/* Appends a mean over the rows, and a comma before it. */
static void
append_mean(StringInfo command, const char *figure, const char *weight)
{
	const char *rows = "FILTER (WHERE label IS NOT NULL AND quantiles IS NOT "
					   "NULL)";

	appendStringInfo(command,
					 ", pg_catalog.sum((%s) OPERATOR(pg_catalog.*) %s) %s "
					 "OPERATOR(pg_catalog./) pg_catalog.sum(%s) %s",
					 figure, weight, rows, weight, rows);
}

/* Appends the figures, also the loss and the coverage of each quantile. */
static void
append_quantiles(StringInfo command, const Model *model, const char *schema,
				 const char *query, const char *names, const char *weight)
{
	const char *count = weight[0] != '\0' ? "weight::pg_catalog.float8"
										  : "1::pg_catalog.float8";

	appendStringInfo(command,
					 "label, %s.linlearn_predict($1, features), NULL, $2%s)",
					 schema, weight);
	for (uint32 k = 0; k < model->outputs; k++)
	{
		char *error = psprintf("(label::pg_catalog.float8 "
							   "OPERATOR(pg_catalog.-) quantiles[%u])",
							   k + 1);
		const char *quantile = model->quantiles[k].text;

		append_mean(command,
					psprintf("GREATEST(%s::pg_catalog.float8 "
							 "OPERATOR(pg_catalog.*) %s, "
							 "(%s::pg_catalog.float8 OPERATOR(pg_catalog.-) "
							 "1::pg_catalog.float8) OPERATOR(pg_catalog.*) "
							 "%s)",
							 quantile, error, quantile, error),
					count);
		append_mean(command,
					psprintf("CASE WHEN label::pg_catalog.float8 "
							 "OPERATOR(pg_catalog.<=) quantiles[%u] THEN "
							 "1::pg_catalog.float8 ELSE "
							 "0::pg_catalog.float8 END",
							 k + 1),
					count);
	}
	/* OFFSET 0 keeps the quantiles from being computed once a use. */
	appendStringInfo(
		command,
		" FROM (SELECT q.*, %s.linlearn_quantiles($1, features) AS quantiles "
		"FROM (%s\n) AS q (%s) OFFSET 0) AS r",
		schema, query, names);
}

/*
 * The statement that evaluates: columns metrics and, of many classes, top-k
 * accuracy, dcg and log loss, of several quantiles the loss and coverage of each.  $1 model, $2 options, $3 labels, $4 k.
 */
static char *
evaluation_command(const Model *model, const char *schema, const char *query)
{
	Oid label_type = InvalidOid;
	bool weighted =
		query_columns(query, model->columns != NULL, &label_type) == 3;
	const char *names =
		weighted ? "features, label, weight" : "features, label";
	const char *weight = weighted ? ", weight::pg_catalog.float8" : "";
	StringInfoData command;

	if (weighted)
		query = without_weightless(query);
	initStringInfo(&command);
	appendStringInfo(&command, "SELECT %s.linlearn_metrics(", schema);
	if (model->quantiles != NULL)
		append_quantiles(&command, model, schema, query, names, weight);
	else if (model->predictor == PREDICTOR_REGRESSOR)
		appendStringInfo(&command,
						 "label, %s.linlearn_predict($1, features), NULL, "
						 "$2%s) FROM (%s\n) AS q (%s)",
						 schema, weight, query, names);
	else if (model->predictor == PREDICTOR_BINARY)
	{
		append_labels(
			&command, model, schema, label_type,
			psprintf("%s.linlearn_predict_label($1, features)", schema));
		appendStringInfo(&command,
						 ", %s.linlearn_score($1, features), $2%s) "
						 "FROM (%s\n) AS q (%s)",
						 schema, weight, query, names);
	}
	else
	{
		append_labels(&command, model, schema, label_type, "predicted");
		appendStringInfo(&command,
						 ", score, $2%s), "
						 "%s.linlearn_top_k_accuracy(class, scores, $4), "
						 "%s.linlearn_dcg(class, scores)",
						 weight, schema, schema);
		if (loss_table[model->loss].link == LINK_SOFTMAX)
			appendStringInfo(&command, ", %s.linlearn_log_loss(class, scores)",
							 schema);
		/* OFFSET 0 keeps the scores from being computed once a use. */
		appendStringInfo(
			&command,
			" FROM (SELECT q.*, "
			"%s.linlearn_predict_label($1, features) AS predicted, "
			"%s.linlearn_score($1, features) AS score, "
			"%s.linlearn_scores($1, features) AS scores, "
			"pg_catalog.array_position($3, %s.linlearn_label_text($1, label)) "
			"OPERATOR(pg_catalog.-) 1 AS class "
			"FROM (%s\n) AS q (%s) OFFSET 0) AS r",
			schema, schema, schema, schema, query, names);
	}
	return command.data;
}

/* A copy of a jsonb's named part; false if it has none. */
static bool
jsonb_part(Jsonb *json, const char *key, Datum *part)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(&json->root, key, strlen(key), &value) ==
		NULL)
		return false;
	*part = JsonbPGetDatum(JsonbValueToJsonb(&value));
	return true;
}

/* The metrics without the matrix, and with what the statement's other columns
 * say. */
static Datum
merge_metrics(const Model *model, Jsonb *metrics, int k)
{
	static const char *const names[] = {"top_k_accuracy", "dcg", "log_loss"};
	StringInfoData json;
	JsonbIterator *iterator = JsonbIteratorInit(&metrics->root);
	JsonbIteratorToken token;
	JsonbValue value;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;
		Jsonb *part;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		JsonbIteratorNext(&iterator, &value, true);
		if (strcmp(key, "confusion") == 0)
			continue;
		part = JsonbValueToJsonb(&value);
		json_append_key(&json, key);
		appendStringInfoString(
			&json, JsonbToCString(NULL, &part->root, VARSIZE(part)));
	}
	for (int i = 1; i < SPI_tuptable->tupdesc->natts; i++)
	{
		bool is_null;
		Datum figure = SPI_getbinval(SPI_tuptable->vals[0],
									 SPI_tuptable->tupdesc, i + 1, &is_null);

		if (i == 1 && model->quantiles == NULL)
			json_append_count_field(&json, "top_k", k);
		if (is_null)
			continue;
		json_append_field(
			&json,
			model->quantiles == NULL
				? names[i - 1]
				: psprintf("%s_%s", i % 2 == 1 ? "quantile_loss" : "coverage",
						   model->quantiles[(i - 1) / 2].text),
			DatumGetFloat8(figure));
	}
	appendStringInfoChar(&json, '}');
	return json_text_to_jsonb(&json);
}

/* Run the evaluation. */
static Evaluation
run_evaluation(const Model *model, bytea *bytes, const char *schema,
			   const char *query)
{
	Oid types[PARAMETERS] = {BYTEAOID, JSONBOID, TEXTARRAYOID, INT4OID};
	int k = Max((int) hp_integer(&model->settings, HP_ACCURACY_TOP_K), 1);
	Datum values[PARAMETERS] = {PointerGetDatum(bytes), metric_options(model),
								label_array(model), Int32GetDatum(k)};
	Evaluation result = {0};
	Datum metrics;
	bool is_null;

	own_query_execute(schema, evaluation_command(model, schema, query), query,
					  PARAMETERS, types, values, NULL, false, 1);
	if (SPI_processed == 0)
		elog(ERROR, "evaluation gave no row");
	metrics = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
							&is_null);
	result.empty = is_null;
	if (is_null)
		return result;
	result.has_confusion =
		jsonb_part(DatumGetJsonbP(metrics), "confusion", &result.confusion);
	result.metrics = merge_metrics(model, DatumGetJsonbP(metrics), k);
	return result;
}

PG_FUNCTION_INFO_V1(linlearn_evaluate);
Datum
linlearn_evaluate(PG_FUNCTION_ARGS)
{
	char *name = registry_name_argument(fcinfo, 0);
	char *query;
	int version = registry_version_argument(fcinfo, 3);
	const char *schema = own_schema_name(own_schema(fcinfo));
	const CachedModel *cached;
	Evaluation result;
	bytea *bytes;
	Jsonb *metrics;
	Jsonb *copy;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be NULL",
							   PG_ARGISNULL(1) ? "query" : "dataset")));
	bytes = registry_fetch(schema, name, &version, true);
	registry_check_rights(own_schema(fcinfo), "linlearn_evaluations",
						  ACL_INSERT, "linlearn_evaluate()");
	cached =
		cached_model_create((struct varlena *) bytes, CurrentMemoryContext);
	SPI_connect();
	query = query_argument(fcinfo, &cached->model);
	result = run_evaluation(&cached->model, bytes, schema, query);
	if (result.empty)
		ereport(ERROR, (errcode(ERRCODE_NO_DATA_FOUND),
						errmsg("query to evaluate gave no row with features "
							   "and a label")));
	keep_evaluation(own_schema(fcinfo), name, version,
					text_to_cstring(PG_GETARG_TEXT_PP(2)), query,
					result.metrics,
					(NullableDatum){result.confusion, !result.has_confusion});
	metrics = DatumGetJsonbP(result.metrics);
	copy = SPI_palloc(VARSIZE(metrics));
	memcpy(copy, metrics, VARSIZE(metrics));
	SPI_finish();
	PG_RETURN_JSONB_P(copy);
}
