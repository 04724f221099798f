/*
 * coefficients.h
 *		A model of weights that were learned elsewhere.
 */
#ifndef LINLEARN_CORE_MODEL_COEFFICIENTS_H
#define LINLEARN_CORE_MODEL_COEFFICIENTS_H

#include "core/model/model.h"

/* How a column of a table gives terms, or margins. */
typedef enum GivenKind
{
	GIVEN_NUMBER,	/* one term */
	GIVEN_FLAG,		/* one, 0 or 1 */
	GIVEN_CATEGORY, /* one for each level but the reference */
	GIVEN_OFFSET,	/* none: it is added to the margin */
	GIVEN_EXPOSURE, /* none: its logarithm is */
	GIVEN_KINDS
} GivenKind;

typedef struct GivenColumn
{
	const char *name; /* UTF-8, as the levels */
	GivenKind kind;
	bool log;		  /* a number x by sign(x) log(1 + |x|) */
	double mean;	  /* a number's; NULL counts as it; NaN: as 0 */
	double deviation; /* NaN: not known */
	uint32_t level_count;
	const char *
		*levels; /* in the order of their weights; NULL: that of NULL */
	const char *reference; /* the one without a weight; NULL: all have one */
} GivenColumn;

typedef struct Coefficients
{
	uint32_t dimension;
	uint32_t outputs;
	const double *weights; /* [outputs][dimension] */
	const double *bias;	   /* [outputs]; NULL: 0 */
	uint32_t label_count;  /* 0: a regressor */
	ModelLabel *labels; /* of a binary model the negative one, the positive */
	const char *label_type;
	const char *loss;	/* NULL: that of the predictor type */
	double threshold;	/* of a binary model's scores; NaN: the natural one */
	const double *mean; /* [dimension]; NULL: not known */
	const double *deviation;	/* likewise */
	uint32_t column_count;		/* 0: a model of arrays */
	const GivenColumn *columns; /* in the order of their weights */
	/* Parameters of the loss. */
	Hyperparameters settings;
} Coefficients;

/*
 * Makes a model, whose memory is runtime's and that of what was given.  LL_INVALID
 * names what does not fit; LL_NO_MEMORY, LL_CANCELLED.
 */
extern Status coefficients_model(const Coefficients *given,
								 const Runtime *runtime, Model *model,
								 Failure *failure);

#endif
