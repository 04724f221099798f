/*
 * record_json.c
 *		A whole row out of a JSON object.
 */
#include "pg/values/record_json.h"

/* The names of columns in the database's encoding, and their sizes. */
struct JsonRowPlan
{
	const char **names;
	int *sizes;
};

JsonRowPlan *
json_row_plan(const RecordColumns *columns)
{
	MemoryContext old = MemoryContextSwitchTo(columns->context);
	JsonRowPlan *plan = palloc(sizeof(JsonRowPlan));

	plan->names = palloc((columns->count + 1) * sizeof(char *));
	plan->sizes = palloc((columns->count + 1) * sizeof(int));
	for (uint32 i = 0; i < columns->count; i++)
	{
		plan->names[i] = record_column_name(&columns->columns[i]);
		plan->sizes[i] = (int) strlen(plan->names[i]);
	}
	MemoryContextSwitchTo(old);
	return plan;
}

/* Raises the error of a name that an object lacks. */
static void
refuse_missing_name(const Column *column, const char *name)
{
	const char *dot = column_is_key(column) ? strchr(name, '.') : NULL;

	ereport(
		ERROR,
		(errcode(ERRCODE_UNDEFINED_COLUMN),
		 errmsg("column \"%s\" is missing from the JSON object", name),
		 errdetail("The model was trained with it."),
		 dot != NULL
			 ? errhint("It is a key of a jsonb column: {\"%.*s\": {\"%s\": "
					   "...}}.",
					   (int) (dot - name), name, dot + 1)
			 : errhint("null stands for a value that is not known.")));
}

/* Reads a key of an object inside; false: there is no such object. */
static bool
read_inside(RecordColumns *columns, JsonbContainer *row, const char *name,
			uint32 column, RecordProblem *problem, CellFault *fault)
{
	for (const char *dot = strchr(name, '.'); dot != NULL;
		 dot = strchr(dot + 1, '.'))
	{
		JsonbValue buffer;
		JsonbValue *object = getKeyJsonValueFromContainer(
			row, name, (int) (dot - name), &buffer);
		ObjectKey key = {column, dot + 1, (int) strlen(dot + 1)};

		if (object == NULL)
			continue;
		if (object->type == jbvNull)
		{
			columns->cells[column].null = true;
			*problem = RECORD_FINE;
			return true;
		}
		if (object->type != jbvBinary ||
			!JsonContainerIsObject(object->val.binary.data))
			ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
							errmsg("column \"%.*s\" is a JSON object, but a "
								   "row has %s there",
								   (int) (dot - name), name,
								   json_kind_name(object))));
		*problem =
			record_key_read(columns, object->val.binary.data, &key, fault);
		return true;
	}
	return false;
}

/* Reads the columns that have a role, as far as the object has them. */
static void
read_roles(const RecordColumns *columns, JsonbContainer *row, RowRoles *roles)
{
	for (int role = 0; role < ROLE_COUNT; role++)
	{
		const char *name = columns->roles[role];
		JsonbValue buffer;
		JsonbValue *item = name == NULL
							   ? NULL
							   : getKeyJsonValueFromContainer(
									 row, name, (int) strlen(name), &buffer);

		if (item != NULL)
			row_roles_take_json(roles, (RowRole) role, name, item);
	}
}

RecordProblem
json_row_read(const JsonRowPlan *plan, RecordColumns *columns, Datum value,
			  RowRoles *roles, uint32 *column, CellFault *fault)
{
	Jsonb *json = DatumGetJsonbP(value);

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a row as jsonb must be a JSON object"),
				 errhint("For example '{\"tenure\": 3, \"contract\": \"Two "
						 "year\"}'.")));
	if (roles != NULL)
		read_roles(columns, &json->root, roles);
	for (uint32 i = 0; i < columns->count; i++)
	{
		JsonbValue buffer;
		JsonbValue *item = getKeyJsonValueFromContainer(
			&json->root, plan->names[i], plan->sizes[i], &buffer);
		RecordProblem problem = RECORD_FINE;

		*column = i;
		if (item != NULL && item->type != jbvNull)
			problem =
				json_cell_read(&columns->json[i], item, &columns->columns[i],
							   &columns->cells[i], fault);
		else if (item != NULL)
			columns->cells[i].null = true;
		else if (!column_is_key(&columns->columns[i]) ||
				 !read_inside(columns, &json->root, plan->names[i], i,
							  &problem, fault))
			refuse_missing_name(&columns->columns[i], plan->names[i]);
		if (problem != RECORD_FINE)
			return problem;
	}
	return RECORD_FINE;
}
