/*
 * model_fixture.h
 *		A model with all that one may have, and its bytes.
 */
#ifndef LINLEARN_TEST_MODEL_FIXTURE_H
#define LINLEARN_TEST_MODEL_FIXTURE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
#define FIT_TAG 30
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

static const uint32_t fixture_bounded[] = {0, 2};

/* count numbers that tell their places apart. */
static inline double *
numbers(Fixture *f, size_t count, double first)
{
	double *values = runtime_allocate(&f->runtime, count * sizeof(double));

	for (size_t i = 0; i < count; i++)
		values[i] = first + (double) i * 0.37 - 1.0;
	return values;
}

static inline void
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

static inline void
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
static inline void
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
	if (predictor != PREDICTOR_REGRESSOR)
		model->class_weights = numbers(f, model->label_count, 60);
	if (predictor == PREDICTOR_REGRESSOR)
	{
		model->bounded = fixture_bounded;
		model->bounded_count = 2;
	}
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
	model->end =
		predictor == PREDICTOR_BINARY ? SOLVE_ITERATIONS : SOLVE_CONVERGED;
	model->iterations = 17;
	model->gap = predictor == PREDICTOR_BINARY ? 3e-4 : NAN;
	model->inference_count = model->outputs * 4;
	model->standard_errors = numbers(f, model->inference_count, 2);
	snprintf(model->inference_reason, sizeof(model->inference_reason),
			 "because");
	model->fit = runtime_allocate_zero(&f->runtime, 1, sizeof(ModelFit));
	*model->fit = (ModelFit){.rows = 100,
							 .row_weight = 90.5,
							 .parameters = 3,
							 .deviance = 1.5,
							 .null_deviance = 2.5,
							 .log_likelihood = NAN,
							 .dispersion = 0.25,
							 .independence = 1e-9,
							 .precise = true,
							 .inflation = numbers(f, model->dimension, 4)};
	if (model->outputs == 1)
	{
		model->fit->root_count = 10;
		model->fit->root = numbers(f, 10, 5);
		if (predictor == PREDICTOR_BINARY)
			model->fit->meat = numbers(f, 10, 8);
		model->fit->columns =
			runtime_allocate(&f->runtime, 4 * sizeof(uint32_t));
		for (uint32_t i = 0; i < 4; i++)
			model->fit->columns[i] = 3 - i;
		model->fit->center = numbers(f, model->dimension, 6);
		model->fit->scale = numbers(f, model->dimension, 7);
	}
	snprintf(model->kernels, sizeof(model->kernels), "OpenBLAS 9 Abacus");
	assert_int_equal(
		model_encode(model, &f->runtime, &f->bytes, &f->size, &f->failure),
		LL_OK);
}

static inline void
close_fixture(Fixture *f)
{
	malloc_arena_free(&f->arena);
}

/* Calls body for a model of every predictor type and calibration. */
static inline void
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

/* Decodes a copy that ends where the memory ends, so that ASan sees any step. */
static inline Status
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

/* The reference checksum, a bit at a time (Castagnoli 1993). */
static inline uint32_t
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

static inline void
fix_checksum(uint8_t *bytes, size_t size)
{
	uint32_t crc = crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE);

	memcpy(bytes + 8, &crc, sizeof(crc));
}

#endif
