/*
 * digits.h
 *		Sets of labelled pictures: train, validation, test.
 *
 * The parts come from idx arrays or from the arrays of a pickle, or they are
 * drawn (synthetic.h).  Pixels become uint8 whatever they were.
 */
#ifndef LINLEARN_FORMATS_DIGITS_H
#define LINLEARN_FORMATS_DIGITS_H

#include "formats/npy.h"
#include "formats/numbers.h"
#include "formats/pickle.h"

#define DIGITS_SPLITS 3

typedef enum DigitSplitName
{
	SPLIT_TRAIN,
	SPLIT_VALIDATION,
	SPLIT_TEST
} DigitSplitName;

typedef struct DigitSplit
{
	size_t rows;		/* 0: the set has no such split */
	NumberArray images; /* a row is a picture */
	NumberArray labels; /* a row is one number */
} DigitSplit;

typedef struct DigitSet
{
	DigitSplit splits[DIGITS_SPLITS];
	size_t width;		/* pixels a picture, alike in all splits */
	double pixel_scale; /* pixel = round(value * pixel_scale) */
	double *values;		/* room for a row; NULL: not needed */
} DigitSet;

/* The name of a split as the table has it. */
extern const char *digit_split_name(DigitSplitName split);

/*
 * Sets one split of a zeroed set.  Errors: LL_MALFORMED when the numbers of
 * pictures and labels differ, the labels are not one number a row, or the
 * pictures have another width than those of earlier splits.
 */
extern Status digits_add(DigitSet *set, DigitSplitName split,
						 const NumberArray *images, const NumberArray *labels,
						 Failure *failure);

/*
 * Sets the splits of a zeroed set from pairs of pictures and labels: (pair) is
 * train, (pair, pair) train and test, (pair, pair, pair) all three, as in
 * mnist.pkl.  Errors: LL_UNSUPPORTED for any other shape; as digits_add.
 */
extern Status digits_add_pickle(DigitSet *set, const PickleArrays *arrays,
								Failure *failure);

/*
 * Sets train and test of a zeroed set from a .npz that names its arrays as
 * Keras's mnist.npz does: x_train, y_train, x_test, y_test; without the last two
 * there is no test.  Errors: LL_UNSUPPORTED for others; as digits_add.
 */
extern Status digits_add_npz(DigitSet *set, const NamedArrays *arrays,
							 Failure *failure);

/*
 * Moves the last rows of train into validation; rows at most those of train.
 */
extern void digits_split_validation(DigitSet *set, size_t rows);

/*
 * Looks at all pixels and sets pixel_scale: 1 for numbers from 0 to 255, 256
 * when all are k/256 (as in mnist.pkl), else 255 for numbers from 0 to 1.
 * Errors: LL_INVALID for NaN, negative or larger pixels; LL_CANCELLED.
 */
extern Status digits_scan(const Runtime *runtime, DigitSet *set,
						  Failure *failure);

/*
 * Copies a picture's pixels (width bytes) and its label.  Errors: LL_INVALID
 * when the label is not an integer from -32768 to 32767.
 */
extern Status digits_row(const DigitSet *set, DigitSplitName split, size_t row,
						 uint8_t *pixels, int *label, Failure *failure);

#endif
