/*
 * survey.c
 *		linlearn_survey(row): what a training must know of rows before its first
 *		pass.
 */
#include "pg/cluster/survey.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "pg/base/aggregate_state.h"
#include "pg/base/expanded_state.h"
#include "pg/base/runtime.h"
#include "pg/cluster/shard_bytes.h"
#include "pg/values/label_reader.h"
#include "utils/memutils.h"

#define SURVEY_MAGIC 0x3156534C /* "LSV1" */

ShardRow
survey_row(const PackedRow *packed)
{
	bool number = type_is_number(packed->label_type);

	return (ShardRow){
		.view = packed->view,
		.format = packed->format,
		.dimension = packed->dimension,
		.channel = packed->channel,
		.weight = packed->weight,
		.label = packed->label + 0.0, /* no minus zero */
		.text = number ? NULL : packed->text,
		.text_size = packed->text_size,
		.hash = rows_record_hash(
			packed->features, packed->feature_size,
			number ? hash64_number(packed->label + 0.0)
				   : label_text_hash(packed->text, packed->text_size),
			packed->weight)};
}

/* ---- As bytes ---- */

static void
write_labels(StringInfo out, const ShardLabels *labels)
{
	state_write_uint64(out, labels->too_many);
	state_write_uint64(out, labels->count);
	for (uint32 i = 0; i < labels->count; i++)
	{
		const ShardLabel *label = &labels->labels[i];

		if (label->text != NULL)
		{
			state_write_uint64(out, label->size);
			state_write_bytes(out, label->text, label->size);
		}
		else
			state_write_double(out, label->value);
		state_write_bytes(out, label->rows, sizeof(label->rows));
		exact_sum_write(out, &label->weight);
	}
}

static void
write_channel(StringInfo out, const ShardChannel *channel)
{
	state_write_uint64(out, channel->rows);
	state_write_uint64(out, channel->fingerprint);
	exact_sum_write(out, &channel->weight);
	exact_sum_write(out, &channel->label);
	exact_sum_write(out, &channel->label_square);
	state_write_double(out, channel->label_minimum);
	state_write_double(out, channel->label_maximum);
}

static bytea *
write_survey(void *state)
{
	Survey *survey = state;
	ShardSurvey *shards = &survey->shards;
	StringInfoData out;

	shard_survey_settle(shards);
	shard_labels_sort(&shards->labels); /* the same bytes in any order */
	state_write_start(&out, SURVEY_MAGIC);
	state_write_uint64(&out, survey->label_type);
	state_write_uint64(&out, shards->format);
	state_write_uint64(&out, shards->dimension);
	state_write_uint64(&out, shards->unlabelled);
	state_write_uint64(&out, shards->zeros);
	state_write_double(&out, shards->largest_weight);
	state_write_double(&out, shards->magnitudes.least);
	state_write_double(&out, shards->magnitudes.largest);
	for (int c = 0; c < CHANNEL_COUNT; c++)
		write_channel(&out, &shards->channels[c]);
	for (uint32 j = 0; j < shards->dimension; j++)
	{
		const ShardFeature *feature = &shards->features[j];

		exact_sum_write(&out, &feature->sum);
		exact_sum_write(&out, &feature->square);
		state_write_double(&out, feature->minimum);
		state_write_double(&out, feature->maximum);
		if (shards->format == ROWS_SPARSE)
			state_write_uint64(&out, feature->entries);
	}
	write_labels(&out, &shards->labels);
	return state_write_finish(&out);
}

/* Two ends of a range: finite, or of nothing. */
static void
read_range(StateReader *reader, double *minimum, double *maximum)
{
	*minimum = state_read_double(reader);
	*maximum = state_read_double(reader);
	if (!(*minimum == INFINITY && *maximum == -INFINITY) &&
		!(isfinite(*minimum) && isfinite(*maximum) && *minimum <= *maximum))
		state_damaged();
}

static void
read_channel(StateReader *reader, ShardChannel *channel)
{
	channel->rows = state_read_uint64(reader);
	channel->fingerprint = state_read_uint64(reader);
	exact_sum_read(reader, &channel->weight);
	exact_sum_read(reader, &channel->label);
	exact_sum_read(reader, &channel->label_square);
	read_range(reader, &channel->label_minimum, &channel->label_maximum);
}

/* The text of a label. */
static const char *
read_text(StateReader *reader, uint32 *size)
{
	Size length = state_read_count(reader, 1);
	const char *text = state_read_place(reader, length);

	if (length > MODEL_MAX_TEXT || memchr(text, '\0', length) != NULL ||
		!pg_verify_mbstr(PG_UTF8, text, (int) length, true))
		state_damaged();
	*size = (uint32) length;
	return text;
}

static void
read_labels(StateReader *reader, ShardSurvey *survey)
{
	ShardLabels *labels = &survey->labels;
	bool too_many = state_read_choice(reader, 1) != 0;
	uint64 count = state_read_count(reader, 2 * sizeof(uint64));
	Failure failure = {0};

	if (count > SHARD_MAX_CLASSES || (too_many && count > 0))
		state_damaged();
	for (uint64 i = 0; i < count; i++)
	{
		const char *text = NULL;
		uint32 size = 0;
		double value = 0.0;
		ShardLabel *label;
		Status status;

		if (survey->texts)
			text = read_text(reader, &size);
		else
			value = shard_read_finite(reader);
		label =
			shard_labels_find(labels, value, text, size, &status, &failure);
		CHECK_STATUS(status, failure);
		if (labels->count != i + 1) /* it was there before */
			state_damaged();
		state_read_bytes(reader, label->rows, sizeof(label->rows));
		exact_sum_read(reader, &label->weight);
	}
	labels->too_many = too_many;
}

static void
read_features(StateReader *reader, ShardSurvey *survey)
{
	for (uint32 j = 0; j < survey->dimension; j++)
	{
		ShardFeature *feature = &survey->features[j];

		exact_sum_read(reader, &feature->sum);
		exact_sum_read(reader, &feature->square);
		read_range(reader, &feature->minimum, &feature->maximum);
		if (survey->format == ROWS_SPARSE)
			feature->entries = state_read_uint64(reader);
	}
}

/* Starts a survey of rows of a shape. */
static Survey *
create(MemoryContext context, Oid label_type, RowFormat format,
	   uint32 dimension)
{
	Survey *survey = MemoryContextAllocZero(context, sizeof(Survey));
	Runtime runtime = pg_runtime(context);
	Failure failure = {0};

	survey->label_type = label_type;
	CHECK_STATUS(shard_survey_init(&survey->shards, &runtime, format,
								   dimension, !type_is_number(label_type),
								   &failure),
				 failure);
	return survey;
}

Survey *
survey_read(bytea *bytes, MemoryContext context)
{
	StateReader reader;
	Survey *survey;
	ShardSurvey *shards;
	Oid label_type;
	uint64 format, dimension;

	state_read_start(&reader, bytes, SURVEY_MAGIC);
	label_type = (Oid) state_read_choice(&reader, PG_UINT32_MAX);
	if (label_type != TEXTOID && !type_is_number(label_type))
		state_damaged();
	format = state_read_choice(&reader, ROWS_SPARSE);
	dimension = state_read_choice(&reader, SHARD_MAX_DIMENSION);
	if (dimension == 0 || reader.left < dimension * 4 * sizeof(uint64))
		state_damaged();
	survey =
		create(context, label_type, (RowFormat) format, (uint32) dimension);
	shards = &survey->shards;
	shards->unlabelled = state_read_uint64(&reader);
	shards->zeros = state_read_uint64(&reader);
	shards->largest_weight = (float) shard_read_finite(&reader);
	shards->magnitudes.least = shard_read_finite(&reader);
	shards->magnitudes.largest = shard_read_finite(&reader);
	if (!(shards->largest_weight >= 0.0f) || isinf(shards->largest_weight) ||
		!(shards->magnitudes.least >= 0.0) ||
		!(shards->magnitudes.largest >= 0.0))
		state_damaged();
	for (int c = 0; c < CHANNEL_COUNT; c++)
		read_channel(&reader, &shards->channels[c]);
	read_features(&reader, shards);
	read_labels(&reader, shards);
	state_read_finish(&reader);
	return survey;
}

/* ---- The aggregate ---- */

static void *
read_state(FunctionCallInfo fcinfo, bytea *bytes)
{
	return survey_read(bytes, aggregate_context(fcinfo));
}

pg_noreturn static void
refuse_shape(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("rows differ in the types of their features or labels, or "
					"in the number of features")));
	pg_unreachable();
}

static void
check_shape(const Survey *survey, Oid label_type, RowFormat format,
			uint32 dimension)
{
	if (survey->label_type != label_type || survey->shards.format != format ||
		survey->shards.dimension != dimension)
		refuse_shape();
}

static void *
merge_surveys(FunctionCallInfo fcinfo, void *into, void *from)
{
	Survey *to = into, *other = from;
	Failure failure = {0};

	if (into == NULL)
		return from;
	check_shape(to, other->label_type, other->shards.format,
				other->shards.dimension);
	CHECK_STATUS(shard_survey_merge(&to->shards, &other->shards, &failure),
				 failure);
	return into;
}

static const ExpandedKind survey_kind = {write_survey, read_state,
										 merge_surveys};

PG_FUNCTION_INFO_V1(linlearn_survey_accum);
Datum
linlearn_survey_accum(PG_FUNCTION_ARGS)
{
	Survey *survey;
	PackedRow packed;
	ShardRow row;
	Failure failure; /* not cleared: it is large, and this runs a row */

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a packed row is NULL"),
				 errhint("Give what linlearn_row(features, label) returns.")));
	packed_row_read(PG_GETARG_BYTEA_PP(1), &packed);
	survey = expanded_state(fcinfo, &survey_kind);
	if (packed.weight == 0.0f) /* it is none */
	{
		if (survey == NULL)
			PG_RETURN_NULL();
		return expanded_state_return(fcinfo, &survey_kind, survey);
	}
	if (packed.dimension > SHARD_MAX_DIMENSION)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("linlearn_survey takes at most %d features, not %u",
						SHARD_MAX_DIMENSION, packed.dimension)));
	if (survey == NULL)
		survey = create(aggregate_context(fcinfo), packed.label_type,
						packed.format, packed.dimension);
	check_shape(survey, packed.label_type, packed.format, packed.dimension);
	if (packed.label_null)
		survey->shards.unlabelled++;
	else
	{
		row = survey_row(&packed);
		CHECK_STATUS(shard_survey_add(&survey->shards, &row, &failure),
					 failure);
	}
	return expanded_state_return(fcinfo, &survey_kind, survey);
}

PG_FUNCTION_INFO_V1(linlearn_survey_combine);
Datum
linlearn_survey_combine(PG_FUNCTION_ARGS)
{
	return expanded_state_combine(fcinfo, &survey_kind);
}

PG_FUNCTION_INFO_V1(linlearn_survey_final);
Datum
linlearn_survey_final(PG_FUNCTION_ARGS)
{
	Survey *survey = expanded_state(fcinfo, &survey_kind);

	if (survey == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(write_survey(survey));
}
