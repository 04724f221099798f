/*
 * memory_file.h
 *		A SpillFile in memory, and a host whose callbacks fail when told to.
 */
#ifndef LINLEARN_TEST_MEMORY_FILE_H
#define LINLEARN_TEST_MEMORY_FILE_H

#include "core/rows/spill.h"

#include <stdlib.h>

#include "unit.h"

/* Calls of the host's that succeed yet; negative: no limit. */
typedef struct HostCalls
{
	long left;
	bool failed; /* one did not */
} HostCalls;

/* What a callback begins with: LL_HOST, with an error of the host's, if it fails. */
static inline Status
call(HostCalls *calls, Failure *failure)
{
	assert_false(calls->failed); /* nothing is called after a failure */
	if (calls->left < 0 || calls->left-- > 0)
		return LL_OK;
	calls->failed = true;
	fail(failure, LL_HOST, "the host failed");
	failure->host_error = calls;
	return LL_HOST;
}

#define MEMORY_RUNS 64

/* A file in memory, which overwrites what is not loaded. */
typedef struct MemoryFile
{
	char *written;
	size_t size;
	char *base[MEMORY_RUNS];
	size_t start[MEMORY_RUNS];
	size_t end[MEMORY_RUNS];
	size_t count;
	size_t most; /* bytes ever loaded at once */
	size_t loaded[MEMORY_RUNS];
	HostCalls *calls; /* shared with other callbacks, or own */
	HostCalls own;
} MemoryFile;

static Status
memory_append(void *context, const void *bytes, size_t size, Failure *failure)
{
	MemoryFile *file = context;
	Status status = call(file->calls, failure);

	if (status != LL_OK)
		return status;
	file->written = realloc(file->written, file->size + size);
	memcpy(file->written + file->size, bytes, size);
	file->size += size;
	return LL_OK;
}

static Status
memory_end_run(void *context, size_t size, char **address, Failure *failure)
{
	MemoryFile *file = context;
	Status status = call(file->calls, failure);

	if (status != LL_OK)
		return status;
	assert_true(file->count < MEMORY_RUNS);
	file->start[file->count] = file->size - size;
	file->end[file->count] = file->size;
	file->base[file->count] = malloc(size);
	memset(file->base[file->count], 0xa5, size);
	*address = file->base[file->count++];
	return LL_OK;
}

static Status
memory_load(void *context, size_t run, size_t from, size_t to,
			Failure *failure)
{
	MemoryFile *file = context;
	size_t size = file->end[run] - file->start[run], all = 0;
	Status status = call(file->calls, failure);

	assert_true(run < file->count && from <= to && to <= size);
	if (status != LL_OK)
		return status;
	memset(file->base[run], 0xa5, size);
	memcpy(file->base[run] + from, file->written + file->start[run] + from,
		   to - from);
	file->loaded[run] = to - from;
	for (size_t i = 0; i < file->count; i++)
		all += file->loaded[i];
	file->most = all > file->most ? all : file->most;
	return LL_OK;
}

static Status
memory_prefetch(void *context, size_t run, size_t from, size_t to,
				Failure *failure)
{
	MemoryFile *file = context;

	assert_true(run < file->count && from <= to);
	assert_true(to <= file->end[run] - file->start[run]);
	return call(file->calls, failure);
}

/* calls NULL: none fails until file->own says so. */
static inline SpillFile
open_memory_file(MemoryFile *file, HostCalls *calls)
{
	memset(file, 0, sizeof(*file));
	file->own.left = -1;
	file->calls = calls != NULL ? calls : &file->own;
	return (SpillFile){file, memory_append, memory_end_run, memory_load,
					   memory_prefetch};
}

static inline void
close_memory_file(MemoryFile *file)
{
	for (size_t i = 0; i < file->count; i++)
		free(file->base[i]);
	free(file->written);
}

#endif
