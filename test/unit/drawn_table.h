/*
 * drawn_table.h
 *		Drawn rows of a table, packed, and the plan of their terms.
 */
#ifndef LINLEARN_TEST_DRAWN_TABLE_H
#define LINLEARN_TEST_DRAWN_TABLE_H

#include <stdlib.h>

#include "core/columns/plan.h"
#include "drawn_columns.h"
#include "unit.h"

/* A table of drawn rows, packed. */
typedef struct Table
{
	MallocArena arena;
	Runtime runtime;
	CellStore store;
	Rows rows;
	Survey survey;
	Plan plan;
	Column given[COLUMNS];
} Table;

static inline Table *
make_table(const uint32_t *order, size_t count)
{
	Table *table = calloc(1, sizeof(Table));
	Failure failure = {0};

	table->arena.allocations_left = -1;
	table->runtime = malloc_runtime(&table->arena);
	memcpy(table->given, given, sizeof(given));
	cell_store_init(&table->store, &table->runtime);
	rows_init(&table->rows, &table->runtime, ROWS_CELLS, 0);
	for (int c = 0; c < COLUMNS; c++)
		assert_int_equal(
			cell_store_add(&table->store, given[c].kind, &failure), LL_OK);
	for (size_t i = 0; i < count; i++)
	{
		Drawn row;
		RowView view;

		draw(&row, order == NULL ? i : order[i]);
		assert_int_equal(
			cell_store_pack(&table->store, row.cells, &view, &failure), LL_OK);
		assert_int_equal(rows_append(&table->rows, &view,
									 (double) (i % 3 == 0), 1, 1.0f, &failure),
						 LL_OK);
	}
	return table;
}

static inline void
free_table(Table *table)
{
	malloc_arena_free(&table->arena);
	free(table);
}

static inline Status
make_plan(Table *table, const PlanRequest *request, Failure *failure)
{
	Status status = survey_take(&table->survey, &table->store, table->given,
								&table->rows, NULL, &table->runtime, failure);

	return status != LL_OK
			   ? status
			   : plan_columns(&table->plan, request, &table->survey,
							  &table->store, &table->rows, failure);
}

#endif
