/*
 * terms.c
 *		linlearn_terms(plan, cells) and linlearn_sparse_terms(plan, cells): the
 *		features that a row's columns make.
 */
#include "pg/cluster/terms.h"

#include "catalog/pg_type.h"
#include "core/base/hash.h"
#include "core/columns/encoder.h"
#include "core/model/columns_decode.h"
#include "core/model/columns_encode.h"
#include "core/shards/shard_survey.h"
#include "miscadmin.h"
#include "pg/base/runtime.h"
#include "pg/base/state_bytes.h"
#include "pg/base/text_encoding.h"
#include "pg/cluster/cell_bytes.h"
#include "pg/values/column_failure.h"
#include "pg/values/column_options.h"
#include "pg/values/sparse.h"
#include "utils/array.h"
#include "utils/memutils.h"

#define PLAN_MAGIC 0x314E504C /* "LPN1" */

/* Where the digest is: behind magic and checksum. */
#define DIGEST_PLACE 8

bytea *
terms_plan_write(const Columns *columns)
{
	Runtime runtime = pg_runtime(CurrentMemoryContext);
	Writer writer = {.runtime = &runtime};
	StringInfoData out;
	uint64 digest, size;
	int at;

	columns_encode(&writer, columns);
	CHECK_FOR_INTERRUPTS();
	if (writer.failed)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	state_write_start(&out, PLAN_MAGIC);
	at = out.len;
	state_write_uint64(&out, 0);
	state_write_uint64(&out, columns->width);
	/* Without the section's header, and what fills it up. */
	memcpy(&size, writer.bytes + SECTION_HEADER_SIZE - sizeof(size),
		   sizeof(size));
	state_write_bytes(&out, writer.bytes + SECTION_HEADER_SIZE, size);
	digest = hash64_bytes(out.data + at, out.len - at, 0);
	memcpy(out.data + at, &digest, sizeof(digest));
	return state_write_finish(&out);
}

/* A plan that a call site was given last, ready, and the rows that it sees. */
typedef struct TermsCall
{
	MemoryContext context;
	uint64 digest;
	Columns *columns;
	Encoder encoder;
	CellsReader *reader;
	uint32 *source; /* [columns] whose cell each takes */
} TermsCall;

/* The digest of a plan's bytes, as they say it. */
static uint64
plan_digest(Datum plan)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(plan);
	const bytea *bytes = value;
	uint64 digest = 0;

	/* A few bytes of one that is stored elsewhere, or compressed. */
	if (VARATT_IS_EXTENDED(value) && !VARATT_IS_SHORT(value))
		bytes = DatumGetByteaPSlice(plan, 0, DIGEST_PLACE + sizeof(digest));
	if (VARSIZE_ANY_EXHDR(bytes) >= DIGEST_PLACE + sizeof(digest))
		memcpy(&digest, VARDATA_ANY(bytes) + DIGEST_PLACE, sizeof(digest));
	return digest;
}

/* Reads a plan into the current memory context. */
static Columns *
read_plan(bytea *bytes, const Runtime *runtime)
{
	StateReader state;
	Reader reader = {.runtime = runtime};
	Columns *columns;
	uint64 width;

	state_read_start(&state, bytes, PLAN_MAGIC);
	(void) state_read_uint64(&state);
	width = state_read_choice(&state, SHARD_MAX_DIMENSION);
	reader.left = state.left;
	/* Aligned as in a model. */
	reader.cursor = memcpy(palloc(state.left + 1), state.at, state.left);
	if (width == 0)
		state_damaged();
	columns = columns_decode(&reader, (uint32) width);
	CHECK_FOR_INTERRUPTS();
	if (reader.no_memory)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	if (columns == NULL)
		state_damaged();
	return columns;
}

/* What a call site keeps, made anew where the plan differs. */
static TermsCall *
begin(FunctionCallInfo fcinfo, RowFormat format)
{
	TermsCall *call = fcinfo->flinfo->fn_extra;
	uint64 digest = plan_digest(PG_GETARG_DATUM(0));
	MemoryContext context, old;
	Failure failure = {0};
	Runtime runtime;

	if (call != NULL && call->digest == digest)
		return call;
	if (call != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(call->context);
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "linlearn terms",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	runtime = pg_runtime(context);
	call = palloc0(sizeof(TermsCall));
	call->context = context;
	call->digest = digest;
	call->columns = read_plan(PG_GETARG_BYTEA_P(0), &runtime);
	CHECK_COLUMNS(encoder_init(&call->encoder, call->columns, format, &runtime,
							   &failure),
				  failure);
	call->source = palloc0((call->columns->count + 1) * sizeof(uint32));
	call->encoder.source = call->source;
	call->reader = cells_reader_begin(context);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

/* A name in the database's encoding. */
static const char *
shown(const char *name)
{
	return server_of_utf8(name, strlen(name));
}

/* Raises the error of a column of another kind than the plan's. */
static void
refuse_kind(const Column *column, const Column *given)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_DATATYPE_MISMATCH),
		 errmsg("column \"%s\" is of type %s, but the model was trained "
				"with type %s",
				shown(column->name), shown(given->type), shown(column->type)),
		 errdetail("The model takes it as %s.",
				   column_kind_name(column->kind)),
		 errhint("Cast it.")));
}

/* Finds the cells that the plan's columns take: of a key that is not there, NULL. */
static void
find_cells(TermsCall *call)
{
	const Columns *columns = call->columns;
	uint32 count;
	const Column *given = cells_columns(call->reader, &count);

	for (uint32 i = 0; i < columns->count; i++)
		call->source[i] = count;
	for (uint32 i = 0; i < count; i++)
	{
		int place =
			columns_find(columns, given[i].name, strlen(given[i].name));

		if (place < 0)
			continue;
		if (given[i].kind != columns->columns[place].kind)
			refuse_kind(&columns->columns[place], &given[i]);
		call->source[place] = i;
	}
	for (uint32 i = 0; i < columns->count; i++)
		if (call->source[i] == count &&
			strcmp(columns->columns[i].type, COLUMN_KEY_TYPE) != 0)
			ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
							errmsg("row has no column \"%s\"",
								   shown(columns->columns[i].name))));
}

/* A row of terms as an array. */
static ArrayType *
make_array(const double *terms, uint32 width)
{
	Size size = ARR_OVERHEAD_NONULLS(1) + width * sizeof(float8);
	ArrayType *array = palloc0(size);

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = FLOAT8OID;
	ARR_DIMS(array)[0] = (int) width;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), terms, width * sizeof(float8));
	return array;
}

/* Encodes the row of a call. */
static const TermsCall *
encode(FunctionCallInfo fcinfo, RowFormat format, RowView *view)
{
	TermsCall *call = begin(fcinfo, format);
	bytea *bytes = PG_GETARG_BYTEA_PP(1);
	Failure failure; /* not cleared: it is large, and this runs a row */

	if (cells_read(call->reader, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)))
		find_cells(call);
	CHECK_COLUMNS(
		encoder_encode(&call->encoder, cells_of(call->reader), view, &failure),
		failure);
	return call;
}

PG_FUNCTION_INFO_V1(linlearn_terms);
Datum
linlearn_terms(PG_FUNCTION_ARGS)
{
	RowView view;
	const TermsCall *call = encode(fcinfo, ROWS_F64, &view);

	PG_RETURN_ARRAYTYPE_P(make_array(view.dense, call->columns->width));
}

PG_FUNCTION_INFO_V1(linlearn_sparse_terms);
Datum
linlearn_sparse_terms(PG_FUNCTION_ARGS)
{
	RowView view;
	const TermsCall *call = encode(fcinfo, ROWS_SPARSE, &view);
	SparseValue *sparse = palloc(SPARSE_SIZE(view.count));

	SET_VARSIZE(sparse, SPARSE_SIZE(view.count));
	sparse->width = call->columns->width;
	sparse->count = view.count;
	if (view.count > 0)
	{
		memcpy(sparse->keys, view.index, view.count * sizeof(uint32));
		memcpy(SPARSE_VALUES(sparse), view.value, view.count * sizeof(float));
	}
	PG_RETURN_POINTER(sparse);
}
