/*
 * blas_buffers.c
 *		The buffers that OpenBLAS works in, mapped before it asks for them.
 *
 * A call of OpenBLAS takes a free buffer of a table that the process has, and
 * maps one where there is none: without memory it tries for ever, deaf to every
 * signal (blas_memory_alloc).  The table keeps its buffers, so that those mapped
 * here, where there is room, are all that later calls need.
 */
#include "core/math/blas_buffers.h"

#include <sys/mman.h>

/* What is left for all else, the growth of the stack included. */
#define SPARE_BYTES ((size_t) 4 << 20)

/* As many as a pool has threads. */
#define MOST_BUFFERS 256

bool
memory_is_there(size_t size)
{
	void *place = mmap(NULL, size, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return place != MAP_FAILED && munmap(place, size) == 0;
}

/* Whether a further buffer may be taken; all but the first leave as much. */
static bool
buffer_is_there(const BlasBuffers *buffers, size_t count)
{
	if (count < buffers->mapped)
		return true;
	return memory_is_there(count == 0 ? BLAS_BUFFER_BYTES + SPARE_BYTES
									  : 2 * BLAS_BUFFER_BYTES + SPARE_BYTES);
}

Status
blas_buffers_map(BlasBuffers *buffers, size_t wanted, size_t *callers,
				 Failure *failure)
{
	void *taken[MOST_BUFFERS];
	size_t count = 0;

	*callers = wanted;
	if (buffers->allocate == NULL || buffers->release == NULL)
		return LL_OK;
	while (count < wanted && count < MOST_BUFFERS &&
		   buffer_is_there(buffers, count) &&
		   (taken[count] = buffers->allocate(0)) != NULL)
		count++;
	for (size_t i = count; i-- > 0;)
		buffers->release(taken[i]);
	if (count > buffers->mapped)
		buffers->mapped = count;
	*callers = count;
	if (count > 0)
		return LL_OK;
	fail_no_memory(failure);
	fail_detail(failure,
				"OpenBLAS needs %zu MB of address space for each "
				"thread.",
				BLAS_BUFFER_BYTES >> 20);
	return LL_NO_MEMORY;
}
