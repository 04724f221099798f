/*
 * model_onnx_columns.h
 *		The columns of a model of a table's rows, as encoders of ONNX-ML.
 */
#ifndef LINLEARN_FORMATS_MODEL_ONNX_COLUMNS_H
#define LINLEARN_FORMATS_MODEL_ONNX_COLUMNS_H

#include "core/model/model.h"
#include "formats/onnx_graph.h"

/* Features of the graph, and what they weigh. */
typedef struct OnnxFeatures
{
	char name[ONNX_NAME_SIZE];
	uint32_t count;
	double *weights; /* [outputs][count] */
	double *bias;	 /* [outputs] */
} OnnxFeatures;

/*
 * Puts the inputs and encoders of a model's columns.  LL_UNSUPPORTED names a
 * column that has none; LL_NO_MEMORY.
 */
extern Status model_onnx_columns(OnnxGraph *graph, const Model *model,
								 OnnxFeatures *features, Failure *failure);

#endif
