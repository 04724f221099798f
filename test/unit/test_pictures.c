/*
 * test_pictures.c
 *		Markup, pictures and the report: escaping, ticks, well-formed output
 *		whatever the numbers, and every allocation that may fail.
 */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/model_pictures.h"
#include "formats/model_report.h"
#include "formats/report_parts.h"
#include "formats/report_scores.h"
#include "formats/report_test.h"
#include "mixed_columns.h"

/* Finishes a markup and returns its text. */
static const char *
finished(Markup *markup)
{
	char *text;
	size_t length;

	assert_int_equal(markup_finish(markup, &text, &length, NULL), LL_OK);
	assert_int_equal(strlen(text), length);
	return text;
}

/* Whether tags open and close in pairs, and no bare & or < is left. */
static bool
well_formed(const char *text)
{
	char stack[64][32];
	int depth = 0;

	for (const char *at = text; *at != '\0'; at++)
	{
		size_t length;
		const char *end;

		if (*at == '&' && strncmp(at, "&amp;", 5) != 0 &&
			strncmp(at, "&lt;", 4) != 0 && strncmp(at, "&gt;", 4) != 0 &&
			strncmp(at, "&quot;", 6) != 0 && strncmp(at, "&#39;", 5) != 0)
			return false;
		if (*at != '<')
			continue;
		end = strchr(at, '>');
		if (end == NULL)
			return false;
		if (at[1] == '!' || strncmp(at, "<meta", 5) == 0 ||
			strncmp(at, "<link", 5) == 0)
			;
		else if (at[1] == '/')
		{
			length = end - at - 2;
			if (depth == 0 || strlen(stack[depth - 1]) != length ||
				strncmp(stack[depth - 1], at + 2, length) != 0)
				return false;
			depth--;
		}
		else if (end[-1] != '/')
		{
			length = strcspn(at + 1, " >");
			if (depth == 64 || length >= sizeof(stack[0]))
				return false;
			memcpy(stack[depth], at + 1, length);
			stack[depth++][length] = '\0';
		}
		at = end;
	}
	return depth == 0;
}

static void
test_escape(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;

	markup_init(&markup, &runtime);
	markup_escape(&markup, "a<b>&\"'\x01\x1f\tz\xC3\xBC\xFF\xEF\xBF\xBE");
	assert_string_equal(finished(&markup), "a&lt;b&gt;&amp;&quot;&#39;\tz\xC3"
										   "\xBC\xEF\xBF\xBD");
	/* what turns the direction of what follows is shown; a mark does not */
	markup_init(&markup, &runtime);
	markup_escape(&markup, "\xE2\x80\xAE"
						   "a\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\x8F");
	assert_string_equal(finished(&markup),
						"\\u202Ea\\u2066\\u2069\xE2\x80\x8F");
	markup_init(&markup, &runtime);
	markup_escape_short(&markup, "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 3);
	assert_string_equal(finished(&markup), "\xC3\xBC\xC3\xBC\xE2\x80\xA6");
	markup_init(&markup, &runtime);
	markup_number(&markup, -0.001);
	markup_raw(&markup, " ");
	markup_number(&markup, 12.5);
	markup_raw(&markup, " ");
	markup_number(&markup, NAN);
	assert_string_equal(finished(&markup), "0 12.5 0");
	malloc_arena_free(&arena);
}

/* Thousands apart, no -0, four digits of what is small, and no number too long. */
static void
test_numbers(void **state)
{
	static const struct
	{
		double value;
		const char *text;
	} cases[] = {{0.0, "0"},
				 {-0.0, "0"},
				 {999, "999"},
				 {1000, "1,000"},
				 {-1234567, "-1,234,567"},
				 {-123, "-123"},
				 {7976543.21, "7,976,543"},
				 {0.0012000000000000001, "0.0012"},
				 {39.835465, "39.84"},
				 {NAN, "–"},
				 {1e300, "1e+300"}};
	char text[64];

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		report_value_text(cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	assert_int_equal(number_grouped(-12345.678, 2, text, sizeof(text)), 10);
	assert_string_equal(text, "-12,345.68");
}

/* How often a text holds another. */
static int
times(const char *text, const char *part)
{
	int count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

/* Ticks are told apart, however little they differ. */
static void
test_tick_texts(void **state)
{
	static const double large[] = {7990000, 8010000};
	static const double larger[] = {4.00001e12, 4.00002e12};
	static const double near[] = {1.0000001, 1.0000002};
	static const struct
	{
		const double *values;
		const char *text;
	} cases[] = {{large, ">7,990,000<"},
				 {larger, ">4.000012e+12<"},
				 {near, ">1.00000012<"}};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		static const double x[] = {0, 1};
		ChartSeries series = {NULL, x, cases[i].values, 2, true, false};
		Chart chart = {"t", "x", "y", &series, 1,	  NAN,
					   NAN, NAN, NAN, true,	   false, {NAN, NAN, NULL}};
		Markup markup;
		const char *text;

		markup_init(&markup, &runtime);
		chart_draw(&markup, &chart, SVG_LIGHT, true);
		text = finished(&markup);
		assert_int_equal(times(text, cases[i].text), 1);
	}
	malloc_arena_free(&arena);
}

static void
test_ticks(void **state)
{
	double ticks[CHART_MAX_TICKS];
	int decimals;

	assert_int_equal(chart_ticks(0, 1, 5, false, ticks, &decimals), 6);
	assert_int_equal(decimals, 1);
	assert_float_equal(ticks[1], 0.2, 1e-12);
	assert_int_equal(chart_ticks(0.9, 3.2, 6, true, ticks, &decimals), 3);
	assert_int_equal(decimals, 0);
	assert_float_equal(ticks[0], 1.0, 0);
	assert_int_equal(chart_ticks(0.0227, 0.0663, 5, false, ticks, &decimals),
					 4);
	assert_int_equal(decimals, 2);
	for (double scale = 1e-290; scale < 1e290; scale *= 997.0)
	{
		int count = chart_ticks(-scale, 3 * scale, 5, false, ticks, &decimals);

		assert_true(count >= 3 && count <= CHART_MAX_TICKS);
	}
}

static void
test_text_twins(void **state)
{
	static const double values[] = {1, 2, NAN, 8, INFINITY, -INFINITY};
	static const double image[] = {1, 0, -1, 0, -1, 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;

	markup_init(&markup, &runtime);
	chart_sparkline(&markup, values, 6);
	assert_string_equal(finished(&markup), "▁▂ ██▁");
	markup_init(&markup, &runtime);
	chart_bar(&markup, 3, 8, 2);
	assert_string_equal(finished(&markup), "▊");
	markup_init(&markup, &runtime);
	chart_bar(&markup, 5, 4, 3);
	chart_bar(&markup, NAN, 4, 3);
	chart_bar(&markup, -1, 4, 3);
	chart_bar(&markup, 1, 0, 3);
	assert_string_equal(finished(&markup), "███");
	markup_init(&markup, &runtime);
	chart_signed_image(&markup, image, 2, 3);
	assert_string_equal(finished(&markup),
						"for | against\n▀  | ▄ \n ▀ | ▀ \n");
	malloc_arena_free(&arena);
}

/* A model with all that is drawn of one. */
static Model
drawn_model(uint32_t dimension, uint32_t outputs, bool wild)
{
	static ModelLabel labels[3] = {
		{"<no>", 0}, {"\"yes\" & more than eighteen", 1}, {"3", 2}};
	static ModelMetric metrics[2] = {{"train:recall", 0.5},
									 {"validation:recall", NAN}};
	static ModelEpoch epochs[3];
	static ModelTrial trials[3];
	static double weights[3 * 100];
	static double bias[3];
	Model model = {0};

	for (int i = 0; i < 3 * 100; i++)
		weights[i] = wild ? (i % 3 == 0	  ? NAN
							 : i % 3 == 1 ? 1e308
										  : -1e308)
						  : sin(i);
	for (int i = 0; i < 3; i++)
	{
		epochs[i] = (ModelEpoch){
			0,	i + 1, 0.1, wild ? INFINITY : 1.0 / (i + 1), wild ? NAN : 0.5,
			NAN};
		hyperparameters_init(&trials[i].settings);
		trials[i].settings.value[HP_WD] = i;
		trials[i].objective = wild ? NAN : i;
		trials[i].status = (TrialStatus) i;
	}
	hyperparameters_init(&model.settings);
	model.predictor = outputs > 1 ? PREDICTOR_MULTICLASS : PREDICTOR_BINARY;
	model.dimension = dimension;
	model.outputs = outputs;
	model.weights = weights;
	model.bias = bias;
	model.feature_mean = weights;
	model.feature_deviation = weights;
	model.label_count = outputs > 1 ? outputs : 2;
	model.labels = labels;
	model.metrics = metrics;
	model.metric_count = 2;
	model.trials = trials;
	model.trial_count = 3;
	model.epochs = epochs;
	model.epoch_count = 3;
	model.gradient_norm = NAN;
	model.threshold = wild ? INFINITY : 0.5;
	return model;
}

/* Writes a whole report of a model. */
static Status
write_report(const Runtime *runtime, const Model *model, Markup *markup)
{
	static const char *const labels[] = {"<a>", "&"};
	static const double counts[] = {3, 0, 1, 1e12};
	static const double x[] = {0, 0.5, 1};
	static const double y[] = {0, NAN, 1};
	static const ReportFigure figures[] = {
		{"<x>", NAN},	   {"mcc", 0.1},	{"specificity", 0.5},
		{"accuracy", 0.5}, {"f_beta", 0.5}, {"null_rows", 1234567}};
	static const double pixels[4] = {0, 1, 0.5, NAN};
	static const ReportMistake mistakes[2] = {
		{"a as <b>", pixels, "age <30>: +1.00", "age <30>, \"x\" &"},
		{"", pixels, NULL, NULL}};
	static const double rows[] = {1234, 0, NAN};
	static const double scores[2][REPORT_BINS] = {{3, 1}, {0}};
	static const ReportNote card[] = {
		{"owner", "<o>"}, {"<other>", "&"}, {"intended use", "none"}};
	ReportTest test = {.query = "SELECT 1 < 2",
					   .rows = 4,
					   .figures = figures,
					   .figure_count = 6,
					   .labels = labels,
					   .counts = counts,
					   .classes = 2,
					   .positive = 1,
					   .roc = {x, y, 3},
					   .pr = {y, x, 3},
					   .calibration = {x, x, 3},
					   .calibration_rows = rows,
					   .scores = scores,
					   .score_high = 1,
					   .scatter = {x, y, 3},
					   .mistakes = mistakes,
					   .mistake_count = 2,
					   .mistake_side = model->dimension == 64 ? 2 : 0};
	Report report = {.name = "<name>",
					 .version = 3,
					 .created = "now",
					 .created_by = "me & you",
					 .description = "\"d\"",
					 .card = card,
					 .card_count = 3,
					 .model = model,
					 .model_bytes = 9,
					 .test = &test};

	markup_init(markup, runtime);
	return model_report_write(markup, &report, NULL);
}

static void
test_report(void **state)
{
	static const uint32_t shapes[][2] = {{3, 1}, {64, 1}, {100, 3}, {7, 3}};

	for (int i = 0; i < 8; i++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Model model =
			drawn_model(shapes[i / 2][0], shapes[i / 2][1], i % 2 == 1);
		Markup markup;
		const char *text;

		assert_int_equal(write_report(&runtime, &model, &markup), LL_OK);
		text = finished(&markup);
		assert_true(well_formed(text));
		assert_null(strstr(text, "<no>"));
		assert_null(strstr(text, "nan\""));
		assert_null(strstr(text, "inf\""));
		/* figures in the table's order, as people read them */
		if (model.predictor == PREDICTOR_BINARY)
			assert_non_null(
				strstr(text, "<dt>specificity</dt><dd>0.5000</dd></div>\n"
							 "<div><dt>Matthews correlation</dt>"
							 "<dd>0.1000</dd></div>\n"
							 "<div><dt>&lt;x&gt;</dt>"));
		/* those at the top stand there alone */
		assert_null(strstr(text, "<dt>accuracy</dt>"));
		assert_non_null(strstr(text, "<dt>null rows</dt><dd>1,234,567</dd>"));
		/* what a card is about comes first, what it has besides last */
		assert_non_null(strstr(
			text, "<div><dt>owner</dt><dd>&lt;o&gt;</dd></div>\n"
				  "<div><dt>intended use</dt><dd>none</dd></div>\n"
				  "<div><dt>&lt;other&gt;</dt><dd>&amp;</dd></div>\n</dl>"));
		assert_non_null(strstr(
			text, "<td>rows</td><td>1,234</td><td>0</td><td>–</td></tr>"));
		assert_true((strstr(text, "scores by class") != NULL) ==
					(model.label_count == 2));
		assert_true((strstr(text, ">wrong, 4 rows<") != NULL &&
					 strstr(text, ">right, 0 rows<") != NULL) ==
					(model.predictor == PREDICTOR_MULTICLASS));
		assert_true((strstr(text, "<li>a as &lt;b&gt;<small>moved most by "
								  "age &lt;30&gt;: +1.00</small><small>age "
								  "&lt;30&gt;, &quot;x&quot; &amp;</small>"
								  "</li>") != NULL) ==
					(model.dimension != 64));
		malloc_arena_free(&arena);
	}
}

/* A trial that is far worse than the others is drawn at the edge, and said to be. */
static void
test_bad_trials(void **state)
{
	static const double objectives[] = {0.52, 0.5, 0.51, 0.53, 90, INFINITY};
	ModelTrial trials[6] = {0};
	Model model = {.predictor = PREDICTOR_REGRESSOR,
				   .trials = trials,
				   .trial_count = 6,
				   .best_trial = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;
	Failure failure;
	const char *text;

	(void) state;
	for (int i = 0; i < 6; i++)
		trials[i].objective = objectives[i];
	markup_init(&markup, &runtime);
	assert_int_equal(
		model_draw_tuning(&markup, &model, SVG_LIGHT, true, &failure), LL_OK);
	text = finished(&markup);
	assert_true(well_formed(text));
	assert_non_null(strstr(text, "candidate (2 worse, at the edge)"));
	assert_null(strstr(text, ">80<"));
	/* Those that differ little are all in their places. */
	model.trial_count = 4;
	markup_init(&markup, &runtime);
	assert_int_equal(
		model_draw_tuning(&markup, &model, SVG_LIGHT, true, &failure), LL_OK);
	assert_null(strstr(finished(&markup), "at the edge"));
	malloc_arena_free(&arena);
}

/*
 * What is solved at once has no learning curve, whatever candidates there were, and
 * a loss that is known at the end alone is no curve beside one.
 */
static void
test_learning(void **state)
{
	Model model = drawn_model(3, 1, false);
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;
	const char *text;

	(void) state;
	model.channels[CHANNEL_VALIDATION].rows = 5;
	assert_int_equal(write_report(&runtime, &model, &markup), LL_OK);
	text = finished(&markup);
	assert_non_null(strstr(text, ">learning curve<"));
	assert_non_null(strstr(text, ">validation</text>"));
	assert_null(strstr(text, "(refit)"));
	model.epochs[0].validation_loss = model.epochs[1].validation_loss = NAN;
	model.settings.value[HP_REFIT] = 1.0;
	assert_int_equal(write_report(&runtime, &model, &markup), LL_OK);
	text = finished(&markup);
	assert_non_null(strstr(text, ">learning curve<"));
	assert_null(strstr(text, ">validation</text>"));
	assert_non_null(strstr(text, "(refit)"));
	for (uint32_t i = 0; i < model.epoch_count; i++)
		model.epochs[i].trial = i;
	assert_int_equal(write_report(&runtime, &model, &markup), LL_OK);
	assert_null(strstr(finished(&markup), ">learning curve<"));
	malloc_arena_free(&arena);
}

/* Intervals of other figures than shares, and a regressor's baseline. */
static void
test_other_bounds(void **state)
{
	static const char *const labels[] = {"no", "yes"};
	static const double counts[] = {578, 69, 86, 279};
	static const ReportFigure area[] = {{"roc_auc", 0.9432}};
	static const ReportFigure errors[] = {
		{"mse", 10000}, {"mae", 80}, {"r2", 0.75}};
	ReportTest test = {.labels = labels,
					   .counts = counts,
					   .classes = 2,
					   .positive = 1,
					   .figures = area,
					   .figure_count = 1};
	ReportTest regressor = {.rows = 100, .figures = errors, .figure_count = 3};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;

	(void) state;
	markup_init(&markup, &runtime);
	report_write_bounds(&markup, &test, "roc_auc");
	report_write_bounds(&markup, &test, "f_beta");
	report_write_bounds(&markup, &test, "brier");
	report_write_bounds(&markup, &regressor, "mae");
	report_write_bounds(&markup, &regressor, "rmse");
	report_write_bounds(&markup, &regressor, "r2");
	assert_string_equal(finished(&markup),
						"<small>95 %: 0.9261 to 0.9603</small>"
						"<small>95 %: 0.7474 to 0.8141</small>"
						"<small>95 %: 68.24 to 91.76</small>"
						"<small>always their mean: 200</small>");
	malloc_arena_free(&arena);
}

/* Intervals as R's prop.test without correction has them, and the baseline. */
static void
test_bounds(void **state)
{
	static const char *const labels[] = {"no", "yes"};
	static const double counts[] = {8981, 39, 33, 947};
	static const double weighted[] = {8981.5, 39, 33, 947};
	ReportTest test = {
		.labels = labels, .counts = counts, .classes = 2, .positive = 1};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;

	markup_init(&markup, &runtime);
	report_write_bounds(&markup, &test, "accuracy");
	report_write_bounds(&markup, &test, "precision");
	report_write_bounds(&markup, &test, "recall");
	report_write_bounds(&markup, &test, "roc_auc");
	test.counts = weighted;
	report_write_bounds(&markup, &test, "accuracy");
	assert_string_equal(finished(&markup),
						"<small>95 %: 0.9909 to 0.9943</small>"
						"<small>always \"no\": 0.9020</small>"
						"<small>95 %: 0.9464 to 0.9709</small>"
						"<small>95 %: 0.9531 to 0.9759</small>");
	malloc_arena_free(&arena);
}

/* Each of three classes, one of which nothing is predicted as, and one unseen. */
static void
test_classes(void **state)
{
	static const char *const labels[] = {"a", "<b>", "c"};
	static const double counts[] = {8, 2, 0, 1, 1234, 0, 0, 0, 0};
	ReportTest test = {.labels = labels, .counts = counts, .classes = 3};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;
	const char *text;

	(void) state;
	markup_init(&markup, &runtime);
	report_write_classes(&markup, &test);
	text = finished(&markup);
	assert_non_null(strstr(
		text, "<tr><td><div class=\"name\">a</div></td><td>10</td><td>9</td>"
			  "<td>0.889</td><td>0.800</td><td>0.842</td>"));
	assert_non_null(strstr(text, "&lt;b&gt;</div></td><td>1,235</td><td>1,236"
								 "</td><td>0.998</td><td>0.999</td>"));
	assert_non_null(strstr(text, ">c</div></td><td>0</td><td>0</td>"
								 "<td>–</td><td>–</td><td>–</td>"));
	test.classes = 2;
	markup_init(&markup, &runtime);
	report_write_classes(&markup, &test);
	assert_string_equal(finished(&markup), "");
	malloc_arena_free(&arena);
}

/* Numbers of rows, and contributions, of every size. */
static void
test_row_numbers(void **state)
{
	static const struct
	{
		double value;
		const char *of_row;
		const char *with_sign;
	} cases[] = {{0, "0", "+0"},
				 {-0.0, "0", "+0"},
				 {30, "30", "+30.00"},
				 {-1234567.5, "-1234567.5", "-1,234,567.50"},
				 {100, "100", "+100.00"},
				 {1.23456, "1.235", "+1.23"},
				 {-0.000123456789, "-0.000123457", "-0.000123"},
				 {0.1f, "0.1", "+0.10"},
				 {3e12, "3000000000000", "+3e+12"},
				 {-1e300, "-1e+300", "-1e+300"},
				 {INFINITY, "inf", "+inf"},
				 {-INFINITY, "-inf", "-inf"}};
	char text[64];

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		report_short_text(cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].of_row);
		report_signed_text(cases[i].value, text, sizeof(text));
		assert_string_equal(text, cases[i].with_sign);
	}
}

static void
test_out_of_memory(void **state)
{
	Model model = drawn_model(64, 1, false);
	bool done = false;

	for (long allowed = 0; !done; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Markup markup;
		char *text;
		size_t length;
		Status status;

		arena.allocations_left = allowed;
		status = write_report(&runtime, &model, &markup);
		if (status == LL_OK)
			status = markup_finish(&markup, &text, &length, NULL);
		done = status == LL_OK;
		if (!done)
			assert_int_equal(status, LL_NO_MEMORY);
		assert_true(allowed < 100);
		malloc_arena_free(&arena);
	}
}

static void
test_charts_of_anything(void **state)
{
	static const double values[] = {NAN,   INFINITY, -INFINITY, 0,
									1e308, -1e308,	 5e-324};
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);

	for (int i = 0; i < 7 * 7 * 8; i++)
	{
		double x[2] = {values[i % 7], values[i / 7 % 7]};
		ChartSeries series = {"<s>", x, x, (size_t) (i / 49 % 3), true, false};
		Chart chart = {"t & t", "x", "y", &series, 1,	  NAN,
					   NAN,		NAN, NAN, true,	   i % 2, {x[0], x[1], "<m>"}};
		Markup markup;

		markup_init(&markup, &runtime);
		chart_draw(&markup, &chart, (SvgTheme) (i % 3), true);
		assert_true(well_formed(finished(&markup)));
	}
	malloc_arena_free(&arena);
}

static void
test_empty_pictures(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Markup markup;

	markup_init(&markup, &runtime);
	svg_tiles(&markup, "none", NULL, 0, 1, 1, SVG_GREY, NULL, NULL, SVG_LIGHT,
			  true);
	svg_confusion(&markup, "none", NULL, NULL, 0, SVG_DARK, true);
	svg_bars(&markup, "none", NULL, NULL, 0, SVG_AUTO, true);
	assert_true(well_formed(finished(&markup)));
	malloc_arena_free(&arena);
}

/* A long name, and a level that is markup, has a line's end, and is cut. */
#define HOSTILE_LEVEL                                                         \
	"</text><script>\n\t\x01&'\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"     \
	"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"

/* Weights of columns are shown by the names of their terms, whatever those are. */
static void
test_columns(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	ModelLabel labels[2] = {{"no", 0}, {"yes", 1}};
	Model model = {.predictor = PREDICTOR_BINARY,
				   .outputs = 1,
				   .label_count = 2,
				   .labels = labels};
	Columns columns;
	Level *level;
	Markup markup;
	Failure failure;
	const char *text;

	(void) state;
	mixed_columns(&runtime, &columns);
	level = &columns.pieces[P_CONTRACT].levels[2];
	level->bytes = HOSTILE_LEVEL;
	level->size = strlen(HOSTILE_LEVEL);
	model.columns = &columns;
	model.dimension = columns.width;
	model.weights = mixed_allocate(&runtime, columns.width, sizeof(double));
	model.feature_deviation =
		mixed_allocate(&runtime, columns.width, sizeof(double));
	for (uint32_t i = 0; i < columns.width; i++)
		model.weights[i] = model.feature_deviation[i] = 1.0;
	model.weights[columns.pieces[P_CONTRACT].first + 1] = -5.0;
	markup_init(&markup, &runtime);
	assert_int_equal(model_draw_weights(&markup, &model, WEIGHTS_AUTO,
										SVG_LIGHT, true, &failure),
					 LL_OK);
	text = finished(&markup);
	assert_true(well_formed(text));
	assert_non_null(strstr(text, "log(age)"));
	assert_non_null(strstr(text, "contract=&lt;/text&gt;&lt;script&gt;"));
	assert_null(strstr(text, "<script"));
	assert_null(strchr(text, '\x01'));
	markup_init(&markup, &runtime);
	assert_int_equal(model_show_weights(&markup, &model, &failure), LL_OK);
	text = finished(&markup);
	assert_null(strchr(text, '\t'));
	assert_null(strchr(text, '\x01'));
	/* cut within a character of two bytes, it would not be UTF-8 */
	assert_non_null(strstr(text, "\xc3\xa4\xe2\x80\xa6"));
	for (int lines = 0; lines < 20; lines++, text++)
		assert_non_null(text = strchr(text, '\n'));
	assert_string_equal(text, "");
	/* as many terms as an image has are no image */
	model.dimension = 64;
	assert_int_equal(model_image_side(&model), 0);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_tick_texts),
		cmocka_unit_test(test_text_twins),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_bad_trials),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_row_numbers),
		cmocka_unit_test(test_learning),
		cmocka_unit_test(test_other_bounds),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_charts_of_anything),
		cmocka_unit_test(test_empty_pictures),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
