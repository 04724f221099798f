/*
 * loss.h
 *		Losses of a margin against a target, with their derivatives: one at a time
 *		in double (the reference), and for whole batches in float.
 *
 * A binary target is the class, 0 or 1.  logistic and hinge_loss read it as
 * y = -1 or +1; the six regression losses, which SageMaker lets binary
 * classifiers use as well, take 0 and 1 as the real numbers they are.  The
 * formulas (r = margin - y):
 *
 *	logistic						log(1 + exp(-y margin))
 *	hinge_loss						max(0, parameter - y margin)
 *	squared_loss					r^2 / 2
 *	absolute_loss					|r|
 *	eps_insensitive_squared_loss	max(0, r^2 - eps^2)
 *	eps_insensitive_absolute_loss	max(0, |r| - eps)
 *	quantile_loss					-q r if r < 0, (1 - q) r otherwise
 *	huber_loss						r^2 / 2 if |r| <= delta,
 *									else delta (|r| - delta / 2)
 *	poisson							y log(y / mu) - (y - mu), mu = exp(margin)
 *	gamma							y / mu - 1 - log(y / mu)
 *	tweedie							(y^(2-p) / (1-p) - y mu^(1-p) (2-p) / (1-p)
 *									+ mu^(2-p)) / (2-p), p = tweedie_power
 *	softmax_loss					-log softmax(margins)[class]
 *	multiclass hinge				max(0, parameter + max of the other margins
 *									- margins[class])  (Crammer and Singer)
 *
 * The last three are half the unit deviances (McCullagh and Nelder 1989, 2.3;
 * Jorgensen 1997), which are 0 at mu = y.  Where they
 * overflow, beyond margins of +-LOG_LINK_MOST, they go on as straight lines.
 *
 * Where a loss has a kink the derivative is that of the flat side (0).  No
 * margin within +-1e30 overflows; a NaN margin gives a NaN loss, so that a
 * diverged model shows.
 */
#ifndef LINLEARN_CORE_LOSS_LOSS_H
#define LINLEARN_CORE_LOSS_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "core/loss/loss_table.h"

typedef struct LossParameters
{
	double margin;			   /* both hinge losses; > 0 */
	double quantile;		   /* in (0, 1) */
	double huber_delta;		   /* > 0, in the units of target */
	double loss_insensitivity; /* > 0, in the units of target */
	double tweedie_power;	   /* in (1, 2) */
} LossParameters;

/* Margins of a log link, up to which means are floats as well. */
#define LOG_LINK_MOST 80.0
/* Above exp(-LOG_LINK_MOST): labels, beside their mean, that pull a margin up. */
#define LOG_LINK_LEAST 1e-34
/* The size of labels that it bears. */
#define LOG_LINK_LARGEST 1e30

/*
 * A mean loss as metrics report it: SageMaker trains squared_loss as r^2 / 2 as
 * well, but its objective_loss is the mean square.
 */
static inline double
loss_reported(LossKind kind, double mean)
{
	return loss_table[kind].halved ? 2.0 * mean : mean;
}

/* The parameter that a loss has; 0: none. */
extern double loss_parameter(LossKind kind, const LossParameters *parameters);

/* p of a log link's variance mu^p: 1 poisson, 2 gamma, tweedie's own. */
extern double loss_variance_power(LossKind kind,
								  const LossParameters *parameters);

/* What turns a loss of labels divided by a unit into one of the labels. */
extern double loss_scale(LossKind kind, const LossParameters *parameters,
						 double unit);

/*
 * What wd and l1 are divided by for a training on such labels: of a log link they
 * speak of the loss of the labels as they are.
 */
extern double loss_penalty_unit(LossKind kind,
								const LossParameters *parameters, double unit);

/* The mean that a margin stands for: its exponential, of a log link. */
extern double loss_mean(LossKind kind, double margin);

/* Half of Pearson's (y - mean)^2 / variance; of likelihoods with a dispersion. */
extern double loss_pearson(LossKind kind, const LossParameters *parameters,
						   double margin, double target);

/*
 * One margin: the loss, its first and its second derivative by the margin.  The
 * second is 0 on linear pieces and, at a kink, that of the flat side.
 */
extern double loss_value(LossKind kind, const LossParameters *parameters,
						 double margin, double target);
extern double loss_derivative(LossKind kind, const LossParameters *parameters,
							  double margin, double target);
extern double loss_second_derivative(LossKind kind,
									 const LossParameters *parameters,
									 double margin, double target);

/* The margin of a class that is left out: to a loss there is none such. */
#define MARGIN_LEFT_OUT (-1e30f)

/* One margin a class; gradient[outputs] by each of them. */
extern double loss_value_multi(LossKind kind, const LossParameters *parameters,
							   const double *margins, size_t outputs,
							   size_t class);
extern void loss_gradient_multi(LossKind kind,
								const LossParameters *parameters,
								const double *margins, size_t outputs,
								size_t class, double *gradient);

/*
 * A batch of rows under many models of one loss.  margins[rows][stride] is row
 * major; model m has columns m * outputs to m * outputs + outputs - 1.
 *
 * A row counts with weight[row] * class_weight[model][class].  With folds, a
 * row of the model's own fold counts nothing (that is the row held out), or,
 * with held_out, it alone counts.
 *
 * What a model gets depends on its own columns only, to the bit: neither on
 * how many other models there are nor on where it stands among them.  Sums run
 * over the rows in order.
 */
typedef struct LossBatch
{
	LossKind kind;
	size_t rows;
	size_t models;
	size_t outputs; /* 1, or classes of a multiclass loss */
	size_t stride;	/* floats from one row of margins to the next */
	const LossParameters *parameters; /* [models] */
	const float *target;			  /* [rows]: class index or value */
	const float *weight;			  /* [rows], or NULL: all 1 */
	const float *const *class_weight; /* [models][classes], or NULL; a model's
										 * own may be NULL too: all 1 */
	const int16_t *row_fold;		  /* [rows], or NULL: no folds */
	const int16_t *model_fold; /* [models]; negative: no row is held out */
	bool held_out;			   /* count only the rows that are held out */
	bool forward; /* models learn from the rows of folds before theirs only */
	const bool *left_out; /* [outputs] classes that derivatives are without;
							 * NULL: none */
} LossBatch;

/*
 * Overwrites margins by weight times derivative, and adds to loss_sum[models]
 * the weighted losses and to weight_sum[models] the weights.
 */
extern void loss_batch_derivatives(const LossBatch *batch, float *margins,
								   double *loss_sum, double *weight_sum);

/* The same sums only; margins are left alone. */
extern void loss_batch_values(const LossBatch *batch, const float *margins,
							  double *loss_sum, double *weight_sum);

#endif
