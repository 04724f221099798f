/*
 * xml.c
 *		Reads the XML that stores answer with.
 *
 * Source: Extensible Markup Language (XML) 1.0, fifth edition.
 */
#include "io/xml.h"

#include <string.h>

#include "io/text.h"

/* The longest reference, "&#x10FFFF;". */
#define MAX_REFERENCE 10

void
xml_init(XmlReader *reader, const void *bytes, size_t size)
{
	memset(reader, 0, sizeof(*reader));
	reader->begin = reader->at = bytes;
	reader->end = reader->at + size;
	if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		reader->at += 3;
}

bool
xml_is(XmlSpan span, const char *name)
{
	return span.length == strlen(name) &&
		   memcmp(span.at, name, span.length) == 0;
}

static Status
fail_at(const XmlReader *reader, const char *what, Failure *failure)
{
	return fail(failure, LL_MALFORMED, "XML %s at byte %zu", what,
				(size_t) (reader->at - reader->begin));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Pass the declaration "<?xml ...?>" and blanks around it. */
static Status
skip_declaration(XmlReader *reader, Failure *failure)
{
	while (reader->at < reader->end && is_blank(*reader->at))
		reader->at++;
	if (reader->end - reader->at < 5 || memcmp(reader->at, "<?xml", 5) != 0)
		return LL_OK;
	for (; reader->end - reader->at >= 2; reader->at++)
		if (memcmp(reader->at, "?>", 2) == 0)
		{
			reader->at += 2;
			return LL_OK;
		}
	return fail_at(reader, "declaration has no end", failure);
}

/* Read a name; it ends at a blank, a slash or the tag's end. */
static Status
read_name(XmlReader *reader, XmlSpan *name, Failure *failure)
{
	name->at = reader->at;
	while (reader->at < reader->end && !is_blank(*reader->at) &&
		   strchr("/>", *reader->at) == NULL)
	{
		if (strchr("<&\"'=!?", *reader->at) != NULL)
			return fail_at(reader, "has a broken name", failure);
		reader->at++;
	}
	name->length = (size_t) (reader->at - name->at);
	if (name->length == 0)
		return fail_at(reader, "has an empty name", failure);
	return LL_OK;
}

/* Pass attributes, up to the tag's end, whose "/" or ">" is next. */
static Status
skip_attributes(XmlReader *reader, Failure *failure)
{
	char quote = '\0';

	for (; reader->at < reader->end; reader->at++)
	{
		char c = *reader->at;

		if (c == '<')
			break;
		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>' || c == '/')
			return LL_OK;
	}
	return fail_at(reader, "tag has no end", failure);
}

/* Read a start tag, whose "<" is passed. */
static Status
read_start(XmlReader *reader, Failure *failure)
{
	Status status;

	if (reader->depth == XML_MAX_DEPTH)
		return fail_at(reader, "is too deep", failure);
	if (reader->depth == 0 && reader->has_root)
		return fail_at(reader, "has a second root", failure);
	status = read_name(reader, &reader->path[reader->depth], failure);
	if (status == LL_OK)
		status = skip_attributes(reader, failure);
	if (status != LL_OK)
		return status;
	reader->closing = *reader->at == '/';
	reader->at += reader->closing ? 1 : 0;
	if (reader->at == reader->end || *reader->at != '>')
		return fail_at(reader, "tag has no end", failure);
	reader->at++;
	reader->depth++;
	reader->has_root = true;
	return LL_OK;
}

/* Read an end tag, whose "</" is passed. */
static Status
read_end(XmlReader *reader, Failure *failure)
{
	XmlSpan name;
	const XmlSpan *open;
	Status status = read_name(reader, &name, failure);

	if (status != LL_OK)
		return status;
	while (reader->at < reader->end && is_blank(*reader->at))
		reader->at++;
	if (reader->at == reader->end || *reader->at != '>')
		return fail_at(reader, "tag has no end", failure);
	if (reader->depth == 0)
		return fail_at(reader, "ends what did not begin", failure);
	open = &reader->path[reader->depth - 1];
	if (open->length != name.length ||
		memcmp(open->at, name.at, name.length) != 0)
		return fail_at(reader, "ends another element than began", failure);
	reader->at++;
	reader->depth--;
	return LL_OK;
}

/* Check that nothing but blanks is outside of the root. */
static Status
check_outside(const XmlReader *reader, Failure *failure)
{
	if (reader->depth > 0)
		return LL_OK;
	for (size_t i = 0; i < reader->text.length; i++)
		if (!is_blank(reader->text.at[i]))
			return fail_at(reader, "has text outside of its root", failure);
	return LL_OK;
}

/* Read a tag of either kind, which is next. */
static Status
read_tag(XmlReader *reader, XmlEvent *event, Failure *failure)
{
	reader->at++;
	*event = XML_START;
	if (reader->at < reader->end && *reader->at == '/')
	{
		reader->at++;
		*event = XML_END;
		return read_end(reader, failure);
	}
	if (reader->at < reader->end && strchr("!?", *reader->at) != NULL)
		return fail_at(reader, "has more than elements and text", failure);
	return read_start(reader, failure);
}

Status
xml_next(XmlReader *reader, XmlEvent *event, Failure *failure)
{
	Status status = LL_OK;

	if (reader->closing)
	{
		reader->closing = false;
		reader->depth--;
		reader->text.length = 0;
		*event = XML_END;
		return LL_OK;
	}
	if (!reader->has_root)
		status = skip_declaration(reader, failure);
	if (status != LL_OK)
		return status;
	reader->text.at = reader->at;
	while (reader->at < reader->end && *reader->at != '<')
		reader->at++;
	reader->text.length = (size_t) (reader->at - reader->text.at);
	status = check_outside(reader, failure);
	if (status != LL_OK)
		return status;
	if (reader->at < reader->end)
		return read_tag(reader, event, failure);
	if (reader->depth > 0 || !reader->has_root)
		return fail_at(reader, "ends early", failure);
	*event = XML_DONE;
	return LL_OK;
}

/* Write a character as UTF-8; 0 if XML has none of that number. */
static size_t
write_character(uint32_t character, char *out)
{
	if (character < 0x20 && character != 9 && character != 10 &&
		character != 13)
		return 0;
	if ((character >= 0xD800 && character < 0xE000) || character > 0x10FFFF)
		return 0;
	if (character < 0x80)
	{
		out[0] = (char) character;
		return 1;
	}
	if (character < 0x800)
	{
		out[0] = (char) (0xC0 | character >> 6);
		out[1] = (char) (0x80 | (character & 0x3F));
		return 2;
	}
	if (character < 0x10000)
	{
		out[0] = (char) (0xE0 | character >> 12);
		out[1] = (char) (0x80 | (character >> 6 & 0x3F));
		out[2] = (char) (0x80 | (character & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | character >> 18);
	out[1] = (char) (0x80 | (character >> 12 & 0x3F));
	out[2] = (char) (0x80 | (character >> 6 & 0x3F));
	out[3] = (char) (0x80 | (character & 0x3F));
	return 4;
}

/* Read the number of a character: digits, or x and hexadecimal digits. */
static bool
read_number(const char *digits, size_t length, uint32_t *number)
{
	uint32_t base = 10;

	*number = 0;
	if (length > 0 && digits[0] == 'x')
	{
		base = 16;
		digits++;
		length--;
	}
	for (size_t i = 0; i < length; i++)
	{
		int digit = hex_value(digits[i]);

		if (digit < 0 || (uint32_t) digit >= base || *number > 0x10FFFF)
			return false;
		*number = *number * base + (uint32_t) digit;
	}
	return length > 0;
}

/* Decode what is between "&" and ";"; 0 if it is no reference. */
static size_t
decode_reference(const char *name, size_t length, char *out)
{
	static const struct
	{
		const char *name;
		char character;
	} named[] = {
		{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
	uint32_t number;

	if (length > 1 && name[0] == '#')
		return read_number(name + 1, length - 1, &number)
				   ? write_character(number, out)
				   : 0;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (length == strlen(named[i].name) &&
			memcmp(name, named[i].name, length) == 0)
		{
			*out = named[i].character;
			return 1;
		}
	return 0;
}

Status
xml_decode(XmlSpan text, char *decoded, size_t *length, Failure *failure)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
	{
		size_t rest = text.length - i;
		const char *end;
		size_t written = 0;

		if (text.at[i] != '&')
		{
			decoded[count++] = text.at[i];
			continue;
		}
		end = memchr(text.at + i, ';',
					 rest < MAX_REFERENCE ? rest : MAX_REFERENCE);
		if (end != NULL)
			written = decode_reference(text.at + i + 1,
									   (size_t) (end - text.at) - i - 1,
									   decoded + count);
		if (written == 0)
			return fail(failure, LL_MALFORMED,
						"XML has a reference to no character");
		count += written;
		i = (size_t) (end - text.at);
	}
	decoded[count] = '\0';
	*length = count;
	return LL_OK;
}
