/*
 * fold_scales.c
 *		What features are divided by in the folds of an internal cross-validation.
 */
#include "core/train/fold_scales.h"

/*
 * Scales that differ by less are taken for the same; those of sparse rows, by their
 * largest sizes, differ more by chance, and their folds are then solved together.
 */
#define ALIKE 3.0
#define SPARSE_ALIKE 10.0
/*
 * So many standard errors less wd has to gain then, as what is yet further out
 * may lose without bound: by its square, or by the exponential of a log link.
 */
#define SQUARED_CAUTION 0.5
#define LOG_LINK_CAUTION 1.0
/* Of fewer rows one far value tells too much: what folds lose is noise. */
#define LEAST_ROWS 100
/* Folds of more features would take 40 MB and more for their scales. */
#define MOST_FEATURES (1u << 17)

/* Whether a fold's scales are about those of all rows. */
static bool
are_alike(const Normalizer *fold, const Normalizer *all, double alike)
{
	for (uint32_t j = 0; j < all->dimension; j++)
		if (fold->scale[j] > alike * all->scale[j])
			return false;
	return true;
}

static double
caution_of(LossKind loss)
{
	return loss_is_log_link(loss) ? LOG_LINK_CAUTION
		   : loss == LOSS_SQUARED ? SQUARED_CAUTION
								  : 0.0;
}

static void
release(const Problem *problem, FoldRows *folds)
{
	for (uint32_t k = 0; k < folds->count; k++)
		normalizer_release(&folds->normalizer[k], &problem->runtime);
}

Status
fold_scales_take(Problem *problem, const Hyperparameters *settings,
				 const SolverProblem *solver, FoldRows *folds,
				 Failure *failure)
{
	const Normalizer *all;
	double ratio = solver->rows->format == ROWS_SPARSE ? SPARSE_ALIKE : ALIKE;
	bool alike = true;
	Status status = problem_normalizer(problem, settings, &all, failure);

	if (problem->dimension > MOST_FEATURES || folds->row_count < LEAST_ROWS)
		return status;
	for (uint32_t k = 0; k < folds->count && status == LL_OK; k++)
	{
		Rows learned = *solver->rows;

		learned.order = folds->learned[k];
		learned.count = folds->learned_count[k];
		status = problem_fit_normalizer(problem, settings, &learned, 0,
										&folds->normalizer[k], failure);
		alike = alike && status == LL_OK &&
				are_alike(&folds->normalizer[k], all, ratio);
	}
	if (alike || status == LL_INVALID)
	{
		release(problem, folds);
		return LL_OK;
	}
	folds->caution = caution_of(solver->loss);
	return status;
}
