/*
 * dictionary.c
 *		Levels of a column while rows come, numbered in order of arrival.
 */
#include "core/columns/dictionary.h"

#include <string.h>

#include "core/base/hash.h"

#define FIRST_SLOTS 16
#define MOST_SLOTS (UINT32_C(1) << 31)
#define PIECE_BYTES ((size_t) 16 << 10)

void
dictionary_init(Dictionary *dictionary, const Runtime *runtime)
{
	memset(dictionary, 0, sizeof(*dictionary));
	dictionary->runtime = *runtime;
}

/* Makes the table for twice as many. */
static Status
grow(Dictionary *dictionary, Failure *failure)
{
	uint32_t count =
		dictionary->slot_count == 0 ? FIRST_SLOTS : dictionary->slot_count * 2;
	const Runtime *runtime = &dictionary->runtime;
	uint32_t *slots;
	DictionaryEntry *entries;

	if (dictionary->slot_count >= MOST_SLOTS)
		return fail(failure, LL_LIMIT, "too many different values");
	slots = runtime_allocate_zero(runtime, count, sizeof(uint32_t));
	entries = runtime_allocate(runtime, count / 2 * sizeof(DictionaryEntry));
	if (slots == NULL || entries == NULL)
		return fail_no_memory(failure);
	if (dictionary->count > 0)
		memcpy(entries, dictionary->entries,
			   dictionary->count * sizeof(DictionaryEntry));
	for (uint32_t i = 0; i < dictionary->count; i++)
	{
		uint32_t at = (uint32_t) entries[i].hash & (count - 1);

		while (slots[at] != 0)
			at = (at + 1) & (count - 1);
		slots[at] = i + 1;
	}
	runtime_release(runtime, dictionary->slots);
	runtime_release(runtime, dictionary->entries);
	dictionary->bytes += (count - dictionary->slot_count) *
						 (sizeof(uint32_t) + sizeof(DictionaryEntry) / 2);
	dictionary->slots = slots;
	dictionary->entries = entries;
	dictionary->slot_count = count;
	return LL_OK;
}

/* Keeps a copy of bytes. */
static const char *
keep(Dictionary *dictionary, const char *bytes, uint32_t size)
{
	char *kept;

	if (size > dictionary->piece_left)
	{
		size_t room = size > PIECE_BYTES / 4 ? size : PIECE_BYTES;
		char *piece = runtime_allocate(&dictionary->runtime, room);

		if (piece == NULL)
			return NULL;
		dictionary->bytes += room;
		if (room == size)
		{
			memcpy(piece, bytes, size);
			return piece;
		}
		dictionary->piece = piece;
		dictionary->piece_left = room;
	}
	kept = dictionary->piece;
	if (size > 0)
		memcpy(kept, bytes, size);
	dictionary->piece += size;
	dictionary->piece_left -= size;
	return kept == NULL ? "" : kept;
}

Status
dictionary_code(Dictionary *dictionary, const char *bytes, uint32_t size,
				double rank, uint32_t *code, Failure *failure)
{
	uint64_t hash = hash64_short(bytes, size);
	uint32_t mask = dictionary->slot_count - 1, at;
	DictionaryEntry *entry;
	Status status;

	if (dictionary->slot_count > 0)
		for (at = (uint32_t) hash & mask; dictionary->slots[at] != 0;
			 at = (at + 1) & mask)
		{
			entry = &dictionary->entries[dictionary->slots[at] - 1];
			if (entry->hash == hash && entry->size == size &&
				same_short(entry->bytes, bytes, size))
			{
				*code = dictionary->slots[at] - 1;
				return LL_OK;
			}
		}
	if ((dictionary->count + 1) * 2 > dictionary->slot_count)
	{
		status = grow(dictionary, failure);
		if (status != LL_OK)
			return status;
	}
	bytes = keep(dictionary, bytes, size);
	if (bytes == NULL)
		return fail_no_memory(failure);
	mask = dictionary->slot_count - 1;
	for (at = (uint32_t) hash & mask; dictionary->slots[at] != 0;)
		at = (at + 1) & mask;
	*code = dictionary->count;
	dictionary->entries[dictionary->count++] =
		(DictionaryEntry){bytes, size, hash, rank};
	dictionary->slots[at] = dictionary->count;
	return LL_OK;
}
