/*
 * quantiles_decode.c
 *		Reads the quantiles of a model of several.
 */
#include "core/model/quantiles_decode.h"

#include <stdio.h>

void
quantiles_decode(Reader *reader, Model *model)
{
	double before = 0.0;

	model->quantiles =
		reader_take_array(reader, model->outputs, sizeof(ModelQuantile), 40);
	for (uint32_t k = 0; k < model->outputs && !reader->damaged; k++)
	{
		ModelQuantile *q = &model->quantiles[k];

		q->quantile = reader_take_f64(reader);
		q->wd = reader_take_f64(reader);
		q->l1 = reader_take_f64(reader);
		q->end = (SolveEnd) reader_take_enum(reader, SOLVE_ENDS);
		q->iterations = reader_take_u32(reader);
		q->gap = reader_take_f64(reader);
		if (!(q->quantile > before && q->quantile < 1.0))
			reader_refuse(reader, "Its quantiles do not ascend.");
		before = q->quantile;
		snprintf(q->text, sizeof(q->text), "%.15g", q->quantile);
	}
}

Status
quantiles_list(Model *model, const Runtime *runtime, Failure *failure)
{
	double *list;

	if (model->quantiles == NULL)
		return LL_OK;
	list = runtime_allocate(runtime, model->outputs * sizeof(double));
	if (list == NULL)
		return fail_no_memory(failure);
	for (uint32_t k = 0; k < model->outputs; k++)
		list[k] = model->quantiles[k].quantile;
	model->settings.quantiles = list;
	model->settings.quantile_count = model->outputs;
	return LL_OK;
}

bool
quantiles_fit(const Model *model)
{
	bool several =
		model->predictor == PREDICTOR_REGRESSOR && model->outputs > 1;

	return several == (model->quantiles != NULL) &&
		   (!several || model->loss == LOSS_QUANTILE);
}
