/*
 * recordio_read.c
 *		Reads recordIO-protobuf.
 */
#include "formats/recordio_frame.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

/* Groups (an old form of messages) inside each other, when passed over. */
#define MAX_GROUP_DEPTH 32

/* Protobuf's wire types. */
enum
{
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP = 3,
	WIRE_END_GROUP = 4,
	WIRE_FIXED32 = 5
};

/* Field numbers of Record, of a map's entry, of Value and of a tensor. */
enum
{
	RECORD_FEATURES = 1,
	RECORD_LABEL = 2,
	ENTRY_KEY = 1,
	ENTRY_VALUE = 2,
	VALUE_FLOAT32 = 2,
	VALUE_FLOAT64 = 3,
	VALUE_INT32 = 7,
	VALUE_BYTES = 9,
	TENSOR_VALUES = 1,
	TENSOR_KEYS = 2,
	TENSOR_SHAPE = 3
};

static const char tensor_key[] = "values";

/* One field as it lies in its message. */
typedef struct Field
{
	uint32_t number;
	uint32_t wire;
	uint64_t integer; /* WIRE_VARINT, and the bits of fixed types */
	Span bytes;		  /* WIRE_BYTES */
} Field;

/* What a Value has told so far. */
typedef struct Tensor
{
	uint32_t kind; /* VALUE_..., 0: nothing yet */
	bool has_shape;
	uint64_t columns; /* product of the shape */
	Sample *sample;
} Tensor;

void
recordio_init(RecordReader *reader, const Runtime *runtime, const void *bytes,
			  size_t size)
{
	memset(reader, 0, sizeof(*reader));
	reader->at = bytes;
	reader->end = reader->at + size;
	sample_init(&reader->features, runtime);
	sample_init(&reader->label_values, runtime);
}

static inline uint64_t
load64(const uint8_t *p)
{
	return load32(p) | (uint64_t) load32(p + 4) << 32;
}

static inline double
load_float32(const uint8_t *p)
{
	uint32_t bits = load32(p);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double
load_float64(const uint8_t *p)
{
	uint64_t bits = load64(p);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* Reads a varint of at most ten bytes; false if there is none. */
static bool
read_varint(Span *span, uint64_t *value)
{
	uint64_t result = 0;

	for (int shift = 0; shift < 70 && span->at < span->end; shift += 7)
	{
		uint8_t byte = *span->at++;

		if (shift < 64)
			result |= (uint64_t) (byte & 0x7f) << shift;
		if (byte < 0x80)
		{
			*value = result;
			return true;
		}
	}
	return false;
}

/* Reads a tag and, but for groups, the field's content. */
static bool
read_field(Span *span, Field *field)
{
	uint64_t tag;
	size_t left;

	if (!read_varint(span, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
		return false;
	field->number = (uint32_t) (tag >> 3);
	field->wire = (uint32_t) (tag & 7);
	left = (size_t) (span->end - span->at);
	switch (field->wire)
	{
		case WIRE_VARINT:
			return read_varint(span, &field->integer);
		case WIRE_FIXED64:
			if (left < 8)
				return false;
			field->integer = load64(span->at);
			span->at += 8;
			return true;
		case WIRE_FIXED32:
			if (left < 4)
				return false;
			field->integer = load32(span->at);
			span->at += 4;
			return true;
		case WIRE_BYTES:
			if (!read_varint(span, &field->integer) ||
				field->integer > (size_t) (span->end - span->at))
				return false;
			field->bytes.at = span->at;
			span->at += field->integer;
			field->bytes.end = span->at;
			return true;
		case WIRE_GROUP:
		case WIRE_END_GROUP:
			return true;
		default:
			return false;
	}
}

/* Passes the rest of a group whose start was read. */
static bool
skip_group(Span *span, uint32_t number)
{
	uint32_t open[MAX_GROUP_DEPTH];
	int depth = 1;

	open[0] = number;
	while (depth > 0)
	{
		Field field;

		if (!read_field(span, &field))
			return false;
		if (field.wire == WIRE_GROUP)
		{
			if (depth == MAX_GROUP_DEPTH)
				return false;
			open[depth++] = field.number;
		}
		else if (field.wire == WIRE_END_GROUP && open[--depth] != field.number)
			return false;
	}
	return true;
}

/* Reads the next field that is no group; false in *found at the end. */
static Status
next_field(const RecordReader *reader, Span *span, Field *field, bool *found,
		   Failure *failure)
{
	*found = false;
	while (span->at < span->end)
	{
		if (!read_field(span, field) || field->wire == WIRE_END_GROUP)
			return recordio_fail(reader, "is not a protobuf message", failure);
		if (field->wire != WIRE_GROUP)
		{
			*found = true;
			return LL_OK;
		}
		if (!skip_group(span, field->number))
			return recordio_fail(reader, "is not a protobuf message", failure);
	}
	return LL_OK;
}

/* Appends a packed run of floats or doubles. */
static Status
read_packed_floats(const RecordReader *reader, Tensor *tensor, Span bytes,
				   Failure *failure)
{
	Sample *sample = tensor->sample;
	size_t size = tensor->kind == VALUE_FLOAT32 ? 4 : 8;
	size_t count = (size_t) (bytes.end - bytes.at) / size;
	double *values;
	Status status;

	if ((size_t) (bytes.end - bytes.at) % size != 0)
		return recordio_fail(reader, "has a broken array of values", failure);
	if (count == 0)
		return LL_OK;
	status = sample_reserve_values(sample, count, failure);
	if (status != LL_OK)
		return status;
	values = sample->values + sample->count;
	if (size == 4)
	{
		for (size_t i = 0; i < count; i++)
			values[i] = load_float32(bytes.at + 4 * i);
	}
	else
	{
		for (size_t i = 0; i < count; i++)
			values[i] = load_float64(bytes.at + 8 * i);
	}
	sample->count += count;
	return LL_OK;
}

/* Appends one varint to the values, the keys or the shape of a tensor. */
static Status
add_integer(const RecordReader *reader, Tensor *tensor, uint32_t number,
			uint64_t integer, Failure *failure)
{
	if (number == TENSOR_VALUES)
		return sample_add_value(tensor->sample, (double) (int32_t) integer,
								failure);
	if (number == TENSOR_KEYS)
	{
		if (integer >= SAMPLE_MAX_DIMENSION)
			return recordio_fail(reader, "has a key beyond 2147483646",
								 failure);
		return sample_add_key(tensor->sample, (uint32_t) integer, failure);
	}
	if (!tensor->has_shape)
		tensor->columns = 1;
	tensor->has_shape = true;
	if (__builtin_mul_overflow(tensor->columns, integer, &tensor->columns) ||
		tensor->columns > SAMPLE_MAX_DIMENSION)
		return recordio_fail(
			reader, "has a shape of more than 2147483647 columns", failure);
	return LL_OK;
}

/* Appends the content of one field of a tensor. */
static Status
read_tensor_field(const RecordReader *reader, Tensor *tensor,
				  const Field *field, Failure *failure)
{
	bool floats =
		field->number == TENSOR_VALUES && tensor->kind != VALUE_INT32;
	uint32_t fixed =
		tensor->kind == VALUE_FLOAT32 ? WIRE_FIXED32 : WIRE_FIXED64;
	Span bytes = field->bytes;
	uint8_t raw[8];
	Status status = LL_OK;

	if (floats && field->wire == WIRE_BYTES)
		return read_packed_floats(reader, tensor, bytes, failure);
	if (floats && field->wire == fixed)
	{
		for (int i = 0; i < 8; i++)
			raw[i] = (uint8_t) (field->integer >> (8 * i));
		return sample_add_value(tensor->sample,
								fixed == WIRE_FIXED32 ? load_float32(raw)
													  : load_float64(raw),
								failure);
	}
	if (!floats && field->wire == WIRE_VARINT)
		return add_integer(reader, tensor, field->number, field->integer,
						   failure);
	if (floats || field->wire != WIRE_BYTES)
		return LL_OK; /* another wire type: an unknown field to protobuf */
	while (status == LL_OK && bytes.at < bytes.end)
	{
		uint64_t integer;

		if (!read_varint(&bytes, &integer))
			return recordio_fail(reader, "has a broken array of integers",
								 failure);
		status = add_integer(reader, tensor, field->number, integer, failure);
	}
	return status;
}

/* Reads a tensor's message on top of what the tensor holds. */
static Status
read_tensor(const RecordReader *reader, Tensor *tensor, Span span,
			Failure *failure)
{
	Field field;
	bool found;
	Status status;

	while ((status = next_field(reader, &span, &field, &found, failure)) ==
			   LL_OK &&
		   found)
	{
		if (field.number > TENSOR_SHAPE)
			continue;
		status = read_tensor_field(reader, tensor, &field, failure);
		if (status != LL_OK)
			return status;
	}
	return status;
}

/* Forgets what a tensor holds: its Value now is of another kind. */
static void
reset_tensor(Tensor *tensor, uint32_t kind)
{
	tensor->kind = kind;
	tensor->has_shape = false;
	tensor->columns = 0;
	sample_clear(tensor->sample);
}

/* Reads a Value's message on top of what the tensor holds. */
static Status
read_value(const RecordReader *reader, Tensor *tensor, Span span,
		   Failure *failure)
{
	Field field;
	bool found;
	Status status;

	while ((status = next_field(reader, &span, &field, &found, failure)) ==
			   LL_OK &&
		   found)
	{
		if (field.wire != WIRE_BYTES ||
			(field.number != VALUE_FLOAT32 && field.number != VALUE_FLOAT64 &&
			 field.number != VALUE_INT32 && field.number != VALUE_BYTES))
			continue;
		if (field.number != tensor->kind)
			reset_tensor(tensor, field.number);
		if (field.number == VALUE_BYTES)
			continue;
		status = read_tensor(reader, tensor, field.bytes, failure);
		if (status != LL_OK)
			return status;
	}
	return status;
}

/* Whether the last key of a map's entry is "values". */
static Status
read_entry_key(const RecordReader *reader, Span span, bool *ours,
			   Failure *failure)
{
	Field field;
	bool found;
	Status status;

	*ours = false;
	while ((status = next_field(reader, &span, &field, &found, failure)) ==
			   LL_OK &&
		   found)
	{
		size_t length = (size_t) (field.bytes.end - field.bytes.at);

		if (field.number == ENTRY_KEY && field.wire == WIRE_BYTES)
			*ours = length == sizeof(tensor_key) - 1 &&
					memcmp(field.bytes.at, tensor_key, length) == 0;
	}
	return status;
}

/*
 * Reads an entry of a map; of entries with the key "values" the last counts,
 * and *others tells whether there are more under other keys.
 */
static Status
read_entry(const RecordReader *reader, Tensor *tensor, bool *present,
		   bool *others, Span span, Failure *failure)
{
	Field field;
	bool found;
	bool ours;
	Status status = read_entry_key(reader, span, &ours, failure);

	if (status != LL_OK)
		return status;
	if (!ours)
	{
		*others = true;
		return LL_OK;
	}
	*present = true;
	reset_tensor(tensor, 0);
	while ((status = next_field(reader, &span, &field, &found, failure)) ==
			   LL_OK &&
		   found)
	{
		if (field.number != ENTRY_VALUE || field.wire != WIRE_BYTES)
			continue;
		status = read_value(reader, tensor, field.bytes, failure);
		if (status != LL_OK)
			return status;
	}
	return status;
}

/* Closes the row: dense, or sparse when keys or an unfilled shape say so. */
static Status
finish_features(RecordReader *reader, const Tensor *tensor, Failure *failure)
{
	Sample *sample = tensor->sample;
	char where[64];

	snprintf(where, sizeof(where), "recordIO record %llu",
			 (unsigned long long) reader->record);
	sample->whole = tensor->kind == VALUE_INT32;
	if (tensor->kind == VALUE_BYTES)
		return fail(failure, LL_UNSUPPORTED,
					"%s has bytes as its features, not numbers", where);
	if (sample->key_count > 0 && !tensor->has_shape)
		return recordio_fail(reader, "has keys but no shape", failure);
	if (sample->key_count > 0 && tensor->columns == 0)
		return recordio_fail(reader, "has keys but a shape of 0", failure);
	/* scipy's all-zero row: no values, no keys, a shape */
	if (sample->key_count > 0 || (sample->count == 0 && tensor->columns > 0))
		return sample_set_sparse(sample, tensor->columns, where, failure);
	if (tensor->has_shape && tensor->columns != sample->count)
		return fail(failure, LL_MALFORMED,
					"%s has %zu values for a shape of %llu", where,
					sample->count, (unsigned long long) tensor->columns);
	return sample_set_dense(sample, failure);
}

/* Closes the label: one number, or none. */
static Status
finish_label(RecordReader *reader, const Tensor *tensor, Failure *failure)
{
	if (tensor->kind == VALUE_BYTES)
		return fail(
			failure, LL_UNSUPPORTED,
			"recordIO record %llu has bytes as its label, not a number",
			(unsigned long long) reader->record);
	if (tensor->sample->count > 1 || tensor->sample->key_count > 1)
		return fail(failure, LL_UNSUPPORTED,
					"recordIO record %llu has a label of %zu numbers",
					(unsigned long long) reader->record,
					tensor->sample->count);
	reader->has_label = tensor->sample->count == 1;
	if (reader->has_label)
		reader->label = tensor->sample->values[0];
	return LL_OK;
}

/* Reads the Record message. */
static Status
read_record(RecordReader *reader, Span span, Failure *failure)
{
	Tensor features = {.sample = &reader->features};
	Tensor label = {.sample = &reader->label_values};
	bool has_label = false;
	bool other_features = false;
	bool other_labels = false;
	Field field;
	bool found;
	Status status;

	while ((status = next_field(reader, &span, &field, &found, failure)) ==
			   LL_OK &&
		   found)
	{
		if (field.wire != WIRE_BYTES)
			continue;
		if (field.number == RECORD_FEATURES)
			status = read_entry(reader, &features, &reader->has_features,
								&other_features, field.bytes, failure);
		else if (field.number == RECORD_LABEL)
			status = read_entry(reader, &label, &has_label, &other_labels,
								field.bytes, failure);
		if (status != LL_OK)
			return status;
	}
	if (status != LL_OK)
		return status;
	if (!reader->has_features && other_features)
		return recordio_fail(
			reader, "has no features under the key \"values\"", failure);
	if (!has_label && other_labels)
		return recordio_fail(reader, "has no label under the key \"values\"",
							 failure);
	if (reader->has_features)
		status = finish_features(reader, &features, failure);
	if (status == LL_OK && has_label)
		status = finish_label(reader, &label, failure);
	return status;
}

Status
recordio_next(RecordReader *reader, bool *found, Failure *failure)
{
	Span payload;
	Status status;

	*found = false;
	if (reader->at == reader->end)
		return LL_OK;
	if (runtime_interrupted(&reader->features.runtime))
		return fail_cancelled(failure);
	reader->record++;
	reader->has_features = false;
	reader->has_label = false;
	sample_clear(&reader->features);
	sample_clear(&reader->label_values);
	status = recordio_next_payload(reader, &payload, failure);
	if (status == LL_OK)
		status = read_record(reader, payload, failure);
	*found = status == LL_OK;
	return status;
}
