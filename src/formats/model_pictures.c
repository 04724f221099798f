/*
 * model_pictures.c
 *		What a model holds, as pictures: weights, learning, tuning.
 */
#include "formats/model_pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/portable_math.h"
#include "core/columns/term_names.h"
#include "core/math/sort.h"

#define SMALLEST_IMAGE 8  /* pixels a side */
#define LARGEST_IMAGE 256 /* beyond it an SVG of squares is no picture */
#define MOST_IMAGES 100
#define MOST_BARS 20
#define NAME_CHARACTERS 40
/* Two names of characters of up to 4 bytes, an arrow, and a zero. */
#define BAR_NAME_SIZE (2 * (4 * NAME_CHARACTERS) + 16)

uint32_t
model_image_side(const Model *model)
{
	uint32_t side = (uint32_t) lround(sqrt((double) model->dimension));

	if (model->columns != NULL &&
		(model->columns->piece_count != 1 ||
		 model->columns->pieces->kind != PIECE_BLOCK))
		return 0;
	return side >= SMALLEST_IMAGE && side <= LARGEST_IMAGE &&
				   side * side == model->dimension
			   ? side
			   : 0;
}

/* The label that an output's weights speak for; NULL: a regressor's value. */
static const char *
output_label(const Model *model, uint32_t output)
{
	return model_output_label(model, output);
}

/* Weights times deviations: [outputs][dimension]; NULL: out of memory. */
static double *
scaled_weights(const Markup *markup, const Model *model)
{
	size_t count = (size_t) model->outputs * model->dimension;
	double *scaled =
		runtime_allocate_zero(&markup->runtime, count, sizeof(double));

	for (size_t i = 0; scaled != NULL && i < count; i++)
		scaled[i] =
			model->weights[i] * model->feature_deviation[i % model->dimension];
	return scaled;
}

/* Draw one image an output, all on one scale. */
static Status
draw_weight_images(Markup *markup, const Model *model, double *scaled,
				   uint32_t side, SvgTheme theme, bool css, Failure *failure)
{
	size_t count = model->outputs < MOST_IMAGES ? model->outputs : MOST_IMAGES;
	SvgTile *tiles =
		runtime_allocate_zero(&markup->runtime, count, sizeof(SvgTile));
	double largest = 0.0;
	char low[32];
	char high[32];

	if (tiles == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count * model->dimension; i++)
		largest = fmax(largest, fabs(scaled[i]));
	for (size_t i = 0; i < count * model->dimension; i++)
		scaled[i] = largest > 0.0 ? scaled[i] / largest : 0.0;
	for (size_t k = 0; k < count; k++)
		tiles[k] =
			(SvgTile){scaled + k * model->dimension, output_label(model, k)};
	if (model->predictor == PREDICTOR_BINARY)
		tiles[0].caption = NULL;
	snprintf(low, sizeof(low), "against %.3g", -largest);
	snprintf(high, sizeof(high), "%.3g for", largest);
	svg_tiles(markup, "weights × deviation", tiles, count, side, side,
			  SVG_DIVERGING, low, high, theme, css);
	return LL_OK;
}

/*
 * Choose the largest magnitudes: places in scaled, largest first; returns how
 * many.
 */
static size_t
choose_largest(const double *scaled, size_t count, size_t *chosen)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
	{
		double magnitude = fabs(scaled[i]);
		size_t at;

		if (found == MOST_BARS &&
			magnitude <= fabs(scaled[chosen[MOST_BARS - 1]]))
			continue;
		at = found < MOST_BARS ? found++ : MOST_BARS - 1;
		for (; at > 0 && magnitude > fabs(scaled[chosen[at - 1]]); at--)
			chosen[at] = chosen[at - 1];
		chosen[at] = i;
	}
	return found;
}

/* How weights are named. */
typedef struct WeightNames
{
	const Model *model;
	TermNames terms; /* of a model of a table's rows */
	TermText text;
} WeightNames;

static Status
weight_names_init(WeightNames *names, const Markup *markup, const Model *model,
				  Failure *failure)
{
	names->model = model;
	term_text_init(&names->text, &markup->runtime);
	return model->columns == NULL
			   ? LL_OK
			   : term_names_init(&names->terms, model->columns,
								 &markup->runtime, failure);
}

/*
 * Copies a text into a buffer: so many characters at most, an ellipsis for what
 * is cut, and one line whatever it holds.
 */
static void
copy_short(char *buffer, const char *text)
{
	size_t left = utf8_length(text), size;
	bool cut = left > NAME_CHARACTERS;

	for (left = cut ? NAME_CHARACTERS - 1 : left; left > 0; left--)
	{
		size = utf8_character_size(text);
		if (size == 1 && ((unsigned char) *text < ' ' || *text == 0x7f))
			*buffer = ' ';
		else
			memcpy(buffer, text, size);
		buffer += size;
		text += size;
	}
	strcpy(buffer, cut ? "…" : "");
}

/*
 * Name a weight: "feature 3" or what its term is called; and where there are
 * several of a feature, "3 → label".  Without memory it is a number.
 */
static void
name_weight(WeightNames *names, size_t place, char *name)
{
	const Model *model = names->model;
	uint32_t output = (uint32_t) (place / model->dimension);
	uint32_t feature = (uint32_t) (place % model->dimension);
	const char *label = output_label(model, output);
	bool several = model->outputs > 1 && label != NULL;

	if (model->columns != NULL &&
		term_name(&names->terms, feature, &names->text))
		copy_short(name, names->text.bytes);
	else
		snprintf(name, BAR_NAME_SIZE, several ? "%u" : "feature %u",
				 feature + 1);
	if (several)
	{
		strcat(name, " → ");
		copy_short(name + strlen(name), label);
	}
}

/* Draw the most important weights as bars. */
static Status
draw_weight_bars(Markup *markup, const Model *model, const double *scaled,
				 SvgTheme theme, bool css, Failure *failure)
{
	WeightNames weights;
	Status status = weight_names_init(&weights, markup, model, failure);
	size_t chosen[MOST_BARS];
	char text[MOST_BARS][BAR_NAME_SIZE];
	const char *names[MOST_BARS];
	double values[MOST_BARS];
	size_t count = choose_largest(
		scaled, (size_t) model->outputs * model->dimension, chosen);

	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < count; i++)
	{
		name_weight(&weights, chosen[i], text[i]);
		names[i] = text[i];
		values[i] = scaled[chosen[i]];
	}
	svg_bars(markup, "most important: weight × deviation", names, values,
			 count, theme, css);
	return LL_OK;
}

Status
model_draw_weights(Markup *markup, const Model *model, WeightStyle style,
				   SvgTheme theme, bool css, Failure *failure)
{
	uint32_t side = model_image_side(model);
	double *scaled = scaled_weights(markup, model);

	if (scaled == NULL)
		return fail_no_memory(failure);
	if (style == WEIGHTS_IMAGE && side == 0)
	{
		fail(failure, LL_INVALID, "%u features form no image",
			 (unsigned) model->dimension);
		fail_detail(failure,
					"An image has n times n features, n from %d to %d.",
					SMALLEST_IMAGE, LARGEST_IMAGE);
		return LL_INVALID;
	}
	if (style == WEIGHTS_BARS || side == 0)
		return draw_weight_bars(markup, model, scaled, theme, css, failure);
	return draw_weight_images(markup, model, scaled, side, theme, css,
							  failure);
}

Status
model_draw_learning(Markup *markup, const Model *model, SvgTheme theme,
					bool css, Failure *failure)
{
	size_t room = model->epoch_count > 0 ? model->epoch_count : 1;
	double *columns =
		runtime_allocate_zero(&markup->runtime, room, 3 * sizeof(double));
	double *train = columns + room;
	double *validation = columns + 2 * room;
	size_t validated = 0;
	size_t count = 0;
	ChartSeries series[2];
	Chart chart = {"learning curve",
				   "epoch",
				   "mean loss",
				   series,
				   1,
				   NAN,
				   NAN,
				   NAN,
				   NAN,
				   true,
				   false,
				   {NAN, NAN, NULL}};

	if (columns == NULL)
		return fail_no_memory(failure);
	for (uint32_t i = 0; i < model->epoch_count; i++)
	{
		const ModelEpoch *epoch = &model->epochs[i];

		if (epoch->trial != model->best_trial)
			continue;
		columns[count] = epoch->epoch;
		train[count] = epoch->train_loss;
		validation[count] = epoch->validation_loss;
		validated += !isnan(epoch->validation_loss);
		count++;
	}
	if (count == 0)
		return fail(failure, LL_INVALID, "model has no learning curve");
	series[0] =
		(ChartSeries){"training", columns, train, count, count <= 50, false};
	series[1] = (ChartSeries){"validation", columns,	 validation,
							  count,		count <= 50, false};
	/* solvers know it at their end alone, which makes no curve */
	chart.series_count = validated > 1 || validated == count ? 2 : 1;
	chart_draw(markup, &chart, theme, css);
	return LL_OK;
}

/* Whether larger objectives are better: the best trial's is at the top. */
static bool
is_maximized(const Model *model)
{
	double best = model->trials[model->best_trial].objective;
	int above = 0;
	int below = 0;

	for (uint32_t i = 0; i < model->trial_count; i++)
	{
		above += model->trials[i].objective > best;
		below += model->trials[i].objective < best;
	}
	return below >= above;
}

/* Of the worst trials those further from the best than so many times the median. */
#define FAR_TIMES 3.0

/*
 * The worst objective that is drawn in its place: others would flatten what the
 * picture is about.  scratch has room for one a trial.
 */
static double
worst_shown(const Model *model, bool maximized, double *scratch)
{
	double best = model->trials[model->best_trial].objective;
	double limit;
	size_t n = 0;

	for (uint32_t i = 0; i < model->trial_count; i++)
		if (model->trials[i].status != TRIAL_FAILED &&
			isfinite(model->trials[i].objective))
			scratch[n++] = fabs(model->trials[i].objective - best);
	qsort(scratch, n, sizeof(double), compare_doubles);
	limit = n < 4 ? INFINITY : FAR_TIMES * scratch[n / 2];
	/* Where half of the trials are as good as the best, all are shown. */
	if (limit == 0.0 || isinf(limit))
		return maximized ? -INFINITY : INFINITY;
	return maximized ? best - limit : best + limit;
}

Status
model_draw_tuning(Markup *markup, const Model *model, SvgTheme theme, bool css,
				  Failure *failure)
{
	size_t count = model->trial_count;
	double *columns = runtime_allocate_zero(
		&markup->runtime, count > 0 ? count : 1, 6 * sizeof(double));
	double *objective = columns + count;
	double *step_x = columns + 2 * count; /* [2 * count]: a line in steps */
	double *step_y = columns + 4 * count;
	double so_far = NAN, worst;
	size_t beyond = 0;
	char label[80];
	bool maximized;
	ChartSeries series[2];
	Chart chart = {model->tuning[0] != '\0' ? "tuning history" : "candidates",
				   model->tuning[0] != '\0' ? "trial" : "candidate",
				   "objective",
				   series,
				   2,
				   NAN,
				   NAN,
				   NAN,
				   NAN,
				   true,
				   false,
				   {NAN, NAN, "best"}};

	if (columns == NULL)
		return fail_no_memory(failure);
	if (count == 0 || model->best_trial >= count)
		return fail(failure, LL_INVALID, "model has no trials");
	maximized = is_maximized(model);
	worst = worst_shown(model, maximized, step_x);
	for (size_t i = 0; i < count; i++)
	{
		const ModelTrial *trial = &model->trials[i];
		double value = trial->status == TRIAL_FAILED ? NAN : trial->objective;

		if (maximized ? value < worst : value > worst)
		{
			value = worst; /* at the edge */
			beyond++;
		}

		columns[i] = (double) i;
		objective[i] = value;
		step_x[2 * i] = step_x[2 * i + 1] = columns[i];
		step_y[2 * i] = so_far;
		if (isnan(so_far) || (maximized ? value > so_far : value < so_far))
			so_far = value;
		step_y[2 * i + 1] = so_far;
	}
	series[0] =
		(ChartSeries){"best so far", step_x, step_y, 2 * count, false, false};
	series[1] = (ChartSeries){"each", columns, objective, count, true, true};
	if (beyond > 0)
	{
		snprintf(label, sizeof(label), "%s (%zu worse, at the edge)",
				 chart.x_label, beyond);
		chart.x_label = label;
	}
	chart.mark.x = columns[model->best_trial];
	chart.mark.y = objective[model->best_trial];
	chart_draw(markup, &chart, theme, css);
	return LL_OK;
}

Status
model_draw_path(Markup *markup, const Model *model, SvgTheme theme, bool css,
				Failure *failure)
{
	const L1Path *path = model->l1_path;
	size_t count = path->count;
	double *x =
		runtime_allocate_zero(&markup->runtime, 5 * count + 2, sizeof(double));
	double *loss = x + 2 * count + 1; /* x twice, for both sides of a band */
	double *band = loss + count;
	char label[64];
	ChartSeries series[2];
	Chart chart = {"path of penalties",
				   "log₁₀ of the penalty",
				   "mean loss of the rows held out",
				   series,
				   2,
				   NAN,
				   NAN,
				   NAN,
				   NAN,
				   false,
				   false,
				   {NAN, NAN, label}};

	if (x == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < count; i++)
	{
		const L1Point *point = &path->points[i];

		x[i] = x[count + 1 + i] =
			point->lambda > 0.0 ? portable_log(point->lambda) / M_LN10 : NAN;
		loss[i] = point->loss;
		band[i] = point->loss + point->error;
		band[count + 1 + i] = point->loss - point->error;
	}
	x[count] = band[count] = NAN;
	snprintf(label, sizeof(label), "%u weights",
			 path->points[path->chosen].nonzero);
	series[0] = (ChartSeries){"mean of folds", x, loss, count, false, false};
	series[1] = (ChartSeries){"one standard error", x,	   band,
							  2 * count + 1,		false, false};
	chart.mark.x = x[path->chosen];
	chart.mark.y = loss[path->chosen];
	chart_draw(markup, &chart, theme, css);
	return LL_OK;
}

/* Write the most important weights as lines: name, weight, bar. */
static Status
show_weight_lines(Markup *markup, const Model *model, const double *scaled,
				  Failure *failure)
{
	WeightNames weights;
	Status status = weight_names_init(&weights, markup, model, failure);
	char names[MOST_BARS][BAR_NAME_SIZE];
	size_t chosen[MOST_BARS], widest = 20;
	size_t count = choose_largest(
		scaled, (size_t) model->outputs * model->dimension, chosen);

	if (status != LL_OK)
		return status;
	for (size_t i = 0; i < count; i++)
	{
		name_weight(&weights, chosen[i], names[i]);
		if (utf8_length(names[i]) > widest)
			widest = utf8_length(names[i]);
	}
	for (size_t i = 0; i < count; i++)
	{
		markup_raw(markup, names[i]);
		markup_print(
			markup, scaled[chosen[i]] > 0.0 ? "%*s %+11.4g " : "%*s %11.4g ",
			(int) (widest - utf8_length(names[i])), "", scaled[chosen[i]]);
		chart_bar(markup, fabs(scaled[chosen[i]]), fabs(scaled[chosen[0]]),
				  20);
		markup_raw(markup, "\n");
	}
	return LL_OK;
}

Status
model_show_weights(Markup *markup, const Model *model, Failure *failure)
{
	uint32_t side = model_image_side(model);
	double *scaled = scaled_weights(markup, model);

	if (scaled == NULL)
		return fail_no_memory(failure);
	if (side == 0)
		return show_weight_lines(markup, model, scaled, failure);
	for (uint32_t k = 0; k < model->outputs && k < MOST_IMAGES; k++)
	{
		const char *label = output_label(model, k);

		if (label != NULL)
			markup_print(markup, "%s%s\n", k > 0 ? "\n" : "", label);
		chart_signed_image(markup, scaled + (size_t) k * model->dimension,
						   side, side);
	}
	return LL_OK;
}
