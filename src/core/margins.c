/*
 * margins.c
 *		Margins of a finished candidate, by tiles on the pool.
 */
#include "core/trainer.h"

#include <string.h>

#include "core/group.h"
#include "core/sparse_pass.h"
#include "core/spill.h"

/* What the lanes work on; a lane does every lanes-th tile of what is loaded. */
typedef struct MarginJob
{
	const Problem *problem;
	const Candidate *candidate;
	const Rows *rows;
	const Normalizer *normalizer;
	const Blas *blas;
	float *margins;
	size_t inputs;
	size_t tile;			/* rows */
	size_t lanes;
	float *batch;			/* [lanes][tile][inputs]; sparse rows: none */
	float *out;				/* [lanes][tile][outputs] */
	size_t from;			/* places [from, to) are loaded */
	size_t to;
} MarginJob;

/* One tile: a product's last bits depend on a row's place in it. */
static void
run_tile(const MarginJob *job, size_t lane, size_t at, size_t n)
{
	const Rows *rows = job->rows;
	const uint32_t *order = rows->order + at;
	size_t inputs = job->inputs, outputs = job->problem->outputs;
	float *out = job->out + lane * job->tile * outputs;

	if (rows->format == ROWS_SPARSE)
		sparse_forward(rows, order, n, job->normalizer->scale_f32,
					   job->candidate->weights, outputs, out);
	else
	{
		float *batch = job->batch + lane * job->tile * inputs;

		for (size_t i = 0; i < n; i++)
		{
			rows_prefetch(rows, order, i, n);
			normalizer_apply(job->normalizer, rows, order[i],
							 batch + i * inputs);
			batch[i * inputs + inputs - 1] = 1.0f;
		}
		job->blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS,
						 (int) n, (int) outputs, (int) inputs, 1.0f, batch,
						 (int) inputs, job->candidate->weights, (int) outputs,
						 0.0f, out, (int) outputs);
	}
	for (size_t i = 0; i < n; i++)
		memcpy(job->margins + order[i] * outputs, out + i * outputs,
			   outputs * sizeof(float));
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

static Status
run_windows(Problem *problem, MarginJob *job, Failure *failure)
{
	for (job->from = 0; job->from < job->rows->count; job->from = job->to)
	{
		size_t loaded;
		Status status = rows_load(job->rows, job->rows->order + job->from,
								  job->rows->count - job->from, &loaded,
								  failure);

		if (status != LL_OK)
			return status;
		job->to = job->from + loaded;
		threads_run(problem->pool, run_lane, job, job->lanes);
		if (runtime_interrupted(&problem->runtime))
			return fail_cancelled(failure);
	}
	return LL_OK;
}

Status
trainer_margins(Problem *problem, const Candidate *candidate,
				const Rows *rows, float *margins, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	MarginJob job = {.problem = problem, .candidate = candidate, .rows = rows,
					 .margins = margins,
					 .inputs = (size_t) problem->dimension + 1,
					 .lanes = (size_t) threads_count(problem->pool)};
	Status status = blas_open(&job.blas, failure);

	if (status == LL_OK)
		status = problem_normalizer(problem, &candidate->settings,
									&job.normalizer, failure);
	if (status != LL_OK)
		return status;
	job.tile = TILE_FLOATS / job.inputs + 1 < TILE_ROWS / 2 ?
		TILE_FLOATS / job.inputs + 1 : TILE_ROWS / 2;
	job.batch = runtime_allocate(runtime, rows->format == ROWS_SPARSE ? 0 :
								 job.lanes * job.tile * job.inputs *
								 sizeof(float));
	job.out = runtime_allocate(runtime, job.lanes * job.tile *
							   problem->outputs * sizeof(float));
	if (job.batch == NULL || job.out == NULL)
		return fail_no_memory(failure);
	status = run_windows(problem, &job, failure);
	runtime_release(runtime, job.batch);
	runtime_release(runtime, job.out);
	return status;
}
