/*
 * metrics_final.c
 *		What linlearn_metrics returns: the figures as jsonb.
 */
#include "pg/judge/metrics_state.h"

#include "core/judge/metric_table.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "pg/base/json_text.h"

void
metrics_merge_bins(CalibrationBin *into, const CalibrationBin *from)
{
	for (int i = 0; i < METRICS_BINS; i++)
	{
		into[i].weight += from[i].weight;
		into[i].scores += from[i].scores;
		into[i].positives += from[i].positives;
	}
}

/* Write the figures of the table that a kind of model has. */
static void
write_figures(StringInfo json, const MetricFacts *facts,
			  PredictorType predictor, bool scored)
{
	for (const MetricDescriptor *row = metric_table; row->value != NULL; row++)
		if (row->name != NULL && (row->applies & (1u << predictor)) &&
			(scored || !row->from_scores) &&
			(facts->deviance != NULL || !row->of_deviance))
			json_append_field(json, row->name, row->value(facts));
}

/* Write a regressor's figures. */
static void
write_regressor(MetricsState *state, StringInfo json)
{
	const RegressionSums *sums = &state->sums;
	MetricFacts facts = metric_facts();

	json_append_text_field(json, "predictor_type", "regressor");
	json_append_count_field(json, "rows", sums->rows);
	json_append_count_field(json, "null_rows", state->null_rows);
	if (state->weighted)
		json_append_field(json, "weight", sums->weight);
	json_append_field(json, "quantile", state->options.quantile);
	facts.errors = sums;
	facts.quantile = state->options.quantile;
	if (state->options.deviance)
		facts.deviance = &state->deviance;
	write_figures(json, &facts, PREDICTOR_REGRESSOR, false);
}

/* Write what each class has. */
static void
write_classes(const ConfusionMatrix *matrix, double beta, StringInfo json)
{
	json_append_key(json, "per_class");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < matrix->size; i++)
	{
		BinaryCounts counts =
			class_against_rest(&matrix->classes[i], matrix->weight);

		appendStringInfoString(json, i > 0 ? ", {" : "{");
		json_append_text_field(
			json, "label",
			label_name(&matrix->counts->labels, matrix->codes[i]));
		json_append_field(json, "actual", matrix->classes[i].actual);
		json_append_field(json, "predicted", matrix->classes[i].predicted);
		json_append_field(json, "precision", binary_precision(&counts));
		json_append_field(json, "recall", binary_recall(&counts));
		json_append_field(json, "f_beta", binary_f_beta(&counts, beta));
		json_append_field(json, "specificity", binary_specificity(&counts));
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

/* Write what both kinds of classifier begin with. */
static void
write_head(MetricsState *state, const ConfusionMatrix *matrix, RowKind kind,
		   StringInfo json)
{
	json_append_text_field(json, "predictor_type", row_kind_names[kind]);
	json_append_count_field(json, "rows", matrix->rows);
	json_append_count_field(json, "null_rows", state->null_rows);
	if (state->weighted)
		json_append_field(json, "weight", matrix->weight);
}

static void
write_multiclass(MetricsState *state, const ConfusionMatrix *matrix,
				 StringInfo json)
{
	ClassificationMetrics metrics = classification_metrics(
		matrix->classes, matrix->size, state->options.f_beta);
	MetricFacts facts = metric_facts();

	write_head(state, matrix, KIND_MULTICLASS, json);
	json_append_count_field(json, "classes", matrix->size);
	json_append_field(json, "beta", state->options.f_beta);
	write_classes(matrix, state->options.f_beta, json);
	facts.classes = &metrics;
	if (state->score_rows > 0)
		json_append_count_field(json, "score_rows", state->score_rows);
	if (!state->scores_outside)
		facts.calibration_error =
			calibration_error(state->confidence, METRICS_BINS);
	write_figures(json, &facts, PREDICTOR_MULTICLASS, state->score_rows > 0);
}

/* Rank all scores; classes swapped when the first label is the positive. */
static void
rank_state(MetricsState *state, bool swap, RankingSums *sums)
{
	ScoreCursor *cursor = score_cursor_open(&state->runs);
	ScoreGroup group;

	memset(sums, 0, sizeof(*sums));
	while (score_cursor_next(cursor, &group))
		ranking_add(sums, group.weights[!swap], group.weights[swap]);
	score_cursor_close(cursor);
}

/* Log loss, Brier score and calibration error, if the scores are probabilities. */
static void
judge_probabilities(MetricsState *state, int64 positive, MetricFacts *facts)
{
	CalibrationBin bins[METRICS_BINS] = {0};
	double weight = 0;
	double loss = 0;
	double brier = 0;

	for (int i = 0; i < state->stream_count; i++)
	{
		const ScoreStream *stream = &state->streams[i];
		bool hit = stream->label == positive;

		weight += stream->weight;
		loss -= log_sum_value(hit ? &stream->hit : &stream->miss);
		/* (1 - s)^2 of positives, s^2 of negatives */
		brier +=
			stream->squares + (hit ? stream->weight - 2 * stream->sum : 0);
		metrics_merge_bins(bins, stream->bins);
		for (int bin = 0; hit && bin < METRICS_BINS; bin++)
			bins[bin].positives += stream->bins[bin].weight;
	}
	if (state->scores_outside)
		return;
	facts->log_loss = loss / weight;
	facts->brier = Max(brier, 0) / weight;
	facts->calibration_error = calibration_error(bins, METRICS_BINS);
}

/* What a binary classifier's scores say. */
static void
judge_scores(MetricsState *state, int64 positive, MetricFacts *facts)
{
	RankingSums sums;
	bool swap = state->stream_count > 0 && state->streams[0].label == positive;

	judge_probabilities(state, positive, facts);
	rank_state(state, swap, &sums);
	facts->roc_auc = ranking_roc_auc(&sums);
	facts->pr_auc = ranking_average_precision(&sums);
}

/*
 * The place of the positive label: the one asked for; else the last of two, or
 * a single label unless it reads as 0, -1 or false.
 */
static int
positive_label(MetricsState *state, const ConfusionMatrix *matrix)
{
	LabelSpace *labels = &state->confusion.labels;
	int64 code;
	const char *name;

	if (state->options.positive != NULL)
	{
		int place = -1;

		if (label_code_of_text(labels, state->options.positive, &code))
			place = confusion_label(matrix, code);
		if (place >= 0 || matrix->size < 2)
			return place;
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("positive label \"%s\" is not among the labels",
							   state->options.positive),
						errdetail("The labels are \"%s\" and \"%s\".",
								  label_name(labels, matrix->codes[0]),
								  label_name(labels, matrix->codes[1]))));
	}
	if (matrix->size == 2)
		return 1;
	name = label_name(labels, matrix->codes[0]);
	return strcmp(name, "0") == 0 || strcmp(name, "-1") == 0 ||
				   strcmp(name, "false") == 0
			   ? -1
			   : 0;
}

static void
write_binary(MetricsState *state, const ConfusionMatrix *matrix,
			 StringInfo json)
{
	int place = positive_label(state, matrix);
	ClassCounts none = {0};
	MetricFacts facts = metric_facts();

	facts.counts = class_against_rest(
		place >= 0 ? &matrix->classes[place] : &none, matrix->weight);
	facts.beta = state->options.f_beta;
	write_head(state, matrix, KIND_BINARY, json);
	if (place >= 0)
		json_append_text_field(
			json, "positive",
			label_name(&state->confusion.labels, matrix->codes[place]));
	json_append_field(json, "beta", facts.beta);
	if (state->score_rows > 0)
	{
		/* A code that no row has, where no label is positive. */
		int64 positive = place >= 0 ? matrix->codes[place]
									: matrix->codes[0] ^ PG_INT64_MIN;

		json_append_count_field(json, "score_rows", state->score_rows);
		judge_scores(state, positive, &facts);
	}
	write_figures(json, &facts, PREDICTOR_BINARY, state->score_rows > 0);
}

/* Labels that an error names. */
#define NAMED_LABELS 5

/* More labels than a binary classifier has: which they are. */
pg_noreturn static void
not_binary(const ConfusionMatrix *matrix)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < matrix->size && i < NAMED_LABELS; i++)
	{
		char *name = label_name(&matrix->counts->labels, matrix->codes[i]);

		appendStringInfo(
			&names, "%s\"%s\"", i > 0 ? ", " : "",
			pnstrdup(name, pg_mbcliplen(name, strlen(name), 100)));
	}
	if (matrix->size > NAMED_LABELS)
		appendStringInfo(&names, " and %d more", matrix->size - NAMED_LABELS);
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 errmsg("a binary classifier has two labels, not %d", matrix->size),
		 errdetail("Actual and predicted labels are %s.", names.data),
		 errhint("Leave out rows of other labels, or compare with the "
				 "positive label, as in linlearn_metrics(actual = 'x', "
				 "predicted = 'x').")));
}

/* Write a classifier's figures: binary or multiclass. */
static void
write_classifier(MetricsState *state, const ConfusionMatrix *matrix,
				 StringInfo json)
{
	RowKind kind = state->options.kind;

	if (kind == KIND_AUTO)
		kind = matrix->size <= 2 ? KIND_BINARY : KIND_MULTICLASS;
	if (matrix->size > 2 &&
		(kind == KIND_BINARY || state->options.positive != NULL))
		not_binary(matrix);
	if (kind == KIND_BINARY)
		write_binary(state, matrix, json);
	else
		write_multiclass(state, matrix, json);
	if (state->options.confusion)
	{
		json_append_key(json, "confusion");
		matrix->counts->null_rows = state->null_rows;
		confusion_write_json(matrix, json);
	}
}

Datum
metrics_state_final(FunctionCallInfo fcinfo, MetricsState *state)
{
	StringInfoData json;

	if (state == NULL)
		PG_RETURN_NULL();
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (state->regressor)
	{
		if (state->sums.rows == 0)
			PG_RETURN_NULL();
		write_regressor(state, &json);
	}
	else
	{
		ConfusionMatrix matrix;

		confusion_matrix(&state->confusion, &matrix);
		if (matrix.rows == 0)
			PG_RETURN_NULL();
		write_classifier(state, &matrix, &json);
	}
	appendStringInfoChar(&json, '}');
	PG_RETURN_DATUM(json_text_to_jsonb(&json));
}

PG_FUNCTION_INFO_V1(linlearn_metrics_final);
Datum
linlearn_metrics_final(PG_FUNCTION_ARGS)
{
	return metrics_state_final(fcinfo,
							   aggregate_state(fcinfo, 0, METRICS_MAGIC));
}
