/*
 * gram_sums.c
 *		Exact sums of products over rows that are not kept: adding rows.
 */
#include "core/rows/gram_sums_store.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"
#include "core/base/hash.h"
#include "core/base/hash_columns.h"

/*
 * Rows of a block, whose products of digits, at most 2^46 each, sum to at most
 * 2^53; of few columns where eight sums take an eighth of the rows each, and sums
 * of two digits, products of at most 2^48, are multiplied, too.
 */
#define BLOCK_ROWS 128
#define NARROW_ROWS 256
#define NARROW_COLUMNS 64
/* Columns that are a power of two apart drive each other out of the cache. */
#define STRIDE_MORE 8

/* ---- Sums of integers ---- */

static inline void
sum_merge(Sum128 *into, const Sum128 *from)
{
	uint64_t low = into->low + from->low;

	into->high += from->high + (low < into->low ? 1 : 0);
	into->low = low;
}

/* ---- Memory ---- */

size_t
gram_sums_image_size(uint32_t dimension)
{
	size_t columns = (size_t) dimension + 2;

	return sizeof(Image) +
		   gram_sums_triangle(columns) * GRAM_SUMS_DIGITS * sizeof(Sum128) +
		   dimension * 2 * sizeof(double) + columns * sizeof(int32_t);
}

/* Whether so many columns are multiplied as few are. */
static bool
is_narrow(size_t columns)
{
	return columns <= NARROW_COLUMNS && digit_products_pay();
}

/* Rows of a block, and from column to column of it. */
static size_t
block_rows(size_t columns)
{
	return is_narrow(columns) ? NARROW_ROWS : BLOCK_ROWS;
}

static size_t
block_stride(size_t columns)
{
	return block_rows(columns) + (is_narrow(columns) ? STRIDE_MORE : 0);
}

/* What narrow blocks take besides. */
static size_t
narrow_bytes(size_t columns)
{
	return is_narrow(columns)
			   ? columns * block_stride(columns) * sizeof(double) +
					 2 * GRAM_SUMS_DIGITS * gram_sums_triangle(columns) *
						 sizeof(int64_t) +
					 columns * sizeof(uint32_t)
			   : 0;
}

size_t
gram_sums_memory(uint32_t dimension)
{
	size_t columns = (size_t) dimension + 2;
	size_t rows = block_rows(columns);

	return gram_sums_image_size(dimension) + sizeof(GramSums) +
		   columns * block_stride(columns) * (1 + GRAM_SUMS_DIGITS) *
			   sizeof(double) +
		   rows * (2 * sizeof(double) + sizeof(uint64_t) + sizeof(float)) +
		   narrow_bytes(columns) +
		   columns * (PRODUCT_COLUMNS * (sizeof(double) + sizeof(int64_t)) +
					  GRAM_SUMS_DIGITS * sizeof(uint32_t));
}

/* Gives narrow blocks what they need besides; false: there is no memory. */
static bool
create_narrow(GramSums *m, const Runtime *runtime)
{
	size_t triangle = gram_sums_triangle(m->columns);

	if (!m->narrow)
		return true;
	m->joined = runtime_allocate_zero(runtime, 1, narrow_bytes(m->columns));
	if (m->joined == NULL)
		return false;
	m->squares = (int64_t *) (m->joined + m->columns * m->stride);
	m->pending = m->squares + GRAM_SUMS_DIGITS * triangle;
	m->union_of = (uint32_t *) (m->pending + GRAM_SUMS_DIGITS * triangle);
	return true;
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
	m->runtime = *runtime;
	m->format = format;
	m->dimension = dimension;
	m->columns = (uint32_t) columns;
	m->narrow = is_narrow(columns);
	/* A worker that needs none starts sooner. */
	if (!m->narrow)
		status = blas_open(&m->blas, failure);
	if (status != LL_OK)
		return status;
	m->rows = block_rows(columns);
	m->stride = block_stride(columns);
	block = columns * m->stride;
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
	m->hashes = runtime_allocate(runtime,
								 m->rows * (sizeof(uint64_t) + sizeof(float)));
	if (!create_narrow(m, runtime) || m->hashes == NULL || m->image == NULL ||
		m->block == NULL || m->roots == NULL || m->rest == NULL ||
		m->digits == NULL || m->column == NULL || m->product == NULL ||
		m->sum == NULL)
		return fail_no_memory(failure);
	m->weights = (float *) (m->hashes + m->rows);
	for (int d = 0; d < GRAM_SUMS_DIGITS; d++)
		m->sums[d] =
			(Sum128 *) (m->image + 1) + d * gram_sums_triangle(columns);
	m->minimum = (double *) (m->sums[GRAM_SUMS_DIGITS - 1] +
							 gram_sums_triangle(columns));
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
	runtime_release(&runtime, totals->joined);
	runtime_release(&runtime, totals->hashes);
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

#define SPREAD_VALUES(type)                                                   \
	do                                                                        \
	{                                                                         \
		const type *values = row->dense;                                      \
		for (uint32_t j = 0; j < dimension; j++, out += stride)               \
			*out = (double) values[j];                                        \
	} while (0)

/* Copies a row into the columns of a narrow block. */
static void
spread_row(GramSums *m, const RowView *row, double label)
{
	double *out = m->block + m->waiting;
	size_t stride = m->stride;
	uint32_t dimension = m->dimension;

	if (m->format == ROWS_U8)
		SPREAD_VALUES(uint8_t);
	else if (m->format == ROWS_F32)
		SPREAD_VALUES(float);
	else
		SPREAD_VALUES(double);
	out[0] = 1.0;
	out[stride] = label;
}

/* Whether the words of a row's record are the block's. */
static inline bool
is_hashed_in_block(const GramSums *m)
{
	return m->narrow && m->format == ROWS_F64;
}

/* Finds the hashes of the block's rows. */
static void
hash_block(GramSums *m)
{
	size_t rows = gram_sums_whole_vectors(m->waiting);
	const double *labels = m->block + (m->dimension + 1) * m->stride;

	if (!m->hashing)
		return;
	for (size_t i = 0; i < rows && m->number_labels; i++)
		m->hashes[i] = HASH_NUMBER_SEED;
	if (m->number_labels)
		hash64_columns(labels, 1, m->stride, rows, m->hashes);
	if (is_hashed_in_block(m))
		hash64_columns(m->block, m->dimension, m->stride, rows, m->hashes);
	for (size_t i = 0; i < m->waiting && m->weighted; i++)
		m->hashes[i] = rows_weighted_hash(m->hashes[i], m->weights[i]);
	m->fingerprint += hash64_sum(m->hashes, m->waiting);
	m->hashing = m->number_labels = false;
}

/* Sums up the rows of the block. */
static Status
sum_block(GramSums *totals, Failure *failure)
{
	Status status;

	if (totals->waiting == 0)
		return LL_OK;
	hash_block(totals);
	gram_sums_cut(totals);
	status = gram_sums_multiply(totals, failure);
	totals->waiting = 0;
	return status;
}

void
gram_sums_hash(GramSums *totals, const void *record, size_t size, double label,
			   const uint64_t *label_hash)
{
	uint64_t *hash = &totals->hashes[totals->waiting];

	totals->hashing = true;
	if (!is_hashed_in_block(totals))
		*hash = rows_record_hash(
			record, size,
			label_hash != NULL ? *label_hash : hash64_number(label), 1.0f);
	else if (label_hash != NULL)
		*hash = *label_hash;
	else
		totals->number_labels = true;
}

uint64_t
gram_sums_take_fingerprint(GramSums *totals)
{
	uint64_t fingerprint = totals->fingerprint;

	totals->fingerprint = 0;
	return fingerprint;
}

Status
gram_sums_add(GramSums *totals, const RowView *row, double label, float weight,
			  Failure *failure)
{
	double *out = totals->block + totals->waiting * totals->columns;

	if (totals->narrow)
		spread_row(totals, row, label);
	else
	{
		take_values(totals, row, out);
		out[totals->dimension] = 1.0;
		out[totals->dimension + 1] = label;
	}
	totals->weights[totals->waiting] = weight;
	totals->weighted |= weight != 1.0f;
	if (++totals->waiting < totals->rows)
		return LL_OK;
	return sum_block(totals, failure);
}

Status
gram_sums_flush(GramSums *totals, Failure *failure)
{
	Status status = sum_block(totals, failure);

	gram_sums_settle(totals);
	return status;
}

void
gram_sums_merge(GramSums *into, const GramSums *from)
{
	gram_sums_settle(into);
	into->image->zeros += from->image->zeros;
	into->image->weighted |= from->image->weighted;
	for (uint32_t j = 0; j < into->dimension; j++)
	{
		into->minimum[j] = fmin(into->minimum[j], from->minimum[j]);
		into->maximum[j] = fmax(into->maximum[j], from->maximum[j]);
	}
	for (uint32_t j = 0; j < into->columns; j++)
		if (from->place[j] > into->place[j])
			gram_sums_raise(into, j, from->place[j]);
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
