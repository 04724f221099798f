/*
 * drift_bytes.c
 *		What was counted of columns as bytes.
 *
 * The rows; then of each column those that are not NULL and those that are, and the
 * counts that its kind has.
 */
#include "core/columns/drift_bytes.h"

#include <string.h>

/* More rows than these nobody counts. */
#define ROWS_MOST (UINT64_C(1) << 48)
/* A limb of a sum that was carried is below this. */
#define LIMB_MOST (INT64_C(1) << 32)

/* Goes over the bytes; without any, it only counts them. */
typedef struct Writer
{
	uint8_t *at;
	size_t size;
} Writer;

typedef struct Reader
{
	const uint8_t *at;
	size_t left;
	bool damaged;
} Reader;

static void
put(Writer *writer, const void *value, size_t size)
{
	if (writer->at != NULL)
		memcpy(writer->at + writer->size, value, size);
	writer->size += size;
}

static void
put_column(Writer *writer, const DriftColumn *counts)
{
	put(writer, &counts->rows, sizeof(uint64_t));
	put(writer, &counts->nulls, sizeof(uint64_t));
	if (counts->sum != NULL)
	{
		ExactSum sum = *counts->sum;

		exact_sum_carry(&sum);
		put(writer, counts->bins, sizeof(counts->bins));
		put(writer, counts->atoms, sizeof(counts->atoms));
		put(writer, sum.limbs, sizeof(sum.limbs));
	}
	if (counts->levels != NULL)
		put(writer, counts->levels,
			drift_level_count(counts) * sizeof(uint64_t));
	if (counts->elements != NULL)
	{
		size_t size = counts->elements->count * sizeof(int64_t);

		put(writer, counts->elements->sums, size);
		put(writer, counts->elements->squares, size);
	}
}

static void
put_drift(Writer *writer, const Drift *drift)
{
	put(writer, &drift->rows, sizeof(uint64_t));
	for (uint32_t i = 0; i < drift->columns->count; i++)
		put_column(writer, &drift->counts[i]);
}

size_t
drift_bytes_size(const Drift *drift)
{
	Writer writer = {0};

	put_drift(&writer, drift);
	return writer.size;
}

void
drift_bytes_write(const Drift *drift, uint8_t *bytes)
{
	Writer writer = {bytes, 0};

	put_drift(&writer, drift);
}

static void
take(Reader *reader, void *value, size_t size)
{
	if (reader->damaged || size > reader->left)
	{
		reader->damaged = true;
		memset(value, 0, size);
		return;
	}
	memcpy(value, reader->at, size);
	reader->at += size;
	reader->left -= size;
}

/* Takes counts; their sum, no more than most. */
static uint64_t
take_counts(Reader *reader, uint64_t *counts, size_t count, uint64_t most)
{
	uint64_t sum = 0;

	take(reader, counts, count * sizeof(uint64_t));
	for (size_t i = 0; i < count; i++)
	{
		reader->damaged |= counts[i] > most;
		sum += reader->damaged ? 0 : counts[i];
	}
	return sum;
}

static void
take_sum(Reader *reader, ExactSum *sum)
{
	int64_t top;

	take(reader, sum->limbs, sizeof(sum->limbs));
	for (int i = 0; i + 1 < EXACT_SUM_LIMBS; i++)
		reader->damaged |= sum->limbs[i] < 0 || sum->limbs[i] >= LIMB_MOST;
	top = sum->limbs[EXACT_SUM_LIMBS - 1];
	reader->damaged |= top >= LIMB_MOST || top <= -LIMB_MOST;
	sum->added = 1;
}

static void
take_numbers(Reader *reader, DriftColumn *counts)
{
	uint64_t sum =
		take_counts(reader, counts->bins, COLUMN_DECILES + 1, counts->rows);

	sum += take_counts(reader, counts->atoms, COLUMN_DECILES, counts->rows);
	reader->damaged |= sum != counts->rows;
	take_sum(reader, counts->sum);
}

static void
take_levels(Reader *reader, DriftColumn *counts)
{
	/* A row may have a word that the model does not know many times. */
	bool words = counts->piece->kind != PIECE_LEVELS;
	size_t known = drift_level_count(counts) - 1;
	uint64_t sum = take_counts(reader, counts->levels, known, counts->rows);

	sum += take_counts(reader, counts->levels + known, 1,
					   words ? ROWS_MOST : counts->rows);
	reader->damaged |= !words && sum != counts->rows;
}

static void
take_elements(Reader *reader, const DriftColumn *counts)
{
	DriftElements *elements = counts->elements;

	take(reader, elements->sums, elements->count * sizeof(int64_t));
	take(reader, elements->squares, elements->count * sizeof(int64_t));
	for (uint32_t i = 0; i < elements->count; i++)
		reader->damaged |= !drift_element_may_be(
			elements->sums[i], elements->squares[i], counts->rows);
}

static void
take_column(Reader *reader, DriftColumn *counts, uint64_t rows)
{
	take(reader, &counts->rows, sizeof(uint64_t));
	take(reader, &counts->nulls, sizeof(uint64_t));
	reader->damaged |= counts->rows > rows || counts->nulls > rows ||
					   counts->rows + counts->nulls != rows;
	if (counts->sum != NULL)
		take_numbers(reader, counts);
	if (counts->levels != NULL)
		take_levels(reader, counts);
	if (counts->elements != NULL)
		take_elements(reader, counts);
}

bool
drift_bytes_read(Drift *drift, const uint8_t *bytes, size_t size)
{
	Reader reader = {bytes, size, false};

	take(&reader, &drift->rows, sizeof(uint64_t));
	reader.damaged |= drift->rows > ROWS_MOST;
	for (uint32_t i = 0; i < drift->columns->count && !reader.damaged; i++)
		take_column(&reader, &drift->counts[i], drift->rows);
	return !reader.damaged && reader.left == 0;
}
