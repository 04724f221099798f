/*
 * label_dictionary.h
 *		Byte strings of labels, numbered in order of arrival.
 *
 * A hash only leads to the strings to compare with: it is never taken for them.
 */
#ifndef LINLEARN_PG_VALUES_LABEL_DICTIONARY_H
#define LINLEARN_PG_VALUES_LABEL_DICTIONARY_H

#include "pg/base/version.h"

typedef struct LabelEntry
{
	char *bytes; /* a zero byte follows */
	Size size;
	uint32 hash;
	int64 code; /* the entry's number, unless its owner says otherwise */
} LabelEntry;

typedef struct LabelDictionary
{
	MemoryContext context;
	LabelEntry *entries;
	uint32 count;
	uint32 *slots; /* entry number + 1, or 0; a power of two of them */
	uint32 slot_count;
} LabelDictionary;

/* Whether an entry, whose hash is the string's, is the string. */
typedef bool (*LabelEqual)(const void *argument, const LabelEntry *entry,
						   const char *bytes, Size size);

/* Makes an empty dictionary; it allocates from context. */
extern void label_dictionary_init(LabelDictionary *dictionary,
								  MemoryContext context);

/*
 * The entry of a string, or NULL; equal is NULL for equality of bytes.  Entries
 * move when one is added.
 */
extern LabelEntry *label_dictionary_find(const LabelDictionary *dictionary,
										 uint32 hash, const char *bytes,
										 Size size, LabelEqual equal,
										 const void *argument);

/* Adds a string that is not there. */
extern LabelEntry *label_dictionary_add(LabelDictionary *dictionary,
										uint32 hash, const char *bytes,
										Size size);

/* The hash of a string whose equality is that of its bytes. */
extern uint32 label_bytes_hash(const char *bytes, Size size);

#endif
