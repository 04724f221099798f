/*
 * shard_sums.c
 *		What the answers of rows to one point add up to.
 */
#include "core/shards/shard_sums.h"

#include <math.h>
#include <string.h>

#include "core/base/random.h"
#include "core/shards/shard_product.h"

/* Bits of a residual's lower digit, beside features that are no bytes. */
#define DIGIT_BITS 18
/* Elements of a tile, about. */
#define TILE_ELEMENTS ((size_t) 1 << 19)
#define TILE_ROWS_LEAST 16

size_t
shard_table_cells(const ShardSums *sums)
{
	if (!sums->judges || sums->classes == 0)
		return 0;
	return sums->outputs == 1 ? 2 * (size_t) SHARD_BINS
							  : (size_t) SHARD_COUNTS * sums->classes;
}

/* Room for the sums of a gradient and of a matrix. */
static Status
make_totals(ShardSums *sums, Failure *failure)
{
	const Runtime *runtime = &sums->runtime;

	sums->gradient = runtime_allocate_zero(
		runtime, ((size_t) sums->dimension + 1) * sums->outputs,
		sizeof(Whole));
	if (sums->grams > 0)
		sums->gram = runtime_allocate_zero(
			runtime, sums->grams * shard_gram_cells(sums->dimension),
			sizeof(Whole));
	return sums->gradient == NULL || (sums->grams > 0 && sums->gram == NULL)
			   ? fail_no_memory(failure)
			   : LL_OK;
}

/* The rows that wait for matrices. */
static Status
make_gram_tiles(ShardSums *sums, Failure *failure)
{
	const Runtime *runtime = &sums->runtime;
	size_t width = (size_t) sums->dimension + 1;
	size_t t = TILE_ELEMENTS / (sums->grams * width);

	t = t < TILE_ROWS_LEAST ? TILE_ROWS_LEAST : t;
	t = sums->gram_rows = t > SHARD_TILE_ROWS ? SHARD_TILE_ROWS : t;
	sums->gram_waiting =
		runtime_allocate_zero(runtime, sums->grams, sizeof(size_t));
	sums->rooted =
		runtime_allocate(runtime, sums->grams * t * width * sizeof(double));
	sums->square = runtime_allocate(runtime, width * width * sizeof(double));
	return sums->gram_waiting == NULL || sums->rooted == NULL ||
				   sums->square == NULL
			   ? fail_no_memory(failure)
			   : LL_OK;
}

/* The buffers of tiles, when the first row comes: sums of sums need none. */
static Status
make_tiles(ShardSums *sums, Failure *failure)
{
	const Runtime *runtime = &sums->runtime;
	size_t n = sums->dimension, columns, t;

	sums->digits = sums->format == ROWS_U8 ? 1 : 2;
	columns = (size_t) sums->outputs * sums->digits;
	t = shard_product_rows(columns, n);
	t = sums->tile_rows = t > SHARD_TILE_ROWS ? SHARD_TILE_ROWS : t;
	sums->tile = runtime_allocate(runtime, t * n * sizeof(double));
	sums->residuals = runtime_allocate(runtime, t * columns * sizeof(double));
	sums->product =
		runtime_allocate_zero(runtime, columns * n, sizeof(double));
	if (sums->tile == NULL || sums->residuals == NULL || sums->product == NULL)
		return fail_no_memory(failure);
	return sums->grams > 0 ? make_gram_tiles(sums, failure) : LL_OK;
}

Status
shard_sums_init(ShardSums *sums, const Runtime *runtime,
				const ShardShape *shape, Failure *failure)
{
	Status status;

	memset(sums, 0, sizeof(*sums));
	sums->runtime = *runtime;
	sums->digest = shape->digest;
	sums->judges = shape->judges;
	sums->grams = shape->grams;
	sums->format = shape->format;
	sums->dimension = shape->dimension;
	sums->outputs = shape->outputs;
	sums->classes = shape->classes;
	status = blas_open(&sums->blas, failure);
	return status == LL_OK && !sums->judges ? make_totals(sums, failure)
											: status;
}

void
shard_sums_release(ShardSums *sums)
{
	void *pieces[] = {sums->gradient,  sums->gram,		   sums->tile,
					  sums->residuals, sums->product,	   sums->rooted,
					  sums->square,	   sums->gram_waiting, sums->scaled};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(&sums->runtime, pieces[i]);
	for (int c = 0; c < CHANNEL_COUNT; c++)
		runtime_release(&sums->runtime, sums->channels[c].table);
}

ShardShape
shard_answer_shape(const ShardAnswer *answer)
{
	return (ShardShape){answer->digest, answer->judges,	   answer->grams,
						answer->format, answer->dimension, answer->outputs,
						answer->classes};
}

ShardShape
shard_sums_shape(const ShardSums *sums)
{
	return (ShardShape){sums->digest, sums->judges,	   sums->grams,
						sums->format, sums->dimension, sums->outputs,
						sums->classes};
}

bool
shard_sums_fit(const ShardSums *sums, const ShardShape *shape)
{
	return sums->digest == shape->digest && sums->judges == shape->judges &&
		   sums->grams == shape->grams && sums->format == shape->format &&
		   sums->dimension == shape->dimension &&
		   sums->outputs == shape->outputs && sums->classes == shape->classes;
}

/* Moves the products into the gradient. */
static void
flush_product(ShardSums *sums)
{
	size_t n = sums->dimension, digits = sums->digits;

	for (size_t k = 0; k < sums->outputs; k++)
	{
		Whole *to = sums->gradient + k * (n + 1);
		const double *high = sums->product + k * digits * n;
		const double *low = high + n;

		if (digits == 1)
			for (size_t j = 0; j < n; j++)
				to[j] += (int64_t) high[j];
		else
			for (size_t j = 0; j < n; j++)
				to[j] += (__int128) (int64_t) high[j] * (1 << DIGIT_BITS) +
						 (int64_t) low[j];
	}
	memset(sums->product, 0, sums->outputs * digits * n * sizeof(double));
	sums->multiplied = 0;
}

/* Multiplies the rows that wait. */
static void
multiply(ShardSums *sums)
{
	if (sums->multiplied + sums->waiting > SHARD_TILE_ROWS)
		flush_product(sums);
	shard_product_add(sums->blas, sums->waiting,
					  (size_t) sums->outputs * sums->digits, sums->dimension,
					  sums->residuals, sums->tile, sums->product);
	sums->multiplied += sums->waiting;
	sums->waiting = 0;
}

/* Adds the squares of the rows that wait to a matrix. */
static void
flush_gram(ShardSums *sums, size_t gram)
{
	size_t n = (size_t) sums->dimension + 1;
	Whole *to = sums->gram + gram * shard_gram_cells(sums->dimension);
	double *rooted = sums->rooted + gram * sums->gram_rows * n;

	if (sums->gram_waiting[gram] == 0)
		return;
	sums->blas->dsyrk(BLAS_ROW_MAJOR, BLAS_LOWER, BLAS_TRANS, (int) n,
					  (int) sums->gram_waiting[gram], 1.0, rooted, (int) n,
					  0.0, sums->square, (int) n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			*to++ += (int64_t) sums->square[i * n + j];
	sums->gram_waiting[gram] = 0;
}

void
shard_sums_flush(ShardSums *sums)
{
	if (sums->tile == NULL)
		return;
	multiply(sums);
	flush_product(sums);
	for (size_t gram = 0; gram < sums->grams; gram++)
		flush_gram(sums, gram);
}

/* Cuts residuals into digits that are whole and of either sign. */
static void
fill_residuals(const ShardSums *sums, const ShardAnswer *answer, double *to)
{
	for (uint32_t k = 0; k < sums->outputs; k++)
	{
		int64_t residual = answer->residuals[k];
		double high;

		sums->gradient[k * ((size_t) sums->dimension + 1) + sums->dimension] +=
			residual;
		if (sums->digits == 1)
		{
			to[k] = (double) residual;
			continue;
		}
		high = rint((double) residual / (1 << DIGIT_BITS));
		to[2 * k] = high;
		to[2 * k + 1] = (double) residual - high * (1 << DIGIT_BITS);
	}
}

/* Puts a row among those that wait for the matrices that it is in. */
static void
add_to_grams(ShardSums *sums, const ShardAnswer *answer,
			 const double *features)
{
	size_t n = sums->dimension;
	double one = sums->format == ROWS_U8 ? SHARD_ONE_BYTES : SHARD_ONE;

	for (size_t gram = 0; gram < sums->grams; gram++)
	{
		double root = answer->roots[gram];
		double *to =
			sums->rooted +
			(gram * sums->gram_rows + sums->gram_waiting[gram]) * (n + 1);

		if (root == 0.0)
			continue;
		shard_product_scale(features, root, n, to);
		to[n] = rint(one * root);
		if (++sums->gram_waiting[gram] == sums->gram_rows)
			flush_gram(sums, gram);
	}
}

/* Adds the products of a sparse row's entries to a matrix. */
static void
add_entries_to_gram(ShardSums *sums, size_t gram, const ShardAnswer *answer)
{
	size_t n = sums->dimension;
	Whole *to = sums->gram + gram * shard_gram_cells(sums->dimension);
	const int32_t *features = answer->features;
	double root = answer->roots[gram];
	int64_t *scaled = sums->scaled;
	int64_t one = (int64_t) rint(SHARD_ONE * root);

	if (root == 0.0)
		return;
	for (uint32_t i = 0; i < answer->count; i++)
		scaled[i] = (int64_t) rint(features[i] * root);
	for (uint32_t i = 0; i < answer->count; i++)
	{
		Whole *line =
			to + (size_t) answer->index[i] * (answer->index[i] + 1) / 2;

		for (uint32_t k = 0; k <= i; k++)
			line[answer->index[k]] += scaled[i] * scaled[k];
		to[n * (n + 1) / 2 + answer->index[i]] += one * scaled[i];
	}
	to[n * (n + 1) / 2 + n] += one * one;
}

/* A sparse row that is learned from: each product goes where it belongs. */
static Status
add_sparse(ShardSums *sums, const ShardAnswer *answer, Failure *failure)
{
	size_t n = sums->dimension;
	const int32_t *features = answer->features;

	for (uint32_t k = 0; k < sums->outputs; k++)
	{
		Whole *to = sums->gradient + k * (n + 1);
		int64_t residual = answer->residuals[k];

		to[n] += residual;
		for (uint32_t i = 0; i < answer->count && residual != 0; i++)
			to[answer->index[i]] += residual * features[i];
	}
	if (sums->grams > 0 && sums->scaled == NULL)
	{
		sums->scaled =
			runtime_allocate(&sums->runtime, (n + 1) * sizeof(int64_t));
		if (sums->scaled == NULL)
			return fail_no_memory(failure);
	}
	for (size_t gram = 0; gram < sums->grams; gram++)
		add_entries_to_gram(sums, gram, answer);
	return LL_OK;
}

/* A row that is learned from. */
static Status
add_learned(ShardSums *sums, const ShardAnswer *answer, Failure *failure)
{
	bool sparse = sums->format == ROWS_SPARSE;
	Status status =
		sums->tile == NULL && !sparse ? make_tiles(sums, failure) : LL_OK;
	double *features;

	sums->over |= answer->over;
	sums->most_residual = fmax(sums->most_residual, answer->most_residual);
	sums->most_root = fmax(sums->most_root, answer->own_root);
	if (status != LL_OK || answer->broken)
		return status;
	if (sparse)
		return add_sparse(sums, answer, failure);
	features = sums->tile + sums->waiting * sums->dimension;
	shard_product_widen(answer->format == ROWS_U8, answer->features,
						sums->dimension, features);
	fill_residuals(sums, answer,
				   sums->residuals +
					   sums->waiting * sums->outputs * sums->digits);
	add_to_grams(sums, answer, features);
	if (++sums->waiting == sums->tile_rows)
		multiply(sums);
	return LL_OK;
}

Status
shard_sums_table(ShardSums *sums, Channel channel, Failure *failure)
{
	ShardChannelSums *to = &sums->channels[channel];
	size_t cells = shard_table_cells(sums);

	if (to->table != NULL || cells == 0)
		return LL_OK;
	to->table = runtime_allocate_zero(&sums->runtime, cells, sizeof(int64_t));
	return to->table == NULL ? fail_no_memory(failure) : LL_OK;
}

/* A row that is judged. */
static Status
add_judged(ShardSums *sums, const ShardAnswer *answer, Failure *failure)
{
	ShardChannelSums *to = &sums->channels[answer->channel];
	int64_t w = answer->table_weight;
	Status status = shard_sums_table(sums, answer->channel, failure);

	if (status != LL_OK)
		return status;
	for (int i = SHARD_ROW_WEIGHT; i < SHARD_FIGURES; i++)
		if (answer->figures[i] != 0.0 && i != SHARD_LABEL &&
			i != SHARD_LABEL_SQUARE)
			exact_sum_add(&to->figures[i], answer->figures[i]);
	shard_add_moments(
		&to->figures[SHARD_LABEL], &to->figures[SHARD_LABEL_SQUARE],
		answer->figures[SHARD_ROW_WEIGHT], answer->figures[SHARD_LABEL]);
	to->largest_error = fmax(to->largest_error, answer->largest_error);
	to->outside |= answer->outside;
	if (to->table == NULL)
		return LL_OK;
	if (sums->outputs == 1)
		to->table[answer->truth * (size_t) SHARD_BINS + answer->best] += w;
	else
	{
		to->table[SHARD_ACTUAL * (size_t) sums->classes + answer->truth] += w;
		to->table[SHARD_PREDICTED * (size_t) sums->classes + answer->best] +=
			w;
		if (answer->best == answer->truth)
			to->table[SHARD_CORRECT * (size_t) sums->classes +
					  answer->truth] += w;
	}
	return LL_OK;
}

Status
shard_sums_add(ShardSums *sums, const ShardAnswer *answer, Failure *failure)
{
	ShardChannelSums *to = &sums->channels[answer->channel];

	to->rows++;
	to->fingerprint += random_mix(answer->hash);
	sums->broken |= answer->broken;
	if (answer->weight != 0.0)
		exact_sum_add(&to->figures[SHARD_WEIGHT], answer->weight);
	if (answer->loss != 0.0)
		exact_sum_add(&to->figures[SHARD_LOSS], answer->loss);
	if (sums->judges)
		return add_judged(sums, answer, failure);
	return answer->features == NULL ? LL_OK
									: add_learned(sums, answer, failure);
}

/* A channel's sums. */
static Status
merge_channel(ShardSums *into, const ShardSums *from, Channel channel,
			  Failure *failure)
{
	ShardChannelSums *to = &into->channels[channel];
	const ShardChannelSums *other = &from->channels[channel];
	size_t cells = shard_table_cells(into);
	Status status = LL_OK;

	to->rows += other->rows;
	to->fingerprint += other->fingerprint;
	for (int i = 0; i < SHARD_FIGURES; i++)
		exact_sum_merge(&to->figures[i], &other->figures[i]);
	to->largest_error = fmax(to->largest_error, other->largest_error);
	to->outside |= other->outside;
	if (other->table == NULL)
		return LL_OK;
	status = shard_sums_table(into, channel, failure);
	for (size_t i = 0; i < cells && status == LL_OK; i++)
		to->table[i] =
			(int64_t) ((uint64_t) to->table[i] + (uint64_t) other->table[i]);
	return status;
}

/* Sums that are anybody's may overflow, which is then no matter. */
static void
add_whole(Whole *into, const Whole *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		into[i] = (__int128) ((unsigned __int128) into[i] +
							  (unsigned __int128) from[i]);
}

Status
shard_sums_merge(ShardSums *into, const ShardSums *from, Failure *failure)
{
	Status status = LL_OK;

	shard_sums_flush(into);
	for (int c = 0; c < CHANNEL_COUNT && status == LL_OK; c++)
		status = merge_channel(into, from, (Channel) c, failure);
	into->broken |= from->broken;
	into->over |= from->over;
	into->most_residual = fmax(into->most_residual, from->most_residual);
	into->most_root = fmax(into->most_root, from->most_root);
	if (from->gradient != NULL)
		add_whole(into->gradient, from->gradient,
				  ((size_t) into->dimension + 1) * into->outputs);
	if (from->gram != NULL)
		add_whole(into->gram, from->gram,
				  into->grams * shard_gram_cells(into->dimension));
	return status;
}

double
shard_whole(__int128 number)
{
	bool negative = number < 0;
	unsigned __int128 size =
		negative ? -(unsigned __int128) number : (unsigned __int128) number;
	double value =
		(double) (uint64_t) (size >> 64) * 0x1p64 + (double) (uint64_t) size;

	return negative ? -value : value;
}
