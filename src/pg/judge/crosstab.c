/*
 * crosstab.c
 *		A confusion matrix as text, in the shape of pandas.crosstab.
 *
 *		predicted  false  true    All
 *		actual
 *		false       9012     8   9020
 *		true          24   956    980
 *		All         9036   964  10000
 */
#include "pg/judge/crosstab.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "pg/base/json_text.h"
#include "pg/judge/confusion.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#define TOTAL_NAME "All"

/* Terminal columns of a text. */
static int
text_width(const char *text)
{
	int width = 0;

	while (*text != '\0')
	{
		width += Max(pg_encoding_dsplen(GetDatabaseEncoding(), text), 0);
		text += pg_mblen(text);
	}
	return width;
}

/* A label on one line: control characters as \xNN. */
static char *
printable(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	for (; *text != '\0'; text++)
	{
		unsigned char byte = (unsigned char) *text;

		if (byte < 0x20 || byte == 0x7F)
			appendStringInfo(&out, "\\x%02x", byte);
		else
			appendStringInfoChar(&out, *text);
	}
	return out.data;
}

/* A number as it is printed. */
static char *
cell_text(const Crosstab *table, int64 rows, double weight)
{
	if (table->weights != NULL)
		return shortest_number(weight);
	return psprintf(INT64_FORMAT, rows);
}

/* Texts of all cells, [lines][columns], totals last where asked for. */
static char **
cell_texts(const Crosstab *table)
{
	int size = table->size;
	int side = size + (table->totals ? 1 : 0);
	char **texts = palloc(Max(side * side, 1) * sizeof(char *));

	for (int row = 0; row < side; row++)
	{
		for (int column = 0; column < side; column++)
		{
			int64 rows = 0;
			double weight = 0;
			int first_row = row < size ? row : 0;
			int last_row = row < size ? row : size - 1;
			int first_column = column < size ? column : 0;
			int last_column = column < size ? column : size - 1;

			for (int i = first_row; i <= last_row; i++)
			{
				for (int j = first_column; j <= last_column; j++)
				{
					rows += table->cells[i * size + j];
					if (table->weights != NULL)
						weight += table->weights[i * size + j];
				}
			}
			texts[row * side + column] = cell_text(table, rows, weight);
		}
	}
	return texts;
}

/* Append a text in a column of the given width. */
static void
append_padded(StringInfo out, const char *text, int width, bool right)
{
	int padding = width - text_width(text);

	if (right)
		appendStringInfoSpaces(out, padding);
	appendStringInfoString(out, text);
	if (!right)
		appendStringInfoSpaces(out, padding);
}

/* End a line without trailing blanks. */
static void
end_line(StringInfo out)
{
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	appendStringInfoChar(out, '\n');
}

text *
crosstab_text(const Crosstab *table)
{
	int side = table->size + (table->totals ? 1 : 0);
	char **texts = cell_texts(table);
	char **names = palloc((side + 1) * sizeof(char *));
	int *widths = palloc((side + 1) * sizeof(int));
	char *row_name = printable(table->row_name);
	char *column_name = printable(table->column_name);
	int name_width = Max(text_width(row_name), text_width(column_name));
	StringInfoData out;

	for (int i = 0; i < side; i++)
	{
		names[i] = i < table->size ? printable(table->labels[i]) : TOTAL_NAME;
		name_width = Max(name_width, text_width(names[i]));
		widths[i] = text_width(names[i]);
		for (int row = 0; row < side; row++)
			widths[i] = Max(widths[i], text_width(texts[row * side + i]));
	}
	initStringInfo(&out);
	append_padded(&out, column_name, name_width, false);
	for (int i = 0; i < side; i++)
		append_padded(&out, names[i], widths[i] + 2, true);
	end_line(&out);
	append_padded(&out, row_name, name_width, false);
	end_line(&out);
	for (int row = 0; row < side; row++)
	{
		append_padded(&out, names[row], name_width, false);
		for (int i = 0; i < side; i++)
			append_padded(&out, texts[row * side + i], widths[i] + 2, true);
		end_line(&out);
	}
	if (out.len > 0)
		out.len--; /* the last line's end */
	return cstring_to_text_with_len(out.data, out.len);
}

/* The error of a jsonb that linlearn_confusion did not make. */
static void
not_a_confusion(const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("not a confusion matrix: %s", what),
					errhint("Pass what linlearn_confusion(actual, predicted) "
							"returns.")));
}

/* An array below the root, as long as asked (or any length for -1). */
static JsonbContainer *
find_array(JsonbContainer *root, const char *key, int length)
{
	JsonbValue value;

	if (!JsonContainerIsObject(root) ||
		getKeyJsonValueFromContainer(root, key, strlen(key), &value) == NULL)
		return NULL;
	if (value.type != jbvBinary ||
		!JsonContainerIsArray(value.val.binary.data))
		not_a_confusion("\"labels\" and \"matrix\" must be arrays");
	if (length >= 0 && JsonContainerSize(value.val.binary.data) != length)
		not_a_confusion("the matrix must have a row and a column a label");
	return value.val.binary.data;
}

/* Read the labels. */
static void
read_labels(Crosstab *table, JsonbContainer *labels)
{
	table->size = JsonContainerSize(labels);
	if (table->size > MAX_MATRIX_LABELS)
		not_a_confusion("too many labels");
	table->labels = palloc(Max(table->size, 1) * sizeof(char *));
	for (int i = 0; i < table->size; i++)
	{
		JsonbValue *label = getIthJsonbValueFromContainer(labels, i);

		if (label->type != jbvString)
			not_a_confusion("labels must be strings");
		table->labels[i] =
			pnstrdup(label->val.string.val, label->val.string.len);
	}
}

/* Read a matrix of numbers. */
static double *
read_cells(JsonbContainer *matrix, int size)
{
	double *cells = palloc(Max(size * size, 1) * sizeof(double));

	for (int i = 0; i < size; i++)
	{
		JsonbValue *row = getIthJsonbValueFromContainer(matrix, i);

		if (row->type != jbvBinary ||
			!JsonContainerIsArray(row->val.binary.data) ||
			JsonContainerSize(row->val.binary.data) != size)
			not_a_confusion("the matrix must have a row and a column a label");
		for (int j = 0; j < size; j++)
		{
			JsonbValue *cell =
				getIthJsonbValueFromContainer(row->val.binary.data, j);

			if (cell->type != jbvNumeric)
				not_a_confusion("the matrix must hold numbers");
			cells[i * size + j] = DatumGetFloat8(DirectFunctionCall1(
				numeric_float8, NumericGetDatum(cell->val.numeric)));
			if (!(fabs(cells[i * size + j]) < 9e15))
				not_a_confusion("a count is too large");
		}
	}
	return cells;
}

/* linlearn_crosstab(confusion jsonb, totals, row_name, column_name). */
PG_FUNCTION_INFO_V1(linlearn_crosstab);
Datum
linlearn_crosstab(PG_FUNCTION_ARGS)
{
	Jsonb *confusion = PG_GETARG_JSONB_P(0);
	Crosstab table = {0};
	JsonbContainer *labels = find_array(&confusion->root, "labels", -1);
	JsonbContainer *matrix;
	JsonbContainer *weights;
	double *cells;

	if (labels == NULL)
		not_a_confusion("it has no \"labels\"");
	read_labels(&table, labels);
	matrix = find_array(&confusion->root, "matrix", table.size);
	if (matrix == NULL)
		not_a_confusion("it has no \"matrix\"");
	cells = read_cells(matrix, table.size);
	table.cells = palloc(Max(table.size * table.size, 1) * sizeof(int64));
	for (int i = 0; i < table.size * table.size; i++)
		table.cells[i] = (int64) cells[i];
	weights = find_array(&confusion->root, "weights", table.size);
	if (weights != NULL)
		table.weights = read_cells(weights, table.size);
	table.totals = PG_GETARG_BOOL(1);
	table.row_name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	table.column_name = text_to_cstring(PG_GETARG_TEXT_PP(3));
	PG_RETURN_TEXT_P(crosstab_text(&table));
}
