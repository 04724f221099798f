/*
 * cells.c
 *		linlearn_cells(layout, columns...): columns of a row, packed into one value.
 *
 * postgres_fdw sends no record, but any number of columns.
 */
#include "pg/base/version.h"

#include "catalog/pg_type.h"
#include "catalog/pg_namespace.h"
#include "pg/cluster/cell_bytes.h"
#include "pg/values/record_names.h"
#include "pg/values/record_reader.h"
#include "pg/values/record_types.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* How values of another type than the layout says become such: by their text. */
typedef struct Conversion
{
	bool is_needed;
	FmgrInfo output;
	FmgrInfo input;
	Oid argument; /* of the input function */
} Conversion;

/* What a call site keeps. */
typedef struct CellsCall
{
	MemoryContext context;
	Jsonb *layout; /* it is for */
	TableOptions options;
	RecordReader *reader;
	int32 typmod;			 /* of the record type of its columns */
	Conversion *conversions; /* [columns] */
	bool cuts;
	uint32 count; /* columns that are in the bytes below */
	StringInfoData bytes;
} CellsCall;

/* A list of a layout, one element a column; NULL: there is none. */
static JsonbContainer *
find_list(Jsonb *layout, const char *key, int count)
{
	JsonbValue list;

	if (!JB_ROOT_IS_OBJECT(layout) ||
		getKeyJsonValueFromContainer(&layout->root, key, (int) strlen(key),
									 &list) == NULL ||
		list.type != jbvBinary ||
		!JsonContainerIsArray(list.val.binary.data) ||
		JsonContainerSize(list.val.binary.data) != (uint32) count)
		return NULL;
	return list.val.binary.data;
}

/* The names that a layout gives the columns. */
static char **
read_names(Jsonb *layout, int count)
{
	JsonbContainer *list = find_list(layout, "names", count);
	char **names = palloc((count + 1) * sizeof(char *));

	if (list == NULL)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a layout must have a name for each of %d columns", count),
			 errhint("For example linlearn_cells('{\"names\": [\"a\", "
					 "\"b\"]}', a, b).")));
	for (int i = 0; i < count; i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(list, i);

		if (name->type != jbvString || name->val.string.len == 0 ||
			name->val.string.len >= NAMEDATALEN)
			ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
							errmsg("names of columns are texts of 1 to %d "
								   "bytes",
								   NAMEDATALEN - 1)));
		names[i] = pnstrdup(name->val.string.val, name->val.string.len);
	}
	return names;
}

/* A type of PostgreSQL's own that a column may be of, by its name there. */
static Oid
find_type(const JsonbValue *name)
{
	Oid type = InvalidOid;
	CellType found;

	if (name->type == jbvString && name->val.string.len < NAMEDATALEN)
		type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
							   CStringGetDatum(pnstrdup(name->val.string.val,
														name->val.string.len)),
							   ObjectIdGetDatum(PG_CATALOG_NAMESPACE));
	if (!OidIsValid(type) || get_typtype(type) != TYPTYPE_BASE ||
		!cell_type_find(type, false, &found))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("types of columns are names of PostgreSQL's "
							   "types that a feature may be of, or null")));
	return type;
}

/*
 * The types that the columns are read as: those that a layout says.  A foreign
 * table may declare a column otherwise than its server does, and what is fetched
 * becomes the declared type by its text; so it does here.
 */
static Oid *
read_types(FunctionCallInfo fcinfo, CellsCall *call, int count)
{
	JsonbContainer *list = find_list(call->layout, "types", count);
	Oid *types = palloc((count + 1) * sizeof(Oid));

	call->conversions = palloc0((count + 1) * sizeof(Conversion));
	for (int i = 0; i < count; i++)
	{
		Conversion *conversion = &call->conversions[i];
		JsonbValue *name =
			list == NULL ? NULL : getIthJsonbValueFromContainer(list, i);
		Oid own = get_fn_expr_argtype(fcinfo->flinfo, i + 1), function;
		bool varlena;

		types[i] = own;
		if (name == NULL || name->type == jbvNull)
			continue;
		types[i] = find_type(name);
		if (getBaseType(own) == types[i])
			continue;
		conversion->is_needed = true;
		getTypeOutputInfo(own, &function, &varlena);
		fmgr_info(function, &conversion->output);
		getTypeInputInfo(types[i], &function, &conversion->argument);
		fmgr_info(function, &conversion->input);
	}
	return types;
}

/* A value as of the type that it is read as. */
static Datum
convert(Conversion *conversion, Datum value)
{
	return !conversion->is_needed
			   ? value
			   : InputFunctionCall(
					 &conversion->input,
					 OutputFunctionCall(&conversion->output, value),
					 conversion->argument, -1);
}

/* Whether options cut numbers by their quantiles. */
static bool
want_cuts(const TableOptions *options)
{
	for (uint32 i = 0; i < options->column_count; i++)
		if (options->columns[i].options.buckets > 0 ||
			options->columns[i].options.spline > 0)
			return true;
	return false;
}

/* What a call site keeps, made anew where the layout differs. */
static CellsCall *
begin(FunctionCallInfo fcinfo)
{
	CellsCall *call = fcinfo->flinfo->fn_extra;
	Jsonb *layout = PG_GETARG_JSONB_P(0);
	MemoryContext context, old;
	int count = PG_NARGS() - 1;

	if (call != NULL && VARSIZE(call->layout) == VARSIZE(layout) &&
		memcmp(call->layout, layout, VARSIZE(layout)) == 0)
		return call;
	if (get_fn_expr_variadic(fcinfo->flinfo))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("linlearn_cells takes columns one by one, not "
							   "VARIADIC an array")));
	if (call != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(call->context);
	}
	context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "linlearn cells",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	call = palloc0(sizeof(CellsCall));
	call->context = context;
	call->layout = palloc(VARSIZE(layout));
	memcpy(call->layout, layout, VARSIZE(layout));
	table_options_read(call->layout, &call->options);
	call->cuts = want_cuts(&call->options);
	call->typmod = record_type_of(read_names(call->layout, count),
								  read_types(fcinfo, call, count), count);
	call->reader = record_reader_begin(&call->options, context);
	initStringInfo(&call->bytes);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = call;
	return call;
}

PG_FUNCTION_INFO_V1(linlearn_cells);
Datum
linlearn_cells(PG_FUNCTION_ARGS)
{
	CellsCall *call;
	NullableDatum fields[FUNC_MAX_ARGS];
	RecordProblem problem;
	uint32 column, count;
	const Column *columns;
	const Cell *cells;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("layout must not be NULL")));
	call = begin(fcinfo);
	for (int i = 1; i < PG_NARGS(); i++)
	{
		fields[i - 1] = fcinfo->args[i];
		if (!PG_ARGISNULL(i))
			fields[i - 1].value =
				convert(&call->conversions[i - 1], PG_GETARG_DATUM(i));
	}
	cells = record_reader_read_fields(call->reader, call->typmod, fields, NULL,
									  &problem, &column);
	if (problem != RECORD_FINE)
		report_record_problem(call->reader, problem, column, 0,
							  problem == RECORD_LENGTH
								  ? NULL
								  : "Leave such rows out with WHERE.");
	columns = record_reader_columns(call->reader, &count);
	if (count != call->count || call->bytes.len == 0)
	{
		cell_layout_write(&call->bytes, columns, count, call->cuts);
		call->count = count;
	}
	PG_RETURN_BYTEA_P(cells_write(&call->bytes, columns, cells, count));
}
