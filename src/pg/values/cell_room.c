/*
 * cell_room.c
 *		The memory of a column's words and numbers.
 */
#include "pg/values/cell_room.h"

#include "pg/base/text_encoding.h"
#include "utils/memutils.h"

/* Less would be given back and asked for again. */
#define LEAST_ROOM 16

/* The capacity that grows to hold so many. */
static uint32
grown(uint32 capacity, uint32 count)
{
	return Max(Max(count, LEAST_ROOM), Min(capacity, PG_UINT32_MAX / 2) * 2);
}

CellWord *
cell_room_words(CellRoom *room, uint32 count)
{
	if (room->word_capacity < count || room->words == NULL)
	{
		uint32 capacity = grown(room->word_capacity, count);

		if (room->words != NULL)
			pfree(room->words);
		room->words = NULL;
		room->words = MemoryContextAllocHuge(
			room->context, (Size) capacity * sizeof(CellWord));
		room->word_capacity = capacity;
	}
	return room->words;
}

double *
cell_room_numbers(CellRoom *room, uint32 count)
{
	if (room->number_capacity < count || room->numbers == NULL)
	{
		uint32 capacity = grown(room->number_capacity, count);

		if (room->numbers != NULL)
			pfree(room->numbers);
		room->numbers = NULL;
		room->numbers = MemoryContextAllocHuge(
			room->context,
			(Size) capacity * (sizeof(double) + sizeof(uint32_t)));
		room->indexes = (uint32_t *) (room->numbers + capacity);
		room->number_capacity = capacity;
	}
	return room->numbers;
}

void
cell_utf8(const char *string, Size length, const char **bytes, uint32_t *size)
{
	*bytes = string;
	*size = (uint32_t) length;
	if (GetDatabaseEncoding() == PG_UTF8 || is_ascii_text(string, length))
		return;
	*bytes = utf8_of_server(string, length);
	if (*bytes != string)
		*size = (uint32_t) strlen(*bytes);
}

/* The order of words by their bytes. */
static int
compare_words(const void *a, const void *b)
{
	const CellWord *x = a, *y = b;
	uint32_t size = Min(x->size, y->size);
	int order = size > 0 ? memcmp(x->bytes, y->bytes, size) : 0;

	return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

uint32
cell_words_unite(CellWord *words, uint32 count)
{
	uint32 kept = 0;

	qsort(words, count, sizeof(CellWord), compare_words);
	for (uint32 i = 0; i < count; i++)
	{
		if (kept > 0 && compare_words(&words[kept - 1], &words[i]) == 0)
			words[kept - 1].count += words[i].count;
		else
			words[kept++] = words[i];
	}
	return kept;
}
