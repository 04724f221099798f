/*
 * onnx_graph.c
 *		Writes an ONNX model.
 */
#include "formats/onnx_graph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Versions of the format and of the operators: ONNX 1.8 and later have them. */
#define IR_VERSION 7
#define OPSET 13
#define ML_OPSET 1
#define ML_DOMAIN "ai.onnx.ml"

/* Wire types of protobuf. */
#define WIRE_VARINT 0
#define WIRE_BYTES 2
#define WIRE_FLOAT 5

/* Numbers of the fields of onnx.proto. */
enum
{
	MODEL_IR_VERSION = 1,
	MODEL_PRODUCER_NAME = 2,
	MODEL_GRAPH = 7,
	MODEL_OPSET = 8,
	OPSET_DOMAIN = 1,
	OPSET_VERSION = 2,
	GRAPH_NODE = 1,
	GRAPH_NAME = 2,
	GRAPH_INITIALIZER = 5,
	GRAPH_INPUT = 11,
	GRAPH_OUTPUT = 12,
	NODE_INPUT = 1,
	NODE_OUTPUT = 2,
	NODE_OP_TYPE = 4,
	NODE_ATTRIBUTE = 5,
	NODE_DOMAIN = 7,
	ATTRIBUTE_NAME = 1,
	ATTRIBUTE_F = 2,
	ATTRIBUTE_I = 3,
	ATTRIBUTE_S = 4,
	ATTRIBUTE_FLOATS = 7,
	ATTRIBUTE_INTS = 8,
	ATTRIBUTE_STRINGS = 9,
	ATTRIBUTE_TYPE = 20,
	TENSOR_DIMS = 1,
	TENSOR_DATA_TYPE = 2,
	TENSOR_NAME = 8,
	TENSOR_RAW_DATA = 9,
	VALUE_NAME = 1,
	VALUE_TYPE = 2,
	TYPE_TENSOR = 1,
	TENSOR_TYPE_ELEMENT = 1,
	TENSOR_TYPE_SHAPE = 2,
	SHAPE_DIM = 1,
	DIM_VALUE = 1,
	DIM_PARAM = 2
};

/* AttributeProto.AttributeType */
typedef enum AttributeType
{
	TYPE_FLOAT = 1,
	TYPE_INT = 2,
	TYPE_STRING = 3,
	TYPE_FLOATS = 6,
	TYPE_INTS = 7,
	TYPE_STRINGS = 8
} AttributeType;

/* ---- Fields ---- */

static void
put_tag(Writer *out, int field, int wire)
{
	writer_put_varint(out, (uint64_t) field << 3 | (unsigned) wire);
}

static void
put_int(Writer *out, int field, int64_t value)
{
	put_tag(out, field, WIRE_VARINT);
	writer_put_varint(out, (uint64_t) value);
}

static void
put_bytes(Writer *out, int field, const void *bytes, size_t size)
{
	put_tag(out, field, WIRE_BYTES);
	writer_put_varint(out, size);
	writer_put(out, bytes, size);
}

static void
put_text(Writer *out, int field, const char *text)
{
	put_bytes(out, field, text, strlen(text));
}

/* Puts a message that was written, which is then empty. */
static void
put_message(Writer *out, int field, Writer *message)
{
	put_bytes(out, field, message->bytes, message->size);
	out->failed |= message->failed;
	message->size = 0;
}

static void
put_float(Writer *out, int field, float value)
{
	put_tag(out, field, WIRE_FLOAT);
	writer_put(out, &value, sizeof(value));
}

/* ---- The graph ---- */

void
onnx_graph_init(OnnxGraph *graph, const Runtime *runtime)
{
	*graph = (OnnxGraph){.runtime = runtime,
						 .nodes = {.runtime = runtime},
						 .constants = {.runtime = runtime},
						 .inputs = {.runtime = runtime},
						 .outputs = {.runtime = runtime},
						 .attributes = {.runtime = runtime},
						 .scratch = {.runtime = runtime}};
}

void
onnx_name(OnnxGraph *graph, char name[ONNX_NAME_SIZE])
{
	/* Columns' names begin so only if their users want trouble. */
	snprintf(name, ONNX_NAME_SIZE, "linlearn:%u", ++graph->named);
}

/* Puts an attribute whose values are in scratch, and its type. */
static void
put_attribute(OnnxGraph *graph, const char *name, AttributeType type)
{
	Writer attribute = {.runtime = graph->runtime};

	put_text(&attribute, ATTRIBUTE_NAME, name);
	writer_put(&attribute, graph->scratch.bytes, graph->scratch.size);
	attribute.failed |= graph->scratch.failed;
	put_int(&attribute, ATTRIBUTE_TYPE, type);
	put_message(&graph->attributes, NODE_ATTRIBUTE, &attribute);
	runtime_release(graph->runtime, attribute.bytes);
	graph->scratch.size = 0;
}

void
onnx_set_int(OnnxGraph *graph, const char *name, int64_t value)
{
	put_int(&graph->scratch, ATTRIBUTE_I, value);
	put_attribute(graph, name, TYPE_INT);
}

void
onnx_set_float(OnnxGraph *graph, const char *name, float value)
{
	put_float(&graph->scratch, ATTRIBUTE_F, value);
	put_attribute(graph, name, TYPE_FLOAT);
}

void
onnx_set_string(OnnxGraph *graph, const char *name, const char *value)
{
	put_text(&graph->scratch, ATTRIBUTE_S, value);
	put_attribute(graph, name, TYPE_STRING);
}

void
onnx_set_floats(OnnxGraph *graph, const char *name, const double *values,
				size_t count)
{
	for (size_t i = 0; i < count && !runtime_stops(graph->runtime, i); i++)
		put_float(&graph->scratch, ATTRIBUTE_FLOATS, (float) values[i]);
	put_attribute(graph, name, TYPE_FLOATS);
}

void
onnx_set_ints(OnnxGraph *graph, const char *name, const int64_t *values,
			  size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_int(&graph->scratch, ATTRIBUTE_INTS, values[i]);
	put_attribute(graph, name, TYPE_INTS);
}

void
onnx_begin_strings(OnnxGraph *graph)
{
	graph->scratch.size = 0;
}

void
onnx_add_string(OnnxGraph *graph, const char *text, size_t size)
{
	put_bytes(&graph->scratch, ATTRIBUTE_STRINGS, text, size);
}

void
onnx_set_strings(OnnxGraph *graph, const char *name)
{
	put_attribute(graph, name, TYPE_STRINGS);
}

void
onnx_node(OnnxGraph *graph, const char *operator, bool ml,
		  const char *const *inputs, const char *const *outputs)
{
	Writer node = {.runtime = graph->runtime};

	for (; *inputs != NULL; inputs++)
		put_text(&node, NODE_INPUT, *inputs);
	for (; *outputs != NULL; outputs++)
		put_text(&node, NODE_OUTPUT, *outputs);
	put_text(&node, NODE_OP_TYPE, operator);
	writer_put(&node, graph->attributes.bytes, graph->attributes.size);
	node.failed |= graph->attributes.failed;
	graph->attributes.size = 0;
	if (ml)
		put_text(&node, NODE_DOMAIN, ML_DOMAIN);
	put_message(&graph->nodes, GRAPH_NODE, &node);
	runtime_release(graph->runtime, node.bytes);
}

void
onnx_constant(OnnxGraph *graph, const char *name, const double *values,
			  size_t count)
{
	Writer tensor = {.runtime = graph->runtime};

	put_int(&tensor, TENSOR_DIMS, 1);
	put_int(&tensor, TENSOR_DIMS, (int64_t) count);
	put_int(&tensor, TENSOR_DATA_TYPE, ONNX_FLOAT);
	put_text(&tensor, TENSOR_NAME, name);
	for (size_t i = 0; i < count; i++)
	{
		float value = (float) values[i];

		writer_put(&graph->scratch, &value, sizeof(value));
	}
	put_message(&tensor, TENSOR_RAW_DATA, &graph->scratch);
	put_message(&graph->constants, GRAPH_INITIALIZER, &tensor);
	runtime_release(graph->runtime, tensor.bytes);
}

void
onnx_value(OnnxGraph *graph, bool output, const char *name, OnnxType type,
		   uint32_t columns)
{
	Writer dim = {.runtime = graph->runtime}, shape = dim, tensor = dim,
		   kind = dim, value = dim;

	put_text(&dim, DIM_PARAM, "rows");
	put_message(&shape, SHAPE_DIM, &dim);
	if (columns > 0)
	{
		put_int(&dim, DIM_VALUE, columns);
		put_message(&shape, SHAPE_DIM, &dim);
	}
	put_int(&tensor, TENSOR_TYPE_ELEMENT, type);
	put_message(&tensor, TENSOR_TYPE_SHAPE, &shape);
	put_message(&kind, TYPE_TENSOR, &tensor);
	put_text(&value, VALUE_NAME, name);
	put_message(&value, VALUE_TYPE, &kind);
	put_message(output ? &graph->outputs : &graph->inputs,
				output ? GRAPH_OUTPUT : GRAPH_INPUT, &value);
	runtime_release(graph->runtime, dim.bytes);
	runtime_release(graph->runtime, shape.bytes);
	runtime_release(graph->runtime, tensor.bytes);
	runtime_release(graph->runtime, kind.bytes);
	runtime_release(graph->runtime, value.bytes);
}

static void
put_opset(Writer *model, const char *domain, int64_t version)
{
	Writer opset = {.runtime = model->runtime};

	put_text(&opset, OPSET_DOMAIN, domain);
	put_int(&opset, OPSET_VERSION, version);
	put_message(model, MODEL_OPSET, &opset);
	runtime_release(model->runtime, opset.bytes);
}

/* Appends fields that were written, and gives their memory back. */
static void
append(Writer *out, Writer *fields)
{
	writer_put(out, fields->bytes, fields->size);
	out->failed |= fields->failed;
	runtime_release(out->runtime, fields->bytes);
	fields->bytes = NULL;
	fields->size = fields->capacity = 0;
}

Status
onnx_finish(OnnxGraph *graph, uint8_t **bytes, size_t *size, Failure *failure)
{
	Writer model = {.runtime = graph->runtime}, body = model;

	append(&body, &graph->nodes);
	put_text(&body, GRAPH_NAME, "linlearn");
	append(&body, &graph->constants);
	append(&body, &graph->inputs);
	append(&body, &graph->outputs);
	put_int(&model, MODEL_IR_VERSION, IR_VERSION);
	put_text(&model, MODEL_PRODUCER_NAME, "linlearn");
	put_message(&model, MODEL_GRAPH, &body);
	put_opset(&model, "", OPSET);
	put_opset(&model, ML_DOMAIN, ML_OPSET);
	runtime_release(graph->runtime, body.bytes);
	*bytes = model.bytes;
	*size = model.size;
	if (runtime_interrupted(graph->runtime))
		return fail_cancelled(failure);
	return model.failed ? fail_no_memory(failure) : LL_OK;
}
