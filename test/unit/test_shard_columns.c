/*
 * test_shard_columns.c
 *		Surveys of columns whose rows are elsewhere: those of rows that are here, in
 *		any number of shards and any order.
 */
#include <stdlib.h>

#include "core/columns/plan.h"
#include "core/shards/shard_columns.h"
#include "drawn_columns.h"
#include "unit.h"

#define ROWS 600
#define MOST_SHARDS 5
/* A key that some rows have: a column that comes late. */
#define KEY COLUMNS
#define KEYED (COLUMNS + 1)

static const Column key = {
	.name = "a key", .type = COLUMN_KEY_TYPE, .kind = COLUMN_NUMBER};

static double
label_of(uint64_t i)
{
	return (double) (i % 3 == 0);
}

static float
weight_of(uint64_t i)
{
	return 1.0f + (float) (i % 2);
}

static bool
has_key(uint64_t i)
{
	return i % 7 == 3;
}

/* Adds the i-th row; its columns are in the order of the shard. */
static void
add_row(ShardColumns *columns, uint64_t i, bool backwards)
{
	Failure failure = {0};
	Drawn row;
	Cell cells[KEYED];
	uint32_t places[KEYED], count = has_key(i) ? KEYED : COLUMNS;
	ShardCells packed = {.count = count,
						 .places = places,
						 .cells = cells,
						 .weight = weight_of(i),
						 .labelled = true,
						 .label = label_of(i)};

	draw(&row, i);
	for (uint32_t k = 0; k < count; k++)
	{
		uint32_t c = backwards ? count - 1 - k : k;

		if (c == KEY)
			cells[k] = (Cell){.number = (double) i};
		else
			cells[k] = row.cells[c];
		if (c == EVENTS)
			cells[k].code = given[EVENTS].length;
		assert_int_equal(shard_columns_place(columns,
											 c == KEY ? &key : &given[c],
											 &places[k], &failure),
						 LL_OK);
	}
	assert_int_equal(shard_columns_add(columns, &packed, &failure), LL_OK);
}

/* A survey of all rows in shards, and what is made of it. */
typedef struct Sharded
{
	MallocArena arena;
	Runtime runtime;
	ShardColumns shards[MOST_SHARDS];
	Column given[KEYED];
	Survey survey;
	CellStore store;
	Plan plan;
} Sharded;

static Sharded *
make_sharded(size_t count, bool backwards)
{
	Sharded *made = calloc(1, sizeof(Sharded));
	Failure failure = {0};
	uint32_t places[KEYED];
	PlanRequest request = {.reference = true};

	made->arena.allocations_left = -1;
	made->runtime = malloc_runtime(&made->arena);
	for (size_t s = 0; s < count; s++)
		assert_int_equal(shard_columns_init(&made->shards[s], &made->runtime,
											false, &failure),
						 LL_OK);
	for (uint64_t i = 0; i < ROWS; i++)
	{
		uint64_t at = backwards ? ROWS - 1 - i : i;

		add_row(&made->shards[at % count], at, backwards && at % count == 1);
	}
	for (size_t s = 1; s < count; s++)
		assert_int_equal(
			shard_columns_merge(&made->shards[0], &made->shards[s], &failure),
			LL_OK);
	for (uint32_t c = 0; c < KEYED; c++)
	{
		made->given[c] = c == KEY ? key : given[c];
		assert_int_equal(shard_columns_place(&made->shards[0], &made->given[c],
											 &places[c], &failure),
						 LL_OK);
	}
	assert_int_equal(shard_columns_survey(&made->shards[0], made->given,
										  places, KEYED, &made->survey,
										  &made->store, &failure),
					 LL_OK);
	assert_int_equal(plan_columns(&made->plan, &request, &made->survey,
								  &made->store, NULL, &failure),
					 LL_OK);
	return made;
}

/* The same rows, surveyed here. */
static Sharded *
make_near(void)
{
	Sharded *made = calloc(1, sizeof(Sharded));
	Failure failure = {0};
	Rows rows;
	PlanRequest request = {.reference = true};

	made->arena.allocations_left = -1;
	made->runtime = malloc_runtime(&made->arena);
	cell_store_init(&made->store, &made->runtime);
	rows_init(&rows, &made->runtime, ROWS_CELLS, 0);
	for (uint32_t c = 0; c < KEYED; c++)
	{
		made->given[c] = c == KEY ? key : given[c];
		assert_int_equal(
			cell_store_add(&made->store, made->given[c].kind, &failure),
			LL_OK);
	}
	for (uint64_t i = 0; i < ROWS; i++)
	{
		Drawn row;
		Cell cells[KEYED];
		RowView view;

		draw(&row, i);
		memcpy(cells, row.cells, sizeof(row.cells));
		cells[KEY] = (Cell){.number = (double) i, .null = !has_key(i)};
		assert_int_equal(cell_store_pack(&made->store, cells, &view, &failure),
						 LL_OK);
		assert_int_equal(
			rows_append(&rows, &view, label_of(i), 1, weight_of(i), &failure),
			LL_OK);
	}
	assert_int_equal(survey_take(&made->survey, &made->store, made->given,
								 &rows, NULL, &made->runtime, &failure),
					 LL_OK);
	assert_int_equal(plan_columns(&made->plan, &request, &made->survey,
								  &made->store, &rows, &failure),
					 LL_OK);
	return made;
}

static void
free_made(Sharded *made)
{
	malloc_arena_free(&made->arena);
	free(made);
}

static void
assert_same_column(const Column *a, const Column *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->nulls, b->nulls);
	assert_memory_equal(&a->mean, &b->mean, sizeof(double));
	assert_memory_equal(&a->deviation, &b->deviation, sizeof(double));
	assert_memory_equal(&a->minimum, &b->minimum, sizeof(double));
	assert_memory_equal(&a->maximum, &b->maximum, sizeof(double));
	assert_memory_equal(a->deciles, b->deciles, sizeof(a->deciles));
	if (a->kind == COLUMN_BLOCK)
		assert_memory_equal(a->means, b->means, a->length * sizeof(double));
}

static void
assert_same_piece(const Piece *a, const Piece *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->column, b->column);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->terms, b->terms);
	assert_int_equal(a->level_count, b->level_count);
	assert_int_equal(a->other_rows, b->other_rows);
	assert_int_equal(a->null_rows, b->null_rows);
	for (uint32_t i = 0; i < a->level_count; i++)
	{
		assert_int_equal(a->levels[i].size, b->levels[i].size);
		assert_memory_equal(a->levels[i].bytes, b->levels[i].bytes,
							a->levels[i].size);
		assert_int_equal(a->levels[i].rows, b->levels[i].rows);
		assert_int_equal(a->levels[i].term, b->levels[i].term);
	}
}

static void
assert_same_plan(const Sharded *a, const Sharded *b)
{
	const Columns *x = &a->plan.columns, *y = &b->plan.columns;

	assert_int_equal(x->count, y->count);
	assert_int_equal(x->width, y->width);
	assert_int_equal(x->piece_count, y->piece_count);
	assert_memory_equal(x->center, y->center, x->width * sizeof(double));
	for (uint32_t i = 0; i < x->count; i++)
		assert_same_column(&x->columns[i], &y->columns[i]);
	for (uint32_t i = 0; i < x->piece_count; i++)
		assert_same_piece(&x->pieces[i], &y->pieces[i]);
}

/* The plan of rows that are here, of any shards in any order. */
static void
test_plans_are_the_same(void **state)
{
	Sharded *near = make_near();

	for (size_t count = 1; count <= MOST_SHARDS; count++)
		for (int backwards = 0; backwards < 2; backwards++)
		{
			Sharded *far = make_sharded(count, backwards == 1);

			assert_same_plan(near, far);
			free_made(far);
		}
	free_made(near);
}

/* A column that leaks is found wherever its rows are, as is one that does not. */
static void
test_leaks(void **state)
{
	for (size_t count = 1; count <= MOST_SHARDS; count++)
		for (int leaks = 0; leaks < 2; leaks++)
		{
			MallocArena arena;
			Runtime runtime = malloc_runtime(&arena);
			ShardColumns shards[MOST_SHARDS];
			Column column = {
				.name = "c", .type = "text", .kind = COLUMN_CATEGORY};
			Column number = {
				.name = "n", .type = "integer", .kind = COLUMN_NUMBER};
			Failure failure = {0};

			for (size_t s = 0; s < count; s++)
				assert_int_equal(
					shard_columns_init(&shards[s], &runtime, false, &failure),
					LL_OK);
			for (uint64_t i = 0; i < 200; i++)
			{
				uint32_t places[2] = {0, 0};
				/* One row in 200 tells that it does not. */
				uint64_t level = leaks == 0 && i == 150 ? 0 : i % 3;
				Cell cells[2] = {{.bytes = "xyz" + level, .size = 1},
								 {.number = (double) (i % 5)}};
				ShardCells row = {.count = 2,
								  .places = places,
								  .cells = cells,
								  .weight = 1,
								  .labelled = true,
								  .label = (double) (i % 3)};
				ShardColumns *to = &shards[i * count / 200];

				assert_int_equal(
					shard_columns_place(to, &column, &places[0], &failure),
					LL_OK);
				assert_int_equal(
					shard_columns_place(to, &number, &places[1], &failure),
					LL_OK);
				if (leaks == 0 && i == 150)
					cells[0].bytes = "y";
				assert_int_equal(shard_columns_add(to, &row, &failure), LL_OK);
			}
			for (size_t s = 1; s < count; s++)
				assert_int_equal(
					shard_columns_merge(&shards[0], &shards[s], &failure),
					LL_OK);
			assert_int_equal(leak_found(&shards[0].leaks, 0, 200), leaks);
			assert_false(leak_found(&shards[0].leaks, 1, 200));
			malloc_arena_free(&arena);
		}
}

/* Of more rows than are drawn, those with the least hashes, copies counted. */
static void
test_draws(void **state)
{
	size_t kept = shard_draw_kept(false, 1), rows = 3 * kept;
	uint64_t expected = 0;

	for (size_t count = 1; count <= 3; count++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		ShardDraw draws[3];
		Failure failure = {0};
		uint64_t sum = 0;

		for (size_t s = 0; s < count; s++)
		{
			shard_draw_init(&draws[s], &runtime, false);
			assert_int_equal(shard_draw_widen(&draws[s], 1, 0, &failure),
							 LL_OK);
		}
		/* Each row twice, elsewhere. */
		for (uint64_t i = 0; i < 2 * rows; i++)
		{
			uint64_t number = i % rows;

			assert_int_equal(shard_draw_add(&draws[i % count],
											random_mix(number), 1, &number, 1,
											NULL, 0, &failure),
							 LL_OK);
		}
		for (size_t s = 1; s < count; s++)
		{
			assert_int_equal(shard_draw_settle(&draws[s], &failure), LL_OK);
			for (size_t i = 0; i < draws[s].count; i++)
				assert_int_equal(
					shard_draw_add(&draws[0], draws[s].rows[i].hash,
								   draws[s].rows[i].copies,
								   draws[s].numbers + draws[s].rows[i].at, 1,
								   NULL, 0, &failure),
					LL_OK);
		}
		assert_int_equal(shard_draw_settle(&draws[0], &failure), LL_OK);
		assert_int_equal(draws[0].count, kept);
		for (size_t i = 0; i < kept; i++)
		{
			const ShardDrawn *row = &draws[0].rows[i];

			assert_int_equal(row->copies, 2);
			assert_true(random_mix(draws[0].numbers[row->at]) == row->hash);
			sum += row->hash;
		}
		if (count == 1)
			expected = sum;
		assert_true(sum == expected);
		malloc_arena_free(&arena);
	}
}

/* Columns that differ between rows are told, as are too many levels. */
static void
test_mistakes(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	ShardColumns columns, other;
	Failure failure = {0};
	Column column = given[PLAN];
	char bytes[65536] = {0};
	uint32_t place;
	Status status = LL_OK;

	assert_int_equal(shard_columns_init(&columns, &runtime, false, &failure),
					 LL_OK);
	assert_int_equal(shard_columns_place(&columns, &column, &place, &failure),
					 LL_OK);
	column.kind = COLUMN_NUMBER;
	column.type = "integer";
	assert_int_equal(shard_columns_place(&columns, &column, &place, &failure),
					 LL_INVALID);
	assert_string_equal(failure.message, "column \"plan\" is of type text in "
										 "some rows and of type integer in "
										 "others");
	column.type = given[PLAN].type;
	assert_int_equal(shard_columns_place(&columns, &column, &place, &failure),
					 LL_INVALID);
	assert_string_equal(failure.message, "column \"plan\" is a category in "
										 "some rows and a number in others");
	assert_int_equal(shard_columns_init(&other, &runtime, true, &failure),
					 LL_OK);
	assert_int_equal(shard_columns_merge(&columns, &other, &failure),
					 LL_INVALID);
	for (uint32_t i = 0; status == LL_OK && i < 2000; i++)
	{
		memcpy(bytes, &i, sizeof(i));
		status = shard_columns_count(&columns, 0, bytes, LEVEL_MOST_BYTES, 0.0,
									 1, &failure);
	}
	assert_int_equal(status, LL_LIMIT);
	assert_non_null(strstr(failure.detail, "Column \"plan\" has most"));
	assert_string_equal(failure.hint,
						"Leave it out: \"exclude\": [\"plan\"].");
	malloc_arena_free(&arena);
}

/* Without memory every step is an error. */
static void
test_no_memory(void **state)
{
	for (long left = 0; left < 400; left += 3)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		ShardColumns columns;
		Failure failure = {0};
		uint32_t places[COLUMNS] = {0};
		Status status;

		arena.allocations_left = left;
		status = shard_columns_init(&columns, &runtime, false, &failure);
		for (uint64_t i = 0; i < 30 && status == LL_OK; i++)
		{
			Drawn row;
			ShardCells packed = {COLUMNS, places, row.cells,  CHANNEL_TRAIN,
								 1.0f,	  true,	  label_of(i)};

			draw(&row, i);
			row.cells[EVENTS].code = given[EVENTS].length;
			for (uint32_t c = 0; c < COLUMNS && status == LL_OK; c++)
				status = shard_columns_place(&columns, &given[c], &places[c],
											 &failure);
			if (status == LL_OK)
				status = shard_columns_add(&columns, &packed, &failure);
		}
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans_are_the_same),
		cmocka_unit_test(test_leaks),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
