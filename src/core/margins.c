/*
 * margins.c
 *		Margins of a finished candidate, by tiles on the pool.
 */
#include "core/trainer.h"

#include <string.h>

#include "core/group.h"
#include "core/sparse_pass.h"
#include "core/spill.h"

/* Margins of a block. */
#define BLOCK_FLOATS ((size_t) 1 << 20)

/* What the lanes work on; a lane does every lanes-th tile of a block. */
typedef struct MarginJob
{
	const Problem *problem;
	const Candidate *candidate;
	const Rows *rows;
	const Normalizer *normalizer;
	const Blas *blas;
	size_t inputs;
	size_t tile;			/* rows */
	size_t block;			/* rows, whole tiles */
	size_t lanes;
	float *batch;			/* [lanes][tile][inputs]; sparse rows: none */
	float *margins;			/* [block][outputs] */
	size_t from;			/* places [from, to) are the block's */
	size_t to;
} MarginJob;

/* One tile: a product's last bits depend on a row's place in it. */
static void
run_tile(const MarginJob *job, size_t lane, size_t at, size_t n)
{
	const Rows *rows = job->rows;
	const uint32_t *order = rows->order + at;
	size_t inputs = job->inputs, outputs = job->problem->outputs;
	float *out = job->margins + (at - job->from) * outputs;
	float *batch = job->batch + lane * job->tile * inputs;

	if (rows->format == ROWS_SPARSE)
	{
		sparse_forward(rows, order, n, job->normalizer->scale_f32,
					   job->candidate->weights, outputs, out);
		return;
	}
	for (size_t i = 0; i < n; i++)
	{
		rows_prefetch(rows, order, i, n);
		normalizer_apply(job->normalizer, rows, order[i], batch + i * inputs);
		batch[i * inputs + inputs - 1] = 1.0f;
	}
	job->blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS,
					 (int) n, (int) outputs, (int) inputs, 1.0f, batch,
					 (int) inputs, job->candidate->weights, (int) outputs,
					 0.0f, out, (int) outputs);
}

static void
run_lane(void *argument, size_t lane)
{
	const MarginJob *job = argument;

	for (size_t at = job->from + lane * job->tile; at < job->to;
		 at += job->lanes * job->tile)
	{
		size_t n = job->to - at < job->tile ? job->to - at : job->tile;

		if (runtime_interrupted(&job->problem->runtime))
			return;
		run_tile(job, lane, at, n);
	}
}

/* Hands the blocks of each window over; both begin with a tile. */
static Status
run_windows(Problem *problem, MarginJob *job, MarginTaker *take,
			void *context, Failure *failure)
{
	size_t count = job->rows->count, loaded;

	for (size_t window = 0; window < count; window += loaded)
	{
		Status status = rows_load(job->rows, job->rows->order + window,
								  count - window, &loaded, failure);

		if (status != LL_OK)
			return status;
		for (job->from = window; job->from < window + loaded;
			 job->from = job->to)
		{
			size_t left = window + loaded - job->from;

			job->to = job->from + (left < job->block ? left : job->block);
			threads_run(problem->pool, run_lane, job, job->lanes);
			if (!runtime_interrupted(&problem->runtime))
				take(context, job->margins, job->from, job->to - job->from);
			if (runtime_interrupted(&problem->runtime))
				return fail_cancelled(failure);
		}
	}
	return LL_OK;
}

/* Rows of a tile, whatever the threads; and of a block. */
static void
plan_blocks(MarginJob *job)
{
	size_t outputs = job->problem->outputs, tiles;

	job->tile = TILE_FLOATS / job->inputs + 1 < TILE_ROWS / 2 ?
		TILE_FLOATS / job->inputs + 1 : TILE_ROWS / 2;
	job->tile = tile_bound(job->tile, job->rows->format == ROWS_SPARSE ? 1 :
						   job->inputs, outputs);
	tiles = BLOCK_FLOATS / (job->tile * outputs);
	job->block = job->tile * (tiles > job->lanes ? tiles : job->lanes);
	if (job->block > job->rows->count)
		job->block = job->rows->count;
}

Status
trainer_margin_blocks(Problem *problem, const Candidate *candidate,
					  const Rows *rows, MarginTaker *take, void *context,
					  Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	MarginJob job = {.problem = problem, .candidate = candidate, .rows = rows,
					 .inputs = (size_t) problem->dimension + 1,
					 .lanes = (size_t) threads_count(problem->pool)};
	Status status = blas_open(&job.blas, failure);

	if (status == LL_OK)
		status = problem_normalizer(problem, &candidate->settings,
									&job.normalizer, failure);
	if (status != LL_OK)
		return status;
	plan_blocks(&job);
	job.batch = runtime_allocate(runtime, rows->format == ROWS_SPARSE ? 0 :
								 job.lanes * job.tile * job.inputs *
								 sizeof(float));
	job.margins = runtime_allocate(runtime, job.block * problem->outputs *
								   sizeof(float));
	if (job.batch == NULL || job.margins == NULL)
		return fail_no_memory(failure);
	status = run_windows(problem, &job, take, context, failure);
	runtime_release(runtime, job.batch);
	runtime_release(runtime, job.margins);
	return status;
}

/* Where trainer_margins puts the margins of rows. */
typedef struct Scatter
{
	const Rows *rows;
	size_t outputs;
	float *margins;
} Scatter;

static void
scatter(void *context, const float *margins, size_t place, size_t n)
{
	const Scatter *to = context;

	for (size_t i = 0; i < n; i++)
		to->margins[rows_at(to->rows, place + i)] = margins[i * to->outputs];
}

Status
trainer_margins(Problem *problem, const Candidate *candidate,
				const Rows *rows, float *margins, Failure *failure)
{
	Scatter to = {rows, problem->outputs, margins};

	return trainer_margin_blocks(problem, candidate, rows, scatter, &to,
								 failure);
}
