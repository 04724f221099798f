/*
 * fit_json.c
 *		The figures of a fit as JSON, as R's summary, AIC and BIC have them.
 */
#include "pg/look/fit_json.h"

#include <math.h>

#include "core/base/portable_math.h"
#include "core/loss/loss_table.h"
#include "core/math/student.h"
#include "pg/base/json_text.h"

#define LOG_TEN 2.302585092994045684

/* Appends a figure that there is. */
static void
append_figure(StringInfo out, const char *name, double value)
{
	if (!isfinite(value))
		return;
	appendStringInfo(out, ", \"%s\": ", name);
	json_append_number(out, value);
}

/* What least squares has: R^2, s, and F of all features at once. */
static void
append_squares(StringInfo out, const ModelFit *fit, double null_degrees,
			   double degrees)
{
	double explained = null_degrees - degrees;
	double r2 = 1.0 - fit->deviance / fit->null_deviance;
	double f =
		(fit->null_deviance - fit->deviance) / explained / fit->dispersion;

	append_figure(out, "residual_standard_error", sqrt(fit->dispersion));
	append_figure(out, "r2", r2);
	append_figure(out, "adjusted_r2",
				  1.0 - (1.0 - r2) * null_degrees / degrees);
	if (!(explained > 0.0))
		return;
	append_figure(out, "f", f);
	append_figure(out, "f_p",
				  incomplete_beta(0.5 * degrees, 0.5 * explained,
								  degrees / (degrees + explained * f)));
}

/* A double has some 16 digits, of which near-collinear features take these. */
static int
digits_lost(const ModelFit *fit)
{
	return fit->precise || !(fit->independence > 0.0)
			   ? 0
			   : (int) floor(-portable_log(fit->independence) / LOG_TEN);
}

void
append_fit(StringInfo out, const Model *model)
{
	const ModelFit *fit = model->fit;
	double degrees, null_degrees, k;
	ErrorKind kind =
		(ErrorKind) hp_integer(&model->settings, HP_STANDARD_ERRORS);
	char name[64];
	bool squares = model->loss == LOSS_SQUARED;

	if (fit == NULL)
		return;
	degrees = (double) fit->rows - fit->parameters;
	null_degrees = (double) fit->rows -
				   (model->settings.value[HP_USE_BIAS] != 0 ? 1.0 : 0.0);
	/* The variance, or the shape, is estimated as well. */
	k = fit->parameters + (squares || model->loss == LOSS_GAMMA ? 1.0 : 0.0);
	appendStringInfo(
		out, ", \"fit\": {\"rows\": " UINT64_FORMAT ", \"weights\": %u",
		fit->rows, fit->parameters);
	append_figure(out, "residual_degrees_of_freedom", degrees);
	append_figure(out, "null_degrees_of_freedom", null_degrees);
	append_figure(out, "deviance", fit->deviance);
	append_figure(out, "null_deviance", fit->null_deviance);
	append_figure(out, "dispersion", fit->dispersion);
	append_figure(out, "log_likelihood", fit->log_likelihood);
	append_figure(out, "aic", 2.0 * (k - fit->log_likelihood));
	append_figure(out, "bic",
				  k * portable_log((double) fit->rows) -
					  2.0 * fit->log_likelihood);
	if (squares && !isnan(fit->deviance))
		append_squares(out, fit, null_degrees, degrees);
	if (kind != ERRORS_MODEL)
	{
		hyperparameters_format(HP_STANDARD_ERRORS, kind, name, sizeof(name));
		appendStringInfo(out, ", \"standard_errors\": %s", name);
	}
	if (digits_lost(fit) > 1)
		appendStringInfo(out, ", \"digits_lost\": %d", digits_lost(fit));
	appendStringInfoChar(out, '}');
}
