/*
 * gcv.c
 *		The wd of least squares by generalised cross-validation.
 *
 * Of n rows it minimises RSS(wd) / (1 - f (1 + df(wd)) / n)^2, in which f above 1
 * keeps it from the fits that follow every row, which it else takes now and then
 * on few rows.  That trusts the residuals of rows far out, which a fit follows
 * however small their number; where it can afford to, it therefore takes the
 * geometric mean of that and of the loss on rows held out, which trusts none but
 * needs many rows to be sure.
 */
#include "core/solve/gcv.h"

#include <math.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/solve/spectrum.h"

/* The path: wd over the features' mean square, half powers of ten, falling. */
#define PATH_FIRST 1e3
#define PATH_LAST 1e-8
#define ROOT_TENTH 0.31622776601683794
/* f above, and most degrees of freedom that a fit may have, as a part of n. */
#define INFLATION 1.4
#define MOST_FREEDOM 0.95
/* Rows a feature from which no fit follows them, and f is 1. */
#define PLENTY 4.0
/* Steps of the golden section between the neighbours of the path's best. */
#define SECTIONS 20
/*
 * A wd that gains less than this part of one weight's noise, that is of twice the
 * residual variance / rows, is none: least squares have standard errors then, and
 * lose next to nothing.
 */
#define NOISE_WEIGHTS 0.1
/* Residuals of less than this part of the target are rounding. */
#define PERFECT 1e-12

typedef struct Gcv
{
	const Spectrum *spectrum;
	const RidgeFolds *folds; /* or NULL */
	double rows;
	double bias;	  /* 1, or 0 without one */
	double inflation; /* f */
	double unit;	  /* of losses: half a squared target's unit */
} Gcv;

/* What is left of the rows when a fit's degrees of freedom are taken. */
static double
left_at(const Gcv *gcv, double wd)
{
	double freedom = gcv->bias + spectrum_freedom(gcv->spectrum, wd);

	return 1.0 - gcv->inflation * freedom / gcv->rows;
}

/* The expected loss on other rows, and the folds' standard error of it. */
static WdPoint
expect(const Gcv *gcv, double wd)
{
	double left = left_at(gcv, wd), error = NAN;
	double square = spectrum_residual(gcv->spectrum, wd) / (left * left);

	if (gcv->folds != NULL)
	{
		FoldLosses held;

		ridge_folds_judge(gcv->folds, wd, &held);
		square = sqrt(square * 2.0 * held.mean);
		error = 2.0 * held.error;
	}
	return (WdPoint){wd, gcv->unit * square, gcv->unit * error};
}

/* Fills the path; returns the place of its best point. */
static uint32_t
walk(const Gcv *gcv, WdPath *path)
{
	uint32_t best = 0;
	double power = 1.0;

	/* Each other point by division, so that powers of ten are exact. */
	for (uint32_t i = 0; PATH_FIRST / power >= PATH_LAST; i++)
	{
		double wd = gcv->spectrum->scale * PATH_FIRST / power *
					(i % 2 == 0 ? 1.0 : ROOT_TENTH);

		if (path->count > 0 && left_at(gcv, wd) < 1.0 - MOST_FREEDOM)
			break; /* of smaller ones still less is left */
		path->points[path->count] = expect(gcv, wd);
		if (path->points[path->count].loss < path->points[best].loss)
			best = path->count;
		path->count++;
		power *= i % 2 == 0 ? 1.0 : 10.0;
	}
	return best;
}

/* The golden section between two wd, by their logarithms. */
static WdPoint
refine(const Gcv *gcv, double low, double high)
{
	const double golden = 0.618033988749895;
	double a = portable_log(low), b = portable_log(high);
	WdPoint left = expect(gcv, portable_exp(b - golden * (b - a)));
	WdPoint right = expect(gcv, portable_exp(a + golden * (b - a)));

	for (int i = 0; i < SECTIONS; i++)
		if (left.loss <= right.loss)
		{
			b = a + golden * (b - a);
			right = left;
			left = expect(gcv, portable_exp(b - golden * (b - a)));
		}
		else
		{
			a = b - golden * (b - a);
			left = right;
			right = expect(gcv, portable_exp(a + golden * (b - a)));
		}
	return left.loss <= right.loss ? left : right;
}

/* Whether plain least squares are as good, up to noise. */
static bool
is_plain(const Gcv *gcv, double wd)
{
	double residual = spectrum_residual(gcv->spectrum, 0.0);
	double left = gcv->rows - gcv->bias - spectrum_freedom(gcv->spectrum, 0.0);

	/* They would follow every row; a wide trace is an estimate. */
	if (left < 0.5 || (gcv->spectrum->estimated &&
					   gcv->rows - gcv->bias <= (double) gcv->spectrum->size))
		return false;
	if (gcv->spectrum->size <= WD_PLAIN_FEATURES ||
		residual <= PERFECT * gcv->spectrum->target)
		return true;
	return expect(gcv, wd).loss >
		   expect(gcv, 0.0).loss * (1.0 - 2.0 * NOISE_WEIGHTS / gcv->rows);
}

Status
gcv_choose(const Pass *pass, const double *sums, size_t rows,
		   const RidgeFolds *folds, WdPath *path, FoldLosses *held,
		   Failure *failure)
{
	double deviation = pass->problem->label_deviation;
	Spectrum spectrum;
	Gcv gcv = {&spectrum,	  folds,
			   (double) rows, pass->problem->use_bias ? 1.0 : 0.0,
			   INFLATION,	  0.5 * deviation * deviation};
	uint32_t best, last;
	Status status = spectrum_make(pass, sums, &spectrum, failure);

	memset(path, 0, sizeof(*path));
	if (status != LL_OK || spectrum.size == 0 || !(spectrum.scale > 0.0))
		return status;
	if (folds == NULL && gcv.rows >= PLENTY * (double) spectrum.size)
		gcv.inflation = 1.0;
	best = walk(&gcv, path);
	path->choice = folds != NULL ? WD_BY_GCV_AND_FOLDS : WD_BY_GCV;
	path->folds = folds != NULL ? folds->count : 0;
	path->rows = rows;
	last = best + 1 < path->count ? best + 1 : best;
	path->chosen = path->points[best];
	if (best > 0 || last > best)
	{
		WdPoint point = refine(&gcv, path->points[last].wd,
							   path->points[best > 0 ? best - 1 : 0].wd);

		if (point.loss < path->chosen.loss)
			path->chosen = point;
	}
	path->plain = is_plain(&gcv, path->chosen.wd);
	if (path->plain)
		path->chosen = expect(&gcv, 0.0);
	if (folds != NULL && held != NULL)
		ridge_folds_judge(folds, path->chosen.wd, held);
	runtime_release(pass->runtime, spectrum.value);
	return LL_OK;
}
