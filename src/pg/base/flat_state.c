/*
 * flat_state.c
 *		Aggregate states without pointers.
 */
#include "pg/base/flat_state.h"

#include "pg/base/aggregate_state.h"
#include "pg/base/state_bytes.h"

Datum
flat_state_combine(FunctionCallInfo fcinfo, uint32 magic, Size size,
				   FlatStateMerge merge)
{
	void *into = aggregate_state(fcinfo, 0, magic);
	void *from = aggregate_state(fcinfo, 1, magic);

	if (from == NULL && into == NULL)
		PG_RETURN_NULL();
	if (from == NULL)
		PG_RETURN_POINTER(into);
	if (into == NULL)
	{
		into = MemoryContextAlloc(aggregate_context(fcinfo), size);
		memcpy(into, from, size);
	}
	else
		merge(into, from);
	PG_RETURN_POINTER(into);
}

Datum
flat_state_serialize(FunctionCallInfo fcinfo, uint32 magic, Size size)
{
	void *state = aggregate_state_given(fcinfo, magic);
	StringInfoData out;

	state_write_start(&out, magic);
	state_write_bytes(&out, state, size);
	PG_RETURN_BYTEA_P(state_write_finish(&out));
}

void *
flat_state_deserialize(FunctionCallInfo fcinfo, uint32 magic, Size size)
{
	void *state;
	StateReader reader;

	(void) aggregate_context(fcinfo);
	state_read_start(&reader, PG_GETARG_BYTEA_P(0), magic);
	state = palloc(size);
	state_read_bytes(&reader, state, size);
	state_read_finish(&reader);
	return state;
}
