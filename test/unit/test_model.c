/*
 * test_model.c
 *		Models as bytes: round trips, what later releases write, the version of an
 *		encoding.
 */
#include "core/model/checksum.h"
#include "core/model/predict.h"

#include "model_fixture.h"

/* Equal numbers, NaN equal to itself. */
static void
check_numbers(const double *a, const double *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_true(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
}

static void
check_settings(const Hyperparameters *a, const Hyperparameters *b)
{
	check_numbers(a->value, b->value, HP_COUNT);
	for (int row = 0; row < HP_COUNT; row++)
		assert_int_equal(a->given[row], b->given[row]);
}

static void
check_metrics(const ModelMetric *a, const ModelMetric *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
	{
		assert_string_equal(a[i].name, b[i].name);
		check_numbers(&a[i].value, &b[i].value, 1);
	}
}

static void
check_history(const Model *a, const Model *b)
{
	assert_int_equal(a->trial_count, b->trial_count);
	assert_int_equal(a->best_trial, b->best_trial);
	for (uint32_t i = 0; i < a->trial_count; i++)
	{
		check_settings(&a->trials[i].settings, &b->trials[i].settings);
		assert_int_equal(a->trials[i].status, b->trials[i].status);
		assert_int_equal(a->trials[i].epochs, b->trials[i].epochs);
		check_numbers(&a->trials[i].objective, &b->trials[i].objective, 1);
		assert_int_equal(a->trials[i].metric_count, b->trials[i].metric_count);
		check_metrics(a->trials[i].metrics, b->trials[i].metrics,
					  a->trials[i].metric_count);
	}
	assert_int_equal(a->epoch_count, b->epoch_count);
	for (uint32_t i = 0; i < a->epoch_count; i++)
	{
		assert_int_equal(a->epochs[i].trial, b->epochs[i].trial);
		assert_int_equal(a->epochs[i].epoch, b->epochs[i].epoch);
		check_numbers(&a->epochs[i].learning_rate, &b->epochs[i].learning_rate,
					  4);
	}
}

static void
check_models(const Model *a, const Model *b)
{
	assert_int_equal(a->predictor, b->predictor);
	assert_int_equal(a->loss, b->loss);
	assert_int_equal(a->format, b->format);
	check_numbers(&a->byte_unit, &b->byte_unit, 1);
	check_numbers(&a->magnitudes.least, &b->magnitudes.least, 2);
	assert_int_equal(a->dimension, b->dimension);
	assert_int_equal(a->outputs, b->outputs);
	check_numbers(a->weights, b->weights, a->dimension * a->outputs);
	check_numbers(a->bias, b->bias, a->outputs);
	check_numbers(a->feature_mean, b->feature_mean, a->dimension);
	check_numbers(a->feature_deviation, b->feature_deviation, a->dimension);
	check_numbers(&a->label_mean, &b->label_mean, 1);
	check_numbers(&a->label_deviation, &b->label_deviation, 1);
	check_numbers(&a->threshold, &b->threshold, 1);
	check_numbers(&a->threshold_margin, &b->threshold_margin, 1);
	assert_int_equal(a->calibration, b->calibration);
	assert_int_equal(a->calibration_count, b->calibration_count);
	check_numbers(a->calibration_x, b->calibration_x, a->calibration_count);
	if (a->calibration == CALIBRATE_ISOTONIC)
		check_numbers(a->calibration_y, b->calibration_y,
					  a->calibration_count);
	assert_string_equal(a->label_type, b->label_type);
	assert_int_equal(a->label_count, b->label_count);
	assert_int_equal(a->class_weights == NULL, b->class_weights == NULL);
	if (a->class_weights != NULL)
		check_numbers(a->class_weights, b->class_weights, a->label_count);
	assert_int_equal(a->bounded_count, b->bounded_count);
	for (uint32_t i = 0; i < a->bounded_count; i++)
		assert_int_equal(a->bounded[i], b->bounded[i]);
	for (uint32_t i = 0; i < a->label_count; i++)
	{
		assert_string_equal(a->labels[i].text, b->labels[i].text);
		check_numbers(&a->labels[i].value, &b->labels[i].value, 1);
	}
	check_settings(&a->settings, &b->settings);
	assert_int_equal(a->metric_count, b->metric_count);
	check_metrics(a->metrics, b->metrics, a->metric_count);
	check_history(a, b);
	assert_memory_equal(a->channels, b->channels, sizeof(a->channels));
	assert_true(a->skipped_rows == b->skipped_rows);
	assert_true(a->unlabelled_rows == b->unlabelled_rows);
	assert_string_equal(a->tuning, b->tuning);
	check_numbers(&a->gradient_norm, &b->gradient_norm, 1);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->iterations, b->iterations);
	check_numbers(&a->gap, &b->gap, 1);
	assert_string_equal(a->inference_reason, b->inference_reason);
	assert_string_equal(a->kernels, b->kernels);
	assert_int_equal(a->inference_count, b->inference_count);
	check_numbers(a->standard_errors, b->standard_errors, a->inference_count);
	assert_int_equal(a->fit->rows, b->fit->rows);
	assert_int_equal(a->fit->parameters, b->fit->parameters);
	assert_true(a->fit->precise == b->fit->precise);
	assert_true(isnan(b->fit->log_likelihood));
	check_numbers(&a->fit->dispersion, &b->fit->dispersion, 1);
	check_numbers(&a->fit->independence, &b->fit->independence, 1);
	check_numbers(a->fit->inflation, b->fit->inflation, a->dimension);
	assert_int_equal(a->fit->root_count, b->fit->root_count);
	check_numbers(a->fit->root, b->fit->root, a->fit->root_count);
	if (a->fit->root_count > 0)
	{
		assert_memory_equal(a->fit->columns, b->fit->columns,
							(a->dimension + 1) * sizeof(uint32_t));
		assert_int_equal(a->fit->meat != NULL, b->fit->meat != NULL);
		if (a->fit->meat != NULL)
			check_numbers(a->fit->meat, b->fit->meat, a->fit->root_count);
		check_numbers(a->fit->center, b->fit->center, a->dimension);
		check_numbers(a->fit->scale, b->fit->scale, a->dimension);
	}
}

static void
round_trip(Fixture *f)
{
	Model read;
	uint8_t *again;
	size_t again_size;

	assert_int_equal(
		model_decode(f->bytes, f->size, &f->runtime, &read, &f->failure),
		LL_OK);
	check_models(&f->model, &read);
	assert_int_equal(
		model_encode(&read, &f->runtime, &again, &again_size, &f->failure),
		LL_OK);
	assert_int_equal(again_size, f->size);
	assert_memory_equal(again, f->bytes, f->size);
	assert_true(model_checksum(f->bytes, f->size) != 0);
	assert_int_equal(model_checksum(f->bytes, 15), 0);
}

static void
test_round_trip(void **state)
{
	(void) state;
	for_each_model(round_trip);
}

/* A later release's section is skipped; a later format is refused by number. */
static void
test_later_releases(void **state)
{
	uint32_t later = 2, tag = 4711;
	uint64_t payload = 5;
	uint8_t *longer;
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_NONE);
	longer = calloc(f.size + 24, 1);
	memcpy(longer, f.bytes, f.size);
	memcpy(longer + f.size, &tag, 4);
	memcpy(longer + f.size + 8, &payload, 8);
	fix_checksum(longer, f.size + 24);
	assert_int_equal(decode_copy(longer, f.size + 24, &f.failure), LL_OK);
	free(longer);
	memcpy(f.bytes + 4, &later, 4);
	assert_int_equal(decode_copy(f.bytes, f.size, &f.failure), LL_MALFORMED);
	assert_non_null(strstr(f.failure.message, "format 2"));
	close_fixture(&f);
}

/* Choices that are not made, in every row: a model without them, or refused. */
static void
leave_choices(Fixture *f)
{
	for (int row = 0; row < HP_COUNT; row++)
	{
		const HyperparameterDescriptor *d = &hyperparameter_table[row];
		bool allowed = d->automatic != AUTO_REFUSED || isnan(d->default_value);
		Hyperparameters *settings[] = {&f->model.settings,
									   f->model.trial_count > 0
										   ? &f->model.trials[0].settings
										   : &f->model.settings};

		for (int i = 0; i < 2; i++)
		{
			double before = settings[i]->value[row];
			char why[256];
			uint8_t *bytes;
			size_t size;

			settings[i]->value[row] = NAN;
			assert_int_equal(model_encode(&f->model, &f->runtime, &bytes,
										  &size, &f->failure),
							 LL_OK);
			assert_int_equal(decode_copy(bytes, size, &f->failure),
							 allowed ? LL_OK : LL_MALFORMED);
			for (int other = 0; allowed && other < HP_COUNT; other++)
			{
				(void) hyperparameters_used(settings[i],
											(Hyperparameter) other);
				(void) hyperparameters_idle(
					settings[i], (Hyperparameter) other, why, sizeof(why));
			}
			/* no row is infinite, as JSON is not */
			settings[i]->value[row] = i == 0 ? INFINITY : -INFINITY;
			assert_int_equal(model_encode(&f->model, &f->runtime, &bytes,
										  &size, &f->failure),
							 LL_OK);
			assert_int_equal(decode_copy(bytes, size, &f->failure),
							 LL_MALFORMED);
			settings[i]->value[row] = before;
		}
	}
}

static void
test_choices_left(void **state)
{
	(void) state;
	for_each_model(leave_choices);
}

/* A tuning that is no JSON object is damage. */
static void
test_tuning_text(void **state)
{
	static const char *const right[] = {
		"{}", " { \"a\" : [ 1, -2.5e-3, true, null, \"\\u001f\\\\\" ] } ",
		"{\"ranges\": {\"wd\": {\"min\": 0.1}}, \"x\": []}"};
	static const char *const wrong[] = {
		"x",
		"[]",
		"1",
		"{",
		"{]",
		"{}}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{\"a\":01}",
		"{\"a\":1e}",
		"{\"a\":1e999999}",
		"{\"a\":-}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"",
		"{\"a\":\"\\",
		"{\"a\":\"\\u",
		"{\"a\":\"\n\"}",
		"{\"a\":tru}",
		"{\"a\":[1 2]}",
		"{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"};
	Fixture f;

	(void) state;
	open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_NONE);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]) +
							   sizeof(wrong) / sizeof(wrong[0]);
		 i++)
	{
		bool good = i < sizeof(right) / sizeof(right[0]);
		uint8_t *bytes;
		size_t size;

		strcpy(f.model.tuning,
			   good ? right[i] : wrong[i - sizeof(right) / sizeof(right[0])]);
		assert_int_equal(
			model_encode(&f.model, &f.runtime, &bytes, &size, &f.failure),
			LL_OK);
		assert_int_equal(decode_copy(bytes, size, &f.failure),
						 good ? LL_OK : LL_MALFORMED);
	}
	close_fixture(&f);
}

/* Texts that are not ASCII say that they are UTF-8; others are as they were. */
static void
test_encoding(void **state)
{
	static const char *const texts[] = {"zwei \xc3\xa4", "zwei"};

	(void) state;
	for (int ascii = 0; ascii <= 1; ascii++)
	{
		Fixture f;
		uint8_t *bytes;
		size_t size;
		Model read;

		open_fixture(&f, PREDICTOR_BINARY, CALIBRATE_NONE);
		for (uint32_t i = 0; i < f.model.label_count; i++)
			f.model.labels[i].text = i == 1 ? texts[ascii] : "eins";
		f.model.texts_are_utf8 = true;
		assert_int_equal(
			model_encode(&f.model, &f.runtime, &bytes, &size, &f.failure),
			LL_OK);
		assert_int_equal(
			model_decode(bytes, size, &f.runtime, &read, &f.failure), LL_OK);
		assert_int_equal(read.texts_are_utf8, !ascii);
		check_models(&f.model, &read);
		/* the name of no encoding that a reader knows */
		if (!ascii)
		{
			bytes[size - 8] = 'X';
			fix_checksum(bytes, size);
			assert_int_equal(decode_copy(bytes, size, &f.failure),
							 LL_MALFORMED);
		}
		close_fixture(&f);
	}
}

static void
test_foreign(void **state)
{
	Failure failure;

	(void) state;
	assert_int_equal(decode_copy((const uint8_t *) "", 0, &failure),
					 LL_MALFORMED);
	assert_string_equal(failure.message, "not a linlearn model");
	assert_int_equal(decode_copy((const uint8_t *) "LLRN", 4, &failure),
					 LL_MALFORMED);
	assert_int_equal(
		decode_copy((const uint8_t *) "\x89PNG\r\n\x1a\n01234567890", 18,
					&failure),
		LL_MALFORMED);
	assert_string_equal(failure.message, "not a linlearn model");
}

/* Every allocation of both ways may fail. */
static void
fail_allocations(Fixture *f)
{
	Status status = LL_NO_MEMORY;

	for (long allowed = 0; status == LL_NO_MEMORY; allowed++)
	{
		MallocArena arena;
		Runtime runtime = malloc_runtime(&arena);
		uint8_t *bytes;
		size_t size;
		Model model;

		assert_true(allowed < 1000);
		arena.allocations_left = allowed;
		status = model_encode(&f->model, &runtime, &bytes, &size, &f->failure);
		if (status == LL_OK)
			status = model_decode(bytes, size, &runtime, &model, &f->failure);
		if (status != LL_OK)
			assert_int_equal(status, LL_NO_MEMORY);
		malloc_arena_free(&arena);
	}
	assert_int_equal(status, LL_OK);
}

static void
test_allocation_failures(void **state)
{
	(void) state;
	for_each_model(fail_allocations);
}

/* Makes a regressor's model one of three quantiles, encodes and decodes it. */
static Status
decode_quantiles(Fixture *f, const double *quantiles, uint32_t outputs,
				 LossKind loss, Model *read)
{
	Model *model = &f->model;

	model->loss = loss;
	model->outputs = outputs;
	model->weights = numbers(f, 3 * outputs, 1);
	model->bias = numbers(f, outputs, 20);
	model->inference_count = 0;
	model->fit = NULL;
	model->columns = NULL;
	model->quantiles = NULL;
	if (quantiles != NULL)
		model->quantiles =
			runtime_allocate_zero(&f->runtime, 3, sizeof(ModelQuantile));
	for (uint32_t k = 0; k < 3 && quantiles != NULL; k++)
		model->quantiles[k] = (ModelQuantile){.quantile = quantiles[k],
											  .wd = k + 0.5,
											  .l1 = k,
											  .end = SOLVE_STUCK,
											  .iterations = 7 + k,
											  .gap = 1e-5};
	assert_int_equal(
		model_encode(model, &f->runtime, &f->bytes, &f->size, &f->failure),
		LL_OK);
	return model_decode(f->bytes, f->size, &f->runtime, read, &f->failure);
}

static void
test_quantiles(void **state)
{
	const double fine[] = {0.25, 0.5, 0.875}, turned[] = {0.5, 0.25, 0.75};
	const double same[] = {0.25, 0.25, 0.75}, out[] = {0.25, 0.5, 1.0};
	double scores[] = {3, 1, 2};
	Predictor predictor = {0};
	Fixture f;
	Model read;

	(void) state;
	open_fixture(&f, PREDICTOR_REGRESSOR, CALIBRATE_NONE);
	assert_int_equal(decode_quantiles(&f, fine, 3, LOSS_QUANTILE, &read),
					 LL_OK);
	for (int k = 0; k < 3; k++)
	{
		assert_true(read.quantiles[k].quantile == fine[k]);
		assert_true(read.settings.quantiles[k] == fine[k]);
		assert_true(read.quantiles[k].wd == k + 0.5);
		assert_true(read.quantiles[k].l1 == k);
		assert_int_equal(read.quantiles[k].end, SOLVE_STUCK);
		assert_int_equal(read.quantiles[k].iterations, 7 + k);
		assert_true(read.quantiles[k].gap == 1e-5);
	}
	assert_int_equal(read.settings.quantile_count, 3);
	assert_string_equal(model_output_label(&read, 2), "0.875");
	assert_int_equal(model_point(&read), 1);
	predictor.model = &read;
	predictor_scores(&predictor, scores);
	assert_true(scores[0] == 1 && scores[1] == 2 && scores[2] == 3);
	assert_int_equal(decode_quantiles(&f, turned, 3, LOSS_QUANTILE, &read),
					 LL_MALFORMED);
	assert_int_equal(decode_quantiles(&f, same, 3, LOSS_QUANTILE, &read),
					 LL_MALFORMED);
	assert_int_equal(decode_quantiles(&f, out, 3, LOSS_QUANTILE, &read),
					 LL_MALFORMED);
	assert_int_equal(decode_quantiles(&f, fine, 3, LOSS_HUBER, &read),
					 LL_MALFORMED);
	assert_int_equal(decode_quantiles(&f, fine, 1, LOSS_QUANTILE, &read),
					 LL_MALFORMED);
	assert_int_equal(decode_quantiles(&f, NULL, 3, LOSS_QUANTILE, &read),
					 LL_MALFORMED);
	assert_int_equal(decode_quantiles(&f, NULL, 100, LOSS_QUANTILE, &read),
					 LL_MALFORMED);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_later_releases),
		cmocka_unit_test(test_choices_left),
		cmocka_unit_test(test_tuning_text),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_allocation_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
