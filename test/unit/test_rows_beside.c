/*
 * test_rows_beside.c
 *		Rows as they come, with a thread beside that makes pages and hashes.
 */
#include "core/base/aside.h"
#include "core/base/random.h"
#include "core/rows/rows.h"
#include "unit.h"

/* What a host that expects is asked, and the thread that it has. */
typedef struct Asked
{
	MallocArena arena;
	Runtime inner;
	Aside aside;
	size_t ranges;
	size_t bytes;
} Asked;

static void *
ask_allocate(void *context, size_t size)
{
	const Runtime *inner = &((Asked *) context)->inner;

	return inner->allocate(inner->context, size);
}

static void
ask_release(void *context, void *pointer)
{
	const Runtime *inner = &((Asked *) context)->inner;

	inner->release(inner->context, pointer);
}

static void
ask_expect(void *context, void *pointer, size_t size)
{
	Asked *asked = context;

	assert_true(size > 0 && size <= RUNTIME_HUGE_PAGE);
	memset(pointer, 0x55, size); /* it is there, and nothing is in it yet */
	asked->ranges++;
	asked->bytes += size;
}

static Aside *
ask_aside(void *context)
{
	return &((Asked *) context)->aside;
}

/* Pages are asked for before rows come to them; arrays keep what they hold. */
static void
test_host(void **state)
{
	enum
	{
		COUNT = 300000,
		WIDE = 20
	};
	Asked asked = {0};
	Runtime runtime = {&asked, ask_allocate, ask_release,
					   NULL,   ask_expect,	 NULL};
	Failure failure;
	Rows rows;

	(void) state;
	asked.inner = malloc_runtime(&asked.arena);
	rows_init(&rows, &runtime, ROWS_F64, WIDE);
	for (uint64_t i = 0; i < COUNT; i++)
	{
		double x[WIDE];

		for (uint64_t j = 0; j < WIDE; j++)
			x[j] = (double) (i * WIDE + j);
		assert_int_equal(rows_append(&rows, &(RowView){.dense = x}, (double) i,
									 i, 1.0f, &failure),
						 LL_OK);
	}
	for (uint64_t i = 0; i < COUNT; i++)
	{
		const double *x = rows_view(&rows, i).dense;

		assert_true(rows.labels[i] == (double) i && rows.hashes[i] == i);
		for (uint64_t j = 0; j < WIDE; j++)
			assert_true(x[j] == (double) (i * WIDE + j));
	}
	/* Arrays begin at huge pages. */
	assert_true((uintptr_t) rows.labels % RUNTIME_HUGE_PAGE == 0);
	assert_true((uintptr_t) rows.records % RUNTIME_HUGE_PAGE == 0);
	assert_true((uintptr_t) rows.hashes % RUNTIME_HUGE_PAGE == 0);
	/* All pages but the first of each piece, and few that no row came to. */
	assert_true(asked.ranges > 10);
	assert_true(asked.bytes < rows.record_bytes + 7 * RUNTIME_HUGE_PAGE);
	assert_true(asked.bytes > rows.record_bytes / 2);
	rows_release(&rows);
	malloc_arena_free(&asked.arena);
}

/* Hashes that a thread beside makes while rows come are those of one thread. */
static void
test_beside(void **state)
{
	enum
	{
		COUNT = 300000,
		WIDE = 20
	};
	Asked asked = {0};
	Runtime runtime = {&asked, ask_allocate, ask_release,
					   NULL,   NULL,		 ask_aside};
	Failure failure;
	Rows beside, alone;
	bool seen = false;

	(void) state;
	asked.inner = malloc_runtime(&asked.arena);
	assert_true(aside_start(&asked.aside));
	rows_init(&beside, &runtime, ROWS_F64, WIDE);
	rows_init(&alone, &asked.inner, ROWS_F64, WIDE);
	for (uint64_t i = 0; i < COUNT; i++)
	{
		double x[WIDE];
		/* Arrays of weights and offsets come late, and hashes change. */
		float weight = i > COUNT / 2 && i % 3 == 0 ? 2.0f : 1.0f;
		double offset = i > COUNT / 3 && i % 5 == 0 ? 1.5 : 0.0;
		RowView row = {.dense = x};

		for (uint64_t j = 0; j < WIDE; j++)
			x[j] = (double) random_bits(3, i * WIDE + j) * 1e-9;
		assert_int_equal(rows_append(&beside, &row, 0.0, i, weight, &failure),
						 LL_OK);
		assert_int_equal(rows_append(&alone, &row, 0.0, i, weight, &failure),
						 LL_OK);
		assert_int_equal(rows_give_offset(&beside, offset, &failure), LL_OK);
		assert_int_equal(rows_give_offset(&alone, offset, &failure), LL_OK);
		if (i == COUNT * 3 / 4) /* as when rows are spilled on the way */
			assert_int_equal(rows_hash(&beside, NULL, &failure), LL_OK);
		seen = seen || beside.handed > 0;
	}
	assert_true(seen);
	assert_int_equal(rows_hash(&beside, NULL, &failure), LL_OK);
	assert_int_equal(rows_hash(&alone, NULL, &failure), LL_OK);
	assert_int_equal(beside.hashed, COUNT);
	assert_memory_equal(beside.hashes, alone.hashes, COUNT * sizeof(uint64_t));
	assert_true(beside.fingerprint == alone.fingerprint);
	assert_true(beside.magnitudes.least == alone.magnitudes.least &&
				beside.magnitudes.largest == alone.magnitudes.largest);
	rows_release(&beside);
	rows_release(&alone);
	aside_end(&asked.aside);
	malloc_arena_free(&asked.arena);
}

/* A store may go, or its thread end, with rows handed over that have no hashes. */
static void
test_beside_ends(void **state)
{
	enum
	{
		COUNT = 100000,
		WIDE = 20
	};
	double x[WIDE] = {1.0, -3.0};

	(void) state;
	for (int first = 0; first < 2; first++)
	{
		Asked asked = {0};
		Runtime runtime = {&asked, ask_allocate, ask_release,
						   NULL,   NULL,		 ask_aside};
		Failure failure;
		Rows rows;

		asked.inner = malloc_runtime(&asked.arena);
		assert_true(aside_start(&asked.aside));
		rows_init(&rows, &runtime, ROWS_F64, WIDE);
		for (uint64_t i = 0; i < COUNT; i++)
			assert_int_equal(rows_append(&rows, &(RowView){.dense = x}, 0.0, i,
										 1.0f, &failure),
							 LL_OK);
		assert_true(rows.handed > 0);
		if (first == 0)
			aside_end(&asked.aside);
		else
		{
			rows_release(&rows);
			aside_end(&asked.aside);
			malloc_arena_free(&asked.arena);
			continue;
		}
		assert_int_equal(rows_hash(&rows, NULL, &failure), LL_OK);
		for (uint64_t i = 0; i < COUNT; i++)
			assert_true(rows.hashes[i] ==
						rows_record_hash(x, sizeof(x), i, 1.0f));
		assert_true(rows.magnitudes.largest == 3.0);
		rows_release(&rows);
		malloc_arena_free(&asked.arena);
	}
}

/* Work of a thread beside: it counts to what it was told. */
typedef struct Counting
{
	unsigned to; /* atomic */
	unsigned at;
	unsigned step;
} Counting;

static bool
count(void *work)
{
	Counting *counting = work;
	unsigned to = __atomic_load_n(&counting->to, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < counting->step && counting->at < to; i++)
		counting->at++;
	return counting->at < to;
}

/* Steps rest while held, and after work was taken back. */
static void
test_hold(void **state)
{
	enum
	{
		ROUNDS = 2000
	};
	Aside aside;
	Counting counting[ASIDE_WORKS + 1] = {{0}};

	(void) state;
	assert_true(aside_start(&aside));
	for (size_t i = 0; i < ASIDE_WORKS; i++)
		counting[i].step = (unsigned) i + 1;
	for (unsigned round = 1; round <= ROUNDS; round++)
	{
		for (size_t i = 0; i < ASIDE_WORKS; i++)
		{
			__atomic_store_n(&counting[i].to, 5 * round, __ATOMIC_RELAXED);
			assert_true(aside_hand(&aside, count, &counting[i]));
		}
		assert_false(aside_hand(&aside, count, &counting[ASIDE_WORKS]));
		if (round % 7 != 0)
			continue;
		aside_hold(&aside);
		for (size_t i = 0; i < ASIDE_WORKS; i++)
		{
			assert_true(counting[i].at <= 5 * round);
			counting[i].at = 0;
		}
		aside_let_go(&aside);
	}
	for (size_t i = 0; i < ASIDE_WORKS; i++)
	{
		aside_take_back(&aside, &counting[i]);
		counting[i].at = 7;
	}
	assert_true(aside_hand(&aside, count, &counting[ASIDE_WORKS]));
	aside_take_back(&aside, &counting[ASIDE_WORKS]);
	aside_take_back(&aside, &counting[0]); /* which it has not */
	aside_end(&aside);
	for (size_t i = 0; i < ASIDE_WORKS; i++)
		assert_int_equal(counting[i].at, 7);
	/* Once it has ended nobody takes anything. */
	assert_false(aside_hand(&aside, count, &counting[0]));
	aside_hold(&aside);
	aside_let_go(&aside);
	aside_take_back(&aside, &counting[0]);
	aside_end(&aside);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_beside_ends),
		cmocka_unit_test(test_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
