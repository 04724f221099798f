/*
 * npz.c
 *		Reads numpy's .npz: a zip of .npy files.
 */
#include "formats/npz.h"

#include <stdio.h>
#include <string.h>

#include "formats/text_cursor.h"
#include "formats/zip.h"

static const char suffix[] = ".npy";

#define SUFFIX_LENGTH (sizeof(suffix) - 1)

/* Whether a member is an array. */
static bool
is_array(const ZipEntry *entry)
{
	return entry->name_length > SUFFIX_LENGTH &&
		   memcmp(entry->name + entry->name_length - SUFFIX_LENGTH, suffix,
				  SUFFIX_LENGTH) == 0;
}

/* Counts a zip's arrays. */
static Status
count_arrays(ZipReader reader, size_t *count, Failure *failure)
{
	ZipEntry entry;
	bool found = true;
	Status status;

	*count = 0;
	while ((status = zip_next(&reader, &entry, &found, failure)) == LL_OK &&
		   found)
		*count += is_array(&entry);
	return status;
}

/* Reads one member; *limit is what may still be unpacked. */
static Status
read_member(const ZipReader *reader, const ZipEntry *entry,
			const Runtime *runtime, size_t *limit, NamedArray *array,
			Failure *failure)
{
	const uint8_t *bytes;
	char name[EXCERPT_SIZE];
	char what[EXCERPT_SIZE + 32];
	Status status =
		zip_unpack(reader, entry, runtime, *limit, &bytes, failure);

	if (status != LL_OK)
		return status;
	if (entry->method != 0)
		*limit -= (size_t) entry->unpacked;
	array->name = entry->name;
	array->name_length = entry->name_length - SUFFIX_LENGTH;
	text_excerpt(array->name, array->name + array->name_length, name);
	snprintf(what, sizeof(what), "numpy array \"%s\"", name);
	return npy_parse(bytes, (size_t) entry->unpacked, what, &array->numbers,
					 failure);
}

/* Reads all members of a zip. */
static Status
read_zip(const Runtime *runtime, const uint8_t *bytes, size_t length,
		 size_t limit, NamedArrays *arrays, Failure *failure)
{
	ZipReader reader;
	ZipEntry entry;
	bool found = true;
	size_t count = 0;
	Status status = zip_open(&reader, bytes, length, failure);

	if (status == LL_OK)
		status = count_arrays(reader, &count, failure);
	if (status != LL_OK)
		return status;
	arrays->arrays = runtime_allocate_zero(runtime, count > 0 ? count : 1,
										   sizeof(NamedArray));
	if (arrays->arrays == NULL)
		return fail_no_memory(failure);
	while ((status = zip_next(&reader, &entry, &found, failure)) == LL_OK &&
		   found)
	{
		if (!is_array(&entry))
			continue;
		status = read_member(&reader, &entry, runtime, &limit,
							 &arrays->arrays[arrays->count++], failure);
		if (status != LL_OK)
			return status;
	}
	return status;
}

Status
npz_parse(const Runtime *runtime, const uint8_t *bytes, size_t length,
		  size_t limit, NamedArrays *arrays, Failure *failure)
{
	memset(arrays, 0, sizeof(*arrays));
	if (!npy_detect(bytes, length))
		return fail(failure, LL_MALFORMED,
					"not a numpy file: neither .npy nor .npz");
	if (bytes[0] == 'P')
		return read_zip(runtime, bytes, length, limit, arrays, failure);
	arrays->arrays = runtime_allocate_zero(runtime, 1, sizeof(NamedArray));
	if (arrays->arrays == NULL)
		return fail_no_memory(failure);
	arrays->count = 1;
	return npy_parse(bytes, length, "numpy array", &arrays->arrays[0].numbers,
					 failure);
}
