/*
 * record_reader.c
 *		Cells out of a row of a table, or out of a JSON object.
 */
#include "pg/values/record_reader.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "pg/values/record_json.h"
#include "pg/values/record_plan.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

struct RecordReader
{
	RecordColumns columns;
	RowPlan *plan; /* of the rows so far; NULL: none, or it failed */
	Oid type;	   /* as it was given for them */
	bool json;	   /* it is jsonb */
	JsonRowPlan *json_plan;
	CellFault fault; /* of the last problem */
};

bool
record_reader_takes(Oid type, bool json)
{
	if (!OidIsValid(type))
		return false;
	type = getBaseType(type);
	return type_is_rowtype(type) || (json && type == JSONBOID);
}

RecordReader *
record_reader_begin(TableOptions *options, MemoryContext context)
{
	RecordReader *reader =
		MemoryContextAllocZero(context, sizeof(RecordReader));

	Assert(options != NULL);
	record_columns_init(&reader->columns, false, options, context);
	return reader;
}

/* The name of a model's column in the database's encoding; NULL stays. */
static const char *
role_name(const char *name)
{
	return name == NULL ? NULL : server_of_utf8(name, strlen(name));
}

RecordReader *
record_reader_for(const Columns *columns, TableOptions *options,
				  MemoryContext context)
{
	RecordReader *reader =
		MemoryContextAllocZero(context, sizeof(RecordReader));

	record_columns_init(&reader->columns, true, options, context);
	if (options == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		reader->columns.roles[ROLE_OFFSET] = role_name(columns->offset);
		reader->columns.roles[ROLE_EXPOSURE] = role_name(columns->exposure);
		MemoryContextSwitchTo(old);
	}
	for (uint32 i = 0; i < columns->count; i++)
		(void) record_columns_add(&reader->columns, &columns->columns[i]);
	return reader;
}

/* The plan of a row's type. */
static RowPlan *
plan_of(RecordReader *reader, Oid type, int32 typmod)
{
	if (!row_plan_fits(reader->plan, type, typmod))
	{
		RowPlan *old = reader->plan;

		reader->plan = NULL;
		if (old != NULL)
			MemoryContextDelete(old->context);
		reader->plan = row_plan_make(&reader->columns, type, typmod);
	}
	return reader->plan;
}

/* Reads one role out of a row; a weight that is NULL is NaN. */
static void
read_role(const RowPlan *plan, RowRole role, RowRoles *roles)
{
	int number = plan->roles[role];
	const char *name;

	if (number < 0)
		return;
	name = NameStr(TupleDescAttr(plan->descriptor, number)->attname);
	if (!plan->nulls[number] && OidIsValid(plan->role_types[role]))
		row_roles_take_fold(roles, role, name, plan->role_types[role],
							plan->values[number]);
	else if (!plan->nulls[number])
		row_roles_take(
			roles, role, name,
			cell_read_number(plan->role_sources[role], plan->values[number]));
	else if (role == ROLE_WEIGHT)
		roles->weight = NAN;
	else
		row_roles_refuse_null(role, name);
}

/* Reads the roles; those beside the weight not of a row that is none. */
static void
read_roles(const RowPlan *plan, RowRoles *roles)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (roles->weight != 0.0)
			read_role(plan, (RowRole) role, roles);
}

/* Sets all cells to NULL: keys that a row lacks are not seen otherwise. */
static void
clear_cells(RecordColumns *columns)
{
	for (uint32 i = 0; i < columns->count; i++)
		columns->cells[i].null = true;
}

/* Reads the attributes that are numbers and flags. */
static RecordProblem
read_numbers(const RowPlan *plan, Cell *cells, uint32 *column)
{
	for (uint32 i = 0; i < plan->number_count; i++)
	{
		const RowNumber *number = &plan->numbers[i];
		Cell *cell = &cells[number->column];

		cell->null = plan->nulls[number->number];
		if (cell->null)
			continue;
		cell->number =
			cell_read_number(number->source, plan->values[number->number]);
		if (!isfinite(cell->number))
		{
			*column = number->column;
			return RECORD_NOT_FINITE;
		}
	}
	return RECORD_FINE;
}

/* Reads the other attributes that are columns. */
static RecordProblem
read_attributes(RecordReader *reader, RowPlan *plan, uint32 *column)
{
	RecordColumns *columns = &reader->columns;

	for (uint32 i = 0; i < plan->count; i++)
	{
		RowAttribute *attribute = &plan->attributes[i];
		Cell *cell = &columns->cells[attribute->column];
		RecordProblem problem;

		cell->null = plan->nulls[attribute->number];
		if (cell->null)
			continue;
		problem = cell_read(&attribute->cells, plan->values[attribute->number],
							&columns->columns[attribute->column], cell,
							&reader->fault);
		if (problem != RECORD_FINE)
		{
			*column = attribute->column;
			return problem;
		}
	}
	return RECORD_FINE;
}

/* Reads the attributes whose keys are columns. */
static RecordProblem
read_objects(RecordReader *reader, const RowPlan *plan, uint32 *column)
{
	RecordProblem problem = RECORD_FINE;

	for (uint32 i = 0; i < plan->object_count && problem == RECORD_FINE; i++)
	{
		const RowObject *object = &plan->objects[i];
		Datum value = plan->values[object->number];

		if (plan->nulls[object->number])
			continue;
		if (!reader->columns.of_model)
			problem = record_object_learn(&reader->columns, object->name,
										  value, column, &reader->fault);
		else
			problem = record_object_read(&reader->columns, object->name, value,
										 object->keys, object->key_count,
										 column, &reader->fault);
	}
	return problem;
}

/* Reads the fields of a row, which are in the plan. */
static RecordProblem
read_fields(RecordReader *reader, RowPlan *plan, RowRoles *roles,
			uint32 *column)
{
	RecordProblem problem;

	if (roles != NULL)
		read_roles(plan, roles);
	if (plan->object_count > 0 || (roles != NULL && roles->weight == 0.0))
		clear_cells(&reader->columns);
	/* A row of weight 0 is none: it brings no column either. */
	if (roles != NULL && roles->weight == 0.0)
		return RECORD_FINE;
	problem = read_numbers(plan, reader->columns.cells, column);
	if (problem == RECORD_FINE)
		problem = read_attributes(reader, plan, column);
	if (problem == RECORD_FINE)
		problem = read_objects(reader, plan, column);
	return problem;
}

/* Reads a composite value. */
static RecordProblem
read_row(RecordReader *reader, Datum value, RowRoles *roles, uint32 *column)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	RowPlan *plan = plan_of(reader, HeapTupleHeaderGetTypeId(row),
							HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	heap_deform_tuple(&tuple, plan->descriptor, plan->values, plan->nulls);
	return read_fields(reader, plan, roles, column);
}

/* Reads a row out of jsonb. */
static RecordProblem
read_json(RecordReader *reader, Datum value, RowRoles *roles, uint32 *column)
{
	if (record_columns_train(&reader->columns))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type jsonb cannot be used as features"),
				 errhint("As a column of a row, it has its keys as columns: "
						 "FROM (SELECT j FROM t) x.")));
	if (reader->json_plan == NULL)
		reader->json_plan = json_row_plan(&reader->columns);
	return json_row_read(reader->json_plan, &reader->columns, value, roles,
						 column, &reader->fault);
}

const Cell *
record_reader_read(RecordReader *reader, Datum value, Oid type,
				   RowRoles *roles, RecordProblem *problem, uint32 *column)
{
	if (type != reader->type)
	{
		reader->json = getBaseType(type) == JSONBOID;
		reader->type = type;
	}
	memset(&reader->fault, 0, sizeof(reader->fault));
	*column = 0;
	if (roles != NULL)
		*roles = row_roles_none();
	*problem = reader->json ? read_json(reader, value, roles, column)
							: read_row(reader, value, roles, column);
	return reader->columns.cells;
}

const Cell *
record_reader_read_fields(RecordReader *reader, int32 typmod,
						  const NullableDatum *fields, RowRoles *roles,
						  RecordProblem *problem, uint32 *column)
{
	RowPlan *plan = plan_of(reader, RECORDOID, typmod);

	memset(&reader->fault, 0, sizeof(reader->fault));
	*column = 0;
	if (roles != NULL)
		*roles = row_roles_none();
	for (int i = 0; i < plan->descriptor->natts; i++)
	{
		plan->values[i] = fields[i].value;
		plan->nulls[i] = fields[i].isnull;
	}
	*problem = read_fields(reader, plan, roles, column);
	return reader->columns.cells;
}

void
record_reader_mark(RecordReader *reader, int32 typmod, bool *used)
{
	const RowPlan *plan = plan_of(reader, RECORDOID, typmod);

	for (uint32 i = 0; i < plan->number_count; i++)
		used[plan->numbers[i].number] = true;
	for (uint32 i = 0; i < plan->count; i++)
		used[plan->attributes[i].number] = true;
	for (uint32 i = 0; i < plan->object_count; i++)
		used[plan->objects[i].number] = true;
}

const Cell *
record_reader_read_values(RecordReader *reader, const JsonbValue *values,
						  RecordProblem *problem, uint32 *column)
{
	RecordColumns *columns = &reader->columns;

	memset(&reader->fault, 0, sizeof(reader->fault));
	*problem = RECORD_FINE;
	for (uint32 i = 0; i < columns->count && *problem == RECORD_FINE; i++)
	{
		*column = i;
		columns->cells[i].null = values[i].type == jbvNull;
		if (!columns->cells[i].null)
			*problem = json_cell_read(&columns->json[i], &values[i],
									  &columns->columns[i], &columns->cells[i],
									  &reader->fault);
	}
	return columns->cells;
}

const Column *
record_reader_columns(const RecordReader *reader, uint32 *count)
{
	*count = reader->columns.count;
	return reader->columns.columns;
}

/* Raises the error of a column that rows read elsewhere have otherwise. */
static void
refuse_other(const Column *own, const Column *other)
{
	const char *name = record_column_name(own);
	bool types = own->kind == other->kind;

	if (!types || strcmp(own->type, other->type) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is %s in some rows and %s in others",
						name, types ? own->type : column_kind_name(own->kind),
						types ? other->type : column_kind_name(other->kind)),
				 errhint("Cast it to one type.")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" has %u elements in some rows and %u in "
					"others",
					name, Min(own->length, other->length),
					Max(own->length, other->length))));
}

uint32
record_reader_add(RecordReader *reader, const Column *column)
{
	RecordColumns *columns = &reader->columns;
	int64 place =
		record_columns_find(columns, column->name, strlen(column->name));
	Column *own;

	if (place < 0)
	{
		Column added = *column;

		if (columns->of_model ||
			(columns->rows_came && !column_is_key(column)))
			row_plan_refuse_absent(record_column_name(column));
		added.options = record_columns_options_of(columns, column);
		return record_columns_add(columns, &added);
	}
	own = &columns->columns[place];
	if (own->kind != column->kind || strcmp(own->type, column->type) != 0 ||
		(own->length != 0 && column->length != 0 &&
		 own->length != column->length))
		refuse_other(own, column);
	own->length = Max(own->length, column->length);
	own->hours |= column->hours;
	return (uint32) place;
}

/* Appends what is wrong with a number, or an element. */
static void
append_problem(StringInfo what, const CellFault *fault, const char *name)
{
	bool null = fault->problem == FEATURES_NULL_ELEMENT;

	if (fault->position > 0)
		appendStringInfo(what, "element %u of column \"%s\" is %s",
						 fault->position, name,
						 null ? "NULL" : "NaN or infinite");
	else
		appendStringInfo(what, "column \"%s\" is NaN or infinite", name);
}

/* Appends what is wrong with a length. */
static void
append_length(StringInfo what, const CellFault *fault, const char *name)
{
	if (fault->problem == FEATURES_EMPTY)
		appendStringInfo(what, "column \"%s\" has no elements", name);
	else if (fault->problem == FEATURES_DIMENSIONS)
		appendStringInfo(what,
						 "column \"%s\" has an array of %u dimensions instead "
						 "of one",
						 name, fault->length);
	else
		appendStringInfo(what, "column \"%s\" has %u elements", name,
						 fault->length);
}

void
report_record_problem(const RecordReader *reader, RecordProblem problem,
					  uint32 column, uint64 row, const char *hint)
{
	const Column *of = &reader->columns.columns[column];
	const char *name = record_column_name(of);
	const CellFault *fault = &reader->fault;
	StringInfoData what;

	initStringInfo(&what);
	if (problem == RECORD_LENGTH)
		append_length(&what, fault, name);
	else
		append_problem(&what, fault, name);
	if (row > 0)
		appendStringInfo(&what, " in row " UINT64_FORMAT, row);
	if (problem == RECORD_LENGTH && fault->problem == FEATURES_FINE)
		appendStringInfo(&what, ", not %u", of->length);
	ereport(ERROR,
			(errcode(fault->problem == FEATURES_NULL_ELEMENT
						 ? ERRCODE_NULL_VALUE_NOT_ALLOWED
						 : ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", what.data), hint != NULL ? errhint("%s", hint) : 0));
	pg_unreachable();
}
