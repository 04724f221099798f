/*
 * recordio.h
 *		recordIO-protobuf, Amazon SageMaker's own format for rows.
 *
 * A stream of frames: uint32 0xced7230a, uint32 length, that many bytes of one
 * protobuf message `Record`, zeros up to a multiple of four; all
 * little-endian.  A record that holds the magic number itself may come in
 * several frames, cut at each of those: the upper three bits of a length tell
 * which part it is.  Record is { map<string, Value> features = 1, label = 2; ... };
 * Value is one of Float32Tensor = 2, Float64Tensor = 3, Int32Tensor = 7, Bytes
 * = 9; a tensor is { repeated values = 1; repeated uint64 keys = 2; repeated
 * uint64 shape = 3 }. Rows and labels stand under the map key "values".
 */
#ifndef LINLEARN_FORMATS_RECORDIO_H
#define LINLEARN_FORMATS_RECORDIO_H

#include "core/rows/rows.h"
#include "formats/sample.h"

typedef struct RecordReader
{
	const uint8_t *at;
	const uint8_t *end;
	uint64_t record; /* the one being read, from 1 */
	bool has_features;
	Sample features;
	bool has_label;
	double label;
	Sample label_values;
	uint8_t *joined; /* the parts of a record that came in several */
	size_t joined_size;
	size_t joined_capacity;
} RecordReader;

/* Starts to read; the bytes must outlive the reader. */
extern void recordio_init(RecordReader *reader, const Runtime *runtime,
						  const void *bytes, size_t size);

/*
 * Whether bytes hold the next record whole, in however many parts, or show that
 * there is none; if not, more must come first.
 */
extern bool recordio_is_whole(const uint8_t *bytes, size_t size);

/* Goes on with other bytes, of the same file. */
static inline void
recordio_feed(RecordReader *reader, const uint8_t *bytes, size_t size)
{
	reader->at = bytes;
	reader->end = bytes + size;
}

/*
 * Reads the next record; false in *found at the end.  Takes packed and
 * unpacked fields, in any order, merged as protobuf merges them, and passes
 * over what it does not know.  LL_MALFORMED or LL_UNSUPPORTED names the
 * record.
 */
extern Status recordio_next(RecordReader *reader, bool *found,
							Failure *failure);

/* The type of a label's tensor, or that there is none. */
typedef enum RecordLabel
{
	RECORD_LABEL_NONE,
	RECORD_LABEL_FLOAT32,
	RECORD_LABEL_FLOAT64
} RecordLabel;

/* A record to be written: a row of any format and its label. */
typedef struct RecordRow
{
	RowFormat format; /* F64 becomes a Float64Tensor, others Float32 */
	RowView view;
	uint32_t dimension;
	RecordLabel label_type;
	double label;
} RecordRow;

/*
 * Bytes of the whole frame of a record, padding included; 0 when it is too
 * large for a frame (2^29 bytes).
 */
extern size_t recordio_frame_size(const RecordRow *row);

/* Writes the frame; returns the byte after it. */
extern uint8_t *recordio_write_frame(const RecordRow *row, uint8_t *out);

/* An endpoint's answer to one row. */
typedef struct RecordAnswer
{
	const double *scores;
	uint32_t score_count;
	bool has_label; /* regressors have none */
	double predicted_label;
} RecordAnswer;

/* Bytes of an answer's frame, and the frame: all tensors are Float32. */
extern size_t recordio_answer_size(const RecordAnswer *answer);
extern uint8_t *recordio_write_answer(const RecordAnswer *answer,
									  uint8_t *out);

#endif
