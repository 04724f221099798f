/*
 * test_columns.c
 *		Cells of mixed types: packed, surveyed, planned, encoded.
 */
#include "core/columns/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/columns/moment.h"
#include "core/columns/plan_number.h"
#include "core/columns/spline.h"
#include "core/math/exact_sum.h"
#include "drawn_table.h"
#include "unit.h"

#define ROWS 400

/* Rows come back as they were packed. */
static void
test_cells_return(void **state)
{
	Table *table = make_table(NULL, ROWS);

	for (size_t i = 0; i < ROWS; i++)
	{
		RowView view = rows_view(&table->rows, i);
		const Cell *cells = table->store.cells;
		Drawn row;

		draw(&row, i);
		assert_true(cell_store_check(&table->store, view.dense, view.count));
		assert_true(cell_store_unpack(&table->store, &view));
		for (int c = 0; c < COLUMNS; c++)
			assert_int_equal(cells[c].null, row.cells[c].null);
		if (!cells[AGE].null)
			assert_true(cells[AGE].number == row.cells[AGE].number);
		if (!cells[PLAN].null)
			assert_memory_equal(table->store.dictionaries[PLAN]
									.entries[cells[PLAN].code]
									.bytes,
								row.cells[PLAN].bytes, row.cells[PLAN].size);
		assert_int_equal(cells[TAGS].count, row.cells[TAGS].count);
		assert_memory_equal(cells[PIXELS].numbers, row.pixels,
							sizeof(row.pixels));
		assert_memory_equal(cells[EVENTS].indexes, row.indexes,
							sizeof(row.indexes));
		for (uint32_t k = 0; k < 3; k++)
			assert_true(cells[NOTES].words[k].count == row.words[k].count);
	}
	free_table(table);
}

/* A damaged record of another process is found out. */
static void
test_damaged_record(void **state)
{
	Table *table = make_table(NULL, 3);
	RowView view = rows_view(&table->rows, 1);
	uint64_t *words = malloc(view.count);

	for (size_t size = 0; size < view.count; size += 8)
	{
		memcpy(words, view.dense, view.count);
		assert_int_equal(cell_store_check(&table->store, words, size), 0);
	}
	for (size_t i = 0; i < view.count / 8; i++)
	{
		memcpy(words, view.dense, view.count);
		words[i] = UINT64_MAX - 7;
		/* never a crash; numbers may be anything */
		(void) cell_store_check(&table->store, words, view.count);
		if (cell_store_check(&table->store, words, view.count))
		{
			RowView other = {.dense = words, .count = view.count};

			assert_true(cell_store_unpack(&table->store, &other));
		}
	}
	free(words);
	free_table(table);
}

/* The plan does not depend on the order of the rows. */
static void
test_order(void **state)
{
	uint32_t order[ROWS];
	Table *a = make_table(NULL, ROWS), *b;
	PlanRequest request = {0};
	Failure failure = {0};

	for (uint32_t i = 0; i < ROWS; i++)
		order[i] = i;
	random_shuffle(order, ROWS, 3);
	b = make_table(order, ROWS);
	assert_int_equal(make_plan(a, &request, &failure), LL_OK);
	assert_int_equal(make_plan(b, &request, &failure), LL_OK);
	assert_int_equal(a->plan.columns.width, b->plan.columns.width);
	assert_int_equal(a->plan.columns.piece_count, b->plan.columns.piece_count);
	assert_memory_equal(a->plan.columns.center, b->plan.columns.center,
						a->plan.columns.width * sizeof(double));
	for (uint32_t c = 0; c < COLUMNS; c++)
	{
		const Column *x = &a->plan.columns.columns[c];
		const Column *y = &b->plan.columns.columns[c];

		assert_string_equal(x->name, y->name);
		assert_memory_equal(x->deciles, y->deciles, sizeof(x->deciles));
		assert_true(x->mean == y->mean && x->deviation == y->deviation);
	}
	for (uint32_t p = 0; p < a->plan.columns.piece_count; p++)
	{
		const Piece *x = &a->plan.columns.pieces[p];
		const Piece *y = &b->plan.columns.pieces[p];

		assert_int_equal(x->level_count, y->level_count);
		for (uint32_t i = 0; i < x->level_count; i++)
		{
			assert_int_equal(level_compare(&x->levels[i], &y->levels[i]), 0);
			assert_int_equal(x->levels[i].rows, y->levels[i].rows);
			assert_int_equal(x->levels[i].term, y->levels[i].term);
		}
	}
	free_table(a);
	free_table(b);
}

/* The piece of a kind and a column. */
static const Piece *
piece_of(const Table *table, const char *name, PieceKind kind)
{
	const Columns *columns = &table->plan.columns;
	int column = columns_find(columns, name, strlen(name));

	for (uint32_t p = 0; p < columns->piece_count; p++)
		if (columns->pieces[p].column == (uint32_t) column &&
			columns->pieces[p].kind == kind)
			return &columns->pieces[p];
	return NULL;
}

/* Dense and sparse encodings agree, and so do codes and bytes. */
static void
test_encodings_agree(void **state)
{
	Table *table = make_table(NULL, ROWS);
	PlanRequest request = {0};
	Failure failure = {0};
	Encoder dense, sparse, named;
	double *row;

	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	assert_int_equal(encoder_init(&dense, &table->plan.columns, ROWS_F64,
								  &table->runtime, &failure),
					 LL_OK);
	assert_int_equal(encoder_init(&sparse, &table->plan.columns, ROWS_SPARSE,
								  &table->runtime, &failure),
					 LL_OK);
	assert_int_equal(encoder_init(&named, &table->plan.columns, ROWS_F64,
								  &table->runtime, &failure),
					 LL_OK);
	named.source = table->plan.source;
	assert_int_equal(
		encoder_map_codes(&dense, &table->store, table->plan.source, &failure),
		LL_OK);
	assert_int_equal(encoder_map_codes(&sparse, &table->store,
									   table->plan.source, &failure),
					 LL_OK);
	row = calloc(table->plan.columns.width, sizeof(double));
	for (size_t i = 0; i < ROWS; i++)
	{
		RowView packed = rows_view(&table->rows, i), a, b, c;
		Drawn drawn;

		draw(&drawn, i);
		assert_true(cell_store_unpack(&table->store, &packed));
		assert_int_equal(
			encoder_encode(&dense, table->store.cells, &a, &failure), LL_OK);
		assert_int_equal(
			encoder_encode(&sparse, table->store.cells, &b, &failure), LL_OK);
		assert_int_equal(encoder_encode(&named, drawn.cells, &c, &failure),
						 LL_OK);
		assert_memory_equal(a.dense, c.dense,
							table->plan.columns.width * sizeof(double));
		memset(row, 0, table->plan.columns.width * sizeof(double));
		for (uint32_t k = 0; k < b.count; k++)
		{
			assert_true(k == 0 || b.index[k] > b.index[k - 1]);
			row[b.index[k]] = b.value[k];
		}
		for (uint32_t j = 0; j < table->plan.columns.width; j++)
			assert_true((float) ((const double *) a.dense)[j] ==
						(float) row[j]);
	}
	free(row);
	free_table(table);
}

/* What the terms of each column are. */
static void
test_terms(void **state)
{
	Table *table = make_table(NULL, ROWS);
	PlanRequest request = {0};
	Failure failure = {0};
	const Piece *plan, *notes;
	uint64_t rows;

	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	assert_int_equal(piece_of(table, "age", PIECE_NUMBER)->terms, 1);
	assert_int_equal(piece_of(table, "age", PIECE_IS_NULL)->terms, 1);
	assert_null(piece_of(table, "paid", PIECE_IS_NULL));
	plan = piece_of(table, "plan", PIECE_LEVELS);
	assert_int_equal(plan->level_count, plan->other_rows > 0 ? 3 : 4);
	assert_true(plan->null_term >= 0);
	rows = plan->other_rows + plan->null_rows;
	for (uint32_t i = 0; i < plan->level_count; i++)
		rows += plan->levels[i].rows;
	assert_int_equal(rows, ROWS);
	notes = piece_of(table, "notes", PIECE_WORDS);
	assert_int_equal(notes->terms, 4);
	assert_int_equal(piece_of(table, "pixels", PIECE_BLOCK)->terms, 2);
	assert_int_equal(piece_of(table, "events", PIECE_ENTRIES)->terms, 6);
	assert_int_equal(piece_of(table, "since", PIECE_MONTH)->terms, 12);
	assert_int_equal(piece_of(table, "since", PIECE_WEEKDAY)->terms, 7);
	assert_null(piece_of(table, "since", PIECE_HOUR));
	free_table(table);
}

/* One outcome of each category gives no term when a reference is wanted. */
static void
test_reference(void **state)
{
	Table *table = make_table(NULL, ROWS);
	PlanRequest request = {.reference = true};
	Failure failure = {0};
	const Piece *plan;
	uint32_t outcomes, without = 0;
	uint64_t most = 0, left_out = 0;

	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	plan = piece_of(table, "plan", PIECE_LEVELS);
	outcomes = plan->level_count + (plan->other_rows > 0) + 1;
	assert_int_equal(plan->terms, outcomes - 1);
	for (uint32_t i = 0; i < plan->level_count; i++)
	{
		most = plan->levels[i].rows > most ? plan->levels[i].rows : most;
		if (plan->levels[i].term < 0)
		{
			without++;
			left_out = plan->levels[i].rows;
		}
	}
	assert_int_equal(without, 1);
	assert_int_equal(left_out, most);

	table->given[PLAN].options.reference = "silver";
	table->given[PLAN].options.reference_size = 6;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	plan = piece_of(table, "plan", PIECE_LEVELS);
	assert_int_equal(plan->levels[piece_find_level(plan, "silver", 6)].term,
					 -1);
	table->given[PLAN].options.reference = "bronze";
	assert_int_equal(make_plan(table, &request, &failure), LL_INVALID);
	free_table(table);
}

/* Options of numbers: buckets, splines, logarithms, hashes. */
static void
test_options(void **state)
{
	Table *table = make_table(NULL, ROWS);
	PlanRequest request = {0};
	Failure failure = {0};
	const Piece *buckets;

	table->given[AGE].options.buckets = 4;
	table->given[PLAN].options.hash = 2;
	table->given[NOTES].options.hash = 3;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	buckets = piece_of(table, "age", PIECE_BUCKETS);
	assert_int_equal(buckets->cut_count, 3);
	assert_int_equal(buckets->terms, 5); /* NULL is one */
	assert_null(piece_of(table, "age", PIECE_IS_NULL));
	assert_true(piece_of(table, "plan", PIECE_LEVELS)->hashed);
	assert_true(piece_of(table, "plan", PIECE_LEVELS)->level_count <= 2);
	assert_true(piece_of(table, "notes", PIECE_WORDS)->level_count <= 3);

	table->given[AGE].options.buckets = 0;
	table->given[AGE].options.spline = 5;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	assert_int_equal(piece_of(table, "age", PIECE_SPLINE)->terms, 4);

	table->given[AGE].options.spline = 0;
	table->given[AGE].options.log = true;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	assert_true(table->plan.columns
					.center[piece_of(table, "age", PIECE_NUMBER)->first] <
				log1p(40));
	free_table(table);
}

/* Levels of two columns at once. */
static void
test_cross(void **state)
{
	Table *table = make_table(NULL, ROWS);
	const uint32_t members[] = {PLAN, AGE};
	PlanCross cross = {2, members};
	PlanRequest request = {.cross_count = 1, .crosses = &cross};
	Failure failure = {0};
	const Piece *piece;
	uint64_t rows = 0;

	assert_int_equal(make_plan(table, &request, &failure), LL_INVALID);
	table->given[AGE].options.buckets = 2;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	piece = &table->plan.columns.pieces[table->plan.columns.piece_count - 1];
	assert_int_equal(piece->kind, PIECE_CROSS);
	for (uint32_t i = 0; i < piece->level_count; i++)
		rows += piece->levels[i].rows;
	assert_int_equal(rows + piece->other_rows, ROWS);
	free_table(table);
}

/* A column that is the label is refused, as is one of mostly distinct texts. */
static void
test_refused(void **state)
{
	Table *table = make_table(NULL, ROWS);
	PlanRequest request = {0};
	Failure failure = {0};
	Drawn row;
	RowView view;
	char name[16];
	char long_name[400] = "";

	for (size_t i = 0; i < ROWS; i++)
		table->rows.labels[i] = fmod((double) i, 2.0);
	rows_init(&table->rows, &table->runtime, ROWS_CELLS, 0);
	for (uint32_t i = 0; i < ROWS; i++)
	{
		draw(&row, i);
		row.cells[PAID].number = i % 2;
		assert_int_equal(
			cell_store_pack(&table->store, row.cells, &view, &failure), LL_OK);
		rows_append(&table->rows, &view, i % 2 == 0, 1, 1.0f, &failure);
	}
	assert_int_equal(make_plan(table, &request, &failure), LL_INVALID);
	assert_non_null(strstr(failure.message, "\"paid\""));

	rows_init(&table->rows, &table->runtime, ROWS_CELLS, 0);
	for (uint32_t i = 0; i < ROWS; i++)
	{
		draw(&row, i);
		row.cells[PLAN] = (Cell){
			.bytes = name,
			.size = (uint32_t) snprintf(name, sizeof(name), "customer %u", i)};
		row.cells[AGE] = (Cell){.number = 3.0 * i + 7};
		assert_int_equal(
			cell_store_pack(&table->store, row.cells, &view, &failure), LL_OK);
		rows_append(&table->rows, &view, i % 3 == 0, 1, 1.0f, &failure);
	}
	table->given[AGE].whole = true;
	assert_int_equal(make_plan(table, &request, &failure), LL_INVALID);
	assert_non_null(strstr(failure.message, "mostly distinct"));
	assert_non_null(strstr(failure.hint, "\"exclude\": [\"plan\"]. If"));
	/* a name too long for the hint is not cut within it */
	memset(long_name, 'x', sizeof(long_name) - 1);
	table->given[PLAN].name = long_name;
	assert_int_equal(make_plan(table, &request, &failure), LL_INVALID);
	assert_non_null(strstr(failure.hint, "\"exclude\": [\"...\"]. If"));
	assert_non_null(strstr(failure.hint, "it is a category."));
	table->given[PLAN].name = "plan";
	assert_true(table->survey.columns[AGE].serial);
	table->given[PLAN].options.min_rows = 3;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	assert_null(piece_of(table, "plan", PIECE_LEVELS));
	free_table(table);
}

/* Whether ages of a row's number count as numbers of the rows. */
static bool
numbers_rows(double (*age)(uint32_t))
{
	Table *table = make_table(NULL, ROWS);
	PlanRequest request = {0};
	Failure failure = {0};
	Drawn row;
	RowView view;
	bool serial;

	rows_init(&table->rows, &table->runtime, ROWS_CELLS, 0);
	for (uint32_t i = 0; i < ROWS; i++)
	{
		draw(&row, i);
		row.cells[AGE] = (Cell){.number = age(i)};
		assert_int_equal(
			cell_store_pack(&table->store, row.cells, &view, &failure), LL_OK);
		rows_append(&table->rows, &view, i % 3 == 0, 1, 1.0f, &failure);
	}
	table->given[AGE].whole = true;
	assert_int_equal(make_plan(table, &request, &failure), LL_OK);
	serial = table->survey.columns[AGE].serial;
	free_table(table);
	return serial;
}

static double
every_third(uint32_t i)
{
	return -7.0 + 3.0 * i;
}

/* Of rows that were split, say. */
static double
some_missing(uint32_t i)
{
	return 1000.0 - 5.0 * (i + i / 3 * 2);
}

static double
most_missing(uint32_t i)
{
	return 1000.0 - 5.0 * (i + i / 3 * 4);
}

static double
one_twice(uint32_t i)
{
	return i == 11 ? 12.0 : i;
}

static double
one_between(uint32_t i)
{
	return i == 11 ? 34.0 : 3.0 * i;
}

static double
far_apart(uint32_t i)
{
	return i == 11 ? 0x1p60 : 1.0 * i;
}

static double
all_one(uint32_t i)
{
	return 41.0;
}

static void
test_serials(void **state)
{
	assert_true(numbers_rows(every_third));
	assert_true(numbers_rows(some_missing));
	assert_false(numbers_rows(most_missing));
	assert_false(numbers_rows(one_twice));
	assert_false(numbers_rows(one_between));
	assert_false(numbers_rows(far_apart));
	assert_false(numbers_rows(all_one));
}

/* A model's plan stays, and takes levels in that it did not know. */
static void
test_known(void **state)
{
	Table *a = make_table(NULL, ROWS), *b = make_table(NULL, ROWS);
	PlanRequest request = {0};
	Failure failure = {0};
	Drawn row;
	RowView view;
	const Piece *before, *after;

	assert_int_equal(make_plan(a, &request, &failure), LL_OK);
	for (uint32_t i = 0; i < 10; i++)
	{
		draw(&row, i);
		row.cells[PLAN] = (Cell){.bytes = "platinum", .size = 8};
		assert_int_equal(
			cell_store_pack(&b->store, row.cells, &view, &failure), LL_OK);
		rows_append(&b->rows, &view, 0, 1, 1.0f, &failure);
	}
	request.known = &a->plan.columns;
	/* its columns come in the model's order */
	for (uint32_t c = 0; c < COLUMNS; c++)
		b->given[c] = a->plan.columns.columns[c];
	{
		Table *c = make_table(NULL, 0);

		for (uint32_t i = 0; i < COLUMNS; i++)
			c->store.kinds[i] = b->given[i].kind;
		for (uint32_t i = 0; i < ROWS + 10; i++)
		{
			Cell cells[COLUMNS];

			draw(&row, i);
			if (i >= ROWS)
				row.cells[PLAN] = (Cell){.bytes = "platinum", .size = 8};
			for (uint32_t k = 0; k < COLUMNS; k++)
				cells[k] = row.cells[a->plan.source[k]];
			assert_int_equal(
				cell_store_pack(&c->store, cells, &view, &failure), LL_OK);
			rows_append(&c->rows, &view, i % 3 == 0, 1, 1.0f, &failure);
		}
		memcpy(c->given, b->given, sizeof(c->given));
		assert_int_equal(make_plan(c, &request, &failure), LL_OK);
		before = piece_of(a, "plan", PIECE_LEVELS);
		after = piece_of(c, "plan", PIECE_LEVELS);
		assert_int_equal(after->level_count, before->level_count + 1);
		assert_int_equal(after->terms, before->terms + 1);
		assert_int_equal(c->plan.columns.width, a->plan.columns.width + 1);
		free_table(c);
	}
	free_table(a);
	free_table(b);
}

/* Parts of moments against a table of days. */
static void
test_moments(void **state)
{
	static const struct
	{
		double days;
		uint32_t month, weekday, hour;
	} known[] = {{0, 1, 6, 0},			 /* 2000-01-01, a Saturday */
				 {59, 2, 2, 0},			 /* 2000-02-29, a Tuesday */
				 {60, 3, 3, 0},			 /* 2000-03-01 */
				 {-1, 12, 5, 0},		 /* 1999-12-31 */
				 {365.5, 12, 7, 12},	 /* 2000-12-31 12:00 */
				 {366.999999, 1, 1, 23}, /* 2001-01-01 */
				 {-36524, 1, 1, 0},		 /* 1900-01-01, a Monday */
				 {9827.25, 11, 5, 6}};	 /* 2026-11-27 06:00, a Friday */

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
	{
		assert_int_equal(moment_part(PIECE_MONTH, known[i].days),
						 known[i].month);
		assert_int_equal(moment_part(PIECE_WEEKDAY, known[i].days),
						 known[i].weekday);
		assert_int_equal(moment_part(PIECE_HOUR, known[i].days),
						 known[i].hour);
	}
}

/* Exact sums: of numbers that cancel, in any order, merged. */
static void
test_exact_sums(void **state)
{
	static const double numbers[] = {1e308, 1.0,  -1e308, 0x1p-1074, 1e-300,
									 -3.5,	1e16, -1e16,  0x1p-1022, 2.5};
	const int count = sizeof(numbers) / sizeof(*numbers);
	ExactSum up = {0}, down = {0}, left = {0}, right = {0};
	double rest;

	for (int i = 0; i < count; i++)
	{
		exact_sum_add(&up, numbers[i]);
		exact_sum_add(&down, numbers[count - 1 - i]);
		exact_sum_add(i % 2 == 0 ? &left : &right, numbers[i]);
	}
	exact_sum_merge(&left, &right);
	assert_true(exact_sum_value(&up, &rest) == 1e-300 + 0x1p-1022 ||
				exact_sum_value(&up, &rest) > 0);
	assert_true(fabs(exact_sum_value(&up, NULL) - 1e-300) < 1e-306);
	assert_true(exact_sum_value(&up, NULL) == exact_sum_value(&down, NULL));
	assert_true(exact_sum_value(&up, NULL) == exact_sum_value(&left, NULL));
	memset(&up, 0, sizeof(up));
	exact_sum_add(&up, -1e300);
	exact_sum_add(&up, 1.0);
	assert_true(exact_sum_value(&up, &rest) == -1e300);
	assert_true(rest == 1.0);
}

/* A spline is linear beyond its knots and smooth at them. */
static void
test_spline(void **state)
{
	static const double knots[] = {-1, 0, 2, 5};

	for (uint32_t i = 0; i < 3; i++)
	{
		double a = spline_term(knots, 4, i, 6),
			   b = spline_term(knots, 4, i, 7),
			   c = spline_term(knots, 4, i, 8);

		assert_true(fabs((c - b) - (b - a)) < 1e-12);
		assert_true(i == 0 || spline_term(knots, 4, i, -1.5) == 0.0);
	}
}

/* Quantiles never fall, and lie between the numbers that they are between. */
static void
test_quantiles(void **state)
{
	double same[1000], mixed[1000];

	for (int i = 0; i < 1000; i++)
	{
		same[i] = 0.221000003814697;
		mixed[i] = i / 3 * 0.1 - 7.3;
	}
	for (int i = 0; i <= 997; i++)
	{
		double part = i / 997.0;

		assert_true(sample_quantile(same, 1000, part) == same[0]);
		assert_true(sample_quantile(mixed, 1000, part) >= mixed[0]);
		assert_true(sample_quantile(mixed, 1000, part) <= mixed[999]);
		assert_true(i == 0 ||
					sample_quantile(mixed, 1000, part) >=
						sample_quantile(mixed, 1000, (i - 1) / 997.0));
	}
	same[0] = -1.7e308;
	same[1] = 1.7e308;
	assert_true(fabs(sample_quantile(same, 2, 0.25) + 0.85e308) < 1e294);
}

/* Without memory, all of it fails cleanly. */
static void
test_no_memory(void **state)
{
	for (long left = 0; left < 400; left++)
	{
		Table *table = make_table(NULL, 60);
		PlanRequest request = {0};
		Failure failure = {0};
		Status status;

		table->arena.allocations_left = left;
		status = make_plan(table, &request, &failure);
		free_table(table);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		if (status == LL_OK)
			return;
	}
	fail_msg("it never had enough");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells_return),
									   cmocka_unit_test(test_damaged_record),
									   cmocka_unit_test(test_order),
									   cmocka_unit_test(test_encodings_agree),
									   cmocka_unit_test(test_terms),
									   cmocka_unit_test(test_reference),
									   cmocka_unit_test(test_options),
									   cmocka_unit_test(test_cross),
									   cmocka_unit_test(test_refused),
									   cmocka_unit_test(test_serials),
									   cmocka_unit_test(test_known),
									   cmocka_unit_test(test_moments),
									   cmocka_unit_test(test_exact_sums),
									   cmocka_unit_test(test_spline),
									   cmocka_unit_test(test_quantiles),
									   cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
