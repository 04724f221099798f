/*
 * record_plan.c
 *		How the rows of one row type are read.
 */
#include "pg/values/record_plan.h"

#include "catalog/pg_type.h"
#include "pg/base/text_encoding.h"
#include "pg/values/column_options.h"
#include "pg/values/label_text.h"
#include "pg/values/record_names.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

bool
row_plan_fits(const RowPlan *plan, Oid type, int32 typmod)
{
	if (plan == NULL || plan->type != type)
		return false;
	/* A process never gives the typmod of a record to another one. */
	if (plan->entry == NULL)
		return plan->typmod == typmod;
	/* What has been altered has no identifier, or a new one. */
	return plan->entry->tupDesc_identifier == plan->identifier;
}

/* Copies the row type's descriptor, and what tells that it has changed. */
static void
take_descriptor(RowPlan *plan)
{
	TupleDesc descriptor;

	if (plan->type != RECORDOID)
	{
		plan->entry = lookup_type_cache(plan->type, TYPECACHE_TUPDESC);
		if (plan->entry->tupDesc == NULL)
			ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
							errmsg("type %s is not composite",
								   format_type_be(plan->type))));
		plan->identifier = plan->entry->tupDesc_identifier;
		plan->descriptor = CreateTupleDescCopyConstr(plan->entry->tupDesc);
	}
	else
	{
		descriptor = lookup_rowtype_tupdesc(plan->type, plan->typmod);
		plan->descriptor = CreateTupleDescCopyConstr(descriptor);
		ReleaseTupleDesc(descriptor);
	}
	plan->values = palloc(plan->descriptor->natts * sizeof(Datum));
	plan->nulls = palloc(plan->descriptor->natts * sizeof(bool));
}

/* A text of the database in UTF-8. */
static const char *
utf8_of(const char *string)
{
	return utf8_of_server(string, strlen(string));
}

/* Raises the error of a column whose type differs between rows. */
static void
refuse_type(const char *name, const char *type, const char *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is of type %s in some rows and of type %s "
					"in others",
					name, type, other),
			 errhint("Cast it to one type.")));
}

void
row_plan_refuse_absent(const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column \"%s\" is missing from some rows", name)));
	pg_unreachable();
}

/*
 * The column of an attribute, which is added unless rows of another type were
 * there before; then they must agree.
 */
static uint32
column_of_attribute(RecordColumns *columns, const char *name,
					const CellType *type, const ColumnOptions *options)
{
	const char *utf8 = utf8_of(name);
	const char *type_name = label_type_name(type->type);
	int64 place = record_columns_find(columns, utf8, strlen(utf8));
	Column column = {0};

	if (place >= 0)
	{
		const Column *known = &columns->columns[place];

		if (column_is_key(known))
			refuse_duplicate(name);
		if (known->kind != type->kind ||
			strcmp(known->type, utf8_of(type_name)) != 0)
			refuse_type(name, server_of_utf8(known->type, strlen(known->type)),
						type_name);
		return (uint32) place;
	}
	if (columns->rows_came)
		row_plan_refuse_absent(name);
	column.name = utf8;
	column.type = utf8_of(type_name);
	column.kind = type->kind;
	column.whole = type->whole;
	if (options != NULL)
	{
		column_options_check(name, type->kind, options);
		column.options = column_options_of(type->kind, options);
	}
	return record_columns_add(columns, &column);
}

/* Adds an attribute to a plan. */
static void
add_attribute(RowPlan *plan, RecordColumns *columns, int number,
			  const CellType *type, uint32 column)
{
	RowAttribute *attribute;

	if (type->kind == COLUMN_NUMBER || type->kind == COLUMN_FLAG)
	{
		plan->numbers[plan->number_count++] =
			(RowNumber){number, column, type->source};
		return;
	}
	attribute = &plan->attributes[plan->count++];
	attribute->number = number;
	attribute->column = column;
	cell_reader_init(&attribute->cells, type,
					 columns->columns[column].options.words,
					 !record_columns_train(columns), plan->context);
}

/* The object of an attribute, which is added if it is not there. */
static RowObject *
object_of_attribute(RowPlan *plan, int number)
{
	RowObject *object;

	for (uint32 i = 0; i < plan->object_count; i++)
		if (plan->objects[i].number == number)
			return &plan->objects[i];
	object = &plan->objects[plan->object_count++];
	memset(object, 0, sizeof(*object));
	object->number = number;
	object->name =
		pstrdup(NameStr(TupleDescAttr(plan->descriptor, number)->attname));
	return object;
}

/* Takes the type of an attribute that folds go by, the same in all rows. */
static void
take_fold_role(RowPlan *plan, RecordColumns *columns, RowRole role,
			   const char *name, Oid type)
{
	Oid base = getBaseType(type), before = columns->role_types[role];

	if (role == ROLE_FOLD_TIME && !row_roles_are_times(base))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of option \"%s\" is of type %s", name,
						row_role_names[role], format_type_be(type)),
				 errdetail("It must be a number, a date or a "
						   "timestamp.")));
	if (type_is_rowtype(base))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of option \"%s\" is of type %s", name,
						row_role_names[role], format_type_be(type)),
				 errhint("Name one of its fields in a sub-select.")));
	if (OidIsValid(before) && before != base)
		refuse_type(name, format_type_be(before), format_type_be(base));
	columns->role_types[role] = plan->role_types[role] = base;
}

/* Takes the attribute that has a role, if one is named. */
static void
take_role(RowPlan *plan, RecordColumns *columns, RowRole role, bool optional)
{
	const char *name = columns->roles[role];
	int number = name == NULL ? -1 : find_attribute(plan->descriptor, name);
	Form_pg_attribute attribute;
	CellType type;

	plan->roles[role] = number;
	if (number < 0 && name != NULL && !optional)
		refuse_unknown(plan->descriptor, row_role_names[role], name);
	if (number < 0)
		return;
	attribute = TupleDescAttr(plan->descriptor, number);
	if (role == ROLE_FOLD_GROUP || role == ROLE_FOLD_TIME)
	{
		take_fold_role(plan, columns, role, name, attribute->atttypid);
		return;
	}
	if (!cell_type_is_number(attribute->atttypid, &type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of option \"%s\" is of type %s, not a "
						"number",
						name, row_role_names[role],
						format_type_be(attribute->atttypid))));
	plan->role_sources[role] = type.source;
}

/*
 * Takes the attributes that have roles: those that options name, or of a model
 * that predicts its own, which a row may lack.
 */
static void
take_roles(RowPlan *plan, RecordColumns *columns)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		take_role(plan, columns, (RowRole) role, columns->options == NULL);
}

/* Whether an attribute has a role. */
static bool
has_role(const RowPlan *plan, int number)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (plan->roles[role] == number)
			return true;
	return false;
}

/* Plans one attribute of the rows of a training. */
static void
plan_attribute(RowPlan *plan, RecordColumns *columns, int number)
{
	Form_pg_attribute attribute = TupleDescAttr(plan->descriptor, number);
	const char *name = NameStr(attribute->attname);
	const ColumnOptions *options;
	bool object, exact;
	CellType type;

	if (attribute->attisdropped || has_role(plan, number))
		return;
	object = getBaseType(attribute->atttypid) == JSONBOID;
	if (!attribute_is_column(columns->options, name, object))
		return;
	(void) find_attribute(plan->descriptor, name); /* once only */
	options = record_columns_options(columns, name, NULL, &exact);
	if (!cell_type_find(attribute->atttypid,
						options != NULL && options->words != NULL, &type))
		cell_type_refuse(name, attribute->atttypid);
	if (object)
		(void) object_of_attribute(plan, number);
	else
		add_attribute(plan, columns, number, &type,
					  column_of_attribute(columns, name, &type, options));
}

/* Reports a column of earlier rows that rows of this type lack. */
static void
check_all_there(const RowPlan *plan, const RecordColumns *columns)
{
	if (plan->number_count + plan->count == columns->count - columns->keys)
		return;
	for (uint32 i = 0; i < columns->count; i++)
	{
		const char *name = record_column_name(&columns->columns[i]);

		if (!column_is_key(&columns->columns[i]) &&
			find_attribute(plan->descriptor, name) < 0)
			row_plan_refuse_absent(name);
	}
}

/* Plans rows of a training. */
static void
plan_training(RowPlan *plan, RecordColumns *columns)
{
	if (record_is_unnamed(plan->descriptor))
		refuse_unnamed();
	if (!columns->rows_came)
		check_option_names(plan->descriptor, columns->options);
	take_roles(plan, columns);
	for (int i = 0; i < plan->descriptor->natts; i++)
		plan_attribute(plan, columns, i);
	if (plan->number_count + plan->count + plan->object_count == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("no column is left to learn from"),
						errhint("Rows need a column that is in no option "
								"\"exclude\", \"weight\", \"offset\", "
								"\"exposure\", \"fold_group\" or "
								"\"fold_time\".")));
	check_all_there(plan, columns);
	columns->rows_came = true;
}

/* Plans a column of a model that an attribute has. */
static void
plan_column(RowPlan *plan, RecordColumns *columns, int number, uint32 place)
{
	Form_pg_attribute attribute = TupleDescAttr(plan->descriptor, number);
	const Column *column = &columns->columns[place];
	CellType type;
	bool found = cell_type_find(attribute->atttypid,
								column->options.words != NULL, &type);

	if (!found || type.source == CELL_OBJECT || type.kind != column->kind)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" is of type %s, but the model was trained "
					"with type %s",
					NameStr(attribute->attname),
					format_type_be(attribute->atttypid),
					server_of_utf8(column->type, strlen(column->type))),
			 errdetail("The model takes it as %s.",
					   column_kind_name(column->kind)),
			 errhint("Cast it.")));
	add_attribute(plan, columns, number, &type, place);
}

/* Plans a column of a model that is a key; false: no jsonb column has it. */
static bool
plan_key(RowPlan *plan, const char *name, uint32 place)
{
	for (const char *dot = strchr(name, '.'); dot != NULL;
		 dot = strchr(dot + 1, '.'))
	{
		char *object = pnstrdup(name, dot - name);
		int number = find_attribute(plan->descriptor, object);
		RowObject *found;
		ObjectKey *key;

		if (number < 0 ||
			getBaseType(TupleDescAttr(plan->descriptor, number)->atttypid) !=
				JSONBOID)
			continue;
		found = object_of_attribute(plan, number);
		found->keys = found->keys == NULL
						  ? palloc(sizeof(ObjectKey))
						  : repalloc(found->keys, (found->key_count + 1) *
													  sizeof(ObjectKey));
		key = &found->keys[found->key_count++];
		key->column = place;
		key->key = pstrdup(dot + 1);
		key->size = (int) strlen(dot + 1);
		return true;
	}
	return false;
}

/* Plans rows of predictions. */
static void
plan_prediction(RowPlan *plan, RecordColumns *columns)
{
	take_roles(plan, columns);
	for (uint32 i = 0; i < columns->count; i++)
	{
		const char *name = record_column_name(&columns->columns[i]);
		int number = find_attribute(plan->descriptor, name);

		if (number >= 0)
			plan_column(plan, columns, number, i);
		else if (!column_is_key(&columns->columns[i]) ||
				 !plan_key(plan, name, i))
			refuse_missing(plan->descriptor, name);
	}
}

RowPlan *
row_plan_make(RecordColumns *columns, Oid type, int32 typmod)
{
	/* The caller's memory has it until it is whole. */
	MemoryContext context = AllocSetContextCreate(
		CurrentMemoryContext, "linlearn row type", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	RowPlan *plan = palloc0(sizeof(RowPlan));
	Size most;

	plan->context = context;
	plan->type = type;
	plan->typmod = typmod;
	take_descriptor(plan);
	most = plan->descriptor->natts + 1;
	plan->numbers = palloc(most * sizeof(RowNumber));
	plan->attributes = palloc0(most * sizeof(RowAttribute));
	plan->objects = palloc0(most * sizeof(RowObject));
	if (columns->of_model)
		plan_prediction(plan, columns);
	else
		plan_training(plan, columns);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, columns->context);
	return plan;
}
