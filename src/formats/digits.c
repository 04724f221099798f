/*
 * digits.c
 *		Sets of labelled pictures: train, validation, test.
 */
#include "formats/digits.h"

#include <math.h>
#include <string.h>

/* What all pixels seen so far allow. */
typedef struct PixelRange
{
	double minimum;
	double maximum;
	bool all_finite;
	bool all_256ths; /* every pixel is k/256 with k from 0 to 255 */
} PixelRange;

const char *
digit_split_name(DigitSplitName split)
{
	static const char *const names[] = {"train", "validation", "test"};

	return names[split];
}

Status
digits_add(DigitSet *set, DigitSplitName split, const NumberArray *images,
		   const NumberArray *labels, Failure *failure)
{
	const char *name = digit_split_name(split);

	if (labels->width != 1)
		return fail(failure, LL_MALFORMED,
					"labels of %s have %zu numbers a row instead of 1", name,
					labels->width);
	if (images->rows != labels->rows)
		return fail(failure, LL_MALFORMED,
					"%s has %zu pictures, but %zu labels", name, images->rows,
					labels->rows);
	if (images->width == 0)
		return fail(failure, LL_MALFORMED, "pictures of %s have no pixels",
					name);
	if (set->width != 0 && set->width != images->width)
		return fail(failure, LL_MALFORMED,
					"pictures of %s have %zu pixels, others %zu", name,
					images->width, set->width);
	set->width = images->width;
	set->splits[split].rows = images->rows;
	set->splits[split].images = *images;
	set->splits[split].labels = *labels;
	return LL_OK;
}

/* True when the arrays are count pairs, (0.0, 0.1), (1.0, 1.1) and so on. */
static bool
are_pairs(const PickleArrays *arrays)
{
	for (size_t i = 0; i < arrays->count; i++)
	{
		const PickleArray *array = &arrays->arrays[i];
		int depth = array->depth;

		if (depth < 1 || depth > 2 ||
			array->path[depth - 1] != (int) i % 2 + 1)
			return false;
		if (depth == 2 ? array->path[0] != (int) i / 2 + 1
					   : arrays->count != 2)
			return false;
	}
	return true;
}

Status
digits_add_pickle(DigitSet *set, const PickleArrays *arrays, Failure *failure)
{
	static const DigitSplitName orders[][DIGITS_SPLITS] = {
		{SPLIT_TRAIN},
		{SPLIT_TRAIN, SPLIT_TEST},
		{SPLIT_TRAIN, SPLIT_VALIDATION, SPLIT_TEST},
	};
	size_t pairs = arrays->count / 2;

	if (pairs < 1 || pairs > DIGITS_SPLITS || arrays->count % 2 != 0 ||
		!are_pairs(arrays))
	{
		fail(failure, LL_UNSUPPORTED,
			 "pickle's %zu arrays are not one to three pairs of pictures and "
			 "labels",
			 arrays->count);
		fail_detail(failure, "Expected is ((pictures, labels) of train, of "
							 "validation, of test).");
		return LL_UNSUPPORTED;
	}
	for (size_t i = 0; i < pairs; i++)
	{
		Status status = digits_add(
			set, orders[pairs - 1][i], &arrays->arrays[2 * i].numbers,
			&arrays->arrays[2 * i + 1].numbers, failure);

		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

/* The array of a name, or NULL. */
static const NumberArray *
find_named(const NamedArrays *arrays, const char *name)
{
	for (size_t i = 0; i < arrays->count; i++)
		if (arrays->arrays[i].name != NULL &&
			arrays->arrays[i].name_length == strlen(name) &&
			memcmp(arrays->arrays[i].name, name, strlen(name)) == 0)
			return &arrays->arrays[i].numbers;
	return NULL;
}

Status
digits_add_npz(DigitSet *set, const NamedArrays *arrays, Failure *failure)
{
	static const struct
	{
		DigitSplitName split;
		const char *images;
		const char *labels;
	} pairs[] = {{SPLIT_TRAIN, "x_train", "y_train"},
				 {SPLIT_TEST, "x_test", "y_test"}};

	for (int i = 0; i < 2; i++)
	{
		const NumberArray *images = find_named(arrays, pairs[i].images);
		const NumberArray *labels = find_named(arrays, pairs[i].labels);
		Status status;

		if (images == NULL && labels == NULL && pairs[i].split == SPLIT_TEST)
			return LL_OK;
		if (images == NULL || labels == NULL)
		{
			fail(failure, LL_UNSUPPORTED,
				 "numpy file has no arrays \"%s\" and \"%s\"", pairs[i].images,
				 pairs[i].labels);
			fail_detail(failure, "A .npz of digits has x_train and y_train, "
								 "and x_test and y_test.");
			return LL_UNSUPPORTED;
		}
		status = digits_add(set, pairs[i].split, images, labels, failure);
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

void
digits_split_validation(DigitSet *set, size_t rows)
{
	DigitSplit *train = &set->splits[SPLIT_TRAIN];
	DigitSplit *validation = &set->splits[SPLIT_VALIDATION];
	size_t first = train->rows - rows;

	validation->rows = rows;
	validation->images = numbers_slice(&train->images, first, rows);
	validation->labels = numbers_slice(&train->labels, first, rows);
	train->rows = first;
	train->images = numbers_slice(&train->images, 0, first);
	train->labels = numbers_slice(&train->labels, 0, first);
}

/* Widen the range by one row of pixels. */
static void
range_add(PixelRange *range, const double *values, size_t count)
{
	double minimum = range->minimum;
	double maximum = range->maximum;
	int finite = 1;
	int all_256ths = 1;

	for (size_t i = 0; i < count; i++)
	{
		double value = values[i];
		double clamped = value > 0 && value < 1 ? value * 256 : 0;

		finite &= value - value == 0;
		minimum = value < minimum ? value : minimum;
		maximum = value > maximum ? value : maximum;
		all_256ths &= (double) (int) clamped == clamped;
	}
	range->minimum = minimum;
	range->maximum = maximum;
	range->all_finite &= finite;
	range->all_256ths &= all_256ths;
}

/* Check a row's range, and say where a pixel is wrong. */
static Status
range_check(const PixelRange *range, DigitSplitName split, size_t row,
			Failure *failure)
{
	if (range->all_finite && range->minimum >= 0 && range->maximum <= 255)
		return LL_OK;
	fail(failure, LL_INVALID,
		 "pixel of picture %zu of %s is outside the allowed range", row,
		 digit_split_name(split));
	fail_detail(failure, "Pixels are numbers from 0 to 1 or from 0 to 255.");
	return LL_INVALID;
}

/* Look at the pixels of one split. */
static Status
scan_split(const Runtime *runtime, const DigitSet *set, DigitSplitName split,
		   double *values, PixelRange *range, Failure *failure)
{
	const DigitSplit *part = &set->splits[split];

	for (size_t row = 0; row < part->rows; row++)
	{
		Status status;

		if (row % 1024 == 0 && runtime_interrupted(runtime))
			return fail_cancelled(failure);
		numbers_row(&part->images, row, values);
		range_add(range, values, set->width);
		status = range_check(range, split, row, failure);
		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

Status
digits_scan(const Runtime *runtime, DigitSet *set, Failure *failure)
{
	PixelRange range = {0, 0, true, true};
	Status status = LL_OK;

	set->pixel_scale = 1;
	for (int split = 0; split < DIGITS_SPLITS && status == LL_OK; split++)
	{
		const DigitSplit *part = &set->splits[split];

		if (part->rows == 0 || part->images.type == NUMBER_UINT8)
			continue;
		if (set->values == NULL)
			set->values =
				runtime_allocate_zero(runtime, set->width, sizeof(double));
		if (set->values == NULL)
			return fail_no_memory(failure);
		status = scan_split(runtime, set, split, set->values, &range, failure);
	}
	if (status == LL_OK && set->values != NULL && range.maximum <= 1)
		set->pixel_scale = range.all_256ths && range.maximum < 1 ? 256 : 255;
	return status;
}

/* Turn a row of any numbers into pixels. */
static void
scale_row(const DigitSet *set, const NumberArray *images, size_t row,
		  uint8_t *pixels)
{
	if (set->values != NULL)
		numbers_row(images, row, set->values);
	for (size_t i = 0; i < set->width; i++)
	{
		double value =
			set->values != NULL ? set->values[i] : numbers_at(images, row, i);

		value *= set->pixel_scale;
		pixels[i] = (uint8_t) (value < 255 ? value + 0.5 : 255);
	}
}

Status
digits_row(const DigitSet *set, DigitSplitName split, size_t row,
		   uint8_t *pixels, int *label, Failure *failure)
{
	const DigitSplit *part = &set->splits[split];
	const uint8_t *bytes = numbers_row_bytes(&part->images, row);
	double number = numbers_at(&part->labels, row, 0);

	if (!(number >= INT16_MIN && number <= INT16_MAX) ||
		number != floor(number))
	{
		fail(failure, LL_INVALID, "label %g of picture %zu of %s is invalid",
			 number, row, digit_split_name(split));
		fail_detail(failure, "Labels are integers from %d to %d.", INT16_MIN,
					INT16_MAX);
		return LL_INVALID;
	}
	*label = (int) number;
	if (bytes != NULL && set->pixel_scale == 1)
	{
		memcpy(pixels, bytes, set->width);
		return LL_OK;
	}
	scale_row(set, &part->images, row, pixels);
	return LL_OK;
}
