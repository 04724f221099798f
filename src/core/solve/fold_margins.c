/*
 * fold_margins.c
 *		The losses of sparse rows by the margins of all folds at once.
 */
#include "core/solve/fold_margins.h"

#include <math.h>
#include <string.h>

/* ---- Making ready ---- */

/*
 * Finds the fold of each row: the lists that folds hold out go in the order of
 * what the last one learns from, behind which come its own.
 */
static void
find_folds(FoldMargins *m, const FoldRows *folds, const uint32_t *whole,
		   size_t count)
{
	size_t last = folds->count - 1, at[FOLDS_MOST] = {0};
	size_t learned = folds->learned_count[last];

	for (size_t i = 0; i < count; i++)
	{
		m->row_fold[i] = i < learned ? -1 : (int16_t) last;
		for (size_t k = 0; i < learned && k < last; k++)
			if (at[k] < folds->held_count[k] &&
				folds->held[k][at[k]] == whole[i])
			{
				m->row_fold[i] = (int16_t) k;
				at[k]++;
			}
	}
}

/* Labels as the loss takes them, weights, and margins of no weights. */
static void
fill_rows(FoldMargins *m, const uint32_t *whole, size_t count)
{
	const SolverProblem *problem = m->problem;
	const Rows *rows = problem->rows;

	for (size_t i = 0; i < count; i++)
	{
		double label = rows->labels[whole[i]];
		float weight = rows_weight(rows, whole[i]);
		float offset =
			(float) (rows_offset(rows, whole[i]) / problem->label_deviation);

		if (problem->class_weight != NULL)
			weight *= problem->class_weight[(size_t) label];
		m->weight[i] = weight;
		m->target[i] = (float) (problem->label_unit > 0.0
									? label / problem->label_unit
									: (label - problem->label_mean) /
										  problem->label_deviation);
		for (size_t l = 0; m->outputs == 1 && l < m->folds; l++)
			m->margin[i * m->stride + l] = offset;
	}
}

Status
fold_margins_make(FoldMargins *m, const SolverProblem *problem,
				  const Runtime *runtime, const FoldRows *folds,
				  const uint32_t *whole, size_t count, size_t stride,
				  Failure *failure)
{
	float **margins[] = {&m->margin, &m->moved, &m->along,
						 &m->bent,	 &m->slope, &m->curvature};

	*m = (FoldMargins){.problem = problem,
					   .folds = folds->count,
					   .outputs = problem->outputs,
					   .stride = stride};
	m->target = runtime_allocate(runtime, (count + 1) * sizeof(float));
	m->weight = runtime_allocate(runtime, (count + 1) * sizeof(float));
	m->row_fold = runtime_allocate(runtime, (count + 1) * sizeof(int16_t));
	if (m->target == NULL || m->weight == NULL || m->row_fold == NULL)
		return fail_no_memory(failure);
	for (size_t i = 0; i < sizeof(margins) / sizeof(margins[0]); i++)
	{
		*margins[i] =
			runtime_allocate_zero(runtime, count * stride + 1, sizeof(float));
		if (*margins[i] == NULL)
			return fail_no_memory(failure);
	}
	for (size_t k = 0; k < m->folds; k++)
	{
		m->parameters[k] = problem->parameters;
		m->model_fold[k] = (int16_t) k;
	}
	find_folds(m, folds, whole, count);
	fill_rows(m, whole, count);
	m->batch = (LossBatch){.kind = problem->loss,
						   .models = m->folds,
						   .outputs = m->outputs,
						   .stride = stride,
						   .parameters = m->parameters,
						   .target = m->target,
						   .weight = m->weight,
						   .row_fold = m->row_fold,
						   .model_fold = m->model_fold,
						   .forward = folds->key == FOLD_KEY_TIME};
	return LL_OK;
}

void
fold_margins_release(FoldMargins *m, const Runtime *runtime)
{
	void *pieces[] = {m->target, m->weight, m->row_fold, m->margin,	  m->moved,
					  m->along,	 m->bent,	m->slope,	 m->curvature};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		runtime_release(runtime, pieces[i]);
}

/* ---- Losses ---- */

/* The batch of some rows. */
static LossBatch
batch_of(const FoldMargins *m, size_t first, size_t end)
{
	LossBatch batch = m->batch;

	batch.rows = end - first;
	batch.target += first;
	batch.weight += first;
	batch.row_fold += first;
	return batch;
}

void
fold_margins_try(const FoldMargins *m, size_t first, size_t end,
				 const float *part, double *loss, double *weight)
{
	LossBatch batch = batch_of(m, first, end);

	for (size_t i = first * m->stride; i < end * m->stride; i += m->stride)
		for (size_t l = 0; l < m->stride; l++)
			m->slope[i + l] = m->margin[i + l] + part[l] * m->moved[i + l];
	loss_batch_derivatives(&batch, m->slope + first * m->stride, loss, weight);
	/* The lanes that stand for nothing. */
	for (size_t i = first * m->stride; i < end * m->stride; i += m->stride)
		for (size_t l = m->folds * m->outputs; l < m->stride; l++)
			m->slope[i + l] = 0.0f;
}

void
fold_margins_judge(const FoldMargins *m, size_t first, size_t end,
				   double *loss, double *weight)
{
	LossBatch batch = batch_of(m, first, end);

	batch.held_out = true;
	loss_batch_values(&batch, m->margin + first * m->stride, loss, weight);
}

/* Whether a fold learns from a row. */
static bool
learns(const FoldMargins *m, size_t row, size_t fold)
{
	return m->batch.forward ? m->row_fold[row] < (int16_t) fold
							: m->row_fold[row] != (int16_t) fold;
}

/* A row's second derivatives by one margin a fold. */
static void
curve_row(const FoldMargins *m, size_t row)
{
	const SolverProblem *problem = m->problem;
	size_t at = row * m->stride;
	float weight = m->weight[row];

	for (size_t k = 0; k < m->folds; k++)
	{
		float part = fabsf(m->slope[at + k]), curvature = 0.0f;

		if (weight > 0.0f && problem->loss == LOSS_LOGISTIC)
			curvature = part * (1.0f - part / weight);
		else if (weight > 0.0f && learns(m, row, k))
			curvature = weight * (float) loss_second_derivative(
									 problem->loss, &problem->parameters,
									 m->margin[at + k], m->target[row]);
		m->curvature[at + k] = curvature;
	}
}

/* Each class's probability, weighted, of each fold. */
static void
weigh_classes(const FoldMargins *m, size_t row)
{
	size_t at = row * m->stride;

	memcpy(m->curvature + at, m->slope + at,
		   m->folds * m->outputs * sizeof(float));
	for (size_t k = 0; k < m->folds; k++)
		if (learns(m, row, k))
			m->curvature[at + k * m->outputs + (size_t) m->target[row]] +=
				m->weight[row];
}

void
fold_margins_move(const FoldMargins *m, size_t first, size_t end,
				  const float *part, const float *factor)
{
	for (size_t row = first; row < end; row++)
	{
		size_t at = row * m->stride;

		for (size_t l = 0; l < m->stride; l++)
			m->margin[at + l] += part[l] * m->moved[at + l];
		if (m->outputs > 1)
			weigh_classes(m, row);
		else
			curve_row(m, row);
		for (size_t l = 0; l < m->stride; l++)
		{
			m->slope[at + l] *= factor[l];
			m->curvature[at + l] *= factor[l];
		}
	}
}

/* ---- Second derivatives ---- */

/* The sum of a fold's weighted probabilities: the row's weight. */
static float
sum_classes(const float *probability, size_t outputs)
{
	float sum = 0.0f;

	for (size_t o = 0; o < outputs; o++)
		sum += probability[o];
	return sum;
}

/* bent of one fold's classes. */
static void
bend_classes(const float *restrict p, const float *restrict along,
			 size_t outputs, float *restrict bent)
{
	float weight = sum_classes(p, outputs), mean = 0.0f;

	for (size_t o = 0; o < outputs; o++)
		mean += p[o] * along[o];
	mean = weight > 0.0f ? mean / weight : 0.0f;
	for (size_t o = 0; o < outputs; o++)
		bent[o] = p[o] * (along[o] - mean);
}

void
fold_margins_bend(const FoldMargins *m, size_t first, size_t end)
{
	size_t from = first * m->stride, to = end * m->stride;

	for (size_t i = from; m->outputs == 1 && i < to; i++)
		m->bent[i] = m->curvature[i] * m->along[i];
	for (size_t i = from; m->outputs > 1 && i < to; i += m->stride)
		for (size_t k = 0; k < m->folds; k++)
		{
			size_t at = i + k * m->outputs;

			bend_classes(m->curvature + at, m->along + at, m->outputs,
						 m->bent + at);
		}
}

void
fold_margins_spread(const FoldMargins *m, size_t first, size_t end)
{
	size_t from = first * m->stride, to = end * m->stride;

	for (size_t i = from; m->outputs == 1 && i < to; i++)
		m->bent[i] = m->curvature[i];
	for (size_t i = from; m->outputs > 1 && i < to; i += m->stride)
		for (size_t k = 0; k < m->folds; k++)
		{
			const float *p = m->curvature + i + k * m->outputs;
			float *bent = m->bent + i + k * m->outputs;
			float sum = sum_classes(p, m->outputs);

			for (size_t o = 0; o < m->outputs; o++)
				bent[o] = sum > 0.0f ? p[o] * (1.0f - p[o] / sum) : 0.0f;
		}
}

void
fold_margins_advance(const FoldMargins *m, size_t first, size_t end,
					 const float *alpha)
{
	if (alpha == NULL)
	{
		memset(m->moved + first * m->stride, 0,
			   (end - first) * m->stride * sizeof(float));
		return;
	}
	for (size_t i = first * m->stride; i < end * m->stride; i += m->stride)
		for (size_t l = 0; l < m->stride; l++)
			m->moved[i + l] += alpha[l] * m->along[i + l];
}
