/*
 * model_onnx.h
 *		A model as ONNX, whose operators are those of ONNX-ML: LinearRegressor and
 *		LinearClassifier, for columns Imputer, Scaler and OneHotEncoder.
 *
 * Inputs: "features", rows of floats, or of a model of a table's rows one input a
 * column, rows of one value: floats (NaN is NULL), strings (the empty one is NULL,
 * unless it is a level).  Outputs: "label" and "scores", of a regressor
 * "prediction".  scores[1] of a binary model are those of the positive class.
 */
#ifndef LINLEARN_FORMATS_MODEL_ONNX_H
#define LINLEARN_FORMATS_MODEL_ONNX_H

#include "core/model/model.h"

/*
 * Writes a model; *bytes is allocated from runtime.  LL_UNSUPPORTED names what
 * ONNX-ML cannot say.
 */
extern Status model_onnx_write(const Model *model, const Runtime *runtime,
							   uint8_t **bytes, size_t *size,
							   Failure *failure);

#endif
