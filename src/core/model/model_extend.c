/*
 * model_extend.c
 *		A model with the terms of more levels than it knows.
 */
#include "core/model/model_extend.h"

#include <string.h>

/* The new place of each of a model's terms. */
static void
map_terms(const Columns *old, const Columns *new, uint32_t *place)
{
	for (uint32_t p = 0; p < old->piece_count; p++)
	{
		const Piece *from = &old->pieces[p], *to = &new->pieces[p];

		for (uint32_t i = 0; i < from->level_count; i++)
		{
			int64_t level = piece_find_level(to, from->levels[i].bytes,
											 from->levels[i].size);

			if (from->levels[i].term >= 0 && level >= 0)
				place[from->first + from->levels[i].term] =
					to->first + (uint32_t) to->levels[level].term;
		}
		if (from->other_term >= 0)
			place[from->first + from->other_term] =
				to->first + (uint32_t) to->other_term;
		if (from->null_term >= 0)
			place[from->first + from->null_term] =
				to->first + (uint32_t) to->null_term;
		for (uint32_t i = 0; i < from->terms && from->level_count == 0; i++)
			place[from->first + i] = to->first + i;
	}
}

Status
model_extend(const Model *model, const Columns *columns,
			 const Runtime *runtime, Model *extended, Failure *failure)
{
	size_t width = columns->width, outputs = model->outputs;
	uint32_t *place =
		runtime_allocate_zero(runtime, model->dimension, sizeof(uint32_t));

	*extended = *model;
	extended->columns = (Columns *) columns;
	extended->dimension = columns->width;
	extended->weights =
		runtime_allocate_zero(runtime, width * outputs, sizeof(double));
	extended->feature_mean =
		runtime_allocate_zero(runtime, width, sizeof(double));
	extended->feature_deviation =
		runtime_allocate_zero(runtime, width, sizeof(double));
	if (place == NULL || extended->weights == NULL ||
		extended->feature_mean == NULL || extended->feature_deviation == NULL)
		return runtime_interrupted(runtime) ? fail_cancelled(failure)
											: fail_no_memory(failure);
	map_terms(model->columns, columns, place);
	for (uint32_t j = 0; j < model->dimension; j++)
	{
		extended->feature_mean[place[j]] = model->feature_mean[j];
		extended->feature_deviation[place[j]] = model->feature_deviation[j];
		for (size_t k = 0; k < outputs; k++)
			extended->weights[k * width + place[j]] =
				model->weights[k * model->dimension + j];
	}
	runtime_release(runtime, place);
	return LL_OK;
}
