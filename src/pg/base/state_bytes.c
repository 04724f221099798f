/*
 * state_bytes.c
 *		Aggregate states as bytes, on their way between parallel workers.
 */
#include "pg/base/state_bytes.h"

#include "port/pg_crc32c.h"
#include "utils/memutils.h"

/* Where the parts of a state lie, after the varlena header. */
#define MAGIC_OFFSET VARHDRSZ
#define CRC_OFFSET (VARHDRSZ + 4)
#define BODY_OFFSET (VARHDRSZ + 8)

/* The checksum of a state's body. */
static uint32
body_checksum(const char *state, Size size)
{
	pg_crc32c checksum;

	INIT_CRC32C(checksum);
	COMP_CRC32C(checksum, state + BODY_OFFSET, size - BODY_OFFSET);
	FIN_CRC32C(checksum);
	return checksum;
}

void
state_write_start(StringInfo out, uint32 magic)
{
	uint32 header[3] = {0, magic, 0};

	initStringInfo(out);
	appendBinaryStringInfo(out, (const char *) header, sizeof(header));
}

/* Refuses more bytes than a state may have. */
static void
check_size(const StringInfoData *out, Size size)
{
	if (size >= MaxAllocSize - (Size) out->len)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("aggregate state too large for a parallel plan"),
				 errdetail("A worker can hand over at most 1 GB."),
				 errhint("Set max_parallel_workers_per_gather to 0 for this "
						 "query.")));
}

void
state_write_bytes(StringInfo out, const void *bytes, Size size)
{
	check_size(out, size);
	appendBinaryStringInfo(out, bytes, (int) size);
}

char *
state_write_reserve(StringInfo out, Size size)
{
	check_size(out, size);
	enlargeStringInfo(out, (int) size);
	return out->data + out->len;
}

void
state_write_reserved(StringInfo out, const char *end)
{
	out->len = (int) (end - out->data);
	out->data[out->len] = '\0';
}

void
state_write_uint64(StringInfo out, uint64 value)
{
	state_write_bytes(out, &value, sizeof(value));
}

void
state_write_double(StringInfo out, double value)
{
	state_write_bytes(out, &value, sizeof(value));
}

bytea *
state_write_finish(StringInfo out)
{
	uint32 checksum = body_checksum(out->data, out->len);

	memcpy(out->data + CRC_OFFSET, &checksum, sizeof(checksum));
	SET_VARSIZE(out->data, out->len);
	return (bytea *) out->data;
}

void
state_damaged(void)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					errmsg("bytes are no sums of an aggregate, or damaged"),
					errhint("Give what linlearn_gram, linlearn_survey, "
							"linlearn_gradient, linlearn_confusion_part, "
							"linlearn_metrics_part or linlearn_curve_part "
							"returned.")));
	pg_unreachable();
}

void
state_read_start(StateReader *reader, bytea *state_bytes, uint32 magic)
{
	const char *state = (const char *) state_bytes;
	Size size = VARSIZE(state_bytes);
	uint32 found;
	uint32 checksum;

	if (size < BODY_OFFSET)
		state_damaged();
	memcpy(&found, state + MAGIC_OFFSET, sizeof(found));
	memcpy(&checksum, state + CRC_OFFSET, sizeof(checksum));
	if (found != magic || checksum != body_checksum(state, size))
		state_damaged();
	reader->at = state + BODY_OFFSET;
	reader->left = size - BODY_OFFSET;
	reader->public = false;
}

const void *
state_read_place(StateReader *reader, Size size)
{
	const char *at = reader->at;

	if (size > reader->left)
		state_damaged();
	reader->at += size;
	reader->left -= size;
	return at;
}

void
state_read_bytes(StateReader *reader, void *bytes, Size size)
{
	memcpy(bytes, state_read_place(reader, size), size);
}

uint64
state_read_uint64(StateReader *reader)
{
	uint64 value;

	state_read_bytes(reader, &value, sizeof(value));
	return value;
}

double
state_read_double(StateReader *reader)
{
	double value;

	state_read_bytes(reader, &value, sizeof(value));
	return value;
}

uint64
state_read_choice(StateReader *reader, uint64 most)
{
	uint64 choice = state_read_uint64(reader);

	if (choice > most)
		state_damaged();
	return choice;
}

uint64
state_read_count(StateReader *reader, Size each)
{
	uint64 count = state_read_uint64(reader);

	if (count > reader->left / each)
		state_damaged();
	return count;
}

void
state_read_finish(StateReader *reader)
{
	if (reader->left != 0)
		state_damaged();
}
