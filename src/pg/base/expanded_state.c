/*
 * expanded_state.c
 *		Aggregate states of type bytea whose live form is an expanded object.
 */
#include "pg/base/expanded_state.h"

#include "pg/base/aggregate_state.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

typedef struct ExpandedState
{
	ExpandedObjectHeader header;
	const ExpandedKind *kind;
	void *state;
	bytea *flat; /* between the two calls that flatten it */
} ExpandedState;

static Size
flat_size(ExpandedObjectHeader *header)
{
	ExpandedState *expanded = (ExpandedState *) header;
	MemoryContext old = MemoryContextSwitchTo(header->eoh_context);

	if (expanded->flat != NULL)
		pfree(expanded->flat);
	expanded->flat = NULL;
	expanded->flat = expanded->kind->write(expanded->state);
	MemoryContextSwitchTo(old);
	return VARSIZE(expanded->flat);
}

static void
flatten(ExpandedObjectHeader *header, void *result, Size allocated_size)
{
	ExpandedState *expanded = (ExpandedState *) header;

	Assert(allocated_size == VARSIZE(expanded->flat));
	memcpy(result, expanded->flat, allocated_size);
	pfree(expanded->flat);
	expanded->flat = NULL;
}

static const ExpandedObjectMethods methods = {flat_size, flatten};

/* The expanded object of this kind that argument 0 is; NULL: it is none. */
static ExpandedState *
live_argument(FunctionCallInfo fcinfo, const ExpandedKind *kind)
{
	struct varlena *value;
	ExpandedState *expanded;

	if (PG_ARGISNULL(0))
		return NULL;
	value = (struct varlena *) PG_GETARG_POINTER(0);
	if (!VARATT_IS_EXTERNAL_EXPANDED(value))
		return NULL;
	expanded = (ExpandedState *) DatumGetEOHP(PG_GETARG_DATUM(0));
	return expanded->header.eoh_methods == &methods && expanded->kind == kind
			   ? expanded
			   : NULL;
}

void *
expanded_state(FunctionCallInfo fcinfo, const ExpandedKind *kind)
{
	ExpandedState *expanded;

	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		return NULL;
	expanded = live_argument(fcinfo, kind);
	if (expanded != NULL)
		return expanded->state;
	return kind->merge(fcinfo, NULL, kind->read(fcinfo, PG_GETARG_BYTEA_P(0)));
}

Datum
expanded_state_return(FunctionCallInfo fcinfo, const ExpandedKind *kind,
					  void *state)
{
	ExpandedState *expanded = live_argument(fcinfo, kind);
	MemoryContext context;

	if (expanded != NULL && expanded->state == state)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	/* A child of the aggregate's context, as nodeAgg keeps it without a copy. */
	context =
		AllocSetContextCreate(aggregate_context(fcinfo),
							  "linlearn expanded state", ALLOCSET_SMALL_SIZES);
	expanded = MemoryContextAllocZero(context, sizeof(ExpandedState));
	EOH_init_header(&expanded->header, &methods, context);
	expanded->kind = kind;
	expanded->state = state;
	PG_RETURN_DATUM(EOHPGetRWDatum(&expanded->header));
}

Datum
expanded_state_combine(FunctionCallInfo fcinfo, const ExpandedKind *kind)
{
	void *into = expanded_state(fcinfo, kind);

	if (PG_ARGISNULL(1))
	{
		if (into == NULL)
			PG_RETURN_NULL();
		return expanded_state_return(fcinfo, kind, into);
	}
	into = kind->merge(fcinfo, into, kind->read(fcinfo, PG_GETARG_BYTEA_P(1)));
	return expanded_state_return(fcinfo, kind, into);
}
