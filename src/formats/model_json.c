/*
 * model_json.c
 *		A model's bytes as JSON, and back: the same bytes.
 */
#include "formats/model_json.h"

#include <stdio.h>
#include <string.h>

#include "core/model/model.h"
#include "formats/base64.h"
#include "formats/model_json_sections.h"

#define VERSION_MEMBER "linlearn"
#define UNKNOWN_PREFIX "section_"
#define SECTION_NAME_SIZE 32
#define MOST_SECTIONS (FORM_MEMBERS - 4)

/* A section of a model's bytes. */
typedef struct Section
{
	uint32_t tag;
	const uint8_t *payload;
	size_t size;
	char name[SECTION_NAME_SIZE];
} Section;

/* The schema of a tag; NULL: none is known. */
static const SectionSchema *
schema_of_tag(uint32_t tag)
{
	for (const SectionSchema *row = section_schemas; row->name != NULL; row++)
		if (row->tag == tag)
			return row;
	return NULL;
}

static bool
is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Ends with the failure that a form met. */
static Status
form_status(const Form *form)
{
	if (!form->failed && form->text != NULL && form->text->failed)
		return fail_no_memory(form->failure);
	if (!form->failed && form->target != NULL && form->target->failed)
		return fail_no_memory(form->failure);
	return form->failed ? form->failure->status : LL_OK;
}

/* ---- To JSON ---- */

/*
 * Finds the sections; false: the bytes are not what writer_end_section() makes
 * of some sections, one a tag.
 */
static bool
find_sections(const uint8_t *bytes, size_t size, Section *sections,
			  size_t *count)
{
	size_t at = HEADER_SIZE;

	for (*count = 0; at < size; (*count)++)
	{
		Section *section = &sections[*count];
		const SectionSchema *schema;
		uint32_t spare;
		uint64_t length;

		if (*count == MOST_SECTIONS || size - at < SECTION_HEADER_SIZE)
			return false;
		memcpy(&section->tag, bytes + at, sizeof(section->tag));
		memcpy(&spare, bytes + at + 4, sizeof(spare));
		memcpy(&length, bytes + at + 8, sizeof(length));
		at += SECTION_HEADER_SIZE;
		if (spare != 0 || length > size - at ||
			(8 - length % 8) % 8 > size - at - length ||
			!is_zero(bytes + at + length, (8 - length % 8) % 8))
			return false;
		section->payload = bytes + at;
		section->size = (size_t) length;
		at += section->size + (8 - section->size % 8) % 8;
		schema = schema_of_tag(section->tag);
		if (schema != NULL)
			snprintf(section->name, sizeof(section->name), "%s", schema->name);
		else
			snprintf(section->name, sizeof(section->name), UNKNOWN_PREFIX "%u",
					 section->tag);
		for (size_t i = 0; i < *count; i++)
			if (sections[i].tag == section->tag)
				return false;
	}
	return true;
}

/* Writes {"base64": ...}, or but its member. */
static Status
put_base64(Writer *text, const uint8_t *bytes, size_t size, Failure *failure)
{
	size_t length = BASE64_SIZE(size);
	char *digits = runtime_allocate(text->runtime, length + 1);

	if (digits == NULL)
		return fail_no_memory(failure);
	base64_encode(bytes, size, digits);
	json_put(text, "\"base64\": \"");
	writer_put(text, digits, length);
	json_put(text, "\"");
	runtime_release(text->runtime, digits);
	return text->failed ? fail_no_memory(failure) : LL_OK;
}

/* Begins the work on a section one way or the other. */
static void
begin_form(Form *form, const char *name, const Runtime *runtime,
		   Failure *failure)
{
	form->runtime = runtime;
	form->section = name;
	form->failure = failure;
	form->source = NULL;
	form->text = form->target = NULL;
	form->failed = false;
	form->depth = 0;
}

/* Goes through a section's object. */
static Status
describe(Form *form, const SectionSchema *schema, SectionSizes *sizes)
{
	form_object(form, NULL);
	schema->describe(form, sizes);
	form_end_object(form);
	return form_status(form);
}

/* Whether a section's JSON gives its bytes back. */
static Status
check_section(Form *form, const SectionSchema *schema, const Section *section,
			  const Writer *text, size_t begin, SectionSizes sizes,
			  Failure *failure)
{
	Writer target = {.runtime = form->runtime};
	Status status;

	begin_form(form, section->name, form->runtime, failure);
	form->to_json = false;
	form->target = &target;
	if (!json_value_of((const char *) text->bytes + begin, text->size - begin,
					   form->runtime, &form->root))
		return LL_MALFORMED;
	status = describe(form, schema, &sizes);
	if (status == LL_OK &&
		(target.size != section->size ||
		 memcmp(target.bytes, section->payload, section->size) != 0))
		status = LL_MALFORMED;
	runtime_release(form->runtime, target.bytes);
	return status;
}

/* Writes a section by its schema; LL_MALFORMED if it says it otherwise. */
static Status
put_known(Form *form, const SectionSchema *schema, const Section *section,
		  Writer *text, SectionSizes *sizes, Failure *failure)
{
	Reader source = {.runtime = form->runtime,
					 .cursor = section->payload,
					 .left = section->size};
	SectionSizes before = *sizes;
	size_t begin = text->size;
	Status status;

	begin_form(form, section->name, form->runtime, failure);
	form->to_json = true;
	form->source = &source;
	form->text = text;
	status = describe(form, schema, sizes);
	if (status == LL_OK)
		status =
			check_section(form, schema, section, text, begin, before, failure);
	if (status == LL_MALFORMED)
	{
		text->size = begin;
		*sizes = before;
	}
	return status;
}

static Status
put_section(Form *form, const Section *section, Writer *text,
			SectionSizes *sizes, Failure *failure)
{
	const SectionSchema *schema = schema_of_tag(section->tag);
	Status status = LL_MALFORMED;

	json_put(text, ",\n\"");
	json_put(text, section->name);
	json_put(text, "\": ");
	if (schema != NULL)
		status = put_known(form, schema, section, text, sizes, failure);
	if (status != LL_MALFORMED)
		return status;
	json_put(text, "{");
	status = put_base64(text, section->payload, section->size, failure);
	json_put(text, "}");
	return status;
}

/* Writes the sections' names and the sections. */
static Status
put_sections(Form *form, const Section *sections, size_t count, Writer *text,
			 Failure *failure)
{
	SectionSizes sizes = {0, 0};
	char format[64];

	snprintf(format, sizeof(format), ", \"format\": %d, \"sections\": [",
			 MODEL_FORMAT);
	json_put(text, format);
	for (size_t i = 0; i < count; i++)
	{
		json_put(text, i > 0 ? ", \"" : "\"");
		json_put(text, sections[i].name);
		json_put(text, "\"");
	}
	json_put(text, "]");
	for (size_t i = 0; i < count; i++)
	{
		Status status = put_section(form, &sections[i], text, &sizes, failure);

		if (status != LL_OK)
			return status;
	}
	return LL_OK;
}

Status
model_json_write(const uint8_t *bytes, size_t size, bool ascii,
				 const Runtime *runtime, char **text, size_t *length,
				 Failure *failure)
{
	Writer out = {.runtime = runtime};
	Form *form = runtime_allocate_zero(runtime, 1, sizeof(Form));
	Section sections[MOST_SECTIONS];
	size_t count;
	char version[64];
	Status status;

	if (form == NULL)
		return runtime_interrupted(runtime) ? fail_cancelled(failure)
											: fail_no_memory(failure);
	form->runtime = runtime;
	form->ascii = ascii;
	snprintf(version, sizeof(version), "{\"" VERSION_MEMBER "\": %d",
			 MODEL_JSON_VERSION);
	json_put(&out, version);
	if (find_sections(bytes, size, sections, &count))
		status = put_sections(form, sections, count, &out, failure);
	else
	{
		json_put(&out, ", ");
		status = put_base64(&out, bytes, size, failure);
	}
	json_put(&out, "}");
	if (status == LL_OK && out.failed)
		status = fail_no_memory(failure);
	runtime_release(runtime, form);
	*text = (char *) out.bytes;
	*length = out.size;
	return status;
}

/* ---- From JSON ---- */

/* Reads the text of a member "base64" of the object at work. */
static Status
take_base64(Form *form, Writer *target)
{
	JsonValue value = form_take(form, "base64");
	size_t size, count;
	uint8_t *bytes;

	if (!form->failed && !json_value_is_string(value))
		form_refuse(form, "base64", "it is no string");
	if (form->failed)
		return form_status(form);
	size = (size_t) (value.end - value.at) - 2;
	bytes = runtime_allocate(form->runtime, size / 4 * 3 + 1);
	if (bytes == NULL)
		return fail_no_memory(form->failure);
	if (base64_decode(value.at + 1, size, bytes, &count))
		writer_put(target, bytes, count);
	else
		form_refuse(form, "base64", "it is no base64");
	runtime_release(form->runtime, bytes);
	return form_status(form);
}

/* Reads a section into an open one of the bytes. */
static Status
take_section(Form *form, const SectionSchema *schema, const char *name,
			 JsonValue value, Writer *target, SectionSizes *sizes,
			 Failure *failure)
{
	begin_form(form, name, form->runtime, failure);
	form->target = target;
	form->root = value;
	form_object(form, NULL);
	if (schema == NULL || form_has(form, "base64"))
		(void) take_base64(form, target);
	else
		schema->describe(form, sizes);
	form_end_object(form);
	return form_status(form);
}

/* The tag that a name says; false: none. */
static bool
tag_of_name(JsonValue name, uint32_t *tag)
{
	size_t prefix = strlen(UNKNOWN_PREFIX);
	JsonValue digits;
	uint64_t number;

	for (const SectionSchema *row = section_schemas; row->name != NULL; row++)
		if (json_value_is_text(name, row->name))
		{
			*tag = row->tag;
			return true;
		}
	if (!json_value_is_string(name) ||
		(size_t) (name.end - name.at) <= prefix + 2 ||
		memcmp(name.at + 1, UNKNOWN_PREFIX, prefix) != 0)
		return false;
	digits = (JsonValue){name.at + 1 + prefix, name.end - 1};
	if (!json_value_whole(digits, &number) || number > UINT32_MAX)
		return false;
	*tag = (uint32_t) number;
	return true;
}

/* Reads the section that "sections" names next. */
static Status
take_named(Form *outer, Form *form, JsonValue name, Writer *target,
		   SectionSizes *sizes, Failure *failure)
{
	char buffer[SECTION_NAME_SIZE];
	size_t size;
	uint32_t tag;
	JsonValue value;
	Status status;

	if (!tag_of_name(name, &tag) ||
		(size = (size_t) (name.end - name.at) - 2) >= sizeof(buffer))
	{
		form_refuse(outer, "sections", "an item is the name of no section");
		return form_status(outer);
	}
	memcpy(buffer, name.at + 1, size);
	buffer[size] = '\0';
	value = form_take(outer, buffer);
	if (outer->failed)
		return form_status(outer);
	writer_begin_section(target, (SectionTag) tag);
	status = take_section(form, schema_of_tag(tag), buffer, value, target,
						  sizes, failure);
	writer_end_section(target);
	return status;
}

/* Reads the sections in the order that is said, else in that of the schemas. */
static Status
take_sections(Form *outer, Form *form, Writer *target, Failure *failure)
{
	SectionSizes sizes = {0, 0};
	Status status = LL_OK;
	JsonValue name;
	JsonWalk walk;

	if (!form_has(outer, "sections"))
	{
		for (const SectionSchema *row = section_schemas;
			 row->name != NULL && status == LL_OK; row++)
			if (form_has(outer, row->name))
			{
				writer_begin_section(target, row->tag);
				status = take_section(form, row, row->name,
									  form_take(outer, row->name), target,
									  &sizes, failure);
				writer_end_section(target);
			}
		return status;
	}
	if (!json_walk_begin(&walk, form_take(outer, "sections"), '[',
						 outer->runtime))
		form_refuse(outer, "sections", "it is no array");
	else
		while (status == LL_OK && json_walk_item(&walk, &name))
			status = take_named(outer, form, name, target, &sizes, failure);
	if (status == LL_OK && walk.broken)
		form_refuse(outer, "sections", "it is no JSON");
	return status == LL_OK ? form_status(outer) : status;
}

/* Reads a number that is only known to be one value. */
static void
take_constant(Form *form, const char *name, uint64_t only)
{
	uint64_t number;
	JsonValue value = form_take(form, name);

	if (!form->failed && (!json_value_whole(value, &number) || number != only))
		form_refuse(form, name, "this release reads %llu",
					(unsigned long long) only);
}

/* Reads the object that the text is; *whole: the bytes came as one. */
static Status
take_model(Form *outer, Form *form, Writer *target, bool *whole,
		   Failure *failure)
{
	Status status;

	form_object(outer, NULL);
	take_constant(outer, VERSION_MEMBER, MODEL_JSON_VERSION);
	if (outer->failed)
		return form_status(outer);
	*whole = form_has(outer, "base64");
	if (*whole)
		status = take_base64(outer, target);
	else
	{
		take_constant(outer, "format", MODEL_FORMAT);
		writer_begin_model(target);
		status = outer->failed ? form_status(outer)
							   : take_sections(outer, form, target, failure);
	}
	if (status != LL_OK)
		return status;
	form_end_object(outer);
	return form_status(outer);
}

/* Seals the bytes, unless they came whole, and has them checked. */
static Status
finish(Writer *target, bool whole, const Runtime *runtime, Failure *failure)
{
	Model model;
	Status status;

	if (!whole)
	{
		status = writer_seal_model(target, failure);
		if (status != LL_OK)
			return status;
	}
	else if (target->failed)
		return fail_no_memory(failure);
	return model_decode(target->bytes, target->size, runtime, &model, failure);
}

Status
model_json_read(const char *text, size_t length, const Runtime *runtime,
				uint8_t **bytes, size_t *size, Failure *failure)
{
	Form *forms = runtime_allocate_zero(runtime, 2, sizeof(Form));
	Writer target = {.runtime = runtime};
	Status status;
	bool whole = false;

	if (forms == NULL)
		return runtime_interrupted(runtime) ? fail_cancelled(failure)
											: fail_no_memory(failure);
	begin_form(&forms[0], "model", runtime, failure);
	forms[0].target = &target;
	forms[1].runtime = runtime;
	if (!json_value_of(text, length, runtime, &forms[0].root))
	{
		forms[0].root = (JsonValue){NULL, NULL};
		form_refuse(&forms[0], NULL, "it is no JSON");
	}
	status = take_model(&forms[0], &forms[1], &target, &whole, failure);
	if (status == LL_OK)
		status = finish(&target, whole, runtime, failure);
	/* What nobody read to its end seems broken. */
	if (status == LL_MALFORMED && runtime_interrupted(runtime))
		status = fail_cancelled(failure);
	runtime_release(runtime, forms);
	*bytes = target.bytes;
	*size = target.size;
	return status;
}
