/*
 * margins.c
 *		Margins of a finished candidate, as predictions from its model have them,
 *		by tiles on the pool.
 */
#include "core/problem/margins.h"

#include "core/model/predict.h"
#include "core/problem/units.h"
#include "core/rows/spill.h"
#include "core/rows/tile.h"

/* Margins of a block: caches hold them until they are taken. */
#define BLOCK_MARGINS ((size_t) 1 << 16)

/* What the lanes work on; a lane does every lanes-th tile of a block. */
typedef struct MarginJob
{
	const Problem *problem;
	const Rows *rows;
	const Model *model; /* no more of it than margins take */
	Predictor predictor;
	size_t outputs;
	size_t tile;  /* rows between two looks at interrupts */
	size_t block; /* rows, whole tiles */
	size_t lanes;
	double *margins; /* [block][outputs] */
	size_t from;	 /* places [from, to) are the block's */
	size_t to;
} MarginJob;

static void
run_tile(const MarginJob *job, size_t at, size_t n)
{
	const Rows *rows = job->rows;
	const uint32_t *order = rows->order + at;
	double *out = job->margins + (at - job->from) * job->outputs;

	for (size_t i = 0; i < n; i++)
	{
		RowView view = rows_view(rows, order[i]);

		rows_prefetch(rows, order, i, n);
		predictor_margins(&job->predictor, rows->format, &view,
						  out + i * job->outputs);
		out[i * job->outputs] += rows_offset(rows, order[i]);
	}
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
		run_tile(job, at, n);
	}
}

/* Hands the blocks of each window over; both begin with a tile. */
static Status
run_windows(Problem *problem, MarginJob *job, MarginTaker *take, void *context,
			Failure *failure)
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

/* Rows of a tile and of a block, which has a tile for each lane. */
static void
plan_blocks(MarginJob *job)
{
	size_t most = BLOCK_MARGINS / (job->outputs * job->lanes);
	size_t tiles;

	job->tile = tile_bound(
		TILE_ROWS / 2,
		job->rows->format == ROWS_SPARSE ? 1 : job->model->dimension,
		job->outputs);
	if (job->tile > most)
		job->tile = most > 0 ? most : 1;
	tiles = BLOCK_MARGINS / (job->tile * job->outputs);
	job->block = job->tile * (tiles > job->lanes ? tiles : job->lanes);
	if (job->block > job->rows->count)
		job->block = job->rows->count;
}

/* Makes of a candidate what margins take. */
static Status
make_model(Problem *problem, const Candidate *candidate, Model *model,
		   Failure *failure)
{
	const Runtime *runtime = &problem->runtime;

	*model = (Model){0};
	model->dimension = problem->dimension;
	model->outputs = problem->outputs;
	model->byte_unit = 1.0; /* weights are for bytes as they are */
	model->weights =
		runtime_allocate(runtime, (size_t) problem->dimension *
									  problem->outputs * sizeof(double));
	model->bias = runtime_allocate(runtime, problem->outputs * sizeof(double));
	if (model->weights == NULL || model->bias == NULL)
		return fail_no_memory(failure);
	return units_unscale(problem, candidate, model->weights, model->bias,
						 failure);
}

Status
margins_of_model(Problem *problem, const Model *model, const Rows *rows,
				 MarginTaker *take, void *context, Failure *failure)
{
	const Runtime *runtime = &problem->runtime;
	MarginJob job = {.problem = problem,
					 .rows = rows,
					 .model = model,
					 .outputs = model->outputs,
					 .lanes = (size_t) threads_count(problem->pool)};
	Status status = predictor_init(&job.predictor, model, runtime, failure);

	if (status != LL_OK)
		return status;
	plan_blocks(&job);
	job.margins =
		runtime_allocate(runtime, job.block * job.outputs * sizeof(double));
	if (job.margins == NULL)
		return fail_no_memory(failure);
	status = run_windows(problem, &job, take, context, failure);
	runtime_release(runtime, job.margins);
	runtime_release(runtime, job.predictor.weights_f32);
	runtime_release(runtime, job.predictor.unit_f32);
	return status;
}

Status
margins_by_block(Problem *problem, const Candidate *candidate,
				 const Rows *rows, MarginTaker *take, void *context,
				 Failure *failure)
{
	Model model;
	Status status = make_model(problem, candidate, &model, failure);

	if (status == LL_OK)
		status =
			margins_of_model(problem, &model, rows, take, context, failure);
	runtime_release(&problem->runtime, model.weights);
	runtime_release(&problem->runtime, model.bias);
	return status;
}

/* Where margins_of_rows puts the margins of rows. */
typedef struct Scatter
{
	const Rows *rows;
	size_t outputs;
	double *margins;
} Scatter;

static void
scatter(void *context, const double *margins, size_t place, size_t n)
{
	const Scatter *to = context;

	for (size_t i = 0; i < n; i++)
		to->margins[rows_at(to->rows, place + i)] = margins[i * to->outputs];
}

Status
margins_of_rows(Problem *problem, const Candidate *candidate, const Rows *rows,
				double *margins, Failure *failure)
{
	Scatter to = {rows, problem->outputs, margins};

	return margins_by_block(problem, candidate, rows, scatter, &to, failure);
}
