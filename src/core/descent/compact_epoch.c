/*
 * compact_epoch.c
 *		An epoch of one model over compact rows, its mini-batches in parts.
 *
 * A mini-batch has as many parts as its size says, whatever the threads: each sums
 * its own gradient, and those are added in the order of the parts.
 */
#include "core/descent/compact_epoch.h"

#include <string.h>
#include <unistd.h>

#include "core/descent/group_update.h"
#include "core/rows/compact_rows.h"

/* Parts of a mini-batch, and the places of its rows that are worth one. */
#define MOST_PARTS 4
#define PART_PLACES 4096
/*
 * Rows of a mini-batch that surely have each feature of the head among them; those
 * of fewer are asked.
 */
#define SURE_ROWS 64
/* Features that are looked through for each entry of a mini-batch, at most. */
#define FEATURES_PER_ENTRY 2.0
/* Features whose update is worth a task. */
#define TASK_FEATURES 256
/* Touched features are looked for by words of this many bytes. */
#define WORD sizeof(uint64_t)

/* What the rows of a part come to. */
typedef struct Part
{
	float *gradient;	  /* [inputs + 1], 0 between mini-batches */
	uint8_t *touched;	  /* likewise, in whole words */
	float *head_gradient; /* [head room] */
	float *margins;		  /* [tile] */
	float *targets;
	float *weights;
	float bias;
	double loss;
	double weight;
} Part;

struct CompactDescent
{
	CompactRows rows;
	Part parts[MOST_PARTS];
	float *head_weights; /* [head room] */
	uint32_t *features;	 /* [dimension] touched ones, each task's apart */
	float *rooms;		 /* [MOST_PARTS][6 * period] */
	size_t part_count;
	size_t task_count; /* of an update */
	size_t processors;
	Group *group;
	const uint32_t *order; /* of the mini-batch at work */
	size_t count;
	bool interrupted; /* a part saw it; atomic */
};

/* ---- Memory ---- */

/* Whether a group's rows and loss are such as are dealt with here. */
static bool
suits(const Group *group)
{
	const Problem *problem = group->problem;
	const Rows *rows = problem->rows[CHANNEL_TRAIN];

	return group->sparse && group->columns == 1 && rows->spill == NULL &&
		   rows->shards == NULL && rows->offsets == NULL &&
		   problem->row_fold == NULL && !loss_is_log_link(group->loss);
}

/*
 * Whether mini-batches are large enough: each looks through all features for those
 * it has touched.
 */
static bool
is_worth_it(const Group *group)
{
	const Rows *rows = group->problem->rows[CHANNEL_TRAIN];
	size_t batch =
		group->batch_size < rows->count ? group->batch_size : rows->count;
	double entries = 0.0;

	for (size_t j = 0; j < rows->dimension; j++)
		entries += group->counts[j];
	entries *= (double) batch / (double) rows->count;
	return batch >= SURE_ROWS &&
		   (double) rows->dimension <= FEATURES_PER_ENTRY * entries;
}

static bool
take_part(const CompactDescent *descent, Part *part)
{
	const Group *group = descent->group;
	const Runtime *runtime = &group->problem->runtime;
	size_t places = (group->inputs + WORD) / WORD * WORD;

	part->gradient = runtime_allocate_zero(runtime, places, sizeof(float));
	part->touched = runtime_allocate_zero(runtime, places, 1);
	part->head_gradient = runtime_allocate_zero(
		runtime, descent->rows.head_room + 1, sizeof(float));
	part->margins = runtime_allocate(runtime, TILE_ROWS * sizeof(float));
	part->targets = runtime_allocate(runtime, TILE_ROWS * sizeof(float));
	part->weights = runtime_allocate(runtime, TILE_ROWS * sizeof(float));
	return part->gradient != NULL && part->touched != NULL &&
		   part->head_gradient != NULL && part->margins != NULL &&
		   part->targets != NULL && part->weights != NULL;
}

/* Makes parts, by numbers that do not depend on the threads. */
static bool
take_parts(CompactDescent *descent)
{
	const Group *group = descent->group;
	const Runtime *runtime = &group->problem->runtime;
	size_t parts = group->batch_size *
				   (descent->rows.head_count + descent->rows.tail_count) /
				   PART_PLACES;
	size_t tasks = group->inputs / TASK_FEATURES;

	descent->part_count = parts < 1			   ? 1
						  : parts > MOST_PARTS ? MOST_PARTS
											   : parts;
	descent->task_count = tasks < 1			   ? 1
						  : tasks > MOST_PARTS ? MOST_PARTS
											   : tasks;
	for (size_t p = 0; p < descent->part_count; p++)
		if (!take_part(descent, &descent->parts[p]))
			return false;
	descent->head_weights = runtime_allocate_zero(
		runtime, descent->rows.head_room + 1, sizeof(float));
	descent->features =
		runtime_allocate(runtime, group->inputs * sizeof(uint32_t));
	descent->rooms = runtime_allocate_zero(
		runtime, MOST_PARTS * 6 * group->period, sizeof(float));
	return descent->head_weights != NULL && descent->features != NULL &&
		   descent->rooms != NULL;
}

Status
compact_epoch_init(Group *group, Failure *failure)
{
	const Problem *problem = group->problem;
	CompactDescent *descent;
	bool made;
	Status status;

	if (!suits(group) || !is_worth_it(group))
		return LL_OK;
	descent =
		runtime_allocate_zero(&problem->runtime, 1, sizeof(CompactDescent));
	if (descent == NULL)
		return fail_no_memory(failure);
	descent->group = group;
	descent->processors = (size_t) sysconf(_SC_NPROCESSORS_ONLN);
	status = compact_rows_make(
		&descent->rows, problem->rows[CHANNEL_TRAIN], group->counts,
		group->normalizer->scale_f32, group->targets[CHANNEL_TRAIN],
		problem_room(problem), problem->pool, &made, failure);
	if (status != LL_OK || !made)
		return status;
	if (!take_parts(descent))
		return fail_no_memory(failure);
	group->compact = descent;
	return LL_OK;
}

void
compact_epoch_release(Group *group)
{
	if (group->compact != NULL)
		compact_rows_release(&group->compact->rows,
							 &group->problem->rows[CHANNEL_TRAIN]->runtime);
	group->compact = NULL;
}

size_t
compact_epoch_threads(const Group *group)
{
	const CompactDescent *descent = group->compact;

	if (descent == NULL)
		return 1;
	return descent->part_count < descent->processors ? descent->part_count
													 : descent->processors;
}

/* ---- Gradients ---- */

/* Derivatives of a tile's rows, in the place of their margins. */
static void
derive(const Group *group, Part *part, size_t n)
{
	LossBatch batch = {.kind = group->loss,
					   .rows = n,
					   .models = 1,
					   .outputs = 1,
					   .stride = 1,
					   .parameters = group->parameters,
					   .target = part->targets,
					   .weight = part->weights,
					   .class_weight =
						   (const float *const *) group->class_weight};

	loss_batch_derivatives(&batch, part->margins, &part->loss, &part->weight);
	for (size_t i = 0; i < n; i++)
		part->bias += part->margins[i];
}

/* Gives what the head pulled to its features, which all have been touched if so. */
static void
spread_head(const CompactRows *rows, Part *part, bool all)
{
	for (uint32_t h = 0; h < rows->head_count; h++)
	{
		part->gradient[rows->head[h]] = part->head_gradient[h];
		part->touched[rows->head[h]] |= all;
	}
	memset(part->head_gradient, 0, rows->head_room * sizeof(float));
}

/* Sums the gradient of a part's rows. */
static void
run_part(void *argument, size_t index)
{
	CompactDescent *descent = argument;
	const CompactRows *rows = &descent->rows;
	const Group *group = descent->group;
	Part *part = &descent->parts[index];
	size_t from = descent->count * index / descent->part_count;
	size_t to = descent->count * (index + 1) / descent->part_count;
	bool sure = descent->count >= SURE_ROWS;

	part->bias = 0.0f;
	part->loss = part->weight = 0.0;
	/* where rows add what means nothing */
	part->gradient[compact_absent(rows)] = 0.0f;
	for (size_t at = from, n; at < to; at += n)
	{
		const uint32_t *order = descent->order + at;

		n = to - at < TILE_ROWS ? to - at : TILE_ROWS;
		if (runtime_interrupted(&group->problem->runtime))
		{
			__atomic_store_n(&descent->interrupted, true, __ATOMIC_RELAXED);
			return;
		}
		compact_forward(rows, order, n, descent->head_weights, group->weights,
						part->margins, part->targets, part->weights);
		derive(group, part, n);
		compact_backward(rows, order, n, part->margins, part->head_gradient,
						 part->gradient, part->touched);
		if (!sure)
			compact_touch_head(rows, order, n, part->touched);
	}
	spread_head(rows, part, sure);
}

/* ---- Updates ---- */

/* Features of a task. */
static size_t
first_feature(const CompactDescent *descent, size_t task)
{
	size_t dimension = descent->group->inputs - 1;

	return task == descent->task_count
			   ? dimension
			   : dimension * task / descent->task_count / WORD * WORD;
}

/* Whether any part touched one of a word's features; none has then. */
static bool
take_touched(CompactDescent *descent, size_t first, uint8_t *touched)
{
	uint64_t any = 0, word;

	for (size_t p = 0; p < descent->part_count; p++)
	{
		memcpy(&word, descent->parts[p].touched + first, WORD);
		any |= word;
	}
	if (any == 0)
		return false;
	for (size_t p = 0; p < descent->part_count; p++)
		memset(descent->parts[p].touched + first, 0, WORD);
	memcpy(touched, &any, WORD);
	return true;
}

/* Adds the parts' gradients of a feature, in their order. */
static float
take_gradient(CompactDescent *descent, size_t feature)
{
	float sum = 0.0f;

	for (size_t p = 0; p < descent->part_count; p++)
	{
		sum += descent->parts[p].gradient[feature];
		descent->parts[p].gradient[feature] = 0.0f;
	}
	return sum;
}

/* Updates the touched features of a task. */
static void
update_features(void *argument, size_t task)
{
	CompactDescent *descent = argument;
	Group *group = descent->group;
	size_t from = first_feature(descent, task);
	size_t to = first_feature(descent, task + 1), count = 0;
	uint32_t *features = descent->features + from;
	uint8_t touched[WORD];

	for (size_t first = from; first < to; first += WORD)
	{
		if (!take_touched(descent, first, touched))
			continue;
		for (size_t j = first; j < first + WORD && j < to; j++)
			if (touched[j - first] != 0)
			{
				group->gradient[j] = take_gradient(descent, j);
				features[count++] = (uint32_t) j;
			}
	}
	group_update_features(group, features, count,
						  1.0f / (float) descent->count,
						  descent->rooms + task * 6 * group->period);
}

/* Trains on a mini-batch. */
static void
run_batch(CompactDescent *descent)
{
	Group *group = descent->group;
	const CompactRows *rows = &descent->rows;
	float *bias = &group->gradient[group->inputs - 1];

	for (uint32_t h = 0; h < rows->head_count; h++)
		descent->head_weights[h] = group->weights[rows->head[h]];
	team_share(group->team, run_part, descent, descent->part_count);
	if (descent->interrupted)
		return;
	*bias = 0.0f;
	for (size_t p = 0; p < descent->part_count; p++)
	{
		*bias += descent->parts[p].bias;
		group->loss_sum[0] += descent->parts[p].loss;
		group->weight_sum[0] += descent->parts[p].weight;
	}
	group_set_rates(group);
	team_share(group->team, update_features, descent, descent->task_count);
	group_update_bias(group, 1.0f / (float) descent->count);
}

void
compact_epoch_run(Group *group)
{
	CompactDescent *descent = group->compact;
	size_t n;

	for (size_t at = 0; at < group->row_count && !group->cut; at += n)
	{
		n = group->row_count - at < group->batch_size ? group->row_count - at
													  : group->batch_size;
		descent->order = group->order + at;
		descent->count = n;
		run_batch(descent);
		if (group_interrupted(group) || descent->interrupted)
		{
			group->status = LL_CANCELLED;
			return;
		}
		group->epoch_updates++;
		group->cut = problem_late(group->problem);
	}
}
