/*
 * predict.h
 *		From a row to margins, scores and labels.
 */
#ifndef LINLEARN_CORE_MODEL_PREDICT_H
#define LINLEARN_CORE_MODEL_PREDICT_H

#include "core/model/model.h"

/* A model made ready: weights once more in the form each row format likes. */
typedef struct Predictor
{
	const Model *model;
	float *weights_f32; /* [outputs][dimension], for bytes; in units of ... */
	double *unit_f32;	/* [outputs] ... powers of two, so that floats do */
} Predictor;

extern Status predictor_init(Predictor *predictor, const Model *model,
							 const Runtime *runtime, Failure *failure);

/* features[dimension] of such a row, in the user's units, as doubles. */
extern void predictor_features(const Model *model, RowFormat format,
							   const RowView *row, double *features);

/*
 * margins[outputs] of one row of the model's dimension, whatever its format.
 * A sparse row may have fewer features than the model; its indexes must lie
 * below the model's dimension.
 */
extern void predictor_margins(const Predictor *predictor, RowFormat format,
							  const RowView *row, double *margins);

/*
 * Scores from margins, in place: binary logistic P(positive) (calibrated if the
 * model is), hinge the raw margin; multiclass softmax probabilities (hinge: raw
 * margins); regressor the value; several quantiles in ascending order, so that
 * none cross (Chernozhukov, Fernandez-Val and Galichon 2010).  What stands for
 * them is that of model_point().
 */
extern void predictor_scores(const Predictor *predictor, double *margins);

/* The same of the margins of many rows by a binary model. */
extern void predictor_binary_scores(const Predictor *predictor,
									double *margins, size_t count);

/*
 * The class of margins, which scores may no longer tell apart: binary 1 when the
 * margin is above the threshold, else 0; multiclass the first of the largest;
 * not for regressors.
 */
extern uint32_t predictor_class(const Predictor *predictor,
								const double *margins);

/*
 * Whether a row of the model's width is so much larger or smaller than all rows
 * that the model was trained on that its features must be in another unit; then
 * *magnitude is its own.  Rows of zeros are not, nor bytes where the model was
 * trained on bytes.
 */
extern bool row_is_outlandish(const Model *model, RowFormat format,
							  const RowView *row, double *magnitude);

#endif
