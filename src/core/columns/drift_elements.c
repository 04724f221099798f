/*
 * drift_elements.c
 *		How far the elements of a block, or of a sparse row, have moved.
 */
#include "core/columns/drift_elements.h"

#include <math.h>

#include "core/base/portable_math.h"

/* A number counts at most so many deviations: an outlier does not drown the rest. */
#define DEVIATIONS_MOST 64.0
/* Sums count in these parts of a deviation; squares of 2^31 rows fit. */
#define SUM_UNIT 1048576.0
/* Numbers are taken for equal up to so much of their size. */
#define ROUNDING 1e-9

/* A term counts 0 in rows that are NULL: those are taken out of its moments. */
static ElementThen
element_then(const Columns *columns, const Column *column,
			 const TermMoments *moments, uint32_t term)
{
	double part = (double) column->rows /
				  ((double) column->rows + (double) column->nulls);
	double mean = moments->mean[term], deviation = moments->deviation[term];
	double square = (deviation * deviation + mean * mean) / part;
	ElementThen then = {.center = columns->center[term], .mean = mean / part};

	then.deviation = sqrt(fmax(square - then.mean * then.mean, 0.0));
	then.constant =
		!(then.deviation > ROUNDING * (fabs(then.center) + fabs(then.mean)));
	then.expected =
		then.constant && column->kind == COLUMN_ENTRIES && then.mean != 0.0;
	return then;
}

Status
drift_elements_init(DriftElements **elements, const Columns *columns,
					const Piece *piece, const TermMoments *moments,
					const Runtime *runtime, Failure *failure)
{
	const Column *column = &columns->columns[piece->column];
	uint32_t count = piece->terms;
	DriftElements *new;

	*elements = NULL;
	if (count == 0 || count > DRIFT_ELEMENTS_MOST || column->rows == 0)
		return LL_OK;
	new = runtime_allocate_zero(runtime, 1, sizeof(DriftElements));
	if (new == NULL)
		return fail_no_memory(failure);
	new->count = count;
	new->then = runtime_allocate_zero(runtime, count, sizeof(ElementThen));
	new->sums = runtime_allocate_zero(runtime, count, sizeof(int64_t));
	new->squares = runtime_allocate_zero(runtime, count, sizeof(int64_t));
	if (new->then == NULL || new->sums == NULL || new->squares == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < count; i++)
		new->then[i] =
			element_then(columns, column, moments, piece->first + i);
	*elements = new;
	return LL_OK;
}

/* A number in deviations; of one that was constant, whether it is counted. */
static double
in_deviations(const ElementThen *then, double number)
{
	double moved = number - then->center;
	bool same;

	if (!then->constant)
		return fmin(fmax(moved / then->deviation, -DEVIATIONS_MOST),
					DEVIATIONS_MOST);
	same = fabs(moved - then->mean) <=
		   ROUNDING * (fabs(number) + fabs(then->center));
	return same == then->expected ? 1.0 : 0.0;
}

void
drift_elements_add(DriftElements *elements, const Cell *cell, bool sparse)
{
	for (uint32_t i = 0; i < cell->count; i++)
	{
		uint32_t place = sparse ? cell->indexes[i] : i;
		double moved = in_deviations(&elements->then[place], cell->numbers[i]);

		elements->sums[place] += (int64_t) (moved * SUM_UNIT);
		elements->squares[place] += (int64_t) (moved * moved * SUM_UNIT);
	}
}

void
drift_elements_merge(DriftElements *into, const DriftElements *from)
{
	for (uint32_t i = 0; i < into->count; i++)
	{
		into->sums[i] += from->sums[i];
		into->squares[i] += from->squares[i];
	}
}

bool
drift_element_may_be(int64_t sum, int64_t square, uint64_t rows)
{
	double most = (double) rows * DEVIATIONS_MOST * SUM_UNIT;

	return fabs((double) sum) <= most && square >= 0 &&
		   (double) square <= most * DEVIATIONS_MOST;
}

/*
 * The index of one.  Of one that was constant, half a row is added to those that
 * have another value and those that have not, as to each outcome of other columns.
 */
static double
element_index(const ElementThen *then, double sum, double square, double rows)
{
	double moved;

	if (then->constant)
	{
		double others = then->expected ? rows - sum : sum;

		return others == 0.0 ? 0.0 : (others + 0.5) / (rows - others + 0.5);
	}
	moved = sum / rows - then->mean / then->deviation;
	return moved * moved /
		   fmax(square / rows - (sum / rows) * (sum / rows), 1.0);
}

double
drift_elements_index(const DriftElements *elements, uint64_t rows)
{
	double largest = 0.0;

	for (uint32_t i = 0; i < elements->count; i++)
		largest = fmax(largest,
					   element_index(&elements->then[i],
									 (double) elements->sums[i] / SUM_UNIT,
									 (double) elements->squares[i] / SUM_UNIT,
									 (double) rows));
	return largest;
}

double
drift_elements_chance(uint32_t count)
{
	/* P(|z| > x) <= 2 exp(-x^2 / 2), for each of them a hundredth of its part */
	return 2.0 * portable_log(200.0 * count);
}
