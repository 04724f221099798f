/*
 * explain.c
 *		linlearn_explain: a margin as the sum of what each feature adds.
 *
 * A row of a table has few of a model's terms: those are lines, and what all the
 * others of a column add is one more.  By column there is one line for each.
 */
#include "pg/predict/explain.h"

#include <float.h>
#include <math.h>

#include "miscadmin.h"
#include "pg/base/result_set.h"
#include "pg/predict/cached_table.h"
#include "pg/predict/term_reader.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* The columns of a line. */
enum
{
	LINE_LABEL,
	LINE_FEATURE,
	LINE_VALUE,
	LINE_MEAN,
	LINE_WEIGHT,
	LINE_CONTRIBUTION,
	LINE_COLUMN, /* "column", level and term, as a TermReader has them */
	LINE_LEVEL,
	LINE_TERM,
	LINE_VALUES
};

/* An explanation under way: of one row and output at a time. */
typedef struct Explanation
{
	CachedModel *cached;
	const Model *model;
	TermReader terms;
	ReturnSetInfo *result;
	const double *features; /* [dimension] as the model weighs them */
	bool by_column;
	uint32 output;
	const char *label;
	Datum values[LINE_VALUES]; /* of the line at work */
	bool nulls[LINE_VALUES];
} Explanation;

/* A column's pieces, or the one of a cross. */
typedef struct TermGroup
{
	uint32 first, end; /* pieces */
	uint32 terms;
	bool number; /* one of them is the column's number itself */
} TermGroup;

/* A row as doubles: [dimension]. */
static double *
features_of(const Model *model, RowFormat format, const RowView *row)
{
	double *features = palloc(model->dimension * sizeof(double));

	predictor_features(model, format, row, features);
	return features;
}

/* ---- Lines ---- */

/* Begins a line of which only the label is there. */
static void
begin_line(Explanation *explanation)
{
	memset(explanation->nulls, true, sizeof(explanation->nulls));
	explanation->nulls[LINE_LABEL] = explanation->label == NULL;
	if (explanation->label != NULL)
		explanation->values[LINE_LABEL] =
			CStringGetTextDatum(explanation->label);
}

static void
set_number(Explanation *explanation, int place, double number)
{
	explanation->values[place] = Float8GetDatum(number);
	explanation->nulls[place] = false;
}

static void
set_text(Explanation *explanation, int place, const char *text)
{
	explanation->values[place] = CStringGetTextDatum(text);
	explanation->nulls[place] = false;
}

static double
weight_of(const Explanation *explanation, uint32 feature)
{
	const Model *model = explanation->model;

	return model
		->weights[(size_t) explanation->output * model->dimension + feature];
}

/* What a feature adds to the mean row's margin. */
static double
contribution_of(const Explanation *explanation, uint32 feature)
{
	return weight_of(explanation, feature) *
		   (explanation->features[feature] -
			explanation->model->feature_mean[feature]);
}

/*
 * A feature's value, in the user's units.  Those of sparse rows are floats about a
 * center: digits beyond a float's are left out.
 */
static double
value_of(const Explanation *explanation, uint32 feature)
{
	double centered = explanation->features[feature];
	double value = centered + model_center(explanation->model, feature);
	double last = fabs(centered) * FLT_EPSILON, up = 1.0, down = 1.0;

	if (explanation->model->format != ROWS_SPARSE || !(last < 1e15))
		return value;
	/* powers of ten are exact doubles, their inverses are not */
	while (last * up * 10.0 <= 1.0 && up < 1e15)
		up *= 10.0;
	while (last > down)
		down *= 10.0;
	return up < 1e15 ? rint(value * up / down) * down / up : value;
}

/* A feature's value and mean, in the user's units. */
static void
set_value(Explanation *explanation, uint32 feature)
{
	double center = model_center(explanation->model, feature);

	set_number(explanation, LINE_VALUE, value_of(explanation, feature));
	set_number(explanation, LINE_MEAN,
			   explanation->model->feature_mean[feature] + center);
}

/* A feature, its value, mean and weight. */
static void
set_feature(Explanation *explanation, uint32 feature)
{
	explanation->values[LINE_FEATURE] = Int32GetDatum((int32) feature + 1);
	explanation->nulls[LINE_FEATURE] = false;
	set_value(explanation, feature);
	set_number(explanation, LINE_WEIGHT, weight_of(explanation, feature));
}

/* Ends a line and gives back what its texts took. */
static void
put_line(Explanation *explanation, double contribution)
{
	set_number(explanation, LINE_CONTRIBUTION, contribution);
	result_set_put(explanation->result, explanation->values,
				   explanation->nulls);
	MemoryContextReset(explanation->terms.row);
}

/* Puts the line of a feature. */
static void
put_feature(Explanation *explanation, uint32 feature)
{
	begin_line(explanation);
	set_feature(explanation, feature);
	term_reader_name(&explanation->terms, feature,
					 explanation->values + LINE_COLUMN,
					 explanation->nulls + LINE_COLUMN);
	put_line(explanation, contribution_of(explanation, feature));
}

/* ---- Columns of a table ---- */

/* The pieces of a column from one on. */
static TermGroup
group_from(const Columns *columns, uint32 piece)
{
	const Piece *first = &columns->pieces[piece];
	TermGroup group = {.first = piece, .end = piece};

	do
	{
		const Piece *next = &columns->pieces[group.end++];

		group.terms += next->terms;
		group.number |= next->kind == PIECE_NUMBER;
	} while (group.end < columns->piece_count && first->kind != PIECE_CROSS &&
			 columns->pieces[group.end].kind != PIECE_CROSS &&
			 columns->pieces[group.end].column == first->column);
	return group;
}

/* The term of a group at a place among its terms. */
static uint32
group_term(const Columns *columns, const TermGroup *group, uint32 place)
{
	return columns->pieces[group->first].first + place;
}

/* Whether the row has a term; a number it always has. */
static bool
has_term(const Explanation *explanation, uint32 term)
{
	return explanation->features[term] != 0.0 ||
		   columns_piece_of(explanation->model->columns, term)->kind ==
			   PIECE_NUMBER;
}

/* Sets the name of a group's column, and the line's, which is longer. */
static void
set_column(Explanation *explanation, const TermGroup *group,
		   const char *followed)
{
	TermText *name = &explanation->terms.text;
	uint32 first = group_term(explanation->model->columns, group, 0);

	term_reader_need(term_column(&explanation->terms.names, first, name));
	explanation->values[LINE_COLUMN] = term_reader_datum(name);
	explanation->nulls[LINE_COLUMN] = false;
	set_text(explanation, LINE_TERM,
			 psprintf("%s%s",
					  TextDatumGetCString(explanation->values[LINE_COLUMN]),
					  followed));
}

/* Sets the levels that the row has in a group. */
static void
set_levels(Explanation *explanation, const TermGroup *group)
{
	TermText *levels = &explanation->terms.text;
	bool any = false;

	term_text_clear(levels);
	for (uint32 p = group->first; p < group->end; p++)
	{
		const Piece *piece = &explanation->model->columns->pieces[p];
		bool none;

		if (!piece_has_levels(piece->kind))
			continue;
		term_reader_need(term_add_place(
			&explanation->terms.names, piece,
			cached_model_level(explanation->cached, p), levels, &none));
		any |= !none;
	}
	if (!any)
		return;
	explanation->values[LINE_LEVEL] = term_reader_datum(levels);
	explanation->nulls[LINE_LEVEL] = false;
}

/* Puts the one line of a column. */
static void
put_column(Explanation *explanation, const TermGroup *group)
{
	const Columns *columns = explanation->model->columns;
	double contribution = 0.0;

	for (uint32 i = 0; i < group->terms; i++)
		contribution +=
			contribution_of(explanation, group_term(columns, group, i));
	begin_line(explanation);
	if (group->terms == 1)
		set_feature(explanation, group_term(columns, group, 0));
	else if (group->number)
		set_value(explanation, group_term(columns, group, 0));
	set_column(explanation, group, "");
	set_levels(explanation, group);
	put_line(explanation, contribution);
}

/* Puts the terms of a column that the row has, and the sum of the others. */
static void
put_terms(Explanation *explanation, const TermGroup *group)
{
	const Columns *columns = explanation->model->columns;
	double rest = 0.0;
	bool others = false;

	for (uint32 i = 0; i < group->terms; i++)
	{
		uint32 term = group_term(columns, group, i);

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		if (has_term(explanation, term))
		{
			put_feature(explanation, term);
			continue;
		}
		rest += contribution_of(explanation, term);
		others = true;
	}
	if (!others)
		return;
	begin_line(explanation);
	set_column(explanation, group, " (other terms)");
	put_line(explanation, rest);
}

/* ---- Outputs ---- */

/* Sums of a model's largest weights and means are doubles in this unit. */
#define SMALL_UNIT_BITS 1100

/* The margin of the mean row, in a small unit if sums on the way are no doubles. */
static double
mean_margin(const Explanation *explanation)
{
	const Model *model = explanation->model;
	double sum = model->bias[explanation->output];

	for (uint32 j = 0; j < model->dimension; j++)
		sum += weight_of(explanation, j) * model->feature_mean[j];
	if (isfinite(sum))
		return sum;
	sum = ldexp(model->bias[explanation->output], -SMALL_UNIT_BITS);
	for (uint32 j = 0; j < model->dimension; j++)
		sum += ldexp(weight_of(explanation, j), -SMALL_UNIT_BITS / 2) *
			   ldexp(model->feature_mean[j], -SMALL_UNIT_BITS / 2);
	return ldexp(sum, SMALL_UNIT_BITS);
}

/*
 * Puts the first line, without a feature: what is left of the margin, which is
 * that of the mean row (and the rounding of the prediction's own sum), so that
 * the lines add up to the margin in their order.
 */
static void
put_mean_row(Explanation *explanation, double margin)
{
	const Model *model = explanation->model;
	double sum = explanation->cached->offset, rest;

	for (uint32 j = 0; j < model->dimension; j++)
		sum += contribution_of(explanation, j);
	rest = margin - sum;
	begin_line(explanation);
	set_text(explanation, LINE_TERM, "(mean row)");
	put_line(explanation, isfinite(rest) ? rest : mean_margin(explanation));
	if (explanation->cached->offset == 0.0)
		return;
	begin_line(explanation);
	set_text(explanation, LINE_TERM, "(offset)");
	put_line(explanation, explanation->cached->offset);
}

/* Puts the lines of one output. */
static void
put_output(Explanation *explanation, double margin)
{
	const Model *model = explanation->model;
	const Columns *columns = model->columns;
	uint32 piece = 0;

	put_mean_row(explanation, margin);
	for (uint32 j = 0; columns == NULL && j < model->dimension; j++)
	{
		if (j % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		put_feature(explanation, j);
	}
	while (columns != NULL && piece < columns->piece_count)
	{
		TermGroup group = group_from(columns, piece);

		CHECK_FOR_INTERRUPTS();
		if (explanation->by_column)
			put_column(explanation, &group);
		else
			put_terms(explanation, &group);
		piece = group.end;
	}
}

/* The output whose margin is so many places from the least. */
static uint32
output_at(const double *margins, uint32 outputs, uint32 place)
{
	for (uint32 k = 0; k < outputs; k++)
	{
		uint32 below = 0;

		for (uint32 other = 0; other < outputs; other++)
			below += margins[other] < margins[k] ||
					 (margins[other] == margins[k] && other < k);
		if (below == place)
			return k;
	}
	return place; /* one is NaN */
}

void
explain_row(FunctionCallInfo fcinfo, CachedModel *cached, RowFormat format,
			const RowView *row)
{
	const Model *model = &cached->model;
	Explanation explanation = {.cached = cached,
							   .model = model,
							   .features = features_of(model, format, row),
							   .by_column =
								   PG_NARGS() > 2 && PG_GETARG_BOOL(2),
							   .result = result_set_begin(fcinfo)};
	MemoryContext old;

	predictor_margins(&cached->predictor, format, row, cached->margins);
	cached->margins[0] += cached->offset;
	term_reader_init(&explanation.terms, model);
	old = MemoryContextSwitchTo(explanation.terms.row);
	for (uint32 k = 0; k < model->outputs; k++)
	{
		explanation.output =
			model->quantiles == NULL
				? k
				: output_at(cached->margins, model->outputs, k);
		explanation.label = model_output_label(model, k);
		put_output(&explanation, cached->margins[explanation.output]);
	}
	MemoryContextSwitchTo(old);
}

PG_FUNCTION_INFO_V1(linlearn_explain);

/* linlearn_explain(model bytea, features anyelement [, by_column boolean]) */
Datum
linlearn_explain(PG_FUNCTION_ARGS)
{
	CachedModel *cached = cached_model_of_call(fcinfo);
	RowFormat format;
	RowView row;

	cached_model_row(fcinfo, cached, 1, &format, &row);
	explain_row(fcinfo, cached, format, &row);
	return (Datum) 0;
}
