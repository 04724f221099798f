/*
 * evaluate_rows.c
 *		Evaluations of rows where they are: a statement of sums, of which the model
 *		is a parameter.
 */
#include "pg/serve/evaluate_rows.h"

#include "catalog/pg_type.h"
#include "core/judge/deviance.h"
#include "core/model/model.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "pg/base/json_text.h"
#include "pg/base/own_query.h"
#include "pg/cluster/distributed.h"
#include "pg/cluster/far_columns.h"
#include "pg/cluster/judge_row.h"
#include "pg/cluster/terms.h"
#include "pg/predict/model_cache.h"
#include "pg/serve/evaluation_table.h"
#include "pg/values/label_reader.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

/* The pair of a row for a model, which is $1 in the statement. */
static char *
write_pair(const Model *model, const Reading *reading, Oid label_type,
		   bool local)
{
	const char *bytes = local ? "$1" : "(SELECT $1)";
	char *predicted = psprintf("%s.linlearn_predict(%s, %s)", reading->schema,
							   bytes, reading->features);
	const char *label = reading->label;
	StringInfoData pair;

	if (model->predictor == PREDICTOR_REGRESSOR)
		label = psprintf("(%s)::pg_catalog.float8", label);
	else if (label_type == BOOLOID)
		predicted = psprintf("(%s OPERATOR(pg_catalog.=) "
							 "'1'::pg_catalog.float8)",
							 predicted);
	else if (type_is_number(label_type))
		predicted = psprintf("%s::%s", predicted,
							 format_type_be_qualified(label_type));
	else
		predicted = psprintf("%s.linlearn_predict_label(%s, %s)",
							 reading->schema, bytes, reading->features);
	initStringInfo(&pair);
	appendStringInfo(&pair, "%s.linlearn_pair(%s, %s", reading->schema, label,
					 predicted);
	if (model->predictor != PREDICTOR_REGRESSOR)
		appendStringInfo(&pair, ", %s.linlearn_score(%s, %s)", reading->schema,
						 bytes, reading->features);
	appendStringInfoChar(&pair, ')');
	return pair.data;
}

/* The k of top-k accuracy. */
static int
top_k(const Model *model)
{
	return Max((int) hp_integer(&model->settings, HP_ACCURACY_TOP_K), 1);
}

/* What is summed over the rows of a table, as SQL; $1 is the model. */
typedef struct Sums
{
	char *pair;
	bool matrix;
	char *row; /* figures that no pair tells, or NULL */
} Sums;

static Sums
write_sums(const Model *model, const Reading *reading, Oid label_type,
		   bool local)
{
	Sums sums = {write_pair(model, reading, label_type, local),
				 model->predictor != PREDICTOR_REGRESSOR, NULL};

	if (model->predictor == PREDICTOR_MULTICLASS ||
		loss_is_log_link(model->loss))
		sums.row = psprintf("%s.linlearn_judge_row(%s, %s, %s, %d)",
							reading->schema, local ? "$1" : "(SELECT $1)",
							reading->features, reading->label, top_k(model));
	return sums;
}

/* SELECT of the sums over the rows of one table. */
static void
append_sums(StringInfo query, const Reading *reading, const Sums *sums,
			const char *from)
{
	appendStringInfo(query, "SELECT %s.linlearn_metrics_part(%s) AS part",
					 reading->schema, sums->pair);
	if (sums->matrix)
		appendStringInfo(query, ", %s.linlearn_confusion_part(%s) AS matrix",
						 reading->schema, sums->pair);
	if (sums->row != NULL)
		appendStringInfo(query, ", %s.linlearn_judge_sum(%s) AS figures",
						 reading->schema, sums->row);
	passes_append_rows(query, reading, from);
}

/* A column of the statement: an aggregate over the parts, or NULL. */
static void
append_merge(StringInfo query, const char *schema, bool is_there,
			 const char *aggregate, const char *part)
{
	if (is_there)
		appendStringInfo(query, ", %s.%s(p.%s)", schema, aggregate, part);
	else
		appendStringInfoString(query, ", NULL");
}

/* The beta that a model was chosen by; 1: by none. */
static double
model_beta(const Model *model)
{
	double beta = model->settings.value[HP_F_BETA];

	return beta > 0 ? beta : 1;
}

/* The statement that evaluates; $1 is the model. */
static char *
write_evaluation(const Model *model, const Reading *reading, Oid label_type,
				 const char *source, const List *leaves)
{
	Sums sums = write_sums(model, reading, label_type, leaves == NIL);
	StringInfoData query;
	ListCell *cell;

	initStringInfo(&query);
	appendStringInfo(&query,
					 "SELECT %s.linlearn_metrics_merge(p.part, "
					 "%.17g::pg_catalog.float8)",
					 reading->schema, model_beta(model));
	append_merge(&query, reading->schema, sums.matrix,
				 "linlearn_confusion_merge", "matrix");
	append_merge(&query, reading->schema, sums.row != NULL,
				 "linlearn_judge_sum", "figures");
	appendStringInfoString(&query, " FROM (");
	if (leaves == NIL)
		append_sums(&query, reading, &sums, source);
	foreach (cell, leaves)
	{
		if (cell != list_head(leaves))
			appendStringInfoString(&query, " UNION ALL ");
		append_sums(&query, reading, &sums,
					psprintf("ONLY %s", ((const Leaf *) lfirst(cell))->name));
	}
	appendStringInfoString(&query, ") AS p");
	return query.data;
}

/* What sums of figures say of a model of many classes; NULL: of no row. */
static void
append_ranks(StringInfo json, const Model *model, const double *sums)
{
	json_append_count_field(json, "top_k", top_k(model));
	if (sums == NULL)
		return;
	json_append_field(json, "top_k_accuracy",
					  sums[JUDGE_NEAR] / sums[JUDGE_ROWS]);
	json_append_field(json, "dcg", sums[JUDGE_GAIN] / sums[JUDGE_ROWS]);
	if (loss_table[model->loss].link == LINK_SOFTMAX)
		json_append_field(json, "log_loss",
						  sums[JUDGE_LOG_LOSS] / sums[JUDGE_ROWS]);
}

/* What they say of one with a log link. */
static void
append_deviance(StringInfo json, const Model *model, const double *sums)
{
	DevianceSums deviance =
		deviance_start(model->loss, model->settings.value[HP_TWEEDIE_POWER]);

	deviance.weight = sums[JUDGE_ROWS];
	deviance.labels = sums[JUDGE_LABELS];
	deviance.own = sums[JUDGE_OWN];
	deviance.deviance = sums[JUDGE_DEVIANCE];
	deviance.rows = (uint64) sums[JUDGE_ROWS];
	json_append_field(json, "mean_deviance", deviance_mean(&deviance));
	if (deviance.rows > 1)
		json_append_field(json, "d2", deviance_d2(&deviance));
}

/* The metrics with what the figures that are summed beside them say. */
static Datum
add_figures(const Model *model, Datum metrics, NullableDatum figures)
{
	const double *sums = figures.isnull ? NULL : judge_figures(figures.value);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (model->predictor == PREDICTOR_MULTICLASS)
		append_ranks(&json, model, sums);
	else if (sums != NULL)
		append_deviance(&json, model, sums);
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall2(jsonb_concat, metrics,
							   json_text_to_jsonb(&json));
}

/* The rows that an evaluation saw, for people to see again. */
static char *
describe_rows(const Reading *reading, const char *source)
{
	const char *where = reading->filter != NULL ? " WHERE " : "";
	const char *filter = reading->filter != NULL ? reading->filter : "";
	const char *row = "r";

	if (reading->columns != NULL)
	{
		/* A name that no column has. */
		while (SPI_fnumber(reading->columns->descriptor, row) > 0)
			row = psprintf("%s_", row);
		return psprintf("SELECT %s, %s.\"(label)\" FROM (SELECT %s, %s AS "
						"\"(label)\" FROM %s AS %s%s%s) AS %s",
						row, row, reading->columns->list, reading->label,
						source, reading->alias, where, filter, row);
	}
	return psprintf("SELECT %s, %s FROM %s AS %s%s%s", reading->features,
					reading->label, source, reading->alias, where, filter);
}

/* A model and rows as an evaluation takes them: its features are arrays. */
typedef struct Judged
{
	Reading reading;
	Model model;
	Datum values[2]; /* the model's bytes and, of columns, their plan */
} Judged;

/* Brings a model of columns to where the rows are: as their plan, and of arrays. */
static void
judge_columns(Judged *judged, const Reading *reading, bool local)
{
	const Columns *columns = judged->model.columns;

	far_columns_judge(reading, columns, &judged->reading);
	judged->reading.features =
		psprintf("%s.linlearn_%sterms(%s, %s)", reading->schema,
				 judged->model.format == ROWS_SPARSE ? "sparse_" : "",
				 local ? "$2" : "(SELECT $2)", judged->reading.cells);
	judged->values[1] = PointerGetDatum(terms_plan_write(columns));
	judged->model.columns = NULL;
	judged->values[0] = PointerGetDatum(train_state_encode(&judged->model));
}

static Judged
judge(bytea *bytes, const Reading *reading, bool local)
{
	CachedModel *cached =
		cached_model_create((struct varlena *) bytes, CurrentMemoryContext);
	bool columns = cached->model.columns != NULL;
	Judged judged = {*reading, cached->model, {PointerGetDatum(bytes), 0}};

	if (columns != (reading->columns != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 columns ? errmsg("the model takes rows of a table, not "
								  "arrays")
						 : errmsg("the model takes arrays, not rows of a "
								  "table"),
				 columns
					 ? errhint("Say so: features => '*'; or leave features "
							   "out.")
					 : errhint("Say what the features are, as an array: "
							   "features => 'ARRAY[a, b]'.")));
	if (columns)
		judge_columns(&judged, reading, local);
	return judged;
}

Datum
evaluate_rows(Oid schema, const char *name, int32 version, bytea *bytes,
			  const Reading *reading, const char *source, const List *leaves,
			  const char *dataset)
{
	Judged judged = judge(bytes, reading, leaves == NIL);
	Oid types[2] = {BYTEAOID, BYTEAOID};
	Datum metrics;
	NullableDatum confusion, figures;
	bool null;
	char *query = write_evaluation(&judged.model, &judged.reading,
								   distributed_label_type(reading, source),
								   source, leaves);

	/* Without a limit, with which no plan would be parallel. */
	own_query_execute(reading->schema, query, "", 2, types, judged.values,
					  judged.values[1] == (Datum) 0 ? " n" : NULL, false, 0);
	metrics =
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null);
	if (null)
		return (Datum) 0;
	confusion.value = SPI_getbinval(
		SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &confusion.isnull);
	figures.value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
								  3, &figures.isnull);
	metrics = add_figures(&judged.model, metrics, figures);
	keep_evaluation(schema, name, version, dataset,
					describe_rows(reading, source), metrics, confusion);
	return metrics;
}
