/*
 * record_row.c
 *		A row of SQL values as a record to be written.
 *
 * Linear Learner trains on Float32 tensors only, so that everything becomes
 * one but double precision, which becomes a Float64Tensor as SageMaker's SDK
 * makes it of such a matrix.  (Of integers the SDK makes Int32 tensors, which
 * the algorithm then refuses.)
 */
#include "pg/values/record_row.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "formats/whole.h"

/* Whether a record's values are those of an array or bytea, as they are. */
static bool
is_plain_type(Oid type)
{
	return type == FLOAT4ARRAYOID || type == FLOAT8ARRAYOID ||
		   type == INT2ARRAYOID || type == INT4ARRAYOID || type == BYTEAOID;
}

/* Check that a label type can be written. */
static void
check_label_type(Oid type)
{
	if (!OidIsValid(type) || type == BOOLOID || type == INT2OID ||
		type == INT4OID || type == INT8OID || type == FLOAT4OID ||
		type == FLOAT8OID || type == NUMERICOID)
		return;
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("a label of type %s cannot be written as recordIO",
						   format_type_be(type)),
					errhint("Labels there are numbers: give a boolean, an "
							"integer, real or double precision.")));
}

void
record_row_begin(RecordRowMaker *maker, Oid features_type, Oid label_type)
{
	memset(maker, 0, sizeof(*maker));
	maker->features_type = getBaseType(features_type);
	maker->label_type =
		OidIsValid(label_type) ? getBaseType(label_type) : InvalidOid;
	maker->context = CurrentMemoryContext;
	if (!is_plain_type(maker->features_type))
		feature_reader_init(&maker->reader, features_type,
							CurrentMemoryContext);
	check_label_type(maker->label_type);
}

/* Report an integer that a float cannot hold. */
static void
inexact_error(const RecordRowMaker *maker, int64 value)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("integer " INT64_FORMAT " in row " UINT64_FORMAT
					" has no exact value of type real",
					value, maker->rows),
			 errhint("Cast the column to double precision, or to real to "
					 "round it.")));
}

/* Check the width of a row. */
static void
check_dimension(RecordRowMaker *maker, Size dimension)
{
	if (maker->rows == 1)
		maker->dimension = (uint32) dimension;
	if (dimension == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("row " UINT64_FORMAT " has no features",
							   maker->rows)));
	if (dimension != maker->dimension)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("row " UINT64_FORMAT
							   " has %zu features, but the first has %u",
							   maker->rows, dimension, maker->dimension)));
}

/* Take an array apart; returns its elements. */
static void *
array_elements(RecordRowMaker *maker, Datum value)
{
	ArrayType *array = DatumGetArrayTypeP(value);

	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
						errmsg("features of row " UINT64_FORMAT
							   " have %d dimensions instead of one",
							   maker->rows, ARR_NDIM(array))));
	if (array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("row " UINT64_FORMAT " has a NULL feature",
							   maker->rows)));
	check_dimension(maker, ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)));
	return ARR_DATA_PTR(array);
}

/* Convert integers to floats, each exactly. */
static float4 *
convert_integers(RecordRowMaker *maker, const void *elements)
{
	if (maker->buffer == NULL)
		maker->buffer = MemoryContextAlloc(maker->context,
										   maker->dimension * sizeof(float4));
	for (uint32 i = 0; i < maker->dimension; i++)
	{
		int32 value = maker->features_type == INT2ARRAYOID
						  ? ((const int16 *) elements)[i]
						  : ((const int32 *) elements)[i];

		if (!whole_fits(value, FLOAT_BITS))
			inexact_error(maker, value);
		maker->buffer[i] = (float4) value;
	}
	return maker->buffer;
}

/* Set a record's features from a sparse row, a vector or numeric[]. */
static void
read_features(RecordRowMaker *maker, Datum features, RecordRow *row)
{
	uint32 dimension = 0;
	uint32 position = 0;
	FeatureProblem problem = feature_reader_read(
		&maker->reader, features, &row->view, &dimension, &position);

	if (problem != FEATURES_FINE)
		report_feature_problem(problem, position, maker->rows, NULL);
	check_dimension(maker, dimension);
	row->format = maker->reader.format;
}

/* Set a record's features. */
static void
set_features(RecordRowMaker *maker, Datum features, RecordRow *row)
{
	if (!is_plain_type(maker->features_type))
		read_features(maker, features, row);
	else if (maker->features_type == BYTEAOID)
	{
		bytea *bytes = DatumGetByteaPP(features);

		check_dimension(maker, VARSIZE_ANY_EXHDR(bytes));
		row->format = ROWS_U8;
		row->view.dense = VARDATA_ANY(bytes);
	}
	else
	{
		row->view.dense = array_elements(maker, features);
		row->format =
			maker->features_type == FLOAT8ARRAYOID ? ROWS_F64 : ROWS_F32;
		if (maker->features_type == INT2ARRAYOID ||
			maker->features_type == INT4ARRAYOID)
			row->view.dense = convert_integers(maker, row->view.dense);
	}
	row->dimension = maker->dimension;
}

/* Set a record's label to an integer. */
static void
set_integer_label(const RecordRowMaker *maker, int64 label, RecordRow *row)
{
	if (!whole_fits(label, FLOAT_BITS))
		inexact_error(maker, label);
	row->label = (double) label;
}

/* Set a record's label. */
static void
set_label(const RecordRowMaker *maker, Datum label, RecordRow *row)
{
	row->label_type = RECORD_LABEL_FLOAT32;
	switch (maker->label_type)
	{
		case BOOLOID:
			row->label = DatumGetBool(label) ? 1 : 0;
			break;
		case INT2OID:
			row->label = DatumGetInt16(label);
			break;
		case INT4OID:
			set_integer_label(maker, DatumGetInt32(label), row);
			break;
		case INT8OID:
			set_integer_label(maker, DatumGetInt64(label), row);
			break;
		case FLOAT4OID:
			row->label = DatumGetFloat4(label);
			break;
		case FLOAT8OID:
			row->label_type = RECORD_LABEL_FLOAT64;
			row->label = DatumGetFloat8(label);
			break;
		default:
			row->label_type = RECORD_LABEL_FLOAT64;
			row->label =
				DatumGetFloat8(DirectFunctionCall1(numeric_float8, label));
			break;
	}
}

void
record_row_make(RecordRowMaker *maker, Datum features, bool features_null,
				Datum label, bool label_null, RecordRow *row)
{
	maker->rows++;
	if (features_null)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("features of row " UINT64_FORMAT " are NULL",
							   maker->rows)));
	set_features(maker, features, row);
	row->label_type = RECORD_LABEL_NONE;
	if (!label_null && OidIsValid(maker->label_type))
		set_label(maker, label, row);
}
