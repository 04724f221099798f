/*
 * test_predict.c
 *		Margins against plain sums, scores at the edges of doubles, calibration,
 *		thresholds.
 */
#include "core/model/predict.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/random.h"
#include "core/model/calibration.h"
#include "unit.h"

/* A model whose weights are drawn. */
static void
draw_model(Model *model, const Runtime *runtime, PredictorType predictor,
		   uint32_t dimension, uint32_t outputs)
{
	memset(model, 0, sizeof(*model));
	model->predictor = predictor;
	model->loss = predictor == PREDICTOR_BINARY		  ? LOSS_LOGISTIC
				  : predictor == PREDICTOR_MULTICLASS ? LOSS_SOFTMAX
													  : LOSS_SQUARED;
	model->dimension = dimension;
	model->outputs = outputs;
	model->byte_unit = 1.0;
	model->weights = runtime_allocate(runtime, (size_t) dimension * outputs *
												   sizeof(double));
	model->bias = runtime_allocate(runtime, outputs * sizeof(double));
	for (size_t i = 0; i < (size_t) dimension * outputs; i++)
		model->weights[i] = random_normal(1, i);
	for (size_t k = 0; k < outputs; k++)
		model->bias[k] = random_normal(2, k);
}

/* Every format and width, against the sum as the header writes it. */
static void
test_margins(void **state)
{
	static const uint32_t widths[] = {1,  2,  3,  15, 16,  17,
									  31, 32, 33, 63, 784, 1001};

	(void) state;
	for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
		for (uint32_t outputs = 1; outputs <= 3; outputs += 2)
		{
			uint32_t n = widths[w];
			MallocArena arena;
			Runtime runtime = malloc_runtime(&arena);
			uint8_t *u8 = malloc(n);
			float *f32 = malloc(n * sizeof(float));
			double *f64 = malloc(n * sizeof(double));
			uint32_t *index = malloc(n * sizeof(uint32_t));
			Predictor predictor;
			Failure failure;
			Model model;

			draw_model(&model, &runtime,
					   outputs == 1 ? PREDICTOR_REGRESSOR
									: PREDICTOR_MULTICLASS,
					   n, outputs);
			model.byte_unit = outputs == 1 ? 1.0 : BYTE_UNIT;
			assert_int_equal(
				predictor_init(&predictor, &model, &runtime, &failure), LL_OK);
			for (uint32_t j = 0; j < n; j++)
			{
				u8[j] = (uint8_t) random_bits(3, j);
				f32[j] = u8[j];
				f64[j] = u8[j];
				index[j] = j;
			}
			for (RowFormat format = ROWS_U8; format <= ROWS_SPARSE; format++)
			{
				RowView row = {.dense = format == ROWS_U8	 ? (void *) u8
										: format == ROWS_F32 ? (void *) f32
															 : f64,
							   .index = index,
							   .value = f32,
							   .count = n};
				double margins[3];

				predictor_margins(&predictor, format, &row, margins);
				for (uint32_t k = 0; k < outputs; k++)
				{
					double unit = format == ROWS_U8 ? model.byte_unit : 1.0;
					double sum = model.bias[k], size = 1.0;

					for (uint32_t j = 0; j < n; j++)
					{
						sum += unit * f64[j] * model.weights[k * n + j];
						size += fabs(f64[j] * model.weights[k * n + j]);
					}
					/* bytes go by float weights, the others by double */
					assert_true(fabs(margins[k] - sum) <=
								size * (format == ROWS_U8 ? 1e-6 : 1e-14));
				}
			}
			free(u8);
			free(f32);
			free(f64);
			free(index);
			malloc_arena_free(&arena);
		}
}

/* A sparse row without entries has the bias as its margin. */
static void
test_empty_sparse(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	RowView row = {0};
	Predictor predictor;
	Failure failure;
	double margin;
	Model model;

	(void) state;
	draw_model(&model, &runtime, PREDICTOR_REGRESSOR, 9, 1);
	assert_int_equal(predictor_init(&predictor, &model, &runtime, &failure),
					 LL_OK);
	predictor_margins(&predictor, ROWS_SPARSE, &row, &margin);
	assert_true(margin == model.bias[0]);
	malloc_arena_free(&arena);
}

/* The score of one margin under a model's settings. */
static double
score_of(Model *model, double margin)
{
	Predictor predictor = {.model = model};

	predictor_scores(&predictor, &margin);
	return margin;
}

static void
test_sigmoid(void **state)
{
	Model model = {
		.predictor = PREDICTOR_BINARY, .loss = LOSS_LOGISTIC, .outputs = 1};
	double before = 0.0;

	(void) state;
	assert_true(score_of(&model, 0) == 0.5);
	assert_true(score_of(&model, INFINITY) == 1.0);
	assert_true(score_of(&model, -INFINITY) == 0.0);
	assert_true(score_of(&model, 1e308) == 1.0);
	assert_true(score_of(&model, -1e308) == 0.0);
	assert_true(isnan(score_of(&model, NAN)));
	for (double m = -700; m <= 700; m += 0.7)
	{
		double score = score_of(&model, m);

		assert_true(score >= before && score >= 0 && score <= 1);
		assert_true(fabs(score + score_of(&model, -m) - 1) < 1e-15);
		if (m < 0)
			assert_true(fabs(score / exp(m) * (1 + exp(m)) - 1) < 1e-12);
		before = score;
	}
}

static void
test_softmax(void **state)
{
	static const double rows[][3] = {{0, 0, 0},
									 {1, 2, 3},
									 {1000, 1001, 1002},
									 {-1e308, 0, 1e308},
									 {-1000, -1001, -1e30},
									 {700, -700, 0},
									 {-INFINITY, 0, 1}};
	Model model = {.predictor = PREDICTOR_MULTICLASS,
				   .loss = LOSS_SOFTMAX,
				   .outputs = 3,
				   .dimension = 1};
	Predictor predictor = {.model = &model};

	(void) state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
	{
		double scores[3], sum;

		memcpy(scores, rows[i], sizeof(scores));
		predictor_scores(&predictor, scores);
		sum = scores[0] + scores[1] + scores[2];
		assert_true(fabs(sum - 1) < 1e-15);
		for (int k = 0; k < 3; k++)
			for (int other = 0; other < 3; other++)
			{
				assert_true(scores[k] >= 0 && scores[k] <= 1);
				if (rows[i][k] > rows[i][other])
					assert_true(scores[k] >= scores[other]);
				if (scores[other] > 0 &&
					fabs(rows[i][k] - rows[i][other]) < 100)
					assert_true(fabs(log(scores[k] / scores[other]) -
									 (rows[i][k] - rows[i][other])) < 1e-9);
			}
	}
}

/* What has no probabilities keeps its margins. */
static void
test_raw_scores(void **state)
{
	Model hinge = {
		.predictor = PREDICTOR_BINARY, .loss = LOSS_HINGE, .outputs = 1};
	Model squared = {
		.predictor = PREDICTOR_REGRESSOR, .loss = LOSS_SQUARED, .outputs = 1};
	Model crammer = {.predictor = PREDICTOR_MULTICLASS,
					 .loss = LOSS_MULTICLASS_HINGE,
					 .outputs = 2};
	Predictor predictor = {.model = &crammer};
	double margins[2] = {-3.5, 1e10};

	(void) state;
	assert_true(score_of(&hinge, -2.5) == -2.5);
	assert_true(score_of(&squared, 123456.0) == 123456.0);
	predictor_scores(&predictor, margins);
	assert_true(margins[0] == -3.5 && margins[1] == 1e10);
}

/* Platt's two numbers and the isotonic knots, as calibration_apply has them. */
static void
test_calibrated(void **state)
{
	double x[] = {-2, -1, -1, 0.5, 3}, y[] = {0.0, 0.125, 0.25, 0.25, 0.9};
	double platt[] = {1.5, -0.25};
	Calibration steps = {CALIBRATE_ISOTONIC, 5, x, y};
	Calibration line = {CALIBRATE_PLATT, 2, platt, NULL};
	Model model = {.predictor = PREDICTOR_BINARY,
				   .loss = LOSS_HINGE,
				   .outputs = 1,
				   .calibration = CALIBRATE_ISOTONIC,
				   .calibration_count = 5,
				   .calibration_x = x,
				   .calibration_y = y};
	double before = 0.0;

	(void) state;
	for (double m = -4; m < 4; m += 1.0 / 64)
	{
		double score = score_of(&model, m);

		assert_true(score == calibration_apply(&steps, m));
		assert_true(score >= before);
		before = score;
	}
	assert_true(score_of(&model, -2) == 0 && score_of(&model, -INFINITY) == 0);
	assert_true(score_of(&model, 3) == 0.9 &&
				score_of(&model, INFINITY) == 0.9);
	assert_true(fabs(score_of(&model, 1.75) - 0.575) < 1e-15);
	assert_true(score_of(&model, NAN) == 0);
	model.calibration_count = 1;
	assert_true(score_of(&model, -9) == 0 && score_of(&model, 9) == 0);
	model.calibration = CALIBRATE_PLATT;
	model.calibration_x = platt;
	model.calibration_count = 2;
	for (double m = -4; m < 4; m += 1.0 / 64)
		assert_true(score_of(&model, m) == calibration_apply(&line, m));
	assert_true(fabs(score_of(&model, 1) - 1 / (1 + exp(-1.25))) < 1e-15);
}

/*
 * What a fit says of a margin is, to the bit, what prediction says, and never
 * falls: also between knots that lie close, or far apart.
 */
static void
test_fitted_knots(void **state)
{
	enum
	{
		rows = 400
	};
	double margins[rows], labels[rows];
	uint32_t knots = 0;

	(void) state;
	for (uint64_t round = 0; round < 40; round++)
	{
		double spread = pow(10.0, (double) (round % 9) - 4.0), before = 0.0;
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		Calibration fit;
		Failure failure;
		Model model = {.predictor = PREDICTOR_BINARY,
					   .loss = LOSS_HINGE,
					   .outputs = 1,
					   .calibration = CALIBRATE_ISOTONIC};

		for (uint64_t i = 0; i < rows; i++)
		{
			margins[i] = spread * random_normal(round, i);
			labels[i] = random_uniform(round + 1000, i) <
						0.5 + 0.4 * tanh(margins[i] / spread);
		}
		assert_int_equal(calibration_fit(CALIBRATE_ISOTONIC, margins, labels,
										 NULL, rows, &runtime, NULL, &fit,
										 &failure),
						 LL_OK);
		assert_int_equal(fit.kind, CALIBRATE_ISOTONIC);
		knots += fit.count;
		model.calibration_count = fit.count;
		model.calibration_x = fit.x;
		model.calibration_y = fit.y;
		for (uint32_t k = 0; k + 1 < fit.count; k++)
			for (int i = 0; i <= 100; i++)
			{
				double m =
					i == 100 ? nextafter(fit.x[k + 1], -INFINITY)
							 : fit.x[k] + i * 0.01 * (fit.x[k + 1] - fit.x[k]);
				double score = score_of(&model, m);

				assert_true(score == calibration_apply(&fit, m));
				assert_true(score >= before);
				assert_true(score <= fit.y[k + 1]);
				before = score;
			}
		malloc_arena_free(&arena);
	}
	assert_true(knots > 400);
}

/*
 * Positive above the threshold, not at it, also where scores are all 1; infinite
 * thresholds say always or never.
 */
static void
test_threshold(void **state)
{
	static const double thresholds[] = {
		0, -0.8472978603872036, 1e-300, 50, 1e8, -900, -1e300};
	Model model = {.predictor = PREDICTOR_BINARY,
				   .loss = LOSS_LOGISTIC,
				   .outputs = 1,
				   .threshold = 1};
	Predictor predictor = {.model = &model};
	double margin;

	(void) state;
	for (size_t i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++)
	{
		model.threshold_margin = margin = thresholds[i];
		assert_int_equal(predictor_class(&predictor, &margin), 0);
		margin = nextafter(margin, INFINITY);
		assert_int_equal(predictor_class(&predictor, &margin), 1);
		margin = NAN;
		assert_int_equal(predictor_class(&predictor, &margin), 0);
	}
	model.threshold_margin = -INFINITY;
	margin = -DBL_MAX;
	assert_int_equal(predictor_class(&predictor, &margin), 1);
	model.threshold_margin = INFINITY;
	margin = DBL_MAX;
	assert_int_equal(predictor_class(&predictor, &margin), 0);
}

/* Models without a threshold among margins compare scores, as they always did. */
static void
test_threshold_of_scores(void **state)
{
	Model model = {.predictor = PREDICTOR_BINARY,
				   .loss = LOSS_LOGISTIC,
				   .outputs = 1,
				   .threshold_margin = NAN};
	Predictor predictor = {.model = &model};

	(void) state;
	for (uint64_t i = 0; i < 2000; i++)
	{
		double margin = 20 * random_normal(1, i);
		double score = margin;

		model.threshold = i % 50 == 0	? 1.0
						  : i % 50 == 1 ? -INFINITY
										: random_uniform(2, i);
		predictor_scores(&predictor, &score);
		assert_int_equal(predictor_class(&predictor, &margin),
						 score > model.threshold);
		model.threshold = score;
		assert_int_equal(predictor_class(&predictor, &margin), 0);
	}
}

/* The first of the largest. */
static void
test_multiclass_class(void **state)
{
	static const double rows[][4] = {{0.1, 0.4, 0.4, 0.1},
									 {0.25, 0.25, 0.25, 0.25},
									 {0, 0, 0, 1},
									 {1, 0, 0, 1}};
	static const uint32_t wanted[] = {1, 0, 3, 0};
	Model model = {.predictor = PREDICTOR_MULTICLASS, .outputs = 4};
	Predictor predictor = {.model = &model};

	(void) state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(predictor_class(&predictor, rows[i]), wanted[i]);
}

static void
test_no_memory(void **state)
{
	MallocArena arena;
	Runtime runtime = malloc_runtime(&arena);
	Predictor predictor;
	Failure failure;
	Model model;

	(void) state;
	draw_model(&model, &runtime, PREDICTOR_REGRESSOR, 5, 1);
	arena.allocations_left = 0;
	assert_int_equal(predictor_init(&predictor, &model, &runtime, &failure),
					 LL_NO_MEMORY);
	malloc_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_margins),
		cmocka_unit_test(test_empty_sparse),
		cmocka_unit_test(test_sigmoid),
		cmocka_unit_test(test_softmax),
		cmocka_unit_test(test_raw_scores),
		cmocka_unit_test(test_calibrated),
		cmocka_unit_test(test_fitted_knots),
		cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_threshold_of_scores),
		cmocka_unit_test(test_multiclass_class),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
