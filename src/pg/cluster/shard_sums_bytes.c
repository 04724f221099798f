/*
 * shard_sums_bytes.c
 *		Sums of answers as bytes.
 */
#include "pg/cluster/shard_bytes.h"

#include <math.h>

#include "pg/base/runtime.h"

#define SUMS_MAGIC 0x3253534C /* "LSS2" */

enum
{
	JUDGES = 1,
	BROKEN = 2,
	OVER = 4,
	ALL_FLAGS = 7
};

/* Bits of an exact sum's limb that carries leave. */
#define LIMB_BITS 32

void
exact_sum_write(StringInfo out, const ExactSum *sum)
{
	ExactSum carried = *sum;
	int first = 0, end = EXACT_SUM_LIMBS;
	bool negative;

	exact_sum_carry(&carried);
	negative = carried.limbs[EXACT_SUM_LIMBS - 1] < 0;
	if (negative) /* else all limbs above its own would be full */
	{
		for (int i = 0; i < EXACT_SUM_LIMBS; i++)
			carried.limbs[i] = -carried.limbs[i];
		exact_sum_carry(&carried);
	}
	while (end > 0 && carried.limbs[end - 1] == 0)
		end--;
	while (first < end && carried.limbs[first] == 0)
		first++;
	state_write_uint64(out,
					   (uint64) first << 16 | (end - first) << 1 | negative);
	state_write_bytes(out, carried.limbs + first,
					  (end - first) * sizeof(int64));
}

void
exact_sum_read(StateReader *reader, ExactSum *sum)
{
	uint64 shape = state_read_uint64(reader);
	uint64 first = shape >> 16, count = (shape & 0xffff) >> 1;

	*sum = (ExactSum){.added = 1};
	if (first + count > EXACT_SUM_LIMBS || first > EXACT_SUM_LIMBS)
		state_damaged();
	state_read_bytes(reader, sum->limbs + first, count * sizeof(int64));
	for (int i = 0; i < EXACT_SUM_LIMBS; i++)
	{
		if (sum->limbs[i] < 0 || sum->limbs[i] >> LIMB_BITS != 0)
			state_damaged();
		if (shape & 1)
			sum->limbs[i] = -sum->limbs[i];
	}
}

/* The table's cells that are not 0, each behind its place. */
static void
write_table(StringInfo out, const int64 *table, Size cells)
{
	uint64 count = 0;

	for (Size i = 0; i < cells && table != NULL; i++)
		count += table[i] != 0;
	state_write_uint64(out, count);
	for (Size i = 0; i < cells && table != NULL; i++)
		if (table[i] != 0)
		{
			state_write_uint64(out, i);
			state_write_uint64(out, (uint64) table[i]);
		}
}

static void
read_table(StateReader *reader, Channel channel, ShardSums *sums)
{
	uint64 count = state_read_count(reader, 2 * sizeof(uint64));
	Size cells = shard_table_cells(sums);
	Failure failure = {0};

	if (count > cells)
		state_damaged();
	if (count > 0)
		CHECK_STATUS(shard_sums_table(sums, channel, &failure), failure);
	for (uint64 i = 0; i < count; i++)
	{
		uint64 place = state_read_choice(reader, cells - 1);
		uint64 weight = state_read_choice(reader, PG_INT64_MAX);

		sums->channels[channel].table[place] = (int64) weight;
	}
}

static void
write_channel(StringInfo out, const ShardSums *sums,
			  const ShardChannelSums *channel)
{
	int figures = sums->judges ? SHARD_FIGURES : SHARD_ROW_WEIGHT;

	state_write_uint64(out, channel->rows);
	state_write_uint64(out, channel->fingerprint);
	for (int i = 0; i < figures; i++)
		exact_sum_write(out, &channel->figures[i]);
	if (!sums->judges)
		return;
	state_write_double(out, channel->largest_error);
	state_write_uint64(out, channel->outside);
	write_table(out, channel->table, shard_table_cells(sums));
}

static void
read_channel(StateReader *reader, Channel index, ShardSums *sums)
{
	ShardChannelSums *channel = &sums->channels[index];
	int figures = sums->judges ? SHARD_FIGURES : SHARD_ROW_WEIGHT;

	channel->rows = state_read_uint64(reader);
	channel->fingerprint = state_read_uint64(reader);
	for (int i = 0; i < figures; i++)
		exact_sum_read(reader, &channel->figures[i]);
	if (!sums->judges)
		return;
	channel->largest_error = shard_read_finite(reader);
	channel->outside = state_read_choice(reader, 1) != 0;
	read_table(reader, index, sums);
}

/*
 * Whole numbers, in 64 bits where all of them fit: they are most of what servers
 * send.
 */
static void
write_wholes(StringInfo out, const Whole *numbers, Size count)
{
	bool narrow = true;

	for (Size i = 0; i < count && narrow; i++)
		narrow = numbers[i] == (int64) numbers[i];
	state_write_uint64(out, narrow);
	if (!narrow)
	{
		state_write_bytes(out, numbers, count * sizeof(Whole));
		return;
	}
	for (Size i = 0; i < count; i++)
		state_write_uint64(out, (uint64) (int64) numbers[i]);
}

static void
read_wholes(StateReader *reader, Whole *numbers, Size count)
{
	if (state_read_choice(reader, 1) == 0)
	{
		state_read_bytes(reader, numbers, count * sizeof(Whole));
		return;
	}
	for (Size i = 0; i < count; i++)
		numbers[i] = (int64) state_read_uint64(reader);
}

bytea *
shard_sums_write(ShardSums *sums)
{
	StringInfoData out;
	Size n = sums->dimension;

	shard_sums_flush(sums);
	state_write_start(&out, SUMS_MAGIC);
	state_write_uint64(&out, sums->digest);
	state_write_uint64(&out, (sums->judges ? JUDGES : 0) |
								 (sums->broken ? BROKEN : 0) |
								 (sums->over ? OVER : 0));
	state_write_uint64(&out, sums->grams);
	state_write_uint64(&out, sums->format);
	state_write_uint64(&out, sums->dimension);
	state_write_uint64(&out, sums->outputs);
	state_write_uint64(&out, sums->classes);
	for (int c = 0; c < CHANNEL_COUNT; c++)
		write_channel(&out, sums, &sums->channels[c]);
	if (!sums->judges)
	{
		state_write_double(&out, sums->most_residual);
		state_write_double(&out, sums->most_root);
		write_wholes(&out, sums->gradient, (n + 1) * sums->outputs);
	}
	if (sums->grams > 0)
		write_wholes(&out, sums->gram,
					 sums->grams * shard_gram_cells(sums->dimension));
	return state_write_finish(&out);
}

/* The shape, which is one that a point may have. */
static ShardShape
read_shape(StateReader *reader, uint64 *flags)
{
	ShardShape shape = {.digest = state_read_uint64(reader)};

	*flags = state_read_choice(reader, ALL_FLAGS);
	shape.judges = (*flags & JUDGES) != 0;
	shape.grams = (uint32) state_read_choice(reader, SHARD_MAX_CLASSES);
	shape.format = (RowFormat) state_read_choice(reader, ROWS_SPARSE);
	shape.dimension = (uint32) state_read_choice(reader, SHARD_MAX_DIMENSION);
	shape.outputs = (uint32) state_read_choice(reader, SHARD_MAX_CLASSES);
	shape.classes = (uint32) state_read_choice(reader, SHARD_MAX_CLASSES);
	if (shape.dimension == 0 || shape.outputs == 0 ||
		((Size) shape.dimension + 1) * shape.outputs > SHARD_MAX_WEIGHTS ||
		(shape.outputs > 1 && shape.classes != shape.outputs) ||
		(shape.outputs == 1 && shape.classes != 0 && shape.classes != 2) ||
		(shape.grams > 0 && shape.judges) ||
		!shard_grams_fit(shape.grams, shape.dimension, shape.outputs) ||
		(!shape.judges && reader->left < ((Size) shape.dimension + 1) *
											 shape.outputs * sizeof(int64)) ||
		reader->left <
			shape.grams * shard_gram_cells(shape.dimension) * sizeof(int64))
		state_damaged();
	return shape;
}

void
shard_sums_read(bytea *bytes, const Runtime *runtime, ShardSums *sums)
{
	StateReader reader;
	ShardShape shape;
	Failure failure = {0};
	uint64 flags;
	Size n;

	state_read_start(&reader, bytes, SUMS_MAGIC);
	shape = read_shape(&reader, &flags);
	n = shape.dimension;
	CHECK_STATUS(shard_sums_init(sums, runtime, &shape, &failure), failure);
	sums->broken = (flags & BROKEN) != 0;
	sums->over = (flags & OVER) != 0;
	for (int c = 0; c < CHANNEL_COUNT; c++)
		read_channel(&reader, (Channel) c, sums);
	if (!sums->judges)
	{
		sums->most_residual = shard_read_finite(&reader);
		sums->most_root = shard_read_finite(&reader);
		read_wholes(&reader, sums->gradient, (n + 1) * sums->outputs);
	}
	if (sums->grams > 0)
		read_wholes(&reader, sums->gram,
					sums->grams * shard_gram_cells(sums->dimension));
	state_read_finish(&reader);
}
