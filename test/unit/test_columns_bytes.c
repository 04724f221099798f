/*
 * test_columns_bytes.c
 *		A table's columns in a model's bytes: all that goes in comes out, and
 *		what does not fit together is refused, by the check that is meant to.
 */
#include "core/columns/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/utf8.h"
#include "core/columns/columns_check.h"
#include "core/model/checksum.h"
#include "core/model/model.h"
#include "mixed_columns.h"
#include "unit.h"

#define HEADER_SIZE 16
#define WEIGHTS_TAG 2
#define COLUMNS_TAG 17

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Model model;
	Columns columns;
	uint8_t *bytes;
	size_t size;
} Fixture;

static void
encode(Fixture *f)
{
	assert_int_equal(
		model_encode(&f->model, &f->runtime, &f->bytes, &f->size, &f->failure),
		LL_OK);
}

/* A model of as many features as columns make terms. */
static void
make_model(Fixture *f)
{
	Model *model = &f->model;
	uint32_t width = f->columns.width;

	model->predictor = PREDICTOR_REGRESSOR;
	model->loss = LOSS_SQUARED;
	model->format = ROWS_SPARSE;
	model->byte_unit = 1.0;
	model->texts_are_utf8 = true;
	model->dimension = width;
	model->outputs = 1;
	model->columns = &f->columns;
	model->weights = mixed_allocate(&f->runtime, width, sizeof(double));
	model->bias = mixed_allocate(&f->runtime, 1, sizeof(double));
	model->feature_mean = mixed_allocate(&f->runtime, width, sizeof(double));
	model->feature_deviation =
		mixed_allocate(&f->runtime, width, sizeof(double));
	model->label_deviation = 1.0;
	hyperparameters_init(&model->settings);
}

static void
open_fixture(Fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	mixed_columns(&f->runtime, &f->columns);
	f->columns.offset = "o\xc3\xa4";
	f->columns.exposure = "exposure";
	make_model(f);
	encode(f);
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

/* Decodes a copy that ends where its memory ends. */
static Status
decode_copy(const uint8_t *bytes, size_t size, const Runtime *runtime,
			Model *model, Failure *failure)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	Status status;

	memcpy(copy, bytes, size);
	memset(failure, 0, sizeof(*failure));
	status = model_decode(copy, size, runtime, model, failure);
	free(copy);
	return status;
}

static void
same_number(double a, double b)
{
	assert_true(a == b || (isnan(a) && isnan(b)));
}

static void
same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a, b);
}

static void
same_column(const Column *a, const Column *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->type, b->type);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->options.min_rows, b->options.min_rows);
	assert_int_equal(a->options.max_levels, b->options.max_levels);
	assert_int_equal(a->options.hash, b->options.hash);
	assert_int_equal(a->options.buckets, b->options.buckets);
	assert_int_equal(a->options.spline, b->options.spline);
	assert_int_equal(a->options.log, b->options.log);
	assert_int_equal(a->options.parts, b->options.parts);
	assert_int_equal(a->options.reference_size, b->options.reference_size);
	same_text(a->options.reference, b->options.reference);
	same_text(a->options.words, b->options.words);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->whole, b->whole);
	assert_int_equal(a->hours, b->hours);
	assert_true(a->rows == b->rows && a->nulls == b->nulls);
	same_number(a->mean, b->mean);
	same_number(a->deviation, b->deviation);
	same_number(a->minimum, b->minimum);
	same_number(a->maximum, b->maximum);
	for (int i = 0; i < COLUMN_DECILES; i++)
		same_number(a->deciles[i], b->deciles[i]);
	assert_int_equal(a->means == NULL, b->means == NULL);
	for (uint32_t i = 0; a->means != NULL && i < a->length; i++)
		same_number(a->means[i], b->means[i]);
}

static void
same_piece(const Piece *a, const Piece *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->column, b->column);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->terms, b->terms);
	assert_true(a->other_rows == b->other_rows &&
				a->null_rows == b->null_rows);
	assert_int_equal(a->other_term, b->other_term);
	assert_int_equal(a->null_term, b->null_term);
	assert_int_equal(a->member_count, b->member_count);
	for (uint32_t i = 0; i < a->member_count; i++)
		assert_int_equal(a->members[i], b->members[i]);
	assert_int_equal(a->cut_count, b->cut_count);
	for (uint32_t i = 0; i < a->cut_count; i++)
		same_number(a->cuts[i], b->cuts[i]);
	assert_int_equal(a->level_count, b->level_count);
	for (uint32_t i = 0; i < a->level_count; i++)
	{
		const Level *x = &a->levels[i], *y = &b->levels[i];

		assert_int_equal(x->size, y->size);
		assert_memory_equal(x->bytes, y->bytes, x->size);
		same_number(x->rank, y->rank);
		assert_true(x->rows == y->rows);
		assert_int_equal(x->term, y->term);
		assert_int_equal(piece_find_level(b, x->bytes, x->size), i);
	}
}

/* All comes out, and makes the same bytes again. */
static void
test_round_trip(void **state)
{
	uint8_t *again;
	size_t again_size;
	Model read;
	Fixture f;

	(void) state;
	open_fixture(&f);
	if (decode_copy(f.bytes, f.size, &f.runtime, &read, &f.failure) != LL_OK)
		fail_msg("%s: %s", f.failure.message, f.failure.detail);
	assert_non_null(read.columns);
	assert_int_equal(read.columns->count, COL_COUNT);
	assert_int_equal(read.columns->piece_count, P_COUNT);
	assert_int_equal(read.columns->width, f.columns.width);
	same_text(f.columns.offset, read.columns->offset);
	same_text(f.columns.exposure, read.columns->exposure);
	for (int i = 0; i < COL_COUNT; i++)
		same_column(&f.columns.columns[i], &read.columns->columns[i]);
	for (int i = 0; i < P_COUNT; i++)
		same_piece(&f.columns.pieces[i], &read.columns->pieces[i]);
	for (uint32_t i = 0; i < f.columns.width; i++)
		same_number(f.columns.center[i], read.columns->center[i]);
	assert_int_equal(
		model_encode(&read, &f.runtime, &again, &again_size, &f.failure),
		LL_OK);
	assert_int_equal(again_size, f.size);
	assert_memory_equal(again, f.bytes, f.size);
	close_fixture(&f);
}

/* A model without columns has no section of them. */
static void
test_without(void **state)
{
	size_t with;
	Model read;
	Fixture f;

	(void) state;
	open_fixture(&f);
	with = f.size;
	f.model.columns = NULL;
	encode(&f);
	assert_true(f.size < with);
	assert_int_equal(
		decode_copy(f.bytes, f.size, &f.runtime, &read, &f.failure), LL_OK);
	assert_null(read.columns);
	close_fixture(&f);
}

/* What is damaged, before it is written. */
typedef enum Place
{
	OF_MODEL,
	OF_COLUMNS,
	OF_COLUMN,
	OF_PIECE,
	OF_LEVEL,
	OF_CUT,
	OF_MEMBER,
	OF_CENTER,
	OF_MEANS
} Place;

typedef struct Damage
{
	Place place;
	int item; /* column, piece or term */
	int part; /* level, cut or member */
	size_t offset;
	size_t size;
	union
	{
		uint32_t whole;
		uint64_t large;
		double number;
		const char *text;
	} value;
	const char *why; /* what the failure's detail begins with */
} Damage;

#define FIELD(type, field) offsetof(type, field), sizeof(((type *) 0)->field)
#define IN_MODEL(field) OF_MODEL, 0, 0, FIELD(Model, field)
#define IN_COLUMNS(field) OF_COLUMNS, 0, 0, FIELD(Columns, field)
#define IN_COLUMN(item, field) OF_COLUMN, item, 0, FIELD(Column, field)
#define IN_PIECE(item, field) OF_PIECE, item, 0, FIELD(Piece, field)
#define IN_LEVEL(item, part, field) OF_LEVEL, item, part, FIELD(Level, field)
#define AT_CUT(item, part) OF_CUT, item, part, 0, sizeof(double)
#define AT_MEMBER(part) OF_MEMBER, P_CROSS, part, 0, sizeof(uint32_t)
#define AT_CENTER(term) OF_CENTER, 0, term, 0, sizeof(double)
#define AT_MEAN(part) OF_MEANS, COL_PIXELS, part, 0, sizeof(double)

#define WHOLE(value)                                                          \
	{                                                                         \
		.whole = value                                                        \
	}
#define LARGE(value)                                                          \
	{                                                                         \
		.large = value                                                        \
	}
#define NUMBER(value)                                                         \
	{                                                                         \
		.number = value                                                       \
	}
#define TEXT(value)                                                           \
	{                                                                         \
		.text = value                                                         \
	}

#define NAME_OF_255                                                           \
	"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" \
	"zz"                                                                      \
	"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" \
	"zz"                                                                      \
	"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz" \
	"zz"                                                                      \
	"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

/* Codes of crosses. */
static const uint32_t beyond_null[] = {5, 1}, beyond_second[] = {2, 5};

static const Damage damages[] = {
	{IN_MODEL(format), WHOLE(ROWS_F32), "It has columns where"},
	{IN_MODEL(format), WHOLE(ROWS_U8), "It has columns where"},
	{IN_COLUMNS(width), WHOLE(60), "Its columns do not make"},
	{IN_COLUMN(0, name), TEXT(""), "A column has a name of no"},
	{IN_COLUMN(9, name), TEXT(NAME_OF_255 "z"), "A column has a name of no"},
	{IN_COLUMN(9, name), TEXT("\xff"), "A text of its columns is not UTF-8"},
	{IN_COLUMN(3, type), TEXT("\xc0\x80"), "A text of its columns is not"},
	{IN_COLUMN(1, options.reference), TEXT("One ye\xe4r"), "A text of its"},
	{IN_COLUMN(1, options.reference), TEXT("One\0year"), "A text of its"},
	{IN_COLUMN(4, options.words), TEXT("\xed\xa0\x80"), "A text of its"},
	{IN_COLUMN(1, name), TEXT("age"), "Columns are not in the order"},
	{IN_COLUMN(1, name), TEXT("aga"), "Columns are not in the order"},
	{IN_COLUMN(1, name), TEXT("z"), "Columns are not in the order"},
	{IN_COLUMN(2, kind), WHOLE(COLUMN_KINDS), ""},
	{IN_COLUMN(6, options.parts), WHOLE(16), "A column has unknown parts"},
	{IN_COLUMN(4, mean), NUMBER(INFINITY), "A column's mean, deviation"},
	{IN_COLUMN(0, deviation), NUMBER(-1), "A column's mean, deviation"},
	{IN_COLUMN(9, options.hash), WHOLE(257), "A level is none of its kind"},
	{IN_COLUMN(9, options.hash), WHOLE(0), "A level is none of its kind"},
	{IN_COLUMN(1, options.hash), WHOLE(9), "A level is none of its kind"},
	{IN_COLUMN(0, minimum), NUMBER(1e300), "A column's mean, deviation"},
	{IN_COLUMN(0, deciles[3]), NUMBER(100), "A column's deciles"},
	{IN_COLUMN(0, mean), NUMBER(NAN), "A column of numbers has no mean"},
	{IN_COLUMN(2, mean), NUMBER(NAN), "A column of numbers has no mean"},
	{IN_COLUMN(6, mean), NUMBER(NAN), "A column of numbers has no mean"},
	{IN_COLUMN(5, means), LARGE(0), "A column of arrays has no means"},
	{IN_COLUMN(8, length), WHOLE(4), "A piece has terms of nothing"},
	{AT_MEAN(2), NUMBER(NAN), "A mean of a column's elements"},
	{AT_CENTER(0), NUMBER(INFINITY), "A center is not finite"},
	{AT_CENTER(2), NUMBER(NAN), "A center is not finite"},

	/* pieces: kinds and columns */
	{IN_PIECE(P_AGE, kind), WHOLE(PIECE_KINDS), ""},
	{IN_PIECE(P_AGE, column), WHOLE(COL_COUNT), "A piece is of no known"},
	{IN_PIECE(P_AGE, column), WHOLE(UINT32_MAX), "A piece is of no known"},
	{IN_PIECE(P_AGE, column), WHOLE(COL_CONTRACT), "A piece is of a column"},
	{IN_PIECE(P_FLAG, column), WHOLE(COL_VECTOR), "A piece is of a column"},
	{IN_PIECE(P_CONTRACT, column), WHOLE(COL_TAGS), "A piece is of a column"},
	{IN_PIECE(P_AGE_BUCKETS, column), WHOLE(COL_TAGS), "A piece is of a col"},
	{IN_PIECE(P_AGE_SPLINE, column), WHOLE(COL_PIXELS), "A piece is of a col"},
	{IN_PIECE(P_MONTH, column), WHOLE(COL_AGE), "A piece is of a column"},
	{IN_PIECE(P_WEEKDAY, column), WHOLE(COL_AGE), "A piece is of a column"},
	{IN_PIECE(P_HOUR, column), WHOLE(COL_AGE), "A piece is of a column"},
	{IN_PIECE(P_NOTES, column), WHOLE(COL_TAGS), "A piece is of a column"},
	{IN_PIECE(P_TAGS, column), WHOLE(COL_NOTES), "A piece is of a column"},
	{IN_PIECE(P_PIXELS, column), WHOLE(COL_VECTOR), "A piece is of a column"},
	{IN_PIECE(P_VECTOR, column), WHOLE(COL_PIXELS), "A piece is of a column"},

	/* terms */
	{IN_PIECE(P_AGE_NULL, first), WHOLE(0), "Pieces are not in the order"},
	{IN_PIECE(P_AGE_NULL, first), WHOLE(2), "Pieces are not in the order"},
	{IN_PIECE(P_AGE, terms), WHOLE(2), "Pieces are not in the order"},
	{IN_PIECE(P_CROSS, terms), WHOLE(3), "Pieces are not in the order"},
	{IN_PIECE(P_CROSS, terms), WHOLE(5), "A piece has terms beyond"},
	{IN_PIECE(P_CONTRACT, other_term), WHOLE(1), "A piece has terms of"},
	{IN_PIECE(P_CONTRACT, other_term), WHOLE(3), "A piece has terms of"},
	{IN_PIECE(P_CONTRACT, other_term), WHOLE(4), "A piece has terms of"},
	{IN_PIECE(P_CONTRACT, null_term), WHOLE(-2), "A piece has terms of"},
	{IN_PIECE(P_CONTRACT, null_term), WHOLE(-1), "A piece has terms of"},
	{IN_PIECE(P_AGE, other_term), WHOLE(0), "A piece has terms of nothing"},
	{IN_PIECE(P_AGE_NULL, null_term), WHOLE(0), "A piece has terms of"},
	{IN_PIECE(P_VECTOR, null_term), WHOLE(0), "A piece has terms of nothing"},
	{IN_PIECE(P_ZIP, null_term), WHOLE(5), "A piece has terms of nothing"},
	{IN_LEVEL(P_CONTRACT, 0, term), WHOLE(1), "A piece has terms of"},
	{IN_LEVEL(P_CONTRACT, 0, term), WHOLE(4), "A piece has terms of"},
	{IN_LEVEL(P_CONTRACT, 2, term), WHOLE(-1), "A piece has terms of"},
	{IN_LEVEL(P_CONTRACT, 2, term), WHOLE(-2), "A level has a term"},
	{IN_LEVEL(P_CONTRACT, 2, term), WHOLE(INT32_MAX), "A level has a term"},
	{IN_LEVEL(P_CROSS, 2, term), WHOLE(3), "A piece has terms of"},

	/* levels */
	{IN_LEVEL(P_CONTRACT, 0, bytes), TEXT("Zonth-to-month"), "Levels are"},
	{IN_LEVEL(P_TAGS, 1, bytes), TEXT("x"), "Levels are not in their order"},
	{IN_LEVEL(P_TAGS, 1, bytes), TEXT("\xc3"), "A level is none of its kind"},
	{IN_LEVEL(P_NOTES, 2, bytes), TEXT("h\0use"), "A level is none of its"},
	{IN_LEVEL(P_CONTRACT, 2, bytes), TEXT("T\xf5o years, say"),
	 "A level is none"},
	{IN_LEVEL(P_GRADE, 0, rank), NUMBER(NAN), "Levels are not in their"},
	{IN_LEVEL(P_GRADE, 2, rank), NUMBER(INFINITY), "A level is too long"},
	{IN_LEVEL(P_GRADE, 2, rank), NUMBER(-2), "Levels are not in their order"},
	{IN_LEVEL(P_GRADE, 2, bytes), TEXT("poor"), "Two levels are the same"},
	{IN_LEVEL(P_MONTH, 0, bytes), TEXT("\0\0\0\0"), "A level is none of its"},
	{IN_LEVEL(P_MONTH, 2, bytes), TEXT("\x0d\0\0\0"), "A level is none of"},
	{IN_LEVEL(P_WEEKDAY, 0, bytes), TEXT("\0\0\0\0"), "A level is none of"},
	{IN_LEVEL(P_WEEKDAY, 1, bytes), TEXT("\x08\0\0\0"), "A level is none of"},
	{IN_LEVEL(P_HOUR, 1, bytes), TEXT("\x18\0\0\0"), "A level is none of its"},
	{IN_LEVEL(P_AGE_BUCKETS, 2, bytes), TEXT("\4\0\0\0"), "A level is none"},
	{IN_LEVEL(P_MONTH, 2, size), WHOLE(3), "A level is none of its kind"},
	{IN_LEVEL(P_CROSS, 2, size), WHOLE(4), "A level is none of its kind"},
	{IN_LEVEL(P_CROSS, 2, bytes), TEXT((const char *) beyond_null),
	 "A level is none of its kind"},
	{IN_LEVEL(P_CROSS, 0, bytes), TEXT((const char *) beyond_second),
	 "A level is none of its kind"},

	/* cuts and members */
	{AT_CUT(P_AGE_BUCKETS, 0), NUMBER(NAN), "Cuts are not in their order"},
	{AT_CUT(P_AGE_BUCKETS, 0), NUMBER(30), "Cuts are not in their order"},
	{AT_CUT(P_AGE_SPLINE, 3), NUMBER(INFINITY), "Cuts are not in their order"},
	{IN_PIECE(P_AGE_SPLINE, cut_count), WHOLE(3), "A piece has terms of"},
	{IN_PIECE(P_AGE_BUCKETS, cut_count), WHOLE(2), "A level is none of its"},
	{AT_MEMBER(0), WHOLE(P_CROSS), "A cross has members that"},
	{AT_MEMBER(0), WHOLE(UINT32_MAX), "A cross has members that"},
	{AT_MEMBER(0), WHOLE(P_NOTES), "A cross has members that"},
	{AT_MEMBER(0), WHOLE(P_TAGS), "A cross has members that"},
	{AT_MEMBER(1), WHOLE(P_AGE), "A cross has members that"},
	{AT_MEMBER(1), WHOLE(P_PIXELS), "A cross has members that"},
	{IN_PIECE(P_CROSS, member_count), WHOLE(0), "A cross has members that"},
	{IN_PIECE(P_CROSS, member_count), WHOLE(1), "A cross has members that"},
};

static void *
place_of(Fixture *f, const Damage *damage)
{
	Columns *columns = &f->columns;
	Piece *piece = &columns->pieces[damage->item];

	switch (damage->place)
	{
		case OF_MODEL:
			return &f->model;
		case OF_COLUMNS:
			return columns;
		case OF_COLUMN:
			return &columns->columns[damage->item];
		case OF_PIECE:
			return piece;
		case OF_LEVEL:
			return &piece->levels[damage->part];
		case OF_CUT:
			return &piece->cuts[damage->part];
		case OF_MEMBER:
			return &piece->members[damage->part];
		case OF_CENTER:
			return &columns->center[damage->part];
		case OF_MEANS:
			return &columns->columns[damage->item].means[damage->part];
	}
	return NULL;
}

/* Each damage is refused, by its own check. */
static void
test_damages(void **state)
{
	(void) state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
	{
		const Damage *damage = &damages[i];
		Fixture f;
		Model read;

		open_fixture(&f);
		memcpy((char *) place_of(&f, damage) + damage->offset, &damage->value,
			   damage->size);
		encode(&f);
		if (decode_copy(f.bytes, f.size, &f.runtime, &read, &f.failure) !=
				LL_MALFORMED ||
			strncmp(f.failure.detail, damage->why, strlen(damage->why)) != 0)
			fail_msg("damage %zu, %s: found \"%s: %s\"", i, damage->why,
					 f.failure.message, f.failure.detail);
		close_fixture(&f);
	}
}

/* A name may be as long as names are. */
static void
test_longest_name(void **state)
{
	Fixture f;
	Model read;

	(void) state;
	open_fixture(&f);
	f.columns.columns[COL_ZIP].name = NAME_OF_255;
	assert_int_equal(strlen(NAME_OF_255), COLUMN_NAME_SIZE - 1);
	encode(&f);
	assert_int_equal(
		decode_copy(f.bytes, f.size, &f.runtime, &read, &f.failure), LL_OK);
	assert_int_equal(
		columns_find(read.columns, NAME_OF_255, COLUMN_NAME_SIZE - 1),
		COL_ZIP);
	close_fixture(&f);
}

/* Where a section's payload starts, and its length. */
static size_t
find_section(const uint8_t *bytes, size_t size, uint32_t tag, uint64_t *length)
{
	for (size_t at = HEADER_SIZE; at + 16 <= size;)
	{
		uint32_t found;

		memcpy(&found, bytes + at, 4);
		memcpy(length, bytes + at + 8, 8);
		if (found == tag)
			return at + 16;
		at += 16 + ((size_t) *length + 7) / 8 * 8;
	}
	fail_msg("no section %u", tag);
	return 0;
}

static void
fix_checksum(uint8_t *bytes, size_t size)
{
	uint32_t crc = model_crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE, NULL);

	memcpy(bytes + 8, &crc, sizeof(crc));
}

/* An arena that knows how much it gave. */
typedef struct CountingArena
{
	MallocArena arena;
	Runtime inner;
	size_t allocated;
} CountingArena;

static void *
count_allocation(void *context, size_t size)
{
	CountingArena *counting = context;

	counting->allocated += size;
	return runtime_allocate(&counting->inner, size);
}

static void
release_counted(void *context, void *pointer)
{
	runtime_release(&((CountingArena *) context)->inner, pointer);
}

/*
 * Numbers at every place of the section: refused or usable, and what they make
 * us allocate is of the order of the bytes.
 */
static void
test_numbers_everywhere(void **state)
{
	static const uint32_t values[] = {UINT32_MAX, INT32_MAX, 0x00ffffff, 1000,
									  64,		  1,		 0};
	uint64_t length;
	size_t start;
	Fixture f;

	(void) state;
	open_fixture(&f);
	start = find_section(f.bytes, f.size, COLUMNS_TAG, &length);
	for (size_t at = start; at + 4 <= start + length; at++)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		{
			CountingArena counting = {.allocated = 0};
			Runtime runtime = {&counting, count_allocation, release_counted,
							   NULL};
			uint32_t before;
			Failure failure;
			Status status;
			Model read;

			counting.inner = malloc_runtime(&counting.arena);
			memcpy(&before, f.bytes + at, 4);
			memcpy(f.bytes + at, &values[i], 4);
			fix_checksum(f.bytes, f.size);
			status = decode_copy(f.bytes, f.size, &runtime, &read, &failure);
			assert_true(status == LL_OK || status == LL_MALFORMED);
			assert_true(counting.allocated < 16 * f.size);
			memcpy(f.bytes + at, &before, 4);
			malloc_arena_free(&counting.arena);
		}
	close_fixture(&f);
}

/* The section ends early at every place, or late. */
static void
test_truncated(void **state)
{
	uint64_t length;
	size_t start;
	Fixture f;
	Model read;

	(void) state;
	open_fixture(&f);
	start = find_section(f.bytes, f.size, COLUMNS_TAG, &length);
	for (uint64_t shorter = 0; shorter < length; shorter++)
	{
		size_t size = start + (size_t) shorter;

		memcpy(f.bytes + start - 8, &shorter, 8);
		fix_checksum(f.bytes, size);
		assert_int_equal(
			decode_copy(f.bytes, size, &f.runtime, &read, &f.failure),
			LL_MALFORMED);
	}
	f.bytes = memcpy(malloc(f.size + 8), f.bytes, f.size);
	memset(f.bytes + f.size, 0, 8);
	length = f.size - start + 8;
	memcpy(f.bytes + start - 8, &length, 8);
	fix_checksum(f.bytes, f.size + 8);
	assert_int_equal(
		decode_copy(f.bytes, f.size + 8, &f.runtime, &read, &f.failure),
		LL_MALFORMED);
	assert_string_equal(f.failure.detail, "Something follows its columns.");
	free(f.bytes);
	close_fixture(&f);
}

/* Columns before the weights would be believed about their number. */
static void
test_before_weights(void **state)
{
	uint64_t length, weights;
	size_t at, to;
	uint8_t *moved;
	Fixture f;
	Model read;

	(void) state;
	open_fixture(&f);
	at = find_section(f.bytes, f.size, COLUMNS_TAG, &length) - 16;
	to = find_section(f.bytes, f.size, WEIGHTS_TAG, &weights) - 16;
	moved = malloc(f.size);
	memcpy(moved, f.bytes, to);
	memcpy(moved + to, f.bytes + at, f.size - at);
	memcpy(moved + to + f.size - at, f.bytes + to, at - to);
	fix_checksum(moved, f.size);
	assert_int_equal(decode_copy(moved, f.size, &f.runtime, &read, &f.failure),
					 LL_MALFORMED);
	assert_non_null(strstr(f.failure.detail, "where it cannot have them"));
	free(moved);
	close_fixture(&f);
}

/* A model of nothing but many words. */
static void
open_words(Fixture *f, uint32_t count)
{
	static Column column = {
		.name = "w", .type = "tsvector", .kind = COLUMN_WORDS};
	Piece *piece;

	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	piece = mixed_allocate(&f->runtime, 1, sizeof(Piece));
	*piece = (Piece){.kind = PIECE_WORDS,
					 .terms = count,
					 .level_count = count,
					 .other_term = -1,
					 .null_term = -1};
	piece->levels = mixed_allocate(&f->runtime, count, sizeof(Level));
	for (uint32_t i = 0; i < count; i++)
	{
		char *bytes = runtime_allocate(&f->runtime, 16);

		snprintf(bytes, 16, "%08u", i);
		piece->levels[i] =
			(Level){.bytes = bytes, .size = 8, .rows = 5, .term = (int32_t) i};
	}
	f->columns = (Columns){.columns = &column,
						   .count = 1,
						   .pieces = piece,
						   .piece_count = 1,
						   .width = count};
	f->columns.center = mixed_allocate(&f->runtime, count, sizeof(double));
	make_model(f);
	encode(f);
}

/* A word takes two bytes more than its own. */
static void
test_many_words(void **state)
{
	enum
	{
		WORDS = 1 << 17
	};
	uint64_t length;
	Fixture f;
	Model read;

	(void) state;
	open_words(&f, WORDS);
	(void) find_section(f.bytes, f.size, COLUMNS_TAG, &length);
	assert_true(length < 10 * WORDS + 1000);
	assert_int_equal(
		decode_copy(f.bytes, f.size, &f.runtime, &read, &f.failure), LL_OK);
	same_piece(&f.columns.pieces[0], &read.columns->pieces[0]);
	close_fixture(&f);
}

/* A runtime that wants to stop when it was asked so often. */
typedef struct Impatient
{
	MallocArena arena;
	Runtime inner;
	int patience;
} Impatient;

static void
release_impatiently(void *context, void *pointer)
{
	runtime_release(&((Impatient *) context)->inner, pointer);
}

static void *
allocate_impatiently(void *context, size_t size)
{
	return runtime_allocate(&((Impatient *) context)->inner, size);
}

static bool
grow_impatient(void *context)
{
	return ((Impatient *) context)->patience-- <= 0;
}

/* Wherever it is interrupted, it says so. */
static void
test_interrupted(void **state)
{
	int asked = 0;
	Status status;
	Fixture f;

	(void) state;
	open_words(&f, 1 << 17);
	do
	{
		Impatient host = {.patience = asked++};
		Runtime runtime = {&host, allocate_impatiently, release_impatiently,
						   grow_impatient};
		Model read;

		host.inner = malloc_runtime(&host.arena);
		status = decode_copy(f.bytes, f.size, &runtime, &read, &f.failure);
		assert_true(status == LL_OK || status == LL_CANCELLED);
		malloc_arena_free(&host.arena);
	} while (status != LL_OK);
	assert_true(asked > 20);
	close_fixture(&f);
}

/* Each allocation fails in its turn, of reading and of writing. */
static void
test_no_memory(void **state)
{
	Fixture f;
	Model read;
	Status status = LL_NO_MEMORY;

	(void) state;
	open_fixture(&f);
	for (long allowed = 0; status != LL_OK; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);

		arena.allocations_left = allowed;
		status = decode_copy(f.bytes, f.size, &runtime, &read, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
	status = LL_NO_MEMORY;
	for (long allowed = 0; status != LL_OK; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t *bytes;
		size_t size;

		arena.allocations_left = allowed;
		status = model_encode(&f.model, &runtime, &bytes, &size, &f.failure);
		assert_true(status == LL_OK || status == LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
	close_fixture(&f);
}

/* The checks of a plan are those of its bytes. */
static void
test_check(void **state)
{
	const char *why;
	Fixture f;

	(void) state;
	open_fixture(&f);
	assert_int_equal(columns_check(&f.columns, &f.runtime, &why), LL_OK);
	f.columns.pieces[P_TAGS].other_term = 0;
	assert_int_equal(columns_check(&f.columns, &f.runtime, &why),
					 LL_MALFORMED);
	assert_string_equal(why, "A piece has terms of nothing.");
	close_fixture(&f);
}

/* UTF-8: the shortest forms of characters that there are. */
static void
test_utf8(void **state)
{
	static const char *const right[] = {"",
										"a",
										"\x7f",
										"\xc2\x80",
										"\xdf\xbf",
										"\xe0\xa0\x80",
										"\xed\x9f\xbf",
										"\xee\x80\x80",
										"\xef\xbf\xbf",
										"\xf0\x90\x80\x80",
										"\xf4\x8f\xbf\xbf"};
	static const char *const wrong[] = {"\x80",
										"\xbf",
										"\xc0\x80",
										"\xc1\xbf",
										"\xc2",
										"\xc2\x41",
										"\xe0\x9f\xbf",
										"\xe1\x80",
										"\xe1\x80\x41",
										"\xed\xa0\x80",
										"\xf0\x8f\xbf\xbf",
										"\xf0\x90\x80",
										"\xf4\x90\x80\x80",
										"\xf5\x80\x80\x80",
										"\xff",
										"a\xfe"};

	(void) state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_true(utf8_is_valid(right[i], strlen(right[i])));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(utf8_is_valid(wrong[i], strlen(wrong[i])));
	assert_false(utf8_is_valid("a\0b", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_damages),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_numbers_everywhere),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_before_weights),
		cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
