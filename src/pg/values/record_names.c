/*
 * record_names.c
 *		Which attributes of a row type are columns, by their names.
 */
#include "pg/values/record_names.h"

#include "catalog/pg_type.h"
#include "core/options/hyperparameters.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

/* Names that a hint lists. */
#define LISTED_NAMES 20

#define NAMING_HINT                                                           \
	"Name the fields in a sub-select, as in FROM (SELECT a, b FROM t) x, or " \
	"cast the record to a row type."

int32
record_type_of(char **names, const Oid *types, int count)
{
	TupleDesc descriptor = CreateTemplateTupleDesc(count);

	for (int i = 0; i < count; i++)
		TupleDescInitEntry(descriptor, (AttrNumber) (i + 1), names[i],
						   types[i], -1, 0);
	return BlessTupleDesc(descriptor)->tdtypmod;
}

/* Whether a list has a name. */
static bool
is_listed(const char *const *names, uint32 count, const char *name)
{
	for (uint32 i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Whether a name is that of a key of an object: "object.key". */
static bool
is_key_of(const char *name, const char *object)
{
	Size size = strlen(object);

	return strncmp(name, object, size) == 0 && name[size] == '.';
}

bool
attribute_is_column(const TableOptions *options, const char *name, bool object)
{
	if (table_options_role(options, name) != ROLE_COUNT)
		return false;
	if (is_listed(options->exclude, options->exclude_count, name))
		return false;
	if (!options->includes ||
		is_listed(options->include, options->include_count, name))
		return true;
	for (uint32 i = 0; object && i < options->include_count; i++)
		if (is_key_of(options->include[i], name))
			return true;
	return false;
}

bool
key_is_column(const TableOptions *options, const char *name,
			  const char *object)
{
	if (is_listed(options->exclude, options->exclude_count, name))
		return false;
	return !options->includes ||
		   is_listed(options->include, options->include_count, object) ||
		   is_listed(options->include, options->include_count, name);
}

bool
record_is_unnamed(TupleDesc descriptor)
{
	if (descriptor->tdtypeid != RECORDOID)
		return false;
	for (int i = 0; i < descriptor->natts; i++)
	{
		char name[NAMEDATALEN];

		snprintf(name, sizeof(name), "f%d", i + 1);
		if (strcmp(name, NameStr(TupleDescAttr(descriptor, i)->attname)) != 0)
			return false;
	}
	return descriptor->natts > 0;
}

void
refuse_unnamed(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("the columns of the row have no names"),
					errdetail("ROW() calls its fields f1, f2 and so on."),
					errhint(NAMING_HINT)));
	pg_unreachable();
}

void
refuse_duplicate(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_COLUMN),
			 errmsg("a row has more than one column \"%s\"", name),
			 errhint("Give one of them another name, or leave them out by "
					 "option \"exclude\".")));
	pg_unreachable();
}

int
find_attribute(TupleDesc descriptor, const char *name)
{
	int found = -1;

	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped ||
			strcmp(NameStr(attribute->attname), name) != 0)
			continue;
		if (found >= 0)
			refuse_duplicate(name);
		found = i;
	}
	return found;
}

/* Appends a sentence that names the nearest attribute, or all of them. */
static char *
names_hint(TupleDesc descriptor, const char *name)
{
	const char *nearest = NULL;
	int best = (int) strlen(name) / 2 + 1;
	int listed = 0;
	StringInfoData all;

	initStringInfo(&all);
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		const char *other = NameStr(attribute->attname);
		int distance;

		if (attribute->attisdropped)
			continue;
		distance =
			strlen(name) >= NAMEDATALEN ? best : name_distance(name, other);
		if (distance < best)
		{
			best = distance;
			nearest = other;
		}
		if (listed < LISTED_NAMES)
			appendStringInfo(&all, "%s\"%s\"", listed > 0 ? ", " : "", other);
		listed++;
	}
	if (nearest != NULL)
		return psprintf("Perhaps you meant \"%s\".", nearest);
	return psprintf("The columns are %s%s.", all.data,
					listed > LISTED_NAMES ? " and others" : "");
}

void
refuse_missing(TupleDesc descriptor, const char *name)
{
	if (record_is_unnamed(descriptor))
		refuse_unnamed();
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("column \"%s\" is missing from the row", name),
					errdetail("The model was trained with it."),
					errhint("%s", names_hint(descriptor, name))));
	pg_unreachable();
}

/* Whether a name is an attribute's, or can be that of a key of one. */
static bool
is_known(TupleDesc descriptor, const char *name)
{
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped)
			continue;
		if (strcmp(NameStr(attribute->attname), name) == 0 ||
			(is_key_of(name, NameStr(attribute->attname)) &&
			 getBaseType(attribute->atttypid) == JSONBOID))
			return true;
	}
	return false;
}

void
refuse_unknown(TupleDesc descriptor, const char *option, const char *name)
{
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("option \"%s\" names column \"%s\", which the rows "
						   "do not have",
						   option, name),
					errhint("%s", names_hint(descriptor, name))));
	pg_unreachable();
}

/* Checks one name. */
static void
check_name(TupleDesc descriptor, const char *option, const char *name)
{
	CHECK_FOR_INTERRUPTS();
	if (!is_known(descriptor, name))
		refuse_unknown(descriptor, option, name);
}

void
check_option_names(TupleDesc descriptor, const TableOptions *options)
{
	for (uint32 i = 0; i < options->exclude_count; i++)
		check_name(descriptor, "exclude", options->exclude[i]);
	for (uint32 i = 0; i < options->include_count; i++)
		check_name(descriptor, "include", options->include[i]);
	for (uint32 i = 0; i < options->column_count; i++)
		check_name(descriptor, "columns", options->columns[i].name);
	for (uint32 i = 0; i < options->cross_count; i++)
		for (uint32 k = 0; k < options->crosses[i].count; k++)
			check_name(descriptor, "cross", options->crosses[i].names[k]);
	for (int role = 0; role < ROLE_COUNT; role++)
		if (options->roles[role] != NULL)
			check_name(descriptor, row_role_names[role], options->roles[role]);
}
