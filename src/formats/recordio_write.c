/*
 * recordio_write.c
 *		Writes recordIO-protobuf, byte for byte as SageMaker's SDK does.
 */
#include "formats/recordio.h"

#include <string.h>

#define FRAME_MAGIC UINT32_C(0xced7230a)
#define FRAME_LENGTH_LIMIT (UINT32_C(1) << 29)

/* Protobuf tags: field number << 3 | 2 (length-delimited). */
#define TAG(number) ((number) << 3 | 2)

enum
{
	RECORD_FEATURES = 1,
	RECORD_LABEL_MAP = 2,
	VALUE_FLOAT32 = 2,
	VALUE_FLOAT64 = 3
};

/* Sizes of nested messages, from the inside out. */
typedef struct TensorSizes
{
	size_t values; /* bytes of the packed arrays */
	size_t keys;
	size_t shape;
	size_t tensor;
	size_t value;
	size_t entry;
} TensorSizes;

/* Bytes of a varint. */
static size_t
varint_size(uint64_t value)
{
	size_t size = 1;

	for (; value >= 0x80; value >>= 7)
		size++;
	return size;
}

/* Bytes of a length-delimited field with a tag of one byte. */
static size_t
field_size(size_t content)
{
	return 1 + varint_size(content) + content;
}

/* Sums up the sizes once those of the arrays are known. */
static void
nest(TensorSizes *sizes, size_t key_length)
{
	sizes->tensor = (sizes->values > 0 ? field_size(sizes->values) : 0) +
					(sizes->keys > 0 ? field_size(sizes->keys) : 0) +
					(sizes->shape > 0 ? field_size(sizes->shape) : 0);
	sizes->value = field_size(sizes->tensor);
	sizes->entry = field_size(key_length) + field_size(sizes->value);
}

static TensorSizes
measure_features(const RecordRow *row)
{
	TensorSizes sizes = {0};

	if (row->format == ROWS_SPARSE)
	{
		sizes.values = (size_t) row->view.count * 4;
		for (uint32_t i = 0; i < row->view.count; i++)
			sizes.keys += varint_size(row->view.index[i]);
		sizes.shape = varint_size(row->dimension);
	}
	else
		sizes.values =
			(size_t) row->dimension * (row->format == ROWS_F64 ? 8 : 4);
	nest(&sizes, strlen("values"));
	return sizes;
}

/* Sizes of a tensor of count values of size bytes. */
static TensorSizes
measure_numbers(size_t count, size_t size, size_t key_length)
{
	TensorSizes sizes = {0};

	sizes.values = count * size;
	nest(&sizes, key_length);
	return sizes;
}

static TensorSizes
measure_label(const RecordRow *row)
{
	return measure_numbers(1, row->label_type == RECORD_LABEL_FLOAT64 ? 8 : 4,
						   strlen("values"));
}

static size_t
record_size(const RecordRow *row)
{
	size_t size = field_size(measure_features(row).entry);

	if (row->label_type != RECORD_LABEL_NONE)
		size += field_size(measure_label(row).entry);
	return size;
}

/* Bytes of a frame around a payload. */
static size_t
framed(size_t payload)
{
	return payload < FRAME_LENGTH_LIMIT ? 8 + (payload + 3) / 4 * 4 : 0;
}

size_t
recordio_frame_size(const RecordRow *row)
{
	return framed(record_size(row));
}

static inline uint8_t *
put32(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t) value;
	out[1] = (uint8_t) (value >> 8);
	out[2] = (uint8_t) (value >> 16);
	out[3] = (uint8_t) (value >> 24);
	return out + 4;
}

static inline uint8_t *
put_float32(uint8_t *out, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return put32(out, bits);
}

static inline uint8_t *
put_float64(uint8_t *out, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	out = put32(out, (uint32_t) bits);
	return put32(out, (uint32_t) (bits >> 32));
}

static uint8_t *
put_varint(uint8_t *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*out++ = (uint8_t) (value | 0x80);
	*out++ = (uint8_t) value;
	return out;
}

/* Writes the tag and the length of a length-delimited field. */
static uint8_t *
put_head(uint8_t *out, int field, size_t content)
{
	*out++ = (uint8_t) TAG(field);
	return put_varint(out, content);
}

/* Writes an entry's head down to where the tensor's arrays begin. */
static uint8_t *
put_entry(uint8_t *out, int map, const char *key, int kind,
		  const TensorSizes *sizes)
{
	size_t length = strlen(key);

	out = put_head(out, map, sizes->entry);
	out = put_head(out, 1, length);
	memcpy(out, key, length);
	out = put_head(out + length, 2, sizes->value);
	return put_head(out, kind, sizes->tensor);
}

/* Writes the values of a row. */
static uint8_t *
put_values(uint8_t *out, const RecordRow *row)
{
	uint32_t count =
		row->format == ROWS_SPARSE ? row->view.count : row->dimension;

	if (row->format == ROWS_U8)
	{
		const uint8_t *values = row->view.dense;

		for (uint32_t i = 0; i < count; i++)
			put_float32(out + 4 * (size_t) i, (float) (values[i] * BYTE_UNIT));
	}
	else if (row->format == ROWS_F64)
	{
		const double *values = row->view.dense;

		for (uint32_t i = 0; i < count; i++)
			put_float64(out + 8 * (size_t) i, values[i]);
		return out + 8 * (size_t) count;
	}
	else
	{
		const float *values = row->format == ROWS_SPARSE
								  ? row->view.value
								  : (const float *) row->view.dense;

		for (uint32_t i = 0; i < count; i++)
			put_float32(out + 4 * (size_t) i, values[i]);
	}
	return out + 4 * (size_t) count;
}

static uint8_t *
put_features(uint8_t *out, const RecordRow *row)
{
	TensorSizes sizes = measure_features(row);

	out = put_entry(out, RECORD_FEATURES, "values",
					row->format == ROWS_F64 ? VALUE_FLOAT64 : VALUE_FLOAT32,
					&sizes);
	if (sizes.values > 0)
	{
		out = put_head(out, 1, sizes.values);
		out = put_values(out, row);
	}
	if (sizes.keys > 0)
	{
		out = put_head(out, 2, sizes.keys);
		for (uint32_t i = 0; i < row->view.count; i++)
			out = put_varint(out, row->view.index[i]);
	}
	if (sizes.shape > 0)
	{
		out = put_head(out, 3, sizes.shape);
		out = put_varint(out, row->dimension);
	}
	return out;
}

static uint8_t *
put_label(uint8_t *out, const RecordRow *row)
{
	TensorSizes sizes = measure_label(row);
	bool wide = row->label_type == RECORD_LABEL_FLOAT64;

	out = put_entry(out, RECORD_LABEL_MAP, "values",
					wide ? VALUE_FLOAT64 : VALUE_FLOAT32, &sizes);
	out = put_head(out, 1, sizes.values);
	return wide ? put_float64(out, row->label)
				: put_float32(out, (float) row->label);
}

/* Writes the zeros after a payload. */
static uint8_t *
put_padding(uint8_t *out, size_t payload)
{
	for (; payload % 4 != 0; payload++)
		*out++ = 0;
	return out;
}

uint8_t *
recordio_write_frame(const RecordRow *row, uint8_t *out)
{
	size_t payload = record_size(row);

	out = put32(out, FRAME_MAGIC);
	out = put32(out, (uint32_t) payload);
	out = put_features(out, row);
	if (row->label_type != RECORD_LABEL_NONE)
		out = put_label(out, row);
	return put_padding(out, payload);
}

/* Bytes of an answer's Record. */
static size_t
answer_size(const RecordAnswer *answer)
{
	size_t size = field_size(
		measure_numbers(answer->score_count, 4, strlen("score")).entry);

	if (answer->has_label)
		size +=
			field_size(measure_numbers(1, 4, strlen("predicted_label")).entry);
	return size;
}

size_t
recordio_answer_size(const RecordAnswer *answer)
{
	return framed(answer_size(answer));
}

/* Writes one entry of an answer's label map. */
static uint8_t *
put_answer(uint8_t *out, const char *key, const double *values, size_t count)
{
	TensorSizes sizes = measure_numbers(count, 4, strlen(key));

	out = put_entry(out, RECORD_LABEL_MAP, key, VALUE_FLOAT32, &sizes);
	out = put_head(out, 1, sizes.values);
	for (size_t i = 0; i < count; i++)
		out = put_float32(out, (float) values[i]);
	return out;
}

uint8_t *
recordio_write_answer(const RecordAnswer *answer, uint8_t *out)
{
	size_t payload = answer_size(answer);

	out = put32(out, FRAME_MAGIC);
	out = put32(out, (uint32_t) payload);
	if (answer->has_label)
		out = put_answer(out, "predicted_label", &answer->predicted_label, 1);
	out = put_answer(out, "score", answer->scores, answer->score_count);
	return put_padding(out, payload);
}
