/*
 * shards.c
 *		Rows that are elsewhere, as a solver sees them.
 */
#include "core/shards/shards.h"

#include <math.h>

/* The least power of two that is not below a number above 0. */
static double
power_above(double number)
{
	double power = ldexp(1.0, (int) logb(number));

	return power < number ? 2.0 * power : power;
}

/* A feature's unit and its center, a multiple of it. */
static void
measure(const ShardFeature *feature, double mean, double *unit, double *center)
{
	double most = fmax(feature->maximum - mean, mean - feature->minimum);

	*unit = 1.0;
	*center = mean;
	if (!(most > 0.0) || !isfinite(most))
		return;
	*unit =
		power_above(fmax(most, 0x1p-960)) / (double) (1 << SHARD_FEATURE_BITS);
	*unit = fmax(*unit, fabs(mean) * 0x1p-50 > 0.0
							? power_above(fabs(mean) * 0x1p-50)
							: 0.0);
	*center = rint(mean / *unit) * *unit;
}

/* Features whose squares a double does not hold. */
#define LEAST_FEATURE 1e-150
#define LARGEST_FEATURE 1e150

/* Refuses features whose sums of squares say nothing. */
static Status
check_sizes(const ShardSurvey *survey, Failure *failure)
{
	for (uint32_t j = 0; j < survey->dimension; j++)
	{
		const ShardFeature *feature = &survey->features[j];
		double size = fmax(fabs(feature->minimum), fabs(feature->maximum));

		if (size == 0.0 || isinf(size) ||
			(size >= LEAST_FEATURE && size <= LARGEST_FEATURE))
			continue;
		fail(failure, LL_INVALID, "feature %u is too %s to compute with",
			 j + 1, size > 1.0 ? "large" : "small");
		fail_detail(failure, "It is from %g to %g.", feature->minimum,
					feature->maximum);
		fail_hint(failure, "Multiply the feature by a power of ten.");
		return LL_INVALID;
	}
	return LL_OK;
}

Status
shards_init(Shards *shards, const ShardSurvey *survey, const Runtime *runtime,
			Failure *failure)
{
	const ExactSum *weight = &survey->channels[CHANNEL_TRAIN].weight;
	double *numbers;

	Status status = check_sizes(survey, failure);

	*shards = (Shards){.survey = survey, .validation_loss = NAN};
	if (status != LL_OK || survey->format == ROWS_U8)
		return status;
	numbers = runtime_allocate(runtime, 2 * (size_t) survey->dimension *
											sizeof(double));
	if (numbers == NULL)
		return fail_no_memory(failure);
	for (uint32_t j = 0; j < survey->dimension; j++)
	{
		const ShardFeature *feature = &survey->features[j];
		double mean, deviation;

		shard_spread(weight, &feature->sum, &feature->square, &mean,
					 &deviation);
		if (survey->format == ROWS_SPARSE)
			mean = 0.0;
		measure(feature, mean, &numbers[survey->dimension + j], &numbers[j]);
	}
	/* What a sparse row does not have is 0. */
	shards->center = survey->format == ROWS_SPARSE ? NULL : numbers;
	shards->unit = numbers + survey->dimension;
	return LL_OK;
}

FeatureSpread *
shards_spreads(const ShardSurvey *survey, const Runtime *runtime)
{
	const ExactSum *weight = &survey->channels[CHANNEL_TRAIN].weight;
	FeatureSpread *spreads =
		runtime_allocate_zero(runtime, survey->dimension, sizeof(*spreads));

	for (uint32_t j = 0; spreads != NULL && j < survey->dimension; j++)
	{
		const ShardFeature *feature = &survey->features[j];

		spreads[j].minimum = feature->minimum;
		spreads[j].maximum = feature->maximum;
		shard_spread(weight, &feature->sum, &feature->square, &spreads[j].mean,
					 &spreads[j].deviation);
	}
	return spreads;
}

Status
shards_ask(Shards *shards, const ShardPoint *point, ShardSums *sums,
		   Failure *failure)
{
	Status status = shards->ask(shards->context, point, sums, failure);

	shards->passes++;
	if (status != LL_OK)
		return status;
	for (int c = 0; c < CHANNEL_COUNT; c++)
	{
		const ShardChannel *known = &shards->survey->channels[c];
		const ShardChannelSums *now = &sums->channels[c];

		if (now->rows == known->rows && now->fingerprint == known->fingerprint)
			continue;
		fail(failure, LL_INVALID, "rows have changed during the training");
		fail_detail(failure,
					now->rows != known->rows
						? "Pass %zu saw %llu rows of a channel, the first "
						  "one %llu."
						: "Pass %zu saw other rows than the first one; of a "
						  "channel there were %llu and %llu.",
					shards->passes + 1, (unsigned long long) now->rows,
					(unsigned long long) known->rows);
		fail_hint(failure, "Train when nobody writes to the tables, or on "
						   "copies.");
		return LL_INVALID;
	}
	return LL_OK;
}

Status
shards_name_classes(const Shards *shards, const Runtime *runtime,
					uint32_t classes, ShardPoint *point, Failure *failure)
{
	const ShardLabels *labels = &shards->survey->labels;
	const char **texts = NULL;
	double *values = NULL;

	point->classes = classes;
	if (classes == 0)
		return LL_OK;
	if (shards->survey->texts)
		point->texts = texts =
			runtime_allocate(runtime, classes * sizeof(char *));
	else
		point->values = values =
			runtime_allocate(runtime, classes * sizeof(double));
	if (texts == NULL && values == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < classes; i++)
		if (texts != NULL)
			texts[i] = labels->labels[i].text;
		else
			values[i] = labels->labels[i].value;
	return LL_OK;
}
