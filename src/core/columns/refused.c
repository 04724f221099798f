/*
 * refused.c
 *		Columns that are no features as they are.
 */
#include "core/columns/refused.h"

#include <stdio.h>
#include <string.h>

#include "core/columns/leak.h"

/* Bytes of a list of names, and of one: a hint has both beside its words. */
#define LIST_BYTES 200
#define NAME_BYTES 140

/* Levels that training rows have. */
static uint32_t
count_levels(const Dictionary *dictionary, const uint64_t *rows)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < dictionary->count; i++)
		count += rows[i] > 0;
	return count;
}

/* A text that is not said to be a category, and hardly repeats itself. */
static bool
is_distinct(const Column *column, const ColumnSurvey *survey,
			const Dictionary *dictionary)
{
	return column->kind == COLUMN_CATEGORY &&
		   survey->rows >= LEAK_LEAST_ROWS && column->options.min_rows == 0 &&
		   column->options.max_levels == 0 && column->options.hash == 0 &&
		   dictionary->count > 0 && dictionary->entries[0].rank == 0.0 &&
		   count_levels(dictionary, survey->level_rows) > survey->rows / 2;
}

/* Appends a name as JSON has it; false: there is no room for it. */
static bool
list_name(char *list, size_t size, const char *name)
{
	size_t length = strlen(list);
	size_t room = 2 * strlen(name) + sizeof(", \"\"");

	if (length + room > size)
		return false;
	length += (size_t) snprintf(list + length, size - length, "%s\"",
								length > 0 ? ", " : "");
	for (; *name != '\0'; name++)
	{
		if (*name == '"' || *name == '\\')
			list[length++] = '\\';
		list[length++] = *name;
	}
	list[length++] = '"';
	list[length] = '\0';
	return true;
}

static void
tell_leak(const Column *column, uint64_t rows, const char *list,
		  Failure *failure)
{
	fail(failure, LL_INVALID, "column \"%s\" is the label by another name",
		 column->name);
	fail_detail(failure,
				"In all of %llu training rows, each of its values goes with "
				"one label, and each label with one value.",
				(unsigned long long) rows);
	fail_hint(failure, "Leave it out: \"exclude\": [%s].", list);
}

static void
tell_distinct(const Column *column, const ColumnSurvey *survey,
			  const Dictionary *dictionary, const char *list, Failure *failure)
{
	char name[NAME_BYTES] = "";

	fail(failure, LL_INVALID, "values of column \"%s\" are mostly distinct",
		 column->name);
	fail_detail(failure, "Of %llu training rows, %u differ.",
				(unsigned long long) survey->rows,
				count_levels(dictionary, survey->level_rows));
	if (!list_name(name, sizeof(name), column->name))
		strcpy(name, "\"...\"");
	fail_hint(failure,
			  "If it is an identifier, leave it out: \"exclude\": [%s]. If "
			  "it is prose, take its words: \"columns\": {%s: {\"words\": "
			  "\"simple\"}}. With min_rows or hash it is a category.",
			  list, name);
}

Status
refuse_columns(const Plan *plan, const Survey *survey, const CellStore *store,
			   Failure *failure)
{
	char list[LIST_BYTES] = "";
	uint32_t first = plan->columns.count;

	for (uint32_t i = 0; i < plan->columns.count; i++)
	{
		uint32_t source = plan->source[i];
		const ColumnSurvey *column = &survey->columns[source];

		if (!column->leaks && !is_distinct(&plan->columns.columns[i], column,
										   &store->dictionaries[source]))
			continue;
		if (first == plan->columns.count)
			first = i;
		if (!list_name(list, sizeof(list), plan->columns.columns[i].name))
			break;
	}
	if (first == plan->columns.count)
		return LL_OK;
	if (list[0] == '\0')
		strcpy(list, "\"...\"");
	if (survey->columns[plan->source[first]].leaks)
		tell_leak(&plan->columns.columns[first], survey->rows, list, failure);
	else
		tell_distinct(&plan->columns.columns[first],
					  &survey->columns[plan->source[first]],
					  &store->dictionaries[plan->source[first]], list,
					  failure);
	return LL_INVALID;
}

Status
fail_no_term(const Plan *plan, const Survey *survey, const CellStore *store,
			 Failure *failure)
{
	fail(failure, LL_ABSENT, "no column tells rows apart");
	fail_detail(failure, "Every column holds one value, or NULL.");
	for (uint32_t i = 0; i < plan->columns.count; i++)
	{
		const Column *column = &plan->columns.columns[i];
		uint32_t source = plan->source[i];
		char name[NAME_BYTES] = "";

		if (column->kind != COLUMN_CATEGORY ||
			count_levels(&store->dictionaries[source],
						 survey->columns[source].level_rows) < 2 ||
			!list_name(name, sizeof(name), column->name))
			continue;
		fail_detail(failure,
					"No level of column %s has the training rows "
					"that a term needs.",
					name);
		fail_hint(failure,
				  "Give more rows, or ask for fewer of a level: "
				  "\"columns\": {%s: {\"min_rows\": 1}}.",
				  name);
		break;
	}
	return LL_ABSENT;
}
