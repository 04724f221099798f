/*
 * test_model.c
 *		A model's bytes: all that goes in comes out, and no bytes, however made,
 *		do more than get an error.
 */
#include "core/model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/model/checksum.h"
#include "core/model/predict.h"
#include "unit.h"

#define HEADER_SIZE 16
#define SHAPE_TAG 1
#define WEIGHTS_TAG 2
#define CALIBRATION_TAG 4
#define LABELS_TAG 5
#define METRICS_TAG 7
#define TRIALS_TAG 8
#define EPOCHS_TAG 9
#define INFERENCE_TAG 12
#define LAST_TAG 12

typedef struct Fixture
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	Model model;
	uint8_t *bytes;
	size_t size;
} Fixture;

/* count numbers that tell their places apart. */
static double *
numbers(Fixture *f, size_t count, double first)
{
	double *values = runtime_allocate(&f->runtime, count * sizeof(double));

	for (size_t i = 0; i < count; i++)
		values[i] = first + (double) i * 0.37 - 1.0;
	return values;
}

static void
fill_labels(Fixture *f)
{
	static const char *const texts[] = {"", "one", "zwei \xc3\xa4", "t'r\"ee"};
	Model *model = &f->model;

	if (model->predictor == PREDICTOR_REGRESSOR)
		return;
	model->label_count =
		model->predictor == PREDICTOR_BINARY ? 2 : model->outputs;
	model->labels =
		runtime_allocate(&f->runtime, model->label_count * sizeof(ModelLabel));
	for (uint32_t i = 0; i < model->label_count; i++)
		model->labels[i] = (ModelLabel){texts[i % 4], i * 3.5 - 1};
}

static void
fill_trials(Fixture *f)
{
	Model *model = &f->model;

	model->trial_count = 3;
	model->best_trial = 2;
	model->trials = runtime_allocate_zero(&f->runtime, 3, sizeof(ModelTrial));
	for (uint32_t i = 0; i < 3; i++)
	{
		ModelTrial *trial = &model->trials[i];

		hyperparameters_init(&trial->settings);
		trial->settings.value[HP_LEARNING_RATE] = 0.1 * (i + 1);
		trial->settings.given[HP_LEARNING_RATE] = i == 1;
		trial->status = (TrialStatus) i;
		trial->epochs = 7 + i;
		trial->objective = i == 2 ? NAN : 0.5 + i;
		trial->metric_count = i;
		trial->metrics =
			runtime_allocate_zero(&f->runtime, i, sizeof(ModelMetric));
		for (uint32_t k = 0; k < i; k++)
			trial->metrics[k] = (ModelMetric){"validation:accuracy", 0.25 * k};
	}
	model->epoch_count = 4;
	model->epochs = runtime_allocate_zero(&f->runtime, 4, sizeof(ModelEpoch));
	for (uint32_t i = 0; i < 4; i++)
		model->epochs[i] = (ModelEpoch){
			i % 3, i + 1, 0.1, 2.0 - i, i == 3 ? NAN : 3.0 - i, i * 0.1};
}

/* A model of each predictor type in which no field has its default. */
static void
open_fixture(Fixture *f, PredictorType predictor, CalibrationKind calibration)
{
	static const LossKind losses[] = {LOSS_LOGISTIC, LOSS_MULTICLASS_HINGE,
									  LOSS_HUBER};
	Model *model = &f->model;

	memset(f, 0, sizeof(*f));
	f->runtime = malloc_runtime(&f->arena);
	model->predictor = predictor;
	model->loss = losses[predictor];
	model->format = predictor == PREDICTOR_BINARY		? ROWS_U8
					: predictor == PREDICTOR_MULTICLASS ? ROWS_SPARSE
														: ROWS_F64;
	model->byte_unit = predictor == PREDICTOR_BINARY ? BYTE_UNIT : 1.0;
	model->magnitudes = (MagnitudeRange){0.25, 0x1p1000};
	model->dimension = 3;
	model->outputs = predictor == PREDICTOR_MULTICLASS ? 4 : 1;
	model->weights = numbers(f, 3 * model->outputs, 1);
	model->bias = numbers(f, model->outputs, 20);
	model->feature_mean = numbers(f, 3, 30);
	model->feature_deviation = numbers(f, 3, 40);
	model->label_mean = 0.5;
	model->label_deviation = 2.5;
	model->threshold = predictor == PREDICTOR_BINARY ? 0.625 : 0;
	model->threshold_margin = predictor == PREDICTOR_BINARY ? 99.5 : NAN;
	model->calibration = calibration;
	model->calibration_count = calibration == CALIBRATE_NONE	? 0
							   : calibration == CALIBRATE_PLATT ? 2
																: 5;
	model->calibration_x = numbers(f, model->calibration_count, 50);
	if (calibration == CALIBRATE_ISOTONIC)
		model->calibration_y = numbers(f, model->calibration_count, 0.9);
	snprintf(model->label_type, sizeof(model->label_type), "some type");
	fill_labels(f);
	hyperparameters_init(&model->settings);
	model->settings.value[HP_EPOCHS] = 77;
	model->settings.given[HP_EPOCHS] = true;
	model->settings.value[HP_LOSS] = model->loss;
	model->settings.value[HP_POSITIVE_EXAMPLE_WEIGHT_MULT] =
		WEIGHT_MULT_BALANCED;
	model->metric_count = 2;
	model->metrics =
		runtime_allocate_zero(&f->runtime, 2, sizeof(ModelMetric));
	model->metrics[0] = (ModelMetric){"train:objective_loss", 0.125};
	model->metrics[1] = (ModelMetric){"test:roc_auc_score", NAN};
	fill_trials(f);
	for (int i = 0; i < CHANNEL_COUNT; i++)
		model->channels[i] = (ModelChannel){100 + i, UINT64_MAX - i};
	model->skipped_rows = 5;
	model->unlabelled_rows = UINT64_C(1) << 40;
	snprintf(model->tuning, sizeof(model->tuning), "{\"max_jobs\": 3}");
	model->gradient_norm = 1e-9;
	model->inference_count = model->outputs * 4;
	model->standard_errors = numbers(f, model->inference_count, 2);
	snprintf(model->inference_reason, sizeof(model->inference_reason),
			 "because");
	snprintf(model->kernels, sizeof(model->kernels), "OpenBLAS 9 Abacus");
	assert_int_equal(
		model_encode(model, &f->runtime, &f->bytes, &f->size, &f->failure),
		LL_OK);
}

static void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

/* Equal numbers, NaN equal to itself. */
static void
check_numbers(const double *a, const double *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_true(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
}

static void
check_settings(const Hyperparameters *a, const Hyperparameters *b)
{
	check_numbers(a->value, b->value, HP_COUNT);
	for (int row = 0; row < HP_COUNT; row++)
		assert_int_equal(a->given[row], b->given[row]);
}

static void
check_metrics(const ModelMetric *a, const ModelMetric *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		assert_string_equal(a[i].name, b[i].name);
		check_numbers(&a[i].value, &b[i].value, 1);
	}
}

static void
check_history(const Model *a, const Model *b)
{
	assert_int_equal(a->trial_count, b->trial_count);
	assert_int_equal(a->best_trial, b->best_trial);
	for (uint32_t i = 0; i < a->trial_count; i++)
	{
		check_settings(&a->trials[i].settings, &b->trials[i].settings);
		assert_int_equal(a->trials[i].status, b->trials[i].status);
		assert_int_equal(a->trials[i].epochs, b->trials[i].epochs);
		check_numbers(&a->trials[i].objective, &b->trials[i].objective, 1);
		assert_int_equal(a->trials[i].metric_count, b->trials[i].metric_count);
		check_metrics(a->trials[i].metrics, b->trials[i].metrics,
					  a->trials[i].metric_count);
	}
	assert_int_equal(a->epoch_count, b->epoch_count);
	for (uint32_t i = 0; i < a->epoch_count; i++)
	{
		assert_int_equal(a->epochs[i].trial, b->epochs[i].trial);
		assert_int_equal(a->epochs[i].epoch, b->epochs[i].epoch);
		check_numbers(&a->epochs[i].learning_rate, &b->epochs[i].learning_rate,
					  4);
	}
}

static void
check_models(const Model *a, const Model *b)
{
	assert_int_equal(a->predictor, b->predictor);
	assert_int_equal(a->loss, b->loss);
	assert_int_equal(a->format, b->format);
	check_numbers(&a->byte_unit, &b->byte_unit, 1);
	check_numbers(&a->magnitudes.least, &b->magnitudes.least, 2);
	assert_int_equal(a->dimension, b->dimension);
	assert_int_equal(a->outputs, b->outputs);
	check_numbers(a->weights, b->weights, a->dimension * a->outputs);
	check_numbers(a->bias, b->bias, a->outputs);
	check_numbers(a->feature_mean, b->feature_mean, a->dimension);
	check_numbers(a->feature_deviation, b->feature_deviation, a->dimension);
	check_numbers(&a->label_mean, &b->label_mean, 1);
	check_numbers(&a->label_deviation, &b->label_deviation, 1);
	check_numbers(&a->threshold, &b->threshold, 1);
	check_numbers(&a->threshold_margin, &b->threshold_margin, 1);
	assert_int_equal(a->calibration, b->calibration);
	assert_int_equal(a->calibration_count, b->calibration_count);
	check_numbers(a->calibration_x, b->calibration_x, a->calibration_count);
	if (a->calibration == CALIBRATE_ISOTONIC)
		check_numbers(a->calibration_y, b->calibration_y,
					  a->calibration_count);
	assert_string_equal(a->label_type, b->label_type);
	assert_int_equal(a->label_count, b->label_count);
	for (uint32_t i = 0; i < a->label_count; i++)
	{
		assert_string_equal(a->labels[i].text, b->labels[i].text);
		check_numbers(&a->labels[i].value, &b->labels[i].value, 1);
	}
	check_settings(&a->settings, &b->settings);
	assert_int_equal(a->metric_count, b->metric_count);
	check_metrics(a->metrics, b->metrics, a->metric_count);
	check_history(a, b);
	assert_memory_equal(a->channels, b->channels, sizeof(a->channels));
	assert_true(a->skipped_rows == b->skipped_rows);
	assert_true(a->unlabelled_rows == b->unlabelled_rows);
	assert_string_equal(a->tuning, b->tuning);
	check_numbers(&a->gradient_norm, &b->gradient_norm, 1);
	assert_string_equal(a->inference_reason, b->inference_reason);
	assert_string_equal(a->kernels, b->kernels);
	assert_int_equal(a->inference_count, b->inference_count);
	check_numbers(a->standard_errors, b->standard_errors, a->inference_count);
}

/* Calls body for a model of every predictor type and calibration. */
static void
for_each_model(void (*body)(Fixture *f))
{
	for (int i = 0; i < 5; i++)
	{
		Fixture f;

		open_fixture(&f, i < 3 ? PREDICTOR_BINARY : (PredictorType) (i - 2),
					 i < 3 ? (CalibrationKind) i : CALIBRATE_NONE);
		body(&f);
		close_fixture(&f);
	}
}

static void
round_trip(Fixture *f)
{
	Model read;
	uint8_t *again;
	size_t again_size;

	assert_int_equal(
		model_decode(f->bytes, f->size, &f->runtime, &read, &f->failure),
		LL_OK);
	check_models(&f->model, &read);
	assert_int_equal(
		model_encode(&read, &f->runtime, &again, &again_size, &f->failure),
		LL_OK);
	assert_int_equal(again_size, f->size);
	assert_memory_equal(again, f->bytes, f->size);
	assert_true(model_checksum(f->bytes, f->size) != 0);
	assert_int_equal(model_checksum(f->bytes, 15), 0);
}

static void
test_round_trip(void **state)
{
	(void) state;
	for_each_model(round_trip);
}

/* Decodes a copy that ends where the memory ends, so that ASan sees any step. */
static Status
decode_copy(const uint8_t *bytes, size_t size, Failure *failure)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	uint8_t *copy = malloc(size > 0 ? size : 1);
	Status status;
	Model model;

	memcpy(copy, bytes, size);
	status = model_decode(copy, size, &runtime, &model, failure);
	if (status == LL_OK && (uint64_t) model.dimension * model.outputs < 100000)
	{
		Predictor predictor;
		RowView row = {0};
		double *margins = calloc(model.outputs, sizeof(double));

		row.dense = calloc(model.dimension, sizeof(double));
		assert_int_equal(predictor_init(&predictor, &model, &runtime, failure),
						 LL_OK);
		for (RowFormat format = ROWS_U8; format <= ROWS_F64; format++)
			predictor_margins(&predictor, format, &row, margins);
		predictor_scores(&predictor, margins);
		if (model.predictor != PREDICTOR_REGRESSOR)
			assert_true(predictor_class(&predictor, margins) <
						model.label_count);
		free((void *) row.dense);
		free(margins);
	}
	free(copy);
	malloc_arena_free(&arena);
	return status;
}

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

/* The reference checksum, a bit at a time (Castagnoli 1993). */
static uint32_t
crc32c(const uint8_t *bytes, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++)
	{
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

static void
fix_checksum(uint8_t *bytes, size_t size)
{
	uint32_t crc = crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE);

	memcpy(bytes + 8, &crc, sizeof(crc));
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

/* A later release's section is skipped; a later format is refused by number. */
static void
test_later_releases(void **state)
{
	uint32_t later = 2, tag = 4711;
	uint64_t payload = 5;
	uint8_t *longer;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_NONE);
	longer = calloc(f.size + 24, 1);
	memcpy(longer, f.bytes, f.size);
	memcpy(longer + f.size, &tag, 4);
	memcpy(longer + f.size + 8, &payload, 8);
	fix_checksum(longer, f.size + 24);
	assert_int_equal(decode_copy(longer, f.size + 24, &f.failure), LL_OK);
	free(longer);
	memcpy(f.bytes + 4, &later, 4);
	assert_int_equal(decode_copy(f.bytes, f.size, &f.failure), LL_MALFORMED);
	assert_non_null(strstr(f.failure.message, "format 2"));
	close_fixture(&f);
}

/* Choices that are not made, in every row: a model without them, or refused. */
static void
leave_choices(Fixture *f)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		bool allowed = d->automatic != AUTO_REFUSED || isnan(d->default_value);
		Hyperparameters *settings[] = {&f->model.settings,
									   f->model.trial_count > 0
										   ? &f->model.trials[0].settings
										   : &f->model.settings};

		for (int i = 0; i < 2; i++)
		{
			double before = settings[i]->value[row];
			char why[256];
			uint8_t *bytes;
			size_t size;

			settings[i]->value[row] = NAN;
			assert_int_equal(model_encode(&f->model, &f->runtime, &bytes,
										  &size, &f->failure),
							 LL_OK);
			assert_int_equal(decode_copy(bytes, size, &f->failure),
							 allowed ? LL_OK : LL_MALFORMED);
			for (int other = 0; allowed && other < HP_COUNT; other++)
			{
				(void) hyperparameters_used(settings[i],
											(Hyperparameter) other);
				(void) hyperparameters_idle(
					settings[i], (Hyperparameter) other, why, sizeof(why));
			}
			/* no row is infinite, as JSON is not */
			settings[i]->value[row] = i == 0 ? INFINITY : -INFINITY;
			assert_int_equal(model_encode(&f->model, &f->runtime, &bytes,
										  &size, &f->failure),
							 LL_OK);
			assert_int_equal(decode_copy(bytes, size, &f->failure),
							 LL_MALFORMED);
			settings[i]->value[row] = before;
		}
	}
}

static void
test_choices_left(void **state)
{
	(void) state;
	for_each_model(leave_choices);
}

/* A tuning that is no JSON object is damage. */
static void
test_tuning_text(void **state)
{
	static const char *const right[] = {
		"{}", " { \"a\" : [ 1, -2.5e-3, true, null, \"\\u001f\\\\\" ] } ",
		"{\"ranges\": {\"wd\": {\"min\": 0.1}}, \"x\": []}"};
	static const char *const wrong[] = {
		"x",
		"[]",
		"1",
		"{",
		"{]",
		"{}}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":1e}",
		"{\"a\":1e999999}",
		"{\"a\":-}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"",
		"{\"a\":\"\\",
		"{\"a\":\"\\u",
		"{\"a\":\"\n\"}",
		"{\"a\":tru}",
		"{\"a\":[1 2]}",
		"{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"};
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_NONE);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]) +
							   sizeof(wrong) / sizeof(wrong[0]);
		 i++)
	{
		bool good = i < sizeof(right) / sizeof(right[0]);
		uint8_t *bytes;
		size_t size;

		strcpy(f.model.tuning,
			   good ? right[i] : wrong[i - sizeof(right) / sizeof(right[0])]);
		assert_int_equal(
			model_encode(&f.model, &f.runtime, &bytes, &size, &f.failure),
			LL_OK);
		assert_int_equal(decode_copy(bytes, size, &f.failure),
						 good ? LL_OK : LL_MALFORMED);
	}
	close_fixture(&f);
}

/* Texts that are not ASCII say that they are UTF-8; others are as they were. */
static void
test_encoding(void **state)
{
	static const char *const texts[] = {"zwei \xc3\xa4", "zwei"};

	(void) state;
	for (int ascii = 0; ascii <= 1; ascii++)
	{
		Fixture f;
		uint8_t *bytes;
		size_t size;
		Model read;

		open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_NONE);
		for (uint32_t i = 0; i < f.model.label_count; i++)
			f.model.labels[i].text = i == 1 ? texts[ascii] : "eins";
		f.model.texts_are_utf8 = true;
		assert_int_equal(
			model_encode(&f.model, &f.runtime, &bytes, &size, &f.failure),
			LL_OK);
		assert_int_equal(
			model_decode(bytes, size, &f.runtime, &read, &f.failure), LL_OK);
		assert_int_equal(read.texts_are_utf8, !ascii);
		check_models(&f.model, &read);
		/* the name of no encoding that a reader knows */
		if (!ascii)
		{
			bytes[size - 8] = 'X';
			fix_checksum(bytes, size);
			assert_int_equal(decode_copy(bytes, size, &f.failure),
							 LL_MALFORMED);
		}
		close_fixture(&f);
	}
}

static void
test_foreign(void **state)
{
	Failure failure;

	(void) state;
	assert_int_equal(decode_copy((const uint8_t *) "", 0, &failure),
					 LL_MALFORMED);
	assert_string_equal(failure.message, "not a linlearn model");
	assert_int_equal(decode_copy((const uint8_t *) "LLRN", 4, &failure),
					 LL_MALFORMED);
	assert_int_equal(
		decode_copy((const uint8_t *) "\x89PNG\r\n\x1a\n01234567890", 18,
					&failure),
		LL_MALFORMED);
	assert_string_equal(failure.message, "not a linlearn model");
}

/* Every allocation of both ways may fail. */
static void
fail_allocations(Fixture *f)
{
	Status status = LL_NO_MEMORY;

	for (long allowed = 0; status == LL_NO_MEMORY; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t *bytes;
		size_t size;
		Model model;

		assert_true(allowed < 1000);
		arena.allocations_left = allowed;
		status = model_encode(&f->model, &runtime, &bytes, &size, &f->failure);
		if (status == LL_OK)
			status = model_decode(bytes, size, &runtime, &model, &f->failure);
		if (status != LL_OK)
			assert_int_equal(status, LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
	assert_int_equal(status, LL_OK);
}

static void
test_allocation_failures(void **state)
{
	(void) state;
	for_each_model(fail_allocations);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
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
		cmocka_unit_test(test_later_releases),
		cmocka_unit_test(test_choices_left),
		cmocka_unit_test(test_tuning_text),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
