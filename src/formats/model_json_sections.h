/*
 * model_json_sections.h
 *		What the sections of a model's bytes hold, for both ways to JSON.
 */
#ifndef LINLEARN_FORMATS_MODEL_JSON_SECTIONS_H
#define LINLEARN_FORMATS_MODEL_JSON_SECTIONS_H

#include "formats/json_form.h"

/* What earlier sections said that later ones are sized by. */
typedef struct SectionSizes
{
	size_t dimension;
	size_t outputs;
} SectionSizes;

typedef struct SectionSchema
{
	SectionTag tag;
	const char *name;
	void (*describe)(Form *form, SectionSizes *sizes);
} SectionSchema;

/* In the order in which models are written; a row without a name ends it. */
extern const SectionSchema section_schemas[];

/* Goes through the members of a columns section. */
extern void model_json_columns(Form *form, SectionSizes *sizes);

#endif
