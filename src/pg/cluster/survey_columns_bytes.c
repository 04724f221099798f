/*
 * survey_columns_bytes.c
 *		Surveys of columns as bytes.
 */
#include <math.h>

#include "pg/cluster/survey_columns.h"

#include "core/columns/survey_part.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/cluster/shard_bytes.h"
#include "pg/values/column_failure.h"
#include "utils/memutils.h"

#define COLUMNS_MAGIC 0x3143534C /* "LSC1" */

/* More rows than any table has; sums of them do not overflow. */
#define MOST_ROWS (UINT64CONST(1) << 48)

/* What is said of a column, as bits. */
enum
{
	COLUMN_WHOLE = 1,
	COLUMN_LOG = 2,
	COLUMN_HOURS = 4,
	COLUMN_APART = 8,
	COLUMN_UNEQUAL = 16,
	COLUMN_FLAGS = 31
};

/* ---- Writing ---- */

static void
write_text(StringInfo out, const char *text)
{
	Size size = strlen(text);

	state_write_uint64(out, size);
	state_write_bytes(out, text, size);
}

static void
write_numbers(StringInfo out, const NumberSums *numbers)
{
	exact_sum_write(out, &numbers->sum);
	exact_sum_write(out, &numbers->square);
	exact_sum_write(out, &numbers->logs);
	exact_sum_write(out, &numbers->weight);
}

/* A level and its place in the dictionary. */
typedef struct WrittenLevel
{
	const DictionaryEntry *entry;
	uint64 rows;
} WrittenLevel;

static int
compare_levels(const void *a, const void *b)
{
	const DictionaryEntry *x = ((const WrittenLevel *) a)->entry;
	const DictionaryEntry *y = ((const WrittenLevel *) b)->entry;
	int order = memcmp(x->bytes, y->bytes, Min(x->size, y->size));

	CHECK_FOR_INTERRUPTS();
	return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

/* Levels in the order of their bytes, not of their arrival. */
static void
write_levels(StringInfo out, const ShardColumn *column)
{
	uint32 count = column->dictionary.count;
	WrittenLevel *levels = MemoryContextAllocHuge(
		CurrentMemoryContext, ((Size) count + 1) * sizeof(WrittenLevel));

	for (uint32 i = 0; i < count; i++)
		levels[i] = (WrittenLevel){&column->dictionary.entries[i],
								   column->survey.level_rows[i]};
	qsort(levels, count, sizeof(WrittenLevel), compare_levels);
	state_write_uint64(out, count);
	for (uint32 i = 0; i < count; i++)
	{
		const DictionaryEntry *entry = levels[i].entry;

		state_write_uint64(out, entry->size);
		state_write_uint64(out, levels[i].rows);
		state_write_double(out, entry->rank);
		state_write_bytes(out, entry->bytes, entry->size);
	}
	pfree(levels);
}

static int
compare_labels(const void *a, const void *b)
{
	double x = **(const double *const *) a, y = **(const double *const *) b;

	return (x > y) - (x < y);
}

/* Labels ascending, and the words that their rows hold, of columns that may leak. */
static void
write_leaks(StringInfo out, const ShardColumns *columns)
{
	const LeakWatch *leaks = &columns->leaks;
	const double **labels =
		palloc((leaks->label_count + 1) * sizeof(double *));
	bool absent_apart = leaks->apart[leaks->count - 1], suspect = false;
	uint32 count;

	for (uint32 k = 0; k < columns->count; k++)
		suspect |= !leaks->apart[k] || !leaks->unequal[k];
	/* Without a suspect column labels are not watched any more. */
	count = suspect || !absent_apart ? leaks->label_count : 0;
	for (uint32 i = 0; i < count; i++)
		labels[i] = &leaks->labels[i];
	qsort(labels, count, sizeof(double *), compare_labels);
	state_write_uint64(out, absent_apart);
	state_write_uint64(out, count);
	for (uint32 i = 0; i < count; i++)
	{
		const uint64 *words =
			leaks->words + (Size) (labels[i] - leaks->labels) * leaks->count;

		state_write_double(out, *labels[i]);
		for (uint32 k = 0; k < columns->count; k++)
			state_write_uint64(out, leaks->apart[k] ? 0 : words[k]);
	}
	pfree(labels);
}

static void
write_column(StringInfo out, const ShardColumns *columns, uint32 place)
{
	const ShardColumn *column = &columns->columns[place];
	const ColumnSurvey *survey = &column->survey;
	uint64 flags = (column->given.whole ? COLUMN_WHOLE : 0) |
				   (column->given.options.log ? COLUMN_LOG : 0) |
				   (column->given.hours ? COLUMN_HOURS : 0) |
				   (columns->leaks.apart[place] ? COLUMN_APART : 0) |
				   (columns->leaks.unequal[place] ? COLUMN_UNEQUAL : 0);

	write_text(out, column->given.name);
	write_text(out, column->given.type);
	state_write_uint64(out, column->given.kind);
	state_write_uint64(out, flags);
	state_write_uint64(out, column->given.length);
	state_write_uint64(out, column->came);
	state_write_uint64(out, survey->rows);
	state_write_uint64(out, survey->entries);
	state_write_double(out, survey->minimum);
	state_write_double(out, survey->maximum);
	if (survey->numbers != NULL)
		write_numbers(out, survey->numbers);
	if (column->given.kind == COLUMN_MOMENT)
		state_write_bytes(out, survey->parts, sizeof(survey->parts));
	if (column->given.kind == COLUMN_BLOCK)
		for (uint32 i = 0; i <= column->given.length && survey->rows > 0; i++)
			exact_sum_write(out, &survey->elements[i]);
	write_levels(out, column);
}

bytea *
columns_survey_write(ShardColumns *columns)
{
	StringInfoData out;
	Failure failure = {0};
	const ShardDraw *draw = &columns->draw;

	CHECK_STATUS(shard_draw_settle(&columns->draw, &failure), failure);
	state_write_start(&out, COLUMNS_MAGIC);
	state_write_uint64(&out, draw->cuts);
	state_write_uint64(&out, columns->came);
	state_write_bytes(&out, columns->rows, sizeof(columns->rows));
	state_write_uint64(&out, columns->unlabelled);
	state_write_uint64(&out, columns->count);
	for (uint32 i = 0; i < columns->count; i++)
		write_column(&out, columns, i);
	write_leaks(&out, columns);
	state_write_uint64(&out, draw->most);
	state_write_uint64(&out, draw->count);
	for (Size i = 0; i < draw->count; i++)
	{
		const ShardDrawn *row = &draw->rows[i];

		state_write_uint64(&out, row->hash);
		state_write_uint64(&out, row->copies);
		state_write_bytes(&out, draw->numbers + row->at * draw->width,
						  columns->number_count * sizeof(uint64));
	}
	return state_write_finish(&out);
}

/* ---- Reading ---- */

/* A number of rows, or of what they have. */
static uint64
read_rows(StateReader *reader)
{
	return state_read_choice(reader, MOST_ROWS);
}

static const char *
read_text(StateReader *reader)
{
	Size size = state_read_count(reader, 1);
	const char *text = state_read_place(reader, size);

	if (size == 0 || size >= COLUMN_NAME_SIZE ||
		memchr(text, '\0', size) != NULL ||
		!pg_verify_mbstr(PG_UTF8, text, (int) size, true))
		state_damaged();
	return pnstrdup(text, size);
}

/* A sum that is a number. */
static double
read_sum(StateReader *reader, ExactSum *sum)
{
	double value;

	exact_sum_read(reader, sum);
	value = exact_sum_value(sum, NULL);
	if (!isfinite(value))
		state_damaged();
	return value;
}

static void
read_numbers(StateReader *reader, ColumnSurvey *survey)
{
	NumberSums *numbers = survey->numbers;
	bool none = survey->rows == 0;

	(void) read_sum(reader, &numbers->sum);
	exact_sum_read(reader, &numbers->square);
	(void) read_sum(reader, &numbers->logs);
	if ((read_sum(reader, &numbers->weight) > 0.0) == none)
		state_damaged();
	if (none ? survey->minimum != INFINITY || survey->maximum != -INFINITY
			 : !isfinite(survey->minimum) || !isfinite(survey->maximum) ||
				   survey->minimum > survey->maximum)
		state_damaged();
}

static void
read_block(StateReader *reader, ShardColumns *columns, ShardColumn *column)
{
	ColumnSurvey *survey = &column->survey;
	Size count = (Size) column->given.length + 1;

	survey->length = column->given.length;
	if (survey->rows == 0)
		return;
	if (column->given.length == 0 ||
		reader->left / sizeof(uint64) < column->given.length)
		state_damaged();
	survey->elements =
		runtime_allocate_zero(&columns->runtime, count, sizeof(ExactSum));
	if (survey->elements == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	for (Size i = 0; i < count; i++)
		(void) read_sum(reader, &survey->elements[i]);
}

static void
read_levels(StateReader *reader, ShardColumns *columns, uint32 place)
{
	ShardColumn *column = &columns->columns[place];
	uint64 count = state_read_count(reader, 3 * sizeof(uint64));
	Failure failure = {0};

	if (count > 0 && column->given.kind != COLUMN_CATEGORY &&
		column->given.kind != COLUMN_WORDS && column->given.kind != COLUMN_SET)
		state_damaged();
	for (uint64 i = 0; i < count; i++)
	{
		uint64 size = state_read_choice(reader, LEVEL_MOST_BYTES);
		uint64 rows = read_rows(reader);
		double rank = shard_read_finite(reader);
		const char *bytes = state_read_place(reader, size);

		CHECK_FOR_INTERRUPTS();
		if (rows > column->survey.rows ||
			!pg_verify_mbstr(PG_UTF8, bytes, (int) size, true))
			state_damaged();
		CHECK_COLUMNS(shard_columns_count(columns, place, bytes, (uint32) size,
										  rank, rows, &failure),
					  failure);
		if (column->dictionary.count != i + 1) /* it was there before */
			state_damaged();
	}
}

static void
read_column(StateReader *reader, ShardColumns *columns, uint32 number)
{
	Column given = {.name = read_text(reader), .type = read_text(reader)};
	Failure failure = {0};
	ShardColumn *column;
	uint64 flags;
	uint32 place;

	given.kind = (ColumnKind) state_read_choice(reader, COLUMN_KINDS - 1);
	flags = state_read_choice(reader, COLUMN_FLAGS);
	given.whole = (flags & COLUMN_WHOLE) != 0;
	given.options.log = (flags & COLUMN_LOG) != 0;
	if (given.options.log && given.kind != COLUMN_NUMBER)
		state_damaged();
	CHECK_COLUMNS(shard_columns_place(columns, &given, &place, &failure),
				  failure);
	if (place != number)
		state_damaged();
	columns->leaks.apart[place] = (flags & COLUMN_APART) != 0;
	columns->leaks.unequal[place] = (flags & COLUMN_UNEQUAL) != 0;
	column = &columns->columns[place];
	column->given.hours = (flags & COLUMN_HOURS) != 0;
	column->given.length =
		(uint32) state_read_choice(reader, SHARD_MOST_ELEMENTS);
	column->came = read_rows(reader);
	column->survey.rows = read_rows(reader);
	column->survey.entries = read_rows(reader);
	if (column->survey.rows > columns->rows[CHANNEL_TRAIN] ||
		column->survey.rows > column->came || column->came > columns->came)
		state_damaged();
	column->survey.minimum = state_read_double(reader);
	column->survey.maximum = state_read_double(reader);
	if (column->survey.numbers != NULL)
		read_numbers(reader, &column->survey);
	if (given.kind == COLUMN_MOMENT)
		state_read_bytes(reader, column->survey.parts,
						 sizeof(column->survey.parts));
	if (given.kind == COLUMN_BLOCK)
		read_block(reader, columns, column);
	if (given.kind == COLUMN_ENTRIES)
		column->survey.length = column->given.length;
	read_levels(reader, columns, place);
}

/* Reads labels and the words that their rows hold. */
static void
read_leaks(StateReader *reader, ShardColumns *columns)
{
	LeakWatch *leaks = &columns->leaks;
	bool absent_apart = state_read_choice(reader, 1) == 1;
	uint64 count = state_read_count(reader, sizeof(double));
	uint64 *words = palloc0((leaks->count + 1) * sizeof(uint64));
	bool *apart = palloc((leaks->count + 1) * sizeof(bool));

	memcpy(apart, leaks->apart, leaks->count * sizeof(bool));
	for (uint32 i = columns->count; i < leaks->count; i++)
		words[i] = SURVEY_NULL_WORD;
	for (uint64 i = 0; i < count; i++)
	{
		double label = shard_read_finite(reader);

		state_read_bytes(reader, words, columns->count * sizeof(uint64));
		if (!leak_watch_label(leaks, label, words))
			state_damaged();
	}
	/* Words of columns that are apart mean nothing. */
	memcpy(leaks->apart, apart, columns->count * sizeof(bool));
	for (uint32 i = columns->count; i < leaks->count; i++)
	{
		leaks->apart[i] = absent_apart;
		leaks->unequal[i] = columns->rows[CHANNEL_TRAIN] > 0;
	}
	leak_watch_recount(leaks);
}

static void
read_drawn(StateReader *reader, ShardColumns *columns)
{
	ShardDraw *draw = &columns->draw;
	uint64 most = state_read_uint64(reader);
	uint64 count =
		state_read_count(reader, (2 + columns->number_count) * sizeof(uint64));
	uint64 *numbers = palloc((columns->number_count + 1) * sizeof(uint64));
	Failure failure = {0};

	if (count > shard_draw_kept(draw->cuts, draw->width))
		state_damaged();
	for (uint64 i = 0; i < count; i++)
	{
		uint64 hash = state_read_uint64(reader), copies = read_rows(reader);

		state_read_bytes(reader, numbers,
						 columns->number_count * sizeof(uint64));
		for (uint32 k = 0; k < columns->number_count; k++)
		{
			double number;

			memcpy(&number, &numbers[k], sizeof(number));
			if (numbers[k] != SURVEY_NULL_WORD && !isfinite(number))
				state_damaged();
		}
		CHECK_STATUS(shard_draw_add(draw, hash, copies, numbers,
									columns->number_count, NULL,
									SURVEY_NULL_WORD, &failure),
					 failure);
	}
	draw->most = most;
}

ShardColumns *
columns_survey_read(bytea *bytes, MemoryContext context)
{
	ShardColumns *columns =
		MemoryContextAllocZero(context, sizeof(ShardColumns));
	Runtime runtime = pg_runtime(context);
	Failure failure = {0};
	StateReader reader;
	uint64 count;

	state_read_start(&reader, bytes, COLUMNS_MAGIC);
	CHECK_STATUS(shard_columns_init(columns, &runtime,
									state_read_choice(&reader, 1) == 1,
									&failure),
				 failure);
	columns->came = read_rows(&reader);
	for (int c = 0; c < CHANNEL_COUNT; c++)
		columns->rows[c] = read_rows(&reader);
	columns->unlabelled = read_rows(&reader);
	count = state_read_count(&reader, 10 * sizeof(uint64));
	if (count > COLUMNS_MOST)
		state_damaged();
	for (uint32 i = 0; i < count; i++)
		read_column(&reader, columns, i);
	read_leaks(&reader, columns);
	read_drawn(&reader, columns);
	state_read_finish(&reader);
	return columns;
}
