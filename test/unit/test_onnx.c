/*
 * test_onnx.c
 *		Models as ONNX: a walk over the bytes as protobuf has them, sizes of more
 *		than a byte, what ONNX cannot say, and memory that runs out.
 *
 * What the fields mean is checked by python3-onnx (test/t/055_onnx.pl).
 */
#include "formats/model_onnx.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/model/coefficients.h"
#include "unit.h"

/* Fields of onnx.proto. */
#define MODEL_IR_VERSION 1
#define MODEL_GRAPH 7
#define GRAPH_NODE 1
#define GRAPH_INPUT 11
#define GRAPH_OUTPUT 12
#define NODE_OP_TYPE 4
#define NODE_ATTRIBUTE 5
#define ATTRIBUTE_NAME 1
#define ATTRIBUTE_FLOATS 7
#define ATTRIBUTE_INTS 8
#define ATTRIBUTE_STRINGS 9
#define ATTRIBUTE_TYPE 20

typedef struct Written
{
	MallocArena arena;
	Runtime runtime;
	Failure failure;
	ModelLabel labels[3];
	Model model;
	uint8_t *bytes;
	size_t size;
} Written;

/* A part of the bytes. */
typedef struct Message
{
	const uint8_t *at;
	const uint8_t *end;
} Message;

typedef struct Field
{
	int number;
	int wire;
	uint64_t value; /* of a varint */
	float real;
	Message body;
} Field;

static uint64_t
varint(Message *message)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 70; shift += 7)
	{
		uint8_t byte;

		assert_true(message->at < message->end);
		byte = *message->at++;
		value |= (uint64_t) (byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	fail_msg("a varint of more than ten bytes");
	return 0;
}

/* The next field, within the message; false at its end. */
static bool
next_field(Message *message, Field *field)
{
	uint64_t tag;

	if (message->at == message->end)
		return false;
	memset(field, 0, sizeof(*field));
	tag = varint(message);
	field->number = (int) (tag >> 3);
	field->wire = (int) (tag & 7);
	assert_true(field->number > 0);
	if (field->wire == 0)
		field->value = varint(message);
	else if (field->wire == 2)
	{
		uint64_t size = varint(message);

		assert_true(size <= (uint64_t) (message->end - message->at));
		field->body = (Message){message->at, message->at + size};
		message->at += size;
	}
	else
	{
		assert_int_equal(field->wire, 5);
		assert_true(message->end - message->at >= 4);
		memcpy(&field->real, message->at, 4);
		message->at += 4;
	}
	return true;
}

/* How many fields of a number a message has, all in ascending order. */
static int
count_fields(Message message, int number)
{
	Field field;
	int count = 0, last = 0;

	while (next_field(&message, &field))
	{
		assert_true(field.number >= last);
		last = field.number;
		count += field.number == number;
	}
	return count;
}

/* The n-th field of a number. */
static Field
find_field(Message message, int number, int n)
{
	Field field;

	while (next_field(&message, &field))
		if (field.number == number && n-- == 0)
			return field;
	fail_msg("no such field");
	return field;
}

static bool
is_text(Message body, const char *text)
{
	return (size_t) (body.end - body.at) == strlen(text) &&
		   memcmp(body.at, text, strlen(text)) == 0;
}

/* The node of an operator. */
static Message
find_node(Message graph, const char *operator)
{
	for (int i = 0; i < count_fields(graph, GRAPH_NODE); i++)
	{
		Message node = find_field(graph, GRAPH_NODE, i).body;

		if (is_text(find_field(node, NODE_OP_TYPE, 0).body, operator))
			return node;
	}
	fail_msg("no node %s", operator);
	return graph;
}

static Message
find_attribute(Message node, const char *name)
{
	for (int i = 0; i < count_fields(node, NODE_ATTRIBUTE); i++)
	{
		Message attribute = find_field(node, NODE_ATTRIBUTE, i).body;

		if (is_text(find_field(attribute, ATTRIBUTE_NAME, 0).body, name))
			return attribute;
	}
	fail_msg("no attribute %s", name);
	return node;
}

/* Makes a model of weights. */
static void
open_model(Written *w, uint32_t dimension, uint32_t outputs, uint32_t labels,
		   const double *weights, const char *type, const char *loss,
		   double threshold)
{
	Coefficients given = {.dimension = dimension,
						  .outputs = outputs,
						  .weights = weights,
						  .label_count = labels,
						  .labels = w->labels,
						  .label_type = type,
						  .loss = loss,
						  .threshold = threshold};

	memset(w, 0, sizeof(*w));
	w->runtime = malloc_runtime(&w->arena);
	w->labels[0] = (ModelLabel){"-1", -1};
	w->labels[1] = (ModelLabel){"7", 7};
	w->labels[2] = (ModelLabel){"\xc3\xa4", 300};
	hyperparameters_init(&given.settings);
	assert_int_equal(
		coefficients_model(&given, &w->runtime, &w->model, &w->failure),
		LL_OK);
}

static Status
write_model(Written *w)
{
	return model_onnx_write(&w->model, &w->runtime, &w->bytes, &w->size,
							&w->failure);
}

/* The graph of a model that can be written. */
static Message
graph_of(Written *w)
{
	Message model;

	assert_int_equal(write_model(w), LL_OK);
	model = (Message){w->bytes, w->bytes + w->size};
	assert_int_equal(find_field(model, MODEL_IR_VERSION, 0).value, 7);
	assert_int_equal(count_fields(model, MODEL_GRAPH), 1);
	return find_field(model, MODEL_GRAPH, 0).body;
}

static void
refuse(Written *w, const char *words)
{
	assert_int_equal(write_model(w), LL_UNSUPPORTED);
	if (strstr(w->failure.message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", w->failure.message, words);
	malloc_arena_free(&w->arena);
}

static const double six[] = {1, -2, 3, -4, 5, -6};

static void
test_regressor(void **state)
{
	Written w;
	Message graph, weights;

	(void) state;
	open_model(&w, 3, 1, 0, six, "double precision", NULL, NAN);
	graph = graph_of(&w);
	assert_int_equal(count_fields(graph, GRAPH_INPUT), 1);
	assert_int_equal(count_fields(graph, GRAPH_OUTPUT), 1);
	weights =
		find_attribute(find_node(graph, "LinearRegressor"), "coefficients");
	assert_int_equal(count_fields(weights, ATTRIBUTE_FLOATS), 3);
	assert_int_equal(find_field(weights, ATTRIBUTE_TYPE, 0).value, 6);
	for (int i = 0; i < 3; i++)
		assert_float_equal(find_field(weights, ATTRIBUTE_FLOATS, i).real,
						   six[i], 0);
	find_node(graph, "Identity");
	malloc_arena_free(&w.arena);
	/* a log link's mean is the exponential */
	open_model(&w, 3, 1, 0, six, "double precision", "poisson", NAN);
	find_node(graph_of(&w), "Exp");
	malloc_arena_free(&w.arena);
}

/* Both classes have weights, and whole labels are numbers, of ten bytes if below 0. */
static void
test_binary(void **state)
{
	Written w;
	Message node, weights, labels;

	(void) state;
	open_model(&w, 2, 1, 2, six, "integer", NULL, NAN);
	node = find_node(graph_of(&w), "LinearClassifier");
	weights = find_attribute(node, "coefficients");
	assert_int_equal(count_fields(weights, ATTRIBUTE_FLOATS), 4);
	for (int i = 0; i < 4; i++)
		assert_float_equal(find_field(weights, ATTRIBUTE_FLOATS, i).real,
						   i < 2 ? -six[i] : six[i - 2], 0);
	labels = find_attribute(node, "classlabels_ints");
	assert_int_equal(count_fields(labels, ATTRIBUTE_INTS), 2);
	assert_true((int64_t) find_field(labels, ATTRIBUTE_INTS, 0).value == -1);
	assert_true((int64_t) find_field(labels, ATTRIBUTE_INTS, 1).value == 7);
	malloc_arena_free(&w.arena);
}

static void
test_multiclass(void **state)
{
	Written w;
	Message labels;

	(void) state;
	open_model(&w, 2, 3, 3, six, "text", NULL, NAN);
	labels = find_attribute(find_node(graph_of(&w), "LinearClassifier"),
							"classlabels_strings");
	assert_int_equal(count_fields(labels, ATTRIBUTE_STRINGS), 3);
	assert_true(
		is_text(find_field(labels, ATTRIBUTE_STRINGS, 2).body, "\xc3\xa4"));
	malloc_arena_free(&w.arena);
}

/* Lengths of several bytes are those of what follows. */
static void
test_wide(void **state)
{
	static const uint32_t widths[] = {1, 25, 26, 127, 128, 3277, 420000};
	double *weights = malloc(420000 * sizeof(double));
	Written w;

	(void) state;
	for (uint32_t i = 0; i < 420000; i++)
		weights[i] = i;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
	{
		Message written;

		open_model(&w, widths[i], 1, 0, weights, "double precision", NULL,
				   NAN);
		written = find_attribute(find_node(graph_of(&w), "LinearRegressor"),
								 "coefficients");
		assert_int_equal(count_fields(written, ATTRIBUTE_FLOATS), widths[i]);
		malloc_arena_free(&w.arena);
	}
	free(weights);
}

/* What floats, or the operators, do not hold is refused rather than written. */
static void
test_refused(void **state)
{
	static const double large[] = {1, 1e39};
	Written w;

	(void) state;
	open_model(&w, 2, 1, 0, large, "double precision", NULL, NAN);
	refuse(&w, "weight 1e+39 cannot be said");
	open_model(&w, 1, 1, 0, six, "double precision", NULL, NAN);
	w.model.bias[0] = -1e300;
	refuse(&w, "bias -1e+300 cannot be said");
	open_model(&w, 2, 1, 2, six, "integer", NULL, NAN);
	w.model.calibration = CALIBRATE_ISOTONIC;
	refuse(&w, "isotonic calibration cannot be said");
	open_model(&w, 2, 1, 2, six, "text", NULL, NAN);
	w.model.labels[1].text = "\xff";
	refuse(&w, "a label is not UTF-8");
	open_model(&w, 2, 1, 2, six, "text", NULL, NAN);
	w.model.threshold = w.model.threshold_margin = INFINITY;
	refuse(&w, "threshold inf cannot be said");
	open_model(&w, 2, 1, 2, six, "text", "hinge_loss", -1e300);
	refuse(&w, "threshold -1e+300 cannot be said");
	/* together with the bias alone */
	open_model(&w, 2, 1, 2, six, "text", "hinge_loss", -3e38);
	w.model.bias[0] = 3e38;
	refuse(&w, "threshold -3e+38 cannot be said");
}

/* A column's mean is a constant of its encoder. */
static void
test_column_means(void **state)
{
	static const double means[] = {1e38, -1e300};

	(void) state;
	for (int i = 0; i < 2; i++)
	{
		const GivenColumn column = {.name = "c",
									.kind = GIVEN_NUMBER,
									.mean = means[i],
									.deviation = NAN};
		const double weight = 1e-10;
		Coefficients given = {.dimension = 1,
							  .outputs = 1,
							  .weights = &weight,
							  .label_type = "double precision",
							  .threshold = NAN,
							  .column_count = 1,
							  .columns = &column};
		Written w;

		memset(&w, 0, sizeof(w));
		w.runtime = malloc_runtime(&w.arena);
		hyperparameters_init(&given.settings);
		assert_int_equal(
			coefficients_model(&given, &w.runtime, &w.model, &w.failure),
			LL_OK);
		if (i == 1)
		{
			refuse(&w, "column \"c\" cannot be said");
			continue;
		}
		find_node(graph_of(&w), "Scaler");
		malloc_arena_free(&w.arena);
	}
}

static void
test_out_of_memory(void **state)
{
	bool done = false;
	Written w;

	(void) state;
	for (long allowed = 0; !done; allowed++)
	{
		Status status;

		open_model(&w, 2, 1, 2, six, "text", NULL, NAN);
		w.arena.allocations_left = allowed;
		status = write_model(&w);
		done = status == LL_OK;
		if (!done)
			assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allowed < 300);
		malloc_arena_free(&w.arena);
	}
	open_model(&w, 2, 1, 2, six, "text", NULL, NAN);
	w.arena.interrupt = true;
	assert_int_equal(write_model(&w), LL_CANCELLED);
	malloc_arena_free(&w.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regressor),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_multiclass),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_column_means),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
