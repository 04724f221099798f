/*
 * drawn_columns.h
 *		Rows of a table of columns of every kind, drawn by their numbers.
 */
#ifndef LINLEARN_TEST_DRAWN_COLUMNS_H
#define LINLEARN_TEST_DRAWN_COLUMNS_H

#include <string.h>

#include "core/base/random.h"
#include "core/columns/columns.h"

enum
{
	AGE,
	PLAN,
	PAID,
	SINCE,
	NOTES,
	TAGS,
	PIXELS,
	EVENTS,
	COLUMNS
};

static const Column given[COLUMNS] = {
	[AGE] = {.name = "age", .type = "integer", .kind = COLUMN_NUMBER},
	[PLAN] = {.name = "plan", .type = "text", .kind = COLUMN_CATEGORY},
	[PAID] = {.name = "paid", .type = "boolean", .kind = COLUMN_FLAG},
	[SINCE] = {.name = "since", .type = "date", .kind = COLUMN_MOMENT},
	[NOTES] = {.name = "notes", .type = "tsvector", .kind = COLUMN_WORDS},
	[TAGS] = {.name = "tags", .type = "text[]", .kind = COLUMN_SET},
	[PIXELS] = {.name = "pixels",
				.type = "real[]",
				.kind = COLUMN_BLOCK,
				.length = 2},
	[EVENTS] = {.name = "events",
				.type = "linlearn_sparse",
				.kind = COLUMN_ENTRIES,
				.length = 6}};

static const char *const plans[] = {"basic", "gold", "silver", "rare"};
static const char *const words[] = {"late", "bill", "call", "thanks"};

/* A row of the table, the same for the same number. */
typedef struct Drawn
{
	Cell cells[COLUMNS];
	CellWord words[3];
	CellWord tags[2];
	double pixels[2];
	double numbers[2];
	uint32_t indexes[2];
} Drawn;

static inline void
draw(Drawn *row, uint64_t i)
{
	uint64_t bits = random_bits(7, i);
	const char *plan = plans[bits % 97 == 0 ? 3 : bits % 3];

	memset(row, 0, sizeof(*row));
	row->cells[AGE].number = 20.0 + (double) (bits >> 8) * 0x1p-52;
	row->cells[AGE].null = i % 11 == 0;
	row->cells[PLAN] = (Cell){.bytes = plan, .size = (uint32_t) strlen(plan)};
	row->cells[PLAN].null = i % 13 == 0;
	row->cells[PAID].number = (double) (bits >> 20 & 1);
	row->cells[SINCE].number = (double) (i * 5 % 1500);
	for (uint32_t k = 0; k < 3; k++)
	{
		const char *word = words[(bits >> (30 + 2 * k)) & 3];

		row->words[k] =
			(CellWord){word, (uint32_t) strlen(word), 0, (float) (k + 1)};
	}
	row->cells[NOTES].count = 3;
	row->cells[NOTES].words = row->words;
	row->tags[0] = row->tags[1] = (CellWord){plan, 3, 0, 1};
	row->cells[TAGS].count = i % 2 == 0 ? 2 : 0;
	row->cells[TAGS].words = row->tags;
	row->pixels[0] = random_uniform(8, i);
	row->pixels[1] = 1e6 + random_uniform(9, i);
	row->cells[PIXELS].count = 2;
	row->cells[PIXELS].numbers = row->pixels;
	row->indexes[0] = (uint32_t) (i % 3);
	row->indexes[1] = (uint32_t) (3 + i % 3);
	row->numbers[0] = 1.5;
	row->numbers[1] = -2.5;
	row->cells[EVENTS].count = 2;
	row->cells[EVENTS].numbers = row->numbers;
	row->cells[EVENTS].indexes = row->indexes;
}

#endif
