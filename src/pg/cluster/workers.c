/*
 * workers.c
 *		The other servers of a table that Citus distributes.
 */
#include "pg/cluster/workers.h"

#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "pg/base/extension_version.h"
#include "utils/builtins.h"

/* Of a distributed table, a reference table or a local one that Citus manages. */
#define KNOWS                                                                 \
	"SELECT FROM pg_catalog.pg_dist_partition "                               \
	"WHERE logicalrelid OPERATOR(pg_catalog.=) $1"

#define ASKS                                                                  \
	"SELECT nodename, nodeport, success, result "                             \
	"FROM pg_catalog.run_command_on_workers("                                 \
	"'SELECT pg_catalog.max(extversion) FROM pg_catalog.pg_extension "        \
	"WHERE extname OPERATOR(pg_catalog.=) ''linlearn''')"

/* Whether Citus has something to say of a relation. */
static bool
knows(Oid relation)
{
	Oid types[] = {REGCLASSOID};
	Datum values[] = {ObjectIdGetDatum(relation)};

	if (!OidIsValid(get_extension_oid("citus", true)))
		return false;
	if (SPI_execute_with_args(KNOWS, 1, types, values, NULL, true, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read what Citus distributes");
	return SPI_processed > 0;
}

pg_noreturn static void
refuse(const char *worker, bool answered, const char *answer)
{
	const char *here = extension_version();

	if (!answered)
		ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
						errmsg("worker \"%s\" does not say whether it has "
							   "linlearn",
							   worker),
						errdetail("It says: %s", answer)));
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("worker \"%s\" has no linlearn of this version", worker),
			 answer[0] == '\0'
				 ? errdetail("It has none; here it is %s.", here)
				 : errdetail("It is %s there, %s here.", answer, here),
			 errhint("Run there CREATE EXTENSION linlearn; or ALTER EXTENSION "
					 "linlearn UPDATE;")));
	pg_unreachable();
}

void
workers_check(Oid relation)
{
	if (!knows(relation))
		return;
	if (SPI_execute(ASKS, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not ask the workers of Citus");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple row = SPI_tuptable->vals[i];
		TupleDesc columns = SPI_tuptable->tupdesc;
		bool null;
		bool answered = DatumGetBool(SPI_getbinval(row, columns, 3, &null));
		char *answer = SPI_getvalue(row, columns, 4);

		if (answer == NULL)
			answer = "";
		if (!answered || strcmp(answer, extension_version()) != 0)
			refuse(psprintf("%s:%s", SPI_getvalue(row, columns, 1),
							SPI_getvalue(row, columns, 2)),
				   answered, answer);
	}
}
