/*
 * pass.h
 *		One pass over the rows: loss, gradient and Gram matrix.  Shared by the
 *		solvers; not for others.
 *
 * Rows are cut into tiles, tiles are dealt to lanes, and lanes are summed in
 * order.  How many lanes there are depends on the problem's shape only, never on
 * the number of threads, which only run lanes at the same time.
 *
 * Weights and gradients are feature major here: [dimension + 1][outputs], the
 * bias as the last row.
 */
#ifndef LINLEARN_CORE_SOLVE_PASS_H
#define LINLEARN_CORE_SOLVE_PASS_H

#include "core/math/blas.h"
#include "core/solve/solver.h"

typedef struct PassLane
{
	void *features;		 /* [tile_rows][stride] float or double; in place: the
							 * rows of the matrix at work */
	void *margins;		 /* [tile_rows][outputs], then derivatives */
	void *tile_gradient; /* [dimension][outputs] float or double */
	float *target;		 /* [tile_rows] */
	float *weight;
	double *target64;
	double *curvature; /* [tile_rows]: weight times second derivative, the
							 * mean over the classes if there are many */
	double *gradient;  /* [dimension + 1][outputs] */
	double
		*zero_gradient;	 /* the same at zero weights, in a run that wants it */
	void *waiting;		 /* [gram_rows][stride] float or double: rows times
							 * the roots of their curvatures */
	size_t waiting_rows; /* not yet in gram */
	void *gram;			 /* [size][size] float or double, lower triangle */
	double *multi;		 /* [outputs]: one row's gradient, multiclass */
	double loss;
	double zero_loss;
	double exact_loss; /* of a rounded loss: the loss itself, and its gap */
	double gap;
	double weight_sum;
	size_t decisive; /* rows that decide a weight alone (sandwich.h) */
} PassLane;

typedef struct Pass Pass;
struct Pass
{
	const SolverProblem *problem;
	const Runtime *runtime;
	ThreadPool *pool;
	const Blas *blas;
	const uint32_t *order; /* rows used, canonical order */
	size_t rows;
	size_t dimension;
	size_t outputs;
	size_t parameters; /* (dimension + 1) * outputs */
	size_t stride;	   /* elements of a tile's row */
	size_t gram_size;  /* dimension + 1, exact + 2; 0: none */
	bool single;	   /* tiles in float, sums over tiles in double */
	bool large;		   /* so much work that float tiles are worth it */
	bool dense;		   /* tiles of sparse rows are dense */
	bool in_place;	   /* rows are a matrix of the tiles' type: no copies */
	size_t tile_rows;
	size_t lanes;
	size_t gram_rows;	/* that wait to be multiplied at once, dense */
	size_t round_tiles; /* tiles a lane does between looks at interrupts */
	const SolverControl *control;
	bool bounded; /* control's late() ends a run, by LL_LATE */
	PassLane *lane;
	void *memory; /* of the lanes' buffers */
	float *scale; /* u8 to normalised float: x * scale + shift */
	float *shift;
	size_t ahead_bytes; /* sparse: of a record, about, to ask for ahead */
	double *zero;		/* stands for a missing mean */
	double *one;		/* for a missing inverse deviation */

	/* What does a tile: pass_run_tile, or another, which has a context. */
	void (*tile)(const Pass *pass, PassLane *lane, size_t first);
	const void *tile_context;

	/* What the running round does. */
	const double *weights; /* NULL: the exact solver's sums only */
	float *weights32;
	double *scaled;		/* sparse: weights times inverse deviation */
	double *chunk_sums; /* of pass_dot */
	bool want_gram;
	bool want_zero;		/* dense: loss and gradient at zero weights, too */
	bool want_diagonal; /* sparse: of the Gram matrix, for the gradient */
	/* Second derivatives as expected of labels, and Pearson's statistic, halved,
	 * in the loss's place: for standard errors. */
	bool fisher;
	double curvature_floor; /* rows of less than their weight times it are left
							 * out of the Gram matrix */
	double smoothing;  /* a loss with kinks is rounded by it; 0: as it is */
	double *dual;	   /* [rows][2 * terms] of kink.h, or NULL ... */
	bool move_dual;	   /* ... which moves with the run */
	double gram_scale; /* of the lanes' sum of Gram matrices */
	double *gram_out;
	size_t next_column; /* to clear or to sum */
	size_t next_lane;	/* of those that are flushed */
	size_t start;		/* rows [start, end) are loaded */
	size_t end;
	size_t next_row; /* of the running round */

	double shard_weight; /* of the rows elsewhere that the last run saw */
	/* Matrices that will be asked for at the point of the next run, so that it
	 * brings them along, and their floor; 0: none. */
	size_t foreseen;
	double foreseen_floor;

	/* What the last run of a rounded loss found beside it, as means. */
	double exact_loss;
	double gap;
	double decrement; /* lbfgs: what its gradient may still gain */
};

/*
 * gram_extra: 0 no Gram matrix, 1 features and bias, 2 the target as well.
 * Summed rows get no lanes.
 */
extern Status pass_init(Pass *pass, const SolverProblem *problem,
						const SolverControl *control, int gram_extra,
						bool single, Failure *failure);

/* The same in doubles, where sparse rows are dense in tiles. */
extern Status pass_init_dense(Pass *pass, const SolverProblem *problem,
							  const SolverControl *control, int gram_extra,
							  Failure *failure);

/* Makes the next runs see the first rows only. */
extern void pass_limit_rows(Pass *pass, size_t rows);

/* Gives the lanes' buffers back. */
extern void pass_release(Pass *pass);

/*
 * Mean loss and its gradient at weights, without penalties; gram (may be NULL)
 * gets the second derivatives' matrix's lower triangle, divided by the sum of
 * weights likewise.
 */
extern Status pass_run(Pass *pass, const double *weights, double *loss,
					   double *gradient, double *gram, Failure *failure);

/*
 * The same of dense rows that are here, with loss and gradient at zero weights as
 * well, in the one pass; not of a rounded loss.
 */
extern Status pass_run_with_zero(Pass *pass, const double *weights,
								 double *loss, double *gradient, double *gram,
								 double *zero_loss, double *zero_gradient,
								 Failure *failure);

/*
 * The diagonal[dimension + 1][outputs] of the matrix of second derivatives at
 * weights, without penalties; of sparse rows only.
 */
extern Status pass_diagonal(Pass *pass, const double *weights,
							double *diagonal, Failure *failure);

/*
 * The weighted sums of (features, 1, target), lower triangle of
 * gram[gram_size][gram_size] column-major, divided by the sum of weights.  The
 * only run of summed rows.
 */
extern Status pass_gram(Pass *pass, double *gram, Failure *failure);

/* The sum of weights that the last run found; 1 for none. */
extern double pass_weight(const Pass *pass);

/* Mean loss, objective but for l1, and its gradient without held outputs. */
extern Status pass_objective(Pass *pass, const double *weights,
							 double *data_loss, double *objective,
							 double *gradient, Failure *failure);

/* The penalties but for l1: returns their value, adds to gradient. */
extern double pass_penalty(const Pass *pass, const double *weights,
						   double *gradient);

/* Whether a feature is learned: it varies. */
static inline bool
pass_learns(const Pass *pass, size_t feature)
{
	const double *inverse = pass->problem->inverse_deviation;

	return inverse == NULL || inverse[feature] != 0.0;
}

/* Takes from a gradient what pulls at outputs that stay as they are. */
extern void pass_hold_outputs(const Pass *pass, double *gradient);

#endif
