/*
 * solver.h
 *		Full-batch solvers: Newton, L-BFGS and the closed form.
 *
 * All minimise
 *
 *	sum_i weight_i loss(margin_i, target_i) / sum_i weight_i
 *		+ wd / 2 (|w|^2 + bias_wd_mult b^2) + l1 |w|_1
 *
 * over margin = w . x' + b with x' = (x - mean) inverse_deviation, applied on the
 * fly.  Rows go by in canonical order in fixed tiles, and sums have a fixed
 * tree, so that any number of threads gives the same bits.
 *
 * newton	one margin and a twice differentiable loss (logistic, squared, huber):
 *			weighted Gram matrix, Cholesky, line search; with huber loss
 *			L-BFGS goes on where that matrix is 0 or leads nowhere.  With l1 each
 *			step is solved by coordinate descent (proximal.h).
 * lbfgs	smooth losses (those and softmax); with l1 within an orthant, from one
 *			to the next, whose zeros are exact (orthant.h).
 *			A loss with kinks is rounded, less and less (rounded.h): by newton
 *			if it has one margin, also with l1, and by lbfgs.
 *			Weights that may not be negative: newton by coordinate descent
 *			as with l1, of squared loss non-negative least squares; lbfgs in
 *			the one orthant.
 * exact	squared loss, no l1: one pass for the Gram matrix and Cholesky; where
 *			that is singular, the solution of least norm.
 */
#ifndef LINLEARN_CORE_SOLVE_SOLVER_H
#define LINLEARN_CORE_SOLVE_SOLVER_H

#include "core/base/threads.h"
#include "core/loss/loss.h"
#include "core/model/wd_path.h"
#include "core/options/hyperparameters.h"
#include "core/rows/rows.h"

/* Widest problem whose square Gram matrix is formed (134 MB). */
#define SOLVER_MAX_GRAM_DIMENSION 4096

typedef struct SolverProblem
{
	const Rows *rows;		   /* sealed; summed only for a closed form */
	const uint32_t *selection; /* rows to use (arrival numbers, in canonical
								 * order); NULL: all of rows->order */
	size_t count;			   /* of selection; ignored when that is NULL */
	bool matrix; /* rows are a row_matrix.h: normalised, and side by side */
	LossKind loss;
	LossParameters parameters;
	uint32_t outputs;	/* 1, or the classes of softmax */
	const double *mean; /* [dimension] or NULL: 0; ignored if sparse */
	const double *inverse_deviation; /* [dimension] or NULL: 1; 0 pins the
										 * feature's weight to 0 */
	/*
	 * [dimension] features that come after the others, where those before decide
	 * what a feature adds, or NULL.
	 */
	const bool *comes_last;
	const double *center;	/* [dimension] what was taken off features before
							 * they came into rows; NULL: nothing */
	double label_mean;		/* target = (label - mean) / deviation; */
	double label_deviation; /* 0 and 1 for classifiers */
	double label_unit;		/* target = label / unit of a log link; else 0 */
	bool unit_size; /* labels are classes, features normalised: gradients of a
					 * row are of about unit size */
	const float *class_weight; /* [classes] or NULL */
	const bool
		*held_outputs; /* [outputs] weights stay at initial, and a loss of
								 * several is without them; or NULL */
	bool use_bias;	   /* else it stays at initial */
	double wd;
	double l1;
	double bias_wd_mult;
	const bool
		*bounded; /* [dimension] whose weights are not below 0, or NULL */
} SolverProblem;

typedef struct SolverProgress
{
	uint32_t iteration; /* from 1 */
	double objective;
	double data_loss;	   /* the mean loss without the penalties */
	double gradient_norm;  /* relative, see SolverResult */
	const double *weights; /* as SolverResult.weights would be laid out, but
							 * [dimension + 1][outputs] */
} SolverProgress;

/*
 * The sums that an exact solve starts from, for others that differ in their
 * penalties only: rows, class weights and what normalises are the same.
 */
typedef struct SolverGram
{
	double *gram; /* [dimension + 2]^2 */
	bool ready;
} SolverGram;

typedef struct SolverControl
{
	OptimizerKind optimizer; /* one that solves */
	uint32_t max_iterations; /* 0: 200 (newton 50) */
	bool bound; /* of them all, those that bring errors' digits included */
	double tolerance;	  /* on the relative gradient norm; 0: by optimizer */
	bool standard_errors; /* try to give them ... */
	ErrorKind error_kind; /* ... of this kind */
	bool precondition;	  /* lbfgs: with a matrix, however small the problem */
	const double *initial; /* [outputs][dimension + 1] or NULL: zeros */
	double initial_l1;	   /* that they are the optimum for; 0: none */
	double zero_norm; /* that gradients are relative to; 0: at zero weights */
	size_t room;	  /* bytes that copies of the rows may take */
	SolverGram *sums; /* taken or, if not ready, made; NULL: none */
	const Runtime *runtime;
	ThreadPool *pool; /* NULL: the calling thread alone */
	/*
	 * After each iteration; LL_LATE ends the solve with what it has, another
	 * failure ends it.  May be NULL.
	 */
	Status (*progress)(void *context, const SolverProgress *progress,
					   Failure *failure);
	/* Whether to end within an iteration, but the first, likewise.  May be NULL. */
	bool (*late)(void *context);
	void *context;
} SolverControl;

typedef struct SolverResult
{
	double *weights; /* [outputs][dimension + 1], the bias last, for the
							 * normalised features */
	double objective;
	double data_loss;
	/*
	 * Euclidean norm of the objective's gradient (with l1 its minimum-norm
	 * subgradient) at the solution, divided by the norm at zero weights.
	 */
	double gradient_norm;
	/*
	 * A loss with kinks, whose gradient says nothing: how far, relative to itself,
	 * the objective may be above the least one (kink.h, and what the last step
	 * promised to gain).  The gradient's norm is then NaN, and else this.
	 */
	double gap;
	uint32_t iterations;
	bool converged; /* gradient_norm, or gap, reached the tolerance */
	bool stopped;	/* progress or late ended the solve */
	bool singular;	/* exact: least norm; newton: was damped */
	/*
	 * Of the weights of the features and the label in their own units, the bias
	 * where the features are 0 before their center is taken off, from the inverse
	 * of the information matrix; NULL when they would be wrong, and reason says
	 * why.
	 */
	double *standard_errors; /* [dimension + 1], the bias last, or NULL */
	/*
	 * With them, of few features: what the variance of a row's margin, in the
	 * label's units, is made of.  It is |u|^2, or u^T meat u, of u = root x, where x
	 * is the row's normalised features and 1 at the places of columns.
	 */
	double
		*root; /* [n][n], n = dimension + 1: lower triangle by rows; or NULL */
	double *meat; /* likewise, behind root in memory; NULL: there is none */
	uint32_t *columns;	  /* [n] */
	double inverse_scale; /* of the inverse information matrix: its dispersion,
						   * in the label's units, over row_weight */
	double *inflation;	  /* [dimension] variance inflation factors, or NaN */
	double row_weight;	  /* of all rows */
	/*
	 * The least 1 - R^2 of a feature on those before it, as the rows weigh at the
	 * solution; NaN: not looked at.  The weights have lost as many of a double's
	 * digits as it has zeros, but when they are precise.
	 */
	double independence;
	bool precise;	/* the digits that near-collinear features take are kept */
	bool dependent; /* it is NULL for features are linearly dependent */
	/*
	 * NULL, or that along which some rows are separated: [dimension + 1] changes of
	 * the weights of features in their own units, the bias last; infinity of those
	 * whose rows are all sure of their classes.
	 */
	double *direction;
	char reason[160];
} SolverResult;

/* Of unit size, or with a log link, whose labels' mean is 1: what rounding leaves. */
#define LEAST_ZERO_NORM 1e-13

/*
 * The gradient's norm at zero weights, which others are relative to: 1 where there
 * is none, as where features tell nothing of classes as many, or of the mean that a
 * log link starts at.
 */
static inline double
solver_zero_norm(const SolverProblem *problem, double norm)
{
	bool sized = problem->unit_size || problem->label_unit > 0.0;

	return norm == 0.0 || (sized && norm < LEAST_ZERO_NORM) ? 1.0 : norm;
}

/* Tells whoever listens of an iteration. */
static inline Status
solver_tell(const SolverControl *control, const SolverProgress *progress,
			Failure *failure)
{
	return control->progress == NULL
			   ? LL_OK
			   : control->progress(control->context, progress, failure);
}

/*
 * Whether a solve needs the rows' sums alone, features, 1 and target; held:
 * weights may be held at 0, by l1 or as they may not be negative.
 */
extern bool solver_takes_sums(OptimizerKind optimizer, LossKind loss,
							  bool held);

/* Whether a feature's weights may not be negative. */
static inline bool
solver_bounds_feature(const SolverProblem *problem, size_t feature)
{
	return problem->bounded != NULL && problem->bounded[feature];
}

/* Whether weights may be held at 0. */
static inline bool
solver_holds_weights(const SolverProblem *problem)
{
	return problem->l1 > 0.0 || problem->bounded != NULL;
}

/*
 * Solves.  LL_UNSUPPORTED for a loss or l1 that the optimizer does not take or a
 * missing BLAS, LL_LIMIT for too wide a Gram matrix, LL_CANCELLED, LL_NO_MEMORY,
 * what progress returns.
 * Memory of the result comes from runtime.
 */
extern Status solver_run(const SolverProblem *problem,
						 const SolverControl *control, SolverResult *result,
						 Failure *failure);

struct FoldRows;
struct FoldLosses;

/*
 * Chooses wd for squared loss without l1 by generalised cross-validation, from
 * the sums alone, which control's sums keep for a solve, and, if they are not
 * NULL, by the rows that folds hold out: what the choice loses on them goes to
 * losses, unless that is NULL.  path->choice is none where there is nothing to
 * choose.  Failures as above.
 */
extern Status solver_choose_wd(const SolverProblem *problem,
							   const SolverControl *control,
							   const struct FoldRows *folds, WdPath *path,
							   struct FoldLosses *losses, Failure *failure);

#endif
