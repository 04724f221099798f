/*
 * quantiles_decode.h
 *		Reads the quantiles of a model of several.
 */
#ifndef LINLEARN_CORE_MODEL_QUANTILES_DECODE_H
#define LINLEARN_CORE_MODEL_QUANTILES_DECODE_H

#include "core/model/model.h"
#include "core/model/model_reader.h"

/* Their section, behind the shape, which says how many there are. */
extern void quantiles_decode(Reader *reader, Model *model);

/* Puts them into the settings, as a list. */
extern Status quantiles_list(Model *model, const Runtime *runtime,
							 Failure *failure);

/* Whether a model has quantiles where it has to, and nowhere else. */
extern bool quantiles_fit(const Model *model);

#endif
