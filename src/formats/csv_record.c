/*
 * csv_record.c
 *		CSV as texts: the fields of a record.
 */
#include "formats/csv_record.h"

#include <string.h>

#include "formats/csv_field.h"

#define FIRST_FIELDS 32

void
csv_records_init(CsvRecords *records, const Runtime *runtime,
				 const void *bytes, size_t size)
{
	memset(records, 0, sizeof(*records));
	text_cursor_init(&records->cursor, bytes, size);
	records->runtime = *runtime;
}

/* Makes room for one more field. */
static Status
reserve_field(CsvRecords *records, Failure *failure)
{
	size_t more =
		records->capacity == 0 ? FIRST_FIELDS : records->capacity * 2;
	CsvField *fields;

	if (records->count < records->capacity)
		return LL_OK;
	fields = runtime_allocate(&records->runtime, more * sizeof(CsvField));
	if (fields == NULL)
		return fail_no_memory(failure);
	if (records->count > 0)
		memcpy(fields, records->fields, records->count * sizeof(CsvField));
	runtime_release(&records->runtime, records->fields);
	records->fields = fields;
	records->capacity = more;
	return LL_OK;
}

/* Reads one field, whose quotes stay doubled; doubled is set then. */
static Status
read_field(CsvRecords *records, bool *doubled, Failure *failure)
{
	TextCursor *cursor = &records->cursor;
	const char *begin = cursor->at, *end;
	CsvField *field;
	bool in_field = false;
	Status status = reserve_field(records, failure);

	if (status != LL_OK)
		return status;
	field = &records->fields[records->count++];
	field->quoted = begin < cursor->end && *begin == '"';
	if (field->quoted)
	{
		status = csv_pass_quoted(cursor, records->count, &begin, &end,
								 &in_field, &records->runtime, failure);
		if (status != LL_OK)
			return status;
		*doubled |= in_field;
	}
	else
	{
		while (!csv_at_field_end(cursor))
		{
			if (runtime_stops(&records->runtime,
							  (size_t) (cursor->at - begin) + 1))
				return fail_cancelled(failure);
			cursor->at++;
		}
		end = cursor->at;
	}
	field->begin = begin;
	field->length = (size_t) (end - begin);
	return LL_OK;
}

/* Undoubles the quotes of a record's fields, in memory of the reader. */
static Status
unquote_fields(CsvRecords *records, Failure *failure)
{
	size_t size = 0;
	char *copy;

	for (size_t i = 0; i < records->count; i++)
		size += records->fields[i].quoted ? records->fields[i].length : 0;
	if (records->unquoted_size < size)
	{
		runtime_release(&records->runtime, records->unquoted);
		records->unquoted_size = 0;
		records->unquoted = runtime_allocate(&records->runtime, size);
		if (records->unquoted == NULL)
			return fail_no_memory(failure);
		records->unquoted_size = size;
	}
	copy = records->unquoted;
	for (size_t i = 0; i < records->count; i++)
	{
		CsvField *field = &records->fields[i];

		if (!field->quoted)
			continue;
		field->length =
			csv_unquote(field->begin, field->begin + field->length, copy);
		field->begin = copy;
		copy += field->length;
	}
	return LL_OK;
}

Status
csv_records_next(CsvRecords *records, size_t most, bool *found,
				 Failure *failure)
{
	TextCursor *cursor = &records->cursor;
	bool doubled = false;
	bool more = true;

	*found = false;
	records->count = 0;
	if (runtime_interrupted(&records->runtime))
		return fail_cancelled(failure);
	text_cursor_skip_empty_lines(cursor);
	if (text_cursor_done(cursor))
		return LL_OK;
	records->line = cursor->line;
	while (more)
	{
		Status status = records->count < most
							? read_field(records, &doubled, failure)
							: fail(failure, LL_LIMIT,
								   "CSV line %llu has more than %zu fields",
								   (unsigned long long) records->line, most);

		if (status != LL_OK)
			return status;
		more = !text_cursor_done(cursor) && *cursor->at == ',';
		cursor->at += more ? 1 : 0;
	}
	(void) text_cursor_end_line(cursor);
	*found = true;
	return doubled ? unquote_fields(records, failure) : LL_OK;
}
