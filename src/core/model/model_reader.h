/*
 * model_reader.h
 *		Takes numbers and texts from a section of a model's bytes.
 */
#ifndef LINLEARN_CORE_MODEL_MODEL_READER_H
#define LINLEARN_CORE_MODEL_MODEL_READER_H

#include "core/base/runtime.h"

/*
 * A cursor over one section; after a short read everything reads as zero.  Who
 * finds bytes wrong sets damaged, and may say why, in a sentence.
 */
typedef struct Reader
{
	const Runtime *runtime;
	const uint8_t *cursor;
	size_t left;
	bool damaged;
	bool no_memory;
	const char *why; /* of damaged; NULL: nothing more is known */
} Reader;

extern void reader_take(Reader *reader, void *data, size_t size);
extern uint32_t reader_take_u32(Reader *reader);
extern uint64_t reader_take_u64(Reader *reader);
extern double reader_take_f64(Reader *reader);

/* A number as writer_put_varint() writes it. */
extern uint64_t reader_take_varint(Reader *reader);

/* A value below a limit. */
extern uint32_t reader_take_enum(Reader *reader, uint32_t count);

/*
 * Allocates a zeroed array of items that each need at least bytes_each of the
 * bytes that are left.
 */
extern void *reader_take_array(Reader *reader, size_t count, size_t item_size,
							   size_t bytes_each);

/* Takes an array of numbers. */
extern double *reader_take_f64s(Reader *reader, size_t count);

/* Takes a text, and ends it by a zero. */
extern char *reader_take_text(Reader *reader);

/* Takes a text into a fixed buffer. */
extern void reader_take_name(Reader *reader, char *buffer, size_t size);

/* Says what is wrong, unless something was before. */
extern void reader_refuse(Reader *reader, const char *why);

#endif
