/*
 * fold_head.c
 *		What conjugate gradients are scaled by where many rows have features in
 *		common.
 */
#include "core/solve/fold_head.h"

#include <math.h>
#include <string.h>

#include "core/base/dispatch.h"

#define PLACES FOLD_HEAD_PLACES
#define SQUARE ((size_t) PLACES * PLACES)
/* Of rows, whose sums are added up in order. */
#define PARTS 8
/* Rounding of float sums, relative to the diagonal. */
#define DAMPING 1e-4

static size_t
lanes_of(const FoldState *s)
{
	return s->folds * s->outputs;
}

/* The column at a place, or FOLD_NOWHERE. */
static uint32_t
column_at(const FoldState *s, size_t place)
{
	if (place < s->head.columns)
		return (uint32_t) place;
	return place == PLACES - 1 && s->matrix.has_bias
			   ? (uint32_t) (s->matrix.columns.count - 1)
			   : FOLD_NOWHERE;
}

Status
fold_head_open(FoldState *s, Failure *failure)
{
	FoldHead *head = &s->head;
	size_t lanes = lanes_of(s);
	size_t columns = s->matrix.columns.count - s->matrix.has_bias;

	head->columns = columns < PLACES - 1 ? columns : PLACES - 1;
	head->sums =
		runtime_allocate(s->runtime, PARTS * lanes * SQUARE * sizeof(float));
	head->factor =
		runtime_allocate(s->runtime, lanes * SQUARE * sizeof(double));
	head->more =
		runtime_allocate_zero(s->runtime, lanes * PLACES, sizeof(double));
	return head->sums == NULL || head->factor == NULL || head->more == NULL
			   ? fail_no_memory(failure)
			   : LL_OK;
}

void
fold_head_close(FoldState *s)
{
	runtime_release(s->runtime, s->head.sums);
	runtime_release(s->runtime, s->head.factor);
	runtime_release(s->runtime, s->head.more);
}

/* A row's values at places; returns how many there are, listed. */
static size_t
spread_row(const FoldState *s, size_t row, float *values, size_t *places)
{
	const FoldEntries *rows = &s->matrix.rows;
	uint32_t bias = s->matrix.has_bias
						? (uint32_t) (s->matrix.columns.count - 1)
						: FOLD_NOWHERE;
	size_t count = 0;

	memset(values, 0, PLACES * sizeof(float));
	for (size_t e = rows->start[row]; e < rows->start[row + 1]; e++)
	{
		uint32_t column = rows->index[e];
		bool is_bias = column == bias;

		if (column >= s->head.columns && !is_bias)
			continue;
		places[count] = is_bias ? PLACES - 1 : column;
		values[places[count++]] = rows->value[e];
	}
	return count;
}

UNFUSED_CLONES void
fold_head_add_products(const float *restrict values, const size_t *places,
					   size_t count, const float *factor, size_t lanes,
					   float *restrict sums)
{
	for (size_t l = 0; l < lanes; l++, sums += SQUARE)
		for (size_t i = 0; i < count && factor[l] != 0.0f; i++)
		{
			float *restrict to = sums + places[i] * PLACES;
			float value = factor[l] * values[places[i]];

			for (size_t j = 0; j < PLACES; j++)
				to[j] += value * values[j];
		}
}

static void
sum_rows(const FoldState *s, size_t first, size_t end, float *sums)
{
	size_t lanes = lanes_of(s), places[PLACES];
	float values[PLACES];

	for (size_t row = first; row < end; row++)
	{
		const float *bent = s->margins.bent + row * s->matrix.stride;
		size_t count = spread_row(s, row, values, places);

		fold_head_add_products(values, places, count, bent, lanes, sums);
	}
}

/* One part of the rows. */
static void
sum_part(void *argument, size_t part)
{
	FoldState *s = argument;
	const FoldEntries *rows = &s->matrix.rows;
	size_t size = lanes_of(s) * SQUARE;
	float *sums = s->head.sums + part * size;

	memset(sums, 0, size * sizeof(float));
	for (size_t b = rows->blocks * part / PARTS;
		 b < rows->blocks * (part + 1) / PARTS; b++)
		if (!runtime_interrupted(s->runtime))
			sum_rows(s, rows->block[b], rows->block[b + 1], sums);
}

/* Adds a lane's parts up, with wd. */
static void
add_parts(const FoldState *s, size_t lane, double *matrix)
{
	memset(matrix, 0, SQUARE * sizeof(double));
	for (size_t part = 0; part < PARTS; part++)
		for (size_t i = 0; i < SQUARE; i++)
			matrix[i] +=
				s->head.sums[(part * lanes_of(s) + lane) * SQUARE + i];
	for (size_t place = 0; place < PLACES; place++)
	{
		double *diagonal = matrix + place * PLACES + place;
		double wd = place == PLACES - 1 ? s->bias_wd : s->wd;

		*diagonal = column_at(s, place) == FOLD_NOWHERE
						? 1.0
						: *diagonal * (1.0 + DAMPING) + wd;
	}
}

/* Factors a matrix in place; false: it has no factor. */
static bool
factor(double *matrix)
{
	for (size_t j = 0; j < PLACES; j++)
		for (size_t i = j; i < PLACES; i++)
		{
			double sum = matrix[i * PLACES + j];

			for (size_t k = 0; k < j; k++)
				sum -= matrix[i * PLACES + k] * matrix[j * PLACES + k];
			if (i == j && !(sum > 0.0))
				return false;
			matrix[i * PLACES + j] =
				i == j ? sqrt(sum) : sum / matrix[j * PLACES + j];
		}
	return true;
}

Status
fold_head_make(FoldState *s, Failure *failure)
{
	if (s->pool != NULL)
		threads_run(s->pool, sum_part, s, PARTS);
	else
		for (size_t part = 0; part < PARTS; part++)
			sum_part(s, part);
	if (runtime_interrupted(s->runtime))
		return fail_cancelled(failure);
	s->head.ready = true;
	for (size_t l = 0; l < lanes_of(s) && s->head.ready; l++)
	{
		add_parts(s, l, s->head.factor + l * SQUARE);
		s->head.ready = factor(s->head.factor + l * SQUARE);
	}
	return LL_OK;
}

/* Overwrites a vector by the factored matrix's inverse times it. */
static void
solve(const double *factor, double *vector)
{
	for (size_t i = 0; i < PLACES; i++)
	{
		for (size_t k = 0; k < i; k++)
			vector[i] -= factor[i * PLACES + k] * vector[k];
		vector[i] /= factor[i * PLACES + i];
	}
	for (size_t i = PLACES; i-- > 0;)
	{
		for (size_t k = i + 1; k < PLACES; k++)
			vector[i] -= factor[k * PLACES + i] * vector[k];
		vector[i] /= factor[i * PLACES + i];
	}
}

/* A vector's element at a place of a lane. */
static float *
element(const FoldState *s, float *vector, size_t place, size_t lane)
{
	return vector + (size_t) column_at(s, place) * s->matrix.stride + lane;
}

void
fold_head_apply(FoldState *s)
{
	for (size_t l = 0; l < lanes_of(s) && s->head.ready; l++)
	{
		double *more = s->head.more + l * PLACES;

		for (size_t place = 0; place < PLACES; place++)
			more[place] = column_at(s, place) == FOLD_NOWHERE
							  ? 0.0
							  : *element(s, s->vectors.residual, place, l);
		solve(s->head.factor + l * SQUARE, more);
		for (size_t place = 0; place < PLACES; place++)
			if (column_at(s, place) != FOLD_NOWHERE)
				more[place] -= *element(s, s->vectors.scale, place, l) *
							   *element(s, s->vectors.residual, place, l);
	}
}

double
fold_head_norm(const FoldState *s, size_t fold)
{
	double sum = 0.0;

	for (size_t o = 0; o < s->outputs && s->head.ready; o++)
	{
		size_t l = fold * s->outputs + o;

		for (size_t place = 0; place < PLACES; place++)
			if (column_at(s, place) != FOLD_NOWHERE)
				sum += s->head.more[l * PLACES + place] *
					   *element(s, s->vectors.residual, place, l);
	}
	return sum;
}

void
fold_head_turn(FoldState *s)
{
	for (size_t l = 0; l < lanes_of(s) && s->head.ready; l++)
		for (size_t place = 0; place < PLACES; place++)
			if (column_at(s, place) != FOLD_NOWHERE)
				*element(s, s->vectors.direction, place, l) +=
					(float) s->head.more[l * PLACES + place];
}
