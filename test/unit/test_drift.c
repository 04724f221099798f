/*
 * test_drift.c
 *		The population stability index of columns of every kind.
 */
#include "core/columns/drift.h"

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
	COLUMNS
};

/* What a model knows of 1,000 rows. */
typedef struct Known
{
	MallocArena arena;
	Runtime runtime;
	Column column[COLUMNS];
	Piece piece[2];
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
	known->columns = (Columns){.columns = known->column,
							   .count = COLUMNS,
							   .pieces = known->piece,
							   .piece_count = 2,
							   .width = 6};
	assert_int_equal(columns_index(&known->columns, &known->runtime, &failure),
					 LL_OK);
	assert_int_equal(
		drift_init(&known->drift, &known->columns, &known->runtime, &failure),
		LL_OK);
	return known;
}

static void
free_known(Known *known)
{
	malloc_arena_free(&known->arena);
	free(known);
}

/* A row to be counted: NULL texts are NULL. */
static void
add_row(Drift *drift, double age, double size, bool paid, const char *plan,
		const char *word)
{
	CellWord words[2] = {{word, 4, 0, 1}, {word, 4, 0, 1}};
	Cell cells[COLUMNS] = {
		[AGE] = {.number = age, .null = isnan(age)},
		[SIZE] = {.number = size},
		[PAID] = {.number = paid},
		[PLAN] = {.bytes = plan,
				  .size = plan == NULL ? 0 : (uint32_t) strlen(plan),
				  .null = plan == NULL},
		[NOTES] = {.count = 2, .words = words, .null = word == NULL}};

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
		status =
			drift_init(&drift, &known->columns, &known->runtime, &failure);
	}
	assert_int_equal(status, LL_OK);
	assert_true(left > 5);
	known->arena.allocations_left = -1;
	free_known(known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alike),	 cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_verdicts), cmocka_unit_test(test_chance),
		cmocka_unit_test(test_merge),	 cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
