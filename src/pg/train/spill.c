/*
 * spill.c
 *		A temporary file for rows, and the addresses its pieces are read at.
 *
 * The core wants a record at one address for good.  Each run therefore gets a
 * range of addresses that costs no memory; loading a piece puts memory there and
 * reads the file into it, loading the next one moves the memory on.  The file
 * is read, not mapped: a failing disk is then an error and not a SIGBUS.
 */
#include "pg/train/spill.h"

#include <sys/mman.h>
#include <unistd.h>

#include "commands/tablespace.h"
#include "pg/base/runtime.h"
#include "storage/fd.h"
#include "utils/memutils.h"

/* Linux's wishes, which others do without. */
#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif
#ifndef MAP_POPULATE
#define MAP_POPULATE 0
#endif

/* Most that one call of the server's file functions is asked for. */
#define LARGEST_TRANSFER ((size_t) 1 << 24)

typedef struct RunPlace
{
	char *base; /* page-aligned addresses of the run */
	size_t size;
	off_t offset; /* in the file */
	size_t from;  /* page-aligned piece that is in memory */
	size_t to;
	size_t piece; /* its first bytes that are one mapping */
} RunPlace;

typedef struct TemporaryRows
{
	MemoryContext context;
	File file;
	off_t size;
	RunPlace *runs;
	size_t count;
	size_t capacity;
} TemporaryRows;

/*
 * The server's file functions raise errors, such as that of temp_file_limit; the
 * core's callbacks below must not.  Each therefore has its work done by
 * call_host(), which hands it this.
 */
typedef struct Transfer
{
	TemporaryRows *rows;
	const char *bytes;
	size_t run;
	size_t from; /* bytes of the run; of what is appended 0 */
	size_t to;
} Transfer;

static void
write_bytes(void *argument)
{
	const Transfer *transfer = argument;
	TemporaryRows *rows = transfer->rows;

	for (size_t at = transfer->from; at < transfer->to;)
	{
		int part = (int) Min(transfer->to - at, LARGEST_TRANSFER);
		int written = FileWrite(rows->file, (char *) transfer->bytes + at,
								part, rows->size, WAIT_EVENT_BUFFILE_WRITE);

		if (written <= 0)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not write to file \"%s\": %m",
								   FilePathName(rows->file))));
		rows->size += written;
		at += (size_t) written;
	}
}

static Status
append(void *context, const void *bytes, size_t size, Failure *failure)
{
	Transfer transfer = {.rows = context, .bytes = bytes, .to = size};

	return call_host(write_bytes, &transfer, failure);
}

/* Makes room for one more run. */
static void
grow_runs(void *argument)
{
	TemporaryRows *rows = argument;
	size_t capacity = rows->capacity * 2 + 8;

	if (rows->count < rows->capacity)
		return;
	rows->runs =
		rows->runs == NULL
			? MemoryContextAlloc(rows->context, capacity * sizeof(RunPlace))
			: repalloc(rows->runs, capacity * sizeof(RunPlace));
	rows->capacity = capacity;
}

static Status
end_run(void *context, size_t size, char **address, Failure *failure)
{
	TemporaryRows *rows = context;
	Status status = call_host(grow_runs, rows, failure);
	char *base;

	if (status != LL_OK)
		return status;
	base = mmap(NULL, Max(size, 1), PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return fail_no_memory(failure);
	rows->runs[rows->count++] =
		(RunPlace){base, size, rows->size - (off_t) size, 0, 0, 0};
	*address = base;
	return LL_OK;
}

/* Puts memory, or the lack of it, at a run's addresses. */
static bool
place_memory(const RunPlace *run, size_t from, size_t to, int protection)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	flags |= protection == PROT_NONE ? MAP_NORESERVE : MAP_POPULATE;
	return from == to || mmap(run->base + from, to - from, protection, flags,
							  -1, 0) != MAP_FAILED;
}

/*
 * Moves what a run holds to where its next window lies, so that the pages need
 * not be cleared and mapped anew: only the first piece of memory, which is one
 * mapping.  Returns the bytes that the new place has got.
 */
static size_t
move_memory(RunPlace *run, size_t start, size_t end)
{
#ifdef MREMAP_DONTUNMAP
	size_t size = Min(run->piece, end - start);

	if (size > 0 && (start >= run->to || end <= run->from) &&
		mremap(run->base + run->from, size, size,
			   MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
			   run->base + start) == run->base + start)
		return size;
#endif
	return 0;
}

/* Reads bytes of a run to their addresses. */
static void
read_bytes(void *argument)
{
	const Transfer *transfer = argument;
	const TemporaryRows *rows = transfer->rows;
	const RunPlace *run = &rows->runs[transfer->run];

	for (size_t at = transfer->from; at < transfer->to;)
	{
		int part = (int) Min(transfer->to - at, LARGEST_TRANSFER);
		int got = FileRead(rows->file, run->base + at, part,
						   run->offset + (off_t) at, WAIT_EVENT_BUFFILE_READ);

		if (got < 0)
			ereport(ERROR, (errcode_for_file_access(),
							errmsg("could not read file \"%s\": %m",
								   FilePathName(rows->file))));
		if (got == 0)
			ereport(ERROR, (errcode(ERRCODE_IO_ERROR),
							errmsg("could not read file \"%s\": it is too "
								   "short",
								   FilePathName(rows->file))));
		at += (size_t) got;
	}
}

static Status
load(void *context, size_t number, size_t from, size_t to, Failure *failure)
{
	TemporaryRows *rows = context;
	RunPlace *run = &rows->runs[number];
	size_t page = (size_t) sysconf(_SC_PAGESIZE);
	size_t start = from / page * page;
	size_t end = from == to ? start
							: Min((to + page - 1) / page * page,
								  (run->size + page - 1) / page * page);
	Transfer transfer = {rows, NULL, number, start, Min(end, run->size)};
	size_t moved;

	moved = move_memory(run, start, end);
	if (!place_memory(run, run->from, run->to, PROT_NONE))
		return fail_no_memory(failure);
	run->from = start;
	run->to = start + moved;
	if (!place_memory(run, run->to, end, PROT_READ | PROT_WRITE))
		return fail_no_memory(failure);
	run->piece = moved > 0 ? moved : end - start;
	run->to = end;
	return call_host(read_bytes, &transfer, failure);
}

static void
announce_bytes(void *argument)
{
	const Transfer *transfer = argument;
	const TemporaryRows *rows = transfer->rows;
	off_t offset = rows->runs[transfer->run].offset;

	for (size_t at = transfer->from; at < transfer->to; at += LARGEST_TRANSFER)
		(void) FilePrefetch(rows->file, offset + (off_t) at,
							(int) Min(transfer->to - at, LARGEST_TRANSFER),
							WAIT_EVENT_BUFFILE_READ);
}

static Status
prefetch(void *context, size_t number, size_t from, size_t to,
		 Failure *failure)
{
	Transfer transfer = {context, NULL, number, from, to};

	return call_host(announce_bytes, &transfer, failure);
}

/* Gives the addresses back; also after an error, with the context. */
static void
release_addresses(void *argument)
{
	TemporaryRows *rows = argument;

	for (size_t i = 0; i < rows->count; i++)
		munmap(rows->runs[i].base, Max(rows->runs[i].size, 1));
	rows->count = 0;
}

/* Called when a group ends; after an error the server closes the file. */
static void
close_file(Datum argument)
{
	FileClose(((TemporaryRows *) DatumGetPointer(argument))->file);
}

SpillFile
spill_file_open(FunctionCallInfo fcinfo, MemoryContext context)
{
	TemporaryRows *rows =
		MemoryContextAllocZero(context, sizeof(TemporaryRows));
	MemoryContextCallback *callback =
		MemoryContextAllocZero(context, sizeof(MemoryContextCallback));

	rows->context = context;
	callback->func = release_addresses;
	callback->arg = rows;
	MemoryContextRegisterResetCallback(context, callback);
	PrepareTempTablespaces();
	rows->file = OpenTemporaryFile(false);
	AggRegisterCallback(fcinfo, close_file, PointerGetDatum(rows));
	return (SpillFile){rows, append, end_run, load, prefetch};
}
