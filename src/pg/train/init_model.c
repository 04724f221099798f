/*
 * init_model.c
 *		The model that a training goes on from, which is the same for all rows.
 */
#include "pg/train/init_model.h"

#include "pg/base/aggregate_state.h"
#include "utils/memutils.h"

void
init_model_take(InitModel *init, FunctionCallInfo fcinfo, int argument)
{
	memset(init, 0, sizeof(*init));
	if (PG_NARGS() <= argument)
		return;
	init->fixed = aggregate_argument_fixed(fcinfo, argument);
	if (!PG_ARGISNULL(argument))
		init->bytes = DatumGetByteaPCopy(PG_GETARG_DATUM(argument));
}

void
init_model_differs(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("init_model must be the same for all rows of a model")));
	pg_unreachable();
}

/* Keeps a value as it came, which most rows' will be to the byte. */
static void
keep_given(InitModel *init, const struct varlena *value, Size size,
		   MemoryContext context)
{
	if (init->given != NULL)
		pfree(init->given);
	init->given = MemoryContextAllocHuge(context, size);
	memcpy(init->given, value, size);
	init->size = size;
}

void
init_model_check(InitModel *init, FunctionCallInfo fcinfo, int argument,
				 MemoryContext context)
{
	struct varlena *value, *plain;
	Size size;
	bool same;

	if (init->fixed || PG_NARGS() <= argument)
		return;
	if (PG_ARGISNULL(argument) != (init->bytes == NULL))
		init_model_differs();
	if (init->bytes == NULL)
		return;
	value = (struct varlena *) PG_GETARG_POINTER(argument);
	size = VARSIZE_ANY(value);
	if (size == init->size && memcmp(value, init->given, size) == 0)
		return;
	plain = PG_DETOAST_DATUM(PointerGetDatum(value));
	same = VARSIZE(plain) == VARSIZE(init->bytes) &&
		   memcmp(plain, init->bytes, VARSIZE(plain)) == 0;
	if (plain != value)
		pfree(plain);
	if (!same)
		init_model_differs();
	keep_given(init, value, size, context);
}
