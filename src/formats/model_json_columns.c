/*
 * model_json_columns.c
 *		The columns of a model of a table's rows, for both ways to JSON.
 *
 * Goes through them in the order of core/model/columns_encode.c.
 */
#include "formats/model_json_sections.h"

#include <string.h>

#include "core/base/utf8.h"
#include "core/columns/columns.h"

static const char *const column_kinds[] = {"number", "flag",	"category",
										   "moment", "words",	"set",
										   "block",	 "entries", NULL};
static const char *const piece_kinds[] = {
	"number", "is_null", "levels", "month", "weekday", "hour",	  "buckets",
	"cross",  "spline",	 "words",  "set",	"block",   "entries", NULL};

/* A flag, and the member that says it: as true, or by being there. */
typedef struct FlagMember
{
	uint32_t flag;
	const char *name;
	bool is_there;
} FlagMember;

/* Goes through a number of flags. */
static uint32_t
describe_flags(Form *form, const FlagMember *members, size_t count)
{
	uint32_t flags = 0;

	if (form->failed)
		return 0;
	if (form->to_json)
		flags = reader_take_u32(form->source);
	for (size_t i = 0; i < count; i++)
	{
		if (form->to_json && !members[i].is_there)
		{
			form_begin(form, members[i].name);
			json_put(form->text, flags & members[i].flag ? "true" : "false");
		}
		else if (!form->to_json && members[i].is_there)
			flags |= form_has(form, members[i].name) ? members[i].flag : 0;
		else if (!form->to_json && form_has(form, members[i].name) &&
				 json_value_is_word(form_take(form, members[i].name), "true"))
			flags |= members[i].flag;
	}
	if (!form->to_json)
		writer_put_u32(form->target, flags);
	return flags;
}

static void
describe_column(Form *form)
{
	static const FlagMember members[] = {
		{COLUMN_WHOLE, "whole", false},
		{COLUMN_HOURS, "hours", false},
		{COLUMN_LOG, "log", false},
		{COLUMN_MEANS, "means", true},
		{COLUMN_REFERENCE, "reference", true},
		{COLUMN_CONFIGURATION, "configuration", true}};
	static const char *const options[] = {"min_rows", "max_levels", "hash",
										  "buckets",  "spline",		"parts"};
	uint32_t flags, length;

	form_object(form, NULL);
	form_text(form, "name");
	form_text(form, "type");
	(void) form_choice(form, "kind", column_kinds);
	flags = describe_flags(form, members, sizeof(members) / sizeof(*members));
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		(void) form_u32(form, options[i]);
	if (flags & COLUMN_REFERENCE)
		form_text(form, "reference");
	if (flags & COLUMN_CONFIGURATION)
		form_text(form, "configuration");
	length = form_u32(form, "length");
	(void) form_u64(form, "rows");
	(void) form_u64(form, "nulls");
	(void) form_f64(form, "mean");
	(void) form_f64(form, "deviation");
	(void) form_f64(form, "minimum");
	(void) form_f64(form, "maximum");
	form_f64s(form, "deciles", COLUMN_DECILES);
	if (flags & COLUMN_MEANS)
		form_f64s(form, "means", length);
	form_end_object(form);
}

/* Whether a piece's levels are numbers of 32 bits rather than texts. */
static bool
has_numbers(uint32_t kind)
{
	return kind == PIECE_MONTH || kind == PIECE_WEEKDAY ||
		   kind == PIECE_HOUR || kind == PIECE_BUCKETS || kind == PIECE_CROSS;
}

/* Writes the bytes of a level: a text, or an array of numbers. */
static void
put_level(Form *form, uint32_t kind, uint32_t form_flags)
{
	Reader *source = form->source;
	uint64_t size = reader_take_varint(source);
	bool numbers = has_numbers(kind) || form_flags & PIECE_RANKED_BY_NUMBER;

	if (source->damaged || size > source->left ||
		(numbers && size % sizeof(uint32_t) != 0) ||
		(!numbers &&
		 !utf8_is_valid((const char *) source->cursor, (size_t) size)))
	{
		form_refuse(form, "level", "it is none");
		return;
	}
	if (numbers)
	{
		form_array(form, "level", (uint32_t) (size / sizeof(uint32_t)));
		for (uint64_t i = 0; i < size; i += sizeof(uint32_t))
			(void) form_u32(form, NULL);
		form_end_array(form);
		return;
	}
	form_begin(form, "level");
	json_put_string(form->text, (const char *) source->cursor, (size_t) size,
					form->ascii);
	source->cursor += size;
	source->left -= (size_t) size;
}

/* Reads the bytes of a level; bytes is room for them, and empty. */
static void
take_level(Form *form, Writer *bytes)
{
	JsonValue value = form_take(form, "level"), item;
	JsonWalk walk;

	bytes->size = 0;
	if (form->failed)
		return;
	if (json_walk_begin(&walk, value, '[', form->runtime))
	{
		uint64_t number;

		while (json_walk_item(&walk, &item))
		{
			if (!json_value_whole(item, &number) || number > UINT32_MAX)
				form_refuse(form, "level", "a number is none of 32 bits");
			writer_put_u32(bytes, (uint32_t) number);
		}
		if (walk.broken)
			form_refuse(form, "level", "it is no JSON");
	}
	else if (!json_value_string(value, bytes))
		form_refuse(form, "level", "it is neither a string nor an array");
	if (form->failed || bytes->failed)
		return;
	writer_put_varint(form->target, bytes->size);
	writer_put(form->target, bytes->bytes, bytes->size);
}

static void
describe_levels(Form *form, uint32_t kind, uint32_t form_flags, uint32_t count)
{
	Writer bytes = {.runtime = form->runtime};

	form_array(form, "levels", count);
	for (uint32_t i = 0; i < count && !form->failed && !bytes.failed; i++)
	{
		form_object(form, NULL);
		if (form->to_json && !form->failed)
			put_level(form, kind, form_flags);
		else
			take_level(form, &bytes);
		(void) form_varint(form, "rows");
		if (form_flags & PIECE_HAS_RANKS)
			(void) form_f64(form, "rank");
		if (form_flags & PIECE_HAS_TERMS)
			(void) form_varint(form, "term");
		form_end_object(form);
	}
	form_end_array(form);
	if (bytes.failed && !form->failed)
	{
		form->failed = true;
		fail_no_memory(form->failure);
	}
	runtime_release(form->runtime, bytes.bytes);
}

static void
describe_piece(Form *form)
{
	static const FlagMember members[] = {
		{PIECE_HAS_RANKS, "ranked", false},
		{PIECE_HAS_TERMS, "terms_given", false},
		{PIECE_RANKED_BY_NUMBER, "numbered", false},
		{PIECE_HAS_CENTER, "center", true}};
	uint32_t kind, flags, terms, count;

	form_object(form, NULL);
	kind = form_choice(form, "kind", piece_kinds);
	flags = describe_flags(form, members, sizeof(members) / sizeof(*members));
	(void) form_u32(form, "column");
	(void) form_u32(form, "first");
	terms = form_u32(form, "terms");
	(void) form_u64(form, "other_rows");
	(void) form_u64(form, "null_rows");
	(void) form_i32(form, "other_term");
	(void) form_i32(form, "null_term");
	count = form_list(form, "members");
	for (uint32_t i = 0; i < count && !form->failed; i++)
		(void) form_u32(form, NULL);
	form_end_array(form);
	(void) form_f64_list(form, "cuts");
	if (flags & PIECE_HAS_CENTER)
		form_f64s(form, "center", terms);
	count = form_count(form, "levels");
	(void) form_i32(form, "level_without_term");
	describe_levels(form, kind, flags, count);
	form_end_object(form);
}

void
model_json_columns(Form *form, SectionSizes *sizes)
{
	uint32_t count;

	(void) form_u32(form, "width");
	count = form_list(form, "columns");
	for (uint32_t i = 0; i < count && !form->failed; i++)
		describe_column(form);
	form_end_array(form);
	count = form_list(form, "pieces");
	for (uint32_t i = 0; i < count && !form->failed; i++)
		describe_piece(form);
	form_end_array(form);
}
