/*
 * hyperparameters.c
 *		Readers of the table of hyperparameters: values out of numbers and texts,
 *		and messages.
 */
#include "core/options/hyperparameters.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_NAME 64

/* Names of 2017, which SageMaker's SDK still takes, and a metric's. */
static const struct
{
	const char *old;
	const char *new;
} old_choices[] = {{"f1", "f_beta"},
				   {"cross_entropy_loss", "loss_function"},
				   {"mcc", "matthews_correlation"}};

void
hyperparameters_init(Hyperparameters *settings)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		settings->value[row] = hyperparameter_table[row].default_value;
		settings->given[row] = false;
	}
	settings->quantiles = NULL;
	settings->quantile_count = 0;
	settings->nonnegative_named = false;
}

int
hyperparameters_find(const char *name)
{
	for (int row = 0; row < HP_COUNT; row++)
		if (strcmp(hyperparameter_table[row].name, name) == 0)
			return row;
	return -1;
}

int
hyperparameters_find_object(const char *name)
{
	for (int row = 0; row < HP_COUNT; row++)
		if (hyperparameter_table[row].object != NULL &&
			strcmp(hyperparameter_table[row].object, name) == 0)
			return row;
	return -1;
}

int
name_distance(const char *a, const char *b)
{
	int row[MAX_NAME + 1];
	int length = (int) strlen(b);

	for (int j = 0; j <= length; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++)
	{
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= length; j++)
		{
			int above = row[j];
			int best = diagonal + (tolower((unsigned char) a[i - 1]) !=
								   (unsigned char) b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = above;
			row[j] = best;
		}
	}
	return row[length];
}

/* Options beside them, which say what the columns of a row are. */
static const char *const column_options[] = {
	"exclude", "include",  "columns",	 "cross",	 "weight",
	"offset",  "exposure", "fold_group", "fold_time"};

const char *
hyperparameters_nearest(const char *name)
{
	const char *nearest = NULL;
	int best = (int) strlen(name) / 2 + 1;

	if (strlen(name) > MAX_NAME)
		return NULL;
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		/* Of a member an object's name is meant where no point parts them. */
		const char *known = d->object != NULL && strchr(name, '.') == NULL
								? d->object
								: d->name;
		int distance = name_distance(name, known);

		if (distance < best)
		{
			best = distance;
			nearest = known;
		}
	}
	for (size_t i = 0; i < sizeof(column_options) / sizeof(char *); i++)
	{
		int distance = name_distance(name, column_options[i]);

		if (distance < best)
		{
			best = distance;
			nearest = column_options[i];
		}
	}
	return nearest;
}

/* Writes a bound without needless digits. */
static void
format_bound(double value, char *buffer, size_t size)
{
	if (isinf(value))
		snprintf(buffer, size, "%sinfinity", value < 0 ? "-" : "");
	else
		snprintf(buffer, size, "%.16g", value);
}

void
hyperparameters_describe(Hyperparameter row, char *buffer, size_t size)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	char low[32], high[32];
	size_t used;

	switch (d->kind)
	{
		case KIND_FLAG:
			snprintf(buffer, size, "true or false");
			break;
		case KIND_CHOICE:
			used = (size_t) snprintf(buffer, size, "one of ");
			for (int i = 0; d->choices[i] != NULL && used < size; i++)
				used +=
					(size_t) snprintf(buffer + used, size - used, "%s\"%s\"",
									  i > 0 ? ", " : "", d->choices[i]);
			break;
		case KIND_INTEGER:
		case KIND_REAL:
			format_bound(d->minimum, low, sizeof(low));
			format_bound(d->maximum, high, sizeof(high));
			snprintf(buffer, size, "%s in %c%s, %s%c",
					 d->kind == KIND_INTEGER ? "an integer" : "a number",
					 d->minimum_open ? '(' : '[', low, high,
					 d->maximum_open ? ')' : ']');
			break;
	}
	used = strlen(buffer);
	if (d->listed && used < size)
		used += (size_t) snprintf(buffer + used, size - used,
								  ", or an ascending list of up to %d",
								  MOST_QUANTILES);
	if (d->word != NULL && used < size)
		used +=
			(size_t) snprintf(buffer + used, size - used, ", \"%s\"", d->word);
	if (d->automatic != AUTO_REFUSED && used < size)
		snprintf(buffer + used, size - used, ", or \"auto\"");
}

Status
hyperparameters_refuse(Hyperparameter row, const char *value, Failure *failure)
{
	char allowed[512];

	hyperparameters_describe(row, allowed, sizeof(allowed));
	fail(failure, LL_INVALID, "invalid value for hyperparameter \"%s\": %s",
		 hyperparameter_table[row].name, value);
	fail_detail(failure, "It must be %s.", allowed);
	return LL_INVALID;
}

Status
hyperparameters_set_number(Hyperparameters *settings, Hyperparameter row,
						   double value, Failure *failure)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	bool fits = (d->kind == KIND_INTEGER || d->kind == KIND_REAL) &&
				(d->minimum_open ? value > d->minimum : value >= d->minimum) &&
				(d->maximum_open ? value < d->maximum : value <= d->maximum) &&
				(d->kind == KIND_REAL || value == floor(value));

	if (!fits)
	{
		char text[32];

		snprintf(text, sizeof(text), "%.15g", value);
		return hyperparameters_refuse(row, text, failure);
	}
	settings->value[row] = value;
	settings->given[row] = true;
	return LL_OK;
}

/* Reports a place of a list that may not be as it is. */
static Status
refuse_place(Hyperparameter row, uint32_t place, double value,
			 const char *detail, Failure *failure)
{
	fail(failure, LL_INVALID,
		 "invalid value %u of hyperparameter \"%s\": %.15g", place + 1,
		 hyperparameter_table[row].name, value);
	fail_detail(failure, "%s", detail);
	return LL_INVALID;
}

Status
hyperparameters_set_list(Hyperparameters *settings, Hyperparameter row,
						 const double *values, uint32_t count,
						 Failure *failure)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	char allowed[128];

	if (!d->listed)
		return hyperparameters_refuse(row, "a list", failure);
	if (count == 0)
		return hyperparameters_refuse(row, "an empty list", failure);
	if (count > MOST_QUANTILES)
	{
		snprintf(allowed, sizeof(allowed), "a list of %u", count);
		return hyperparameters_refuse(row, allowed, failure);
	}
	snprintf(allowed, sizeof(allowed), "Each must be a number in (%g, %g).",
			 d->minimum, d->maximum);
	for (uint32_t i = 0; i < count; i++)
		if (!(values[i] > d->minimum && values[i] < d->maximum))
			return refuse_place(row, i, values[i], allowed, failure);
	for (uint32_t i = 1; i < count; i++)
		if (values[i] <= values[i - 1])
			return refuse_place(row, i, values[i],
								values[i] == values[i - 1]
									? "It is there twice."
									: "The list must be ascending.",
								failure);
	settings->value[row] = values[quantile_point(values, count)];
	settings->given[row] = true;
	settings->quantiles = count > 1 ? values : NULL;
	settings->quantile_count = count > 1 ? count : 0;
	return LL_OK;
}

Status
hyperparameters_set_flag(Hyperparameters *settings, Hyperparameter row,
						 bool value, Failure *failure)
{
	if (hyperparameter_table[row].kind != KIND_FLAG)
		return hyperparameters_refuse(row, value ? "true" : "false", failure);
	settings->value[row] = value;
	settings->given[row] = true;
	return LL_OK;
}

/* The place of a text in a list of choices, or -1. */
static int
find_choice(const char *const *choices, const char *text)
{
	for (size_t i = 0; i < sizeof(old_choices) / sizeof(old_choices[0]); i++)
		if (strcmp(old_choices[i].old, text) == 0 &&
			choices == hyperparameter_table[HP_SELECTION_CRITERIA].choices)
			text = old_choices[i].new;
	for (int i = 0; choices[i] != NULL; i++)
		if (strcmp(choices[i], text) == 0)
			return i;
	return -1;
}

bool
hyperparameters_read_number(const char *text, double *number)
{
	char *end;

	*number = strtod(text, &end);
	return end != text && *end == '\0' && !isspace((unsigned char) text[0]) &&
		   isfinite(*number);
}

Status
hyperparameters_set_text(Hyperparameters *settings, Hyperparameter row,
						 const char *value, Failure *failure)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];
	char quoted[128];
	double number;
	int choice;

	if (d->automatic != AUTO_REFUSED && strcasecmp(value, "auto") == 0)
	{
		settings->value[row] = (double) NAN;
		settings->given[row] = false;
		return LL_OK;
	}
	snprintf(quoted, sizeof(quoted), "\"%s\"", value);
	switch (d->kind)
	{
		case KIND_CHOICE:
			choice = find_choice(d->choices, value);
			if (choice < 0)
				return hyperparameters_refuse(row, quoted, failure);
			settings->value[row] = choice;
			settings->given[row] = true;
			return LL_OK;
		case KIND_FLAG:
			if (strcasecmp(value, "true") != 0 &&
				strcasecmp(value, "false") != 0)
				return hyperparameters_refuse(row, quoted, failure);
			return hyperparameters_set_flag(
				settings, row, strcasecmp(value, "true") == 0, failure);
		default:
			break;
	}
	if (d->word != NULL && strcmp(value, d->word) == 0)
	{
		settings->value[row] = d->word_value;
		settings->given[row] = true;
		return LL_OK;
	}
	if (!hyperparameters_read_number(value, &number))
		return hyperparameters_refuse(row, quoted, failure);
	return hyperparameters_set_number(settings, row, number, failure);
}

void
hyperparameters_format(Hyperparameter row, double value, char *buffer,
					   size_t size)
{
	const HyperparameterDescriptor *d = &hyperparameter_table[row];

	if (value != value)
		snprintf(buffer, size, "\"auto\"");
	else if (d->word != NULL && value == d->word_value)
		snprintf(buffer, size, "\"%s\"", d->word);
	else if (d->kind == KIND_FLAG)
		snprintf(buffer, size, "%s", value != 0 ? "true" : "false");
	else if (d->kind == KIND_CHOICE)
		snprintf(buffer, size, "\"%s\"", d->choices[(int) value]);
	else
	{
		/* The fewest digits that read back as the same number. */
		for (int digits = 6; digits <= 17; digits++)
		{
			snprintf(buffer, size, "%.*g", digits, value);
			if (strtod(buffer, NULL) == value)
				break;
		}
	}
}
