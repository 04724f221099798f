/*
 * shard_labels.c
 *		The distinct labels of rows that are elsewhere.
 */
#include "core/shards/shard_labels.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"

#define FIRST_CAPACITY 16

void
shard_labels_init(ShardLabels *labels, const Runtime *runtime)
{
	*labels = (ShardLabels){.runtime = *runtime};
}

static uint64_t
hash_label(double value, const char *text, uint32_t size)
{
	return text != NULL ? hash64_short(text, size)
						: hash64_bytes(&value, sizeof(value), 1);
}

static bool
is_label(const ShardLabel *label, double value, const char *text,
		 uint32_t size)
{
	if ((label->text != NULL) != (text != NULL))
		return false;
	return text != NULL
			   ? label->size == size && memcmp(label->text, text, size) == 0
			   : label->value == value;
}

/* The place of a label in the table: its own, or the free one for it. */
static uint32_t
find_place(const ShardLabels *labels, double value, const char *text,
		   uint32_t size)
{
	uint32_t mask = labels->place_count - 1;
	uint32_t at = (uint32_t) hash_label(value, text, size) & mask;

	while (
		labels->places[at] != 0 &&
		!is_label(&labels->labels[labels->places[at] - 1], value, text, size))
		at = (at + 1) & mask;
	return at;
}

/* Makes room for twice as many. */
static Status
grow(ShardLabels *labels, Failure *failure)
{
	const Runtime *runtime = &labels->runtime;
	uint32_t capacity =
		labels->capacity == 0 ? FIRST_CAPACITY : 2 * labels->capacity;
	ShardLabel *wider =
		runtime_allocate_zero(runtime, capacity, sizeof(ShardLabel));
	uint32_t *places =
		runtime_allocate_zero(runtime, 2 * capacity, sizeof(uint32_t));

	if (wider == NULL || places == NULL)
		return fail_no_memory(failure);
	if (labels->count > 0)
		memcpy(wider, labels->labels, labels->count * sizeof(ShardLabel));
	runtime_release(runtime, labels->labels);
	runtime_release(runtime, labels->places);
	labels->labels = wider;
	labels->places = places;
	labels->capacity = capacity;
	labels->place_count = 2 * capacity;
	for (uint32_t i = 0; i < labels->count; i++)
		labels->places[find_place(labels, wider[i].value, wider[i].text,
								  wider[i].size)] = i + 1;
	return LL_OK;
}

void
shard_labels_drop(ShardLabels *labels)
{
	for (uint32_t i = 0; i < labels->count; i++)
		runtime_release(&labels->runtime, (void *) labels->labels[i].text);
	runtime_release(&labels->runtime, labels->labels);
	runtime_release(&labels->runtime, labels->places);
	*labels = (ShardLabels){.runtime = labels->runtime, .too_many = true};
}

ShardLabel *
shard_labels_find(ShardLabels *labels, double value, const char *text,
				  uint32_t size, Status *status, Failure *failure)
{
	ShardLabel *label;
	char *copy = NULL;
	uint32_t place;

	*status = LL_OK;
	if (labels->too_many)
		return NULL;
	value += 0.0; /* no minus zero */
	if (labels->count == labels->capacity)
		*status = grow(labels, failure);
	if (*status != LL_OK)
		return NULL;
	place = find_place(labels, value, text, size);
	if (labels->places[place] != 0)
		return &labels->labels[labels->places[place] - 1];
	if (labels->count == SHARD_MAX_CLASSES)
	{
		shard_labels_drop(labels);
		return NULL;
	}
	if (text != NULL)
	{
		copy = runtime_allocate(&labels->runtime, (size_t) size + 1);
		if (copy == NULL)
		{
			*status = fail_no_memory(failure);
			return NULL;
		}
		memcpy(copy, text, size);
		copy[size] = '\0';
	}
	label = &labels->labels[labels->count++];
	*label = (ShardLabel){.value = value, .text = copy, .size = size};
	labels->places[place] = labels->count;
	return label;
}

Status
shard_labels_add(ShardLabels *labels, double value, const char *text,
				 uint32_t size, Channel channel, float weight,
				 Failure *failure)
{
	Status status;
	ShardLabel *label =
		shard_labels_find(labels, value, text, size, &status, failure);

	if (label == NULL)
		return status;
	label->rows[channel]++;
	if (channel == CHANNEL_TRAIN)
		exact_sum_add(&label->weight, weight);
	return LL_OK;
}

Status
shard_labels_merge(ShardLabels *into, const ShardLabels *from,
				   Failure *failure)
{
	if (from->too_many && !into->too_many)
		shard_labels_drop(into);
	for (uint32_t i = 0; i < from->count; i++)
	{
		const ShardLabel *other = &from->labels[i];
		Status status;
		ShardLabel *label = shard_labels_find(into, other->value, other->text,
											  other->size, &status, failure);

		if (label == NULL)
			return status;
		for (int channel = 0; channel < CHANNEL_COUNT; channel++)
			label->rows[channel] += other->rows[channel];
		exact_sum_merge(&label->weight, &other->weight);
	}
	return LL_OK;
}

int
shard_label_compare(const ShardLabel *a, const ShardLabel *b)
{
	if (a->text != NULL && b->text != NULL)
		return strcmp(a->text, b->text);
	return a->value < b->value ? -1 : a->value > b->value;
}

static int
compare(const void *a, const void *b)
{
	return shard_label_compare(a, b);
}

void
shard_labels_sort(ShardLabels *labels)
{
	if (labels->count == 0)
		return;
	qsort(labels->labels, labels->count, sizeof(ShardLabel), compare);
	memset(labels->places, 0, labels->place_count * sizeof(uint32_t));
	for (uint32_t i = 0; i < labels->count; i++)
		labels->places[find_place(labels, labels->labels[i].value,
								  labels->labels[i].text,
								  labels->labels[i].size)] = i + 1;
}
