/*
 * interval.c
 *		Confidence and prediction intervals of a row.
 */
#include "core/model/interval.h"

#include <math.h>

/* u^T meat u, of its lower triangle by rows. */
static double
quadratic(const double *meat, const double *u, size_t n)
{
	double sum = 0.0;

	for (size_t i = 0; i < n; i++, meat += i)
	{
		double part = 0.0;

		for (size_t j = 0; j < i; j++)
			part += meat[j] * u[j];
		sum += u[i] * (2.0 * part + meat[i] * u[i]);
	}
	return fmax(0.0, sum);
}

double
interval_variance(const Model *model, RowFormat format, const RowView *row,
				  double *room)
{
	const ModelFit *fit = model->fit;
	size_t n = (size_t) model->dimension + 1;
	const double *root = fit->root;
	double *x = room, *u = room + n;
	double square = 0.0;

	predictor_features(model, format, row, x);
	for (size_t j = 0; j + 1 < n; j++)
		x[j] = (x[j] - fit->center[j]) * fit->scale[j];
	x[n - 1] = 1.0;
	for (size_t i = 0; i < n; i++, root += i)
	{
		u[i] = 0.0;
		for (size_t j = 0; j <= i; j++)
			u[i] += root[j] * x[fit->columns[j]];
		square += u[i] * u[i];
	}
	return fit->meat != NULL ? quadratic(fit->meat, u, n) : square;
}

void
interval_limits(const Predictor *predictor, double margin, double width,
				double *limits)
{
	double a = margin - width, b = margin + width;

	predictor_scores(predictor, &a);
	predictor_scores(predictor, &b);
	/* A calibration may fall where margins rise. */
	limits[0] = fmin(a, b);
	limits[1] = fmax(a, b);
}
