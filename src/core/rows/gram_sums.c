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
		   columns * rows * (1 + GRAM_SUMS_DIGITS) * sizeof(double) +
		   2 * rows * sizeof(double) +
		   columns * (PRODUCT_COLUMNS * (sizeof(double) + sizeof(int64_t)) +
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
	m->roots = runtime_allocate(runtime, m->rows * sizeof(double));
	m->rest = runtime_allocate(runtime, m->rows * sizeof(double));
	m->digits =
		runtime_allocate(runtime, GRAM_SUMS_DIGITS * block * sizeof(double));
	m->column = runtime_allocate(runtime, GRAM_SUMS_DIGITS * columns *
											  sizeof(uint32_t));
	m->product =
		runtime_allocate(runtime, columns * PRODUCT_COLUMNS * sizeof(double));
	m->sum =
		runtime_allocate(runtime, columns * PRODUCT_COLUMNS * sizeof(int64_t));
	if (m->image == NULL || m->block == NULL || m->roots == NULL ||
		m->rest == NULL || m->digits == NULL || m->column == NULL ||
		m->product == NULL || m->sum == NULL)
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
	runtime_release(&runtime, totals->roots);
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
			out[j] = (double) values[j];                                      \
	} while (0)

/* Copies a row's features into the block. */
KERNEL_CLONES static void
take_values(const GramSums *m, const RowView *row, double *restrict out)
{
	if (m->format == ROWS_U8)
		TAKE_VALUES(uint8_t);
	else if (m->format == ROWS_F32)
		TAKE_VALUES(float);
	else
		memcpy(out, row->dense, m->dimension * sizeof(double));
}

Status
gram_sums_add(GramSums *totals, const RowView *row, double label, float weight,
			  Failure *failure)
{
	double *out = totals->block + totals->waiting * totals->columns;

	take_values(totals, row, out);
	out[totals->dimension] = 1.0;
	out[totals->dimension + 1] = label;
	totals->roots[totals->waiting] = sqrt((double) weight);
	totals->weighted |= weight != 1.0f;
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

/* Rows filled up to whole vectors. */
static size_t
whole_vectors(size_t rows)
{
	return (rows + DIGIT_PRODUCTS_ROWS - 1) / DIGIT_PRODUCTS_ROWS *
		   DIGIT_PRODUCTS_ROWS;
}

typedef double Lanes __attribute__((vector_size(8 * sizeof(double))));
typedef int64_t Choice __attribute__((vector_size(8 * sizeof(int64_t))));
typedef double LooseLanes
	__attribute__((vector_size(8 * sizeof(double)), aligned(8), may_alias));
#define LANES DIGIT_PRODUCTS_ROWS
#define CHOOSE(choice, a, b)                                                  \
	((Lanes) (((Choice) (a) & (choice)) | ((Choice) (b) & ~(choice))))

/* What the values of a column are, beside themselves. */
typedef struct ColumnRange
{
	double minimum;
	double maximum;
	uint64_t zeros;
} ColumnRange;

/* Takes one more value in. */
static inline void
range_add(ColumnRange *range, double value)
{
	range->minimum = value < range->minimum ? value : range->minimum;
	range->maximum = value > range->maximum ? value : range->maximum;
	range->zeros += value == 0.0;
}

/* The range of a column's values. */
KERNEL_CLONES static void
find_range(const double *column, size_t rows, ColumnRange *range)
{
	Lanes least = (Lanes){0} + INFINITY, most = -least;
	Choice zeros = {0};
	size_t i = 0;

	for (; i + LANES <= rows; i += LANES)
	{
		Lanes values = *(const LooseLanes *) (column + i);

		least = CHOOSE(values < least, values, least);
		most = CHOOSE(values > most, values, most);
		zeros -= values == 0.0;
	}
	*range = (ColumnRange){least[0], most[0], 0};
	for (int lane = 0; lane < LANES; lane++)
	{
		range->minimum = fmin(range->minimum, least[lane]);
		range->maximum = fmax(range->maximum, most[lane]);
		range->zeros += (uint64_t) zeros[lane];
	}
	for (; i < rows; i++)
		range_add(range, column[i]);
}

/*
 * Turns a column of the block out, filled up with zeros to whole vectors, and
 * returns its range.
 */
static ColumnRange
turn_column(const GramSums *totals, size_t j, double *restrict out)
{
	const double *block = totals->block + j;
	size_t rows = totals->waiting;
	ColumnRange range;

	for (size_t i = 0; i < rows; i++)
		out[i] = block[i * totals->columns];
	for (size_t i = rows; i < whole_vectors(rows); i++)
		out[i] = 0.0;
	find_range(out, rows, &range);
	return range;
}

/* Takes the range of a feature's column in. */
static void
widen_range(GramSums *totals, size_t j, const ColumnRange *range)
{
	double *minimum = &totals->minimum[j], *maximum = &totals->maximum[j];

	*minimum = range->minimum < *minimum ? range->minimum : *minimum;
	*maximum = range->maximum > *maximum ? range->maximum : *maximum;
	totals->image->zeros += range->zeros;
}

/* Weighs a column; its largest size. */
static double
weigh_column(const GramSums *totals, double *column, ColumnRange range)
{
	if (totals->weighted)
	{
		for (size_t i = 0; i < totals->waiting; i++)
			column[i] *= totals->roots[i];
		find_range(column, totals->waiting, &range);
	}
	return range.maximum > -range.minimum ? range.maximum : -range.minimum;
}

/* Whether any lane is chosen. */
static inline bool
any_of(const Choice *choice)
{
	int64_t any = 0;

	for (int lane = 0; lane < LANES; lane++)
		any |= (*choice)[lane];
	return any != 0;
}

/*
 * Cuts off one digit of a column's values, of whole vectors; whether any is not 0,
 * or is left.
 */
KERNEL_CLONES static bool
cut_digit(double *restrict rest, size_t rows, double unit, double inverse,
		  double *restrict digit, bool *left)
{
	Choice any = {0}, rests = {0};

	for (size_t i = 0; i < rows; i += LANES)
	{
		Lanes value = *(const LooseLanes *) (rest + i);
		Lanes rounded = (value * inverse + ROUNDER) - ROUNDER;
		Lanes after = value - rounded * unit;

		*(LooseLanes *) (digit + i) = rounded;
		*(LooseLanes *) (rest + i) = after;
		any |= rounded != 0.0;
		rests |= after != 0.0;
	}
	*left = any_of(&rests);
	return any_of(&any);
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

/* Multiplies the digits cut at one level with those at a level not above it. */
static Status
multiply_levels(GramSums *totals, int one, int other, Failure *failure)
{
	size_t first = (size_t) one * totals->columns, m = totals->count[one];
	size_t from = (size_t) other * totals->columns;
	size_t to = from + totals->count[other];

	for (size_t at = from; m > 0 && at < to; at += PRODUCT_COLUMNS)
	{
		size_t count = to - at < PRODUCT_COLUMNS ? to - at : PRODUCT_COLUMNS;

		if (totals->narrow)
			digit_products(totals->digits + first * totals->rows, m,
						   totals->digits + at * totals->rows, count,
						   whole_vectors(totals->waiting), totals->rows,
						   at == first, totals->sum);
		else
			blas_products(totals, first, m, at, count);
		add_products(totals, first, m, at, count, one + other);
		if (runtime_interrupted(&totals->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* Cuts the digits of a column, which is in units of the first one. */
static void
cut_digits(GramSums *totals, uint32_t j)
{
	size_t rows = whole_vectors(totals->waiting);
	bool left = true;

	for (int d = 0; d < GRAM_SUMS_DIGITS && left; d++)
	{
		size_t at = d * totals->columns + totals->count[d];

		totals->column[at] = j;
		totals->count[d] +=
			cut_digit(totals->rest, rows, ldexp(1.0, -DIGIT_BITS * d),
					  ldexp(1.0, DIGIT_BITS * d),
					  totals->digits + at * totals->rows, &left);
	}
}

/* Turns the block into columns of digits, with room for its largest values. */
static void
cut_block(GramSums *totals)
{
	memset(totals->count, 0, sizeof(totals->count));
	for (uint32_t j = 0; j < totals->columns; j++)
	{
		ColumnRange range = turn_column(totals, j, totals->rest);
		double largest = weigh_column(totals, totals->rest, range);

		if (j < totals->dimension)
			widen_range(totals, j, &range);
		if (!(largest > 0.0))
			continue;
		if (totals->place[j] == NO_PLACE ||
			place_of(largest) > totals->place[j])
			raise_place(totals, j, place_of(largest));
		if (totals->place[j] != 0)
			scale_column(totals->rest, totals->waiting,
						 -DIGIT_BITS * totals->place[j]);
		cut_digits(totals, j);
	}
	totals->image->weighted |= totals->weighted;
	totals->weighted = false;
}

Status
gram_sums_flush(GramSums *totals, Failure *failure)
{
	Status status = LL_OK;

	if (totals->waiting == 0)
		return LL_OK;
	cut_block(totals);
	for (int a = 0; a < GRAM_SUMS_DIGITS; a++)
		for (int b = a; a + b < GRAM_SUMS_DIGITS && status == LL_OK; b++)
			status = multiply_levels(totals, a, b, failure);
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
