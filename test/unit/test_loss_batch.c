/*
 * test_loss_batch.c
 *		Batches against the scalar reference, and independence of columns.
 */
#include <stdlib.h>

#include "core/loss/loss_rows.h"

#include <float.h>
#include "loss_fixture.h"

static void
test_multi_extremes(void **state)
{
	double m[3] = {1e30, -1e30, 3};
	float batch_m[3];
	double gradient[3];

	(void) state;
	for (size_t class = 0; class < 3; class ++)
		for (size_t i = 0; i < multi_count; i++)
		{
			LossKind kind = multi_kinds[i];
			float target = (float) class;
			double loss = 0;
			double weight = 0;
			LossBatch batch = {.kind = kind,
							   .rows = 1,
							   .models = 1,
							   .outputs = 3,
							   .stride = 3,
							   .parameters = &defaults,
							   .target = &target};

			assert_true(
				isfinite(loss_value_multi(kind, &defaults, m, 3, class)));
			loss_gradient_multi(kind, &defaults, m, 3, class, gradient);
			for (int k = 0; k < 3; k++)
				batch_m[k] = (float) m[k];
			loss_batch_derivatives(&batch, batch_m, &loss, &weight);
			assert_true(
				close_to(loss, loss_value_multi(kind, &defaults, m, 3, class),
						 1e-6, 0));
			for (int k = 0; k < 3; k++)
				assert_true(close_to(gradient[k], batch_m[k], 1e-6, 0));
		}
}

/* A batch of random rows; the caller fills in what the test is about. */
#define ROWS 203
#define MODELS 37

typedef struct Fixture
{
	float margins[ROWS * MODELS];
	float target[ROWS];
	float weight[ROWS];
	LossParameters parameters[MODELS];
	int16_t row_fold[ROWS];
	int16_t model_fold[MODELS];
	float class_weights[MODELS][2];
	const float *class_weight[MODELS];
	double loss[MODELS];
	double total[MODELS];
} Fixture;

static Fixture *
make_fixture(void)
{
	Fixture *f = calloc(1, sizeof(Fixture));
	uint64_t seed = 7;

	for (int i = 0; i < ROWS * MODELS; i++)
	{
		double u = draw(&seed);

		f->margins[i] = (float) (100 * u * u * u);
	}
	f->margins[0] = 1e30f;
	f->margins[1] = -1e30f;
	for (int r = 0; r < ROWS; r++)
	{
		f->target[r] = draw(&seed) > 0 ? 1.0f : 0.0f;
		f->weight[r] = (float) (1.5 + draw(&seed));
		f->row_fold[r] = (int16_t) (r % 3);
	}
	for (int m = 0; m < MODELS; m++)
	{
		f->parameters[m].margin = 1 + 0.1 * m;
		f->parameters[m].quantile = (1 + m) / 40.0;
		f->parameters[m].huber_delta = 0.5 + 0.1 * m;
		f->parameters[m].loss_insensitivity = 0.05 * (1 + m);
		/* that floats hold */
		f->parameters[m].tweedie_power = 1.25 + m / 64.0;
		f->model_fold[m] = (int16_t) (m % 4 - 1);
		f->class_weights[m][0] = 1.0f;
		f->class_weights[m][1] = (float) (1 + m);
		f->class_weight[m] = m % 2 == 0 ? f->class_weights[m] : NULL;
	}
	return f;
}

static LossBatch
fixture_batch(Fixture *f, LossKind kind)
{
	return (LossBatch){.kind = kind,
					   .rows = ROWS,
					   .models = MODELS,
					   .outputs = 1,
					   .stride = MODELS,
					   .parameters = f->parameters,
					   .target = f->target,
					   .weight = f->weight,
					   .class_weight = f->class_weight,
					   .row_fold = f->row_fold,
					   .model_fold = f->model_fold};
}

static void
check_against_scalar(const LossBatch *batch, const float *before,
					 const float *after, const double *loss,
					 const double *total)
{
	for (size_t m = 0; m < batch->models; m++)
	{
		double expected_loss = 0;
		double expected_total = 0;

		for (size_t r = 0; r < batch->rows; r++)
		{
			float margin = before[r * batch->stride + m];
			double w = batch->weight[r];
			bool held = batch->row_fold[r] == batch->model_fold[m];

			if (batch->class_weight[m] != NULL)
				w *= batch->class_weight[m][(int) batch->target[r]];
			if (held != batch->held_out)
				w = 0;
			expected_loss += w * loss_value(batch->kind, &batch->parameters[m],
											margin, batch->target[r]);
			expected_total += w;
			assert_true(close_to(after[r * batch->stride + m],
								 w * loss_derivative(batch->kind,
													 &batch->parameters[m],
													 margin, batch->target[r]),
								 4e-7, 1e-35));
		}
		assert_true(close_to(loss[m], expected_loss, 1e-6, 1e-9));
		assert_true(close_to(total[m], expected_total, 1e-6, 0));
	}
}

static void
test_batch_equals_scalar(void **state)
{
	(void) state;
	for (size_t i = 0; i < 2 * single_count; i++)
	{
		Fixture *f = make_fixture();
		Fixture *g = make_fixture();
		LossBatch batch = fixture_batch(f, single_kinds[i / 2]);

		for (int r = 0; r < ROWS; r++)
			f->target[r] = (float) target_of(batch.kind, (int) f->target[r]);
		batch.held_out = i % 2 == 1;
		loss_batch_derivatives(&batch, f->margins, f->loss, f->total);
		check_against_scalar(&batch, g->margins, f->margins, f->loss,
							 f->total);
		/* The values-only pass sums the same bits and leaves the margins. */
		loss_batch_values(&batch, g->margins, g->loss, g->total);
		assert_memory_equal(f->loss, g->loss, sizeof(f->loss));
		assert_memory_equal(f->total, g->total, sizeof(f->total));
		free(f);
		free(g);
	}
}

/* Each column alone gets the bits that it gets among the others. */
static void
test_columns_are_independent(void **state)
{
	(void) state;
	for (size_t i = 0; i < single_count; i++)
	{
		Fixture *f = make_fixture();
		LossBatch batch = fixture_batch(f, single_kinds[i]);
		float *before = malloc(sizeof(f->margins));

		memcpy(before, f->margins, sizeof(f->margins));
		loss_batch_derivatives(&batch, f->margins, f->loss, f->total);
		for (size_t m = 0; m < MODELS; m++)
		{
			float alone[ROWS];
			double loss = 0;
			double total = 0;
			LossBatch one = batch;

			one.models = 1;
			one.stride = 1;
			one.parameters += m;
			one.class_weight += m;
			one.model_fold += m;
			for (int r = 0; r < ROWS; r++)
				alone[r] = before[r * MODELS + m];
			loss_batch_derivatives(&one, alone, &loss, &total);
			assert_memory_equal(&loss, &f->loss[m], sizeof(loss));
			assert_memory_equal(&total, &f->total[m], sizeof(total));
			for (int r = 0; r < ROWS; r++)
				assert_memory_equal(&alone[r], &f->margins[r * MODELS + m],
									sizeof(float));
		}
		free(before);
		free(f);
	}
}

/* Many classes, several models: against the reference, one model at a time. */
static void
test_multi_batch(void **state)
{
	enum
	{
		rows = 9,
		models = 3,
		classes = 611
	};
	float *margins = calloc(rows * models * classes, sizeof(float));
	float *alone = calloc(rows * classes, sizeof(float));
	double *m = calloc(2 * classes, sizeof(double));
	float target[rows];
	uint64_t seed = 3;

	(void) state;
	for (size_t i = 0; i < multi_count; i++)
	{
		LossParameters parameters[models] = {defaults, defaults, defaults};
		double loss[models] = {0};
		double total[models] = {0};
		LossBatch batch = {.kind = multi_kinds[i],
						   .rows = rows,
						   .models = models,
						   .outputs = classes,
						   .stride = models * classes,
						   .parameters = parameters,
						   .target = target};

		for (int r = 0; r < rows; r++)
			target[r] = (float) (r * 71 % classes);
		for (int j = 0; j < rows * models * classes; j++)
			margins[j] = (float) (12 * draw(&seed));
		for (int r = 0; r < rows; r++)
			memcpy(alone + r * classes, margins + (r * models + 1) * classes,
				   classes * sizeof(float));
		loss_batch_derivatives(&batch, margins, loss, total);

		double expected = 0;

		for (int r = 0; r < rows; r++)
		{
			for (int k = 0; k < classes; k++)
				m[k] = alone[r * classes + k];
			expected += loss_value_multi(batch.kind, &defaults, m, classes,
										 (size_t) target[r]);
			loss_gradient_multi(batch.kind, &defaults, m, classes,
								(size_t) target[r], m + classes);
			for (int k = 0; k < classes; k++)
				assert_true(close_to(margins[(r * models + 1) * classes + k],
									 m[classes + k], 2e-6, 1e-7));
		}
		assert_true(close_to(loss[1], expected, 1e-6, 0));
		assert_true(total[1] == rows);

		double one_loss = 0;
		double one_total = 0;
		LossBatch one = batch;

		one.models = 1;
		one.stride = classes;
		loss_batch_values(&one, alone, &one_loss, &one_total);
		assert_memory_equal(&one_loss, &loss[1], sizeof(double));
		loss_batch_derivatives(&one, alone, &one_loss, &one_total);
		for (int r = 0; r < rows; r++)
			assert_memory_equal(alone + r * classes,
								margins + (r * models + 1) * classes,
								classes * sizeof(float));
	}
	free(margins);
	free(alone);
	free(m);
}

/* A diverged model shows as a NaN loss. */
static void
test_nan_is_seen(void **state)
{
	(void) state;
	for (size_t i = 0; i < single_count; i++)
	{
		float margin = NAN;
		float target = 1;
		double loss = 0;
		double total = 0;
		LossBatch batch = {.kind = single_kinds[i],
						   .rows = 1,
						   .models = 1,
						   .outputs = 1,
						   .stride = 1,
						   .parameters = &defaults,
						   .target = &target};

		loss_batch_values(&batch, &margin, &loss, &total);
		assert_true(isnan(loss));
	}
}

/*
 * The logistic loss of many rows in double is that of each row, whatever its place,
 * out to where nothing is left of it.
 */
static void
test_logistic_rows(void **state)
{
	enum
	{
		MARGINS = 301
	};
	static const double extremes[] = {0.0,	-0.0,	1e-300, 1e-17,	 36.0,
									  37.0, -700.0, 707.9,	-707.9,	 709.0,
									  1e4,	-1e4,	1e308,	INFINITY};
	double margin[MARGINS], target[MARGINS], loss[MARGINS], first[MARGINS],
		second[MARGINS];
	LossParameters p = {0};

	(void) state;
	for (size_t i = 0; i < MARGINS; i++)
	{
		margin[i] = i < 14 ? extremes[i]
						   : (i % 2 ? 1.0 : -1.0) * exp((double) i / 20 - 8);
		target[i] = (double) (i % 3 == 0);
	}
	loss_logistic_rows(margin, target, MARGINS, loss, first, second);
	for (size_t i = 0; i < MARGINS; i++)
	{
		double m = margin[i], y = target[i], alone[3];
		double expected[] = {loss_value(LOSS_LOGISTIC, &p, m, y),
							 loss_derivative(LOSS_LOGISTIC, &p, m, y),
							 loss_second_derivative(LOSS_LOGISTIC, &p, m, y)};
		double got[] = {loss[i], first[i], second[i]};

		loss_logistic_rows(&m, &y, 1, &alone[0], &alone[1], &alone[2]);
		for (int k = 0; k < 3; k++)
		{
			assert_memory_equal(&alone[k], &got[k], sizeof(double));
			assert_true(got[k] == expected[k] ||
						fabs(got[k] - expected[k]) <=
							4 * DBL_EPSILON * fabs(expected[k]) + 1e-307);
		}
	}
	margin[5] = NAN;
	loss_logistic_rows(margin, target, MARGINS, loss, first, second);
	assert_true(isnan(loss[5]) && isnan(first[5]) && isnan(second[5]));
	assert_false(isnan(loss[4]) || isnan(loss[6]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_multi_extremes),
		cmocka_unit_test(test_batch_equals_scalar),
		cmocka_unit_test(test_columns_are_independent),
		cmocka_unit_test(test_multi_batch),
		cmocka_unit_test(test_nan_is_seen),
		cmocka_unit_test(test_logistic_rows),
	};

	sort_kinds();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
