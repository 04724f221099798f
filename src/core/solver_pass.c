/*
 * solver_pass.c
 *		One pass over the rows, by tiles and lanes.
 */
#include "core/solver_pass.h"

#include <math.h>
#include <string.h>

#include "core/dispatch.h"
#include "core/kernels.h"

/* A float tile of this many elements stays in the second-level cache. */
#define TILE_ELEMENTS ((size_t) 1 << 17)
#define TILE_ROWS_MIN 16
#define TILE_ROWS_MAX 1024
/* Multiply-adds of a lane's round; some milliseconds. */
#define ROUND_WORK ((size_t) 1 << 26)
#define LANES_MAX 8
/* All lanes' sums together stay below this. */
#define LANES_BYTES ((size_t) 256 << 20)
#define ALIGNMENT 64

/* Fixes tile and lane sizes from the problem's shape alone. */
static void
plan_tiles(Pass *pass)
{
	size_t lane_bytes = pass->parameters * sizeof(double) +
						pass->gram_size * pass->gram_size * sizeof(double);
	const Rows *rows = pass->problem->rows;
	size_t entries = pass->dimension;
	size_t work;

	pass->stride = (pass->dimension + 2 + 15) / 16 * 16;
	pass->tile_rows = TILE_ELEMENTS / pass->stride;
	if (pass->tile_rows < TILE_ROWS_MIN)
		pass->tile_rows = TILE_ROWS_MIN;
	if (pass->tile_rows > TILE_ROWS_MAX)
		pass->tile_rows = TILE_ROWS_MAX;
	if (rows->format == ROWS_SPARSE)
	{
		pass->stride = 0;
		pass->tile_rows = TILE_ROWS_MAX;
		/* Of a row, about; this decides on the rounds only. */
		entries = rows->bytes / (rows->count > 0 ? rows->count : 1) / 8;
	}
	pass->tiles = (pass->rows + pass->tile_rows - 1) / pass->tile_rows;
	pass->lanes = LANES_BYTES / (lane_bytes > 0 ? lane_bytes : 1);
	if (pass->lanes < 1)
		pass->lanes = 1;
	if (pass->lanes > LANES_MAX)
		pass->lanes = LANES_MAX;
	if (pass->lanes > pass->tiles)
		pass->lanes = pass->tiles;
	work = entries * (pass->gram_size == 0 ? 2 * pass->outputs
					  : pass->stride > 0   ? pass->gram_size
										   : entries);
	pass->round_tiles = ROUND_WORK / (work * pass->tile_rows + 1) + 1;
}

/* Allocates zeroed elements at a cache line's start; NULL: out of memory. */
static void *
lane_piece(const Pass *pass, PassLane *lane, size_t count, size_t size)
{
	char *pointer = NULL;

	if (count <= SIZE_MAX / size - ALIGNMENT)
		pointer =
			runtime_allocate_zero(pass->runtime, count * size + ALIGNMENT, 1);
	lane->piece[lane->pieces++] = pointer;
	if (pointer == NULL)
		return NULL;
	return pointer + (ALIGNMENT - (uintptr_t) pointer % ALIGNMENT);
}

/* Allocates one lane's buffers. */
static bool
init_lane(const Pass *pass, PassLane *lane)
{
	size_t size = pass->single ? sizeof(float) : sizeof(double);
	size_t rows = pass->tile_rows;
	size_t gram = pass->gram_size;

	lane->features = lane_piece(pass, lane, rows * pass->stride, size);
	lane->margins = lane_piece(pass, lane, rows * pass->outputs, size);
	lane->tile_gradient =
		lane_piece(pass, lane, pass->stride > 0 ? pass->parameters : 1, size);
	lane->target = lane_piece(pass, lane, rows, sizeof(float));
	lane->weight = lane_piece(pass, lane, rows, sizeof(float));
	lane->target64 = lane_piece(pass, lane, rows, sizeof(double));
	lane->curvature = lane_piece(pass, lane, rows, sizeof(double));
	lane->gradient = lane_piece(pass, lane, pass->parameters, sizeof(double));
	lane->multi = lane_piece(pass, lane, pass->outputs, sizeof(double));
	lane->gram = lane_piece(pass, lane, gram * gram, sizeof(double));
	for (int i = 0; i < LANE_PIECES; i++)
		if (lane->piece[i] == NULL)
			return false;
	return true;
}

void
pass_limit_rows(Pass *pass, size_t rows)
{
	pass->rows = rows;
	pass->tiles = (rows + pass->tile_rows - 1) / pass->tile_rows;
}

void
pass_release(Pass *pass)
{
	for (size_t l = 0; l < pass->lanes; l++)
		for (int i = 0; i < pass->lane[l].pieces; i++)
			runtime_release(pass->runtime, pass->lane[l].piece[i]);
	runtime_release(pass->runtime, pass->lane);
	runtime_release(pass->runtime, pass->zero);
	runtime_release(pass->runtime, pass->one);
	runtime_release(pass->runtime, pass->scale);
	runtime_release(pass->runtime, pass->shift);
	runtime_release(pass->runtime, pass->weights32);
	runtime_release(pass->runtime, pass->scaled);
	pass->lane = NULL;
	pass->lanes = 0;
}

/* Makes the constants of normalisation. */
static bool
init_normalisation(Pass *pass)
{
	const SolverProblem *problem = pass->problem;
	size_t n = pass->dimension;

	pass->zero = runtime_allocate_zero(pass->runtime, n, sizeof(double));
	pass->one = runtime_allocate_zero(pass->runtime, n, sizeof(double));
	pass->scale = runtime_allocate_zero(pass->runtime, n, sizeof(float));
	pass->shift = runtime_allocate_zero(pass->runtime, n, sizeof(float));
	pass->weights32 =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(float));
	pass->scaled =
		runtime_allocate_zero(pass->runtime, pass->parameters, sizeof(double));
	if (pass->zero == NULL || pass->one == NULL || pass->scale == NULL ||
		pass->shift == NULL || pass->weights32 == NULL || pass->scaled == NULL)
		return false;
	for (size_t j = 0; j < n; j++)
	{
		double mean = problem->mean == NULL ? 0.0 : problem->mean[j];
		double inverse = problem->inverse_deviation == NULL
							 ? 1.0
							 : problem->inverse_deviation[j];

		pass->one[j] = 1.0;
		pass->scale[j] = (float) inverse;
		pass->shift[j] = (float) (-mean * inverse);
	}
	return true;
}

Status
pass_init(Pass *pass, const SolverProblem *problem,
		  const SolverControl *control, int gram_extra, bool single,
		  Failure *failure)
{
	Status status;

	memset(pass, 0, sizeof(*pass));
	pass->problem = problem;
	pass->runtime = control->runtime;
	pass->pool = control->pool;
	pass->order =
		problem->selection != NULL ? problem->selection : problem->rows->order;
	pass->rows =
		problem->selection != NULL ? problem->count : problem->rows->count;
	pass->dimension = problem->rows->dimension;
	pass->outputs = problem->outputs;
	pass->parameters = (pass->dimension + 1) * pass->outputs;
	pass->gram_size = gram_extra > 0 ? pass->dimension + gram_extra : 0;
	pass->single = single && problem->rows->format != ROWS_SPARSE;
	status = blas_open(&pass->blas, failure);
	if (status != LL_OK)
		return status;
	plan_tiles(pass);
	pass->lane =
		runtime_allocate_zero(pass->runtime, pass->lanes, sizeof(PassLane));
	if (pass->lane == NULL || !init_normalisation(pass))
		return fail_no_memory(failure);
	for (size_t l = 0; l < pass->lanes; l++)
		if (!init_lane(pass, &pass->lane[l]))
			return fail_no_memory(failure);
	return LL_OK;
}

/* A dense row of any format to normalised doubles. */
UNFUSED_CLONES static void
fill_double(RowFormat format, const void *dense, const double *mean,
			const double *inverse, double *out, size_t n)
{
	const uint8_t *u8 = dense;
	const float *f32 = dense;
	const double *f64 = dense;

	if (format == ROWS_U8)
		for (size_t j = 0; j < n; j++)
			out[j] = (u8[j] - mean[j]) * inverse[j];
	else if (format == ROWS_F32)
		for (size_t j = 0; j < n; j++)
			out[j] = (f32[j] - mean[j]) * inverse[j];
	else
		for (size_t j = 0; j < n; j++)
			out[j] = (f64[j] - mean[j]) * inverse[j];
}

/* Puts one row into a lane's tile. */
static void
fill_row(const Pass *pass, PassLane *lane, const RowView *row, size_t place)
{
	const SolverProblem *problem = pass->problem;
	const double *mean = problem->mean != NULL ? problem->mean : pass->zero;
	const double *inverse = problem->inverse_deviation != NULL
								? problem->inverse_deviation
								: pass->one;
	float *out32 = (float *) lane->features + place * pass->stride;
	double *out64 = (double *) lane->features + place * pass->stride;
	RowFormat format = problem->rows->format;
	size_t n = pass->dimension;

	if (!pass->single)
		fill_double(format, row->dense, mean, inverse, out64, n);
	else if (format == ROWS_U8)
		kernel_normalize_u8(row->dense, pass->scale, pass->shift, out32, n);
	else if (format == ROWS_F32)
		kernel_normalize_f32(row->dense, mean, inverse, out32, n);
	else
		kernel_normalize_f64(row->dense, mean, inverse, out32, n);
}

/* Reads targets, weights and (dense) features of a tile. */
static void
fill_tile(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	const SolverProblem *problem = pass->problem;

	for (size_t i = 0; i < rows; i++)
	{
		size_t at = pass->order[first + i];
		double label = problem->rows->labels[at];
		float weight = rows_weight(problem->rows, at);
		RowView row;

		if (problem->class_weight != NULL)
			weight *= problem->class_weight[(size_t) label];
		lane->weight[i] = weight;
		lane->target64[i] =
			(label - problem->label_mean) / problem->label_deviation;
		lane->target[i] = (float) lane->target64[i];
		if (pass->stride > 0)
		{
			row = rows_view(problem->rows, at);
			fill_row(pass, lane, &row, i);
		}
	}
}

/* margins = features weights (+ bias), dense. */
static void
dense_margins(const Pass *pass, PassLane *lane, size_t rows)
{
	int m = (int) rows;
	int n = (int) pass->dimension;
	int k = (int) pass->outputs;
	int ld = (int) pass->stride;
	size_t bias = pass->dimension * pass->outputs;
	float *z32 = lane->margins;
	double *z64 = lane->margins;

	for (size_t i = 0; i < rows; i++)
		for (size_t o = 0; o < pass->outputs; o++)
			if (pass->single)
				z32[i * pass->outputs + o] = pass->weights32[bias + o];
			else
				z64[i * pass->outputs + o] = pass->weights[bias + o];
	if (n == 0)
		return;
	if (pass->single && k == 1)
		pass->blas->sgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, m, n, 1,
						  lane->features, ld, pass->weights32, 1, 1, z32, 1);
	else if (pass->single)
		pass->blas->sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS, m, k,
						  n, 1, lane->features, ld, pass->weights32, k, 1, z32,
						  k);
	else if (k == 1)
		pass->blas->dgemv(BLAS_ROW_MAJOR, BLAS_NO_TRANS, m, n, 1,
						  lane->features, ld, pass->weights, 1, 1, z64, 1);
	else
		pass->blas->dgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS, m, k,
						  n, 1, lane->features, ld, pass->weights, k, 1, z64,
						  k);
}

/* gradient += features^T derivatives, dense. */
static void
dense_gradient(const Pass *pass, PassLane *lane, size_t rows)
{
	int m = (int) rows;
	int n = (int) pass->dimension;
	int k = (int) pass->outputs;
	int ld = (int) pass->stride;
	size_t size = pass->dimension * pass->outputs;
	const float *g32 = lane->tile_gradient;
	const double *g64 = lane->tile_gradient;
	const float *z32 = lane->margins;
	const double *z64 = lane->margins;

	for (size_t i = 0; i < rows; i++)
		for (size_t o = 0; o < pass->outputs; o++)
			lane->gradient[size + o] += pass->single
											? z32[i * pass->outputs + o]
											: z64[i * pass->outputs + o];
	if (n == 0)
		return;
	if (pass->single && k == 1)
		pass->blas->sgemv(BLAS_ROW_MAJOR, BLAS_TRANS, m, n, 1, lane->features,
						  ld, z32, 1, 0, lane->tile_gradient, 1);
	else if (pass->single)
		pass->blas->sgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, n, k, m,
						  1, lane->features, ld, z32, k, 0,
						  lane->tile_gradient, k);
	else if (k == 1)
		pass->blas->dgemv(BLAS_ROW_MAJOR, BLAS_TRANS, m, n, 1, lane->features,
						  ld, z64, 1, 0, lane->tile_gradient, 1);
	else
		pass->blas->dgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, n, k, m,
						  1, lane->features, ld, z64, k, 0,
						  lane->tile_gradient, k);
	if (pass->single)
		for (size_t i = 0; i < size; i++)
			lane->gradient[i] += g32[i];
	else
		for (size_t i = 0; i < size; i++)
			lane->gradient[i] += g64[i];
}

/* margins of sparse rows, in double. */
static void
sparse_margins(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	size_t outputs = pass->outputs;
	double *z = lane->margins;

	for (size_t i = 0; i < rows; i++, z += outputs)
	{
		RowView row = rows_view(pass->problem->rows, pass->order[first + i]);

		memcpy(z, pass->scaled + pass->dimension * outputs,
			   outputs * sizeof(double));
		for (uint32_t e = 0; e < row.count; e++)
		{
			const double *w = pass->scaled + (size_t) row.index[e] * outputs;

			for (size_t k = 0; k < outputs; k++)
				z[k] += w[k] * row.value[e];
		}
	}
}

/* gradient += of sparse rows; not yet times the inverse deviation. */
static void
sparse_gradient(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	size_t outputs = pass->outputs;
	const double *d = lane->margins;

	for (size_t i = 0; i < rows; i++, d += outputs)
	{
		RowView row = rows_view(pass->problem->rows, pass->order[first + i]);
		double *bias = lane->gradient + pass->dimension * outputs;

		for (size_t k = 0; k < outputs; k++)
			bias[k] += d[k];
		for (uint32_t e = 0; e < row.count; e++)
		{
			double *g = lane->gradient + (size_t) row.index[e] * outputs;

			for (size_t k = 0; k < outputs; k++)
				g[k] += d[k] * row.value[e];
		}
	}
}

/* Turns a float tile's margins into weighted derivatives. */
static void
derive_single(const Pass *pass, PassLane *lane, size_t rows)
{
	LossBatch batch = {.kind = pass->problem->loss,
					   .rows = rows,
					   .models = 1,
					   .outputs = pass->outputs,
					   .stride = pass->outputs,
					   .parameters = &pass->problem->parameters,
					   .target = lane->target,
					   .weight = lane->weight};

	loss_batch_derivatives(&batch, lane->margins, &lane->loss,
						   &lane->weight_sum);
}

/* Mean over the classes of softmax's p_k (1 - p_k), from its gradient. */
static double
mean_curvature(const double *gradient, size_t outputs, size_t class)
{
	double sum = 0.0;

	for (size_t k = 0; k < outputs; k++)
	{
		double p = gradient[k] + (k == class ? 1.0 : 0.0);

		sum += p * (1.0 - p);
	}
	return sum > 0.0 ? sum / (double) outputs : 0.0;
}

/* The same in double, with second derivatives. */
static void
derive_double(const Pass *pass, PassLane *lane, size_t rows)
{
	const SolverProblem *problem = pass->problem;
	const LossParameters *p = &problem->parameters;
	size_t outputs = pass->outputs;
	double *z = lane->margins;

	for (size_t i = 0; i < rows; i++, z += outputs)
	{
		double w = lane->weight[i];
		double y = lane->target64[i];
		double loss;

		if (loss_is_multiclass(problem->loss))
		{
			loss = loss_value_multi(problem->loss, p, z, outputs, (size_t) y);
			loss_gradient_multi(problem->loss, p, z, outputs, (size_t) y,
								lane->multi);
			lane->curvature[i] =
				w * mean_curvature(lane->multi, outputs, (size_t) y);
			for (size_t k = 0; k < outputs; k++)
				z[k] = w * lane->multi[k];
		}
		else
		{
			loss = loss_value(problem->loss, p, z[0], y);
			lane->curvature[i] =
				w * loss_second_derivative(problem->loss, p, z[0], y);
			z[0] = w * loss_derivative(problem->loss, p, z[0], y);
		}
		lane->loss += w * loss;
		lane->weight_sum += w;
	}
}

/* gram += sum_i curvature_i (x_i, 1[, y_i]) (x_i, 1[, y_i])^T, dense. */
static void
dense_gram(const Pass *pass, PassLane *lane, size_t rows)
{
	double *x = lane->features;
	double *out = lane->features;
	int n = (int) pass->gram_size;
	int kept = 0;

	for (size_t i = 0; i < rows; i++, x += pass->stride)
	{
		double root = sqrt(lane->curvature[i]);

		if (lane->curvature[i] < pass->curvature_floor * lane->weight[i])
			continue;
		x[pass->dimension] = 1.0;
		if (pass->gram_size > pass->dimension + 1)
			x[pass->dimension + 1] = lane->target64[i];
		for (size_t j = 0; j < pass->gram_size; j++)
			out[j] = x[j] * root;
		out += pass->stride;
		kept++;
	}
	if (kept == 0)
		return;
	pass->blas->dsyrk(BLAS_COL_MAJOR, BLAS_LOWER, BLAS_NO_TRANS, n, kept, 1,
					  lane->features, (int) pass->stride, 1, lane->gram, n);
}

/* The same of sparse rows, entry by entry. */
static void
sparse_gram(const Pass *pass, PassLane *lane, size_t first, size_t rows)
{
	size_t n = pass->gram_size;
	size_t d = pass->dimension;
	const double *inverse = pass->problem->inverse_deviation != NULL
								? pass->problem->inverse_deviation
								: pass->one;

	for (size_t i = 0; i < rows; i++)
	{
		RowView row = rows_view(pass->problem->rows, pass->order[first + i]);
		double c = lane->curvature[i];
		double y = lane->target64[i];

		for (uint32_t e = 0; e < row.count; e++)
		{
			size_t j = row.index[e];
			double a = c * row.value[e] * inverse[j];
			double *column = lane->gram + j * n;

			for (uint32_t f = e; f < row.count; f++)
				column[row.index[f]] +=
					a * row.value[f] * inverse[row.index[f]];
			column[d] += a;
			if (n > d + 1)
				column[d + 1] += a * y;
		}
		lane->gram[d * n + d] += c;
		if (n > d + 1)
		{
			lane->gram[d * n + d + 1] += c * y;
			lane->gram[(d + 1) * n + d + 1] += c * y * y;
		}
	}
}

/* Does one tile of one lane. */
static void
run_tile(const Pass *pass, PassLane *lane, size_t tile)
{
	size_t first = tile * pass->tile_rows;
	size_t left = pass->rows - first;
	size_t rows = left < pass->tile_rows ? left : pass->tile_rows;
	bool sparse = pass->stride == 0;

	fill_tile(pass, lane, first, rows);
	if (pass->weights == NULL)
		for (size_t i = 0; i < rows; i++)
		{
			lane->curvature[i] = lane->weight[i];
			lane->weight_sum += lane->weight[i];
		}
	else
	{
		if (sparse)
			sparse_margins(pass, lane, first, rows);
		else
			dense_margins(pass, lane, rows);
		if (pass->single)
			derive_single(pass, lane, rows);
		else
			derive_double(pass, lane, rows);
		if (sparse)
			sparse_gradient(pass, lane, first, rows);
		else
			dense_gradient(pass, lane, rows);
	}
	if (pass->want_gram && sparse)
		sparse_gram(pass, lane, first, rows);
	else if (pass->want_gram)
		dense_gram(pass, lane, rows);
}

/* A lane's tiles of one round. */
static void
run_lane(void *argument, size_t index)
{
	Pass *pass = argument;

	for (size_t i = 0; i < pass->round_tiles; i++)
	{
		size_t tile = pass->next_tile + i * pass->lanes + index;

		if (tile < pass->tiles)
			run_tile(pass, &pass->lane[index], tile);
	}
}

/* Runs all tiles in rounds short enough to look at interrupts between them. */
static Status
run_rounds(Pass *pass, Failure *failure)
{
	for (size_t l = 0; l < pass->lanes; l++)
	{
		PassLane *lane = &pass->lane[l];

		lane->loss = lane->weight_sum = 0.0;
		memset(lane->gradient, 0, pass->parameters * sizeof(double));
		if (pass->want_gram)
			memset(lane->gram, 0,
				   pass->gram_size * pass->gram_size * sizeof(double));
	}
	for (pass->next_tile = 0; pass->next_tile < pass->tiles;
		 pass->next_tile += pass->round_tiles * pass->lanes)
	{
		if (runtime_interrupted(pass->runtime))
			return fail_cancelled(failure);
		if (pass->pool != NULL)
			threads_run(pass->pool, run_lane, pass, pass->lanes);
		else
			for (size_t l = 0; l < pass->lanes; l++)
				run_lane(pass, l);
	}
	return LL_OK;
}

/* Sums one array of all lanes into the first's, in order, and scales it. */
static void
sum_lanes(const Pass *pass, size_t offset_of_array, size_t count, double scale,
		  double *out)
{
	for (size_t l = 0; l < pass->lanes; l++)
	{
		const double *array = *(
			double *const *) ((const char *) &pass->lane[l] + offset_of_array);

		if (l == 0)
			memcpy(out, array, count * sizeof(double));
		else
			for (size_t i = 0; i < count; i++)
				out[i] += array[i];
	}
	for (size_t i = 0; i < count; i++)
		out[i] *= scale;
}

/* Copies the weights into the forms that tiles use. */
static void
prepare_weights(Pass *pass, const double *weights)
{
	const double *inverse = pass->problem->inverse_deviation;

	pass->weights = weights;
	if (pass->single)
		for (size_t i = 0; i < pass->parameters; i++)
			pass->weights32[i] = (float) weights[i];
	if (pass->stride == 0)
		for (size_t i = 0; i < pass->parameters; i++)
		{
			size_t j = i / pass->outputs;

			pass->scaled[i] = inverse != NULL && j < pass->dimension
								  ? weights[i] * inverse[j]
								  : weights[i];
		}
}

/* Scales a sparse gradient, and keeps what is not learned at rest. */
static void
finish_gradient(const Pass *pass, double *gradient)
{
	const double *inverse = pass->problem->inverse_deviation;
	size_t bias = pass->dimension * pass->outputs;

	if (inverse != NULL)
		for (size_t i = 0; i < bias; i++)
		{
			size_t j = i / pass->outputs;

			if (pass->stride == 0)
				gradient[i] *= inverse[j];
			else if (inverse[j] == 0.0)
				gradient[i] = 0.0;
		}
	if (!pass->problem->use_bias)
		memset(gradient + bias, 0, pass->outputs * sizeof(double));
}

/* The sum of weights that the last run found. */
static double
weight_sum(const Pass *pass)
{
	double sum = 0.0;

	for (size_t l = 0; l < pass->lanes; l++)
		sum += pass->lane[l].weight_sum;
	return sum > 0.0 ? sum : 1.0;
}

Status
pass_run(Pass *pass, const double *weights, double *loss, double *gradient,
		 double *gram, Failure *failure)
{
	Status status;
	double scale;
	double sum = 0.0;

	prepare_weights(pass, weights);
	pass->want_gram = gram != NULL;
	status = run_rounds(pass, failure);
	if (status != LL_OK)
		return status;
	scale = 1.0 / weight_sum(pass);
	for (size_t l = 0; l < pass->lanes; l++)
		sum += pass->lane[l].loss;
	*loss = sum * scale;
	sum_lanes(pass, offsetof(PassLane, gradient), pass->parameters, scale,
			  gradient);
	finish_gradient(pass, gradient);
	if (gram != NULL)
		sum_lanes(pass, offsetof(PassLane, gram),
				  pass->gram_size * pass->gram_size, scale, gram);
	return LL_OK;
}

Status
pass_moments(Pass *pass, double *gram, Failure *failure)
{
	Status status;

	pass->weights = NULL;
	pass->want_gram = true;
	status = run_rounds(pass, failure);
	if (status != LL_OK)
		return status;
	sum_lanes(pass, offsetof(PassLane, gram),
			  pass->gram_size * pass->gram_size, 1.0 / weight_sum(pass), gram);
	return LL_OK;
}

double
pass_penalty(const Pass *pass, const double *weights, double *gradient)
{
	size_t bias = pass->dimension * pass->outputs;
	double wd = pass->problem->wd;
	double bias_wd = wd * pass->problem->bias_wd_mult;
	double value;

	if (wd == 0.0)
		return 0.0;
	value = 0.5 * wd * vector_dot(weights, weights, bias) +
			0.5 * bias_wd *
				vector_dot(weights + bias, weights + bias, pass->outputs);
	for (size_t i = 0; i < pass->parameters; i++)
		gradient[i] += (i < bias ? wd : bias_wd) * weights[i];
	return value;
}

UNFUSED_CLONES double
vector_dot(const double *a, const double *b, size_t n)
{
	double lane[8] = {0};
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++)
			lane[k] += a[i + k] * b[i + k];
	for (size_t k = 0; i + k < n; k++)
		lane[k] += a[i + k] * b[i + k];
	return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
		   ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
