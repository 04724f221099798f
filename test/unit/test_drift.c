/*
 * test_drift.c
 *		The population stability index of columns of every kind.
 */
#include "core/columns/drift_bytes.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"
#include "unit.h"

enum
{
	AGE,
	NOTES,
	PAID,
	PLAN,
	SIZE,
	PAIR,
	PLACES,
	COLUMNS
};

#define ELEMENTS 3
#define TERMS (6 + 2 * ELEMENTS)

/*
 * What elements were: of PAIR 1 +- 2, -2 +- 0.5, always 5; of PLACES 1 in a tenth of
 * the rows, never there, always 3.
 */
static const double centers[TERMS] = {[6] = 1.0, [7] = -2.0, [8] = 5.0};
static const double means[TERMS] = {[9] = 0.1, [11] = 3.0};
static const double deviations[TERMS] = {[6] = 2.0, [7] = 0.5, [9] = 0.3};

static const TermMoments moments = {means, deviations};

/* What a model knows of 1,000 rows. */
typedef struct Known
{
	MallocArena arena;
	Runtime runtime;
	Column column[COLUMNS];
	Piece piece[4];
	Level plans[2];
	Level words[2];
	Columns columns;
	Drift drift;
} Known;

static Known *
make_known(void)
{
	Known *known = calloc(1, sizeof(Known));
	Failure failure = {0};

	known->arena.allocations_left = -1;
	known->runtime = malloc_runtime(&known->arena);
	for (int i = 0; i < COLUMNS; i++)
		known->column[i] = (Column){.rows = 1000, .name = "x", .type = "y"};
	known->column[AGE].kind = COLUMN_NUMBER;
	known->column[AGE].maximum = 100.0;
	known->column[AGE].mean = 50.0;
	known->column[SIZE] = known->column[AGE];
	for (int i = 0; i < COLUMN_DECILES; i++)
	{
		known->column[AGE].deciles[i] = 10.0 * (i + 1);
		known->column[PAID].deciles[i] = i >= 6;
		/* half of all are 0, the maximum is every tenth */
		known->column[SIZE].deciles[i] = i < 5 ? 0.0 : 20.0 * (i - 4);
	}
	known->column[SIZE].maximum = 80.0;
	known->column[PAID].kind = COLUMN_FLAG;
	known->column[PAID].mean = 0.3;
	known->column[PAID].maximum = 1.0;
	known->column[PLAN].kind = COLUMN_CATEGORY;
	known->column[PLAN].rows = 900;
	known->column[PLAN].nulls = 100;
	known->column[NOTES].kind = COLUMN_WORDS;
	known->plans[0] = (Level){"basic", 5, 0, 600, 0};
	known->plans[1] = (Level){"gold", 4, 0, 250, 1};
	known->words[0] = (Level){"bill", 4, 0, 500, 0};
	known->words[1] = (Level){"late", 4, 0, 500, 1};
	known->piece[0] = (Piece){.kind = PIECE_WORDS,
							  .column = NOTES,
							  .terms = 2,
							  .level_count = 2,
							  .levels = known->words,
							  .other_term = -1,
							  .null_term = -1};
	known->piece[1] = (Piece){.kind = PIECE_LEVELS,
							  .column = PLAN,
							  .first = 2,
							  .terms = 4,
							  .level_count = 2,
							  .levels = known->plans,
							  .other_rows = 50,
							  .null_rows = 100,
							  .other_term = 2,
							  .null_term = 3};
	for (int i = 0; i < 2; i++)
	{
		known->piece[2 + i] =
			(Piece){.kind = i == 0 ? PIECE_BLOCK : PIECE_ENTRIES,
					.column = i == 0 ? PAIR : PLACES,
					.first = 6 + ELEMENTS * (uint32_t) i,
					.terms = ELEMENTS,
					.other_term = -1,
					.null_term = -1};
		known->column[i == 0 ? PAIR : PLACES].kind =
			i == 0 ? COLUMN_BLOCK : COLUMN_ENTRIES;
		known->column[i == 0 ? PAIR : PLACES].length = ELEMENTS;
	}
	known->columns = (Columns){.columns = known->column,
							   .count = COLUMNS,
							   .pieces = known->piece,
							   .piece_count = 4,
							   .width = TERMS,
							   .center = (double *) centers};
	assert_int_equal(columns_index(&known->columns, &known->runtime, &failure),
					 LL_OK);
	assert_int_equal(drift_init(&known->drift, &known->columns, &moments,
								&known->runtime, &failure),
					 LL_OK);
	return known;
}

static void
free_known(Known *known)
{
	malloc_arena_free(&known->arena);
	free(known);
}

/* The elements of the row of a place, as those of training were. */
static void
elements_alike(uint64_t at, double *pair, double *places)
{
	pair[0] = at % 2 == 0 ? 3.0 : -1.0;
	pair[1] = at % 4 < 2 ? -1.5 : -2.5;
	pair[2] = 5.0;
	places[0] = at % 10 == 0 ? 1.0 : 0.0;
	places[1] = 0.0;
	places[2] = 3.0;
}

/* Counts a row's elements; others are as in training, and NULL is no column. */
static void
add_elements(Drift *drift, const double *pair, const double *places)
{
	static const uint32_t indexes[ELEMENTS] = {0, 1, 2};
	Cell cells[COLUMNS] = {
		[AGE] = {.null = true},
		[PLAN] = {.null = true},
		[NOTES] = {.null = true},
		[PAIR] = {.count = ELEMENTS, .numbers = pair, .null = pair == NULL},
		[PLACES] = {.count = ELEMENTS,
					.numbers = places,
					.indexes = indexes,
					.null = places == NULL}};

	drift_add(drift, cells);
}

/* A row to be counted: NULL texts are NULL. */
static void
add_row(Drift *drift, double age, double size, bool paid, const char *plan,
		const char *word)
{
	static const uint32_t indexes[ELEMENTS] = {0, 1, 2};
	double pair[ELEMENTS], places[ELEMENTS];
	CellWord words[2] = {{word, 4, 0, 1}, {word, 4, 0, 1}};
	Cell cells[COLUMNS] = {
		[AGE] = {.number = age, .null = isnan(age)},
		[SIZE] = {.number = size},
		[PAID] = {.number = paid},
		[PLAN] = {.bytes = plan,
				  .size = plan == NULL ? 0 : (uint32_t) strlen(plan),
				  .null = plan == NULL},
		[NOTES] = {.count = 2, .words = words, .null = word == NULL},
		[PAIR] = {.count = ELEMENTS, .numbers = pair},
		[PLACES] = {.count = ELEMENTS, .numbers = places, .indexes = indexes}};

	elements_alike(drift->rows, pair, places);
	drift_add(drift, cells);
}

/* The size that the row of a place among 1,000 ascending ones has. */
static double
size_of(int at)
{
	return at < 550	  ? 0.0
		   : at < 600 ? (at - 550) * 0.4 + 0.1
		   : at < 800 ? (at - 500) * 0.2 + 0.1
		   : at < 850 ? (at - 650) * 0.4 + 0.1
					  : 80.0;
}

/* Rows as training had them: 1,000 of them, or times as many. */
static void
add_alike(Drift *drift, int times)
{
	for (int i = 0; i < 1000 * times; i++)
	{
		int at = i % 1000;

		add_row(drift, at / 10.0 + 0.05, size_of(at), at < 300,
				at < 600   ? "basic"
				: at < 850 ? "gold"
				: at < 900 ? "rare"
						   : NULL,
				at % 2 == 0 ? "bill" : "late");
	}
}

static DriftFigures
figures_of(const Known *known, int column)
{
	DriftFigures figures;

	drift_figures(&known->drift, (uint32_t) column, &figures);
	return figures;
}

/* One outcome's part of the index, half a row added to each. */
static double
part(double now, double all_now, double then, double all_then, int outcomes)
{
	double p = (now + 0.5) / (all_now + 0.5 * outcomes);
	double q = (then + 0.5) / (all_then + 0.5 * outcomes);

	return (p - q) * log(p / q);
}

/* The same rows have not moved. */
static void
test_alike(void **state)
{
	Known *known = make_known();

	add_alike(&known->drift, 1);
	for (int i = 0; i < COLUMNS; i++)
	{
		DriftFigures figures = figures_of(known, i);

		assert_true(figures.psi >= 0.0 && figures.psi < 0.005);
		assert_int_equal(figures.verdict, DRIFT_IS_STABLE);
	}
	assert_true(figures_of(known, PAID).psi < 1e-12);
	assert_true(figures_of(known, PLAN).psi < 1e-12);
	assert_true(figures_of(known, NOTES).psi < 1e-12);
	assert_true(figures_of(known, PLAN).other_then == 50.0 / 900.0);
	assert_true(figures_of(known, PLAN).other_now == 50.0 / 900.0);
	assert_true(figures_of(known, PLAN).nulls_then == 0.1);
	assert_true(figures_of(known, PLAN).nulls_now == 0.1);
	assert_true(fabs(figures_of(known, AGE).mean_now - 50.0) < 1e-9);
	free_known(known);
}

/* Indexes as they come out by hand. */
static void
test_by_hand(void **state)
{
	Known *known = make_known();
	double age, plan, paid;

	/* all in the first tenth or NULL, all paid, none basic, half new words */
	for (int i = 0; i < 1000; i++)
		add_row(&known->drift, i < 800 ? 5.0 : NAN, 0.0, true,
				i < 400	  ? "gold"
				: i < 700 ? "new"
						  : NULL,
				i % 2 == 0 ? "bill" : "ruin");
	age = part(800, 1000, 100, 1000, 11) + 9 * part(0, 1000, 100, 1000, 11) +
		  part(200, 1000, 0, 1000, 11);
	paid = part(1000, 1000, 300, 1000, 2) + part(0, 1000, 700, 1000, 2);
	plan = part(0, 1000, 600, 1000, 4) + part(400, 1000, 250, 1000, 4) +
		   part(300, 1000, 50, 1000, 4) + part(300, 1000, 100, 1000, 4);
	assert_true(fabs(figures_of(known, AGE).psi - age) < 1e-9);
	assert_true(fabs(figures_of(known, PAID).psi - paid) < 1e-9);
	assert_true(fabs(figures_of(known, PLAN).psi - plan) < 1e-9);
	assert_int_equal(figures_of(known, AGE).verdict, DRIFT_IS_LARGE);
	assert_true(figures_of(known, AGE).nulls_now == 0.2);
	assert_true(figures_of(known, AGE).mean_now == 5.0);
	assert_true(figures_of(known, PLAN).other_now == 300.0 / 700.0);
	/* a word twice in a row counts once where the model knows it */
	assert_true(figures_of(known, NOTES).other_now == 1000.0 / 1500.0);
	free_known(known);
}

/* Limits of the verdicts, and what few rows can say. */
static void
test_verdicts(void **state)
{
	static const struct
	{
		int rows;
		double paid;
		DriftVerdict verdict;
	} cases[] = {
		{10000, 0.30, DRIFT_IS_STABLE},	  {10000, 0.40, DRIFT_IS_STABLE},
		{10000, 0.46, DRIFT_IS_MODERATE}, {10000, 0.52, DRIFT_IS_MODERATE},
		{10000, 0.60, DRIFT_IS_LARGE},	  {10, 0.60, DRIFT_FEW_ROWS},
		{10, 0.30, DRIFT_IS_STABLE},	  {0, 0, DRIFT_NONE}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		Known *known = make_known();

		for (int i = 0; i < cases[c].rows; i++)
			add_row(&known->drift, 1.0, 0.0, i < cases[c].paid * cases[c].rows,
					"gold", NULL);
		assert_int_equal(figures_of(known, PAID).verdict, cases[c].verdict);
		free_known(known);
	}
}

/* Rows drawn as training's are called moved once in 100 times or less. */
static void
test_chance(void **state)
{
	int beyond = 0;

	for (int trial = 0; trial < 400; trial++)
	{
		Known *known = make_known();
		DriftFigures figures;

		for (int i = 0; i < 60; i++)
			add_row(&known->drift,
					100.0 * random_uniform(11, (uint64_t) trial * 60 + i), 0.0,
					true, "gold", NULL);
		figures = figures_of(known, AGE);
		beyond += figures.psi > figures.chance;
		free_known(known);
	}
	assert_true(beyond <= 16);
}

/* Elements move by the square of their mean's move in deviations. */
static void
test_elements(void **state)
{
	static const struct
	{
		int element; /* of PAIR, then of PLACES */
		double add;
		double psi;
		int every; /* row */
	} cases[] = {{0, 1.0, 0.25, 1},	   {1, -0.5, 1.0, 1}, {2, 0.5, 2001.0, 1},
				 {2, 0.5, 1.0, 2},	   {3, 0.3, 1.0, 1},  {4, 1.0, 2001.0, 1},
				 {5, -3.0, 2001.0, 1}, {5, -3.0, 1.0, 2}, {2, 1e-12, 0.0, 1},
				 {0, 0.0, 0.0, 1}};

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
	{
		Known *known = make_known();
		int moved = cases[c].element < ELEMENTS ? PAIR : PLACES;
		DriftFigures figures;

		for (int i = 0; i < 1000; i++)
		{
			double elements[2 * ELEMENTS];

			elements_alike((uint64_t) i, elements, elements + ELEMENTS);
			if (i % cases[c].every == 0)
				elements[cases[c].element] += cases[c].add;
			add_elements(&known->drift, elements, elements + ELEMENTS);
		}
		figures = figures_of(known, moved);
		assert_true(fabs(figures.psi - cases[c].psi) <
					1e-5 + 1e-3 * cases[c].psi);
		assert_true(figures_of(known, PAIR + PLACES - moved).psi < 1e-5);
		assert_int_equal(figures.verdict, cases[c].psi > 0.25 ? DRIFT_IS_LARGE
										  : cases[c].psi >= 0.1
											  ? DRIFT_IS_MODERATE
											  : DRIFT_IS_STABLE);
		free_known(known);
	}
}

/* One value far out, and NULLs. */
static void
test_elements_apart(void **state)
{
	static const double far[ELEMENTS] = {1e9, -2.0, 5.0};
	Known *known = make_known(), *empty = make_known();
	double pair[ELEMENTS], places[ELEMENTS];
	double nulls =
		part(400, 1000, 0, 1000, 2) + part(600, 1000, 1000, 1000, 2);

	for (int i = 0; i < 1000; i++)
	{
		elements_alike((uint64_t) i, pair, places);
		add_elements(&known->drift, i == 500 ? far : pair,
					 i < 600 ? places : NULL);
		add_elements(&empty->drift, NULL, NULL);
	}
	assert_true(figures_of(known, PAIR).psi < 0.01);
	assert_true(fabs(figures_of(known, PLACES).psi - nulls) < 1e-5);
	assert_true(figures_of(known, PLACES).nulls_now == 0.4);
	assert_int_equal(figures_of(empty, PAIR).verdict, DRIFT_IS_LARGE);
	free_known(known);
	free_known(empty);
}

/* Rows drawn as training's are called moved once in 100 times or less. */
static void
test_elements_chance(void **state)
{
	int beyond = 0;

	for (uint64_t trial = 0; trial < 400; trial++)
	{
		Known *known = make_known();
		DriftFigures figures;

		for (uint64_t i = 0; i < 60; i++)
		{
			uint64_t at = 2 * (trial * 60 + i);
			double pair[ELEMENTS] = {
				1.0 + 2.0 * (random_uniform(12, at) < 0.5 ? 1.0 : -1.0),
				-2.0 + 0.5 * sqrt(12.0) * (random_uniform(12, at + 1) - 0.5),
				5.0};

			add_elements(&known->drift, pair, NULL);
		}
		figures = figures_of(known, PAIR);
		beyond += figures.psi > figures.chance;
		free_known(known);
	}
	assert_true(beyond <= 8);
}

/* Counts as bytes are the counts; of others the reader says so, or can go on. */
static void
test_bytes(void **state)
{
	Known *known = make_known(), *copy = make_known();
	size_t size = drift_bytes_size(&known->drift);
	uint8_t *bytes = malloc(size), *again = malloc(size);
	int refused = 0;

	add_alike(&known->drift, 1);
	add_row(&known->drift, -1e300, -7.0, false, "new", NULL);
	drift_bytes_write(&known->drift, bytes);
	assert_true(drift_bytes_read(&copy->drift, bytes, size));
	for (int i = 0; i < COLUMNS; i++)
	{
		DriftFigures a = figures_of(known, i), b = figures_of(copy, i);

		/* not what lies between the members */
		assert_memory_equal(&a.psi, &b.psi, sizeof(a.psi));
		assert_memory_equal(&a.chance, &b.chance, sizeof(a.chance));
		assert_int_equal(a.verdict, b.verdict);
		assert_memory_equal(&a.nulls_then, &b.nulls_then,
							sizeof(a) - offsetof(DriftFigures, nulls_then));
	}
	drift_bytes_write(&copy->drift, again);
	assert_memory_equal(bytes, again, size);
	for (size_t at = 0; at < size; at++)
		assert_false(drift_bytes_read(&copy->drift, bytes, at));
	for (size_t at = 0; at < size; at++)
		for (int bit = 0; bit < 8; bit++)
		{
			bytes[at] ^= (uint8_t) (1 << bit);
			if (!drift_bytes_read(&copy->drift, bytes, size))
				refused++;
			else
			{
				add_row(&copy->drift, 1.0, 1.0, true, "gold", "bill");
				drift_merge(&copy->drift, &known->drift);
				for (int i = 0; i < COLUMNS; i++)
					(void) figures_of(copy, i);
			}
			bytes[at] ^= (uint8_t) (1 << bit);
		}
	assert_true(refused > (int) size);
	free(bytes);
	free(again);
	free_known(known);
	free_known(copy);
}

/* Parts of the rows, merged, say what all say. */
static void
test_merge(void **state)
{
	Known *all = make_known(), *one = make_known(), *two = make_known();

	add_alike(&all->drift, 2);
	add_alike(&one->drift, 1);
	add_alike(&two->drift, 1);
	add_row(&all->drift, 1e300, -7.0, false, "new", NULL);
	add_row(&two->drift, 1e300, -7.0, false, "new", NULL);
	drift_merge(&two->drift, &one->drift);
	for (int i = 0; i < COLUMNS; i++)
	{
		DriftFigures a = figures_of(all, i), b = figures_of(two, i);

		assert_memory_equal(&a.psi, &b.psi, sizeof(double));
		assert_memory_equal(&a.mean_now, &b.mean_now, sizeof(double));
		assert_memory_equal(&a.other_now, &b.other_now, sizeof(double));
	}
	free_known(all);
	free_known(one);
	free_known(two);
}

/* Each allocation fails in its turn. */
static void
test_no_memory(void **state)
{
	Known *known = make_known();
	Failure failure = {0};
	Status status = LL_NO_MEMORY;
	int left = 0;

	for (; status == LL_NO_MEMORY; left++)
	{
		Drift drift;

		known->arena.allocations_left = left;
		status = drift_init(&drift, &known->columns, &moments, &known->runtime,
							&failure);
	}
	assert_int_equal(status, LL_OK);
	assert_true(left > 5);
	known->arena.allocations_left = -1;
	free_known(known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_alike),
									   cmocka_unit_test(test_by_hand),
									   cmocka_unit_test(test_verdicts),
									   cmocka_unit_test(test_chance),
									   cmocka_unit_test(test_elements),
									   cmocka_unit_test(test_elements_apart),
									   cmocka_unit_test(test_elements_chance),
									   cmocka_unit_test(test_bytes),
									   cmocka_unit_test(test_merge),
									   cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
