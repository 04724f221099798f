/*
 * file.c
 *		Files in and out.
 */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes moved between two looks at the interrupt flag. */
#define FILE_SLICE (8 << 20)

/* Room for a path and the suffix of its temporary neighbour. */
#define FILE_PATH_SIZE 4096

bool
file_is_directory(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool
file_exists(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0;
}

/* Report the system's error about a file. */
static Status
fail_errno(Failure *failure, const char *what, const char *path)
{
	return fail(failure, errno == ENOENT ? LL_ABSENT : LL_IO,
				"could not %s file \"%s\": %s", what, path, strerror(errno));
}

/* Fill bytes from a descriptor until it ends or the bytes are full. */
static Status
read_all(const Runtime *runtime, int descriptor, const char *path,
		 uint8_t *bytes, size_t capacity, size_t *length, Failure *failure)
{
	*length = 0;
	while (*length < capacity)
	{
		size_t rest = capacity - *length;
		ssize_t got = read(descriptor, bytes + *length,
						   rest < FILE_SLICE ? rest : FILE_SLICE);

		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(failure, "read", path);
		if (got == 0)
			break;
		*length += (size_t) got;
	}
	return LL_OK;
}

/* Read an open file after a look at what it is. */
static Status
read_descriptor(const Runtime *runtime, int descriptor, const char *path,
				size_t limit, uint8_t **bytes, size_t *length,
				Failure *failure)
{
	struct stat info;
	Status status;

	if (fstat(descriptor, &info) != 0)
		return fail_errno(failure, "inspect", path);
	if (!S_ISREG(info.st_mode))
		return fail(failure, LL_IO, "\"%s\" is not a regular file", path);
	if ((uint64_t) info.st_size > limit)
	{
		fail(failure, LL_LIMIT,
			 "file \"%s\" has %lld bytes, more than the limit of %zu", path,
			 (long long) info.st_size, limit);
		fail_remedy(failure, REMEDY_READ_SIZE);
		return LL_LIMIT;
	}
	*bytes = runtime_allocate(runtime, (size_t) info.st_size);
	if (*bytes == NULL)
		return fail_no_memory(failure);
	status = read_all(runtime, descriptor, path, *bytes, (size_t) info.st_size,
					  length, failure);
	if (status != LL_OK)
		runtime_release(runtime, *bytes);
	return status;
}

Status
file_read(const Runtime *runtime, const char *path, size_t limit,
		  uint8_t **bytes, size_t *length, Failure *failure)
{
	/* without O_NONBLOCK, opening a FIFO would wait for its writer */
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Status status;

	if (descriptor < 0)
		return fail_errno(failure, "open", path);
	status = read_descriptor(runtime, descriptor, path, limit, bytes, length,
							 failure);
	close(descriptor);
	return status;
}

/* A file that is read as a stream. */
typedef struct FileStream
{
	Runtime runtime;
	int descriptor;
	char path[FILE_PATH_SIZE];
} FileStream;

static Status
read_stream(void *context, uint8_t *bytes, size_t room, size_t *got,
			Failure *failure)
{
	FileStream *file = context;

	/* a slice: read_all() would fill any room */
	return read_all(&file->runtime, file->descriptor, file->path, bytes,
					room < FILE_SLICE ? room : FILE_SLICE, got, failure);
}

static void
close_stream(void *context)
{
	FileStream *file = context;
	Runtime runtime = file->runtime;

	close(file->descriptor);
	runtime_release(&runtime, file);
}

Status
file_open(const Runtime *runtime, const char *path, ByteStream *stream,
		  Failure *failure)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	FileStream *file;
	Status status = LL_OK;

	if (descriptor < 0)
		return fail_errno(failure, "open", path);
	if (fstat(descriptor, &info) != 0)
		status = fail_errno(failure, "inspect", path);
	else if (!S_ISREG(info.st_mode))
		status = fail(failure, LL_IO, "\"%s\" is not a regular file", path);
	file = status == LL_OK ? runtime_allocate(runtime, sizeof(*file)) : NULL;
	if (file == NULL)
	{
		close(descriptor);
		return status != LL_OK ? status : fail_no_memory(failure);
	}
	file->runtime = *runtime;
	file->descriptor = descriptor;
	snprintf(file->path, sizeof(file->path), "%s", path);
	*stream = (ByteStream){file, read_stream, close_stream};
	return LL_OK;
}

/* Write all bytes to a descriptor and have them on disk. */
static Status
write_all(const Runtime *runtime, int descriptor, const char *path,
		  const uint8_t *bytes, size_t length, Failure *failure)
{
	while (length > 0)
	{
		ssize_t put = write(descriptor, bytes,
							length < FILE_SLICE ? length : FILE_SLICE);

		if (runtime_interrupted(runtime))
			return fail_cancelled(failure);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(failure, "write", path);
		bytes += put;
		length -= (size_t) put;
	}
	if (fsync(descriptor) != 0)
		return fail_errno(failure, "flush", path);
	return LL_OK;
}

Status
file_write(const Runtime *runtime, const char *path, const uint8_t *bytes,
		   size_t length, Failure *failure)
{
	char temporary[FILE_PATH_SIZE];
	int descriptor;
	Status status;

	if (snprintf(temporary, sizeof(temporary), "%s.%ld.part", path,
				 (long) getpid()) >= (int) sizeof(temporary))
		return fail(failure, LL_INVALID, "file name is too long");
	descriptor =
		open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (descriptor < 0)
		return fail_errno(failure, "create", temporary);
	status = write_all(runtime, descriptor, temporary, bytes, length, failure);
	if (close(descriptor) != 0 && status == LL_OK)
		status = fail_errno(failure, "close", temporary);
	if (status == LL_OK && rename(temporary, path) != 0)
		status = fail_errno(failure, "rename to", path);
	if (status != LL_OK)
		unlink(temporary);
	return status;
}
