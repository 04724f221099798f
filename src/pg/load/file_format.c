/*
 * file_format.c
 *		Names the format of bytes that were given to another format's reader.
 */
#include "pg/load/file_format.h"

/* Say what files of arrays are read instead. */
static int
hint_array_files(void)
{
	char list[128];

	format_list_array_files(list, sizeof(list));
	return errhint("Arrays are read from %s files.", list);
}

void
refuse_format(const uint8_t *bytes, size_t length, unsigned formats)
{
	FileFormat format;
	const FileMagic *magic = format_recognise(bytes, length, &format);

	if (magic == NULL || formats >> format & 1)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("these are the bytes of %s", magic->called),
			 format == FORMAT_FOREIGN ? hint_array_files()
									  : errhint("linlearn_read_%s() reads it.",
												format_table[format].name)));
}
