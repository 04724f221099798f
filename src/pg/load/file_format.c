/*
 * file_format.c
 *		Names the format of bytes that were given to another format's reader.
 */
#include "pg/load/file_format.h"

/* How files begin, and what reads them; NULL: nothing of ours. */
static const struct
{
	const char *magic;
	size_t length;
	const char *name;
	const char *reader;
} formats[] = {
	{"\x93NUMPY", 6, "a .npy file of numpy", "linlearn_read_npz"},
	{"PK\3\4", 4, "a zip file, as .npz is one", "linlearn_read_npz"},
	{"PK\5\6", 4, "an empty zip file", "linlearn_read_npz"},
	{"\x80\2", 2, "a pickle", "linlearn_read_pickle"},
	{"\x80\3", 2, "a pickle", "linlearn_read_pickle"},
	{"\x80\4", 2, "a pickle", "linlearn_read_pickle"},
	{"\x80\5", 2, "a pickle", "linlearn_read_pickle"},
	{"\0\0\x08", 3, "an idx file", "linlearn_read_idx"},
	{"\n#\xd7\xce", 4, "a recordIO file", "linlearn_read_recordio"},
	{"\x89HDF\r\n\x1a\n", 8, "an HDF5 file", NULL},
	{"PAR1", 4, "a Parquet file", NULL},
	{"\x89PNG", 4, "a PNG picture", NULL},
	{"\xff\xd8\xff", 3, "a JPEG picture", NULL},
	{"ARROW1", 6, "an Arrow file", NULL},
	{"%PDF", 4, "a PDF file", NULL},
	{"<!DOCTYPE", 9, "an HTML page", NULL},
	{"<html", 5, "an HTML page", NULL},
	{"\x28\xb5\x2f\xfd", 4, "a zstd file", NULL},
	{"BZh", 3, "a bzip2 file", NULL},
	{"\xfd"
	 "7zXZ",
	 5, "an xz file", NULL},
};

void
refuse_format(const uint8_t *bytes, size_t length, const char *const *readers)
{
	for (size_t i = 0; i < lengthof(formats); i++)
	{
		const char *reader = formats[i].reader;

		if (length < formats[i].length ||
			memcmp(bytes, formats[i].magic, formats[i].length) != 0)
			continue;
		for (int r = 0; reader != NULL && readers[r] != NULL; r++)
			if (strcmp(readers[r], reader) == 0)
				return;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("these are the bytes of %s", formats[i].name),
				 reader != NULL ? errhint("%s() reads it.", reader)
								: errhint("Arrays are read from idx, pickle, "
										  ".npy and .npz files.")));
	}
}
