/*
 * metrics_agg.c
 *		linlearn_metrics(actual, predicted [, score [, options [, weight]]]).
 *
 * One aggregate for the three predictor types.  What the rows are is decided
 * by option predictor_type, else by the types: actual and predicted both
 * numbers and actual a float or numeric: a regressor; anything else: a
 * classifier, binary if at most two labels were seen.
 */
#include "linlearn.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "core/metrics.h"
#include "lib/stringinfo.h"
#include "pg/confusion.h"
#include "pg/json_text.h"
#include "pg/score_runs.h"
#include "pg/state_bytes.h"
#include "pg/weights.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#define METRICS_MAGIC 0x31544D4C /* "LMT1" */

/* Bins of the calibration error. */
#define BINS 10

typedef enum RowKind
{
	KIND_AUTO,
	KIND_BINARY,
	KIND_MULTICLASS,
	KIND_REGRESSOR
} RowKind;

static const char *const kind_names[] = {"auto", "binary_classifier",
										 "multiclass_classifier", "regressor"};

typedef struct MetricsOptions
{
	RowKind kind;
	double f_beta;
	double quantile;
	bool confusion; /* show the matrix too */
	char *positive; /* label that counts as positive, or NULL */
} MetricsOptions;

/* What the scores of one label's rows sum to. */
typedef struct ScoreStream
{
	int64 label;
	LogSum hit;	 /* log(score) */
	LogSum miss; /* log(1 - score) */
	double weight;
	double sum;
	double squares;
	CalibrationBin bins[BINS];
} ScoreStream;

typedef struct MetricsState
{
	MetricsOptions options;
	bool regressor;
	bool weighted;
	Oid types[2];
	int64 null_rows; /* regressor's; others are in confusion */
	RegressionSums sums;
	ConfusionCounts confusion;
	int64 score_rows;
	bool scores_outside; /* some are not in [0, 1] */
	int stream_count;	 /* 3: more than two labels, nothing kept */
	ScoreStream streams[2];
	CalibrationBin confidence[BINS]; /* positives: rightly predicted */
	ScoreRuns runs;
	StateReader runs_left; /* deserialised: the scores, not yet read */
} MetricsState;

static void
bad_option(const char *key, const char *allowed)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("option \"%s\" must be %s", key, allowed)));
}

/* A number option in an open interval. */
static double
option_number(const char *key, const JsonbValue *value, double low,
			  double high, const char *allowed)
{
	double number;

	if (value->type != jbvNumeric)
		bad_option(key, allowed);
	number = DatumGetFloat8(DirectFunctionCall1(
		numeric_float8, NumericGetDatum(value->val.numeric)));
	if (!(number > low && number < high))
		bad_option(key, allowed);
	return number;
}

/* The kind that a string names. */
static RowKind
option_kind(const char *key, const JsonbValue *value)
{
	if (value->type == jbvString)
	{
		for (int kind = KIND_AUTO; kind <= KIND_REGRESSOR; kind++)
		{
			if (strlen(kind_names[kind]) == value->val.string.len &&
				memcmp(kind_names[kind], value->val.string.val,
					   value->val.string.len) == 0)
				return kind;
		}
	}
	bad_option(key, "auto, binary_classifier, multiclass_classifier or "
					"regressor");
	return KIND_AUTO;
}

/* Read one option. */
static void
read_option(MetricsOptions *options, const char *key, const JsonbValue *value)
{
	if (strcmp(key, "predictor_type") == 0)
		options->kind = option_kind(key, value);
	else if (strcmp(key, "f_beta") == 0)
		options->f_beta = option_number(key, value, 0, 1e6,
										"a number above 0 and below 1e6");
	else if (strcmp(key, "quantile") == 0)
		options->quantile =
			option_number(key, value, 0, 1, "a number above 0 and below 1");
	else if (strcmp(key, "confusion") == 0)
	{
		if (value->type != jbvBool)
			bad_option(key, "true or false");
		options->confusion = value->val.boolean;
	}
	else if (strcmp(key, "positive") == 0)
	{
		if (value->type != jbvString)
			bad_option(key, "a label as a string");
		options->positive =
			pnstrdup(value->val.string.val, value->val.string.len);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown option \"%s\"", key),
				 errhint("The options are predictor_type, positive, f_beta, "
						 "quantile and confusion.")));
}

/* Read the options, in the current (the aggregate's) memory context. */
static void
read_options(MetricsOptions *options, Jsonb *source)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	options->f_beta = 1;
	options->quantile = 0.5;
	if (source == NULL)
		return;
	if (!JB_ROOT_IS_OBJECT(source))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options must be a JSON object")));
	iterator = JsonbIteratorInit(&source->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		JsonbIteratorNext(&iterator, &value, true);
		read_option(options, key, &value);
	}
}

/* Whether the types alone say that values are predicted, not labels. */
static bool
types_of_regressor(const Oid types[2])
{
	return (types[0] == FLOAT4OID || types[0] == FLOAT8OID ||
			types[0] == NUMERICOID) &&
		   type_is_number(types[1]);
}

/* An empty state for these types. */
static MetricsState *
new_state(FunctionCallInfo fcinfo, MemoryContext context, Oid actual,
		  Oid predicted, Oid collation, const MetricsOptions *options,
		  bool weighted)
{
	MetricsState *state = MemoryContextAllocZero(context, sizeof(*state));

	state->options = *options;
	state->types[0] = actual;
	state->types[1] = predicted;
	state->weighted = weighted;
	state->regressor =
		options->kind == KIND_REGRESSOR ||
		(options->kind == KIND_AUTO && types_of_regressor(state->types));
	if (state->regressor)
	{
		if (!type_is_number(actual) || !type_is_number(predicted))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("a regressor's actual and predicted values must "
							"be numbers")));
		return state;
	}
	confusion_init(&state->confusion, context, actual, predicted, collation);
	state->confusion.weighted = weighted;
	score_runs_init(&state->runs, fcinfo, context, weighted);
	return state;
}

/* The state, made by the first row of a group. */
static MetricsState *
metrics_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	MemoryContext old;
	MetricsOptions options = {0};
	Jsonb *source = NULL;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		elog(ERROR, "linlearn_metrics_accum called in non-aggregate context");
	if (!PG_ARGISNULL(0))
		return (MetricsState *) PG_GETARG_POINTER(0);
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		source = PG_GETARG_JSONB_P(4);
	old = MemoryContextSwitchTo(context);
	read_options(&options, source);
	MemoryContextSwitchTo(old);
	return new_state(fcinfo, context, argument_base_type(fcinfo, 1),
					 argument_base_type(fcinfo, 2), PG_GET_COLLATION(),
					 &options, PG_NARGS() > 5);
}

/* The stream of a label; NULL once there are more than two labels. */
static ScoreStream *
find_stream(MetricsState *state, int64 label)
{
	ScoreStream *stream;

	for (int i = 0; i < Min(state->stream_count, 2); i++)
	{
		if (state->streams[i].label == label)
			return state->stream_count > 2 ? NULL : &state->streams[i];
	}
	if (state->stream_count >= 2 || state->options.kind == KIND_MULTICLASS)
	{
		if (state->stream_count < 3)
			score_runs_release(&state->runs);
		state->stream_count = 3;
		return NULL;
	}
	stream = &state->streams[state->stream_count++];
	memset(stream, 0, sizeof(*stream));
	stream->label = label;
	log_sum_start(&stream->hit);
	log_sum_start(&stream->miss);
	return stream;
}

/* Add to what needs the score to be a probability. */
static void
add_probability(MetricsState *state, ScoreStream *stream, double score,
				double weight, bool correct)
{
	int bin = calibration_bin(score, BINS);
	double clipped = clip_probability(score);

	state->confidence[bin].weight += weight;
	state->confidence[bin].scores += weight * score;
	if (correct)
		state->confidence[bin].positives += weight;
	if (stream == NULL)
		return;
	if (state->weighted)
	{
		log_sum_add_weighted(&stream->hit, clipped, weight);
		log_sum_add_weighted(&stream->miss, 1 - clipped, weight);
	}
	else
	{
		log_sum_add(&stream->hit, clipped);
		log_sum_add(&stream->miss, 1 - clipped);
	}
	stream->weight += weight;
	stream->sum += weight * score;
	stream->squares += weight * score * score;
	stream->bins[bin].weight += weight;
	stream->bins[bin].scores += weight * score;
}

/* Add a classifier's score. */
static void
add_score(MetricsState *state, int64 actual, double score, double weight,
		  bool correct)
{
	ScoreStream *stream = find_stream(state, actual);

	if (isnan(score))
		score_not_a_number();
	state->score_rows++;
	if (stream != NULL)
		score_runs_add(&state->runs, stream == &state->streams[1], score,
					   weight);
	if (score >= 0 && score <= 1)
		add_probability(state, stream, score, weight, correct);
	else
		state->scores_outside = true;
}

PG_FUNCTION_INFO_V1(linlearn_metrics_accum);
Datum
linlearn_metrics_accum(PG_FUNCTION_ARGS)
{
	MetricsState *state = metrics_state(fcinfo);
	double weight = 1;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		(PG_NARGS() > 5 && PG_ARGISNULL(5)))
	{
		state->null_rows++;
		PG_RETURN_POINTER(state);
	}
	if (PG_NARGS() > 5)
		weight = checked_weight(PG_GETARG_FLOAT8(5));
	if (state->regressor)
		regression_add(&state->sums,
					   number_to_double(state->types[0], PG_GETARG_DATUM(1)),
					   number_to_double(state->types[1], PG_GETARG_DATUM(2)),
					   weight);
	else
	{
		int64 actual =
			label_code(&state->confusion.labels, 0, PG_GETARG_DATUM(1));
		int64 predicted =
			label_code(&state->confusion.labels, 1, PG_GETARG_DATUM(2));

		confusion_add(&state->confusion, actual, predicted, weight);
		if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
			add_score(state, actual, PG_GETARG_FLOAT8(3), weight,
					  actual == predicted);
	}
	PG_RETURN_POINTER(state);
}

static void
merge_bins(CalibrationBin *into, const CalibrationBin *from)
{
	for (int i = 0; i < BINS; i++)
	{
		into[i].weight += from[i].weight;
		into[i].scores += from[i].scores;
		into[i].positives += from[i].positives;
	}
}

/* Add one state's scores; its labels' places may differ. */
static void
merge_scores(MetricsState *into, MetricsState *from)
{
	int classes[2] = {0, 1};

	into->score_rows += from->score_rows;
	into->scores_outside |= from->scores_outside;
	merge_bins(into->confidence, from->confidence);
	for (int i = 0; i < Min(from->stream_count, 2); i++)
	{
		ScoreStream *source = &from->streams[i];
		ScoreStream *stream =
			find_stream(into, label_code_translate(&into->confusion.labels,
												   &from->confusion.labels,
												   source->label));

		if (stream == NULL)
			break;
		classes[i] = stream == &into->streams[1];
		log_sum_merge(&stream->hit, &source->hit);
		log_sum_merge(&stream->miss, &source->miss);
		stream->weight += source->weight;
		stream->sum += source->sum;
		stream->squares += source->squares;
		merge_bins(stream->bins, source->bins);
	}
	if (from->stream_count > 2 && into->stream_count < 3)
	{
		score_runs_release(&into->runs);
		into->stream_count = 3;
	}
	if (into->stream_count < 3 && from->stream_count > 0)
		score_runs_read(&into->runs, &from->runs_left, classes);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_combine);
Datum
linlearn_metrics_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MetricsState *from;
	MetricsState *into;

	if (AggCheckCallContext(fcinfo, &context) == 0)
		elog(ERROR, "linlearn_metrics_combine called in non-aggregate "
					"context");
	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	from = (MetricsState *) PG_GETARG_POINTER(1);
	if (PG_ARGISNULL(0))
	{
		into = new_state(fcinfo, context, from->types[0], from->types[1],
						 from->confusion.labels.collation, &from->options,
						 from->weighted);
		if (from->options.positive != NULL)
			into->options.positive =
				MemoryContextStrdup(context, from->options.positive);
	}
	else
		into = (MetricsState *) PG_GETARG_POINTER(0);
	into->null_rows += from->null_rows;
	if (into->regressor)
		regression_merge(&into->sums, &from->sums);
	else
	{
		confusion_merge(&into->confusion, &from->confusion);
		merge_scores(into, from);
	}
	PG_RETURN_POINTER(into);
}

/* Options, as a worker's state carries them. */
static void
write_options(const MetricsOptions *options, StringInfo out)
{
	Size size = options->positive != NULL ? strlen(options->positive) + 1 : 0;

	state_write_uint64(out, options->kind);
	state_write_double(out, options->f_beta);
	state_write_double(out, options->quantile);
	state_write_uint64(out, options->confusion);
	state_write_uint64(out, size);
	state_write_bytes(out, options->positive, size);
}

static void
read_written_options(MetricsOptions *options, StateReader *reader)
{
	Size size;

	options->kind = (RowKind) state_read_uint64(reader);
	options->f_beta = state_read_double(reader);
	options->quantile = state_read_double(reader);
	options->confusion = state_read_uint64(reader) != 0;
	size = state_read_count(reader, 1);
	if (size > 0)
	{
		options->positive = palloc(size);
		state_read_bytes(reader, options->positive, size);
		if (options->positive[size - 1] != '\0')
			state_damaged();
	}
}

PG_FUNCTION_INFO_V1(linlearn_metrics_serial);
Datum
linlearn_metrics_serial(PG_FUNCTION_ARGS)
{
	MetricsState *state = (MetricsState *) PG_GETARG_POINTER(0);
	StringInfoData out;

	if (AggCheckCallContext(fcinfo, NULL) == 0)
		elog(ERROR, "linlearn_metrics_serial called in non-aggregate context");
	state_write_start(&out, METRICS_MAGIC);
	write_options(&state->options, &out);
	state_write_uint64(&out, state->types[0]);
	state_write_uint64(&out, state->types[1]);
	state_write_uint64(&out, state->regressor);
	state_write_uint64(&out, state->weighted);
	state_write_uint64(&out, state->null_rows);
	if (state->regressor)
	{
		state_write_bytes(&out, &state->sums, sizeof(state->sums));
		PG_RETURN_BYTEA_P(state_write_finish(&out));
	}
	confusion_write(&state->confusion, &out);
	state_write_uint64(&out, state->score_rows);
	state_write_uint64(&out, state->scores_outside);
	state_write_uint64(&out, state->stream_count);
	state_write_bytes(&out, state->streams, sizeof(state->streams));
	state_write_bytes(&out, state->confidence, sizeof(state->confidence));
	if (state->stream_count < 3)
		score_runs_write(&state->runs, &out);
	PG_RETURN_BYTEA_P(state_write_finish(&out));
}

/*
 * The scores stay in the bytes until combine reads them into the state that
 * lasts, so that they are in memory once.
 */
PG_FUNCTION_INFO_V1(linlearn_metrics_deserial);
Datum
linlearn_metrics_deserial(PG_FUNCTION_ARGS)
{
	MetricsState *state;
	StateReader reader;

	if (AggCheckCallContext(fcinfo, NULL) == 0)
		elog(ERROR, "linlearn_metrics_deserial called in non-aggregate "
					"context");
	state_read_start(&reader, PG_GETARG_BYTEA_P(0), METRICS_MAGIC);
	state = palloc0(sizeof(MetricsState));
	read_written_options(&state->options, &reader);
	state->types[0] = (Oid) state_read_uint64(&reader);
	state->types[1] = (Oid) state_read_uint64(&reader);
	state->regressor = state_read_uint64(&reader) != 0;
	state->weighted = state_read_uint64(&reader) != 0;
	state->null_rows = (int64) state_read_uint64(&reader);
	if (state->regressor)
	{
		state_read_bytes(&reader, &state->sums, sizeof(state->sums));
		state_read_finish(&reader);
		PG_RETURN_POINTER(state);
	}
	confusion_read(&state->confusion, CurrentMemoryContext, &reader);
	state->score_rows = (int64) state_read_uint64(&reader);
	state->scores_outside = state_read_uint64(&reader) != 0;
	state->stream_count = (int) state_read_uint64(&reader);
	if (state->stream_count < 0 || state->stream_count > 3)
		state_damaged();
	state_read_bytes(&reader, state->streams, sizeof(state->streams));
	state_read_bytes(&reader, state->confidence, sizeof(state->confidence));
	state->runs_left = reader;
	PG_RETURN_POINTER(state);
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
	json_append_text_field(json, "predictor_type", kind_names[kind]);
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
		json_append_field(json, "calibration_error",
						  state->scores_outside
							  ? NAN
							  : calibration_error(state->confidence, BINS));
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
	CalibrationBin bins[BINS] = {0};
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
		merge_bins(bins, stream->bins);
		for (int bin = 0; hit && bin < BINS; bin++)
			bins[bin].positives += stream->bins[bin].weight;
	}
	if (state->scores_outside)
		weight = NAN;
	json_append_field(json, "log_loss", loss / weight);
	json_append_field(json, "brier", Max(brier, 0) / weight);
	json_append_field(json, "calibration_error",
					  isnan(weight) ? NAN : calibration_error(bins, BINS));
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
	MetricsState *state;
	StringInfoData json;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (MetricsState *) PG_GETARG_POINTER(0);
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
