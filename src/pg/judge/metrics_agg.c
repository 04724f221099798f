/*
 * metrics_agg.c
 *		linlearn_metrics(actual, predicted [, score [, options [, weight]]]).
 *
 * One aggregate for the three predictor types.  What the rows are is decided
 * by option predictor_type, else by the types: actual and predicted both
 * numbers and actual a float or numeric: a regressor; anything else: a
 * classifier, binary if at most two labels were seen.
 */
#include "pg/base/version.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "pg/base/options.h"
#include "pg/base/weights.h"
#include "pg/judge/metrics_state.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* Whether the types alone say that values are predicted, not labels. */
static bool
types_of_regressor(const Oid types[2])
{
	return (types[0] == FLOAT4OID || types[0] == FLOAT8OID ||
			types[0] == NUMERICOID) &&
		   type_is_number(types[1]);
}

MetricsState *
metrics_state_create(FunctionCallInfo fcinfo, MemoryContext context,
					 Oid actual, Oid predicted, Oid collation,
					 const MetricsOptions *options, bool weighted)
{
	MetricsState *state = MemoryContextAllocZero(context, sizeof(*state));

	state->magic = METRICS_MAGIC;
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
		state->deviance =
			deviance_start(options->loss, options->tweedie_power);
		return state;
	}
	confusion_init(&state->confusion, context, actual, predicted, collation);
	state->confusion.weighted = weighted;
	score_runs_init(&state->runs, fcinfo, context, weighted);
	return state;
}

/* The options that a row gives. */
static MetricsOptions
row_options(FunctionCallInfo fcinfo, bool text_options)
{
	MetricsOptions options = {0};
	Jsonb *source = NULL;

	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
		source = text_options ? options_of_text(PG_GETARG_TEXT_PP(4))
							  : PG_GETARG_JSONB_P(4);
	metrics_options_parse(&options, source);
	return options;
}

/* Keeps a row's options as they came, as most rows' will be to the byte. */
static void
keep_options(MetricsState *state, MemoryContext context,
			 FunctionCallInfo fcinfo)
{
	const struct varlena *given;

	if (PG_NARGS() <= 4 || PG_ARGISNULL(4))
		return;
	given = (struct varlena *) PG_GETARG_POINTER(4);
	state->given = MemoryContextAlloc(context, VARSIZE_ANY(given));
	memcpy(state->given, given, VARSIZE_ANY(given));
}

/* Raises an error for a row of other options than the first row's. */
static void
check_options(const MetricsState *state, FunctionCallInfo fcinfo,
			  bool text_options)
{
	const struct varlena *given;
	MetricsOptions options;

	if (PG_NARGS() <= 4 || (PG_ARGISNULL(4) && state->given == NULL))
		return;
	if (!PG_ARGISNULL(4) && state->given != NULL)
	{
		given = (struct varlena *) PG_GETARG_POINTER(4);
		if (VARSIZE_ANY(given) == VARSIZE_ANY(state->given) &&
			memcmp(given, state->given, VARSIZE_ANY(given)) == 0)
			return;
	}
	options = row_options(fcinfo, text_options);
	if (!metrics_options_same(&options, &state->options))
		argument_differs("options");
}

/* The state, made by the first row of a group. */
static MetricsState *
metrics_state(FunctionCallInfo fcinfo, bool text_options)
{
	MetricsState *state = aggregate_state(fcinfo, 0, METRICS_MAGIC);
	MemoryContext context;
	MemoryContext old;
	MetricsOptions options;

	if (state != NULL)
	{
		check_options(state, fcinfo, text_options);
		return state;
	}
	context = aggregate_context(fcinfo);
	old = MemoryContextSwitchTo(context);
	options = row_options(fcinfo, text_options);
	MemoryContextSwitchTo(old);
	state =
		metrics_state_create(fcinfo, context, argument_base_type(fcinfo, 1),
							 argument_base_type(fcinfo, 2), PG_GET_COLLATION(),
							 &options, PG_NARGS() > 5);
	keep_options(state, context, fcinfo);
	return state;
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
	int bin = calibration_bin(score, METRICS_BINS);
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
	if (score >= -PROBABILITY_ROUNDING && score <= 1 + PROBABILITY_ROUNDING)
		add_probability(state, stream, Min(Max(score, 0), 1), weight, correct);
	else
		state->scores_outside = true;
}

void
metrics_state_add(MetricsState *state, Datum actual, Datum predicted,
				  const double *score, double weight)
{
	int64 codes[2];

	if (state->regressor)
	{
		double value = number_to_double(state->types[0], actual);
		double guess = number_to_double(state->types[1], predicted);

		regression_add(&state->sums, value, guess, weight);
		if (state->options.deviance)
			(void) deviance_add(&state->deviance, value, guess, weight);
		return;
	}
	codes[0] = label_code(&state->confusion.labels, 0, actual);
	codes[1] = label_code(&state->confusion.labels, 1, predicted);
	confusion_add(&state->confusion, codes[0], codes[1], weight);
	if (score != NULL)
		add_score(state, codes[0], *score, weight, codes[0] == codes[1]);
}

/* Take in a row. */
static void
add_row(MetricsState *state, FunctionCallInfo fcinfo)
{
	double score = 0, weight = 1;
	bool scored = PG_NARGS() > 3 && !PG_ARGISNULL(3);

	if (row_weighs_nothing(fcinfo, 5))
		return;
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) ||
		(PG_NARGS() > 5 && PG_ARGISNULL(5)))
	{
		state->null_rows++;
		return;
	}
	if (PG_NARGS() > 5)
		weight = checked_weight(PG_GETARG_FLOAT8(5));
	if (scored)
		score = PG_GETARG_FLOAT8(3);
	metrics_state_add(state, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2),
					  scored ? &score : NULL, weight);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_accum);
Datum
linlearn_metrics_accum(PG_FUNCTION_ARGS)
{
	MetricsState *state = metrics_state(fcinfo, false);

	add_row(state, fcinfo);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_accum_text);

/* The same with options as text or json. */
Datum
linlearn_metrics_accum_text(PG_FUNCTION_ARGS)
{
	MetricsState *state = metrics_state(fcinfo, true);

	add_row(state, fcinfo);
	PG_RETURN_POINTER(state);
}

/* Add one state's scores; its labels' places may differ. */
static void
merge_scores(MetricsState *into, MetricsState *from)
{
	int classes[2] = {0, 1};

	into->score_rows += from->score_rows;
	into->scores_outside |= from->scores_outside;
	metrics_merge_bins(into->confidence, from->confidence);
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
		metrics_merge_bins(stream->bins, source->bins);
	}
	if (from->stream_count > 2 && into->stream_count < 3)
	{
		score_runs_release(&into->runs);
		into->stream_count = 3;
	}
	if (into->stream_count < 3 && from->stream_count > 0)
		score_runs_read(&into->runs, &from->runs_left, classes);
}

MetricsState *
metrics_state_merge(FunctionCallInfo fcinfo, MetricsState *into,
					MetricsState *from)
{
	MemoryContext context = aggregate_context(fcinfo);

	if (into == NULL)
	{
		into = metrics_state_create(
			fcinfo, context, from->types[0], from->types[1],
			from->confusion.labels.collation, &from->options, from->weighted);
		if (from->options.positive != NULL)
			into->options.positive =
				MemoryContextStrdup(context, from->options.positive);
	}
	label_types_must_agree(into->types, from->types);
	if (!metrics_options_same(&into->options, &from->options))
		argument_differs("options");
	into->null_rows += from->null_rows;
	if (into->regressor)
	{
		regression_merge(&into->sums, &from->sums);
		deviance_merge(&into->deviance, &from->deviance);
	}
	else
	{
		confusion_merge(&into->confusion, &from->confusion);
		merge_scores(into, from);
	}
	return into;
}

PG_FUNCTION_INFO_V1(linlearn_metrics_combine);
Datum
linlearn_metrics_combine(PG_FUNCTION_ARGS)
{
	MetricsState *into = aggregate_state(fcinfo, 0, METRICS_MAGIC);
	MetricsState *from = aggregate_state(fcinfo, 1, METRICS_MAGIC);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	PG_RETURN_POINTER(metrics_state_merge(fcinfo, into, from));
}

bytea *
metrics_state_write(MetricsState *state)
{
	StringInfoData out;

	state_write_start(&out, METRICS_MAGIC);
	metrics_options_write(&state->options, &out);
	state_write_uint64(&out, state->types[0]);
	state_write_uint64(&out, state->types[1]);
	state_write_uint64(&out, state->regressor);
	state_write_uint64(&out, state->weighted);
	state_write_uint64(&out, state->null_rows);
	if (state->regressor)
	{
		state_write_bytes(&out, &state->sums, sizeof(state->sums));
		state_write_bytes(&out, &state->deviance, sizeof(state->deviance));
		return state_write_finish(&out);
	}
	confusion_write(&state->confusion, &out);
	state_write_uint64(&out, state->score_rows);
	state_write_uint64(&out, state->scores_outside);
	state_write_uint64(&out, state->stream_count);
	state_write_bytes(&out, state->streams, sizeof(state->streams));
	state_write_bytes(&out, state->confidence, sizeof(state->confidence));
	if (state->stream_count < 3)
		score_runs_write(&state->runs, &out);
	return state_write_finish(&out);
}

PG_FUNCTION_INFO_V1(linlearn_metrics_serial);
Datum
linlearn_metrics_serial(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(
		metrics_state_write(aggregate_state_given(fcinfo, METRICS_MAGIC)));
}

/* Refuses what a state of plain pairs does not have. */
static void
check_public(const MetricsState *state)
{
	const LabelSpace *labels = &state->confusion.labels;

	if (state->options.kind != KIND_AUTO || state->options.deviance ||
		state->options.positive != NULL ||
		!label_type_is_plain(state->types[0]) ||
		!label_type_is_plain(state->types[1]) ||
		state->regressor != types_of_regressor(state->types))
		state_damaged();
	if (state->regressor)
		return;
	if (labels->types[0] != state->types[0] ||
		labels->types[1] != state->types[1] || state->stream_count < 0)
		state_damaged();
	for (int i = 0; i < Min(state->stream_count, 2); i++)
		if (!label_code_is_known(labels, state->streams[i].label))
			state_damaged();
}

/*
 * The scores stay in the bytes until combine reads them into the state that
 * lasts, so that they are in memory once.
 */
MetricsState *
metrics_state_read(bytea *bytes, bool public)
{
	MetricsState *state;
	StateReader reader;

	state_read_start(&reader, bytes, METRICS_MAGIC);
	reader.public = public;
	state = palloc0(sizeof(MetricsState));
	state->magic = METRICS_MAGIC;
	metrics_options_read(&state->options, &reader);
	state->types[0] = (Oid) state_read_uint64(&reader);
	state->types[1] = (Oid) state_read_uint64(&reader);
	state->regressor = state_read_uint64(&reader) != 0;
	state->weighted = state_read_uint64(&reader) != 0;
	state->null_rows = (int64) state_read_uint64(&reader);
	if (state->regressor)
	{
		state_read_bytes(&reader, &state->sums, sizeof(state->sums));
		state_read_bytes(&reader, &state->deviance, sizeof(state->deviance));
		state_read_finish(&reader);
		if (public)
			check_public(state);
		return state;
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
	if (public)
		check_public(state);
	return state;
}

PG_FUNCTION_INFO_V1(linlearn_metrics_deserial);
Datum
linlearn_metrics_deserial(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	PG_RETURN_POINTER(metrics_state_read(PG_GETARG_BYTEA_P(0), false));
}
