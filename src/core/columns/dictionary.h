/*
 * dictionary.h
 *		Levels of a column while rows come, numbered in order of arrival.
 *
 * A hash only leads to the bytes to compare with: it is never taken for them.
 */
#ifndef LINLEARN_CORE_COLUMNS_DICTIONARY_H
#define LINLEARN_CORE_COLUMNS_DICTIONARY_H

#include "core/base/runtime.h"

typedef struct DictionaryEntry
{
	const char *bytes;
	uint32_t size;
	uint64_t hash;
	double rank; /* of a level among others; 0: by its bytes */
} DictionaryEntry;

typedef struct Dictionary
{
	Runtime runtime;
	DictionaryEntry *entries;
	uint32_t count;
	uint32_t *slots; /* entry + 1, 0: free; a power of two of them */
	uint32_t slot_count;
	char *piece; /* memory that bytes are put into */
	size_t piece_left;
	size_t bytes; /* memory held, all in all */
} Dictionary;

extern void dictionary_init(Dictionary *dictionary, const Runtime *runtime);

/*
 * The code of a level, which is added if it is not there.  LL_NO_MEMORY, or
 * LL_LIMIT beyond 2^30 of them.
 */
extern Status dictionary_code(Dictionary *dictionary, const char *bytes,
							  uint32_t size, double rank, uint32_t *code,
							  Failure *failure);

#endif
