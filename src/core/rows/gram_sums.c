/*
 * gram_sums.c
 *		Exact sums of products over rows that are not kept: adding rows.
 */
#include "core/rows/gram_sums_store.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/math/digit_products.h"

/*
 * Rows of a block, whose products of digits, at most 2^46 each, sum to at most
 * 2^53; of few columns where eight sums take an eighth of the rows each.
 */
#define BLOCK_ROWS 128
#define NARROW_ROWS 512
#define NARROW_COLUMNS 64
/* The places of the least double and of the largest. */
#define LOWEST_PLACE (-46)
#define HIGHEST_PLACE 43
/* Adding and taking it off rounds a double below 2^51 to an integer. */
#define ROUNDER 0x1.8p52
/* Columns of digits multiplied at once, between two looks at interrupts. */
#define PRODUCT_COLUMNS 256

/* ---- Sums of integers ---- */

static inline void
sum_add(Sum128 *sum, int64_t value)
{
	uint64_t low = sum->low + (uint64_t) value;

	sum->high += (value < 0 ? -1 : 0) + (low < sum->low ? 1 : 0);
	sum->low = low;
}

static inline void
sum_merge(Sum128 *into, const Sum128 *from)
{
	uint64_t low = into->low + from->low;

	into->high += from->high + (low < into->low ? 1 : 0);
	into->low = low;
}

/* ---- Memory ---- */

static size_t
triangle(size_t columns)
{
	return columns * (columns + 1) / 2;
}

size_t
gram_sums_image_size(uint32_t dimension)
{
	size_t columns = (size_t) dimension + 2;

	return sizeof(Image) +
		   triangle(columns) * GRAM_SUMS_DIGITS * sizeof(Sum128) +
		   dimension * 2 * sizeof(double) + columns * sizeof(int32_t);
}

/* Whether so many columns are multiplied as few are. */
static bool
is_narrow(size_t columns)
{
	return columns <= NARROW_COLUMNS && digit_products_pay();
}

size_t
gram_sums_memory(uint32_t dimension)
{
	size_t columns = (size_t) dimension + 2;
	size_t rows = is_narrow(columns) ? NARROW_ROWS : BLOCK_ROWS;

	return gram_sums_image_size(dimension) + sizeof(GramSums) +
		   columns * rows * (2 + GRAM_SUMS_DIGITS) * sizeof(double) +
		   columns * (sizeof(bool) +
					  PRODUCT_COLUMNS * (sizeof(double) + sizeof(int64_t)) +
					  GRAM_SUMS_DIGITS * sizeof(uint32_t));
}

Status
gram_sums_create(const Runtime *runtime, RowFormat format, uint32_t dimension,
				 GramSums **totals, Failure *failure)
{
	GramSums *m = runtime_allocate_zero(runtime, 1, sizeof(GramSums));
	size_t columns = (size_t) dimension + 2;
	size_t block;
	Status status = LL_OK;

	*totals = m;
	if (m == NULL)
		return fail_no_memory(failure);
	status = blas_open(&m->blas, failure);
	if (status != LL_OK)
		return status;
	m->runtime = *runtime;
	m->format = format;
	m->dimension = dimension;
	m->columns = (uint32_t) columns;
	m->narrow = is_narrow(columns);
	m->rows = m->narrow ? NARROW_ROWS : BLOCK_ROWS;
	block = columns * m->rows;
	m->image =
		runtime_allocate_zero(runtime, 1, gram_sums_image_size(dimension));
	m->block = runtime_allocate(runtime, block * sizeof(double));
	m->rest = runtime_allocate(runtime, block * sizeof(double));
	m->digits =
		runtime_allocate(runtime, GRAM_SUMS_DIGITS * block * sizeof(double));
	m->column = runtime_allocate(runtime, GRAM_SUMS_DIGITS * columns *
											  sizeof(uint32_t));
	m->product =
		runtime_allocate(runtime, columns * PRODUCT_COLUMNS * sizeof(double));
	m->left = runtime_allocate(runtime, columns * sizeof(bool));
	m->sum =
		runtime_allocate(runtime, columns * PRODUCT_COLUMNS * sizeof(int64_t));
	if (m->image == NULL || m->block == NULL || m->rest == NULL ||
		m->digits == NULL || m->column == NULL || m->product == NULL ||
		m->left == NULL || m->sum == NULL)
		return fail_no_memory(failure);
	for (int d = 0; d < GRAM_SUMS_DIGITS; d++)
		m->sums[d] = (Sum128 *) (m->image + 1) + d * triangle(columns);
	m->minimum =
		(double *) (m->sums[GRAM_SUMS_DIGITS - 1] + triangle(columns));
	m->maximum = m->minimum + dimension;
	m->place = (int32_t *) (m->maximum + dimension);
	for (uint32_t j = 0; j < dimension; j++)
	{
		m->minimum[j] = INFINITY;
		m->maximum[j] = -INFINITY;
	}
	for (size_t i = 0; i < columns; i++)
		m->place[i] = NO_PLACE;
	return LL_OK;
}

void
gram_sums_release(GramSums *totals)
{
	Runtime runtime = totals->runtime;

	runtime_release(&runtime, totals->image);
	runtime_release(&runtime, totals->block);
	runtime_release(&runtime, totals->rest);
	runtime_release(&runtime, totals->digits);
	runtime_release(&runtime, totals->column);
	runtime_release(&runtime, totals->product);
	runtime_release(&runtime, totals->sum);
	runtime_release(&runtime, totals->left);
	runtime_release(&runtime, totals);
}

const void *
gram_sums_image(const GramSums *totals)
{
	return totals->image;
}

bool
gram_sums_restore(GramSums *totals, const void *image)
{
	memcpy(totals->image, image, gram_sums_image_size(totals->dimension));
	for (uint32_t i = 0; i < totals->columns; i++)
		if (totals->place[i] != NO_PLACE && (totals->place[i] < LOWEST_PLACE ||
											 totals->place[i] > HIGHEST_PLACE))
			return false;
	return true;
}

/* ---- Adding rows ---- */

#define TAKE_VALUES(type)                                                     \
	do                                                                        \
	{                                                                         \
		const type *values = row->dense;                                      \
		for (uint32_t j = 0; j < m->dimension; j++)                           \
		{                                                                     \
			double value = (double) values[j];                                \
			out[j] = value;                                                   \
			zeros += value == 0.0;                                            \
			minimum[j] = value < minimum[j] ? value : minimum[j];             \
			maximum[j] = value > maximum[j] ? value : maximum[j];             \
		}                                                                     \
	} while (0)

/* Copies a row's features into the block. */
UNFUSED_CLONES static void
take_values(GramSums *m, const RowView *row, double *restrict out)
{
	double *restrict minimum = m->minimum;
	double *restrict maximum = m->maximum;
	uint64_t zeros = 0;

	if (m->format == ROWS_U8)
		TAKE_VALUES(uint8_t);
	else if (m->format == ROWS_F32)
		TAKE_VALUES(float);
	else
		TAKE_VALUES(double);
	m->image->zeros += zeros;
}

Status
gram_sums_add(GramSums *totals, const RowView *row, double label, float weight,
			  Failure *failure)
{
	double *out = totals->block + totals->waiting * totals->columns;

	take_values(totals, row, out);
	out[totals->dimension] = 1.0;
	out[totals->dimension + 1] = label;
	if (weight != 1.0f)
	{
		double root = sqrt((double) weight);

		totals->image->weighted = 1;
		for (uint32_t i = 0; i < totals->columns; i++)
			out[i] *= root;
	}
	if (++totals->waiting < totals->rows)
		return LL_OK;
	return gram_sums_flush(totals, failure);
}

/* Moves a column's digits down to make room for larger values. */
static void
raise_place(GramSums *totals, size_t column, int32_t place)
{
	int64_t up = (int64_t) place - totals->place[column];

	for (size_t i = 0; i < totals->columns; i++)
	{
		size_t at = gram_sums_cell(i, column);
		int64_t down = i == column ? 2 * up : up;

		/* From no place at all, all sums are 0. */
		for (int64_t d = GRAM_SUMS_DIGITS - 1; d >= 0; d--)
			totals->sums[d][at] =
				d >= down ? totals->sums[d - down][at] : (Sum128){0, 0};
	}
	totals->place[column] = place;
}

/* The place of a value's first digit, so that this is at most 2^23. */
static int32_t
place_of(double value)
{
	int exponent;
	double fraction = frexp(value, &exponent);
	int above;

	if (fraction == 0.5)
		exponent--; /* a power of two is its own bound */
	/* the least place with exponent <= 24 place + 23 */
	above = exponent - (DIGIT_BITS - 1) - LOWEST_PLACE * DIGIT_BITS;
	if (above <= 0)
		return LOWEST_PLACE;
	return LOWEST_PLACE + (above + DIGIT_BITS - 1) / DIGIT_BITS;
}

/* Multiplies a column by a power of two that may be no double itself. */
static void
scale_column(double *column, size_t rows, int exponent)
{
	double half = ldexp(1.0, exponent / 2);
	double rest = ldexp(1.0, exponent - exponent / 2);

	for (size_t i = 0; i < rows; i++)
		column[i] = column[i] * half * rest;
}

/* Turns one column of the block, and returns its largest size. */
UNFUSED_CLONES static double
turn_column(const double *restrict block, size_t stride, size_t rows,
			double *restrict out)
{
	double largest = 0.0;

	for (size_t i = 0; i < rows; i++)
		out[i] = block[i * stride];
	for (size_t i = 0; i < rows; i++)
		largest = fabs(out[i]) > largest ? fabs(out[i]) : largest;
	return largest;
}

/* Cuts off one digit of a column's values; whether any is not 0, or is left. */
UNFUSED_CLONES static bool
cut_digit(double *restrict rest, size_t rows, double unit, double inverse,
		  double *restrict digit, bool *left)
{
	double any = 0.0, rests = 0.0;

	for (size_t i = 0; i < rows; i++)
	{
		double rounded = (rest[i] * inverse + ROUNDER) - ROUNDER;
		double after = rest[i] - rounded * unit;

		digit[i] = rounded;
		rest[i] = after;
		any += fabs(rounded);
		rests += fabs(after);
	}
	*left = rests != 0.0;
	return any != 0.0;
}

/* Adds products[count][m]: columns from `from` on with the first m of a digit. */
static void
add_products(GramSums *totals, size_t first, size_t m, size_t from,
			 size_t count, int distance)
{
	Sum128 *sums = totals->sums[distance];

	for (size_t q = 0; q < count; q++)
	{
		const int64_t *sum = totals->sum + q * m;
		uint32_t i = totals->column[from + q];
		bool same_level = from + q < first + m;

		for (size_t p = 0; p < m; p++)
		{
			uint32_t j = totals->column[first + p];
			int64_t value = sum[p];

			/* Within a level each pair of columns comes twice ... */
			if (same_level && j > i)
				break;
			/* ... and between levels both orders of a column's own digits count. */
			if (!same_level && i == j)
				value *= 2;
			sum_add(&sums[gram_sums_cell(i, j)], value);
		}
	}
}

/* The products of columns of digits by BLAS, as integers. */
static void
blas_products(GramSums *totals, size_t first, size_t m, size_t from,
			  size_t count)
{
	int rows = (int) totals->rows;

	totals->blas->dgemm(BLAS_COL_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, (int) m,
						(int) count, (int) totals->waiting, 1.0,
						totals->digits + first * totals->rows, rows,
						totals->digits + from * totals->rows, rows, 0.0,
						totals->product, (int) m);
	for (size_t i = 0; i < m * count; i++)
		totals->sum[i] = (int64_t) totals->product[i];
}

/* Rows filled up to whole vectors. */
static size_t
whole_vectors(size_t rows)
{
	return (rows + DIGIT_PRODUCTS_ROWS - 1) / DIGIT_PRODUCTS_ROWS *
		   DIGIT_PRODUCTS_ROWS;
}

/*
 * Multiplies the digits cut at one level with those at a level not above it:
 * columns of digits [first, first + m) and [from, to).
 */
static Status
multiply_levels(GramSums *totals, size_t first, size_t m, size_t from,
				size_t to, int distance, Failure *failure)
{
	for (size_t at = from; at < to; at += PRODUCT_COLUMNS)
	{
		size_t count = to - at < PRODUCT_COLUMNS ? to - at : PRODUCT_COLUMNS;

		if (totals->narrow)
			digit_products(totals->digits + first * totals->rows, m,
						   totals->digits + at * totals->rows, count,
						   whole_vectors(totals->waiting), totals->rows,
						   at == first, totals->sum);
		else
			blas_products(totals, first, m, at, count);
		add_products(totals, first, m, at, count, distance);
		if (runtime_interrupted(&totals->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/*
 * Turns the block into columns, makes room for its largest values, and takes
 * each column in units of its first digit.
 */
static void
turn_block(GramSums *totals)
{
	for (size_t j = 0; j < totals->columns; j++)
	{
		double *column = totals->rest + j * totals->rows;
		double largest = turn_column(totals->block + j, totals->columns,
									 totals->waiting, column);

		if (largest > 0.0 && (totals->place[j] == NO_PLACE ||
							  place_of(largest) > totals->place[j]))
			raise_place(totals, j, place_of(largest));
		if (totals->place[j] != NO_PLACE)
			scale_column(column, totals->waiting,
						 -DIGIT_BITS * totals->place[j]);
	}
}

/* Cuts all digits; start[d] is the first column of level d. */
static void
cut_digits(GramSums *totals, size_t *start)
{
	size_t taken = 0;
	size_t spare = whole_vectors(totals->waiting) - totals->waiting;

	for (int d = 0; d < GRAM_SUMS_DIGITS; d++)
	{
		start[d] = taken;
		for (uint32_t j = 0; j < totals->columns; j++)
		{
			if (totals->place[j] == NO_PLACE || (d > 0 && !totals->left[j]))
				continue;
			totals->column[taken] = j;
			taken += cut_digit(
				totals->rest + j * totals->rows, totals->waiting,
				ldexp(1.0, -DIGIT_BITS * d), ldexp(1.0, DIGIT_BITS * d),
				totals->digits + taken * totals->rows, &totals->left[j]);
		}
	}
	for (size_t i = 0; i < taken; i++)
		memset(totals->digits + i * totals->rows + totals->waiting, 0,
			   spare * sizeof(double));
	start[GRAM_SUMS_DIGITS] = taken;
}

Status
gram_sums_flush(GramSums *totals, Failure *failure)
{
	size_t start[GRAM_SUMS_DIGITS + 1];
	Status status = LL_OK;

	turn_block(totals);
	cut_digits(totals, start);
	for (int a = 0; a < GRAM_SUMS_DIGITS; a++)
		for (int b = a; a + b < GRAM_SUMS_DIGITS && status == LL_OK; b++)
			if (start[a + 1] > start[a])
				status =
					multiply_levels(totals, start[a], start[a + 1] - start[a],
									start[b], start[b + 1], a + b, failure);
	totals->waiting = 0;
	return status;
}

void
gram_sums_merge(GramSums *into, const GramSums *from)
{
	into->image->zeros += from->image->zeros;
	into->image->weighted |= from->image->weighted;
	for (uint32_t j = 0; j < into->dimension; j++)
	{
		into->minimum[j] = fmin(into->minimum[j], from->minimum[j]);
		into->maximum[j] = fmax(into->maximum[j], from->maximum[j]);
	}
	for (uint32_t j = 0; j < into->columns; j++)
		if (from->place[j] > into->place[j])
			raise_place(into, j, from->place[j]);
	for (uint32_t i = 0; i < into->columns; i++)
		for (uint32_t j = 0; j <= i; j++)
		{
			size_t at = gram_sums_cell(i, j);
			int64_t down;

			if (from->place[i] == NO_PLACE || from->place[j] == NO_PLACE)
				continue;
			down = (int64_t) into->place[i] - from->place[i] + into->place[j] -
				   from->place[j];
			for (int64_t d = down; d < GRAM_SUMS_DIGITS; d++)
				sum_merge(&into->sums[d][at], &from->sums[d - down][at]);
		}
}
