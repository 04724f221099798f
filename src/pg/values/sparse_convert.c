/*
 * sparse_convert.c
 *		linlearn_sparse out of every type of features, and as pgvector's
 *		sparsevec.
 *
 * pgvector's types are known by name when a query runs, so that neither
 * extension needs the other to be installed.
 */
#include "pg/values/sparse.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "formats/whole.h"
#include "pg/values/features.h"

/* Make a number of a row, at a key from 0, a float. */
static float
to_float(double value, uint32 key)
{
	float single = (float) value;

	if (isinf(single))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("feature %u is out of range for type real", key + 1)));
	return single;
}

/* Refuse integers that are none of type real; the array was read already. */
static void
check_integers(const FeatureReader *reader, Datum features, uint32 dimension)
{
	const void *data = ARR_DATA_PTR(DatumGetArrayTypeP(features));

	for (uint32 i = 0; i < dimension; i++)
	{
		int64 value = reader->kind == FEATURES_INT4
						  ? ((const int32 *) data)[i]
						  : ((const int64 *) data)[i];

		if (!whole_fits(value, FLOAT_BITS))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("integer " INT64_FORMAT
							" has no exact value of type real",
							value),
					 errhint("Cast the features to real[] to round them.")));
	}
}

/* The float of a dense row at a key. */
static float
dense_value(const FeatureReader *reader, const RowView *view, uint32 key)
{
	switch (reader->format)
	{
		case ROWS_U8:
			return (float) (((const uint8 *) view->dense)[key] * BYTE_UNIT);
		case ROWS_F32:
			return ((const float *) view->dense)[key];
		default:
			return to_float(((const double *) view->dense)[key], key);
	}
}

/* The sparse value of a row that was read. */
static SparseValue *
sparse_of_row(const FeatureReader *reader, const RowView *view,
			  uint32 dimension)
{
	bool sparse = reader->format == ROWS_SPARSE;
	uint32 count = sparse ? view->count : dimension;
	SparseEntry *entries =
		palloc_extended(Max(count, 1) * sizeof(SparseEntry), MCXT_ALLOC_HUGE);

	for (uint32 i = 0; i < count; i++)
	{
		entries[i].key = sparse ? view->index[i] : i;
		entries[i].value =
			sparse ? view->value[i] : dense_value(reader, view, i);
	}
	return sparse_build(entries, count, dimension);
}

PG_FUNCTION_INFO_V1(linlearn_to_sparse);

/* linlearn_to_sparse(anyelement) */
Datum
linlearn_to_sparse(PG_FUNCTION_ARGS)
{
	FeatureReader reader;
	RowView view;
	uint32 dimension;
	uint32 position;
	FeatureProblem problem;

	feature_reader_init(&reader, get_fn_expr_argtype(fcinfo->flinfo, 0),
						CurrentMemoryContext);
	problem = feature_reader_read(&reader, PG_GETARG_DATUM(0), &view,
								  &dimension, &position);
	if (problem != FEATURES_FINE)
		report_feature_problem(problem, position, 0, NULL);
	if (reader.kind == FEATURES_INT4 || reader.kind == FEATURES_INT8)
		check_integers(&reader, PG_GETARG_DATUM(0), dimension);
	PG_RETURN_POINTER(sparse_of_row(&reader, &view, dimension));
}

PG_FUNCTION_INFO_V1(linlearn_to_sparsevec);

/*
 * linlearn_to_sparsevec(linlearn_sparse, anyelement): the second argument
 * tells the type; the value is made by that type's own input.
 */
Datum
linlearn_to_sparsevec(PG_FUNCTION_ARGS)
{
	Oid type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	FeatureReader reader;
	Oid input;
	Oid parameter;

	if (!feature_reader_find(&reader, type, CurrentMemoryContext) ||
		reader.kind != FEATURES_SPARSEVEC)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("type %s is not pgvector's sparsevec",
							   format_type_be(type)),
						errhint("Give NULL::sparsevec as second argument.")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	getTypeInputInfo(type, &input, &parameter);
	return OidInputFunctionCall(input, sparse_text(PG_GETARG_SPARSE(0), 1),
								parameter, -1);
}
