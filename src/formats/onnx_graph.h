/*
 * onnx_graph.h
 *		Writes an ONNX model: its nodes, constants, inputs and outputs.
 *
 * The messages are those of onnx.proto (https://github.com/onnx/onnx), each
 * field in the order of its number, so that who reads and writes them again has
 * the same bytes.
 */
#ifndef LINLEARN_FORMATS_ONNX_GRAPH_H
#define LINLEARN_FORMATS_ONNX_GRAPH_H

#include "core/model/model_writer.h"

/* Longest name of a value inside the graph. */
#define ONNX_NAME_SIZE 64

/* Types of elements, by their numbers in TensorProto. */
typedef enum OnnxType
{
	ONNX_FLOAT = 1,
	ONNX_INT64 = 7,
	ONNX_STRING = 8
} OnnxType;

/* A graph under way; a node's attributes are put before the node. */
typedef struct OnnxGraph
{
	const Runtime *runtime;
	Writer nodes;
	Writer constants;
	Writer inputs;
	Writer outputs;
	Writer attributes; /* of the next node */
	Writer scratch;
	uint32_t named; /* values that the graph has named */
} OnnxGraph;

extern void onnx_graph_init(OnnxGraph *graph, const Runtime *runtime);

/* A name that no value has yet. */
extern void onnx_name(OnnxGraph *graph, char name[ONNX_NAME_SIZE]);

/* Attributes of the next node. */
extern void onnx_set_int(OnnxGraph *graph, const char *name, int64_t value);
extern void onnx_set_float(OnnxGraph *graph, const char *name, float value);
extern void onnx_set_string(OnnxGraph *graph, const char *name,
							const char *value);
extern void onnx_set_floats(OnnxGraph *graph, const char *name,
							const double *values, size_t count);
extern void onnx_set_ints(OnnxGraph *graph, const char *name,
						  const int64_t *values, size_t count);

/* One of several strings, which begin and end so. */
extern void onnx_begin_strings(OnnxGraph *graph);
extern void onnx_add_string(OnnxGraph *graph, const char *text, size_t size);
extern void onnx_set_strings(OnnxGraph *graph, const char *name);

/*
 * Puts a node with the attributes that were set; inputs and outputs end by NULL;
 * ml: an operator of ONNX-ML.
 */
extern void onnx_node(OnnxGraph *graph, const char *operator, bool ml,
					  const char *const *inputs, const char *const *outputs);

/* Puts a constant of one row of floats. */
extern void onnx_constant(OnnxGraph *graph, const char *name,
						  const double *values, size_t count);

/* Puts an input or output: rows by so many; columns 0: a value a row. */
extern void onnx_value(OnnxGraph *graph, bool output, const char *name,
					   OnnxType type, uint32_t columns);

/* Writes the model; the graph is then done. */
extern Status onnx_finish(OnnxGraph *graph, uint8_t **bytes, size_t *size,
						  Failure *failure);

#endif
