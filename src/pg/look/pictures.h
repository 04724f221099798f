/*
 * pictures.h
 *		What the picture functions share with the report.
 */
#ifndef LINLEARN_PG_LOOK_PICTURES_H
#define LINLEARN_PG_LOOK_PICTURES_H

#include "pg/base/version.h"

#include "core/model/model.h"
#include "formats/svg.h"
#include "pg/values/features.h"
#include "utils/jsonb.h"

/* A confusion matrix out of linlearn_confusion's jsonb; labels in UTF-8. */
typedef struct ConfusionPicture
{
	int classes;
	const char **labels;
	double *counts; /* [classes][classes] */
} ConfusionPicture;

/* Reads one; an error for any other jsonb, and for more than most classes. */
extern void confusion_picture_read(Jsonb *json, int most,
								   ConfusionPicture *picture);

/* A text of the server as UTF-8, as markup is written. */
extern char *utf8_text(const char *text);

/* A finished text, in the server's encoding. */
extern text *markup_to_text(Markup *markup);

/* Turns the texts of a decoded model into UTF-8. */
extern void model_texts_to_utf8(Model *model);

/*
 * The side of a square image of count pixels; an error when it is none, or one
 * larger than allowed.
 */
extern int image_side(int64 count, int largest);

/* A square image of any feature type, as the numbers it holds. */
extern double *pixels_argument(FunctionCallInfo fcinfo, int argument,
							   int largest, FeatureType *kind, int *side);

/* bytes / 255, in the current memory context. */
extern double *image_of_bytes(const bytea *bytes);

#endif
