/*
 * json_form_values.c
 *		Values of other kinds than whole numbers: words, texts, arrays of numbers.
 */
#include "formats/json_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"

/* Reads a number, or the word for one that JSON does not have. */
static bool
read_number(JsonValue value, double *number)
{
	static const struct
	{
		const char *word;
		double number;
	} words[] = {{"NaN", __builtin_nan("")},
				 {"Infinity", __builtin_inf()},
				 {"-Infinity", -__builtin_inf()},
				 {"-0", -0.0}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (json_value_is_text(value, words[i].word))
		{
			*number = words[i].number;
			return true;
		}
	return json_value_number(value, number);
}

double
form_f64(Form *form, const char *name)
{
	double number = 0.0;

	if (form->failed)
		return 0.0;
	if (form->to_json)
	{
		number = reader_take_f64(form->source);
		form_check_source(form, name);
		form_begin(form, name);
		json_put_number(form->text, number);
	}
	else
	{
		JsonValue value = form_take(form, name);

		if (!form->failed && !read_number(value, &number))
			form_refuse(form, name, "it is no number");
		writer_put_f64(form->target, number);
	}
	return number;
}

void
form_hex(Form *form, const char *name)
{
	char text[24];
	uint64_t number;
	JsonValue value;

	if (form->failed)
		return;
	if (form->to_json)
	{
		number = reader_take_u64(form->source);
		form_check_source(form, name);
		form_begin(form, name);
		snprintf(text, sizeof(text), "\"%016" PRIx64 "\"", number);
		json_put(form->text, text);
		return;
	}
	value = form_take(form, name);
	if (form->failed)
		return;
	if (!json_value_is_string(value) || value.end - value.at != 18 ||
		strspn(value.at + 1, "0123456789abcdef") < 16)
	{
		form_refuse(form, name, "it is no string of 16 hexadecimal digits");
		return;
	}
	memcpy(text, value.at + 1, 16);
	text[16] = '\0';
	writer_put_u64(form->target, strtoull(text, NULL, 16));
}

bool
form_flag(Form *form, const char *name)
{
	static const char *const words[] = {"false", "true"};
	uint32_t flag;
	JsonValue value;

	if (form->failed)
		return false;
	if (form->to_json)
	{
		flag = reader_take_u32(form->source);
		form_check_source(form, name);
		form_begin(form, name);
		json_put(form->text, words[flag != 0]);
		return flag != 0;
	}
	value = form_take(form, name);
	if (form->failed)
		return false;
	flag = json_value_is_word(value, "true");
	if (!flag && !json_value_is_word(value, "false"))
		form_refuse(form, name, "it is neither true nor false");
	writer_put_u32(form->target, flag);
	return flag;
}

uint32_t
form_choice(Form *form, const char *name, const char *const *words)
{
	uint32_t place = 0, count = 0;
	JsonValue value;

	if (form->failed)
		return 0;
	while (words[count] != NULL)
		count++;
	if (form->to_json)
	{
		place = reader_take_enum(form->source, count);
		form_check_source(form, name);
		form_begin(form, name);
		json_put_string(form->text, words[place], strlen(words[place]), true);
		return place;
	}
	value = form_take(form, name);
	while (!form->failed && place < count &&
		   !json_value_is_text(value, words[place]))
		place++;
	if (!form->failed && place == count)
		form_refuse(form, name, "it is none of the words that it may be");
	writer_put_u32(form->target, place);
	return form->failed ? 0 : place;
}

void
form_text(Form *form, const char *name)
{
	uint32_t length;
	size_t before;

	if (form->failed)
		return;
	if (form->to_json)
	{
		Reader *source = form->source;

		length = reader_take_u32(source);
		form_check_source(form, name);
		if (form->failed || length > source->left ||
			!utf8_is_valid((const char *) source->cursor, length))
		{
			form_refuse(form, name, "it is no UTF-8");
			return;
		}
		form_begin(form, name);
		json_put_string(form->text, (const char *) source->cursor, length,
						form->ascii);
		source->cursor += length;
		source->left -= length;
		return;
	}
	before = form->target->size;
	writer_put_u32(form->target, 0);
	if (!json_value_string(form_take(form, name), form->target))
		form_refuse(form, name, "it is no string in UTF-8");
	if (form->failed || form->target->failed)
		return;
	length = (uint32_t) (form->target->size - before - sizeof(length));
	memcpy(form->target->bytes + before, &length, sizeof(length));
}

void
form_f64s(Form *form, const char *name, size_t count)
{
	form_array(form, name, 0);
	for (size_t i = 0; i < count && !form->failed; i++)
	{
		(void) form_f64(form, NULL);
		form_look_around(form, i);
	}
	form_end_array(form);
}

uint32_t
form_f64_list(Form *form, const char *name)
{
	uint32_t count = form_count(form, name);

	form_f64s(form, name, count);
	return form->failed ? 0 : count;
}

void
form_f64_rest(Form *form, const char *name)
{
	Writer *target = form->target;
	size_t count, before;

	if (form->failed)
		return;
	if (form->to_json)
		count = form->source->left / sizeof(double);
	else
	{
		/* The count is not one of the bytes. */
		before = target->size;
		count = form_count(form, name);
		target->size = target->failed ? target->size : before;
	}
	form_f64s(form, name, count);
}
