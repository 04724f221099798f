/*
 * foreign.c
 *		Names file formats by their first bytes.
 */
#include "formats/foreign.h"

#include <string.h>

static const struct
{
	const char *magic;
	size_t length;
	const char *name;
} formats[] = {
	{"\x93NUMPY", 6, "a numpy .npy file"},
	{"PK\3\4", 4, "a zip file, as numpy's .npz is"},
	{"PK\5\6", 4, "an empty zip file"},
	{"\x89HDF\r\n\x1a\n", 8, "an HDF5 file"},
	{"PAR1", 4, "a Parquet file"},
	{"\x1f\x8b", 2, "a gzip file"},
};

const char *
foreign_format(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (length >= formats[i].length &&
			memcmp(bytes, formats[i].magic, formats[i].length) == 0)
			return formats[i].name;
	/* PROTO and a protocol that there is */
	if (length >= 2 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5)
		return "a Python pickle";
	return NULL;
}
