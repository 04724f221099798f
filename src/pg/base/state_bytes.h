/*
 * state_bytes.h
 *		Aggregate states as bytes, on their way between parallel workers.
 *
 * A state is: magic (4 bytes, one a kind of state), CRC-32C of the rest, then
 * words and strings in the server's own byte order.  The reader raises
 * data_corrupted for anything that is not exactly what a writer wrote.
 */
#ifndef LINLEARN_PG_BASE_STATE_BYTES_H
#define LINLEARN_PG_BASE_STATE_BYTES_H

#include "pg/base/version.h"

#include "lib/stringinfo.h"

typedef struct StateReader
{
	const char *at;
	Size left;
	bool public; /* anybody may have written it: it holds plain types only */
} StateReader;

/* Starts a state of this kind in out. */
extern void state_write_start(StringInfo out, uint32 magic);
extern void state_write_bytes(StringInfo out, const void *bytes, Size size);

/* Room for so many bytes more; state_write_reserved says how far it was filled. */
extern char *state_write_reserve(StringInfo out, Size size);
extern void state_write_reserved(StringInfo out, const char *end);
extern void state_write_uint64(StringInfo out, uint64 value);
extern void state_write_double(StringInfo out, double value);

/* Closes the state: the bytea to return. */
extern bytea *state_write_finish(StringInfo out);

/* Opens a state; state_bytes must stay in place while it is read. */
extern void state_read_start(StateReader *reader, bytea *state_bytes,
							 uint32 magic);
extern void state_read_bytes(StateReader *reader, void *bytes, Size size);
extern uint64 state_read_uint64(StateReader *reader);
extern double state_read_double(StateReader *reader);

/* So many bytes where they lie, aligned or not. */
extern const void *state_read_place(StateReader *reader, Size size);

/* Reads what is one of 0 to most. */
extern uint64 state_read_choice(StateReader *reader, uint64 most);

/* Reads a count of things of at least so many bytes each; checks they fit. */
extern uint64 state_read_count(StateReader *reader, Size each);

/* Checks that nothing is left. */
extern void state_read_finish(StateReader *reader);

/* Raises the error of a damaged state. */
pg_noreturn extern void state_damaged(void);

#endif
