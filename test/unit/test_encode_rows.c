/*
 * test_encode_rows.c
 *		Rows encoded by several threads are what they are one by one.
 */
#include "core/columns/encode_rows.h"

#include <stdlib.h>
#include <string.h>

#include "drawn_table.h"

#define ROWS 9000

/* A table whose plan is made, with an encoder of a format. */
static Table *
make_encoded(Encoder *encoder, RowFormat format, size_t count)
{
	Table *table = make_table(NULL, count);
	PlanRequest request = {0};
	Failure failure = {0};

	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	assert_int_equal(encoder_init(encoder, &table->plan.columns, format,
								  &table->runtime, &failure),
					 LL_OK);
	assert_int_equal(encoder_map_codes(encoder, &table->store,
									   table->plan.source, &failure),
					 LL_OK);
	return table;
}

static void
assert_same_row(const Encoder *encoder, const RowView *a, const RowView *b)
{
	if (encoder->dense != NULL)
	{
		assert_memory_equal(a->dense, b->dense,
							encoder->columns->width * sizeof(double));
		return;
	}
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->index, b->index, a->count * sizeof(uint32_t));
	assert_memory_equal(a->value, b->value, a->count * sizeof(float));
}

/* Encodes rows [from, to) and compares them with those of one encoder. */
static void
check_rows(Table *table, Encoder *encoder, RowsEncoder *all, size_t from,
		   size_t to)
{
	for (size_t at = from, count; at < to; at += count)
	{
		const RowView *views;
		Failure failure = {0};

		assert_int_equal(rows_encoder_run(all, &table->rows, at, to, &views,
										  &count, &failure),
						 LL_OK);
		assert_true(count >= 1 && count <= to - at);
		for (size_t i = 0; i < count; i++)
		{
			RowView packed = rows_view(&table->rows, at + i), one;

			assert_true(cell_store_unpack(&table->store, &packed));
			assert_int_equal(
				encoder_encode(encoder, table->store.cells, &one, &failure),
				LL_OK);
			assert_same_row(encoder, &views[i], &one);
		}
	}
}

static void
test_same_rows(void **state)
{
	static const RowFormat formats[] = {ROWS_F64, ROWS_SPARSE};

	(void) state;
	for (int f = 0; f < 2; f++)
		for (int threads = 1; threads <= 5; threads += 2)
		{
			Encoder encoder;
			Table *table = make_encoded(&encoder, formats[f], ROWS);
			RowsEncoder *all;
			ThreadPool *pool;
			Failure failure = {0};

			assert_int_equal(
				threads_start(&pool, threads, &table->runtime, &failure),
				LL_OK);
			assert_int_equal(rows_encoder_make(&all, &encoder, &table->store,
											   pool, &table->runtime,
											   &failure),
							 LL_OK);
			check_rows(table, &encoder, all, 17, 18);
			check_rows(table, &encoder, all, 0, ROWS);
			check_rows(table, &encoder, all, ROWS - 300, ROWS);
			rows_encoder_release(all);
			threads_stop(pool);
			free_table(table);
		}
}

/* Packs one more row, of so many words and pixels. */
static void
pack_row(Table *table, uint32_t words_count, uint32_t pixels)
{
	static double zeros[8];
	CellWord *long_text = calloc(words_count + 1, sizeof(CellWord));
	Failure failure = {0};
	RowView view;
	Drawn row;

	draw(&row, 1);
	for (uint32_t i = 0; i < words_count; i++)
		long_text[i] =
			(CellWord){words[i % 4], (uint32_t) strlen(words[i % 4]), 0, 1.0f};
	row.cells[NOTES].words = long_text;
	row.cells[NOTES].count = words_count;
	row.cells[PIXELS].numbers = zeros;
	row.cells[PIXELS].count = pixels;
	assert_int_equal(
		cell_store_pack(&table->store, row.cells, &view, &failure), LL_OK);
	assert_int_equal(rows_append(&table->rows, &view, 0.0, 1, 1.0f, &failure),
					 LL_OK);
	free(long_text);
}

/* A row far longer than a task's room has its own, and those after it. */
static void
test_long_row(void **state)
{
	Encoder encoder;
	Table *table = make_encoded(&encoder, ROWS_SPARSE, 500);
	RowsEncoder *all;
	ThreadPool *pool;
	Failure failure = {0};

	(void) state;
	pack_row(table, 100000, 2);
	pack_row(table, 3, 2);
	assert_int_equal(threads_start(&pool, 2, &table->runtime, &failure),
					 LL_OK);
	assert_int_equal(rows_encoder_make(&all, &encoder, &table->store, pool,
									   &table->runtime, &failure),
					 LL_OK);
	check_rows(table, &encoder, all, 0, 502);
	threads_stop(pool);
	free_table(table);
}

/* The first row that is wrong is told, whichever thread sees one first. */
static void
test_wrong_row(void **state)
{
	Encoder encoder;
	Table *table = make_encoded(&encoder, ROWS_SPARSE, 600);
	RowsEncoder *all;
	ThreadPool *pool;
	Failure failure = {0};
	const RowView *views;
	size_t count;

	(void) state;
	pack_row(table, 3, 5);
	for (int i = 0; i < 600; i++)
		pack_row(table, 3, 2);
	pack_row(table, 3, 7);
	assert_int_equal(threads_start(&pool, 3, &table->runtime, &failure),
					 LL_OK);
	assert_int_equal(rows_encoder_make(&all, &encoder, &table->store, pool,
									   &table->runtime, &failure),
					 LL_OK);
	assert_int_equal(
		rows_encoder_run(all, &table->rows, 0, 1202, &views, &count, &failure),
		LL_INVALID);
	assert_string_equal(failure.message,
						"column \"pixels\" has 5 elements, not 2");
	/* and it goes on */
	check_rows(table, &encoder, all, 0, 600);
	threads_stop(pool);
	free_table(table);
}

/* Wherever memory ends, it fails cleanly. */
static void
test_no_memory(void **state)
{
	Status status = LL_NO_MEMORY;

	(void) state;
	for (int left = 0; status == LL_NO_MEMORY; left++)
	{
		Encoder encoder;
		Table *table = make_encoded(&encoder, ROWS_SPARSE, 2000);
		RowsEncoder *all;
		ThreadPool *pool;
		Failure failure = {0};
		const RowView *views;
		size_t count;

		assert_int_equal(threads_start(&pool, 2, &table->runtime, &failure),
						 LL_OK);
		table->arena.allocations_left = left;
		status = rows_encoder_make(&all, &encoder, &table->store, pool,
								   &table->runtime, &failure);
		if (status == LL_OK)
			status = rows_encoder_run(all, &table->rows, 0, 2000, &views,
									  &count, &failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		assert_true(left < 200);
		table->arena.allocations_left = -1;
		threads_stop(pool);
		free_table(table);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_rows),
		cmocka_unit_test(test_long_row),
		cmocka_unit_test(test_wrong_row),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
