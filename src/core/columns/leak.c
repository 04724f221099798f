/*
 * leak.c
 *		Columns that are the label by another name.
 */
#include "core/columns/leak.h"

#include <string.h>

#include "core/base/random.h"

/* Labels that are watched; of more, only their own numbers are looked for. */
#define MOST_LABELS 256
#define SLOTS (2 * MOST_LABELS)

Status
leak_watch_begin(LeakWatch *watch, uint32_t columns, const Runtime *runtime,
				 Failure *failure)
{
	memset(watch, 0, sizeof(*watch));
	watch->runtime = *runtime;
	watch->count = columns;
	watch->left = columns;
	watch->words = runtime_allocate_zero(
		runtime, (size_t) MOST_LABELS * (columns + 1), sizeof(uint64_t));
	watch->labels = runtime_allocate(runtime, MOST_LABELS * sizeof(double));
	watch->slots = runtime_allocate_zero(runtime, SLOTS, sizeof(uint32_t));
	watch->apart = runtime_allocate_zero(runtime, columns + 1, sizeof(bool));
	watch->unequal = runtime_allocate_zero(runtime, columns + 1, sizeof(bool));
	return watch->words != NULL && watch->labels != NULL &&
				   watch->slots != NULL && watch->apart != NULL &&
				   watch->unequal != NULL
			   ? LL_OK
			   : fail_no_memory(failure);
}

/* The place of a label; MOST_LABELS: there are too many. */
static uint32_t
find_label(LeakWatch *watch, double label, bool *new)
{
	uint64_t bits;
	uint32_t at;

	*new = false;
	memcpy(&bits, &label, sizeof(bits));
	for (at = random_mix(bits) % SLOTS; watch->slots[at] != 0;
		 at = (at + 1) % SLOTS)
		if (watch->labels[watch->slots[at] - 1] == label)
			return watch->slots[at] - 1;
	if (watch->label_count == MOST_LABELS)
		return MOST_LABELS;
	*new = true;
	watch->labels[watch->label_count] = label;
	watch->slots[at] = ++watch->label_count;
	return watch->label_count - 1;
}

/* Whether any other label has a word in a column. */
static bool
word_of_other(const LeakWatch *watch, uint32_t column, uint32_t label,
			  uint64_t word)
{
	for (uint32_t i = 0; i < watch->label_count; i++)
		if (i != label &&
			watch->words[(size_t) i * watch->count + column] == word)
			return true;
	return false;
}

/* Whether a column may leak yet. */
static bool
is_suspect(const LeakWatch *watch, uint32_t column)
{
	return !watch->apart[column] || !watch->unequal[column];
}

void
leak_watch_row(LeakWatch *watch, double label, const uint64_t *words,
			   const ColumnKind *kinds)
{
	uint32_t place;
	uint64_t *known;
	bool new;

	if (watch->left == 0)
		return;
	place = find_label(watch, label, &new);
	known = watch->words + (size_t) place * watch->count;
	for (uint32_t i = 0; i < watch->count; i++)
	{
		double number;

		if (!is_suspect(watch, i))
			continue;
		memcpy(&number, &words[i], sizeof(number));
		if (kinds[i] != COLUMN_NUMBER || number != label)
			watch->unequal[i] = true;
		if (place == MOST_LABELS || kinds[i] > COLUMN_MOMENT)
			watch->apart[i] = true;
		else if (new)
		{
			known[i] = words[i];
			if (word_of_other(watch, i, place, words[i]))
				watch->apart[i] = true;
		}
		else if (known[i] != words[i])
			watch->apart[i] = true;
		if (!is_suspect(watch, i))
			watch->left--;
	}
}

Status
leak_watch_widen(LeakWatch *watch, uint32_t columns, uint64_t absent,
				 Failure *failure)
{
	LeakWatch wider;
	Status status;

	status = leak_watch_begin(&wider, columns, &watch->runtime, failure);
	if (status != LL_OK)
		return status;
	memcpy(wider.labels, watch->labels, watch->label_count * sizeof(double));
	memcpy(wider.slots, watch->slots, SLOTS * sizeof(uint32_t));
	wider.label_count = watch->label_count;
	memcpy(wider.apart, watch->apart, watch->count);
	memcpy(wider.unequal, watch->unequal, watch->count);
	for (uint32_t i = 0; i < watch->label_count; i++)
	{
		uint64_t *words = wider.words + (size_t) i * columns;

		memcpy(words, watch->words + (size_t) i * watch->count,
			   watch->count * sizeof(uint64_t));
		for (uint32_t c = watch->count; c < columns; c++)
			words[c] = absent;
	}
	for (uint32_t c = watch->count; c < columns; c++)
	{
		wider.apart[c] = watch->apart[watch->count - 1];
		wider.unequal[c] = watch->unequal[watch->count - 1];
	}
	leak_watch_recount(&wider);
	leak_watch_release(watch);
	*watch = wider;
	return LL_OK;
}

void
leak_watch_release(LeakWatch *watch)
{
	void *pieces[] = {watch->words, watch->labels, watch->slots, watch->apart,
					  watch->unequal};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(&watch->runtime, pieces[i]);
}

void
leak_watch_recount(LeakWatch *watch)
{
	watch->left = 0;
	for (uint32_t i = 0; i < watch->count; i++)
		watch->left += is_suspect(watch, i);
}

bool
leak_watch_label(LeakWatch *watch, double label, const uint64_t *words)
{
	bool new;
	uint32_t place = find_label(watch, label, &new);
	uint64_t *known = watch->words + (size_t) place * watch->count;

	for (uint32_t i = 0; i < watch->count; i++)
	{
		if (place == MOST_LABELS)
			watch->apart[i] = true;
		else if (new)
			known[i] = words[i];
		if (place < MOST_LABELS &&
			(new ? word_of_other(watch, i, place, words[i])
				 : known[i] != words[i]))
			watch->apart[i] = true;
	}
	return new;
}

bool
leak_found(const LeakWatch *watch, uint32_t column, uint64_t rows)
{
	/* Where hardly a label comes twice, every number that does not either fits. */
	bool shown = !watch->apart[column] &&
				 rows >= (uint64_t) LEAK_ROWS_A_LABEL * watch->label_count;

	return rows >= LEAK_LEAST_ROWS && watch->label_count >= 2 &&
		   (shown || !watch->unequal[column]);
}
