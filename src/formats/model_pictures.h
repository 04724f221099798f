/*
 * model_pictures.h
 *		What a model holds, as pictures: weights, learning, tuning.
 *
 * Texts of the model are taken as UTF-8.  A weight is shown times its
 * feature's standard deviation, so that features of any unit compare, and a
 * pixel that hardly ever varies does not shine.
 */
#ifndef LINLEARN_FORMATS_MODEL_PICTURES_H
#define LINLEARN_FORMATS_MODEL_PICTURES_H

#include "core/model/model.h"
#include "formats/chart.h"

typedef enum WeightStyle
{
	WEIGHTS_AUTO,  /* an image when there are n * n features, n >= 8 */
	WEIGHTS_IMAGE, /* LL_INVALID when the features are no square */
	WEIGHTS_BARS   /* the 20 features with the largest weights */
} WeightStyle;

/*
 * The side of the square that a model's features form; 0: none, nor do columns
 * of a table but an array alone.
 */
extern uint32_t model_image_side(const Model *model);

extern Status model_draw_weights(Markup *markup, const Model *model,
								 WeightStyle style, SvgTheme theme, bool css,
								 Failure *failure);

/* The winner's losses by epoch; LL_INVALID when it was solved without any. */
extern Status model_draw_learning(Markup *markup, const Model *model,
								  SvgTheme theme, bool css, Failure *failure);

/* The objective by candidate or trial, and the best so far. */
extern Status model_draw_tuning(Markup *markup, const Model *model,
								SvgTheme theme, bool css, Failure *failure);

/* The losses of the path that l1 was chosen on, which the model has. */
extern Status model_draw_path(Markup *markup, const Model *model,
							  SvgTheme theme, bool css, Failure *failure);

/* Weights as half-block images, or as lines of text with bars. */
extern Status model_show_weights(Markup *markup, const Model *model,
								 Failure *failure);

#endif
