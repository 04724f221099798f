/*
 * class_numbers.h
 *		The numbers that classes stand for, also where their labels are texts.
 */
#ifndef LINLEARN_PG_PREDICT_CLASS_NUMBERS_H
#define LINLEARN_PG_PREDICT_CLASS_NUMBERS_H

#include "pg/base/version.h"

#include "core/model/model.h"

/* A class and the number it stands for. */
typedef struct NumberedClass
{
	double value;
	uint32 class;
} NumberedClass;

/* Reads a text as float8in would; false unless it is a finite number. */
extern bool text_number(const char *text, double *value);

/*
 * The classes in the order of their numbers; NULL unless each has one and no two
 * the same.
 */
extern NumberedClass *numbered_classes(const Model *model);

/* The class that stands for a number, of so many; NULL: none. */
extern const NumberedClass *class_of_number(const NumberedClass *classes,
											uint32 count, double value);

/*
 * Gives labels that are known by their texts their values: numbers, if the texts
 * are numbers, as those of a CSV file may be (each finite, no two the same); else
 * their places.
 */
extern void class_numbers_assign(Model *model);

#endif
