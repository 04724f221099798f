/*
 * test_term_names.c
 *		Names of the terms of every kind of piece, hostile ones among them.
 */
#include "core/columns/term_names.h"

#include <stdio.h>
#include <stdlib.h>

#include "mixed_columns.h"
#include "unit.h"

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Columns columns;
	TermNames names;
	TermText text;
} Fixture;

static void
open_fixture(Fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	mixed_columns(&f->runtime, &f->columns);
	assert_int_equal(
		term_names_init(&f->names, &f->columns, &f->runtime, &f->failure),
		LL_OK);
	term_text_init(&f->text, &f->runtime);
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

/* A term of a piece and what is said of it. */
typedef struct Expected
{
	int piece;
	uint32_t place;
	const char *name;
	const char *column;
	const char *level; /* NULL: none */
	uint64_t rows;
} Expected;

#define LEVEL_ROWS(place) (1 + (place) *UINT64_C(3000000001))
#define COLUMN_ROWS(place) (UINT64_C(5000000000) + (place))

static const Expected expected[] = {
	{P_AGE, 0, "log(age)", "age", NULL, COLUMN_ROWS(COL_AGE)},
	{P_AGE_NULL, 0, "age is null", "age", NULL, 0},
	{P_AGE_BUCKETS, 0, "age=(-inf, 20)", "age", "(-inf, 20)", 10},
	{P_AGE_BUCKETS, 1, "age=[20, 30)", "age", "[20, 30)", 11},
	{P_AGE_BUCKETS, 2, "age=[40, inf)", "age", "[40, inf)", 12},
	{P_AGE_BUCKETS, 3, "age is null", "age", NULL, 78},
	{P_AGE_SPLINE, 0, "log(age) spline 1", "age", "spline 1",
	 COLUMN_ROWS(COL_AGE)},
	{P_AGE_SPLINE, 2, "log(age) spline 3", "age", "spline 3",
	 COLUMN_ROWS(COL_AGE)},
	{P_CONTRACT, 0, "contract=Month-to-month", "contract", "Month-to-month",
	 LEVEL_ROWS(0)},
	{P_CONTRACT, 1, "contract=Two \"year\"<&>\x01", "contract",
	 "Two \"year\"<&>\x01", LEVEL_ROWS(2)},
	{P_CONTRACT, 2, "contract=(other)", "contract", "(other)", 77},
	{P_CONTRACT, 3, "contract is null", "contract", NULL, 78},
	{P_FLAG, 0, "flag", "flag", NULL, COLUMN_ROWS(COL_FLAG)},
	{P_GRADE, 0, "grade=good", "grade", "good", LEVEL_ROWS(2)},
	{P_GRADE, 2, "grade=poor", "grade", "poor", LEVEL_ROWS(0)},
	{P_NOTES, 0, "notes:", "notes", "", LEVEL_ROWS(0)},
	{P_NOTES, 3, "notes:h\xc3\xa4user", "notes", "h\xc3\xa4user",
	 LEVEL_ROWS(3)},
	{P_PIXELS, 0, "pixels[1]", "pixels", "1", COLUMN_ROWS(COL_PIXELS)},
	{P_PIXELS, 2, "pixels[3]", "pixels", "3", COLUMN_ROWS(COL_PIXELS)},
	{P_DAYS, 0, "signup.days", "signup", NULL, COLUMN_ROWS(COL_SIGNUP)},
	{P_MONTH, 2, "signup.month=12", "signup", "month=12", 12},
	{P_WEEKDAY, 1, "signup.weekday=7", "signup", "weekday=7", 11},
	{P_WEEKDAY, 2, "signup.weekday=(other)", "signup", "weekday=(other)", 77},
	{P_HOUR, 1, "signup.hour=23", "signup", "hour=23", 11},
	{P_TAGS, 1, "tags:y", "tags", "y", LEVEL_ROWS(1)},
	{P_TAGS, 2, "tags:(other)", "tags", "(other)", 77},
	{P_VECTOR, 4, "vector[5]", "vector", "5", COLUMN_ROWS(COL_VECTOR)},
	{P_ZIP, 1, "z\xc3\xbcrich=#256", "z\xc3\xbcrich", "#256", 11},
	{P_ZIP, 3, "z\xc3\xbcrich is null", "z\xc3\xbcrich", NULL, 78},
	{P_CROSS, 0, "contract*signup=Two \"year\"<&>\x01*2", "contract*signup",
	 "Two \"year\"<&>\x01*2", 10},
	{P_CROSS, 1, "contract*signup=(other)*1", "contract*signup", "(other)*1",
	 11},
	{P_CROSS, 2, "contract*signup=(null)*1", "contract*signup", "(null)*1",
	 12},
	{P_CROSS, 3, "contract*signup=(other)", "contract*signup", "(other)", 77},
};

static void
test_names(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
	{
		const Expected *e = &expected[i];
		uint32_t term = f.columns.pieces[e->piece].first + e->place;
		bool none;

		assert_true(term_name(&f.names, term, &f.text));
		assert_string_equal(f.text.bytes, e->name);
		assert_int_equal(f.text.size, strlen(e->name));
		assert_true(term_column(&f.names, term, &f.text));
		assert_string_equal(f.text.bytes, e->column);
		assert_true(term_level(&f.names, term, &f.text, &none));
		assert_int_equal(none, e->level == NULL);
		if (!none)
			assert_string_equal(f.text.bytes, e->level);
		assert_true(term_rows(&f.names, term) == e->rows);
	}
	close_fixture(&f);
}

/* The outcome at a place, which may have no term, is added behind others. */
static void
test_add_place(void **state)
{
	static const struct
	{
		int piece;
		uint32_t place;
		const char *alone; /* NULL: none */
	} places[] = {{P_CONTRACT, 0, "Month-to-month"},
				  {P_CONTRACT, 1, "One year"},
				  {P_CONTRACT, 2, "Two \"year\"<&>\x01"},
				  {P_CONTRACT, 3, "(other)"},
				  {P_CONTRACT, 4, NULL},
				  {P_MONTH, 2, "month=12"},
				  {P_HOUR, 1, "hour=23"},
				  {P_AGE_BUCKETS, 1, "[20, 30)"},
				  {P_ZIP, 1, "#256"},
				  {P_CROSS, 0, "Two \"year\"<&>\x01*2"}};
	char wanted[256] = "";
	TermText all;
	Fixture f;

	(void) state;
	open_fixture(&f);
	term_text_init(&all, &f.runtime);
	term_text_clear(&all);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
	{
		const Piece *piece = &f.columns.pieces[places[i].piece];
		size_t used = strlen(wanted);
		bool none;

		term_text_clear(&f.text);
		assert_true(
			term_add_place(&f.names, piece, places[i].place, &f.text, &none));
		assert_int_equal(none, places[i].alone == NULL);
		assert_string_equal(f.text.bytes, none ? "" : places[i].alone);
		assert_true(
			term_add_place(&f.names, piece, places[i].place, &all, &none));
		if (!none)
			snprintf(wanted + used, sizeof(wanted) - used, "%s%s",
					 used > 0 ? ", " : "", places[i].alone);
		assert_string_equal(all.bytes, wanted);
	}
	close_fixture(&f);
}

/* No two terms of a model are called the same, but two that say NULL. */
static void
test_distinct(void **state)
{
	char *names[64];
	Fixture f;

	(void) state;
	open_fixture(&f);
	assert_true(f.columns.width <= 64);
	for (uint32_t i = 0; i < f.columns.width; i++)
	{
		assert_true(term_name(&f.names, i, &f.text));
		names[i] = strdup(f.text.bytes);
		for (uint32_t k = 0; k < i; k++)
			if (strstr(names[i], " is null") == NULL)
				assert_string_not_equal(names[i], names[k]);
	}
	for (uint32_t i = 0; i < f.columns.width; i++)
		free(names[i]);
	close_fixture(&f);
}

/* Numbers of cuts have as few digits as they need. */
static void
test_numbers(void **state)
{
	static const struct
	{
		double cut;
		const char *text;
	} numbers[] = {{0.1, "0.1"},
				   {-0.0, "-0"},
				   {1e300, "1e+300"},
				   {1.0 / 3, "0.3333333333333333"},
				   {123456789, "123456789"},
				   {-5e-324, "-4.94066e-324"}};
	Fixture f;

	(void) state;
	open_fixture(&f);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
	{
		char wanted[64];

		f.columns.pieces[P_AGE_BUCKETS].cuts[0] = numbers[i].cut;
		snprintf(wanted, sizeof(wanted), "age=(-inf, %s)", numbers[i].text);
		assert_true(term_name(&f.names, f.columns.pieces[P_AGE_BUCKETS].first,
							  &f.text));
		assert_string_equal(f.text.bytes, wanted);
	}
	close_fixture(&f);
}

/* The longest names and levels that there can be. */
static void
test_longest(void **state)
{
	char name[COLUMN_NAME_SIZE];
	char *level;
	uint32_t term;
	Fixture f;

	(void) state;
	open_fixture(&f);
	level = runtime_allocate(&f.runtime, LEVEL_MOST_BYTES);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(level, '\'', LEVEL_MOST_BYTES);
	f.columns.columns[COL_CONTRACT].name = name;
	f.columns.pieces[P_CONTRACT].levels[2].bytes = level;
	f.columns.pieces[P_CONTRACT].levels[2].size = LEVEL_MOST_BYTES;
	term = f.columns.pieces[P_CONTRACT].first + 1;
	assert_true(term_name(&f.names, term, &f.text));
	assert_int_equal(f.text.size, COLUMN_NAME_SIZE + LEVEL_MOST_BYTES);
	assert_int_equal(strlen(f.text.bytes), f.text.size);
	assert_memory_equal(f.text.bytes, name, COLUMN_NAME_SIZE - 1);
	assert_memory_equal(f.text.bytes + COLUMN_NAME_SIZE, level,
						LEVEL_MOST_BYTES);
	close_fixture(&f);
}

/* Without memory nothing is named, and nothing breaks. */
static void
test_no_memory(void **state)
{
	Fixture f;
	TermNames names;
	bool none;

	(void) state;
	open_fixture(&f);
	f.arena.allocations_left = 0;
	assert_int_equal(
		term_names_init(&names, &f.columns, &f.runtime, &f.failure),
		LL_NO_MEMORY);
	assert_false(term_name(&f.names, 0, &f.text));
	assert_false(term_column(&f.names, 0, &f.text));
	assert_false(term_level(&f.names, 0, &f.text, &none));
	f.arena.allocations_left = -1;
	assert_true(term_name(&f.names, 0, &f.text));
	assert_string_equal(f.text.bytes, "log(age)");
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_add_place),
		cmocka_unit_test(test_distinct), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_longest),	 cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
