/*
 * confusion.c
 *		Counts of (actual, predicted) label pairs.
 */
#include "pg/judge/confusion.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pg/base/json_text.h"
#include "utils/memutils.h"

/* Slots of a new table: enough for a binary matrix. */
#define FIRST_CAPACITY 8

/* A table of free slots. */
static LabelPair *
free_pairs(MemoryContext context, uint32 capacity)
{
	LabelPair *pairs =
		MemoryContextAllocHuge(context, (Size) capacity * sizeof(LabelPair));

	for (uint32 i = 0; i < capacity; i++)
		pairs[i].rows = -1;
	return pairs;
}

void
confusion_init(ConfusionCounts *counts, MemoryContext context, Oid actual,
			   Oid predicted, Oid collation)
{
	memset(counts, 0, sizeof(*counts));
	label_space_init(&counts->labels, context, actual, predicted, collation);
	counts->capacity = FIRST_CAPACITY;
	counts->pairs = free_pairs(context, counts->capacity);
}

/* The slot of a pair, free or taken. */
static LabelPair *
probe(ConfusionCounts *counts, int64 actual, int64 predicted)
{
	uint32 at = pair_slot(counts, actual, predicted);

	while (counts->pairs[at].rows >= 0 &&
		   (counts->pairs[at].actual != actual ||
			counts->pairs[at].predicted != predicted))
		at = (at + 1) & (counts->capacity - 1);
	return &counts->pairs[at];
}

/* Double the table. */
static void
grow(ConfusionCounts *counts)
{
	LabelPair *old = counts->pairs;
	uint32 capacity = counts->capacity;

	if (capacity >= UINT32_C(1) << 30)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many different pairs of labels")));
	counts->capacity = capacity * 2;
	counts->pairs = free_pairs(counts->labels.context, counts->capacity);
	for (uint32 i = 0; i < capacity; i++)
	{
		if (old[i].rows >= 0)
			*probe(counts, old[i].actual, old[i].predicted) = old[i];
	}
	pfree(old);
}

LabelPair *
confusion_find(ConfusionCounts *counts, int64 actual, int64 predicted)
{
	LabelPair *pair = probe(counts, actual, predicted);

	if (pair->rows >= 0)
		return pair;
	if ((counts->used + 1) * 4 > counts->capacity * 3)
	{
		grow(counts);
		pair = probe(counts, actual, predicted);
	}
	counts->used++;
	pair->actual = actual;
	pair->predicted = predicted;
	pair->rows = 0;
	pair->weight = 0;
	return pair;
}

void
confusion_merge(ConfusionCounts *into, ConfusionCounts *from)
{
	for (uint32 i = 0; i < from->capacity; i++)
	{
		const LabelPair *pair = &from->pairs[i];
		LabelPair *target;

		if (pair->rows < 0)
			continue;
		target = confusion_find(
			into,
			label_code_translate(&into->labels, &from->labels, pair->actual),
			label_code_translate(&into->labels, &from->labels,
								 pair->predicted));
		target->rows += pair->rows;
		target->weight += pair->weight;
	}
	into->null_rows += from->null_rows;
	into->weighted |= from->weighted;
}

void
confusion_write(ConfusionCounts *counts, StringInfo out)
{
	label_space_write(&counts->labels, out);
	state_write_uint64(out, counts->weighted);
	state_write_uint64(out, counts->null_rows);
	state_write_uint64(out, counts->used);
	for (uint32 i = 0; i < counts->capacity; i++)
	{
		if (counts->pairs[i].rows >= 0)
			state_write_bytes(out, &counts->pairs[i], sizeof(LabelPair));
	}
}

void
confusion_read(ConfusionCounts *counts, MemoryContext context,
			   StateReader *reader)
{
	uint64 pairs;

	memset(counts, 0, sizeof(*counts));
	label_space_read(&counts->labels, context, reader);
	counts->capacity = FIRST_CAPACITY;
	counts->pairs = free_pairs(context, counts->capacity);
	counts->weighted = state_read_uint64(reader) != 0;
	counts->null_rows = (int64) state_read_uint64(reader);
	pairs = state_read_count(reader, sizeof(LabelPair));
	for (uint64 i = 0; i < pairs; i++)
	{
		LabelPair pair;

		state_read_bytes(reader, &pair, sizeof(pair));
		if (pair.rows < 0 ||
			!label_code_is_known(&counts->labels, pair.actual) ||
			!label_code_is_known(&counts->labels, pair.predicted))
			state_damaged();
		*confusion_find(counts, pair.actual, pair.predicted) = pair;
	}
}

static int
compare_codes(const void *left, const void *right, void *labels)
{
	return label_compare(labels, *(const int64 *) left,
						 *(const int64 *) right);
}

/* All labels that have rows, in order, each once. */
static void
collect_labels(ConfusionCounts *counts, ConfusionMatrix *matrix)
{
	int64 *codes = MemoryContextAllocHuge(
		CurrentMemoryContext, (2 * (Size) counts->used + 2) * sizeof(int64));
	Size found = 0;
	Size kept = 0;

	for (uint32 i = 0; i < counts->capacity; i++)
	{
		if (counts->pairs[i].rows <= 0)
			continue;
		codes[found++] = counts->pairs[i].actual;
		codes[found++] = counts->pairs[i].predicted;
	}
	/* Both booleans are known labels, seen or not. */
	if (counts->labels.types[0] == BOOLOID && found > 0)
	{
		codes[found++] = integer_code(&counts->labels, 0);
		codes[found++] = integer_code(&counts->labels, 1);
	}
	qsort_arg(codes, found, sizeof(int64), compare_codes, &counts->labels);
	for (Size i = 0; i < found; i++)
	{
		if (kept == 0 || codes[kept - 1] != codes[i])
			codes[kept++] = codes[i];
	}
	matrix->codes = codes;
	matrix->size = (int) kept;
}

int
confusion_label(const ConfusionMatrix *matrix, int64 code)
{
	int low = 0;
	int high = matrix->size;

	while (low < high)
	{
		int middle = low + (high - low) / 2;
		int order = label_compare(&matrix->counts->labels,
								  matrix->codes[middle], code);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

void
confusion_matrix(ConfusionCounts *counts, ConfusionMatrix *matrix)
{
	memset(matrix, 0, sizeof(*matrix));
	matrix->counts = counts;
	collect_labels(counts, matrix);
	matrix->classes = MemoryContextAllocExtended(
		CurrentMemoryContext, Max(matrix->size, 1) * sizeof(ClassCounts),
		MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < counts->capacity; i++)
	{
		const LabelPair *pair = &counts->pairs[i];
		double weight = counts->weighted ? pair->weight : (double) pair->rows;

		CHECK_FOR_INTERRUPTS();
		if (pair->rows <= 0)
			continue;
		matrix->rows += pair->rows;
		matrix->weight += weight;
		matrix->classes[confusion_label(matrix, pair->actual)].actual +=
			weight;
		matrix->classes[confusion_label(matrix, pair->predicted)].predicted +=
			weight;
		if (pair->actual == pair->predicted)
			matrix->classes[confusion_label(matrix, pair->actual)].correct +=
				weight;
	}
}

int64 *
confusion_cells(const ConfusionMatrix *matrix, double **weights)
{
	const ConfusionCounts *counts = matrix->counts;
	Size size = matrix->size;
	int64 *rows;

	if (size > MAX_MATRIX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("confusion matrix of %d labels is too large",
						matrix->size),
				 errdetail("At most %d labels are written out.",
						   MAX_MATRIX_LABELS),
				 errhint("Count with GROUP BY actual, predicted instead.")));
	rows = palloc0(Max(size * size, 1) * sizeof(int64));
	*weights = palloc0(Max(size * size, 1) * sizeof(double));
	for (uint32 i = 0; i < counts->capacity; i++)
	{
		const LabelPair *pair = &counts->pairs[i];
		Size cell;

		if (pair->rows <= 0)
			continue;
		cell = confusion_label(matrix, pair->actual) * size +
			   confusion_label(matrix, pair->predicted);
		rows[cell] = pair->rows;
		(*weights)[cell] = pair->weight;
	}
	return rows;
}

/* One matrix as nested arrays: whole counts, or weights. */
static void
write_cells(StringInfo json, int size, const int64 *rows,
			const double *weights)
{
	appendStringInfoChar(json, '[');
	for (int actual = 0; actual < size; actual++)
	{
		appendStringInfoString(json, actual > 0 ? ", [" : "[");
		for (int predicted = 0; predicted < size; predicted++)
		{
			if (predicted > 0)
				appendStringInfoString(json, ", ");
			if (weights != NULL)
				json_append_number(json, weights[actual * size + predicted]);
			else
				appendStringInfo(json, INT64_FORMAT,
								 rows[actual * size + predicted]);
		}
		appendStringInfoChar(json, ']');
	}
	appendStringInfoChar(json, ']');
}

void
confusion_write_json(const ConfusionMatrix *matrix, StringInfo json)
{
	double *weights;
	int64 *rows = confusion_cells(matrix, &weights);

	appendStringInfoString(json, "{\"labels\": [");
	for (int i = 0; i < matrix->size; i++)
	{
		if (i > 0)
			appendStringInfoString(json, ", ");
		json_append_string(
			json, label_name(&matrix->counts->labels, matrix->codes[i]));
	}
	appendStringInfoString(json, "], \"matrix\": ");
	write_cells(json, matrix->size, rows, NULL);
	if (matrix->counts->weighted)
	{
		appendStringInfoString(json, ", \"weights\": ");
		write_cells(json, matrix->size, rows, weights);
	}
	appendStringInfo(
		json, ", \"rows\": " INT64_FORMAT ", \"null_rows\": " INT64_FORMAT "}",
		matrix->rows, matrix->counts->null_rows);
}
