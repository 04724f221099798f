/*
 * loaders.c
 *		linlearn_load_mnist: digits out of files or the extension itself.
 */
#include "pg/load/loaders.h"

#include "catalog/pg_authid.h"
#include "formats/npz.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "portability/instr_time.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "formats/digits.h"
#include "formats/gzip.h"
#include "formats/idx.h"
#include "formats/pickle.h"
#include "formats/synthetic.h"
#include "io/file.h"
#include "io/url.h"
#include "pg/base/own_schema.h"
#include "pg/base/settings.h"
#include "pg/load/access.h"
#include "pg/load/channel.h"
#include "pg/load/digit_table.h"
#include "pg/load/file_format.h"
#include "pg/load/transfer.h"

/* Rows that 'synthetic' draws unless told otherwise: as many as MNIST has. */
static const int64 synthetic_rows[DIGITS_SPLITS] = {50000, 10000, 10000};

/*
 * An idx set without a validation part gives its last sixth: of MNIST's 60,000
 * the last 10,000, as in mnist.pkl.
 */
#define VALIDATION_FRACTION 6

/* One call of linlearn_load_mnist. */
typedef struct Load
{
	Runtime runtime;
	Oid schema; /* the extension's */
	DigitSet set;
	bool synthetic;
	uint64 seed;
	int64 limits[DIGITS_SPLITS]; /* -1: all there are */
	int split;					 /* where the feed is */
	int64 row;
	uint8 *pixels;		/* the row that was given last */
	instr_time started; /* the present split's work */
	double seconds[DIGITS_SPLITS];
	int64 rows[DIGITS_SPLITS];
} Load;

void
unpack_bytes(const Runtime *runtime, bool release, const uint8_t **bytes,
			 size_t *length)
{
	const uint8_t *packed = *bytes;
	uint8_t *unpacked;
	Failure failure;

	if (!gzip_detect(packed, *length))
		return;
	CHECK_STATUS(gzip_unpack(runtime, packed, *length, download_limit(),
							 &unpacked, length, &failure),
				 failure);
	if (release)
		runtime_release(runtime, (void *) packed);
	*bytes = unpacked;
}

/* Read a file or URL, unpacked; NULL for a URL that names nothing. */
static const uint8_t *
find_source(Load *load, const char *source, size_t *length, Failure *absent)
{
	uint8_t *contents;
	const uint8_t *bytes;
	Failure failure;

	if (!url_is_remote(source))
		CHECK_STATUS(file_read(&load->runtime, source, download_limit(),
							   &contents, length, &failure),
					 failure);
	else if (!fetch_url(&load->runtime, source, download_limit(), &contents,
						length, absent))
		return NULL;
	bytes = contents;
	unpack_bytes(&load->runtime, true, &bytes, length);
	return bytes;
}

/* Read a file or URL, unpacked. */
static const uint8_t *
read_source(Load *load, const char *source, size_t *length)
{
	Failure absent;
	const uint8_t *bytes;

	absent.status = LL_OK;
	bytes = find_source(load, source, length, &absent);
	if (absent.status != LL_OK)
		report_failure(&absent);
	return bytes;
}

/* Add pictures and the labels that another file has. */
static void
add_idx_images(Load *load, DigitSplitName split, const NumberArray *images,
			   const char *labels_name)
{
	size_t length;
	const uint8_t *bytes = read_source(load, labels_name, &length);
	NumberArray labels;
	Failure failure;

	CHECK_STATUS(idx_parse(bytes, length, &labels, &failure), failure);
	CHECK_STATUS(digits_add(&load->set, split, images, &labels, &failure),
				 failure);
}

/* Read the pictures and the labels of a part of an idx set. */
static void
read_idx_pair(Load *load, DigitSplitName split, const char *images_name,
			  const char *labels_name)
{
	size_t length;
	const uint8_t *bytes = read_source(load, images_name, &length);
	NumberArray images;
	Failure failure;

	CHECK_STATUS(idx_parse(bytes, length, &images, &failure), failure);
	add_idx_images(load, split, &images, labels_name);
}

/* Find one of the four files of an idx set; NULL if it is not there. */
static char *
find_idx_file(const char *folder, const char *part, const char *kind,
			  int dimensions)
{
	static const char *const suffixes[] = {".gz", ""};

	for (int i = 0; i < lengthof(suffixes); i++)
		for (const char *separator = "-."; *separator; separator++)
		{
			char *path = psprintf("%s/%s-%s%cidx%d-ubyte%s", folder, part,
								  kind, *separator, dimensions, suffixes[i]);

			if (file_exists(path))
				return path;
			pfree(path);
		}
	return NULL;
}

/* Read a part of an idx set in a folder; false if there is none. */
static bool
read_idx_part(Load *load, DigitSplitName split, const char *folder,
			  const char *part)
{
	char *images = find_idx_file(folder, part, "images", 3);
	char *labels = find_idx_file(folder, part, "labels", 1);

	if (images == NULL && labels == NULL)
		return false;
	if (images == NULL || labels == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("folder \"%s\" has only one of the files %s-images "
						"and %s-labels",
						folder, part, part)));
	read_idx_pair(load, split, images, labels);
	return true;
}

/* Give the last rows of train to validation, where a source has none. */
static void
split_validation(Load *load)
{
	digits_split_validation(&load->set, load->set.splits[SPLIT_TRAIN].rows /
											VALIDATION_FRACTION);
}

/* Derive the name of the labels from that of idx pictures, or raise. */
static char *
labels_source(const char *images)
{
	char *name = pstrdup(images);
	char *place = strstr(name, "images");
	char *digit = place != NULL ? strstr(place, "idx3") : NULL;

	if (digit == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("source is an idx file, but its name does not tell "
						"where its labels are"),
				 errhint("Name a file such as train-images-idx3-ubyte.gz, "
						 "whose labels lie beside it in "
						 "train-labels-idx1-ubyte.gz.")));
	memcpy(place, "labels", 6);
	digit[3] = '1';
	return name;
}

/* What digits come in. */
#define DIGIT_FORMATS                                                         \
	(1u << FORMAT_IDX | 1u << FORMAT_PICKLE | 1u << FORMAT_NPZ)

/* Take the arrays of a .npz file. */
static void
read_npz(Load *load, const uint8_t *bytes, size_t length)
{
	NamedArrays arrays;
	Failure failure;

	CHECK_STATUS(npz_parse(&load->runtime, bytes, length, download_limit(),
						   &arrays, &failure),
				 failure);
	CHECK_STATUS(digits_add_npz(&load->set, &arrays, &failure), failure);
	split_validation(load);
}

/*
 * Take a single file: a .npz, a pickle, or idx pictures with labels beside
 * them.
 */
static void
read_single(Load *load, const char *source)
{
	size_t length;
	const uint8_t *bytes = read_source(load, source, &length);
	const char *name = strrchr(source, '/');
	PickleArrays arrays;
	NumberArray images;
	Failure failure;

	refuse_format(bytes, length, DIGIT_FORMATS);
	if (npy_detect(bytes, length))
	{
		read_npz(load, bytes, length);
		return;
	}
	if (length > 0 && bytes[0] != 0)
	{
		CHECK_STATUS(
			pickle_parse(&load->runtime, bytes, length, &arrays, &failure),
			failure);
		CHECK_STATUS(digits_add_pickle(&load->set, &arrays, &failure),
					 failure);
		if (load->set.splits[SPLIT_VALIDATION].rows == 0)
			split_validation(load);
		return;
	}
	CHECK_STATUS(idx_parse(bytes, length, &images, &failure), failure);
	if (name != NULL && (strstr(name, "t10k") || strstr(name, "test")))
		add_idx_images(load, SPLIT_TEST, &images, labels_source(source));
	else
	{
		add_idx_images(load, SPLIT_TRAIN, &images, labels_source(source));
		split_validation(load);
	}
}

/* Read the only file of a folder, or raise an error. */
static void
read_only_file(Load *load, const char *folder)
{
	char *name = channel_only_name(folder, load->schema);
	char shown[URL_SHOWN_SIZE];

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("folder \"%s\" has no MNIST files",
						url_mask(folder, shown)),
				 errhint("Expected are train-images-idx3-ubyte and "
						 "train-labels-idx1-ubyte, and for the test split "
						 "t10k-..., each also with .gz, or a single file "
						 "such as mnist.pkl.gz.")));
	read_single(load, name);
}

/* Read the idx set of a folder, or its only file. */
static void
read_folder(Load *load, const char *folder)
{
	if (!read_idx_part(load, SPLIT_TRAIN, folder, "train"))
	{
		read_only_file(load, folder);
		return;
	}
	split_validation(load);
	read_idx_part(load, SPLIT_TEST, folder, "t10k");
}

/*
 * Read what is below a URL that ends in a slash: the four files of an idx set,
 * or else a single one: of a store the only object, and elsewhere, where there
 * are no lists, mnist.pkl.gz.
 */
static void
read_url_folder(Load *load, const char *url)
{
	size_t length;
	NumberArray images;
	Failure failure;
	const uint8_t *bytes =
		find_source(load, psprintf("%strain-images-idx3-ubyte.gz", url),
					&length, &failure);

	if (bytes == NULL)
	{
		if (url_has_scheme(url, "s3"))
			read_only_file(load, url);
		else
			read_single(load, psprintf("%smnist.pkl.gz", url));
		return;
	}
	CHECK_STATUS(idx_parse(bytes, length, &images, &failure), failure);
	add_idx_images(load, SPLIT_TRAIN, &images,
				   psprintf("%strain-labels-idx1-ubyte.gz", url));
	split_validation(load);
	read_idx_pair(load, SPLIT_TEST,
				  psprintf("%st10k-images-idx3-ubyte.gz", url),
				  psprintf("%st10k-labels-idx1-ubyte.gz", url));
}

/* Read a file or folder of the server, for a user who may. */
static void
read_path(Load *load, const char *source)
{
	const char *path = file_path(source);
	char shown[URL_SHOWN_SIZE];

	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown source \"%s\"", url_mask(source, shown)),
				 errhint("Name a folder or file by its absolute path, a URL, "
						 "or 'synthetic'.")));
	check_file_role(ROLE_PG_READ_SERVER_FILES, "pg_read_server_files", "read");
	if (file_is_directory(path))
		read_folder(load, path);
	else
		read_single(load, path);
}

/* Read all that a source has. */
static void
read_set(Load *load, const char *source)
{
	Failure failure;

	if (!url_is_remote(source))
		read_path(load, source);
	else
	{
		check_url_privilege(load->schema);
		if (source[strlen(source) - 1] == '/')
			read_url_folder(load, source);
		else
			read_single(load, source);
	}
	CHECK_STATUS(digits_scan(&load->runtime, &load->set, &failure), failure);
}

/* Tell how many rows a split will get. */
static int64
split_rows(const Load *load, int split)
{
	int64 limit = load->limits[split];
	int64 rows = load->synthetic ? synthetic_rows[split]
								 : (int64) load->set.splits[split].rows;

	if (limit < 0 || (limit > rows && !load->synthetic))
		return rows;
	return limit;
}

/* Note how long the split took that has just been stored. */
static void
finish_split(Load *load)
{
	instr_time now;
	instr_time elapsed;

	INSTR_TIME_SET_CURRENT(now);
	elapsed = now;
	INSTR_TIME_SUBTRACT(elapsed, load->started);
	load->seconds[load->split] = INSTR_TIME_GET_DOUBLE(elapsed);
	load->rows[load->split] = load->row;
	load->started = now;
	load->split++;
	load->row = 0;
}

/* Give COPY the next digit. */
static bool
next_digit(void *state, DigitRow *row)
{
	Load *load = state;
	Failure failure;

	while (load->split < DIGITS_SPLITS &&
		   load->row >= split_rows(load, load->split))
		finish_split(load);
	if (load->split == DIGITS_SPLITS)
		return false;
	if (load->synthetic)
		row->label = synthetic_draw(load->seed, load->split,
									(uint64) load->row, load->pixels);
	else
		CHECK_STATUS(digits_row(&load->set, load->split, load->row,
								load->pixels, &row->label, &failure),
					 failure);
	row->split = digit_split_name(load->split);
	row->id = load->row++;
	row->pixels = load->pixels;
	row->width = load->synthetic ? SYNTHETIC_PIXELS : load->set.width;
	return true;
}

/* Get an argument that limits a split's rows; -1 if it is NULL. */
static int64
rows_argument(FunctionCallInfo fcinfo, int number, const char *name)
{
	int rows;

	if (PG_ARGISNULL(number))
		return -1;
	rows = PG_GETARG_INT32(number);
	if (rows < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s is %d, allowed is 0 or more", name, rows)));
	return rows;
}

/* Get the arguments of linlearn_load_mnist; its source is returned. */
static char *
load_arguments(FunctionCallInfo fcinfo, Load *load)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("%s must not be null",
							   PG_ARGISNULL(0) ? "source" : "target")));
	load->schema = own_schema(fcinfo);
	load->limits[SPLIT_TRAIN] = rows_argument(fcinfo, 2, "train_rows");
	load->limits[SPLIT_VALIDATION] =
		rows_argument(fcinfo, 3, "validation_rows");
	load->limits[SPLIT_TEST] = rows_argument(fcinfo, 4, "test_rows");
	load->seed = PG_ARGISNULL(5) ? 0 : (uint64) PG_GETARG_INT64(5);
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* Return rows and seconds of each split as a set. */
static void
return_splits(FunctionCallInfo fcinfo, const Load *load)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;
	TupleDesc row;

	old = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	result->returnMode = SFRM_Materialize;
	result->setDesc = row;
	result->setResult = tuplestore_begin_heap(
		(result->allowedModes & SFRM_Materialize_Random) != 0, false,
		work_mem);
	MemoryContextSwitchTo(old);
	for (int split = 0; split < DIGITS_SPLITS; split++)
	{
		Datum values[3];
		bool nulls[3] = {false, false, false};

		if (load->rows[split] == 0)
			continue;
		values[0] = CStringGetTextDatum(digit_split_name(split));
		values[1] = Int64GetDatum(load->rows[split]);
		values[2] = Float8GetDatum(load->seconds[split]);
		tuplestore_putvalues(result->setResult, row, values, nulls);
	}
}

PG_FUNCTION_INFO_V1(linlearn_load_mnist);

/* Replace a table's rows by the digits of a source. */
Datum
linlearn_load_mnist(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext memory = AllocSetContextCreate(
		CurrentMemoryContext, "linlearn load", ALLOCSET_DEFAULT_SIZES);
	Load load = {0};
	char *source;
	Oid table;

	if (result == NULL || !IsA(result, ReturnSetInfo) ||
		(result->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("linlearn_load_mnist() is called where a set "
							   "is not accepted"),
						errhint("Call it in FROM.")));
	INSTR_TIME_SET_CURRENT(load.started);
	load.runtime = pg_runtime(memory);
	source = load_arguments(fcinfo, &load);
	table = digit_table_find(PG_GETARG_TEXT_PP(1), load.schema);
	digit_table_check(table);
	load.synthetic = strcmp(source, "synthetic") == 0;
	if (!load.synthetic)
		read_set(&load, source);
	load.pixels = MemoryContextAllocHuge(
		memory, load.synthetic ? SYNTHETIC_PIXELS : load.set.width);
	digit_table_replace(table, next_digit, &load);
	return_splits(fcinfo, &load);
	MemoryContextDelete(memory);
	return (Datum) 0;
}
