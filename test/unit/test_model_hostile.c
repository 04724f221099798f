/*
 * test_model_hostile.c
 *		Bytes of models that were cut, changed or made up.
 */
#include "core/model/checksum.h"

#include "model_fixture.h"

static void
truncate_everywhere(Fixture *f)
{
	for (size_t size = 0; size < f->size; size++)
	{
		assert_int_equal(decode_copy(f->bytes, size, &f->failure),
						 LL_MALFORMED);
		assert_true(f->failure.message[0] != '\0');
	}
}

static void
test_truncated(void **state)
{
	(void) state;
	for_each_model(truncate_everywhere);
}

/* The checksum is CRC-32C: "123456789" gives 0xe3069283. */
static void
checksum(Fixture *f)
{
	assert_true(crc32c((const uint8_t *) "123456789", 9) ==
				UINT32_C(0xe3069283));
	assert_true(model_checksum(f->bytes, f->size) ==
				crc32c(f->bytes + HEADER_SIZE, f->size - HEADER_SIZE));
}

static void
test_checksum(void **state)
{
	(void) state;
	for_each_model(checksum);
}

/* A changed bit anywhere is an error. */
static void
flip_everywhere(Fixture *f)
{
	for (size_t i = 0; i < f->size; i++)
	{
		uint8_t flip = (uint8_t) (1 << i % 8);

		f->bytes[i] ^= flip;
		assert_int_equal(decode_copy(f->bytes, f->size, &f->failure),
						 LL_MALFORMED);
		f->bytes[i] ^= flip;
	}
}

static void
test_flipped(void **state)
{
	(void) state;
	for_each_model(flip_everywhere);
}

/* Each byte with the checksum made right: refused or usable, never a crash. */
static void
poke_everywhere(Fixture *f)
{
	static const uint8_t pokes[] = {0x00, 0x01, 0xff};

	for (size_t i = HEADER_SIZE; i < f->size; i++)
	{
		uint8_t before = f->bytes[i];

		f->bytes[i] = pokes[(i + i / 8) % 3];
		fix_checksum(f->bytes, f->size);
		(void) decode_copy(f->bytes, f->size, &f->failure);
		f->bytes[i] = before;
	}
	fix_checksum(f->bytes, f->size);
	assert_int_equal(decode_copy(f->bytes, f->size, &f->failure), LL_OK);
}

static void
test_poked(void **state)
{
	(void) state;
	for_each_model(poke_everywhere);
}

/* Where a section starts, and its length with header and padding; 0: absent. */
static size_t
find_section(const uint8_t *bytes, size_t size, uint32_t tag, size_t *length)
{
	for (size_t at = HEADER_SIZE; at + 16 <= size; at += *length)
	{
		uint32_t found;
		uint64_t payload;

		memcpy(&found, bytes + at, 4);
		memcpy(&payload, bytes + at + 8, 8);
		*length = 16 + ((size_t) payload + 7) / 8 * 8;
		if (found == tag)
			return at;
	}
	return 0;
}

/* Decodes a model without a section, with it twice, and with it at the end. */
static void
rearrange(Fixture *f)
{
	for (uint32_t tag = 1; tag <= LAST_TAG; tag++)
	{
		size_t length = 0, size = f->size;
		size_t at = find_section(f->bytes, size, tag, &length);
		uint8_t *changed = malloc(size + length);
		bool needed =
			tag <= LABELS_TAG && tag != CALIBRATION_TAG &&
			!(tag == LABELS_TAG && f->model.predictor == PREDICTOR_REGRESSOR);
		Status status;

		assert_true(at > 0);
		memcpy(changed, f->bytes, at);
		memcpy(changed + at, f->bytes + at + length, size - at - length);
		fix_checksum(changed, size - length);
		status = decode_copy(changed, size - length, &f->failure);
		if (needed)
			assert_int_equal(status, LL_MALFORMED);
		memcpy(changed + size - length, f->bytes + at, length);
		fix_checksum(changed, size);
		(void) decode_copy(changed, size, &f->failure);
		memcpy(changed, f->bytes, size);
		memcpy(changed + size, f->bytes + at, length);
		fix_checksum(changed, size + length);
		assert_int_equal(decode_copy(changed, size + length, &f->failure),
						 LL_MALFORMED);
		free(changed);
	}
}

static void
test_rearranged(void **state)
{
	(void) state;
	for_each_model(rearrange);
}

/* A second shape, wider than the weights that were read, must not be believed. */
static void
test_second_shape(void **state)
{
	uint32_t wide = 1000;
	uint8_t *changed;
	size_t at, length;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, CALIBRATE_NONE);
	at = find_section(f.bytes, f.size, SHAPE_TAG, &length);
	changed = malloc(f.size + length);
	memcpy(changed, f.bytes, f.size);
	memcpy(changed + f.size, f.bytes + at, length);
	memcpy(changed + f.size + 16 + 12, &wide, sizeof(wide));
	fix_checksum(changed, f.size + length);
	assert_int_equal(decode_copy(changed, f.size + length, &f.failure),
					 LL_MALFORMED);
	free(changed);
	close_fixture(&f);
}

/* Writes a number at a place of a section and wants the model refused. */
static void
refuse_u32(Fixture *f, uint32_t tag, size_t offset, uint32_t value)
{
	uint8_t *changed = malloc(f->size);
	size_t length;
	size_t at = find_section(f->bytes, f->size, tag, &length) + 16 + offset;

	memcpy(changed, f->bytes, f->size);
	memcpy(changed + at, &value, sizeof(value));
	fix_checksum(changed, f->size);
	assert_int_equal(decode_copy(changed, f->size, &f->failure), LL_MALFORMED);
	free(changed);
}

/* Counts far beyond the bytes that are there, and kinds that there are not. */
static void
test_hostile_numbers(void **state)
{
	static const uint32_t large[] = {0x7fffffff, 0x80000000, 0xffffffff,
									 0x10000000, 1000};

	(void) state;
	for (size_t i = 0; i < 5; i++)
	{
		Fixture f;

		open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_ISOTONIC);
		for (size_t field = 0; field < 5; field++)
			refuse_u32(&f, SHAPE_TAG, 4 * field, large[i]);
		refuse_u32(&f, CALIBRATION_TAG, 8, large[i]);
		refuse_u32(&f, CALIBRATION_TAG, 12, large[i]);
		refuse_u32(&f, LABELS_TAG, 0, large[i]);
		refuse_u32(&f, LABELS_TAG, 4 + 9, large[i]);
		refuse_u32(&f, LABELS_TAG, 4 + 9 + 4 + 8, large[i]);
		refuse_u32(&f, TRIALS_TAG, 0, large[i]);
		refuse_u32(&f, TRIALS_TAG, 4, large[i]);
		refuse_u32(&f, TRIALS_TAG, 8, large[i]);
		refuse_u32(&f, EPOCHS_TAG, 0, large[i]);
		refuse_u32(&f, EPOCHS_TAG, 4, large[i]);
		refuse_u32(&f, INFERENCE_TAG, 8, large[i]);
		refuse_u32(&f, INFERENCE_TAG, 8 + 4 + 7, large[i]);
		/* weights, how many numbers a root has, its first and last column */
		refuse_u32(&f, FIT_TAG, 16, large[i]);
		refuse_u32(&f, FIT_TAG, 88, large[i]);
		refuse_u32(&f, FIT_TAG, 92 + 80, large[i]);
		refuse_u32(&f, FIT_TAG, 92 + 80 + 12, large[i]);
		refuse_u32(&f, FIT_TAG, 92 + 80 + 16 + 48, large[i]);
		close_fixture(&f);
	}
}

/* No feature, no output, no knot; other counts of labels and Platt's numbers. */
static void
test_impossible_shapes(void **state)
{
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_PLATT);
	refuse_u32(&f, SHAPE_TAG, 12, 0);
	refuse_u32(&f, SHAPE_TAG, 16, 0);
	refuse_u32(&f, SHAPE_TAG, 16, 2);
	refuse_u32(&f, SHAPE_TAG, 0, PREDICTOR_REGRESSOR);
	refuse_u32(&f, LABELS_TAG, 4 + 9, 1);
	refuse_u32(&f, CALIBRATION_TAG, 12, 1);
	refuse_u32(&f, FIT_TAG, 92 + 80, 4);
	close_fixture(&f);
	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_ISOTONIC);
	refuse_u32(&f, CALIBRATION_TAG, 12, 0);
	close_fixture(&f);
	open_fixture(&f, PREDICTOR_MULTICLASS, CALIBRATE_NONE);
	refuse_u32(&f, LABELS_TAG, 4 + 9, 3);
	close_fixture(&f);
}

/* Lengths of sections that lie. */
static void
test_hostile_lengths(void **state)
{
	static const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - 7,
									   INT64_MAX,  UINT64_C(1) << 32,
									   1000000,	   0,
									   1,		   7};
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_MULTICLASS, CALIBRATE_NONE);
	for (uint32_t tag = 1; tag <= LAST_TAG; tag++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		{
			uint8_t *changed = malloc(f.size);
			size_t length;
			size_t at = find_section(f.bytes, f.size, tag, &length);

			memcpy(changed, f.bytes, f.size);
			memcpy(changed + at + 8, &lengths[i], 8);
			fix_checksum(changed, f.size);
			if (i < 5)
				assert_int_equal(decode_copy(changed, f.size, &f.failure),
								 LL_MALFORMED);
			else
				(void) decode_copy(changed, f.size, &f.failure);
			free(changed);
		}
	close_fixture(&f);
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

/* A count that lies never allocates far more than the bytes that are there. */
static void
test_hostile_counts(void **state)
{
	enum
	{
		PAYLOAD = 1 << 20
	};
	const uint32_t tags[] = {METRICS_TAG, TRIALS_TAG};
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_MULTICLASS, CALIBRATE_NONE);
	for (size_t i = 0; i < 2; i++)
	{
		size_t length, size;
		size_t at = find_section(f.bytes, f.size, tags[i], &length);
		uint8_t *changed = calloc(at + 16 + PAYLOAD, 1);
		uint64_t payload = PAYLOAD;
		uint32_t count;
		CountingArena counting = {.allocated = 0};
		Runtime runtime = {&counting, count_allocation, NULL, NULL};
		Model model;

		size = at + 16 + PAYLOAD;
		counting.inner = malloc_runtime(&counting.arena);
		memcpy(changed, f.bytes, at);
		memcpy(changed + at, &tags[i], 4);
		memcpy(changed + at + 8, &payload, 8);
		/* Twelve and twenty-four bytes an item seem to be there. */
		count = PAYLOAD / (tags[i] == METRICS_TAG ? 13 : 25);
		memcpy(changed + at + 16, &count, 4);
		fix_checksum(changed, size);
		assert_int_equal(
			model_decode(changed, size, &runtime, &model, &f.failure),
			LL_MALFORMED);
		assert_true(counting.allocated < 4 * size);
		malloc_arena_free(&counting.arena);
		free(changed);
	}
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_poked),
		cmocka_unit_test(test_rearranged),
		cmocka_unit_test(test_second_shape),
		cmocka_unit_test(test_hostile_numbers),
		cmocka_unit_test(test_impossible_shapes),
		cmocka_unit_test(test_hostile_lengths),
		cmocka_unit_test(test_hostile_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
