/*
 * test_separation.c
 *		What is said of rows that are separated, and which levels are references.
 */
#include "core/train/separation.h"

#include <math.h>
#include <stdio.h>

#include "core/base/utf8.h"
#include "core/columns/references.h"
#include "mixed_columns.h"
#include "unit.h"

#define BEGIN "weights run off: "

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Columns columns;
	double direction[128]; /* [width + 1] */
	char reason[SEPARATION_REASON];
} Fixture;

static void
open_fixture(Fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	mixed_columns(&f->runtime, &f->columns);
	assert_true(f->columns.width < 128);
	strcpy(f->reason, "weights run off");
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

static const char *
reason_of(Fixture *f, const Columns *columns, uint32_t dimension,
		  const double *inverse)
{
	strcpy(f->reason, "weights run off");
	assert_int_equal(separation_reason(columns, dimension, f->direction,
									   inverse, &f->runtime, f->reason,
									   sizeof(f->reason), &f->failure),
					 LL_OK);
	return f->reason;
}

/* The direction of a term of a piece. */
static double *
term_of(Fixture *f, int piece, uint32_t place)
{
	return &f->direction[f->columns.pieces[piece].first + place];
}

static void
test_terms(void **state)
{
	Fixture f;

	open_fixture(&f);
	assert_string_equal(reason_of(&f, &f.columns, f.columns.width, NULL),
						"weights run off");
	*term_of(&f, P_CONTRACT, 1) = -1.0;
	*term_of(&f, P_AGE_NULL, 0) = 1.1;
	*term_of(&f, P_GRADE, 0) = 0.2;
	assert_string_equal(reason_of(&f, &f.columns, f.columns.width, NULL),
						BEGIN "age is null, contract=Two \"year\"<&>\x01");
	/* what has vanished is named beside what moves */
	*term_of(&f, P_MONTH, 2) = INFINITY;
	assert_string_equal(
		reason_of(&f, &f.columns, f.columns.width, NULL),
		BEGIN "age is null, contract=Two \"year\"<&>\x01, signup.month=12");
	for (uint32_t j = 0; j < f.columns.width; j++)
		f.direction[j] = 1.0;
	assert_non_null(
		strstr(reason_of(&f, &f.columns, f.columns.width, NULL), " more"));
	close_fixture(&f);
}

/* Where the bias goes one way and all levels back, it is the one without a term. */
static void
test_reference(void **state)
{
	Fixture f;
	const Piece *contract;

	open_fixture(&f);
	contract = &f.columns.pieces[P_CONTRACT];
	for (uint32_t i = 0; i < contract->terms; i++)
		f.direction[contract->first + i] = -1.0 - 0.01 * i;
	f.direction[f.columns.width] = 1.0;
	assert_string_equal(reason_of(&f, &f.columns, f.columns.width, NULL),
						BEGIN "contract=One year");
	f.direction[f.columns.width] = 0.0;
	assert_string_not_equal(reason_of(&f, &f.columns, f.columns.width, NULL),
							BEGIN "contract=One year");
	close_fixture(&f);
}

/* Features of arrays, by how far they move a margin. */
static void
test_arrays(void **state)
{
	static const double inverse[3] = {1e6, 1e-6, 0.0};
	Fixture f;

	open_fixture(&f);
	f.direction[0] = 1e6;
	f.direction[1] = 1e-6;
	f.direction[2] = 1e9;
	assert_string_equal(reason_of(&f, NULL, 3, inverse),
						BEGIN "feature 1, feature 2");
	assert_string_equal(reason_of(&f, NULL, 3, NULL), BEGIN "feature 3");
	close_fixture(&f);
}

/* Long names are cut between characters, and all that is said fits. */
static void
test_long_names(void **state)
{
	Fixture f;
	char name[COLUMN_NAME_SIZE], level[301];
	Piece *contract;

	open_fixture(&f);
	contract = &f.columns.pieces[P_CONTRACT];
	for (size_t i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xe2\x82\xac", 4);
	for (size_t i = 0; i < 300; i += 2)
		memcpy(level + i, "\xc3\xa4", 3);
	f.columns.columns[contract->column].name = name;
	for (uint32_t i = 0; i < contract->level_count; i++)
	{
		contract->levels[i].bytes = level;
		contract->levels[i].size = 300;
	}
	for (int reference = 0; reference < 2; reference++)
	{
		for (uint32_t i = 0; i < contract->terms; i++)
			f.direction[contract->first + i] = 1.0;
		f.direction[f.columns.width] = -reference;
		reason_of(&f, &f.columns, f.columns.width, NULL);
		assert_true(strlen(f.reason) < SEPARATION_REASON - 1);
		assert_true(utf8_is_valid(f.reason, strlen(f.reason)));
	}
	close_fixture(&f);
}

/* The most frequent outcome of what has no reference. */
static void
test_references(void **state)
{
	bool marked[128] = {false};
	Fixture f;
	uint32_t found = 0;

	open_fixture(&f);
	assert_false(piece_lacks_reference(&f.columns.pieces[P_CONTRACT]));
	assert_true(piece_lacks_reference(&f.columns.pieces[P_GRADE]));
	assert_false(piece_lacks_reference(&f.columns.pieces[P_NOTES]));
	assert_false(piece_lacks_reference(&f.columns.pieces[P_AGE_NULL]));
	columns_mark_references(&f.columns, marked);
	/* the last of three levels by rows, whose term is the first */
	assert_true(marked[f.columns.pieces[P_GRADE].first]);
	for (uint32_t p = 0; p < f.columns.piece_count; p++)
	{
		const Piece *piece = &f.columns.pieces[p];
		uint32_t here = 0;

		for (uint32_t i = 0; i < piece->terms; i++)
			here += marked[piece->first + i];
		assert_int_equal(here, piece_lacks_reference(piece) ? 1 : 0);
		found += here;
	}
	assert_true(found > 1);
	close_fixture(&f);
}

static void
test_no_memory(void **state)
{
	Status status = LL_NO_MEMORY;
	int failed = 0;
	Fixture f;

	open_fixture(&f);
	*term_of(&f, P_CONTRACT, 1) = 1.0;
	for (; status == LL_NO_MEMORY; failed++)
	{
		f.arena.allocations_left = failed;
		status = separation_reason(&f.columns, f.columns.width, f.direction,
								   NULL, &f.runtime, f.reason,
								   sizeof(f.reason), &f.failure);
	}
	assert_int_equal(status, LL_OK);
	assert_true(failed > 1);
	f.arena.allocations_left = -1;
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms),	   cmocka_unit_test(test_reference),
		cmocka_unit_test(test_arrays),	   cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_references), cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
