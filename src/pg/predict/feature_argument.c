/*
 * feature_argument.c
 *		The features that a call site gives beside a model.
 */
#include "pg/predict/feature_argument.h"

#include "catalog/pg_type.h"
#include "pg/predict/cached_table.h"
#include "pg/predict/magnitude_warning.h"
#include "pg/predict/text_features.h"

/*
 * Makes the call site ready for the type of its features, of a text or JSON for
 * those that are in it; they come back as an array, a row or jsonb.
 */
static Datum
note_type(FeatureArgument *argument, FunctionCallInfo fcinfo, int number,
		  CachedModel *cached)
{
	Oid given = get_fn_expr_argtype(fcinfo->flinfo, number);
	Oid type = given;
	Datum features = plain_features(cached, PG_GETARG_DATUM(number), &type);

	if (cached_model_takes(cached, type))
	{
		argument->row_type = type == given ? given : InvalidOid;
		return features;
	}
	if (!argument->reader_ready || argument->reader.type != type)
	{
		feature_reader_init(&argument->reader, type, fcinfo->flinfo->fn_mcxt);
		argument->reader_ready = true;
	}
	argument->array_type = type == given ? given : InvalidOid;
	return features;
}

/* Raises the error of a row of another width. */
static void
refuse_width(const CachedModel *cached, const char *endpoint, uint32 dimension)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
		 endpoint == NULL
			 ? errmsg("row has %u features, the model %u", dimension,
					  cached->model.dimension)
			 : errmsg("row has %u features, the model of endpoint \"%s\" %u",
					  dimension, endpoint, cached->model.dimension)));
}

void
feature_argument_read(FeatureArgument *argument, FunctionCallInfo fcinfo,
					  int number, CachedModel *cached, const char *endpoint,
					  RowFormat *format, RowView *row)
{
	Datum features = PG_GETARG_DATUM(number);
	uint32 dimension, position;
	FeatureProblem problem;

	/* Of what type the argument is a call site never changes. */
	if (!OidIsValid(cached->table != NULL ? argument->row_type
										  : argument->array_type))
		features = note_type(argument, fcinfo, number, cached);
	if (cached->table != NULL)
	{
		Oid type =
			OidIsValid(argument->row_type) ? argument->row_type : JSONBOID;

		cached_model_encode(cached, features, type, row);
		*format = cached->model.format;
		return;
	}
	problem = feature_reader_read(&argument->reader, features, row, &dimension,
								  &position);
	if (problem != FEATURES_FINE)
		report_feature_problem(problem, position, 0, NULL);
	if (dimension != cached->model.dimension)
		refuse_width(cached, endpoint, dimension);
	*format = argument->reader.format;
	warn_of_magnitude(cached, *format, row, &argument->warned);
}
