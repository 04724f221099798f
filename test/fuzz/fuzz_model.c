/*
 * fuzz_model.c
 *		Any bytes as a model: an error, or a model that can score a row, show
 *		its settings and be written again.  The checksum is made right first, or else it would
 *		guard everything behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/model/model.h"
#include "core/model/predict.h"

#define HEADER_SIZE 16
#define MOST_SCORED (1 << 20)

/* CRC-32C (Castagnoli), a bit at a time. */
static uint32_t
crc32c(const uint8_t *bytes, size_t size)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < size; i++)
	{
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
	}
	return ~crc;
}

/* Scores a row of zeros: what a reader accepted must be usable. */
static void
score(const Model *model, const Runtime *runtime)
{
	Predictor predictor;
	Failure failure;
	double *margins;
	RowView row = {0};

	if ((uint64_t) model->dimension * model->outputs > MOST_SCORED ||
		predictor_init(&predictor, model, runtime, &failure) != LL_OK)
		return;
	margins = runtime_allocate_zero(runtime, model->outputs, sizeof(double));
	row.dense =
		runtime_allocate_zero(runtime, model->dimension, sizeof(float));
	predictor_margins(&predictor, ROWS_F32, &row, margins);
	predictor_scores(&predictor, margins);
	if (model->predictor != PREDICTOR_REGRESSOR &&
		predictor_class(&predictor, margins) >= model->label_count)
		abort();
}

/* Shows a candidate's settings, as those who look at a model do. */
static void
show(const Hyperparameters *settings)
{
	char text[256];

	for (int row = 0; row < HP_COUNT; row++)
	{
		(void) hyperparameters_used(settings, (Hyperparameter) row);
		(void) hyperparameters_idle(settings, (Hyperparameter) row, text,
									sizeof(text));
		hyperparameters_format((Hyperparameter) row, settings->value[row],
							   text, sizeof(text));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Failure failure;
	Model model;
	uint8_t *bytes = runtime_allocate(&runtime, size);
	uint8_t *again;
	size_t again_size;

	memcpy(bytes, data, size);
	if (size >= HEADER_SIZE)
	{
		uint32_t crc = crc32c(bytes + HEADER_SIZE, size - HEADER_SIZE);

		memcpy(bytes + 8, &crc, sizeof(crc));
	}
	if (model_decode(bytes, size, &runtime, &model, &failure) == LL_OK)
	{
		score(&model, &runtime);
		show(&model.settings);
		for (uint32_t i = 0; i < model.trial_count; i++)
			show(&model.trials[i].settings);
		if (model_encode(&model, &runtime, &again, &again_size, &failure) !=
			LL_OK)
			abort();
	}
	malloc_arena_free(&arena);
	return 0;
}
