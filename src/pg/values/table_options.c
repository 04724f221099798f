/*
 * table_options.c
 *		The options that speak of a table's columns.
 */
#include "pg/values/table_options.h"

#include "miscadmin.h"
#include "pg/values/column_options.h"

/* Columns of a cross: more have a level of their own in nearly every row. */
#define CROSS_MOST 8
/* Crosses, each of which looks at those before it. */
#define CROSSES_MOST 1000

/* Reads the value of a key. */
typedef void (*KeyReader)(TableOptions *table, const char *key,
						  const JsonbValue *value);

/* Reports a value that a key does not take. */
static void
refuse(const char *key, const char *allowed, const char *example)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value for option \"%s\"", key),
					errdetail("It must be %s.", allowed),
					errhint("For example {\"%s\": %s}.", key, example)));
}

/* The elements of a list; NULL: it is none. */
static JsonbContainer *
list_of(const JsonbValue *value)
{
	JsonbContainer *list =
		value->type == jbvBinary ? value->val.binary.data : NULL;

	return list != NULL && JsonContainerIsArray(list) ? list : NULL;
}

/* Whether a list of names has one. */
static bool
has_name(const char *const *names, uint32 count, const char *name)
{
	for (uint32 i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Reads the names of a list.  NULL: it is no list of at most so many names. */
static const char **
read_names(const JsonbValue *value, uint32 most, uint32 *count)
{
	JsonbContainer *list = list_of(value);
	const char **names;

	*count = list == NULL ? 0 : JsonContainerSize(list);
	if (list == NULL || *count > most)
		return NULL;
	names = palloc((*count + 1) * sizeof(char *));
	for (uint32 i = 0; i < *count; i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(list, i);

		if (item->type != jbvString || item->val.string.len == 0)
			return NULL;
		names[i] = pnstrdup(item->val.string.val, item->val.string.len);
	}
	return names;
}

static void
read_exclude(TableOptions *table, const char *key, const JsonbValue *value)
{
	table->exclude = read_names(value, COLUMNS_MOST, &table->exclude_count);
	if (table->exclude == NULL)
		refuse(key, "a list of names of columns", "[\"id\"]");
}

static void
read_include(TableOptions *table, const char *key, const JsonbValue *value)
{
	table->include = read_names(value, COLUMNS_MOST, &table->include_count);
	if (table->include == NULL || table->include_count == 0)
		refuse(key, "a list of one name of a column or more",
			   "[\"tenure\", \"contract\"]");
	table->includes = true;
}

static void
read_columns(TableOptions *table, const char *key, const JsonbValue *value)
{
	JsonbContainer *object =
		value->type == jbvBinary ? value->val.binary.data : NULL;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue item;

	if (object == NULL || !JsonContainerIsObject(object) ||
		JsonContainerSize(object) > COLUMNS_MOST)
		refuse(key, "an object of names of columns and their options",
			   "{\"state\": {\"min_rows\": 20}}");
	table->columns =
		palloc0((JsonContainerSize(object) + 1) * sizeof(NamedColumnOptions));
	iterator = JsonbIteratorInit(object);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		NamedColumnOptions *column;

		if (token != WJB_KEY)
			continue;
		column = &table->columns[table->column_count++];
		column->name = pnstrdup(item.val.string.val, item.val.string.len);
		(void) JsonbIteratorNext(&iterator, &item, true);
		column_options_read(column->name, &item, &column->options);
	}
}

/* Whether two crosses are of the same columns. */
static bool
same_cross(const ColumnCross *a, const ColumnCross *b)
{
	if (a->count != b->count)
		return false;
	for (uint32 i = 0; i < a->count; i++)
		if (!has_name(a->names, a->count, b->names[i]))
			return false;
	return true;
}

static void
read_cross(TableOptions *table, const char *key, const JsonbValue *value)
{
	static const char *const allowed =
		"a list of lists, each of the names of two to eight different columns";
	static const char *const example = "[[\"state\", \"plan\"]]";
	JsonbContainer *list = list_of(value);

	if (list == NULL || JsonContainerSize(list) > CROSSES_MOST)
		refuse(key, allowed, example);
	table->crosses =
		palloc0((JsonContainerSize(list) + 1) * sizeof(ColumnCross));
	for (uint32 i = 0; i < JsonContainerSize(list); i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(list, i);
		ColumnCross *cross = &table->crosses[table->cross_count];
		bool again = false;

		cross->names = read_names(item, CROSS_MOST, &cross->count);
		if (cross->names == NULL || cross->count < 2)
			refuse(key, allowed, example);
		for (uint32 k = 0; k < cross->count; k++)
			if (has_name(cross->names, k, cross->names[k]))
				refuse(key, allowed, example);
		for (uint32 k = 0; k < table->cross_count; k++)
			again |= same_cross(&table->crosses[k], cross);
		if (!again)
			table->cross_count++;
	}
}

static void
read_role(TableOptions *table, const char *key, const JsonbValue *value)
{
	int role = 0;

	while (strcmp(row_role_names[role], key) != 0)
		role++;
	if (value->type != jbvString || value->val.string.len == 0)
		refuse(key, "the name of a column", "\"w\"");
	table->roles[role] =
		pnstrdup(value->val.string.val, value->val.string.len);
}

RowRole
table_options_role(const TableOptions *table, const char *name)
{
	int role = 0;

	while (role < ROLE_COUNT && (table->roles[role] == NULL ||
								 strcmp(table->roles[role], name) != 0))
		role++;
	return (RowRole) role;
}

static const struct
{
	const char *name;
	KeyReader read;
} keys[] = {{"exclude", read_exclude}, {"include", read_include},
			{"columns", read_columns}, {"cross", read_cross},
			{"weight", read_role},	   {"offset", read_role},
			{"exposure", read_role},   {"fold_group", read_role},
			{"fold_time", read_role}};

/* The key of a name; -1: it is none. */
static int
find_key(const char *key, Size size)
{
	for (int i = 0; i < lengthof(keys); i++)
		if (strlen(keys[i].name) == size &&
			memcmp(keys[i].name, key, size) == 0)
			return i;
	return -1;
}

bool
table_options_key(const char *key, Size size)
{
	return find_key(key, size) >= 0;
}

/* Whether an entry of a list speaks of a column: by its name, or its object's. */
static bool
speaks_of(const char *entry, const char *name)
{
	Size length = strlen(entry);

	return strncmp(entry, name, length) == 0 &&
		   (name[length] == '\0' || name[length] == '.');
}

/* A column that option `key` asks for must not be left out by another. */
static void
check_asked_for(const TableOptions *table, const char *key, const char *name)
{
	const char *other = NULL;

	CHECK_FOR_INTERRUPTS();
	if (has_name(table->exclude, table->exclude_count, name))
		other = "exclude";
	if (table_options_role(table, name) != ROLE_COUNT)
		other = row_role_names[table_options_role(table, name)];
	if (other != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("column \"%s\" is in options \"%s\" and \"%s\"",
							   name, other, key),
						errdetail("A column of option \"%s\" is no feature.",
								  other)));
}

/* A column that another option asks for must be among those included. */
static void
check_included(const TableOptions *table, const char *key, const char *name)
{
	check_asked_for(table, key, name);
	if (!table->includes)
		return;
	for (uint32 i = 0; i < table->include_count; i++)
		if (speaks_of(table->include[i], name) ||
			speaks_of(name, table->include[i]))
			return;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("column \"%s\" of option \"%s\" is not in option "
						   "\"include\"",
						   name, key)));
}

/* Checks that the lists, and the roles, do not contradict each other. */
static void
check_lists(const TableOptions *table)
{
	for (int role = 0; role < ROLE_COUNT; role++)
	{
		const char *name = table->roles[role];

		if (name != NULL && table_options_role(table, name) != role)
			ereport(
				ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" is in options \"%s\" and \"%s\"", name,
						row_role_names[table_options_role(table, name)],
						row_role_names[role])));
	}
	if (table->roles[ROLE_FOLD_GROUP] != NULL &&
		table->roles[ROLE_FOLD_TIME] != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options \"fold_group\" and \"fold_time\" "
							   "exclude each other"),
						errdetail("Folds keep groups together or go forward "
								  "in time.")));
	for (uint32 i = 0; i < table->include_count; i++)
		check_asked_for(table, "include", table->include[i]);
	for (uint32 i = 0; i < table->column_count; i++)
		check_included(table, "columns", table->columns[i].name);
	for (uint32 i = 0; i < table->cross_count; i++)
		for (uint32 k = 0; k < table->crosses[i].count; k++)
			check_included(table, "cross", table->crosses[i].names[k]);
}

void
table_options_read(const Jsonb *options, TableOptions *table)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	memset(table, 0, sizeof(*table));
	if (options == NULL || !JB_ROOT_IS_OBJECT(options))
		return;
	iterator = JsonbIteratorInit(unconstify(JsonbContainer *, &options->root));
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int key;

		if (token != WJB_KEY)
			continue;
		key = find_key(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		if (key < 0)
			continue;
		keys[key].read(table, keys[key].name, &value);
		table->given = true;
	}
	check_lists(table);
}
