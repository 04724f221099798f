/*
 * packed_row.c
 *		linlearn_row(features, label [, weight [, channel]]).
 */
#include "pg/cluster/packed_row.h"

#include <ctype.h>

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "pg/base/text_encoding.h"
#include "pg/base/weights.h"
#include "pg/train/train_state.h"
#include "pg/values/features.h"
#include "pg/values/label_space.h"
#include "pg/values/label_text.h"
#include "pg/values/record_reader.h"
#include "utils/builtins.h"

#define ROW_MAGIC 0x3157524C /* "LRW1" */

#define ROW_NULL_LABEL 1

/* What a packed row begins with; features follow, then a label that is text. */
typedef struct RowHeader
{
	uint32 magic;
	uint8 format;
	uint8 channel;
	uint8 flags;
	uint8 unused;
	uint32 dimension;
	float weight;
	double label;
	uint32 label_type;
	uint32 text_size;
} RowHeader;

/* A call site: how its types are read. */
typedef struct RowReader
{
	FeatureReader features;
	Oid label_type; /* a domain's base type */
} RowReader;

static RowReader *
call_reader(FunctionCallInfo fcinfo)
{
	RowReader *reader = fcinfo->flinfo->fn_extra;
	Oid features;

	if (reader != NULL)
		return reader;
	reader =
		MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(RowReader));
	features = argument_base_type(fcinfo, 0);
	if (record_reader_takes(features, false))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("linlearn_row takes features that are an array"),
				 errhint("Write numbers as one, as in "
						 "linlearn_row(ARRAY[a, b, c], label); columns of any "
						 "type as linlearn_cells packs them.")));
	feature_reader_init(&reader->features, features, fcinfo->flinfo->fn_mcxt);
	reader->label_type = argument_base_type(fcinfo, 1);
	fcinfo->flinfo->fn_extra = reader;
	return reader;
}

/* Bytes of an element. */
static Size
element_size(RowFormat format)
{
	return format == ROWS_U8	? sizeof(uint8)
		   : format == ROWS_F64 ? sizeof(double)
								: sizeof(float);
}

/* Bytes of features; of sparse ones a count, places and values. */
static Size
features_size(RowFormat format, uint32 dimension, uint32 count)
{
	return format == ROWS_SPARSE
			   ? sizeof(uint32) +
					 (Size) count * (sizeof(uint32) + sizeof(float))
			   : dimension * element_size(format);
}

/* Puts features where they go. */
static void
write_features(RowFormat format, const RowView *view, Size size, char *to)
{
	if (format != ROWS_SPARSE)
	{
		if (size > 0)
			memcpy(to, view->dense, size);
		return;
	}
	memcpy(to, &view->count, sizeof(uint32));
	to += sizeof(uint32);
	memcpy(to, view->index, view->count * sizeof(uint32));
	memcpy(to + view->count * sizeof(uint32), view->value,
		   view->count * sizeof(float));
}

/* Reads the label into the header, or returns its text. */
static const char *
read_label(Oid type, Datum label, RowHeader *header)
{
	const char *string;

	if (type_is_number(type))
	{
		header->label_type = type;
		header->label = number_to_double(type, label);
		if (!isfinite(header->label))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("label is NaN or infinite")));
		return NULL;
	}
	header->label_type = TEXTOID;
	string = type == TEXTOID || type == VARCHAROID
				 ? text_to_cstring(DatumGetTextPP(label))
			 : type == UNKNOWNOID || type == CSTRINGOID
				 ? DatumGetCString(label)
				 : label_text_of(type, label);
	string = utf8_of_server(string, strlen(string));
	header->text_size = (uint32) strlen(string);
	return string;
}

/* The row of a call, for a channel. */
static Datum
pack_row(FunctionCallInfo fcinfo, Channel channel)
{
	RowReader *reader = call_reader(fcinfo);
	RowHeader header = {.magic = ROW_MAGIC, .label_type = TEXTOID};
	const char *string = NULL;
	RowView view = {0};
	Size features = 0, size;
	bytea *packed;
	char *to;

	header.format = (uint8) reader->features.format;
	header.channel = (uint8) channel;
	header.weight = 1.0f;
	header.flags = PG_ARGISNULL(1) ? ROW_NULL_LABEL : 0;
	if (type_is_number(reader->label_type))
		header.label_type = reader->label_type;
	if (row_weighs_nothing(fcinfo, 2))
		header.weight = 0.0f;
	else
	{
		uint32 position;
		FeatureProblem problem;

		if (PG_NARGS() > 2)
			header.weight = PG_ARGISNULL(2)
								? train_weight(true, 0.0, 0)
								: train_weight(false, PG_GETARG_FLOAT8(2), 0);
		if (PG_ARGISNULL(0))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("features are NULL"),
							errhint("Leave such rows out with WHERE.")));
		problem = feature_reader_read(&reader->features, PG_GETARG_DATUM(0),
									  &view, &header.dimension, &position);
		if (problem != FEATURES_FINE)
			report_feature_problem(problem, position, 0,
								   "Leave such rows out with WHERE.");
		features = features_size(reader->features.format, header.dimension,
								 view.count);
		if (!PG_ARGISNULL(1))
			string =
				read_label(reader->label_type, PG_GETARG_DATUM(1), &header);
	}
	size = VARHDRSZ + sizeof(header) + features + header.text_size;
	packed = palloc(size);
	SET_VARSIZE(packed, size);
	to = VARDATA(packed);
	memcpy(to, &header, sizeof(header));
	to += sizeof(header);
	if (features > 0)
		write_features(reader->features.format, &view, features, to);
	if (header.text_size > 0)
		memcpy(to + features, string, header.text_size);
	PG_RETURN_BYTEA_P(packed);
}

PG_FUNCTION_INFO_V1(linlearn_row);
Datum
linlearn_row(PG_FUNCTION_ARGS)
{
	return pack_row(fcinfo, train_channel(fcinfo, 3));
}

PG_FUNCTION_INFO_V1(linlearn_row_of_channel);

/* linlearn_row(features, label, weight, channel "char") */
Datum
linlearn_row_of_channel(PG_FUNCTION_ARGS)
{
	char channel = PG_ARGISNULL(3) ? '0' : PG_GETARG_CHAR(3);

	if (channel < '0' || channel >= '0' + CHANNEL_COUNT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unrecognized channel \"%c\"",
						isprint((unsigned char) channel) ? channel : '?'),
				 errdetail("As a \"char\" it is 0 (train, or NULL), 1 "
						   "(validation) or 2 (test).")));
	return pack_row(fcinfo, (Channel) (channel - '0'));
}

pg_noreturn static void
refuse(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("not a packed row"),
			 errhint("Give what linlearn_row(features, label) returns.")));
	pg_unreachable();
}

/* The view of sparse features; false: they are none. */
static bool
view_sparse(const uint32 *features, Size size, uint32 dimension, RowView *view)
{
	uint32 count = features[0];
	double sum = 0.0;

	if (size != features_size(ROWS_SPARSE, dimension, count))
		return false;
	view->count = count;
	view->index = features + 1;
	view->value = (const float *) (features + 1 + count);
	for (uint32 i = 0; i < count; i++)
	{
		if (view->index[i] >= dimension ||
			(i > 0 && view->index[i] <= view->index[i - 1]))
			return false;
		sum += 0.0 * (double) view->value[i];
	}
	return sum == 0.0;
}

/* Whether all elements are finite: bytes may be anybody's. */
static bool
is_finite(RowFormat format, const void *dense, uint32 dimension)
{
	double sum = 0.0;

	/* 0 x is NaN for what is not finite, and else 0. */
	if (format == ROWS_F32)
		for (uint32 j = 0; j < dimension; j++)
			sum += 0.0 * (double) ((const float *) dense)[j];
	else if (format == ROWS_F64)
		for (uint32 j = 0; j < dimension; j++)
			sum += 0.0 * ((const double *) dense)[j];
	return sum == 0.0;
}

void
packed_row_read(bytea *bytes, PackedRow *row)
{
	Size size = VARSIZE_ANY_EXHDR(bytes), features, left;
	const char *at = VARDATA_ANY(bytes);
	RowHeader header;

	if (size < sizeof(header))
		refuse();
	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	left = size - sizeof(header);
	if (header.magic != ROW_MAGIC || header.format > ROWS_SPARSE ||
		header.channel >= CHANNEL_COUNT || header.flags > ROW_NULL_LABEL ||
		!(header.weight == 0.0f || train_weight_fits(header.weight)) ||
		!isfinite(header.label) ||
		(header.label_type != TEXTOID && !type_is_number(header.label_type)))
		refuse();
	features = features_size((RowFormat) header.format, header.dimension, 0);
	if (header.format == ROWS_SPARSE)
		features = header.weight > 0 && left >= header.text_size
					   ? left - header.text_size
					   : 0;
	if (features > left || left - features != header.text_size ||
		(header.dimension == 0 && header.weight > 0) ||
		(header.format == ROWS_SPARSE && header.weight > 0 &&
		 features < sizeof(uint32)))
		refuse();
	*row = (PackedRow){.format = (RowFormat) header.format,
					   .dimension = header.dimension,
					   .channel = (Channel) header.channel,
					   .weight = header.weight,
					   .label_type = header.label_type,
					   .label_null = header.flags != 0,
					   .label = header.label,
					   .text = at + features,
					   .text_size = header.text_size};
	row->features = at;
	row->feature_size = features;
	if ((uintptr_t) at % element_size(row->format) != 0)
	{
		void *copy = palloc(features);

		memcpy(copy, at, features);
		row->features = copy;
	}
	row->view.dense = row->features;
	if ((row->format == ROWS_SPARSE
			 ? features > 0 && !view_sparse(row->features, features,
											row->dimension, &row->view)
			 : !is_finite(row->format, row->view.dense, row->dimension)) ||
		!pg_verify_mbstr(PG_UTF8, row->text, (int) row->text_size, true))
		refuse();
}
