/*
 * model.h
 *		A trained model: in memory, and as the bytes that users store.
 *
 * The bytes are little-endian: a 16-byte header ("LLRN", format version,
 * CRC-32C of all that follows, zero), then sections of (tag, length, payload): the
 * shape first, none twice.  A reader skips sections it does not know.  Nothing in them depends on when,
 * where or how fast the model was trained.
 */
#ifndef LINLEARN_CORE_MODEL_MODEL_H
#define LINLEARN_CORE_MODEL_MODEL_H

#include "core/base/runtime.h"
#include "core/columns/columns.h"
#include "core/math/blas.h"
#include "core/model/l1_path.h"
#include "core/model/wd_path.h"
#include "core/options/hyperparameters.h"
#include "core/rows/rows.h"

#define MODEL_NAME_SIZE 64
#define MODEL_MAX_TEXT 65536 /* longest label */

/* One class (or the two of a binary model: negative, then positive). */
typedef struct ModelLabel
{
	const char *text; /* as the user's type prints it */
	double value;	  /* its number; the class index if it is a text */
} ModelLabel;

typedef struct ModelMetric
{
	char name[MODEL_NAME_SIZE]; /* e.g. validation:binary_f_beta */
	double value;
} ModelMetric;

/* What one epoch of one candidate reached. */
typedef struct ModelEpoch
{
	uint32_t trial;			/* index into trials */
	uint32_t epoch;			/* from 1 */
	double learning_rate;	/* at its end */
	double train_loss;		/* mean data loss over the epoch, label's units */
	double validation_loss; /* NaN: no validation rows */
	double criterion;		/* the criterion's value; NaN: none */
} ModelEpoch;

typedef enum TrialStatus
{
	TRIAL_COMPLETED,
	TRIAL_STOPPED, /* early, by patience or by the tuner */
	TRIAL_FAILED   /* diverged */
} TrialStatus;

/* One candidate model of a training, or one trial of a tuning. */
typedef struct ModelTrial
{
	Hyperparameters settings;
	TrialStatus status;
	uint32_t epochs; /* run */
	double objective;
	ModelMetric *metrics;
	uint32_t metric_count;
} ModelTrial;

/* Row counts of one channel. */
typedef struct ModelChannel
{
	uint64_t rows;
	uint64_t fingerprint;
} ModelChannel;

typedef enum Channel
{
	CHANNEL_TRAIN,
	CHANNEL_VALIDATION,
	CHANNEL_TEST,
	CHANNEL_COUNT
} Channel;

/* How a solver ended. */
typedef enum SolveEnd
{
	SOLVE_NONE, /* there was none, or version 0.1.0 did not tell */
	SOLVE_CONVERGED,
	SOLVE_ITERATIONS, /* as many as were allowed */
	SOLVE_SECONDS,	  /* as were allowed */
	SOLVE_STUCK,	  /* no step led on, for rounding */
	SOLVE_EARLY,	  /* validation rows gained no more */
	SOLVE_ENDS
} SolveEnd;

/* Widest model that keeps what prediction intervals take (264 kB). */
#define FIT_MAX_DIMENSION 256

/* Figures of a fit that has standard errors; NaN: it has none of this. */
typedef struct ModelFit
{
	uint64_t rows;
	double row_weight;	 /* of all rows */
	uint32_t parameters; /* estimated, the bias included */
	double deviance;	 /* in the label's units; least squares: Sum r^2 */
	double null_deviance;
	double log_likelihood;
	double dispersion; /* s^2, or Pearson's; 1 where it is known */
	/* The least 1 - R^2 of a feature, and whether its digits were kept. */
	double independence;
	bool precise;
	double *inflation; /* [dimension], variance inflation factors */
	/*
	 * What intervals take, of n = dimension + 1: the variance of a row's margin is
	 * |u|^2, or u^T meat u, of u = root x, where x is (row - center) * scale and 1
	 * at the places of columns.  Both are lower triangles by rows.
	 */
	uint32_t root_count; /* 0, or n (n + 1) / 2 */
	double *root;
	double *meat;	   /* NULL: there is none */
	uint32_t *columns; /* [n] */
	double *center;	   /* [dimension] */
	double *scale;
} ModelFit;

/* One of several quantiles: how its weights were found. */
typedef struct ModelQuantile
{
	double quantile;
	char text[24]; /* the same */
	double wd;
	double l1;
	SolveEnd end;
	uint32_t iterations;
	double gap; /* as the model's */
} ModelQuantile;

typedef struct Model
{
	PredictorType predictor;
	LossKind loss;
	RowFormat format;		   /* of the training rows */
	double byte_unit;		   /* what a byte counts; 1 in models of 0.1.0 */
	MagnitudeRange magnitudes; /* of the training rows, the user's units;
								 * none in models of 0.1.0 */
	uint32_t dimension;		   /* features */
	uint32_t outputs;		   /* 1, the classes of a multiclass model, or
								* several quantiles */
	/*
	 * [outputs] where there are several, ascending; predictions are their margins
	 * in ascending order.  Else NULL.
	 */
	ModelQuantile *quantiles;

	/* margin[k] = bias[k] + sum_j weights[k * dimension + j] * x[j] */
	double *weights;	  /* [outputs][dimension], the user's units */
	double *bias;		  /* [outputs] */
	Columns *columns;	  /* of a model of a table's rows; NULL: of arrays */
	double *feature_mean; /* [dimension], of the training rows */
	double *feature_deviation; /* [dimension], population; 0: constant */
	double label_mean;		   /* regressor: 0 and 1 when not normalised */
	double label_deviation;

	/*
	 * Binary: predicted positive when margin > threshold_margin.  Scores are
	 * compared with threshold, which is that margin's, only where it is NaN: in
	 * models that version 0.1.0 wrote.
	 */
	double threshold_margin;
	double threshold;
	CalibrationKind calibration;
	uint32_t calibration_count; /* platt: 2 (slope, offset); isotonic: knots */
	double *calibration_x; /* margins, ascending; platt: the two numbers */
	double *calibration_y; /* isotonic: probabilities */

	/*
	 * Whether texts are UTF-8.  Those that are not all ASCII in models of 0.1.0
	 * are in the encoding of the database where the model was made.  Texts of
	 * columns are always UTF-8.
	 */
	bool texts_are_utf8;

	/* Classifiers: the dictionary. */
	char label_type[MODEL_NAME_SIZE]; /* SQL type, e.g. boolean */
	uint32_t label_count;
	ModelLabel *labels;
	const double *class_weights; /* [label_count], as given; NULL: none */

	/* Features, ascending, that option nonnegative names; 0: all or none. */
	const uint32_t *bounded;
	uint32_t bounded_count;
	Hyperparameters settings; /* as the winner was trained; no auto left */
	ModelMetric *metrics;	  /* of the winner, on every channel */
	uint32_t metric_count;
	ModelTrial *trials; /* candidates or trials */
	uint32_t trial_count;
	uint32_t best_trial;
	const WdPath *wd_path; /* how wd was chosen; NULL: it was not */
	const L1Path *l1_path; /* how l1 was; likewise */
	ModelEpoch *epochs;
	uint32_t epoch_count;
	ModelChannel channels[CHANNEL_COUNT];
	uint64_t skipped_rows;	  /* by on_invalid = skip */
	uint64_t unlabelled_rows; /* NULL label */
	char tuning[4096];		  /* tuning request as JSON text; "" if none */

	/* Exact solves: NaN / 0 where there was none. */
	double gradient_norm; /* at the solution; NaN: of a loss with kinks */
	SolveEnd end;
	uint32_t iterations;
	/* How far, relative, the objective may be above the least; NaN: unknown. */
	double gap;
	uint32_t inference_count;	/* 0, or outputs * (dimension + 1) */
	double *standard_errors;	/* [outputs][dimension + 1], the bias last */
	char inference_reason[400]; /* why there are none */
	ModelFit *fit;				/* NULL: none, or made by 0.1.0 */

	/*
	 * OpenBLAS's version and kernels, which the last digits of a training follow;
	 * "" in models of 0.1.0.
	 */
	char kernels[BLAS_NAME_SIZE];
} Model;

/* The output that stands for all: that of the median, or a middle one; else 0. */
static inline uint32_t
model_point(const Model *model)
{
	if (model->quantiles == NULL)
		return 0;
	for (uint32_t k = 0; k < model->outputs; k++)
		if (model->quantiles[k].quantile == 0.5)
			return k;
	return (model->outputs - 1) / 2;
}

/* What an output speaks for: a class, a quantile, or NULL, a number. */
static inline const char *
model_output_label(const Model *model, uint32_t output)
{
	if (model->quantiles != NULL)
		return model->quantiles[output].text;
	if (model->predictor == PREDICTOR_BINARY)
		output++;
	return output < model->label_count ? model->labels[output].text : NULL;
}

/* Writes a model; *bytes is allocated from runtime. */
extern Status model_encode(const Model *model, const Runtime *runtime,
						   uint8_t **bytes, size_t *size, Failure *failure);

/*
 * Reads a model; everything it points to is allocated from runtime.  LL_MALFORMED
 * for bytes that are no model, damaged (CRC) or of a later format.
 */
extern Status model_decode(const uint8_t *bytes, size_t size,
						   const Runtime *runtime, Model *model,
						   Failure *failure);

#endif
