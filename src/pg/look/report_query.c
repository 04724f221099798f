/*
 * report_query.c
 *		Queries about the rows of a report's test.
 */
#include "pg/look/report_query.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "pg/base/own_query.h"
#include "utils/array.h"
#include "utils/builtins.h"

void
report_run(const char *schema, const char *query, const char *theirs,
		   Datum model, const char *positive)
{
	Oid types[2] = {BYTEAOID, TEXTOID};
	Datum values[2] = {model, CStringGetTextDatum(positive)};
	int result = own_query_execute(schema, query, theirs, 2, types, values,
								   NULL, true, 0);

	if (result != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("test query gives no rows: %s",
							   SPI_result_code_string(result))));
}

bool
report_column(int number, Datum *value)
{
	bool is_null;

	*value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
						   number, &is_null);
	return !is_null;
}

size_t
report_doubles(int number, const double **values)
{
	Datum datum;
	Datum *elements;
	bool *nulls;
	int count;
	double *array;

	*values = NULL;
	if (!report_column(number, &datum))
		return 0;
	deconstruct_array(DatumGetArrayTypeP(datum), FLOAT8OID, sizeof(float8),
					  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &elements, &nulls,
					  &count);
	array = palloc(Max(count, 1) * sizeof(double));
	for (int i = 0; i < count; i++)
		array[i] = nulls[i] ? NAN : DatumGetFloat8(elements[i]);
	*values = array;
	return count;
}

void
report_append_rows(StringInfo query, const char *schema, const Model *model,
				   const char *test_query)
{
	appendStringInfoString(query, "SELECT t.features, ");
	if (model->predictor == PREDICTOR_REGRESSOR)
		appendStringInfoString(query, "t.label::pg_catalog.float8 AS actual");
	else
		appendStringInfo(query,
						 "%s.linlearn_label_text($1, t.label) AS actual, "
						 "%s.linlearn_predict_label($1, t.features) "
						 "AS predicted",
						 schema, schema);
	appendStringInfo(query,
					 ", %s.linlearn_score($1, t.features) AS score "
					 "FROM (%s\n) AS t(features, label)",
					 schema, test_query);
}
