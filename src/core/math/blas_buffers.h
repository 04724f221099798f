/*
 * blas_buffers.h
 *		The buffers that OpenBLAS works in, mapped before it asks for them.
 */
#ifndef LINLEARN_CORE_MATH_BLAS_BUFFERS_H
#define LINLEARN_CORE_MATH_BLAS_BUFFERS_H

#include "core/base/runtime.h"

/* OpenBLAS's BUFFER_SIZE: the largest of any build, by architecture. */
#if defined(__powerpc__)
#define BLAS_BUFFER_BYTES ((size_t) 256 << 20)
#else
#define BLAS_BUFFER_BYTES ((size_t) 128 << 20)
#endif

/* OpenBLAS's own functions; NULL where a build hides them. */
typedef struct BlasBuffers
{
	void *(*allocate)(int place);
	void (*release)(void *buffer);
	size_t mapped; /* buffers that its table holds */
} BlasBuffers;

/* Whether so many bytes can be mapped, at this moment. */
extern bool memory_is_there(size_t size);

/*
 * Maps buffers for up to wanted threads that call OpenBLAS at once; *callers is
 * for how many there is room.  LL_NO_MEMORY when there is for none.
 */
extern Status blas_buffers_map(BlasBuffers *buffers, size_t wanted,
							   size_t *callers, Failure *failure);

#endif
