/*
 * model_writer.h
 *		Puts numbers and texts into the sections of a model's bytes.
 */
#ifndef LINLEARN_CORE_MODEL_MODEL_WRITER_H
#define LINLEARN_CORE_MODEL_MODEL_WRITER_H

#include "core/base/runtime.h"
#include "core/model/model_format.h"

typedef struct Writer
{
	const Runtime *runtime;
	uint8_t *bytes;
	size_t size;
	size_t capacity;
	size_t section; /* where the open section's header lies */
	bool failed;
} Writer;

extern void writer_put(Writer *writer, const void *data, size_t size);
extern void writer_put_u32(Writer *writer, uint32_t value);
extern void writer_put_u64(Writer *writer, uint64_t value);

/* Puts a number; every NaN gets the same bits. */
extern void writer_put_f64(Writer *writer, double value);
extern void writer_put_f64s(Writer *writer, const double *values,
							size_t count);

/* Puts a number in groups of seven bits, the low ones first (LEB128). */
extern void writer_put_varint(Writer *writer, uint64_t value);

extern void writer_put_text(Writer *writer, const char *text);

/* Puts a model's header, to be followed by its sections. */
extern void writer_begin_model(Writer *writer);

/* Puts the checksum of all sections into the header. */
extern Status writer_seal_model(Writer *writer, Failure *failure);

/* Sections do not nest. */
extern void writer_begin_section(Writer *writer, SectionTag tag);
extern void writer_end_section(Writer *writer);

#endif
