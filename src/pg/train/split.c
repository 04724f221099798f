/*
 * split.c
 *		linlearn_split(key, train, validation, seed): the channel of a row.
 */
#include "pg/base/version.h"

#include "core/rows/split.h"
#include "pg/values/key_bytes.h"
#include "utils/builtins.h"

/* The shares in arguments 1 and 2. */
static SplitShares
read_shares(FunctionCallInfo fcinfo)
{
	SplitShares shares;
	const char *wrong;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("shares must not be NULL")));
	shares = (SplitShares){PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2)};
	wrong = split_check(&shares);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares: %s", wrong),
				 errdetail("They are train %g and validation %g; what is left "
						   "is for test.",
						   shares.train, shares.validation)));
	return shares;
}

/* The part that the key of argument 0 belongs to. */
static SplitPart
part_of_key(FunctionCallInfo fcinfo)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	SplitShares shares = read_shares(fcinfo);
	StringInfoData key;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of a split must not be NULL",
						PG_ARGISNULL(0) ? "key" : "seed"),
				 PG_ARGISNULL(0)
					 ? errhint("Rows without a key can be told apart by all "
							   "that they hold: give the row itself.")
					 : 0));
	if (!OidIsValid(type))
		ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_DATATYPE),
						errmsg("could not determine the key's type")));
	initStringInfo(&key);
	key_bytes_append(&key, type, PG_GETARG_DATUM(0));
	return split_of_key(key.data, (size_t) key.len,
						(uint64) PG_GETARG_INT64(3), &shares);
}

PG_FUNCTION_INFO_V1(linlearn_split);
Datum
linlearn_split(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"train", "validation", "test"};

	PG_RETURN_TEXT_P(cstring_to_text(names[part_of_key(fcinfo)]));
}

PG_FUNCTION_INFO_V1(linlearn_split_channel);
Datum
linlearn_split_channel(PG_FUNCTION_ARGS)
{
	PG_RETURN_CHAR((char) ('0' + part_of_key(fcinfo)));
}
