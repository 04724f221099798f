/*
 * rows_fixture.h
 *		Rows of every format.
 */
#ifndef LINLEARN_TEST_ROWS_FIXTURE_H
#define LINLEARN_TEST_ROWS_FIXTURE_H

#include "core/base/hash.h"

#include "core/base/random.h"
#include "memory_file.h"
#include "unit.h"

#define DIMENSION 5
#define ROWS 700

typedef struct Sample
{
	double features[DIMENSION];
	int label;
	float weight;
	double offset;
} Sample;

/* Rows of which some are copies, or differ in label, weight or offset only. */
static inline void
draw_samples(Sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		uint64_t key = i % 7 == 3 ? i - 2 : i;

		for (int j = 0; j < DIMENSION; j++)
			samples[i].features[j] =
				floor(random_uniform(key, (uint64_t) j) * 9.0);
		samples[i].label =
			(int) (random_bits(i % 14 == 3 ? i - 2 : i, 77) % 3);
		samples[i].weight = i % 5 == 0 ? 2.5f : 1.0f;
		samples[i].offset = i % 4 == 1 ? 0.0 : (double) (i % 9) - 2.0;
	}
}

/* Appends one sample in the store's format; the code of its label is given. */
static inline Status
append(Rows *rows, const Sample *sample, double code, Failure *failure)
{
	uint8_t u8[DIMENSION];
	float f32[DIMENSION], value[DIMENSION];
	uint32_t index[DIMENSION];
	RowView view = {0};
	Status status;

	for (uint32_t j = 0; j < DIMENSION; j++)
	{
		u8[j] = (uint8_t) sample->features[j];
		f32[j] = (float) sample->features[j];
		if (sample->features[j] != 0)
		{
			index[view.count] = j;
			value[view.count++] = f32[j];
		}
	}
	if (rows->format == ROWS_SPARSE)
	{
		view.index = index;
		view.value = value;
	}
	else
		view = (RowView){.dense = rows->format == ROWS_U8 ? (void *) u8
								  : rows->format == ROWS_F32
									  ? (void *) f32
									  : (void *) sample->features};
	status = rows_append(rows, &view, code,
						 hash64_bytes(&sample->label, sizeof(int), 99),
						 sample->weight, failure);
	return status != LL_OK ? status
						   : rows_give_offset(rows, sample->offset, failure);
}

/* The features of a stored row. */
static inline void
read_features(const Rows *rows, size_t i, double *out)
{
	RowView view = rows_view(rows, i);

	memset(out, 0, DIMENSION * sizeof(double));
	for (uint32_t j = 0; rows->format == ROWS_SPARSE && j < view.count; j++)
		out[view.index[j]] = (double) view.value[j];
	for (uint32_t j = 0; rows->format != ROWS_SPARSE && j < DIMENSION; j++)
		out[j] = rows->format == ROWS_U8	? ((const uint8_t *) view.dense)[j]
				 : rows->format == ROWS_F32 ? ((const float *) view.dense)[j]
											: ((const double *) view.dense)[j];
}

/* Fills a store with samples in an order of their own, codes permuted. */
static inline void
fill_store(Rows *rows, const Runtime *runtime, RowFormat format,
		   const Sample *samples, const uint32_t *order, size_t count,
		   const double *codes)
{
	Failure failure;

	rows_init(rows, runtime, format, DIMENSION);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(append(rows, &samples[order[i]],
								codes[samples[order[i]].label], &failure),
						 LL_OK);
	assert_int_equal(rows->count, count);
}

/* Reads the features of a list of rows, window by window. */
static inline void
read_list(const Rows *rows, const uint32_t *order, size_t count,
		  double (*out)[DIMENSION])
{
	size_t loaded;
	Failure failure;

	for (size_t at = 0; at < count; at += loaded)
	{
		assert_int_equal(
			rows_load(rows, order + at, count - at, &loaded, &failure), LL_OK);
		assert_true(loaded > 0 && loaded <= count - at);
		for (size_t i = 0; i < loaded; i++)
			read_features(rows, order[at + i], out[at + i]);
	}
}

#endif
