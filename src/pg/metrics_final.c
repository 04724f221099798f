/*
 * metrics_final.c
 *		What linlearn_metrics returns: the figures as jsonb.
 */
#include "pg/metrics_state.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "pg/json_text.h"

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

/* Write a regressor's figures. */
static void
write_regressor(MetricsState *state, StringInfo json)
{
	const RegressionSums *sums = &state->sums;

	json_append_text_field(json, "predictor_type", "regressor");
	json_append_count_field(json, "rows", sums->rows);
	json_append_count_field(json, "null_rows", state->null_rows);
	if (state->weighted)
		json_append_field(json, "weight", sums->weight);
	json_append_field(json, "mse", regression_mse(sums));
	json_append_field(json, "rmse", regression_rmse(sums));
	json_append_field(json, "mae", regression_mae(sums));
	json_append_field(json, "r2", regression_r2(sums));
	json_append_field(json, "explained_variance",
					  regression_explained_variance(sums));
	json_append_field(json, "bias", regression_bias(sums));
	json_append_field(json, "max_error", sums->max_error);
	json_append_field(json, "quantile", state->options.quantile);
	json_append_field(json, "pinball",
					  regression_pinball(sums, state->options.quantile));
}

/* Write three averages under a prefix. */
static void
write_averages(StringInfo json, const char *prefix, const Averages *averages)
{
	json_append_field(json, psprintf("%s_precision", prefix),
					  averages->precision);
	json_append_field(json, psprintf("%s_recall", prefix), averages->recall);
	json_append_field(json, psprintf("%s_f_beta", prefix), averages->f_beta);
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

	write_head(state, matrix, KIND_MULTICLASS, json);
	json_append_count_field(json, "classes", matrix->size);
	json_append_field(json, "accuracy", metrics.accuracy);
	json_append_field(json, "balanced_accuracy", metrics.balanced_accuracy);
	json_append_field(json, "mcc", metrics.mcc);
	json_append_field(json, "kappa", metrics.kappa);
	json_append_field(json, "beta", state->options.f_beta);
	write_averages(json, "macro", &metrics.macro);
	write_averages(json, "micro", &metrics.micro);
	write_averages(json, "weighted", &metrics.weighted);
	write_classes(matrix, state->options.f_beta, json);
	if (state->score_rows > 0)
	{
		json_append_count_field(json, "score_rows", state->score_rows);
		json_append_field(
			json, "calibration_error",
			state->scores_outside
				? NAN
				: calibration_error(state->confidence, METRICS_BINS));
	}
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

/* Log loss, Brier score and calibration error of probabilities. */
static void
write_probabilities(MetricsState *state, int64 positive, StringInfo json)
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
		weight = NAN;
	json_append_field(json, "log_loss", loss / weight);
	json_append_field(json, "brier", Max(brier, 0) / weight);
	json_append_field(json, "calibration_error",
					  isnan(weight) ? NAN
									: calibration_error(bins, METRICS_BINS));
}

/* Write what a binary classifier's scores say. */
static void
write_scores(MetricsState *state, int64 positive, StringInfo json)
{
	RankingSums sums;
	bool swap = state->stream_count > 0 && state->streams[0].label == positive;

	json_append_count_field(json, "score_rows", state->score_rows);
	write_probabilities(state, positive, json);
	rank_state(state, swap, &sums);
	json_append_field(json, "roc_auc", ranking_roc_auc(&sums));
	json_append_field(json, "pr_auc", ranking_average_precision(&sums));
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
	BinaryCounts counts = class_against_rest(
		place >= 0 ? &matrix->classes[place] : &none, matrix->weight);
	double beta = state->options.f_beta;

	write_head(state, matrix, KIND_BINARY, json);
	if (place >= 0)
		json_append_text_field(
			json, "positive",
			label_name(&state->confusion.labels, matrix->codes[place]));
	json_append_field(json, "true_positives", counts.true_positives);
	json_append_field(json, "false_positives", counts.false_positives);
	json_append_field(json, "false_negatives", counts.false_negatives);
	json_append_field(json, "true_negatives", counts.true_negatives);
	json_append_field(json, "accuracy", binary_accuracy(&counts));
	json_append_field(json, "precision", binary_precision(&counts));
	json_append_field(json, "recall", binary_recall(&counts));
	json_append_field(json, "beta", beta);
	json_append_field(json, "f_beta", binary_f_beta(&counts, beta));
	json_append_field(json, "specificity", binary_specificity(&counts));
	json_append_field(json, "balanced_accuracy",
					  binary_balanced_accuracy(&counts));
	json_append_field(json, "mcc", binary_mcc(&counts));
	json_append_field(json, "kappa", binary_kappa(&counts));
	if (state->score_rows > 0)
	{
		/* A code that no row has, where no label is positive. */
		int64 positive = place >= 0 ? matrix->codes[place]
									: matrix->codes[0] ^ PG_INT64_MIN;

		write_scores(state, positive, json);
	}
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
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a binary classifier has two labels, not %d",
							   matrix->size),
						errhint("Compare with the positive label, as in "
								"linlearn_metrics(actual = 'x', predicted = "
								"'x').")));
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

PG_FUNCTION_INFO_V1(linlearn_metrics_final);
Datum
linlearn_metrics_final(PG_FUNCTION_ARGS)
{
	MetricsState *state = aggregate_state(fcinfo, 0, METRICS_MAGIC);
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
