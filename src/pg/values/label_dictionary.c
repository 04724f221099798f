/*
 * label_dictionary.c
 *		Byte strings of labels, numbered in order of arrival.
 */
#include "pg/values/label_dictionary.h"

#include "common/hashfn.h"

/* Slots of a new dictionary, a power of two. */
#define FIRST_SLOTS 16

/* Slots that are not doubled again. */
#define MAX_SLOTS (UINT32_C(1) << 30)

void
label_dictionary_init(LabelDictionary *dictionary, MemoryContext context)
{
	memset(dictionary, 0, sizeof(*dictionary));
	dictionary->context = context;
}

uint32
label_bytes_hash(const char *bytes, Size size)
{
	return hash_bytes((const unsigned char *) bytes, (int) size);
}

/* Rebuild the slots for the next power of two. */
static void
grow(LabelDictionary *dictionary)
{
	uint32 slot_count = Max(FIRST_SLOTS, dictionary->slot_count * 2);
	Size size = slot_count / 2 * sizeof(LabelEntry);
	uint32 *slots;

	if (dictionary->slot_count >= MAX_SLOTS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many different labels")));
	slots = MemoryContextAllocExtended(dictionary->context,
									   slot_count * sizeof(uint32),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if (dictionary->slots == NULL)
		dictionary->entries =
			MemoryContextAllocHuge(dictionary->context, size);
	else
	{
		dictionary->entries = repalloc_huge(dictionary->entries, size);
		pfree(dictionary->slots);
	}
	for (uint32 i = 0; i < dictionary->count; i++)
	{
		uint32 at = dictionary->entries[i].hash & (slot_count - 1);

		while (slots[at] != 0)
			at = (at + 1) & (slot_count - 1);
		slots[at] = i + 1;
	}
	dictionary->slots = slots;
	dictionary->slot_count = slot_count;
}

LabelEntry *
label_dictionary_find(const LabelDictionary *dictionary, uint32 hash,
					  const char *bytes, Size size, LabelEqual equal,
					  const void *argument)
{
	uint32 mask = dictionary->slot_count - 1;

	if (dictionary->slot_count == 0)
		return NULL;
	for (uint32 at = hash & mask; dictionary->slots[at] != 0;
		 at = (at + 1) & mask)
	{
		LabelEntry *entry = &dictionary->entries[dictionary->slots[at] - 1];

		if (entry->hash != hash)
			continue;
		if (equal != NULL ? equal(argument, entry, bytes, size)
						  : entry->size == size &&
								memcmp(entry->bytes, bytes, size) == 0)
			return entry;
	}
	return NULL;
}

LabelEntry *
label_dictionary_add(LabelDictionary *dictionary, uint32 hash,
					 const char *bytes, Size size)
{
	LabelEntry *entry;
	uint32 at;

	if ((dictionary->count + 1) * 2 > dictionary->slot_count)
		grow(dictionary);
	at = hash & (dictionary->slot_count - 1);
	while (dictionary->slots[at] != 0)
		at = (at + 1) & (dictionary->slot_count - 1);
	entry = &dictionary->entries[dictionary->count];
	entry->bytes = MemoryContextAlloc(dictionary->context, size + 1);
	memcpy(entry->bytes, bytes, size);
	entry->bytes[size] = '\0';
	entry->size = size;
	entry->hash = hash;
	entry->code = dictionary->count;
	dictionary->slots[at] = ++dictionary->count;
	return entry;
}
