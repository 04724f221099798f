/*
 * gram_products.c
 *		Exact sums of products: those of a block's columns of digits.
 *
 * Products of two digits a and b of two columns are found in both orders at once:
 * the squares of a + b are those of a, those of b and these.  Squares, products of
 * columns with each other in no order, take half as long as other products.
 */
#include "core/rows/gram_sums_store.h"

#include <string.h>

#include "core/base/dispatch.h"

/*
 * Blocks whose sums are at most 2^63 together: 256 rows' products of 2^46 in both
 * orders of at most three pairs of digits are at most 2^57.
 */
#define PENDING_BLOCKS 32
/* A level is filled up where less than one column of so many has no digit. */
#define FILL_LEVEL 8
/* So few digits of a level are multiplied one by one. */
#define FEW_DIGITS 16

static inline void
sum_add(Sum128 *sum, int64_t value)
{
	uint64_t low = sum->low + (uint64_t) value;

	sum->high += (value < 0 ? -1 : 0) + (low < sum->low ? 1 : 0);
	sum->low = low;
}

/* ---- Many columns, by a BLAS ---- */

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

/* The products of columns of digits, as integers. */
static void
blas_products(GramSums *totals, size_t first, size_t m, size_t from,
			  size_t count)
{
	int stride = (int) totals->stride;

	totals->blas->dgemm(BLAS_COL_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, (int) m,
						(int) count, (int) totals->waiting, 1.0,
						totals->digits + first * totals->stride, stride,
						totals->digits + from * totals->stride, stride, 0.0,
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

		blas_products(totals, first, m, at, count);
		add_products(totals, first, m, at, count, one + other);
		if (runtime_interrupted(&totals->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

/* ---- Few columns ---- */

/* A digit of a level that has few. */
typedef struct Entry
{
	uint32_t row;
	uint32_t column;
	int64_t digit;
} Entry;

/* A level's digits, by columns that have any. */
typedef struct Level
{
	DigitColumns columns;
	int64_t *squares; /* [triangle] of all columns ... */
	bool squared;	  /* ... if they are known */
	bool sparse;	  /* all digits but 0 are ... */
	size_t few_count;
	Entry few[FEW_DIGITS];
} Level;

/* Finds the digits of a level, if there are few. */
static void
find_few(Level *level, size_t rows)
{
	const DigitColumns *columns = &level->columns;

	level->sparse = columns->count <= FEW_DIGITS;
	for (size_t i = 0; i < columns->count && level->sparse; i++)
	{
		const double *digits =
			columns->digits + columns->index[i] * columns->stride;

		for (size_t row = 0; row < rows && level->sparse; row++)
		{
			if (digits[row] == 0.0)
				continue;
			if (level->few_count == FEW_DIGITS)
				level->sparse = false;
			else
				level->few[level->few_count++] = (Entry){
					(uint32_t) row, columns->index[i], (int64_t) digits[row]};
		}
	}
}

static void
init_level(const GramSums *totals, int l, Level *level)
{
	size_t first = (size_t) l * totals->columns;

	*level = (Level){
		.columns = {totals->digits + first * totals->stride,
					totals->column + first, totals->count[l], totals->stride},
		.squares = totals->squares + l * gram_sums_triangle(totals->columns)};
	if (l > 0)
		find_few(level, gram_sums_whole_vectors(totals->waiting));
}

/*
 * A level where few columns have no digit has one of zeros in their place: all of
 * it then is in the order of the columns.
 */
static void
fill_level(GramSums *totals, int l)
{
	size_t first = (size_t) l * totals->columns;
	uint32_t *column = totals->column + first;
	size_t count = totals->count[l];

	if (count * FILL_LEVEL < totals->columns * (FILL_LEVEL - 1))
		return;
	for (uint32_t j = totals->columns; j-- > 0;)
	{
		if (count > 0 && column[count - 1] == j)
			count--;
		else
			memset(totals->digits + (first + j) * totals->stride, 0,
				   totals->rows * sizeof(double));
		column[j] = j;
	}
	totals->count[l] = totals->columns;
}

/* Where in a triangle the products of columns with column j stand. */
static inline int64_t *
triangle_row(int64_t *triangle, uint32_t j)
{
	return triangle + gram_sums_triangle(j);
}

/* Finds the squares of a level. */
static void
square_level(GramSums *totals, Level *level)
{
	const DigitColumns *columns = &level->columns;
	size_t triangle = gram_sums_triangle(totals->columns);
	size_t rows = gram_sums_whole_vectors(totals->waiting);
	const int64_t *sum = totals->sum;

	if (level->squared)
		return;
	level->squared = true;
	if (columns->count == totals->columns)
	{
		digit_squares(columns, rows, level->squares);
		return;
	}
	digit_squares(columns, rows, totals->sum);
	memset(level->squares, 0, triangle * sizeof(int64_t));
	for (size_t q = 0; q < columns->count; q++)
	{
		int64_t *row = triangle_row(level->squares, columns->index[q]);

		for (size_t p = 0; p <= q; p++)
			row[columns->index[p]] = *sum++;
	}
}

/* Adds a column's digits of two levels, or those of the one that has any. */
KERNEL_CLONES static void
join_columns(const double *a, const double *b, size_t rows,
			 double *restrict out)
{
	if (a == NULL || b == NULL)
		memcpy(out, a != NULL ? a : b, rows * sizeof(double));
	else
		for (size_t row = 0; row < rows; row++)
			out[row] = a[row] + b[row];
}

/* Joins the columns of two levels to one's sums. */
static DigitColumns
join_levels(GramSums *totals, const DigitColumns *a, const DigitColumns *b)
{
	size_t rows = gram_sums_whole_vectors(totals->waiting);
	size_t count = 0;

	for (size_t i = 0, j = 0; i < a->count || j < b->count; count++)
	{
		uint32_t one = i < a->count ? a->index[i] : UINT32_MAX;
		uint32_t other = j < b->count ? b->index[j] : UINT32_MAX;
		uint32_t column = one < other ? one : other;
		size_t at = column * totals->stride;

		totals->union_of[count] = column;
		join_columns(one == column ? a->digits + at : NULL,
					 other == column ? b->digits + at : NULL, rows,
					 totals->joined + at);
		i += one == column;
		j += other == column;
	}
	return (DigitColumns){totals->joined, totals->union_of, count,
						  totals->stride};
}

KERNEL_CLONES static void
add_difference(const int64_t *sum, const int64_t *a, const int64_t *b,
			   size_t count, int64_t *restrict to)
{
	for (size_t i = 0; i < count; i++)
		to[i] += sum[i] - a[i] - b[i];
}

/* Adds the products of two levels in both orders, by the squares of their sums. */
static void
add_joined(GramSums *totals, Level *a, Level *b, int64_t *restrict pending)
{
	DigitColumns joined = join_levels(totals, &a->columns, &b->columns);
	const int64_t *sum = totals->sum;

	square_level(totals, a);
	square_level(totals, b);
	digit_squares(&joined, gram_sums_whole_vectors(totals->waiting),
				  totals->sum);
	if (joined.count == totals->columns)
	{
		add_difference(sum, a->squares, b->squares,
					   gram_sums_triangle(totals->columns), pending);
		return;
	}
	for (size_t q = 0; q < joined.count; q++)
	{
		size_t row = gram_sums_triangle(joined.index[q]);

		for (size_t p = 0; p <= q; p++)
		{
			size_t cell = row + joined.index[p];

			pending[cell] += *sum++ - a->squares[cell] - b->squares[cell];
		}
	}
}

/* The same by the products. */
static void
add_crossed(GramSums *totals, const DigitColumns *a, const DigitColumns *b,
			int64_t *pending)
{
	const int64_t *sum = totals->sum;

	digit_products(a, b, gram_sums_whole_vectors(totals->waiting),
				   totals->sum);
	for (size_t q = 0; q < b->count; q++)
		for (size_t p = 0; p < a->count; p++, sum++)
		{
			uint32_t i = b->index[q], j = a->index[p];

			/* Both orders of a column's own digits count. */
			pending[gram_sums_cell(i, j)] += i == j ? 2 * *sum : *sum;
		}
}

/* The same where b has few digits. */
static void
add_few(const DigitColumns *a, const Level *b, int64_t *pending)
{
	for (size_t k = 0; k < b->few_count; k++)
		for (size_t p = 0; p < a->count; p++)
		{
			const Entry *few = &b->few[k];
			uint32_t i = few->column, j = a->index[p];
			int64_t digit = (int64_t) a->digits[j * a->stride + few->row];

			/* Both orders of a column's own digits count. */
			pending[gram_sums_cell(i, j)] +=
				(i == j ? 2 : 1) * digit * few->digit;
		}
}

/* How many columns have a digit of either level. */
static size_t
count_union(const DigitColumns *a, const DigitColumns *b)
{
	size_t count = a->count + b->count;

	for (size_t i = 0, j = 0; i < a->count && j < b->count;)
	{
		uint32_t one = a->index[i], other = b->index[j];

		count -= one == other;
		i += one <= other;
		j += other <= one;
	}
	return count;
}

/* Adds the products of two levels, of which a comes first. */
static void
add_levels(GramSums *totals, Level *a, Level *b, int64_t *pending)
{
	size_t triangle = gram_sums_triangle(totals->columns);
	size_t both = a->columns.count * b->columns.count;

	if (both == 0)
		return;
	if (a == b)
	{
		square_level(totals, a);
		for (size_t i = 0; i < triangle; i++)
			pending[i] += a->squares[i];
	}
	else if (b->sparse)
		add_few(&a->columns, b, pending);
	else if (gram_sums_triangle(count_union(&a->columns, &b->columns)) < both)
		add_joined(totals, a, b, pending);
	else
		add_crossed(totals, &a->columns, &b->columns, pending);
}

/* Adds the products of the digits of a narrow block to what is pending. */
static void
multiply_narrow(GramSums *totals)
{
	size_t triangle = gram_sums_triangle(totals->columns);
	Level levels[GRAM_SUMS_DIGITS];

	for (int l = 0; l < GRAM_SUMS_DIGITS; l++)
	{
		fill_level(totals, l);
		init_level(totals, l, &levels[l]);
	}
	for (int a = 0; a < GRAM_SUMS_DIGITS; a++)
		for (int b = a; a + b < GRAM_SUMS_DIGITS; b++)
			add_levels(totals, &levels[a], &levels[b],
					   totals->pending + (a + b) * triangle);
	if (++totals->pending_blocks == PENDING_BLOCKS)
		gram_sums_settle(totals);
}

void
gram_sums_settle(GramSums *totals)
{
	size_t triangle = gram_sums_triangle(totals->columns);

	if (totals->pending_blocks == 0)
		return;
	for (int d = 0; d < GRAM_SUMS_DIGITS; d++)
		for (size_t i = 0; i < triangle; i++)
			sum_add(&totals->sums[d][i], totals->pending[d * triangle + i]);
	memset(totals->pending, 0, GRAM_SUMS_DIGITS * triangle * sizeof(int64_t));
	totals->pending_blocks = 0;
}

void
gram_sums_raise(GramSums *totals, size_t column, int32_t place)
{
	int64_t up = (int64_t) place - totals->place[column];

	gram_sums_settle(totals);
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

Status
gram_sums_multiply(GramSums *totals, Failure *failure)
{
	Status status = LL_OK;

	if (totals->narrow)
	{
		multiply_narrow(totals);
		return runtime_interrupted(&totals->runtime) ? fail_cancelled(failure)
													 : LL_OK;
	}
	for (int a = 0; a < GRAM_SUMS_DIGITS; a++)
		for (int b = a; a + b < GRAM_SUMS_DIGITS && status == LL_OK; b++)
			status = multiply_levels(totals, a, b, failure);
	return status;
}
