/*
 * json_form.c
 *		One description of bytes for both ways between them and JSON.
 */
#include "formats/json_form.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"

void
form_refuse(Form *form, const char *name, const char *format, ...)
{
	char what[256];
	va_list arguments;

	if (form->failed)
		return;
	form->failed = true;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	fail(form->failure, LL_MALFORMED, "JSON is not that of a model");
	fail_detail(form->failure, "%s%s%s: %s.", form->section,
				name != NULL ? ", " : "", name != NULL ? name : "", what);
}

/* Ends the work where the host wants it, or memory is gone. */
void
form_look_around(Form *form, size_t step)
{
	if (form->failed)
		return;
	if (runtime_stops(form->runtime, step))
	{
		form->failed = true;
		fail_cancelled(form->failure);
	}
	else if ((form->text != NULL && form->text->failed) ||
			 (form->target != NULL && form->target->failed))
	{
		form->failed = true;
		fail_no_memory(form->failure);
	}
}

/* The object or array at work. */
static FormLevel *
level_of(Form *form)
{
	return &form->levels[form->depth - 1];
}

/* ---- To JSON ---- */

void
form_begin(Form *form, const char *name)
{
	if (form->failed || form->depth == 0)
		return;
	if (!level_of(form)->empty)
		json_put(form->text, level_of(form)->array ? "," : ", ");
	level_of(form)->empty = false;
	if (name == NULL)
		return;
	json_put(form->text, "\"");
	json_put(form->text, name);
	json_put(form->text, "\": ");
}

/* Fails where the bytes ended. */
void
form_check_source(Form *form, const char *name)
{
	if (form->source->damaged)
		form_refuse(form, name, "its bytes end");
}

static void
put_whole(Form *form, const char *name, uint64_t number)
{
	char text[32];

	form_check_source(form, name);
	form_begin(form, name);
	snprintf(text, sizeof(text), "%" PRIu64, number);
	json_put(form->text, text);
}

/* ---- From JSON ---- */

bool
form_has(Form *form, const char *name)
{
	FormLevel *level;

	if (form->failed || form->depth == 0)
		return false;
	level = level_of(form);
	for (uint32_t i = 0; i < level->member_count; i++)
		if (!level->members[i].taken &&
			json_member_is(&level->members[i], name))
			return true;
	return false;
}

/* Takes the next item of the array at work. */
static JsonValue
take_item(Form *form)
{
	JsonValue item = {NULL, NULL};
	FormLevel *level = level_of(form);

	if (!level->array || !json_walk_item(&level->items, &item))
	{
		form_refuse(form, NULL, "an item is missing");
		return (JsonValue){NULL, NULL};
	}
	form_look_around(form, level->items.steps);
	return item;
}

JsonValue
form_take(Form *form, const char *name)
{
	FormLevel *level;

	if (form->failed)
		return (JsonValue){NULL, NULL};
	if (form->depth == 0)
		return form->root;
	if (name == NULL)
		return take_item(form);
	level = level_of(form);
	for (uint32_t i = 0; i < level->member_count; i++)
		if (!level->members[i].taken &&
			json_member_is(&level->members[i], name))
		{
			level->members[i].taken = true;
			return level->members[i].value;
		}
	form_refuse(form, name, "it is missing");
	return (JsonValue){NULL, NULL};
}

/* Finds the members of an object; none may be there twice. */
static void
take_members(Form *form, const char *name, JsonValue value)
{
	FormLevel *level = level_of(form);
	JsonWalk walk;
	JsonMember member;

	level->member_count = 0;
	if (!json_walk_begin(&walk, value, '{', form->runtime))
	{
		form_refuse(form, name, "it is no object");
		return;
	}
	while (json_walk_member(&walk, &member))
	{
		if (level->member_count == FORM_MEMBERS)
		{
			form_refuse(form, name, "it has too many members");
			return;
		}
		for (uint32_t i = 0; i < level->member_count; i++)
		{
			JsonValue other = level->members[i].name;

			if (other.end - other.at == member.name.end - member.name.at &&
				memcmp(other.at, member.name.at,
					   (size_t) (other.end - other.at)) == 0)
				form_refuse(form, name, "a member is there twice");
		}
		level->members[level->member_count++] = member;
	}
	if (walk.broken)
		form_refuse(form, name, "it is no JSON");
}

/* ---- Both ways ---- */

/* Goes one level down; false: too deep. */
static bool
go_down(Form *form, const char *name, bool array)
{
	FormLevel *level;

	if (form->failed)
		return false;
	if (form->depth == FORM_DEPTH)
	{
		form_refuse(form, name, "it is too deep");
		return false;
	}
	level = &form->levels[form->depth++];
	level->array = array;
	level->empty = true;
	level->member_count = 0;
	return true;
}

void
form_object(Form *form, const char *name)
{
	JsonValue value = {NULL, NULL};

	if (form->to_json)
		form_begin(form, name);
	else
		value = form_take(form, name);
	if (!go_down(form, name, false))
		return;
	if (form->to_json)
		json_put(form->text, "{");
	else
		take_members(form, name, value);
}

void
form_end_object(Form *form)
{
	FormLevel *level;

	if (form->failed)
		return;
	level = level_of(form);
	if (form->to_json)
		json_put(form->text, "}");
	for (uint32_t i = 0; i < level->member_count; i++)
		if (!level->members[i].taken)
			form_refuse(
				form, NULL, "no member is called \"%.*s\"",
				(int) (level->members[i].name.end - level->members[i].name.at),
				level->members[i].name.at);
	form->depth--;
}

void
form_array(Form *form, const char *name, uint32_t count)
{
	JsonValue value = {NULL, NULL};

	if (form->to_json)
		form_begin(form, name);
	else
		value = form_take(form, name);
	if (!go_down(form, name, true))
		return;
	if (form->to_json)
		json_put(form->text, "[");
	else if (!json_walk_begin(&level_of(form)->items, value, '[',
							  form->runtime))
		form_refuse(form, name, "it is no array");
}

void
form_end_array(Form *form)
{
	JsonValue item;
	JsonWalk *items;

	if (form->failed)
		return;
	items = &level_of(form)->items;
	if (form->to_json)
		json_put(form->text, "]");
	else if (json_walk_item(items, &item))
		form_refuse(form, NULL, "an array has more than %zu items",
					items->steps - 1);
	else if (items->broken)
		form_refuse(form, NULL, "an array is no JSON");
	form->depth--;
}

uint32_t
form_count(Form *form, const char *name)
{
	FormLevel *level;
	uint32_t count = 0;

	if (form->failed)
		return 0;
	if (form->to_json)
	{
		count = reader_take_u32(form->source);
		form_check_source(form, name);
		return form->failed ? 0 : count;
	}
	level = level_of(form);
	for (uint32_t i = 0; i < level->member_count; i++)
	{
		JsonWalk walk;
		JsonValue item;

		if (level->members[i].taken ||
			!json_member_is(&level->members[i], name))
			continue;
		if (!json_walk_begin(&walk, level->members[i].value, '[',
							 form->runtime))
			form_refuse(form, name, "it is no array");
		else
			while (!form->failed && json_walk_item(&walk, &item))
			{
				count++;
				form_look_around(form, count);
			}
		writer_put_u32(form->target, count);
		return form->failed ? 0 : count;
	}
	form_refuse(form, name, "it is missing");
	return 0;
}

uint32_t
form_list(Form *form, const char *name)
{
	uint32_t count = form_count(form, name);

	form_array(form, name, count);
	return form->failed ? 0 : count;
}

/* Reads a whole number of a value, at most so large. */
static uint64_t
take_whole(Form *form, const char *name, uint64_t most)
{
	JsonValue value = form_take(form, name);
	uint64_t number = 0;

	if (!form->failed && (!json_value_whole(value, &number) || number > most))
		form_refuse(form, name, "it is no whole number of 0 to %" PRIu64,
					most);
	return form->failed ? 0 : number;
}

uint32_t
form_u32(Form *form, const char *name)
{
	uint32_t number;

	if (form->failed)
		return 0;
	if (form->to_json)
	{
		number = reader_take_u32(form->source);
		put_whole(form, name, number);
	}
	else
	{
		number = (uint32_t) take_whole(form, name, UINT32_MAX);
		writer_put_u32(form->target, number);
	}
	return form->failed ? 0 : number;
}

uint64_t
form_u64(Form *form, const char *name)
{
	uint64_t number;

	if (form->failed)
		return 0;
	if (form->to_json)
	{
		number = reader_take_u64(form->source);
		put_whole(form, name, number);
	}
	else
	{
		number = take_whole(form, name, UINT64_MAX);
		writer_put_u64(form->target, number);
	}
	return form->failed ? 0 : number;
}

uint64_t
form_varint(Form *form, const char *name)
{
	uint64_t number;

	if (form->failed)
		return 0;
	if (form->to_json)
	{
		number = reader_take_varint(form->source);
		put_whole(form, name, number);
	}
	else
	{
		number = take_whole(form, name, UINT64_MAX);
		writer_put_varint(form->target, number);
	}
	return form->failed ? 0 : number;
}

int32_t
form_i32(Form *form, const char *name)
{
	char text[16];
	double number = 0.0;
	JsonValue value;

	if (form->failed)
		return 0;
	if (form->to_json)
	{
		number = (int32_t) reader_take_u32(form->source);
		form_check_source(form, name);
		form_begin(form, name);
		snprintf(text, sizeof(text), "%d", (int32_t) number);
		json_put(form->text, text);
		return (int32_t) number;
	}
	value = form_take(form, name);
	if (!form->failed &&
		(!json_value_number(value, &number) || !(number >= INT32_MIN) ||
		 !(number <= INT32_MAX) || number != (int32_t) number))
		form_refuse(form, name, "it is no whole number of 32 bits");
	if (form->failed)
		return 0;
	writer_put_u32(form->target, (uint32_t) (int32_t) number);
	return (int32_t) number;
}
