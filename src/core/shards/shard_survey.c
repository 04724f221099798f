/*
 * shard_survey.c
 *		What a training must know of rows before its first pass.
 */
#include "core/shards/shard_survey.h"

#include <math.h>

#include "core/base/random.h"
#include "core/math/double2.h"
#include "core/rows/magnitude.h"

Status
shard_survey_init(ShardSurvey *survey, const Runtime *runtime,
				  RowFormat format, uint32_t dimension, bool texts,
				  Failure *failure)
{
	*survey = (ShardSurvey){.runtime = *runtime,
							.format = format,
							.dimension = dimension,
							.texts = texts};
	shard_labels_init(&survey->labels, runtime);
	for (int channel = 0; channel < CHANNEL_COUNT; channel++)
	{
		survey->channels[channel].label_minimum = INFINITY;
		survey->channels[channel].label_maximum = -INFINITY;
	}
	survey->features =
		runtime_allocate_zero(runtime, dimension, sizeof(ShardFeature));
	if (format == ROWS_U8)
		survey->byte_sums = runtime_allocate_zero(
			runtime, 2 * (size_t) dimension, sizeof(uint64_t));
	if (survey->features == NULL ||
		(format == ROWS_U8 && survey->byte_sums == NULL))
		return fail_no_memory(failure);
	for (uint32_t j = 0; j < dimension; j++)
	{
		survey->features[j].minimum = INFINITY;
		survey->features[j].maximum = -INFINITY;
	}
	return LL_OK;
}

void
shard_add_moments(ExactSum *sum, ExactSum *square, double weight,
				  double number)
{
	Double2 first = double2_scale(double2_of(number), weight);
	Double2 second = double2_scale(first, number);

	/* What overflows is kept out by limits on what is learned from. */
	if (!isfinite(second.high))
		second = (Double2){copysign(0x1p1023, 1.0), 0.0};
	if (!isfinite(second.low))
		second.low = 0.0;
	exact_sum_add(sum, first.high);
	exact_sum_add(square, second.high);
	if (first.low != 0.0 && isfinite(first.low))
		exact_sum_add(sum, first.low);
	if (second.low != 0.0)
		exact_sum_add(square, second.low);
}

/* Takes a feature's value in. */
static void
add_feature(ShardSurvey *survey, uint32_t j, double x, float weight)
{
	ShardFeature *feature = &survey->features[j];

	survey->zeros += x == 0.0;
	feature->minimum = fmin(feature->minimum, x);
	feature->maximum = fmax(feature->maximum, x);
	shard_add_moments(&feature->sum, &feature->square, weight, x);
}

/* Bytes of weight 1, which sum as whole numbers. */
static void
add_bytes(ShardSurvey *survey, const uint8_t *bytes)
{
	uint32_t n = survey->dimension;
	uint64_t *sums = survey->byte_sums, *squares = sums + n;

	for (uint32_t j = 0; j < n; j++)
	{
		ShardFeature *feature = &survey->features[j];
		uint32_t x = bytes[j];

		survey->zeros += x == 0;
		sums[j] += x;
		squares[j] += x * x;
		feature->minimum = x < feature->minimum ? x : feature->minimum;
		feature->maximum = x > feature->maximum ? x : feature->maximum;
	}
}

/* The entries of a sparse row; its other features are 0. */
static void
add_entries(ShardSurvey *survey, const ShardRow *row)
{
	survey->zeros += survey->dimension - row->view.count;
	for (uint32_t i = 0; i < row->view.count; i++)
	{
		survey->features[row->view.index[i]].entries++;
		add_feature(survey, row->view.index[i], row->view.value[i],
					row->weight);
	}
}

static void
add_features(ShardSurvey *survey, const ShardRow *row)
{
	uint32_t n = survey->dimension;
	double size = row_magnitude(row->format, &row->view, n);

	if (size > 0.0)
		magnitude_range_add(&survey->magnitudes, (MagnitudeRange){size, size});
	if (row->format == ROWS_SPARSE)
		add_entries(survey, row);
	else if (row->format == ROWS_U8 && row->weight == 1.0f)
		add_bytes(survey, row->view.dense);
	else
		for (uint32_t j = 0; j < n; j++)
			add_feature(survey, j,
						row->format == ROWS_U8
							? ((const uint8_t *) row->view.dense)[j]
						: row->format == ROWS_F32
							? ((const float *) row->view.dense)[j]
							: ((const double *) row->view.dense)[j],
						row->weight);
}

Status
shard_survey_add(ShardSurvey *survey, const ShardRow *row, Failure *failure)
{
	ShardChannel *channel = &survey->channels[row->channel];

	channel->rows++;
	channel->fingerprint += random_mix(row->hash);
	exact_sum_add(&channel->weight, row->weight);
	survey->largest_weight = fmaxf(survey->largest_weight, row->weight);
	if (row->text == NULL)
	{
		shard_add_moments(&channel->label, &channel->label_square, row->weight,
						  row->label);
		channel->label_minimum = fmin(channel->label_minimum, row->label);
		channel->label_maximum = fmax(channel->label_maximum, row->label);
	}
	if (row->channel == CHANNEL_TRAIN)
		add_features(survey, row);
	return shard_labels_add(&survey->labels, row->label, row->text,
							row->text_size, row->channel, row->weight,
							failure);
}

/* Moves whole numbers into the exact sums, each below 2^53 at a time. */
static void
settle(ExactSum *sum, uint64_t *number)
{
	exact_sum_add(sum, (double) (*number >> 32) * 0x1p32);
	exact_sum_add(sum, (double) (uint32_t) *number);
	*number = 0;
}

void
shard_survey_settle(ShardSurvey *survey)
{
	uint32_t n = survey->dimension;
	uint64_t rows = survey->channels[CHANNEL_TRAIN].rows;

	for (uint32_t j = 0; j < n && survey->byte_sums != NULL; j++)
	{
		settle(&survey->features[j].sum, &survey->byte_sums[j]);
		settle(&survey->features[j].square, &survey->byte_sums[n + j]);
	}
	for (uint32_t j = 0; j < n && survey->format == ROWS_SPARSE; j++)
	{
		ShardFeature *feature = &survey->features[j];

		if (feature->entries >= rows)
			continue;
		feature->minimum = fmin(feature->minimum, 0.0);
		feature->maximum = fmax(feature->maximum, 0.0);
	}
}

Status
shard_survey_merge(ShardSurvey *into, const ShardSurvey *from,
				   Failure *failure)
{
	for (int c = 0; c < CHANNEL_COUNT; c++)
	{
		ShardChannel *to = &into->channels[c];
		const ShardChannel *other = &from->channels[c];

		to->rows += other->rows;
		to->fingerprint += other->fingerprint;
		exact_sum_merge(&to->weight, &other->weight);
		exact_sum_merge(&to->label, &other->label);
		exact_sum_merge(&to->label_square, &other->label_square);
		to->label_minimum = fmin(to->label_minimum, other->label_minimum);
		to->label_maximum = fmax(to->label_maximum, other->label_maximum);
	}
	into->unlabelled += from->unlabelled;
	into->zeros += from->zeros;
	into->largest_weight = fmaxf(into->largest_weight, from->largest_weight);
	magnitude_range_add(&into->magnitudes, from->magnitudes);
	for (uint32_t j = 0; j < into->dimension; j++)
	{
		ShardFeature *to = &into->features[j];
		const ShardFeature *other = &from->features[j];

		exact_sum_merge(&to->sum, &other->sum);
		exact_sum_merge(&to->square, &other->square);
		to->entries += other->entries;
		to->minimum = fmin(to->minimum, other->minimum);
		to->maximum = fmax(to->maximum, other->maximum);
	}
	for (uint32_t j = 0; from->byte_sums != NULL && j < 2 * into->dimension;
		 j++)
		into->byte_sums[j] += from->byte_sums[j];
	return shard_labels_merge(&into->labels, &from->labels, failure);
}

/* An exact sum to some hundred bits. */
static Double2
sum_value(const ExactSum *sum)
{
	Double2 value;

	value.high = exact_sum_value(sum, &value.low);
	return value;
}

void
shard_spread(const ExactSum *weight, const ExactSum *sum,
			 const ExactSum *square, double *mean, double *deviation)
{
	Double2 w = sum_value(weight), s, variance;

	*mean = *deviation = 0.0;
	if (!(w.high > 0.0))
		return;
	s = double2_divide(sum_value(sum), w);
	variance = double2_less(double2_divide(sum_value(square), w), s, s);
	*mean = s.high;
	*deviation = sqrt(fmax(variance.high, 0.0));
}
