/*
 * checksum.c
 *		A model's checksum, and what follows from its parts.
 */
#include "core/model/checksum.h"

#include <math.h>
#include <string.h>

#include "core/model/model_format.h"

uint32_t
model_crc32c(const uint8_t *bytes, size_t size, const Runtime *runtime)
{
	uint32_t table[256];
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < 256; i++)
	{
		uint32_t entry = i;

		for (int bit = 0; bit < 8; bit++)
			entry = (entry >> 1) ^ ((entry & 1) ? UINT32_C(0x82f63b78) : 0);
		table[i] = entry;
	}
	for (size_t i = 0; i < size && !runtime_stops(runtime, i); i++)
		crc = (crc >> 8) ^ table[(crc ^ bytes[i]) & 255];
	return ~crc;
}

uint32_t
model_checksum(const uint8_t *bytes, size_t size)
{
	uint32_t crc = 0;

	if (size >= HEADER_SIZE)
		memcpy(&crc, bytes + 8, sizeof(crc));
	return crc;
}

double
model_degrees(const Model *model)
{
	uint64_t rows = model->channels[CHANNEL_TRAIN].rows;
	uint64_t estimated = 0;

	if (model->inference_count == 0)
		return NAN;
	if (loss_table[model->loss].likelihood != LIKELIHOOD_DISPERSED)
		return INFINITY;
	/* A weight that was not estimated has no error. */
	for (uint32_t i = 0; i < model->inference_count; i++)
		estimated += !isnan(model->standard_errors[i]);
	if (model->settings.value[HP_REFIT] == 1.0)
		rows += model->channels[CHANNEL_VALIDATION].rows;
	return (double) rows - (double) estimated;
}
