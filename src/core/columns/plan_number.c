/*
 * plan_number.c
 *		The terms of numbers: themselves, buckets, splines.
 */
#include "core/columns/plan_number.h"

#include <math.h>
#include <string.h>

#include "core/columns/encoder.h"
#include "core/columns/spline.h"

/* Half a unit in the last place of the largest double: x - center stays one. */
#define LARGEST_CENTER 0x1p969

double
sample_quantile(const double *sample, uint32_t count, double part)
{
	double at = part * (count - 1);
	uint32_t below = (uint32_t) at;
	double rest = at - below;
	double from, to, between;

	if (below + 1 >= count || rest == 0.0)
		return sample[below];
	from = sample[below];
	to = sample[below + 1];
	between = isfinite(to - from) ? from + (to - from) * rest
								  : from * (1.0 - rest) + to * rest;
	/* Rounding takes it out of order otherwise, also between equal numbers. */
	return fmin(fmax(between, from), to);
}

Status
plan_numbered_levels(const uint64_t *rows, uint32_t places, Level **levels,
					 size_t *count, const Runtime *runtime, Failure *failure)
{
	uint32_t *keys = runtime_allocate(runtime, places * sizeof(uint32_t));

	*count = 0;
	*levels = runtime_allocate(runtime, places * sizeof(Level));
	if (keys == NULL || *levels == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < places; i++)
	{
		keys[i] = i;
		if (rows[i] > 0)
			(*levels)[(*count)++] = (Level){(const char *) &keys[i],
											sizeof(uint32_t), i, rows[i], -1};
	}
	return LL_OK;
}

/* Adds a cut that is above those before. */
static void
add_cut(Piece *piece, double cut)
{
	if (piece->cut_count == 0 || cut > piece->cuts[piece->cut_count - 1])
		piece->cuts[piece->cut_count++] = cut;
}

/*
 * Buckets with about as many rows each, which the sample tells.  Numbers that
 * training did not have fall into the outer ones.
 */
static Status
plan_buckets(Piece *piece, const Column *column, const ColumnSurvey *survey,
			 const LevelRule *rule, const Runtime *runtime, Failure *failure)
{
	uint32_t buckets = column->options.buckets;
	LevelRule all = *rule;
	uint64_t *rows =
		runtime_allocate_zero(runtime, buckets + 1, sizeof(uint64_t));
	Level *levels;
	size_t count;
	Status status;

	piece->cuts = runtime_allocate(runtime, (buckets + 1) * sizeof(double));
	if (piece->cuts == NULL || rows == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 1; i < buckets; i++)
	{
		double cut = sample_quantile(survey->sample, survey->sample_count,
									 (double) i / buckets);

		if (cut > survey->minimum)
			add_cut(piece, cut);
	}
	for (uint32_t i = 0, at = 0; i < survey->sample_count; i++)
	{
		while (at < piece->cut_count && survey->sample[i] >= piece->cuts[at])
			at++;
		rows[at]++;
	}
	for (uint32_t i = 0; i <= piece->cut_count; i++)
		rows[i] = (uint64_t) ((double) rows[i] / survey->sample_count *
								  (double) survey->rows +
							  0.5) +
				  1;
	status = plan_numbered_levels(rows, piece->cut_count + 1, &levels, &count,
								  runtime, failure);
	if (status != LL_OK)
		return status;
	piece->kind = PIECE_BUCKETS;
	piece->null_rows = survey->nulls;
	all.min_rows = 1;
	all.max_levels = UINT32_MAX;
	all.name = NULL;
	return plan_levels(piece, levels, count, &all, runtime, failure);
}

/* Knots at quantiles that Harrell advises, evenly between the outer ones. */
static Status
plan_spline(Piece *piece, const Column *column, const ColumnSurvey *survey,
			const Runtime *runtime, Failure *failure)
{
	uint32_t knots = column->options.spline;
	double outer = knots == 3 ? 0.1 : knots < 7 ? 0.05 : 0.025;

	piece->cuts = runtime_allocate(runtime, knots * sizeof(double));
	if (piece->cuts == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < knots; i++)
		add_cut(piece,
				column_number(column,
							  sample_quantile(
								  survey->sample, survey->sample_count,
								  outer + (1 - 2 * outer) * i / (knots - 1))));
	if (piece->cut_count < 3)
	{
		piece->cut_count = 0; /* too few numbers: a straight line */
		piece->terms = 1;
		return LL_OK;
	}
	piece->kind = PIECE_SPLINE;
	piece->terms = piece->cut_count - 1;
	return LL_OK;
}

Status
plan_number(Piece *piece, const Column *column, const ColumnSurvey *survey,
			const LevelRule *rule, const Runtime *runtime, Failure *failure)
{
	if (survey->rows == 0 || survey->minimum == survey->maximum)
		return LL_OK;
	if (column->options.buckets > 1)
		return plan_buckets(piece, column, survey, rule, runtime, failure);
	if (column->options.spline > 2)
		return plan_spline(piece, column, survey, runtime, failure);
	piece->terms = 1;
	return LL_OK;
}

void
plan_number_centers(const Piece *piece, const Column *column,
					const ColumnSurvey *survey, double *center)
{
	if (piece->kind == PIECE_NUMBER && column->kind != COLUMN_FLAG)
		center[0] = column->options.log
						? exact_sum_value(&survey->numbers->logs, NULL) /
							  exact_sum_value(&survey->numbers->weight, NULL)
						: column->mean;
	if (piece->kind != PIECE_SPLINE)
		return;
	for (uint32_t i = 0; i < piece->terms; i++)
	{
		double sum = 0.0;

		for (uint32_t k = 0; k < survey->sample_count; k++)
			sum += spline_term(piece->cuts, piece->cut_count, i,
							   column_number(column, survey->sample[k]));
		center[i] = sum / survey->sample_count;
	}
}

double
plan_element_mean(const ExactSum *sum, double weight)
{
	double mean = exact_sum_value(sum, NULL) / fmax(weight, 1e-300);

	return fabs(mean) < LARGEST_CENTER ? mean : 0.0;
}
