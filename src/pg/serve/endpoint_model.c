/*
 * endpoint_model.c
 *		The models behind endpoints' names, decoded once a session.
 *
 * Rows of a table tell nobody when they change, so every statement looks the
 * endpoint and its model's row up, in its own snapshot: two index scans.  Only
 * when that row is another than the one decoded is the model read again.
 */
#include "pg/serve/endpoint.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pg/base/own_schema.h"
#include "pg/serve/execution.h"
#include "pg/serve/registry_table.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/uuid.h"

/*
 * Endpoints whose models a session keeps; the one longest unused goes first.
 */
#define MAX_MODELS 32

/* The row that a model was decoded from. */
typedef struct ModelRow
{
	Oid table;
	ItemPointerData ctid;
	TransactionId xmin;
	CommandId cmin;
	pg_uuid_t id;
	int32 version; /* this and the name: as the endpoint has them */
	char *name;
} ModelRow;

typedef struct EndpointEntry
{
	Oid schema;
	char *endpoint; /* NULL: free */
	ModelRow row;
	CachedModel *cached; /* its context holds the texts too */
	uint64 used;
} EndpointEntry;

/* The queries, prepared once for the schema that the extension is in. */
typedef struct EndpointQueries
{
	char *schema; /* as SQL writes it: a schema may be renamed */
	SPIPlanPtr endpoint;
	SPIPlanPtr model;
	SPIPlanPtr readable;
} EndpointQueries;

static EndpointEntry entries[MAX_MODELS];
static EndpointQueries queries;
static uint64 generation = 1;
static uint64 uses = 0;

uint64
endpoint_generation(void)
{
	return generation;
}

bool
endpoint_may_be_kept(Oid schema)
{
	return !has_policies(registry_table(schema, "linlearn_endpoints")) &&
		   !has_policies(registry_table(schema, "linlearn_models"));
}

/* Prepare a query of one parameter and keep it. */
static SPIPlanPtr
prepare(const char *query, Oid type)
{
	SPIPlanPtr plan = SPI_prepare(query, 1, &type);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\"", query);
	return plan;
}

/* Prepare both queries for a schema. */
static void
prepare_queries(Oid schema)
{
	const char *name = own_schema_name(schema);

	if (queries.readable != NULL && strcmp(queries.schema, name) == 0)
		return;
	if (queries.endpoint != NULL)
		SPI_freeplan(queries.endpoint);
	if (queries.model != NULL)
		SPI_freeplan(queries.model);
	if (queries.readable != NULL)
		SPI_freeplan(queries.readable);
	if (queries.schema != NULL)
		pfree(queries.schema);
	memset(&queries, 0, sizeof(queries));
	queries.schema = MemoryContextStrdup(CacheMemoryContext, name);
	queries.endpoint =
		prepare(psprintf("SELECT model_name, model_version, model_id "
						 "FROM %s.linlearn_endpoints "
						 "WHERE name OPERATOR(pg_catalog.=) $1",
						 name),
				TEXTOID);
	queries.model =
		prepare(psprintf("SELECT ctid, xmin, cmin, model "
						 "FROM %s.linlearn_models "
						 "WHERE model_id OPERATOR(pg_catalog.=) $1",
						 name),
				UUIDOID);
	queries.readable =
		prepare(psprintf("SELECT model IS NULL FROM %s.linlearn_models "
						 "WHERE model_id OPERATOR(pg_catalog.=) $1",
						 name),
				UUIDOID);
}

/* Read which model an endpoint has, with the caller's rights; false: none. */
static bool
read_endpoint(const char *endpoint, ModelRow *row)
{
	Datum values[1] = {CStringGetTextDatum(endpoint)};
	Datum id;
	bool null;

	if (SPI_execute_plan(queries.endpoint, values, NULL, true, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read linlearn_endpoints");
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
						errmsg("endpoint \"%s\" does not exist", endpoint),
						errhint("linlearn_create_endpoint makes one; a saved "
								"model by its name is linlearn_model(...).")));
	row->name = TextDatumGetCString(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
	row->version = DatumGetInt32(
		SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &null));
	id = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &null);
	if (!null)
		row->id = *DatumGetUUIDP(id);
	return !null;
}

/* Report an endpoint whose model is gone. */
static void
lost_model_error(const char *endpoint, const ModelRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("version %d of model \"%s\", which endpoint \"%s\" uses, "
					"does not exist",
					row->version, row->name, endpoint),
			 errdetail("It was deleted; a model saved since then is another "
					   "one."),
			 errhint("linlearn_update_endpoint points it to another.")));
}

/*
 * Find the row that an endpoint holds, with the rights of its table's owner;
 * returns the model as it is stored.
 */
static struct varlena *
read_model(Oid schema, const char *endpoint, ModelRow *row)
{
	Datum values[1] = {UUIDPGetDatum(&row->id)};
	OwnerRights rights;
	HeapTuple tuple;
	TupleDesc columns;
	bool null;

	row->table = registry_table(schema, "linlearn_models");
	rights = owner_rights_begin(row->table);
	if (SPI_execute_plan(queries.model, values, NULL, true, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read linlearn_models");
	owner_rights_end(rights);
	if (SPI_processed == 0)
		lost_model_error(endpoint, row);
	tuple = SPI_tuptable->vals[0];
	columns = SPI_tuptable->tupdesc;
	row->ctid = *(ItemPointer) DatumGetPointer(
		SPI_getbinval(tuple, columns, 1, &null));
	row->xmin = DatumGetTransactionId(SPI_getbinval(tuple, columns, 2, &null));
	row->cmin = DatumGetCommandId(SPI_getbinval(tuple, columns, 3, &null));
	return (struct varlena *) DatumGetPointer(
		SPI_getbinval(tuple, columns, 4, &null));
}

/* Whether two rows are the same version of the same row. */
static bool
is_same_row(const ModelRow *a, const ModelRow *b)
{
	return a->table == b->table && a->xmin == b->xmin && a->cmin == b->cmin &&
		   ItemPointerEquals((ItemPointer) &a->ctid, (ItemPointer) &b->ctid) &&
		   memcmp(&a->id, &b->id, sizeof(a->id)) == 0;
}

/* Let an entry's model go. */
static void
free_entry(EndpointEntry *entry)
{
	MemoryContext context = entry->cached->context;

	memset(entry, 0, sizeof(*entry));
	generation++;
	MemoryContextDelete(context);
}

/* Find an endpoint's entry, a free one, or the one longest unused. */
static EndpointEntry *
find_entry(Oid schema, const char *endpoint)
{
	EndpointEntry *oldest = &entries[0];

	for (int i = 0; i < MAX_MODELS; i++)
	{
		EndpointEntry *entry = &entries[i];

		if (entry->endpoint != NULL && entry->schema == schema &&
			strcmp(entry->endpoint, endpoint) == 0)
			return entry;
		if (entry->used < oldest->used)
			oldest = entry;
	}
	return oldest;
}

/* Decode a model into an entry. */
static void
fill_entry(EndpointEntry *entry, Oid schema, const char *endpoint,
		   const ModelRow *row, struct varlena *bytes)
{
	CachedModel *cached = cached_model_create(bytes, CurrentMemoryContext);
	char *copy = MemoryContextStrdup(cached->context, endpoint);

	if (entry->endpoint != NULL)
		free_entry(entry);
	MemoryContextSetParent(cached->context, CacheMemoryContext);
	entry->schema = schema;
	entry->endpoint = copy;
	entry->row = *row;
	entry->row.name = NULL;
	entry->cached = cached;
}

CachedModel *
endpoint_model(Oid schema, const char *name)
{
	EndpointEntry *entry;
	ModelRow row = {0};
	struct varlena *bytes;

	check_registry(schema);
	SPI_connect();
	prepare_queries(schema);
	if (!read_endpoint(name, &row))
		lost_model_error(name, &row);
	bytes = read_model(schema, name, &row);
	entry = find_entry(schema, name);
	if (entry->endpoint == NULL || entry->schema != schema ||
		strcmp(entry->endpoint, name) != 0 || !is_same_row(&entry->row, &row))
		fill_entry(entry, schema, name, &row, bytes);
	entry->used = ++uses;
	SPI_finish();
	return entry->cached;
}

void
endpoint_need_model(Oid schema, const char *name)
{
	ModelRow row = {0};
	Datum values[1];

	SPI_connect();
	prepare_queries(schema);
	if (!read_endpoint(name, &row))
		lost_model_error(name, &row);
	values[0] = UUIDPGetDatum(&row.id);
	/* Who may read no column of it gets PostgreSQL's own error. */
	if (SPI_execute_plan(queries.readable, values, NULL, true, 1) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read linlearn_models");
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("permission denied for version %d of model "
							   "\"%s\"",
							   row.version, row.name),
						errdetail("Endpoint \"%s\" uses it, and a policy "
								  "hides it from you.",
								  name)));
	SPI_finish();
}
