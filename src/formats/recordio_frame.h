/*
 * recordio_frame.h
 *		The frames of recordIO, and the records that they carry.
 */
#ifndef LINLEARN_FORMATS_RECORDIO_FRAME_H
#define LINLEARN_FORMATS_RECORDIO_FRAME_H

#include "formats/recordio.h"

/* The bytes of one message. */
typedef struct Span
{
	const uint8_t *at;
	const uint8_t *end;
} Span;

static inline uint32_t
load32(const uint8_t *p)
{
	return p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 |
		   (uint32_t) p[3] << 24;
}

/* Reports what is wrong with the current record. */
extern Status recordio_fail(const RecordReader *reader, const char *what,
							Failure *failure);

/*
 * Finds the bytes of the next record, in however many parts it is, and passes
 * them; they are valid until the next call.
 */
extern Status recordio_next_payload(RecordReader *reader, Span *payload,
									Failure *failure);

#endif
