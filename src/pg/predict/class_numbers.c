/*
 * class_numbers.c
 *		The numbers that classes stand for, also where their labels are texts.
 */
#include "pg/predict/class_numbers.h"

#include <ctype.h>
#include <math.h>

#include "formats/decimal.h"
#include "pg/values/label_reader.h"

bool
text_number(const char *text, double *value)
{
	const char *end = text + strlen(text), *rest;

	while (text < end && isspace((unsigned char) *text))
		text++;
	if (decimal_read(text, end, false, value, &rest) != DECIMAL_OK ||
		!isfinite(*value))
		return false;
	while (rest < end && isspace((unsigned char) *rest))
		rest++;
	*value += 0.0; /* -0 is 0 */
	return rest == end;
}

static int
compare_values(const void *a, const void *b)
{
	double x = ((const NumberedClass *) a)->value;
	double y = ((const NumberedClass *) b)->value;

	return (x > y) - (x < y);
}

NumberedClass *
numbered_classes(const Model *model)
{
	bool texts = label_kind(model->label_type) == LABEL_TEXT;
	NumberedClass *classes = MemoryContextAllocHuge(
		CurrentMemoryContext,
		Max(model->label_count, 1) * sizeof(NumberedClass));
	bool numbers = model->label_count > 0;

	for (uint32 i = 0; i < model->label_count && numbers; i++)
	{
		classes[i] = (NumberedClass){model->labels[i].value, i};
		if (texts)
			numbers = text_number(model->labels[i].text, &classes[i].value);
	}
	if (numbers)
		qsort(classes, model->label_count, sizeof(NumberedClass),
			  compare_values);
	for (uint32 i = 1; i < model->label_count && numbers; i++)
		numbers = classes[i - 1].value < classes[i].value;
	if (numbers)
		return classes;
	pfree(classes);
	return NULL;
}

const NumberedClass *
class_of_number(const NumberedClass *classes, uint32 count, double value)
{
	NumberedClass wanted = {value, 0};

	return bsearch(&wanted, classes, count, sizeof(NumberedClass),
				   compare_values);
}

void
class_numbers_assign(Model *model)
{
	NumberedClass *classes;

	if (label_kind(model->label_type) != LABEL_TEXT)
		return;
	classes = numbered_classes(model);
	for (uint32 i = 0; i < model->label_count; i++)
	{
		uint32 class = classes != NULL ? classes[i].class : i;

		model->labels[class].value = classes != NULL ? classes[i].value : i;
	}
	if (classes != NULL)
		pfree(classes);
}
