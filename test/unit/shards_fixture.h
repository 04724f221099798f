/*
 * shards_fixture.h
 *		A solver's rows as if they were elsewhere: in shards of any number and
 *		order.
 */
#ifndef LINLEARN_TEST_SHARDS_FIXTURE_H
#define LINLEARN_TEST_SHARDS_FIXTURE_H

#include "core/shards/shards.h"
#include "solver_fixture.h"

typedef struct Far
{
	Fixture *near;
	size_t count;	 /* of shards */
	bool backwards;	 /* rows of each, and the shards */
	size_t left_out; /* a row that the passes do not see, from 1; 0: none */
	Rows rows;		 /* what a solver sees */
	ShardSurvey survey;
	Shards shards;
} Far;

static inline ShardRow
far_row(const Far *far, size_t i)
{
	const Rows *rows = &far->near->rows;

	return (ShardRow){.view = rows_view(rows, i),
					  .format = rows->format,
					  .dimension = rows->dimension,
					  .weight = rows_weight(rows, i),
					  .label = rows->labels[i],
					  .hash = rows->hashes[i]};
}

/* The i-th row that a shard has; SIZE_MAX: there is none. */
static inline size_t
far_place(const Far *far, size_t shard, size_t i)
{
	size_t all = far->near->rows.count, at = i * far->count + shard;

	if (at >= all)
		return SIZE_MAX;
	return far->backwards ? all - 1 - at : at;
}

static inline Status
far_ask(void *context, const ShardPoint *point, ShardSums *sums,
		Failure *failure)
{
	Far *far = context;
	const Runtime *runtime = &far->near->runtime;
	ShardShape shape = {point->digest, point->judges,	 point->grams,
						point->format, point->dimension, point->outputs,
						point->classes};
	ShardEvaluator evaluator;
	Status status = shard_evaluator_init(&evaluator, point, runtime, failure);

	if (status == LL_OK)
		status = shard_sums_init(sums, runtime, &shape, failure);
	for (size_t s = 0; s < far->count && status == LL_OK; s++)
	{
		ShardSums part;

		status = shard_sums_init(&part, runtime, &shape, failure);
		for (size_t i = 0; far_place(far, s, i) != SIZE_MAX; i++)
		{
			ShardRow row = far_row(far, far_place(far, s, i));
			ShardAnswer answer;

			if (far_place(far, s, i) + 1 == far->left_out)
				continue;
			if (status == LL_OK)
				status = shard_evaluate(&evaluator, &row, &answer, failure);
			if (status == LL_OK)
				status = shard_sums_add(&part, &answer, failure);
		}
		shard_sums_flush(&part);
		if (status == LL_OK)
			status = shard_sums_merge(sums, &part, failure);
		shard_sums_release(&part);
	}
	return status;
}

/* Makes the rows of a fixture, which are sealed, rows elsewhere. */
static inline void
far_open(Far *far, Fixture *f, size_t count, bool backwards)
{
	const Runtime *runtime = &f->runtime;

	*far = (Far){.near = f, .count = count, .backwards = backwards};
	assert_int_equal(shard_survey_init(&far->survey, runtime, f->rows.format,
									   f->rows.dimension, false, &f->failure),
					 LL_OK);
	for (size_t s = 0; s < count; s++)
	{
		ShardSurvey part;

		assert_int_equal(shard_survey_init(&part, runtime, f->rows.format,
										   f->rows.dimension, false,
										   &f->failure),
						 LL_OK);
		for (size_t i = 0; far_place(far, s, i) != SIZE_MAX; i++)
		{
			ShardRow row = far_row(far, far_place(far, s, i));

			assert_int_equal(shard_survey_add(&part, &row, &f->failure),
							 LL_OK);
		}
		assert_int_equal(shard_survey_merge(&far->survey, &part, &f->failure),
						 LL_OK);
	}
	shard_survey_settle(&far->survey);
	shard_labels_sort(&far->survey.labels);
	assert_int_equal(
		shards_init(&far->shards, &far->survey, runtime, &f->failure), LL_OK);
	far->shards.ask = far_ask;
	far->shards.context = far;
	far->rows = (Rows){.runtime = f->runtime,
					   .format = f->rows.format,
					   .dimension = f->rows.dimension,
					   .count = f->rows.count,
					   .fingerprint = f->rows.fingerprint,
					   .shards = &far->shards};
	far->rows.spreads = shards_spreads(&far->survey, runtime);
	assert_non_null(far->rows.spreads);
}

#endif
