/*
 * idle_options.c
 *		Options that no column of the rows has had a use for.
 */
#include "pg/values/idle_options.h"

#include "lib/stringinfo.h"
#include "pg/values/column_options.h"
#include "pg/values/record_columns.h"

/* Names that a warning lists. */
#define LISTED_NAMES 20

/* A list of quoted names in the making. */
typedef struct NameList
{
	StringInfoData text;
	uint32 count;
} NameList;

static void
add_name(NameList *list, const char *name)
{
	if (list->count == 0)
		initStringInfo(&list->text);
	if (list->count < LISTED_NAMES)
		appendStringInfo(&list->text, "%s\"%s\"", list->count > 0 ? ", " : "",
						 name);
	else if (list->count == LISTED_NAMES)
		appendStringInfoString(&list->text, " and others");
	list->count++;
}

/* Whether a column is that of a name, or a key of the object that is. */
static bool
is_of(const Column *column, const char *name, bool *exact)
{
	const char *own = record_column_name(column);
	Size size = strlen(name);

	*exact = strcmp(own, name) == 0;
	return *exact || (column_is_key(column) && strncmp(own, name, size) == 0 &&
					  own[size] == '.');
}

/* Whether another of the options is the column's own, and so goes before. */
static bool
has_own(const TableOptions *options, const Column *column)
{
	const char *name = record_column_name(column);

	for (uint32 i = 0; i < options->column_count; i++)
		if (strcmp(options->columns[i].name, name) == 0)
			return true;
	return false;
}

char *
idle_column_options(const TableOptions *options, const Column *columns,
					uint32 count)
{
	NameList list = {.count = 0};

	for (uint32 i = 0; i < options->column_count; i++)
	{
		unsigned kinds = 0;
		bool exact;

		for (uint32 k = 0; k < count; k++)
			if (is_of(&columns[k], options->columns[i].name, &exact) &&
				(exact || !has_own(options, &columns[k])))
				kinds |= 1u << columns[k].kind;
		if (column_options_idle(&options->columns[i].options, kinds))
			add_name(&list, options->columns[i].name);
	}
	return list.count > 0 ? list.text.data : NULL;
}

char *
idle_includes(const TableOptions *options, const Column *columns, uint32 count)
{
	NameList list = {.count = 0};

	for (uint32 i = 0; i < options->include_count; i++)
	{
		bool found = false, exact;

		for (uint32 k = 0; k < count && !found; k++)
			found = is_of(&columns[k], options->include[i], &exact);
		if (!found)
			add_name(&list, options->include[i]);
	}
	return list.count > 0 ? list.text.data : NULL;
}
