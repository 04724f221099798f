/*
 * search_space.c
 *		Ranges, their scalings and the unit cube.
 */
#include "core/tune/search_space.h"

#include <math.h>
#include <string.h>
#include <strings.h>

const char *const range_kind_names[] = {"continuous", "integer", "categorical",
										NULL};
const char *const scaling_names[] = {"Auto", "Linear", "Logarithmic",
									 "ReverseLogarithmic", NULL};

int
scaling_find(const char *name)
{
	for (int i = 0; scaling_names[i] != NULL; i++)
		if (strcasecmp(scaling_names[i], name) == 0)
			return i;
	return -1;
}

static const char *
row_name(const Range *range)
{
	return hyperparameter_table[range->row].name;
}

/* Checks the bounds of a continuous or integer range. */
static Status
check_bounds(const Range *range, Failure *failure)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[range->row];
	Hyperparameters trial;

	if (d->kind != KIND_INTEGER && d->kind != KIND_REAL)
	{
		fail(failure, LL_INVALID, "hyperparameter \"%s\" cannot have %s range",
			 d->name,
			 range->kind == RANGE_INTEGER ? "an integer" : "a continuous");
		fail_remedy(failure, REMEDY_CATEGORICAL_RANGE);
		return LL_INVALID;
	}
	if (d->kind == KIND_INTEGER && range->kind == RANGE_CONTINUOUS)
	{
		fail(failure, LL_INVALID,
			 "hyperparameter \"%s\" is an integer and cannot have a "
			 "continuous range",
			 d->name);
		fail_remedy(failure, REMEDY_INTEGER_RANGE);
		return LL_INVALID;
	}
	if (!(range->minimum <= range->maximum))
	{
		fail(failure, LL_INVALID,
			 "range of \"%s\" is empty: minimum %.15g is above maximum %.15g",
			 d->name, range->minimum, range->maximum);
		return LL_INVALID;
	}
	if (range->kind == RANGE_INTEGER &&
		(range->minimum != floor(range->minimum) ||
		 range->maximum != floor(range->maximum)))
		return fail(failure, LL_INVALID,
					"bounds of the integer range of \"%s\" must be integers, "
					"not %.15g and %.15g",
					d->name, range->minimum, range->maximum);
	hyperparameters_init(&trial);
	if (hyperparameters_set_number(&trial, range->row, range->minimum,
								   failure) != LL_OK)
		return LL_INVALID;
	return hyperparameters_set_number(&trial, range->row, range->maximum,
									  failure);
}

/* Gives Auto its meaning and checks the scaling against the bounds. */
static Status
check_scaling(Range *range, Failure *failure)
{
	switch (range->scaling)
	{
		case SCALING_AUTO:
			range->scaling =
				range->minimum > 0 && range->maximum / range->minimum >=
										  AUTO_LOGARITHMIC_RATIO
					? SCALING_LOGARITHMIC
					: SCALING_LINEAR;
			return LL_OK;
		case SCALING_LINEAR:
			return LL_OK;
		case SCALING_LOGARITHMIC:
			if (range->minimum > 0)
				return LL_OK;
			return fail(failure, LL_INVALID,
						"range of \"%s\" cannot have Logarithmic scaling: its "
						"minimum %.15g is not above 0",
						row_name(range), range->minimum);
		case SCALING_REVERSE_LOGARITHMIC:
			break;
	}
	if (range->kind == RANGE_INTEGER)
		return fail(failure, LL_INVALID,
					"range of \"%s\" cannot have ReverseLogarithmic scaling: "
					"it is an integer range",
					row_name(range));
	if (range->minimum >= 0 && range->maximum < 1)
		return LL_OK;
	return fail(
		failure, LL_INVALID,
		"range of \"%s\" cannot have ReverseLogarithmic scaling: %.15g "
		"to %.15g is not within [0, 1)",
		row_name(range), range->minimum, range->maximum);
}

Status
space_add(SearchSpace *space, const Range *range, Failure *failure)
{
	Range added = *range;
	uint32_t place = 0;
	Status status = LL_OK;

	if (hyperparameter_table[range->row].untunable)
	{
		fail(failure, LL_INVALID, "hyperparameter \"%s\" cannot be tuned",
			 row_name(range));
		fail_hint(failure, "Give it one value at the top level.");
		return LL_INVALID;
	}
	if (range->kind == RANGE_CATEGORICAL)
	{
		if (range->category_count == 0)
			return fail(failure, LL_INVALID, "range of \"%s\" is empty",
						row_name(range));
	}
	else
	{
		status = check_bounds(range, failure);
		if (status == LL_OK)
			status = check_scaling(&added, failure);
	}
	if (status != LL_OK)
		return status;
	while (place < space->count && space->ranges[place].row < range->row)
		place++;
	if (place < space->count && space->ranges[place].row == range->row)
		return fail(failure, LL_INVALID, "\"%s\" has two ranges",
					row_name(range));
	memmove(&space->ranges[place + 1], &space->ranges[place],
			(space->count - place) * sizeof(Range));
	space->ranges[place] = added;
	space->count++;
	return LL_OK;
}

/* The recommended range of a row, or false. */
static bool
recommended_range(Hyperparameter row, Range *range)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];

	if (d->recommended[0] == d->recommended[1])
		return false;
	*range = (Range){.row = row,
					 .kind = d->kind == KIND_INTEGER ? RANGE_INTEGER
													 : RANGE_CONTINUOUS,
					 .minimum = d->recommended[0],
					 .maximum = d->recommended[1]};
	if (d->kind == KIND_FLAG)
		*range = (Range){.row = row,
						 .kind = RANGE_CATEGORICAL,
						 .category_count = 2,
						 .categories = {d->recommended[0], d->recommended[1]}};
	return true;
}

void
space_add_recommended(SearchSpace *space, const Hyperparameters *fixed,
					  PredictorType predictor)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		Range range;

		if (!fixed->given[row] &&
			(hyperparameter_table[row].applies & (1u << predictor)) &&
			recommended_range((Hyperparameter) row, &range))
			(void) space_add(space, &range, NULL);
	}
}

/* The axis on which a scaling is linear, and back. */
static double
to_axis(Scaling scaling, double x)
{
	if (scaling == SCALING_LOGARITHMIC)
		return log(x);
	return scaling == SCALING_REVERSE_LOGARITHMIC ? log1p(-x) : x;
}

static double
from_axis(Scaling scaling, double t)
{
	if (scaling == SCALING_LOGARITHMIC)
		return exp(t);
	return scaling == SCALING_REVERSE_LOGARITHMIC ? -expm1(t) : t;
}

/* The ends of the range on its axis. */
static void
axis_ends(const Range *range, double *low, double *high)
{
	double half = range->kind == RANGE_INTEGER ? 0.5 : 0.0;

	*low = to_axis(range->scaling, range->minimum - half);
	*high = to_axis(range->scaling, range->maximum + half);
}

double
range_at(const Range *range, double u)
{
	double low, high, x;

	if (range->kind == RANGE_CATEGORICAL)
	{
		size_t place = (size_t) (u * range->category_count);

		return range->categories[place < range->category_count
									 ? place
									 : range->category_count - 1];
	}
	axis_ends(range, &low, &high);
	x = from_axis(range->scaling, low + u * (high - low));
	if (range->kind == RANGE_INTEGER)
		x = rint(x);
	return fmin(fmax(x, range->minimum), range->maximum);
}

double
range_unit(const Range *range, double value)
{
	double low, high, u;

	if (range->kind == RANGE_CATEGORICAL)
	{
		for (uint32_t i = 0; i < range->category_count; i++)
			if (range->categories[i] == value)
				return (i + 0.5) / range->category_count;
		return 0.0;
	}
	axis_ends(range, &low, &high);
	if (!(high != low))
		return 0.5;
	value = fmin(fmax(value, range->minimum), range->maximum);
	u = (to_axis(range->scaling, value) - low) / (high - low);
	return fmin(fmax(u, 0.0), 1.0);
}

bool
range_holds(const Range *range, double value)
{
	if (range->kind == RANGE_CATEGORICAL)
	{
		for (uint32_t i = 0; i < range->category_count; i++)
			if (range->categories[i] == value)
				return true;
		return false;
	}
	if (range->kind == RANGE_INTEGER && value != floor(value))
		return false;
	return value >= range->minimum && value <= range->maximum;
}

uint64_t
range_count(const Range *range)
{
	if (range->kind == RANGE_CATEGORICAL)
		return range->category_count;
	if (range->minimum == range->maximum)
		return 1;
	return range->kind == RANGE_INTEGER
			   ? (uint64_t) (range->maximum - range->minimum) + 1
			   : 0;
}

uint32_t
space_encoded_size(const SearchSpace *space)
{
	uint32_t size = 0;

	for (uint32_t i = 0; i < space->count; i++)
		size += space->ranges[i].kind == RANGE_CATEGORICAL
					? space->ranges[i].category_count
					: 1;
	return size;
}

void
space_encode(const SearchSpace *space, const double *values, double *encoded)
{
	for (uint32_t i = 0; i < space->count; i++)
	{
		const Range *range = &space->ranges[i];

		if (range->kind != RANGE_CATEGORICAL)
			*encoded++ = range_unit(range, values[i]);
		else
			for (uint32_t c = 0; c < range->category_count; c++)
				*encoded++ = range->categories[c] == values[i] ? 1.0 : 0.0;
	}
}

void
space_values(const SearchSpace *space, const Hyperparameters *settings,
			 double *values)
{
	for (uint32_t i = 0; i < space->count; i++)
		values[i] = settings->value[space->ranges[i].row];
}

void
space_apply(const SearchSpace *space, const double *values,
			Hyperparameters *settings)
{
	for (uint32_t i = 0; i < space->count; i++)
	{
		Hyperparameter row = space->ranges[i].row;

		settings->value[row] = values[i];
		settings->given[row] = values[i] == values[i];
	}
}
